/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the virtual switch: ports, queues and threads. The …_state structs are plain data, saved as they are. */
#ifndef VFSIM_VSWITCH_PRIVATE_H
#define VFSIM_VSWITCH_PRIVATE_H

#include "vswitch/vswitch.h"

enum direction { FROM_VM, TO_VM };

enum vswitch_verb { VERB_SERVED = 1, VERB_RELEASE };
enum { SERVED_BY_QUEUE = 2 }; /* in b of VERB_SERVED, beside the direction */

enum {
    RELEASE_BACKLOG = 8, /* frames the device may have waiting before more are released */
    RELEASE_RETRY_US = 5,
};
#define RELEASE_LIMIT_PS SIM_S /* a driver that has not caught up by then never will: what it has no buffers for is dropped */

/* chained by frame.mark */
struct fifo {
    frame_ref first, last;
    uint32_t count;
    uint64_t bytes;
};

struct vswitch_port_state {
    uint8_t mac[6];
    uint8_t from_uplink, from_local, multicast, forged, trunk;
    uint8_t cut;
    uint8_t divert; /* enum vswitch_divert */
    uint8_t unplugged;
    uint8_t holding, releasing;
    uint8_t sending_held;
    int16_t own_queue;        /* for itself, or VSWITCH_NO_QUEUE */
    uint16_t by_queue;        /* of queue[TO_VM]: as many are being worked on by threads of NICs' queues */
    uint32_t uplink, old_uplink;
    uint32_t hold_max;
    struct fifo queue[2];     /* by enum direction */
    uint8_t serving[2];       /* the first of the queue, or, towards the VM, of the hold queue, is worked on … */
    uint32_t service[2];      /* … and what is done of it counts if it has this number */
    struct fifo hold;
    struct event_id retry;
    sim_time release_limit;
    struct vswitch_hold_stats stats;
    uint32_t filters;
    struct iochain_filter filter[VSWITCH_FILTERS_MAX]; /* the first `filters` of them */
};

struct vswitch_port {
    struct port port;
    struct vmxnet3 *dev;
    struct cpu_thread *vcpu; /* whom it is for; NULL: of no account */
    int vlan;
    unsigned next; /* in its row of the index: a port's number + 1, 0: none */
    struct vswitch_port_state st;
};

enum { VSWITCH_ROWS = 1024 };

/* Who may want a frame to one address. It follows from addresses and modes, and is made anew when one of them is another. */
struct vswitch_index {
    bool is_stale;
    uint16_t row[VSWITCH_ROWS];              /* ports by address: a number + 1, lower ones first */
    uint16_t promiscuous[VSWITCH_PORTS_MAX]; /* ports, lower ones first */
    unsigned promiscuous_count;
};

/* of a NIC, with a filter */
struct vswitch_queue {
    struct port port;
    unsigned uplink;
    struct cpu_thread *rx, *tx;
};

struct vswitch {
    struct component c;
    struct vswitch_host *host;
    unsigned threads, ports, uplinks, queues;
    struct port uplink[VSWITCH_UPLINKS_MAX];
    struct cpu_thread *uplink_thread[VSWITCH_UPLINKS_MAX]; /* NULL: the switch's own */
    struct vswitch_queue *queue; /* [queues] */
    struct cpu_thread thread[VSWITCH_THREADS_MAX];
    struct vswitch_port *port[VSWITCH_PORTS_MAX];
    struct vswitch_index index;
};

/* ---- vswitch_queue.c ---- */
void vswitch__stop_serving(struct vswitch_port_state *st, enum direction dir); /* what is done of it counts no more */
/* `by`: the thread of a NIC's queue that brings it, NULL: the switch's own. Takes ref. */
void vswitch__enqueue(struct vswitch *vs, unsigned port, enum direction dir, frame_ref ref, struct cpu_thread *by);
void vswitch__serve_if_due(struct vswitch *vs, unsigned port, enum direction dir);
frame_ref vswitch__pop(struct vswitch *vs, struct fifo *q);
void vswitch__served(struct vswitch *vs, unsigned port, unsigned what,
                     uint64_t service); /* what: enum direction, SERVED_BY_QUEUE */
void vswitch__release_more(struct vswitch *vs, unsigned port);

/* ---- vswitch_chain.c ---- */
void vswitch__seen(struct vswitch *vs, struct vswitch_port *p, frame_ref ref); /* a frame passes the port's filters */

/* ---- vswitch_move.c ---- */
bool vswitch__is_rarp(struct frame *f); /* a broadcast one, untagged */

/* ---- netqueue.c ---- */
void vswitch__copier(struct vswitch *vs, unsigned port); /* of its device, from its uplink and queue */
bool vswitch__came_back(struct vswitch *vs, unsigned uplink, struct frame *f); /* by queue 0: from a port with a queue for itself */

/* ---- index.c ---- */
/* Walks the ports that may want a frame to `to`, in order of their numbers; UINT_MAX: no more. Others do not. */
struct vswitch_walk {
    unsigned all, same, promiscuous;
};
void vswitch__walk(struct vswitch *vs, const uint8_t to[6], struct vswitch_walk *walk);
unsigned vswitch__walk_next(const struct vswitch *vs, const uint8_t to[6], struct vswitch_walk *walk);

/* ---- vswitch.c ---- */
void vswitch__forward_from_vm(struct vswitch *vs, unsigned port, frame_ref ref); /* takes ref */

#endif
