/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: what the policy of passthrough keeps, and what the mode switch asks it. */
#ifndef VFSIM_HOST_POLICY_PRIVATE_H
#define VFSIM_HOST_POLICY_PRIVATE_H

#include "guest/include/npa_load.h"
#include "host/host__.h"
#include "host/policy/policy.h"
#include "host/record.h"

enum { CONF_VERSION_MIN = NPA_CONF_VERSION_EXT }; /* of a driver that can load a plugin */

struct policy_state {
    uint64_t set[VM_SETTINGS];
    uint8_t is_watched; /* somebody set something: its reasons are kept */
    uint8_t is_up;      /* its driver has activated the device: from then on there are reasons */
    uint8_t zero[2];
    uint32_t reasons;      /* standing */
    uint32_t uplink_asked; /* 1 + NIC its port goes to when it is out of passthrough, 0 none */
    uint32_t zero2;
    sim_time calm_ps, calm_since; /* how long none must stand; since when none does */
    sim_time error_wait, error_until;
    sim_time timer_at;
};

struct policy_of_host {
    uint64_t set[HOST_SETTINGS];
    uint32_t poked; /* a look is on its way */
    struct records records;
};

extern const struct host_part policy_part;

static inline struct policy_state *policy_of(const struct host_vm *hv) { return host__part_of_vm(hv, HOST_RANK_POLICY); }
static inline struct policy_of_host *policy_of_host(const struct host *host) { return host__part_of_host(host, HOST_RANK_POLICY); }

/* ---- policy.c ---- */
void policy__failed(struct host_vm *hv); /* passthrough did: not again for a while */
void policy__vm_up(struct host_vm *hv); /* its driver has activated the emulated device */
const char *policy__refusal(const struct host_vm *hv); /* why an operator's switch in can't be; NULL: it can */

/* ---- reason.c ---- */
uint32_t policy__ask(const struct host_vm *hv); /* reasons that stand, a bit each */
bool policy__vectors_suffice(const struct host_vm *hv, bool promised);

#endif
