/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: what it keeps about queues of its NICs. */
#ifndef VFSIM_HOST_NETQUEUE_PRIVATE_H
#define VFSIM_HOST_NETQUEUE_PRIVATE_H

#include "host/host__.h"
#include "host/netqueue/netqueue.h"
#include "host/record.h"

enum netqueue_verb { NETQUEUE_LOOK = 1, NETQUEUE_BALANCE /* a: NIC */ };
enum netqueue_kind { NETQUEUE_GIVEN = 1, NETQUEUE_BACK }; /* answers of the PF's driver */
enum stage { STAGE_NONE, STAGE_ASKED, STAGE_HAS, STAGE_BACK };

/* plain data */
struct netqueue_state {
    uint32_t stage;
    uint32_t nic, queue; /* whose it is, from ASKED on */
    uint8_t refused;     /* it was, and nothing has changed since */
    uint8_t zero;
    uint8_t mac[6];      /* that it was given for */
    uint64_t frames, until; /* of its device in the last interval, and in all then; of a NIC that is balanced */
};

struct netqueue_balance {
    sim_time every; /* 0: each who finds one has it */
    uint64_t frames; /* an interval, from which on it is worth a queue */
};

struct netqueue_of_host {
    uint32_t poked; /* a look is on its way */
    struct records records;
    struct netqueue_balance balance[HOST_NICS_MAX]; /* as the scenario has it */
};

static inline struct netqueue_state *netqueue__state(const struct host_vm *hv) { return host__part_of_vm(hv, HOST_RANK_NETQUEUE); }
static inline struct netqueue_of_host *netqueue__of_host(const struct host *host)
{
    return host__part_of_host(host, HOST_RANK_NETQUEUE);
}

/* queue.c */
bool netqueue__is_emulated(const struct host_vm *hv);
void netqueue__begin_record(struct host_vm *hv);
void netqueue__end_record(struct host_vm *hv, const char *how);
void netqueue__give(struct host_vm *hv); /* the first that is free, if one is */
void netqueue__take_back(struct host_vm *hv, const char *how);

/* balance.c */
void netqueue__give_in_order(struct host *host, unsigned nic);
void netqueue__balance(struct host *host, unsigned nic);

/* netqueue.c */
extern const struct host_part netqueue_part;

#endif
