/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual switch of a host: ports of VMs, uplinks to PFs, no learning.
 *
 * It knows the address of each of its ports. A port belongs to one uplink; the ports of an uplink are a broadcast
 * domain of their own, so that two NICs on one external switch make no loop. From a VM: unicast to a local port's
 * address stays inside, all else goes to the uplink; broadcast and multicast go to both. From an uplink: to the ports
 * that take it, or it ends as vswitch_no_port. Promiscuous ports see everything of their VLAN. An access port (vlan
 * >= 0) sends and receives untagged frames of that VLAN only; a trunk port's tags pass if `trunk`, else tagged frames
 * end as port_vlan.
 *
 * Each frame costs vswitch_frame_cycles a direction of a VM port it crosses. A port has one bounded queue a
 * direction; thread (2 * port + direction) mod threads serves them, one frame a queue in turn. What comes from an uplink
 * is looked up free of charge, since it is paid in the direction of the VM.
 *
 * An uplink whose NIC has queues with filters (NetQueue) is served otherwise: what comes by a queue is that queue's thread's, frame
 * by frame in order of arrival, as far as into the VM's buffers: the port's copies are its, too. A port that has such a queue for
 * itself sends by it, with another thread of the queue's, but for broadcast and multicast, which go as all others do; its frames
 * need no look-up (vswitch_lookup_cycles). What comes back to it by queue 0 (by a switch's reflective relay) is not handed up: the
 * chip does not know a sender from whom it has taken its address.
 *
 * The hold queue of a port keeps frames towards a VM that is on its way out of passthrough, in order, up to a bound in
 * bytes. Its release is paced: the device waits for descriptors instead of dropping. It is over when the last held frame
 * is through and the driver has posted buffers again for what follows; until then what comes joins the queue.
 */
#ifndef VFSIM_VSWITCH_H
#define VFSIM_VSWITCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/world/sim.h"
#include "cpu/cpu.h"
#include "net/port.h"
#include "nic/vmxnet3/vmxnet3.h"

enum {
    VSWITCH_PORTS_MAX = 1024,
    VSWITCH_UPLINKS_MAX = 16,
    VSWITCH_THREADS_MAX = 64,
    VSWITCH_THREADS = 4, /* where nobody says how many */
    VSWITCH_QUEUE_FRAMES = 512, /* a port and direction */
    VSWITCH_QUEUES_MAX = 128,   /* with filters, of all NICs */
};

struct vswitch;

/* A filter in a port's I/O chain: it sees every frame of the port, and counts what it sees. */
enum { VSWITCH_FILTERS_MAX = 4 };
struct iochain_filter {
    char name[24]; /* "" free */
    uint64_t frames, bytes; /* seen, both ways */
};

/* told when frames have left a port's queues, or 'held' ones are all through */
struct vswitch_host {
    void (*progress)(struct vswitch_host *host, unsigned port);
    void (*diverted)(struct vswitch_host *host, unsigned port, frame_ref ref); /* takes ref; for vswitch_set_divert() */
    /* An untagged frame from an uplink: is it the host's own? True: it has taken it. May be NULL. */
    bool (*received)(struct vswitch_host *host, unsigned uplink, frame_ref ref);
};

/* Its queues are worked at by `threads` threads on `cores` (cpu/cpu.h). */
struct vswitch *vswitch_create(struct sim *sim, const char *name, unsigned threads, struct cores *cores, struct vswitch_host *host);
void vswitch_destroy(struct vswitch *vs); /* NULL is fine */
struct component *vswitch_component(struct vswitch *vs);

/* `peer`: the PF's uplink port, joined here. Returns the uplink's number or -errno (-ENOSPC, or port_init()'s). */
int vswitch_add_uplink(struct vswitch *vs, const char *name, struct port *peer);

/* What comes by the uplink is `thread`'s to bring up, of a NIC with queues: its queue 0. */
void vswitch_set_uplink_thread(struct vswitch *vs, unsigned uplink, struct cpu_thread *thread);
/* Another queue of that NIC: `peer` is its port at the PF. Returns its number, of the whole switch, or -errno. */
int vswitch_add_queue(struct vswitch *vs, unsigned uplink, const char *name, struct port *peer, struct cpu_thread *rx,
                      struct cpu_thread *tx);
enum { VSWITCH_NO_QUEUE = -1 };
void vswitch_set_queue(struct vswitch *vs, unsigned port, int queue); /* it has that one for itself; of its uplink */
/* What comes from the VM waits. While it changes hands, a frame must not be overtaken. */
void vswitch_hold_sending(struct vswitch *vs, unsigned port, bool hold);

/* A frame of the host's own to the uplink, free of charge. Takes ref. */
void vswitch_host_send(struct vswitch *vs, unsigned uplink, frame_ref ref);

struct vswitch_port_params {
    const char *name; /* of the VM */
    unsigned uplink;
    struct vmxnet3 *dev; /* its port is joined with the new one */
    struct cpu_thread *vcpu; /* whom its frames are for, in the accounts; NULL: nobody */
    uint8_t mac[6];
    int vlan; /* access VLAN, -1: trunk */
    bool forged, trunk; /* allowed */
};
int vswitch_add_port(struct vswitch *vs, const struct vswitch_port_params *params); /* the port's number or -errno */

void vswitch_set_mac(struct vswitch *vs, unsigned port, const uint8_t mac[6]);
void vswitch_set_forged(struct vswitch *vs, unsigned port, bool allow);
void vswitch_set_trunk(struct vswitch *vs, unsigned port, bool allow);
/* Unicast that still comes by the uplink it had before is taken, too. A queue that it had there it has no more. */
void vswitch_set_uplink(struct vswitch *vs, unsigned port, unsigned uplink);
void vswitch_forget_uplink(struct vswitch *vs, unsigned port); /* … that one: nothing of the port's comes by it */

/* Whether the port is a destination: for frames from its uplink, and for those of local ports (which else go to the
 * uplink, and so to the VM's VF). Both while its VM is emulated, none while it is on a VF. What is queued already
 * goes on. */
void vswitch_set_taking(struct vswitch *vs, unsigned port, bool from_uplink, bool from_local);
/* Emulation was cut [order naive]: what comes for the VM ends as switch_cut. */
void vswitch_set_cut(struct vswitch *vs, unsigned port, bool cut);
/* While multicast is off the port takes unicast only (its VM already receives groups on the VF). */
void vswitch_set_multicast(struct vswitch *vs, unsigned port, bool on);

/* The port keeps what comes for it from now on, up to max_bytes (more: hold_overflow). */
void vswitch_hold(struct vswitch *vs, unsigned port, uint32_t max_bytes);
void vswitch_release(struct vswitch *vs, unsigned port);
struct vswitch_hold_stats {
    uint64_t frames;       /* kept since vswitch_hold() */
    uint64_t bytes, bytes_max; /* kept now; at most */
};
void vswitch_get_hold(const struct vswitch *vs, unsigned port, struct vswitch_hold_stats *out);

/* The port's VM is stopped, or has left for another host: what comes for it goes to host->diverted, in order, beginning with
 * what waits here. Of a VM that has left, unicast frames and its own announcements from the uplink only. */
enum vswitch_divert { VSWITCH_DIVERT_OFF, VSWITCH_DIVERT_STOPPED, VSWITCH_DIVERT_LEFT };
void vswitch_set_divert(struct vswitch *vs, unsigned port, enum vswitch_divert how);
/* Towards the VM past a divert, paced as a release is, in front of what comes by the port itself. Takes ref. */
void vswitch_offer(struct vswitch *vs, unsigned port, frame_ref ref, uint32_t max_bytes);
/* Its plug: while it is out, what comes from the VM and for it ends as link_down. */
void vswitch_set_connected(struct vswitch *vs, unsigned port, bool connected);
int vswitch_add_filter(struct vswitch *vs, unsigned port, const char *name); /* 0, -EEXIST, -ENOSPC */
int vswitch_del_filter(struct vswitch *vs, unsigned port, const char *name); /* 0, -ENOENT */
const struct iochain_filter *vswitch_filter(const struct vswitch *vs, unsigned port, unsigned i); /* NULL past the end */
/* Tell the outside where the address is: a RARP broadcast to the uplink [RFC 903]. */
void vswitch_announce(struct vswitch *vs, unsigned port);
/* Is it one of the port's own? *last: and no other follows it. */
bool vswitch_is_announcement(const struct vswitch *vs, unsigned port, frame_ref ref, bool *last);

uint32_t vswitch_from_vm(const struct vswitch *vs, unsigned port); /* frames queued from, and towards, the VM */
uint32_t vswitch_to_vm(const struct vswitch *vs, unsigned port);   /* held ones included */
/* All frames queued for or from this port end as `fate`; a hold queue is closed. */
void vswitch_discard(struct vswitch *vs, unsigned port, enum fate fate);

uint64_t vswitch_busy_ps(const struct vswitch *vs);
unsigned vswitch_port_count(const struct vswitch *vs);

#endif
