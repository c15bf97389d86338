/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checksums: inserted into transmitted frames where a context descriptor says, validated in received ones
 * [82599 7.2.5, 7.1.11], and the packet type of the receive descriptor.
 */
#include "net/inet.h"
#include "nic/intel/path/path.h"

enum { ETH_IPV4 = 0x0800, ETH_IPV6 = 0x86dd, ETH_VLAN = 0x8100, IP_TCP = 6, IP_UDP = 17, IP_SCTP = 132 };

/* The pseudo header: addresses, protocol, length. */
static uint64_t pseudo(const uint8_t *ip, bool v4, uint8_t protocol, uint32_t l4_len)
{
    return (v4 ? inet_sum(ip + 12, 8) : inet_sum(ip + 8, 32)) + protocol + l4_len;
}

void intel_csum_insert(struct frame *f, uint32_t olinfo, uint32_t vlan_macip_lens, uint32_t tucmd)
{
    uint8_t *p = frame_data(f);
    uint32_t mac_len = (vlan_macip_lens & IXGBE_ADVTXD_MACLEN_MASK) >> IXGBE_ADVTXD_MACLEN_SHIFT;
    uint32_t ip_len = vlan_macip_lens & IXGBE_ADVTXD_IPLEN_MASK;
    uint32_t l4 = mac_len + ip_len;
    if (mac_len < 14 || ip_len < 20 || l4 > f->len)
        return; /* lengths that make no sense: the frame leaves as it is */
    uint8_t *ip = p + mac_len;
    if ((olinfo & IXGBE_ADVTXD_POPTS_IXSM) && (tucmd & IXGBE_ADVTXD_TUCMD_IPV4)) {
        inet_put16(ip + 10, 0);
        inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, ip_len)));
    }
    if (!(olinfo & IXGBE_ADVTXD_POPTS_TXSM))
        return;
    /* TUCMD.IPV4 is about the IP header alone: Linux's igbvf leaves it out where it asks for TCP's checksum only. */
    bool v4 = ip[0] >> 4 == 4;
    uint32_t type = tucmd & IXGBE_ADVTXD_TUCMD_L4T_MASK;
    uint32_t at = type == IXGBE_ADVTXD_TUCMD_L4T_TCP ? 16 : 6;
    uint32_t len = v4 ? (uint32_t)inet_get16(ip + 2) - ip_len : inet_get16(ip + 4) + 40u - ip_len;
    if (type == IXGBE_ADVTXD_TUCMD_L4T_SCTP || l4 + len > f->len || at + 2 > len)
        return;
    uint8_t protocol = type == IXGBE_ADVTXD_TUCMD_L4T_TCP ? IP_TCP : IP_UDP;
    inet_put16(p + l4 + at, 0);
    if (v4 || ip_len >= 40) {
        uint16_t sum = (uint16_t)~inet_fold(inet_sum(p + l4, len) + pseudo(ip, v4, protocol, len));
        inet_put16(p + l4 + at, sum == 0 && protocol == IP_UDP ? 0xffff : sum); /* [RFC 768] */
    }
}

/* `good`: the maker of the frame knew that its checksums are right. */
static void check_l4(const uint8_t *ip, bool v4, uint8_t protocol, const uint8_t *l4, uint32_t len, bool good, uint32_t *pkt_info,
                     uint32_t *status)
{
    if (protocol == IP_TCP && len >= 20) {
        *pkt_info |= IXGBE_RXDADV_PKTTYPE_TCP;
    } else if (protocol == IP_UDP && len >= 8) {
        *pkt_info |= IXGBE_RXDADV_PKTTYPE_UDP;
        if (inet_get16(l4 + 6) == 0)
            return; /* the sender computed none */
        *status |= IXGBE_RXD_STAT_UDPCS;
    } else {
        *pkt_info |= protocol == IP_SCTP ? IXGBE_RXDADV_PKTTYPE_SCTP : 0;
        return;
    }
    *status |= IXGBE_RXD_STAT_L4CS;
    if (!good && inet_fold(inet_sum(l4, len) + pseudo(ip, v4, protocol, len)) != 0xffff)
        *status |= IXGBE_RXDADV_ERR_TCPE;
}

static void check_ipv4(const uint8_t *ip, uint32_t left, bool good, uint32_t *pkt_info, uint32_t *status)
{
    uint32_t header = left >= 20 ? (uint32_t)(ip[0] & 15) * 4 : 0, total = left >= 20 ? inet_get16(ip + 2) : 0;
    if (header < 20 || header > total || total > left || ip[0] >> 4 != 4)
        return;
    *pkt_info |= header == 20 ? IXGBE_RXDADV_PKTTYPE_IPV4 : IXGBE_RXDADV_PKTTYPE_IPV4_EX;
    *status |= IXGBE_RXD_STAT_IPCS;
    if (!good && inet_fold(inet_sum(ip, header)) != 0xffff)
        *status |= IXGBE_RXDADV_ERR_IPE;
    if (!(inet_get16(ip + 6) & 0x3fff)) /* no fragment */
        check_l4(ip, true, ip[9], ip + header, total - header, good, pkt_info, status);
}

static void check_ipv6(const uint8_t *ip, uint32_t left, bool good, uint32_t *pkt_info, uint32_t *status)
{
    uint32_t len = left >= 40 ? inet_get16(ip + 4) : 0;
    if (left < 40 || len + 40 > left || ip[0] >> 4 != 6)
        return;
    *pkt_info |= IXGBE_RXDADV_PKTTYPE_IPV6; /* behind extension headers the chip checks nothing here */
    check_l4(ip, false, ip[6], ip + 40, len, good, pkt_info, status);
}

void intel_csum_check(const struct frame *f, uint32_t *pkt_info, uint32_t *status)
{
    const uint8_t *p = f->buf + f->head;
    bool good = f->flags & FRAME_SUMS_GOOD;
    uint32_t at = 12;
    if (f->len >= 18 && inet_get16(p + at) == ETH_VLAN)
        at += 4;
    if (f->len < at + 2)
        return;
    uint16_t type = inet_get16(p + at);
    at += 2;
    if (type == ETH_IPV4)
        check_ipv4(p + at, f->len - at, good, pkt_info, status);
    else if (type == ETH_IPV6)
        check_ipv6(p + at, f->len - at, good, pkt_info, status);
}
