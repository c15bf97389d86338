/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A synthetic flow: frames of one shape, of one size or of a sequence of sizes, sent by one station at a steady rate, in bursts, or
 * as a Poisson process has it.
 */
#ifndef VFSIM_NET_FLOW_SOURCE_H
#define VFSIM_NET_FLOW_SOURCE_H

#include "net/traffic/flow_frame.h"
#include "net/workload.h"

enum { FLOW_SIZES_MAX = 32 };

struct flow_params {
    const char *name;
    struct station *from;
    struct station *to;      /* or NULL with dst_mac */
    const uint8_t *dst_mac;  /* broadcast, multicast or a stranger; NULL: to->mac at the time of sending */
    const uint8_t *src_mac;  /* NULL: from->mac; other values are spoofs */
    uint32_t size;           /* frame bytes with FCS, as RFC 2544 counts: 64 … */
    const uint16_t *sizes;   /* of frame after frame, over and over, instead of `size` … */
    unsigned size_count;     /* … so many, up to FLOW_SIZES_MAX; 0: all are of one size */
    uint64_t rate_pps_num, rate_pps_den; /* frames a second as a fraction; 0: back to back at rate_bps */
    uint64_t rate_bps;       /* pace in wire bits (with preamble and gap) if rate_pps_num is 0 */
    bool poisson;            /* gaps are exponential, of the same mean */
    sim_time on, off;        /* it sends for the one, is silent for the other, and so on; on 0: it is never silent */
    bool waits;              /* its sender has as much to send as it may: it waits when its queue is stopped */
    uint64_t count;          /* 0: until stopped */
    int vlan_tci;            /* -1: untagged */
    bool bad_fcs;           /* every frame with a wrong check sequence; only a peer can send such */
    uint16_t tpid;          /* of that tag; 0: 0x8100 */
    struct flow_shape shape; /* zero: UDP over IPv4 */
};
struct flow_source;
struct flow_source *flow_source_create(struct sim *sim, const struct flow_params *params, char *err, size_t err_cap);
void flow_source_start(struct flow_source *source, sim_time at);
void flow_source_stop(struct flow_source *source);
void flow_source_destroy(struct flow_source *source);
bool flow_source_done(const struct flow_source *source);

#endif
