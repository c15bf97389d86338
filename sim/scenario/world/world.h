/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world built from a scenario: it runs, is saved and restored. A value: no statics. Many may be in a process, used in turn, and
 * by one thread if they have VMs (vm/vm.h).
 *
 * build -> run (as often as wanted) -> finish -> report (scenario/outcome/outcome.h). The scenario must outlive its world.
 */
#ifndef VFSIM_SCENARIO_WORLD_H
#define VFSIM_SCENARIO_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/save.h"
#include "core/world/sim.h"
#include "scenario/scenario.h"

struct world;

struct world_options {
    const char *pcap_dir; /* write captures there; NULL: none are written */
    bool strict_captures; /* a replay's file with a record that is not whole is refused, not played without it */
    bool uninspected;     /* what arrives is not held against what was sent: for benchmarks */
    struct recycler *recycler; /* what earlier worlds of this scenario left; NULL: nothing */
};

/* NULL: what is wrong has been added to the scenario's errors. A scenario with errors is not built. */
struct world *world_build(struct scenario *sc, const struct world_options *options);
void world_destroy(struct world *world); /* NULL is fine; captures that were not closed leave nothing behind */
struct sim *world_sim(struct world *world);
const struct scenario *world_scenario(const struct world *world);

struct world_watch {
    void (*tick)(struct world_watch *self, const struct world *world); /* now and then while it runs, for progress lines */
};

/* Runs up to and including `until` (SIM_NEVER: to its end). True when the run is over: the timeline is through, every
 * workload has finished or is blocked, no switch or request is under way and frames have landed; or its limit is
 * reached. */
bool world_run(struct world *world, sim_time until, struct world_watch *watch);

/* An act now, as a line of the timeline without its time: the number of its item, or -EINVAL with what is wrong in the scenario's
 * errors, -EAGAIN the timeline has not begun. It happens when the world runs on; a world with one can't be saved. */
int world_act(struct world *world, const char *line, size_t len);

/* Save, destroy, rebuild and restore the world after every Nth event, in memory: nothing may change by it. What the worlds are
 * made of is kept from one to the next (core/recycler.h), every second time stained, so that nothing of an old world can be
 * taken for the new one's. Zeros to begin with, but for what the caller wants. */
struct world_paranoia {
    uint64_t every;                  /* events from one cut to the next; at least 1 */
    sim_time from, to;               /* only then */
    struct trace_listener *listener; /* goes along from world to world; may be NULL */
    uint64_t cuts;                   /* counted here */
    void (*measure)(struct world_paranoia *self, bool begins); /* before and after each cut; may be NULL */
    struct recycler *recycler;       /* private, as what follows */
    struct save stream;
};
/* As world_run(), of a world without captures; *world is another one afterwards. 1: the run is over, 0: not yet,
 * -errno with err: what was wrong with the save or the restore (*world may be NULL then); -EIO: nothing was, but what the scenario
 * names can't be read any more. */
int world_run_paranoid(struct world **world, sim_time until, struct world_watch *watch, struct world_paranoia *paranoia, char *err,
                       size_t err_cap);

/* After the last such run, and before the world is destroyed: what it is made of belongs to it from here on. 0, or -EPROTO
 * with err when memory of a destroyed world has been seen. `world` may be NULL: there is none any more. */
int world_end_paranoia(struct world *world, struct world_paranoia *paranoia, char *err, size_t err_cap);

sim_time world_now(const struct world *world);
sim_time world_time_limit(const struct world *world);

/* Writes the snapshots that were taken into the scenario's folder for them, if it has one. 0 or -errno with a message. */
int world_write_snapshots(const struct world *world, char *err, size_t err_cap);

/* Writes the captures. 0 or -errno with a message in err. */
int world_close_captures(struct world *world, char *err, size_t err_cap);

/* The run ends here, before its end, by `signal` ("SIGINT"; a literal): before world_finish() of outcome.h. What is to be judged
 * later is not judged, and the report says that it is partial. */
void world_interrupt(struct world *world, const char *signal);

/* Save the world as it is: scenario, variables, seed, digests of files outside, every component. The file appears only
 * whole. 0 or -errno with "path: reason". */
int world_save(struct world *world, const char *path, char *err, size_t err_cap);
/* Rebuild and load. Gives the scenario too (destroy it after the world). NULL with err; `options` as for a build.
 * `files`: guest image and plugin store to use instead of the saved paths (may be NULL); their content must be the
 * same. */
struct world *world_restore(const char *path, const struct world_options *options, const struct scenario_options *files,
                            struct scenario **sc, char *err, size_t err_cap);
/* The same in memory, behind the identity of the build: *bytes is the caller's to free(). */
int world_save_memory(struct world *world, void **bytes, size_t *len, char *err, size_t err_cap);
struct world *world_restore_memory(const void *bytes, size_t len, const struct world_options *options,
                                   const struct scenario_options *files, struct scenario **sc, char *err, size_t err_cap);

#endif
