/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver's own reset: it stops, resets the chip and starts [ixgbe_main.c ixgbe_reinit_locked, ixgbe_down, ixgbe_reset,
 * ixgbe_up; igb_main.c igb_reinit_locked, igb_down, igb_reset, igb_up]. So ends a transmit hang, and so begin new rings,
 * channels or an MTU; `ip link set NIC down` is the first half, `up` the second (settings.def has the list).
 *
 * VFs stay: their config space, and the life that pf.h gives them. But the chip's reset takes their queues, filters and
 * mailboxes. So each VF whose driver has spoken loses its clear-to-send and is told before; while the chip has no driver its
 * mailbox says RSTI and nobody answers. When the driver is back it writes again what operators have set, and the addresses;
 * what VFs' drivers had asked for they ask again after their own reset. A VF without a driver that speaks is its owner's to
 * take back (PF_NEWS_RESTART).
 */
#include "pf/intel/intel.h"

#include <errno.h>
#include <string.h>

/* ---- down ---- */

/* [ixgbe_main.c ixgbe_down: ixgbe_set_all_vfs; igb_main.c igb_reset: igb_ping_all_vfs] */
static void tell_vfs(struct pf *pf)
{
    for (unsigned v = 0; v < pf__vfs(pf); v++) {
        pf__ixgbe_vf_enable(pf, v, false, false);
        pf__ixgbe_ping(pf, v, true);
    }
    pf__news(pf, PF_NEWS_RESTART, 0, 0, 0);
}

/* What the chip's reset has taken, of what the driver remembers as written. */
static void forget_chip(struct pf *pf)
{
    memset(pf->s.vlan, 0, sizeof(pf->s.vlan));
    memset(pf->s.groups, 0, sizeof(pf->s.groups));
    pf->s.macs_checked = pf->s.vlans_checked = 0;
    memset(pf->s.receive_enable, 0, sizeof(pf->s.receive_enable));
    memset(pf->s.transmit_enable, 0, sizeof(pf->s.transmit_enable));
    pf->s.eitrsel = pf->s.queue_drop = 0;
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        pf->s.vf[v].flr_mine = false; /* PFVFLRE */
}

/* Place kept in op->half. What has been posted goes out and what has come is handed up, as far as the queues still work:
 * a hung one is waited for no longer than a fence waits. */
int pf__ixgbe_down(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->half)
    trace_pf_restart(&pf->c, "stops", "its queues, and the chip is reset");
    pf->s.tx_stopped = true;
    memcpy(op->args.mac, pf->s.filter[0].mac, 6);
    WAIT_FOR(op->half, 1, status, pf__ixgbe_own_tx_fence(pf, op));
    tell_vfs(pf);
    for (unsigned c = 0; c < pf->s.channels; c++) {
        pf__ixgbe_channel_write(pf, false, c, RING_CTL, 0);
        pf__ixgbe_channel_write(pf, true, c, RING_CTL, 0);
    }
    WAIT_FOR(op->half, 2, status, pf__ixgbe_rx_fence(pf, op));
    mem_tag_clear(pf->mem, pf->mem_base, pf->mem_len, FATE_function_reset); /* what a hung ring still holds */
    memset(pf->tx_rs, 0, sizeof(pf->tx_rs));
    for (unsigned c = 0; c < PF_CHANNELS_MAX; c++)
        pf->s.channel[c].tx_done = pf->s.channel[c].tx_told = pf->s.channel[c].tx_put;
    pf__write(pf, pf__hw(pf)->ctrl, IXGBE_CTRL_RST);
    forget_chip(pf);
    WAIT_PS(op->half, 3, pf__hw(pf)->reset_ps);
    OP_END
    op->half = 0;
    return 0;
}

/* ---- up ---- */

static void restore_filters(struct pf *pf, const uint8_t mac[6], uint64_t pools)
{
    struct pf_filter old[PF_FILTERS_MAX];
    memcpy(old, pf->s.filter, sizeof(old));
    memset(&pf->s.filter[1], 0, sizeof(old) - sizeof(old[0]));
    memcpy(pf->s.filter[0].mac, mac, 6);
    pf->family->address(pf, 0);
    for (unsigned i = 1; i < PF_FILTERS_MAX; i++)
        if (old[i].valid && (old[i].pools & pools)) {
            int entry = pf__filter_add(pf, old[i].mac, old[i].pools & pools);
            if (entry > 0)
                pf->s.filter[entry].users = old[i].users;
        }
}

/* What was set for a VF that is not in use comes back with its VF_INIT. */
static void restore_settings(struct pf *pf)
{
    for (unsigned rule = 0; rule < PF_MIRRORS_MAX; rule++) {
        const struct pf_mirror mirror = pf->s.mirror[rule];
        if (mirror.what && pf_set_mirror(pf, rule, &mirror))
            pf->s.mirror[rule] = (struct pf_mirror){0}; /* its VLAN went with the VFs */
    }
    if (pf->s.bridge_mode != PF_BRIDGE_VEB)
        pf_set_bridge_mode(pf, (enum pf_bridge_mode)pf->s.bridge_mode);
    for (unsigned slot = 0; slot < PF_FLOW_RULES_MAX; slot++) { /* [ixgbe_main.c ixgbe_fdir_filter_restore] */
        const struct pf_flow_rule rule = pf->s.flow_rule[slot];
        if (rule.valid)
            pf_set_flow_rule(pf, slot, &rule);
    }
    if (pf->s.mdd)
        pf->family->set_mdd(pf, true);
    if ((pf->s.features & PF_FEATURE_LRO) && pf__hw(pf)->lro)
        pf__hw(pf)->lro(pf, true);
    pf__max_frame(pf);
}

/* As VF_INIT and VF_ACTIVATE have left it, but that its driver has yet to ask for what is its own. */
static void restore_vf(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];
    bool active = v->state == PF_VF_ACTIVE;
    v->vlan = v->qos = 0;
    v->vlan_count = 0;
    v->mtu = 1500;
    v->blocked_rx = v->blocked_tx = 0;
    v->spoof_suspended = false;
    pf->family->drop(pf, vf, true);
    pf__accept(pf, vf);
    if (v->admin.vlan || v->admin.qos)
        pf__set_default_vlan(pf, vf, v->admin.vlan, v->admin.qos);
    pf__checks(pf, vf);
    pf__ixgbe_vf_enable(pf, vf, active, active);
}

static uint64_t restore_vfs(struct pf *pf)
{
    uint64_t pools = UINT64_C(1) << pf__pool(pf);
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        if (pf__vf_runs(&pf->s.vf[v])) {
            pools |= UINT64_C(1) << v;
            restore_vf(pf, v);
        }
    return pools;
}

/* A message that came while nobody listened, and the link: both are looked for. */
static void look_around(struct pf *pf)
{
    if (pf->s.misc_queued || !pf__is_sriov(pf))
        return;
    pf->s.misc_queued = true;
    pf__enqueue_own(pf, PF_OP_MISC, PF_ANY_VF);
}

/* Place kept in op->half; op->args.mac: the PF's address, which an operator may have changed. */
int pf__ixgbe_up(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->half)
    pf->s.is_down = false;
    WAIT_FOR(op->half, 1, status, pf->family->start(pf, op));
    op->place = 0;
    if (pf__is_sriov(pf)) {
        pf__ixgbe_rss_restore(pf);
        uint64_t pools = restore_vfs(pf);
        restore_filters(pf, op->args.mac, pools);
        pf__groups(pf);
        restore_settings(pf);
        for (op->args.vf = 0; op->args.vf < (int)pf__vfs(pf); op->args.vf++)
            if (pf->s.vf[op->args.vf].admin.max_tx_rate)
                WAIT_FOR(op->half, 2, status, pf__ixgbe_tx_rate_apply(pf, op));
        op->args.vf = PF_ANY_VF;
    } else {
        memcpy(pf->s.filter[0].mac, op->args.mac, 6);
        pf->family->address(pf, 0);
        pf__max_frame(pf);
    }
    pf__ixgbe_netdev_restore(pf);
    pf->s.tx_stopped = false;
    trace_pf_restart(&pf->c, "starts", "VFs may come");
    look_around(pf);
    OP_END
    op->half = 0;
    return status;
}

/* ---- the operations ---- */

int pf__ixgbe_set_down(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    if (!op->half && pf->s.is_down)
        return 0;
    for (unsigned v = 0; v < pf__vfs(pf) && !op->half; v++)
        if (pf__vf_runs(&pf->s.vf[v]))
            pf__close(pf, v, PF_CLOSED_BY_DOWN, 0);
    pf->s.is_down = true; /* from its first moment on: who would begin with a VF now finds nobody behind it */
    status = pf__ixgbe_down(pf, op);
    if (status && status != PF_WAIT)
        pf->s.is_down = false;
    if (!status)
        memcpy(pf->s.filter[0].mac, op->args.mac, 6);
    return status;
}

int pf__ixgbe_set_up(struct pf *pf, struct pf_op *op)
{
    if (!op->half && !pf->s.is_down)
        return 0;
    if (!op->half)
        memcpy(op->args.mac, pf->s.filter[0].mac, 6);
    int status = pf__ixgbe_up(pf, op);
    for (unsigned v = 0; v < pf__vfs(pf) && !status; v++)
        pf__open(pf, v, PF_CLOSED_BY_DOWN);
    if (status != PF_WAIT) /* who waits for a VF looks again */
        pf__news(pf, PF_NEWS_NUM_VFS, 0, 0, 0);
    return status;
}

/* ---- a function-level reset ---- */

/*
 * A function-level reset of the PF clears all of the function, VF Enable and so every VF included [PCIe 6.6.2, SR-IOV 2.2.2,
 * 3.3.3.1]; for 100 ms reads answer all ones, as a root complex does that gives up on configuration requests which are to be
 * retried. Then the driver begins anew and writes again what it had been told: the operators' settings and the addresses of the
 * host's own side. What VFs had is gone; whoever owned one finds it reset (pf.h).
 */
enum { PCIE_DEVICE_CONTROL = 0x08, DEVICE_CONTROL_FLR = 1 << 15, CAP_ID_PCIE = 0x10, CONFIG_ID = 0x00 };
#define RETRY_PS (10 * SIM_MS) /* between two looks for an answer [pci.c pci_dev_wait: doubling; here even] */

static void vfs_are_gone(struct pf *pf)
{
    for (unsigned v = 0; v < pf__vfs(pf); v++) {
        struct pf_vf *vf = &pf->s.vf[v];
        vf->clear_to_send = false;
        if (vf->state == PF_VF_ENABLED || vf->state == PF_VF_ACTIVE)
            pf__vf_set_state(pf, v, PF_VF_RESET);
    }
}

/* Place kept in op->sub_place; op->args.mac: the PF's address, which an operator may have changed. */
static int reset(struct pf *pf, struct pf_op *op)
{
    struct pci_function *fn = pf->nic->pf;
    uint16_t cap;
    OP_BEGIN(op->sub_place)
    cap = pci_find_capability(fn, CAP_ID_PCIE);
    if (!cap)
        return -ENODEV;
    pf->s.tx_stopped = true;
    memcpy(op->args.mac, pf->s.filter[0].mac, 6);
    pci_config_write(fn, cap + PCIE_DEVICE_CONTROL, 2, pci_config_read(fn, cap + PCIE_DEVICE_CONTROL, 2) | DEVICE_CONTROL_FLR);
    vfs_are_gone(pf);
    mem_tag_clear(pf->mem, pf->mem_base, pf->mem_len, FATE_function_reset); /* what lay in its rings */
    for (op->i = 0; pci_config_read(fn, CONFIG_ID, 4) == UINT32_MAX; op->i++) {
        trace_pf_no_answer(&pf->c, op->i);
        WAIT_PS(op->sub_place, 1, RETRY_PS);
    }
    OP_END
    op->sub_place = 0;
    return 0;
}

int pf__ixgbe_reset_pf(struct pf *pf, struct pf_op *op)
{
    int status;
    if (!op->k) { /* the first half is behind us? */
        status = reset(pf, op);
        if (status)
            return status;
        forget_chip(pf);
        op->k = 1;
    }
    if (pf->s.is_down) { /* and stays so; the kernel writes config space again */
        memcpy(pf->s.filter[0].mac, op->args.mac, 6);
        pf__config_space(pf);
        return 0;
    }
    status = pf->family->start(pf, op);
    if (status)
        return status;
    if (pf__is_sriov(pf)) {
        pf__ixgbe_rss_restore(pf);
        restore_filters(pf, op->args.mac, UINT64_C(1) << pf__pool(pf)); /* those that bring frames to the host's own side */
        restore_settings(pf);
    }
    pf__ixgbe_netdev_restore(pf);
    pf->s.tx_stopped = false;
    return 0;
}
