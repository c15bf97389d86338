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

static void look_transport(struct inet_view *v)
{
    static const struct {
        uint8_t proto, need, csum;
        const char *name;
    } known[] = {
        {INET_PROTO_TCP, INET_TCP_LEN, 16, "TCP header"},
        {INET_PROTO_UDP, INET_UDP_LEN, 6, "UDP header"},
        {INET_PROTO_ICMP6, INET_ICMP6_LEN, 2, "ICMPv6 header"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].proto != v->proto || v->l4 + known[i].need > v->l3_end)
            continue;
        if (v->l4 + known[i].need > v->len) {
            v->cut = known[i].name;
            return;
        }
        v->l4_csum = v->l4 + known[i].csum;
        /* UDP over IPv4 may go without [RFC 768] */
        if (v->proto == INET_PROTO_UDP && v->ip4 && inet_get16(v->data + v->l4_csum) == 0)
            v->l4_csum = 0;
    }
}

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
    if ((inet_get16(ip + 6) & 0x1fff) == 0) {
        v->proto = ip[9];
        look_transport(v);
    }
}

/* Walk the extension headers [RFC 8200 4.1] to the transport. */
static void look_ip6_chain(struct inet_view *v, uint8_t next)
{
    uint32_t at = v->l3 + INET_IP6_LEN;
    while (next == 0 || next == 43 || next == 44 || next == 60) { /* hop-by-hop, routing, fragment, destination */
        if (at + 8 > v->l3_end)
            return;
        if (at + 8 > v->len) {
            v->cut = "IPv6 extension header";
            return;
        }
        const uint8_t *ext = v->data + at;
        if (next == 44) {
            v->fragment = true;
            if (inet_get16(ext + 2) & 0xfff8)
                return;
        }
        at += next == 44 ? 8 : (ext[1] + 1u) * 8;
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
    while (v->type == INET_TYPE_VLAN || v->type == INET_TYPE_QINQ) {
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
    uint64_t sum = v->proto + (uint64_t)(v->l3_end - v->l4);
    return sum + (v->ip4 ? inet_sum(ip + 12, 8) : inet_sum(ip + 8, 32));
}

uint64_t inet_transport_sum(const struct inet_view *v)
{
    return inet_pseudo_sum(v) + inet_sum(v->data + v->l4, v->l3_end - v->l4);
}

bool inet_is_nd(const struct inet_view *v)
{
    return v->ip6 && v->proto == INET_PROTO_ICMP6 && v->l4_csum && v->data[v->l4] >= 133 && v->data[v->l4] <= 137;
}
