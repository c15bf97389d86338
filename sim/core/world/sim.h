/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world: engine, frames and books, trace, journal and profile in one value. Two worlds fit in one process.
 *
 * sim_create() takes the limits; everything else is added by component_init() and flow_add() while the world is built.
 */
#ifndef VFSIM_CORE_SIM_H
#define VFSIM_CORE_SIM_H

#include "core/engine/world.h"
#include "core/frame/frame.h"

struct sim *sim_create(uint64_t seed, const struct sim_limits *limits); /* NULL: no memory */
/* Of what earlier worlds of the same scenario left in `recycler`, which outlives this one; NULL: as sim_create(). */
struct sim *sim_create_with(uint64_t seed, const struct sim_limits *limits, struct recycler *recycler);
void sim_destroy(struct sim *sim);
/* The recycler that it was made with is its own from here on: it ends with it. */
void sim_own_recycler(struct sim *sim);

/* Save or load engine, frames, books and every component, in id order. The components' owners rebuild them first. */
void sim_save(struct sim *sim, struct save *s);

#endif
