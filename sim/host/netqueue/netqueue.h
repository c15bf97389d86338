/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NetQueue: which emulated VM has a queue of its NIC for itself (pf.h), and when.
 *
 * Queues are given when a port connects, as ESX 3.5 and 4 did it: in the order of the VMs, the first free one to each whose data
 * path is the emulated device, for as long as that is so. Who finds none goes on by queue 0, and gets the first that becomes free.
 * A switch to passthrough, a migration away, another address, another uplink and the end of the VM give a queue back; a reset of
 * the NIC by its driver takes all, and they are given anew.
 *
 * Of a NIC that is balanced (host_balance_queues()), as ESXi's NetQueue balancer does it from 5 on, all begin at queue 0. Every
 * so often the frames of each VM are counted: who had more than so many a second is given a queue, the busiest first; who had less
 * than half gives his back; and where none is free, who had more than twice as many as the least busy owner gets that one's.
 *
 * While a queue changes hands the port's frames wait in the virtual switch, in both directions, so that none is overtaken.
 */
#ifndef VFSIM_HOST_NETQUEUE_H
#define VFSIM_HOST_NETQUEUE_H

#include "host/hypervisor.h"

unsigned host_vm_queue(const struct host *host, const struct vm *vm); /* of its NIC, 0: none for itself */

/* From now on, of a NIC of the host; before the world runs. */
void host_balance_queues(struct host *host, const char *nic, uint64_t frames_per_second, sim_time every);

/* Who had which, in order of time. */
struct netqueue_record {
    char vm[64], nic[48];
    uint32_t queue, zero;
    sim_time from, to; /* to: SIM_NEVER: it has it still */
};
unsigned host_netqueue_count(const struct host *host);
const struct netqueue_record *host_netqueue_get(const struct host *host, unsigned i);

#endif
