/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A segment arrives [RFC 9293 3.10.7]. */
#include <string.h>

#include "net/tcp/tcp__.h"

#define CHALLENGE_GAP (500 * SIM_MS)

enum { FULL_SEGMENTS = 2 /* are acknowledged at once [RFC 5681 4.2] */ };

uint64_t tcp__free(const struct tcp *t)
{
    uint64_t unread = t->config.reads_by_hand ? tcp_readable(t) : 0;
    return t->config.buffer > unread ? t->config.buffer - unread : 0;
}

/* Two ends that have lost each other would answer each other for ever [RFC 5961 7]. */
void tcp__challenge(struct tcp *t, sim_time now)
{
    if (now < t->st.challenge_at)
        return;
    t->st.challenge_at = now + CHALLENGE_GAP;
    t->st.ack_now = 1;
}

/* ---- data ---- */

/* The stretch joins those beyond the gap; false: there is no room for one more. */
static bool keep(struct tcp *t, uint64_t from, uint64_t to)
{
    struct tcp_state *st = &t->st;
    uint32_t first = 0, last;
    while (first < st->ranges && st->range[first].to < from)
        first++;
    for (last = first; last < st->ranges && st->range[last].from <= to; last++) {
        if (st->range[last].from <= from && st->range[last].to >= to) { /* all of it is here */
            st->dsack_from = from;
            st->dsack_to = to;
            st->stats.duplicates++;
            st->range[last].touched = ++st->touches;
            return true;
        }
        from = tcp__min(from, st->range[last].from);
        to = tcp__max(to, st->range[last].to);
    }
    if (last == first && st->ranges == TCP_RANGES_MAX)
        return false;
    uint32_t rest = st->ranges - last;
    memmove(&st->range[first + 1], &st->range[last], rest * sizeof(st->range[0]));
    st->ranges = first + 1 + rest;
    st->range[first] = (struct tcp_range){from, to, ++st->touches};
    return true;
}

/* What lies in front of the ranges by now is in order. */
static void close_gap(struct tcp *t)
{
    struct tcp_state *st = &t->st;
    uint32_t gone = 0;
    while (gone < st->ranges && st->range[gone].from <= st->rcv_nxt)
        st->rcv_nxt = tcp__max(st->rcv_nxt, st->range[gone++].to);
    st->ranges -= gone;
    memmove(&st->range[0], &st->range[gone], st->ranges * sizeof(st->range[0]));
}

/* The part of a segment of `len` bytes that is within the window and goes from here to there. */
static void take_data(struct tcp *t, uint32_t len, const uint8_t *payload, uint64_t from, uint64_t to, sim_time now)
{
    struct tcp_state *st = &t->st;
    uint64_t before = st->rcv_nxt;
    bool had_gap = st->ranges;
    st->rcv_mss = (uint32_t)tcp__max(st->rcv_mss, tcp__min(len, t->config.mss));
    if (to <= st->rcv_nxt || from > st->rcv_nxt || now - st->data_at > st->rto)
        st->quick_acks = t->config.quick_acks; /* the other end is at the beginning of something */
    if (to <= st->rcv_nxt) {
        st->dsack_from = from;
        st->dsack_to = to;
        st->stats.duplicates++;
        st->ack_now = 1;
        return;
    }
    if (payload)
        st->stats.damaged += tcp_pattern_differs(t->config.salt_in, from - 1, payload, (uint32_t)(to - from));
    from = tcp__max(from, st->rcv_nxt);
    if (from > st->rcv_nxt) {
        st->stats.out_of_order++;
        if (!keep(t, from, to))
            st->stats.refused++;
        st->ack_now = 1;
        return;
    }
    st->rcv_nxt = to;
    close_gap(t);
    st->stats.delivered += st->rcv_nxt - before;
    st->data_at = now;
    if (!t->config.reads_by_hand)
        st->read = st->rcv_nxt;
    /* a gap that is filled, wholly or in part, is told at once [RFC 5681 4.2] */
    if (had_gap || st->quick_acks || st->rcv_nxt - st->ack_sent >= FULL_SEGMENTS * (uint64_t)st->rcv_mss)
        st->ack_now = 1;
}

static void take_text(struct tcp *t, const struct tcp_segment *in, const uint8_t *payload, int64_t at, sim_time now)
{
    struct tcp_state *st = &t->st;
    uint64_t right = tcp__min(st->rcv_right, st->fin_at);
    int64_t from = at < 1 ? 1 : at, to = at + in->len;
    if (to > from && right > (uint64_t)from)
        take_data(t, in->len, payload ? payload + (from - at) : NULL, (uint64_t)from, tcp__min((uint64_t)to, right), now);
    if (!st->ack_now && st->rcv_nxt != st->ack_sent && st->delack_at == SIM_NEVER)
        st->delack_at = sim_time_add(now, t->config.delayed_ack);
}

/* ---- the other end's FIN ---- */

static void linger(struct tcp *t, sim_time now)
{
    t->st.wait_at = sim_time_add(now, 2 * t->config.msl);
    tcp__enter(t, TCP_TIME_WAIT);
    t->st.rto_at = t->st.tlp_at = t->st.reorder_at = t->st.persist_at = SIM_NEVER;
}

static void take_fin(struct tcp *t, const struct tcp_segment *in, int64_t at, sim_time now)
{
    struct tcp_state *st = &t->st;
    int64_t fin = at + in->len;
    bool is_behind = fin >= (int64_t)(st->ranges ? st->range[st->ranges - 1].to : st->rcv_nxt);
    if ((in->flags & TCP_FIN) && st->fin_at == UINT64_MAX && is_behind && fin <= (int64_t)st->rcv_right)
        st->fin_at = (uint64_t)fin;
    if (st->rcv_nxt != st->fin_at)
        return;
    st->rcv_nxt++;
    st->ack_now = 1;
    st->ranges = 0; /* nothing can be beyond */
    switch ((enum tcp_state_kind)st->state) {
    case TCP_SYN_RECEIVED:
    case TCP_ESTABLISHED:
        tcp__enter(t, TCP_CLOSE_WAIT);
        return;
    case TCP_FIN_WAIT_1:
        if (st->una == tcp__fin_end(t))
            linger(t, now);
        else
            tcp__enter(t, TCP_CLOSING);
        return;
    case TCP_FIN_WAIT_2:
        linger(t, now);
        return;
    case TCP_CLOSED:
    case TCP_LISTEN:
    case TCP_SYN_SENT:
    case TCP_CLOSE_WAIT:
    case TCP_CLOSING:
    case TCP_LAST_ACK:
    case TCP_TIME_WAIT:
    case TCP_STATES:
        return;
    }
}

/* Of ours: all is acknowledged, the FIN too. */
static void fin_acknowledged(struct tcp *t, sim_time now)
{
    struct tcp_state *st = &t->st;
    if (!st->closing || st->una != tcp__fin_end(t))
        return;
    if (st->state == TCP_FIN_WAIT_1)
        tcp__enter(t, TCP_FIN_WAIT_2);
    else if (st->state == TCP_CLOSING)
        linger(t, now);
    else if (st->state == TCP_LAST_ACK)
        tcp__end(t, TCP_END_CLOSED);
}

/* ---- the handshake ---- */

static void refuse(struct tcp *t, const struct tcp_segment *in)
{
    if (in->flags & TCP_RST)
        return;
    t->st.stats.refused++;
    t->st.reset_due = in->flags & TCP_ACK ? 2 : 1;
    t->st.reset_seq = in->flags & TCP_ACK ? in->ack : 0;
    t->st.reset_ack = in->seq + in->len + !!(in->flags & TCP_SYN) + !!(in->flags & TCP_FIN);
}

/* What a SYN brings: sequence number and options. What both do not offer is not used. */
static void take_syn(struct tcp *t, const struct tcp_segment *in)
{
    struct tcp_state *st = &t->st;
    uint32_t mss = in->mss ? in->mss : 536; /* [RFC 9293 3.7.1] */
    st->irs = in->seq;
    st->rcv_nxt = st->read = st->ack_sent = 1;
    st->rcv_right = tcp__max(st->rcv_right, 1);
    st->quick_acks = t->config.quick_acks;
    st->has_scaling = in->scale1 && !t->config.no_scaling;
    st->has_sack = in->sack_ok && !t->config.no_sack;
    st->has_timestamps = in->stamped && !t->config.no_timestamps;
    st->snd_scale = st->has_scaling ? in->scale1 - 1u : 0;
    for (st->rcv_scale = 0; st->has_scaling && t->config.buffer >> st->rcv_scale > 65535 && st->rcv_scale < 14;)
        st->rcv_scale++;
    st->ts_recent = in->stamped ? in->tsval : 0;
    mss = (uint32_t)tcp__min(mss, t->config.mss);
    mss -= st->has_timestamps && mss > 2 * TCP_TIMESTAMP_LEN ? TCP_TIMESTAMP_LEN : 0;
    st->mss = mss > 1 ? mss : 1;
    st->window = st->window_max = in->window;
    st->wl1 = 0;
    st->wl2 = 0;
    tcp_cc_init(&st->cc, t->config.cc, st->mss, t->config.initial_window);
}

static void establish(struct tcp *t)
{
    struct tcp_state *st = &t->st;
    tcp__enter(t, TCP_ESTABLISHED);
    st->backoff = 0;
    if (st->syn_timed_out) { /* [RFC 6298 5.7, RFC 5681 3.1] */
        st->rto = st->srtt ? st->rto : tcp__max(3 * SIM_S, t->config.rto_min);
        st->cc.cwnd = st->cc.mss;
    }
    if (st->closing)
        tcp__enter(t, TCP_FIN_WAIT_1);
}

static void in_listen(struct tcp *t, const struct tcp_segment *in)
{
    if (in->flags & TCP_RST)
        return;
    if (in->flags & TCP_ACK) {
        refuse(t, in);
    } else if (in->flags & TCP_SYN) {
        take_syn(t, in);
        tcp__enter(t, TCP_SYN_RECEIVED);
    }
}

static void in_syn_sent(struct tcp *t, const struct tcp_segment *in, sim_time now)
{
    struct tcp_state *st = &t->st;
    bool acks = in->flags & TCP_ACK, right = st->nxt == 1 && in->ack == tcp__seq(t, 1);
    if (acks && !right) {
        refuse(t, in);
        return;
    }
    if (in->flags & TCP_RST) {
        if (acks)
            tcp__end(t, TCP_END_RESET);
        return;
    }
    if (!(in->flags & TCP_SYN))
        return;
    take_syn(t, in);
    if (!acks) { /* both ends open at once */
        st->nxt = 0;
        st->una = 0;
        st->head = st->tail;
        st->lost = 0;
        tcp__enter(t, TCP_SYN_RECEIVED);
        return;
    }
    tcp__acknowledge(t, in, 0, now);
    st->ack_now = 1;
    establish(t);
}

/* ---- all other states ---- */

/* [RFC 9293 3.10.7.4, first]: any of it is within what is expected. */
static bool is_acceptable(const struct tcp *t, const struct tcp_segment *in, int64_t at)
{
    const struct tcp_state *st = &t->st;
    int64_t nxt = (int64_t)st->rcv_nxt, right = (int64_t)tcp__max(st->rcv_right, st->rcv_nxt);
    int64_t last = at + in->len + !!(in->flags & TCP_SYN) + !!(in->flags & TCP_FIN) - 1;
    if (last < at)
        return at == nxt || (at > nxt && at < right);
    return right > nxt && ((at >= nxt && at < right) || (last >= nxt && last < right) || (at < nxt && last >= right));
}

/* An old duplicate, by its time stamp [RFC 7323 5.3]; one without belongs to nobody [3.2]. */
static bool is_old(struct tcp *t, const struct tcp_segment *in)
{
    return t->st.has_timestamps && !(in->flags & TCP_RST) && (!in->stamped || (int32_t)(in->tsval - t->st.ts_recent) < 0);
}

static void refuse_politely(struct tcp *t, const struct tcp_segment *in, int64_t at, sim_time now)
{
    struct tcp_state *st = &t->st;
    if (in->flags & TCP_RST)
        return;
    if (in->len || in->flags & TCP_FIN) /* what was sent again must be answered; the rest could be an answer itself */
        st->ack_now = 1;
    else
        tcp__challenge(t, now);
    if (in->len && at >= 1 && at + in->len <= (int64_t)st->rcv_nxt) {
        st->dsack_from = (uint64_t)at;
        st->dsack_to = (uint64_t)at + in->len;
        st->stats.duplicates++;
    } else {
        st->stats.refused++;
    }
}

/* True: the segment ends here. Where a RST or a SYN is not exactly where it must be, it is asked for again [RFC 5961 3, 4]. */
static bool is_reset_or_syn(struct tcp *t, const struct tcp_segment *in, int64_t at, sim_time now)
{
    struct tcp_state *st = &t->st;
    if (in->flags & TCP_RST) {
        if (st->state == TCP_TIME_WAIT)
            return true; /* an old duplicate ends no waiting for old duplicates [RFC 1337 3] */
        if (at != (int64_t)st->rcv_nxt)
            tcp__challenge(t, now);
        else
            tcp__end(t, TCP_END_RESET);
        return true;
    }
    if (in->flags & TCP_SYN) {
        st->stats.refused++;
        tcp__challenge(t, now);
        return true;
    }
    return !(in->flags & TCP_ACK);
}

static void in_others(struct tcp *t, const struct tcp_segment *in, const uint8_t *payload, sim_time now)
{
    struct tcp_state *st = &t->st;
    int64_t at = (int64_t)st->rcv_nxt + (int32_t)(in->seq - (st->irs + (uint32_t)st->rcv_nxt));
    bool opens = st->state == TCP_SYN_RECEIVED, mine = !opens && in->flags & TCP_SYN;
    if (is_old(t, in) || (!mine && !is_acceptable(t, in, at))) {
        if (st->state == TCP_TIME_WAIT && in->flags & TCP_FIN)
            st->wait_at = sim_time_add(now, 2 * t->config.msl);
        if (!opens || !(in->flags & TCP_SYN) || in->flags & TCP_ACK) /* a SYN that comes again is answered by ours, in its time */
            refuse_politely(t, in, at, now);
        return;
    }
    if (in->stamped && at <= (int64_t)st->ack_sent)
        st->ts_recent = in->tsval;
    if (is_reset_or_syn(t, in, at, now))
        return;
    if (opens && in->ack != tcp__seq(t, 1)) {
        refuse(t, in);
        return;
    }
    if (!tcp__acknowledge(t, in, (uint64_t)(at > 0 ? at : 0), now))
        return;
    if (opens)
        establish(t);
    fin_acknowledged(t, now);
    if (st->state == TCP_ESTABLISHED || st->state == TCP_FIN_WAIT_1 || st->state == TCP_FIN_WAIT_2)
        take_text(t, in, payload, at, now);
    if (st->state != TCP_CLOSED)
        take_fin(t, in, at, now);
}

static void take(struct tcp *t, const struct tcp_segment *in, const uint8_t *payload, sim_time now)
{
    struct tcp_state *st = &t->st;
    if (st->state == TCP_TIME_WAIT && st->wait_at <= now)
        tcp__end(t, TCP_END_CLOSED);
    tcp__timers(t, now);
    st->stats.segments_received++;
    switch ((enum tcp_state_kind)st->state) {
    case TCP_CLOSED:
    case TCP_STATES:
        refuse(t, in);
        return;
    case TCP_LISTEN:
        in_listen(t, in);
        return;
    case TCP_SYN_SENT:
        in_syn_sent(t, in, now);
        return;
    case TCP_SYN_RECEIVED:
    case TCP_ESTABLISHED:
    case TCP_FIN_WAIT_1:
    case TCP_FIN_WAIT_2:
    case TCP_CLOSE_WAIT:
    case TCP_CLOSING:
    case TCP_LAST_ACK:
    case TCP_TIME_WAIT:
        in_others(t, in, payload, now);
        return;
    }
}

void tcp_receive(struct tcp *t, const struct tcp_segment *in, const uint8_t *payload, sim_time now)
{
    take(t, in, payload, now);
    tcp__note_limit(t, now);
}
