/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The family of PFs that a guest drives: this host keeps the books of who has which VF, and leaves the chip alone. What is to be
 * in its tables is the guest's to say, with tools of its own.
 */
#include <errno.h>

#include "pf/pf__.h"

static int nothing(void *owner) { return PROCEDURE_NEXT; }

static const struct procedure_step no_steps[] = {{"leave it to the guest", nothing}};
static const struct procedure_table leave = PROCEDURE_TABLE("left to the guest", no_steps);
static const struct procedure_table *const tables[] = {&leave, NULL};

/* ---- operations ---- */

/* Of a VF that there is not yet, its guest has nothing to begin with. */
static int reset(struct pf *pf, struct pf_op *op)
{
    return pci_function_is_present(pf->nic->vf[op->args.vf]) ? pf__vf_flr(pf, op) : 0;
}

static int enter(struct pf *pf, unsigned vf, enum pf_vf_state from, enum pf_vf_state to)
{
    if (from != PF_VF_FREE && pf->s.vf[vf].state != from)
        return -EINVAL;
    pf__vf_set_state(pf, vf, to);
    return 0;
}

static int dispatch(struct pf *pf, struct pf_op *op)
{
    if (pf_is_netdev_op(op->op) || op->op == PF_OP_VF_SET_TX_RATE)
        return -EPERM;
    if (op->op == PF_OP_RX_FENCE || op->op == PF_OP_TX_FENCE || op->op == PF_OP_PF_TX_FENCE)
        return 0;
    if (op->args.vf < 0 || op->args.vf >= (int)pf__vfs(pf))
        return -EINVAL;
    unsigned vf = (unsigned)op->args.vf;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT:
        return enter(pf, vf, PF_VF_ACQUIRED, PF_VF_ENABLED);
    case VMK_NETPTOP_VF_ACTIVATE:
        return enter(pf, vf, PF_VF_ENABLED, PF_VF_ACTIVE);
    case VMK_NETPTOP_VF_QUIESCE:
        return pf__vf_is_quiet(pf, vf), 0;
    case VMK_NETPTOP_VF_RELEASE:
        return enter(pf, vf, PF_VF_FREE, PF_VF_FREE);
    case VMK_NETPTOP_VF_GET_INFO:
        return 0;
    case PF_OP_VF_FLR:
        return reset(pf, op);
    case VMK_NETPTOP_VF_SET_MAC:
    case VMK_NETPTOP_VF_SET_ANTISPOOF:
    case VMK_NETPTOP_VF_SET_DEFAULT_VLAN:
    case VMK_NETPTOP_VF_SET_RX_MODE:
    case VMK_NETPTOP_VF_SET_MTU:
        return 0; /* what the VM's line would have: here `ip link set … vf …` in the guest says it */
    default:
        return -ENOTSUP;
    }
}

static void vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    bool is_64;
    out->fn = pf->nic->vf[vf];
    out->bar_bytes = (uint32_t)pci_function_bar(out->fn, 0, &is_64);
    out->queues = pf->queues;
    out->vectors = pf__limits(pf)->vf_vectors;
}

/* ---- the host's own side has no ring ---- */

static uint64_t memory(uint32_t ring_rx, uint32_t ring_tx) { return 4096; }
static void send(struct pf *pf, frame_ref ref) { frame_end(&pf->c, ref, FATE_tx_disabled); }

/* ---- what would be brought into the chip ---- */

static void of_one(struct pf *pf, unsigned i) { (void)i; }
static void of_pools(struct pf *pf, unsigned i, uint64_t before) { (void)i; }
static void of_vlan(struct pf *pf, unsigned i, uint64_t pools, bool fresh) { (void)i; }
static void of_pool(struct pf *pf, unsigned pool, uint32_t what) { (void)what; }
static void of_one_or_not(struct pf *pf, unsigned i, bool on) { (void)i; }
static void of_all(struct pf *pf) { (void)pf; }
static void of_all_or_not(struct pf *pf, bool on) { (void)on; }
static void of_mirror(struct pf *pf, unsigned rule, uint64_t vlan_entries) { (void)rule; }

static const struct pf_limits limits = {
    .vf_queues = 2,
    .vf_queues_most = 4,
    .vfs_with_most = 31,
    .vf_vectors = 3,
    .ring_step = 8,
    .link_mbps = 10000,
    .rate_rule = "the guest that has the PF sets it",
    .filters_early = true,
};

static const struct pf_family outside = {
    .name = PF_FAMILY_OUTSIDE,
    .passthru = PF_PASSTHRU_NPA,
    .limits = &limits,
    .tables = tables,
    .start = &leave,
    .move = &leave,
    .set_mac = &leave,
    .dispatch = dispatch,
    .vf_info = vf_info,
    .memory = memory,
    .poll = of_one,
    .kick = of_one,
    .send = send,
    .reclaim = of_all,
    .address = of_one,
    .pools = of_pools,
    .vlan = of_vlan,
    .groups = of_one,
    .checks = of_one,
    .accept = of_pool,
    .port_vlan = of_one,
    .drop = of_one_or_not,
    .link_state = of_one,
    .longest = of_all,
    .loopback = of_all_or_not,
    .mirror = of_mirror,
    .mirror_all = of_all_or_not,
};
PF_FAMILY(outside);
