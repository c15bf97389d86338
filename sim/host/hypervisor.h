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

struct host_params {
    const char *name;
    unsigned cores;           /* ≥ 1 */
    const char *plugin_store; /* folder of plugin images */
    bool npa;                 /* false: a host without NPA, everything stays plain vmxnet3 */
    uint64_t ram_bytes;       /* for VMs that come by migration; 0: as much as they need */
};

struct host *host_create(struct sim *sim, const struct host_params *params, char *err, size_t err_cap);
void host_destroy(struct host *host);
struct component *host_component(struct host *host);
const char *host_name(const struct host *host);

/* A NIC (owned by the caller) becomes an uplink of the host's virtual switch: makes its PF driver and starts it at
 * time 0. */
int host_add_nic(struct host *host, struct nic *nic, char *err, size_t err_cap);
struct pf *host_find_pf(struct host *host, const char *nic_name);

enum { HOST_VF_NONE = -2 };
struct host_vm_params {
    struct vm_params vm;
    const char *uplink;   /* NIC whose uplink its port uses; NULL: the host's first */
    int port_vlan;        /* VLAN of its port (both modes), -1 none */
    int boot_vf;          /* a guest with a slot: the VF it has from its boot, PF_ANY_VF or HOST_VF_NONE */
    bool allow_mac_change, allow_promisc, allow_forged, allow_vlan_trunk; /* policy; defaults true, true, false, true */
    bool allow_passthrough; /* policy: default true */
};
/* Makes the VM, its vmxnet3 device and its virtual-switch port; boots it at the time the world starts. */
struct vm *host_add_vm(struct host *host, const struct host_vm_params *params, char *err, size_t err_cap);
/* A place for a VM of another host that may move here (host/migrate/migrate.h): a vmxnet3 device and a port, asleep until it does.
 * 0 or -errno with a message. */
int host_add_place(struct host *host, struct vm *vm, const struct host_vm_params *params, char *err, size_t err_cap);
bool host_has_vm(const struct host *host, const struct vm *vm); /* it lives here now */
struct vm *host_vm_at(const struct host *host, unsigned i); /* NULL past the end */
bool host_vm_is_passthrough(const struct host *host, const struct vm *vm);
int host_vm_vf(const struct host *host, const struct vm *vm); /* VF number or -1 */
/* The network interface that the tools in the VM see: of its vmxnet3, of a VF of its own, of the master over both, or none. */
enum host_netdev_kind { HOST_NETDEV_NONE, HOST_NETDEV_VMXNET3, HOST_NETDEV_VF, HOST_NETDEV_MASTER };
struct host_netdev {
    enum host_netdev_kind kind;
    bool carrier;
    bool runs; /* the VM does: it can be asked */
    uint8_t mac[6];
    int vf;    /* that its own driver drives, -1 none */
    unsigned queues;
    struct nic_function_stats carried; /* of that VF, since it is this VM's */
};
void host_vm_netdev(const struct host *host, const struct vm *vm, struct host_netdev *out);
struct vmxnet3 *host_vm_device(const struct host *host, const struct vm *vm);
struct pf *host_vm_pf(const struct host *host, const struct vm *vm); /* of its uplink, and of its VF */
/* What is done to its frames where it is plugged in now, and the key its VF's hashes are made with (false: it has none). */
void host_vm_place(const struct host *host, const struct vm *vm, struct station_place *out);
bool host_vm_rss_key(const struct host *host, const struct vm *vm, uint8_t key[PF_RSS_KEY_BYTES]);

/* ---- policy, at run time ---- */
enum host_policy {
    HOST_POLICY_MAC_CHANGE, HOST_POLICY_PROMISC, HOST_POLICY_FORGED, HOST_POLICY_VLAN_TRUNK, HOST_POLICY_PASSTHROUGH
};
void host_set_policy(struct host *host, struct vm *vm, enum host_policy policy, bool allow);

/* ---- faults, for scenarios ---- */
/* Take [gpa, gpa+len) away from (or give back to) the IOMMU domain of the VM's VF. -ENODEV while it is emulated. */
int host_vm_iommu(struct host *host, struct vm *vm, uint64_t gpa, uint64_t len, bool map);
/* Reset the VM's VF as a hypervisor or an error handler would (FLR); the VM falls back to emulation and stays there.
 * -ENOTSUP of a VF that the guest drives itself. */
int host_vm_reset_vf(struct host *host, struct vm *vm);

/* How many VFs a NIC has, as sriov_numvfs says it: `from` gets the outcome, as of pf_request(PF_OP_SET_NUM_VFS). `surprise`: those
 * in use vanish under their VMs, which fall back. -ENODEV no such NIC, -EBUSY a VM has one of its own. */
int host_set_num_vfs(struct host *host, const char *nic, unsigned count, bool surprise, struct component *from, uint16_t verb,
                     uint64_t cookie);
/* Function-level reset of a NIC's PF, and so of all its VFs: VMs in passthrough fall back to emulation, which comes back with
 * the PF. -ENOTSUP: the driver of this chip cannot begin anew. */
int host_reset_pf(struct host *host, const char *nic);

/* ---- the mode switch ---- */
enum switch_step { /* of docs/switch-protocol.md */
#define SWITCH_STEP(step, word) STEP_##step,
#include "host/mode/step.def"
#undef SWITCH_STEP
    STEP_COUNT, STEP_NONE = STEP_COUNT
};
const char *switch_status_text(enum switch_step step, int status); /* how one ended: "done", "no VF is free" */
const char *switch_step_name(enum switch_step step); /* "acquire", "get_info", …; out: "move_back", "fence", … */
enum switch_step switch_step_find(const char *name); /* STEP_NONE if unknown */

enum switch_order { SWITCH_SAFE, SWITCH_NAIVE };

/* The kinds of switch in which a failure can be injected, and which steps each of them has. */
enum { /* bits: by which line of a scenario */
    SWITCH_USE_IN = 1,       /* switch … to passthrough; before or after a migration by npa */
    SWITCH_USE_OUT = 2,
    SWITCH_USE_UPT = 4,      /* of a NIC whose VFs are vmxnet3 devices: all that a migration by upt has */
    SWITCH_USE_VFIO_IN = 8,
    SWITCH_USE_VFIO_OUT = 16,
};
struct switch_kind {
    const char *name; /* as docs/scenario-language.md calls it */
    unsigned use;
    enum switch_order order;
    unsigned table; /* private */
};
const struct switch_kind *switch_kind_at(unsigned i); /* NULL past the end */
unsigned switch_kind_steps(const struct switch_kind *kind, enum switch_step steps[STEP_COUNT]); /* in order; how many */
/* The words of the steps that any kind with all of the bits of `use` and this order has, NULL at their end; how many. */
unsigned switch_step_words(unsigned use, enum switch_order order, const char *words[STEP_COUNT + 1]);

struct switch_params {
    bool to_passthrough;
    enum switch_order order;
    enum switch_step fail;  /* inject a failure at this step; STEP_NONE: none */
    const char *plugin;     /* name in the store instead of the PF driver's (scenarios of bad images); NULL */
    const char *nic;        /* NULL: the NIC of its uplink */
    uint32_t hold_bytes;    /* bound of the hold queue, 0: 4 MiB */
    sim_time gap_ps;        /* extra time between the two register writes of a filter move, 0 */
    enum pf_move_order move_order;
    bool by_migration;      /* a part of the migration or standstill that is under way */
};
/* Begins now. 0; -EBUSY (one is under way), -EALREADY (already there), -EPERM (policy), -ENOTSUP (no NPA on host or
 * guest, NIC without SR-IOV), -ENODEV (the VM has ended, no such NIC): recorded as a refused switch with the reason
 * as well. A `nic` other than that of its uplink moves the port's uplink there first, for good. */
int host_switch(struct host *host, struct vm *vm, const struct switch_params *params);

struct switch_step_record {
    enum switch_step step;
    sim_time start, end; /* end SIM_NEVER: still under way */
    int status;          /* 0 or -errno */
};
enum switch_result {
    SWITCH_UNDER_WAY, SWITCH_DONE, SWITCH_UNDONE /* failed, back where it was */, SWITCH_FORCED /* out, with losses */,
                     SWITCH_REFUSED };
struct switch_record {
    char vm[48], nic[48];
    uint32_t talk; /* who said what to whom: core/world/journal.h */
    int vf;
    bool to_passthrough;
    enum switch_order order;
    sim_time start, end;
    sim_time tx_stopped, tx_resumed; /* guest's transmit path, 0 if it never stopped */
    enum switch_result result;
    char reason[200];
    enum switch_step fault; /* to be injected; STEP_NONE: none was asked for */
    bool fault_met;         /* its step came, and failed */
    struct switch_step_record step[STEP_COUNT];
    unsigned steps;
    uint64_t held_frames, held_bytes_max;
};
unsigned host_switch_count(const struct host *host);
const struct switch_record *host_switch_get(const struct host *host, unsigned i); /* in order of start */

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

struct host_cpu { /* modelled host CPU use, ps of one core */
    uint64_t exits_ps, copy_ps, vswitch_ps, pf_ps;
};
void host_get_cpu(const struct host *host, struct host_cpu *out);

/* Invariants of facts/npa.md §6.3, checked by the scenario at the end: no VF owned without a VM on it, no filter,
 * mapping or plugin left behind. 0, or -EINVAL with the first violation in `why`. */
int host_check_invariants(const struct host *host, char *why, size_t why_cap);

#endif
