/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim regs CHIP: the register table a chip's model is generated from. */
#include "vfsim.h"

static int print_regs(const struct vfsim_args *args)
{
    struct vfsim_error *error = NULL;
    char hint[VFSIM_HINT_LEN];
    bool both = args->pf == args->vf;
    if (args->operand_count != 1) {
        vfsim_complain("of one chip: vfsim regs CHIP (vfsim regs --help)%s",
                       vfsim_stray_hint(args, args->stray, hint, sizeof(hint)));
        return EXIT_USER;
    }
    unsigned of = (both || args->pf ? VFSIM_OF_PF : 0) | (both || args->vf ? VFSIM_OF_VF : 0);
    struct vfsim_report *report = vfsim_registers(args->operands[0], of, &error);
    return report ? vfsim_put_report(args, report) : vfsim_no_model(args, error);
}

const struct vfsim_verb vfsim_verb_regs = {
    .name = "regs",
    .sentence = "print the registers of a chip",
    .operands = "CHIP",
    .what = VALUE_MODEL,
    .options = WITH(PF) | WITH(VF) | WITH(JSON) | WITH(CHIP),
    .about = "Prints the register table that the model of a chip is generated from.",
    .examples = "vfsim regs 82599 --vf\n"
                "vfsim regs 82599 | grep -i mailbox\n",
    .run = print_regs,
};
