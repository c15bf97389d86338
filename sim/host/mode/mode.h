/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mode switch moves a VM's data path between its emulated device and a VF of the NIC, step by step [docs/switch-protocol.md],
 * and records each of its ways as a timeline.
 */
#ifndef VFSIM_HOST_MODE_H
#define VFSIM_HOST_MODE_H

#include "core/engine/procedure.h"
#include "host/hypervisor.h"

/* of docs/switch-protocol.md */
enum switch_step {
#define SWITCH_STEP(step, word) STEP_##step,
#include "host/mode/step.def"
#undef SWITCH_STEP
    STEP_COUNT,
    STEP_NONE = STEP_COUNT
};
const char *switch_status_text(enum switch_step step, int status); /* how one ended: "done", "no VF is free" */
const char *switch_step_name(enum switch_step step); /* "acquire", "get_info", …; out: "move_back", "fence", … */
enum switch_step switch_step_find(const char *name); /* STEP_NONE if unknown */

enum switch_order { SWITCH_SAFE, SWITCH_NAIVE };

/* The kinds of switch in which a failure can be injected, and which steps each of them has. */
/* bits: by which line of a scenario */
enum {
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
    const struct procedure_table *table; /* its steps; own: enum switch_step */
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
    bool by_migration;      /* a part of the migration, standstill or replacement that is under way */
};
/* Begins now. 0; -EBUSY (one is under way), -EALREADY (already there), -EPERM (policy), -ENOTSUP (no NPA on host or
 * guest, NIC without SR-IOV), -ENODEV (the VM has ended, no such NIC): recorded as a refused switch with the reason
 * as well. A `nic` other than that of its uplink moves the port's uplink there first, for good. */
int host_switch(struct host *host, struct vm *vm, const struct switch_params *params);

/* ---- the plugin ---- */
/* From its next way into passthrough the VM has this image of the store instead of the one that the driver of its NIC names; on
 * other hosts, too, for VFs whose drivers name the same. Where there is no such image, it has theirs. -ENOTSUP: VFs of its NIC take
 * none. */
int host_choose_plugin(struct host *host, struct vm *vm, const char *image);
const char *host_chosen_plugin(const struct host *host, const struct vm *vm); /* what it would have; "": VFs of its NIC take none */
struct host_plugin {
    char name[PF_PLUGIN_NAME_MAX];
    char version[33]; /* as its note says it; "": it says none */
    uint8_t digest[32]; /* that of its note */
};
bool host_vm_plugin(const struct host *host, const struct vm *vm, struct host_plugin *out); /* in use; false: none */

struct switch_step_record {
    enum switch_step step;
    sim_time start, end; /* end SIM_NEVER: still under way */
    int status; /* 0 or -errno */
};
enum switch_result {
    SWITCH_UNDER_WAY,
    SWITCH_DONE,
    SWITCH_UNDONE /* failed, back where it was */,
    SWITCH_FORCED /* out, with losses */,
    SWITCH_REFUSED
};
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
    bool fault_met; /* its step came, and failed */
    struct switch_step_record step[STEP_COUNT];
    unsigned steps;
    uint64_t held_frames, held_bytes_max;
};
unsigned host_switch_count(const struct host *host);
const struct switch_record *host_switch_get(const struct host *host, unsigned i); /* in order of start */

/* ---- faults, for scenarios ---- */
/* Take [gpa, gpa+len) away from (or give back to) the IOMMU domain of the VM's VF. -ENODEV while it is emulated. */
int host_vm_iommu(struct host *host, struct vm *vm, uint64_t gpa, uint64_t len, bool map);
/* Reset the VM's VF as a hypervisor or an error handler would (FLR); the VM falls back to emulation and stays there.
 * -ENOTSUP of a VF that the guest drives itself. */
int host_vm_reset_vf(struct host *host, struct vm *vm);

#endif
