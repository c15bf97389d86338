/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the library's values, for this folder. */
#ifndef VFSIM_LIB__H
#define VFSIM_LIB__H

#include "core/engine/probe.h"
#include "net/traffic/injection.h"
#include "scenario/scenario.h"
#include "scenario/world/world__.h"
#include "vfsim/vfsim.h"

struct vfsim_scenario {
    struct scenario *sc;
    unsigned references; /* its maker's, and a world's each */
    bool is_closed;
    char *pcap_dir;
    bool strict_captures;
    struct vfsim_error *errors; /* as they were told last */
};

struct observer; /* observe.c */
struct lib_acts; /* act.c */
struct vfio_doors;

struct vfsim_world {
    struct vfsim_scenario *scenario;
    struct world *w; /* NULL: a cut has failed */
    bool is_running, is_finished, passed, has_failed;
    char *why; /* of a run that was broken off */
    struct injection *injection;
    struct vfio_doors *doors; /* NULL: nobody comes from outside */
    struct lib_acts *acts; /* NULL: none came while it ran */
    struct observer *observers;
    int observer_count;
    struct world_paranoia paranoia; /* every 0: none */
    bool is_paranoid;               /* its recycler is there */
    uint64_t cuts;                  /* of earlier ones */
    struct probes probes;           /* of probes_of; empty: not asked for */
    const struct sim *probes_of;
    vfsim_cut_fn *on_cut;
    void *on_cut_user;
    char text[1024], seen[512]; /* of the expectation or surprise told last */
};

/* ---- probe.c ---- */
void lib__probes_forget(struct vfsim_world *world); /* it goes, or is built anew */

/* ---- error.c ---- */
/* Adds one to the end of the list, unless nobody wants to know. -code. */
int lib__fail(struct vfsim_error **error, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* 0, or -EINVAL of a pointer that has to lead to something: "no place: it is NULL". */
int lib__given(const void *pointer, const char *what, struct vfsim_error **error);
/* All mistakes of a scenario from number `from` on. */
struct vfsim_error *lib__errors_of(const struct scenario *sc, unsigned from);
/* "; did you mean 'x'?" */
const char *lib__near(const char *word, const char *const words[], char *buf, size_t cap);

/* ---- scenario.c ---- */
struct vfsim_scenario *lib__scenario(struct scenario *sc, const struct vfsim_options *options);
struct world_options lib__world_options(const struct vfsim_scenario *scenario);
struct scenario_options lib__scenario_options(const struct vfsim_options *options, struct scenario_var **vars);
struct vfsim_options lib__options(const struct vfsim_options *options); /* NULL, and shorter ones, as a whole one */

/* ---- world.c ---- */
struct vfsim_world *lib__world(struct vfsim_scenario *scenario, struct world *w); /* takes both */
struct sim *lib__sim(const struct vfsim_world *world);
int lib__usable(struct vfsim_world *world, struct vfsim_error **error); /* 0, or why nothing can be done with it now */
int lib__end_paranoia(struct vfsim_world *world, struct vfsim_error **error);

/* ---- observe.c: observers are the library's, and go along from world to world ---- */
void lib__observers_attach(struct vfsim_world *world);
void lib__observers_detach(struct vfsim_world *world);
void lib__observers_free(struct vfsim_world *world);

/* ---- act.c ---- */
void lib__acts_free(struct vfsim_world *world);

/* ---- outside.c ---- */
void lib__outside_free(struct vfsim_world *world); /* before what it is of */

/* ---- report.c ---- */
struct report;
struct junit_suite;
struct vfsim_report *lib__report(struct report *report); /* takes it */
/* The same of one whose parts are testcases: `suite` is for the caller to fill. */
struct vfsim_report *lib__judged_report(struct report *report, const char *name, struct junit_suite **suite);

/* ---- paths.c ---- */
const char *lib__guest_image(void);
const char *lib__conformance_image(void);
const char *lib__plugin_store(void);
const char *lib__profiles(void); /* folder of the profiles that came along */

#endif
