/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 4-ary heap of pending events whose entries carry the whole key, so that ordering touches no event.
 *
 * A removed event leaves a stale entry behind (its generation no longer matches), which is dropped when it reaches the
 * top or when stale entries outnumber live ones. The top is never stale, so the first time is always true.
 */
#ifndef VFSIM_CORE_EVQ_HEAP_H
#define VFSIM_CORE_EVQ_HEAP_H

#include "core/engine/evq.h"

struct evq_heap_entry {
    sim_time time;
    uint64_t place; /* class, target, source in order of weight */
    uint64_t seq;
    uint32_t slot;
    uint32_t gen;
};

struct evq_heap {
    struct evq_pool *pool;
    struct evq_heap_entry *entry; /* entry[0] is the first; four children of one lie together in two cache lines */
    uint32_t len;
    uint32_t stale;
};

int evq_heap_init(struct evq_heap *heap, struct evq_pool *pool); /* 0 or -ENOMEM */
void evq_heap_fini(struct evq_heap *heap);
void evq_heap_push(struct evq_heap *heap, uint32_t slot, uint32_t where); /* `where` goes into the node */
uint32_t evq_heap_pop(struct evq_heap *heap);                             /* 0 when empty */
uint32_t evq_heap_take(struct evq_heap *heap); /* as pop, for an event that only moves elsewhere: it stays pending */
void evq_heap_remove(struct evq_heap *heap, uint32_t slot);               /* of a pending event of this heap */
void evq_heap_clear(struct evq_heap *heap);

static inline bool evq_heap_is_empty(const struct evq_heap *heap) { return heap->len == 0; }
static inline sim_time evq_heap_first_time(const struct evq_heap *heap) { return heap->len ? heap->entry[0].time : SIM_NEVER; }

#endif
