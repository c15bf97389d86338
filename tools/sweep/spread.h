/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the runs of a sweep are shared out when several processes make it: the ranks of an MPI job, each of which takes the next run
 * that nobody has, and hands its results to rank 0, which makes the tables.
 *
 * MPI is in a module of its own beside the program, which is loaded when `mpirun` or a batch system's launcher has started this
 * process as one of several; vfsim itself links none. A process alone has the same by a counter.
 */
#ifndef VFSIM_TOOLS_SWEEP_SPREAD_H
#define VFSIM_TOOLS_SWEEP_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

enum spread_count { SPREAD_NEXT, SPREAD_DONE, SPREAD_FAILED, SPREAD_COUNTS };

struct spread {
    unsigned rank, size;
    unsigned (*add)(enum spread_count count, unsigned n); /* to what all share: what it was before */
    /* Rank 0 says which of `runs` results it lacks; every other rank hands over those that it has made. `get` gives a text that is
     * freed, NULL: none of this rank; `put` takes one. */
    void (*gather)(unsigned runs, bool (*lacks)(void *, unsigned), char *(*get)(void *, unsigned, size_t *),
                   void (*put)(void *, unsigned, const char *, size_t), void *user);
    int (*end)(int code); /* the worst of all ranks' */
};

/* NULL after a message: this process is one of several, and there is no way to the others. */
const struct spread *spread_begin(void);

#endif
