/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: the machine of the mode switch, its steps, and what is wired for a VM's VF, whoever drives that. */
#ifndef VFSIM_HOST_MODE_PRIVATE_H
#define VFSIM_HOST_MODE_PRIVATE_H

#include "core/engine/procedure.h"
#include "host/host__.h"
#include "host/mode/mode.h"
#include "host/record.h"

#define GUEST_TIMEOUT_PS SIM_S /* docs/switch-protocol.md, time-outs */

/* a: VM, b: generation of the step */
enum mode_verb {
    MODE_EV_ADVANCE = 1, /* the step has ended */
    MODE_EV_TIMEOUT,
    MODE_EV_DRAIN,       /* b: 0: look again whether what the step waits for is empty */
    MODE_EV_COPIED,      /* the plugin is in the guest's pages */
    MODE_EV_QUIET,       /* has the device finished its last frame? */
};

enum mode_request { MODE_STEP = 1, MODE_RESET }; /* kinds of PF operations; a step's has its generation as number */

/* what the step under way waits for */
enum switch_phase {
    PHASE_NONE,
    PHASE_OPS,      /* PF operations */
    PHASE_GUEST,    /* the command in `expect` */
    PHASE_TX_DRAIN,
    PHASE_RX_DRAIN,
    PHASE_COPY,
    PHASE_RESET,    /* the end of a VF's reset */
};

enum switch_abort {
    SWITCH_GOES_ON,
    SWITCH_CALLED_OFF, /* by the guest, or its end */
    SWITCH_VF_LOST,    /* under the switch: pf_lost.c */
};

/* the switch under way, or the latest */
struct switch_state {
    uint8_t to_passthrough, order, forced;
    uint8_t aborted; /* enum switch_abort */
    uint8_t drain_posted, last_retried;
    uint8_t zero[2];
    uint32_t phase;  /* enum switch_phase */
    uint32_t expect; /* command waited for */
    uint32_t ops;    /* PF operations outstanding */
    int32_t status;  /* of the step: first error of its operations */
    uint32_t fail;   /* enum switch_step */
    uint32_t move_order;
    uint32_t hold_bytes;
    sim_time gap_ps;
    char plugin[PF_PLUGIN_NAME_MAX];
};

struct mode_state {
    struct switch_state now;
    uint32_t record;      /* 1 + index of its latest switch record, 0 none */
    uint32_t pending_cmd; /* the guest waits for its outcome */
    uint32_t cmd_status;  /* NPA_STATUS_* of the last one */
    uint8_t hold_open;    /* the latest record follows the hold queue */
    uint8_t vf_released;  /* on the way back from INIT */
    uint8_t zero[2];
    uint64_t image_va;    /* of the plugin, in the guest */
};

/* Of an operator; it goes where the VM goes. */
struct plugin_choice {
    char image[PF_PLUGIN_NAME_MAX];      /* "": none */
    char instead_of[PF_PLUGIN_NAME_MAX]; /* what the PF's driver names */
};

struct mode_of_vm {
    struct procedure procedure; /* its owner is the VM */
    struct plugin_choice choice;
    struct mode_state state;
};

struct mode_of_host {
    struct records records;
};

extern const struct host_part mode_part;

static inline struct mode_of_vm *mode_of(const struct host_vm *hv) { return host__part_of_vm(hv, HOST_RANK_MODE); }
static inline struct switch_state *switch_of(const struct host_vm *hv) { return &mode_of(hv)->state.now; }
static inline struct mode_of_host *mode_of_host(const struct host *host) { return host__part_of_host(host, HOST_RANK_MODE); }
static inline bool switch__is_active(const struct host_vm *hv) { return host__is_claimed(hv, CLAIM_SWITCH); }
static inline uint32_t switch__gen(const struct host_vm *hv) { return mode_of(hv)->procedure.gen; } /* names the step under way */
static inline bool switch__is_undoing(const struct host_vm *hv) { return procedure_is_undoing(&mode_of(hv)->procedure); }
static inline uint64_t switch__cookie(const struct host_vm *hv) /* of the operations of the step under way */
{
    return host__cookie(hv, HOST_RANK_MODE, MODE_STEP, switch__gen(hv));
}

/* ---- begin.c ---- */
/* Begins a part of a migration. */
void switch__begin(struct host_vm *hv, const struct procedure_table *table, bool in, enum switch_step fail);
void switch__begin_out(struct host_vm *hv, const struct procedure_table *table, const char *reason); /* not asked by an operator */

/* ---- talk.c: what is said in the switch under way, for the journal ---- */
void switch__say(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* to itself */
void switch__say_to_guest(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void switch__say_command(struct host_vm *hv, const char *command, const char *how); /* the shell's, by its registers */
void switch__say_noted(struct host_vm *hv, uint32_t note, uint64_t b, uint64_t c); /* of the shell to its own parts */

/* ---- steps ---- */
#define SWITCH_STEP(step, word) static const char switch_word_##step[] = word;
#include "host/mode/step.def"
#undef SWITCH_STEP
#define STEP(step) .name = switch_word_##step, .own = STEP_##step

extern const struct procedure_table switch__in_safe, switch__in_naive, switch__in_upt, switch__out_safe, switch__out_naive,
    switch__out_reset, switch__out_upt, switch__out_upt_reset;
/* What a migration by vfio does with the VFs at both ends: of a VF that is a vmxnet3 device, of one that the guest drives. */
extern const struct switch_vfio {
    struct procedure_table reserve, stop, back, in, left;
} switch__vfio, switch__native;
extern const struct procedure_table *const switch__tables[]; /* all of them; NULL at their end */
extern const struct procedure_kind switch__kind;

/* ---- switch.c: what steps call; those that answer an int answer as a function of a step does ---- */
int switch__pf(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args); /* one more operation of this step */
int switch__vf_op(struct host_vm *hv, enum vmk_netptop op); /* … of the VM's VF, without more to say */
int switch__ops_wait(struct host_vm *hv); /* for those that have been asked for, if any */
int switch__expect(struct host_vm *hv, uint32_t cmd); /* until the guest issues it, or for too long */
int switch__wait(struct host_vm *hv, enum switch_phase phase); /* for a drain: look when something has left */
void switch__came(struct host_vm *hv, int status); /* what the step under way waits for: done() can tell by the phase what it was */
void switch__reason(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *switch__command_name(uint32_t cmd);
void switch__answer(struct host_vm *hv, bool success); /* the outcome of the pending command, with an ECR_DIC */
void switch__progress(struct host_vm *hv);
bool switch__is_drained(struct host_vm *hv, enum switch_phase phase);
struct switch_record *switch__record(struct host_vm *hv);

/* ---- switch.c and vf_fault.c, for the part's table ---- */
void switch__event(struct host *host, unsigned verb, const struct event *ev);
void switch__pf_done(struct host_vm *hv, unsigned kind, uint32_t number, int status, int vf);
void switch__reset_over(struct host_vm *hv); /* out.c */
void switch__pf_lost(struct host_vm *hv, bool gone, const char *why);
void switch__num_vfs_changed(struct host_vm *hv);

/* ---- in.c, out.c: steps that both ways share with UPT's; owner: the VM ---- */
int switch__acquire(void *owner);
int switch__acquire_undo(void *owner);
int switch__get_info(void *owner);
int switch__reset(void *owner);
int switch__move_mac(void *owner);
int switch__moved(void *owner);
int switch__move_mac_undo(void *owner);
int switch__drain(void *owner);
int switch__drain_done(void *owner);
int switch__move_back(void *owner);
int switch__moved_back(void *owner);
int switch__fence(void *owner);
int switch__reset_vf(void *owner);
int switch__release(void *owner);
int switch__released(void *owner);
int switch__release_after_reset(void *owner);
int switch__reset_over_or_released(void *owner);
void switch__open_port(struct host_vm *hv, bool hold); /* for the emulated path again; `hold`: what comes waits */

/* ---- upt.c ---- */
int switch__upt_info(void *owner);
int switch__upt_info_undo(void *owner);
int switch__upt_reset_over(void *owner);
int switch__upt_move_in(void *owner);
int switch__upt_move_in_undo(void *owner);
int switch__upt_activated(void *owner);
int switch__upt_activate_undo(void *owner);
int switch__upt_commit_in(void *owner);
void switch__upt_look(struct host_vm *hv);
void switch__upt_vectors(struct host_vm *hv); /* the VF's, as the emulated device's are programmed */
void switch__upt_forget(struct host_vm *hv);
bool switch__upt_rings(struct host_vm *hv, struct vmxnet3_rings_image *rings); /* what VF_INIT would take, or VF_SAVE_STATE gave */
void switch__upt_open(struct host_vm *hv); /* the device, with those rings */
void switch__upt_forward(struct host_vm *hv);

/* ---- upt.c, told by the device ---- */
void switch__upt_page_written(struct vmxnet3_host *host, uint32_t off, uint32_t value);
void switch__upt_given_up(struct vmxnet3_host *host);

/* ---- vf.c: what the hypervisor wires for a VF ---- */
struct pci_function *switch__vf_function(struct host_vm *hv); /* NULL without one */
/* IOMMU domain of the VM's pages, where messages go; `msix`: and the vectors, which else the guest programs. */
int switch__vf_wire(struct host_vm *hv, bool msix);
void switch__vf_unwire(struct host_vm *hv);
int switch__vf_unwire_undo(void *owner); /* … as a function of a step */
int switch__vf_map(struct host_vm *hv); /* registers at st.memio_gpa */
void switch__vf_unmap(struct host_vm *hv);
void switch__vf_add_image(struct host_vm *hv);
void switch__vf_remove_image(struct host_vm *hv);
void switch__vf_restore(struct host_vm *hv, struct save *s); /* after what all parts share has been loaded */

/* ---- load.c ---- */
/* Checks, relocates, copies, answers in NPA_PluginConf. 0 or -errno with a reason. */
int switch__load_plugin(struct host_vm *hv);

/* ---- choice.c ---- */
const char *switch__chosen_plugin(struct host_vm *hv, const char *usual); /* for the switch under way */
void switch__save_choice(struct host_vm *hv, struct save *s); /* with the status of the last command */
bool switch__choice_is_sound(const struct host_vm *hv);

/* ---- guest.c ---- */
uint32_t switch__command(struct vmxnet3_host *host, uint32_t cmd);
uint32_t switch__activate(struct vmxnet3_host *host);

#endif
