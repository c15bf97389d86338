/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Just enough of Ethernet, ARP, IPv4, IPv6 and the transports above them to give a captured packet new addresses.
 *
 * Checksums [RFC 1071] are kept as 32- or 64-bit sums of big-endian 16-bit words and folded at the end; changes are
 * made incrementally [RFC 1624], so that a checksum that was wrong stays wrong.
 */
#ifndef VFSIM_NET_INET_H
#define VFSIM_NET_INET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INET_ETH_LEN = 14,
    INET_ARP_LEN = 28, /* of IPv4 over Ethernet */
    INET_IP4_LEN = 20,
    INET_IP6_LEN = 40,
    INET_TCP_LEN = 20,
    INET_UDP_LEN = 8,
    INET_ICMP6_LEN = 4,
    INET_TYPE_IP4 = 0x0800,
    INET_TYPE_ARP = 0x0806,
    INET_TYPE_VLAN = 0x8100,
    INET_TYPE_QINQ = 0x88a8,
    INET_TYPE_IP6 = 0x86dd,
    INET_PROTO_TCP = 6,
    INET_PROTO_UDP = 17,
    INET_PROTO_ICMP6 = 58,
};

static inline uint16_t inet_get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t inet_get32(const uint8_t *p) { return (uint32_t)inet_get16(p) << 16 | inet_get16(p + 2); }
static inline void inet_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void inet_put32(uint8_t *p, uint32_t v)
{
    inet_put16(p, v >> 16);
    inet_put16(p + 2, v);
}

/* A VLAN tag's: 802.1Q, 802.1ad, and what stacked tags had before it. */
static inline bool inet_is_tag(uint16_t type)
{
    return type == INET_TYPE_VLAN || type == INET_TYPE_QINQ || type == 0x9100 || type == 0x9200;
}

/* Sum of the words of [p, p+len), an odd last byte as the high half. Add sums freely, fold once. */
uint64_t inet_sum(const void *p, size_t len);
uint16_t inet_fold(uint64_t sum); /* not complemented */

/* [Microsoft RSS: "Verifying the RSS hash calculation"]; behind the key there are zeros. */
enum { INET_RSS_KEY_BYTES = 40 };
uint32_t inet_toeplitz(const uint8_t key[INET_RSS_KEY_BYTES], const uint8_t *data, uint32_t len);

/* The bytes at `at` (even length, even distance from the start of the summed data) become `with`; the checksum at
 * `csum` (NULL: none) follows. */
void inet_replace(uint8_t *at, const uint8_t *with, size_t len, uint8_t *csum);

/* What a packet is, as offsets into its bytes. */
struct inet_view {
    uint8_t *data;
    uint32_t len;  /* bytes present */
    uint16_t type; /* EtherType behind the tags */
    unsigned tags;
    uint32_t l3;        /* offset of the network header */
    bool arp, ip4, ip6; /* a well-formed, wholly present header of that kind (at most one) */
    uint32_t l3_end;    /* where the datagram ends by its own length, before any Ethernet padding */
    bool fragment;      /* part of a fragmented datagram */
    bool routed;        /* its destination is a stop on the way, and not the one that the transport's checksum is over */
    uint8_t proto;      /* of the header at l4; 0: none here (not IP, later fragment, not present) */
    uint32_t l4;
    uint32_t l4_csum; /* offset of the transport's checksum if it is over the addresses, too; 0: none, or UDP without */
    const char *cut;  /* the first header that the capture cut short ("IPv4 header"), NULL: none */
};

/* Look at `len` bytes of a packet that had `wire_len`. False only when the Ethernet header is cut. */
bool inet_look(struct inet_view *v, uint8_t *data, uint32_t len, uint32_t wire_len);

/* Sum of the pseudo-header of the packet's transport, and of the transport itself (all of it must be present). */
uint64_t inet_pseudo_sum(const struct inet_view *v);
uint64_t inet_transport_sum(const struct inet_view *v);

bool inet_is_nd(const struct inet_view *v); /* IPv6 neighbour discovery [RFC 4861] */

#endif
