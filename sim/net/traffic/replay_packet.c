/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a captured packet to one to send: pad what was snapped, finish what an offload had left, give it the stations'
 * IP addresses, cut what no wire carries, and note where MAC addresses lie.
 */
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/traffic/replay__.h"

enum {
    TCP_FIN = 0x01,
    TCP_PSH = 0x08,
    TCP_CWR = 0x80,
    PACKETS_STEP = 1 << 18, /* by which the list grows, once it is large */
    ND_OPT_SOURCE = 1, /* [RFC 4861 4.6.1] */
    ND_OPT_TARGET = 2,
};

/* ---- checksums the capture shows unfinished ---- */

/* A sender that leaves the checksum to its NIC stores the pseudo-header's sum there, which a capture on it shows. */
static void finish_checksums(struct replay_build *b, struct inet_view *v)
{
    uint8_t *ip = v->data + v->l3;
    bool finished = false;
    if (v->ip4 && inet_get16(ip + 10) == 0) {
        uint16_t sum = (uint16_t)~inet_fold(inet_sum(ip, v->l4 - v->l3));
        inet_put16(ip + 10, sum);
        finished = sum != 0;
    }
    if (v->l4_csum && !v->fragment && (v->proto == INET_PROTO_TCP || v->proto == INET_PROTO_UDP)) {
        uint64_t sum = inet_transport_sum(v);
        uint8_t *field = v->data + v->l4_csum;
        if (inet_fold(sum) != 0xffff && inet_get16(field) == inet_fold(inet_pseudo_sum(v))) {
            uint16_t csum = (uint16_t)~inet_fold(sum - inet_get16(field));
            inet_put16(field, csum == 0 && v->proto == INET_PROTO_UDP ? 0xffff : csum);
            finished = true;
        } else if (inet_fold(sum) != 0xffff) {
            b->counts.wrong++;
        }
    }
    b->counts.finished += finished;
}

/* ---- IP addresses ---- */

/* `summed`: the address is one of the pseudo-header. */
static void replace_ip(struct inet_view *v, uint8_t *at, const uint8_t *with, size_t len, bool summed)
{
    uint8_t before[16];
    memcpy(before, at, len);
    inet_replace(at, with, len, v->ip4 ? v->data + v->l3 + 10 : NULL);
    if (v->l4_csum && summed) { /* the pseudo-header changed alike */
        uint8_t *csum = v->data + v->l4_csum;
        inet_replace(before, with, len, csum);
        if (v->proto == INET_PROTO_UDP && inet_get16(csum) == 0)
            inet_put16(csum, 0xffff);
    }
}

enum ip_place { IP_SOURCE, IP_DESTINATION, IP_INSIDE };

/* When the address at `at` is one of the hosts', it becomes its station's. `csum`: the only checksum over it. */
static void map_ip(struct replay_build *b, struct inet_view *v, uint8_t *at, bool six, uint8_t *csum, enum ip_place place)
{
    const struct station *to[2] = {b->params->from, b->params->to};
    for (int h = 0; h < 2; h++) {
        const struct replay_host *host = &b->host[h];
        bool has = six ? host->has_ip6 : host->has_ip4;
        size_t len = six ? 16 : 4;
        if (!has || memcmp(at, six ? host->ip6 : host->ip4, len))
            continue;
        const uint8_t *with = six ? to[h]->ip6 : to[h]->ip4;
        if (place != IP_INSIDE)
            replace_ip(v, at, with, len, place == IP_SOURCE || !v->routed);
        else
            inet_replace(at, with, len, csum);
        return;
    }
}

static int rewrite_ip(struct replay_build *b, uint32_t number, struct inet_view *v)
{
    uint8_t *l3 = v->data + v->l3;
    if (v->cut && (v->type == INET_TYPE_IP4 || v->type == INET_TYPE_IP6 || v->type == INET_TYPE_ARP))
        return replay__error(b, number, "captured only up to byte %u, inside its %s, which rewriting needs", v->len, v->cut);
    if (v->ip4 || v->ip6) {
        map_ip(b, v, l3 + (v->ip4 ? 12 : 8), v->ip6, NULL, IP_SOURCE);
        map_ip(b, v, l3 + (v->ip4 ? 16 : 24), v->ip6, NULL, IP_DESTINATION);
    }
    if (v->arp) {
        map_ip(b, v, l3 + 14, false, NULL, IP_INSIDE);
        map_ip(b, v, l3 + 24, false, NULL, IP_INSIDE);
    }
    /* solicitation, advertisement and redirect name a target; redirect also a destination [RFC 4861 4.3 - 4.5] */
    if (inet_is_nd(v) && v->data[v->l4] >= 135) {
        for (uint32_t at = v->l4 + 8; at + 16 <= v->l3_end && at <= v->l4 + (v->data[v->l4] == 137 ? 24 : 8); at += 16)
            map_ip(b, v, v->data + at, true, v->data + v->l4_csum, IP_INSIDE);
    }
    return 0;
}

/* ---- MAC addresses inside ---- */

static void add_site(struct replay_build *b, struct replay_packet *p, const struct inet_view *v, uint32_t at, unsigned h)
{
    for (unsigned owner = 0; owner < 2; owner++) {
        const struct replay_host *host = &b->host[owner == SITE_SENDER ? h : 1 - h];
        if (p->site_count < 2 && host->mac_known && memcmp(v->data + at, host->mac, 6) == 0) {
            p->site[p->site_count] = (uint16_t)at;
            p->site_owner[p->site_count++] = (uint8_t)owner;
            return;
        }
    }
}

static int find_sites(struct replay_build *b, uint32_t number, const struct inet_view *v, struct replay_packet *p, unsigned h)
{
    bool maybe_nd = v->type == INET_TYPE_IP6 && (v->proto == 0 || v->proto == INET_PROTO_ICMP6) && !v->fragment;
    if (v->cut && (v->type == INET_TYPE_ARP || maybe_nd))
        return replay__error(b, number, "captured only up to byte %u, inside its %s, which may hold MAC addresses", v->len, v->cut);
    if (v->arp) {
        add_site(b, p, v, v->l3 + 8, h);
        add_site(b, p, v, v->l3 + 18, h);
    }
    if (!inet_is_nd(v))
        return 0;
    if (v->len < v->l3_end)
        return replay__error(b, number, "captured only up to byte %u, inside its neighbour discovery options", v->len);
    static const uint8_t options_at[] = {8, 16, 24, 24, 40}; /* types 133 … 137 [RFC 4861 4.1 - 4.5] */
    uint32_t at = v->l4 + options_at[v->data[v->l4] - 133];
    while (at + 8 <= v->l3_end && v->data[at + 1] != 0) {
        if ((v->data[at] == ND_OPT_SOURCE || v->data[at] == ND_OPT_TARGET) && v->data[at + 1] == 1)
            add_site(b, p, v, at + 2, h);
        at += v->data[at + 1] * 8u;
    }
    p->site_csum = (uint16_t)v->l4_csum;
    return 0;
}

/* ---- appending ---- */

/* Room for `len` more bytes and one more packet. NULL: no memory. */
static struct replay_packet *append(struct replay_half *half, const struct replay_packet *timing, uint32_t len)
{
    if (half->count == half->cap) {
        half->cap += half->cap < PACKETS_STEP ? half->cap + 256 : PACKETS_STEP;
        bulk_grow("replayed packets", &half->packet_store, sizeof(*half->packets) * half->cap, false);
        half->packets = half->packet_store.at;
    }
    if (half->bytes_len + len > half->bytes_cap) {
        half->bytes_cap = half->bytes_len + len + (half->bytes_len < BULK_SMALL ? half->bytes_len : BULK_WALK);
        bulk_grow("replayed packets", &half->byte_store, half->bytes_cap, false);
        half->bytes = half->byte_store.at;
    }
    struct replay_packet *p = &half->packets[half->count++];
    *p = *timing;
    p->data = half->bytes_len;
    p->len = len;
    half->bytes_len += len;
    return p;
}

/* ---- segmentation ---- */

/* Payload bytes [off, off+n) of the TCP burst `v` as a packet of its own at `out` (headers are there already). */
static void make_segment(const struct inet_view *v, uint8_t *out, uint32_t off, uint32_t n, uint32_t index, bool last)
{
    const uint8_t *tcp_in = v->data + v->l4;
    uint32_t tcp_len = (tcp_in[12] >> 4) * 4u;
    uint32_t header = v->l4 + tcp_len;
    uint8_t *ip = out + v->l3, *tcp = out + v->l4;

    memcpy(out, v->data, header);
    memcpy(out + header, v->data + header + off, n);
    if (v->ip4) {
        inet_put16(ip + 2, header - v->l3 + n);
        inet_put16(ip + 4, inet_get16(ip + 4) + index);
        inet_put16(ip + 10, 0);
        inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, v->l4 - v->l3)));
    } else {
        inet_put16(ip + 4, header - v->l3 - INET_IP6_LEN + n);
    }
    inet_put32(tcp + 4, inet_get32(tcp_in + 4) + off);
    if (!last)
        tcp[13] &= (uint8_t)~(TCP_FIN | TCP_PSH);
    if (index != 0)
        tcp[13] &= (uint8_t)~TCP_CWR; /* once a window reduction [RFC 3168 6.1.2] */
    struct inet_view seg = *v;
    seg.data = out;
    seg.l3_end = header + n;
    inet_put16(out + v->l4_csum, 0);
    inet_put16(out + v->l4_csum, (uint16_t)~inet_fold(inet_transport_sum(&seg)));
}

static int add_segments(struct replay_build *b, uint32_t number, unsigned h, struct inet_view *v,
                        const struct replay_packet *timing)
{
    struct replay_half *half = &b->replay->half[h];
    struct replay_packet t = *timing;
    uint32_t room = b->mtu + v->l3, wire_len = b->file->packets[number - 1].len;
    if (!b->params->segment)
        return replay__error(b, number,
                             "%u bytes are above the MTU of %u: segment the replay, capture with tso, gso and gro"
                             " off, or raise the MTU",
                             wire_len, b->mtu);
    if (v->cut)
        return replay__error(b, number, "captured only up to byte %u, inside its %s, which segmenting needs", v->len, v->cut);
    if (v->proto != INET_PROTO_TCP || !v->l4_csum || v->fragment)
        return replay__error(b, number, "%u bytes are above the MTU of %u, and only TCP can be cut into segments", wire_len,
                             b->mtu);
    uint32_t header = v->l4 + (v->data[v->l4 + 12] >> 4) * 4u;
    if (header < v->l4 + INET_TCP_LEN || header > v->l3_end || header >= room)
        return replay__error(b, number, "its TCP header is malformed and cannot be segmented");
    uint32_t payload = v->l3_end - header, mss = room - header, index = 0;
    for (uint32_t off = 0; off < payload || index == 0; off += mss, index++) {
        uint32_t n = payload - off < mss ? payload - off : mss;
        struct replay_packet *p = append(half, &t, header + n);
        if (!p)
            return replay__error(b, number, "no memory");
        make_segment(v, half->bytes + p->data, off, n, index, off + n == payload);
        t.gap = 0; /* the burst leaves at once */
    }
    b->counts.segmented++;
    return 0;
}

static int add_whole(struct replay_build *b, uint32_t number, unsigned h, const struct inet_view *v, struct replay_packet *p,
                     uint32_t len)
{
    struct replay_half *half = &b->replay->half[h];
    if (find_sites(b, number, v, p, h) != 0)
        return -1;
    p = append(half, p, len);
    memcpy(half->bytes + p->data, v->data, len);
    return 0;
}

int replay__add_packet(struct replay_build *b, uint32_t number, unsigned h, const struct replay_packet *timing)
{
    const struct pcap_packet *in = &b->file->packets[number - 1];
    struct replay_packet p = *timing;
    struct inet_view v;
    if (replay__look(b, number, &v) != 0)
        return -1;
    memcpy(b->scratch, in->data, in->caplen);
    memset(b->scratch + in->caplen, 0, in->len - in->caplen);
    v.data = b->scratch;
    p.number = in->number;
    p.original = in->len;
    p.to_group = mac_is_multicast(v.data);
    uint32_t len = in->len;
    if (len > b->mtu + v.l3 && (v.ip4 || v.ip6) && v.l3_end <= b->mtu + v.l3) {
        b->counts.trimmed++;
        len = v.l3_end;
    }
    bool too_long = len > b->mtu + v.l3;
    if (in->caplen < in->len)
        b->counts.padded++;
    else if (!too_long)
        finish_checksums(b, &v);
    if (b->params->rewrite_ip && rewrite_ip(b, number, &v) != 0)
        return -1;
    if (too_long)
        return add_segments(b, number, h, &v, &p);
    return add_whole(b, number, h, &v, &p, len);
}
