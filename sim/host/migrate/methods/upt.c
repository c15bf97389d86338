/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by upt: the VM's VF is a vmxnet3 device in hardware, so what it has to carry over is ring indices. Its rings come
 * back to the emulated device [switch_upt.c], go with that device's state in the stream, and are given to a VF of the
 * destination, if it has a NIC of that kind; else the VM stays emulated there. The guest takes no part at all.
 */
#include <errno.h>
#include <stdio.h>

#include "host/migrate/methods/methods__.h"

static const char *refuse(const struct migrator *m, const struct host_vm *from, const struct host_vm *to, int nic,
                          const struct migrate_params *params)
{
    (void)m, (void)to, (void)nic, (void)params;
    const char *why = migrate_net_refusal(MIGRATE_UPT, vm_get_params(from->vm)->net);
    if (why)
        return why;
    return from->state.passthrough && !from->state.upt ? "its VF is no vmxnet3 device: by npa" : NULL;
}

static int choose_nic(const struct host_vm *from, const struct host_vm *to)
{
    (void)from;
    for (unsigned i = 0; i < to->host->nics; i++)
        if (pf_passthru(to->host->nic[i].pf) == PF_PASSTHRU_UPT)
            return (int)i;
    return -1;
}

static int enter(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *to = migrate__to(m, g);

    if (g->state.was_passthrough && pf_passthru(host__nic(to)->pf) != PF_PASSTHRU_UPT) {
        snprintf(why, cap, "%.40s has no NIC whose VFs are vmxnet3 devices", to->host->name);
        return -ENODEV;
    }
    return migrate__enter_by_switch(m, g, why, cap);
}

const struct migrate_method_ops migrate_method_upt = {
    .name = "upt",
    .method = MIGRATE_UPT,
    .refuse = refuse,
    .choose_nic = choose_nic,
    .leave = migrate__leave_by_switch,
    .enter = enter,
    .back = migrate__back_by_switch,
    .more = migrate__more_by_switch,
};
