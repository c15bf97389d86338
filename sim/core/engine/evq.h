/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every pending-event set of the core looks like, and the pool of events they all link.
 *
 * Events lie in numbered slots of one pool; a set holds slot numbers. Every set pops in event_before() order, whatever
 * the order of insertion. The engine uses one set statically (evq_wheel.h says why that one); bench/evq_hold runs all
 * of them through struct evq_ops.
 *
 * A slot's generation goes up when its event leaves the set, popped or removed: a handle of slot and generation names
 * one event for ever. The pool is filled from the bottom and reuses the slot freed last, so which slot an event gets is
 * a function of what was posted and cancelled, and survives a save and restore.
 */
#ifndef VFSIM_CORE_EVQ_H
#define VFSIM_CORE_EVQ_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/engine/engine.h"
#include "core/recycler.h"

/* Where a slot's event is; sets number their places from EVQ_PENDING. */
enum { EVQ_FREE = 0, EVQ_PENDING = 1 };

/* one cache line */
struct evq_node {
    struct event ev;
    uint32_t next; /* slots, 0: none; in the free list, or wherever the set links it */
    uint32_t prev;
    uint32_t gen;
    uint32_t where;
};
_Static_assert(sizeof(struct evq_node) == 64, "an event is a cache line");

struct evq_pool {
    struct evq_node *node; /* 1 … high are or were in use */
    uint32_t max;
    uint32_t high;
    uint32_t free; /* head of the list of freed slots */
    uint32_t used;
    struct recycler *recycler; /* of the pool, and of the sets over it; may be NULL */
};

int evq_pool_init(struct evq_pool *pool, uint32_t max, struct recycler *recycler); /* 0 or -ENOMEM */
void evq_pool_fini(struct evq_pool *pool);

/* A slot whose event the caller fills before pushing it; 0 when all are taken. */
static inline uint32_t evq_pool_take(struct evq_pool *pool)
{
    uint32_t slot = pool->free;
    if (slot)
        pool->free = pool->node[slot].next;
    else if (pool->high < pool->max)
        slot = ++pool->high;
    else
        return 0;
    pool->used++;
    return slot;
}

/* Give back a slot whose event has left its set. */
static inline void evq_pool_give(struct evq_pool *pool, uint32_t slot)
{
    struct evq_node *node = &pool->node[slot];
    assert(node->where == EVQ_FREE);
    node->next = pool->free;
    pool->free = slot;
    pool->used--;
}

/* The event leaves its set: handles to it end here. */
static inline void evq_node_leave(struct evq_node *node)
{
    node->where = EVQ_FREE;
    node->gen++;
}

/* One structure under test, as the benchmark drives it. */
struct evq_ops {
    const char *name;
    void *(*create)(struct evq_pool *pool); /* NULL: no memory */
    void (*destroy)(void *set);
    void (*push)(void *set, uint32_t slot);
    uint32_t (*pop)(void *set); /* the first; 0 when empty */
    sim_time (*peek_time)(void *set); /* of the first; SIM_NEVER when empty */
    void (*remove)(void *set, uint32_t slot);
};

#endif
