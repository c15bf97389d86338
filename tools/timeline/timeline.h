/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run as a file that other tools draw: VCD (IEEE 1364, for GTKWave and other viewers of waves) of all that probe.h shows, and the
 * JSON of Chrome's trace viewer (for ui.perfetto.dev) of that, the trace's sentences, frames, switches and migrations.
 *
 * The world is stepped event by event, and looked at after each; its result is the same as without.
 */
#ifndef VFSIM_TOOLS_TIMELINE_H
#define VFSIM_TOOLS_TIMELINE_H

#include <stdio.h>

#include "timeline/filter.h"

struct timeline;
/* NULL: neither --vcd nor --perfetto is given. False after a message. */
bool timeline_begin(struct timeline **timeline, const struct vfsim_args *args, const struct filter *filter,
                    struct vfsim_world *world);
/* As vfsim_world_run_until(). */
int timeline_run_until(struct timeline *timeline, vfsim_time until, struct vfsim_error **error);
/* Writes the files: an exit code. `report`: of the world; NULL: it gave none, and nothing is written. Frees it; NULL is fine. */
int timeline_end(struct timeline *timeline, const struct vfsim_report *report);

/* ---- a format: what it does with what changes, in order of time. NULL: nothing ---- */
struct timeline_format {
    const char *option;
    void *(*begin)(struct vfsim_world *world, FILE *body);
    /* At the beginning (`number`: the world's, for vfsim_probe_word()), and … */
    void (*probe)(void *format, unsigned index, unsigned number, const struct vfsim_probe *probe, uint64_t value);
    void (*change)(void *format, vfsim_time at, unsigned index, const struct vfsim_probe *probe, uint64_t value);
    void (*sentence)(void *format, vfsim_time at, const char *category, const char *who, const char *text);
    void (*fate)(void *format, const struct vfsim_fate *fate);
    void (*head)(void *format, FILE *out);                                   /* what stands before the body … */
    void (*tail)(void *format, vfsim_time end, const struct vfsim_report *report, FILE *out); /* … and behind it. Frees it. */
};
extern const struct timeline_format timeline_vcd, timeline_chrome;

#endif
