/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the engine, for sim.c, which makes and saves it. */
#ifndef VFSIM_CORE_ENGINE_PRIVATE_H
#define VFSIM_CORE_ENGINE_PRIVATE_H

#include "core/engine/engine.h"
#include "core/engine/evq_wheel.h"
#include "core/engine/horizon.h"

enum { COMPONENT_MAX = 65534 };

struct engine {
    sim_time now;
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
};

/* horizon.c */
void concerns__add(struct engine *engine, struct concerns *list, uint32_t slot);
void concerns__end(struct engine *engine);

struct engine *engine__create(uint32_t max_events, struct recycler *recycler); /* NULL: no memory */
void engine__destroy(struct engine *engine);        /* NULL is fine */
void engine__save(struct engine *engine, struct save *s);

#endif
