/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/lazy.h"

#include "core/engine/engine_private.h"
#include "core/engine/world.h"

bool sim_may_be_lazy(const struct sim *sim)
{
#ifdef VFSIM_PLAIN
    return false;
#endif
    return sim->engine->is_dispatching;
}

void lazy_list(struct sim *sim, struct lazy *self)
{
    struct engine *engine = sim->engine;
    assert(!self->link && "lazy twice");
    self->next = engine->lazy;
    self->link = &engine->lazy;
    if (self->next)
        self->next->link = &self->next;
    engine->lazy = self;
}

void lazy_unlist(struct lazy *self)
{
    if (!self->link)
        return;
    *self->link = self->next;
    if (self->next)
        self->next->link = self->link;
    self->next = NULL;
    self->link = NULL;
}

void sim_make_events(struct sim *sim)
{
    for (struct lazy *lazy; (lazy = sim->engine->lazy) != NULL;) {
        lazy->make_events(lazy);
        assert(sim->engine->lazy != lazy && "lazy still");
    }
}

uint64_t event_number(struct component *self) { return self->next_seq++; }

bool sim_has_passed(const struct component *self, sim_time at, enum event_class cls, uint64_t number)
{
    const struct engine *engine = self->sim->engine;
    if (at != engine->now)
        return at < engine->now;
    struct event ev = {.time = at, .seq = number, .target = self->id, .source = self->id, .cls = (uint8_t)cls};
    return event_before(&ev, &engine->current);
}

void sim_count_event(struct sim *sim) { sim->engine->dispatched++; }

struct event_id event_post_numbered(struct component *self, uint64_t number, sim_time at, enum event_class cls, uint16_t verb,
                                    uint64_t a)
{
    return engine__post(self, self, number, at, cls, verb, a, 0, 0);
}
