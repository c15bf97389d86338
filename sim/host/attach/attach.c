/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF of the VM's own: the steps by which it comes into its slot, rests there and is taken back, each ended by the PF, by the
 * guest or by a time-out. begin.c has who asks for that, guest.c what the guest and the PF's driver say meanwhile.
 */
#include "host/attach/attach.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/attach/attach__.h"
#include "host/control/control__.h"
#include "host/mode/mode__.h"
#include "vm/kind.h"

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

struct hotplug_record *attach__record(struct host_vm *hv)
{
    uint32_t latest = attach_of(hv)->record;

    return latest ? records_get(&attach_of_host(hv->host)->records, sizeof(struct hotplug_record), latest - 1) : NULL;
}

void attach__reason(struct host_vm *hv, const char *fmt, ...)
{
    struct hotplug_record *record = attach__record(hv);
    va_list ap;

    if (!record || record->reason[0] || record->result != HOTPLUG_UNDER_WAY)
        return;
    va_start(ap, fmt);
    vsnprintf(record->reason, sizeof(record->reason), fmt, ap);
    va_end(ap);
}

const char *hotplug_result_text(enum hotplug_result result)
{
    switch (result) {
    case HOTPLUG_UNDER_WAY:
        return "under way";
    case HOTPLUG_DONE:
        return "done";
    case HOTPLUG_UNUSED:
        return "unused";
    case HOTPLUG_REFUSED:
        return "refused";
    case HOTPLUG_FAILED:
        return "failed";
    case HOTPLUG_FORCED:
        return "forced";
    }
    return "";
}

void attach__finish(struct host_vm *hv, enum hotplug_result result)
{
    struct hotplug_record *record = attach__record(hv);

    event_cancel(hv->host->c.sim, &attach_of(hv)->timer);
    if (!record || record->result != HOTPLUG_UNDER_WAY)
        return;
    record->result = result;
    record->end = now(hv);
    attach__say(hv, SLOT_NOTE, "%s%s%s", hotplug_result_text(result), record->reason[0] ? ": " : "", record->reason);
    trace_hotplug(&hv->host->c, record->vm, record->add ? "attached" : "removed", hotplug_result_text(result));
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (hv->host->parts[rank]->hotplug_ended)
            hv->host->parts[rank]->hotplug_ended(hv);
}

void attach__wait(struct host_vm *hv, sim_time span)
{
    event_cancel(hv->host->c.sim, &attach_of(hv)->timer);
    attach_of(hv)->timer = host__post(hv, HOST_RANK_ATTACH, ATTACH_LATE, now(hv) + span, attach_procedure(hv)->gen);
}

/* ---- operations of the PF ---- */

static uint64_t cookie(const struct host_vm *hv)
{
    return host__cookie(hv, HOST_RANK_ATTACH, ATTACH_STEP, attach_procedure(hv)->gen);
}

static void ask(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args)
{
    const struct hotplug_record *record = attach__record(hv);
    struct pf_args told = *args;

    told.talk = record ? record->talk : 0;
    told.talker = host__who(hv)->id;
    host__ask_pf(hv, op, &told, cookie(hv));
}

static void ask_vf(struct host_vm *hv, enum vmk_netptop op)
{
    struct pf_args args = {.vf = hv->state.vf};
    ask(hv, op, &args);
}

/* As libvirt does with the address of a device's description; zeros take it back. */
static void ask_mac(struct host_vm *hv, bool set)
{
    struct pf_args args = {.vf = hv->state.vf, .enable = set && (host__has_vnic(hv) || hv->state.mac_place == MAC_ON_PF)};

    if (set)
        memcpy(args.mac, hv->state.mac, 6);
    host__ask_pf_as_admin(hv, VMK_NETPTOP_VF_SET_MAC, &args, cookie(hv));
}

/* ---- attach ---- */

static const char *const op_names[] = {
                                        /* by step, for people */
    [ATTACH_BEGIN] = "begin",    [ATTACH_ACQUIRE] = "VF_ACQUIRE", [ATTACH_INFO] = "GET_INFO",        [ATTACH_MAC] = "SET_MAC",
    [ATTACH_RESET] = "VF_FLR",   [ATTACH_INIT] = "VF_INIT",       [ATTACH_ACTIVATE] = "VF_ACTIVATE", [ATTACH_IN] = "insert",
    [ATTACH_YIELD] = "MOVE_MAC", [ATTACH_YIELDED] = "SET_MAC",    [ATTACH_ASKED] = "attention",      [ATTACH_MOVE] = "MOVE_MAC",
    [ATTACH_FLR] = "VF_FLR",     [ATTACH_RELEASE] = "VF_RELEASE", [ATTACH_UNSET] = "SET_MAC",
};

static int jump(struct host_vm *hv, const char *step)
{
    procedure_jump(attach_procedure(hv), step);
    return PROCEDURE_JUMP;
}

static enum attach_step step_now(const struct host_vm *hv)
{
    return (enum attach_step)procedure_step_now(attach_procedure(hv))->own;
}

static void say_failure(struct host_vm *hv, int status)
{
    enum vmk_netptop op = step_now(hv) == ATTACH_ACQUIRE ? VMK_NETPTOP_VF_ACQUIRE : (enum vmk_netptop)0;
    attach__reason(hv, "%s: %s", op_names[step_now(hv)],
                   status == -ENODEV && hv->state.ended ? "the VM has ended" : pf_status_text(op, status));
}

/* Of an attach: what there is of the VF is given back. */
static int failed(struct host_vm *hv, int status)
{
    say_failure(hv, status);
    attach_of(hv)->failed = 1;
    if (hv->state.vf >= 0)
        return jump(hv, "release it");
    return PROCEDURE_LEAVE;
}

/* The PF has carried out what a step on the way in has asked for. */
static int came_in(void *owner)
{
    struct host_vm *hv = owner;
    int status = attach_of_vm(hv)->status;

    return status || hv->state.ended ? failed(hv, status ? status : -ENODEV) : PROCEDURE_NEXT;
}

/* On the way out everything goes on, and at once where the VF leaves now. */
static int came_out(void *owner)
{
    struct host_vm *hv = owner;

    if (attach_of_vm(hv)->wish == ATTACH_LEAVES)
        return jump(hv, "take it out of the slot");
    if (attach_of_vm(hv)->status)
        say_failure(hv, attach_of_vm(hv)->status);
    return PROCEDURE_NEXT;
}

/* At rest, and what becomes of it then. */
static int at_rest(void *owner)
{
    struct host_vm *hv = owner;

    return attach_of_vm(hv)->wish == ATTACH_LEAVES ? jump(hv, "take it out of the slot") : PROCEDURE_NEXT;
}

static int answered(void *owner)
{
    struct host_vm *hv = owner;

    return jump(hv, attach_of_vm(hv)->wish == ATTACH_STAYS ? "leave it in the slot" : "take it out of the slot");
}

void attach__acquire_args(const struct host_vm *hv, int vf, struct pf_args *args)
{
    const struct vm_params *vm = vm_get_params(hv->vm);
    struct pf *pf = hv->host->nic[hv->state.nic].pf;
    uint8_t queues = (uint8_t)(vm->queues < pf_vf_queues(pf) ? vm->queues : pf_vf_queues(pf));

    *args = (struct pf_args){.vf = vf,
                             .enable = vm->kind != NULL,
                             .num_tx = queues,
                             .num_rx = queues,
                             .num_intrs = (uint8_t)pf_vf_vectors(pf),
                             .mtu = (uint16_t)vm->mtu};
}

static int begin(void *owner)
{
    struct host_vm *hv = owner;

    return attach_of_vm(hv)->wish == ATTACH_COMES ? jump(hv, "leave it in the slot") : PROCEDURE_NEXT;
}

static int acquire(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_args args;

    attach__acquire_args(hv, attach_of(hv)->asked_vf, &args);
    ask(hv, VMK_NETPTOP_VF_ACQUIRE, &args);
    return PROCEDURE_WAIT;
}

static int get_info(void *owner)
{
    ask_vf(owner, VMK_NETPTOP_VF_GET_INFO);
    return PROCEDURE_WAIT;
}

static int set_mac(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_vf_info info;

    if (pf_vf_info(host__nic(hv)->pf, (unsigned)hv->state.vf, &info) == 0) {
        hv->state.vectors = info.vectors;
        hv->state.memio_gpa = MACHINE_VF_BAR0;
        hv->state.memio_len = info.bar_bytes;
    }
    control__ask_port(hv, true);
    ask_mac(hv, true);
    return PROCEDURE_WAIT;
}

static int reset(void *owner)
{
    ask_vf(owner, (enum vmk_netptop)PF_OP_VF_FLR);
    return PROCEDURE_WAIT;
}

static int init(void *owner)
{
    struct host_vm *hv = owner;

    if (switch__vf_wire(hv, false))
        return failed(hv, -ENOMEM);
    ask_vf(hv, VMK_NETPTOP_VF_INIT);
    return PROCEDURE_WAIT;
}

static int activate(void *owner)
{
    ask_vf(owner, VMK_NETPTOP_VF_ACTIVATE);
    return PROCEDURE_WAIT;
}

/* Into the slot, unless it is there: it has come with the VM, or the guest has not let go. */
static int insert(void *owner)
{
    struct host_vm *hv = owner;
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record = attach__record(hv);

    if (as->inside || attach_of_vm(hv)->wish == ATTACH_COMES)
        return PROCEDURE_WAIT;
    as->inside = 1;
    attach__count_from_here(hv);
    attach__look(hv);
    record->told = now(hv);
    attach__say(hv, SLOT_TO_VM, "VF %d is in the slot", hv->state.vf);
    slot_insert(hv->slot, switch__vf_function(hv), as->id, as->at_boot);
    trace_hotplug(&hv->host->c, record->vm, as->at_boot ? "there at its boot" : "put into its slot", "up to the guest");
    if (as->at_boot) {
        attach__map(hv);
        vm_boot(hv->vm);
    }
    if (as->at_boot && vm_comes_later(hv->vm))
        attach__finish(hv, HOTPLUG_DONE);
    else if (pci_function_is_present(switch__vf_function(hv))) /* else another guest has yet to make it */
        attach__wait(hv, ATTACH_TAKE_PS);
    return PROCEDURE_WAIT;
}

/* ---- detach ---- */

static bool standby_waits(const struct host_vm *hv)
{
    return host__has_vnic(hv) && hv->state.mac_place == MAC_ON_VF && !hv->state.ended;
}

static void move_to_standby(struct host_vm *hv)
{
    struct pf_args args = {.vf = PF_ANY_VF, .giver = (uint16_t)(hv->state.vf + 1)};

    vswitch_set_taking(hv->host->vswitch, hv->port, true, true);
    hv->state.mac_place = MAC_ON_PF;
    memcpy(args.mac, hv->state.mac, 6);
    ask(hv, (enum vmk_netptop)PF_OP_MOVE_MAC, &args);
}

static int yield(void *owner)
{
    struct host_vm *hv = owner;

    if (!attach_of(hv)->mac_first || !standby_waits(hv))
        return PROCEDURE_NEXT;
    move_to_standby(hv);
    return PROCEDURE_WAIT;
}

/* Or the reset that its driver makes on its way out would claim the address once more. */
static int yielded(void *owner)
{
    struct host_vm *hv = owner;

    if (!attach_of(hv)->mac_first)
        return PROCEDURE_NEXT;
    ask_mac(hv, false);
    return PROCEDURE_WAIT;
}

/* The guest has let go of a VF that nobody wants back: its standby has the address, if it has one. */
void attach__idle(struct host_vm *hv)
{
    attach_of(hv)->up = 0;
    if (!attach_is_at(hv, ATTACH_IN) || !standby_waits(hv))
        return;
    attach_of(hv)->in_use = 0;
    move_to_standby(hv);
}

/* The guest has not let go: what was given up for it is the VF's again. */
void attach__stay(struct host_vm *hv)
{
    struct pf_args move = {.vf = hv->state.vf};

    attach__go_on(hv, ATTACH_STAYS);
    if (!attach_of(hv)->mac_first)
        return;
    ask_mac(hv, true);
    if (!attach_of(hv)->in_use || !host__has_vnic(hv) || hv->state.mac_place != MAC_ON_PF)
        return;
    hv->state.mac_place = MAC_ON_VF;
    memcpy(move.mac, hv->state.mac, 6);
    ask(hv, (enum vmk_netptop)PF_OP_MOVE_MAC, &move);
    attach__close_standby(hv);
}

static int press(void *owner)
{
    struct host_vm *hv = owner;
    struct hotplug_record *record = attach__record(hv);

    record->told = now(hv);
    attach__say(hv, SLOT_TO_VM, "attention button: give the VF up");
    if (!slot_is_powered(hv->slot)) { /* it has let go already, of itself or too late */
        record->answered = now(hv);
        attach_of(hv)->forced = false;
        return PROCEDURE_NEXT;
    }
    slot_press(hv->slot);
    attach__wait(hv, attach_of(hv)->timeout_ps);
    return PROCEDURE_WAIT;
}

/* Before anything of the VF stops: what comes for its address from now on is the standby's, if it has one. */
static int move_back(void *owner)
{
    struct host_vm *hv = owner;

    if (attach_of(hv)->inside)
        slot_remove(hv->slot);
    attach_of(hv)->inside = 0;
    attach__unmap(hv);
    attach_of(hv)->up = 0;
    if (!standby_waits(hv))
        return PROCEDURE_NEXT;
    move_to_standby(hv);
    return PROCEDURE_WAIT;
}

static int release(void *owner)
{
    ask_vf(owner, VMK_NETPTOP_VF_RELEASE);
    return PROCEDURE_WAIT;
}

static int take_back_mac(void *owner)
{
    struct host_vm *hv = owner;

    attach_of(hv)->in_use = 0;
    if (hv->state.mac_place == MAC_ON_VF)
        hv->state.mac_place = MAC_NOWHERE;
    control__ask_port(hv, false);
    ask_mac(hv, false);
    return PROCEDURE_WAIT;
}

/* The VM has none any more. */
static void ended(void *owner, int status)
{
    struct host_vm *hv = owner;
    struct attach_state *as = attach_of(hv);
    bool failed = as->failed, forced = as->forced, at_boot = as->at_boot;

    switch__vf_unwire(hv);
    hv->state.vf = -1;
    host__claim(hv, CLAIM_OWN_VF | CLAIM_OWN_VF_MOVES, 0);
    as->at_boot = 0;
    attach__finish(hv, failed ? HOTPLUG_FAILED : forced ? HOTPLUG_FORCED : HOTPLUG_DONE);
    if (failed && at_boot && !hv->state.ended)
        vm_boot(hv->vm);
    if (hv->state.ended)
        host__vm_cleared(hv);
}

/* ---- the steps ---- */

static int starts(void *owner, const struct procedure_step *step)
{
    host__claim(owner, CLAIM_OWN_VF | CLAIM_OWN_VF_MOVES,
                step->own == ATTACH_IN ? CLAIM_OWN_VF : CLAIM_OWN_VF | CLAIM_OWN_VF_MOVES);
    return 0;
}

static const struct procedure_step steps[] = {
    {"begin", begin, .own = ATTACH_BEGIN},
    {"acquire a VF", acquire, .done = came_in, .own = ATTACH_ACQUIRE},
    {"ask what it is", get_info, .done = came_in, .own = ATTACH_INFO},
    {"give it the address", set_mac, .done = came_in, .own = ATTACH_MAC},
    {"reset it", reset, .done = came_in, .own = ATTACH_RESET},
    {"initialise it", init, .done = came_in, .own = ATTACH_INIT},
    {"activate it", activate, .done = came_in, .own = ATTACH_ACTIVATE},
    {"leave it in the slot", insert, .done = at_rest, .own = ATTACH_IN},
    {"give the standby the address", yield, .done = came_out, .own = ATTACH_YIELD},
    {"take the address from the VF", yielded, .done = came_out, .own = ATTACH_YIELDED},
    {"ask the guest to let go", press, .done = answered, .own = ATTACH_ASKED},
    {"take it out of the slot", move_back, .done = came_out, .own = ATTACH_MOVE},
    {"reset it again", reset, .done = came_out, .own = ATTACH_FLR},
    {"release it", release, .done = came_out, .own = ATTACH_RELEASE},
    {"forget its address", take_back_mac, .done = came_out, .own = ATTACH_UNSET},
};
static const struct procedure_table own_vf = PROCEDURE_TABLE("a VF of its own", steps, PROCEDURE_ENDS);
static const struct procedure_table *const tables[] = {&own_vf, NULL};
static const struct procedure_kind kind_of_procedure = {.table = tables, .starts = starts, .ended = ended};

void attach__init(struct host_vm *hv) { procedure_init(attach_procedure(hv), &kind_of_procedure, hv, &hv->host->c, hv->index); }

void attach__begin(struct host_vm *hv, enum attach_wish wish)
{
    attach_of_vm(hv)->wish = wish;
    procedure_begin(attach_procedure(hv), &own_vf);
    attach_of_vm(hv)->wish = ATTACH_GOES_ON;
}

void attach__go_on(struct host_vm *hv, enum attach_wish wish)
{
    attach_of_vm(hv)->wish = wish;
    attach_of_vm(hv)->status = 0;
    procedure_done(attach_procedure(hv), attach_procedure(hv)->gen, 0);
    attach_of_vm(hv)->wish = ATTACH_GOES_ON;
}

void attach__pf_done(struct host_vm *hv, unsigned kind, uint32_t gen, int status, int vf)
{
    struct procedure *p = attach_procedure(hv);

    if (kind == ATTACH_STANDBY) {
        attach__fenced(hv, gen);
        return;
    }
    if (gen != p->gen || !attach_is_there(hv) || attach_is_at(hv, ATTACH_IN))
        return;
    if (attach_is_at(hv, ATTACH_ACQUIRE) && !status) {
        hv->state.vf = vf;
        attach__record(hv)->vf = vf;
    }
    attach_of_vm(hv)->status = status;
    procedure_done(p, gen, 0);
    attach_of_vm(hv)->status = 0;
}

void attach__leave(struct host_vm *hv, bool forced)
{
    attach_of(hv)->forced = forced;
    attach__go_on(hv, ATTACH_LEAVES);
}
