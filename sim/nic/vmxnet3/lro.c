/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Large receive of the ring engine: TCP segments that wait one behind the other are received as one.
 *
 * Nothing is held back for it: only what has come while the one before was being copied, or while there was no buffer, is joined. A
 * segment goes on behind the whole if it is the same connection's next in sequence, with the same header but for checksums,
 * identification and acknowledgement, data, and no flag beyond ACK and PSH; PSH ends the whole.
 */
#include <string.h>

#include "net/inet.h"
#include "nic/vmxnet3/rings__.h"

enum { TCP = 6, PSH = 0x08, ACK = 0x10, WHOLE_MAX = 65535, SEGMENTS_MAX = 255 /* 8 bits of a completion */, OPTIONS_MAX = 40 };

/* A segment that can be joined; header 0: it is none. */
struct segment {
    uint32_t ip, tcp, header; /* offsets; header: of its data */
    uint32_t data;
    bool v4;
};

static struct segment look(const struct frame *f)
{
    const uint8_t *p = frame_data((struct frame *)f);
    struct segment s = {.ip = 14}, none = {0};
    uint32_t end;

    if (f->len < 14 + 40)
        return none;
    if (inet_get16(p + 12) == 0x8100)
        s.ip = 18;
    const uint8_t *ip = p + s.ip;
    s.v4 = inet_get16(p + s.ip - 2) == 0x0800;
    if (s.v4 && ip[0] == 0x45 && ip[9] == TCP && !(inet_get16(ip + 6) & 0x3fff)) {
        s.tcp = s.ip + 20;
        end = s.ip + inet_get16(ip + 2);
    } else if (inet_get16(p + s.ip - 2) == 0x86dd && ip[0] >> 4 == 6 && ip[6] == TCP) {
        s.tcp = s.ip + 40;
        end = s.tcp + inet_get16(ip + 4);
    } else {
        return none;
    }
    if (s.tcp + 20 > f->len || end != f->len)
        return none;
    s.header = s.tcp + (p[s.tcp + 12] >> 4) * 4u;
    if (s.header < s.tcp + 20 || s.header >= end || (p[s.tcp + 13] & (uint8_t)~PSH) != ACK)
        return none;
    s.data = end - s.header;
    return s;
}

/* Do they differ in nothing but what a segment and the next one differ in? */
static bool same_stream(const struct segment *a, const uint8_t *p, const struct segment *b, const uint8_t *q)
{
    uint32_t addresses = a->v4 ? 8 : 32, at = a->v4 ? 12 : 8;

    return a->ip == b->ip && a->v4 == b->v4 && a->header == b->header && !memcmp(p, q, a->ip) && !memcmp(p + a->ip, q + b->ip, 2) &&
           !memcmp(p + a->ip + at, q + b->ip + at, addresses) && !memcmp(p + a->tcp, q + b->tcp, 4) &&
           !memcmp(p + a->tcp + 14, q + b->tcp + 14, 2) && a->header - a->tcp <= 20 + OPTIONS_MAX &&
           !memcmp(p + a->tcp + 20, q + b->tcp + 20, a->header - a->tcp - 20);
}

/* Its checksums may be wrong: then nothing of it may be hidden in a whole. */
static bool is_good(struct vmxnet3_rings *rings, const struct frame *f)
{
    struct rx_classes classes;

    rings__classify(rings, f, true, false, &classes);
    return (classes.flags & VMXNET3_RCD_TUC) && (classes.flags & (VMXNET3_RCD_IPC | VMXNET3_RCD_V6));
}

static void close_whole(struct frame *f, const struct segment *s)
{
    uint8_t *p = frame_data(f), *ip = p + s->ip;

    if (s->v4) {
        inet_put16(ip + 2, f->len - s->ip);
        inet_put16(ip + 10, 0);
        inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, 20)));
    } else {
        inet_put16(ip + 4, f->len - s->tcp);
    }
    f->flags |= FRAME_SUMS_GOOD; /* those of its segments were; the sum in its header is the first one's */
}

/* Takes the next one that waits if it goes on behind the whole. */
static bool join_next(struct vmxnet3_rings *rings, struct vmxnet3_rx_queue *rx, const struct segment *first, uint32_t *next_seq)
{
    struct sim *sim = rings->c->sim;
    struct frame *f = frame_get(sim, rx->ref), *g = frame_get(sim, rx->first);
    struct segment s = look(g);
    uint8_t *p = frame_data(f), *q = frame_data(g);

    if (!s.header || !same_stream(first, p, &s, q) || inet_get32(q + s.tcp + 4) != *next_seq || f->len + s.data > WHOLE_MAX ||
        !is_good(rings, g))
        return false;
    if (!frame_has_room(sim, rx->ref, s.data)) {
        frame_ref grown = frame_grow(rings->c, rx->ref, FRAME_MAX_GIANT);
        if (!grown)
            return false; /* as many as the simulator has room for */
        rx->ref = grown;
        p = frame_data(frame_get(sim, grown));
    }
    if (frame_is_witness(g))
        rings__pass(rings, (unsigned)(rx - rings->st.rx), g, WAY_RX);
    *next_seq += s.data;
    memcpy(p + first->tcp + 8, q + s.tcp + 8, 4); /* the newest acknowledgement, and PSH */
    p[first->tcp + 13] |= q[s.tcp + 13];
    frame_join(rings->c, rx->ref, rings__rx_pop(rings, rx), s.header);
    return true;
}

void rings__lro(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    struct frame *f = frame_get(rings->c->sim, rx->ref);
    struct segment first = look(f);
    uint32_t segments = 1, next_seq;

    if (!first.header || !is_good(rings, f))
        return;
    next_seq = inet_get32(frame_data(f) + first.tcp + 4) + first.data;
    while (rx->waiting && segments < SEGMENTS_MAX && !(frame_data(frame_get(rings->c->sim, rx->ref))[first.tcp + 13] & PSH) &&
           join_next(rings, rx, &first, &next_seq))
        segments++;
    if (segments == 1)
        return;
    rings->more.now[queue].segments = segments;
    rings->more.now[queue].mss = first.data;
    rings->more.now[queue].spared = (segments - 1) * first.header;
    rx->stats.LROPktsRxOK += segments;
    close_whole(frame_get(rings->c->sim, rx->ref), &first);
    rx->stats.LROBytesRxOK += frame_get(rings->c->sim, rx->ref)->len;
}
