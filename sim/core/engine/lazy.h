/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens at a time of its own and is carried out when somebody looks: an event without the engine's trouble of one.
 *
 * A struct lazy is a queue of such happenings, each with the key of an event that its component would have posted to itself,
 * sequence number included. Whoever could tell whether they have happened calls settle() first; who does something that could
 * change what they do, or looks from outside, has all that is still to come made events by sim_make_events(), which then happen as
 * any event. So nobody can tell which it was. sim_run_until() and sim_step() leave none behind, and sim_save() finds none.
 *
 * With VFSIM_PLAIN nothing is lazy.
 */
#ifndef VFSIM_CORE_LAZY_H
#define VFSIM_CORE_LAZY_H

#include "core/engine/engine.h"

/* Embed it; zeroed it is of nobody. */
struct lazy {
    sim_time first;                            /* of what is still to come, while it is listed */
    void (*settle)(struct lazy *self);         /* carries out what has passed (sim_has_passed()), in order */
    void (*make_events)(struct lazy *self);    /* settle(), and the rest becomes events: it is empty then, and unlisted */
    struct lazy *next, **link;                 /* link: who points to it; NULL: it is not listed */
};

/* May something be lazy now? Only while an event is dispatched: who acts from outside wants to find it pending. */
bool sim_may_be_lazy(const struct sim *sim);
void lazy_list(struct sim *sim, struct lazy *self); /* it has something that is still to come, and had not */
void lazy_unlist(struct lazy *self);                /* it has no more; fine for one that is not listed */
void sim_make_events(struct sim *sim);              /* of everything lazy in the world */
static inline void lazy_settle(struct lazy *self, sim_time now)
{
    if (self && self->first <= now)
        self->settle(self);
}

/* An event that `self` posts to itself: its sequence number, taken now. */
uint64_t event_number(struct component *self);
/* Would that event have been dispatched by now, before the one that is being dispatched? */
bool sim_has_passed(const struct component *self, sim_time at, enum event_class cls, uint64_t number);
/* It has happened without the engine, and counts as an event. */
void sim_count_event(struct sim *sim);
/* It is to be an event after all: event_post() by `self` to itself, with the number that it took. */
struct event_id event_post_numbered(struct component *self, uint64_t number, sim_time at, enum event_class cls, uint16_t verb,
                                    uint64_t a);

#endif
