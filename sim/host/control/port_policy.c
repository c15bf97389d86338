/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator allows the guest at a port, changed while the VM runs. */
#include "host/control/control__.h"

static const char *policy_name(enum host_policy policy)
{
    switch (policy) {
    case HOST_POLICY_MAC_CHANGE:
        return "mac changes";
    case HOST_POLICY_PROMISC:
        return "promiscuous mode";
    case HOST_POLICY_FORGED:
        return "forged transmits";
    case HOST_POLICY_VLAN_TRUNK:
        return "guest VLANs";
    case HOST_POLICY_PASSTHROUGH:
        return "passthrough";
    }
    return "?";
}

/* Promiscuous mode is taken away at once; the other settings count from the next request, frame or switch on. */
void host_set_policy(struct host *host, struct vm *vm, enum host_policy policy, bool allow)
{
    struct host_vm *hv = host__find(host, vm);
    struct pf_args args = {.vf = hv->state.vf};

    hv->state.policy[policy] = allow;
    trace_host_policy(&host->c, vm_name(vm), policy_name(policy), allow ? "allowed" : "refused");
    host__changed(host);
    if (policy == HOST_POLICY_FORGED) {
        vswitch_set_forged(host->vswitch, hv->port, allow);
        if (hv->state.vf_enabled)
            control__spoof_check(hv, !allow);
    } else if (policy == HOST_POLICY_VLAN_TRUNK) {
        vswitch_set_trunk(host->vswitch, hv->port, allow);
    } else if (policy == HOST_POLICY_PROMISC) {
        uint32_t mode = control_of(hv)->rx_mode_asked & (allow ? ~0u : ~VMXNET3_RXM_PROMISC);
        vmxnet3_limit_rx_mode(hv->dev, mode);
        if (!hv->state.vf_active)
            return;
        control__rx_mode_args(hv, true, &args);
        host__ask_pf(hv, VMK_NETPTOP_VF_SET_RX_MODE, &args, HOST_NOBODY);
    }
}
