/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations and how they ended, for people. strerror() speaks of files and processes: no disk is full when no VF is free. */
#include <errno.h>

#include "pf/netdev.h"
#include "pf/op.h"

static const struct {
    int op;
    const char *name;
} names[] = {
    {VMK_NETPTOP_IS_SUPPORTED, "IS_SUPPORTED"},
    {VMK_NETPTOP_VF_ACQUIRE, "VF_ACQUIRE"},
    {VMK_NETPTOP_VF_INIT, "VF_INIT"},
    {VMK_NETPTOP_VF_ACTIVATE, "VF_ACTIVATE"},
    {VMK_NETPTOP_VF_QUIESCE, "VF_QUIESCE"},
    {VMK_NETPTOP_VF_SAVE_STATE, "VF_SAVE_STATE"},
    {VMK_NETPTOP_VF_RELEASE, "VF_RELEASE"},
    {VMK_NETPTOP_VF_GET_INFO, "VF_GET_INFO"},
    {VMK_NETPTOP_VF_SET_RSS_IND_TABLE, "VF_SET_RSS_IND_TABLE"},
    {VMK_NETPTOP_VF_GET_QUEUE_STATS, "VF_GET_QUEUE_STATS"},
    {VMK_NETPTOP_VF_GET_QUEUE_STATUS, "VF_GET_QUEUE_STATUS"},
    {VMK_NETPTOP_VF_SET_MAC, "VF_SET_MAC"},
    {VMK_NETPTOP_VF_SET_MULTICAST, "VF_SET_MULTICAST"},
    {VMK_NETPTOP_VF_SET_RX_MODE, "VF_SET_RX_MODE"},
    {VMK_NETPTOP_VF_ADD_VLAN_RANGE, "VF_ADD_VLAN_RANGE"},
    {VMK_NETPTOP_VF_DEL_VLAN_RANGE, "VF_DEL_VLAN_RANGE"},
    {VMK_NETPTOP_VF_SET_DEFAULT_VLAN, "VF_SET_DEFAULT_VLAN"},
    {VMK_NETPTOP_VF_SET_ANTISPOOF, "VF_SET_ANTISPOOF"},
    {VMK_NETPTOP_VF_SET_IML, "VF_SET_IML"},
    {VMK_NETPTOP_PF_ADD_MAC_FILTER, "PF_ADD_MAC_FILTER"},
    {VMK_NETPTOP_PF_DEL_MAC_FILTER, "PF_DEL_MAC_FILTER"},
    {VMK_NETPTOP_PF_MIRROR_ALL, "PF_MIRROR_ALL"},
    {VMK_NETPTOP_VF_SET_MTU, "VF_SET_MTU"},
    {PF_OP_MOVE_MAC, "MOVE_MAC"},
    {PF_OP_RX_FENCE, "RX_FENCE"},
    {PF_OP_TX_FENCE, "TX_FENCE"},
    {PF_OP_PF_TX_FENCE, "PF_TX_FENCE"},
    {PF_OP_VF_FLR, "VF_FLR"},
    {PF_OP_PF_FLR, "PF_FLR"},
    {PF_OP_SET_MTU, "SET_MTU"},
    {PF_OP_SET_QUEUE, "SET_QUEUE"},
    {PF_OP_SET_NUM_VFS, "SET_NUM_VFS"},
    {PF_OP_VF_SET_TX_RATE, "VF_SET_TX_RATE"},
    {PF_OP_NETDEV_RINGS, "NETDEV_RINGS"},
    {PF_OP_NETDEV_CHANNELS, "NETDEV_CHANNELS"},
    {PF_OP_NETDEV_FEATURES, "NETDEV_FEATURES"},
    {PF_OP_NETDEV_RSS, "NETDEV_RSS"},
    {PF_OP_NETDEV_ADDRESS, "NETDEV_ADDRESS"},
    {PF_OP_NETDEV_MTU, "NETDEV_MTU"},
    {PF_OP_NETDEV_DOWN, "NETDEV_DOWN"},
    {PF_OP_NETDEV_UP, "NETDEV_UP"},
    {PF_OP_NETDEV_REINIT, "NETDEV_REINIT"},
    {PF_OP_START, "START"},
    {PF_OP_MISC, "MAILBOX"},
};

const char *pf_op_name(enum vmk_netptop op)
{
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].op == (int)op)
            return names[i].name;
    return "?";
}

const char *pf_status_text(enum vmk_netptop op, int status)
{
    switch (-status) {
    case 0:
        return "done";
    case ENOSPC:
        return op == VMK_NETPTOP_VF_ACQUIRE ? "no VF is free" : "no room left for it";
    case EINVAL:
        return "not possible in this state";
    case EPERM:
    case EACCES:
        return "refused";
    case EBUSY:
        return "busy";
    case EAGAIN:
        return "not now";
    case ENODEV:
    case ENXIO:
        return "it is not there";
    case ENOENT:
        return "there is none";
    case EEXIST:
    case EALREADY:
        return "it is there already";
    case ETIMEDOUT:
        return "no answer in time";
    case ENOTSUP:
        return "not supported";
    case ECANCELED:
        return "called off";
    case EIO:
        return "failed";
    case ERANGE:
        return "out of range";
    case ENOMEM:
        return "no memory";
    case EPROTO:
        return "an answer that makes no sense";
    default:
        return "failed";
    }
}
