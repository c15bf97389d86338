/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues of NICs, given to emulated VMs and taken back: looks when something has changed. */
#include <errno.h>
#include <string.h>

#include "host/netqueue/netqueue__.h"

/* What others do with the VM comes first: its queue is taken back when its address has gone from there. */
static bool keeps(const struct host_vm *hv)
{
    const struct netqueue_state *state = netqueue__state(hv);

    return netqueue__is_emulated(hv) && state->nic == hv->state.nic && !memcmp(state->mac, hv->state.mac, 6);
}

static bool has_queues(const struct host *host)
{
    for (unsigned i = 0; i < host->nics; i++)
        if (pf_netqueues(host->nic[i].pf))
            return true;
    return false;
}

/* Once for all that changes at this moment. */
static void poke(struct host *host)
{
    if (netqueue__of_host(host)->poked || !has_queues(host))
        return;
    netqueue__of_host(host)->poked = 1;
    host__post_of_host(host, HOST_RANK_NETQUEUE, NETQUEUE_LOOK, sim_now(host->c.sim), 0);
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
        netqueue__begin_record(hv);
    else if (state->refused)
        trace_netqueue(&hv->host->c, state->queue, hv->host->nic[state->nic].nic->c.name, vm_name(hv->vm),
                       pf_status_text((enum vmk_netptop)PF_OP_SET_QUEUE, status));
    if (!state->refused)
        poke(hv->host);
}

/* ---- looking ---- */

static void something_changed(struct host *host)
{
    for (unsigned i = 0; i < host->vms; i++)
        netqueue__state(host->vm[i])->refused = 0;
    poke(host);
}

/* Back first: what one gives another one gets. In order of the VMs, or where a balancer counts their frames the busiest first. */
static void look(struct host *host)
{
    netqueue__of_host(host)->poked = 0;
    for (unsigned i = 0; i < host->vms; i++)
        if (netqueue__state(host->vm[i])->stage == STAGE_HAS && !keeps(host->vm[i]))
            netqueue__take_back(host->vm[i], "gives it back");
    for (unsigned nic = 0; nic < host->nics; nic++)
        netqueue__give_in_order(host, nic);
}

static void event(struct host *host, unsigned verb, const struct event *ev)
{
    switch ((enum netqueue_verb)verb) {
    case NETQUEUE_LOOK:
        look(host);
        break;
    case NETQUEUE_BALANCE:
        netqueue__balance(host, (unsigned)ev->a);
        poke(host);
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
        netqueue__end_record(hv, "loses it: the NIC is reset");
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
