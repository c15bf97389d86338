/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of NIC models. A new chip adds its line here. */
#include "nic/nic.h"

#include <stdio.h>
#include <string.h>

#include "nic/82576/nic82576.h"
#include "nic/82599/nic82599.h"
#include "nic/upt/upt.h"

static const struct nic_model *const models[] = {&nic82599_model, &nic82576_model, &nic82599_regular_model, &nic_upt_model};

const struct nic_model *nic_model_at(unsigned i)
{
    return i < sizeof(models) / sizeof(models[0]) ? models[i] : NULL;
}

const struct nic_model *nic_model_find(const char *name)
{
    for (unsigned i = 0; nic_model_at(i); i++)
        if (!strcmp(nic_model_at(i)->name, name))
            return nic_model_at(i);
    return NULL;
}

struct nic *nic_create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    const struct nic_model *model = nic_model_find(params->model);
    if (!model) {
        snprintf(err, err_cap, "unknown NIC model '%s'; there are 82599, 82576, upt (SR-IOV) and regular", params->model);
        return NULL;
    }
    if (params->vfs > model->max_vfs) {
        snprintf(err, err_cap, "NIC model '%s' has at most %u VFs, not %u", model->name, model->max_vfs, params->vfs);
        return NULL;
    }
    if (params->device && params->device->ops->interest == NULL) {
        snprintf(err, err_cap, "NIC model '%s' has one function a device", params->device->model);
        return NULL;
    }
    if (params->symmetric && (strcmp(params->model, "82599") || params->vfs < 2)) {
        snprintf(err, err_cap, "NIC '%s': a symmetric view needs model 82599 and 2 VFs: one is the hypervisor's own", params->name);
        return NULL;
    }
    struct nic *nic = model->create(sim, params, err, err_cap);
    if (nic && !nic->first) /* a model of one function */
        nic_join_device(nic, &(struct nic_params){0}, 1);
    return nic;
}

void nic_destroy(struct nic *nic)
{
    if (nic)
        nic->ops->destroy(nic);
}
