/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The horizon of a component that runs ahead of the engine (a vCPU): the earliest time at which it could see anything that has
 * not happened yet. ARCHITECTURE.md, "Who may affect whom, how soon", has the rule.
 *
 * An event is near such a component when what it does may be seen by it at once: those posted to the component, and those that
 * event_concerns() names (a DMA operation in its memory). An event of a component that is far (component_is_far()) takes at least
 * the world's lookahead to be seen, since there is a link, or a server with a cost, between. Every other event may be seen by
 * everybody at once. Lookahead is the least of what sim_limit_lookahead() was told; without anybody's word there is none, and the
 * horizon is the next event anywhere.
 *
 * What is remembered here follows from the pending events, and is none of the world's state: a component posts, and after a load
 * names again, what concerns whom.
 * Naming too much costs speed alone; who names too little is found where memory is touched (mem_is_unseen()).
 */
#ifndef VFSIM_CORE_HORIZON_H
#define VFSIM_CORE_HORIZON_H

#include "core/engine/engine.h"
#include "core/engine/timeheap.h"

/* A list of pending events by time; entries of events that are over stay until they come to the top. */
struct concerns {
    struct timeheap heap;
    uint32_t kept;         /* entries that the last sweep left */
    struct concerns *next; /* of another component */
};

/* `self` runs ahead, and will ask for its horizon; to be called when it is made. Its list ends with the engine. */
void component_runs_ahead(struct component *self);
/* The same, of one who sees at once what `other` sees, and is seen by it: all that concerns one concerns both, and when one of them
 * goes on (an EV_CPU event, else nobody's but its own) does, too. */
void component_runs_with(struct component *self, struct component *other);
/* Events of `self` reach who runs ahead after the lookahead at the earliest, unless they concern him. */
void component_is_far(struct component *self);
/* What `id` will do can be seen by `whom` at once; nothing if `whom` does not run ahead. */
void event_concerns(struct component *whom, struct event_id id);

/* Nothing far is seen sooner than `ps` after it happened: the least of all that are said counts. 0: no lookahead. */
void sim_limit_lookahead(struct sim *sim, sim_time ps);
sim_time sim_lookahead(const struct sim *sim);

/* Before it, nothing can be seen by `self` that has not happened yet, provided that nothing but the engine's events acts; who acts
 * from outside does so where sim_run_until() ends. */
sim_time component_horizon(const struct component *self);
/* It is `at` now, as if `self` had posted itself an EV_CPU event for then and that had been dispatched. False where something else
 * comes first, or where who steps the engine wants to see each event: then nothing is changed, and the event is to be posted. */
bool component_goes_on(struct component *self, sim_time at);
/* May what is seen up to there still change? Who acts from outside between two steps has nobody's word. */
bool sim_has_unseen(const struct sim *sim, sim_time seen_until);

#endif
