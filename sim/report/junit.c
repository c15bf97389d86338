/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/junit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/report__.h"

static char *copy(const char *text)
{
    char *copied = alloc_text("the JUnit report", text ? text : "");
    return copied;
}

void junit_suite_init(struct junit_suite *suite, const char *name) { *suite = (struct junit_suite){.name = copy(name)}; }

void junit_suite_add(struct junit_suite *suite, const char *name, enum junit_outcome outcome, const char *message)
{
    suite->cases = alloc_grow("the JUnit report", suite->cases, (suite->count + 1) * sizeof(*suite->cases));
    suite->cases[suite->count++] = (struct junit_case){copy(name), outcome, copy(message)};
}

void junit_suite_fini(struct junit_suite *suite)
{
    for (unsigned i = 0; i < suite->count; i++) {
        free(suite->cases[i].name);
        free(suite->cases[i].message);
    }
    free(suite->cases);
    free(suite->name);
    *suite = (struct junit_suite){0};
}

void junit_count(struct junit_totals *totals, const struct junit_suite *suite)
{
    totals->tests += suite->count;
    totals->took_ms += suite->took_ms;
    for (unsigned i = 0; i < suite->count; i++)
        totals->of[suite->cases[i].outcome]++;
}

static void put_totals(FILE *out, const struct junit_totals *totals)
{
    fprintf(out, " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64 "\" skipped=\"%" PRIu64 "\"", totals->tests,
            totals->of[JUNIT_FAILED], totals->of[JUNIT_ERROR], totals->of[JUNIT_SKIPPED]);
    fprintf(out, " time=\"%" PRIu64 ".%03" PRIu64 "\">\n", totals->took_ms / 1000, totals->took_ms % 1000);
}

static void put_case(FILE *out, const struct junit_suite *suite, const struct junit_case *c)
{
    static const char *const element[JUNIT_OUTCOMES] = {
        [JUNIT_FAILED] = "failure", [JUNIT_ERROR] = "error", [JUNIT_SKIPPED] = "skipped"};
    fputs("    <testcase classname=\"", out);
    report__put_escaped(out, suite->name);
    fputs("\" name=\"", out);
    report__put_escaped(out, c->name);
    if (c->outcome == JUNIT_PASSED) {
        fputs("\"/>\n", out);
        return;
    }
    fprintf(out, "\">\n      <%s message=\"", element[c->outcome]);
    report__put_escaped(out, c->message);
    fputs("\"/>\n    </testcase>\n", out);
}

void junit_put_head(FILE *out, const struct junit_totals *totals)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"vfsim\"", out);
    put_totals(out, totals);
}

void junit_put_suite(FILE *out, const struct junit_suite *suite)
{
    struct junit_totals totals = {0};
    junit_count(&totals, suite);
    fputs("  <testsuite name=\"", out);
    report__put_escaped(out, suite->name);
    fputs("\"", out);
    put_totals(out, &totals);
    for (unsigned i = 0; i < suite->count; i++)
        put_case(out, suite, &suite->cases[i]);
    fputs("  </testsuite>\n", out);
}

void junit_put_tail(FILE *out) { fputs("</testsuites>\n", out); }
