/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A full-duplex wire: each direction is a component that serialises at a rate and delays by a latency.
 *
 * A frame occupies 7 + 1 (preamble, SFD) + max(len, 60) + 4 (FCS) + 12 (IFG) byte times [IEEE 802.3 4.4.2]; its last bit
 * arrives at start + (8 + len + 4) byte times + latency. A tester may leave a shorter gap than 12 bytes [RFC 2889 5.6.2].
 * Besides that it may lose, delay, reorder, duplicate and corrupt frames (net/netem.h).
 * Each direction holds at most queue_frames frames that have not begun to leave; a further one ends as wire_queue_full.
 */
#ifndef VFSIM_NET_WIRE_H
#define VFSIM_NET_WIRE_H

#include "net/netem.h"
#include "net/port.h"

struct wire_params {
    uint64_t rate_bps;      /* 0: infinitely fast */
    sim_time latency_ps;
    uint32_t queue_frames;  /* 0: 1,024 */
    uint32_t gap_bits[2];   /* that a side keeps between its frames: whole bytes; 0: 96 */
};

struct wire *wire_create(struct sim *sim, const char *name, const struct wire_params *params, struct port *a, struct port *b);
void wire_destroy(struct wire *wire); /* NULL is fine */
/* Frames under way on a wire that goes down end as link_down, at the time they would have arrived. */
void wire_set_up(struct wire *wire, bool up);
bool wire_is_up(const struct wire *wire);

/* What the direction in which side 0 (`a`), or 1, sends does from now on; all 0: it carries. */
void wire_set_netem(struct wire *wire, unsigned side, const struct netem *netem);

struct wire_stats {
    uint64_t frames[2], bytes[2], drops[2]; /* by sending side */
    uint64_t gap_min_bits[2];               /* shortest between two frames; 0: there were none */
};
void wire_get_stats(const struct wire *wire, struct wire_stats *out);

#endif
