/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the books say, whether they balance, and how they are saved. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/frame/books_private.h"
#include "core/frame/frame_private.h"

/* ---- one flow, or the sum of a family ---- */

/* The longest blackout, the one going on included; returns when it began through *at. */
static sim_time blackout_of(const struct flow_state *st, sim_time now, sim_time *at)
{
    *at = st->blackout_at;
    if (!st->waiting)
        return st->blackout;
    sim_time end = st->sent > st->delivered + st->lost ? now : st->last_lost;
    if (end <= st->waiting_since || end - st->waiting_since <= st->blackout)
        return st->blackout;
    *at = st->waiting_since;
    return end - st->waiting_since;
}

static void add_flow(const struct flow *flow, sim_time now, struct flow_report *out, struct hist *latency)
{
    const struct flow_state *st = &flow->st;
    if (st->sent && (out->sent == 0 || st->first_sent < out->first_sent))
        out->first_sent = st->first_sent;
    if (st->sent && st->last_sent >= out->last_sent) {
        out->last_sent = st->last_sent;
        out->last_sent_len = st->last_sent_len;
    }
    if (st->delivered && (out->delivered == 0 || st->first_delivered < out->first_delivered))
        out->first_delivered = st->first_delivered;
    if (st->last_delivered > out->last_delivered)
        out->last_delivered = st->last_delivered;
    if (st->delivered && (out->delivered == 0 || st->first_whole < out->first_whole)) {
        out->first_whole = st->first_whole;
        out->first_whole_len = st->first_whole_len;
    }
    if (st->last_whole > out->last_whole)
        out->last_whole = st->last_whole;
    out->sent += st->sent;
    out->delivered += st->delivered;
    out->lost += st->lost;
    out->in_flight += st->sent - st->delivered - st->lost;
    out->duplicated += st->duplicated;
    out->reordered += st->reordered;
    out->bytes_sent += st->bytes_sent;
    out->bytes_delivered += st->bytes_delivered;
    out->born += st->born;
    out->copied += st->copied;
    out->ended += st->ended;
    out->alive += st->born + st->copied - st->ended;
    sim_time at;
    sim_time blackout = blackout_of(st, now, &at);
    if (blackout > out->blackout_ps) {
        out->blackout_ps = blackout;
        out->blackout_at = at;
    }
    sim_time jitter = st->jitter16 >> 4, pdv = flow__pdv(&flow->latency);
    out->jitter_ps = jitter > out->jitter_ps ? jitter : out->jitter_ps;
    out->pdv_ps = pdv > out->pdv_ps ? pdv : out->pdv_ps;
    hist_merge(latency, &flow->latency);
}

static bool is_in_family(const struct books *books, uint32_t flow, uint32_t head)
{
    while (flow != head && flow != 0)
        flow = books->flow[flow].parent;
    return flow == head;
}

void flow_get_report(const struct sim *sim, uint32_t flow, struct flow_report *out)
{
    const struct books *books = sim->books;
    assert(flow <= books->flows);
    const struct flow *head = &books->flow[flow];
    sim_time now = sim_now(sim);
    struct hist latency;
    hist_init(&latency);
    *out = (struct flow_report){.name = head->name, .parent = head->parent, .is_parent = head->is_parent};
    add_flow(head, now, out, &latency);
    /* A child is added after its parent, so its number is higher. */
    for (uint32_t i = flow + 1; head->is_parent && i <= books->flows; i++)
        if (is_in_family(books, i, flow))
            add_flow(&books->flow[i], now, out, &latency);
    out->latency_min_ps = latency.count ? latency.min : 0;
    out->latency_p50_ps = hist_percentile(&latency, 500);
    out->latency_p99_ps = hist_percentile(&latency, 990);
    out->latency_max_ps = latency.max;
    flow__rates(out);
    hist_fini(&latency);
}

bool flow_is_of(const struct sim *sim, uint32_t flow, uint32_t head) { return is_in_family(sim->books, flow, head); }

/* hist_fini() it. */
static struct hist latency_of(const struct books *books, uint32_t flow)
{
    struct hist latency;
    hist_init(&latency);
    for (uint32_t i = flow; i <= books->flows; i++)
        if (is_in_family(books, i, flow))
            hist_merge(&latency, &books->flow[i].latency);
    return latency;
}

sim_time flow_get_latency(const struct sim *sim, uint32_t flow, uint32_t per_mille)
{
    struct hist latency = latency_of(sim->books, flow);
    sim_time found = hist_percentile(&latency, per_mille);
    hist_fini(&latency);
    return found;
}

struct hist_point *flow_get_curve(const struct sim *sim, uint32_t flow, unsigned *points, sim_time *mean)
{
    struct hist latency = latency_of(sim->books, flow);
    struct hist_point *curve = hist_curve(&latency, points);
    *mean = latency.count ? (sim_time)(latency.sum / latency.count) : 0;
    hist_fini(&latency);
    return curve;
}

uint64_t flow_get_lost_by(const struct sim *sim, uint32_t flow, enum fate fate)
{
    const struct books *books = sim->books;
    uint64_t lost = 0;
    for (uint32_t i = flow; i <= books->flows; i++)
        if (is_in_family(books, i, flow))
            lost += books->flow[i].lost_by[fate];
    return lost;
}

const struct track *flow_track(const struct sim *sim, uint32_t flow)
{
    assert(flow <= sim->books->flows);
    return &sim->books->flow[flow].track;
}

uint64_t books_fate_count(const struct sim *sim, enum fate fate)
{
    assert((unsigned)fate < FATE_COUNT);
    return sim->books->fate[fate];
}

/* ---- the balance ---- */

struct recount {
    uint64_t *flow;     /* live copies of each flow */
    uint32_t *identity; /* live copies of each identity */
    bool sound;         /* no live copy of what the books do not know */
};

static void recount_frames(const struct sim *sim, struct recount *count)
{
    for (int cls = 1; cls <= FRAME_CLASSES; cls++) {
        const struct frame_pool *pool = &sim->frames->pool[cls];
        for (uint32_t i = 0; i < pool->high; i++) {
            const struct frame *f = frames__at(pool, i);
            if (!f)
                continue;
            if (books__knows(sim, f)) {
                count->flow[f->flow]++;
                count->identity[f->identity]++;
            } else {
                count->sound = false;
            }
        }
    }
}

/* Every lost frame is put down to one drop. */
static bool losses_balance(const struct books *books)
{
    uint64_t of_flows = 0, of_drops = 0, no_flow = 0;
    bool reasons_add_up = true;
    for (uint32_t i = 0; i <= books->flows; i++) {
        uint64_t by_reason = 0;
        for (int fate = 0; fate < FATE_COUNT; fate++)
            by_reason += books->flow[i].lost_by[fate];
        of_flows += i ? by_reason : 0;
        reasons_add_up &= by_reason == books->flow[i].st.lost;
    }
    for (uint32_t i = 0; i < books->drops.count; i++) {
        of_drops += books->drops.drop[i].lost;
        no_flow += books->drops.drop[i].lost_no_flow;
    }
    return reasons_add_up && of_flows == of_drops && no_flow == books->flow[FLOW_NONE].st.lost;
}

static bool flows_balance(const struct books *books, const struct recount *count, struct books_report *out)
{
    bool balanced = true;
    for (uint32_t i = 0; i <= books->flows; i++) {
        const struct flow_state *st = &books->flow[i].st;
        out->born += st->born;
        out->copied += st->copied;
        out->ended += st->ended;
        out->in_flight += count->flow[i];
        balanced &= st->born + st->copied == st->ended + count->flow[i];
        balanced &= st->sent >= st->delivered + st->lost;
    }
    return balanced && losses_balance(books);
}

static bool identities_balance(const struct books *books, const struct recount *count)
{
    for (uint32_t i = 1; i <= books->identity_high; i++)
        if (books->identity[i].copies != count->identity[i])
            return false;
    return true;
}

void books_get_report(const struct sim *sim, struct books_report *out)
{
    const struct books *books = sim->books;
    struct recount count = {
        alloc_zero("the books", books->flows + 1, sizeof(*count.flow)),
        alloc_zero("the books", books->identity_high + 1, sizeof(*count.identity)),
        true,
    };
    *out = (struct books_report){0};
    recount_frames(sim, &count);
    out->balanced = flows_balance(books, &count, out) && identities_balance(books, &count) && count.sound;
    uint64_t ended = 0;
    for (int fate = 0; fate < FATE_COUNT; fate++)
        ended += books->fate[fate];
    out->balanced &= ended == out->ended;
    free(count.flow);
    free(count.identity);
}

/* ---- save and load ---- */

static void save_flows(struct books *books, struct save *s)
{
    save_expect_u64(s, "number of flows", books->flows);
    for (uint32_t i = 0; i <= books->flows && !s->err; i++) {
        struct flow *flow = &books->flow[i];
        uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a of the name and parent */
        for (const char *c = flow->name; *c; c++)
            hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
        save_expect_u64(s, "the hash of a flow's name", hash ^ flow->parent);
        save_field(s, flow->st);
        save_field(s, flow->lost_by);
        hist_save(&flow->latency, s);
        track_save(&flow->track, s);
        way__save(&flow->way, s);
    }
}

/* Makes room for `high` records while loading; false (and the error set) when the number cannot be. */
static bool make_room(void **array, uint32_t *cap, uint32_t high, size_t size, struct save *s)
{
    if (s->err)
        return false;
    if (high > s->len / size) {
        save_fail(s, -EPROTO, "%u records in a stream of %zu bytes", high, s->len);
        return false;
    }
    if (high + 1 > *cap) {
        void *grown = alloc_grow("the books", *array, size * (high + 1));
        *array = grown;
        *cap = high + 1;
    }
    return true;
}

static void save_receivers(struct books *books, struct save *s)
{
    uint32_t high = books->receivers_high;
    save_field(s, high);
    save_field(s, books->receivers_free);
    if (save_is_loading(s) && !make_room((void **)&books->receivers, &books->receivers_cap, high, sizeof(*books->receivers), s))
        return;
    books->receivers_high = high;
    if (high)
        save_bytes(s, &books->receivers[1], high * sizeof(*books->receivers));
    for (uint32_t i = 1; save_is_loading(s) && !s->err && i <= high; i++)
        if (books->receivers[i].next > high)
            save_fail(s, -EPROTO, "receiver record %u leads nowhere", i);
}

static bool identity_is_sound(const struct books *books, const struct identity *identity)
{
    return identity->flow <= books->flows && identity->parent <= books->identity_high &&
           identity->more_receivers <= books->receivers_high && identity->state <= IDENTITY_LOST;
}

static void save_identities(struct books *books, struct save *s)
{
    uint32_t high = books->identity_high;
    save_field(s, high);
    save_field(s, books->identity_free);
    if (s->err)
        return;
    if (save_is_loading(s)) {
        if (high > s->len / sizeof(*books->identity) || books->identity_free > high) {
            save_fail(s, -EPROTO, "%u identities in a stream of %zu bytes", high, s->len);
            return;
        }
        if (!books__make_identities(books, high)) {
            save_fail(s, -ENOMEM, "no memory for %u identities", high);
            return;
        }
    }
    books->identity_high = high;
    if (high)
        save_bytes(s, &books->identity[1], high * sizeof(*books->identity));
    for (uint32_t i = 1; save_is_loading(s) && !s->err && i <= high; i++)
        if (!identity_is_sound(books, &books->identity[i]))
            save_fail(s, -EPROTO, "identity %u is impossible", i);
}

static void save_seen(struct books *books, struct save *s)
{
    uint32_t count = books->seen_count;
    save_field(s, count);
    if (!save_is_loading(s)) {
        if (count)
            save_bytes(s, books->seen, count * sizeof(*books->seen));
        return;
    }
    if (!make_room((void **)&books->seen, &books->seen_cap, count, sizeof(*books->seen), s))
        return;
    books->seen_count = count;
    save_bytes(s, books->seen, count * sizeof(*books->seen));
    map_fini(&books->seen_index);
    for (uint32_t i = 0; i < count && !s->err; i++) {
        uint64_t key = (uint64_t)books->seen[i].flow << 16 | books->seen[i].receiver;
        if (map_find(&books->seen_index, key) != UINT32_MAX)
            save_fail(s, -EPROTO, "receiver %u is there twice", i);
        else
            map_add(&books->seen_index, key, i);
    }
}

static bool is_put_down(const struct books *books, const struct identity *identity)
{
    return identity->ended_at <= books->drops.count && (identity->state != IDENTITY_LOST || identity->ended_at);
}

void books__save(struct sim *sim, struct save *s)
{
    struct books *books = sim->books;
    save_section(s, "books", 5);
    save_flows(books, s);
    save_receivers(books, s);
    save_identities(books, s);
    save_seen(books, s);
    save_field(s, books->fate);
    drops__save(&books->drops, s);
    for (uint32_t i = 1; save_is_loading(s) && !s->err && i <= books->identity_high; i++)
        if (!is_put_down(books, &books->identity[i]))
            save_fail(s, -EPROTO, "what identity %u ended by is not there", i);
    for (uint32_t i = 0; save_is_loading(s) && !s->err && i <= books->flows; i++)
        if (!way__is_sound(&books->flow[i].way, &books->drops))
            save_fail(s, -EPROTO, "flow %u lost frames by a drop that is not there", i);
}
