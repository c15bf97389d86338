/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues of NICs, given to emulated VMs and taken back: looks when something has changed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/netqueue/netqueue__.h"

/* ---- what is told ---- */

static void begin_record(struct host_vm *hv)
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

static void end_record(struct host_vm *hv, const char *how)
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

/* ---- who is to have one ---- */

static bool is_at_work(const struct host_vm *hv) { return host__is_claimed(hv, CLAIM_SWITCH | CLAIM_MIGRATION | CLAIM_STANDSTILL); }

bool netqueue__is_emulated(const struct host_vm *hv)
{
    return hv->state.present && !hv->state.ended && host__has_vnic(hv) && hv->state.mac_place == MAC_ON_PF;
}

static bool wants(const struct host_vm *hv)
{
    struct pf *pf = host__nic(hv)->pf;

    return pf_netqueues(pf) && !pf_is_down(pf) && !hv->default_queue && netqueue__is_emulated(hv) && !hv->state.passthrough &&
           !is_at_work(hv) && netqueue__is_busy(hv);
}

/* What others do with the VM comes first: its queue is taken back when its address has gone from there. */
static bool keeps(const struct host_vm *hv)
{
    const struct netqueue_state *state = netqueue__state(hv);

    return netqueue__is_emulated(hv) && state->nic == hv->state.nic && !memcmp(state->mac, hv->state.mac, 6);
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

/* ---- giving and taking ---- */

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

static void give(struct host_vm *hv)
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
    end_record(hv, how);
    ask(hv, false);
}

static void pf_done(struct host_vm *hv, unsigned kind, uint32_t number, int status, int vf)
{
    struct netqueue_state *state = netqueue__state(hv);
    bool has = kind == NETQUEUE_GIVEN && status == 0;

    state->stage = has ? STAGE_HAS : STAGE_NONE;
    state->refused = kind == NETQUEUE_GIVEN && status != 0;
    if (has && state->nic == hv->state.nic)
        vswitch_set_queue(hv->host->vswitch, hv->port, hv->host->nic[state->nic].first_queue + (int)state->queue - 1);
    else
        vswitch_set_queue(hv->host->vswitch, hv->port, VSWITCH_NO_QUEUE);
    vswitch_hold_sending(hv->host->vswitch, hv->port, false);
    if (has)
        begin_record(hv);
    else if (state->refused)
        trace_netqueue(&hv->host->c, state->queue, hv->host->nic[state->nic].nic->c.name, vm_name(hv->vm),
                       pf_status_text((enum vmk_netptop)PF_OP_SET_QUEUE, status));
    if (!state->refused)
        netqueue__poke(hv->host);
}

/* ---- looking ---- */

static bool has_queues(const struct host *host)
{
    for (unsigned i = 0; i < host->nics; i++)
        if (pf_netqueues(host->nic[i].pf))
            return true;
    return false;
}

/* Once for all that changes at this moment. */
void netqueue__poke(struct host *host)
{
    if (netqueue__of_host(host)->poked || !has_queues(host))
        return;
    netqueue__of_host(host)->poked = 1;
    host__post_of_host(host, HOST_RANK_NETQUEUE, NETQUEUE_LOOK, sim_now(host->c.sim), 0);
}

static void something_changed(struct host *host)
{
    for (unsigned i = 0; i < host->vms; i++)
        netqueue__state(host->vm[i])->refused = 0;
    netqueue__poke(host);
}

static bool waits(struct host_vm *hv)
{
    const struct netqueue_state *state = netqueue__state(hv);
    return state->stage == STAGE_NONE && !state->refused && wants(hv);
}

/* Back first: what one gives another one gets. In order of the VMs, or where a balancer counts their frames the busiest first. */
static void look(struct host *host)
{
    netqueue__of_host(host)->poked = 0;
    for (unsigned i = 0; i < host->vms; i++)
        if (netqueue__state(host->vm[i])->stage == STAGE_HAS && !keeps(host->vm[i]))
            netqueue__take_back(host->vm[i], "gives it back");
    for (unsigned nic = 0; nic < host->nics; nic++)
        netqueue__give_in_order(host, nic, waits, give);
}

static void event(struct host *host, unsigned verb, const struct event *ev)
{
    switch ((enum netqueue_verb)verb) {
    case NETQUEUE_LOOK:
        look(host);
        break;
    case NETQUEUE_BALANCE:
        netqueue__balance(host, (unsigned)ev->a, waits);
        netqueue__poke(host);
        break;
    }
}

/* ---- told ---- */

static void of_vm(struct host_vm *hv) { something_changed(hv->host); }
static void switch_ended(struct host_vm *hv, bool done) { something_changed(hv->host); }

/* Its driver forgets all filters. What is asked for already is answered when the NIC is back. */
static void pf_lost(struct host_vm *hv, bool gone, const char *why)
{
    struct netqueue_state *state = netqueue__state(hv);

    if (state->stage == STAGE_HAS) {
        end_record(hv, "loses it: the NIC is reset");
        state->stage = STAGE_NONE;
        vswitch_set_queue(hv->host->vswitch, hv->port, VSWITCH_NO_QUEUE);
    }
    something_changed(hv->host);
}

static void queue_moves(struct host *host, unsigned nic, unsigned queue)
{
    for (unsigned i = 0; i < host->vms; i++) {
        const struct netqueue_state *state = netqueue__state(host->vm[i]);
        if ((state->stage == STAGE_ASKED || state->stage == STAGE_BACK) && state->nic == nic && state->queue == queue)
            vswitch_hold_sending(host->vswitch, host->vm[i]->port, true);
    }
}

/* From now on frames with its address come from elsewhere. */
static void left(struct host_vm *hv)
{
    netqueue__state(hv)->frames = 0;
    vswitch_set_queue(hv->host->vswitch, hv->port, VSWITCH_NO_QUEUE);
    something_changed(hv->host);
}

/* ---- the part ---- */

static void host_freed(struct host *host) { records_free(&netqueue__of_host(host)->records); }

static bool is_sound(const struct host *host, const struct netqueue_state *state)
{
    return state->stage <= STAGE_BACK && (state->stage == STAGE_NONE || (state->nic < host->nics && state->queue &&
                                                                         state->queue <= pf_netqueues(host->nic[state->nic].pf)));
}

static void save_host(struct host *host, struct save *s)
{
    save_field(s, netqueue__of_host(host)->poked);
    records_save(&netqueue__of_host(host)->records, sizeof(struct netqueue_record), s);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct netqueue_state state = *netqueue__state(hv);

    save_field(s, state);
    if (s->err || !save_is_loading(s))
        return;
    if (is_sound(hv->host, &state))
        *netqueue__state(hv) = state;
    else
        save_fail(s, -EPROTO, "the queue of %s is impossible", vm_name(hv->vm));
}

static int check(const struct host_vm *hv, char *why, size_t cap)
{
    const struct netqueue_state *state = netqueue__state(hv);

    if (state->stage == STAGE_HAS && !keeps(hv))
        return host__violated(why, cap, "%s has queue %u of a NIC and is not reached by it", vm_name(hv->vm), state->queue);
    return HOST_CHECK_OTHERS;
}

unsigned host_vm_queue(const struct host *host, const struct vm *vm)
{
    const struct netqueue_state *state = netqueue__state(host__find(host, vm));

    return state->stage == STAGE_HAS ? state->queue : 0;
}

unsigned host_netqueue_count(const struct host *host) { return netqueue__of_host(host)->records.count; }

const struct netqueue_record *host_netqueue_get(const struct host *host, unsigned i)
{
    return records_get(&netqueue__of_host(host)->records, sizeof(struct netqueue_record), i);
}

const struct host_part netqueue_part = {
    .name = "netqueue",
    .rank = HOST_RANK_NETQUEUE,
    .host_bytes = sizeof(struct netqueue_of_host),
    .vm_bytes = sizeof(struct netqueue_state),
    .host_freed = host_freed,
    .save_host = save_host,
    .save_vm = save_vm,
    .event = event,
    .pf_done = pf_done,
    .vm_ended = of_vm,
    .pf_lost = pf_lost,
    .queue_moves = queue_moves,
    .num_vfs_changed = of_vm,
    .port_settled = of_vm,
    .left = left,
    .switch_ended = switch_ended,
    .hotplug_ended = of_vm,
    .changed = something_changed,
    .address_moved = of_vm,
    .check = check,
};
