/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching a VF to a VM and taking it back: two short lists of steps, each ended by the PF, by the guest or by a time-out.
 * assign_guest.c has what the guest and the PF's driver say meanwhile.
 */
#include "core/world/journal.h"
#include "host/attach/assign.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/host__.h"

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

struct hotplug_record *assign__record(struct host_vm *hv)
{
    return attach_of(hv)->record ? &hv->host->hotplugs[attach_of(hv)->record - 1] : NULL;
}

void assign__reason(struct host_vm *hv, const char *fmt, ...)
{
    struct hotplug_record *record = assign__record(hv);
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

void assign__finish(struct host_vm *hv, enum hotplug_result result)
{
    struct hotplug_record *record = assign__record(hv);

    event_cancel(hv->host->c.sim, &attach_of(hv)->timer);
    if (!record || record->result != HOTPLUG_UNDER_WAY)
        return;
    record->result = result;
    record->end = now(hv);
    host__say_slot(hv, SLOT_NOTE, "%s%s%s", hotplug_result_text(result), record->reason[0] ? ": " : "", record->reason);
    trace_hotplug(&hv->host->c, record->vm, record->add ? "attached" : "removed", hotplug_result_text(result));
    if (hv->state.migration)
        migrate__switch_ended(hv);
}

void assign__wait(struct host_vm *hv, sim_time span)
{
    event_cancel(hv->host->c.sim, &attach_of(hv)->timer);
    attach_of(hv)->timer =
        event_post(&hv->host->c, &hv->host->c, now(hv) + span, EV_HOST, HOST_EV_ASSIGN, hv->index, attach_of(hv)->gen, 0);
}

/* ---- operations of the PF ---- */

static uint64_t cookie(const struct host_vm *hv)
{
    return (uint64_t)FOR_ASSIGN << 56 | (uint64_t)hv->index << 32 | attach_of(hv)->gen;
}

static void ask(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args)
{
    const struct hotplug_record *record = assign__record(hv);
    struct pf_args told = *args;

    told.talk = record ? record->talk : 0;
    told.talker = host__who(hv)->id;
    pf_request(host__nic(hv)->pf, op, &told, host__who(hv), HOST_EV_PF_DONE, cookie(hv));
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
    pf_admin_request(host__nic(hv)->pf, VMK_NETPTOP_VF_SET_MAC, &args, host__who(hv), HOST_EV_PF_DONE, cookie(hv));
}

/* What the VM's port says, as an operator's settings of the VF: its VLAN, and whether it may forge addresses. */
void assign__ask_port(struct host_vm *hv, bool set)
{
    struct pf_args vlan = {.vf = hv->state.vf, .enable = set && hv->vlan > 0, .first_vlan = (uint16_t)hv->vlan};
    struct pf_args spoof = {.vf = hv->state.vf, .enable = !set};
    uint64_t nobody = (uint64_t)FOR_NOBODY << 56 | (uint64_t)hv->index << 32;

    if (hv->vlan >= 0)
        pf_admin_request(host__nic(hv)->pf, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &vlan, host__who(hv), HOST_EV_PF_DONE, nobody);
    if (hv->state.policy[HOST_POLICY_FORGED])
        pf_request(host__nic(hv)->pf, VMK_NETPTOP_VF_SET_ANTISPOOF, &spoof, host__who(hv), HOST_EV_PF_DONE, nobody);
}

/* ---- attach ---- */

static void next(struct host_vm *hv);

void assign__acquire_args(const struct host_vm *hv, int vf, struct pf_args *args)
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

    assign__acquire_args(hv, attach_of(hv)->asked_vf, &args);
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
    assign__ask_port(hv, true);
    ask_mac(hv, true);
}

static void reset(struct host_vm *hv) { ask_vf(hv, (enum vmk_netptop)PF_OP_VF_FLR); }

static void init(struct host_vm *hv)
{
    if (switch__vf_wire(hv, false)) {
        assign__failed(hv, -ENOMEM);
        return;
    }
    ask_vf(hv, VMK_NETPTOP_VF_INIT);
}

static void activate(struct host_vm *hv) { ask_vf(hv, VMK_NETPTOP_VF_ACTIVATE); }

static void insert(struct host_vm *hv)
{
    struct assign_state *as = attach_of(hv);
    struct hotplug_record *record = assign__record(hv);

    as->inside = 1;
    assign__count_from_here(hv);
    assign__look(hv);
    record->told = now(hv);
    host__say_slot(hv, SLOT_TO_VM, "VF %d is in the slot", hv->state.vf);
    slot_insert(hv->slot, switch__vf_function(hv), as->id, as->at_boot);
    trace_hotplug(&hv->host->c, record->vm, as->at_boot ? "there at its boot" : "put into its slot", "up to the guest");
    if (as->at_boot) {
        assign__map(hv);
        vm_boot(hv->vm);
    }
    assign__wait(hv, ASSIGN_TAKE_PS);
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
void assign__idle(struct host_vm *hv)
{
    attach_of(hv)->up = 0;
    if (attach_of(hv)->phase != ASSIGN_IN || !standby_waits(hv))
        return;
    attach_of(hv)->in_use = 0;
    move_to_standby(hv);
}

/* The guest has not let go: what was given up for it is the VF's again. */
void assign__stay(struct host_vm *hv)
{
    struct pf_args move = {.vf = hv->state.vf};

    attach_of(hv)->phase = ASSIGN_IN;
    attach_of(hv)->gen++;
    if (!attach_of(hv)->mac_first)
        return;
    ask_mac(hv, true);
    if (!attach_of(hv)->in_use || !host__has_vnic(hv) || hv->state.mac_place != MAC_ON_PF)
        return;
    hv->state.mac_place = MAC_ON_VF;
    memcpy(move.mac, hv->state.mac, 6);
    ask(hv, (enum vmk_netptop)PF_OP_MOVE_MAC, &move);
    assign__close_standby(hv);
}

static void press(struct host_vm *hv)
{
    struct hotplug_record *record = assign__record(hv);

    record->told = now(hv);
    host__say_slot(hv, SLOT_TO_VM, "attention button: give the VF up");
    if (!slot_is_powered(hv->slot)) { /* it has let go already, of itself or too late */
        record->answered = now(hv);
        assign__leave(hv, false);
        return;
    }
    slot_press(hv->slot);
    assign__wait(hv, attach_of(hv)->timeout_ps);
}

/* Before anything of the VF stops: what comes for its address from now on is the standby's, if it has one. */
static void move_back(struct host_vm *hv)
{
    if (attach_of(hv)->inside)
        slot_remove(hv->slot);
    attach_of(hv)->inside = 0;
    assign__unmap(hv);
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
    assign__ask_port(hv, false);
    ask_mac(hv, false);
}

static void forget(struct host_vm *hv)
{
    struct assign_state *as = attach_of(hv);
    bool failed = as->failed, forced = as->forced, at_boot = as->at_boot;

    switch__vf_unwire(hv);
    hv->state.vf = -1;
    as->phase = ASSIGN_NONE;
    as->at_boot = 0;
    assign__finish(hv, failed ? HOTPLUG_FAILED : forced ? HOTPLUG_FORCED : HOTPLUG_DONE);
    if (failed && at_boot && !hv->state.ended)
        vm_boot(hv->vm);
    if (hv->state.ended)
        host__vm_cleared(hv);
}

/* ---- the steps ---- */

struct assign_step {
    enum assign_phase phase;
    const char *name;
    void (*start)(struct host_vm *hv);
};

static const struct assign_step steps[] = {
    {ASSIGN_ACQUIRE, "VF_ACQUIRE", acquire},
    {ASSIGN_INFO, "GET_INFO", get_info},
    {ASSIGN_MAC, "SET_MAC", set_mac},
    {ASSIGN_RESET, "VF_FLR", reset},
    {ASSIGN_INIT, "VF_INIT", init},
    {ASSIGN_ACTIVATE, "VF_ACTIVATE", activate},
    {ASSIGN_IN, "insert", insert}, /* at rest */
    {ASSIGN_YIELD, "MOVE_MAC", yield},
    {ASSIGN_YIELDED, "SET_MAC", yielded},
    {ASSIGN_ASKED, "attention", press},
    {ASSIGN_MOVE, "MOVE_MAC", move_back},
    {ASSIGN_FLR, "VF_FLR", reset},
    {ASSIGN_RELEASE, "VF_RELEASE", release},
    {ASSIGN_UNSET, "SET_MAC", take_back_mac},
    {ASSIGN_FORGET, "forget", forget},
};

static void begin_at(struct host_vm *hv, enum assign_phase phase)
{
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (steps[i].phase == phase) {
            attach_of(hv)->phase = phase;
            attach_of(hv)->gen++;
            steps[i].start(hv);
            return;
        }
    assert(!"no such step");
}

static void next(struct host_vm *hv) { begin_at(hv, (enum assign_phase)(attach_of(hv)->phase + 1)); }

static void say_failure(struct host_vm *hv, int status)
{
    enum vmk_netptop op = attach_of(hv)->phase == ASSIGN_ACQUIRE ? VMK_NETPTOP_VF_ACQUIRE : (enum vmk_netptop)0;
    assign__reason(hv, "%s: %s", steps[attach_of(hv)->phase - 1].name,
                   status == -ENODEV && hv->state.ended ? "the VM has ended" : pf_status_text(op, status));
}

/* Of an attach: what there is of the VF is given back. */
void assign__failed(struct host_vm *hv, int status)
{
    say_failure(hv, status);
    attach_of(hv)->failed = 1;
    begin_at(hv, hv->state.vf >= 0 ? ASSIGN_RELEASE : ASSIGN_FORGET);
}

void assign__pf_done(struct host_vm *hv, uint32_t gen, int status, int vf)
{
    struct assign_state *as = attach_of(hv);

    if (gen != as->gen || as->phase == ASSIGN_NONE || as->phase == ASSIGN_IN)
        return;
    if (as->phase == ASSIGN_ACQUIRE && !status) {
        hv->state.vf = vf;
        assign__record(hv)->vf = vf;
    }
    if (as->phase < ASSIGN_IN && (status || hv->state.ended)) {
        assign__failed(hv, status ? status : -ENODEV);
        return;
    }
    if (status) /* on the way out everything goes on */
        say_failure(hv, status);
    next(hv);
}

void assign__leave(struct host_vm *hv, bool forced)
{
    attach_of(hv)->forced = forced;
    begin_at(hv, ASSIGN_MOVE);
}

/* ---- beginnings ---- */

struct hotplug_record *assign__record_add(struct host_vm *hv, bool add)
{
    struct hotplug_record *record = host__hotplug_add(hv->host);

    if (!record)
        return NULL;
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

static int check_attach(const struct host_vm *hv, const struct attach_params *params, const char **why)
{
    int nic = params->nic ? host__find_nic(hv->host, params->nic) : (int)hv->state.nic;

    *why = "the VM has ended";
    if (hv->state.ended)
        return -ENODEV;
    *why = "a migration is under way";
    if (hv->state.migrating && !params->by_migration)
        return -EBUSY;
    *why = "the guest has no slot for a VF (shell linux net vf|bond)";
    if (!hv->slot)
        return -ENOTSUP;
    *why = "a VF is attached already";
    if (attach_of(hv)->phase == ASSIGN_IN)
        return -EALREADY;
    *why = "a VF is on its way in or out";
    if (attach_of(hv)->phase != ASSIGN_NONE)
        return -EBUSY;
    *why = "the host has no such NIC";
    if (nic < 0)
        return -ENODEV;
    *why = "the NIC has no SR-IOV";
    if (pf_vf_count(hv->host->nic[nic].pf) == 0)
        return -ENOTSUP;
    *why = "policy: passthrough is refused";
    return hv->state.policy[HOST_POLICY_PASSTHROUGH] ? 0 : -EPERM;
}

static int attach(struct host_vm *hv, const struct attach_params *params, bool at_boot)
{
    struct assign_state *as = attach_of(hv);
    struct hotplug_record *record;
    const char *why;
    int status = check_attach(hv, params, &why);

    if (!status && params->nic && host__find_nic(hv->host, params->nic) != (int)hv->state.nic)
        host__move_uplink(hv, (unsigned)host__find_nic(hv->host, params->nic));
    record = assign__record_add(hv, true);
    if (!record)
        return -ENOMEM;
    record->at_boot = at_boot;
    if (status)
        return refused(hv, record, status, why);
    *as = (struct assign_state){.gen = as->gen, .at_boot = at_boot, .asked_vf = params->vf};
    as->record = hv->host->hotplug_count;
    trace_hotplug(&hv->host->c, record->vm, at_boot ? "attach at its boot" : "attach", "begins");
    begin_at(hv, ASSIGN_ACQUIRE);
    return 0;
}

int host_vf_attach(struct host *host, struct vm *vm, const struct attach_params *params)
{
    return attach(host__find(host, vm), params, false);
}

void assign__boot(struct host_vm *hv)
{
    struct attach_params params = {.vf = hv->boot_vf};

    if (hv->boot_vf == HOST_VF_NONE || attach(hv, &params, true))
        vm_boot(hv->vm);
}

int host_vf_detach(struct host *host, struct vm *vm, const struct detach_params *params)
{
    struct host_vm *hv = host__find(host, vm);
    struct assign_state *as = attach_of(hv);
    struct hotplug_record *record = assign__record_add(hv, false);

    if (!record)
        return -ENOMEM;
    record->surprise = params->surprise;
    if (as->phase == ASSIGN_NONE || hv->state.ended)
        return refused(hv, record, -ENODEV, "no VF is attached");
    if (hv->state.migrating && !params->by_migration)
        return refused(hv, record, -EBUSY, "a migration is under way");
    if (as->phase != ASSIGN_IN)
        return refused(hv, record, -EBUSY, "a VF is on its way in or out");
    assign__finish(hv, HOTPLUG_UNUSED); /* of an attach that nobody has taken up */
    as->record = hv->host->hotplug_count;
    as->timeout_ps = params->timeout_ps ? params->timeout_ps : ASSIGN_ANSWER_PS;
    as->force = params->force;
    as->mac_first = params->mac_first;
    trace_hotplug(&hv->host->c, record->vm, params->surprise ? "surprise removal" : "detach", "begins");
    begin_at(hv, params->surprise ? ASSIGN_MOVE : ASSIGN_YIELD);
    return 0;
}
