/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A segment as the bytes of a frame, there and back. */
#include "net/tcp/segment.h"

#include <string.h>

#include "net/inet.h"

enum {
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_MSS = 2,
    OPTION_SCALE = 3,
    OPTION_SACK_OK = 4,
    OPTION_SACK = 5,
    OPTION_TIMESTAMP = 8,
    SCALE_MAX = 14, /* [RFC 7323 2.3] */
    MACS = 12,
    TTL = 64,
    DONT_FRAGMENT = 0x4000,
};

/* ---- options ---- */

static uint32_t put_options(const struct tcp_segment *s, uint8_t *p)
{
    const uint8_t *start = p;
    if (s->mss) {
        *p++ = OPTION_MSS;
        *p++ = 4;
        inet_put16(p, s->mss);
        p += 2;
    }
    if (s->sack_ok) {
        memcpy(p, (const uint8_t[]){OPTION_NOP, OPTION_NOP, OPTION_SACK_OK, 2}, 4);
        p += 4;
    }
    if (s->stamped) {
        memcpy(p, (const uint8_t[]){OPTION_NOP, OPTION_NOP, OPTION_TIMESTAMP, 10}, 4);
        inet_put32(p + 4, s->tsval);
        inet_put32(p + 8, s->tsecr);
        p += TCP_TIMESTAMP_LEN;
    }
    if (s->scale1) {
        memcpy(p, (const uint8_t[]){OPTION_NOP, OPTION_SCALE, 3, (uint8_t)(s->scale1 - 1)}, 4);
        p += 4;
    }
    if (s->sacks) {
        memcpy(p, (const uint8_t[]){OPTION_NOP, OPTION_NOP, OPTION_SACK, (uint8_t)(2 + 8 * s->sacks)}, 4);
        p += 4;
        for (unsigned i = 0; i < s->sacks; i++, p += 8) {
            inet_put32(p, s->sack[i][0]);
            inet_put32(p + 4, s->sack[i][1]);
        }
    }
    return (uint32_t)(p - start);
}

static void take_sacks(struct tcp_segment *s, const uint8_t *p, uint32_t len)
{
    for (; len >= 8 && s->sacks < TCP_SACKS_MAX; p += 8, len -= 8, s->sacks++) {
        s->sack[s->sacks][0] = inet_get32(p);
        s->sack[s->sacks][1] = inet_get32(p + 4);
    }
}

/* Of each kind the lengths that it has; others are skipped by the length that they say [RFC 9293 3.2]. */
static void take_options(struct tcp_segment *s, const uint8_t *p, uint32_t len)
{
    while (len && *p != OPTION_END) {
        if (*p == OPTION_NOP) {
            p++;
            len--;
            continue;
        }
        if (len < 2 || p[1] < 2 || p[1] > len)
            return;
        if (p[0] == OPTION_MSS && p[1] == 4)
            s->mss = inet_get16(p + 2);
        else if (p[0] == OPTION_SCALE && p[1] == 3)
            s->scale1 = (uint8_t)(1 + (p[2] > SCALE_MAX ? SCALE_MAX : p[2]));
        else if (p[0] == OPTION_SACK_OK && p[1] == 2)
            s->sack_ok = true;
        else if (p[0] == OPTION_SACK)
            take_sacks(s, p + 2, p[1] - 2u);
        else if (p[0] == OPTION_TIMESTAMP && p[1] == 10) {
            s->stamped = true;
            s->tsval = inet_get32(p + 2);
            s->tsecr = inet_get32(p + 6);
        }
        len -= p[1];
        p += p[1];
    }
}

/* ---- there ---- */

static uint32_t ip_len(const struct tcp_path *path) { return path->ip6 ? INET_IP6_LEN : INET_IP4_LEN; }

uint32_t tcp_frame_len(const struct tcp_path *path, const struct tcp_segment *s)
{
    uint8_t options[TCP_OPTIONS_MAX];
    return INET_ETH_LEN + ip_len(path) + INET_TCP_LEN + put_options(s, options) + s->len;
}

static void put_ip(const struct tcp_path *path, uint32_t l4_len, uint16_t id, uint8_t *ip)
{
    memset(ip, 0, ip_len(path));
    if (path->ip6) {
        ip[0] = 0x60;
        inet_put16(ip + 4, l4_len);
        ip[6] = INET_PROTO_TCP;
        ip[7] = TTL;
        memcpy(ip + 8, path->from_ip, 16);
        memcpy(ip + 24, path->to_ip, 16);
        return;
    }
    ip[0] = 0x45;
    inet_put16(ip + 2, INET_IP4_LEN + l4_len);
    inet_put16(ip + 4, id);
    inet_put16(ip + 6, DONT_FRAGMENT);
    ip[8] = TTL;
    ip[9] = INET_PROTO_TCP;
    memcpy(ip + 12, path->from_ip, 4);
    memcpy(ip + 16, path->to_ip, 4);
    inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, INET_IP4_LEN)));
}

void tcp_frame_write(const struct tcp_path *path, const struct tcp_segment *s, enum tcp_checksum checksum, uint16_t id,
                     const uint8_t from[6], const uint8_t to[6], uint8_t *buf)
{
    uint8_t *ip = buf + INET_ETH_LEN, *tcp = ip + ip_len(path);
    memcpy(buf, to, 6);
    memcpy(buf + 6, from, 6);
    inet_put16(buf + MACS, path->ip6 ? INET_TYPE_IP6 : INET_TYPE_IP4);
    memset(tcp, 0, INET_TCP_LEN);
    uint32_t header = INET_TCP_LEN + put_options(s, tcp + INET_TCP_LEN), len = header + s->len;
    put_ip(path, len, id, ip);
    inet_put16(tcp, path->from_port);
    inet_put16(tcp + 2, path->to_port);
    inet_put32(tcp + 4, s->seq);
    inet_put32(tcp + 8, s->ack);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = s->flags;
    inet_put16(tcp + 14, s->window);
    tcp_pattern(path->salt, s->at, tcp + header, s->len);
    uint64_t sum = (path->ip6 ? inet_sum(ip + 8, 32) : inet_sum(ip + 12, 8)) + INET_PROTO_TCP;
    if (checksum != TCP_CHECKSUM_CUT)
        sum += len;
    if (checksum == TCP_CHECKSUM_WHOLE)
        inet_put16(tcp + 16, (uint16_t)~inet_fold(sum + inet_sum(tcp, len)));
    else
        inet_put16(tcp + 16, inet_fold(sum));
}

/* ---- back ---- */

static bool sums_are_right(const struct inet_view *v)
{
    if (v->ip4 && inet_fold(inet_sum(v->data + v->l3, (v->data[v->l3] & 15u) * 4)) != 0xffff)
        return false;
    return inet_fold(inet_transport_sum(v)) == 0xffff;
}

bool tcp_frame_read(const uint8_t *bytes, uint32_t len, bool trusted, struct tcp_path *path, struct tcp_segment *out,
                    const uint8_t **payload)
{
    struct inet_view v;
    *out = (struct tcp_segment){0};
    *path = (struct tcp_path){0};
    if (!inet_look(&v, (uint8_t *)bytes, len, len) || v.proto != INET_PROTO_TCP || v.fragment || v.l3_end > len ||
        v.l4 + INET_TCP_LEN > v.l3_end)
        return false;
    const uint8_t *tcp = bytes + v.l4, *ip = bytes + v.l3;
    uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
    if (header < INET_TCP_LEN || v.l4 + header > v.l3_end || (!trusted && !sums_are_right(&v)))
        return false;
    path->ip6 = v.ip6;
    memcpy(path->from_ip, v.ip6 ? ip + 8 : ip + 12, v.ip6 ? 16 : 4);
    memcpy(path->to_ip, v.ip6 ? ip + 24 : ip + 16, v.ip6 ? 16 : 4);
    path->from_port = inet_get16(tcp);
    path->to_port = inet_get16(tcp + 2);
    out->seq = inet_get32(tcp + 4);
    out->ack = inet_get32(tcp + 8);
    out->flags = tcp[13];
    out->window = inet_get16(tcp + 14);
    out->len = v.l3_end - v.l4 - header;
    *payload = tcp + header;
    take_options(out, tcp + INET_TCP_LEN, header - INET_TCP_LEN);
    return true;
}
