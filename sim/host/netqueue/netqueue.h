/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NetQueue: which emulated VM has a queue of its NIC for itself (pf.h), and when.
 *
 * Queues are given when a port connects, as ESX 3.5 and 4 did it: in the order of the VMs, the first free one to each whose data
 * path is the emulated device, for as long as that is so. Who finds none goes on by queue 0, and gets the first that becomes free.
 * A switch to passthrough, a migration away, another address, another uplink and the end of the VM give a queue back; a reset of
 * the NIC by its driver takes all, and they are given anew.
 *
 * While a queue changes hands the port's frames wait in the virtual switch, in both directions, so that none is overtaken.
 */
#ifndef VFSIM_HOST_NETQUEUE_H
#define VFSIM_HOST_NETQUEUE_H

#include "host/hypervisor.h"

unsigned host_vm_queue(const struct host *host, const struct vm *vm); /* of its NIC, 0: none for itself */

/* Who had which, in order of time. */
struct netqueue_record {
    char vm[64], nic[48];
    uint32_t queue, zero;
    sim_time from, to; /* to: SIM_NEVER: it has it still */
};
unsigned host_netqueue_count(const struct host *host);
const struct netqueue_record *host_netqueue_get(const struct host *host, unsigned i);

#endif
