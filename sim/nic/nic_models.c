/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The models there are, as their folders have declared them, and making a NIC of one. */
#include "nic/nic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The linker's names for both ends of the section that NIC_MODEL() fills. Its order is the linker's, so nobody sees it. */
extern const struct nic_model *const __start_nic_models[] __attribute__((visibility("hidden")));
extern const struct nic_model *const __stop_nic_models[] __attribute__((visibility("hidden")));

static struct nic_model_entry *added; /* those from outside */

static unsigned rank(const struct nic_model *model)
{
    unsigned before = 0;
    for (const struct nic_model *const *m = __start_nic_models; m < __stop_nic_models; m++)
        before += strcmp((*m)->name, model->name) < 0;
    for (const struct nic_model_entry *e = added; e; e = e->next)
        before += strcmp(e->model->name, model->name) < 0;
    return before;
}

const struct nic_model *nic_model_at(unsigned i)
{
    for (const struct nic_model *const *m = __start_nic_models; m < __stop_nic_models; m++)
        if (rank(*m) == i)
            return *m;
    for (const struct nic_model_entry *e = added; e; e = e->next)
        if (rank(e->model) == i)
            return e->model;
    return NULL;
}

const struct nic_model *nic_model_find(const char *name)
{
    for (const struct nic_model *const *m = __start_nic_models; m < __stop_nic_models; m++)
        if (!strcmp((*m)->name, name))
            return *m;
    for (const struct nic_model_entry *e = added; e; e = e->next)
        if (!strcmp(e->model->name, name))
            return e->model;
    return NULL;
}

int nic_model_add(struct nic_model_entry *entry)
{
    if (nic_model_find(entry->model->name))
        return -EEXIST;
    entry->next = added;
    added = entry;
    return 0;
}

uint32_t nic_model_errata(const struct nic_model *model)
{
    uint32_t usual = 0;
    for (unsigned i = 0; i < model->erratum_count; i++)
        usual |= (uint32_t)model->errata[i].is_usual << i;
    return usual;
}

const char *nic_model_names(char *text, size_t cap)
{
    size_t len = 0;
    text[0] = 0;
    for (unsigned i = 0; nic_model_at(i) && len < cap; i++)
        len += (size_t)snprintf(text + len, cap - len, "%s%s", i ? ", " : "", nic_model_at(i)->name);
    return text;
}

/* Of IEEE 802.3's speeds above one gigabit those that a server's port has. */
static bool has_rate(const struct nic_model *model, uint64_t rate_bps)
{
    static const unsigned gigabits[] = {10, 25, 40, 50, 100};
    if (!rate_bps || rate_bps == model->rate_bps)
        return true;
    for (unsigned i = 0; i < sizeof(gigabits) / sizeof(gigabits[0]); i++)
        if (rate_bps == gigabits[i] * UINT64_C(1000000000))
            return rate_bps <= model->rate_most_bps;
    return false;
}

static bool is_possible(const struct nic_model *model, const struct nic_params *params, char *err, size_t err_cap)
{
    if (model->can & NIC_SRIOV ? params->vfs < 1 || params->vfs > model->max_vfs : params->vfs > 0)
        snprintf(err, err_cap, "NIC '%s': a NIC of model %s has %s%u VFs, not %u", params->name, model->name,
                 model->can & NIC_SRIOV ? "1 to " : "", model->max_vfs, params->vfs);
    else if (!has_rate(model, params->rate_bps) && model->rate_most_bps)
        snprintf(err, err_cap, "NIC model '%s' runs at 10, 25, 40, 50 or 100 Gb/s", model->name);
    else if (!has_rate(model, params->rate_bps))
        snprintf(err, err_cap, "NIC model '%s' runs at %u Gb/s only", model->name, (unsigned)(model->rate_bps / 1000000000));
    else if (params->device && !nic_model_can(params->device->model, NIC_MULTI_FUNCTION))
        snprintf(err, err_cap, "NIC model '%s' has one function a device", params->device->model->name);
    else if (params->symmetric && (!nic_model_can(model, NIC_SYMMETRIC) || params->vfs < 2))
        snprintf(err, err_cap, "NIC '%s': a symmetric view needs %s: one is the hypervisor's own", params->name,
                 nic_model_can(model, NIC_SYMMETRIC) ? "2 VFs" : "a model that has it, and 2 VFs");
    else
        return true;
    return false;
}

struct nic *nic_create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    const struct nic_model *model = nic_model_find(params->model);
    char names[256];
    if (!model) {
        snprintf(err, err_cap, "unknown NIC model '%s'; there are %s", params->model, nic_model_names(names, sizeof(names)));
        return NULL;
    }
    if (!is_possible(model, params, err, err_cap))
        return NULL;
    struct nic *nic = model->create(sim, params, err, err_cap);
    if (nic && !nic->first) /* a model of one function */
        nic_join_device(nic, &(struct nic_params){0}, 1);
    if (nic) {
        nic->plug->in_ps = model->rx_pipeline_ps;
        nic->plug->out_ps = model->tx_pipeline_ps;
        nic->rate_bps = params->rate_bps ? params->rate_bps : model->rate_bps;
    }
    return nic;
}

void nic_destroy(struct nic *nic)
{
    if (nic)
        nic->ops->destroy(nic);
}
