/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim reasons: every way a frame can end, where that comes from, and what to do about it. */
#include <string.h>

#include "core/frame/frame.h"
#include "report/report.h"
#include "vfsim.h"

static void print_one(struct report *r, enum fate fate)
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

static int find_reason(const char *name)
{
    const char *names[FATE_COUNT + 1] = {0};
    char near[80];
    for (unsigned fate = 0; fate < FATE_COUNT; fate++) {
        names[fate] = fate_name((enum fate)fate);
        if (!strcmp(name, names[fate]))
            return (int)fate;
    }
    vfsim_complain("no frame ends as '%s'%s (vfsim reasons lists them)", name, vfsim_near(name, names, near, sizeof(near)));
    return -1;
}

static int print_reasons(const struct vfsim_args *args)
{
    if (args->operand_count > 1) {
        vfsim_complain("one reason at most: vfsim reasons [REASON]");
        return EXIT_USER;
    }
    int only = args->operand_count ? find_reason(args->operands[0]) : -1;
    if (args->operand_count && only < 0)
        return EXIT_USER;
    struct report *r = report_create();
    report_list(r, "reasons", NULL, REPORT_BLOCKS, 0);
    for (unsigned fate = 0; fate < FATE_COUNT; fate++)
        if (only < 0 || fate == (unsigned)only)
            print_one(r, (enum fate)fate);
    report_end(r);
    int err = vfsim_put_report(args, r);
    report_destroy(r);
    return err ? EXIT_USER : EXIT_PASS;
}

const struct vfsim_verb vfsim_verb_reasons = {
    .name = "reasons",
    .sentence = "say how frames end, where that comes from, and what to do",
    .operands = "[REASON]",
    .what = VALUE_REASON,
    .options = WITH(JSON),
    .about = "Every word of a report's table of drops (and of `expect drops reason`), and the ways to be delivered.",
    .examples = "vfsim reasons\n"
                "vfsim reasons rx_no_descriptor\n",
    .run = print_reasons,
};
