/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim reasons: every way a frame can end, where that comes from, and what to do about it. */
#include "vfsim.h"

static int print_reasons(const struct vfsim_args *args)
{
    struct vfsim_error *error = NULL;
    char hint[VFSIM_HINT_LEN];
    if (args->operand_count > 1) {
        vfsim_complain("one reason at most: vfsim reasons [REASON]%s", vfsim_stray_hint(args, args->stray, hint, sizeof(hint)));
        return EXIT_USER;
    }
    struct vfsim_report *report = vfsim_reasons(args->operand_count ? args->operands[0] : NULL, &error);
    if (report)
        return vfsim_put_report(args, report);
    vfsim_complain("%s (vfsim reasons lists them)%s", error->text, vfsim_stray_hint(args, args->operands[0], hint, sizeof(hint)));
    vfsim_error_free(error);
    return EXIT_USER;
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
