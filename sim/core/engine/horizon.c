/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/horizon.h"

#include "core/engine/engine_private.h"
#include "core/engine/world.h"

enum { UNTIDY = 16, SWEEP_SLACK = 64 };

/* An event is named by slot and generation. */
static uint64_t word_of(struct event_id id) { return (uint64_t)id.slot << 32 | id.gen; }

static bool is_over(const struct engine *engine, const struct timed *e)
{
    const struct evq_node *node = &engine->pool.node[e->what >> 32];
    return node->gen != (uint32_t)e->what || node->where == EVQ_FREE;
}

/* Events that were cancelled lie deep; they go when they are as many as those that were left last time. */
static void sweep(const struct engine *engine, struct concerns *list)
{
    struct timeheap *heap = &list->heap;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < heap->len; i++)
        if (!is_over(engine, &heap->entry[i]))
            heap->entry[kept++] = heap->entry[i];
    heap->len = list->kept = kept;
    timeheap_order(heap);
}

void concerns__add(struct engine *engine, struct concerns *list, uint32_t slot)
{
    const struct evq_node *node = &engine->pool.node[slot];
    struct timeheap *heap = &list->heap;
    for (unsigned i = 0; i < 2 && heap->len >= UNTIDY && is_over(engine, &heap->entry[0]); i++)
        timeheap_drop_first(heap);
    if (heap->len >= 2 * list->kept + SWEEP_SLACK)
        sweep(engine, list);
    timeheap_add(heap, engine->recycler, node->ev.time, word_of((struct event_id){slot, node->gen}));
}

void concerns__end(struct engine *engine)
{
    struct concerns *next;
    timeheap_fini(&engine->at_once.heap, engine->recycler);
    for (struct concerns *list = engine->ahead; list; list = next) {
        next = list->next;
        timeheap_fini(&list->heap, engine->recycler);
        recycler_give(engine->recycler, list, sizeof(*list), RECYCLER_ZEROED);
    }
}

static sim_time first_time(const struct engine *engine, struct concerns *list)
{
    while (list->heap.len && is_over(engine, &list->heap.entry[0]))
        timeheap_drop_first(&list->heap);
    return timeheap_first_time(&list->heap);
}

void component_runs_ahead(struct component *self)
{
    struct engine *engine = self->sim->engine;
    self->ahead = recycler_take(engine->recycler, "events", sizeof(*self->ahead), RECYCLER_ZEROED);
    self->ahead->next = engine->ahead;
    engine->ahead = self->ahead;
    self->is_far = true; /* to the others */
}

void component_runs_with(struct component *self, struct component *other)
{
    self->ahead = other->ahead;
    self->has_company = other->has_company = true;
    self->is_far = true;
}

void component_is_far(struct component *self) { self->is_far = true; }

void event_concerns(struct component *whom, struct event_id id)
{
    struct engine *engine = whom->sim->engine;
    if (whom->ahead && id.slot && id.slot <= engine->pool.high && engine->pool.node[id.slot].gen == id.gen)
        concerns__add(engine, whom->ahead, id.slot);
}

void sim_limit_lookahead(struct sim *sim, sim_time ps)
{
    if (ps < sim->engine->lookahead)
        sim->engine->lookahead = ps;
}

bool component_goes_on(struct component *self, sim_time at)
{
    struct engine *engine = self->sim->engine;
#ifdef VFSIM_PLAIN
    return false;
#endif
    if (!engine->is_running_on || engine->stop || at > engine->until || evq_wheel_first_time(&engine->wheel) <= at)
        return false;
    engine->now = engine->current.time = at;
    engine->current.cls = EV_CPU;
    engine->dispatched++;
    engine->of_vcpus++;
    return true;
}

bool sim_has_unseen(const struct sim *sim, sim_time seen_until)
{
    return sim->engine->now >= seen_until || !sim->engine->is_dispatching;
}

sim_time sim_lookahead(const struct sim *sim) { return sim->engine->lookahead == SIM_NEVER ? 0 : sim->engine->lookahead; }

sim_time component_horizon(const struct component *self)
{
    struct engine *engine = self->sim->engine;
    sim_time next = evq_wheel_first_time(&engine->wheel);
#ifdef VFSIM_PLAIN
    return next < engine->until ? next : engine->until;
#else
    sim_time horizon = sim_time_add(next, sim_lookahead(self->sim));
    if (engine->until < horizon)
        horizon = engine->until;
    sim_time near = self->ahead ? first_time(engine, self->ahead) : next;
    sim_time soon = first_time(engine, &engine->at_once);
    if (near < horizon)
        horizon = near;
    return soon < horizon ? soon : horizon;
#endif
}
