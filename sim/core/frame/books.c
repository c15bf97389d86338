/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/frame/books_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/engine/trace.h"

/* ---- making ---- */

struct books *books__create(uint32_t identities_hint, struct recycler *recycler)
{
    struct books *books = alloc_zero("the books", 1, sizeof(*books));
    books->recycler = recycler;
    books->identity_cap = identities_hint + 1;
    books->identity = recycler_take(recycler, "the books", sizeof(*books->identity) * books->identity_cap, RECYCLER_ZEROED);
    books->flow_cap = 16;
    books->flow = alloc_zero("the books", books->flow_cap, sizeof(*books->flow));
    books->drops.words = 1; /* word 0 is no word */
    books->flow[0].name = alloc_text("the books", "");
    return books;
}

void books__destroy(struct books *books)
{
    if (!books)
        return;
    for (uint32_t i = 0; books->flow && i <= books->flows; i++) {
        free(books->flow[i].name);
        hist_fini(&books->flow[i].latency);
        track_fini(&books->flow[i].track);
        way__fini(&books->flow[i].way);
    }
    free(books->flow);
    map_fini(&books->flow_index);
    recycler_give(books->recycler, books->identity, sizeof(*books->identity) * books->identity_cap, RECYCLER_ZEROED);
    free(books->receivers);
    free(books->seen);
    map_fini(&books->seen_index);
    drops__fini(&books->drops);
    free(books);
}

/* ---- identity records ---- */

bool books__make_identities(struct books *books, uint32_t high)
{
    if (high < books->identity_cap)
        return true;
    uint32_t cap = high < books->identity_cap * 2 ? books->identity_cap * 2 : high + 1;
    void *grown = recycler_grow(books->recycler, "the books", books->identity, sizeof(*books->identity) * books->identity_cap,
                                sizeof(*books->identity) * cap);
    books->identity = grown;
    books->identity_cap = cap;
    return true;
}

static uint32_t identity_take(struct books *books)
{
    uint32_t i = books->identity_free;
    if (i) {
        books->identity_free = books->identity[i].parent;
        return i;
    }
    bool room = books__make_identities(books, books->identity_high + 1);
    assert(room && "no memory for the books");
    return ++books->identity_high;
}

static void receivers_give(struct books *books, uint32_t first)
{
    while (first) {
        uint32_t next = books->receivers[first].next;
        books->receivers[first].next = books->receivers_free;
        books->receivers_free = first;
        first = next;
    }
}

static void identity_give(struct books *books, uint32_t i)
{
    receivers_give(books, books->identity[i].more_receivers);
    books->identity[i] = (struct identity){.parent = books->identity_free};
    books->identity_free = i;
}

static uint32_t receivers_take(struct books *books)
{
    uint32_t i = books->receivers_free;
    if (i) {
        books->receivers_free = books->receivers[i].next;
    } else {
        if (books->receivers_high + 1 >= books->receivers_cap) {
            books->receivers_cap = books->receivers_cap ? 2 * books->receivers_cap : 64;
            books->receivers = alloc_grow("the books", books->receivers, sizeof(*books->receivers) * books->receivers_cap);
        }
        i = ++books->receivers_high;
    }
    books->receivers[i] = (struct receivers){0};
    return i;
}

/* Only the first record of a chain may have room. */
static void receiver_add(struct books *books, uint32_t i, uint16_t receiver)
{
    uint32_t r = books->identity[i].more_receivers;
    for (int n = 0; r && n < RECEIVERS_A_RECORD; n++)
        if (books->receivers[r].id[n] == 0) {
            books->receivers[r].id[n] = receiver;
            return;
        }
    uint32_t added = receivers_take(books);
    books->receivers[added].next = r;
    books->receivers[added].id[0] = receiver;
    books->identity[i].more_receivers = added;
}

/* False when the identity was delivered there before. */
static bool receiver_is_new(struct books *books, uint32_t i, uint16_t receiver)
{
    struct identity *identity = &books->identity[i];
    for (int n = 0; n < 2; n++) {
        if (identity->receiver[n] == receiver)
            return false;
        if (identity->receiver[n] == 0) {
            identity->receiver[n] = receiver;
            return true;
        }
    }
    for (uint32_t r = identity->more_receivers; r; r = books->receivers[r].next)
        for (int n = 0; n < RECEIVERS_A_RECORD; n++)
            if (books->receivers[r].id[n] == receiver)
                return false;
    receiver_add(books, i, receiver);
    return true;
}

static uint32_t root_of(const struct books *books, uint32_t i)
{
    while (books->identity[i].parent)
        i = books->identity[i].parent;
    return i;
}

/* ---- what happens to an identity ---- */

static void flow_sent(struct books *books, uint32_t flow, sim_time now, uint32_t len)
{
    struct flow_state *st = &books->flow[flow].st;
    struct track_bucket *bucket = track_at(&books->flow[flow].track, now, books->flows);
    bucket->sent++;
    bucket->bytes_sent += len;
    if (st->sent == 0)
        st->first_sent = now;
    st->last_sent = now;
    st->sent++;
    st->born++;
    st->bytes_sent += len;
    st->last_sent_len = len;
    if (!st->waiting) {
        st->waiting = 1;
        st->waiting_since = now;
    }
}

/* Something of the flow arrived; what is under way from here on starts a new wait. */
static void flow_progress(struct flow_state *st, sim_time now)
{
    if (st->waiting && now - st->waiting_since > st->blackout) {
        st->blackout = now - st->waiting_since;
        st->blackout_at = st->waiting_since;
    }
    st->waiting = st->sent > st->delivered + st->lost;
    st->waiting_since = st->waiting ? now : 0;
    if (!st->last_delivered)
        st->first_delivered = now;
    st->last_delivered = now;
}

/* A frame of the flow, not a part of one, arrived. */
static void flow_delivered(struct books *books, struct flow *flow, const struct identity *identity, sim_time now)
{
    struct flow_state *st = &flow->st;
    struct track_bucket *bucket = track_at(&flow->track, now, books->flows);
    bucket->delivered[books->path]++;
    bucket->bytes_delivered += identity->len;
    flow__jitter(st, now - identity->born);
    if (!st->delivered) {
        st->first_whole = now;
        st->first_whole_len = identity->len;
    }
    st->last_whole = now;
    st->delivered++;
    st->bytes_delivered += identity->len;
    hist_record(&flow->latency, now - identity->born);
}

static void settle(struct sim *sim, uint32_t i);

static void part_done(struct sim *sim, uint32_t parent, uint8_t flag)
{
    sim->books->identity[parent].parts_under_way--;
    sim->books->identity[parent].flags |= flag;
    settle(sim, parent);
}

static void identity_delivered(struct sim *sim, uint32_t i)
{
    struct identity *identity = &sim->books->identity[i];
    struct flow *flow = &sim->books->flow[identity->flow];
    sim_time now = sim_now(sim);
    identity->state = IDENTITY_DELIVERED;
    if (identity->parent)
        part_done(sim, identity->parent, IDENTITY_PART_DELIVERED);
    else
        flow_delivered(sim->books, flow, identity, now);
    flow_progress(&flow->st, now);
}

/* One frame more of this flow, or of none, was lost by a drop; -1: it is under way again. */
static void count_lost(struct books *books, uint32_t ended_at, uint32_t flow, int more)
{
    assert(ended_at && ended_at <= books->drops.count && "a frame was lost and no copy of it ended");
    struct drop *drop = &books->drops.drop[ended_at - 1];
    *(flow == FLOW_NONE ? &drop->lost_no_flow : &drop->lost) += (uint64_t)(int64_t)more;
    books->flow[flow].lost_by[drop->fate] += (uint64_t)(int64_t)more;
    if (flow != FLOW_NONE)
        way__lost(&books->flow[flow].way, ended_at - 1, more);
    books->flow[flow].st.lost += (uint64_t)(int64_t)more;
}

static void identity_lost(struct sim *sim, uint32_t i)
{
    struct identity *identity = &sim->books->identity[i];
    identity->state = IDENTITY_LOST;
    if (identity->parent) {
        sim->books->identity[identity->parent].ended_at = identity->ended_at;
        part_done(sim, identity->parent, IDENTITY_PART_LOST);
    } else {
        struct flow *flow = &sim->books->flow[identity->flow];
        count_lost(sim->books, identity->ended_at, identity->flow, 1);
        flow->st.last_lost = sim_now(sim);
        track_at(&flow->track, flow->st.last_lost, sim->books->flows)->lost++;
    }
}

/* Every part arrived, and no part is missing. */
static bool parts_are_whole(const struct identity *identity)
{
    const uint8_t all = IDENTITY_SEGMENTED | IDENTITY_PART_DELIVERED | IDENTITY_PART_LOST;
    return (identity->flags & all) == (IDENTITY_SEGMENTED | IDENTITY_PART_DELIVERED);
}

/* Draws the consequences when the last copy or part of an identity is gone. */
static void settle(struct sim *sim, uint32_t i)
{
    struct books *books = sim->books;
    struct identity *identity = &books->identity[i];
    if (identity->copies)
        return;
    if (identity->state == IDENTITY_UNDER_WAY && identity->parts_under_way == 0) {
        if (parts_are_whole(identity))
            identity_delivered(sim, i);
        else
            identity_lost(sim, i);
    }
    if (identity->tags || identity->parts)
        return;
    uint32_t parent = identity->parent;
    identity_give(books, i);
    if (parent) {
        books->identity[parent].parts--;
        settle(sim, parent);
    }
}

/* True when `receiver` has seen a later frame of the flow. */
static bool seen_later(struct books *books, uint32_t flow, uint16_t receiver, uint64_t seq)
{
    struct flow_state *st = &books->flow[flow].st;
    uint32_t i = st->last_seen;
    if (i >= books->seen_count || books->seen[i].flow != flow || books->seen[i].receiver != receiver) {
        uint64_t key = (uint64_t)flow << 16 | receiver;
        i = map_find(&books->seen_index, key);
        if (i == UINT32_MAX) {
            i = books->seen_count++;
            if (i == books->seen_cap) {
                books->seen_cap = books->seen_cap ? 2 * books->seen_cap : 64;
                books->seen = alloc_grow("the books", books->seen, sizeof(*books->seen) * books->seen_cap);
            }
            books->seen[i] = (struct seen){seq, flow, receiver};
            map_add(&books->seen_index, key, i);
        }
        st->last_seen = i;
    }
    if (seq < books->seen[i].max_seq)
        return true;
    books->seen[i].max_seq = seq;
    return false;
}

static void deliver(struct sim *sim, uint32_t i, uint16_t receiver)
{
    struct books *books = sim->books;
    struct identity *identity = &books->identity[i];
    struct flow_state *st = &books->flow[identity->flow].st;
    if (!receiver_is_new(books, i, receiver)) {
        st->duplicated++;
        return;
    }
    if (seen_later(books, identity->flow, receiver, identity->flow_seq)) {
        struct identity *root = &books->identity[root_of(books, i)];
        st->reordered += !(root->flags & IDENTITY_REORDERED);
        root->flags |= IDENTITY_REORDERED;
    }
    if (identity->state == IDENTITY_UNDER_WAY)
        identity_delivered(sim, i);
}

/* ---- what frame.c and mem.c tell ---- */

void books__birth(struct component *at, uint32_t flow, struct frame *f)
{
    struct books *books = at->sim->books;
    assert(flow <= books->flows && "frame born in a flow that does not exist");
    struct flow_state *st = &books->flow[flow].st;
    uint32_t i = identity_take(books);
    f->id = (uint64_t)at->id << 48 | at->next_frame++;
    f->born = sim_now(at->sim);
    f->identity = i;
    f->flow = flow;
    f->flow_seq = st->sent;
    f->flags = way__wants_witness(flow, st->sent) ? FRAME_WITNESS : 0;
    books->identity[i] = (struct identity){
        .id = f->id,
        .flow_seq = f->flow_seq,
        .born = f->born,
        .flow = (uint16_t)flow,
        .len = f->len,
        .copies = 1,
        .state = IDENTITY_UNDER_WAY,
    };
    flow_sent(books, flow, f->born, f->len);
}

/* Returns what an identity's `ended_at` says of it. */
static uint32_t no_buffer(struct component *at, uint32_t flow)
{
    struct books *books = at->sim->books;
    books->flow[flow].st.ended++;
    books->fate[FATE_no_buffer]++;
    return drops__count(&books->drops, at->id, FATE_no_buffer, NULL, -1) + 1;
}

void books__no_birth(struct component *at, uint32_t flow, uint32_t len)
{
    assert(flow <= at->sim->books->flows && "frame born in a flow that does not exist");
    struct flow_state *st = &at->sim->books->flow[flow].st;
    uint64_t id = (uint64_t)at->id << 48 | at->next_frame++;
    sim_time now = sim_now(at->sim);
    flow_sent(at->sim->books, flow, now, len);
    track_at(&at->sim->books->flow[flow].track, now, at->sim->books->flows)->lost++;
    st->last_lost = now;
    count_lost(at->sim->books, no_buffer(at, flow), flow, 1);
    trace_frame_ended(at, id, fate_name(FATE_no_buffer));
}

void books__copy(struct sim *sim, const struct frame *f)
{
    struct identity *identity = &sim->books->identity[f->identity];
    struct flow_state *st = &sim->books->flow[f->flow].st;
    st->copied++;
    if (identity->copies++ == 0 && identity->state == IDENTITY_LOST) {
        identity->state = IDENTITY_UNDER_WAY;
        identity->flags &= IDENTITY_REORDERED; /* if it is cut, then anew */
        count_lost(sim->books, identity->ended_at, identity->flow, -1);
        identity->ended_at = 0;
        if (!st->waiting) {
            st->waiting = 1;
            st->waiting_since = sim_now(sim);
        }
    }
}

void books__no_copy(struct component *at, uint32_t flow)
{
    at->sim->books->flow[flow].st.copied++;
    no_buffer(at, flow);
}

void books__part(struct sim *sim, struct frame *f)
{
    struct books *books = sim->books;
    uint32_t parent = f->identity;
    uint32_t i = identity_take(books);
    books->identity[parent].parts++;
    books->identity[parent].parts_under_way++;
    books->identity[i] = books->identity[parent];
    struct identity *part = &books->identity[i];
    part->len = f->len;
    part->copies = 1;
    part->tags = part->parts = part->parts_under_way = part->more_receivers = 0;
    part->parent = parent;
    part->receiver[0] = part->receiver[1] = 0;
    part->state = IDENTITY_UNDER_WAY;
    part->flags = 0;
    part->ended_at = 0;
    f->identity = i;
    books->flow[f->flow].st.copied++;
}

void books__no_part(struct component *at, const struct frame *whole)
{
    struct identity *identity = &at->sim->books->identity[whole->identity];
    identity->flags |= IDENTITY_PART_LOST;
    at->sim->books->flow[whole->flow].st.copied++;
    identity->ended_at = no_buffer(at, whole->flow);
}

static enum frame_path path_of(const struct frame *f)
{
    static const uint8_t path[] = {FRAME_PATH_OTHER, FRAME_PATH_VF, FRAME_PATH_EMULATED, FRAME_PATH_EMULATED};
    _Static_assert(FRAME_BY_EMULATION == 2 * FRAME_BY_VF, "the two bits of an index");
    return f->flags & FRAME_BY_TUNNEL ? FRAME_PATH_TUNNEL : (enum frame_path)path[f->flags / FRAME_BY_VF & 3];
}

void books__end(struct component *at, const struct frame *f, enum fate fate, const char *sub_word, int sub)
{
    struct sim *sim = at->sim;
    struct books *books = sim->books;
    assert((unsigned)fate < FATE_COUNT);
    books->fate[fate]++;
    books->flow[f->flow].st.ended++;
    if (fate_is_delivery(fate)) {
        books->path = path_of(f);
        deliver(sim, f->identity, at->id);
        for (struct delivery_listener *l = books->listeners; l; l = l->next)
            l->delivered(l, at, f);
    } else if (fate == FATE_segmented) {
        books->identity[f->identity].flags |= IDENTITY_SEGMENTED;
    } else {
        books->identity[f->identity].ended_at = drops__count(&books->drops, at->id, fate, sub_word, sub) + 1;
        trace_frame_ended(at, f->id, fate_name(fate));
    }
    for (struct ending_listener *l = books->ending_listeners; __builtin_expect(l != NULL, 0); l = l->next)
        l->ended(l, at, f, fate, sub_word, sub);
    books->identity[f->identity].copies--;
    settle(sim, f->identity);
}

void books__describe(const struct sim *sim, uint32_t i, struct frame *head)
{
    const struct identity *identity = &sim->books->identity[i];
    *head = (struct frame){
        .id = identity->id,
        .born = identity->born,
        .identity = i,
        .flow = identity->flow,
        .flow_seq = identity->flow_seq,
    };
}

bool books__knows(const struct sim *sim, const struct frame *f)
{
    const struct books *books = sim->books;
    if (f->flow > books->flows || f->identity == 0 || f->identity > books->identity_high)
        return false;
    const struct identity *identity = &books->identity[f->identity];
    return identity->state != IDENTITY_FREE && identity->copies > 0 && identity->flow == f->flow;
}

void books__tag_hold(struct sim *sim, uint32_t i) { sim->books->identity[i].tags++; }

void books__tag_drop(struct sim *sim, uint32_t i)
{
    sim->books->identity[i].tags--;
    settle(sim, i);
}
