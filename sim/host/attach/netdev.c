/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network interface that the tools in a VM see, whichever device drives it. */
#include <string.h>

#include "host/attach/attach__.h"
#include "host/policy/policy__.h"

bool host_vm_has_native_vf(const struct host *host, const struct vm *vm)
{
    const struct host_vm *hv = host__find(host, vm);
    return attach_is_at(hv, ATTACH_IN) && attach_of(hv)->up;
}

bool host_vm_is_passthrough(const struct host *host, const struct vm *vm)
{
    return host__find(host, vm)->state.passthrough || host_vm_has_native_vf(host, vm);
}

static void carried(const struct host_vm *hv, struct nic_function_stats *out)
{
    const struct nic *nic = hv->host->nic[hv->state.nic].nic;
    const uint64_t *base = attach_of(hv)->base;
    nic->ops->function_stats(nic, hv->state.vf, out);
    out->rx_packets -= base[0];
    out->rx_bytes -= base[1];
    out->rx_multicast -= base[2];
    out->rx_dropped -= base[3];
    out->tx_packets -= base[4];
    out->tx_bytes -= base[5];
}

void host_vm_netdev(const struct host *host, const struct vm *vm, struct host_netdev *out)
{
    const struct host_vm *hv = host__find(host, vm);
    bool emulated = host__has_vnic(hv), own = hv->slot && attach_of(hv)->netdev;
    unsigned of_vf = pf_vf_queues(hv->host->nic[hv->state.nic].pf);

    *out = (struct host_netdev){.vf = -1, .queues = vm_get_params(vm)->queues};
    memcpy(out->mac, hv->state.mac, 6);
    out->runs = vm_get_state(vm) == VM_RUNNING && !host__is_claimed(hv, CLAIM_STANDS);
    out->kind = hv->slot && emulated ? HOST_NETDEV_MASTER
                : emulated           ? HOST_NETDEV_VMXNET3
                : own                ? HOST_NETDEV_VF
                                     : HOST_NETDEV_NONE;
    out->carrier = (emulated && !policy_of(hv)->set[VM_SET_LINK]) || (own && attach_of(hv)->carrier);
    if (!own || hv->state.vf < 0)
        return;
    out->vf = hv->state.vf;
    out->queues = out->queues < of_vf ? out->queues : of_vf;
    carried(hv, &out->carried);
}
