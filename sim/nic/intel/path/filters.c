/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters that choose a receive queue by what a frame is, before RSS is asked [82599 7.1.2.3 to 7.1.2.5]: 8 by EtherType (ETQF,
 * ETQS), one for TCP SYN (SYNQF), 128 by addresses, ports and protocol (SAQF, DAQF, SDPQF, FTQF, L34TIMIR; IPv4). Also what asks
 * for a low latency interrupt: a matching filter that says so, or a VLAN priority (IMIRVP).
 *
 * They are the PF's, and name queues of the chip, not of a pool: a filter for a pool (FTQF.POOL) must name a queue of it, which
 * is its programmer's matter. Of several matching 5-tuple filters the highest priority wins, then the lowest number. SYNQF goes
 * before them when SYNQFP is set, else behind.
 */
#include "nic/intel/path/path.h"

#include <string.h>

enum {
    ETH_IPV4 = 0x0800,
    ETH_IPV6 = 0x86dd,
    ETH_VLAN = 0x8100,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_SCTP = 132,
    TCP_SYN = 0x02,
    TCP_ACK = 0x10
};

struct packet {
    uint16_t type;
    int priority;     /* of its tag, -1: none */
    bool v4, ports, syn;
    uint8_t protocol; /* as FTQF numbers them */
    uint32_t addresses[2], port; /* as the registers hold them: source and destination; source port in 15:0 */
};

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

static void parse_l4(struct packet *k, uint8_t protocol, const uint8_t *l4, uint32_t left)
{
    k->protocol = protocol == IP_TCP    ? INTEL_FTQF_PROTOCOL_TCP
                  : protocol == IP_UDP  ? INTEL_FTQF_PROTOCOL_UDP
                  : protocol == IP_SCTP ? INTEL_FTQF_PROTOCOL_SCTP
                                        : INTEL_FTQF_PROTOCOL_OTHER;
    k->ports = k->protocol != INTEL_FTQF_PROTOCOL_OTHER && left >= 4;
    if (k->ports) /* the registers hold what is on the wire, lowest byte first [ixgbe_type.h: big endian] */
        memcpy(&k->port, l4, 4);
    k->syn = protocol == IP_TCP && left >= 14 && (l4[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static void parse(struct packet *k, const struct frame *f)
{
    const uint8_t *p = f->buf + f->head;
    uint32_t at = 12, header;
    *k = (struct packet){.priority = -1, .protocol = INTEL_FTQF_PROTOCOL_OTHER};
    if (f->len >= 18 && be16(p + at) == ETH_VLAN) {
        k->priority = p[at + 2] >> 5;
        at += 4;
    }
    if (f->len < at + 2)
        return;
    k->type = be16(p + at);
    at += 2;
    const uint8_t *ip = p + at;
    if (k->type == ETH_IPV4 && f->len >= at + 20 && ip[0] >> 4 == 4) {
        header = 4u * (ip[0] & 15);
        k->v4 = header >= 20 && at + header <= f->len;
        memcpy(k->addresses, ip + 12, 8);
        if (k->v4 && !(be16(ip + 6) & 0x3fff))
            parse_l4(k, ip[9], ip + header, f->len - at - header);
    } else if (k->type == ETH_IPV6 && f->len >= at + 40) {
        parse_l4(k, ip[6], ip + 40, f->len - at - 40);
    }
}

static bool five_tuple_matches(const struct intel_chip *n, unsigned i, const struct packet *k, unsigned pool)
{
    const struct intel_words *reg = &n->s.reg;
    uint32_t ftqf = reg->FTQF[i], mask = ftqf >> INTEL_FTQF_5TUPLE_MASK_SHIFT & INTEL_FTQF_5TUPLE_MASK_MASK;
    bool any_port = (mask & INTEL_FTQF_NO_SOURCE_PORT) && (mask & INTEL_FTQF_NO_DEST_PORT);
    if (!(ftqf & INTEL_FTQF_QUEUE_ENABLE) || !k->v4)
        return false;
    if (!(ftqf & INTEL_FTQF_POOL_MASK_EN) && chip_is_virtual(n) && (ftqf >> INTEL_FTQF_POOL_SHIFT & INTEL_FTQF_POOL_MASK) != pool)
        return false;
    return ((mask & INTEL_FTQF_NO_SOURCE_ADDR) || reg->SAQF[i] == k->addresses[0]) &&
           ((mask & INTEL_FTQF_NO_DEST_ADDR) || reg->DAQF[i] == k->addresses[1]) && (any_port || k->ports) &&
           ((mask & INTEL_FTQF_NO_SOURCE_PORT) || (uint16_t)reg->SDPQF[i] == (uint16_t)k->port) &&
           ((mask & INTEL_FTQF_NO_DEST_PORT) || reg->SDPQF[i] >> 16 == k->port >> 16) &&
           ((mask & INTEL_FTQF_NO_PROTOCOL) || (ftqf & INTEL_FTQF_PROTOCOL_MASK) == k->protocol);
}

static int five_tuple(const struct intel_chip *n, const struct packet *k, unsigned pool)
{
    int best = -1;
    uint32_t best_priority = 0;
    for (unsigned i = 0; i < INTEL_TUPLE_FILTERS; i++) {
        uint32_t priority = n->s.reg.FTQF[i] >> INTEL_FTQF_PRIORITY_SHIFT & INTEL_FTQF_PRIORITY_MASK;
        if ((best < 0 || priority > best_priority) && five_tuple_matches(n, i, k, pool)) {
            best = (int)i;
            best_priority = priority;
        }
    }
    return best;
}

static int ether_type(const struct intel_chip *n, const struct packet *k)
{
    for (unsigned i = 0; i < INTEL_TYPE_FILTERS; i++) {
        uint32_t etqf = n->s.reg.ETQF[i];
        bool priority = !(etqf & INTEL_ETQF_UP_EN) || (etqf & INTEL_ETQF_UP) >> INTEL_ETQF_UP_SHIFT == (uint32_t)k->priority;
        if ((etqf & INTEL_ETQF_FILTER_EN) && (etqf & INTEL_ETQF_ETHERTYPE) == k->type && priority)
            return (int)i;
    }
    return -1;
}

/* Whether any is in use: what most worlds do without costs a test. */
void intel_filters_changed(struct intel_chip *n)
{
    const struct intel_words *reg = &n->s.reg;
    bool on = (reg->SYNQF & INTEL_SYN_FILTER_ENABLE) || (reg->IMIRVP & INTEL_IMIRVP_PRIORITY_EN);
    for (unsigned i = 0; i < INTEL_TYPE_FILTERS; i++)
        on |= (reg->ETQF[i] & INTEL_ETQF_FILTER_EN) != 0;
    for (unsigned i = 0; i < INTEL_TUPLE_FILTERS; i++)
        on |= (reg->FTQF[i] & INTEL_FTQF_QUEUE_ENABLE) != 0;
    n->s.filters_on = on;
}

static bool small_enough(const struct intel_chip *n, unsigned i, uint32_t len)
{
    return (n->s.reg.L34TIMIR[i] & INTEL_L34T_IMIR_SIZE_BP) || len + FRAME_FCS_LEN < (n->s.reg.LLITHRESH & INTEL_LLITHRESH_MASK);
}

int intel_filter(const struct intel_chip *n, unsigned pool, const struct frame *f, bool *lli)
{
    const struct intel_words *reg = &n->s.reg;
    struct packet k;
    int i, queue = -1;
    parse(&k, f);
    *lli = (reg->IMIRVP & INTEL_IMIRVP_PRIORITY_EN) && k.priority >= (int)(reg->IMIRVP & INTEL_IMIRVP_PRIORITY_MASK);
    if ((i = ether_type(n, &k)) >= 0) {
        uint32_t etqs = reg->ETQS[i];
        *lli |= (etqs & INTEL_ETQS_LLI) != 0;
        if (etqs & INTEL_ETQS_QUEUE_EN)
            return (int)(etqs >> INTEL_ETQS_RX_QUEUE_SHIFT & (INTEL_QUEUES - 1));
    }
    bool syn = k.syn && (reg->SYNQF & INTEL_SYN_FILTER_ENABLE), syn_first = reg->SYNQF & INTEL_SYN_FILTER_SYNQFP;
    if (syn)
        queue = (int)(reg->SYNQF >> INTEL_SYN_FILTER_QUEUE_SHIFT & (INTEL_QUEUES - 1));
    if (syn && syn_first)
        return queue;
    if ((i = five_tuple(n, &k, pool)) >= 0) {
        *lli |= (reg->L34TIMIR[i] & INTEL_L34T_IMIR_LLI) && small_enough(n, (unsigned)i, f->len);
        return (int)(reg->L34TIMIR[i] >> INTEL_L34T_IMIR_QUEUE_SHIFT & (INTEL_QUEUES - 1));
    }
    return queue;
}
