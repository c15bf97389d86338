/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to net/: the world's lists of ports and stations, and what a workload is to its station.
 *
 * struct net is one block without pointers to anything it owns; it hangs on struct sim, which frees it.
 */
#ifndef VFSIM_NET_NET_PRIVATE_H
#define VFSIM_NET_NET_PRIVATE_H

#include "net/inspect.h"
#include "net/wire.h"
#include "net/workload.h"

struct workload;
struct inspection;

struct workload_ops {
    /* Its time has come: is there a frame? Then len and offload are set, and fill() follows at once; else due is later. NULL: there
     * always is one. */
    bool (*look)(struct workload *w, sim_time now);
    /* Write the next frame (workload->len bytes; `buf` NULL: it could not be born, only count it), then set due and len
     * of the one after it. */
    void (*fill)(struct workload *w, uint8_t *buf);
    /* A frame of its flow was delivered at `at`. NULL: does not care. */
    void (*delivered)(struct workload *w, struct component *at, const struct frame *f);
    /* Where it is, for a snapshot of its station's machine; read back at another time, `later` after it was written (or
     * before, modulo 2^64). NULL: it is no part of the machine. */
    void (*position)(struct workload *w, struct save *s, sim_time later);
    /* The frame that was number `seq` of its flow, as fill() wrote it when the stations had these addresses; bytes into
     * `buf` (cap INSPECT_FRAME_MAX). False: it never was. */
    bool (*again)(const struct workload *w, uint64_t seq, const uint8_t from[6], const uint8_t to[6], uint8_t *buf,
                  struct inspect_sent *out);
};

/* A sender of frames at one station. Its owner saves what these are computed from. */
struct workload {
    const struct workload_ops *ops;
    struct station *station; /* NULL once the station is gone */
    struct station *to; /* who is to get it; NULL: an address, or several */
    struct net *net;
    sim_time due; /* of the next frame; SIM_NEVER: none, or waiting for an arrival. Written by workload__set_due() alone */
    uint64_t rank; /* of two that are due at once the one that was added first goes first */
    unsigned place; /* in its station's heap */
    uint32_t flow;
    uint32_t len; /* of the next frame, meaningful while due is set */
    uint16_t frame_flags; /* of every frame a peer sends of it: FRAME_BAD_FCS, FRAME_SUMS_GOOD */
    struct workload_offload offload; /* of every frame a VM sends of it */
    bool waits; /* a station whose queue is stopped holds it back: it keeps no pace of its own */
    bool numbered; /* its payload begins with the flow (4 bytes) and the number in it (8) */
};

struct net {
    struct port *ports;
    struct station *stations;
    struct delivery_listener listener;
    bool listening;
    struct workload *by_flow[FLOW_MAX + 1];
    struct station *echo[FLOW_MAX + 1]; /* who echoes into this flow */
    struct inspection *inspection; /* NULL: nothing is inspected */
};

struct net *net__of(struct sim *sim); /* made at first use; NULL: no memory */

/* A workload with ops->delivered hears of its flow from now on. */
void workload__attach(struct workload *w, struct station *station);
void workload__detach(struct workload *w); /* also when it was never attached */

/* When its next frame is due; it may belong to no station. The station is not woken. */
void workload__set_due(struct workload *w, sim_time due);

/* Its next frame is due at another time: wake the station. */
void workload__due(struct workload *w);

/* The workload whose frame goes first now, or NULL; the caller makes the frame and calls ops->fill. */
struct workload *station__pick(struct station *station, sim_time now);

/* inspection.c: `station` is about to send; what it is now is remembered. */
void inspection__note(struct station *station);

/* wire.c, for port.c */
void wire__send(struct wire *wire, unsigned side, frame_ref ref); /* takes ref */
sim_time wire__free_at(const struct wire *wire, unsigned side);
uint64_t wire__rate_bps(const struct wire *wire);
void wire__port_gone(struct wire *wire, unsigned side);

/* port.c, for wire.c: a frame comes out of this port. Takes ref. */
void port__receive(struct port *port, frame_ref ref);
void port__link_changed(struct port *port, bool up);

#endif
