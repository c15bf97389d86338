/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of a VF, as far as registers make it: FREE -> ACQUIRED -> ENABLED -> ACTIVE and back. */
#include "pf/intel/intel.h"

#include <errno.h>
#include <string.h>

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04 };

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

void pf__ixgbe_acquire(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];
    v->eitr = pf__hw(pf)->vf_eitr;
    if (v->rx_queues > 1 && !pf->s.rss_on)
        pf__ixgbe_rss_start(pf);
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
    pf->family->drop(pf, vf, true);
    pf__accept(pf, vf);
    pf__checks(pf, vf);
    if (pf->s.vf[vf].admin.vlan || pf->s.vf[vf].admin.qos)
        status = pf__set_default_vlan(pf, vf, pf->s.vf[vf].admin.vlan, pf->s.vf[vf].admin.qos);
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
    pf__checks(pf, vf);
    OP_END
    return op->j ? -ETIMEDOUT : 0;
}

static int release(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];
    if (v->state == PF_VF_FREE)
        return -EINVAL;
    pf__ixgbe_vf_enable(pf, vf, false, false);
    pf->family->accept(pf, vf, 0);
    pf__write(pf, pf__hw(pf)->vmvir + 4 * vf, 0);
    v->vlan = 0;
    pf->family->drop(pf, vf, false);
    pf__filters_release(pf, vf);
    v->multicast_count = v->vlan_count = 0;
    pf__groups(pf);
    v->spoof_yields = v->has_mac = v->clear_to_send = v->ping_due = v->spoof_suspended = v->has_rss_table = false;
    pf__vf_set_state(pf, vf, PF_VF_FREE);
    pf__checks(pf, vf);
    return 0;
}

static int flr(struct pf *pf, struct pf_op *op)
{
    int status = pf__vf_flr(pf, op);
    if (!status)
        pf__ixgbe_vf_enable(pf, (unsigned)op->args.vf, false, false);
    return status;
}

int pf__ixgbe_vf_run(struct pf *pf, struct pf_op *op)
{
    if (op->args.vf < 0 || op->args.vf >= (int)pf__vfs(pf))
        return -EINVAL;
    unsigned vf = (unsigned)op->args.vf;
    bool is_acquired = pf->s.vf[vf].state != PF_VF_FREE && pf->s.vf[vf].state != PF_VF_RESET;
    bool is_enabled = pf__vf_runs(&pf->s.vf[vf]);
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT: return init(pf, op);
    case VMK_NETPTOP_VF_ACTIVATE: return activate(pf, op);
    case VMK_NETPTOP_VF_QUIESCE: return quiesce(pf, op);
    case VMK_NETPTOP_VF_RELEASE: return release(pf, vf);
    case VMK_NETPTOP_VF_GET_INFO: return is_acquired ? 0 : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS: return is_acquired ? pf__ixgbe_queue_status(pf, op) : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATS: return is_enabled ? pf__ixgbe_queue_stats(pf, op) : -EINVAL;
    case VMK_NETPTOP_VF_SET_IML: return is_enabled ? pf__ixgbe_set_iml(pf, &op->args) : -EINVAL;
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE: return is_enabled ? pf__ixgbe_rss_table(pf, &op->args) : -EINVAL;
    case PF_OP_VF_FLR: return flr(pf, op);
    case PF_OP_VF_SET_TX_RATE: return pf__ixgbe_tx_rate(pf, op); /* a register of the PF's: in any state */
    default: return pf__vf_set(pf, op);
    }
}
