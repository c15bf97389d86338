/* SPDX-License-Identifier: GPL-2.0-or-later */
/* by emulated: nothing but memory, vCPU and the emulated device; the VM has to be out of passthrough. */
#include "host/migrate/methods/methods__.h"

static const char *refuse(const struct migrator *m, const struct host_vm *from, const struct host_vm *to, int nic,
                          const struct migrate_params *params)
{
    (void)m, (void)to, (void)nic, (void)params;
    const char *why = migrate_net_refusal(MIGRATE_EMULATED, vm_get_params(from->vm)->net);
    if (why)
        return why;
    return from->state.passthrough ? "it is on a VF: by npa, or switch it to emulation first" : NULL;
}

const struct migrate_method_ops migrate_method_emulated = {
    .name = "emulated",
    .method = MIGRATE_EMULATED,
    .refuse = refuse,
};
