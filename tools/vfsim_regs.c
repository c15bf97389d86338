/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim regs CHIP: the register table a chip's model is generated from. */
#include <stdio.h>
#include <string.h>

#include "nic/nic.h"
#include "report/report.h"
#include "vfsim.h"

static void print_one(struct report *r, const struct nic_reg *reg)
{
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "offset_text", "offset", REPORT_TEXT_ONLY, "0x%05x", reg->offset);
    report_number(r, "offset", NULL, REPORT_JSON_ONLY, reg->offset);
    if (reg->count > 1)
        report_text(r, NULL, "array", REPORT_TEXT_ONLY, "+0x%x * %u", reg->stride, reg->count);
    else
        report_text(r, NULL, "array", REPORT_TEXT_ONLY, "%s", "");
    report_number(r, "stride", NULL, REPORT_JSON_ONLY, reg->stride);
    report_number(r, "count", NULL, REPORT_JSON_ONLY, reg->count);
    report_text(r, "name", "register", 0, "%s", reg->name);
    report_text(r, "function", "of", 0, "%s", reg->function);
    report_text(r, "access", NULL, 0, "%s", reg->access);
    report_text(r, NULL, "reset", REPORT_TEXT_ONLY, "%08x", reg->reset);
    report_number(r, "reset", NULL, REPORT_JSON_ONLY, reg->reset);
    report_text(r, "sentence", "meaning", 0, "%s", reg->sentence);
    report_end(r);
}

const struct nic_model *vfsim_find_model(const char *name)
{
    const struct nic_model *model = nic_model_find(name);
    if (model)
        return model;
    const char *names[64] = {0};
    char near[80];
    for (unsigned i = 0; i < 63 && nic_model_at(i); i++)
        names[i] = nic_model_at(i)->name;
    vfsim_complain("there is no chip '%s'%s", name, vfsim_near(name, names, near, sizeof(near)));
    for (unsigned i = 0; names[i]; i++)
        fprintf(stderr, "  %-10s %s\n", names[i], nic_model_at(i)->sentence);
    return NULL;
}

static int print_regs(const struct vfsim_args *args)
{
    if (args->operand_count != 1) {
        vfsim_complain("of one chip: vfsim regs CHIP (vfsim regs --help)");
        return EXIT_USER;
    }
    const struct nic_model *model = vfsim_find_model(args->operands[0]);
    if (!model)
        return EXIT_USER;
    bool both = args->pf == args->vf;
    struct report *r = report_create();
    report_text(r, "chip", NULL, 0, "%s, %s", model->name, model->sentence);
    report_list(r, "registers", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < model->reg_count; i++)
        if (both || !strcmp(model->regs[i].function, args->pf ? "PF" : "VF"))
            print_one(r, &model->regs[i]);
    report_end(r);
    int err = vfsim_put_report(args, r);
    report_destroy(r);
    return err ? EXIT_USER : EXIT_PASS;
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
