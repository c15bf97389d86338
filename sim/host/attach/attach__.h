/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: how far the attachment of a VM's own VF has come, and what a migration makes of it. */
#ifndef VFSIM_HOST_ATTACH_PRIVATE_H
#define VFSIM_HOST_ATTACH_PRIVATE_H

#include "core/engine/procedure.h"
#include "host/attach/attach.h"
#include "host/host__.h"
#include "host/record.h"
#include "vm/kind.h"

enum attach_verb { ATTACH_LATE = 1 /* a: VM, b: generation: the guest has not answered about its VF */ };
enum attach_request { ATTACH_STEP = 1, ATTACH_STANDBY }; /* kinds of PF operations; the number is the step's generation */

/* The steps in their order: in, at rest, out. */
enum attach_step {
    ATTACH_BEGIN,
    ATTACH_ACQUIRE,
    ATTACH_INFO,
    ATTACH_MAC,
    ATTACH_RESET,
    ATTACH_INIT,
    ATTACH_ACTIVATE,
    ATTACH_IN, /* at rest: it is the VM's */
    ATTACH_YIELD,
    ATTACH_YIELDED, /* the address goes to the standby first */
    ATTACH_ASKED,   /* the button is pressed */
    ATTACH_MOVE,
    ATTACH_FLR,
    ATTACH_RELEASE,
    ATTACH_UNSET,
};

struct attach_state {
    uint8_t at_boot, failed, forced, force, mac_first;
    uint8_t inside; /* in the slot */
    uint8_t in_use; /* the PF has heard its driver: the address is its */
    uint8_t up;     /* its driver runs */
    uint8_t msix_bar;
    uint8_t netdev;  /* its driver has given the guest an interface, */
    uint8_t carrier; /* which has a link */
    uint8_t zero;
    uint32_t id;     /* device << 16 | vendor */
    uint32_t record; /* 1 + index, 0 none */
    int32_t asked_vf;
    sim_time timeout_ps;
    struct event_id timer;
    uint64_t base[6]; /* what the VF had carried before: struct nic_function_stats */
};

/* What a step is to hear when it goes on: never set between two events. */
enum attach_wish {
    ATTACH_GOES_ON,
    ATTACH_LEAVES, /* the VF leaves its slot now */
    ATTACH_STAYS,  /* the guest has not let go */
    ATTACH_COMES,  /* with its VM, from another host */
};

/* Of a guest outside, whose own hypervisor may stop its VF and move it: no such VM is ever saved. */
struct attach_keeper {
    struct vm_keeper of_vm; /* first */
    struct host_vm *hv;
    bool is_another; /* its state is one that came, and its address is still to be set */
};

struct attach_of_vm {
    struct procedure procedure; /* its owner is the VM; active as long as the VM has a VF of its own */
    enum attach_wish wish;
    int status; /* of the PF's operation that a step hears of */
    struct attach_keeper keeper;
    struct attach_state state;
};

struct attach_of_host {
    struct records records;
};

extern const struct host_part attach_part;

static inline struct attach_of_vm *attach_of_vm(const struct host_vm *hv) { return host__part_of_vm(hv, HOST_RANK_ATTACH); }
static inline struct attach_state *attach_of(const struct host_vm *hv) { return &attach_of_vm(hv)->state; }
static inline struct procedure *attach_procedure(const struct host_vm *hv) { return &attach_of_vm(hv)->procedure; }
static inline bool attach_is_there(const struct host_vm *hv) { return procedure_is_active(attach_procedure(hv)); }
static inline bool attach_is_at(const struct host_vm *hv, enum attach_step step)
{
    return attach_is_there(hv) && procedure_step_now(attach_procedure(hv))->own == step;
}
static inline struct attach_of_host *attach_of_host(const struct host *host) { return host__part_of_host(host, HOST_RANK_ATTACH); }

/* ---- attach.c ---- */
struct hotplug_record *attach__record(struct host_vm *hv); /* the latest; NULL */
void attach__init(struct host_vm *hv);
void attach__begin(struct host_vm *hv, enum attach_wish wish);
void attach__go_on(struct host_vm *hv, enum attach_wish wish); /* the step under way waits no longer */
void attach__reason(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void attach__finish(struct host_vm *hv, enum hotplug_result result); /* the record; once */
void attach__leave(struct host_vm *hv, bool forced);
void attach__stay(struct host_vm *hv);
void attach__idle(struct host_vm *hv);
void attach__wait(struct host_vm *hv, sim_time span);
void attach__acquire_args(const struct host_vm *hv, int vf, struct pf_args *args);
void attach__pf_done(struct host_vm *hv, unsigned kind, uint32_t number, int status, int vf);

/* ---- begin.c ---- */
struct hotplug_record *attach__record_add(struct host_vm *hv, bool add);
bool attach__boots(struct host_vm *hv); /* with what VF it is to have from its boot */

/* ---- guest.c ---- */
void attach__powered(struct slot_owner *self, bool on);
void attach__event(struct host *host, unsigned verb, const struct event *ev);
void attach__mailbox(struct host *host, unsigned nic, unsigned vf, enum pf_news news, int status, uint64_t address);
void attach__count_from_here(struct host_vm *hv); /* what its VF has carried so far was somebody else's */
void attach__noted(struct host_vm *hv, uint32_t note, uint64_t b, uint64_t c);
void attach__vm_ended(struct host_vm *hv);
void attach__close_standby(struct host_vm *hv);
void attach__fenced(struct host_vm *hv, uint32_t gen);
void attach__look(struct host_vm *hv); /* what kind of device it is, from config space */
int attach__map(struct host_vm *hv);
void attach__unmap(struct host_vm *hv);
void attach__restore(struct host_vm *hv, struct save *s);

/* ---- lost.c ---- */
void attach__pf_lost(struct host_vm *hv, bool gone, const char *why);
void attach__stuck(struct host_vm *hv); /* after a migration */

/* ---- move.c: the VF goes with the VM ---- */
void attach__config_save(struct pci_function *fn, struct save *s); /* config space and MSI-X of a VF */
void attach__move_save(struct host_vm *hv, struct save *s); /* to and from the stream: slot, config space, MSI-X */
void attach__arrive(struct host_vm *hv); /* hv->state.vf is in its slot from now on */
void attach__depart(struct host_vm *hv); /* … no longer; the VF is still to be released */

/* ---- keep.c: stopped and moved by a hypervisor outside ---- */
void attach__keep(struct host_vm *hv);

/* ---- talk.c ---- */
enum slot_talk { SLOT_TO_VM, SLOT_FROM_VM, SLOT_NOTE }; /* of a hot-plug: hypervisor to VM, VM to it, to itself */
void attach__say(struct host_vm *hv, enum slot_talk way, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
