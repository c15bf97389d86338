/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports: what `vfsim run`, `vfsim models`, `vfsim reasons`, `vfsim regs` and `vfsim plugin` print, from one document each, so
 * that text and JSON cannot differ.
 */
#ifndef VFSIM_REPORT_H
#define VFSIM_REPORT_H

#include <vfsim/world.h>

VFSIM_BEGIN_DECLS

struct vfsim_report;

VFSIM_API struct vfsim_report *vfsim_world_report(struct vfsim_world *world); /* finishes it (world.h) */
VFSIM_API void vfsim_report_free(struct vfsim_report *report);                /* NULL is fine */

enum vfsim_format {
    VFSIM_TEXT,
    VFSIM_JSON,  /* docs/report.schema.json */
    VFSIM_HTML,  /* a page of its own, nothing from elsewhere */
    VFSIM_JUNIT, /* testcases for CI servers; of worlds and of scenarios that gave none */
    VFSIM_JUNIT_SUITE, /* of one report, its <testsuite> alone: for a document that is put together */
};
enum vfsim_style {
    VFSIM_COLOUR = 1 << 0,
    VFSIM_LADDERS = 1 << 1,         /* text: switches and migrations drawn, … */
    VFSIM_LADDERS_UNICODE = 1 << 2, /* … with characters beyond ASCII */
};
/* One report, or several in one document (a list; a page). `style`: bits of enum vfsim_style, of text only; `columns`: of a
 * terminal, 0: 100. vfsim_free() the text, which a zero byte ends. */
VFSIM_API char *vfsim_report_text(const struct vfsim_report *report, enum vfsim_format format, unsigned style, int columns,
                                  size_t *length);
VFSIM_API char *vfsim_reports_text(struct vfsim_report *const *reports, size_t count, enum vfsim_format format, size_t *length);

/* The page of what is there as JSON: a report or a list of them (VFSIM_JSON), the table of a sweep (`vfsim sweep`'s sweep.json), or
 * {"result": one of these, "against": another, "differences": what `vfsim diff --json` says of them}. The same bytes as VFSIM_HTML
 * gives of the same reports. NULL if it is none of these. vfsim_free() it. */
VFSIM_API char *vfsim_page(const char *json, size_t json_length, size_t *length, struct vfsim_error **error);

/* What a report says of a scenario that gave no world: the same keys, with verdict ERROR and these errors. */
VFSIM_API struct vfsim_report *vfsim_failure_report(const char *name, const char *title, const struct vfsim_error *errors);
/* One error more, of what else went wrong: for JSON and JUnit, and before they are asked for. `line` 0: of no line. */
VFSIM_API void vfsim_report_add_error(struct vfsim_report *report, unsigned line, unsigned column, const char *text);
/* How long it took by the caller's clock; JUnit alone tells it. */
VFSIM_API void vfsim_report_set_duration(struct vfsim_report *report, uint64_t milliseconds);

struct vfsim_totals {
    uint64_t tests, failures, errors, skipped, milliseconds;
};
VFSIM_API void vfsim_report_count(const struct vfsim_report *report, struct vfsim_totals *totals); /* its testcases, added */
/* What stands in front of the suites in a JUnit document; "</testsuites>" and a newline end it. vfsim_free() it. */
VFSIM_API char *vfsim_junit_head(const struct vfsim_totals *totals, size_t *length);

/* What this library knows, as documents. `only`: one name; NULL: all. NULL with what there is instead. */
VFSIM_API struct vfsim_report *vfsim_models(const char *only, struct vfsim_error **error); /* chips, and what they can do */
VFSIM_API struct vfsim_report *vfsim_reasons(const char *only, struct vfsim_error **error); /* how frames end */
enum { VFSIM_OF_PF = 1, VFSIM_OF_VF = 2 };
VFSIM_API struct vfsim_report *vfsim_registers(const char *model, unsigned of, struct vfsim_error **error);
/* What the hypervisor says to plugin images: all that can be read are in the report, what can't is an error each. `refused` (may be
 * NULL): how many it would not take. */
VFSIM_API struct vfsim_report *vfsim_plugin_check(const char *const *paths, size_t count, size_t *refused,
                                                  struct vfsim_error **error);

struct vfsim_signing {
    size_t size; /* sizeof(struct vfsim_signing) */
    const char *licence; /* "GPL-2.0-only"; NULL: what the image's note has */
    const char *vendor; /* of the plugin, with its version; the same */
    const char *output; /* the signed image, of one alone; NULL: it takes the place of the image */
    bool again; /* sign also what is signed already */
};
/* Puts licence, vendor and digest into the note of each image, and a note where none is (`how` NULL: all as the notes have it).
 * Those that were signed are in the report, with what the hypervisor says to them; what can't be signed or written is an error each
 * (EEXIST: it is signed already), and stays as it was. `refused` (may be NULL): how many it would not take nonetheless, for their
 * licence or their code. */
VFSIM_API struct vfsim_report *vfsim_plugin_sign(const char *const *paths, size_t count, const struct vfsim_signing *how,
                                                 size_t *refused, struct vfsim_error **error);

VFSIM_END_DECLS

#endif
