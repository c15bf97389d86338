/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a VF of the UPT NIC, and what is set for one. As enic's: VF_INIT restores rings, VF_SAVE_STATE gives them back
 * [vmkapi_net_pt.h]. Unlike NPA's VFs it may be filtered for before it is initialised: from MOVE_MAC on its vport is open, and
 * what comes waits on the chip until VF_ACTIVATE.
 */
#include "pf/upt/upt.h"

#include <errno.h>
#include <string.h>

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04 };

static bool bit(const uint32_t *words, unsigned vf) { return words[vf / 32] >> vf % 32 & 1; }

static void set_bit(uint32_t *words, unsigned vf, bool on)
{
    words[vf / 32] = (words[vf / 32] & ~(1u << vf % 32)) | (uint32_t)on << vf % 32;
}

/* ---- one register says what a vport takes, another what its function does ---- */

void pf__upt_vport(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    const struct pf_upt_state *s = pf_upt(pf);
    bool off = v->admin.link_state == PF_LINK_DISABLE || v->state == PF_VF_FREE || v->state == PF_VF_RESET;
    uint32_t word = off ? 0 : UPT_VPORT_VLAN_FILTER;

    if (!off) {
        word |= bit(s->rx_open, vf) ? UPT_VPORT_RX : 0;
        word |= bit(s->tx_open, vf) ? UPT_VPORT_TX : 0;
        word |= v->vlan ? 0 : UPT_VPORT_UNTAGGED;
        word |= v->rx_broadcast ? UPT_VPORT_BROADCAST : 0;
        word |= v->rx_multicast ? UPT_VPORT_MULTICAST : 0;
        word |= v->rx_allmulti ? UPT_VPORT_ALL_MULTICAST : 0;
        word |= pf__spoof_is_checked(v) && !v->spoof_suspended ? UPT_VPORT_MAC_SPOOF : 0;
        word |= pf__spoof_is_checked(v) && (v->vlan || v->vlan_count) ? UPT_VPORT_VLAN_SPOOF : 0;
    }
    pf__write(pf, UPT_VPORT(vf), word);
}

static void open_vport(struct pf *pf, unsigned vf, bool rx, bool tx)
{
    set_bit(pf_upt(pf)->rx_open, vf, rx);
    set_bit(pf_upt(pf)->tx_open, vf, tx);
    pf__upt_vport(pf, vf);
}

/* ---- the move ---- */

static void owners_changed(struct pf *pf, uint64_t old, const struct pf_args *a)
{
    for (unsigned v = 0; v < pf->nic->vf_count; v++) {
        struct pf_vf *vf = &pf->s.vf[v];
        if ((int)v == a->vf) {
            memcpy(vf->mac, a->mac, 6);
            vf->has_mac = true;
            vf->spoof_suspended = false;
            pf__upt_vport(pf, v);
        } else if (old >> v & 1) {
            vf->has_mac = false;
        }
    }
}

/* One write whatever the order asked for: no frame sees two owners or none. A VF that loses its address may still send: its
 * check is suspended until it has it again or is stopped. */
int pf__upt_move(struct pf *pf, struct pf_op *op)
{
    const struct pf_args *a = &op->args;
    unsigned to = a->vf >= 0 ? (unsigned)a->vf : pf__pool(pf);
    uint64_t old;
    int i;

    if (a->vf >= (int)pf->nic->vf_count || a->vf < PF_ANY_VF || mac_is_multicast(a->mac) || mac_key(a->mac) == 0)
        return -EINVAL;
    if (a->vf >= 0 && (pf->s.vf[to].state == PF_VF_FREE || pf->s.vf[to].state == PF_VF_RESET))
        return -EINVAL;
    i = pf__filter_plan(pf, op, &old);
    if (i < 0)
        return i;
    trace_pf_move(&pf->c, mac_key(a->mac), old, UINT64_C(1) << to);
    for (unsigned v = 0; v < pf->nic->vf_count; v++)
        if ((old >> v & 1) && v != to) {
            pf->s.vf[v].spoof_suspended = pf->s.vf[v].state == PF_VF_ACTIVE;
            if (pf->s.vf[v].state == PF_VF_ACTIVE)
                pf__upt_vport(pf, v);
            else /* what waits for it goes in front of what comes to the PF */
                pf__write(pf, UPT_FCTL(v), UPT_FCTL_YIELD);
        }
    if (a->vf >= 0)
        open_vport(pf, to, true, bit(pf_upt(pf)->tx_open, to));
    pf__filter_pools(pf, (unsigned)i, UINT64_C(1) << to);
    owners_changed(pf, old, a);
    return 0;
}

/* ---- life ---- */

static int init(struct pf *pf, struct pf_op *op)
{
    unsigned vf = (unsigned)op->args.vf;
    int status = 0;
    OP_BEGIN(op->place)
    if (pf->s.vf[vf].state != PF_VF_ACQUIRED)
        return -EINVAL;
    WAIT_FOR(op->place, 1, status, pf__vf_wait_reset(pf, op));
    if (status)
        return status;
    pci_config_write(pf->nic->vf[vf], CONFIG_COMMAND, 2, COMMAND_MASTER); /* a reset cleared it */
    memcpy(mem_at(pf->mem, pf__upt_scratch(pf), sizeof(struct vmxnet3_rings_image)), &pf_upt(pf)->rings[vf],
           sizeof(struct vmxnet3_rings_image));
    WAIT_FOR(op->place, 2, status, pf__upt_command(pf, op, UPT_CMD_INIT, vf));
    if (status)
        return status;
    memset(&pf_upt(pf)->base[vf], 0, sizeof(pf_upt(pf)->base[vf]));
    memset(&pf->s.vf[vf].stats, 0, sizeof(pf->s.vf[vf].stats));
    pf__vf_set_state(pf, vf, PF_VF_ENABLED);
    if (pf->s.vf[vf].admin.vlan)
        status = pf__set_default_vlan(pf, vf, pf->s.vf[vf].admin.vlan, pf->s.vf[vf].admin.qos);
    OP_END
    return status;
}

static int activate(struct pf *pf, unsigned vf)
{
    if (pf->s.vf[vf].state != PF_VF_ENABLED)
        return -EINVAL;
    pf__vf_set_state(pf, vf, PF_VF_ACTIVE);
    open_vport(pf, vf, true, true);
    pf__write(pf, UPT_FCTL(vf), UPT_FCTL_TX | UPT_FCTL_RX);
    return 0;
}

/* It takes no more descriptors; what was steered to it reaches memory, then nothing more is; what it sent has left. */
static int quiesce(struct pf *pf, struct pf_op *op)
{
    unsigned vf = (unsigned)op->args.vf;
    int status = 0;
    OP_BEGIN(op->place)
    if (pf->s.vf[vf].state == PF_VF_FREE)
        return -EINVAL;
    if (pf->s.vf[vf].state != PF_VF_ACTIVE)
        return 0; /* nothing runs */
    pf__write(pf, UPT_FCTL(vf), UPT_FCTL_RX);
    open_vport(pf, vf, false, true);
    WAIT_FOR(op->place, 1, status, pf__upt_command(pf, op, UPT_CMD_RX_FENCE, vf));
    op->j |= (uint32_t)-status;
    pf__write(pf, UPT_FCTL(vf), 0);
    op->fence.deadline = sim_now(pf->c.sim) + PF_TIMEOUT_PS;
    for (;;) {
        WAIT_READ(op->place, 2, UPT_FSTAT(vf));
        if (!(pf->s.value & UPT_FSTAT_BUSY))
            break;
        if (sim_now(pf->c.sim) >= op->fence.deadline) {
            op->j |= ETIMEDOUT;
            break;
        }
        WAIT_PS(op->place, 3, PF_POLL_PS);
    }
    WAIT_FOR(op->place, 4, status, pf__upt_command(pf, op, UPT_CMD_TX_FENCE, vf));
    op->j |= (uint32_t)-status;
    pf->s.vf[vf].spoof_suspended = false;
    if (pf->s.vf[vf].state == PF_VF_ACTIVE) /* it may have been reset meanwhile */
        pf__vf_set_state(pf, vf, PF_VF_ENABLED);
    open_vport(pf, vf, false, false);
    OP_END
    return op->j ? -ETIMEDOUT : 0;
}

static int save_state(struct pf *pf, struct pf_op *op)
{
    unsigned vf = (unsigned)op->args.vf;
    int status = 0;
    OP_BEGIN(op->place)
    if (pf->s.vf[vf].state != PF_VF_ENABLED)
        return -EINVAL;
    WAIT_FOR(op->place, 1, status, pf__upt_command(pf, op, UPT_CMD_SAVE, vf));
    if (!status)
        memcpy(&pf_upt(pf)->rings[vf], mem_at(pf->mem, pf__upt_scratch(pf), sizeof(struct vmxnet3_rings_image)),
               sizeof(struct vmxnet3_rings_image));
    OP_END
    return status;
}

static int release(struct pf *pf, struct pf_op *op)
{
    unsigned vf = (unsigned)op->args.vf;
    struct pf_vf *v = &pf->s.vf[vf];
    int status = 0;
    OP_BEGIN(op->place)
    if (v->state == PF_VF_FREE)
        return -EINVAL;
    open_vport(pf, vf, false, false);
    pf__write(pf, UPT_FCTL(vf), 0);
    pf__filters_release(pf, vf);
    v->vlan = 0;
    pf__write(pf, UPT_VPORT_VLAN(vf), 0);
    v->multicast_count = v->vlan_count = 0;
    pf__groups(pf);
    v->has_mac = v->spoof_suspended = false;
    WAIT_FOR(op->place, 1, status, pf__upt_command(pf, op, UPT_CMD_CLEAR, vf));
    pf__vf_set_state(pf, vf, PF_VF_FREE);
    pf__upt_vport(pf, vf);
    OP_END
    return 0; /* a chip that does not answer keeps nobody from giving it up */
}

static int flr(struct pf *pf, struct pf_op *op)
{
    int status = pf__vf_flr(pf, op);

    if (status)
        return status;
    open_vport(pf, (unsigned)op->args.vf, false, false);
    pf__write(pf, UPT_FCTL((unsigned)op->args.vf), 0);
    return 0;
}

/* ---- what the VF's queues say ---- */

static int queue_stats(struct pf *pf, struct pf_op *op)
{
    unsigned vf = (unsigned)op->args.vf;
    struct pf_vf_stats *out = &pf->s.vf[vf].stats;
    const struct upt_stats *now = mem_at(pf->mem, pf__upt_scratch(pf), sizeof(*now));
    struct upt_stats *base = &pf_upt(pf)->base[vf];
    int status = 0;
    OP_BEGIN(op->place)
    WAIT_FOR(op->place, 1, status, pf__upt_command(pf, op, UPT_CMD_STATS, vf));
    if (status)
        return status;
    *out = (struct pf_vf_stats){.queues = pf->queues, .per_queue = true, .rx_multicast = now->rx_multicast - base->rx_multicast};
    for (unsigned q = 0; q < pf->queues; q++) {
        struct pf_queue_stats *s = &out->queue[q];
        s->rx_packets = now->queue[q].rx_frames - base->queue[q].rx_frames;
        s->tx_packets = now->queue[q].tx_frames - base->queue[q].tx_frames;
        s->rx_bytes = now->queue[q].rx_bytes - base->queue[q].rx_bytes + FRAME_FCS_LEN * s->rx_packets;
        s->tx_bytes = now->queue[q].tx_bytes - base->queue[q].tx_bytes + FRAME_FCS_LEN * s->tx_packets;
        s->rx_out_of_buffer = now->queue[q].rx_out_of_buffer - base->queue[q].rx_out_of_buffer;
    }
    *base = *now;
    OP_END
    return 0;
}

static int queue_status(struct pf *pf, struct pf_op *op)
{
    struct pf_vf *v = &pf->s.vf[op->args.vf];
    OP_BEGIN(op->place)
    WAIT_READ(op->place, 1, UPT_FCTL((unsigned)op->args.vf));
    for (unsigned q = 0; q < pf->queues; q++)
        v->status[q] = (struct pf_queue_status){
            .rx_stopped = !(pf->s.value & UPT_FCTL_RX), .tx_stopped = !(pf->s.value & UPT_FCTL_TX),
        };
    WAIT_READ(op->place, 2, UPT_FSTAT((unsigned)op->args.vf));
    for (unsigned q = 0; q < pf->queues && (pf->s.value & UPT_FSTAT_ERROR); q++)
        v->status[q].error = 1;
    OP_END
    return 0;
}

/* ---- which operation is which routine ---- */

int pf__upt_vf_run(struct pf *pf, struct pf_op *op)
{
    if (op->args.vf < 0 || op->args.vf >= (int)pf->nic->vf_count)
        return -EINVAL;
    unsigned vf = (unsigned)op->args.vf;
    bool is_acquired = pf->s.vf[vf].state != PF_VF_FREE && pf->s.vf[vf].state != PF_VF_RESET;
    bool is_enabled = pf->s.vf[vf].state == PF_VF_ENABLED || pf->s.vf[vf].state == PF_VF_ACTIVE;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT: return init(pf, op);
    case VMK_NETPTOP_VF_ACTIVATE: return activate(pf, vf);
    case VMK_NETPTOP_VF_QUIESCE: return quiesce(pf, op);
    case VMK_NETPTOP_VF_SAVE_STATE: return save_state(pf, op);
    case VMK_NETPTOP_VF_RELEASE: return release(pf, op);
    case VMK_NETPTOP_VF_GET_INFO: return is_acquired ? 0 : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS: return is_acquired ? queue_status(pf, op) : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATS: return is_enabled ? queue_stats(pf, op) : -EINVAL;
    case PF_OP_VF_FLR: return flr(pf, op);
    case VMK_NETPTOP_VF_SET_IML: case VMK_NETPTOP_VF_SET_RSS_IND_TABLE: case PF_OP_VF_SET_TX_RATE:
        return -ENOTSUP; /* the chip moderates nothing and limits nothing; RSS is in the image */
    default: return pf__vf_set(pf, op);
    }
}
