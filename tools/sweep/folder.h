/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the results of a sweep's runs lie: DIR/runs-XXXXXXXXXXXXXXXX/…, a file a run (grid_place()).
 *
 * The digits are a digest of all that a run's result follows from beside its settings: this build of vfsim, the scenario, the files
 * that it reads, options that change results. So what is there is right, a sweep that was broken off goes on, and one whose
 * scenario has changed begins anew in a folder of its own.
 */
#ifndef VFSIM_TOOLS_SWEEP_FOLDER_H
#define VFSIM_TOOLS_SWEEP_FOLDER_H

#include "sweep/grid.h"

/* DIR: as it is given, or (`named` NULL) the scenario's name with ".sweep", in the working folder. free() it. */
char *folder_name(const struct vfsim_args *args, const char *named);
/* Reads the scenario with the settings of each run, so that a mistake in one is found before any has been run. NULL after a
 * message; free() the path. */
char *folder_of_runs(const struct vfsim_args *args, const struct grid *grid, const char *folder);
/* The folders of a path that ends with a file's name. False after a message. */
bool folder_make_for(const char *path);

#endif
