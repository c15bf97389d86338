/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of the frames of a world, at any moment of its run: flows, TCP connections, drops, counters.
 *
 * A frame is counted by its identity: it is sent once, and delivered or lost once, however many copies of it there were. Names
 * live as long as the world.
 */
#ifndef VFSIM_FLOW_H
#define VFSIM_FLOW_H

#include <vfsim/world.h>

VFSIM_BEGIN_DECLS

/* How a frame got into its VM, or out of it. */
enum vfsim_path { VFSIM_PATH_OTHER, VFSIM_PATH_VF, VFSIM_PATH_EMULATED, VFSIM_PATH_TUNNEL, VFSIM_PATHS };
VFSIM_API const char *vfsim_path_name(enum vfsim_path path); /* "vf", "emulated", "tunnel", "other" */

struct vfsim_flow {
    const char *name;   /* of a replay there are three: "http", and its halves "http/forth" and "http/back" */
    const char *parent; /* the flow whose figures have these in them; NULL: none */
    uint64_t sent, delivered, lost, duplicated, reordered, in_flight; /* frames */
    uint64_t bytes_sent, bytes_delivered;
    uint64_t delivered_by[VFSIM_PATHS];
    vfsim_time blackout, blackout_at; /* the longest time with frames under way and none delivered, and when it began */
    vfsim_time latency_min, latency_p50, latency_p99, latency_max; /* of delivered frames; 0: there are none */
    vfsim_time first_sent, last_sent, first_delivered, last_delivered;
    /* A second, from the first to the last that was sent; what was delivered, to the last that was, if that took longer. Of frames
     * with their check sequence, as RFC 2544 counts, without preamble and gap. 0: of fewer than two frames. */
    uint64_t offered_bps, offered_fps, throughput_bps, throughput_fps;
    vfsim_time jitter; /* of latencies, smoothed [RFC 3550 6.4.1] */
    vfsim_time pdv; /* packet delay variation: the 99th percentile of latency less the least one [RFC 5481] */
};
VFSIM_API unsigned vfsim_flow_count(const struct vfsim_world *world);
VFSIM_API bool vfsim_flow_at(const struct vfsim_world *world, unsigned index, struct vfsim_flow *out); /* false past the end */
VFSIM_API bool vfsim_flow_find(const struct vfsim_world *world, const char *name, struct vfsim_flow *out);
/* The latency that so many of a thousand delivered frames of it did not exceed: 500 is the median. Within 0.8 %. 0: no frame was
 * delivered, or there is no such flow. */
VFSIM_API vfsim_time vfsim_flow_latency(const struct vfsim_world *world, const char *flow, unsigned per_mille);

/* Its lost frames by reason, from 0: false past the last one. Their sum is `lost`. */
struct vfsim_loss {
    const char *reason; /* the word of `vfsim reasons`: "rx_no_descriptor" */
    const char *meaning; /* a sentence */
    uint64_t frames;
};
VFSIM_API bool vfsim_flow_loss(const struct vfsim_world *world, const char *flow, unsigned index, struct vfsim_loss *out);

/* A TCP connection (`flow … tcp`): what its two applications and who watches both ends have seen. Its frames are the flows
 * NAME/forth and NAME/back; a segment that is sent again is a frame of its own, so these figures are not in them. */
struct vfsim_connection {
    const char *name;
    const char *state; /* of the end that opened it: "ESTABLISHED"; "closed": it is over, as it should be; "not begun" */
    bool has_begun, is_over, has_failed; /* failed: over, but reset or timed out */
    uint64_t bytes; /* that reached the application of `to`; of `rr` both */
    uint64_t goodput_bps; /* of them, from the start until the last one */
    /* of both ends */
    uint64_t segments, retransmits, timeouts, recoveries, tail_probes, spurious_timeouts, damaged_bytes;
    vfsim_time stalled, stalled_at; /* the longest time in which no application got a byte, and when it began */
    vfsim_time recovered; /* from then until the goodput was nine tenths of what it had been; 0: never */
    vfsim_time rtt_min, rtt_smoothed, rtt_max; /* as `from` measures; 0: never */
    uint64_t cwnd_bytes, cwnd_max_bytes, mss; /* of `from` */
    bool has_transactions; /* `rr` */
    uint64_t transactions;
    vfsim_time transaction_p50, transaction_p99, transaction_max; /* 0: there was none */
};
/* In the order of the scenario; false past the end. */
VFSIM_API bool vfsim_connection_at(const struct vfsim_world *world, unsigned index, struct vfsim_connection *out);
VFSIM_API bool vfsim_connection_find(const struct vfsim_world *world, const char *name, struct vfsim_connection *out);

/* Its frames an interval, one after the other in time, without gaps; all of one width, which grows with the length of the run. */
struct vfsim_interval {
    vfsim_time begin, width;
    uint64_t sent, lost, delivered_by[VFSIM_PATHS];
    uint64_t bytes_sent, bytes_delivered;
};
/* vfsim_free() them. NULL: there is no such flow. */
VFSIM_API struct vfsim_interval *vfsim_flow_series(const struct vfsim_world *world, const char *flow, size_t *count);

/* Copies that ended without being delivered, by place and reason. */
struct vfsim_drop {
    char place[80]; /* "h0.vmnic0 vf 2" */
    const char *reason, *meaning;
    uint64_t copies;
    uint64_t lost; /* frames that were lost by it: no copy of theirs was delivered */
};
VFSIM_API bool vfsim_drop_at(const struct vfsim_world *world, unsigned index, struct vfsim_drop *out);

/* Counters: of the books ("books"), of each VM ("web"), of each NIC as its driver shows them (`ethtool -S`: "h0.vmnic0"), of its
 * functions (`ip -s link`: "h0.vmnic0 pf", "h0.vmnic0 vf 2"), and of its PCIe link ("h0.vmnic0 link"). */
struct vfsim_counter {
    char owner[64];
    const char *name; /* "frames_received" */
    uint64_t value;
};
/* All, or those of one owner; vfsim_free() them. NULL: there are none. */
VFSIM_API struct vfsim_counter *vfsim_counters(const struct vfsim_world *world, const char *owner, size_t *count);
/* 0, or -ENOENT: there is no such owner or counter. */
VFSIM_API int vfsim_counter_get(const struct vfsim_world *world, const char *owner, const char *name, uint64_t *value);

VFSIM_END_DECLS

#endif
