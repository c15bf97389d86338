/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of a NIC is given to a VM, and taken back; who had which, and when. */
#include <stdio.h>
#include <string.h>

#include "host/netqueue/netqueue__.h"

/* ---- what is told ---- */

void netqueue__begin_record(struct host_vm *hv)
{
    const struct netqueue_state *state = netqueue__state(hv);
    struct netqueue_record *record = records_add(&netqueue__of_host(hv->host)->records, sizeof(*record));

    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(hv->vm));
    snprintf(record->nic, sizeof(record->nic), "%s", hv->host->nic[state->nic].nic->c.name);
    record->queue = state->queue;
    record->from = sim_now(hv->host->c.sim);
    record->to = SIM_NEVER;
    trace_netqueue(&hv->host->c, state->queue, record->nic, record->vm, "has it for itself");
}

void netqueue__end_record(struct host_vm *hv, const char *how)
{
    const struct netqueue_state *state = netqueue__state(hv);
    struct records *list = &netqueue__of_host(hv->host)->records;

    for (unsigned i = list->count; i-- > 0;) {
        struct netqueue_record *record = records_get(list, sizeof(*record), i);
        if (record->to != SIM_NEVER || record->queue != state->queue || strcmp(record->vm, vm_name(hv->vm)))
            continue;
        record->to = sim_now(hv->host->c.sim);
        trace_netqueue(&hv->host->c, record->queue, record->nic, record->vm, how);
        return;
    }
}

/* ---- giving and taking ---- */

bool netqueue__is_emulated(const struct host_vm *hv)
{
    return hv->state.present && !hv->state.ended && host__has_vnic(hv) && hv->state.mac_place == MAC_ON_PF;
}

static unsigned free_queue(const struct host *host, unsigned nic)
{
    for (unsigned queue = 1; queue <= pf_netqueues(host->nic[nic].pf); queue++) {
        bool is_free = true;
        for (unsigned i = 0; i < host->vms; i++) {
            const struct netqueue_state *other = netqueue__state(host->vm[i]);
            is_free &= other->stage == STAGE_NONE || other->nic != nic || other->queue != queue;
        }
        if (is_free)
            return queue;
    }
    return 0;
}

static void ask(struct host_vm *hv, bool give)
{
    struct netqueue_state *state = netqueue__state(hv);
    struct pf_args args = {.vf = PF_ANY_VF, .channels = state->queue, .enable = give};

    memcpy(args.mac, state->mac, 6);
    args.first_vlan = hv->vlan > 0 ? (uint16_t)hv->vlan : 0;
    state->stage = give ? STAGE_ASKED : STAGE_BACK;
    pf_request(hv->host->nic[state->nic].pf, (enum vmk_netptop)PF_OP_SET_QUEUE, &args, &hv->host->c, HOST_EV_PF_DONE,
               host__cookie(hv, HOST_RANK_NETQUEUE, give ? NETQUEUE_GIVEN : NETQUEUE_BACK, 0));
}

void netqueue__give(struct host_vm *hv)
{
    struct netqueue_state *state = netqueue__state(hv);
    unsigned queue = free_queue(hv->host, hv->state.nic);

    if (!queue)
        return;
    state->nic = hv->state.nic;
    state->queue = queue;
    memcpy(state->mac, hv->state.mac, 6);
    ask(hv, true);
}

void netqueue__take_back(struct host_vm *hv, const char *how)
{
    netqueue__end_record(hv, how);
    ask(hv, false);
}
