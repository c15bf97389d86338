/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an acknowledgement says of what was sent: up to where, what beyond, and how much more may come. */
#include "net/tcp/tcp__.h"

/* ---- what has arrived ---- */

/* Karn: a stretch that was sent twice measures nothing [RFC 6298 3]. */
static void note_arrived(struct tcp *t, const struct tcp_record *r, struct tcp_round *round, sim_time now)
{
    if (r->times == 1)
        round->rtt = tcp__max(now - r->sent, 1);
    if (r->times == 1 && r->to < round->fack)
        t->st.reordering = 1; /* it came behind what was sent later [RFC 8985 6.2 step 3] */
    t->st.fack = tcp__max(t->st.fack, r->to);
    tcp__rack_note(t, r, now);
    round->delivered += r->to - r->from;
}

static void advance(struct tcp *t, uint64_t position, struct tcp_round *round, sim_time now)
{
    struct tcp_state *st = &t->st;
    round->advanced = position - st->una;
    while (st->head != st->tail && tcp__record(t, st->head)->to <= position) {
        struct tcp_record *r = tcp__record(t, st->head++);
        if (r->sacked)
            st->sacked -= st->has_sack ? r->to - r->from : 0;
        else
            note_arrived(t, r, round, now);
        if (r->lost)
            st->lost -= r->to - r->from;
    }
    if (st->head != st->tail && tcp__record(t, st->head)->from < position) { /* a part of it */
        struct tcp_record *r = tcp__record(t, st->head);
        uint64_t part = position - r->from;
        st->lost -= r->lost ? part : 0;
        st->sacked -= r->sacked && st->has_sack ? part : 0;
        round->delivered += part;
        r->from = position;
    }
    st->una = position;
}

/* [RFC 2883 4]: the first block is below what is acknowledged, or within the second. */
static bool is_dsack(const struct tcp_segment *in)
{
    if (in->sacks == 0)
        return false;
    bool below = (int32_t)(in->sack[0][1] - in->ack) <= 0;
    bool within =
        in->sacks > 1 && (int32_t)(in->sack[0][0] - in->sack[1][0]) >= 0 && (int32_t)(in->sack[0][1] - in->sack[1][1]) <= 0;
    return below || within;
}

/* A block is believed if it lies within what is under way, wholly [RFC 2018 8, RFC 9293 3.10.7.4]. */
static void take_block(struct tcp *t, const uint32_t block[2], struct tcp_round *round, sim_time now)
{
    struct tcp_state *st = &t->st;
    uint32_t una = tcp__seq(t, st->una), from = block[0] - una, len = block[1] - block[0];
    if (from > st->nxt - st->una || len > st->nxt - st->una - from || !len)
        return;
    uint64_t begin = st->una + from, end = begin + len;
    uint64_t low = st->head, high = st->tail;
    while (low < high) { /* the first that begins there or behind */
        uint64_t middle = low + (high - low) / 2;
        if (tcp__record(t, middle)->from < begin)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low != st->tail && tcp__record(t, low)->to <= end; low++) {
        struct tcp_record *r = tcp__record(t, low);
        if (r->sacked)
            continue;
        r->sacked = 1;
        st->sacked += r->to - r->from;
        st->lost -= r->lost ? r->to - r->from : 0;
        r->lost = 0;
        round->sacked_new = true;
        note_arrived(t, r, round, now);
    }
}

static void take_sacks(struct tcp *t, const struct tcp_segment *in, struct tcp_round *round, sim_time now)
{
    if (!t->st.has_sack)
        return;
    round->dsack = is_dsack(in);
    for (unsigned i = round->dsack; i < in->sacks; i++)
        take_block(t, in->sack[i], round, now);
}

/* ---- the window ---- */

/* [RFC 9293 3.10.7.4]: from the latest segment, by its sequence number and then its acknowledgement. */
static bool take_window(struct tcp *t, const struct tcp_segment *in, uint64_t position, uint64_t from)
{
    struct tcp_state *st = &t->st;
    uint64_t window = (uint64_t)in->window << (in->flags & TCP_SYN ? 0 : st->snd_scale);
    bool changed = window != st->window;
    if (st->wl1 > from || (st->wl1 == from && st->wl2 > position))
        return false;
    st->wl1 = from;
    st->wl2 = position;
    st->window = window;
    st->window_max = tcp__max(st->window_max, window);
    return changed;
}

/* Data wait, nothing is under way that would bring an acknowledgement, and there is no room: ask now and then. */
static void arm_persist(struct tcp *t, sim_time now)
{
    struct tcp_state *st = &t->st;
    bool waits = tcp__is_synchronized(t) && !tcp__has_data(t) && tcp__fin_end(t) > st->nxt && st->window < st->mss &&
                 st->window < tcp__fin_end(t) - st->nxt && st->window < st->window_max / 2 + 1;
    if (!waits) {
        st->backoff = st->persist_at == SIM_NEVER ? st->backoff : 0;
        st->persist_at = SIM_NEVER;
    } else if (st->persist_at == SIM_NEVER) {
        st->persist_at = sim_time_add(now, st->rto);
    }
}

bool tcp__acknowledge(struct tcp *t, const struct tcp_segment *in, uint64_t from, sim_time now)
{
    struct tcp_state *st = &t->st;
    struct tcp_round round = {.fack = st->fack};
    int64_t distance = (int32_t)(in->ack - tcp__seq(t, st->una));
    if (distance > (int64_t)(st->nxt - st->una) || distance < -(int64_t)tcp__min(st->window_max, st->una)) {
        tcp__challenge(t, now); /* of what was never sent, or too old to be anybody's but an attacker's [RFC 5961 5.2] */
        st->stats.refused++;
        return false;
    }
    uint64_t position = distance > 0 ? st->una + (uint64_t)distance : st->una;
    bool had_data = tcp__has_data(t), changed = take_window(t, in, distance < 0 ? st->una - (uint64_t)-distance : position, from);
    if (distance >= 0)
        take_sacks(t, in, &round, now);
    round.duplicate = distance == 0 && had_data && !in->len && !changed && !(in->flags & (TCP_SYN | TCP_FIN));
    if (position > st->una) {
        advance(t, position, &round, now);
        st->stats.acknowledged += round.advanced;
    }
    tcp__recover(t, &round, in, now);
    if (round.advanced || (had_data && !tcp__has_data(t)))
        tcp__arm_rto(t, now);
    tcp__arm_probe(t, now);
    arm_persist(t, now);
    return true;
}
