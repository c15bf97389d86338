/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the inspection: where the headers of a frame lie, and how a fault is told. */
#ifndef VFSIM_NET_INSPECT_PRIVATE_H
#define VFSIM_NET_INSPECT_PRIVATE_H

#include "net/inspect.h"

enum { INSPECT_TCP = 6, INSPECT_UDP = 17 };

/* Offsets count from the EtherType, behind all tags. */
struct inspect_view {
    uint16_t type;
    uint8_t version;   /* 4 or 6; 0: not IP, or not all there */
    uint8_t proto;     /* at l4; 0: a later fragment, or a chain of headers that does not end in the frame */
    bool fragment;     /* of a datagram that was cut */
    bool extended;     /* IPv4 options or IPv6 extension headers */
    uint32_t l3, l4;
    uint32_t end;      /* of the datagram, by its own length */
    uint32_t payload;  /* of TCP or UDP; 0: no such header, or it is cut */
};
void inspect__view(const uint8_t *body, uint32_t len, struct inspect_view *v);

/* Of layer 4, with the pseudo-header. */
uint16_t inspect__l4_sum(const uint8_t *body, const struct inspect_view *v);

/* Are the checksums of a frame right? Of none there is nothing to judge. */
struct inspect_sums {
    bool ip_good;
    bool l4_there, l4_good; /* of a TCP segment or UDP datagram that is whole; UDP's 0 is good */
};
void inspect__sums(const uint8_t *body, const struct inspect_view *v, const struct inspect_whole *like, struct inspect_sums *out);
/* A UDP datagram whose sender computed no checksum. */
bool inspect__no_sum(const uint8_t *body, const struct inspect_view *v);

static inline uint16_t inspect__get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t inspect__get32(const uint8_t *p) { return (uint32_t)inspect__get16(p) << 16 | inspect__get16(p + 2); }
static inline void inspect__put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void inspect__put32(uint8_t *p, uint32_t v)
{
    inspect__put16(p, v >> 16);
    inspect__put16(p + 2, v);
}

/* inspect_segment.c: compute both checksums of a TCP or UDP frame anew. */
void inspect__finish(uint8_t *body, uint32_t len);

/* inspect_meta.c: what the driver said of the frame whose tags are `in_place` (those that were left in it). */
bool inspect__meta(const struct inspect_got *got, const struct inspect_tags *in_place, const uint8_t *body,
                   const struct inspect_view *v, const struct inspect_sums *sums, struct inspect_fault *fault);

bool inspect__fault(struct inspect_fault *fault, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* false */

#endif
