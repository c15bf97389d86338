/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world at the wall clock: paced, with doors for people and programs beside it (docs/serve.md).
 *
 * The world is run in slices of at most SERVE_QUANTUM_PS, never beyond what the wall clock says; between two of them the doors are
 * looked at, by libevent. Whoever comes through one of them acts on a world that has run up to now. What happens inside is the
 * simulation's alone: the wall clock decides how far it may run, and nothing else.
 */
#ifndef VFSIM_TOOLS_SERVE_H
#define VFSIM_TOOLS_SERVE_H

#include <vfsim/vfsim.h>

#define SERVE_QUANTUM_PS VFSIM_MS

struct serve;
struct vfsim_args;

/* Opens the doors that the options name. NULL after a message. `world` is not yet run, and outlives it. */
struct serve *serve_begin(const struct vfsim_args *args, struct vfsim_world *world);
/* A slice, and a look at the doors; waits while there is nothing to do. As vfsim_world_run_until(). */
int serve_slice(struct serve *serve, struct vfsim_error **error);
void serve_end(struct serve *serve); /* closes them; what it has to tell of the clock goes to stderr. NULL is fine */

#endif
