/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JUnit's XML, as continuous-integration servers read it: a testsuite a scenario, a testcase an expectation.
 *
 * An error is what kept a scenario from being judged (it can't be read, the run was interrupted, a mistake of ours); a
 * testcase that was not come to is skipped. Times are whole milliseconds, printed as seconds.
 */
#ifndef VFSIM_REPORT_JUNIT_H
#define VFSIM_REPORT_JUNIT_H

#include <stdint.h>
#include <stdio.h>

enum junit_outcome { JUNIT_PASSED, JUNIT_FAILED, JUNIT_ERROR, JUNIT_SKIPPED, JUNIT_OUTCOMES };

struct junit_case {
    char *name;
    enum junit_outcome outcome;
    char *message; /* of all but passed ones: what was seen, or why */
};

struct junit_suite {
    char *name; /* the scenario's file */
    struct junit_case *cases;
    unsigned count;
    uint64_t took_ms; /* the caller's clock */
};

struct junit_totals {
    uint64_t tests, took_ms;
    uint64_t of[JUNIT_OUTCOMES];
};

void junit_suite_init(struct junit_suite *suite, const char *name);
void junit_suite_add(struct junit_suite *suite, const char *name, enum junit_outcome outcome, const char *message);
void junit_suite_fini(struct junit_suite *suite);

/* A document is a head with the totals of all its suites, the suites, and a tail; a stream that fails tells it itself. */
void junit_count(struct junit_totals *totals, const struct junit_suite *suite); /* adds */
void junit_put_head(FILE *out, const struct junit_totals *totals);
void junit_put_suite(FILE *out, const struct junit_suite *suite);
void junit_put_tail(FILE *out);

#endif
