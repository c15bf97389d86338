/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no expectation names, told: in the report a line each, in JUnit a failure each. */
#include <inttypes.h>
#include <string.h>

#include "scenario/outcome/outcome.h"
#include "scenario/outcome/outcome__.h"

struct list {
    const struct world *w;
    struct report *report;
};

static void tell_report(void *to, const struct world_unexpected *u)
{
    struct list *list = to;
    struct report *r = list->report;
    const char *slash = strrchr(list->w->sc->file.label, '/'), *file = slash ? slash + 1 : list->w->sc->file.label;
    report_object(r, NULL, NULL, REPORT_LINE, REPORT_BAD);
    if (u->line)
        report_text(r, "place", NULL, REPORT_BARE, "%s:%" PRIu32, file, u->line);
    else
        report_text(r, "place", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", "");
    report_number(r, "line", NULL, REPORT_JSON_ONLY, u->line);
    report_text(r, "act", NULL, REPORT_BARE, "%s", u->what);
    report_text(r, "ending", NULL, REPORT_BARE, "%s", u->ending);
    report_text(r, "reason", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", u->reason);
    report_time(r, "at_ns", "at", 0, u->at);
    report_end(r);
}

void world__report_unexpected(const struct world *w, struct report *r)
{
    struct list list = {w, r};
    report_list(r, "unexpected", "what nobody expected", REPORT_LINES, REPORT_SKIP_EMPTY);
    world__unexpected(w, tell_report, &list);
    report_end(r);
}

static void tell_junit(void *to, const struct world_unexpected *u)
{
    char name[600], seen[600];
    if (u->line)
        snprintf(name, sizeof(name), "line %" PRIu32 ": %s", u->line, u->what);
    else
        snprintf(name, sizeof(name), "%s", u->what);
    snprintf(seen, sizeof(seen), "was %s%s%.400s: no expectation names it", u->ending, *u->reason ? ": " : "", u->reason);
    junit_suite_add(to, name, JUNIT_FAILED, seen);
}

void world__junit_unexpected(const struct world *w, struct junit_suite *suite)
{
    if (!world__unexpected(w, tell_junit, suite))
        junit_suite_add(suite, "nothing went wrong unnamed", JUNIT_PASSED, "");
}

struct surprises {
    world_surprise_fn tell;
    void *to;
};

static void tell_surprise(void *to, const struct world_unexpected *u)
{
    const struct surprises *surprises = to;
    char text[600];
    snprintf(text, sizeof(text), "%s: %s%s%.300s", u->what, u->ending, *u->reason ? ": " : "", u->reason);
    surprises->tell(surprises->to, u->line, u->at, text);
}

unsigned world_each_surprise(const struct world *w, world_surprise_fn tell, void *to)
{
    struct surprises surprises = {tell, to};
    return world__unexpected(w, tell ? tell_surprise : NULL, &surprises);
}
