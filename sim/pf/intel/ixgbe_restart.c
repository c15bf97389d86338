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
    pf__queues_forget(pf);
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        pf->s.vf[v].flr_mine = false; /* PFVFLRE */
}

/* What has been posted goes out and what has come is handed up, as far as the queues still work: a hung one is waited for no longer
 * than a fence waits. */
static int send_no_more(void *owner)
{
    struct pf *pf = owner;
    trace_pf_restart(&pf->c, "stops", "its queues, and the chip is reset");
    pf->s.tx_stopped = true;
    memcpy(pf__op_now(pf)->args.mac, pf->s.filter[0].mac, 6);
    return PROCEDURE_NEXT;
}

static int tell_and_stop(void *owner)
{
    struct pf *pf = owner;
    tell_vfs(pf);
    for (unsigned i = 0; i < pf__rings(pf); i++) {
        pf__ixgbe_channel_write(pf, false, pf__ring(pf, i), RING_CTL, 0);
        pf__ixgbe_channel_write(pf, true, pf__ring(pf, i), RING_CTL, 0);
    }
    return PROCEDURE_NEXT;
}

static int reset_chip(void *owner)
{
    struct pf *pf = owner;
    mem_tag_clear(pf->mem, pf->mem_base, pf->mem_len, FATE_function_reset); /* what a hung ring still holds */
    memset(pf->tx_rs, 0, sizeof(pf->tx_rs));
    for (unsigned c = 0; c < PF_RINGS_MAX; c++)
        pf->s.channel[c].tx_done = pf->s.channel[c].tx_told = pf->s.channel[c].tx_put;
    pf__write(pf, pf__hw(pf)->ctrl, IXGBE_CTRL_RST);
    forget_chip(pf);
    pf__sleep(pf, pf__hw(pf)->reset_ps);
    return PROCEDURE_WAIT;
}

static const struct procedure_step down_steps[] = {
    {"send no more", send_no_more},
    {"wait for what was sent", .sub = &pf__ixgbe_own_tx_fence, .own = PF_STEP_FORGIVEN},
    {"tell the VFs, and stop its queues", tell_and_stop},
    {"wait for what has come", .sub = &pf__ixgbe_rx_fence, .own = PF_STEP_FORGIVEN},
    {"reset the chip", reset_chip},
};
const struct procedure_table pf__ixgbe_down = PROCEDURE_TABLE("stop the driver", down_steps);

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

/* op->args.mac: the PF's address, which an operator may have changed. */
static int drives_again(void *owner)
{
    ((struct pf *)owner)->s.is_down = false;
    return PROCEDURE_NEXT;
}

static int write_settings(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    if (!pf__is_sriov(pf)) {
        memcpy(pf->s.filter[0].mac, op->args.mac, 6);
        pf->family->address(pf, 0);
        pf__max_frame(pf);
        return pf__jump(pf, "serve");
    }
    pf__ixgbe_rss_restore(pf);
    uint64_t pools = restore_vfs(pf);
    restore_filters(pf, op->args.mac, pools);
    pf__groups(pf);
    restore_settings(pf);
    op->args.vf = 0;
    return PROCEDURE_NEXT;
}

/* The next VF with a limit is the one of the operation, for as long as it takes. */
static int find_limit(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    for (; op->args.vf < (int)pf__vfs(pf); op->args.vf++)
        if (pf->s.vf[op->args.vf].admin.max_tx_rate)
            return PROCEDURE_NEXT;
    op->args.vf = PF_ANY_VF;
    return pf__jump(pf, "serve");
}

static int next_limit(void *owner)
{
    pf__op_now(owner)->args.vf++;
    return pf__jump(owner, "find a VF with a limit");
}

static int serve(void *owner)
{
    struct pf *pf = owner;
    pf__ixgbe_netdev_restore(pf);
    pf->s.tx_stopped = false;
    trace_pf_restart(&pf->c, "starts", "VFs may come");
    look_around(pf);
    return PROCEDURE_NEXT;
}

static const struct procedure_step up_steps[] = {
    {"it drives the chip again", drives_again},
    {"start", .sub = &pf__ixgbe_start},
    {"write what was set", write_settings},
    {"find a VF with a limit", find_limit},
    {"divide the limit over its queues", .sub = &pf__ixgbe_tx_rate_apply, .done = next_limit},
    {"serve", serve},
};
const struct procedure_table pf__ixgbe_up = PROCEDURE_TABLE("start the driver", up_steps);

/* ---- the operations ---- */

static int close_vfs(void *owner)
{
    struct pf *pf = owner;
    if (pf->s.is_down)
        return PROCEDURE_LEAVE;
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        if (pf__vf_runs(&pf->s.vf[v]))
            pf__close(pf, v, PF_CLOSED_BY_DOWN, 0);
    pf->s.is_down = true; /* from its first moment on: who would begin with a VF now finds nobody behind it */
    return PROCEDURE_NEXT;
}

static int keep_address(void *owner)
{
    memcpy(((struct pf *)owner)->s.filter[0].mac, pf__op_now(owner)->args.mac, 6);
    return PROCEDURE_NEXT;
}

static const struct procedure_step set_down_steps[] = {
    {"close the VFs", close_vfs},
    {"stop the driver", .sub = &pf__ixgbe_down},
    {"keep its address", keep_address},
};
const struct procedure_table pf__ixgbe_set_down = PROCEDURE_TABLE("NETDEV_DOWN", set_down_steps);

static int take_address(void *owner)
{
    struct pf *pf = owner;
    if (!pf->s.is_down)
        return PROCEDURE_LEAVE;
    memcpy(pf__op_now(pf)->args.mac, pf->s.filter[0].mac, 6);
    return PROCEDURE_NEXT;
}

static int open_vfs(void *owner)
{
    struct pf *pf = owner;
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        pf__open(pf, v, PF_CLOSED_BY_DOWN);
    pf__news(pf, PF_NEWS_NUM_VFS, 0, 0, 0); /* who waits for a VF looks again */
    return PROCEDURE_NEXT;
}

static const struct procedure_step set_up_steps[] = {
    {"take its address", take_address},
    {"start the driver", .sub = &pf__ixgbe_up},
    {"open the VFs", open_vfs},
};
const struct procedure_table pf__ixgbe_set_up_again = PROCEDURE_TABLE("NETDEV_UP", set_up_steps);

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

/* op->args.mac: the PF's address, which an operator may have changed. */
static int begin_reset(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    struct pci_function *fn = pf->nic->pf;
    uint16_t cap = pci_find_capability(fn, CAP_ID_PCIE);
    if (!cap)
        return -ENODEV;
    pf->s.tx_stopped = true;
    memcpy(op->args.mac, pf->s.filter[0].mac, 6);
    pci_config_write(fn, cap + PCIE_DEVICE_CONTROL, 2, pci_config_read(fn, cap + PCIE_DEVICE_CONTROL, 2) | DEVICE_CONTROL_FLR);
    vfs_are_gone(pf);
    mem_tag_clear(pf->mem, pf->mem_base, pf->mem_len, FATE_function_reset); /* what lay in its rings */
    op->i = 0;
    return PROCEDURE_NEXT;
}

static int ask_for_id(void *owner)
{
    struct pf *pf = owner;
    if (pci_config_read(pf->nic->pf, CONFIG_ID, 4) != UINT32_MAX)
        return PROCEDURE_NEXT;
    trace_pf_no_answer(&pf->c, pf__op_now(pf)->i++);
    pf__sleep(pf, RETRY_PS);
    return PROCEDURE_WAIT;
}

static int begin_anew(void *owner)
{
    struct pf *pf = owner;
    forget_chip(pf);
    if (!pf->s.is_down)
        return PROCEDURE_NEXT;
    memcpy(pf->s.filter[0].mac, pf__op_now(pf)->args.mac, 6); /* it stays down; the kernel writes config space again */
    pf__config_space(pf);
    return PROCEDURE_LEAVE;
}

static int write_own_settings(void *owner)
{
    struct pf *pf = owner;
    if (pf__is_sriov(pf)) {
        pf__ixgbe_rss_restore(pf);
        /* those that bring frames to the host's own side */
        restore_filters(pf, pf__op_now(pf)->args.mac, pf__pool_bit(pf__pool(pf)));
        restore_settings(pf);
    }
    pf__ixgbe_netdev_restore(pf);
    pf->s.tx_stopped = false;
    return PROCEDURE_NEXT;
}

static const struct procedure_step reset_steps[] = {
    {"begin the reset", begin_reset},
    {"wait until it answers", ask_for_id, .done = pf__again},
    {"begin anew", begin_anew},
    {"start", .sub = &pf__ixgbe_start},
    {"write what was set", write_own_settings},
};
const struct procedure_table pf__ixgbe_reset_pf = PROCEDURE_TABLE("PF_FLR", reset_steps);
