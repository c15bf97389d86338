/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links that are not Ethernet: those that carry IP plainly are converted, the others are named with what would work.
 *
 * A converted packet's MAC addresses are made from its IP addresses, so that two hosts are two stations whatever link they
 * were captured at. What resolves addresses (ARP, neighbour discovery) names MAC addresses of the old link and is left
 * out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/capture/capture__.h"
#include "net/inet.h"

enum { SLL = 16, SLL2 = 20, ND_FIRST = 133, ND_LAST = 137 };

/* [https://www.tcpdump.org/linktypes.html] */
static const struct link {
    uint32_t link;
    int8_t skip; /* bytes before the IP header; -1: it is not converted */
    int8_t type; /* offset of its EtherType, -1: its first byte tells the version */
    const char *name, *advice;
} links[] = {
    {0, 4, -1, "NULL (a BSD loopback interface)", NULL},
    {108, 4, -1, "LOOP (an OpenBSD loopback interface)", NULL},
    {101, 0, -1, "RAW (IP without a link)", NULL},
    {12, 0, -1, "RAW (IP without a link)", NULL},
    {14, 0, -1, "RAW (IP without a link)", NULL},
    {228, 0, -1, "IPV4 (IP without a link)", NULL},
    {229, 0, -1, "IPV6 (IP without a link)", NULL},
    {113, SLL, 14, "LINUX_SLL (interface 'any')", NULL},
    {276, SLL2, 0, "LINUX_SLL2 (interface 'any')", NULL},
    {104, 4, 2, "C_HDLC (Cisco HDLC)", NULL},
    {9, 4, -1, "PPP", NULL}, /* of those with address and control, or 2 bytes without: see ip_at() */
    {50, 4, -1, "PPP_SERIAL", NULL},
    {51, -1, -1, "PPP_ETHER (PPPoE without Ethernet)", "capture at the Ethernet interface below it"},
    {105, -1, -1, "IEEE802_11 (wireless, in monitor mode)",
     "capture at the host's own interface in managed mode, which gives Ethernet"},
    {127, -1, -1, "IEEE802_11_RADIO (wireless, in monitor mode)",
     "capture at the host's own interface in managed mode, which gives Ethernet"},
    {119, -1, -1, "IEEE802_11_PRISM (wireless, in monitor mode)",
     "capture at the host's own interface in managed mode, which gives Ethernet"},
    {163, -1, -1, "IEEE802_11_AVS (wireless, in monitor mode)",
     "capture at the host's own interface in managed mode, which gives Ethernet"},
    {192, -1, -1, "PPI (wireless, in monitor mode)", "capture at the host's own interface in managed mode, which gives Ethernet"},
    {240, -1, -1, "NETANALYZER", "take off its 4 bytes before each frame: editcap -C 0:4 -L -T ether IN OUT"},
    {147, -1, -1, "USER0", "if Ethernet frames are in it, say so: editcap -T ether IN OUT"},
};

static const struct link *find(uint32_t link)
{
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        if (links[i].link == link)
            return &links[i];
    return NULL;
}

bool cap__is_convertible(uint32_t link)
{
    const struct link *found = find(link);
    return found && found->skip >= 0;
}

void cap__link_text(uint32_t link, bool advise, char *buf, size_t cap)
{
    const struct link *found = find(link);
    const char *advice = found && found->advice ? found->advice : "capture at an Ethernet interface (tcpdump -i eth0)";
    int len = found ? snprintf(buf, cap, "link type %s", found->name) : snprintf(buf, cap, "link type %" PRIu32, link);
    if (advise && len >= 0 && (size_t)len < cap)
        snprintf(buf + len, cap - (size_t)len, ", not Ethernet: %s", advice);
}

/* Where the IP header is; the record's end: it has none. PPP may go without its address and control bytes [RFC 1661 6.6], and
 * with a protocol of one byte [RFC 1661 6.5]. */
static uint32_t ip_at(const struct link *link, const struct cap_record *r)
{
    uint32_t at = (uint32_t)link->skip;
    if (link->link != 9 && link->link != 50)
        return at;
    at = r->caplen >= 2 && r->data[0] == 0xff && r->data[1] == 3 ? 2 : 0;
    if (at < r->caplen && r->data[at] == 0x21)
        return at + 1;
    if (at + 2 <= r->caplen && (inet_get16(r->data + at) == 0x0021 || inet_get16(r->data + at) == 0x0057))
        return at + 2;
    return r->caplen;
}

/* The MAC address that goes with an IP address: a group's, or one of our own making (locally administered). */
static void make_mac(const uint8_t *ip, bool six, uint8_t mac[6])
{
    static const uint8_t all[4] = {255, 255, 255, 255};
    uint32_t hash = 0x811c9dc5;
    if (!six && memcmp(ip, all, 4) == 0) {
        memset(mac, 0xff, 6);
    } else if (!six && ip[0] >= 224 && ip[0] < 240) { /* [RFC 1112 6.4] */
        memcpy(mac, (uint8_t[6]){0x01, 0x00, 0x5e, ip[1] & 0x7f, ip[2], ip[3]}, 6);
    } else if (six && ip[0] == 0xff) { /* [RFC 2464 7] */
        memcpy(mac, (uint8_t[6]){0x33, 0x33, ip[12], ip[13], ip[14], ip[15]}, 6);
    } else if (!six) {
        memcpy(mac, (uint8_t[6]){0x02, 0x00, ip[0], ip[1], ip[2], ip[3]}, 6);
    } else {
        for (unsigned i = 0; i < 16; i++)
            hash = (hash ^ ip[i]) * 0x01000193;
        memcpy(mac, (uint8_t[6]){0x02, 0x06, (uint8_t)(hash >> 24), (uint8_t)(hash >> 16), (uint8_t)(hash >> 8), (uint8_t)hash}, 6);
    }
}

static bool is_discovery(const uint8_t *ip6, uint32_t len)
{
    return len > INET_IP6_LEN && ip6[6] == INET_PROTO_ICMP6 && ip6[INET_IP6_LEN] >= ND_FIRST && ip6[INET_IP6_LEN] <= ND_LAST;
}

enum cap_conversion cap__to_ethernet(struct cap_record *r)
{
    const struct link *link = find(r->link);
    uint32_t at = ip_at(link, r);
    if (at >= r->caplen || (link->type >= 0 && link->type + 2 > (int)r->caplen))
        return r->caplen < r->len ? CAP_SNAPPED : CAP_NOT_IP;
    uint8_t *ip = r->data + at;
    uint32_t len = r->caplen - at;
    bool six = ip[0] >> 4 == 6;
    uint32_t type = six ? INET_TYPE_IP6 : INET_TYPE_IP4;
    if ((!six && ip[0] >> 4 != 4) || (link->type >= 0 && inet_get16(r->data + link->type) != type) ||
        (six && is_discovery(ip, len)))
        return CAP_NOT_IP;
    if (len < (six ? INET_IP6_LEN : INET_IP4_LEN))
        return r->caplen < r->len ? CAP_SNAPPED : CAP_NOT_IP;
    uint8_t head[INET_ETH_LEN];
    make_mac(ip + (six ? 24 : 16), six, head);
    make_mac(ip + (six ? 8 : 12), six, head + 6);
    inet_put16(head + 12, type);
    r->data = ip - INET_ETH_LEN; /* over what has been read: the record's own header, and the old link's */
    memcpy(r->data, head, INET_ETH_LEN);
    r->caplen = len + INET_ETH_LEN;
    r->len = r->len - at + INET_ETH_LEN;
    r->fcs_len = 0;
    return CAP_CONVERTED;
}
