/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parser finds in a frame, and checksums: verified in what is received, filled into what is sent. */
#include "nic/57712/e2__.h"

#include <string.h>

#include "net/inet.h"

static uint64_t pseudo(const uint8_t *ip, bool v4, uint8_t protocol, uint32_t bytes)
{
    return (v4 ? inet_sum(ip + 12, 8) : inet_sum(ip + 8, 32)) + protocol + bytes;
}

/* ---- received ---- */

static void look_l4(const uint8_t *p, uint8_t protocol, bool good, struct e2_packet *out)
{
    uint32_t bytes = out->end - out->l4;

    out->tcp = protocol == INET_PROTO_TCP && bytes >= INET_TCP_LEN;
    out->udp = protocol == INET_PROTO_UDP && bytes >= INET_UDP_LEN;
    if (!out->tcp && (!out->udp || inet_get16(p + out->l4 + 6) == 0))
        return; /* nothing, or a sender that computed none */
    out->l4_checked = true;
    out->l4_bad = !good && inet_fold(inet_sum(p + out->l4, bytes) + pseudo(p + out->ip, out->v4, protocol, bytes)) != 0xffff;
}

static void look_ip4(const uint8_t *p, uint32_t len, bool good, struct e2_packet *out)
{
    const uint8_t *ip = p + out->ip;
    uint32_t left = len - out->ip, header = left >= INET_IP4_LEN ? 4u * (ip[0] & 15) : 0;
    uint32_t total = left >= INET_IP4_LEN ? inet_get16(ip + 2) : 0;

    if (header < INET_IP4_LEN || header > total || total > left || ip[0] >> 4 != 4)
        return;
    out->v4 = true;
    out->options = header > INET_IP4_LEN;
    out->l4 = out->ip + header;
    out->end = out->ip + total;
    out->fragment = inet_get16(ip + 6) & 0x3fff;
    out->ip_bad = !good && inet_fold(inet_sum(ip, header)) != 0xffff;
    if (!out->fragment)
        look_l4(p, ip[9], good, out);
}

static void look_ip6(const uint8_t *p, uint32_t len, bool good, struct e2_packet *out)
{
    const uint8_t *ip = p + out->ip;
    uint32_t left = len - out->ip;

    if (left < INET_IP6_LEN || ip[0] >> 4 != 6 || inet_get16(ip + 4) + (uint32_t)INET_IP6_LEN > left)
        return;
    out->v6 = true;
    out->l4 = out->ip + INET_IP6_LEN; /* behind extension headers nothing is found */
    out->end = out->l4 + inet_get16(ip + 4);
    look_l4(p, ip[6], good, out);
}

void e2__packet(const struct frame *f, bool verify, struct e2_packet *out)
{
    const uint8_t *p = f->buf + f->head;
    bool good = !verify || (f->flags & FRAME_SUMS_GOOD);
    uint32_t at = 12;

    memset(out, 0, sizeof(*out));
    if (f->len >= 18 && inet_get16(p + at) == INET_TYPE_VLAN)
        at += 4;
    if (f->len < at + 2)
        return;
    out->ip = at + 2;
    if (inet_get16(p + at) == INET_TYPE_IP4)
        look_ip4(p, f->len, good, out);
    else if (inet_get16(p + at) == INET_TYPE_IP6)
        look_ip6(p, f->len, good, out);
}

void e2__packet_cqe(const struct frame *f, const struct e2_packet *packet, struct e2_cqe *cqe)
{
    const uint8_t *p = f->buf + f->head;
    uint32_t parsed = mac_is_multicast(p) ? E2_PARSED_MULTICAST : 0;

    cqe->type |= packet->ip_bad ? E2_CQE_IP_BAD : 0;
    cqe->type |= packet->l4_bad ? E2_CQE_L4_BAD : 0;
    cqe->status |= mac_is_broadcast(p) ? E2_CQE_IS_BROADCAST : 0;
    cqe->status |= packet->v4 ? 0 : E2_CQE_IP_NOT_CHECKED;
    cqe->status |= packet->l4_checked ? 0 : E2_CQE_L4_NOT_CHECKED;
    parsed |= (uint32_t)(packet->v4 ? E2_PARSED_IPV4 : packet->v6 ? E2_PARSED_IPV6 : 0) << E2_PARSED_ETH_SHIFT;
    parsed |= (uint32_t)(packet->tcp ? E2_PARSED_TCP : packet->udp ? E2_PARSED_UDP : 0) << E2_PARSED_L4_SHIFT;
    parsed |= packet->options ? E2_PARSED_IP_OPTIONS : 0;
    parsed |= packet->fragment ? E2_PARSED_FRAGMENT : 0;
    if (packet->tcp && p[packet->l4 + 12] >> 4 > 5)
        parsed |= E2_PARSED_TCP_OPTIONS;
    cqe->parsed |= (uint16_t)parsed;
}

/* ---- sent ---- */

static void fill_ip4(uint8_t *ip, uint32_t header)
{
    inet_put16(ip + 10, 0);
    inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, header)));
}

void e2__checksums(struct frame *f, uint8_t flags, uint32_t l4)
{
    uint8_t *p = frame_data(f), protocol = flags & E2_TX_IS_UDP ? INET_PROTO_UDP : INET_PROTO_TCP;
    bool v4 = !(flags & E2_TX_IPV6);
    struct e2_packet packet;

    if (!(flags & (E2_TX_IP_CSUM | E2_TX_L4_CSUM)))
        return;
    e2__packet(f, false, &packet);
    if (v4 ? !packet.v4 : !packet.v6)
        return;
    if ((flags & E2_TX_IP_CSUM) && v4)
        fill_ip4(p + packet.ip, packet.l4 - packet.ip);
    uint32_t at = l4 + (protocol == INET_PROTO_TCP ? 16 : 6);
    if (!(flags & E2_TX_L4_CSUM) || l4 < packet.l4 || at + 2 > packet.end || packet.fragment)
        return;
    uint32_t bytes = packet.end - l4;
    inet_put16(p + at, 0);
    uint16_t sum = (uint16_t)~inet_fold(inet_sum(p + l4, bytes) + pseudo(p + packet.ip, v4, protocol, bytes));
    inet_put16(p + at, sum == 0 && protocol == INET_PROTO_UDP ? 0xffff : sum); /* [RFC 768] */
}
