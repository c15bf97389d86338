/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came of a world's run: whether it is as was expected, and the report of it.
 */
#ifndef VFSIM_SCENARIO_OUTCOME_OUTCOME_H
#define VFSIM_SCENARIO_OUTCOME_OUTCOME_H

#include <stdbool.h>

#include "report/junit.h"
#include "report/report.h"

struct world;

/* The report's format in JSON (docs/report.schema.json): goes up when a reader of the one before would be misled. */
enum { WORLD_REPORT_FORMAT = 1 };

/* Judges the expectations of the end, once, after the run. True: passed. */
bool world_finish(struct world *world);

/* The whole report, or its testcases. After world_finish(). */
void world_report(const struct world *world, struct report *report);
void world_junit(const struct world *world, struct junit_suite *suite);

/* The report of `file` that did not become a world: the same keys, empty, verdict ERROR. */
void world_report_none(const char *file, const char *title, struct report *report);

#endif
