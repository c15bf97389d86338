/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flow's frames an interval, by the path they came: what a report draws across a switch or a migration.
 *
 * A track begins with intervals of TRACK_WIDTH_PS and a bound on their number. When a flow lasts longer than that, two
 * neighbours become one and the width doubles, so memory is bounded, nothing is forgotten, and the intervals of two tracks of one
 * width begin at the same times (at multiples of it). Counting is a comparison and an increment.
 *
 * Path of a frame: by which leg it last came into or out of a VM's memory: a virtual function, the emulated device, or, whatever
 * came after, the tunnel of a migration; other: no VM's memory was touched (a peer to a peer).
 */
#ifndef VFSIM_CORE_TRACK_H
#define VFSIM_CORE_TRACK_H

#include <stdint.h>

#include "core/save.h"
#include "core/time.h"

#define TRACK_WIDTH_PS SIM_US
enum {
    TRACK_ALL_MAX = 1 << 17, /* intervals of all flows of a world: a flow's bound follows from the number of flows … */
    TRACK_MIN = 128,         /* … but is never less, */
    TRACK_MAX = 8192,        /* nor more */
};

enum frame_path { FRAME_PATH_OTHER, FRAME_PATH_VF, FRAME_PATH_EMULATED, FRAME_PATH_TUNNEL, FRAME_PATHS };
const char *frame_path_name(enum frame_path path); /* "vf", "emulated", … */

/* plain data */
struct track_bucket {
    uint32_t sent;
    uint32_t lost; /* when the loss was certain; one that was taken back later stays */
    uint32_t delivered[FRAME_PATHS];
    uint64_t bytes_sent, bytes_delivered; /* of these frames */
};

/* plain data */
struct track_state {
    uint64_t first;     /* bucket[0] is the interval [first, first + 1) * width_ps */
    sim_time width_ps;
    sim_time now_end;   /* of the interval counted in last; 0: none yet */
    uint32_t now, used, bound, zero;
};

/* zeroed: empty */
struct track {
    struct recycler *recycler; /* where buckets come from; NULL is fine */
    struct track_state st;
    uint32_t cap;
    struct track_bucket *bucket;
};

void track_fini(struct track *track);
void track__advance(struct track *track, sim_time now, uint32_t flows);
void track_save(struct track *track, struct save *s);
uint32_t track_bound(uint32_t flows);

/* The interval of `now`, which never goes back. `flows`: how many the world has. */
static inline struct track_bucket *track_at(struct track *track, sim_time now, uint32_t flows)
{
    if (__builtin_expect(now >= track->st.now_end, 0))
        track__advance(track, now, flows);
    return &track->bucket[track->st.now];
}

/* What was counted from `from` on, before `to`, as far as intervals can tell: an interval counts where it begins. */
void track_sum(const struct track *track, sim_time from, sim_time to, struct track_bucket *out);

#endif
