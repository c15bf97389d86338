/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, VLANs and multicast of the pools, and the move of an address from one pool to another.
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
#include "pf/pf__.h"

#include <errno.h>
#include <string.h>

enum { LOW = 1, HIGH = 2 };

static uint64_t pool_bit(unsigned pool) { return UINT64_C(1) << pool; }

static unsigned halves(uint64_t pools)
{
    return ((uint32_t)pools ? LOW : 0) | (pools >> 32 ? HIGH : 0);
}

/* ---- addresses ---- */

static bool takes(const struct pf_filter *f, const uint8_t mac[6], uint64_t pools)
{
    return f->valid && (f->pools & pools) && !memcmp(f->mac, mac, 6);
}

int pf__ixgbe_filter_find(const struct pf *pf, const uint8_t mac[6], uint64_t pools)
{
    for (int i = 1; i < PF_FILTERS_MAX; i++)
        if (takes(&pf->s.filter[i], mac, pools))
            return i;
    return takes(&pf->s.filter[0], mac, pools) ? 0 : -1;
}

void pf__ixgbe_filter_pools(struct pf *pf, unsigned i, uint64_t pools)
{
    uint64_t before = pf->s.filter[i].pools;
    pf->s.filter[i].pools = pools;
    pf__hw(pf)->pools(pf, i, before);
}

/* A new entry becomes valid with its last write. -ENOSPC when all are taken. */
int pf__ixgbe_filter_add(struct pf *pf, const uint8_t mac[6], uint64_t pools)
{
    for (unsigned i = 1; i < pf__hw(pf)->filters; i++) {
        struct pf_filter *f = &pf->s.filter[i];
        if (f->valid)
            continue;
        pf__ixgbe_filter_pools(pf, i, pools);
        memcpy(f->mac, mac, 6);
        f->valid = true;
        f->users = 1;
        pf__hw(pf)->address(pf, i);
        return (int)i;
    }
    return -ENOSPC;
}

void pf__ixgbe_filter_drop(struct pf *pf, unsigned i, uint64_t pools)
{
    struct pf_filter *f = &pf->s.filter[i];
    uint64_t left = f->pools & ~pools;
    if (!left) {
        f->valid = false;
        pf__hw(pf)->address(pf, i);
    }
    pf__ixgbe_filter_pools(pf, i, left);
}

/* No address and no VLAN names the VF any more. */
void pf__ixgbe_filters_release(struct pf *pf, unsigned vf)
{
    for (unsigned i = 1; i < PF_FILTERS_MAX; i++)
        if (pf->s.filter[i].valid && (pf->s.filter[i].pools & pool_bit(vf)))
            pf__ixgbe_filter_drop(pf, i, pool_bit(vf));
    for (unsigned i = 0; i < PF_VLANS_MAX; i++)
        if (pf->s.vlan[i].valid && (pf->s.vlan[i].pools & pool_bit(vf)))
            pf__ixgbe_vlan_del(pf, vf, pf->s.vlan[i].vid);
}

/* ---- the move ---- */

static int move_checks(struct pf *pf, const struct pf_args *args)
{
    if (args->vf >= (int)pf__vfs(pf) || args->vf < PF_ANY_VF || mac_is_multicast(args->mac) ||
        args->order > PF_MOVE_CLEAR_FIRST)
        return -EINVAL;
    if (args->vf >= 0 && pf->s.vf[args->vf].state != PF_VF_ENABLED && pf->s.vf[args->vf].state != PF_VF_ACTIVE)
        return -EINVAL;
    return 0;
}

/*
 * Nobody asks whether somebody else has the address: the chip takes it in as many entries as one likes, and each entry's pools get
 * the frame [ixgbe_main.c ixgbe_add_mac_filter]. So each VF has an entry of its own, and the host's own side has one for all the
 * emulated machines with that address; who leaves it to the others gets a new one.
 */
int pf__filter_plan(struct pf *pf, const struct pf_op *op, uint64_t *old)
{
    const struct pf_args *a = &op->args;
    uint64_t own = pool_bit(pf__pool(pf)), to = a->vf >= 0 ? pool_bit((unsigned)a->vf) : own;
    uint64_t from = a->vf >= 0 ? own : a->giver ? pool_bit(a->giver - 1u) : ~own;
    int giver = pf__ixgbe_filter_find(pf, a->mac, from), taker = pf__ixgbe_filter_find(pf, a->mac, to);
    if (op->op != PF_OP_MOVE_MAC && (!a->enable || giver == 0))
        giver = -1; /* an address set for a VF is taken from nobody */
    else if ((a->vf >= 0 ? giver : taker) == 0)
        return -EPERM; /* the PF's own address stays */
    *old = giver >= 0 ? pf->s.filter[giver].pools : taker >= 0 ? pf->s.filter[taker].pools : 0;
    if (taker >= 0) { /* it has it already: who gives it up just does */
        if (giver >= 0 && a->vf >= 0 && pf->s.filter[giver].users > 1)
            pf->s.filter[giver].users--;
        else if (giver >= 0)
            pf__ixgbe_filter_drop(pf, (unsigned)giver, from);
        if (giver >= 0 && a->vf < 0)
            pf->s.filter[taker].users++;
        return taker;
    }
    if (giver >= 0 && pf->s.filter[giver].users == 1)
        return giver;
    if (giver >= 0)
        pf->s.filter[giver].users--;
    return pf__ixgbe_filter_add(pf, a->mac, to);
}

/* While its address is at the PF, a VF that may still transmit would fail the MAC check for want of an entry
 * [82599 7.10.3.9.2.1]: the check is suspended until the VF has its address again or is stopped. */
static void owners_changed(struct pf *pf, uint64_t old_pools, const struct pf_args *args)
{
    for (unsigned v = 0; v < pf__vfs(pf); v++) {
        struct pf_vf *vf = &pf->s.vf[v];
        if ((int)v == args->vf) {
            memcpy(vf->mac, args->mac, 6);
            vf->has_mac = true;
            vf->spoof_suspended = false;
            pf__ixgbe_spoof(pf, v);
        } else if (old_pools & pool_bit(v)) {
            vf->has_mac = false;
        }
    }
}

static void suspend_spoof(struct pf *pf, uint64_t old_pools, uint64_t new_pools)
{
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        if ((old_pools & ~new_pools & pool_bit(v)) && pf->s.vf[v].state == PF_VF_ACTIVE) {
            pf->s.vf[v].spoof_suspended = true;
            pf__ixgbe_spoof(pf, v);
        }
}

int pf__ixgbe_move(struct pf *pf, struct pf_op *op)
{
    struct pf_args *a = &op->args;
    int status = 0, i;
    OP_BEGIN(op->sub_place)
    if ((status = move_checks(pf, a)))
        return status;
    op->new_pools = pool_bit(a->vf >= 0 ? (unsigned)a->vf : pf__pool(pf));
    i = pf__filter_plan(pf, op, &op->old_pools);
    if (i < 0)
        return i;
    op->j = (uint32_t)i;
    trace_pf_move(&pf->c, mac_key(a->mac), op->old_pools, op->new_pools);
    suspend_spoof(pf, op->old_pools, op->new_pools);
    if (pf->s.filter[op->j].pools == op->new_pools) {
        /* it is there */
    } else if (a->order == PF_MOVE_SET_FIRST) {
        pf__ixgbe_filter_pools(pf, op->j, op->old_pools | op->new_pools);
        if (a->gap_ps)
            WAIT_PS(op->sub_place, 1, a->gap_ps);
        pf__ixgbe_filter_pools(pf, op->j, op->new_pools);
    } else if (a->order == PF_MOVE_CLEAR_FIRST) {
        pf__ixgbe_filter_pools(pf, op->j, 0);
        if (a->gap_ps)
            WAIT_PS(op->sub_place, 2, a->gap_ps);
        pf__ixgbe_filter_pools(pf, op->j, op->new_pools);
    } else if (halves(op->old_pools) == halves(op->new_pools)) {
        pf__ixgbe_filter_pools(pf, op->j, op->new_pools);
    } else {
        pf__hw(pf)->hold_transmit(pf, true);
        WAIT_FOR(op->sub_place, 3, status, pf__ixgbe_tx_fence(pf, op));
        if (!status) {
            pf__ixgbe_filter_pools(pf, op->j, 0);
            if (a->gap_ps)
                WAIT_PS(op->sub_place, 4, a->gap_ps);
            pf__ixgbe_filter_pools(pf, op->j, op->new_pools);
        }
        pf__hw(pf)->hold_transmit(pf, false);
    }
    if (!status)
        owners_changed(pf, op->old_pools, a);
    OP_END
    op->sub_place = 0;
    return status;
}

/* ---- VLANs: an entry has a VID and its pools; the PF is in each, so that emulated ports of the VLAN hear it ---- */

static int vlan_find(const struct pf *pf, uint16_t vid)
{
    for (int i = 0; i < PF_VLANS_MAX; i++)
        if (pf->s.vlan[i].valid && pf->s.vlan[i].vid == vid)
            return i;
    return -1;
}

static void vlan_write(struct pf *pf, unsigned i, bool fresh)
{
    pf__hw(pf)->vlan(pf, i, pf->s.vlan[i].pools ? pf->s.vlan[i].pools | pool_bit(pf__pool(pf)) : 0, fresh);
}

int pf__ixgbe_vlan_add(struct pf *pf, unsigned vf, uint16_t vid)
{
    int i = vlan_find(pf, vid);
    for (unsigned e = 0; i < 0 && e < pf__hw(pf)->vlans; e++)
        if (!pf->s.vlan[e].valid)
            i = (int)e;
    if (i < 0)
        return -ENOSPC;
    bool fresh = !pf->s.vlan[i].valid;
    pf->s.vlan[i].vid = vid;
    pf->s.vlan[i].valid = true;
    pf->s.vlan[i].pools |= pool_bit(vf);
    vlan_write(pf, (unsigned)i, fresh);
    return 0;
}

int pf__ixgbe_vlan_del(struct pf *pf, unsigned vf, uint16_t vid)
{
    int i = vlan_find(pf, vid);
    if (i < 0 || !(pf->s.vlan[i].pools & pool_bit(vf)))
        return -EINVAL;
    pf->s.vlan[i].pools &= ~pool_bit(vf);
    pf->s.vlan[i].valid = pf->s.vlan[i].pools != 0;
    vlan_write(pf, (unsigned)i, !pf->s.vlan[i].valid);
    return 0;
}

/* ---- multicast: one table of 4096 bits for all pools, hashed by bits 47:36 of the address [82599 7.1.1.1.2] ---- */

void pf__ixgbe_multicast(struct pf *pf)
{
    uint32_t table[128] = {0};
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        for (uint32_t m = 0; m < pf->s.vf[v].multicast_count; m++) {
            const uint8_t *mac = pf->s.vf[v].multicast[m];
            uint32_t hash = (uint32_t)mac[4] >> 4 | (uint32_t)mac[5] << 4;
            table[hash >> 5] |= 1u << (hash & 31);
        }
    for (unsigned w = 0; w < 128; w++)
        if (table[w] != pf->s.mta[w]) {
            pf->s.mta[w] = table[w];
            pf__write(pf, pf__hw(pf)->mta + 4 * w, table[w]);
        }
}
