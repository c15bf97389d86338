/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is to have a queue of a NIC: who comes first, or by load, who is busy enough for one and who gives his up. */
#include <assert.h>
#include <string.h>

#include "host/netqueue/netqueue__.h"

void host_balance_queues(struct host *host, const char *nic, uint64_t frames_per_second, sim_time every)
{
    unsigned i = 0;

    while (i < host->nics && strcmp(host->nic[i].nic->c.name, nic) != 0)
        i++;
    assert(i < host->nics && every);
    netqueue__of_host(host)->balance[i] =
        (struct netqueue_balance){.every = every, .frames = (uint64_t)((unsigned __int128)frames_per_second * every / SIM_S)};
    host__post_of_host(host, HOST_RANK_NETQUEUE, NETQUEUE_BALANCE, every, i);
}

static const struct netqueue_balance *balance_of(const struct host_vm *hv)
{
    return &netqueue__of_host(hv->host)->balance[hv->state.nic];
}

/* Enough for a queue; where nobody counts, all are. */
static bool is_busy(const struct host_vm *hv)
{
    return !balance_of(hv)->every || netqueue__state(hv)->frames > balance_of(hv)->frames;
}

static bool is_at_work(const struct host_vm *hv) { return host__is_claimed(hv, CLAIM_SWITCH | CLAIM_MIGRATION | CLAIM_STANDSTILL); }

static bool wants(const struct host_vm *hv)
{
    struct pf *pf = host__nic(hv)->pf;

    return pf_netqueues(pf) && !pf_is_down(pf) && !hv->default_queue && netqueue__is_emulated(hv) && !hv->state.passthrough &&
           !is_at_work(hv) && is_busy(hv);
}

static bool waits(const struct host_vm *hv)
{
    const struct netqueue_state *state = netqueue__state(hv);
    return state->stage == STAGE_NONE && !state->refused && wants(hv);
}

void netqueue__give_in_order(struct host *host, unsigned nic)
{
    for (unsigned round = 0; round < host->vms; round++) {
        struct host_vm *next = NULL;
        for (unsigned i = 0; i < host->vms; i++) {
            struct host_vm *hv = host->vm[i];
            if (hv->state.nic == nic && waits(hv) && (!next || netqueue__state(hv)->frames > netqueue__state(next)->frames))
                next = hv;
        }
        if (!next)
            return;
        netqueue__give(next);
        if (netqueue__state(next)->stage == STAGE_NONE)
            return; /* there is none left */
    }
}

/* Both ways, as its device has seen them; a VM that comes here begins at none. */
static void count(struct host_vm *hv)
{
    struct netqueue_state *state = netqueue__state(hv);
    struct vmxnet3_stats stats;

    if (!netqueue__is_emulated(hv)) {
        state->frames = 0;
        state->until = ~UINT64_C(0);
        return;
    }
    vmxnet3_get_stats(hv->dev, &stats);
    uint64_t all = stats.rx_frames + stats.tx_frames;
    state->frames = all > state->until ? all - state->until : 0;
    state->until = all;
}

static struct host_vm *least_busy_owner(const struct host *host, unsigned nic)
{
    struct host_vm *least = NULL;

    for (unsigned i = 0; i < host->vms; i++) {
        const struct netqueue_state *state = netqueue__state(host->vm[i]);
        if (state->stage == STAGE_HAS && state->nic == nic && (!least || state->frames < netqueue__state(least)->frames))
            least = host->vm[i];
    }
    return least;
}

/* One a look: who comes behind is looked at again in the next interval. */
static void make_room(struct host *host, unsigned nic)
{
    struct host_vm *least = least_busy_owner(host, nic);
    unsigned taken = 0;

    for (unsigned i = 0; i < host->vms; i++)
        taken += netqueue__state(host->vm[i])->stage != STAGE_NONE && netqueue__state(host->vm[i])->nic == nic;
    if (!least || taken < pf_netqueues(host->nic[nic].pf))
        return;
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->state.nic == nic && waits(host->vm[i]) &&
            netqueue__state(host->vm[i])->frames > 2 * netqueue__state(least)->frames) {
            netqueue__take_back(least, "gives it to one with more traffic");
            return;
        }
}

void netqueue__balance(struct host *host, unsigned nic)
{
    const struct netqueue_balance *balance = &netqueue__of_host(host)->balance[nic];

    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->state.nic == nic)
            count(host->vm[i]);
    for (unsigned i = 0; i < host->vms; i++) {
        const struct netqueue_state *state = netqueue__state(host->vm[i]);
        if (state->stage == STAGE_HAS && state->nic == nic && state->frames <= balance->frames / 2)
            netqueue__take_back(host->vm[i], "gives it back: it has little traffic");
    }
    make_room(host, nic);
    host__post_of_host(host, HOST_RANK_NETQUEUE, NETQUEUE_BALANCE, sim_now(host->c.sim) + balance->every, nic);
}
