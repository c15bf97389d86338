/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/frame/track.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/recycler.h"

const char *frame_path_name(enum frame_path path)
{
    static const char *const names[FRAME_PATHS] = {"other", "vf", "emulated", "tunnel"};
    return (unsigned)path < FRAME_PATHS ? names[path] : "?";
}

uint32_t track_bound(uint32_t flows)
{
    uint32_t bound = TRACK_MAX;
    while (bound > TRACK_MIN && (uint64_t)bound * (flows ? flows : 1) > TRACK_ALL_MAX)
        bound /= 2;
    return bound;
}

enum { FIRST_BUCKETS = 128 };
static const char who[] = "receive tracks";

static size_t bytes_of(uint32_t buckets) { return buckets * sizeof(struct track_bucket); }

void track_fini(struct track *track)
{
    recycler_give(track->recycler, track->bucket, bytes_of(track->cap), RECYCLER_ZEROED);
    *track = (struct track){.recycler = track->recycler};
}

static void add(struct track_bucket *to, const struct track_bucket *from)
{
    to->sent += from->sent;
    to->lost += from->lost;
    for (int path = 0; path < FRAME_PATHS; path++)
        to->delivered[path] += from->delivered[path];
    to->bytes_sent += from->bytes_sent;
    to->bytes_delivered += from->bytes_delivered;
}

/* Neighbours become one. Intervals stay at multiples of the new width, so the first may have had no neighbour. */
static void fold(struct track *track)
{
    struct track_state *st = &track->st;
    uint64_t first = st->first / 2;
    for (uint32_t i = 0; i < st->used; i++) {
        uint32_t to = (uint32_t)((st->first + i) / 2 - first);
        struct track_bucket moved = track->bucket[i];
        if (to == i)
            continue;
        memset(&track->bucket[i], 0, sizeof(moved));
        add(&track->bucket[to], &moved);
    }
    st->used = (uint32_t)((st->first + st->used - 1) / 2 - first + 1);
    st->first = first;
    st->width_ps *= 2;
}

static bool reserve(struct track *track, uint32_t count)
{
    if (count <= track->cap)
        return true;
    uint32_t cap = track->cap ? track->cap : FIRST_BUCKETS;
    while (cap < count)
        cap *= 2;
    track->bucket = track->cap ? recycler_grow(track->recycler, who, track->bucket, bytes_of(track->cap), bytes_of(cap))
                               : recycler_take(track->recycler, who, bytes_of(cap), RECYCLER_ZEROED);
    track->cap = cap;
    return true;
}

void track__advance(struct track *track, sim_time now, uint32_t flows)
{
    struct track_state *st = &track->st;
    if (!st->now_end) {
        st->width_ps = TRACK_WIDTH_PS;
        st->first = now / st->width_ps;
        st->bound = track_bound(flows);
    }
    while (now / st->width_ps - st->first >= st->bound)
        fold(track);
    st->now = (uint32_t)(now / st->width_ps - st->first);
    bool room = reserve(track, st->now + 1);
    assert(room && "no memory for a flow's intervals");
    st->used = st->now + 1;
    st->now_end = (st->first + st->now + 1) * st->width_ps;
}

void track_sum(const struct track *track, sim_time from, sim_time to, struct track_bucket *out)
{
    const struct track_state *st = &track->st;
    *out = (struct track_bucket){0};
    if (!st->used)
        return;
    uint64_t i = (from + st->width_ps - 1) / st->width_ps;
    i = i > st->first ? i - st->first : 0;
    for (; i < st->used && (st->first + i) * st->width_ps < to; i++)
        add(out, &track->bucket[i]);
}

void track_save(struct track *track, struct save *s)
{
    struct track_state st = track->st;
    save_field(s, st);
    if (s->err)
        return;
    if (save_is_loading(s)) {
        bool empty = !st.now_end && !st.used;
        if (!empty && (!st.width_ps || st.used > st.bound || st.bound > TRACK_MAX || st.now >= st.used)) {
            save_fail(s, -EPROTO, "a flow's intervals are impossible");
            return;
        }
        track_fini(track);
        if (!reserve(track, st.used)) {
            save_fail(s, -ENOMEM, "no memory for a flow's intervals");
            return;
        }
        track->st = st;
    }
    if (st.used)
        save_bytes(s, track->bucket, st.used * sizeof(*track->bucket));
}
