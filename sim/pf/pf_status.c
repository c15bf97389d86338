/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an operation ended, for people. strerror() speaks of files and processes: no disk is full when no VF is free. */
#include <errno.h>

#include "pf/pf.h"

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
