/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP connection between two stations as a flow: real segments, sent when the connection says so.
 *
 * Each half is a workload of its station and has an end of the connection (net/tcp/tcp.h) of its own; the halves know of each other
 * what came in frames. Their frames are the flows NAME/forth and NAME/back; one that is sent again is a frame of its own. The
 * application of `from` opens: `bulk` sends bytes one way, `rr` asks and is answered, one transaction after the other.
 *
 * What is measured here is measured by somebody who sees both halves, and tells neither: goodput, stalls, transactions.
 */
#ifndef VFSIM_NET_TCP_FLOW_H
#define VFSIM_NET_TCP_FLOW_H

#include "net/tcp/tcp.h"
#include "net/workload.h"

enum tcp_flow_kind { TCP_FLOW_BULK, TCP_FLOW_RR };

struct tcp_flow_params {
    const char *name;
    struct station *from, *to;
    enum tcp_flow_kind kind;
    uint64_t bytes;             /* bulk; 0: until it is stopped */
    uint64_t transactions;      /* rr; 0: likewise */
    uint32_t request, response; /* bytes each */
    struct tcp_config config;   /* of both; MSS 0: what the stations' MTUs allow. Sequence numbers and salts are chosen here */
    bool no_tso;                /* a VM's device does not segment, though it could */
    bool ip6;
    uint16_t sport, dport;      /* 0: one of the dynamic range that no other flow has; iperf's 5001 */
};

struct tcp_flow;

/* Adds its flows. NULL with a message in `err`. */
struct tcp_flow *tcp_flow_create(struct sim *sim, const struct tcp_flow_params *params, char *err, size_t err_cap);
void tcp_flow_destroy(struct tcp_flow *flow);
void tcp_flow_start(struct tcp_flow *flow, sim_time at);
void tcp_flow_stop(struct tcp_flow *flow); /* nothing more is written; what was sent is still brought to its end */
bool tcp_flow_is_done(const struct tcp_flow *flow); /* it was begun, and the connection is over */

enum { TCP_FLOW_BURST_MAX = 65536 - 256 }; /* payload of a frame that a device segments, with room for headers */

struct tcp_flow_report {
    enum tcp_flow_kind kind;
    bool started, established, done, ok; /* ok: it ended as it should */
    const char *state[2];                /* of the connection, at both halves */
    enum tcp_end ended[2];
    uint64_t bytes;                      /* that reached the application of `to`; rr: of both */
    uint64_t goodput_bps;                /* of them, from the start until the last of them */
    uint64_t segments, retransmits, timeouts, recoveries, probes, spurious, damaged; /* of both halves */
    uint64_t transactions;
    sim_time transaction_p50, transaction_p99, transaction_max; /* 0: there was none */
    sim_time stalled, stalled_at;        /* the longest time in which no application got a byte, and when it began */
    sim_time recovered;                  /* from its beginning until the goodput was nine tenths of what it had been; 0: never */
    sim_time rtt_min, rtt_max, srtt;     /* as `from` measured; 0: never */
    uint64_t cwnd, cwnd_max;             /* of `from`, bytes */
    uint32_t mss;
    sim_time limited[TCP_LIMITS];        /* how long `from` was kept from sending more, by what; until it last did anything */
};
void tcp_flow_get_report(const struct tcp_flow *flow, struct tcp_flow_report *out);

#endif
