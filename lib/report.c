/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports, and what is written of them. */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "lib/lib__.h"
#include "report/junit.h"
#include "report/page/page.h"
#include "scenario/outcome/outcome.h"
#include "vfsim/report.h"

static const char who[] = "a report";

enum kind { DOCUMENT, WORLD, FAILURE, JUDGED };

struct mistake {
    unsigned line, column;
    char *text;
};

struct vfsim_report {
    struct report *report;
    enum kind kind;
    struct junit_suite suite; /* of all but documents */
    struct mistake *mistakes;
    unsigned count;
    bool is_whole; /* the mistakes stand in report and suite */
};

struct vfsim_report *lib__report(struct report *report)
{
    struct vfsim_report *made = alloc_zero(who, 1, sizeof(*made));
    made->report = report;
    return made;
}

struct vfsim_report *lib__judged_report(struct report *report, const char *name, struct junit_suite **suite)
{
    struct vfsim_report *made = lib__report(report);
    made->kind = JUDGED;
    junit_suite_init(&made->suite, name);
    *suite = &made->suite;
    return made;
}

struct vfsim_report *vfsim_world_report(struct vfsim_world *world)
{
    vfsim_world_finish(world, NULL, NULL);
    if (!world || !world->is_finished)
        return NULL;
    struct vfsim_report *made = lib__report(report_create());
    made->kind = WORLD;
    world_report(world->w, made->report);
    junit_suite_init(&made->suite, vfsim_scenario_name(world->scenario));
    world_junit(world->w, &made->suite);
    return made;
}

struct vfsim_report *vfsim_failure_report(const char *name, const char *title, const struct vfsim_error *errors)
{
    struct vfsim_report *made = lib__report(report_create());
    made->kind = FAILURE;
    world_report_none(name, title, made->report);
    junit_suite_init(&made->suite, name);
    for (const struct vfsim_error *e = errors; e; e = e->next)
        vfsim_report_add_error(made, e->line, e->line ? e->column : 0, e->text);
    return made;
}

void vfsim_report_add_error(struct vfsim_report *report, unsigned line, unsigned column, const char *text)
{
    if (report->is_whole)
        return;
    report->mistakes = alloc_grow(who, report->mistakes, (report->count + 1) * sizeof(*report->mistakes));
    report->mistakes[report->count++] = (struct mistake){line, column, alloc_text(who, text)};
}

void vfsim_report_set_duration(struct vfsim_report *report, uint64_t milliseconds) { report->suite.took_ms = milliseconds; }

void vfsim_report_free(struct vfsim_report *report)
{
    if (!report)
        return;
    report_destroy(report->report);
    if (report->kind != DOCUMENT)
        junit_suite_fini(&report->suite);
    for (unsigned i = 0; i < report->count; i++)
        free(report->mistakes[i].text);
    free(report->mistakes);
    free(report);
}

/* ---- errors, as the last of a report ---- */

static void put_errors(const struct vfsim_report *report)
{
    struct report *r = report->report;
    report_list(r, "errors", NULL, REPORT_LINES, report->kind == WORLD ? REPORT_JSON_ONLY : REPORT_BAD);
    for (unsigned i = 0; i < report->count; i++) {
        const struct mistake *mistake = &report->mistakes[i];
        unsigned absent = mistake->line ? REPORT_JSON_ONLY : REPORT_ABSENT;
        report_object(r, NULL, NULL, REPORT_LINE, REPORT_BAD);
        report_number(r, "line", NULL, absent, mistake->line);
        report_number(r, "column", NULL, absent, mistake->column);
        report_text(r, "text", NULL, REPORT_BARE, "%s", mistake->text);
        report_end(r);
    }
    report_end(r);
}

static void add_case(struct vfsim_report *report)
{
    char *text;
    size_t len;
    FILE *out = alloc_stream(who, &text, &len);
    for (unsigned i = 0; i < report->count; i++)
        fprintf(out, "%s%s", i ? "; " : "", report->mistakes[i].text);
    alloc_stream_close(who, out);
    if (report->count || report->kind == FAILURE)
        junit_suite_add(&report->suite, report->kind == FAILURE ? "the scenario is run" : "results are written", JUNIT_ERROR, text);
    free(text);
}

/* Later errors come too late. Who asks for a text asks for what is there. */
static void make_whole(const struct vfsim_report *asked)
{
    struct vfsim_report *report = (struct vfsim_report *)asked;
    if (report->kind == DOCUMENT || report->kind == JUDGED || report->is_whole)
        return;
    report->is_whole = true;
    put_errors(report);
    add_case(report);
}

/* ---- documents ---- */

void vfsim_report_count(const struct vfsim_report *report, struct vfsim_totals *totals)
{
    struct junit_totals counted = {0};
    make_whole(report);
    if (report->kind != DOCUMENT)
        junit_count(&counted, &report->suite);
    totals->tests += counted.tests;
    totals->failures += counted.of[JUNIT_FAILED];
    totals->errors += counted.of[JUNIT_ERROR];
    totals->skipped += counted.of[JUNIT_SKIPPED];
    totals->milliseconds += counted.took_ms;
}

static void put_head(const struct vfsim_totals *totals, FILE *out)
{
    struct junit_totals head = {.tests = totals->tests, .took_ms = totals->milliseconds};
    head.of[JUNIT_FAILED] = totals->failures;
    head.of[JUNIT_ERROR] = totals->errors;
    head.of[JUNIT_SKIPPED] = totals->skipped;
    junit_put_head(out, &head);
}

char *vfsim_junit_head(const struct vfsim_totals *totals, size_t *length)
{
    char *text;
    size_t len;
    FILE *out = alloc_stream(who, &text, &len);
    put_head(totals, out);
    alloc_stream_close(who, out);
    if (length)
        *length = len;
    return text;
}

static void put_suites(const struct vfsim_report *const *reports, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++)
        if (reports[i]->kind != DOCUMENT)
            junit_put_suite(out, &reports[i]->suite);
}

static void put_junit(const struct vfsim_report *const *reports, size_t count, FILE *out)
{
    struct vfsim_totals totals = {0};
    for (size_t i = 0; i < count; i++)
        vfsim_report_count(reports[i], &totals);
    put_head(&totals, out);
    put_suites(reports, count, out);
    junit_put_tail(out);
}

static struct report_style style_of(unsigned style, int columns)
{
    return (struct report_style){.colour = style & VFSIM_COLOUR,
                                 .columns = columns,
                                 .timeline = style & VFSIM_LADDERS_UNICODE ? REPORT_TIMELINE_UNICODE
                                             : style & VFSIM_LADDERS       ? REPORT_TIMELINE_ASCII
                                                                           : REPORT_TIMELINE_NONE};
}

static void put(const struct vfsim_report *const *reports, size_t count, bool is_list, enum vfsim_format format,
                const struct report_style *style, FILE *out)
{
    struct report **inner = alloc_zero(who, count + 1, sizeof(struct report *));
    for (size_t i = 0; i < count; i++) {
        if (format != VFSIM_TEXT || reports[i]->kind == FAILURE)
            make_whole(reports[i]);
        inner[i] = reports[i]->report;
    }
    switch (format) {
    case VFSIM_TEXT:
        for (size_t i = 0; i < count; i++)
            report_write_text(inner[i], out, style);
        break;
    case VFSIM_JSON:
        if (is_list)
            report_write_json_list(inner, (unsigned)count, out);
        else
            report_write_json(inner[0], out);
        break;
    case VFSIM_HTML:
        page_write_reports(inner, (unsigned)count, out);
        break;
    case VFSIM_JUNIT:
        put_junit(reports, count, out);
        break;
    case VFSIM_JUNIT_SUITE:
        put_suites(reports, count, out);
        break;
    }
    free(inner);
}

static char *text_of(const struct vfsim_report *const *reports, size_t count, bool is_list, enum vfsim_format format,
                     const struct report_style *style, size_t *length)
{
    char *text;
    size_t len;
    FILE *out = alloc_stream(who, &text, &len);
    put(reports, count, is_list, format, style, out);
    alloc_stream_close(who, out);
    if (length)
        *length = len;
    return text;
}

char *vfsim_report_text(const struct vfsim_report *report, enum vfsim_format format, unsigned style, int columns, size_t *length)
{
    struct report_style looks = style_of(style, columns);
    if (!report)
        return NULL;
    return text_of(&report, 1, false, format, &looks, length);
}

char *vfsim_reports_text(struct vfsim_report *const *reports, size_t count, enum vfsim_format format, size_t *length)
{
    struct report_style looks = {0};
    return text_of((const struct vfsim_report *const *)reports, count, true, format, &looks, length);
}

/* ---- a page of what others have written ---- */

char *vfsim_page(const char *json, size_t json_length, size_t *length, struct vfsim_error **error)
{
    char why[PAGE_WHY_LEN], *text;
    size_t len;
    if (lib__given(json, "JSON", error))
        return NULL;
    FILE *out = alloc_stream(who, &text, &len);
    int err = page_write(json, json_length, out, why);
    alloc_stream_close(who, out);
    if (err) {
        free(text);
        lib__fail(error, EINVAL, "%s", why);
        return NULL;
    }
    if (length)
        *length = len;
    return text;
}
