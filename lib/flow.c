/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows and drops, as the books have them. */
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/frame/track.h"
#include "lib/lib__.h"
#include "vfsim/flow.h"

_Static_assert((int)VFSIM_PATHS == (int)FRAME_PATHS && (int)VFSIM_PATH_VF == (int)FRAME_PATH_VF &&
                   (int)VFSIM_PATH_EMULATED == (int)FRAME_PATH_EMULATED && (int)VFSIM_PATH_TUNNEL == (int)FRAME_PATH_TUNNEL,
               "one order of paths");

const char *vfsim_path_name(enum vfsim_path path) { return frame_path_name((enum frame_path)path); }

static void fill(struct sim *sim, uint32_t flow, struct vfsim_flow *out)
{
    struct flow_report f;
    flow_get_report(sim, flow, &f);
    *out = (struct vfsim_flow){
        .name = f.name,
        .parent = f.parent ? flow_name_of(sim, f.parent) : NULL,
        .sent = f.sent,
        .delivered = f.delivered,
        .lost = f.lost,
        .duplicated = f.duplicated,
        .reordered = f.reordered,
        .in_flight = f.in_flight,
        .bytes_sent = f.bytes_sent,
        .bytes_delivered = f.bytes_delivered,
        .blackout = f.blackout_ps,
        .blackout_at = f.blackout_at,
        .latency_min = f.latency_min_ps,
        .latency_p50 = f.latency_p50_ps,
        .latency_p99 = f.latency_p99_ps,
        .latency_max = f.latency_max_ps,
        .first_sent = f.first_sent,
        .last_sent = f.last_sent,
        .first_delivered = f.first_delivered,
        .last_delivered = f.last_delivered,
        .offered_bps = f.offered.bps,
        .offered_fps = f.offered.fps,
        .throughput_bps = f.throughput.bps,
        .throughput_fps = f.throughput.fps,
        .jitter = f.jitter_ps,
        .pdv = f.pdv_ps,
    };
    for (uint32_t i = flow, last = f.is_parent ? flow_count(sim) : flow; i <= last; i++) {
        const struct track *track = flow_track(sim, i);
        for (uint32_t b = 0; b < track->st.used && flow_is_of(sim, i, flow); b++)
            for (int path = 0; path < FRAME_PATHS; path++)
                out->delivered_by[path] += track->bucket[b].delivered[path];
    }
}

unsigned vfsim_flow_count(const struct vfsim_world *world) { return lib__sim(world) ? flow_count(lib__sim(world)) : 0; }

bool vfsim_flow_at(const struct vfsim_world *world, unsigned index, struct vfsim_flow *out)
{
    if (index >= vfsim_flow_count(world))
        return false;
    fill(lib__sim(world), index + 1, out);
    return true;
}

static uint32_t find(const struct vfsim_world *world, const char *name)
{
    return name && lib__sim(world) ? flow_find(lib__sim(world), name) : 0;
}

bool vfsim_flow_find(const struct vfsim_world *world, const char *name, struct vfsim_flow *out)
{
    uint32_t flow = find(world, name);
    if (flow)
        fill(lib__sim(world), flow, out);
    return flow;
}

vfsim_time vfsim_flow_latency(const struct vfsim_world *world, const char *flow, unsigned per_mille)
{
    uint32_t number = find(world, flow);
    return number ? flow_get_latency(lib__sim(world), number, per_mille < 1000 ? per_mille : 1000) : 0;
}

bool vfsim_flow_loss(const struct vfsim_world *world, const char *flow, unsigned index, struct vfsim_loss *out)
{
    uint32_t number = find(world, flow);
    for (int fate = 0; number && fate < FATE_COUNT; fate++) {
        uint64_t frames = flow_get_lost_by(lib__sim(world), number, (enum fate)fate);
        if (!frames || index--)
            continue;
        *out = (struct vfsim_loss){fate_name((enum fate)fate), fate_text((enum fate)fate), frames};
        return true;
    }
    return false;
}

/* ---- series ---- */

/* Of a flow and its children: from when to when, in intervals of the widest of them. */
struct span {
    sim_time width, begin, end;
};

static struct span span_of(struct sim *sim, uint32_t flow)
{
    struct span span = {0, SIM_NEVER, 0};
    for (uint32_t i = flow; i <= flow_count(sim); i++) {
        const struct track_state *st = &flow_track(sim, i)->st;
        if (!st->used || !flow_is_of(sim, i, flow))
            continue;
        sim_time begin = st->first * st->width_ps, end = (st->first + st->used) * st->width_ps;
        span.width = st->width_ps > span.width ? st->width_ps : span.width;
        span.begin = begin < span.begin ? begin : span.begin;
        span.end = end > span.end ? end : span.end;
    }
    if (span.width)
        span.begin -= span.begin % span.width;
    return span;
}

static void add_track(const struct track *track, const struct span *span, struct vfsim_interval *series)
{
    for (uint32_t b = 0; b < track->st.used; b++) {
        struct vfsim_interval *to = &series[((track->st.first + b) * track->st.width_ps - span->begin) / span->width];
        to->sent += track->bucket[b].sent;
        to->lost += track->bucket[b].lost;
        for (int path = 0; path < FRAME_PATHS; path++)
            to->delivered_by[path] += track->bucket[b].delivered[path];
        to->bytes_sent += track->bucket[b].bytes_sent;
        to->bytes_delivered += track->bucket[b].bytes_delivered;
    }
}

struct vfsim_interval *vfsim_flow_series(const struct vfsim_world *world, const char *flow, size_t *count)
{
    uint32_t number = find(world, flow);
    *count = 0;
    if (!number)
        return NULL;
    struct sim *sim = lib__sim(world);
    struct span span = span_of(sim, number);
    size_t intervals = span.width ? (size_t)((span.end - span.begin + span.width - 1) / span.width) : 0;
    struct vfsim_interval *series = alloc_zero("a series", intervals + 1, sizeof(*series));
    for (size_t i = 0; i < intervals; i++) {
        series[i].begin = span.begin + i * span.width;
        series[i].width = span.width;
    }
    for (uint32_t i = number; i <= flow_count(sim); i++)
        if (flow_is_of(sim, i, number))
            add_track(flow_track(sim, i), &span, series);
    *count = intervals;
    return series;
}

bool vfsim_drop_at(const struct vfsim_world *world, unsigned index, struct vfsim_drop *out)
{
    struct drop_report drop;
    if (!lib__sim(world) || !books_get_drop(lib__sim(world), index, &drop))
        return false;
    *out = (struct vfsim_drop){.reason = fate_name(drop.fate),
                               .meaning = fate_text(drop.fate),
                               .copies = drop.count,
                               .lost = drop.lost + drop.lost_no_flow};
    memcpy(out->place, drop.place, sizeof(out->place));
    return true;
}
