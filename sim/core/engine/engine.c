/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/engine/engine_private.h"
#include "core/engine/world.h"

static const size_t COMPONENT_TABLE_BYTES = (COMPONENT_MAX + 1) * sizeof(struct component *);

struct engine *engine__create(uint32_t max_events, struct recycler *recycler)
{
    struct engine *engine = recycler_take(recycler, "events", sizeof(*engine), RECYCLER_ZEROED);
    engine->recycler = recycler;
    engine->lookahead = engine->until = SIM_NEVER;
    if (evq_pool_init(&engine->pool, max_events, recycler) || evq_wheel_init(&engine->wheel, &engine->pool))
        goto fail;
    engine->component = recycler_take(recycler, "events", COMPONENT_TABLE_BYTES, RECYCLER_ZEROED);
    return engine;
fail:
    engine__destroy(engine);
    return NULL;
}

void engine__destroy(struct engine *engine)
{
    if (!engine)
        return;
    struct recycler *recycler = engine->recycler;
    concerns__end(engine);
    recycler_give(recycler, engine->component, COMPONENT_TABLE_BYTES, RECYCLER_ZEROED);
    if (engine->wheel.pool)
        evq_wheel_fini(&engine->wheel);
    evq_pool_fini(&engine->pool);
    recycler_give(recycler, engine, sizeof(*engine), RECYCLER_ZEROED);
}

void component_init(struct component *self, struct sim *sim, const struct component_ops *ops, const char *name)
{
    struct engine *engine = sim->engine;
    assert(engine->components < COMPONENT_MAX && "too many components (limit 65,534)");
    memset(self, 0, sizeof(*self));
    self->ops = ops;
    self->sim = sim;
    self->id = ++engine->components;
    snprintf(self->name, sizeof(self->name), "%s", name);
    engine->component[self->id] = self;
}

struct component *component_by_id(struct sim *sim, uint16_t id)
{
    return id <= sim->engine->components ? sim->engine->component[id] : NULL;
}

uint16_t component_count(const struct sim *sim) { return sim->engine->components; }

/* That it goes on is nothing that it sees. */
static inline void note_concerns(struct engine *engine, const struct component *target, uint32_t slot)
{
    if (target->ahead && (target->has_company || engine->pool.node[slot].ev.cls != EV_CPU))
        concerns__add(engine, target->ahead, slot);
    if (!target->is_far)
        concerns__add(engine, &engine->at_once, slot);
}

struct event_id engine__post(struct component *source, struct component *target, uint64_t seq, sim_time at, enum event_class cls,
                             uint16_t verb, uint64_t a, uint64_t b, uint64_t c)
{
    struct engine *engine = source->sim->engine;
    assert(at >= engine->now && "event posted into the past");
    assert(at != SIM_NEVER && "event posted at SIM_NEVER");
    assert(target->ops->event && "event posted to a component that takes none");
    uint32_t slot = evq_pool_take(&engine->pool);
    if (!slot) /* no memory of ours: the world was made for so many */
        alloc_failed("events that wait at once: as many as 'limit frames' makes room for, which is too few", 0, ENOMEM);
    struct evq_node *node = &engine->pool.node[slot];
    struct event *ev = &node->ev;
    ev->time = at;
    ev->seq = seq;
    ev->a = a;
    ev->b = b;
    ev->c = c;
    ev->target = target->id;
    ev->source = source->id;
    ev->verb = verb;
    ev->cls = (uint8_t)cls;
    ev->zero = 0;
    evq_wheel_push(&engine->wheel, slot);
    note_concerns(engine, target, slot);
    return (struct event_id){slot, node->gen};
}

struct event_id event_post(struct component *source, struct component *target, sim_time at, enum event_class cls, uint16_t verb,
                           uint64_t a, uint64_t b, uint64_t c)
{
    return engine__post(source, target, source->next_seq++, at, cls, verb, a, b, c);
}

bool event_cancel(struct sim *sim, struct event_id *id)
{
    struct engine *engine = sim->engine;
    uint32_t slot = id->slot;
    uint32_t gen = id->gen;
    *id = (struct event_id){0, 0};
    if (slot == 0 || slot > engine->pool.high)
        return false;
    const struct evq_node *node = &engine->pool.node[slot];
    if (node->where == EVQ_FREE || node->gen != gen)
        return false;
    evq_wheel_remove(&engine->wheel, slot);
    evq_pool_give(&engine->pool, slot);
    return true;
}

sim_time sim_now(const struct sim *sim) { return sim->engine->now; }
sim_time sim_next_event_time(const struct sim *sim)
{
    sim_time first = evq_wheel_first_time(&sim->engine->wheel);
    for (const struct lazy *lazy = sim->engine->lazy; lazy; lazy = lazy->next)
        first = lazy->first < first ? lazy->first : first;
    return first;
}
uint64_t sim_event_count(const struct sim *sim) { return sim->engine->dispatched; }
uint64_t sim_event_count_of_world(const struct sim *sim) { return sim->engine->dispatched - sim->engine->of_vcpus; }
uint32_t sim_pending_count(const struct sim *sim) { return sim->engine->pool.used; }
void sim_stop(struct sim *sim) { sim->engine->stop = true; }

/* Dispatches the first event if its time is not after `end`. */
static bool dispatch(struct engine *engine, sim_time end)
{
    uint32_t slot = evq_wheel_pop_until(&engine->wheel, end);
    if (slot == 0)
        return false;
    /* The slot is free before the handler runs: what it posts may lie there, and its own handle is spent. */
    struct event *ev = &engine->current;
    *ev = engine->pool.node[slot].ev;
    evq_pool_give(&engine->pool, slot);
    assert(ev->time >= engine->now);
    engine->now = ev->time;
    engine->dispatched++;
    engine->of_vcpus += ev->cls == EV_CPU;
    struct component *target = engine->component[ev->target];
    engine->is_dispatching = true;
    target->ops->event(target, ev);
    engine->is_dispatching = false;
    return true;
}

bool sim_step(struct sim *sim) { return sim_step_until(sim, SIM_NEVER); }

bool sim_step_until(struct sim *sim, sim_time end)
{
    struct engine *engine = sim->engine;
    engine->until = end;
    bool is_one = dispatch(engine, end);
    sim_make_events(sim);
    engine->until = SIM_NEVER;
    return is_one;
}

uint64_t sim_run_until(struct sim *sim, sim_time end)
{
    struct engine *engine = sim->engine;
    uint64_t before = engine->dispatched;
    engine->stop = false;
    engine->until = end;
    engine->is_running_on = true;
    do { /* what was lazy to the end is made events, which may be within it */
        while (!engine->stop && dispatch(engine, end))
            ;
        sim_make_events(sim);
    } while (!engine->stop && sim_next_event_time(sim) != SIM_NEVER && sim_next_event_time(sim) <= end);
    if (!engine->stop && end != SIM_NEVER && end > engine->now)
        engine->now = end;
    engine->until = SIM_NEVER;
    engine->is_running_on = false;
    return engine->dispatched - before;
}

/* ---- save and load ---- */

static void load_slot(struct engine *engine, struct save *s, uint32_t slot, bool pending)
{
    struct evq_node *node = &engine->pool.node[slot];
    if (!pending) {
        save_field(s, node->next);
        node->where = EVQ_FREE;
        if (node->next > engine->pool.high)
            save_fail(s, -EPROTO, "free list leads to event slot %u of %u", node->next, engine->pool.high);
        return;
    }
    save_field(s, node->ev);
    if (s->err)
        return;
    const struct component *target = NULL;
    if (node->ev.target <= engine->components)
        target = engine->component[node->ev.target];
    if (!target || !target->ops->event || node->ev.time < engine->now || node->ev.time == SIM_NEVER)
        save_fail(s, -EPROTO, "event slot %u holds no possible event", slot);
    else {
        evq_wheel_push(&engine->wheel, slot);
        note_concerns(engine, target, slot);
    }
}

static void save_slot(struct engine *engine, struct save *s, uint32_t slot)
{
    struct evq_node *node = &engine->pool.node[slot];
    uint8_t pending = node->where != EVQ_FREE;
    save_field(s, node->gen);
    save_field(s, pending);
    if (save_is_loading(s))
        load_slot(engine, s, slot, pending);
    else if (pending)
        save_field(s, node->ev);
    else
        save_field(s, node->next);
}

/* Slots are saved as they are, so that every event_id in any component's state stays good. */
void engine__save(struct engine *engine, struct save *s)
{
    struct evq_pool *pool = &engine->pool;
    save_section(s, "engine", 1);
    save_expect_u64(s, "limit of pending events", pool->max);
    save_expect_u64(s, "number of components", engine->components);
    save_field(s, engine->now);
    save_field(s, engine->dispatched);
    save_field(s, engine->of_vcpus);
    uint32_t used_before = pool->high;
    save_field(s, pool->high);
    save_field(s, pool->free);
    save_field(s, pool->used);
    if (s->err)
        return;
    if (pool->high > pool->max || pool->free > pool->high || pool->used > pool->high) {
        save_fail(s, -EPROTO, "event pool counters are impossible");
        return;
    }
    if (save_is_loading(s))
        evq_wheel_reset(&engine->wheel, engine->now);
    for (uint32_t slot = pool->high + 1; slot <= used_before; slot++) /* as in a new world */
        pool->node[slot] = (struct evq_node){0};
    for (uint32_t slot = 1; slot <= pool->high && !s->err; slot++)
        save_slot(engine, s, slot);
}
