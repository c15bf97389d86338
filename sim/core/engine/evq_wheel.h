/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's pending-event set: a few events in order, and behind them two wheels of 4096 buckets (1 ns and 4.2 us wide) with a
 * heap at either end.
 *
 *   few    what comes before everything else here, in order; a world with as few events pending has nothing else near
 *   front  heap of what lies at or before `front_last`: the bucket being dispatched, and what is posted into it
 *   near   unsorted buckets of 2^10 ps in the current span of 2^22 ps
 *   far    unsorted buckets of 2^22 ps in the current span of 2^34 ps (17 ms)
 *   beyond heap of later spans
 *
 * Buckets need no order, because only the front is dispatched from; any number of events at one picosecond costs no more
 * than a heap of them. Chosen by bench/evq_hold over a heap and a calendar queue: it is the flattest from 64 to 100,000
 * pending, since a push and a pop touch the event, one bucket head and one bitmap word.
 */
#ifndef VFSIM_CORE_EVQ_WHEEL_H
#define VFSIM_CORE_EVQ_WHEEL_H

#include "core/engine/evq.h"
#include "core/engine/evq_few.h"
#include "core/engine/evq_heap.h"

enum {
    EVQ_WHEEL_BITS = 12,
    EVQ_WHEEL_BUCKETS = 1 << EVQ_WHEEL_BITS,
    EVQ_NEAR_SHIFT = 10,
    EVQ_FAR_SHIFT = EVQ_NEAR_SHIFT + EVQ_WHEEL_BITS,
    EVQ_BEYOND_SHIFT = EVQ_FAR_SHIFT + EVQ_WHEEL_BITS,
};

struct evq_ring {
    uint64_t summary; /* bit w: word w of `map` is not 0 */
    uint64_t map[EVQ_WHEEL_BUCKETS / 64];
    uint32_t head[EVQ_WHEEL_BUCKETS];
};

struct evq_wheel {
    struct evq_pool *pool;
    sim_time near_base;  /* start of the near span */
    sim_time front_last; /* events up to here, inclusive, are in the front */
    sim_time first_time; /* when first_known and the front is empty: the earliest of the rest (not of `few`) */
    bool first_known;
    struct evq_few few;
    struct evq_heap front;
    struct evq_heap beyond;
    struct evq_ring near;
    struct evq_ring far;
};

int evq_wheel_init(struct evq_wheel *w, struct evq_pool *pool); /* 0 or -ENOMEM */
void evq_wheel_fini(struct evq_wheel *w);
void evq_wheel_reset(struct evq_wheel *w, sim_time now); /* forget all; events from `now` on will be pushed */
void evq_wheel_push(struct evq_wheel *w, uint32_t slot); /* never earlier than the last one popped */
uint32_t evq_wheel_pop_until(struct evq_wheel *w, sim_time end); /* the first if its time <= end, else 0 */
sim_time evq_wheel_first_time(struct evq_wheel *w);              /* SIM_NEVER when empty */
void evq_wheel_remove(struct evq_wheel *w, uint32_t slot);

#endif
