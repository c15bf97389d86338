/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults of a VF that a plugin drives: reset, gone, or lost with its PF; pages taken from its IOMMU domain. */
#include <errno.h>

#include "host/mode/mode__.h"
#include "host/policy/policy__.h"

/* A VF that is only acquired loses what config space says of it, not its queues, which it has not got yet. */
static void under_switch(struct host_vm *hv, bool gone, const char *why)
{
    struct switch_state *sw = switch_of(hv);

    if (hv->state.vf < 0 || (!gone && !hv->state.vf_enabled))
        return;
    sw->aborted = SWITCH_VF_LOST;
    if (switch__is_undoing(hv)) /* needs no VF that works */
        return;
    switch__reason(hv, "%s", why);
    if (!sw->to_passthrough)
        sw->forced = 1; /* what the VF held is lost */
    else if (sw->phase == PHASE_GUEST)
        switch__came(hv, 0); /* called off with what this step has done already */
}

/* The PF was reset (FLR), or its driver has reset the chip: what a plugin drives can't go on, and a switch into
 * passthrough that is under way would end with a dead VF. Both go back to emulation. */
void switch__pf_lost(struct host_vm *hv, bool gone, const char *why)
{
    if (host__is_claimed(hv, CLAIM_OWN_VF)) /* its attachment sees to it */
        return;
    if (switch__is_active(hv))
        under_switch(hv, gone, why);
    else if (hv->state.passthrough)
        switch__begin_out(hv, &switch__out_reset, why);
}

/* A VF that is gone can't be quiesced: as after a reset, what it held is lost. A switch under way fails at its next
 * operation. */
void switch__num_vfs_changed(struct host_vm *hv)
{
    if (!hv->state.passthrough || switch__is_active(hv) || pf_num_vfs(host__nic(hv)->pf))
        return;
    policy__failed(hv);
    switch__begin_out(hv, &switch__out_reset, "the VF is gone");
}

int host_vm_reset_vf(struct host *host, struct vm *vm)
{
    struct host_vm *hv = host__find(host, vm);

    if (host__is_claimed(hv, CLAIM_OWN_VF))
        return -ENOTSUP; /* what an FLR takes from a VF, its own driver would not set up again */
    if (switch__is_active(hv))
        return -EBUSY;
    if (!hv->state.passthrough)
        return -ENODEV;
    policy__failed(hv);
    switch__begin_out(hv, &switch__out_reset, "the VF was reset");
    return 0;
}

int host_vm_iommu(struct host *host, struct vm *vm, uint64_t gpa, uint64_t len, bool map)
{
    struct host_vm *hv = host__find(host, vm);

    if (!hv->vf_domain)
        return -ENODEV;
    trace_host_iommu(&host->c, map ? "given back to" : "taken from", gpa, len, vm_name(vm));
    return map ? iommu_map(hv->vf_domain, gpa, vm_mem(vm), gpa, len, IOMMU_READ | IOMMU_WRITE)
               : iommu_unmap(hv->vf_domain, gpa, len);
}
