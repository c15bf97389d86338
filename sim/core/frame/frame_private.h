/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pools that frames live in, for sim.c, books_report.c and mem.c. */
#ifndef VFSIM_CORE_FRAME_PRIVATE_H
#define VFSIM_CORE_FRAME_PRIVATE_H

#include "core/frame/frame.h"
#include "core/save.h"
#include "core/engine/world.h"

/* A frame_ref is class, generation and slot: 2 + 6 + 24 bits. Classes are 1 … FRAME_CLASSES: 0 is that of no frame. */
enum { FRAME_CLASSES = 3, FRAME_SLOT_MAX = FRAMES_MAX };

struct frame_pool {
    uint8_t *slot;
    uint32_t *meta; /* of a frame alive its frame_ref; of a free slot class 0, the generation, and the next free slot + 1 */
    size_t stride;
    uint32_t cap;   /* bytes of buf */
    uint32_t max;
    uint32_t high;
    uint32_t free;  /* slot + 1; 0: none */
    uint32_t alive;
};

struct frames {
    struct recycler *recycler;
    struct frame_pool pool[FRAME_CLASSES + 1]; /* by class; that of none is empty */
};

/* Limits without zeros. */
struct frames *frames__create(const struct sim_limits *limits, struct recycler *recycler);
void frames__destroy(struct frames *frames);
void frames__save(struct sim *sim, struct save *s);

bool frames__is_alive(const struct frames *frames, frame_ref ref);

/* The frame in slot `i` < pool->high, or NULL when that slot is free. */
struct frame *frames__at(const struct frame_pool *pool, uint32_t i);

/* One more copy of an identity whose copies may all have ended, kept by a mem tag; `len` bytes for the caller to fill. */
frame_ref frame__again(struct component *at, uint32_t identity, uint32_t len);

#endif
