/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold whenever nobody is at work with a VM: nothing of a VF is owned, mapped or filtered without a use. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "host/host__.h"

int host__violated(char *why, size_t cap, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, cap, fmt, ap);
    va_end(ap);
    return -EINVAL;
}

/* A switch, or a VF on its way in or out. */
static bool is_busy(const struct host_vm *hv) { return host__is_claimed(hv, CLAIM_SWITCH | CLAIM_OWN_VF_MOVES); }

static int check_place(const struct host_vm *hv, char *why, size_t cap)
{
    const struct host_vm_state *state = &hv->state;
    const char *name = vm_name(hv->vm);

    if (state->passthrough || state->vf >= 0 || state->vf_domain || state->vf_mapped || state->vf_image)
        return host__violated(why, cap, "%s has left and something of a VF is left behind", name);
    if (state->mac_place != MAC_NOWHERE)
        return host__violated(why, cap, "%s has left and its address is still in the embedded switch", name);
    if (vmxnet3_is_activated(hv->dev) || vswitch_to_vm(hv->host->vswitch, hv->port) || vswitch_from_vm(hv->host->vswitch, hv->port))
        return host__violated(why, cap, "%s has left and its device or port is in use", name);
    return 0;
}

static int check_emulated(const struct host_vm *hv, char *why, size_t cap)
{
    const struct host_vm_state *state = &hv->state;
    const char *name = vm_name(hv->vm);

    if (state->vf >= 0)
        return host__violated(why, cap, "%s is emulated and owns VF %d", name, state->vf);
    if (vmxnet3_is_closed(hv->dev))
        return host__violated(why, cap, "%s is emulated and its device is closed", name);
    if (state->vf_domain)
        return host__violated(why, cap, "%s is emulated and an IOMMU domain of a VF is left", name);
    if (state->vf_mapped)
        return host__violated(why, cap, "%s is emulated and registers of a VF are mapped", name);
    if (state->vf_image)
        return host__violated(why, cap, "%s is emulated and a plugin is left in it", name);
    if (state->vf_enabled || state->vf_active)
        return host__violated(why, cap, "%s is emulated and a VF is enabled for it", name);
    if (state->ended && state->mac_place != MAC_NOWHERE)
        return host__violated(why, cap, "%s has ended and its address is still in the embedded switch", name);
    if (state->mac_place == MAC_ON_VF)
        return host__violated(why, cap, "%s is emulated and its address is at a VF", name);
    return 0;
}

static int check_idle_vm(const struct host_vm *hv, char *why, size_t cap)
{
    if (!hv->state.present)
        return check_place(hv, why, cap);
    for (unsigned rank = 0; rank < HOST_RANKS; rank++) {
        const struct host_part *part = hv->host->parts[rank];
        int answer = part->check ? part->check(hv, why, cap) : HOST_CHECK_OTHERS;
        if (answer != HOST_CHECK_OTHERS)
            return answer == HOST_CHECK_GOOD ? 0 : answer;
    }
    return check_emulated(hv, why, cap);
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
            return host__violated(why, cap, "%s VF %u is owned and no VM is on it", host->nic[nic].nic->c.name, vf);
        if (!owned && hv)
            return host__violated(why, cap, "%s is on VF %u of %s, which is free", vm_name(hv->vm), vf, host->nic[nic].nic->c.name);
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
