/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF given to a VM as a device of its own (vfio-like assignment): the guest's own driver drives it, the PF's driver owns
 * its policy through the mailbox, the hypervisor only maps BARs, memory and interrupts. Hot-plugged through the VM's slot
 * (vm/slot.h), or there from its boot.
 *
 *   attach  VF_ACQUIRE, GET_INFO, its MAC set as an operator's (so that the PF's driver gives it to the guest's), FLR, VF_INIT,
 *           VF_ACTIVATE, then it is put into the slot; the guest powers the slot on and brings the device up.
 *   detach  attention button; the guest lets go and powers the slot off, within `timeout_ps`, or it is refused, or forced out;
 *           its address goes back to the PF's pool (for a bond's standby), FLR, VF_RELEASE.
 *           A surprise removal asks nobody.
 *
 * Each is recorded. What was in flight has the fates of a reset or of buffers reclaimed by the guest.
 */
#ifndef VFSIM_HOST_ATTACH_H
#define VFSIM_HOST_ATTACH_H

#include "host/hypervisor.h"

#define ATTACH_ANSWER_PS (30 * SIM_S) /* how long an attention is waited for: QEMU's failover waits so [qemu migration.c] */
#define ATTACH_TAKE_PS (5 * SIM_S)    /* how long a device that came is waited to be taken up */

struct attach_params {
    int vf;          /* PF_ANY_VF, or its number */
    const char *nic; /* NULL: that of the VM's uplink */
    bool by_migration; /* asked by the migration that is under way (host/migrate/migrate.h) */
};
struct detach_params {
    bool surprise;
    bool force;          /* after the time-out; else it is refused then, and the VF stays */
    bool mac_first;      /* of a bond: its address goes to the standby before the button is pressed, not when it has let go */
    sim_time timeout_ps; /* 0: ATTACH_ANSWER_PS */
    bool by_migration;
};
/* Begin now. 0; -ENOTSUP the guest has no slot or the NIC no VFs, -EALREADY, -EBUSY, -ENODEV, -EPERM (policy): recorded as
 * refused with the reason. How it ends is in the record. */
int host_vf_attach(struct host *host, struct vm *vm, const struct attach_params *params);
int host_vf_detach(struct host *host, struct vm *vm, const struct detach_params *params);
/* The VF is in the VM, and the guest's driver runs it. */
bool host_vm_has_native_vf(const struct host *host, const struct vm *vm);

enum hotplug_result {
    HOTPLUG_UNDER_WAY,
    HOTPLUG_DONE,
    HOTPLUG_UNUSED,  /* attached, but the guest has no driver for it, or its driver gave up, or it never looked */
    HOTPLUG_REFUSED, /* nothing happened: by the hypervisor, or the guest did not answer */
    HOTPLUG_FAILED,  /* the PF's driver could not; undone */
    HOTPLUG_FORCED,  /* out without the guest */
};
struct hotplug_record {
    char vm[48], nic[48];
    uint32_t talk; /* who said what to whom: core/world/journal.h */
    int vf;
    bool add, at_boot, surprise;
    enum hotplug_result result;
    char reason[160];
    sim_time start;
    sim_time told;     /* in the slot, or the button pressed; 0 never */
    sim_time answered; /* the guest has powered the slot on, or off */
    sim_time reset;    /* the PF has heard its driver's VF_RESET */
    sim_time up;       /* its driver runs */
    sim_time end;
};
unsigned host_hotplug_count(const struct host *host);
const struct hotplug_record *host_hotplug_get(const struct host *host, unsigned i); /* in order of start */
const char *hotplug_result_text(enum hotplug_result result);

/* ---- what the tools in a VM see ---- */
bool host_vm_is_passthrough(const struct host *host, const struct vm *vm); /* by the mode switch, or on a VF of its own */
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

#endif
