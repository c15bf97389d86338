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
    {NIC_SYMMETRIC, "symmetric", "view symmetric: the PF off the data path"},
    {NIC_VF_STATE, "vf_state", "a VF's state can migrate"},
    {NIC_FLOW_FILTERS, "flow_filters", "ethtool -N: filters by what a frame is"},
    {NIC_RESTARTS, "restarts", "ip link set down, mtu, ethtool -G and -L: its driver restarts"},
    {NIC_VF_ASKS_RSS, "vf_asks_rss", "a VF's driver may ask how receive hashing is set up"},
};
enum { ABILITIES = sizeof(abilities) / sizeof(abilities[0]) };

/* JSON has each by its key; the text a line of what belongs together. */
static void put_facts(struct report *r, const struct nic_model *model)
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

static void put_lines(struct report *r, const struct nic_model *model)
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
    for (unsigned i = 0; i < model->erratum_count; i++)
        report_text(r, NULL, NULL, 0, "erratum%s: %s: %s", model->errata[i].is_usual ? "" : " (if it is said)",
                    model->errata[i].name, model->errata[i].sentence);
    report_end(r);
}

static void put_model(struct report *r, const struct nic_model *model)
{
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, "model", NULL, REPORT_BARE, "%s", model->name);
    report_text(r, "sentence", NULL, REPORT_BARE, "%s", model->sentence);
    put_facts(r, model);
    report_list(r, "can", NULL, REPORT_LINES, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < ABILITIES; i++)
        if (nic_model_can(model, abilities[i].what))
            report_text(r, NULL, NULL, 0, "%s", abilities[i].key);
    report_end(r);
    put_lines(r, model);
    report_end(r);
}

enum { MODELS_MAX = 64 };

/* NULL after an error with what there is. */
static const struct nic_model *find(const char *name, struct vfsim_error **error)
{
    const struct nic_model *model = nic_model_find(name);
    const char *names[MODELS_MAX] = {0};
    char near[80];
    if (model)
        return model;
    for (unsigned i = 0; i < MODELS_MAX - 1 && nic_model_at(i); i++)
        names[i] = nic_model_at(i)->name;
    lib__fail(error, ENOENT, "there is no chip '%s'%s", name, lib__near(name, names, near, sizeof(near)));
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
    const struct nic_model *model = lib__given(name, "name of a chip", error) ? NULL : find(name, error);
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
