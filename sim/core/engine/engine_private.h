/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the engine, for sim.c, which makes and saves it. */
#ifndef VFSIM_CORE_ENGINE_PRIVATE_H
#define VFSIM_CORE_ENGINE_PRIVATE_H

#include "core/engine/engine.h"
#include "core/engine/evq_wheel.h"

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
};

struct engine *engine__create(uint32_t max_events, struct recycler *recycler); /* NULL: no memory */
void engine__destroy(struct engine *engine);        /* NULL is fine */
void engine__save(struct engine *engine, struct save *s);

#endif
