/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world: a scenario that runs.
 *
 * Time is simulated, in picoseconds, and begins at 0 with the machines; the times of a scenario's lines count from the beginning of
 * its timeline (vfsim_world_begin()). A run depends on nothing but its scenario, its seed and the files it names: the same input
 * gives the same world, event by event, however it is stepped, saved or looked at.
 *
 * Many worlds may be there at a time, to be run in turn, in one thread: while worlds with VMs are there, building, running and
 * changing one from another thread than that which made the first of them is refused (EBUSY), and freeing it is a mistake.
 */
#ifndef VFSIM_WORLD_H
#define VFSIM_WORLD_H

#include <vfsim/scenario.h>

VFSIM_BEGIN_DECLS

struct vfsim_world;

typedef uint64_t vfsim_time; /* ps */
#define VFSIM_NS UINT64_C(1000)
#define VFSIM_US (1000 * VFSIM_NS)
#define VFSIM_MS (1000 * VFSIM_US)
#define VFSIM_S (1000 * VFSIM_MS)
#define VFSIM_NEVER UINT64_MAX

/* "10us", "1.5ms" to ps. 0, or -EINVAL: no number, no unit, an unknown one, or too large. */
VFSIM_API int vfsim_parse_time(const char *text, vfsim_time *time);
/* As reports print it, to three places: "1.234 ms"; and as the trace does, with all of them: "1.234567890 ms". They return
 * `text`. */
enum { VFSIM_TIME_LEN = 40 };
VFSIM_API char *vfsim_format_time(vfsim_time time, char text[VFSIM_TIME_LEN]);
VFSIM_API char *vfsim_format_stamp(vfsim_time time, char text[VFSIM_TIME_LEN]);

/* Checks the scenario, if that has not been done, and builds it. NULL with what is wrong. It may be built again, also while this
 * world is there. */
VFSIM_API struct vfsim_world *vfsim_world_new(struct vfsim_scenario *scenario, struct vfsim_error **error);
/* Captures that were not written (vfsim_world_finish()) leave nothing behind. NULL is fine. */
VFSIM_API void vfsim_world_free(struct vfsim_world *world);

/* ---- running ---- */

/* All events up to and including `until`. 1: the run is over (the timeline is through, traffic has come to its end, nothing moves
 * any more, or the limit of time is reached); 0: not yet; negative: an error, and the world is of no more use. */
VFSIM_API int vfsim_world_run_until(struct vfsim_world *world, vfsim_time until, struct vfsim_error **error);
VFSIM_API int vfsim_world_run(struct vfsim_world *world, struct vfsim_error **error); /* to its end */
VFSIM_API int vfsim_world_step(struct vfsim_world *world, struct vfsim_error **error); /* one event; as run_until() */

/* From here on running saves, destroys, rebuilds and restores the world after every so many events (0: no longer) between these
 * moments, in memory: nothing changes by it, or it is a mistake of vfsim or of a chip from outside (EPROTO). A world that writes
 * captures can't (EINVAL). */
VFSIM_API int vfsim_world_set_paranoia(struct vfsim_world *world, uint64_t every, vfsim_time from, vfsim_time to,
                                       struct vfsim_error **error);
VFSIM_API uint64_t vfsim_world_cuts(const struct vfsim_world *world); /* how often that was done */
/* Called before (`begins`) and after each of them, for who measures what it costs. NULL: nobody. */
typedef void vfsim_cut_fn(void *user, bool begins, uint64_t number);
VFSIM_API void vfsim_world_on_cut(struct vfsim_world *world, vfsim_cut_fn *cut, void *user);

VFSIM_API vfsim_time vfsim_world_now(const struct vfsim_world *world);
VFSIM_API vfsim_time vfsim_world_next_event(const struct vfsim_world *world); /* when; VFSIM_NEVER: there is none */
VFSIM_API vfsim_time vfsim_world_begin(const struct vfsim_world *world); /* of the timeline; VFSIM_NEVER: not yet */
VFSIM_API uint64_t vfsim_world_events(const struct vfsim_world *world); /* dispatched so far */
VFSIM_API bool vfsim_world_is_over(const struct vfsim_world *world);

/* ---- what came of it ---- */

enum vfsim_verdict {
    VFSIM_PASS,
    VFSIM_FAIL, /* an expectation failed, or something went wrong that none names */
    VFSIM_PARTIAL, /* the run was broken off */
};

/* What is expected of the end is judged, snapshots and captures are written; afterwards nothing runs any more. A run that is not
 * over is broken off by that, and `why` says so in its report ("SIGINT"; NULL: "stopped"). Later calls do nothing. Negative: a file
 * could not be written. */
VFSIM_API int vfsim_world_finish(struct vfsim_world *world, const char *why, struct vfsim_error **error);
VFSIM_API enum vfsim_verdict vfsim_world_verdict(struct vfsim_world *world); /* finishes it */

enum vfsim_outcome { VFSIM_PASSED, VFSIM_FAILED, VFSIM_NOT_JUDGED };

struct vfsim_expectation {
    unsigned line; /* of the scenario; 0: what every run is held to (books, invariants, frames as they were sent) */
    const char *text; /* "http lost = 0" */
    enum vfsim_outcome outcome;
    const char *seen; /* "was 3" */
    bool has_bound; /* a number was compared with a number: */
    const char *relation; /* "=", "!=", "<", "<=", ">", ">=" */
    uint64_t bound, measured; /* times in ps */
};
/* One after the other, from 0: false past the last one. Before the run's end those of the end are not judged. Texts live until the
 * next call for this world. */
VFSIM_API bool vfsim_world_expectation(struct vfsim_world *world, unsigned index, struct vfsim_expectation *out);

/* What went wrong and no line of the scenario names; it fails the run. `at`: when. As expectations otherwise. */
struct vfsim_surprise {
    unsigned line; /* of the act that it came of; 0: none */
    vfsim_time at;
    const char *text;
};
VFSIM_API bool vfsim_world_surprise(struct vfsim_world *world, unsigned index, struct vfsim_surprise *out);

/* ---- saving ---- */

/* The whole world as it is, to a file that appears only whole, or to memory (vfsim_free() it). Frames that were injected (device.h)
 * and are still waiting for their guest keep it from being saved (EBUSY). */
VFSIM_API int vfsim_world_save(struct vfsim_world *world, const char *path, struct vfsim_error **error);
VFSIM_API int vfsim_world_save_memory(struct vfsim_world *world, void **bytes, size_t *length, struct vfsim_error **error);
/* It goes on from there, in the same process or in another one of the same build, to the same end. The scenario is in it; of
 * `options` its files' places (guest_image, plugin_store, snapshots; their contents must be the same) and what is written count. */
VFSIM_API struct vfsim_world *vfsim_world_load(const char *path, const struct vfsim_options *options, struct vfsim_error **error);
VFSIM_API struct vfsim_world *vfsim_world_load_memory(const void *bytes, size_t length, const struct vfsim_options *options,
                                                      struct vfsim_error **error);
/* The scenario that it was built of, which lives as long as the world. */
VFSIM_API struct vfsim_scenario *vfsim_world_scenario(struct vfsim_world *world);

VFSIM_END_DECLS

#endif
