/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim models: the chips there are, what they can do, and their limits. */
#include "nic/nic.h"
#include "report/report.h"
#include "vfsim.h"

static const struct {
    enum nic_capability what;
    const char *key, *text;
} abilities[] = {
    {NIC_SRIOV, "sriov", "SR-IOV"},
    {NIC_VF_IS_VMXNET3, "vf_is_vmxnet3", "a VF is a vmxnet3 device"},
    {NIC_MULTI_FUNCTION, "multi_function", "several ports on one card"},
    {NIC_SYMMETRIC, "symmetric", "symmetric"},
    {NIC_VF_STATE, "vf_state", "a VF's state can migrate"},
    {NIC_FLOW_FILTERS, "flow_filters", "ethtool -N"},
    {NIC_RESTARTS, "restarts", "ip link set down"},
    {NIC_VF_ASKS_RSS, "vf_asks_rss", "a VF asks for RSS"},
};
enum { ABILITIES = sizeof(abilities) / sizeof(abilities[0]) };

static void print_name(struct report *r, const char *key, const char *label, const char *name)
{
    report_text(r, key, label, name ? 0 : REPORT_ABSENT, "%s", name ? name : "");
}

static void print_one(struct report *r, const struct nic_model *model)
{
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, "model", NULL, REPORT_BARE, "%s", model->name);
    report_text(r, "sentence", NULL, REPORT_BARE, "%s", model->sentence);
    report_number(r, "vfs", "VFs at most", REPORT_SKIP_ZERO, model->max_vfs);
    report_number(r, "vf_queues", "queue pairs of a VF", REPORT_SKIP_ZERO, model->vf_queues_max);
    report_number(r, "addresses", "addresses", REPORT_SKIP_ZERO, model->addresses);
    report_number(r, "vlans", "VLANs", REPORT_SKIP_ZERO, model->vlans);
    report_number(r, "rate_bps", NULL, REPORT_JSON_ONLY, model->rate_bps);
    report_text(r, "rate", "rate", REPORT_TEXT_ONLY, "%uG", (unsigned)(model->rate_bps / 1000000000));
    report_text(r, "pf_family", "driver of the PF", 0, "%s", model->pf_family);
    print_name(r, "vf_plugin", "plugin of a VF", model->vf_plugin);
    print_name(r, "vf_driver", "a guest's own driver", model->vf_driver);
    report_list(r, "can", "can", REPORT_LINES, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < ABILITIES; i++)
        if (nic_model_can(model, abilities[i].what))
            report_text(r, NULL, NULL, 0, "%s", abilities[i].text);
    report_end(r);
    report_end(r);
}

static int print_models(const struct vfsim_args *args)
{
    if (args->operand_count > 1) {
        vfsim_complain("one model at most: vfsim models [MODEL]");
        return EXIT_USER;
    }
    const struct nic_model *only = args->operand_count ? vfsim_find_model(args->operands[0]) : NULL;
    if (args->operand_count && !only)
        return EXIT_USER;
    struct report *r = report_create();
    report_list(r, "models", NULL, REPORT_BLOCKS, 0);
    for (unsigned i = 0; nic_model_at(i); i++)
        if (!only || nic_model_at(i) == only)
            print_one(r, nic_model_at(i));
    report_end(r);
    int err = vfsim_put_report(args, r);
    report_destroy(r);
    return err ? EXIT_USER : EXIT_PASS;
}

const struct vfsim_verb vfsim_verb_models = {
    .name = "models",
    .sentence = "list the models of NICs, what they can do, and their limits",
    .operands = "[MODEL]",
    .what = VALUE_MODEL,
    .options = WITH(JSON),
    .about = "The words behind `model` in a scenario, with what each chip can do. `vfsim regs MODEL` has its registers.",
    .examples = "vfsim models\n"
                "vfsim models 82576\n",
    .run = print_models,
};
