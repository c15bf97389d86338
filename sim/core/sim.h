/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world: engine, frames and books, trace, journal and profile in one value. Two worlds fit in one process.
 *
 * sim_create() takes the limits; everything else is added by component_init() and flow_add() while the world is built.
 */
#ifndef VFSIM_CORE_SIM_H
#define VFSIM_CORE_SIM_H

#include "core/engine.h"
#include "core/frame.h"
#include "core/profile.h"
#include "core/recycler.h"
#include "core/trace.h"

struct sim_limits {
    uint32_t events;       /* pending at once; 0: 1,048,576 and two for each frame of the limits below */
    uint32_t frames_small; /* 0: 65,536 */
    uint32_t frames_jumbo; /* 0: 4,096 */
    uint32_t frames_giant; /* 0: 512 */
};

struct engine;
struct frames;
struct books;
struct journal;
struct net;

struct sim {
    struct trace trace; /* first: see sim_trace() */
    struct engine *engine;
    struct frames *frames;
    struct books *books;
    struct journal *journal; /* core/journal.h */
    struct profile profile;
    uint64_t seed;
    struct recycler *recycler; /* what large arrays come from: its maker's, or its own, which keeps nothing */
    bool owns_recycler;
    struct net *net; /* ports, stations, who hears of which flow: one block that net/ allocates, sim_destroy() frees it */
};

struct sim *sim_create(uint64_t seed, const struct sim_limits *limits); /* NULL: no memory */
/* Of what earlier worlds of the same scenario left in `recycler`, which outlives this one; NULL: as sim_create(). */
struct sim *sim_create_with(uint64_t seed, const struct sim_limits *limits, struct recycler *recycler);
void sim_destroy(struct sim *sim);
/* The recycler that it was made with is its own from here on: it ends with it. */
void sim_own_recycler(struct sim *sim);

/* Save or load engine, frames, books and every component, in id order. The components' owners rebuild them first. */
void sim_save(struct sim *sim, struct save *s);

#endif
