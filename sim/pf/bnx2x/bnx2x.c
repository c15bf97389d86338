/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver of the 57712's PF: ramrods, fences, bring-up, and what the shared part has written. */
#include "pf/bnx2x/bnx2x.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

enum { MTU_MAX = 9600 }; /* [Linux bnx2x.h ETH_MAX_JUMBO_PACKET_SIZE] */

/* ---- ramrods: the step that names this table has pf__bnx2x_call() give one ---- */

int pf__bnx2x_call(struct pf *pf, uint32_t ramrod, uint32_t id, uint32_t data)
{
    uint64_t addr = pf__bnx2x_scratch(pf);
    pf__write(pf, E2_RAMROD_ID, id);
    pf__write(pf, E2_RAMROD_DATA, data);
    pf__write(pf, E2_RAMROD_ADDR_LO, (uint32_t)addr);
    pf__write(pf, E2_RAMROD_ADDR_HI, (uint32_t)(addr >> 32));
    pf__write(pf, E2_RAMROD, ramrod);
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

static int read_status(void *owner) { return pf__read(owner, E2_RAMROD_STATUS); }

static int is_over(void *owner)
{
    struct pf *pf = owner;
    if (pf->s.value & E2_BUSY)
        return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
    return pf->s.value == 0 ? PROCEDURE_LEAVE : pf->s.value == E2_ERR_DMA ? -EIO : -EINVAL;
}

static int look_again(void *owner) { return pf__jump(owner, "see whether it is over"); }

static const struct procedure_step ramrod_steps[] = {
    {"see whether it is over", read_status, .done = is_over},
    {"wait a moment", pf__doze, .done = look_again},
};
const struct procedure_table pf__bnx2x_ramrod = PROCEDURE_TABLE("ramrod", ramrod_steps);

/* ---- fences ---- */

static int call_empty(void *owner) { return pf__bnx2x_call(owner, E2_RAMROD_EMPTY, E2_ID_ALL, 0); }
static int call_forward_empty(void *owner) { return pf__bnx2x_call(owner, E2_RAMROD_FORWARD_EMPTY, E2_ID_ALL, 0); }

/* What was steered to the PF is handed out before the fence is reported done. */
static const struct procedure_step rx_fence_steps[] = {
    {"fence what is received", call_empty, .sub = &pf__bnx2x_ramrod},
    {"hand out what has come", pf__hand_out},
};
static const struct procedure_table rx_fence = PROCEDURE_TABLE("receive fence", rx_fence_steps, PROCEDURE_FORCES);

static const struct procedure_step tx_fence_steps[] = {{"fence what is sent", call_forward_empty, .sub = &pf__bnx2x_ramrod}};
static const struct procedure_table tx_fence = PROCEDURE_TABLE("transmit fence", tx_fence_steps);

/* Every frame handed to pf_uplink() before now has left the chip. */
static const struct procedure_step own_tx_fence_steps[] = {
    {"tell the chip what was filled", pf__tell_chip},
    {"wait for its completions", pf__wait_for_sent, .done = pf__again},
    {"fence what is sent", call_forward_empty, .sub = &pf__bnx2x_ramrod},
};
static const struct procedure_table own_tx_fence = PROCEDURE_TABLE("own transmit fence", own_tx_fence_steps);

/* ---- bring-up ---- */

/* Whose each queue zone and each status block is: queue protection [bnx2x_vf.c bnx2x_vf_enable_traffic], IGU mapping. */
static void say_whose(struct pf *pf)
{
    uint32_t own = pf__pool(pf) << E2_FUNCTION_SHIFT | E2_VALID;
    for (unsigned v = 0; v < pf->nic->vf_count; v++)
        for (unsigned q = 0; q < pf->queues; q++) {
            pf__write(pf, E2_ZONE(bnx2x_zone(pf, v, q)), E2_VALID | v << E2_FUNCTION_SHIFT | q);
            pf__write(pf, E2_IGU_MAP(bnx2x_zone(pf, v, q)), E2_VALID | v << E2_FUNCTION_SHIFT | q);
        }
    pf__write(pf, E2_ZONE(BNX2X_OWN_ZONE), own);
    pf__write(pf, E2_IGU_MAP(BNX2X_OWN_ZONE), own | PF_VECTOR_DATA);
}

static int set_up(void *owner)
{
    struct pf *pf = owner;
    pf__config_space(pf);
    pf->s.link_up = true;
    pf->s.max_frame = 1518;
    pf->family->loopback(pf, true);
    say_whose(pf);
    pf__vports_write_own(pf);
    return PROCEDURE_NEXT;
}

static int set_up_rings(void *owner)
{
    struct pf *pf = owner;
    pf__bnx2x_rings(pf, mem_at(pf->mem, pf__bnx2x_scratch(pf), sizeof(struct e2_client_setup)));
    return pf__bnx2x_call(pf, E2_RAMROD_CLIENT_SETUP, BNX2X_OWN_ZONE, 0);
}

static int let_go(void *owner)
{
    pf__bnx2x_begin(owner);
    return pf__bnx2x_call(owner, E2_RAMROD_CLIENT_UPDATE, BNX2X_OWN_ZONE, E2_CLIENT_RX | E2_CLIENT_TX);
}

static const struct procedure_step start_steps[] = {
    {"set the chip up", set_up},
    {"set its own queue up", set_up_rings, .sub = &pf__bnx2x_ramrod},
    {"let frames come and go", let_go, .sub = &pf__bnx2x_ramrod},
    {"read its address", .sub = &pf__own_address},
};
static const struct procedure_table start = PROCEDURE_TABLE("START", start_steps);

static int read_causes(void *owner)
{
    ((struct pf *)owner)->s.misc_queued = false;
    return pf__read(owner, E2_ICR);
}

static int read_link(void *owner) { return pf__read(owner, E2_STATUS); }

static int note_link(void *owner)
{
    struct pf *pf = owner;
    pf->s.link_up = pf->s.value & 1;
    return PROCEDURE_NEXT;
}

static const struct procedure_step misc_steps[] = {
    {"clear the causes", read_causes},
    {"see the link", read_link, .done = note_link},
};
static const struct procedure_table misc = PROCEDURE_TABLE("serve causes", misc_steps);

/* ---- which operation is which ---- */

/* ---- features: a VF's next plugin will find aggregation on; off takes it from those that run, too, queue by queue ---- */

static int set_features(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    pf->s.features = (pf->s.features & ~(uint32_t)PF_FEATURE_LRO) | (op->args.features & PF_FEATURE_LRO);
    op->i = 0;
    return pf->s.features & PF_FEATURE_LRO ? PROCEDURE_LEAVE : PROCEDURE_NEXT;
}

static int next_aggregating(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    for (; op->i < pf->nic->vf_count * pf->queues; op->i++) {
        unsigned vf = op->i / pf->queues, q = op->i % pf->queues;
        if (pf__has_vf(pf_bnx2x(pf)->tpa, vf) && q < pf_bnx2x(pf)->queues[vf])
            return PROCEDURE_NEXT;
    }
    return PROCEDURE_LEAVE;
}

static int call_tpa_update(void *owner)
{
    struct pf_op *op = pf__op_now(owner);
    return pf__bnx2x_call(owner, E2_RAMROD_TPA_UPDATE, op->i++, 0);
}

static int and_the_next(void *owner) { return pf__jump(owner, "see which queue is next"); }

static const struct procedure_step features_steps[] = {
    {"note what is wanted", set_features},
    {"see which queue is next", next_aggregating},
    {"have it aggregate no more", call_tpa_update, .sub = &pf__bnx2x_ramrod, .done = and_the_next},
};
static const struct procedure_table features = PROCEDURE_TABLE("set features", features_steps);

static int dispatch(struct pf *pf, struct pf_op *op)
{
    if (op->op == PF_OP_NETDEV_FEATURES)
        return pf__follow(pf, &features);
    if (op->op == PF_OP_NETDEV_MTU)
        return pf__take_mtu(pf, op->args.mtu, MTU_MAX);
    if (pf_is_netdev_op(op->op))
        return -ENOTSUP; /* its own interface is as it came up */
    switch ((int)op->op) {
    case PF_OP_MISC:
        return pf__follow(pf, &misc);
    case PF_OP_RX_FENCE:
        return pf__follow(pf, &rx_fence);
    case PF_OP_TX_FENCE:
        return pf__follow(pf, &tx_fence);
    case PF_OP_PF_TX_FENCE:
        return pf__follow(pf, &own_tx_fence);
    default:
        return pf__bnx2x_vf_run(pf, op);
    }
}

/* ---- what the shared part has written ---- */

static void checks(struct pf *pf, unsigned vf) { pf__bnx2x_vport(pf, vf); }
static void accept(struct pf *pf, unsigned pool, uint32_t what) { pf__bnx2x_vport(pf, pool); }

/* ---- life ---- */

/* A VF has as many queues as the plugin knows, or fewer when there are not zones enough. */
static int create(struct pf *pf)
{
    unsigned share = pf->nic->vf_count ? BNX2X_OWN_ZONE / pf->nic->vf_count : E2_VF_QUEUES_MAX;
    pf->own = alloc_zero("a PF driver", 1, sizeof(struct pf_bnx2x));
    if (pf->queues > share)
        pf->queues = share;
    return 0;
}

static void destroy(struct pf *pf) { free(pf->own); }
static void save(struct pf *pf, struct save *s) { save_field(s, *pf_bnx2x(pf)); }

static void vf_share(struct pf *pf, unsigned vf, struct sim_mem *guest) { pf_bnx2x_own(pf)->guest[vf] = guest; }

static const struct pf_limits limits = {
    .vf_queues = E2_VF_QUEUES_MAX,
    .vf_queues_most = E2_VF_QUEUES_MAX,
    .vfs_with_most = PF_VFS_MAX,
    .vf_vectors = E2_VF_VECTORS,
    .channels_most = 1,
    .ring_step = 32,
    .link_mbps = 10000,
    .rate_rule = "a limit is above 10 Mb/s and at most the link's speed",
    .rate_at_full_speed = true,
    .forces_link = true,
    .has_lro = true,
};

static const struct procedure_table *const tables[] = {
    &pf__reset_over,
    &pf__own_address,
    &pf__bnx2x_ramrod,
    &rx_fence,
    &tx_fence,
    &own_tx_fence,
    &start,
    &misc,
    &features,
    &pf__bnx2x_move,
    &pf__bnx2x_set_mac,
    &pf__bnx2x_init,
    &pf__bnx2x_setup,
    &pf__bnx2x_update,
    &pf__bnx2x_activate,
    &pf__bnx2x_quiesce,
    &pf__bnx2x_run_dry,
    &pf__bnx2x_idle,
    &pf__bnx2x_halt,
    &pf__bnx2x_release,
    &pf__bnx2x_queue_stats,
    &pf__bnx2x_queue_status,
    NULL,
};

/* Under NPA its VFs know no mailbox [bnx2x_vfpf_if.h: not on ESX], so none can be told, and none is disturbed by a setting. */
static const struct pf_family bnx2x = {
    .name = "bnx2x",
    .passthru = PF_PASSTHRU_NPA,
    .limits = &limits,
    .reg_bar = E2_BAR,
    .status = E2_STATUS,
    .start = &start,
    .own_address = {E2_MAC_LO_0, E2_MAC_HI_0},
    .tables = tables,
    .dispatch = dispatch,
    .move = &pf__bnx2x_move,
    .set_mac = &pf__bnx2x_set_mac,
    .vf_info = pf__bnx2x_vf_info,
    .memory = pf__bnx2x_memory,
    .poll = pf__bnx2x_poll,
    .kick = pf__bnx2x_kick,
    .send = pf__bnx2x_send,
    .receive = pf__bnx2x_receive,
    .reclaim = pf__bnx2x_reclaim,
    .address = pf__vports_address,
    .pools = pf__vports_pools,
    .vlan = pf__vports_vlan,
    .groups = pf__vports_groups,
    .checks = checks,
    .accept = accept,
    .port_vlan = pf__vports_port_vlan,
    .drop = pf__vports_drop,
    .link_state = pf__bnx2x_vport,
    .longest = pf__vports_longest,
    .loopback = pf__vports_loopback,
    .mirror = pf__vports_mirror,
    .mirror_all = pf__vports_mirror_all,
    .vport = pf__bnx2x_vport,
    .vf_memory = pf__bnx2x_vf_memory,
    .vf_share = vf_share,
    .create = create,
    .destroy = destroy,
    .save = save,
};
PF_FAMILY(bnx2x);
