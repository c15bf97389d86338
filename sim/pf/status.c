/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations and how they ended, for people. strerror() speaks of files and processes: no disk is full when no VF is free. */
#include <errno.h>

#include "pf/netdev.h"
#include "pf/op.h"

const char *pf_op_name(enum vmk_netptop op)
{
    switch ((int)op) {
    case VMK_NETPTOP_IS_SUPPORTED:
        return "IS_SUPPORTED";
    case VMK_NETPTOP_VF_ACQUIRE:
        return "VF_ACQUIRE";
    case VMK_NETPTOP_VF_INIT:
        return "VF_INIT";
    case VMK_NETPTOP_VF_ACTIVATE:
        return "VF_ACTIVATE";
    case VMK_NETPTOP_VF_QUIESCE:
        return "VF_QUIESCE";
    case VMK_NETPTOP_VF_SAVE_STATE:
        return "VF_SAVE_STATE";
    case VMK_NETPTOP_VF_RELEASE:
        return "VF_RELEASE";
    case VMK_NETPTOP_VF_GET_INFO:
        return "VF_GET_INFO";
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE:
        return "VF_SET_RSS_IND_TABLE";
    case VMK_NETPTOP_VF_GET_QUEUE_STATS:
        return "VF_GET_QUEUE_STATS";
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS:
        return "VF_GET_QUEUE_STATUS";
    case VMK_NETPTOP_VF_SET_MAC:
        return "VF_SET_MAC";
    case VMK_NETPTOP_VF_SET_MULTICAST:
        return "VF_SET_MULTICAST";
    case VMK_NETPTOP_VF_SET_RX_MODE:
        return "VF_SET_RX_MODE";
    case VMK_NETPTOP_VF_ADD_VLAN_RANGE:
        return "VF_ADD_VLAN_RANGE";
    case VMK_NETPTOP_VF_DEL_VLAN_RANGE:
        return "VF_DEL_VLAN_RANGE";
    case VMK_NETPTOP_VF_SET_DEFAULT_VLAN:
        return "VF_SET_DEFAULT_VLAN";
    case VMK_NETPTOP_VF_SET_ANTISPOOF:
        return "VF_SET_ANTISPOOF";
    case VMK_NETPTOP_VF_SET_IML:
        return "VF_SET_IML";
    case VMK_NETPTOP_PF_ADD_MAC_FILTER:
        return "PF_ADD_MAC_FILTER";
    case VMK_NETPTOP_PF_DEL_MAC_FILTER:
        return "PF_DEL_MAC_FILTER";
    case VMK_NETPTOP_PF_MIRROR_ALL:
        return "PF_MIRROR_ALL";
    case VMK_NETPTOP_VF_SET_MTU:
        return "VF_SET_MTU";
    case PF_OP_MOVE_MAC:
        return "MOVE_MAC";
    case PF_OP_RX_FENCE:
        return "RX_FENCE";
    case PF_OP_TX_FENCE:
        return "TX_FENCE";
    case PF_OP_PF_TX_FENCE:
        return "PF_TX_FENCE";
    case PF_OP_VF_FLR:
        return "VF_FLR";
    case PF_OP_PF_FLR:
        return "PF_FLR";
    case PF_OP_SET_MTU:
        return "SET_MTU";
    case PF_OP_SET_NUM_VFS:
        return "SET_NUM_VFS";
    case PF_OP_VF_SET_TX_RATE:
        return "VF_SET_TX_RATE";
    case PF_OP_NETDEV_RINGS:
        return "NETDEV_RINGS";
    case PF_OP_NETDEV_CHANNELS:
        return "NETDEV_CHANNELS";
    case PF_OP_NETDEV_FEATURES:
        return "NETDEV_FEATURES";
    case PF_OP_NETDEV_RSS:
        return "NETDEV_RSS";
    case PF_OP_NETDEV_ADDRESS:
        return "NETDEV_ADDRESS";
    case PF_OP_NETDEV_MTU:
        return "NETDEV_MTU";
    case PF_OP_NETDEV_DOWN:
        return "NETDEV_DOWN";
    case PF_OP_NETDEV_UP:
        return "NETDEV_UP";
    case PF_OP_NETDEV_REINIT:
        return "NETDEV_REINIT";
    case PF_OP_START:
        return "START";
    case PF_OP_MISC:
        return "MAILBOX";
    default:
        return "?";
    }
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
