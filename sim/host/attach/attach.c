/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching a VF to a VM and taking it back: two short lists of steps, each ended by the PF, by the guest or by a
 * time-out. guest.c has what the guest and the PF's driver say meanwhile.
 */
#include "host/attach/attach.h"
#include "core/world/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/attach/attach__.h"
#include "host/control/control__.h"
#include "host/mode/mode__.h"

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
    attach_of(hv)->timer = host__post(hv, HOST_RANK_ATTACH, ATTACH_LATE, now(hv) + span, attach_of(hv)->gen);
}

/* ---- operations of the PF ---- */

static uint64_t cookie(const struct host_vm *hv)
{
    return host__cookie(hv, HOST_RANK_ATTACH, ATTACH_STEP, attach_of(hv)->gen);
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
    struct pf_args args = {.vf = hv->state.vf,
                           .enable = set && (host__has_vnic(hv) || hv->state.mac_place == MAC_ON_PF)};

    if (set)
        memcpy(args.mac, hv->state.mac, 6);
    host__ask_pf_as_admin(hv, VMK_NETPTOP_VF_SET_MAC, &args, cookie(hv));
}

/* ---- attach ---- */

static void next(struct host_vm *hv);

void attach__set_phase(struct host_vm *hv, enum attach_phase phase)
{
    attach_of(hv)->phase = (uint8_t)phase;
    host__claim(hv, CLAIM_OWN_VF | CLAIM_OWN_VF_MOVES,
                phase == ATTACH_NONE ? 0
                : phase == ATTACH_IN ? CLAIM_OWN_VF
                                     : CLAIM_OWN_VF | CLAIM_OWN_VF_MOVES);
}

void attach__acquire_args(const struct host_vm *hv, int vf, struct pf_args *args)
{
    const struct vm_params *vm = vm_get_params(hv->vm);
    struct pf *pf = hv->host->nic[hv->state.nic].pf;
    uint8_t queues = (uint8_t)(vm->queues < pf_vf_queues(pf) ? vm->queues : pf_vf_queues(pf));

    *args = (struct pf_args){.vf = vf,
                             .num_tx = queues,
                             .num_rx = queues,
                             .num_intrs = (uint8_t)pf_vf_vectors(pf),
                             .mtu = (uint16_t)vm->mtu};
}

static void acquire(struct host_vm *hv)
{
    struct pf_args args;

    attach__acquire_args(hv, attach_of(hv)->asked_vf, &args);
    ask(hv, VMK_NETPTOP_VF_ACQUIRE, &args);
}

static void get_info(struct host_vm *hv) { ask_vf(hv, VMK_NETPTOP_VF_GET_INFO); }

static void set_mac(struct host_vm *hv)
{
    struct pf_vf_info info;

    if (pf_vf_info(host__nic(hv)->pf, (unsigned)hv->state.vf, &info) == 0) {
        hv->state.vectors = info.vectors;
        hv->state.memio_gpa = MACHINE_VF_BAR0;
        hv->state.memio_len = info.bar_bytes;
    }
    control__ask_port(hv, true);
    ask_mac(hv, true);
}

static void reset(struct host_vm *hv) { ask_vf(hv, (enum vmk_netptop)PF_OP_VF_FLR); }

static void init(struct host_vm *hv)
{
    if (switch__vf_wire(hv, false)) {
        attach__failed(hv, -ENOMEM);
        return;
    }
    ask_vf(hv, VMK_NETPTOP_VF_INIT);
}

static void activate(struct host_vm *hv) { ask_vf(hv, VMK_NETPTOP_VF_ACTIVATE); }

static void insert(struct host_vm *hv)
{
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record = attach__record(hv);

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
    attach__wait(hv, ATTACH_TAKE_PS);
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

static void yield(struct host_vm *hv)
{
    if (attach_of(hv)->mac_first && standby_waits(hv))
        move_to_standby(hv);
    else
        next(hv);
}

/* Or the reset that its driver makes on its way out would claim the address once more. */
static void yielded(struct host_vm *hv)
{
    if (attach_of(hv)->mac_first)
        ask_mac(hv, false);
    else
        next(hv);
}

/* The guest has let go of a VF that nobody wants back: its standby has the address, if it has one. */
void attach__idle(struct host_vm *hv)
{
    attach_of(hv)->up = 0;
    if (attach_of(hv)->phase != ATTACH_IN || !standby_waits(hv))
        return;
    attach_of(hv)->in_use = 0;
    move_to_standby(hv);
}

/* The guest has not let go: what was given up for it is the VF's again. */
void attach__stay(struct host_vm *hv)
{
    struct pf_args move = {.vf = hv->state.vf};

    attach__set_phase(hv, ATTACH_IN);
    attach_of(hv)->gen++;
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

static void press(struct host_vm *hv)
{
    struct hotplug_record *record = attach__record(hv);

    record->told = now(hv);
    attach__say(hv, SLOT_TO_VM, "attention button: give the VF up");
    if (!slot_is_powered(hv->slot)) { /* it has let go already, of itself or too late */
        record->answered = now(hv);
        attach__leave(hv, false);
        return;
    }
    slot_press(hv->slot);
    attach__wait(hv, attach_of(hv)->timeout_ps);
}

/* Before anything of the VF stops: what comes for its address from now on is the standby's, if it has one. */
static void move_back(struct host_vm *hv)
{
    if (attach_of(hv)->inside)
        slot_remove(hv->slot);
    attach_of(hv)->inside = 0;
    attach__unmap(hv);
    attach_of(hv)->up = 0;
    if (standby_waits(hv))
        move_to_standby(hv);
    else
        next(hv);
}

static void release(struct host_vm *hv) { ask_vf(hv, VMK_NETPTOP_VF_RELEASE); }

static void take_back_mac(struct host_vm *hv)
{
    attach_of(hv)->in_use = 0;
    if (hv->state.mac_place == MAC_ON_VF)
        hv->state.mac_place = MAC_NOWHERE;
    control__ask_port(hv, false);
    ask_mac(hv, false);
}

static void forget(struct host_vm *hv)
{
    struct attach_state *as = attach_of(hv);
    bool failed = as->failed, forced = as->forced, at_boot = as->at_boot;

    switch__vf_unwire(hv);
    hv->state.vf = -1;
    attach__set_phase(hv, ATTACH_NONE);
    as->at_boot = 0;
    attach__finish(hv, failed ? HOTPLUG_FAILED : forced ? HOTPLUG_FORCED : HOTPLUG_DONE);
    if (failed && at_boot && !hv->state.ended)
        vm_boot(hv->vm);
    if (hv->state.ended)
        host__vm_cleared(hv);
}

/* ---- the steps ---- */

struct attach_step {
    enum attach_phase phase;
    const char *name;
    void (*start)(struct host_vm *hv);
};

static const struct attach_step steps[] = {
    {ATTACH_ACQUIRE, "VF_ACQUIRE", acquire},
    {ATTACH_INFO, "GET_INFO", get_info},
    {ATTACH_MAC, "SET_MAC", set_mac},
    {ATTACH_RESET, "VF_FLR", reset},
    {ATTACH_INIT, "VF_INIT", init},
    {ATTACH_ACTIVATE, "VF_ACTIVATE", activate},
    {ATTACH_IN, "insert", insert}, /* at rest */
    {ATTACH_YIELD, "MOVE_MAC", yield},
    {ATTACH_YIELDED, "SET_MAC", yielded},
    {ATTACH_ASKED, "attention", press},
    {ATTACH_MOVE, "MOVE_MAC", move_back},
    {ATTACH_FLR, "VF_FLR", reset},
    {ATTACH_RELEASE, "VF_RELEASE", release},
    {ATTACH_UNSET, "SET_MAC", take_back_mac},
    {ATTACH_FORGET, "forget", forget},
};

static void begin_at(struct host_vm *hv, enum attach_phase phase)
{
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (steps[i].phase == phase) {
            attach__set_phase(hv, phase);
            attach_of(hv)->gen++;
            steps[i].start(hv);
            return;
        }
    assert(!"no such step");
}

static void next(struct host_vm *hv) { begin_at(hv, (enum attach_phase)(attach_of(hv)->phase + 1)); }

static void say_failure(struct host_vm *hv, int status)
{
    enum vmk_netptop op = attach_of(hv)->phase == ATTACH_ACQUIRE ? VMK_NETPTOP_VF_ACQUIRE : (enum vmk_netptop)0;
    attach__reason(hv, "%s: %s", steps[attach_of(hv)->phase - 1].name,
                   status == -ENODEV && hv->state.ended ? "the VM has ended" : pf_status_text(op, status));
}

/* Of an attach: what there is of the VF is given back. */
void attach__failed(struct host_vm *hv, int status)
{
    say_failure(hv, status);
    attach_of(hv)->failed = 1;
    begin_at(hv, hv->state.vf >= 0 ? ATTACH_RELEASE : ATTACH_FORGET);
}

void attach__pf_done(struct host_vm *hv, unsigned kind, uint32_t gen, int status, int vf)
{
    struct attach_state *as = attach_of(hv);

    if (kind == ATTACH_STANDBY) {
        attach__fenced(hv, gen);
        return;
    }
    if (gen != as->gen || as->phase == ATTACH_NONE || as->phase == ATTACH_IN)
        return;
    if (as->phase == ATTACH_ACQUIRE && !status) {
        hv->state.vf = vf;
        attach__record(hv)->vf = vf;
    }
    if (as->phase < ATTACH_IN && (status || hv->state.ended)) {
        attach__failed(hv, status ? status : -ENODEV);
        return;
    }
    if (status) /* on the way out everything goes on */
        say_failure(hv, status);
    next(hv);
}

void attach__leave(struct host_vm *hv, bool forced)
{
    attach_of(hv)->forced = forced;
    begin_at(hv, ATTACH_MOVE);
}

/* ---- beginnings ---- */

struct hotplug_record *attach__record_add(struct host_vm *hv, bool add)
{
    struct hotplug_record *record = records_add(&attach_of_host(hv->host)->records, sizeof(*record));

    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(hv->vm));
    snprintf(record->nic, sizeof(record->nic), "%s", host__nic(hv)->nic->c.name);
    record->vf = hv->state.vf;
    record->add = add;
    record->start = now(hv);
    record->talk = journal_open(hv->host->c.sim);
    return record;
}

static int refused(struct host_vm *hv, struct hotplug_record *record, int status, const char *why)
{
    record->result = HOTPLUG_REFUSED;
    record->end = record->start;
    snprintf(record->reason, sizeof(record->reason), "%s", why);
    trace_hotplug(&hv->host->c, record->vm, "refused", why);
    return status;
}

static int refuse(const char **why, int status, const char *text)
{
    *why = text;
    return status;
}

static int check_attach(const struct host_vm *hv, const struct attach_params *params, const char **why)
{
    int nic = params->nic ? host__find_nic(hv->host, params->nic) : (int)hv->state.nic;

    if (hv->state.ended)
        return refuse(why, -ENODEV, "the VM has ended");
    if (host__is_claimed(hv, CLAIM_MIGRATION) && !params->by_migration)
        return refuse(why, -EBUSY, "a migration is under way");
    if (!hv->slot)
        return refuse(why, -ENOTSUP, "the guest has no slot for a VF (shell linux net vf|bond)");
    if (attach_of(hv)->phase == ATTACH_IN)
        return refuse(why, -EALREADY, "a VF is attached already");
    if (attach_of(hv)->phase != ATTACH_NONE)
        return refuse(why, -EBUSY, "a VF is on its way in or out");
    if (nic < 0)
        return refuse(why, -ENODEV, "the host has no such NIC");
    if (pf_vf_count(hv->host->nic[nic].pf) == 0)
        return refuse(why, -ENOTSUP, "the NIC has no SR-IOV");
    return hv->state.policy[HOST_POLICY_PASSTHROUGH] ? 0 : refuse(why, -EPERM, "policy: passthrough is refused");
}

static int attach(struct host_vm *hv, const struct attach_params *params, bool at_boot)
{
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record;
    const char *why;
    int status = check_attach(hv, params, &why);

    if (!status && params->nic && host__find_nic(hv->host, params->nic) != (int)hv->state.nic)
        host__move_uplink(hv, (unsigned)host__find_nic(hv->host, params->nic));
    record = attach__record_add(hv, true);
    record->at_boot = at_boot;
    if (status)
        return refused(hv, record, status, why);
    *as = (struct attach_state){.gen = as->gen, .at_boot = at_boot, .asked_vf = params->vf};
    as->record = attach_of_host(hv->host)->records.count;
    trace_hotplug(&hv->host->c, record->vm, at_boot ? "attach at its boot" : "attach", "begins");
    begin_at(hv, ATTACH_ACQUIRE);
    return 0;
}

int host_vf_attach(struct host *host, struct vm *vm, const struct attach_params *params)
{
    return attach(host__find(host, vm), params, false);
}

bool attach__boots(struct host_vm *hv)
{
    struct attach_params params = {.vf = hv->boot_vf};

    return hv->slot && hv->boot_vf != HOST_VF_NONE && !attach(hv, &params, true);
}

int host_vf_detach(struct host *host, struct vm *vm, const struct detach_params *params)
{
    struct host_vm *hv = host__find(host, vm);
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record = attach__record_add(hv, false);

    record->surprise = params->surprise;
    if (as->phase == ATTACH_NONE || hv->state.ended)
        return refused(hv, record, -ENODEV, "no VF is attached");
    if (host__is_claimed(hv, CLAIM_MIGRATION) && !params->by_migration)
        return refused(hv, record, -EBUSY, "a migration is under way");
    if (as->phase != ATTACH_IN)
        return refused(hv, record, -EBUSY, "a VF is on its way in or out");
    attach__finish(hv, HOTPLUG_UNUSED); /* of an attach that nobody has taken up */
    as->record = attach_of_host(hv->host)->records.count;
    as->timeout_ps = params->timeout_ps ? params->timeout_ps : ATTACH_ANSWER_PS;
    as->force = params->force;
    as->mac_first = params->mac_first;
    trace_hotplug(&hv->host->c, record->vm, params->surprise ? "surprise removal" : "detach", "begins");
    begin_at(hv, params->surprise ? ATTACH_MOVE : ATTACH_YIELD);
    return 0;
}

unsigned host_hotplug_count(const struct host *host) { return attach_of_host(host)->records.count; }

const struct hotplug_record *host_hotplug_get(const struct host *host, unsigned i)
{
    return records_get(&attach_of_host(host)->records, sizeof(struct hotplug_record), i);
}
