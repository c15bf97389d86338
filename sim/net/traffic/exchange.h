/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests and their answers: one station asks, the other one answers what arrives, and asks nothing itself.
 *
 * At most `depth` requests are without an answer at a time; the next one is sent when one has come, so the pace is the path's own.
 * What has no answer after `timeout` has failed, and makes room as an answer does. Requests and answers are the flows NAME/forth
 * and NAME/back; an answer belongs to the request that was the next to be answered when it was sent.
 */
#ifndef VFSIM_NET_EXCHANGE_H
#define VFSIM_NET_EXCHANGE_H

#include "net/traffic/flow_frame.h"
#include "net/workload.h"

enum { EXCHANGE_DEPTH_MAX = 256 };

struct exchange_params {
    const char *name;
    struct station *from, *to;
    uint32_t size, answer; /* frame bytes with FCS */
    uint32_t depth;        /* 1 to EXCHANGE_DEPTH_MAX */
    uint64_t count;        /* requests; 0: until it is stopped */
    sim_time timeout;
};

struct exchange;

/* NULL with a message in `err`. */
struct exchange *exchange_create(struct sim *sim, const struct exchange_params *params, char *err, size_t err_cap);
void exchange_start(struct exchange *x, sim_time at);
void exchange_stop(struct exchange *x); /* no request more */
void exchange_destroy(struct exchange *x); /* NULL is fine */

struct exchange_status {
    uint64_t sent, done, failed; /* requests; the others wait for their answers */
    bool started, finished;
    uint64_t per_second; /* done, from the first request to the last answer; 0: none */
    sim_time rtt_min, rtt_p50, rtt_p99, rtt_max; /* from a request to its answer; 0: none came */
};
void exchange_get_status(const struct exchange *x, struct exchange_status *out);

#endif
