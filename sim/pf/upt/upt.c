/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UPT NIC's PF driver: commands of the chip, fences, bring-up, and what the routines of the other chips write here. */
#include "pf/upt/upt.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

/* ---- commands ---- */

int pf__upt_command(struct pf *pf, struct pf_op *op, uint32_t command, uint32_t fn)
{
    uint64_t addr = pf__upt_scratch(pf);
    OP_BEGIN(op->sub_place)
    pf__write(pf, UPT_CMD_FN, fn);
    pf__write(pf, UPT_CMD_ADDR_LO, (uint32_t)addr);
    pf__write(pf, UPT_CMD_ADDR_HI, (uint32_t)(addr >> 32));
    pf__write(pf, UPT_CMD, command);
    op->fence.deadline = sim_now(pf->c.sim) + PF_TIMEOUT_PS;
    for (;;) {
        WAIT_READ(op->sub_place, 1, UPT_CMD_STATUS);
        if (!(pf->s.value & UPT_BUSY))
            break;
        if (sim_now(pf->c.sim) >= op->fence.deadline) {
            op->sub_place = 0;
            return -ETIMEDOUT;
        }
        WAIT_PS(op->sub_place, 2, PF_POLL_PS);
    }
    OP_END
    op->sub_place = 0;
    return pf->s.value == 0 ? 0 : pf->s.value == UPT_ERR_DMA ? -EIO : -EINVAL;
}

/* What was steered to the PF is handed out before the fence is reported done. */
static int rx_fence(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->place)
    WAIT_FOR(op->place, 1, status, pf__upt_command(pf, op, UPT_CMD_RX_FENCE, UPT_FN_ALL));
    OP_END
    uint64_t cycles = pf__upt_receive(pf, UINT32_MAX) * profile_get(&pf->c.sim->profile, PROFILE_pf_driver_frame_cycles);
    sim_time now = sim_now(pf->c.sim), *busy = &pf->s.channel[0].busy_until;
    *busy = (*busy > now ? *busy : now) + pf__cpu(pf, cycles);
    return status;
}

static int tx_fence(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->place)
    WAIT_FOR(op->place, 1, status, pf__upt_command(pf, op, UPT_CMD_TX_FENCE, UPT_FN_ALL));
    OP_END
    return status;
}

/* Every frame handed to pf_uplink() before now has left the chip. */
static int own_tx_fence(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->place)
    pf__upt_kick(pf, 0);
    op->i = pf->s.channel[0].tx_put;
    op->fence.deadline = sim_now(pf->c.sim) + PF_TIMEOUT_PS;
    for (;;) {
        pf__upt_reclaim(pf);
        if ((int32_t)(pf->s.channel[0].tx_done - op->i) >= 0)
            break;
        if (sim_now(pf->c.sim) >= op->fence.deadline)
            return -ETIMEDOUT;
        WAIT_PS(op->place, 1, PF_POLL_PS);
    }
    WAIT_FOR(op->place, 2, status, pf__upt_command(pf, op, UPT_CMD_TX_FENCE, UPT_FN_ALL));
    OP_END
    return status;
}

/* ---- bring-up ---- */

static int start(struct pf *pf, struct pf_op *op)
{
    unsigned own = pf__pool(pf);
    int status = 0;
    OP_BEGIN(op->place)
    pf__config_space(pf);
    pf->s.link_up = true;
    pf->s.max_frame = 1518;
    pf->chip->hw->loopback(pf, true);
    pf__write(pf, UPT_VPORT(own), UPT_VPORT_RX | UPT_VPORT_TX | UPT_VPORT_BROADCAST | UPT_VPORT_UNTAGGED |
                                      UPT_VPORT_MULTICAST | UPT_VPORT_ALL_MULTICAST);
    pf__upt_rings(pf, mem_at(pf->mem, pf__upt_scratch(pf), sizeof(struct vmxnet3_rings_image)));
    WAIT_FOR(op->place, 1, status, pf__upt_command(pf, op, UPT_CMD_INIT, own));
    if (status)
        return status;
    pf__write(pf, UPT_FCTL(own), UPT_FCTL_TX | UPT_FCTL_RX);
    WAIT_FOR(op->place, 2, status, pf__own_address(pf, op, UPT_MAC_LO(0), UPT_MAC_HI(0)));
    OP_END
    return status;
}

static int misc(struct pf *pf, struct pf_op *op)
{
    OP_BEGIN(op->place)
    pf->s.misc_queued = false;
    WAIT_READ(op->place, 1, UPT_ICR);
    WAIT_READ(op->place, 2, UPT_STATUS);
    pf->s.link_up = pf->s.value & 1;
    OP_END
    return 0;
}

/* ---- which operation is which routine; the rest is as for the other chips ---- */

static int dispatch(struct pf *pf, struct pf_op *op)
{
    switch ((int)op->op) {
    case PF_OP_MISC: return misc(pf, op);
    case PF_OP_RX_FENCE: return rx_fence(pf, op);
    case PF_OP_TX_FENCE: return tx_fence(pf, op);
    case PF_OP_PF_TX_FENCE: return own_tx_fence(pf, op);
    case PF_OP_START: case PF_OP_MOVE_MAC: case PF_OP_SET_MTU: case VMK_NETPTOP_IS_SUPPORTED:
    case VMK_NETPTOP_PF_ADD_MAC_FILTER: case VMK_NETPTOP_PF_DEL_MAC_FILTER: case VMK_NETPTOP_PF_MIRROR_ALL:
        return pf__ixgbe_dispatch(pf, op);
    case PF_OP_NETDEV_RINGS: case PF_OP_NETDEV_CHANNELS: case PF_OP_NETDEV_FEATURES: case PF_OP_NETDEV_RSS:
    case PF_OP_NETDEV_ADDRESS: case PF_OP_NETDEV_MTU: case PF_OP_NETDEV_DOWN: case PF_OP_NETDEV_UP:
    case PF_OP_NETDEV_REINIT: return -ENOTSUP; /* its own interface is as it came up */
    default: return pf__upt_vf_run(pf, op);
    }
}

static void vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    out->bar_bytes = UPT_PAGE_BYTES;
    out->fn = pf->nic->vf[vf];
    out->queues = pf->queues;
    out->vectors = UPT_VECTORS;
}

/* ---- what the shared routines write ---- */

static void address(struct pf *pf, unsigned i)
{
    const struct pf_filter *f = &pf->s.filter[i];
    const uint8_t *mac = f->mac;

    pf__write(pf, UPT_MAC_LO(i), mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24);
    pf__write(pf, UPT_MAC_HI(i), f->valid && f->pools ? mac[4] | (uint32_t)mac[5] << 8 | UPT_VALID |
                                                            (uint32_t)__builtin_ctzll(f->pools) << 16 : 0);
}

static void pools(struct pf *pf, unsigned i, uint64_t before)
{
    if (pf->s.filter[i].valid && pf->s.filter[i].pools != before)
        address(pf, i);
}

static void vlan(struct pf *pf, unsigned i, uint64_t vports, bool fresh)
{
    pf__write(pf, UPT_VLAN_LO(i), (uint32_t)vports);
    pf__write(pf, UPT_VLAN_HI(i), (uint32_t)(vports >> 32));
    pf__write(pf, UPT_VLAN(i), vports ? UPT_VALID | pf->s.vlan[i].vid : 0);
}

static void loopback(struct pf *pf, bool on)
{
    pf__write(pf, UPT_SWITCH, (on ? UPT_SWITCH_LOOPBACK : 0) | UPT_SWITCH_DEFAULT | pf__pool(pf) << UPT_SWITCH_DEFAULT_SHIFT);
}

static void spoof(struct pf *pf, unsigned word)
{
    for (unsigned v = 8 * word; v < 8 * word + 8 && v < pf->nic->vf_count; v++)
        pf__upt_vport(pf, v);
}

static void accept(struct pf *pf, unsigned pool, uint32_t olr) { pf__upt_vport(pf, pool); }
static void drop(struct pf *pf, unsigned vf, bool on) {} /* it never blocks others */
static void longest(struct pf *pf) { pf__write(pf, UPT_MAX_FRAME, pf->s.max_frame); }

static const struct pf_hw hw = {
    .filters = PF_FILTERS_MAX, .vlans = PF_VLANS_MAX, .vf_queues_max = UPT_QUEUES, .vf_vectors = UPT_VECTORS,
    .vf_bar_bytes = UPT_PAGE_BYTES, .link_mbps = 10000, .status = UPT_STATUS, .link = UPT_STATUS, .link_up = 1,
    .vmvir = 0x0400, .mta = 0x1800, .mrctl = 0x1a00, .vmrvm = 0x1a10, .vmrvlan = 0x1a40, .two_words = true,
    .address = address, .pools = pools, .vlan = vlan, .loopback = loopback, .spoof = spoof, .accept = accept, .drop = drop,
    .longest = longest,
};

/* ---- life ---- */

static int create(struct pf *pf)
{
    /* The words above are the arrays' beginnings. */
    assert(hw.vmvir == UPT_VPORT_VLAN(0) && hw.mta == UPT_MTA(0) && hw.mrctl == UPT_MIRROR(0) &&
           hw.vmrvm == UPT_MIRROR_VPORTS(0) && hw.vmrvlan == UPT_MIRROR_VLANS(0));
    pf->own = alloc_zero("a PF driver", 1, sizeof(struct pf_upt));
    return 0;
}

static void destroy(struct pf *pf) { free(pf->own); }
static void save(struct pf *pf, struct save *s) { save_field(s, *pf_upt(pf)); }

int pf_vf_set_rings(struct pf *pf, unsigned vf, const struct vmxnet3_rings_image *rings)
{
    if (pf->chip != &pf__upt)
        return -ENOTSUP;
    if (vf >= pf->nic->vf_count)
        return -EINVAL;
    pf_upt(pf)->rings[vf] = *rings;
    return 0;
}

int pf_vf_get_rings(const struct pf *pf, unsigned vf, struct vmxnet3_rings_image *out)
{
    if (pf->chip != &pf__upt)
        return -ENOTSUP;
    if (vf >= pf->nic->vf_count)
        return -EINVAL;
    *out = pf_upt((struct pf *)pf)->rings[vf];
    return 0;
}

const struct pf_chip pf__upt = {
    .model = "upt", .plugin_name = "", .hw = &hw, .start = start, .dispatch = dispatch, .message = pf__message,
    .poll = pf__upt_poll, .kick = pf__upt_kick, .send = pf__upt_send, .vf_info = vf_info, .passthru = PF_PASSTHRU_UPT,
    .move = pf__upt_move, .filters_early = true, .ring_step = 32, .vf_queues = UPT_QUEUES, .reg_bar = UPT_CONTROL_BAR,
    .memory = pf__upt_memory, .vport = pf__upt_vport, .create = create, .destroy = destroy, .save = save,
};
