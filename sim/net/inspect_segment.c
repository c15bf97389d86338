/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inspection: the frame that must arrive where a device has filled in, cut or joined. */
#include <string.h>

#include "net/inspect__.h"

enum { MACS = 12, TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80, TCP_TIMESTAMP = 12 };

void inspect__finish(uint8_t *body, uint32_t len)
{
    struct inspect_view v;
    inspect__view(body, len, &v);
    if (v.version == 4) {
        inspect__put16(body + v.l3 + 10, 0);
        inspect__put16(body + v.l3 + 10, (uint16_t)~inspect_sum(body + v.l3, (body[v.l3] & 15u) * 4, 0));
    }
    if (!v.payload || v.fragment)
        return;
    uint32_t at = v.l4 + (v.proto == INSPECT_TCP ? 16 : 6);
    inspect__put16(body + at, 0);
    uint16_t sum = (uint16_t)~inspect__l4_sum(body, &v);
    inspect__put16(body + at, sum == 0 && v.proto == INSPECT_UDP ? 0xffff : sum); /* [RFC 768] */
}

/* Lengths of a datagram of `len` bytes from its EtherType on. */
static void put_lengths(uint8_t *body, const struct inspect_view *v, uint32_t len)
{
    if (v->version == 4)
        inspect__put16(body + v->l3 + 2, len - v->l3);
    else
        inspect__put16(body + v->l3 + 4, len - v->l3 - 40);
}

/* The segment of a burst whose sequence number is `sequence` [RFC 9293 3.8, RFC 3168 6.1.2]: FIN and PSH are the last one's,
 * CWR the first one's, and each is a datagram of its own. Returns its length, 0: there is none. */
static uint32_t segment(const uint8_t *whole, uint32_t whole_len, uint32_t mss, uint32_t sequence, uint8_t *body)
{
    struct inspect_view v;
    inspect__view(whole, whole_len, &v);
    if (v.proto != INSPECT_TCP || !v.payload)
        return 0;
    uint32_t payload = v.end - v.payload, off = sequence - inspect__get32(whole + v.l4 + 4);
    if (off >= payload || off % mss)
        return 0;
    uint32_t chunk = payload - off < mss ? payload - off : mss;
    memcpy(body, whole, v.payload);
    memcpy(body + v.payload, whole + v.payload + off, chunk);
    put_lengths(body, &v, v.payload + chunk);
    if (v.version == 4)
        inspect__put16(body + v.l3 + 4, inspect__get16(whole + v.l3 + 4) + off / mss);
    inspect__put32(body + v.l4 + 4, sequence);
    if (off + chunk < payload)
        body[v.l4 + 13] &= (uint8_t)~(TCP_FIN | TCP_PSH);
    if (off)
        body[v.l4 + 13] &= (uint8_t)~TCP_CWR;
    inspect__finish(body, v.payload + chunk);
    return v.payload + chunk;
}

bool inspect_expect(const struct inspect_sent *sent, uint32_t sequence, uint8_t *buf, struct inspect_whole *out)
{
    struct inspect_tags tags;
    uint32_t at = inspect_take_tags(sent->bytes, sent->len - sent->tail_len, &tags), len = sent->len - at - sent->tail_len;
    *out = (struct inspect_whole){sent->bytes, sent->bytes + at, len, sent->tail, sent->tail_len, sent->tail_sum};
    if (sent->mss) {
        out->body_len = segment(sent->bytes + at, len, sent->mss, sequence, buf);
        out->body = buf;
    } else if (sent->l4 == INSPECT_L4_FILLED) {
        memcpy(buf, sent->bytes + at, len);
        inspect__finish(buf, len);
        out->body = buf;
    }
    return out->body_len;
}

bool inspect_join(struct inspect_whole *whole, const struct inspect_whole *part, uint8_t *buf)
{
    struct inspect_view a, b;
    inspect__view(whole->body, whole->body_len, &a);
    inspect__view(part->body, part->body_len, &b);
    if (whole->tail_len || part->tail_len || !a.payload || b.payload != a.payload || a.proto != INSPECT_TCP ||
        b.proto != INSPECT_TCP)
        return false;
    uint32_t more = b.end - b.payload;
    const uint8_t *tcp = part->body + b.l4;
    if (a.end + more > INSPECT_FRAME_MAX)
        return false;
    if (whole->body != buf)
        memcpy(buf, whole->body, a.end);
    memcpy(buf + a.end, part->body + b.payload, more);
    memcpy(buf + a.l4 + 8, tcp + 8, 4);   /* acknowledgement */
    memcpy(buf + a.l4 + 14, tcp + 14, 2); /* window */
    buf[a.l4 + 13] |= tcp[13] & TCP_PSH;
    if (a.payload - a.l4 == 20 + TCP_TIMESTAMP)
        memcpy(buf + a.l4 + 24, tcp + 24, 8);
    put_lengths(buf, &a, a.end + more);
    whole->body = buf;
    whole->body_len = a.end + more;
    return true;
}

void inspect_joined(struct inspect_whole *whole, uint8_t *buf) { inspect__finish(buf, whole->body_len); }
