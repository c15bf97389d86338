/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of a synthetic flow: what they are made of, and frame number N of them, whenever it is asked for.
 *
 * Each carries, at the beginning of its payload, the flow's number (4 bytes) and its own (8); the rest is a fixed pattern. A
 * datagram may be sent as several fragments, each of which is a frame of the flow. A TCP flow's sequence numbers go on from
 * frame to frame.
 */
#ifndef VFSIM_NET_FLOW_FRAME_H
#define VFSIM_NET_FLOW_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/inspect.h"

enum flow_extension { FLOW_EXT_HOP_BY_HOP = 1, FLOW_EXT_ROUTING = 2, FLOW_EXT_DESTINATION = 4 }; /* bits, in this order */
enum flow_checksum {
    FLOW_CHECKSUM_GOOD,
    FLOW_CHECKSUM_NONE,    /* UDP's 0 [RFC 768] */
    FLOW_CHECKSUM_WRONG,
    FLOW_CHECKSUM_OFFLOAD, /* the sender's device computes it: in its place is the sum of the pseudo-header */
};

struct flow_shape {
    bool ip6, tcp;
    uint8_t extensions;   /* IPv6: enum flow_extension */
    uint8_t flags;        /* TCP; 0: ACK */
    uint8_t checksum;     /* enum flow_checksum */
    uint8_t fragments;    /* frames a datagram is sent in, 2 to FLOW_FRAGMENTS_MAX; 0: one */
    bool inserted;        /* the tag is put on by the sender's device, not by its stack */
    uint32_t mss;         /* the sender's device cuts a frame into segments of so many bytes; 0: it does not */
    uint16_t sport, dport; /* 0: FLOW_PORT */
    bool src_given, dst_given; /* src_ip, dst_ip: not the stations' (of IPv4 the first 4 bytes) */
    uint8_t src_ip[16], dst_ip[16];
};
enum { FLOW_FRAGMENTS_MAX = 8, FLOW_PORT = 9 /* discard [RFC 863] */, FLOW_MSS_MIN = 64, FLOW_BURST_MAX = 65536 };

struct flow_params;

struct flow_frame {
    struct flow_shape shape;
    uint32_t len;                 /* of each */
    uint32_t l3, l4;              /* offsets; l4: of what IP carries */
    uint32_t payload;             /* bytes of a whole datagram above TCP or UDP */
    uint32_t places;              /* fragments, or 1 */
    uint64_t sum;                 /* of pseudo-header and datagram with all numbers 0 */
    uint8_t *like[FLOW_FRAGMENTS_MAX]; /* a frame with number 0 in each place of a datagram */
    uint16_t tail_sum[FLOW_FRAGMENTS_MAX];
};

/* Why there is no such kind of frame; NULL: there is. */
const char *flow_frame_contradiction(const struct flow_params *params);
/* 0, or -1 with the reason: the above, or a size that does not fit. Of `params` all but name, pace and count matters. */
int flow_frame_check(const struct flow_params *params, char *err, size_t err_cap);
/* Will each of its frames leave its maker with right checksums in all its headers? With VFSIM_PLAIN nobody knows. */
bool flow_frame_sums_are_good(const struct flow_params *params);
void flow_frame_init(struct flow_frame *ff, const struct flow_params *params, uint32_t flow);
void flow_frame_fini(struct flow_frame *ff);

/* Frame `number`, from and to these addresses. `out`, if wanted: as the inspection takes it, with its tail in `like`, so that
 * only the head is written. */
void flow_frame_write(const struct flow_frame *ff, uint64_t number, const uint8_t from[6], const uint8_t to[6], uint8_t *buf,
                      struct inspect_sent *out);

#endif
