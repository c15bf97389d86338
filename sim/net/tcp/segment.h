/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP segment: its header and options as fields, and as the bytes of an Ethernet frame [RFC 9293 3.1, RFC 7323, RFC 2018].
 *
 * Who reads bytes believes nothing of them: lengths, options and checksums may be anything.
 */
#ifndef VFSIM_NET_TCP_SEGMENT_H
#define VFSIM_NET_TCP_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

enum { TCP_SACKS_MAX = 4, TCP_OPTIONS_MAX = 40, TCP_TIMESTAMP_LEN = 12 /* with its padding */ };

/* Plain data. */
struct tcp_segment {
    uint64_t at;            /* to be sent: which byte of the stream its payload begins with */
    uint32_t seq, ack, len;
    uint32_t tsval, tsecr;
    uint32_t sack[TCP_SACKS_MAX][2];
    uint16_t window;        /* as in the header, not scaled */
    uint16_t mss;           /* option; 0: none */
    uint16_t cut;           /* to be sent: the device cuts it into segments of so many bytes; 0: it is one */
    uint8_t flags;          /* enum tcp_flag */
    uint8_t scale1;         /* window scale option + 1; 0: none */
    uint8_t sacks;
    bool sack_ok, stamped;
    uint8_t zero;
};
_Static_assert(sizeof(struct tcp_segment) == 72, "no byte of it is nobody's");

/* The way between two ends, as the sender of a segment sees it. */
struct tcp_path {
    bool ip6;
    uint8_t from_ip[16], to_ip[16]; /* of IPv4 the first four bytes */
    uint16_t from_port, to_port;
    uint64_t salt;                  /* of the pattern */
};

enum tcp_checksum {
    TCP_CHECKSUM_WHOLE,
    TCP_CHECKSUM_PSEUDO, /* the device computes it: the sum of the pseudo-header is in its place [RFC 9293 3.1] */
    TCP_CHECKSUM_CUT,    /* likewise, of a device that cuts: without the length */
};

uint32_t tcp_frame_len(const struct tcp_path *path, const struct tcp_segment *segment); /* Ethernet header and all */
/* The frame; `id` becomes IPv4's identification. */
void tcp_frame_write(const struct tcp_path *path, const struct tcp_segment *segment, enum tcp_checksum checksum, uint16_t id,
                     const uint8_t from[6], const uint8_t to[6], uint8_t *buf);

/* What a frame is, behind whatever tags. False: no whole segment of TCP, or (unless `trusted`) a checksum is wrong. `path` is as
 * its sender sees it, without salt; `payload` (of out->len bytes) lies in `bytes`. */
bool tcp_frame_read(const uint8_t *bytes, uint32_t len, bool trusted, struct tcp_path *path, struct tcp_segment *out,
                    const uint8_t **payload);

void tcp_pattern(uint64_t salt, uint64_t at, uint8_t *buf, uint32_t len);
uint32_t tcp_pattern_differs(uint64_t salt, uint64_t at, const uint8_t *buf, uint32_t len); /* bytes that are others */

#endif
