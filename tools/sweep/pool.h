/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process a run, as many at a time as there are processors to run on.
 *
 * Each is this program with `run` and the run's settings. Its result is moved to its place when it is whole, so that whatever is
 * killed leaves runs that are done and runs that are not. A process ends with the one that started it.
 */
#ifndef VFSIM_TOOLS_SWEEP_POOL_H
#define VFSIM_TOOLS_SWEEP_POOL_H

#include "sweep/grid.h"
#include "sweep/spread.h"

struct pool {
    const struct vfsim_args *args;
    const struct grid *grid;
    const char *runs; /* folder_of_runs() */
    const struct spread *spread;
    unsigned jobs; /* processes at a time */
    /* what came of it */
    bool *is_ours; /* runs whose result this process found or made */
    const char *signal;  /* it was broken off by this one; NULL */
    int code;            /* … and ends with this; else EXIT_PASS, or EXIT_USER after a message */
};

unsigned pool_processors(void);
char *pool_path(const struct pool *pool, unsigned run); /* of its result; free() it */
/* Has it a result that counts: PASS or FAIL? What ended otherwise is tried again. */
bool pool_has(const struct pool *pool, unsigned run);
void pool_run(struct pool *pool, unsigned first, unsigned end); /* those runs that have none */
/* Results of other machines come here, where there are any. */
void pool_gather(struct pool *pool);
void pool_free(struct pool *pool);

#endif
