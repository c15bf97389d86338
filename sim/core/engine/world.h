/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a world is made of: the value that every part is given. Its makers and the rest of the house include core/world/sim.h; the
 * parts of core/ that stand below it include this header.
 */
#ifndef VFSIM_CORE_WORLD_H
#define VFSIM_CORE_WORLD_H

#include "core/profile.h"
#include "core/recycler.h"
#include "core/engine/engine.h"
#include "core/engine/trace.h"

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
    struct journal *journal; /* core/world/journal.h */
    struct profile profile;
    uint64_t seed;
    struct recycler *recycler; /* what large arrays come from: its maker's, or its own, which keeps nothing */
    bool owns_recycler;
    struct net *net; /* ports, stations, who hears of which flow: one block that net/ allocates, sim_destroy() frees it */
};

#endif
