/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Congestion control of one connection: Reno [RFC 5681] or CUBIC [RFC 9438], in bytes and integers.
 *
 * It is told what was acknowledged and lost; `cwnd` and `ssthresh` are the answer. What is lost, and when something may be sent
 * again, is the connection's affair.
 */
#ifndef VFSIM_NET_TCP_CC_H
#define VFSIM_NET_TCP_CC_H

#include <stdint.h>

#include "core/time.h"

enum tcp_cc_kind { TCP_CC_CUBIC, TCP_CC_RENO };

/* Plain data. */
struct tcp_cc {
    uint32_t kind; /* enum tcp_cc_kind */
    uint32_t mss;
    uint64_t cwnd, ssthresh;
    uint64_t acked;     /* bytes that do not make a segment of growth yet */
    uint64_t w_max;     /* CUBIC: the window before the last reduction, */
    uint64_t w_start;   /* at the beginning of this epoch, */
    uint64_t w_est;     /* what Reno would have by now, */
    uint64_t est_rest;
    uint64_t rest;
    uint64_t k_ms;      /* and how long the way back takes */
    sim_time epoch;     /* SIM_NEVER: none has begun */
};

void tcp_cc_init(struct tcp_cc *cc, enum tcp_cc_kind kind, uint32_t mss, uint32_t segments);
/* So many bytes are acknowledged, and the window was what held the sender back. */
void tcp_cc_acked(struct tcp_cc *cc, uint64_t bytes, sim_time srtt, sim_time now);
/* A loss with `flight` bytes under way: a new ssthresh, once a window. */
void tcp_cc_lost(struct tcp_cc *cc, uint64_t flight);
/* A time-out: the window is one segment. `first`: not again for the same data [RFC 5681 3.1]. */
void tcp_cc_timeout(struct tcp_cc *cc, uint64_t flight, int first);

#endif
