/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: the machine of the mode switch, its steps, and what is wired for a VM's VF, whoever drives that. */
#ifndef VFSIM_HOST_MODE_PRIVATE_H
#define VFSIM_HOST_MODE_PRIVATE_H

#include "host/host__.h"
#include "host/mode/mode.h"
#include "host/record.h"

#define GUEST_TIMEOUT_PS SIM_S /* docs/switch-protocol.md, time-outs */

enum mode_verb { /* a: VM, b: generation of the step */
    MODE_EV_ADVANCE = 1, /* the step has ended */
    MODE_EV_TIMEOUT,
    MODE_EV_DRAIN,       /* b: 0: look again whether what the step waits for is empty */
    MODE_EV_COPIED,      /* the plugin is in the guest's pages */
    MODE_EV_QUIET,       /* has the device finished its last frame? */
};

enum mode_request { MODE_STEP = 1, MODE_RESET }; /* kinds of PF operations; a step's has its generation as number */

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
    PHASE_ENDED,    /* MODE_EV_ADVANCE is on its way */
};

enum switch_abort {
    SWITCH_GOES_ON,
    SWITCH_CALLED_OFF, /* by the guest, or its end */
    SWITCH_VF_LOST,    /* under the switch: pf_lost.c */
};

struct switch_state {
    uint8_t to_passthrough, order, undoing, forced;
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

struct mode_state {
    struct switch_state now;   /* the switch under way, or the latest */
    uint32_t record;           /* 1 + index of its latest switch record, 0 none */
    uint32_t pending_cmd;      /* the guest waits for its outcome */
    uint32_t cmd_status;       /* NPA_STATUS_* of the last one */
    uint8_t hold_open;         /* the latest record follows the hold queue */
    uint8_t vf_released;       /* on the way back from INIT */
    uint8_t zero[2];
    uint64_t image_va;         /* of the plugin, in the guest */
};

struct mode_of_host {
    struct records records;
};

extern const struct host_part mode_part;

static inline struct mode_state *mode_of(const struct host_vm *hv) { return host__part_of_vm(hv, HOST_RANK_MODE); }
static inline struct switch_state *switch_of(const struct host_vm *hv) { return &mode_of(hv)->now; }
static inline struct mode_of_host *mode_of_host(const struct host *host) { return host__part_of_host(host, HOST_RANK_MODE); }
static inline bool switch__is_active(const struct host_vm *hv) { return host__is_claimed(hv, CLAIM_SWITCH); }
static inline uint64_t switch__cookie(const struct host_vm *hv) /* of the operations of the step under way */
{
    return host__cookie(hv, HOST_RANK_MODE, MODE_STEP, switch_of(hv)->gen);
}

/* ---- begin.c ---- */
/* Begins a part of a migration. */
void switch__begin(struct host_vm *hv, enum switch_table table, bool in, enum switch_step fail);
void switch__begin_out(struct host_vm *hv, enum switch_table table, const char *reason); /* not asked by an operator */

/* ---- talk.c: what is said in the switch under way, for the journal ---- */
void switch__say(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* to itself */
void switch__say_to_guest(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void switch__say_command(struct host_vm *hv, const char *command, const char *how); /* the shell's, by its registers */
void switch__say_noted(struct host_vm *hv, uint32_t note, uint64_t b, uint64_t c);  /* of the shell to its own parts */

/* ---- switch.c ---- */
/* One more operation of this step. */
void switch__pf(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args);
void switch__start_step(struct host_vm *hv);
void switch__done(struct host_vm *hv, int status);              /* the step has ended */
void switch__reason(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void switch__expect(struct host_vm *hv, uint32_t cmd); /* the step ends when the guest issues it, or times out */
void switch__wait(struct host_vm *hv, enum switch_phase phase); /* for a drain: look when something has left */
const char *switch__command_name(uint32_t cmd);
void switch__answer(struct host_vm *hv, bool success); /* the outcome of the pending command, with an ECR_DIC */
void switch__progress(struct host_vm *hv);
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

/* ---- switch.c and vf_fault.c, for the part's table ---- */
void switch__event(struct host *host, unsigned verb, const struct event *ev);
void switch__pf_done(struct host_vm *hv, unsigned kind, uint32_t number, int status, int vf);
void switch__reset_over(struct host_vm *hv); /* out.c */
void switch__pf_lost(struct host_vm *hv, bool gone, const char *why);
void switch__num_vfs_changed(struct host_vm *hv);

/* ---- in.c, out.c ---- */
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

/* ---- upt.c ---- */
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

/* ---- vfio.c ---- */
extern const struct step_def switch__vfio_reserve[], switch__vfio_stop[], switch__vfio_back[], switch__vfio_in[],
    switch__vfio_left[];
extern const unsigned switch__vfio_reserve_count, switch__vfio_stop_count, switch__vfio_back_count, switch__vfio_in_count,
    switch__vfio_left_count;

/* ---- vfio_native.c ---- */
extern const struct step_def switch__native_reserve[], switch__native_stop[], switch__native_back[], switch__native_in[],
    switch__native_left[];
extern const unsigned switch__native_reserve_count, switch__native_stop_count, switch__native_back_count,
    switch__native_in_count, switch__native_left_count;

/* ---- upt.c, told by the device ---- */
void switch__upt_page_written(struct vmxnet3_host *host, uint32_t off, uint32_t value);
void switch__upt_given_up(struct vmxnet3_host *host);

/* ---- vf.c: what the hypervisor wires for a VF ---- */
struct pci_function *switch__vf_function(struct host_vm *hv); /* NULL without one */
/* IOMMU domain of the VM's pages, where messages go; `msix`: and the vectors, which else the guest programs. */
int switch__vf_wire(struct host_vm *hv, bool msix);
void switch__vf_unwire(struct host_vm *hv);
int switch__vf_map(struct host_vm *hv);     /* registers at st.memio_gpa */
void switch__vf_unmap(struct host_vm *hv);
void switch__vf_add_image(struct host_vm *hv);
void switch__vf_remove_image(struct host_vm *hv);
void switch__vf_restore(struct host_vm *hv, struct save *s); /* after what all parts share has been loaded */

/* ---- load.c ---- */
/* Checks, relocates, copies, answers in NPA_PluginConf. 0 or -errno with a reason. */
int switch__load_plugin(struct host_vm *hv);

/* ---- guest.c ---- */
uint32_t switch__command(struct vmxnet3_host *host, uint32_t cmd);
uint32_t switch__activate(struct vmxnet3_host *host);

#endif
