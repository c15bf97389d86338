/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/junit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/outfile.h"
#include "report/report__.h"

static char *copy(const char *text)
{
    char *copied = alloc_text("the JUnit report", text ? text : "");
    return copied;
}

void junit_suite_init(struct junit_suite *suite, const char *name)
{
    *suite = (struct junit_suite){.name = copy(name)};
}

void junit_suite_add(struct junit_suite *suite, const char *name, bool passed, const char *message)
{
    suite->cases = alloc_grow("the JUnit report", suite->cases, (suite->count + 1) * sizeof(*suite->cases));
    suite->cases[suite->count++] = (struct junit_case){copy(name), passed, copy(message)};
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

static void put_suite(FILE *out, const struct junit_suite *suite)
{
    unsigned failures = 0;
    for (unsigned i = 0; i < suite->count; i++)
        failures += !suite->cases[i].passed;
    fputs("  <testsuite name=\"", out);
    report__put_escaped(out, suite->name);
    fprintf(out, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\">\n", suite->count, failures);
    for (unsigned i = 0; i < suite->count; i++) {
        const struct junit_case *c = &suite->cases[i];
        fputs("    <testcase classname=\"", out);
        report__put_escaped(out, suite->name);
        fputs("\" name=\"", out);
        report__put_escaped(out, c->name);
        if (c->passed) {
            fputs("\"/>\n", out);
            continue;
        }
        fputs("\">\n      <failure message=\"", out);
        report__put_escaped(out, c->message);
        fputs("\"/>\n    </testcase>\n", out);
    }
    fputs("  </testsuite>\n", out);
}

int junit_write(const char *path, const struct junit_suite *suites, unsigned count, char *err, size_t err_cap)
{
    struct outfile out;
    int code = outfile_open(&out, path);
    if (!code) {
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"vfsim\">\n", out.stream);
        for (unsigned i = 0; i < count; i++)
            put_suite(out.stream, &suites[i]);
        fputs("</testsuites>\n", out.stream);
        code = outfile_close(&out);
    }
    if (code)
        snprintf(err, err_cap, "%s: %s", path, strerror(-code));
    return code;
}
