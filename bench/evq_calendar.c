/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A calendar queue [R. Brown, CACM 31(10), 1988] as a candidate: sorted buckets, one "day" each, the "year" wrapping
 * round; the number of days follows the number of events, their width the mean gap of the earliest ones.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/evq_sets.h"

enum { DAYS_MIN = 16, SAMPLE = 64 };

struct calendar {
    struct evq_pool *pool;
    uint32_t *head, *tail; /* a day */
    uint32_t days;         /* a power of two */
    int shift;             /* a day is 2^shift ps wide */
    uint32_t count;
    uint64_t today; /* time >> shift of the last one popped: nothing lies before */
};

static bool days_alloc(struct calendar *c, uint32_t days)
{
    uint32_t *head = calloc(days, sizeof(*head));
    uint32_t *tail = calloc(days, sizeof(*tail));
    if (!head || !tail) {
        free(head);
        free(tail);
        return false;
    }
    c->head = head;
    c->tail = tail;
    c->days = days;
    return true;
}

static void *calendar_create(struct evq_pool *pool)
{
    struct calendar *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->pool = pool;
    c->shift = 10;
    if (days_alloc(c, DAYS_MIN))
        return c;
    free(c);
    return NULL;
}

static void calendar_destroy(void *set)
{
    struct calendar *c = set;
    free(c->head);
    free(c->tail);
    free(c);
}

static void insert(struct calendar *c, uint32_t slot)
{
    struct evq_node *node = c->pool->node;
    uint32_t day = (uint32_t)(node[slot].ev.time >> c->shift) & (c->days - 1);
    uint32_t after = c->tail[day]; /* most events are later than what is there */
    while (after && event_before(&node[slot].ev, &node[after].ev))
        after = node[after].prev;
    uint32_t next = after ? node[after].next : c->head[day];
    node[slot].prev = after;
    node[slot].next = next;
    *(after ? &node[after].next : &c->head[day]) = slot;
    *(next ? &node[next].prev : &c->tail[day]) = slot;
}

static void unlink_slot(struct calendar *c, uint32_t slot)
{
    struct evq_node *node = c->pool->node;
    uint32_t day = (uint32_t)(node[slot].ev.time >> c->shift) & (c->days - 1);
    *(node[slot].prev ? &node[node[slot].prev].next : &c->head[day]) = node[slot].next;
    *(node[slot].next ? &node[node[slot].next].prev : &c->tail[day]) = node[slot].prev;
    c->count--;
    evq_node_leave(&node[slot]);
}

/* The first event: within the year from today on, else by looking at the first of every day. */
static uint32_t first(struct calendar *c)
{
    const struct evq_node *node = c->pool->node;
    if (c->count == 0)
        return 0;
    for (uint32_t i = 0; i < c->days; i++) {
        uint32_t slot = c->head[(c->today + i) & (c->days - 1)];
        if (slot && node[slot].ev.time >> c->shift == c->today + i)
            return slot;
    }
    uint32_t best = 0;
    for (uint32_t day = 0; day < c->days; day++) {
        uint32_t slot = c->head[day];
        if (slot && (!best || event_before(&node[slot].ev, &node[best].ev)))
            best = slot;
    }
    return best;
}

static int time_compare(const void *a, const void *b)
{
    sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;
    return x < y ? -1 : x > y;
}

/* Three mean gaps among the earliest of a sample, as Brown advises; at least 1 ps. */
static int width_for(const sim_time *sample, uint32_t n, uint32_t total)
{
    uint32_t used = n / 2 > 1 ? n / 2 : 1;
    uint64_t span = n > 1 ? sample[used] - sample[0] : 1024;
    uint64_t gap = span * 3 / used * n / total;
    int shift = 0;
    while (shift < 40 && UINT64_C(1) << shift < gap)
        shift++;
    return shift;
}

static void resize(struct calendar *c, uint32_t days)
{
    struct evq_node *node = c->pool->node;
    struct calendar old = *c;
    sim_time sample[SAMPLE];
    uint32_t n = 0;
    if (!days_alloc(c, days))
        return; /* slower, not wrong */
    sim_time now = old.today << old.shift;
    uint32_t step = old.days / SAMPLE + 1;
    for (uint32_t day = 0; day < old.days && n < SAMPLE; day += step)
        if (old.head[day])
            sample[n++] = node[old.head[day]].ev.time;
    if (n) {
        qsort(sample, n, sizeof(*sample), time_compare);
        c->shift = width_for(sample, n, old.count);
    }
    c->today = now >> c->shift;
    for (uint32_t day = 0; day < old.days; day++)
        for (uint32_t slot = old.head[day], next; slot; slot = next) {
            next = node[slot].next;
            insert(c, slot);
        }
    free(old.head);
    free(old.tail);
}

static void calendar_push(void *set, uint32_t slot)
{
    struct calendar *c = set;
    c->pool->node[slot].where = EVQ_PENDING;
    insert(c, slot);
    if (++c->count > 2 * c->days)
        resize(c, 2 * c->days);
}

static uint32_t calendar_pop(void *set)
{
    struct calendar *c = set;
    uint32_t slot = first(c);
    if (slot == 0)
        return 0;
    c->today = c->pool->node[slot].ev.time >> c->shift;
    unlink_slot(c, slot);
    if (c->days > DAYS_MIN && c->count < c->days / 2)
        resize(c, c->days / 2);
    return slot;
}

static sim_time calendar_peek_time(void *set)
{
    struct calendar *c = set;
    uint32_t slot = first(c);
    return slot ? c->pool->node[slot].ev.time : SIM_NEVER;
}

static void calendar_remove(void *set, uint32_t slot) { unlink_slot(set, slot); }

const struct evq_ops evq_calendar_ops = {
    "calendar", calendar_create, calendar_destroy, calendar_push, calendar_pop, calendar_peek_time, calendar_remove,
};
