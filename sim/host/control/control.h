/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control path: what a guest asks through the registers of its emulated device is allowed or refused by policy, recorded,
 * kept as the state of its port, and, while its data path is a VF's, driven into the PF.
 */
#ifndef VFSIM_HOST_CONTROL_H
#define VFSIM_HOST_CONTROL_H

#include "host/hypervisor.h"

/* From now on. */
void host_set_policy(struct host *host, struct vm *vm, enum host_policy policy, bool allow);

/* Control requests of guests, for the report: what was asked, allowed or refused, when. */
struct control_record {
    sim_time at;
    char vm[48];
    char what[80];  /* "set mac 02:00:00:00:00:0b" */
    bool allowed, applied_to_vf;
    char reason[96];
};
unsigned host_control_count(const struct host *host);
const struct control_record *host_control_get(const struct host *host, unsigned i);

#endif
