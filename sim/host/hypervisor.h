/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host: its memory, hypervisor, virtual switch, PF drivers, plugin store, and the VMs on it with their vmxnet3
 * devices.
 *
 * The hypervisor owns policy: what a guest asks for through its vmxnet3 registers is allowed or refused here, kept as
 * the state of the VM's port, and, while the VM is on a VF, driven into the PF. It carries out the mode switch of
 * docs/switch-protocol.md and records each as a timeline.
 */
#ifndef VFSIM_HOST_HYPERVISOR_H
#define VFSIM_HOST_HYPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/world/sim.h"
#include "vm/vm.h"
#include "nic/nic.h"
#include "pf/netdev.h"

struct host;
struct host_part;

struct host_params {
    const char *name;
    unsigned cores;           /* 0: one for each vCPU and each other thread */
    bool smt;                 /* each is two that slow each other down */
    struct cpu_set pin;       /* where what is no vCPU runs; empty: anywhere */
    const char *plugin_store; /* folder of plugin images */
    const char *without;      /* names of those of the folder that it has not got, with commas between; NULL */
    bool npa;                 /* false: a host without NPA, everything stays plain vmxnet3 */
    uint64_t ram_bytes;       /* for VMs that come by migration; 0: as much as they need */
    const struct host_part *const *parts; /* what its hypervisor consists of: host/parts/parts.h */
};

struct host *host_create(struct sim *sim, const struct host_params *params, char *err, size_t err_cap);
void host_destroy(struct host *host);
struct component *host_component(struct host *host);
const char *host_name(const struct host *host);

struct host_nic_params {
    bool outside;       /* a VM is to have its PF (drives_pf), and no driver of ours touches it */
    unsigned vf_queues; /* queue pairs of each VF; 0: as many as its driver gives them */
};
/* A NIC (owned by the caller) becomes an uplink of the host's virtual switch: makes its PF driver and starts it at
 * time 0. `how` NULL: none of that. */
int host_add_nic(struct host *host, struct nic *nic, const struct host_nic_params *how, char *err, size_t err_cap);
struct pf *host_find_pf(struct host *host, const char *nic_name);

/* What an operator allows the guest at its port; changed at run time by host_set_policy() (host/control/control.h). */
enum host_policy {
    HOST_POLICY_MAC_CHANGE,
    HOST_POLICY_PROMISC,
    HOST_POLICY_FORGED,
    HOST_POLICY_VLAN_TRUNK,
    HOST_POLICY_PASSTHROUGH
};

enum { HOST_VF_NONE = -2 };
/* Of its vmxnet3 device, as struct vmxnet3_params has them; 0: as there. */
struct host_vnic {
    unsigned rev, intr, mask;
};

struct host_vm_params {
    struct vm_params vm;
    const char *uplink;   /* NIC whose uplink its port uses; NULL: the host's first */
    int port_vlan;        /* VLAN of its port (both modes), -1 none */
    bool default_queue;   /* emulated, it goes by queue 0 of its NIC, whatever that has */
    int boot_vf;          /* a guest with a slot: the VF it has from its boot, PF_ANY_VF or HOST_VF_NONE */
    bool drives_pf;       /* the guest has the PF of its uplink, and those VFs that no other VM has */
    bool allow_mac_change, allow_promisc, allow_forged, allow_vlan_trunk; /* policy; defaults true, true, false, true */
    bool allow_passthrough; /* policy: default true */
    struct host_vnic vnic;
    struct cpu_set pin;     /* where its vCPU runs; empty: anywhere */
};
/* Makes the VM, its vmxnet3 device and its virtual-switch port; boots it at the time the world starts. */
struct vm *host_add_vm(struct host *host, const struct host_vm_params *params, char *err, size_t err_cap);
/* A place for a VM of another host that may move here (host/migrate/migrate.h): a vmxnet3 device and a port, asleep until it does.
 * 0 or -errno with a message. */
int host_add_place(struct host *host, struct vm *vm, const struct host_vm_params *params, char *err, size_t err_cap);
bool host_has_vm(const struct host *host, const struct vm *vm); /* it lives here now */
struct vm *host_vm_at(const struct host *host, unsigned i); /* NULL past the end */
int host_vm_vf(const struct host *host, const struct vm *vm); /* VF number or -1 */
struct vmxnet3 *host_vm_device(const struct host *host, const struct vm *vm);
struct pf *host_vm_pf(const struct host *host, const struct vm *vm); /* of its uplink, and of its VF */
/* What is done to its frames where it is plugged in now, and the key its VF's hashes are made with (false: it has none). */
void host_vm_place(const struct host *host, const struct vm *vm, struct station_place *out);
bool host_vm_rss_key(const struct host *host, const struct vm *vm, uint8_t key[PF_RSS_KEY_BYTES]);

/* ---- NICs, at run time ---- */
/* How many VFs a NIC has, as sriov_numvfs says it: `from` gets the outcome, as of pf_request(PF_OP_SET_NUM_VFS). `surprise`: those
 * in use vanish under their VMs, which fall back. -ENODEV no such NIC, -EBUSY a VM has one of its own. */
int host_set_num_vfs(struct host *host, const char *nic, unsigned count, bool surprise, struct component *from, uint16_t verb,
                     uint64_t cookie);
/* Function-level reset of a NIC's PF, and so of all its VFs: VMs in passthrough fall back to emulation, which comes back with
 * the PF. -ENOTSUP: the driver of this chip cannot begin anew. */
int host_reset_pf(struct host *host, const char *nic);

/* modelled host CPU use, ps of one core */
struct host_cpu {
    uint64_t exits_ps, copy_ps, vswitch_ps, pf_ps;
};
void host_get_cpu(const struct host *host, struct host_cpu *out);

/* Invariants, checked by the scenario at the end: no VF owned without a VM on it, no filter,
 * mapping or plugin left behind. 0, or -EINVAL with the first violation in `why`. */
int host_check_invariants(const struct host *host, char *why, size_t why_cap);

/* What runs on it, and what its cycles went for (cpu/cpu.h). The account of a VM's stays here is that of its vCPU. */
const struct cores *host_cores(const struct host *host);
/* Of one of its vCPUs; NULL: it has no place here, or no such vCPU. */
const struct cpu_thread *host_vm_thread(const struct host *host, const struct vm *vm, unsigned vcpu);
/* Do they balance? 0, or -EINVAL with the first that does not in `why`. */
int host_check_accounts(const struct host *host, char *why, size_t why_cap);

#endif
