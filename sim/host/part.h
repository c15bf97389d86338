/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A part of the hypervisor is a table of what it does when something happens to a host or to one of its VMs.
 *
 * The host (host.c, place.c, stop.c, save.c) knows no part by name: whoever makes a host hands it the list of parts
 * (host_params.parts; host/parts/parts.c has the one of this program), and the host tells each part in the order of the ranks
 * below. That order decides the order of effects, and so every report: it is changed only on purpose.
 *
 * A part keeps its own state, of a host and of a VM: the table says how many bytes, the host sets them apart, zeroed, when host and
 * VM are made (host__part_of_vm(), host__part_of_host()); the part saves them. It has event verbs and kinds of PF operations of its
 * own, numbered from 1 (host__post(), host__cookie()). What several parts must know of a VM lies in struct host_vm_state; who is at
 * work with a VM says so by its claims.
 *
 * Every function may be NULL.
 */
#ifndef VFSIM_HOST_PART_H
#define VFSIM_HOST_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame/frame.h"
#include "nic/vmxnet3/vmxnet3.h"
#include "pf/pf.h"

struct event;
struct host;
struct host_params;
struct host_vm;
struct save;

/* The order in which parts are told. Whoever has the VM's data path comes first; policy judges what the others have done. */
enum host_rank {
    HOST_RANK_ATTACH,
    HOST_RANK_MODE,
    HOST_RANK_CONTROL,
    HOST_RANK_STANDSTILL,
    HOST_RANK_MIGRATE,
    HOST_RANK_UPGRADE,
    HOST_RANK_POLICY,
    HOST_RANK_NETQUEUE,
    HOST_RANKS
};

enum { HOST_CHECK_OTHERS = 0, HOST_CHECK_GOOD = 1 };

struct host_part {
    const char *name;
    enum host_rank rank;
    size_t host_bytes, vm_bytes; /* of its state; 0: none */

    /* ---- life ---- */
    void (*host_made)(struct host *host, const struct host_params *params);
    void (*host_freed)(struct host *host);
    void (*vm_made)(struct host_vm *hv);
    bool (*boots)(struct host_vm *hv); /* true: it boots the VM, when it is ready to */
    void (*save_host)(struct host *host, struct save *s);
    void (*save_vm)(struct host_vm *hv, struct save *s); /* what all parts share has been loaded */

    /* ---- what it has asked for ---- */
    void (*event)(struct host *host, unsigned verb, const struct event *ev); /* its own verb; a: VM, if host__post() was told one */
    void (*pf_done)(struct host_vm *hv, unsigned kind, uint32_t number, int status, int vf);

    /* ---- the guest ---- */
    /* what its emulated device asks: each function is one part's, the others leave it NULL */
    const struct vmxnet3_host_ops *device;
    void (*noted)(struct host_vm *hv, uint32_t note, uint64_t b, uint64_t c); /* MACHINE_NOTE_* */
    void (*vm_ended)(struct host_vm *hv); /* its device and port are closed */

    /* ---- frames; each is one part's ---- */
    void (*progress)(struct host_vm *hv); /* some have left the queues of its port */
    bool (*received)(struct host *host, unsigned uplink, frame_ref ref); /* to the PF's own address. True: it has taken ref */
    /* Of a VM that host__stop() has stopped, or that is no longer, not yet or not only here: the first that answers true takes
     * ref. */
    /* in its device; in_front: before those handed over earlier */
    bool (*waiting)(struct host_vm *hv, frame_ref ref, bool in_front);
    bool (*diverted)(struct host_vm *hv, frame_ref ref); /* comes for its port */

    /* ---- its NIC ---- */
    /* queues and filters of its VF; gone: the VF itself, for a while */
    void (*pf_lost)(struct host_vm *hv, bool gone, const char *why);
    void (*address_moved)(struct host_vm *hv); /* into its NIC's filters for the emulated path, or out of them */
    void (*queue_moves)(struct host *host, unsigned nic, unsigned queue); /* PF_NEWS_QUEUE_MOVES */
    void (*num_vfs_changed)(struct host_vm *hv); /* VFs have come or gone, its own, too */
    /* pf_listen() */
    void (*mailbox)(struct host *host, unsigned nic, unsigned vf, enum pf_news news, int status, uint64_t address);

    /* ---- a VM that moves or stands still ---- */
    void (*save_port)(struct host_vm *hv, struct save *s); /* what of it belongs to the VM, wherever that is */
    void (*port_settled)(struct host_vm *hv); /* it was loaded; the port takes no frames yet */
    void (*left)(struct host_vm *hv); /* the VM lives elsewhere from now on */

    /* ---- passthrough ---- */
    void (*passthrough_wanted)(struct host_vm *hv, bool in, const char *why); /* the policy wants it in, or out for that reason */
    void (*switch_ended)(struct host_vm *hv, bool done); /* a mode switch; done: without a failure */
    void (*hotplug_ended)(struct host_vm *hv); /* a VF has been attached or removed, or not */
    void (*changed)(struct host *host); /* something that a reason for or against passthrough is about */

    /* ---- invariants ---- */
    /* Of a VM with which nobody is at work: HOST_CHECK_GOOD: it is this part's, and in order; HOST_CHECK_OTHERS: not this part's to
     * say; -EINVAL with what is wrong. */
    int (*check)(const struct host_vm *hv, char *why, size_t cap);
};

/* Who is at work with a VM: each bit is set and cleared by one part, and everyone may look. */
enum host_claim {
    CLAIM_SWITCH_IN = 1 << 0, /* a mode switch into passthrough is under way */
    CLAIM_SWITCH_OUT = 1 << 1,
    CLAIM_SWITCH = CLAIM_SWITCH_IN | CLAIM_SWITCH_OUT,
    CLAIM_OWN_VF = 1 << 2, /* a VF that its guest drives is attached, or on its way in or out */
    CLAIM_OWN_VF_MOVES = 1 << 3, /* … on its way */
    CLAIM_STANDSTILL = 1 << 4, /* it is suspended or in a snapshot, from the first step to the last */
    CLAIM_STANDS = 1 << 5, /* … its vCPU and device stand, or are about to */
    CLAIM_RETURNS = 1 << 6, /* … it runs again, and goes back to where its data path was */
    CLAIM_MIGRATION = 1 << 7, /* on its way to another host, here or there: no switch but the migration's own */
    CLAIM_UPGRADE = 1 << 8, /* its plugin is being replaced, which takes it out of passthrough and in again */
};

#endif
