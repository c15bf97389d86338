/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A binary heap of words by time, for who needs neither an order among equals nor to find one again: who wants that has an event
 * (core/engine/evq_heap.h), or keeps each one's place (net/station.c).
 */
#ifndef VFSIM_CORE_TIMEHEAP_H
#define VFSIM_CORE_TIMEHEAP_H

#include "core/recycler.h"
#include "core/save.h"
#include "core/time.h"

/* plain data */
struct timed {
    sim_time time;
    uint64_t what; /* the owner's */
};

/* zeroed: empty */
struct timeheap {
    struct timed *entry; /* entry[0] is the first; from the recycler that each call is given */
    uint32_t len, cap;
};

void timeheap_add(struct timeheap *heap, struct recycler *recycler, sim_time time, uint64_t what);
void timeheap_drop_first(struct timeheap *heap); /* of one that is not empty */
void timeheap_order(struct timeheap *heap);      /* anew, after its owner has taken entries out of the middle */
void timeheap_fini(struct timeheap *heap, struct recycler *recycler);
/* As it lies, so that what is saved follows from what was added and dropped. `most`: entries that a sound stream has. */
void timeheap_save(struct timeheap *heap, struct recycler *recycler, uint32_t most, struct save *s);

static inline sim_time timeheap_first_time(const struct timeheap *heap) { return heap->len ? heap->entry[0].time : SIM_NEVER; }

#endif
