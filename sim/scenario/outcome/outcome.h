/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came of a world's run: whether it is as was expected, and the report of it.
 */
#ifndef VFSIM_SCENARIO_OUTCOME_OUTCOME_H
#define VFSIM_SCENARIO_OUTCOME_OUTCOME_H

#include <stdbool.h>

#include "core/time.h"
#include "report/junit.h"
#include "report/report.h"

struct world;

/* The report's format in JSON (docs/report.schema.json): goes up when a reader of the one before would be misled. */
enum { WORLD_REPORT_FORMAT = 2 };

/* Judges the expectations of the end, once, after the run. True: passed. */
bool world_finish(struct world *world);

/* What a run is held to: an expectation of the scenario, or (line 0) what every run is held to. Texts live during the call. */
struct world_case {
    uint32_t line;
    const char *text, *seen;
    enum junit_outcome outcome; /* skipped: the run has not come to it */
    bool compared;              /* a number with a bound, times in ps: */
    const char *relation;       /* "<=" */
    uint64_t bound, measured;
};
typedef void (*world_case_fn)(void *to, const struct world_case *what);
void world_each_case(const struct world *world, world_case_fn tell, void *to);

/* What went wrong without a line that names it, in order: how many; `tell` may be NULL. */
typedef void (*world_surprise_fn)(void *to, uint32_t line, sim_time at, const char *what);
unsigned world_each_surprise(const struct world *world, world_surprise_fn tell, void *to);

/* The whole report, or its testcases. After world_finish(). */
void world_report(const struct world *world, struct report *report);
void world_junit(const struct world *world, struct junit_suite *suite);

/* The report of `file` that did not become a world: the same keys, empty, verdict ERROR. */
void world_report_none(const char *file, const char *title, struct report *report);

#endif
