/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the engine, for sim.c, which makes and saves it. */
#ifndef VFSIM_CORE_ENGINE_PRIVATE_H
#define VFSIM_CORE_ENGINE_PRIVATE_H

#include "core/engine/engine.h"
#include "core/engine/evq_wheel.h"
#include "core/engine/horizon.h"
#include "core/engine/lazy.h"

enum { COMPONENT_MAX = 65534 };

struct engine {
    sim_time now;
    struct event current;     /* that is being dispatched, or was last: what is before it has passed */
    uint64_t dispatched, of_vcpus;
    bool stop;
    uint16_t components;
    struct component **component; /* by id */
    struct recycler *recycler;
    struct evq_pool pool;
    struct evq_wheel wheel;
    sim_time lookahead;       /* SIM_NEVER: nobody has said any */
    sim_time until;           /* who runs the engine may act from outside then */
    bool is_dispatching;
    bool is_running_on;       /* in sim_run_until(): nobody counts its steps */
    struct concerns at_once;  /* events that may concern everybody */
    struct concerns *ahead;   /* lists of those who run ahead */
    struct lazy *lazy;
};

/* engine.c */
struct event_id engine__post(struct component *source, struct component *target, uint64_t seq, sim_time at, enum event_class cls,
                             uint16_t verb, uint64_t a, uint64_t b, uint64_t c);

/* horizon.c */
void concerns__add(struct engine *engine, struct concerns *list, uint32_t slot);
void concerns__end(struct engine *engine);

struct engine *engine__create(uint32_t max_events, struct recycler *recycler); /* NULL: no memory */
void engine__destroy(struct engine *engine);        /* NULL is fine */
void engine__save(struct engine *engine, struct save *s);

#endif
