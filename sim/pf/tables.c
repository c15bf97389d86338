/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of a chip's switch, as the driver keeps them: addresses, VLANs and groups, each with the set of pools that take it.
 * Which entry is whose is decided here; the family writes it where its chip has it.
 */
#include "pf/pf__.h"

#include <errno.h>
#include <string.h>

/* ---- addresses ---- */

static bool takes(const struct pf_filter *f, const uint8_t mac[6], uint64_t pools)
{
    return f->valid && (f->pools & pools) && !memcmp(f->mac, mac, 6);
}

int pf__filter_find(const struct pf *pf, const uint8_t mac[6], uint64_t pools)
{
    for (int i = 1; i < PF_FILTERS_MAX; i++)
        if (takes(&pf->s.filter[i], mac, pools))
            return i;
    return takes(&pf->s.filter[0], mac, pools) ? 0 : -1;
}

void pf__filter_pools(struct pf *pf, unsigned i, uint64_t pools)
{
    uint64_t before = pf->s.filter[i].pools;
    pf->s.filter[i].pools = pools;
    pf->family->pools(pf, i, before);
}

/* A new entry becomes valid with its last write. -ENOSPC when all are taken. */
int pf__filter_add(struct pf *pf, const uint8_t mac[6], uint64_t pools)
{
    for (unsigned i = 1; i < pf->nic->model->addresses; i++) {
        struct pf_filter *f = &pf->s.filter[i];
        if (f->valid)
            continue;
        pf__filter_pools(pf, i, pools);
        memcpy(f->mac, mac, 6);
        f->valid = true;
        f->users = 1;
        pf->family->address(pf, i);
        return (int)i;
    }
    return -ENOSPC;
}

void pf__filter_drop(struct pf *pf, unsigned i, uint64_t pools)
{
    struct pf_filter *f = &pf->s.filter[i];
    uint64_t left = f->pools & ~pools;
    if (!left) {
        f->valid = false;
        pf->family->address(pf, i);
    }
    pf__filter_pools(pf, i, left);
}

/* No address and no VLAN names the VF any more. */
void pf__filters_release(struct pf *pf, unsigned vf)
{
    for (unsigned i = 1; i < PF_FILTERS_MAX; i++)
        if (pf->s.filter[i].valid && (pf->s.filter[i].pools & pf__pool_bit(vf)))
            pf__filter_drop(pf, i, pf__pool_bit(vf));
    for (unsigned i = 0; i < PF_VLANS_MAX; i++)
        if (pf->s.vlan[i].valid && (pf->s.vlan[i].pools & pf__pool_bit(vf)))
            pf__vlan_del(pf, vf, pf->s.vlan[i].vid);
}

void pf__owners_changed(struct pf *pf, uint64_t old, const struct pf_args *args)
{
    for (unsigned v = 0; v < pf__vfs(pf); v++) {
        struct pf_vf *vf = &pf->s.vf[v];
        if ((int)v == args->vf) {
            memcpy(vf->mac, args->mac, 6);
            vf->has_mac = true;
            vf->spoof_suspended = false;
        } else if (old & pf__pool_bit(v)) {
            vf->has_mac = false;
        }
    }
}

static bool is_movable(const struct pf *pf, const struct pf_args *a, bool early)
{
    if (a->vf >= (int)pf__vfs(pf) || a->vf < PF_ANY_VF || mac_is_multicast(a->mac) || mac_key(a->mac) == 0)
        return false;
    const struct pf_vf *v = a->vf >= 0 ? &pf->s.vf[a->vf] : NULL;
    return !v || (early ? v->state != PF_VF_FREE && v->state != PF_VF_RESET : pf__vf_runs(v));
}

int pf__move(struct pf *pf, bool early, const struct pf_move *write)
{
    const struct pf_op *op = pf__op_now(pf);
    const struct pf_args *a = &op->args;
    unsigned to = a->vf >= 0 ? (unsigned)a->vf : pf__pool(pf);
    uint64_t old;
    int i = is_movable(pf, a, early) ? pf__filter_plan(pf, op, &old) : -EINVAL;

    if (i < 0)
        return i;
    trace_pf_move(&pf->c, mac_key(a->mac), old, pf__pool_bit(to));
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        if ((old >> v & 1) && v != to) {
            pf->s.vf[v].spoof_suspended = pf->s.vf[v].state == PF_VF_ACTIVE;
            write->loses(pf, v);
        }
    if (a->vf >= 0 && write->takes)
        write->takes(pf, to);
    pf__filter_pools(pf, (unsigned)i, pf__pool_bit(to));
    pf__owners_changed(pf, old, a);
    if (a->vf >= 0)
        write->has(pf, to);
    return PROCEDURE_NEXT;
}

/*
 * Nobody asks whether somebody else has the address: the chip takes it in as many entries as one likes, and each entry's pools get
 * the frame. So each VF has an entry of its own, and the host's own side has one for all the
 * emulated machines with that address; who leaves it to the others gets a new one.
 */
int pf__filter_plan(struct pf *pf, const struct pf_op *op, uint64_t *old)
{
    const struct pf_args *a = &op->args;
    uint64_t own = pf__own_pools(pf), to = a->vf >= 0 ? pf__pool_bit((unsigned)a->vf) : own;
    uint64_t from = a->vf >= 0 ? own : a->giver ? pf__pool_bit(a->giver - 1u) : ~own;
    int giver = pf__filter_find(pf, a->mac, from), taker = pf__filter_find(pf, a->mac, to);
    if (op->op != PF_OP_MOVE_MAC && (!a->enable || giver == 0))
        giver = -1; /* an address set for a VF is taken from nobody */
    else if ((a->vf >= 0 ? giver : taker) == 0)
        return -EPERM; /* the PF's own address stays */
    *old = giver >= 0 ? pf->s.filter[giver].pools : taker >= 0 ? pf->s.filter[taker].pools : 0;
    if (taker >= 0) { /* it has it already: who gives it up just does */
        if (giver >= 0 && a->vf >= 0 && pf->s.filter[giver].users > 1)
            pf->s.filter[giver].users--;
        else if (giver >= 0)
            pf__filter_drop(pf, (unsigned)giver, from);
        if (giver >= 0 && a->vf < 0)
            pf->s.filter[taker].users++;
        return taker;
    }
    if (giver >= 0 && pf->s.filter[giver].users == 1)
        return giver;
    if (giver >= 0)
        pf->s.filter[giver].users--;
    return pf__filter_add(pf, a->mac, a->vf >= 0 ? to : pf__pool_bit(pf__pool(pf)));
}

/* ---- addresses of the host's own side ---- */

int pf__own_filter_add(struct pf *pf, const struct pf_op *op)
{
    int i = pf__filter_find(pf, op->args.mac, pf__own_pools(pf));
    if (i >= 0 && op->admin)
        return -EEXIST; /* [net/core/rtnetlink.c ndo_dflt_fdb_add; dev_uc_add_excl] */
    if (i >= 0) { /* another machine's as well */
        pf->s.filter[i].users++;
        return 0;
    }
    if (mac_is_multicast(op->args.mac))
        return -EINVAL;
    i = pf__filter_add(pf, op->args.mac, pf__pool_bit(pf__pool(pf)));
    return i < 0 ? i : 0;
}

int pf__own_filter_del(struct pf *pf, const struct pf_args *args)
{
    uint64_t own = pf__own_pools(pf);
    int i = pf__filter_find(pf, args->mac, own);
    if (i < 0 || (i == 0 && !pf->s.filter[0].users)) /* entry 0 is the PF's own address */
        return -EINVAL;
    if (i == 0 || pf->s.filter[i].users > 1)
        pf->s.filter[i].users--;
    else
        pf__filter_drop(pf, (unsigned)i, own);
    return 0;
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
    pf->family->vlan(pf, i, pf->s.vlan[i].pools ? pf->s.vlan[i].pools | pf__pool_bit(pf__pool(pf)) : 0, fresh);
}

int pf__vlan_add(struct pf *pf, unsigned vf, uint16_t vid)
{
    int i = vlan_find(pf, vid);
    for (unsigned e = 0; i < 0 && e < pf->nic->model->vlans; e++)
        if (!pf->s.vlan[e].valid)
            i = (int)e;
    if (i < 0)
        return -ENOSPC;
    bool fresh = !pf->s.vlan[i].valid;
    pf->s.vlan[i].vid = vid;
    pf->s.vlan[i].valid = true;
    pf->s.vlan[i].pools |= pf__pool_bit(vf);
    vlan_write(pf, (unsigned)i, fresh);
    return 0;
}

int pf__vlan_del(struct pf *pf, unsigned vf, uint16_t vid)
{
    int i = vlan_find(pf, vid);
    if (i < 0 || !(pf->s.vlan[i].pools & pf__pool_bit(vf)))
        return -EINVAL;
    pf->s.vlan[i].pools &= ~pf__pool_bit(vf);
    pf->s.vlan[i].valid = pf->s.vlan[i].pools != 0;
    vlan_write(pf, (unsigned)i, !pf->s.vlan[i].valid);
    return 0;
}

/* ---- groups: one table of 4096 bits for all pools, hashed by bits 47:36 of the address ---- */

void pf__groups(struct pf *pf)
{
    uint32_t table[PF_GROUP_WORDS] = {0};
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        for (uint32_t m = 0; m < pf->s.vf[v].multicast_count; m++) {
            const uint8_t *mac = pf->s.vf[v].multicast[m];
            uint32_t hash = (uint32_t)mac[4] >> 4 | (uint32_t)mac[5] << 4;
            table[hash >> 5] |= 1u << (hash & 31);
        }
    for (unsigned w = 0; w < PF_GROUP_WORDS; w++)
        if (table[w] != pf->s.groups[w]) {
            pf->s.groups[w] = table[w];
            pf->family->groups(pf, w);
        }
}
