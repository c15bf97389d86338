/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/inet.h"

#include <string.h>

/*
 * Long data are summed in the machine's own order, word by word without a swap (a compiler makes vectors of that), and the
 * folded sum is swapped once: the order of bytes does not matter to the sum [RFC 1071 2(B)].
 */
uint64_t inet_sum(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t own = 0, sum;

    for (; len >= 4; p += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, p, sizeof(word));
        own += word;
    }
    sum = inet_fold(own);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    sum = __builtin_bswap16((uint16_t)sum);
#endif
    if (len >= 2) {
        sum += inet_get16(p);
        p += 2;
        len -= 2;
    }
    return len ? sum + ((uint64_t)p[0] << 8) : sum;
}

uint16_t inet_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

uint32_t inet_toeplitz(const uint8_t key[INET_RSS_KEY_BYTES], const uint8_t *data, uint32_t len)
{
    uint32_t hash = 0, window = inet_get32(key);

    for (uint32_t i = 0; i < len; i++)
        for (int bit = 7; bit >= 0; bit--) {
            if (data[i] >> bit & 1)
                hash ^= window;
            window = window << 1 | (i + 4 < INET_RSS_KEY_BYTES ? key[i + 4] >> bit & 1u : 0u);
        }
    return hash;
}

void inet_replace(uint8_t *at, const uint8_t *with, size_t len, uint8_t *csum)
{
    uint64_t sum = csum ? (uint16_t)~inet_get16(csum) : 0; /* HC' = ~(~HC + ~m + m') [RFC 1624 3] */
    for (size_t i = 0; i < len; i += 2) {
        sum += (uint16_t)~inet_get16(at + i);
        sum += inet_get16(with + i);
    }
    for (size_t i = 0; i < len; i++)
        at[i] = with[i];
    if (csum)
        inet_put16(csum, (uint16_t)~inet_fold(sum));
}

/* Transports whose checksum is also over the IP addresses, so that it changes with them. */
static const struct transport {
    uint8_t proto, need, csum;
    bool only_ip6; /* over IPv4 its checksum is over itself alone, or it does not exist */
    const char *name;
} transports[] = {
    {INET_PROTO_TCP, INET_TCP_LEN, 16, false, "TCP header"},
    {INET_PROTO_UDP, INET_UDP_LEN, 6, false, "UDP header"},
    {INET_PROTO_ICMP6, INET_ICMP6_LEN, 2, true, "ICMPv6 header"},
    {33, 12, 6, false, "DCCP header"},             /* [RFC 4340 9.1] */
    {89, 16, 12, true, "OSPFv3 header"},           /* [RFC 5340 A.3.1] */
    {103, 4, 2, true, "PIM header"},               /* [RFC 7761 4.9] */
    {112, 8, 6, true, "VRRP header"},              /* [RFC 5798 5.2.8]; over IPv4 not all senders count the addresses */
    {135, 6, 4, true, "Mobility header"},          /* [RFC 6275 6.1.1] */
    {136, 8, 6, false, "UDP-Lite header"},         /* [RFC 3828 3.1] */
    {139, 6, 4, false, "HIP header"},              /* [RFC 7401 5.1.1] */
};

static void look_transport(struct inet_view *v)
{
    for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
        const struct transport *t = &transports[i];
        if (t->proto != v->proto || (t->only_ip6 && v->ip4) || v->l4 + t->need > v->l3_end)
            continue;
        if (v->l4 + t->need > v->len) {
            v->cut = t->name;
            return;
        }
        v->l4_csum = v->l4 + t->csum;
        /* UDP may go without: over IPv4 [RFC 768], and over IPv6 in tunnels [RFC 6935, RFC 6936] */
        if (v->proto == INET_PROTO_UDP && inet_get16(v->data + v->l4_csum) == 0)
            v->l4_csum = 0;
    }
}

/* The transport's own end: UDP says it itself, and does not sum what follows. */
static uint32_t transport_end(const struct inet_view *v)
{
    uint32_t len = v->proto == INET_PROTO_UDP ? inet_get16(v->data + v->l4 + 4) : 0;
    return len >= INET_UDP_LEN && v->l4 + len < v->l3_end ? v->l4 + len : v->l3_end;
}

/* An IPv4 source route that still has addresses to visit: the header's destination is not the last one [RFC 791 3.1]. */
static bool is_source_routed(const uint8_t *ip, uint32_t header)
{
    for (uint32_t at = INET_IP4_LEN; at + 3 <= header && ip[at] != 0;) {
        if (ip[at] == 131 || ip[at] == 137)
            return ip[at + 2] <= ip[at + 1];
        if (ip[at] != 1 && ip[at + 1] < 2)
            return false;
        at += ip[at] == 1 ? 1 : ip[at + 1];
    }
    return false;
}

enum { IP_AH = 51 };

/* The authentication header's own length counts in other units than the rest of them [RFC 4302 2.2]. */
static uint32_t ah_len(const uint8_t *ah) { return (ah[1] + 2u) * 4; }

static void look_ip4(struct inet_view *v, uint32_t wire_len)
{
    const uint8_t *ip = v->data + v->l3;
    if (v->len < v->l3 + INET_IP4_LEN) {
        v->cut = wire_len < v->l3 + INET_IP4_LEN ? NULL : "IPv4 header";
        return;
    }
    uint32_t header = (ip[0] & 15u) * 4, total = inet_get16(ip + 2);
    if (total == 0) /* the length a TSO burst has not got yet */
        total = wire_len - v->l3;
    if (ip[0] >> 4 != 4 || header < INET_IP4_LEN || total < header || v->l3 + total > wire_len)
        return;
    if (v->len < v->l3 + header) {
        v->cut = "IPv4 header";
        return;
    }
    v->ip4 = true;
    v->l3_end = v->l3 + total;
    v->fragment = inet_get16(ip + 6) & 0x3fff;
    v->l4 = v->l3 + header;
    v->routed = is_source_routed(ip, header);
    if (inet_get16(ip + 6) & 0x1fff)
        return; /* a later fragment */
    v->proto = ip[9];
    if (v->proto == IP_AH && v->l4 + 8 <= v->l3_end) {
        if (v->l4 + 8 > v->len) {
            v->cut = "authentication header";
            return;
        }
        v->proto = v->data[v->l4];
        v->l4 += ah_len(v->data + v->l4);
    }
    look_transport(v);
}

enum { IP6_HOP_BY_HOP = 0, IP6_ROUTING = 43, IP6_FRAGMENT = 44, IP6_DESTINATION = 60 };

static bool is_extension(uint8_t next)
{
    return next == IP6_HOP_BY_HOP || next == IP6_ROUTING || next == IP6_FRAGMENT || next == IP6_DESTINATION || next == IP_AH;
}

/* Walk the extension headers [RFC 8200 4.1] to the transport, which a first fragment has as a whole packet does. */
static void look_ip6_chain(struct inet_view *v, uint8_t next)
{
    uint32_t at = v->l3 + INET_IP6_LEN;
    while (is_extension(next)) {
        if (at + 8 > v->l3_end)
            return;
        if (at + 8 > v->len) {
            v->cut = "IPv6 extension header";
            return;
        }
        const uint8_t *ext = v->data + at;
        if (next == IP6_FRAGMENT && inet_get16(ext + 2) & 0xfff9) {
            v->fragment = true; /* an offset, or more follow: else it is whole all the same [RFC 6946] */
            if (inet_get16(ext + 2) & 0xfff8)
                return;
        }
        if (next == IP6_ROUTING && ext[3] != 0) /* segments left: the destination is not the last one [RFC 8200 8.1] */
            v->routed = true;
        at += next == IP6_FRAGMENT ? 8 : next == IP_AH ? ah_len(ext) : (ext[1] + 1u) * 8;
        next = ext[0];
    }
    v->proto = next;
    v->l4 = at;
    look_transport(v);
}

static void look_ip6(struct inet_view *v, uint32_t wire_len)
{
    const uint8_t *ip = v->data + v->l3;
    if (v->len < v->l3 + INET_IP6_LEN) {
        v->cut = wire_len < v->l3 + INET_IP6_LEN ? NULL : "IPv6 header";
        return;
    }
    uint32_t total = INET_IP6_LEN + inet_get16(ip + 4);
    if (inet_get16(ip + 4) == 0 && ip[6] != 59) /* a burst above 64 KB has no length */
        total = wire_len - v->l3;
    if (ip[0] >> 4 != 6 || v->l3 + total > wire_len)
        return;
    v->ip6 = true;
    v->l3_end = v->l3 + total;
    look_ip6_chain(v, ip[6]);
}

static void look_arp(struct inet_view *v, uint32_t wire_len)
{
    static const uint8_t ethernet_ip4[6] = {0, 1, 8, 0, 6, 4}; /* htype, ptype, hlen, plen [RFC 826] */
    const uint8_t *arp = v->data + v->l3;
    if (v->len < v->l3 + INET_ARP_LEN) {
        v->cut = wire_len < v->l3 + INET_ARP_LEN ? NULL : "ARP packet";
        return;
    }
    v->arp = true;
    for (unsigned i = 0; i < sizeof(ethernet_ip4); i++)
        v->arp = v->arp && arp[i] == ethernet_ip4[i];
    v->l3_end = v->l3 + INET_ARP_LEN;
}

bool inet_look(struct inet_view *v, uint8_t *data, uint32_t len, uint32_t wire_len)
{
    *v = (struct inet_view){.data = data, .len = len, .l3 = INET_ETH_LEN, .l3_end = len};
    if (len < INET_ETH_LEN) {
        v->cut = "Ethernet header";
        return false;
    }
    v->type = inet_get16(data + 12);
    while (inet_is_tag(v->type)) {
        if (len < v->l3 + 4) {
            v->cut = "VLAN tag";
            return false;
        }
        v->type = inet_get16(data + v->l3 + 2);
        v->l3 += 4;
        v->tags++;
    }
    if (v->type == INET_TYPE_IP4)
        look_ip4(v, wire_len);
    else if (v->type == INET_TYPE_IP6)
        look_ip6(v, wire_len);
    else if (v->type == INET_TYPE_ARP)
        look_arp(v, wire_len);
    return true;
}

uint64_t inet_pseudo_sum(const struct inet_view *v)
{
    const uint8_t *ip = v->data + v->l3;
    uint64_t sum = v->proto + (uint64_t)(transport_end(v) - v->l4);
    return sum + (v->ip4 ? inet_sum(ip + 12, 8) : inet_sum(ip + 8, 32));
}

uint64_t inet_transport_sum(const struct inet_view *v)
{
    return inet_pseudo_sum(v) + inet_sum(v->data + v->l4, transport_end(v) - v->l4);
}

bool inet_is_nd(const struct inet_view *v)
{
    return v->ip6 && v->proto == INET_PROTO_ICMP6 && v->l4_csum && v->data[v->l4] >= 133 && v->data[v->l4] <= 137;
}
