/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mode switch as a part of the hypervisor: what it does when something happens to a VM. */
#include <errno.h>
#include <string.h>

#include "host/mode/mode__.h"

unsigned host_switch_count(const struct host *host) { return mode_of_host(host)->records.count; }

const struct switch_record *host_switch_get(const struct host *host, unsigned i)
{
    return records_get(&mode_of_host(host)->records, sizeof(struct switch_record), i);
}

static void save_host(struct host *host, struct save *s)
{
    records_save(&mode_of_host(host)->records, sizeof(struct switch_record), s);
}

static void host_freed(struct host *host) { records_free(&mode_of_host(host)->records); }

static void vm_made(struct host_vm *hv) { procedure_init(&mode_of(hv)->procedure, &switch__kind, hv, &hv->host->c, hv->index); }

/* A state that no save writes must not index anything here. */
static bool is_sound(const struct host_vm *hv)
{
    const struct mode_state *mode = &mode_of(hv)->state;

    return mode->record <= mode_of_host(hv->host)->records.count && memchr(mode->now.plugin, 0, sizeof(mode->now.plugin)) &&
           switch__choice_is_sound(hv) && switch__is_active(hv) == procedure_is_active(&mode_of(hv)->procedure) &&
           (!switch__is_active(hv) || mode->record) && (!mode->record || switch__record((struct host_vm *)hv)->steps <= STEP_COUNT);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct mode_state *mode = &mode_of(hv)->state;

    save_field(s, *mode);
    save_field(s, mode_of(hv)->choice);
    procedure_save(&mode_of(hv)->procedure, s);
    if (s->err)
        return;
    if (!is_sound(hv)) {
        save_fail(s, -EPROTO, "the mode switch of %s is impossible", vm_name(hv->vm));
        return;
    }
    if (hv->state.vf_domain)
        switch__vf_restore(hv, s);
    /* The naive order maps the registers before there is a domain. */
    if (save_is_loading(s) && !s->err && hv->state.vf_mapped && (!switch__vf_function(hv) || switch__vf_map(hv)))
        save_fail(s, -EINVAL, "the register window of %s", vm_name(hv->vm));
}

static void left(struct host_vm *hv)
{
    mode_of(hv)->state.cmd_status = 0;
    mode_of(hv)->choice = (struct plugin_choice){{0}, {0}};
}

static void noted(struct host_vm *hv, uint32_t note, uint64_t b, uint64_t c)
{
    struct switch_record *record = switch__record(hv);
    sim_time at = sim_now(hv->host->c.sim);

    if (!record)
        return;
    switch__say_noted(hv, note, b, c);
    if (note == MACHINE_NOTE_TX_STOPPED && !record->tx_stopped)
        record->tx_stopped = at;
    else if (note == MACHINE_NOTE_PATH && record->tx_stopped && !record->tx_resumed)
        record->tx_resumed = at;
}

static void device_progress(struct vmxnet3_host *host) { switch__progress(host__of_device(host)); }

/* It is gone: a switch in is undone, a switch out goes on without it, a VF in use is taken back. */
static void vm_ended(struct host_vm *hv)
{
    struct switch_state *sw = switch_of(hv);

    if (host__is_claimed(hv, CLAIM_OWN_VF)) /* the VF's attachment sees to it */
        return;
    mode_of(hv)->state.pending_cmd = 0;
    if (switch__is_active(hv)) {
        sw->aborted = SWITCH_CALLED_OFF;
        if (sw->phase == PHASE_GUEST)
            switch__came(hv, -ENODEV);
        switch__reason(hv, "the VM has ended");
    } else if (hv->state.passthrough) {
        switch__begin_out(hv, &switch__out_safe, "the VM has ended");
    } else {
        host__vm_cleared(hv);
    }
}

static void passthrough_wanted(struct host_vm *hv, bool in, const char *why)
{
    struct switch_params params = {.to_passthrough = true, .fail = STEP_NONE};

    if (in)
        host_switch(hv->host, hv->vm, &params);
    else
        switch__begin_out(hv, &switch__out_safe, why);
}

static int check(const struct host_vm *hv, char *why, size_t cap)
{
    const struct host_vm_state *state = &hv->state;
    const char *name = vm_name(hv->vm);

    if (!state->passthrough && !state->waits_for_guest && !state->ended && mode_of(hv)->state.pending_cmd)
        return host__violated(why, cap, "%s waits for the outcome of a command that nobody carries out", name);
    if (!state->passthrough)
        return HOST_CHECK_OTHERS;
    if (state->vf < 0 || !state->vf_domain || !state->vf_mapped || !state->vf_active)
        return host__violated(why, cap, "%s is passed through without all of a VF", name);
    if (state->mac_place != MAC_ON_VF)
        return host__violated(why, cap, "%s is passed through and its address is not at its VF", name);
    if (vswitch_to_vm(hv->host->vswitch, hv->port) || vswitch_from_vm(hv->host->vswitch, hv->port))
        return host__violated(why, cap, "%s is passed through and the virtual switch holds frames of it", name);
    return HOST_CHECK_GOOD;
}

static const struct vmxnet3_host_ops device = {
    .command = switch__command,
    .activate = switch__activate,
    .progress = device_progress,
    .page_written = switch__upt_page_written,
    .given_up = switch__upt_given_up,
};

const struct host_part mode_part = {
    .name = "mode switch",
    .rank = HOST_RANK_MODE,
    .host_bytes = sizeof(struct mode_of_host),
    .vm_bytes = sizeof(struct mode_of_vm),
    .host_freed = host_freed,
    .vm_made = vm_made,
    .save_host = save_host,
    .save_vm = save_vm,
    .event = switch__event,
    .pf_done = switch__pf_done,
    .device = &device,
    .noted = noted,
    .vm_ended = vm_ended,
    .progress = switch__progress,
    .pf_lost = switch__pf_lost,
    .num_vfs_changed = switch__num_vfs_changed,
    .save_port = switch__save_choice,
    .left = left,
    .passthrough_wanted = passthrough_wanted,
    .check = check,
};
