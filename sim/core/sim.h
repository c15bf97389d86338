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
#include "core/trace.h"

struct sim_limits {
    uint32_t events;       /* pending at once; 0: 1,048,576 */
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
    struct net *net; /* ports, stations, who hears of which flow: one block that net/ allocates, sim_destroy() frees it */
};

struct sim *sim_create(uint64_t seed, const struct sim_limits *limits); /* NULL: no memory */
void sim_destroy(struct sim *sim);

/* Save or load engine, frames, books and every component, in id order. The components' owners rebuild them first. */
void sim_save(struct sim *sim, struct save *s);

#endif
