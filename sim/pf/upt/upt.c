/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UPT NIC's PF driver: commands of the chip, fences, bring-up, and what the shared part has written. */
#include "pf/upt/upt.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

/* ---- commands: the step that names this table has pf__upt_call() give one ---- */

int pf__upt_call(struct pf *pf, uint32_t command, uint32_t fn)
{
    uint64_t addr = pf__upt_scratch(pf);
    pf__write(pf, UPT_CMD_FN, fn);
    pf__write(pf, UPT_CMD_ADDR_LO, (uint32_t)addr);
    pf__write(pf, UPT_CMD_ADDR_HI, (uint32_t)(addr >> 32));
    pf__write(pf, UPT_CMD, command);
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

static int read_command_status(void *owner) { return pf__read(owner, UPT_CMD_STATUS); }

static int is_over(void *owner)
{
    struct pf *pf = owner;
    if (pf->s.value & UPT_BUSY)
        return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
    return pf->s.value == 0 ? PROCEDURE_LEAVE : pf->s.value == UPT_ERR_DMA ? -EIO : -EINVAL;
}

static int look_again(void *owner) { return pf__jump(owner, "see whether it is over"); }

static const struct procedure_step command_steps[] = {
    {"see whether it is over", read_command_status, .done = is_over},
    {"wait a moment", pf__doze, .done = look_again},
};
const struct procedure_table pf__upt_command = PROCEDURE_TABLE("command", command_steps);

/* ---- fences ---- */

static int call_rx_fence(void *owner) { return pf__upt_call(owner, UPT_CMD_RX_FENCE, UPT_FN_ALL); }
static int call_tx_fence(void *owner) { return pf__upt_call(owner, UPT_CMD_TX_FENCE, UPT_FN_ALL); }

/* What was steered to the PF is handed out before the fence is reported done. */
static const struct procedure_step rx_fence_steps[] = {
    {"fence what is received", call_rx_fence, .sub = &pf__upt_command},
    {"hand out what has come", pf__hand_out},
};
static const struct procedure_table rx_fence = PROCEDURE_TABLE("receive fence", rx_fence_steps, PROCEDURE_FORCES);

static const struct procedure_step tx_fence_steps[] = {{"fence what is sent", call_tx_fence, .sub = &pf__upt_command}};
static const struct procedure_table tx_fence = PROCEDURE_TABLE("transmit fence", tx_fence_steps);

/* Every frame handed to pf_uplink() before now has left the chip. */
static const struct procedure_step own_tx_fence_steps[] = {
    {"tell the chip what was filled", pf__tell_chip},
    {"wait for its completions", pf__wait_for_sent, .done = pf__again},
    {"fence what is sent", call_tx_fence, .sub = &pf__upt_command},
};
static const struct procedure_table own_tx_fence = PROCEDURE_TABLE("own transmit fence", own_tx_fence_steps);

/* ---- bring-up ---- */

static int set_up(void *owner)
{
    struct pf *pf = owner;
    pf__config_space(pf);
    pf->s.link_up = true;
    pf->s.max_frame = 1518;
    pf->family->loopback(pf, true);
    pf__vports_write_own(pf);
    return PROCEDURE_NEXT;
}

static int start_rings(void *owner)
{
    struct pf *pf = owner;
    pf__upt_rings(pf, mem_at(pf->mem, pf__upt_scratch(pf), sizeof(struct vmxnet3_rings_image)));
    return pf__upt_call(pf, UPT_CMD_INIT, pf__pool(pf));
}

static int let_come(void *owner)
{
    pf__write(owner, UPT_FCTL(pf__pool(owner)), UPT_FCTL_TX | UPT_FCTL_RX);
    return PROCEDURE_NEXT;
}

static const struct procedure_step start_steps[] = {
    {"set the chip up", set_up},
    {"start its rings", start_rings, .sub = &pf__upt_command},
    {"let frames come", let_come},
    {"read its address", .sub = &pf__own_address},
};
static const struct procedure_table start = PROCEDURE_TABLE("START", start_steps);

static int read_causes(void *owner)
{
    ((struct pf *)owner)->s.misc_queued = false;
    return pf__read(owner, UPT_ICR);
}

static int read_link(void *owner) { return pf__read(owner, UPT_STATUS); }

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

static int dispatch(struct pf *pf, struct pf_op *op)
{
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
        return pf__upt_vf_run(pf, op);
    }
}

static void vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    out->bar_bytes = UPT_PAGE_BYTES;
    out->fn = pf->nic->vf[vf];
    out->queues = pf->queues;
    out->vectors = UPT_VECTORS;
}

/* ---- what the shared part has written ---- */

/* The driver writes the vports of eight VFs at a time. */
static void checks(struct pf *pf, unsigned vf)
{
    for (unsigned v = vf / 8 * 8; v < vf / 8 * 8 + 8 && v < pf->nic->vf_count; v++)
        pf__upt_vport(pf, v);
}

static void accept(struct pf *pf, unsigned pool, uint32_t what) { pf__upt_vport(pf, pool); }

/* ---- life ---- */

static int create(struct pf *pf)
{
    pf->own = alloc_zero("a PF driver", 1, sizeof(struct pf_upt));
    return 0;
}

static void destroy(struct pf *pf) { free(pf->own); }
static void save(struct pf *pf, struct save *s) { save_field(s, *pf_upt(pf)); }

static struct vmxnet3_rings_image *rings(struct pf *pf, unsigned vf) { return &pf_upt(pf)->rings[vf]; }

static const struct pf_limits limits = {
    .vf_queues = UPT_QUEUES,
    .vf_queues_most = UPT_QUEUES,
    .vfs_with_most = PF_VFS_MAX,
    .vf_vectors = UPT_VECTORS,
    .ring_step = 32,
    .link_mbps = 10000,
    .rate_rule = "a limit is above 10 Mb/s and at most the link's speed",
    .rate_at_full_speed = true,
    .filters_early = true,
    .forces_link = true,
};

static const struct procedure_table *const tables[] = {
    &pf__reset_over,
    &pf__own_address,
    &pf__upt_command,
    &rx_fence,
    &tx_fence,
    &own_tx_fence,
    &start,
    &misc,
    &pf__upt_move,
    &pf__upt_set_mac,
    &pf__upt_init,
    &pf__upt_quiesce,
    &pf__upt_run_dry,
    &pf__upt_idle,
    &pf__upt_save_state,
    &pf__upt_release,
    &pf__upt_queue_stats,
    &pf__upt_queue_status,
    NULL,
};

/* The UPT NIC is ours, and so is its driver: its VFs know no mailbox, so none can be told, and none is disturbed by a setting. */
static const struct pf_family upt = {
    .name = "upt",
    .passthru = PF_PASSTHRU_UPT,
    .limits = &limits,
    .reg_bar = UPT_CONTROL_BAR,
    .status = UPT_STATUS,
    .start = &start,
    .own_address = {UPT_MAC_LO_0, UPT_MAC_HI_0},
    .tables = tables,
    .dispatch = dispatch,
    .move = &pf__upt_move,
    .set_mac = &pf__upt_set_mac,
    .vf_info = vf_info,
    .memory = pf__upt_memory,
    .poll = pf__upt_poll,
    .kick = pf__upt_kick,
    .send = pf__upt_send,
    .receive = pf__upt_receive,
    .reclaim = pf__upt_reclaim,
    .address = pf__vports_address,
    .pools = pf__vports_pools,
    .vlan = pf__vports_vlan,
    .groups = pf__vports_groups,
    .checks = checks,
    .accept = accept,
    .port_vlan = pf__vports_port_vlan,
    .drop = pf__vports_drop,
    .link_state = pf__upt_vport,
    .longest = pf__vports_longest,
    .loopback = pf__vports_loopback,
    .mirror = pf__vports_mirror,
    .mirror_all = pf__vports_mirror_all,
    .vport = pf__upt_vport,
    .rings = rings,
    .create = create,
    .destroy = destroy,
    .save = save,
};
PF_FAMILY(upt);
