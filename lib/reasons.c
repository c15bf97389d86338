/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every way a frame can end, where that comes from, and what to do about it. */
#include <errno.h>
#include <string.h>

#include "core/frame/frame.h"
#include "lib/lib__.h"
#include "report/report.h"
#include "vfsim/report.h"

static void put_reason(struct report *r, enum fate fate)
{
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, "reason", NULL, REPORT_BARE, "%s", fate_name(fate));
    report_text(r, "sentence", NULL, REPORT_BARE, "%s", fate_text(fate));
    report_bool(r, "is_delivery", NULL, REPORT_JSON_ONLY, fate_is_delivery(fate));
    report_text(r, "where", NULL, REPORT_JSON_ONLY, "%s", fate_where(fate));
    report_text(r, "advice", NULL, REPORT_JSON_ONLY, "%s", fate_advice(fate));
    report_list(r, "lines", NULL, REPORT_LINES, REPORT_TEXT_ONLY);
    report_text(r, NULL, NULL, 0, "from %s", fate_where(fate));
    report_text(r, NULL, NULL, 0, "to do: %s", fate_advice(fate));
    report_end(r);
    report_end(r);
}

static int find(const char *name, struct vfsim_error **error)
{
    const char *names[FATE_COUNT + 1] = {0};
    char near[80];
    for (unsigned fate = 0; fate < FATE_COUNT; fate++) {
        names[fate] = fate_name((enum fate)fate);
        if (!strcmp(name, names[fate]))
            return (int)fate;
    }
    return lib__fail(error, ENOENT, "no frame ends as '%s'%s", name, lib__near(name, names, near, sizeof(near)));
}

struct vfsim_report *vfsim_reasons(const char *only, struct vfsim_error **error)
{
    int one = only ? find(only, error) : 0;
    if (one < 0)
        return NULL;
    struct report *r = report_create();
    report_list(r, "reasons", NULL, REPORT_BLOCKS, 0);
    for (unsigned fate = 0; fate < FATE_COUNT; fate++)
        if (!only || fate == (unsigned)one)
            put_reason(r, (enum fate)fate);
    report_end(r);
    return lib__report(r);
}
