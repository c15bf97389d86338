/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PF's own interface: rings, channels, features, receive side scaling, address, MTU. Which of them stop the driver, and all VFs
 * with it, is in settings.def; how, in ixgbe_restart.c.
 */
#include "pf/intel/intel.h"

#include <errno.h>
#include <string.h>

/* ---- restart ---- */

struct shape {
    uint32_t ring_rx, ring_tx, channels, features;
};

static bool ring_is_valid(const struct pf *pf, uint32_t len)
{
    return len >= PF_RING_MIN_DESC && len <= pf->ring_max && len % PF_RING_STEP_DESC == 0;
}

/* What the operation makes of the present shape; false: it cannot be. */
static bool new_shape(const struct pf *pf, const struct pf_op *op, struct shape *to)
{
    const struct pf_args *a = &op->args;
    *to = (struct shape){pf->s.ring_rx, pf->s.ring_tx, pf->s.channels, pf->s.features};
    switch (op->op) {
    case PF_OP_NETDEV_RINGS:
        to->ring_rx = a->ring_rx;
        to->ring_tx = a->ring_tx;
        return ring_is_valid(pf, a->ring_rx) && ring_is_valid(pf, a->ring_tx);
    case PF_OP_NETDEV_CHANNELS: /* RSS has powers of two of queues in a pool */
        to->channels = a->channels;
        return a->channels && a->channels <= pf__channels_most(pf) && !(a->channels & (a->channels - 1));
    default:
        return false;
    }
}

static bool is_same(const struct pf *pf, const struct shape *to)
{
    return to->ring_rx == pf->s.ring_rx && to->ring_tx == pf->s.ring_tx && to->channels == pf->s.channels &&
           to->features == pf->s.features;
}

static void channels_spread(struct pf *pf)
{
    unsigned bits = pf->s.channels == 4 ? 2 : pf->s.channels == 2 ? 1 : 0;
    if (bits && !pf->s.rss_on)
        pf__ixgbe_rss_start(pf);
    if (pf__is_sriov(pf))
        pf__hw(pf)->spread(pf, bits);
    else if (!bits)
        pf->s.rss_on = false, pf__write(pf, IXGBE_MRQC, 0);
}

static int fits(struct pf *pf, const struct shape *to)
{
    const struct shape now = {pf->s.ring_rx, pf->s.ring_tx, pf->s.channels, pf->s.features};
    pf->s.ring_rx = to->ring_rx, pf->s.ring_tx = to->ring_tx, pf->s.channels = to->channels;
    int status = pf__use_memory(pf);
    pf->s.ring_rx = now.ring_rx, pf->s.ring_tx = now.ring_tx, pf->s.channels = now.channels;
    return status;
}

/* What the operation changes, between the driver's halves. */
static void change(struct pf *pf, const struct pf_op *op)
{
    struct shape to;
    if (op->op == PF_OP_NETDEV_MTU)
        pf->s.mtu = op->args.mtu;
    else if (op->op != PF_OP_NETDEV_REINIT && new_shape(pf, op, &to))
        pf->s.ring_rx = to.ring_rx, pf->s.ring_tx = to.ring_tx, pf->s.channels = to.channels;
}

/* -EINVAL, -ENOMEM: it cannot be. 1: it is so already. */
static int judge(struct pf *pf, const struct pf_op *op)
{
    struct shape to;
    if (op->op == PF_OP_NETDEV_REINIT)
        return 0;
    if (op->op == PF_OP_NETDEV_MTU)
        return op->args.mtu < PF_MTU_MIN || op->args.mtu > PF_MTU_MAX ? -EINVAL : op->args.mtu == pf->s.mtu;
    if (!new_shape(pf, op, &to))
        return -EINVAL;
    return is_same(pf, &to) ? 1 : fits(pf, &to);
}

/* ---- the operations that restart; a driver that is down keeps what it is told for the time when it is up ---- */

static int judge_it(void *owner)
{
    struct pf *pf = owner;
    int verdict = judge(pf, pf__op_now(pf));
    if (verdict)
        return verdict < 0 ? verdict : PROCEDURE_LEAVE;
    return pf->s.is_down ? pf__jump(pf, "change it") : PROCEDURE_NEXT;
}

static int change_it(void *owner)
{
    struct pf *pf = owner;
    change(pf, pf__op_now(pf));
    return pf->s.is_down ? PROCEDURE_LEAVE : PROCEDURE_NEXT;
}

static const struct procedure_step restart_steps[] = {
    {"see whether it can be", judge_it},
    {"stop the driver", .sub = &pf__ixgbe_down},
    {"change it", change_it},
    {"start the driver", .sub = &pf__ixgbe_up},
};
const struct procedure_table pf__ixgbe_restart = PROCEDURE_TABLE("restart for a change", restart_steps);

void pf__ixgbe_netdev_restore(struct pf *pf)
{
    if (pf->s.channels > 1) {
        channels_spread(pf);
        pf__hw(pf)->channels(pf);
    }
}

/* ---- what needs no restart ---- */

static int set_rss(struct pf *pf, const struct pf_args *a)
{
    uint8_t table[PF_RSS_TABLE_MAX];
    unsigned spread = pf__is_sriov(pf) ? pf->queues : pf->s.channels;
    if (a->rss_count && (a->rss_count > PF_RSS_TABLE_MAX || (a->rss_count & (a->rss_count - 1))))
        return -EINVAL;
    for (unsigned i = 0; i < PF_RSS_TABLE_MAX; i++) {
        table[i] = a->rss_count ? a->rss_table[i % a->rss_count] : a->enable ? pf->s.rss_table[i] : (uint8_t)(i % spread);
        if (a->rss_count && table[i] >= pf->s.channels)
            return -EINVAL;
    }
    for (unsigned vf = 0; vf < pf__vfs(pf); vf++)
        if (pf->s.vf[vf].has_rss_table && (a->enable || memcmp(table, pf->s.rss_table, sizeof(table))))
            return -EBUSY;
    if (!pf->s.rss_on)
        pf__ixgbe_rss_start(pf);
    memcpy(pf->s.rss_table, table, sizeof(table));
    pf__ixgbe_reta_write(pf);
    if (a->enable)
        pf__ixgbe_rss_key(pf, a->rss_key);
    pf->s.rss_is_mine = a->rss_count || a->enable;
    return 0;
}

static int set_address(struct pf *pf, const uint8_t mac[6])
{
    if (mac_is_multicast(mac) || mac_key(mac) == 0)
        return -EINVAL;
    struct pf_filter *own = &pf->s.filter[0];
    memcpy(own->mac, mac, 6);
    pf->family->address(pf, 0);
    return 0;
}

/* In force at once: nothing stops for it [ixgbe_main.c ixgbe_set_features, ixgbe_vlan_strip_enable; igb_main.c igb_vlan_mode]. */
static int set_features(struct pf *pf, uint32_t asked)
{
    uint32_t features = (asked & pf__changeable(pf)) | (pf->s.features & ~pf__changeable(pf)), changed = features ^ pf->s.features;
    pf->s.features = features;
    if ((changed & PF_FEATURE_LRO) && !pf->s.is_down)
        pf__hw(pf)->lro(pf, features & PF_FEATURE_LRO);
    if (!(changed & PF_FEATURE_RXVLAN) || pf->s.is_down)
        return 0;
    if (pf__hw(pf)->own_pool)
        pf__hw(pf)->own_pool(pf);
    for (unsigned i = 0; i < pf__rings(pf); i++)
        pf__ixgbe_channel_write(pf, false, pf__ring(pf, i), RING_CTL,
                                IXGBE_RXDCTL_ENABLE | (features & PF_FEATURE_RXVLAN ? IXGBE_RXDCTL_VME : 0));
    return 0;
}

int pf__ixgbe_netdev(struct pf *pf, struct pf_op *op)
{
    switch ((enum pf_netdev_op)op->op) {
    case PF_OP_NETDEV_RINGS:
    case PF_OP_NETDEV_CHANNELS:
    case PF_OP_NETDEV_MTU:
    case PF_OP_NETDEV_REINIT:
        return pf__follow(pf, &pf__ixgbe_restart);
    case PF_OP_NETDEV_DOWN:
        return pf__follow(pf, &pf__ixgbe_set_down);
    case PF_OP_NETDEV_UP:
        return pf__follow(pf, &pf__ixgbe_set_up_again);
    case PF_OP_NETDEV_FEATURES:
        return set_features(pf, op->args.features);
    case PF_OP_NETDEV_RSS:
        return set_rss(pf, &op->args);
    case PF_OP_NETDEV_ADDRESS:
        return set_address(pf, op->args.mac);
    }
    return -ENOTSUP;
}
