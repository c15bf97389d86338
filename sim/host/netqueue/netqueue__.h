/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: what it keeps about queues of its NICs. */
#ifndef VFSIM_HOST_NETQUEUE_PRIVATE_H
#define VFSIM_HOST_NETQUEUE_PRIVATE_H

#include "host/host__.h"
#include "host/netqueue/netqueue.h"
#include "host/record.h"

extern const struct host_part netqueue_part;

#endif
