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

static struct pf_vf *vf_of(struct pf *pf) { return &pf->s.vf[pf__op_now(pf)->args.vf]; }

/* ---- init: a VF that was acquired, after its reset ---- */

static int has_lived(void *owner) { return vf_of(owner)->lived ? PROCEDURE_NEXT : pf__jump(owner, "enable it"); }

static int enable(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = (unsigned)pf__op_now(pf)->args.vf;
    struct pf_vf *v = vf_of(pf);
    int status = 0;
    memset(&v->stats, 0, sizeof(v->stats));
    v->lived = true;
    pci_config_write(pf->nic->vf[vf], CONFIG_COMMAND, 2, COMMAND_MASTER); /* the reset cleared it */
    pf__vf_set_state(pf, vf, PF_VF_ENABLED);
    pf__ixgbe_mdd_release(pf, vf);
    pf->family->drop(pf, vf, true);
    pf__accept(pf, vf);
    pf__checks(pf, vf);
    if (v->admin.vlan || v->admin.qos)
        status = pf__set_default_vlan(pf, vf, v->admin.vlan, v->admin.qos);
    if (status)
        pf__vf_set_state(pf, vf, PF_VF_ACQUIRED);
    return status;
}

static const struct procedure_step init_steps[] = {
    {"see whether it is acquired", pf__see_acquired},
    {"wait for its reset's end", .sub = &pf__reset_over},
    {"see whether it has lived before", has_lived},
    {"read what an earlier life has counted", .sub = &pf__ixgbe_queue_stats},
    {"enable it", enable},
};
const struct procedure_table pf__ixgbe_init = PROCEDURE_TABLE("VF_INIT", init_steps);

/* ---- activate: its driver has set up its queues by now, so a rate limit is divided over those ---- */

static int is_enabled(void *owner) { return vf_of(owner)->state == PF_VF_ENABLED ? PROCEDURE_NEXT : -EINVAL; }

static int is_limited(void *owner) { return vf_of(owner)->admin.max_tx_rate ? PROCEDURE_NEXT : pf__jump(owner, "open it"); }

static int open_it(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = (unsigned)pf__op_now(pf)->args.vf;
    if (vf_of(pf)->state != PF_VF_ENABLED) /* it may have been reset meanwhile */
        return -EINVAL;
    pf__ixgbe_vf_enable(pf, vf, true, true);
    pf__vf_set_state(pf, vf, PF_VF_ACTIVE);
    return PROCEDURE_NEXT;
}

static const struct procedure_step activate_steps[] = {
    {"see whether it is enabled", is_enabled},
    {"see whether its rate is limited", is_limited},
    {"divide the limit over its queues", .sub = &pf__ixgbe_tx_rate_apply},
    {"open it", open_it},
};
const struct procedure_table pf__ixgbe_activate = PROCEDURE_TABLE("VF_ACTIVATE", activate_steps);

/*
 * ---- quiesce ----
 *
 * What the guest has posted goes out, then nothing more is read; what was steered to it reaches memory, then nothing more is
 * steered. A time-out does not keep the VF running.
 */

static int first_ring(void *owner)
{
    pf__op_now(owner)->i = 0;
    return PROCEDURE_NEXT;
}

static int take_ring(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    if (op->i == pf->queues)
        return pf__jump(pf, "let it send no more");
    return pf__ixgbe_ring_of(pf, (unsigned)op->args.vf * pf->queues + op->i++);
}

static int and_the_next(void *owner) { return pf__jump(owner, "wait for a transmit ring"); }

static int send_no_more(void *owner)
{
    pf__ixgbe_vf_enable(owner, (unsigned)pf__op_now(owner)->args.vf, true, false);
    return PROCEDURE_NEXT;
}

static int receive_no_more(void *owner)
{
    pf__ixgbe_vf_enable(owner, (unsigned)pf__op_now(owner)->args.vf, false, false);
    return PROCEDURE_NEXT;
}

static int is_quiet(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = (unsigned)pf__op_now(pf)->args.vf;
    vf_of(pf)->spoof_suspended = false;
    if (vf_of(pf)->state == PF_VF_ACTIVE) /* it may have been reset meanwhile */
        pf__vf_set_state(pf, vf, PF_VF_ENABLED);
    pf__checks(pf, vf);
    return PROCEDURE_NEXT;
}

static const struct procedure_step run_dry_steps[] = {
    {"begin with its first ring", first_ring},
    {"wait for a transmit ring", take_ring, .sub = &pf__ixgbe_ring},
    {"and the next", and_the_next},
    {"let it send no more", send_no_more},
    {"wait for the transmit buffer", pf__ixgbe_transmit_buffer, .sub = &pf__ixgbe_buffer},
    {"let it receive no more", receive_no_more},
    {"wait for the receive buffer", .sub = &pf__ixgbe_rx_fence},
    {"it is quiet", is_quiet},
};
const struct procedure_table pf__ixgbe_run_dry = PROCEDURE_TABLE("let a VF run dry", run_dry_steps, PROCEDURE_FORCES);

static const struct procedure_step quiesce_steps[] = {
    {"see whether it is active", pf__see_active},
    {"let it run dry", .sub = &pf__ixgbe_run_dry},
};
const struct procedure_table pf__ixgbe_quiesce = PROCEDURE_TABLE("VF_QUIESCE", quiesce_steps);

/* ---- what takes no time ---- */

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
    bool acquired = pf->s.vf[vf].state != PF_VF_FREE && pf->s.vf[vf].state != PF_VF_RESET;
    bool enabled = pf__vf_runs(&pf->s.vf[vf]);
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT:
        return pf__follow(pf, &pf__ixgbe_init);
    case VMK_NETPTOP_VF_ACTIVATE:
        return pf__follow(pf, &pf__ixgbe_activate);
    case VMK_NETPTOP_VF_QUIESCE:
        return pf__follow(pf, &pf__ixgbe_quiesce);
    case VMK_NETPTOP_VF_RELEASE:
        return release(pf, vf);
    case VMK_NETPTOP_VF_GET_INFO:
        return acquired ? 0 : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS:
        return acquired ? pf__follow(pf, &pf__ixgbe_queue_status) : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATS:
        return enabled ? pf__follow(pf, &pf__ixgbe_queue_stats) : -EINVAL;
    case VMK_NETPTOP_VF_SET_IML:
        return enabled ? pf__ixgbe_set_iml(pf, &op->args) : -EINVAL;
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE:
        return enabled ? pf__ixgbe_rss_table(pf, &op->args) : -EINVAL;
    case PF_OP_VF_FLR:
        return flr(pf, op);
    case PF_OP_VF_SET_TX_RATE:
        return pf__ixgbe_tx_rate(pf, op); /* a register of the PF's: in any state */
    default:
        return pf__vf_set(pf, op);
    }
}
