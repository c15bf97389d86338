/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/evq_heap.h"

#include <errno.h>

#include "core/alloc.h"

enum {
    ARITY = 4,
    SHIFT = ARITY - 1, /* entries skipped in front of the first, so that children start on a cache line */
    STALE_SLACK = 64,  /* stale entries that are never worth a compaction */
};

/* Compaction keeps stale <= live + STALE_SLACK; one more may come before it. */
static size_t heap_bytes(const struct evq_pool *pool)
{
    return (2 * (size_t)pool->max + 2 * STALE_SLACK + SHIFT) * sizeof(struct evq_heap_entry);
}

int evq_heap_init(struct evq_heap *heap, struct evq_pool *pool)
{
    *heap = (struct evq_heap){.pool = pool};
    struct evq_heap_entry *base = recycler_take(pool->recycler, "events", heap_bytes(pool), RECYCLER_ZEROED);
    heap->entry = base + SHIFT;
    return 0;
}

void evq_heap_fini(struct evq_heap *heap)
{
    if (heap->entry)
        recycler_give(heap->pool->recycler, heap->entry - SHIFT, heap_bytes(heap->pool), RECYCLER_ZEROED);
    *heap = (struct evq_heap){0};
}

void evq_heap_clear(struct evq_heap *heap) { heap->len = heap->stale = 0; }

/* event_before() on entries; the unit test holds the two against each other. */
static inline bool entry_before(const struct evq_heap_entry *x, const struct evq_heap_entry *y)
{
    if (__builtin_expect(x->time != y->time, 1))
        return x->time < y->time;
    if (x->place != y->place)
        return x->place < y->place;
    return x->seq < y->seq;
}

static inline bool entry_is_stale(const struct evq_heap *heap, const struct evq_heap_entry *e)
{
    return heap->pool->node[e->slot].gen != e->gen;
}

static void sift_up(struct evq_heap *heap, uint32_t i, struct evq_heap_entry e)
{
    while (i) {
        uint32_t parent = (i - 1) / ARITY;
        if (!entry_before(&e, &heap->entry[parent]))
            break;
        heap->entry[i] = heap->entry[parent];
        i = parent;
    }
    heap->entry[i] = e;
}

static void sift_down(struct evq_heap *heap, uint32_t i, struct evq_heap_entry e)
{
    for (;;) {
        uint32_t child = i * ARITY + 1;
        if (child >= heap->len)
            break;
        uint32_t end = child + ARITY < heap->len ? child + ARITY : heap->len;
        uint32_t first = child;
        for (uint32_t c = child + 1; c < end; c++)
            if (entry_before(&heap->entry[c], &heap->entry[first]))
                first = c;
        if (!entry_before(&heap->entry[first], &e))
            break;
        heap->entry[i] = heap->entry[first];
        i = first;
    }
    heap->entry[i] = e;
}

static void drop_first(struct evq_heap *heap)
{
    struct evq_heap_entry last = heap->entry[--heap->len];
    if (heap->len)
        sift_down(heap, 0, last);
}

static void settle(struct evq_heap *heap)
{
    while (heap->stale && heap->len && entry_is_stale(heap, &heap->entry[0])) {
        heap->stale--;
        drop_first(heap);
    }
}

static void compact(struct evq_heap *heap)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < heap->len; i++)
        if (!entry_is_stale(heap, &heap->entry[i]))
            heap->entry[kept++] = heap->entry[i];
    heap->len = kept;
    heap->stale = 0;
    if (kept < 2)
        return;
    for (uint32_t i = (kept - 2) / ARITY + 1; i-- > 0;)
        sift_down(heap, i, heap->entry[i]);
}

void evq_heap_push(struct evq_heap *heap, uint32_t slot, uint32_t where)
{
    struct evq_node *node = &heap->pool->node[slot];
    const struct event *ev = &node->ev;
    node->where = where;
    sift_up(heap, heap->len++,
            (struct evq_heap_entry){ev->time, (uint64_t)ev->cls << 32 | (uint64_t)ev->target << 16 | ev->source, ev->seq, slot,
                                    node->gen});
}

uint32_t evq_heap_take(struct evq_heap *heap)
{
    if (heap->len == 0)
        return 0;
    uint32_t slot = heap->entry[0].slot;
    drop_first(heap);
    settle(heap);
    return slot;
}

uint32_t evq_heap_pop(struct evq_heap *heap)
{
    uint32_t slot = evq_heap_take(heap);
    if (slot)
        evq_node_leave(&heap->pool->node[slot]);
    return slot;
}

void evq_heap_remove(struct evq_heap *heap, uint32_t slot)
{
    evq_node_leave(&heap->pool->node[slot]);
    heap->stale++;
    settle(heap);
    if (heap->stale > heap->len / 2 + STALE_SLACK)
        compact(heap);
}
