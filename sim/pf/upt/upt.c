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
    pf__handed_up(pf, 0, pf__upt_receive(pf, UINT32_MAX));
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
    pf->family->loopback(pf, true);
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

/* ---- which operation is which routine ---- */

static int dispatch(struct pf *pf, struct pf_op *op)
{
    switch ((int)op->op) {
    case PF_OP_MISC: return misc(pf, op);
    case PF_OP_RX_FENCE: return rx_fence(pf, op);
    case PF_OP_TX_FENCE: return tx_fence(pf, op);
    case PF_OP_PF_TX_FENCE: return own_tx_fence(pf, op);
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

/* The driver writes the vports of eight VFs at a time. */
static void checks(struct pf *pf, unsigned vf)
{
    for (unsigned v = vf / 8 * 8; v < vf / 8 * 8 + 8 && v < pf->nic->vf_count; v++)
        pf__upt_vport(pf, v);
}

static void accept(struct pf *pf, unsigned pool, uint32_t what) { pf__upt_vport(pf, pool); }
static void drop(struct pf *pf, unsigned vf, bool on) {} /* it never blocks others */
static void longest(struct pf *pf) { pf__write(pf, UPT_MAX_FRAME, pf->s.max_frame); }
static void groups(struct pf *pf, unsigned word) { pf__write(pf, UPT_MTA(word), pf->s.groups[word]); }

static void port_vlan(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    pf__write(pf, UPT_VPORT_VLAN(vf), v->vlan || v->qos ? UPT_VPORT_VLAN_INSERT | (uint32_t)v->qos << 13 | v->vlan : 0);
}

/* ---- mirror rules ---- */

_Static_assert((int)PF_MIRROR_POOL_UP == UPT_MIRROR_OF_VPORTS && (int)PF_MIRROR_UPLINK == UPT_MIRROR_UPLINK_IN &&
                   (int)PF_MIRROR_DOWNLINK == UPT_MIRROR_UPLINK_OUT && (int)PF_MIRROR_VLAN == UPT_MIRROR_OF_VLANS,
               "the kinds of rules are the chip's bits");

static void mirrored_vports(struct pf *pf, unsigned rule, uint64_t vports)
{
    pf__write(pf, UPT_MIRROR_VPORTS(rule), (uint32_t)vports);
    pf__write(pf, UPT_MIRROR_VPORTS(rule + PF_MIRRORS_MAX), (uint32_t)(vports >> 32));
}

static void mirror(struct pf *pf, unsigned rule, uint64_t vlan_entries)
{
    const struct pf_mirror *m = &pf->s.mirror[rule];
    pf__write(pf, UPT_MIRROR(rule), 0);
    mirrored_vports(pf, rule, m->pools);
    pf__write(pf, UPT_MIRROR_VLANS(rule), (uint32_t)vlan_entries);
    pf__write(pf, UPT_MIRROR_VLANS(rule + PF_MIRRORS_MAX), (uint32_t)(vlan_entries >> 32));
    if (m->what)
        pf__write(pf, UPT_MIRROR(rule), m->what | m->pool << UPT_MIRROR_TO_SHIFT);
}

static void mirror_all(struct pf *pf, bool on)
{
    enum { RULE = PF_MIRRORS_MAX - 1 }; /* an operator's rules begin at 0 */
    mirrored_vports(pf, RULE, pf__pool_bit(pf__vfs(pf)) - 1);
    pf__write(pf, UPT_MIRROR(RULE), on ? UPT_MIRROR_OF_VPORTS | UPT_MIRROR_UPLINK_IN | UPT_MIRROR_UPLINK_OUT |
                                             pf__pool(pf) << UPT_MIRROR_TO_SHIFT : 0);
}

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
    .vf_queues = UPT_QUEUES, .vf_queues_most = UPT_QUEUES, .vfs_with_most = PF_VFS_MAX,
    .vf_vectors = UPT_VECTORS, .ring_step = 32, .link_mbps = 10000,
    .rate_rule = "a limit is above 10 Mb/s and at most the link's speed", .rate_at_full_speed = true,
    .filters_early = true, .forces_link = true,
};

/* The UPT NIC is ours, and so is its driver: its VFs know no mailbox, so none can be told, and none is disturbed by a setting. */
static const struct pf_family upt = {
    .name = "upt", .passthru = PF_PASSTHRU_UPT, .limits = &limits, .reg_bar = UPT_CONTROL_BAR,
    .status = UPT_STATUS, .start = start, .dispatch = dispatch, .move = pf__upt_move, .vf_info = vf_info,
    .memory = pf__upt_memory, .poll = pf__upt_poll, .kick = pf__upt_kick, .send = pf__upt_send,
    .address = address, .pools = pools, .vlan = vlan, .groups = groups, .checks = checks, .accept = accept,
    .port_vlan = port_vlan, .drop = drop, .link_state = pf__upt_vport, .longest = longest, .loopback = loopback,
    .mirror = mirror, .mirror_all = mirror_all, .vport = pf__upt_vport, .rings = rings,
    .create = create, .destroy = destroy, .save = save,
};
PF_FAMILY(upt);
