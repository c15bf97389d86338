/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one direction of a wire does to frames besides carrying them, in the words of tc-netem(8): it loses, delays, reorders,
 * duplicates and corrupts some. Which ones follows from the seed and the wire's name.
 *
 * As in sch_netem a frame that is reordered goes without the delay, and jitter reorders by itself. Unlike there it all happens
 * behind the wire, so that what is lost has taken its time.
 */
#ifndef VFSIM_NET_NETEM_H
#define VFSIM_NET_NETEM_H

#include <stdbool.h>

#include "core/prng.h"
#include "core/time.h"

enum { NETEM_WHOLE = 1000000 }; /* parts of it are chances */

/* Plain data. */
struct netem {
    uint32_t loss;              /* of each frame; of a bad state: to get into it */
    uint32_t recovery; /* Gilbert's model: to get out of the bad state, in which all is lost; 0: frames are lost singly */
    uint32_t reorder, gap; /* gap: every so many-th frame may be; 0: each */
    uint32_t duplicate, corrupt;
    sim_time delay, jitter; /* each frame, by delay ± jitter */
};

/* Plain data. */
struct netem_state {
    struct netem does;
    struct prng prng;
    uint32_t is_bad, count; /* Gilbert's state; frames since one was reordered */
};

struct netem_fate {
    bool lost, corrupted, duplicated;
    sim_time delay;
};

void netem_init(struct netem_state *st, uint64_t seed, const char *wire, unsigned side);
static inline bool netem_is_idle(const struct netem *n)
{
    return !(n->loss | n->reorder | n->duplicate | n->corrupt) && !n->delay && !n->jitter;
}
struct netem_fate netem_next(struct netem_state *st); /* of the next frame */

#endif
