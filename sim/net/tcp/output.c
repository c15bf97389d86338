/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes next: a reset, what was lost, new data, an acknowledgement; and the fields of a segment. */
#include <assert.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "net/tcp/tcp__.h"

enum { WINDOW_MAX = 65535, SCALE_MAX = 14, BACKOFF_MAX = 10 };

uint32_t tcp__stamp(sim_time now) { return (uint32_t)(now / SIM_MS) + 1; }

uint64_t tcp_flight(const struct tcp *t)
{
    uint64_t out = t->st.nxt - t->st.una, gone = t->st.sacked + t->st.lost;
    return out > gone ? out - gone : 0;
}

uint64_t tcp__fin_end(const struct tcp *t) { return t->st.end + t->st.closing; }

/* ---- records ---- */

static void grow(struct tcp *t)
{
    uint64_t cap = 2 * t->record_cap;
    struct tcp_record *records = alloc_zero("a TCP connection", cap, sizeof(*records));
    for (uint64_t i = t->st.head; i != t->st.tail; i++)
        records[i & (cap - 1)] = *tcp__record(t, i);
    free(t->records);
    t->records = records;
    t->record_cap = cap;
}

void tcp__push_record(struct tcp *t, uint64_t from, uint64_t to, sim_time now)
{
    if (t->st.tail - t->st.head == t->record_cap)
        grow(t);
    *tcp__record(t, t->st.tail++) = (struct tcp_record){.from = from, .to = to, .sent = now, .times = 1};
}

/* ---- the fields ---- */

/* The window is never taken back: what was promised once is promised [RFC 9293 3.8.6]. */
static uint16_t window_field(struct tcp *t, bool is_syn)
{
    struct tcp_state *st = &t->st;
    unsigned scale = is_syn ? 0 : st->rcv_scale;
    uint64_t room = tcp__free(t), promised = st->rcv_right > st->rcv_nxt ? st->rcv_right - st->rcv_nxt : 0;
    uint64_t worth = tcp__min(t->config.mss, t->config.buffer / 2);
    uint64_t offer = room >= promised + worth || room == t->config.buffer ? tcp__max(room, promised) : promised;
    uint64_t field = offer >> scale;
    field += field << scale < promised; /* rounding takes nothing back either */
    field = tcp__min(field, WINDOW_MAX);
    if (st->rcv_nxt + (field << scale) > st->rcv_right)
        st->rcv_right = st->rcv_nxt + (field << scale);
    return (uint16_t)field;
}

static void put_sack(struct tcp *t, struct tcp_segment *out, uint64_t from, uint64_t to)
{
    out->sack[out->sacks][0] = t->st.irs + (uint32_t)from;
    out->sack[out->sacks++][1] = t->st.irs + (uint32_t)to;
}

/* Duplicates first [RFC 2883], then what came last [RFC 2018 4]. */
static void put_sacks(struct tcp *t, struct tcp_segment *out)
{
    struct tcp_state *st = &t->st;
    unsigned room = st->has_timestamps ? 3 : 4;
    uint64_t before = UINT64_MAX;
    if (st->dsack_from != st->dsack_to)
        put_sack(t, out, st->dsack_from, st->dsack_to);
    st->dsack_from = st->dsack_to;
    for (; out->sacks < room;) {
        const struct tcp_range *latest = NULL;
        for (uint32_t i = 0; i < st->ranges; i++)
            if (st->range[i].touched < before && (!latest || st->range[i].touched > latest->touched))
                latest = &st->range[i];
        if (!latest)
            return;
        put_sack(t, out, latest->from, latest->to);
        before = latest->touched;
    }
}

/* All but sequence number, length and flags beyond ACK; the acknowledgement that was owed is in it. */
static void put_ack(struct tcp *t, sim_time now, struct tcp_segment *out)
{
    struct tcp_state *st = &t->st;
    out->flags |= TCP_ACK;
    out->ack = st->irs + (uint32_t)st->rcv_nxt;
    out->window = window_field(t, out->flags & TCP_SYN);
    if (st->has_timestamps) {
        out->stamped = true;
        out->tsval = tcp__stamp(now);
        out->tsecr = st->ts_recent;
    }
    if (st->has_sack && !(out->flags & TCP_SYN))
        put_sacks(t, out);
    st->ack_now = 0;
    st->quick_acks -= st->quick_acks && st->ack_sent != st->rcv_nxt;
    st->delack_at = SIM_NEVER;
    st->ack_sent = st->rcv_nxt;
}

static void put_syn(struct tcp *t, sim_time now, struct tcp_segment *out)
{
    struct tcp_state *st = &t->st;
    bool answers = st->state == TCP_SYN_RECEIVED;
    unsigned scale = 0;
    while (scale < SCALE_MAX && t->config.buffer >> scale > WINDOW_MAX)
        scale++;
    out->flags |= TCP_SYN;
    out->mss = (uint16_t)t->config.mss;
    out->sack_ok = answers ? st->has_sack : !t->config.no_sack;
    out->scale1 = (uint8_t)((answers ? st->has_scaling : !t->config.no_scaling) ? 1 + scale : 0);
    if (answers) {
        put_ack(t, now, out);
        return;
    }
    out->window = (uint16_t)tcp__min(t->config.buffer, WINDOW_MAX);
    out->stamped = !t->config.no_timestamps;
    out->tsval = out->stamped ? tcp__stamp(now) : 0;
}

/* ---- data ---- */

/* A stretch of the sequence space as a segment: SYN and FIN are in it where their positions are. */
static void put_stretch(struct tcp *t, uint64_t from, uint64_t to, sim_time now, struct tcp_segment *out)
{
    const struct tcp_state *st = &t->st;
    bool fin = st->closing && to > st->end;
    out->seq = tcp__seq(t, from);
    if (from == 0) {
        put_syn(t, now, out);
        return;
    }
    out->at = from - 1;
    out->len = (uint32_t)(to - from - fin);
    out->flags |= (fin ? TCP_FIN : 0) | (out->len && to - fin == st->end ? TCP_PSH : 0);
    put_ack(t, now, out);
}

static void count_sent(struct tcp *t, uint64_t segments, uint64_t bytes)
{
    t->st.stats.segments_sent += segments;
    t->st.prr_out += t->st.ca == TCP_CA_RECOVERY ? bytes : 0;
}

/* The first record that is to be sent again. */
static struct tcp_record *lost_record(const struct tcp *t)
{
    for (uint64_t i = t->st.head; t->st.lost && i != t->st.tail; i++)
        if (tcp__record(t, i)->lost)
            return tcp__record(t, i);
    return NULL;
}

static void send_again(struct tcp *t, struct tcp_record *r, sim_time now, struct tcp_segment *out)
{
    struct tcp_state *st = &t->st;
    assert(r);
    if (r->lost)
        st->lost -= r->to - r->from;
    r->lost = 0;
    r->sent = now;
    r->times++;
    put_stretch(t, r->from, r->to, now, out);
    st->stats.retransmits++;
    count_sent(t, 1, r->to - r->from);
    if (st->eifel_armed == 1) { /* the first one behind a time-out [RFC 3522 3.2] */
        st->eifel_armed = 2;
        st->eifel_stamp = out->tsval;
    }
    if (st->rto_at == SIM_NEVER)
        tcp__arm_rto(t, now);
}

/* How much new data goes into one segment, or one burst, now; 0: none. `beyond`: the congestion window does not matter. */
static uint64_t new_bytes(const struct tcp *t, bool beyond)
{
    const struct tcp_state *st = &t->st;
    uint64_t right = st->una + st->window, left = tcp__fin_end(t) - tcp__min(st->nxt, tcp__fin_end(t)), flight = tcp_flight(t);
    uint64_t offered = right > st->nxt ? right - st->nxt : 0, room = st->cc.cwnd > flight ? st->cc.cwnd - flight : 0;
    uint64_t most = t->config.burst_max > st->mss ? t->config.burst_max / st->mss * st->mss : st->mss;
    if (st->state < TCP_ESTABLISHED || !left)
        return 0;
    uint64_t fits = tcp__min(offered, beyond ? st->mss : room), bytes = tcp__min(tcp__min(left, fits), most);
    bool is_last = bytes == left || bytes + 1 == left; /* the FIN may go alone */
    if (is_last || bytes < st->mss)
        /* a part of a segment goes when nothing is behind it, or the other end has no more room than that [RFC 9293 3.8.6.2.1] */
        return is_last || (bytes == offered && bytes >= st->window_max / 2) ? bytes : 0;
    return bytes / st->mss * st->mss;
}

static void send_new(struct tcp *t, uint64_t bytes, sim_time now, struct tcp_segment *out)
{
    struct tcp_state *st = &t->st;
    uint64_t from = st->nxt, to = from + bytes, segments = 0;
    for (uint64_t at = from; at < to; at += st->mss, segments++) {
        uint64_t next = tcp__min(at + st->mss, to);
        next += st->closing && next == st->end && to > next; /* the FIN rides on the last one */
        tcp__push_record(t, at, next, now);
        if (next == to) {
            segments++;
            break;
        }
    }
    st->nxt = to;
    put_stretch(t, from, to, now, out);
    out->cut = out->len > st->mss ? (uint16_t)st->mss : 0;
    count_sent(t, segments, bytes);
    if (st->rto_at == SIM_NEVER)
        tcp__arm_rto(t, now);
    st->cwnd_bound = tcp_flight(t) + st->mss > st->cc.cwnd;
    st->stats.cwnd_max = tcp__max(st->stats.cwnd_max, st->cc.cwnd);
    tcp__arm_probe(t, now);
}

static void send_syn(struct tcp *t, sim_time now, struct tcp_segment *out)
{
    tcp__push_record(t, 0, 1, now);
    t->st.nxt = 1;
    put_stretch(t, 0, 1, now, out);
    count_sent(t, 1, 1);
    tcp__arm_rto(t, now);
}

static void send_reset(struct tcp *t, struct tcp_segment *out)
{
    out->flags = t->st.reset_due == 1 ? TCP_RST | TCP_ACK : TCP_RST;
    out->seq = t->st.reset_seq;
    out->ack = t->st.reset_due == 1 ? t->st.reset_ack : 0;
    t->st.reset_due = 0;
    count_sent(t, 1, 0);
}

/* ---- what next ---- */

enum next { NEXT_NOTHING, NEXT_RESET, NEXT_SYN, NEXT_AGAIN, NEXT_NEW, NEXT_ACK };

static bool may_send_again(const struct tcp *t)
{
    uint64_t flight = tcp_flight(t);
    /* whole segments: a remainder of the window does not stop the last one, nor does a window that is less than one */
    return t->st.lost && (flight == 0 || flight + t->st.mss <= t->st.cc.cwnd);
}

static enum next what_next(const struct tcp *t)
{
    const struct tcp_state *st = &t->st;
    bool open = st->state != TCP_CLOSED && st->state != TCP_LISTEN;
    if (st->reset_due)
        return NEXT_RESET;
    if (!open)
        return NEXT_NOTHING;
    if (st->nxt == 0)
        return NEXT_SYN;
    if (may_send_again(t))
        return NEXT_AGAIN;
    if (!st->lost && new_bytes(t, false))
        return NEXT_NEW;
    return st->ack_now ? NEXT_ACK : NEXT_NOTHING;
}

sim_time tcp_due(const struct tcp *t, sim_time now)
{
    const struct tcp_state *st = &t->st;
    if (what_next(t) != NEXT_NOTHING)
        return now;
    sim_time due = tcp__min(tcp__min(st->rto_at, st->reorder_at), tcp__min(st->tlp_at, st->persist_at));
    return tcp__min(due, st->delack_at);
}

/* A probe of the tail is new data if there is some, else the last segment once more [RFC 8985 7.3]; of a window of 0 it is a
 * segment that the other end must answer [RFC 9293 3.8.6.1]. */
static bool send_probe(struct tcp *t, sim_time now, struct tcp_segment *out)
{
    struct tcp_state *st = &t->st;
    if (st->persist_at <= now) {
        st->persist_at = sim_time_add(now, tcp__min(st->rto << tcp__min(++st->backoff, BACKOFF_MAX), t->config.rto_max));
        st->stats.window_probes++;
        tcp__tell(t, TCP_EVENT_PROBE, 2, 0);
        out->seq = tcp__seq(t, st->una - 1);
        put_ack(t, now, out);
        count_sent(t, 1, 0);
        return true;
    }
    if (st->tlp_at > now)
        return false;
    st->tlp_at = SIM_NEVER;
    if (st->tlp_end || st->ca != TCP_CA_OPEN || !tcp__has_data(t))
        return false;
    uint64_t bytes = tcp__min(new_bytes(t, true), st->mss);
    st->tlp_is_again = !bytes;
    st->stats.probes++;
    tcp__tell(t, TCP_EVENT_PROBE, !bytes, 0);
    if (bytes)
        send_new(t, bytes, now, out);
    else
        send_again(t, tcp__record(t, st->tail - 1), now, out);
    st->tlp_end = st->nxt;
    st->tlp_at = SIM_NEVER;
    tcp__arm_rto(t, now);
    return true;
}

static bool next_segment(struct tcp *t, sim_time now, struct tcp_segment *out)
{
    *out = (struct tcp_segment){0};
    tcp__timers(t, now);
    if (send_probe(t, now, out))
        return true;
    switch (what_next(t)) {
    case NEXT_RESET:
        send_reset(t, out);
        return true;
    case NEXT_SYN:
        send_syn(t, now, out);
        return true;
    case NEXT_AGAIN:
        send_again(t, lost_record(t), now, out);
        return true;
    case NEXT_NEW:
        send_new(t, new_bytes(t, false), now, out);
        return true;
    case NEXT_ACK:
        out->seq = tcp__seq(t, t->st.nxt);
        put_ack(t, now, out);
        count_sent(t, 1, 0);
        return true;
    case NEXT_NOTHING:
        break;
    }
    return false;
}

static enum tcp_limit limited_by(const struct tcp *t)
{
    const struct tcp_state *st = &t->st;
    uint64_t right = st->una + st->window, flight = tcp_flight(t);
    enum next next = what_next(t);
    if (next == NEXT_NEW || next == NEXT_AGAIN)
        return TCP_LIMIT_NOTHING;
    if (st->state < TCP_ESTABLISHED || tcp__fin_end(t) <= st->nxt)
        return TCP_LIMIT_APPLICATION;
    uint64_t offered = right > st->nxt ? right - st->nxt : 0, room = st->cc.cwnd > flight ? st->cc.cwnd - flight : 0;
    return !st->lost && offered <= room ? TCP_LIMIT_WINDOW : TCP_LIMIT_CONGESTION;
}

void tcp__note_limit(struct tcp *t, sim_time now)
{
    struct tcp_limits *limits = &t->limits;
    if (limits->is_known)
        limits->limited[limits->limit] += now - limits->since;
    limits->limit = limited_by(t);
    limits->since = now;
    limits->is_known = 1;
}

bool tcp_send(struct tcp *t, sim_time now, struct tcp_segment *out)
{
    bool sent = next_segment(t, now, out);
    tcp__note_limit(t, now);
    return sent;
}
