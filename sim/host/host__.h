/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the hypervisor's files: the host, what it keeps for each VM, and the machine of the mode switch.
 *
 * Structs named …_state are plain data, saved as they are; the rest is configuration and wiring, rebuilt on restore.
 * Whatever the hypervisor wired at run time (IOMMU domain, register window, interrupt sink of a VF) it wires again
 * when it loads.
 */
#ifndef VFSIM_HOST_PRIVATE_H
#define VFSIM_HOST_PRIVATE_H

#include "guest/include/npa_load.h"
#include "host/hypervisor.h"
#include "host/attach/assign.h"
#include "vm/image/plugin_image.h"
#include "host/policy/policy.h"
#include "host/standstill/standstill.h"
#include "vm/slot.h"
#include "vswitch/vswitch.h"
#include "nic/vmxnet3/vmxnet3.h"
#include "pcie/iommu.h"

enum {
    HOST_NICS_MAX = VSWITCH_UPLINKS_MAX,
    HOST_PLUGINS_MAX = 64,    /* images of one store in use */
    HOST_POLICIES = HOST_POLICY_PASSTHROUGH + 1,
    HOST_PF_RING_MAX = 4096, /* descriptors of a ring of the PF: memory for so many is set apart */
    PF_MEM_TAGS = 40960,
    CONF_VERSION_MIN = NPA_CONF_VERSION_EXT,
};
#define GUEST_TIMEOUT_PS SIM_S /* docs/switch-protocol.md, time-outs */

enum host_verb {
    HOST_EV_START = 1, /* PFs come up */
    HOST_EV_BOOT,      /* a: VM */
    HOST_EV_PF_DONE,   /* a: cookie, b: status, c: VF */
    HOST_EV_ADVANCE,   /* a: VM, b: generation: the step has ended */
    HOST_EV_TIMEOUT,   /* a: VM, b: generation */
    HOST_EV_DRAIN,     /* a: VM: look again whether what the step waits for is empty */
    HOST_EV_CLEAR,     /* a: VM: it has ended and its last DMA has landed */
    HOST_EV_COPIED,    /* a: VM, b: generation: the plugin is in the guest's pages */
    HOST_EV_QUIET,     /* a: VM, b: generation: has the device finished its last frame? */
    HOST_EV_POLICY,    /* a: 1 poked, 0 a time has come */
    HOST_EV_STILL,     /* a: VM, b: generation: on with its standstill */
    HOST_EV_ASSIGN,    /* a: VM, b: generation: the guest has not answered about its VF */
    HOST_EV_VF_NEWS,   /* pf_listen() */
};

/* Whose request a PF operation was: cookie = kind << 56 | VM << 32 | number. */
enum pf_cookie { FOR_SWITCH = 1, FOR_CONTROL, FOR_FILTER, FOR_RESET, FOR_NOBODY, FOR_ASSIGN, FOR_STANDBY };

/* ---- the mode switch ---- */

enum switch_table { TABLE_IN_SAFE, TABLE_IN_NAIVE, TABLE_OUT_SAFE, TABLE_OUT_NAIVE, TABLE_OUT_RESET,
                    TABLE_IN_UPT, TABLE_OUT_UPT, TABLE_OUT_UPT_RESET,
                    TABLE_VFIO_RESERVE, TABLE_VFIO_STOP, TABLE_VFIO_BACK, TABLE_VFIO_IN, TABLE_VFIO_LEFT,
                    TABLE_NATIVE_RESERVE, TABLE_NATIVE_STOP, TABLE_NATIVE_BACK, TABLE_NATIVE_IN, TABLE_NATIVE_LEFT,
                    TABLE_COUNT };

enum switch_phase { /* what the step under way waits for */
    PHASE_NONE,
    PHASE_OPS,      /* PF operations */
    PHASE_GUEST,    /* the command in `expect` */
    PHASE_TX_DRAIN,
    PHASE_RX_DRAIN,
    PHASE_COPY,
    PHASE_RESET,    /* the end of a VF's reset */
    PHASE_ENDED,    /* HOST_EV_ADVANCE is on its way */
};

enum switch_abort {
    SWITCH_GOES_ON,
    SWITCH_CALLED_OFF, /* by the guest, or its end */
    SWITCH_VF_LOST,    /* under the switch: pf_lost.c */
};

struct switch_state {
    uint8_t active, to_passthrough, order, undoing, forced;
    uint8_t aborted;      /* enum switch_abort */
    uint8_t drain_posted, last_retried;
    uint32_t table;       /* enum switch_table */
    uint32_t pos;         /* step under way, in the table */
    uint32_t phase;       /* enum switch_phase */
    uint32_t expect;      /* command waited for */
    uint32_t ops;         /* PF operations outstanding */
    int32_t status;       /* of the step: first error of its operations */
    uint32_t fail;        /* enum switch_step */
    uint32_t move_order;
    uint32_t hold_bytes;
    uint32_t gen;         /* names this step of this switch: late events of others are ignored */
    sim_time gap_ps;
    struct event_id timer;
    char plugin[PF_PLUGIN_NAME_MAX];
};

/* ---- a VM that stands still ---- */

enum standstill_phase {
    STANDSTILL_PHASE_NONE,
    STANDSTILL_PHASE_OUT,   /* of passthrough, or a switch that is under way anyway */
    STANDSTILL_PHASE_STOP,  /* until all is quiet */
    STANDSTILL_PHASE_FILE,  /* its snapshot is written, or another read */
    STANDSTILL_PHASE_STILL, /* until it is told to run again */
    STANDSTILL_PHASE_BACK,  /* into passthrough */
};

struct standstill_state {
    uint32_t phase;         /* enum standstill_phase */
    uint32_t gen;           /* late events of another phase are ignored */
    uint32_t record;        /* 1 + index, 0 never */
    uint32_t under;         /* record of the suspension during which this happens, 1 + index, 0 none */
    uint8_t has_asked;      /* for the switch out */
    uint8_t stay;           /* it stands on when it is done */
    uint8_t zero[6];
    sim_time limit;         /* of the wait for quiet */
};

/* ---- a VF of the VM's own: assign.c; the phases in order ---- */

enum assign_phase {
    ASSIGN_NONE,
    ASSIGN_ACQUIRE, ASSIGN_INFO, ASSIGN_MAC, ASSIGN_RESET, ASSIGN_INIT, ASSIGN_ACTIVATE,
    ASSIGN_IN,      /* at rest: it is the VM's */
    ASSIGN_YIELD, ASSIGN_YIELDED, /* the address goes to the standby first */
    ASSIGN_ASKED,   /* the button is pressed */
    ASSIGN_MOVE, ASSIGN_FLR, ASSIGN_RELEASE, ASSIGN_UNSET, ASSIGN_FORGET,
};

struct assign_state {
    uint8_t phase;   /* enum assign_phase */
    uint8_t at_boot, failed, forced, force, mac_first;
    uint8_t inside;  /* in the slot */
    uint8_t in_use;  /* the PF has heard its driver: the address is its */
    uint8_t up;      /* its driver runs */
    uint8_t msix_bar;
    uint8_t netdev;  /* its driver has given the guest an interface, */
    uint8_t carrier; /* which has a link */
    uint32_t id;     /* device << 16 | vendor */
    uint32_t gen;    /* names this step: late events of others are ignored */
    uint32_t record; /* 1 + index, 0 none */
    int32_t asked_vf;
    sim_time timeout_ps;
    struct event_id timer;
    uint64_t base[6]; /* what the VF had carried before: struct nic_function_stats */
};

/* ---- policy ---- */

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

enum mac_place { MAC_NOWHERE, MAC_ON_PF, MAC_ON_VF };

struct host_vm_state {
    uint8_t policy[HOST_POLICIES];
    uint8_t mac[6];            /* in force */
    uint8_t mac_before[6];     /* the latest change */
    uint8_t passthrough;       /* the data path is the VF's */
    uint8_t ended;             /* the VM is gone */
    uint8_t waits_for_guest;   /* forced out: emulation begins when the guest activates its device */
    uint8_t vf_domain, vf_mapped, vf_image; /* wired: IOMMU domain and interrupts, register window, symbols */
    uint8_t vf_enabled;        /* VF_INIT done: control changes go to it */
    uint8_t vf_active;         /* VF_ACTIVATE done */
    uint8_t vf_resetting;      /* its function-level reset is not over */
    uint8_t upt;               /* its VF is a vmxnet3: switch_upt.c */
    uint8_t vf_released;       /* on the way back from INIT */
    uint8_t spoof_off;         /* policy let it forge: the VF's check comes back on when it leaves */
    uint8_t present;           /* the VM lives here; else this is a place for it (host/migrate/migrate.h) */
    uint8_t migrating;         /* it is on its way: no switch but the migration's own */
    uint8_t rss_changed;       /* its driver has set a redirection table */
    uint8_t hold_open;         /* the latest record follows the hold queue */
    int32_t vf;                /* owned, or -1 */
    uint32_t mac_place;        /* enum mac_place */
    uint32_t nic;              /* of its uplink */
    uint32_t vectors;          /* of the VF */
    uint64_t memio_gpa, memio_len, image_va;
    uint32_t pending_cmd;      /* the guest waits for its outcome */
    uint32_t cmd_status;       /* NPA_STATUS_* of the last one */
    uint32_t rx_mode_asked;
    uint32_t control_last;
    uint32_t record;           /* 1 + index of its latest switch record, 0 none */
    uint32_t migration;        /* 1 + slot of the migration this place takes part in, 0 none */
    uint32_t departure;        /* 1 + record of the migration by which it last left here, 0 never */
    uint64_t traps, traps_mark; /* trapped accesses of its earlier stays, and how many it had had when it came */
    struct standstill_state standstill;
    struct policy_state policy_state;
    struct switch_state mode_switch;
    struct assign_state own_vf;
};

struct host_vm {
    struct host *host;
    unsigned index;
    struct vm *vm;
    struct vmxnet3 *dev;
    struct vmxnet3_host dev_host;
    struct iommu_domain *dev_domain;
    struct iommu_domain *vf_domain;
    struct vm_note_listener notes;
    struct slot *slot; /* NULL: a guest that can't be given a VF of its own */
    struct slot_owner slot_owner;
    int boot_vf;       /* at its boot: a number, PF_ANY_VF or HOST_VF_NONE */
    unsigned port; /* of the virtual switch */
    int vlan;
    bool owns_vm;
    struct host_vm_state state;
};

struct host_nic {
    struct nic *nic;
    struct pf *pf;
    struct sim_mem mem;
    void *bytes;
    unsigned uplink;
};

enum { HOST_SNAPSHOTS_MAX = 32 };
struct host_snapshot {
    char name[STANDSTILL_FILE_MAX];
    uint8_t *bytes;
    uint64_t len;
    uint32_t taken, zero; /* here; else it was brought to be put back */
};

struct host_state { /* plain data */
    uint64_t set[HOST_SETTINGS];
    uint32_t poked; /* HOST_EV_POLICY is on its way */
    uint32_t zero;
};

struct host {
    struct component c;
    char name[47];
    char store[256];
    struct host_state state;
    unsigned cores;
    struct vswitch *vswitch;
    struct vswitch_host vswitch_host;
    struct host_nic nic[HOST_NICS_MAX];
    unsigned nics;
    struct host_vm **vm;
    unsigned vms, vms_cap;
    struct plugin_image *plugin[HOST_PLUGINS_MAX];
    char plugin_name[HOST_PLUGINS_MAX][PF_PLUGIN_NAME_MAX];
    unsigned plugins;
    struct switch_record *switches;
    unsigned switch_count, switch_cap;
    struct control_record *controls;
    unsigned control_count, control_cap;
    struct standstill_record *stills;
    unsigned still_count, still_cap;
    struct hotplug_record *hotplugs;
    unsigned hotplug_count, hotplug_cap;
    struct host_snapshot snapshot[HOST_SNAPSHOTS_MAX];
    unsigned snapshots;
    struct policy_record *reasons;
    unsigned reason_count, reason_cap;
    uint64_t ram_bytes;
    struct migrator *migrator; /* NULL: no VM of this world ever moves */
    unsigned migrator_index;
    uint64_t plugin_copy_ps; /* state */
};

/* ---- host.c ---- */
struct host_vm *host__find(const struct host *host, const struct vm *vm); /* asserts that it is there */
int host__find_nic(const struct host *host, const char *name);           /* index or -1 */
static inline struct host_nic *host__nic(struct host_vm *hv) { return &hv->host->nic[hv->state.nic]; }
/* What each part keeps of a VM. */
static inline struct switch_state *switch_of(const struct host_vm *hv) { return (struct switch_state *)&hv->state.mode_switch; }
static inline struct policy_state *policy_of(const struct host_vm *hv) { return (struct policy_state *)&hv->state.policy_state; }
static inline struct assign_state *attach_of(const struct host_vm *hv) { return (struct assign_state *)&hv->state.own_vf; }
static inline struct standstill_state *standstill_of(const struct host_vm *hv)
{
    return (struct standstill_state *)&hv->state.standstill;
}
static inline struct component *host__who(struct host_vm *hv) { return &hv->host->c; }

/* ---- host_talk.c: what is said in the switch under way, for the journal ---- */
void host__say_switch(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* to itself */
void host__say_to_guest(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void host__say_command(struct host_vm *hv, const char *command, const char *how); /* the shell's, by its registers */
enum slot_talk { SLOT_TO_VM, SLOT_FROM_VM, SLOT_NOTE }; /* of a hot-plug: hypervisor to VM, VM to it, to itself */
void host__say_slot(struct host_vm *hv, enum slot_talk way, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void host__say_noted(struct host_vm *hv, uint32_t note, uint64_t b, uint64_t c);  /* of the shell to its own parts */

/* ---- assign.c, assign_guest.c ---- */
void assign__init(struct host_vm *hv);
void assign__boot(struct host_vm *hv); /* with what VF it is to have from its boot, then the VM itself */
void assign__pf_done(struct host_vm *hv, uint32_t gen, int status, int vf);
void assign__fenced(struct host_vm *hv, uint32_t gen);
void assign__event(struct host_vm *hv, const struct event *ev);
void assign__news(struct host *host, const struct event *ev);
void assign__count_from_here(struct host_vm *hv); /* what its VF has carried so far was somebody else's */
void assign__link_noted(struct host_vm *hv, bool up);
void assign__noted(struct host_vm *hv, uint64_t what, uint64_t detail);
bool assign__vm_ended(struct host_vm *hv);
void assign__restore(struct host_vm *hv, struct save *s);
struct hotplug_record *assign__record(struct host_vm *hv); /* the latest; NULL */
void assign__reason(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void assign__finish(struct host_vm *hv, enum hotplug_result result); /* the record; once */
void assign__failed(struct host_vm *hv, int status);
void assign__leave(struct host_vm *hv, bool forced);
void assign__stay(struct host_vm *hv);
void assign__idle(struct host_vm *hv);
void assign__close_standby(struct host_vm *hv);
void assign__wait(struct host_vm *hv, sim_time span);
void assign__look(struct host_vm *hv); /* what kind of device it is, from config space */
int assign__map(struct host_vm *hv);
void assign__unmap(struct host_vm *hv);
void assign__acquire_args(const struct host_vm *hv, int vf, struct pf_args *args);
void assign__ask_port(struct host_vm *hv, bool set); /* what the VM's port says of its VF; nobody waits */
struct hotplug_record *assign__record_add(struct host_vm *hv, bool add); /* NULL: no memory */

/* ---- assign_move.c: the VF goes with the VM ---- */
void assign__move_save(struct host_vm *hv, struct save *s); /* to and from the stream: slot, config space, MSI-X */
void assign__arrive(struct host_vm *hv); /* hv->state.vf is in its slot from now on */
void assign__depart(struct host_vm *hv); /* … no longer; the VF is still to be released */
static inline bool host__has_vnic(const struct host_vm *hv) { return vm_get_params(hv->vm)->net != MACHINE_NET_VF; }

/* ---- migrate.c, migrate_tunnel.c: what the host tells of a place that takes part ---- */
void migrate__switch_ended(struct host_vm *hv);
void migrate__vm_ended(struct host_vm *hv);
void migrate__diverted(struct host_vm *hv, frame_ref ref); /* takes ref */
void migrate__stopped_frame(struct host_vm *hv, frame_ref ref, bool in_front); /* takes ref; of a VM just stopped */

/* ---- stop.c: a VM stops and goes on, whatever for ---- */
/* vCPU and device stop, what waits for the device and what comes is handed to who stopped it. -EAGAIN: ask again. */
int host__stop(struct host_vm *hv);
bool host__is_quiet(struct host_vm *hv); /* all it did is in its memory or has left the virtual switch */
void host__go_on(struct host_vm *hv);
void host__diverted(struct host_vm *hv, frame_ref ref); /* takes ref */
void host__port_save(struct host_vm *hv, struct save *s); /* what the hypervisor knows of the VM, whoever's it is */
void host__port_settle(struct host_vm *hv, enum vswitch_divert divert); /* it was loaded: the switch is told */

/* ---- snapshot.c ---- */
struct host_snapshot *snapshot__find(struct host *host, const char *name);
int snapshot__keep(struct host *host, const char *name, const void *bytes, uint64_t len, bool taken); /* copied */
int snapshot__take(struct host_vm *hv, const char *name); /* of one that stands still. 0, -ENOMEM, -ENOSPC */
int snapshot__put(struct host_vm *hv, const char *name, char *why, size_t cap); /* into one that stands still, or nothing happens */
void snapshot__free_all(struct host *host);
void snapshot__save_all(struct host *host, struct save *s);

/* ---- policy.c, policy_reason.c ---- */
void policy__init_host(struct host *host, bool npa);
void policy__init_vm(struct host_vm *hv);
void policy__poke(struct host *host); /* something that a reason is about has changed */
void policy__look(struct host *host, bool poked);
void policy__switch_ended(struct host_vm *hv, enum switch_result result);
void policy__failed(struct host_vm *hv); /* passthrough did: not again for a while */
void policy__vm_up(struct host_vm *hv); /* its driver has activated the emulated device */
uint32_t policy__ask(const struct host_vm *hv); /* reasons that stand, a bit each */
bool policy__vectors_suffice(const struct host_vm *hv, bool promised);
const char *policy__refusal(const struct host_vm *hv); /* why an operator's switch in can't be; NULL: it can */

/* ---- standstill.c ---- */
void standstill__event(struct host_vm *hv, const struct event *ev);
void standstill__switch_ended(struct host_vm *hv);
void standstill__vm_ended(struct host_vm *hv);
void standstill__frame(struct host_vm *hv, frame_ref ref); /* takes ref */

/* ---- host_vm.c ---- */
/* `vm`: of another host, for which this is a place; NULL: a new one that lives here. */
struct host_vm *host__vm_make(struct host *host, const struct host_vm_params *params, struct vm *vm, char *err,
                              size_t err_cap);
bool host__map_device(struct host_vm *hv, char *err, size_t err_cap); /* its registers into the VM's window */
void host__vm_free(struct host_vm *hv);
void host__vm_boot(struct host_vm *hv);
void host__vm_save(struct host_vm *hv, struct save *s);
void host__filter_add(struct host_vm *hv); /* its MAC to the embedded switch, for the emulated path */
void host__filter_del(struct host_vm *hv);
void host__vm_cleared(struct host_vm *hv); /* nothing of the ended VM is left in the NIC */
void host__filter_done(struct host_vm *hv, bool add, int status);
uint64_t host__cycles_ps(struct host *host, uint64_t cycles);
uint64_t host__copy_ps(struct host *host, uint64_t copies, uint64_t bytes);

/* ---- host_record.c ---- */
struct switch_record *host__record_add(struct host *host); /* NULL: no memory */
struct control_record *host__control_add(struct host_vm *hv, bool allowed, const char *reason, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
struct policy_record *host__reason_add(struct host *host); /* NULL: no memory */
struct standstill_record *host__still_add(struct host *host); /* NULL: no memory */
struct hotplug_record *host__hotplug_add(struct host *host); /* NULL: no memory */
void host__records_save(struct host *host, struct save *s);

/* ---- host_save.c ---- */
void host__save(struct component *self, struct save *s);

/* ---- store.c ---- */
/* The parsed image of that name; NULL with a reason when there is no such file. Owned by the host. */
struct plugin_image *host__store_find(struct host *host, const char *name, char *err, size_t err_cap);

/* ---- control.c ---- */
extern const struct vmxnet3_host_ops host__vmxnet3_ops;
unsigned host__control_push(struct host_vm *hv, enum pf_cookie kind, uint32_t number); /* how many operations */
bool host__vlans_clash(const struct host_vm *hv); /* the guest's with the operator's VLAN of the VF */
void host__spoof_check(struct host_vm *hv, bool on);
void host__rx_mode_args(struct host_vm *hv, bool on, struct pf_args *args);
void host__control_done(struct host_vm *hv, uint32_t number, int status);

/* ---- pf_lost.c ---- */
/* Its VFs' queues and filters; gone: they themselves, for a while. */
void host__pf_lost(struct host *host, unsigned nic, bool gone);
void host__own_vf_stuck(struct host_vm *hv); /* of a guest's own driver, after a migration */

/* ---- switch.c ---- */
/* Its port goes over to another NIC. */
void host__move_uplink(struct host_vm *hv, unsigned nic); /* what the outside has learnt about it is then out of date */
/* One more operation of this step. */
void switch__pf(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args);
void switch__pf_done(struct host_vm *hv, uint32_t gen, int status, int vf);
void switch__reset_over(struct host_vm *hv);
void switch__start_step(struct host_vm *hv);
void switch__done(struct host_vm *hv, int status);              /* the step has ended */
void switch__reason(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void switch__expect(struct host_vm *hv, uint32_t cmd); /* the step ends when the guest issues it, or times out */
void switch__wait(struct host_vm *hv, enum switch_phase phase); /* for a drain: look when something has left */
const char *switch__command_name(uint32_t cmd);
void switch__answer(struct host_vm *hv, bool success); /* the outcome of the pending command, with an ECR_DIC */
void switch__event(struct host_vm *hv, const struct event *ev);
void switch__progress(struct host_vm *hv);
int switch__begin_out(struct host_vm *hv, enum switch_table table, const char *reason); /* not asked by an operator */
void switch__vm_ended(struct host_vm *hv);
void switch__num_vfs_changed(struct host *host, unsigned nic); /* VFs have come or gone, those in use as well */
struct switch_record *switch__record(struct host_vm *hv);

struct step_def {
    enum switch_step step;
    void (*start)(struct host_vm *hv); /* ends in switch__done(), at once or later */
    void (*drained)(struct host_vm *hv); /* in a drain phase, when all is empty; may be NULL */
    void (*ops_done)(struct host_vm *hv); /* all PF operations of the step went well; NULL: the step has ended */
    void (*asked)(struct host_vm *hv);  /* the expected command has come; NULL: the step has ended */
    void (*undo)(struct host_vm *hv);  /* of a step that went well; may call switch__pf(); NULL: nothing to undo */
    bool undo_when_failed; /* of one that failed, too: what it gives up was there before the step */
};
const struct step_def *switch__table(enum switch_table table, unsigned *count);
bool switch__is_drained(struct host_vm *hv, enum switch_phase phase);

/* ---- switch_in.c, switch_out.c ---- */
extern const struct step_def switch__in_safe[], switch__in_naive[], switch__out_safe[], switch__out_naive[],
    switch__out_reset[];
extern const unsigned switch__in_safe_count, switch__in_naive_count, switch__out_safe_count, switch__out_naive_count,
    switch__out_reset_count;
/* What both ways share with UPT's. */
void switch__acquire(struct host_vm *hv);
void switch__acquire_undo(struct host_vm *hv);
void switch__get_info(struct host_vm *hv);
void switch__reset(struct host_vm *hv);
void switch__move_mac(struct host_vm *hv);
void switch__moved(struct host_vm *hv);
void switch__move_mac_undo(struct host_vm *hv);
void switch__drain(struct host_vm *hv);
void switch__drain_fenced(struct host_vm *hv);
void switch__drained(struct host_vm *hv);
void switch__open_port(struct host_vm *hv, bool hold); /* for the emulated path again; `hold`: what comes waits */
void switch__move_back(struct host_vm *hv);
void switch__moved_back(struct host_vm *hv);
void switch__fence(struct host_vm *hv);
void switch__reset_vf(struct host_vm *hv);
void switch__release(struct host_vm *hv);
void switch__released(struct host_vm *hv);
void switch__release_after_reset(struct host_vm *hv);

/* ---- switch_upt.c ---- */
extern const struct step_def switch__in_upt[], switch__out_upt[], switch__out_upt_reset[];
extern const unsigned switch__in_upt_count, switch__out_upt_count, switch__out_upt_reset_count;
void switch__upt_look(struct host_vm *hv);
void switch__upt_info(struct host_vm *hv);
void switch__upt_info_undo(struct host_vm *hv);
void switch__upt_vectors(struct host_vm *hv); /* the VF's, as the emulated device's are programmed */
void switch__upt_reset_over(struct host_vm *hv);
void switch__upt_move_in(struct host_vm *hv);
void switch__upt_move_in_undo(struct host_vm *hv);
void switch__upt_forget(struct host_vm *hv);
bool switch__upt_rings(struct host_vm *hv, struct vmxnet3_rings_image *rings); /* what VF_INIT would take, or VF_SAVE_STATE gave */
void switch__upt_open(struct host_vm *hv);    /* the device, with those rings */
void switch__upt_forward(struct host_vm *hv);
void switch__upt_activated(struct host_vm *hv);
void switch__upt_activate_undo(struct host_vm *hv);
void switch__upt_commit_in(struct host_vm *hv);
/* Begins a part of a migration: 0 or -ENOMEM. */
int switch__begin(struct host_vm *hv, enum switch_table table, bool in, enum switch_step fail);

/* ---- switch_vfio.c ---- */
extern const struct step_def switch__vfio_reserve[], switch__vfio_stop[], switch__vfio_back[], switch__vfio_in[],
    switch__vfio_left[];
extern const unsigned switch__vfio_reserve_count, switch__vfio_stop_count, switch__vfio_back_count, switch__vfio_in_count,
    switch__vfio_left_count;

/* ---- switch_vfio_native.c ---- */
extern const struct step_def switch__native_reserve[], switch__native_stop[], switch__native_back[], switch__native_in[],
    switch__native_left[];
extern const unsigned switch__native_reserve_count, switch__native_stop_count, switch__native_back_count,
    switch__native_in_count, switch__native_left_count;

/* ---- switch_upt.c, told by the device ---- */
void switch__upt_page_written(struct vmxnet3_host *host, uint32_t off, uint32_t value);
void switch__upt_given_up(struct vmxnet3_host *host);

/* ---- switch_vf.c: what the hypervisor wires for a VF ---- */
struct pci_function *switch__vf_function(struct host_vm *hv); /* NULL without one */
/* IOMMU domain of the VM's pages, where messages go; `msix`: and the vectors, which else the guest programs. */
int switch__vf_wire(struct host_vm *hv, bool msix);
void switch__vf_unwire(struct host_vm *hv);
int switch__vf_map(struct host_vm *hv);     /* registers at st.memio_gpa */
void switch__vf_unmap(struct host_vm *hv);
void switch__vf_add_image(struct host_vm *hv);
void switch__vf_remove_image(struct host_vm *hv);
void switch__vf_restore(struct host_vm *hv, struct save *s); /* after st has been loaded */

/* ---- switch_load.c ---- */
/* Checks, relocates, copies, answers in NPA_PluginConf. 0 or -errno with a reason. */
int switch__load_plugin(struct host_vm *hv);

/* ---- switch_guest.c ---- */
uint32_t switch__command(struct vmxnet3_host *host, uint32_t cmd);
uint32_t switch__activate(struct vmxnet3_host *host);

#endif
