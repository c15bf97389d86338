/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JUnit's XML, as continuous-integration servers read it: a testsuite a scenario, a testcase an expectation.
 *
 * The file appears under its name only when it is whole (a temporary beside it until then).
 */
#ifndef VFSIM_REPORT_JUNIT_H
#define VFSIM_REPORT_JUNIT_H

#include <stdbool.h>
#include <stddef.h>

struct junit_case {
    char *name;
    bool passed;
    char *message; /* of a failure: what was seen */
};

struct junit_suite {
    char *name; /* the scenario's file */
    struct junit_case *cases;
    unsigned count;
};

void junit_suite_init(struct junit_suite *suite, const char *name);
void junit_suite_add(struct junit_suite *suite, const char *name, bool passed, const char *message);
void junit_suite_fini(struct junit_suite *suite);

/* 0 or -errno with "path: reason" in err. */
int junit_write(const char *path, const struct junit_suite *suites, unsigned count, char *err, size_t err_cap);

#endif
