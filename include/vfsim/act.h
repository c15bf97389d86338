/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acts while a world runs: a line of the timeline that no scenario has, now.
 *
 * An act is a line of the language without its time ("ip link set h0.vmnic0 vf 0 vlan 100", "switch web to passthrough"). It is
 * read by the reader of scenarios, and happens when the world runs on, at the time to which it has run. One that makes part of the
 * world (a replay, a capture, a snapshot that is put back) has to stand in the scenario. A world with such acts can't be saved.
 */
#ifndef VFSIM_ACT_H
#define VFSIM_ACT_H

#include <vfsim/report.h>

VFSIM_BEGIN_DECLS

/* The number of the act; -EINVAL with what is wrong with the line, which is then forgotten; -EAGAIN: the timeline has not begun
 * (vfsim_world_begin()). */
VFSIM_API int vfsim_world_act(struct vfsim_world *world, const char *line, struct vfsim_error **error);

struct vfsim_act {
    bool is_over;       /* it has ended: `ending` changes no more */
    vfsim_time at;      /* when it happened */
    const char *ending; /* "done", "refused", …; while it goes on, "unfinished", or "never" if it has not happened */
    const char *reason; /* "": none */
    const char *said;   /* what it printed so far, lines that end with a newline; of the last 256 acts */
};
/* How it is with an act of vfsim_world_act(); false: there is no such one. Texts live until the next call for this world. */
VFSIM_API bool vfsim_world_act_at(struct vfsim_world *world, int act, struct vfsim_act *out);

/* Quiet is no end of the run from here on: it goes on until it is ended, or to the limit of time that its scenario says (`limit
 * time`; the one that is there if it says none is of those who don't stay). */
VFSIM_API void vfsim_world_stay(struct vfsim_world *world, bool stays);

/* The run is over at this moment, as if nothing were to come: what is expected of the end is judged, and what has not happened has
 * never happened. */
VFSIM_API void vfsim_world_end(struct vfsim_world *world);

/* What the world is made of and how it is joined, as `topology` of its report (docs/report.md), without finishing it. NULL: there
 * is no world. */
VFSIM_API struct vfsim_report *vfsim_world_topology(struct vfsim_world *world);

VFSIM_END_DECLS

#endif
