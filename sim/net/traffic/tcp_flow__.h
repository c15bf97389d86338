/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to a connection as a flow: its two halves, and what is remembered of what they sent.
 *
 * tcp_flow.c makes them and has the component, tcp_half.c is a half as a workload, tcp_ends.c finds the half that a frame is for,
 * tcp_measure.c is who looks on.
 */
#ifndef VFSIM_NET_TCP_FLOW_PRIVATE_H
#define VFSIM_NET_TCP_FLOW_PRIVATE_H

#include "core/hist.h"
#include "net/net__.h"
#include "net/traffic/tcp_flow.h"

/* What is needed to make a half's frames again, by number: the latest of them. */
enum { TCP_LOG_MIN = 64, TCP_LOG_MAX = 4096 };
struct tcp_log {
    uint64_t count; /* frames sent */
    uint64_t cap;   /* a power of two */
    struct tcp_segment *segment;
};

/* The application. Plain data. */
struct tcp_half_state {
    uint64_t asked, answered; /* rr: requests written, or answered */
    sim_time asked_at;
};

struct tcp_half {
    struct workload workload; /* first member */
    struct tcp_flow *flow;
    struct tcp_half *next;    /* of the same station */
    struct tcp tcp;
    struct tcp_watch watch;
    struct tcp_path path;     /* out */
    struct tcp_segment out;   /* between look and fill, which follow at once */
    struct tcp_log log;
    struct tcp_half_state st;
    bool opens;
};

/* Who looks on. Plain data. */
struct tcp_measure {
    uint64_t bytes;
    sim_time progress_at;     /* of the last byte */
    sim_time stalled, stalled_at;
    uint64_t before, before_ps; /* bytes in so long, until the stall */
    sim_time recovered;
    uint64_t mark_bytes;
    sim_time mark_at;
    uint64_t is_recovering;
};

/* Plain data. */
struct tcp_flow_state {
    uint64_t started, stopping;
    sim_time started_at;
    struct tcp_measure measure;
};

struct tcp_flow {
    struct component comp; /* first member */
    enum tcp_flow_kind kind;
    uint64_t bytes, transactions;
    uint32_t request, response;
    struct tcp_half half[2]; /* from, to */
    struct hist latency;     /* of transactions */
    struct tcp_flow_state st;
};

static inline struct sim *tcp__sim(const struct tcp_half *half) { return half->flow->comp.sim; }

/* tcp_half.c */
extern const struct workload_ops tcp__workload_ops;
void tcp__run(struct tcp_half *half); /* its application does what there is to do, and it is due when it is */
void tcp__heard(struct tcp_half *half, const struct tcp_segment *in, const uint8_t *payload);
void tcp__watch(struct tcp_half *half); /* it says in the trace what happens to it */
void tcp__save_log(struct tcp_log *log, struct save *s);

/* tcp_ends.c: what its station is given, `half` hears from now on, if it is for it. */
void tcp__attach(struct tcp_half *half);
void tcp__detach(struct tcp_half *half);
bool tcp__is_taken(const struct tcp_half *half); /* another connection has its addresses and ports */

/* tcp_measure.c */
void tcp__progress(struct tcp_flow *flow, uint64_t bytes);

#endif
