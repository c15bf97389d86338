/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/evq_wheel.h"

#include <string.h>

enum { IN_FRONT = EVQ_PENDING, IN_NEAR, IN_FAR, IN_BEYOND, IN_FEW };

int evq_wheel_init(struct evq_wheel *w, struct evq_pool *pool)
{
    memset(w, 0, sizeof(*w));
    evq_few_clear(&w->few);
    w->pool = pool;
    int err = evq_heap_init(&w->front, pool);
    if (err == 0)
        err = evq_heap_init(&w->beyond, pool);
    if (err)
        evq_wheel_fini(w);
    return err;
}

void evq_wheel_fini(struct evq_wheel *w)
{
    evq_heap_fini(&w->front);
    evq_heap_fini(&w->beyond);
}

void evq_wheel_reset(struct evq_wheel *w, sim_time now)
{
    evq_few_clear(&w->few);
    evq_heap_clear(&w->front);
    evq_heap_clear(&w->beyond);
    memset(&w->near, 0, sizeof(w->near));
    memset(&w->far, 0, sizeof(w->far));
    w->near_base = now >> EVQ_FAR_SHIFT << EVQ_FAR_SHIFT;
    w->front_last = now;
    w->first_known = false;
}

static inline uint32_t bucket_of(sim_time time, int shift) { return (time >> shift) & (EVQ_WHEEL_BUCKETS - 1); }

static inline void ring_put(struct evq_wheel *w, struct evq_ring *ring, uint32_t bucket, uint32_t slot, uint32_t where)
{
    struct evq_node *node = &w->pool->node[slot];
    uint32_t head = ring->head[bucket];
    node->next = head;
    node->prev = 0;
    node->where = where;
    if (head)
        w->pool->node[head].prev = slot;
    else {
        ring->map[bucket / 64] |= UINT64_C(1) << bucket % 64;
        ring->summary |= UINT64_C(1) << bucket / 64;
    }
    ring->head[bucket] = slot;
}

static inline void ring_mark_empty(struct evq_ring *ring, uint32_t bucket)
{
    ring->head[bucket] = 0;
    if ((ring->map[bucket / 64] &= ~(UINT64_C(1) << bucket % 64)) == 0)
        ring->summary &= ~(UINT64_C(1) << bucket / 64);
}

/* First bucket with an event; ring->summary is not 0. */
static inline uint32_t ring_first(const struct evq_ring *ring)
{
    uint32_t word = (uint32_t)__builtin_ctzll(ring->summary);
    return word * 64 + (uint32_t)__builtin_ctzll(ring->map[word]);
}

static void ring_unlink(struct evq_wheel *w, struct evq_ring *ring, uint32_t bucket, const struct evq_node *node)
{
    if (node->next)
        w->pool->node[node->next].prev = node->prev;
    if (node->prev)
        w->pool->node[node->prev].next = node->next;
    else if (node->next)
        ring->head[bucket] = node->next;
    else
        ring_mark_empty(ring, bucket);
}

static inline void put(struct evq_wheel *w, uint32_t slot)
{
    sim_time time = w->pool->node[slot].ev.time;
    if (time <= w->front_last) {
        evq_heap_push(&w->front, slot, IN_FRONT);
        return;
    }
    sim_time apart = time ^ w->near_base;
    if (apart < UINT64_C(1) << EVQ_FAR_SHIFT)
        ring_put(w, &w->near, bucket_of(time, EVQ_NEAR_SHIFT), slot, IN_NEAR);
    else if (apart < UINT64_C(1) << EVQ_BEYOND_SHIFT)
        ring_put(w, &w->far, bucket_of(time, EVQ_FAR_SHIFT), slot, IN_FAR);
    else
        evq_heap_push(&w->beyond, slot, IN_BEYOND);
}

static void push_behind(struct evq_wheel *w, uint32_t slot)
{
    sim_time time = w->pool->node[slot].ev.time;
    if (w->first_known && time < w->first_time)
        w->first_time = time;
    put(w, slot);
}

/* The earliest of all but the few. */
static sim_time first_behind(struct evq_wheel *w);

/* Is it one of the few? It comes before all others then: strictly by time, or before the last of the few. */
static bool is_of_few(struct evq_wheel *w, uint32_t slot)
{
    if (!evq_few_is_empty(&w->few) && evq_few_before(w->pool->node, slot, evq_few_last(&w->few)))
        return true;
    if (evq_few_is_full(&w->few))
        return false;
    if (!w->first_known && w->pool->used > 2 * EVQ_FEW) /* what to look for would cost more than it saves */
        return false;
    return w->pool->node[slot].ev.time < first_behind(w);
}

void evq_wheel_push(struct evq_wheel *w, uint32_t slot)
{
    if (!is_of_few(w, slot)) {
        push_behind(w, slot);
        return;
    }
    if (evq_few_is_full(&w->few)) {
        uint32_t last = evq_few_last(&w->few)->slot;
        evq_few_remove(&w->few, last);
        push_behind(w, last);
    }
    w->pool->node[slot].where = IN_FEW;
    evq_few_add(&w->few, w->pool->node, slot);
}

/* The near span moves to start at `base`; nothing is in the front or in the near ring. */
static void move_near(struct evq_wheel *w, sim_time base)
{
    w->near_base = base;
    if (base > 0)
        w->front_last = base - 1;
}

static void far_to_near(struct evq_wheel *w, uint32_t bucket, sim_time start)
{
    uint32_t slot = w->far.head[bucket];
    ring_mark_empty(&w->far, bucket);
    move_near(w, start);
    while (slot) {
        uint32_t next = w->pool->node[slot].next;
        __builtin_prefetch(&w->pool->node[next]);
        ring_put(w, &w->near, bucket_of(w->pool->node[slot].ev.time, EVQ_NEAR_SHIFT), slot, IN_NEAR);
        slot = next;
    }
}

static void beyond_to_wheels(struct evq_wheel *w)
{
    sim_time first = evq_heap_first_time(&w->beyond);
    sim_time span = first >> EVQ_BEYOND_SHIFT;
    move_near(w, first >> EVQ_FAR_SHIFT << EVQ_FAR_SHIFT);
    while (!evq_heap_is_empty(&w->beyond) && evq_heap_first_time(&w->beyond) >> EVQ_BEYOND_SHIFT == span) {
        put(w, evq_heap_take(&w->beyond));
    }
}

/* Takes the event out of the first near bucket when it is alone there, else moves the bucket to the front: 0. */
static uint32_t near_to_front(struct evq_wheel *w, uint32_t bucket, sim_time start, sim_time end)
{
    uint32_t slot = w->near.head[bucket];
    struct evq_node *node = &w->pool->node[slot];
    ring_mark_empty(&w->near, bucket);
    w->front_last = start + ((UINT64_C(1) << EVQ_NEAR_SHIFT) - 1);
    if (node->next == 0 && node->ev.time <= end) {
        evq_node_leave(node);
        return slot;
    }
    while (slot) {
        uint32_t next = w->pool->node[slot].next;
        evq_heap_push(&w->front, slot, IN_FRONT);
        slot = next;
    }
    return 0;
}

static uint32_t pop_behind(struct evq_wheel *w, sim_time end)
{
    for (;;) {
        if (!evq_heap_is_empty(&w->front)) {
            if (evq_heap_first_time(&w->front) > end)
                return 0;
            w->first_known = false;
            return evq_heap_pop(&w->front);
        }
        /* A bucket that starts after `end` stays where it is, so that what is posted before it finds buckets too. */
        if (w->near.summary) {
            uint32_t bucket = ring_first(&w->near);
            sim_time start = w->near_base + ((sim_time)bucket << EVQ_NEAR_SHIFT);
            if (start > end)
                return 0;
            w->first_known = false;
            uint32_t slot = near_to_front(w, bucket, start, end);
            if (slot)
                return slot;
        } else if (w->far.summary) {
            uint32_t bucket = ring_first(&w->far);
            sim_time span = w->near_base >> EVQ_BEYOND_SHIFT << EVQ_BEYOND_SHIFT;
            sim_time start = span + ((sim_time)bucket << EVQ_FAR_SHIFT);
            if (start > end)
                return 0;
            far_to_near(w, bucket, start);
        } else if (!evq_heap_is_empty(&w->beyond) && evq_heap_first_time(&w->beyond) <= end) {
            beyond_to_wheels(w);
        } else {
            return 0;
        }
    }
}

uint32_t evq_wheel_pop_until(struct evq_wheel *w, sim_time end)
{
    if (evq_few_is_empty(&w->few))
        return pop_behind(w, end);
    if (evq_few_first_time(&w->few) > end)
        return 0;
    uint32_t slot = evq_few_take(&w->few);
    evq_node_leave(&w->pool->node[slot]);
    return slot;
}

static sim_time ring_first_time(const struct evq_wheel *w, const struct evq_ring *ring)
{
    sim_time first = SIM_NEVER;
    for (uint32_t slot = ring->head[ring_first(ring)]; slot; slot = w->pool->node[slot].next)
        if (w->pool->node[slot].ev.time < first)
            first = w->pool->node[slot].ev.time;
    return first;
}

static sim_time first_behind(struct evq_wheel *w)
{
    if (!evq_heap_is_empty(&w->front))
        return evq_heap_first_time(&w->front);
    if (!w->first_known) {
        if (w->near.summary)
            w->first_time = ring_first_time(w, &w->near);
        else if (w->far.summary)
            w->first_time = ring_first_time(w, &w->far);
        else
            w->first_time = evq_heap_first_time(&w->beyond);
        w->first_known = true;
    }
    return w->first_time;
}

sim_time evq_wheel_first_time(struct evq_wheel *w)
{
    return evq_few_is_empty(&w->few) ? first_behind(w) : evq_few_first_time(&w->few);
}

void evq_wheel_remove(struct evq_wheel *w, uint32_t slot)
{
    struct evq_node *node = &w->pool->node[slot];
    if (node->where == IN_FEW) {
        evq_few_remove(&w->few, slot);
        evq_node_leave(node);
        return;
    }
    if (w->first_known && node->ev.time <= w->first_time)
        w->first_known = false;
    switch (node->where) {
    case IN_FRONT:
        evq_heap_remove(&w->front, slot);
        return;
    case IN_BEYOND:
        evq_heap_remove(&w->beyond, slot);
        return;
    case IN_NEAR:
        ring_unlink(w, &w->near, bucket_of(node->ev.time, EVQ_NEAR_SHIFT), node);
        break;
    default:
        assert(node->where == IN_FAR);
        ring_unlink(w, &w->far, bucket_of(node->ev.time, EVQ_FAR_SHIFT), node);
        break;
    }
    evq_node_leave(node);
}
