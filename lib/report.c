/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports, and what is written of them. */
#include "report/report.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "lib/lib__.h"
#include "report/junit.h"
#include "scenario/outcome/outcome.h"
#include "vfsim/report.h"

static const char who[] = "a report";

struct vfsim_report {
    struct report *report;
    bool is_of_world;
    struct junit_suite suite;
};

struct vfsim_report *lib__report(struct report *report)
{
    struct vfsim_report *made = alloc_zero(who, 1, sizeof(*made));
    made->report = report;
    return made;
}

struct vfsim_report *vfsim_world_report(struct vfsim_world *world)
{
    vfsim_world_finish(world, NULL, NULL);
    if (!world->is_finished)
        return NULL;
    struct vfsim_report *made = lib__report(report_create());
    made->is_of_world = true;
    world_report(world->w, made->report);
    junit_suite_init(&made->suite, vfsim_scenario_name(world->scenario));
    world_junit(world->w, &made->suite);
    return made;
}

void vfsim_report_free(struct vfsim_report *report)
{
    if (!report)
        return;
    report_destroy(report->report);
    if (report->is_of_world)
        junit_suite_fini(&report->suite);
    free(report);
}

static void put_junit(const struct vfsim_report *const *reports, size_t count, FILE *out)
{
    struct junit_totals totals = {0};
    for (size_t i = 0; i < count; i++)
        if (reports[i]->is_of_world)
            junit_count(&totals, &reports[i]->suite);
    junit_put_head(out, &totals);
    for (size_t i = 0; i < count; i++)
        if (reports[i]->is_of_world)
            junit_put_suite(out, &reports[i]->suite);
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
    for (size_t i = 0; i < count; i++)
        inner[i] = reports[i]->report;
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
        report_write_html(inner, (unsigned)count, out);
        break;
    case VFSIM_JUNIT:
        put_junit(reports, count, out);
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
    return text_of(&report, 1, false, format, &looks, length);
}

char *vfsim_reports_text(struct vfsim_report *const *reports, size_t count, enum vfsim_format format, size_t *length)
{
    struct report_style looks = {0};
    return text_of((const struct vfsim_report *const *)reports, count, true, format, &looks, length);
}
