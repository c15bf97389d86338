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
    {NIC_SYMMETRIC, "symmetric", "view symmetric: the PF off the data path"},
    {NIC_VF_STATE, "vf_state", "a VF's state can migrate"},
    {NIC_FLOW_FILTERS, "flow_filters", "ethtool -N: filters by what a frame is"},
    {NIC_RESTARTS, "restarts", "ip link set down, mtu, ethtool -G and -L: its driver restarts"},
    {NIC_VF_ASKS_RSS, "vf_asks_rss", "a VF's driver may ask how receive hashing is set up"},
};
enum { ABILITIES = sizeof(abilities) / sizeof(abilities[0]) };

/* JSON has each by its key; the text a line of what belongs together. */
static void print_facts(struct report *r, const struct nic_model *model)
{
    report_number(r, "vfs", NULL, REPORT_JSON_ONLY, model->max_vfs);
    report_number(r, "vf_queues", NULL, REPORT_JSON_ONLY, model->vf_queues_max);
    report_number(r, "addresses", NULL, REPORT_JSON_ONLY, model->addresses);
    report_number(r, "vlans", NULL, REPORT_JSON_ONLY, model->vlans);
    report_number(r, "rate_bps", NULL, REPORT_JSON_ONLY, model->rate_bps);
    report_text(r, "pf_family", NULL, REPORT_JSON_ONLY, "%s", model->pf_family);
    report_text(r, "vf_plugin", NULL, REPORT_JSON_ONLY | (model->vf_plugin ? 0 : REPORT_ABSENT), "%s",
                model->vf_plugin ? model->vf_plugin : "");
    report_text(r, "vf_driver", NULL, REPORT_JSON_ONLY | (model->vf_driver ? 0 : REPORT_ABSENT), "%s",
                model->vf_driver ? model->vf_driver : "");
}

static void print_lines(struct report *r, const struct nic_model *model)
{
    report_list(r, NULL, NULL, REPORT_LINES, REPORT_TEXT_ONLY);
    if (model->max_vfs)
        report_text(r, NULL, NULL, 0, "limits: %u VFs of %u queue pairs, %u addresses, %u VLANs, %uG", model->max_vfs,
                    model->vf_queues_max, model->addresses, model->vlans, (unsigned)(model->rate_bps / 1000000000));
    else
        report_text(r, NULL, NULL, 0, "limits: no VFs, %u addresses, %u VLANs, %uG", model->addresses, model->vlans,
                    (unsigned)(model->rate_bps / 1000000000));
    report_text(r, NULL, NULL, 0, "drivers: %s of the PF%s%s%s%s", model->pf_family, model->vf_plugin ? ", plugin " : "",
                model->vf_plugin ? model->vf_plugin : "", model->vf_driver ? ", in a guest " : "",
                model->vf_driver ? model->vf_driver : "");
    for (unsigned i = 0; i < ABILITIES; i++)
        if (nic_model_can(model, abilities[i].what))
            report_text(r, NULL, NULL, 0, "can: %s", abilities[i].text);
    report_end(r);
}

static void print_one(struct report *r, const struct nic_model *model)
{
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, "model", NULL, REPORT_BARE, "%s", model->name);
    report_text(r, "sentence", NULL, REPORT_BARE, "%s", model->sentence);
    print_facts(r, model);
    report_list(r, "can", NULL, REPORT_LINES, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < ABILITIES; i++)
        if (nic_model_can(model, abilities[i].what))
            report_text(r, NULL, NULL, 0, "%s", abilities[i].key);
    report_end(r);
    print_lines(r, model);
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
    .options = WITH(JSON) | WITH(CHIP),
    .about = "The words behind `model` in a scenario, with what each chip can do. `vfsim regs MODEL` has its registers.",
    .examples = "vfsim models\n"
                "vfsim models 82576\n",
    .run = print_models,
};
