/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold whenever no switch is under way [facts/npa.md 6.3]: nothing is owned, mapped or filtered without a
 * use. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "host/host__.h"

static int violated(char *why, size_t cap, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int violated(char *why, size_t cap, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, cap, fmt, ap);
    va_end(ap);
    return -EINVAL;
}

/* A switch, or a VF on its way in or out. */
static bool is_busy(const struct host_vm *hv)
{
    return switch_of(hv)->active || (attach_of(hv)->phase != ASSIGN_NONE && attach_of(hv)->phase != ASSIGN_IN);
}

static int check_idle_vm(const struct host_vm *hv, char *why, size_t cap)
{
    const struct host_vm_state *st = &hv->state;
    const char *name = vm_name(hv->vm);

    if (!st->present) {
        if (st->passthrough || st->vf >= 0 || st->vf_domain || st->vf_mapped || st->vf_image)
            return violated(why, cap, "%s has left and something of a VF is left behind", name);
        if (st->mac_place != MAC_NOWHERE)
            return violated(why, cap, "%s has left and its address is still in the embedded switch", name);
        if (vmxnet3_is_activated(hv->dev) || vswitch_to_vm(hv->host->vswitch, hv->port) ||
            vswitch_from_vm(hv->host->vswitch, hv->port))
            return violated(why, cap, "%s has left and its device or port is in use", name);
        return 0;
    }
    if (st->passthrough) {
        if (st->vf < 0 || !st->vf_domain || !st->vf_mapped || !st->vf_active)
            return violated(why, cap, "%s is passed through without all of a VF", name);
        if (st->mac_place != MAC_ON_VF)
            return violated(why, cap, "%s is passed through and its address is not at its VF", name);
        if (vswitch_to_vm(hv->host->vswitch, hv->port) || vswitch_from_vm(hv->host->vswitch, hv->port))
            return violated(why, cap, "%s is passed through and the virtual switch holds frames of it", name);
        return 0;
    }
    if (st->own_vf.phase == ASSIGN_IN) {
        if (st->vf < 0 || !st->vf_domain || st->ended)
            return violated(why, cap, "%s has a VF of its own without all of it", name);
        return 0;
    }
    if (st->vf >= 0)
        return violated(why, cap, "%s is emulated and owns VF %d", name, st->vf);
    if (vmxnet3_is_closed(hv->dev))
        return violated(why, cap, "%s is emulated and its device is closed", name);
    if (st->vf_domain)
        return violated(why, cap, "%s is emulated and an IOMMU domain of a VF is left", name);
    if (st->vf_mapped)
        return violated(why, cap, "%s is emulated and registers of a VF are mapped", name);
    if (st->vf_image)
        return violated(why, cap, "%s is emulated and a plugin is left in it", name);
    if (st->vf_enabled || st->vf_active)
        return violated(why, cap, "%s is emulated and a VF is enabled for it", name);
    if (st->ended && st->mac_place != MAC_NOWHERE)
        return violated(why, cap, "%s has ended and its address is still in the embedded switch", name);
    if (st->mac_place == MAC_ON_VF)
        return violated(why, cap, "%s is emulated and its address is at a VF", name);
    if (!st->waits_for_guest && !st->ended && st->pending_cmd)
        return violated(why, cap, "%s waits for the outcome of a command that nobody carries out", name);
    return 0;
}

static const struct host_vm *owner_of(const struct host *host, unsigned nic, unsigned vf)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->state.nic == nic && host->vm[i]->state.vf == (int)vf)
            return host->vm[i];
    return NULL;
}

static int check_vfs(const struct host *host, unsigned nic, char *why, size_t cap)
{
    struct pf *pf = host->nic[nic].pf;

    for (unsigned vf = 0; vf < pf_vf_count(pf); vf++) {
        const struct host_vm *hv = owner_of(host, nic, vf);
        bool owned = pf_vf_get_state(pf, vf) != PF_VF_FREE;
        if (hv && is_busy(hv))
            continue;
        if (owned && !hv)
            return violated(why, cap, "%s VF %u is owned and no VM is on it", host->nic[nic].nic->c.name, vf);
        if (!owned && hv)
            return violated(why, cap, "%s is on VF %u of %s, which is free", vm_name(hv->vm), vf,
                            host->nic[nic].nic->c.name);
    }
    return 0;
}

/* A switch in its last moments may own a VF that the VM no longer names. */
static bool any_switch_is_active(const struct host *host)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (is_busy(host->vm[i]))
            return true;
    return false;
}

int host_check_invariants(const struct host *host, char *why, size_t why_cap)
{
    int status = 0;

    for (unsigned i = 0; i < host->vms && !status; i++)
        if (!is_busy(host->vm[i]))
            status = check_idle_vm(host->vm[i], why, why_cap);
    for (unsigned i = 0; i < host->nics && !status && !any_switch_is_active(host); i++)
        status = check_vfs(host, i, why, why_cap);
    return status;
}
