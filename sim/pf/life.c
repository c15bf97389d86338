/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all families have of a VF's life: who gets it, its function-level reset, and what is set for it. What an operator set (`ip
 * link set … vf …`) is kept beyond that life and in force whenever the VF is enabled.
 */
#include "pf/pf__.h"

#include <errno.h>
#include <string.h>

enum {
    PCIE_DEVICE_CONTROL = 0x08,
    PCIE_DEVICE_STATUS = 0x0a,
    DEVICE_CONTROL_FLR = 1 << 15,
    TRANSACTIONS_PENDING = 1 << 5,
    CAP_ID_PCIE = 0x10,
    MTU_MIN = 68,
    MTU_OVERHEAD = 18
};

/* ---- what follows from its state and its rights ---- */

void pf__checks(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    uint64_t bit = pf__pool_bit(vf), macs = pf->s.macs_checked & ~bit, vlans = pf->s.vlans_checked & ~bit;
    bool on = pf__vf_runs(v) && pf__spoof_is_checked(v) && !v->spoof_yields;
    if (on && !v->spoof_suspended)
        macs |= bit;
    if (on && (v->vlan || v->vlan_count)) /* the VLAN check needs VLANs to check against */
        vlans |= bit;
    if (macs == pf->s.macs_checked && vlans == pf->s.vlans_checked)
        return;
    pf->s.macs_checked = macs;
    pf->s.vlans_checked = vlans;
    pf->family->checks(pf, vf);
}

void pf__accept(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    uint32_t what = v->vlan ? 0 : PF_ACCEPT_UNTAGGED;
    what |= v->rx_broadcast ? PF_ACCEPT_BROADCAST : 0;
    what |= v->rx_multicast ? PF_ACCEPT_GROUPS : 0;
    what |= v->rx_allmulti ? PF_ACCEPT_ALL_GROUPS : 0;
    pf->family->accept(pf, vf, what);
}

int pf__set_default_vlan(struct pf *pf, unsigned vf, uint16_t vid, uint16_t qos)
{
    struct pf_vf *v = &pf->s.vf[vf];
    if (vid > 4094 || qos > 7)
        return -EINVAL;
    if (v->vlan && v->vlan != vid)
        pf__vlan_del(pf, vf, v->vlan);
    if (vid && vid != v->vlan) {
        int status = pf__vlan_add(pf, vf, vid);
        if (status && v->vlan)
            pf__vlan_add(pf, vf, v->vlan); /* all is as before */
        if (status)
            return status;
    }
    v->vlan = vid;
    v->qos = qos;
    pf->family->port_vlan(pf, vf); /* VLAN 0 with a priority: what it sends gets a priority tag */
    pf->family->drop(pf, vf, true); /* a VF without descriptors blocks nobody else; its port VLAN stays invisible to it */
    pf__accept(pf, vf);
    pf__checks(pf, vf);
    return 0;
}

/* The chip has one longest frame for all its functions: the longest anyone asked for. */
int pf__set_mtu(struct pf *pf, int vf, uint16_t mtu)
{
    if (mtu < MTU_MIN || mtu > FRAME_MAX_JUMBO - MTU_OVERHEAD)
        return -EINVAL;
    if (vf >= 0)
        pf->s.vf[vf].mtu = mtu;
    else if (mtu > pf->s.mtu)
        pf->s.mtu = mtu;
    pf__max_frame(pf);
    if (vf >= 0 && pf__limits(pf)->frame_per_pool)
        pf__accept(pf, (unsigned)vf);
    return 0;
}

/* A VF counts while somebody has it: what the next one needs it says. */
void pf__max_frame(struct pf *pf)
{
    uint32_t mtu = pf->s.mtu > 1500 ? pf->s.mtu : 1500;
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        if (pf->s.vf[v].state != PF_VF_FREE && pf->s.vf[v].mtu > mtu)
            mtu = pf->s.vf[v].mtu;
    if (mtu + MTU_OVERHEAD == pf->s.max_frame)
        return;
    pf->s.max_frame = mtu + (uint32_t)MTU_OVERHEAD;
    pf->family->longest(pf);
}

/* ---- life ---- */

int pf__vf_acquire(struct pf *pf, struct pf_args *a)
{
    if (a->vf < PF_ANY_VF || a->vf >= (int)pf__vfs(pf))
        return -EINVAL;
    if (a->num_rx > pf->queues || a->num_tx > pf->queues || a->num_intrs > pf__limits(pf)->vf_vectors)
        return -ENOSPC;
    if (a->vf >= (int)pf->s.num_vfs)
        return -ENOSPC;
    if (a->vf >= 0 && pf->s.vf[a->vf].state != PF_VF_FREE)
        return -EBUSY;
    for (unsigned v = 0; a->vf == PF_ANY_VF && v < pf_num_vfs(pf); v++)
        if (pf->s.vf[v].state == PF_VF_FREE)
            a->vf = (int32_t)v;
    if (a->vf == PF_ANY_VF)
        return -ENOSPC;
    if (pf->outside && !a->enable && !pci_function_is_present(pf->nic->vf[a->vf]))
        return -ENOSPC; /* its guest has not made it */
    struct pf_vf *vf = &pf->s.vf[a->vf];
    struct pf_vf old = *vf;
    memset(vf, 0, sizeof(*vf));
    vf->admin = old.admin;
    vf->flr_under_way = old.flr_under_way;
    vf->flr_mine = old.flr_mine;
    vf->lived = old.lived;
    vf->blocked_rx = old.blocked_rx;
    vf->blocked_tx = old.blocked_tx;
    vf->mdd_events = old.mdd_events;
    memcpy(vf->base, old.base, sizeof(vf->base));
    vf->rx_broadcast = vf->rx_multicast = 1;
    vf->mtu = 1500;
    vf->asked_mtu = a->mtu;
    vf->rx_queues = a->num_rx;
    if (pf->family->acquire)
        pf->family->acquire(pf, (unsigned)a->vf);
    pf__vf_set_state(pf, (unsigned)a->vf, PF_VF_ACQUIRED);
    return 0;
}

static bool transactions_pending(struct pci_function *fn)
{
    uint16_t cap = pci_find_capability(fn, CAP_ID_PCIE);
    return cap && (pci_config_read(fn, cap + PCIE_DEVICE_STATUS, 2) & TRANSACTIONS_PENDING);
}

/* ---- the epilogue of a function-level reset: its 100 ms and no transaction pending [PCIe 6.6.2] ---- */

static int begin_waiting(void *owner)
{
    struct pf *pf = owner;
    pf__op_now(pf)->fence.deadline = sim_now(pf->c.sim) + 2 * profile_get(&pf->c.sim->profile, PROFILE_vf_reset_wait_ps);
    return PROCEDURE_NEXT;
}

static int look_at_it(void *owner)
{
    struct pf *pf = owner;
    int vf = pf__op_now(pf)->args.vf;
    struct pci_function *fn = pf->nic->vf[vf];
    if (!pf->s.vf[vf].flr_under_way && pci_function_is_present(fn) && !pci_function_in_reset(fn) && !transactions_pending(fn))
        return PROCEDURE_NEXT;
    if (pf__is_late(pf))
        return -ETIMEDOUT;
    pf__sleep(pf, SIM_MS);
    return PROCEDURE_WAIT;
}

static const struct procedure_step reset_over_steps[] = {
    {"begin to wait", begin_waiting},
    {"see whether it answers", look_at_it, .done = pf__again},
};
const struct procedure_table pf__reset_over = PROCEDURE_TABLE("wait for a reset's end", reset_over_steps);

/* Runs aside: a hundred milliseconds are not spent waiting in the queue of operations. Reported by PF_EV_FLR_OVER. */
static struct pf_vf *named(struct pf *pf) { return &pf->s.vf[pf__op_now(pf)->args.vf]; }

int pf__see_acquired(void *owner) { return named(owner)->state == PF_VF_ACQUIRED ? PROCEDURE_NEXT : -EINVAL; }

int pf__see_active(void *owner)
{
    enum pf_vf_state state = named(owner)->state;
    if (state == PF_VF_FREE)
        return -EINVAL;
    return state == PF_VF_ACTIVE ? PROCEDURE_NEXT : PROCEDURE_LEAVE; /* nothing runs */
}

void pf__vf_is_quiet(struct pf *pf, unsigned vf)
{
    pf->s.vf[vf].spoof_suspended = false;
    if (pf->s.vf[vf].state == PF_VF_ACTIVE)
        pf__vf_set_state(pf, vf, PF_VF_ENABLED);
}

int pf__vf_enable(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];
    memset(&v->stats, 0, sizeof(v->stats));
    pf__vf_set_state(pf, vf, PF_VF_ENABLED);
    pf->family->vport(pf, vf);
    pf__checks(pf, vf);
    int status = v->admin.vlan || v->admin.qos ? pf__set_default_vlan(pf, vf, v->admin.vlan, v->admin.qos) : 0;
    if (status)
        pf__vf_set_state(pf, vf, PF_VF_ACQUIRED);
    return status;
}

int pf__vf_flr(struct pf *pf, struct pf_op *op)
{
    unsigned vf = (unsigned)op->args.vf;
    struct pci_function *fn = pf->nic->vf[vf];
    uint16_t cap = pci_find_capability(fn, CAP_ID_PCIE);
    if (pf->s.vf[vf].flr_under_way)
        return -EBUSY;
    if (!cap)
        return -ENODEV;
    uint32_t control = pci_config_read(fn, cap + PCIE_DEVICE_CONTROL, 2);
    pci_config_write(fn, cap + PCIE_DEVICE_CONTROL, 2, control | DEVICE_CONTROL_FLR);
    pf->s.vf[vf].flr_under_way = pf->s.vf[vf].flr_mine = true;
    if (pf__vf_runs(&pf->s.vf[vf]))
        pf__vf_set_state(pf, vf, PF_VF_RESET);
    pf__leave_aside(pf, op, PF_EV_FLR_OVER, sim_now(pf->c.sim) + profile_get(&pf->c.sim->profile, PROFILE_vf_reset_wait_ps),
                    (uint64_t)op->args.talker << 32 | op->args.talk);
    return 0;
}

/* The VF's driver may go on. The conversation travels in c. */
void pf__vf_flr_over(struct pf *pf, const struct event *ev)
{
    struct pf_op op = pf__aside(ev, PF_OP_VF_FLR);
    op.args.talk = (uint32_t)ev->c;
    op.args.talker = (uint16_t)(ev->c >> 32);
    pf->s.vf[op.args.vf].flr_under_way = false;
    pf__report(pf, &op, 0);
}

/* ---- settings ---- */

/* A new address is there before the old one goes: the first and the last step of VF_SET_MAC, the move between them. */
int pf__see_address(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    const struct pf_vf *v = &pf->s.vf[op->args.vf];
    if (mac_is_multicast(op->args.mac) || mac_key(op->args.mac) == 0)
        return -EINVAL;
    memcpy(op->message, v->mac, 6); /* the old one */
    op->i = v->has_mac && memcmp(v->mac, op->args.mac, 6);
    return PROCEDURE_NEXT;
}

int pf__give_up_address(void *owner)
{
    struct pf *pf = owner;
    const struct pf_op *op = pf__op_now(pf);
    uint64_t bit = pf__pool_bit((unsigned)op->args.vf);
    int i = op->i ? pf__filter_find(pf, (const uint8_t *)op->message, bit) : -1;
    if (i > 0)
        pf__filter_drop(pf, (unsigned)i, bit);
    return PROCEDURE_NEXT;
}

static int vlan_range(struct pf *pf, const struct pf_args *a, bool add)
{
    struct pf_vf *v = &pf->s.vf[a->vf];
    if (a->first_vlan > a->last_vlan || a->last_vlan > 4094)
        return -EINVAL;
    if (v->admin.vlan) /* the operator's, as by the mailbox */
        return -EPERM;
    for (uint16_t vid = a->first_vlan ? a->first_vlan : 1; vid <= a->last_vlan; vid++) { /* untagged is no VLAN of the table */
        int status = add ? pf__vlan_add(pf, (unsigned)a->vf, vid) : pf__vlan_del(pf, (unsigned)a->vf, vid);
        if (status == 0) {
            v->vlan_count += add ? 1 : -1u;
        } else if (add) { /* all or none */
            while (--vid >= (a->first_vlan ? a->first_vlan : 1)) {
                pf__vlan_del(pf, (unsigned)a->vf, vid);
                v->vlan_count--;
            }
            return status;
        }
    }
    pf__checks(pf, (unsigned)a->vf);
    return 0;
}

static int set_multicast(struct pf *pf, const struct pf_args *a)
{
    struct pf_vf *v = &pf->s.vf[a->vf];
    if (a->multicast_count > PF_MULTICAST_MAX)
        return -EINVAL;
    memcpy(v->multicast, a->multicast, sizeof(v->multicast));
    v->multicast_count = a->multicast_count;
    pf__groups(pf);
    return 0;
}

/* Promiscuous mode is not what a passed-through port gets. */
static int set_rx_mode(struct pf *pf, const struct pf_args *a)
{
    struct pf_vf *v = &pf->s.vf[a->vf];
    v->rx_broadcast = a->rx_broadcast;
    v->rx_multicast = a->rx_multicast;
    v->rx_allmulti = a->rx_allmulti;
    pf__accept(pf, (unsigned)a->vf);
    return 0;
}

/* What an operator says is kept; true when it is also in force now. */
static bool admin_keeps(struct pf *pf, struct pf_op *op)
{
    struct pf_vf *v = &pf->s.vf[op->args.vf];
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_SET_MAC:
        memcpy(v->admin.mac, op->args.mac, 6);
        v->admin.mac_set = mac_key(op->args.mac) != 0;
        v->is_given = v->admin.mac_set && (v->is_given || op->args.enable);
        if (!v->admin.mac_set)
            return false;
        break;
    case VMK_NETPTOP_VF_SET_DEFAULT_VLAN:
        v->admin.vlan = op->args.enable ? op->args.first_vlan : 0;
        v->admin.qos = op->args.enable ? op->args.qos : 0;
        break;
    case VMK_NETPTOP_VF_SET_ANTISPOOF:
        v->admin.spoofchk = op->args.enable, v->port_forges = false;
        break;
    default:
        break;
    }
    return pf__vf_runs(v);
}

static int set(struct pf *pf, struct pf_op *op)
{
    struct pf_args *a = &op->args;
    struct pf_vf *v = &pf->s.vf[a->vf];
    bool is_early = v->state == PF_VF_ACQUIRED && (pf__limits(pf)->filters_early || op->op == VMK_NETPTOP_VF_SET_ANTISPOOF);
    if (!pf__vf_runs(v) && !is_early)
        return -EINVAL;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_SET_MAC:
        return pf__follow(pf, pf->family->set_mac);
    case VMK_NETPTOP_VF_SET_MULTICAST:
        return set_multicast(pf, a);
    case VMK_NETPTOP_VF_SET_RX_MODE:
        return set_rx_mode(pf, a);
    case VMK_NETPTOP_VF_ADD_VLAN_RANGE:
        return vlan_range(pf, a, true);
    case VMK_NETPTOP_VF_DEL_VLAN_RANGE:
        return vlan_range(pf, a, false);
    case VMK_NETPTOP_VF_SET_DEFAULT_VLAN:
        return pf__set_default_vlan(pf, (unsigned)a->vf, a->enable ? a->first_vlan : 0, a->enable ? a->qos : 0);
    case VMK_NETPTOP_VF_SET_ANTISPOOF:
        if (!op->admin)
            v->port_forges = !a->enable;
        v->spoof_yields = false;
        pf__checks(pf, (unsigned)a->vf);
        if (pf->family->vport) /* has no such words, but all of it in one */
            pf->family->vport(pf, (unsigned)a->vf);
        return 0;
    case VMK_NETPTOP_VF_SET_MTU: /* one rule for all who ask, as by the mailbox */
        return pf__limits(pf)->jumbo_with_pf && a->mtu > 1500 && pf->s.mtu <= 1500 ? -ERANGE : pf__set_mtu(pf, a->vf, a->mtu);
    default:
        return -ENOTSUP;
    }
}

void pf__vf_put_back(struct pf *pf, const struct pf_op *op)
{
    memcpy(&pf->s.vf[op->args.vf].admin, &op->before, sizeof(op->before));
}

int pf__vf_set(struct pf *pf, struct pf_op *op)
{
    struct pf_args *a = &op->args;
    struct pf_vf *v = &pf->s.vf[a->vf];
    if (op->op == VMK_NETPTOP_VF_SET_DEFAULT_VLAN && a->enable && (a->first_vlan > 4094 || a->qos > 7))
        return -EINVAL;
    if (op->op == VMK_NETPTOP_VF_SET_MAC && mac_is_multicast(a->mac))
        return -EINVAL;
    if (op->admin) {
        memcpy(&op->before, &v->admin, sizeof(op->before));
        op->keeps = true;
        if (!admin_keeps(pf, op))
            return 0;
    }
    return set(pf, op);
}
