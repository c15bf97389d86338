/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A migration's connection over the data uplinks: segments, acknowledgements, congestion, timers. */
#include "host/migrate/wire/wire.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/save.h"
#include "pf/pf.h"
#include "vswitch/vswitch.h"

enum { ETHER_HEADER = 14, ETHERTYPE = 0x88b5, KIND_DATA = 1, KIND_ACK = 2, DUPLICATES = 3, WINDOW_MIN = 2 };

static sim_time now(const struct migrate_wire *w) { return sim_now(w->wiring.timer->sim); }
static unsigned slot(uint64_t segment) { return (unsigned)(segment % WIRE_WINDOW); }

static void put(uint8_t *to, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

static uint64_t take(const uint8_t *from, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | from[i];
    return value;
}

/* ---- frames ---- */

/* A segment, or what the reader answers to it. */
static frame_ref make(struct migrate_wire *w, bool ack, uint64_t segment, const uint8_t *data, uint32_t len)
{
    const struct wire_end *from = ack ? &w->wiring.to : &w->wiring.from, *to = ack ? &w->wiring.from : &w->wiring.to;
    uint32_t bytes = ETHER_HEADER + WIRE_HEADER + len;
    frame_ref ref = frame_birth(from->who, ack ? FLOW_NONE : w->wiring.flow, bytes < FRAME_MIN_LEN ? FRAME_MIN_LEN : bytes);
    uint8_t *to_bytes;

    if (!ref)
        return 0;
    to_bytes = frame_data(frame_get(from->who->sim, ref));
    memset(to_bytes, 0, FRAME_MIN_LEN);
    memcpy(to_bytes, pf_mac(to->pf), 6);
    memcpy(to_bytes + 6, pf_mac(from->pf), 6);
    put(to_bytes + 12, ETHERTYPE, 2);
    put(to_bytes + 14, w->wiring.number, 4);
    put(to_bytes + 18, ack ? KIND_ACK : KIND_DATA, 2);
    put(to_bytes + 20, len, 2);
    put(to_bytes + 22, segment, 8);
    if (len)
        memcpy(to_bytes + ETHER_HEADER + WIRE_HEADER, data, len);
    return ref;
}

static void send_segment(struct migrate_wire *w, uint64_t segment)
{
    const struct wire_end *from = &w->wiring.from;
    uint32_t len = w->state.out_len[slot(segment)], bytes = ETHER_HEADER + WIRE_HEADER + len;
    frame_ref ref = make(w, false, segment, w->out[slot(segment)], len);
    sim_time at = w->state.paced_at > now(w) ? w->state.paced_at : now(w);
    bool again = segment < w->state.highest;

    w->wiring.ops->sent(w->wiring.owner, w->wiring.slot, bytes, again);
    w->state.paced_at = at + sim_rate_take(w->wiring.rate, bytes);
    if (again) {
        w->state.timing = w->state.timing && w->state.timed != segment; /* Karn: nobody knows which one was answered */
    } else if (!w->state.timing) {
        w->state.timing = 1;
        w->state.timed = segment;
        w->state.timed_at = now(w);
    }
    if (ref) /* without a buffer it is as good as lost */
        vswitch_host_send(from->vswitch, from->uplink, ref);
}

/* ---- timers ---- */

static void timer(struct migrate_wire *w, sim_time at, bool pace)
{
    struct component *to = w->wiring.timer;

    event_post(to, to, at, EV_HOST, w->wiring.verb, w->wiring.slot, w->wiring.number, pace);
}

static void arm(struct migrate_wire *w)
{
    struct wire_state *st = &w->state;

    st->rto_at = now(w) + st->rto;
    if (!st->timer_posted)
        timer(w, st->rto_at, false);
    st->timer_posted = 1;
}

static void measure(struct wire_state *st, sim_time sample)
{
    sim_time off = sample > st->srtt ? sample - st->srtt : st->srtt - sample;

    st->rttvar = st->srtt ? (3 * st->rttvar + off) / 4 : sample / 2;
    st->srtt = st->srtt ? (7 * st->srtt + sample) / 8 : sample;
    st->rto = st->srtt + 4 * st->rttvar;
    if (st->rto < WIRE_RTO_MIN_PS)
        st->rto = WIRE_RTO_MIN_PS;
    if (st->rto > WIRE_RTO_MAX_PS)
        st->rto = WIRE_RTO_MAX_PS;
}

static void pump(struct migrate_wire *w)
{
    struct wire_state *st = &w->state;
    bool idle = st->acked == st->highest;

    while (!st->dead && st->next < st->written && st->next - st->acked < st->window) {
        if (st->paced_at > now(w)) {
            if (!st->pace_posted)
                timer(w, st->paced_at, true);
            st->pace_posted = 1;
            break;
        }
        send_segment(w, st->next++);
        if (st->next > st->highest)
            st->highest = st->next;
    }
    if (idle && st->acked < st->highest)
        arm(w);
}

static void timed_out(struct migrate_wire *w)
{
    struct wire_state *st = &w->state;
    uint64_t under_way = st->highest - st->acked;

    if (++st->tries > WIRE_TRIES) {
        st->dead = 1;
        w->wiring.ops->died(w->wiring.owner, w->wiring.slot);
        return;
    }
    st->threshold = under_way / 2 > WINDOW_MIN ? (uint32_t)(under_way / 2) : WINDOW_MIN;
    st->window = WINDOW_MIN;
    st->recover = st->highest; /* what is sent again makes duplicates of its own */
    st->recovering = 0;
    st->duplicates = 0;
    st->timing = 0;
    st->next = st->acked;
    st->rto = 2 * st->rto < WIRE_RTO_MAX_PS ? 2 * st->rto : WIRE_RTO_MAX_PS;
    arm(w);
    pump(w);
}

void migrate__wire_timer(struct migrate_wire *w, bool pace)
{
    struct wire_state *st = &w->state;

    if (pace) {
        st->pace_posted = 0;
        pump(w);
        return;
    }
    st->timer_posted = 0;
    if (st->acked == st->highest)
        return;
    if (now(w) >= st->rto_at) {
        timed_out(w);
        return;
    }
    st->timer_posted = 1;
    timer(w, st->rto_at, false);
}

/* ---- acknowledgements ---- */

static void grow(struct wire_state *st, uint64_t segments)
{
    for (; segments && st->window < WIRE_WINDOW; segments--) {
        if (st->window < st->threshold) {
            st->window++;
        } else if (++st->grown >= st->window) {
            st->grown = 0;
            st->window++;
        }
    }
}

static void advance(struct migrate_wire *w, uint64_t ack)
{
    struct wire_state *st = &w->state;
    uint64_t segments = ack - st->acked;

    st->acked = ack;
    if (st->next < ack)
        st->next = ack;
    st->duplicates = 0;
    st->tries = 0;
    if (st->timing && ack > st->timed) {
        st->timing = 0;
        measure(st, now(w) - st->timed_at);
    }
    if (!st->recovering) {
        grow(st, segments);
    } else if (ack >= st->recover) {
        st->recovering = 0;
        st->window = st->threshold;
    } else {
        send_segment(w, ack); /* the next hole */
    }
    if (st->acked < st->highest)
        arm(w);
    pump(w);
    w->wiring.ops->moved(w->wiring.owner, w->wiring.slot);
}

static void acknowledged(struct migrate_wire *w, uint64_t ack)
{
    struct wire_state *st = &w->state;
    uint64_t under_way = st->highest - st->acked;

    if (ack > st->highest || ack < st->acked || under_way == 0)
        return;
    if (ack > st->acked) {
        advance(w, ack);
        return;
    }
    if (st->recovering && st->window < WIRE_WINDOW)
        st->window++; /* a segment has left the network */
    if (++st->duplicates == DUPLICATES && !st->recovering && st->acked >= st->recover) {
        st->threshold = under_way / 2 > WINDOW_MIN ? (uint32_t)(under_way / 2) : WINDOW_MIN;
        st->window = st->threshold;
        st->recovering = 1;
        st->recover = st->highest;
        send_segment(w, st->acked);
    }
    pump(w);
}

/* ---- the receiver ---- */

/* Hands up what the bytes complete. False: the connection is gone. */
static bool hand_up(struct migrate_wire *w, const uint8_t *data, uint32_t len)
{
    struct wire_state *st = &w->state;

    while (len) {
        uint32_t want = WIRE_MESSAGE_HEADER;
        if (st->message_len >= WIRE_MESSAGE_HEADER)
            want += (uint32_t)take(w->message + 4, 4);
        uint32_t n = want - st->message_len < len ? want - st->message_len : len;
        memcpy(w->message + st->message_len, data, n);
        st->message_len += n;
        data += n;
        len -= n;
        if (st->message_len < WIRE_MESSAGE_HEADER || st->message_len < WIRE_MESSAGE_HEADER + take(w->message + 4, 4))
            continue;
        n = st->message_len - WIRE_MESSAGE_HEADER;
        st->message_len = 0;
        if (!w->wiring.ops->message(w->wiring.owner, w->wiring.slot, (enum wire_message)take(w->message, 4),
                                    take(w->message + 8, 8), w->message + WIRE_MESSAGE_HEADER, n))
            return false;
    }
    return true;
}

static void arrived(struct migrate_wire *w, uint64_t segment, const uint8_t *data, uint32_t len)
{
    struct wire_state *st = &w->state;
    frame_ref ack;

    if (segment >= st->got && segment < st->got + WIRE_WINDOW && !st->here[slot(segment)]) {
        st->here[slot(segment)] = 1;
        st->in_len[slot(segment)] = (uint16_t)len;
        memcpy(w->in[slot(segment)], data, len);
    }
    while (st->here[slot(st->got)]) {
        unsigned i = slot(st->got++);
        st->here[i] = 0;
        if (!hand_up(w, w->in[i], st->in_len[i]))
            return;
    }
    ack = make(w, true, st->got, NULL, 0);
    if (ack)
        vswitch_host_send(w->wiring.to.vswitch, w->wiring.to.uplink, ack);
}

bool migrate__wire_is_ours(struct frame *f) { return f->len >= FRAME_MIN_LEN && take(frame_data(f) + 12, 2) == ETHERTYPE; }

uint32_t migrate__wire_number(struct frame *f) { return (uint32_t)take(frame_data(f) + 14, 4); }

bool migrate__wire_takes(const struct migrate_wire *w, const struct component *at, struct frame *f)
{
    uint64_t kind = take(frame_data(f) + 18, 2);
    uint16_t maker = (uint16_t)(f->id >> 48);

    return (kind == KIND_DATA && w->wiring.to.who == at && maker == w->wiring.from.who->id) ||
           (kind == KIND_ACK && w->wiring.from.who == at && maker == w->wiring.to.who->id);
}

void migrate__wire_receive(struct migrate_wire *w, struct component *at, frame_ref ref)
{
    struct frame *f = frame_get(at->sim, ref);
    const uint8_t *bytes = frame_data(f);
    uint32_t kind = (uint32_t)take(bytes + 18, 2), len = (uint32_t)take(bytes + 20, 2);
    uint64_t segment = take(bytes + 22, 8);
    uint8_t data[WIRE_PAYLOAD];

    assert(len <= WIRE_PAYLOAD && ETHER_HEADER + WIRE_HEADER + len <= f->len && "our own frame");
    memcpy(data, bytes + ETHER_HEADER + WIRE_HEADER, len);
    frame_end(at, ref, FATE_delivered_migration);
    if (kind == KIND_DATA)
        arrived(w, segment, data, len);
    else
        acknowledged(w, segment);
}

/* ---- writing ---- */

uint32_t migrate__wire_room(const struct migrate_wire *w)
{
    uint64_t segments = WIRE_WINDOW - (w->state.written - w->state.acked);
    uint64_t bytes = segments * WIRE_PAYLOAD - w->state.filling;

    return bytes < WIRE_MESSAGE_HEADER || segments == 0 ? 0 : (uint32_t)bytes - WIRE_MESSAGE_HEADER;
}

bool migrate__wire_is_empty(const struct migrate_wire *w) { return w->state.acked == w->state.written && !w->state.filling; }

static void append(struct migrate_wire *w, const uint8_t *data, uint32_t len)
{
    struct wire_state *st = &w->state;

    while (len) {
        uint32_t n = WIRE_PAYLOAD - st->filling < len ? WIRE_PAYLOAD - st->filling : len;
        memcpy(w->out[slot(st->written)] + st->filling, data, n);
        st->filling += n;
        data += n;
        len -= n;
        if (st->filling == WIRE_PAYLOAD) {
            st->out_len[slot(st->written++)] = WIRE_PAYLOAD;
            st->filling = 0;
        }
    }
}

void migrate__wire_write(struct migrate_wire *w, enum wire_message type, uint64_t arg, const void *data, uint32_t len)
{
    uint8_t header[WIRE_MESSAGE_HEADER];

    assert(len <= WIRE_MESSAGE_MAX && len <= migrate__wire_room(w));
    put(header, type, 4);
    put(header + 4, len, 4);
    put(header + 8, arg, 8);
    append(w, header, sizeof(header));
    if (len)
        append(w, data, len);
    pump(w);
}

void migrate__wire_flush(struct migrate_wire *w)
{
    struct wire_state *st = &w->state;

    if (st->filling) {
        st->out_len[slot(st->written++)] = (uint16_t)st->filling;
        st->filling = 0;
    }
    pump(w);
}

/* ---- life ---- */

struct migrate_wire *migrate__wire_create(const struct wire_wiring *wiring)
{
    struct migrate_wire *w = alloc_zero("a migration wire", 1, sizeof(*w));

    w->wiring = *wiring;
    w->state.window = WIRE_WINDOW_FIRST;
    w->state.threshold = WIRE_WINDOW;
    w->state.rto = WIRE_RTO_FIRST_PS;
    return w;
}

void migrate__wire_destroy(struct migrate_wire *w) { free(w); }

static bool is_sound(const struct wire_state *st)
{
    if (st->acked > st->next || st->next > st->highest || st->highest > st->written || st->window > WIRE_WINDOW ||
        st->written - st->acked > WIRE_WINDOW || st->filling >= WIRE_PAYLOAD ||
        st->message_len >= WIRE_MESSAGE_HEADER + WIRE_MESSAGE_MAX || (st->written - st->acked == WIRE_WINDOW && st->filling))
        return false;
    for (unsigned i = 0; i < WIRE_WINDOW; i++)
        if (st->out_len[i] > WIRE_PAYLOAD || st->in_len[i] > WIRE_PAYLOAD || st->here[i] > 1)
            return false;
    return true;
}

void migrate__wire_save(struct migrate_wire *w, struct save *s)
{
    save_section(s, "migration over uplinks", 1);
    save_field(s, w->state);
    if (s->err)
        return;
    if (!is_sound(&w->state)) {
        save_fail(s, -EPROTO, "the state of a migration's connection is impossible");
        return;
    }
    for (uint64_t i = w->state.acked; i < w->state.written; i++)
        save_bytes(s, w->out[slot(i)], w->state.out_len[slot(i)]);
    if (w->state.filling)
        save_bytes(s, w->out[slot(w->state.written)], w->state.filling);
    for (unsigned i = 0; i < WIRE_WINDOW; i++)
        if (w->state.here[i])
            save_bytes(s, w->in[i], w->state.in_len[i]);
    save_bytes(s, w->message, w->state.message_len);
}
