/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a VF: FREE -> ACQUIRED -> ENABLED -> ACTIVE and back, and what is set for one VF. What an operator set (`ip
 * link set … vf …`) is kept beyond that life and in force whenever the VF is enabled.
 */
#include "pf/pf__.h"

#include <errno.h>
#include <string.h>

enum { PCIE_DEVICE_CONTROL = 0x08, PCIE_DEVICE_STATUS = 0x0a, DEVICE_CONTROL_FLR = 1 << 15, TRANSACTIONS_PENDING = 1 << 5,
       CAP_ID_PCIE = 0x10, CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04, MTU_MIN = 68, MTU_OVERHEAD = 18 };

/* ---- registers that hold many VFs ---- */

void pf__ixgbe_spoof(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    uint32_t mac = 1u << (vf % 8), vlan = mac << IXGBE_SPOOF_VLANAS_SHIFT, *word = &pf->s.spoof[vf / 8], before = *word;
    bool on = (v->state == PF_VF_ENABLED || v->state == PF_VF_ACTIVE) && pf__spoof_is_checked(v) && !v->spoof_yields;
    *word &= ~(mac | vlan);
    if (on && !v->spoof_suspended)
        *word |= mac;
    if (on && (v->vlan || v->vlan_count)) /* the VLAN check needs VLANs to check against */
        *word |= vlan;
    if (*word != before)
        pf__hw(pf)->spoof(pf, vf / 8);
}

void pf__ixgbe_vf_enable(struct pf *pf, unsigned vf, bool receive, bool transmit)
{
    uint32_t bit = 1u << (vf % 32), *re = &pf->s.receive_enable[vf / 32], *te = &pf->s.transmit_enable[vf / 32];
    if (pf->s.vf[vf].admin.link_state == PF_LINK_DISABLE || pf->s.is_down)
        receive = transmit = false;
    uint32_t new_re = receive ? *re | bit : *re & ~bit, new_te = transmit ? *te | bit : *te & ~bit;
    if (new_re != *re)
        pf__write(pf, pf__hw(pf)->vfre + 4 * (vf / 32), new_re);
    if (new_te != *te)
        pf__write(pf, pf__hw(pf)->vfte + 4 * (vf / 32), new_te);
    *re = new_re;
    *te = new_te;
}

void pf__ixgbe_accept(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    uint32_t olr = v->vlan ? 0 : IXGBE_VMOLR_AUPE;
    olr |= v->rx_broadcast ? IXGBE_VMOLR_BAM : 0;
    olr |= v->rx_multicast ? IXGBE_VMOLR_ROMPE : 0;
    olr |= v->rx_allmulti ? IXGBE_VMOLR_MPE : 0;
    pf__hw(pf)->accept(pf, vf, olr);
}

int pf__ixgbe_set_default_vlan(struct pf *pf, unsigned vf, uint16_t vid, uint16_t qos)
{
    struct pf_vf *v = &pf->s.vf[vf];
    if (vid > 4094 || qos > 7)
        return -EINVAL;
    if (v->vlan && v->vlan != vid)
        pf__ixgbe_vlan_del(pf, vf, v->vlan);
    if (vid && vid != v->vlan) {
        int status = pf__ixgbe_vlan_add(pf, vf, vid);
        if (status && v->vlan)
            pf__ixgbe_vlan_add(pf, vf, v->vlan); /* all is as before */
        if (status)
            return status;
    }
    v->vlan = vid;
    v->qos = qos;
    /* VLAN 0 with a priority: what it sends gets a priority tag [igb_main.c igb_enable_port_vlan, ixgbe_sriov.c
     * ixgbe_ndo_set_vf_vlan; ixgbe also takes untagged frames from the VF until its next reset, which nobody can want] */
    pf__write(pf, pf__hw(pf)->vmvir + 4 * vf, vid || qos ? IXGBE_VMVIR_VLANA_DEFAULT | (uint32_t)qos << 13 | vid : 0);
    pf__hw(pf)->drop(pf, vf, true); /* a VF without descriptors blocks nobody else; its port VLAN stays invisible to it */
    pf__ixgbe_accept(pf, vf);
    pf__ixgbe_spoof(pf, vf);
    return 0;
}

/* The chip has one longest frame for all its functions: the longest anyone asked for. */
int pf__ixgbe_set_mtu(struct pf *pf, int vf, uint16_t mtu)
{
    if (mtu < MTU_MIN || mtu > FRAME_MAX_JUMBO - MTU_OVERHEAD)
        return -EINVAL;
    if (vf >= 0)
        pf->s.vf[vf].mtu = mtu;
    else if (mtu > pf->s.mtu)
        pf->s.mtu = mtu;
    pf__ixgbe_max_frame(pf);
    if (vf >= 0 && pf__hw(pf)->own_pool)
        pf__ixgbe_accept(pf, (unsigned)vf); /* where a pool has a longest frame of its own */
    return 0;
}

/* A VF counts while somebody has it: what the next one needs it says. */
void pf__ixgbe_max_frame(struct pf *pf)
{
    uint32_t mtu = pf->s.mtu > 1500 ? pf->s.mtu : 1500;
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        if (pf->s.vf[v].state != PF_VF_FREE && pf->s.vf[v].mtu > mtu)
            mtu = pf->s.vf[v].mtu;
    if (mtu + MTU_OVERHEAD == pf->s.max_frame)
        return;
    pf->s.max_frame = mtu + (uint32_t)MTU_OVERHEAD;
    pf__hw(pf)->longest(pf);
}

/* ---- life ---- */

int pf__vf_acquire(struct pf *pf, struct pf_args *a)
{
    if (a->vf < PF_ANY_VF || a->vf >= (int)pf__vfs(pf))
        return -EINVAL;
    if (a->num_rx > pf->queues || a->num_tx > pf->queues || a->num_intrs > pf__hw(pf)->vf_vectors)
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
    vf->eitr = pf__hw(pf)->vf_eitr;
    vf->rx_broadcast = vf->rx_multicast = 1;
    vf->mtu = 1500;
    vf->rx_queues = a->num_rx;
    if (a->num_rx > 1 && !pf->s.rss_on && pf__hw(pf)->rss_mode)
        pf__ixgbe_rss_start(pf);
    pf__vf_set_state(pf, (unsigned)a->vf, PF_VF_ACQUIRED);
    return 0;
}

static bool transactions_pending(struct pci_function *fn)
{
    uint16_t cap = pci_find_capability(fn, CAP_ID_PCIE);
    return cap && (pci_config_read(fn, cap + PCIE_DEVICE_STATUS, 2) & TRANSACTIONS_PENDING);
}

/* The epilogue of a function-level reset: its 100 ms and no transaction pending [PCIe 6.6.2]. */
int pf__vf_wait_reset(struct pf *pf, struct pf_op *op)
{
    OP_BEGIN(op->sub_place)
    op->fence.deadline = sim_now(pf->c.sim) + 2 * profile_get(&pf->c.sim->profile, PROFILE_vf_reset_wait_ps);
    while (pf->s.vf[op->args.vf].flr_under_way || !pci_function_is_present(pf->nic->vf[op->args.vf]) ||
           pci_function_in_reset(pf->nic->vf[op->args.vf]) || transactions_pending(pf->nic->vf[op->args.vf])) {
        if (sim_now(pf->c.sim) >= op->fence.deadline)
            return -ETIMEDOUT;
        WAIT_PS(op->sub_place, 1, SIM_MS);
    }
    OP_END
    op->sub_place = 0;
    return 0;
}

static int init(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    unsigned vf = (unsigned)op->args.vf;
    OP_BEGIN(op->place)
    if (pf->s.vf[vf].state != PF_VF_ACQUIRED)
        return -EINVAL;
    WAIT_FOR(op->place, 1, status, pf__vf_wait_reset(pf, op));
    if (status)
        return status;
    if (pf->s.vf[vf].lived)
        WAIT_FOR(op->place, 2, status, pf__ixgbe_queue_stats(pf, op)); /* what an earlier life has left in the counters */
    memset(&pf->s.vf[vf].stats, 0, sizeof(pf->s.vf[vf].stats));
    pf->s.vf[vf].lived = true;
    pci_config_write(pf->nic->vf[vf], CONFIG_COMMAND, 2, COMMAND_MASTER); /* the reset cleared it */
    pf__vf_set_state(pf, vf, PF_VF_ENABLED);
    pf__ixgbe_mdd_release(pf, vf);
    pf__hw(pf)->drop(pf, vf, true);
    pf__ixgbe_accept(pf, vf);
    pf__ixgbe_spoof(pf, vf);
    if (pf->s.vf[vf].admin.vlan || pf->s.vf[vf].admin.qos)
        status = pf__ixgbe_set_default_vlan(pf, vf, pf->s.vf[vf].admin.vlan, pf->s.vf[vf].admin.qos);
    if (status)
        pf__vf_set_state(pf, vf, PF_VF_ACQUIRED);
    OP_END
    return status;
}

/* Its driver has set up its queues by now: a rate limit is divided over those. */
static int activate(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    unsigned vf = (unsigned)op->args.vf;
    OP_BEGIN(op->place)
    if (pf->s.vf[vf].state != PF_VF_ENABLED)
        return -EINVAL;
    if (pf->s.vf[vf].admin.max_tx_rate)
        WAIT_FOR(op->place, 1, status, pf__ixgbe_tx_rate_apply(pf, op));
    OP_END
    if (status || pf->s.vf[vf].state != PF_VF_ENABLED) /* it may have been reset meanwhile */
        return status ? status : -EINVAL;
    pf__ixgbe_vf_enable(pf, vf, true, true);
    pf__vf_set_state(pf, vf, PF_VF_ACTIVE);
    return 0;
}

/* What the guest has posted goes out, then nothing more is read; what was steered to it reaches memory, then nothing more is
 * steered. A time-out does not keep the VF running. */
static int quiesce(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    unsigned vf = (unsigned)op->args.vf;
    OP_BEGIN(op->place)
    if (pf->s.vf[vf].state == PF_VF_FREE)
        return -EINVAL;
    if (pf->s.vf[vf].state != PF_VF_ACTIVE)
        return 0; /* nothing runs */
    for (op->i = 0; op->i < pf->queues; op->i++) {
        WAIT_FOR(op->place, 1, status, pf__ixgbe_ring_fence(pf, op, vf * pf->queues + op->i));
        op->j |= (uint32_t)-status;
    }
    pf__ixgbe_vf_enable(pf, vf, true, false);
    WAIT_FOR(op->place, 2, status, pf__ixgbe_tx_fence(pf, op));
    op->j |= (uint32_t)-status;
    pf__ixgbe_vf_enable(pf, vf, false, false);
    WAIT_FOR(op->place, 3, status, pf__ixgbe_rx_fence(pf, op));
    op->j |= (uint32_t)-status;
    pf->s.vf[vf].spoof_suspended = false;
    if (pf->s.vf[vf].state == PF_VF_ACTIVE) /* it may have been reset meanwhile */
        pf__vf_set_state(pf, vf, PF_VF_ENABLED);
    pf__ixgbe_spoof(pf, vf);
    OP_END
    return op->j ? -ETIMEDOUT : 0;
}

static int release(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];
    if (v->state == PF_VF_FREE)
        return -EINVAL;
    pf__ixgbe_vf_enable(pf, vf, false, false);
    pf__hw(pf)->accept(pf, vf, 0);
    pf__write(pf, pf__hw(pf)->vmvir + 4 * vf, 0);
    v->vlan = 0;
    pf__hw(pf)->drop(pf, vf, false);
    pf__ixgbe_filters_release(pf, vf);
    v->multicast_count = v->vlan_count = 0;
    pf__ixgbe_multicast(pf);
    v->spoof_yields = v->has_mac = v->clear_to_send = v->ping_due = v->spoof_suspended = v->has_rss_table = false;
    pf__vf_set_state(pf, vf, PF_VF_FREE);
    pf__ixgbe_spoof(pf, vf);
    return 0;
}

/* Runs aside: a hundred milliseconds are not spent waiting in the queue of operations. Reported by PF_EV_FLR_OVER. */
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
    if (pf->s.vf[vf].state == PF_VF_ENABLED || pf->s.vf[vf].state == PF_VF_ACTIVE)
        pf__vf_set_state(pf, vf, PF_VF_RESET);
    uint64_t who = vf | (uint64_t)op->from << 16 | (uint64_t)op->verb << 32;
    event_post(&pf->c, &pf->c, sim_now(pf->c.sim) + profile_get(&pf->c.sim->profile, PROFILE_vf_reset_wait_ps), EV_HOST,
               PF_EV_FLR_OVER, who, op->cookie, (uint64_t)op->args.talker << 32 | op->args.talk);
    op->from = 0; /* not reported now */
    return 0;
}

static int flr(struct pf *pf, struct pf_op *op)
{
    int status = pf__vf_flr(pf, op);
    if (!status)
        pf__ixgbe_vf_enable(pf, (unsigned)op->args.vf, false, false);
    return status;
}

/* ---- settings ---- */

/* A new address is there before the old one goes. */
static int set_mac(struct pf *pf, struct pf_op *op)
{
    int status = 0, i;
    struct pf_vf *v = &pf->s.vf[op->args.vf];
    OP_BEGIN(op->place)
    if (mac_is_multicast(op->args.mac) || mac_key(op->args.mac) == 0)
        return -EINVAL;
    memcpy(op->message, v->mac, 6); /* the old one */
    op->i = v->has_mac && memcmp(v->mac, op->args.mac, 6);
    WAIT_FOR(op->place, 1, status, pf->chip->move(pf, op));
    if (status || !op->i)
        return status;
    i = pf__ixgbe_filter_find(pf, (const uint8_t *)op->message, UINT64_C(1) << op->args.vf);
    if (i > 0)
        pf__ixgbe_filter_drop(pf, (unsigned)i, UINT64_C(1) << op->args.vf);
    OP_END
    return status;
}

static int vlan_range(struct pf *pf, const struct pf_args *a, bool add)
{
    struct pf_vf *v = &pf->s.vf[a->vf];
    if (a->first_vlan > a->last_vlan || a->last_vlan > 4094)
        return -EINVAL;
    if (v->admin.vlan) /* the operator's, as by the mailbox [ixgbe_sriov.c ixgbe_set_vf_vlan_msg] */
        return -EPERM;
    for (uint16_t vid = a->first_vlan ? a->first_vlan : 1; vid <= a->last_vlan; vid++) { /* untagged is no VLAN of the table */
        int status = add ? pf__ixgbe_vlan_add(pf, (unsigned)a->vf, vid) : pf__ixgbe_vlan_del(pf, (unsigned)a->vf, vid);
        if (status == 0) {
            v->vlan_count += add ? 1 : -1u;
        } else if (add) { /* all or none */
            while (--vid >= (a->first_vlan ? a->first_vlan : 1)) {
                pf__ixgbe_vlan_del(pf, (unsigned)a->vf, vid);
                v->vlan_count--;
            }
            return status;
        }
    }
    pf__ixgbe_spoof(pf, (unsigned)a->vf);
    return 0;
}

static int set_multicast(struct pf *pf, const struct pf_args *a)
{
    struct pf_vf *v = &pf->s.vf[a->vf];
    if (a->multicast_count > PF_MULTICAST_MAX)
        return -EINVAL;
    memcpy(v->multicast, a->multicast, sizeof(v->multicast));
    v->multicast_count = a->multicast_count;
    pf__ixgbe_multicast(pf);
    return 0;
}

/* Promiscuous mode is not what a passed-through port gets; a pool of this chip could not have it either. */
static int set_rx_mode(struct pf *pf, const struct pf_args *a)
{
    struct pf_vf *v = &pf->s.vf[a->vf];
    v->rx_broadcast = a->rx_broadcast;
    v->rx_multicast = a->rx_multicast;
    v->rx_allmulti = a->rx_allmulti;
    pf__ixgbe_accept(pf, (unsigned)a->vf);
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
    case VMK_NETPTOP_VF_SET_ANTISPOOF: v->admin.spoofchk = op->args.enable, v->port_forges = false; break;
    default: break;
    }
    return v->state == PF_VF_ENABLED || v->state == PF_VF_ACTIVE;
}

static int set(struct pf *pf, struct pf_op *op)
{
    struct pf_args *a = &op->args;
    struct pf_vf *v = &pf->s.vf[a->vf];
    bool is_early = v->state == PF_VF_ACQUIRED && (pf->chip->filters_early || op->op == VMK_NETPTOP_VF_SET_ANTISPOOF);
    if (v->state != PF_VF_ENABLED && v->state != PF_VF_ACTIVE && !is_early)
        return -EINVAL;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_SET_MAC: return set_mac(pf, op);
    case VMK_NETPTOP_VF_SET_MULTICAST: return set_multicast(pf, a);
    case VMK_NETPTOP_VF_SET_RX_MODE: return set_rx_mode(pf, a);
    case VMK_NETPTOP_VF_ADD_VLAN_RANGE: return vlan_range(pf, a, true);
    case VMK_NETPTOP_VF_DEL_VLAN_RANGE: return vlan_range(pf, a, false);
    case VMK_NETPTOP_VF_SET_DEFAULT_VLAN:
        return pf__ixgbe_set_default_vlan(pf, (unsigned)a->vf, a->enable ? a->first_vlan : 0, a->enable ? a->qos : 0);
    case VMK_NETPTOP_VF_SET_ANTISPOOF:
        if (!op->admin)
            v->port_forges = !a->enable;
        v->spoof_yields = false;
        pf__ixgbe_spoof(pf, (unsigned)a->vf);
        if (pf->chip->vport) /* has no such words, but all of it in one */
            pf->chip->vport(pf, (unsigned)a->vf);
        return 0;
    case VMK_NETPTOP_VF_SET_MTU: /* one rule for all who ask: ixgbe_mbx.c on_lpe() */
        return pf__hw(pf)->jumbo_rule && a->mtu > 1500 && pf->s.mtu <= 1500 ? -ERANGE : pf__ixgbe_set_mtu(pf, a->vf, a->mtu);
    case VMK_NETPTOP_VF_SET_IML: return pf__ixgbe_set_iml(pf, a);
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE: return pf__ixgbe_rss_table(pf, a);
    default: return -ENOTSUP;
    }
}

int pf__vf_set(struct pf *pf, struct pf_op *op)
{
    struct pf_args *a = &op->args;
    struct pf_vf *v = &pf->s.vf[a->vf];
    int status;
    if (op->op == VMK_NETPTOP_VF_SET_DEFAULT_VLAN && a->enable && (a->first_vlan > 4094 || a->qos > 7))
        return -EINVAL;
    if (op->op == VMK_NETPTOP_VF_SET_MAC && mac_is_multicast(a->mac))
        return -EINVAL;
    if (op->place == 0 && op->admin) {
        memcpy(&op->before, &v->admin, sizeof(op->before));
        if (!admin_keeps(pf, op))
            return 0;
    }
    status = set(pf, op);
    if (status && status != PF_WAIT && op->admin) /* nothing of a refused request is kept */
        memcpy(&v->admin, &op->before, sizeof(op->before));
    return status;
}

int pf__ixgbe_vf_run(struct pf *pf, struct pf_op *op)
{
    if (op->op == VMK_NETPTOP_VF_ACQUIRE)
        return pf__vf_acquire(pf, &op->args);
    if (op->args.vf < 0 || op->args.vf >= (int)pf__vfs(pf))
        return -EINVAL;
    unsigned vf = (unsigned)op->args.vf;
    bool is_acquired = pf->s.vf[vf].state != PF_VF_FREE && pf->s.vf[vf].state != PF_VF_RESET;
    bool is_enabled = pf->s.vf[vf].state == PF_VF_ENABLED || pf->s.vf[vf].state == PF_VF_ACTIVE;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT: return init(pf, op);
    case VMK_NETPTOP_VF_ACTIVATE: return activate(pf, op);
    case VMK_NETPTOP_VF_QUIESCE: return quiesce(pf, op);
    case VMK_NETPTOP_VF_RELEASE: return release(pf, vf);
    case VMK_NETPTOP_VF_GET_INFO: return is_acquired ? 0 : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS: return is_acquired ? pf__ixgbe_queue_status(pf, op) : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATS: return is_enabled ? pf__ixgbe_queue_stats(pf, op) : -EINVAL;
    case PF_OP_VF_FLR: return flr(pf, op);
    case PF_OP_VF_SET_TX_RATE: return pf__ixgbe_tx_rate(pf, op); /* a register of the PF's: in any state */
    default: return pf__vf_set(pf, op);
    }
}
