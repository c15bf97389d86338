/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chips there are, what they can do, and their registers. */
#include <errno.h>
#include <string.h>

#include "lib/lib__.h"
#include "nic/nic.h"
#include "report/report.h"
#include "vfsim/report.h"

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

static void put_name(struct report *r, const char *key, const char *label, const char *name)
{
    report_text(r, key, label, name ? 0 : REPORT_ABSENT, "%s", name ? name : "");
}

static void put_model(struct report *r, const struct nic_model *model)
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
    put_name(r, "vf_plugin", "plugin of a VF", model->vf_plugin);
    put_name(r, "vf_driver", "a guest's own driver", model->vf_driver);
    report_list(r, "can", "can", REPORT_LINES, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < ABILITIES; i++)
        if (nic_model_can(model, abilities[i].what))
            report_text(r, NULL, NULL, 0, "%s", abilities[i].text);
    report_end(r);
    report_end(r);
}

enum { MODELS_MAX = 64 };

/* NULL after an error with what there is. */
static const struct nic_model *find(const char *name, struct vfsim_error **error)
{
    const struct nic_model *model = nic_model_find(name);
    const char *names[MODELS_MAX] = {0};
    char near[80], all[400];
    if (model)
        return model;
    for (unsigned i = 0; i < MODELS_MAX - 1 && nic_model_at(i); i++)
        names[i] = nic_model_at(i)->name;
    lib__fail(error, ENOENT, "there is no chip '%s'%s (there are %s)", name, lib__near(name, names, near, sizeof(near)),
              nic_model_names(all, sizeof(all)));
    return NULL;
}

struct vfsim_report *vfsim_models(const char *only, struct vfsim_error **error)
{
    const struct nic_model *one = only ? find(only, error) : NULL;
    if (only && !one)
        return NULL;
    struct report *r = report_create();
    report_list(r, "models", NULL, REPORT_BLOCKS, 0);
    for (unsigned i = 0; nic_model_at(i); i++)
        if (!one || nic_model_at(i) == one)
            put_model(r, nic_model_at(i));
    report_end(r);
    return lib__report(r);
}

/* ---- registers ---- */

static void put_register(struct report *r, const struct nic_reg *reg)
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

struct vfsim_report *vfsim_registers(const char *name, unsigned of, struct vfsim_error **error)
{
    const struct nic_model *model = find(name, error);
    if (!model)
        return NULL;
    struct report *r = report_create();
    report_text(r, "chip", NULL, 0, "%s, %s", model->name, model->sentence);
    report_list(r, "registers", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < model->reg_count; i++)
        if (of & (!strcmp(model->regs[i].function, "PF") ? VFSIM_OF_PF : VFSIM_OF_VF))
            put_register(r, &model->regs[i]);
    report_end(r);
    return lib__report(r);
}
