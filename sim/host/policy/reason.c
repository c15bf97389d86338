/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The questions behind policy.def, each asked of the state that it is about. */
#include "host/policy/policy__.h"

enum { GOS_TYPE_MASK = 15, GOS_BITS_MASK = 3, DVS_FIRST = 1 /* "4.1" of the words */ };

static bool vm_has(const struct host_vm *hv, enum vm_setting setting) { return policy_of(hv)->set[setting] != 0; }
static bool host_has(const struct host_vm *hv, enum host_setting setting) { return policy_of_host(hv->host)->set[setting] != 0; }
static struct pf *pf_of(const struct host_vm *hv) { return hv->host->nic[hv->state.nic].pf; }

/* ---- the VM's side ---- */

/* A NIC that speaks the emulated device's rings needs nothing of the guest. */
static bool needs_plugin(const struct host_vm *hv) { return pf_passthru(pf_of(hv)) != PF_PASSTHRU_UPT; }

/* Plugins are images of 64 bits. */
static bool guest(const struct host_vm *hv)
{
    uint32_t gos = vmxnet3_guest_os(hv->dev), type = gos >> VMXNET3_GOS_TYPE_SHIFT & GOS_TYPE_MASK;

    return (needs_plugin(hv) && (gos & GOS_BITS_MASK) != VMXNET3_GOS_BITS_64) ||
           !(policy_of_host(hv->host)->set[HOST_SET_GUESTS] >> type & 1);
}

static bool driver(const struct host_vm *hv)
{
    struct Vmxnet3_VariableLenConfDesc desc;

    return needs_plugin(hv) && (!vmxnet3_plugin_conf(hv->dev, &desc) || desc.confVer < CONF_VERSION_MIN);
}

static bool adapter(const struct host_vm *hv) { return vm_has(hv, VM_SET_ADAPTER); }
static bool link(const struct host_vm *hv) { return vm_has(hv, VM_SET_LINK); }
static bool features(const struct host_vm *hv) { return vmxnet3_rx_mode(hv->dev) & VMXNET3_RXM_PROMISC; }
static bool backing(const struct host_vm *hv) { return vm_has(hv, VM_SET_BACKING); }
static bool reservation(const struct host_vm *hv)
{
    return policy_of(hv)->set[VM_SET_RESERVATION] < vm_get_params(hv->vm)->ram_bytes;
}
static bool ft(const struct host_vm *hv) { return vm_has(hv, VM_SET_FT) || vm_has(hv, VM_SET_RECORD); }
static bool iochain(const struct host_vm *hv) { return vswitch_filter(hv->host->vswitch, hv->port, 0); }
static bool monitor(const struct host_vm *hv) { return vm_has(hv, VM_SET_MONITOR); }

static bool operation(const struct host_vm *hv)
{
    return policy_of(hv)->uplink_asked || host__is_claimed(hv, CLAIM_MIGRATION) ||
           (host__is_claimed(hv, CLAIM_STANDSTILL) && !host__is_claimed(hv, CLAIM_RETURNS));
}

static bool error(const struct host_vm *hv)
{
    return sim_now(hv->host->c.sim) < policy_of(hv)->error_until || hv->state.waits_for_guest;
}

/* A switch in that is under way has what it asks for promised. */
static bool is_entering(const struct host_vm *other) { return host__is_claimed(other, CLAIM_SWITCH_IN); }

/* Those on a VF have theirs, in order; `promised`: those on their way, too. */
bool policy__vectors_suffice(const struct host_vm *hv, bool promised)
{
    const struct host *host = hv->host;
    uint64_t limit = policy_of_host(host)->set[HOST_SET_VECTORS], used = pf_vf_vectors(pf_of(hv));

    for (unsigned i = 0; limit && i < host->vms; i++) {
        const struct host_vm *other = host->vm[i];
        if (other == hv || (hv->state.vf_domain && i > hv->index))
            continue;
        if (other->state.vf_domain)
            used += other->state.vectors;
        else if (promised && !hv->state.vf_domain && is_entering(other))
            used += pf_vf_vectors(pf_of(other));
    }
    return !limit || used <= limit;
}

static bool vectors(const struct host_vm *hv) { return pf_vf_count(pf_of(hv)) && !policy__vectors_suffice(hv, true); }

static bool vmci(const struct host_vm *hv) { return vm_has(hv, VM_SET_VMCI); }

/* ---- the network's ---- */

static bool dvs(const struct host_vm *hv) { return policy_of_host(hv->host)->set[HOST_SET_DVS] < DVS_FIRST; }
static bool nic(const struct host_vm *hv) { return pf_vf_count(pf_of(hv)) == 0; }

static bool vf(const struct host_vm *hv)
{
    const struct host *host = hv->host;
    unsigned free = pf_vf_free(pf_of(hv));

    if (hv->state.vf >= 0 || is_entering(hv) || nic(hv))
        return false;
    if (pf_is_down(pf_of(hv)))
        return true;
    for (unsigned i = 0; free && i < host->vms; i++)
        if (host->vm[i]->state.nic == hv->state.nic && is_entering(host->vm[i]) && host->vm[i]->state.vf < 0)
            free--;
    return free == 0;
}

static bool port(const struct host_vm *hv) { return !hv->state.policy[HOST_POLICY_PASSTHROUGH]; }

/* ---- the host's ---- */

static bool product(const struct host_vm *hv) { return needs_plugin(hv) && !host_has(hv, HOST_SET_NPA); }
static bool hardware(const struct host_vm *hv) { return !host_has(hv, HOST_SET_IOMMU); }
static bool disabled(const struct host_vm *hv) { return !host_has(hv, HOST_SET_PASSTHROUGH); }

/* ---- all of them ---- */

static bool (*const questions[])(const struct host_vm *hv) = {
#define PT_REASON(name, side, word, sentence, source) name,
#include "host/policy/policy.def"
#undef PT_REASON
};

uint32_t policy__ask(const struct host_vm *hv)
{
    uint32_t reasons = 0;

    for (unsigned i = 0; i < PT_REASON_COUNT; i++)
        reasons |= (uint32_t)questions[i](hv) << i;
    return reasons;
}

const struct pt_reason_info *pt_reason_describe(enum pt_reason reason)
{
    static const struct pt_reason_info info[] = {
#define PT_REASON(name, side, word, sentence, source) {#name, #side, word, sentence, source},
#include "host/policy/policy.def"
#undef PT_REASON
    };
    return &info[reason];
}
