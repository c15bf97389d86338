/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: what the control path keeps, and what who gives a VM its VF drives into the PF by it. */
#ifndef VFSIM_HOST_CONTROL_PRIVATE_H
#define VFSIM_HOST_CONTROL_PRIVATE_H

#include "host/control/control.h"
#include "host/host__.h"
#include "host/record.h"

struct control_state {
    uint8_t mac_before[6]; /* the latest change */
    uint8_t spoof_off;     /* policy let it forge: the VF's check comes back on when it leaves */
    uint8_t rss_changed;   /* its driver has set a redirection table */
    uint32_t rx_mode_asked;
    uint32_t last; /* index of its latest record */
};

struct control_of_host {
    struct records records;
};

extern const struct host_part control_part;

static inline struct control_state *control_of(const struct host_vm *hv) { return host__part_of_vm(hv, HOST_RANK_CONTROL); }
static inline struct control_of_host *control_of_host(const struct host *host)
{
    return host__part_of_host(host, HOST_RANK_CONTROL);
}

/* ---- control.c ---- */
struct control_record *control__record(struct host_vm *hv, bool allowed, const char *reason, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
unsigned control__push(struct host_vm *hv, uint64_t cookie); /* the port's whole state into its VF; how many operations */
bool control__vlans_clash(const struct host_vm *hv);         /* the guest's with the operator's VLAN of the VF */
void control__spoof_check(struct host_vm *hv, bool on);
void control__rx_mode_args(struct host_vm *hv, bool on, struct pf_args *args);
void control__ask_port(struct host_vm *hv, bool set); /* what the VM's port says of a VF that the guest drives; nobody waits */

#endif
