/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/evq_sets.h"

#include <stdlib.h>

#include "core/engine/evq_heap.h"
#include "core/engine/evq_wheel.h"

/* ---- the engine's ---- */

static void *wheel_create(struct evq_pool *pool)
{
    struct evq_wheel *w = malloc(sizeof(*w));
    if (w && evq_wheel_init(w, pool)) {
        free(w);
        return NULL;
    }
    return w;
}

static void wheel_destroy(void *set)
{
    evq_wheel_fini(set);
    free(set);
}

static void wheel_push(void *set, uint32_t slot) { evq_wheel_push(set, slot); }
static uint32_t wheel_pop(void *set) { return evq_wheel_pop_until(set, SIM_NEVER); }
static sim_time wheel_peek_time(void *set) { return evq_wheel_first_time(set); }
static void wheel_remove(void *set, uint32_t slot) { evq_wheel_remove(set, slot); }

static const struct evq_ops wheel_ops = {
    "wheel", wheel_create, wheel_destroy, wheel_push, wheel_pop, wheel_peek_time, wheel_remove,
};

/* ---- one heap for all ---- */

static void *heap_create(struct evq_pool *pool)
{
    struct evq_heap *heap = malloc(sizeof(*heap));
    if (heap && evq_heap_init(heap, pool)) {
        free(heap);
        return NULL;
    }
    return heap;
}

static void heap_destroy(void *set)
{
    evq_heap_fini(set);
    free(set);
}

static void heap_push(void *set, uint32_t slot) { evq_heap_push(set, slot, EVQ_PENDING); }
static uint32_t heap_pop(void *set) { return evq_heap_pop(set); }
static sim_time heap_peek_time(void *set) { return evq_heap_first_time(set); }
static void heap_remove(void *set, uint32_t slot) { evq_heap_remove(set, slot); }

static const struct evq_ops heap_ops = {
    "heap", heap_create, heap_destroy, heap_push, heap_pop, heap_peek_time, heap_remove,
};

const struct evq_ops *const evq_sets[EVQ_SETS] = {&wheel_ops, &heap_ops, &evq_calendar_ops};
