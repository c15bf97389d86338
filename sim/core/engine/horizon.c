/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/horizon.h"

#include "core/engine/engine_private.h"
#include "core/engine/world.h"

struct concern {
    sim_time time;
    uint32_t slot, gen; /* of the event */
};

enum { FIRST_CAP = 32, UNTIDY = 16, SWEEP_SLACK = 64 };

static bool is_over(const struct engine *engine, const struct concern *c)
{
    const struct evq_node *node = &engine->pool.node[c->slot];
    return node->gen != c->gen || node->where == EVQ_FREE;
}

static void sift_up(struct concerns *list, uint32_t i, struct concern c)
{
    for (uint32_t parent; i && c.time < list->entry[parent = (i - 1) / 2].time; i = parent)
        list->entry[i] = list->entry[parent];
    list->entry[i] = c;
}

static void sift_down(struct concerns *list, uint32_t i, struct concern c)
{
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= list->len)
            break;
        child += child + 1 < list->len && list->entry[child + 1].time < list->entry[child].time;
        if (c.time <= list->entry[child].time)
            break;
        list->entry[i] = list->entry[child];
        i = child;
    }
    list->entry[i] = c;
}

static void drop_first(struct concerns *list)
{
    struct concern last = list->entry[--list->len];
    if (list->len)
        sift_down(list, 0, last);
}

/* Events that were cancelled lie deep; they go when they are as many as those that were left last time. */
static void sweep(const struct engine *engine, struct concerns *list)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->len; i++)
        if (!is_over(engine, &list->entry[i]))
            list->entry[kept++] = list->entry[i];
    list->len = list->kept = kept;
    for (uint32_t i = kept / 2; i-- > 0;)
        sift_down(list, i, list->entry[i]);
}

static void forget(struct engine *engine, struct concerns *list)
{
    if (list->entry)
        recycler_give(engine->recycler, list->entry, list->cap * sizeof(*list->entry), RECYCLER_AS_IS);
}

static void grow(struct engine *engine, struct concerns *list)
{
    uint32_t cap = list->cap ? 2 * list->cap : FIRST_CAP;
    struct concern *entry = recycler_take(engine->recycler, "events", cap * sizeof(*entry), RECYCLER_AS_IS);
    for (uint32_t i = 0; i < list->len; i++)
        entry[i] = list->entry[i];
    forget(engine, list);
    list->entry = entry;
    list->cap = cap;
}

void concerns__add(struct engine *engine, struct concerns *list, uint32_t slot)
{
    const struct evq_node *node = &engine->pool.node[slot];
    for (unsigned i = 0; i < 2 && list->len >= UNTIDY && is_over(engine, &list->entry[0]); i++)
        drop_first(list);
    if (list->len >= 2 * list->kept + SWEEP_SLACK)
        sweep(engine, list);
    if (list->len == list->cap)
        grow(engine, list);
    sift_up(list, list->len++, (struct concern){node->ev.time, slot, node->gen});
}

void concerns__end(struct engine *engine)
{
    struct concerns *next;
    forget(engine, &engine->at_once);
    for (struct concerns *list = engine->ahead; list; list = next) {
        next = list->next;
        forget(engine, list);
        recycler_give(engine->recycler, list, sizeof(*list), RECYCLER_ZEROED);
    }
}

static sim_time first_time(const struct engine *engine, struct concerns *list)
{
    while (list->len && is_over(engine, &list->entry[0]))
        drop_first(list);
    return list->len ? list->entry[0].time : SIM_NEVER;
}

void component_runs_ahead(struct component *self)
{
    struct engine *engine = self->sim->engine;
    self->ahead = recycler_take(engine->recycler, "events", sizeof(*self->ahead), RECYCLER_ZEROED);
    self->ahead->next = engine->ahead;
    engine->ahead = self->ahead;
    self->is_far = true; /* to the others */
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
    engine->now = at;
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
