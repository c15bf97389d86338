/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runs of a sweep: every combination of the values of its axes, the last axis turning fastest.
 *
 * A run is known by its number, from 0, and by its settings ("vfs=4 size=64 seed=7"), which name its file, so that a grid may grow
 * and keeps what it has.
 */
#ifndef VFSIM_TOOLS_SWEEP_GRID_H
#define VFSIM_TOOLS_SWEEP_GRID_H

#include <limits.h>

#include "vfsim.h"

enum { GRID_AXES_MAX = VFSIM_VARS_MAX + 1, GRID_RUNS_MAX = 1000000 };

struct grid_axis {
    char *name; /* a variable; NULL: seeds */
    char **value;
    unsigned count;
};

struct grid {
    struct grid_axis axis[GRID_AXES_MAX];
    unsigned axes, runs;
};

/* By what --set and --repeat say, else the scenario's own `sweep` lines. False after a message. */
bool grid_make(struct grid *grid, const struct vfsim_args *args);
void grid_free(struct grid *grid);

const char *grid_value(const struct grid *grid, unsigned run, unsigned axis);
/* What `run` sets: the variables that have values, at most GRID_AXES_MAX of them (how many), and the seed's digits or NULL. */
unsigned grid_settings(const struct grid *grid, unsigned run, struct vfsim_variable out[GRID_AXES_MAX], const char **seed);
char *grid_name(const struct grid *grid, unsigned run); /* "vfs=4 size=64 seed=7"; free() it */
/* Where its result lies below a folder: a folder an axis and a file, "vfs=4/size=64/seed=7.json". free() it. */
char *grid_place(const struct grid *grid, unsigned run);

#endif
