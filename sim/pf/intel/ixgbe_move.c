/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The move of an address from one pool to another.
 *
 * An address has an entry (RAL/RAH) with the set of pools that take it, in two registers: MPSAR_LO for pools 0-31,
 * MPSAR_HI for 32-63. The PF's pool is the number of VFs, so with up to 31 VFs all pools share MPSAR_LO and a move is ONE
 * register write: no frame ever sees both owners or none. With 32 VFs or more the PF is in the other half than VFs 0-31
 * and a move between them is two moments:
 *
 *   set first      both own it for a while: every frame meanwhile is delivered twice, whoever sends it.
 *   clear first    nobody owns it for a while. What comes from the uplink then goes to the default pool, which is the PF
 *                  [82599 7.10.3.3]: the old owner still (PF -> VF) or the new one already (VF -> PF). Nothing is lost and
 *                  nothing doubled. But what another VF sends finds no local match and leaves for the wire: lost.
 *   safe           clear first, with the transmit arbiters stopped (RTTDCS.ARBDIS) and the transmit packet buffer drained,
 *                  so that no local frame meets the window. Senders wait a few microseconds; nothing is lost or doubled.
 *
 * In one half PF_MOVE_SAFE is the single write; the other orders take two on request, for experiments. The 82576 has its pools
 * in RAH, so a move is always one write there.
 */
#include "pf/intel/intel.h"

#include <errno.h>
#include <string.h>

enum { LOW = 1, HIGH = 2 };

static unsigned halves(uint64_t pools) { return ((uint32_t)pools ? LOW : 0) | (pools >> 32 ? HIGH : 0); }

static int move_checks(struct pf *pf, const struct pf_args *args)
{
    if (args->vf >= (int)pf__vfs(pf) || args->vf < PF_ANY_VF || mac_is_multicast(args->mac) || args->order > PF_MOVE_CLEAR_FIRST)
        return -EINVAL;
    if (args->vf >= 0 && pf->s.vf[args->vf].state != PF_VF_ENABLED && pf->s.vf[args->vf].state != PF_VF_ACTIVE)
        return -EINVAL;
    return 0;
}

/* While its address is at the PF, a VF that may still transmit would fail the MAC check for want of an entry
 * [82599 7.10.3.9.2.1]: the check is suspended until the VF has its address again or is stopped. */
static void suspend_spoof(struct pf *pf, uint64_t old_pools, uint64_t new_pools)
{
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        if ((old_pools & ~new_pools & pf__pool_bit(v)) && pf->s.vf[v].state == PF_VF_ACTIVE) {
            pf->s.vf[v].spoof_suspended = true;
            pf__checks(pf, v);
        }
}

static int plan(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    const struct pf_args *a = &op->args;
    int i = move_checks(pf, a);
    if (i)
        return i;
    op->new_pools = pf__pool_bit(a->vf >= 0 ? (unsigned)a->vf : pf__pool(pf));
    i = pf__filter_plan(pf, op, &op->old_pools);
    if (i < 0)
        return i;
    if (a->vf < 0 && (pf->s.filter[i].pools & pf__own_pools(pf))) /* at a queue of its own, perhaps */
        op->new_pools = pf->s.filter[i].pools;
    op->j = (uint32_t)i;
    op->k = false; /* nothing is held */
    trace_pf_move(&pf->c, mac_key(a->mac), op->old_pools, op->new_pools);
    suspend_spoof(pf, op->old_pools, op->new_pools);
    if (pf->s.filter[op->j].pools == op->new_pools)
        return pf__jump(pf, "their owners know");
    if (a->order == PF_MOVE_SET_FIRST)
        return pf__jump(pf, "both have it");
    if (a->order == PF_MOVE_CLEAR_FIRST)
        return pf__jump(pf, "nobody has it");
    return halves(op->old_pools) == halves(op->new_pools) ? pf__jump(pf, "the taker has it") : PROCEDURE_NEXT;
}

static int hold(void *owner)
{
    pf__op_now(owner)->k = true;
    pf__hw(owner)->hold_transmit(owner, true);
    return PROCEDURE_NEXT;
}

static int let_go_on(void *owner)
{
    if (pf__op_now(owner)->k)
        pf__hw(owner)->hold_transmit(owner, false);
    return PROCEDURE_NEXT;
}

/* Between the two writes. */
static int gap(struct pf *pf, uint64_t pools)
{
    const struct pf_op *op = pf__op_now(pf);
    pf__filter_pools(pf, op->j, pools);
    if (!op->args.gap_ps)
        return pf__jump(pf, "the taker has it");
    pf__sleep(pf, op->args.gap_ps);
    return PROCEDURE_WAIT;
}

static int both(void *owner) { return gap(owner, pf__op_now(owner)->old_pools | pf__op_now(owner)->new_pools); }
static int nobody(void *owner) { return gap(owner, 0); }
static int gap_over(void *owner) { return pf__jump(owner, "the taker has it"); }

static int taker(void *owner)
{
    pf__filter_pools(owner, pf__op_now(owner)->j, pf__op_now(owner)->new_pools);
    return PROCEDURE_NEXT;
}

static int owners_know(void *owner)
{
    struct pf *pf = owner;
    const struct pf_op *op = pf__op_now(pf);
    pf__owners_changed(pf, op->old_pools, &op->args);
    if (op->args.vf >= 0)
        pf__checks(pf, (unsigned)op->args.vf);
    return PROCEDURE_NEXT;
}

static const struct procedure_step move_steps[] = {
    {"see who has it", plan},
    {"hold what is sent", hold, .undo = let_go_on},
    {"wait for the transmit buffer", pf__ixgbe_transmit_buffer, .sub = &pf__ixgbe_buffer},
    {"nobody has it", nobody, .done = gap_over},
    {"both have it", both, .done = gap_over},
    {"the taker has it", taker},
    {"let what is sent go on", let_go_on},
    {"their owners know", owners_know},
};
const struct procedure_table pf__ixgbe_move = PROCEDURE_TABLE("MOVE_MAC", move_steps, PROCEDURE_UNDOES);

static const struct procedure_step set_mac_steps[] = {
    {"see the address", pf__see_address},
    {"take the new one", .sub = &pf__ixgbe_move},
    {"give up the old one", pf__give_up_address},
};
const struct procedure_table pf__ixgbe_set_mac = PROCEDURE_TABLE("VF_SET_MAC", set_mac_steps);

/*
 * ---- from queue to queue of the host's own side ----
 *
 * One write, too. But each queue has a thread: for nothing to overtake what came before, the queue that gets the address is not
 * polled until what was steered to the other one has been handed up, and it is over when what was handed over to be sent has left.
 * op->k is the queue with the filter, op->word the entry of the address (NO_ENTRY: a VF has it by now), op->new_pools who gets it.
 */
#define NO_ENTRY UINT32_MAX

static struct pf_channel *getter(struct pf *pf)
{
    unsigned pool = (unsigned)__builtin_ctzll(pf__op_now(pf)->new_pools);
    return &pf->s.channel[pf__queue_channel(pool - pf__pool(pf))];
}

static int plan_taking(struct pf *pf, struct pf_op *op, struct pf_queue *queue)
{
    int entry = pf__filter_find(pf, op->args.mac, pf__own_pools(pf));
    if (queue->in_use || pf->s.hears_all)
        return -EBUSY;
    if (entry <= 0)
        return entry < 0 ? -ENOENT : -EPERM; /* the PF's own address stays */
    if (pf->s.filter[entry].pools != pf__pool_bit(pf__pool(pf)))
        return -EBUSY; /* another machine with that address has it at its queue */
    memcpy(queue->mac, op->args.mac, 6);
    queue->vlan = op->args.first_vlan;
    queue->in_use = true;
    op->word = (uint32_t)entry;
    op->new_pools = pf__pool_bit(pf__pool(pf) + op->k);
    return PROCEDURE_NEXT;
}

static int plan_queue(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    op->k = op->args.channels;
    if (pf->s.is_down)
        return -ENODEV;
    if (!op->k || op->k > pf->netqueues)
        return -EINVAL;
    struct pf_queue *queue = &pf->s.queue[op->k];
    if (op->args.enable)
        return plan_taking(pf, op, queue);
    if (!queue->in_use)
        return PROCEDURE_LEAVE;
    int entry = pf__filter_find(pf, queue->mac, pf__pool_bit(pf__pool(pf) + op->k));
    op->word = entry < 0 ? NO_ENTRY : (uint32_t)entry;
    op->new_pools = pf__pool_bit(pf__pool(pf));
    return PROCEDURE_NEXT;
}

static int hold_getter(void *owner)
{
    struct pf *pf = owner;
    getter(pf)->is_held = true;
    pf__news(pf, PF_NEWS_QUEUE_MOVES, pf__op_now(pf)->k, 0, 0);
    return PROCEDURE_NEXT;
}

/* Frames in a VLAN that no entry is left for go on coming by queue 0. */
static int hand_over(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    struct pf_queue *queue = &pf->s.queue[op->k];
    unsigned pool = pf__pool(pf) + op->k;
    if (op->args.enable && queue->vlan && pf__vlan_add(pf, pool, queue->vlan))
        queue->vlan = 0;
    if (op->word != NO_ENTRY)
        pf__filter_pools(pf, op->word, op->new_pools);
    if (op->args.enable)
        return PROCEDURE_NEXT;
    if (queue->vlan)
        pf__vlan_del(pf, pool, queue->vlan);
    *queue = (struct pf_queue){0};
    return PROCEDURE_NEXT;
}

static int let_getter_go_on(void *owner)
{
    struct pf *pf = owner;
    struct pf_channel *ch = getter(pf);
    unsigned c = (unsigned)(ch - pf->s.channel);
    bool is_due = ch->poll_missed;
    ch->is_held = ch->poll_missed = false;
    if (!is_due)
        return PROCEDURE_NEXT;
    ch->poll_pending = true;
    pf__handled(pf, c);
    return PROCEDURE_NEXT;
}

static const struct procedure_step set_queue_steps[] = {
    {"see whose it is", plan_queue},
    {"hold the queue that gets it", hold_getter, .undo = let_getter_go_on},
    {"the queue has it", hand_over},
    {"wait for what has come", .sub = &pf__ixgbe_rx_fence, .own = PF_STEP_FORGIVEN},
    {"wait for what was sent", .sub = &pf__ixgbe_own_tx_fence, .own = PF_STEP_FORGIVEN},
    {"let the queue go on", let_getter_go_on},
};
const struct procedure_table pf__ixgbe_set_queue = PROCEDURE_TABLE("SET_QUEUE", set_queue_steps, PROCEDURE_UNDOES);
