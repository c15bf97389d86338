/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of the mode switch: a table of steps, one under way at a time, each ended by an event.
 *
 * On the way in a step that fails makes the steps before it be undone in reverse; on the way out it is noted, and the
 * rest is forced. Nothing here knows what a step does.
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/mode/mode__.h"
#include "host/policy/policy__.h"

const struct step_def *switch__table(enum switch_table table, unsigned *count)
{
    switch (table) {
    case TABLE_IN_SAFE:
        *count = switch__in_safe_count;
        return switch__in_safe;
    case TABLE_IN_NAIVE:
        *count = switch__in_naive_count;
        return switch__in_naive;
    case TABLE_OUT_SAFE:
        *count = switch__out_safe_count;
        return switch__out_safe;
    case TABLE_OUT_NAIVE:
        *count = switch__out_naive_count;
        return switch__out_naive;
    case TABLE_OUT_RESET:
        *count = switch__out_reset_count;
        return switch__out_reset;
    case TABLE_IN_UPT:
        *count = switch__in_upt_count;
        return switch__in_upt;
    case TABLE_OUT_UPT:
        *count = switch__out_upt_count;
        return switch__out_upt;
    case TABLE_OUT_UPT_RESET:
        *count = switch__out_upt_reset_count;
        return switch__out_upt_reset;
    case TABLE_VFIO_RESERVE:
        *count = switch__vfio_reserve_count;
        return switch__vfio_reserve;
    case TABLE_VFIO_STOP:
        *count = switch__vfio_stop_count;
        return switch__vfio_stop;
    case TABLE_VFIO_BACK:
        *count = switch__vfio_back_count;
        return switch__vfio_back;
    case TABLE_VFIO_IN:
        *count = switch__vfio_in_count;
        return switch__vfio_in;
    case TABLE_VFIO_LEFT:
        *count = switch__vfio_left_count;
        return switch__vfio_left;
    case TABLE_NATIVE_RESERVE:
        *count = switch__native_reserve_count;
        return switch__native_reserve;
    case TABLE_NATIVE_STOP:
        *count = switch__native_stop_count;
        return switch__native_stop;
    case TABLE_NATIVE_BACK:
        *count = switch__native_back_count;
        return switch__native_back;
    case TABLE_NATIVE_IN:
        *count = switch__native_in_count;
        return switch__native_in;
    case TABLE_NATIVE_LEFT:
        *count = switch__native_left_count;
        return switch__native_left;
    case TABLE_COUNT:
        break;
    }
    assert(!"no such table of steps");
    return NULL;
}

static const struct step_def *step_now(const struct host_vm *hv)
{
    unsigned count;
    const struct step_def *table = switch__table((enum switch_table)switch_of(hv)->table, &count);

    assert(switch_of(hv)->pos < count);
    return &table[switch_of(hv)->pos];
}

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

struct switch_record *switch__record(struct host_vm *hv)
{
    return mode_of(hv)->record
               ? records_get(&mode_of_host(hv->host)->records, sizeof(struct switch_record), mode_of(hv)->record - 1)
               : NULL;
}

/* The first reason stays: what follows from it is not the cause. */
void switch__reason(struct host_vm *hv, const char *fmt, ...)
{
    struct switch_record *record = switch__record(hv);
    va_list ap;

    if (!record || record->reason[0])
        return;
    va_start(ap, fmt);
    vsnprintf(record->reason, sizeof(record->reason), fmt, ap);
    va_end(ap);
}

/* ---- what steps call ---- */

void switch__pf(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args)
{
    struct switch_record *record = switch__record(hv);
    struct pf_args told = *args;

    switch_of(hv)->ops++;
    switch_of(hv)->phase = PHASE_OPS;
    told.talk = record ? record->talk : 0;
    told.talker = host__who(hv)->id;
    host__ask_pf(hv, op, &told, switch__cookie(hv));
}

void switch__done(struct host_vm *hv, int status)
{
    struct switch_state *sw = switch_of(hv);

    if (sw->phase == PHASE_ENDED)
        return;
    event_cancel(hv->host->c.sim, &sw->timer);
    sw->phase = PHASE_ENDED;
    sw->status = status;
    host__post(hv, HOST_RANK_MODE, MODE_EV_ADVANCE, now(hv), sw->gen);
}

void switch__expect(struct host_vm *hv, uint32_t cmd)
{
    struct switch_state *sw = switch_of(hv);

    sw->phase = PHASE_GUEST;
    sw->expect = cmd;
    if (mode_of(hv)->pending_cmd == cmd) { /* it came before it was waited for */
        switch__done(hv, 0);
        return;
    }
    if (hv->state.ended) {
        switch__done(hv, -ENODEV);
        return;
    }
    sw->timer = host__post(hv, HOST_RANK_MODE, MODE_EV_TIMEOUT, now(hv) + GUEST_TIMEOUT_PS, sw->gen);
}

bool switch__is_drained(struct host_vm *hv, enum switch_phase phase)
{
    if (phase == PHASE_TX_DRAIN)
        return vmxnet3_tx_is_idle(hv->dev) && vswitch_from_vm(hv->host->vswitch, hv->port) == 0;
    return vswitch_to_vm(hv->host->vswitch, hv->port) == 0 && vmxnet3_rx_is_idle(hv->dev);
}

/* Whoever tells of progress is in the middle of its own work: the look is an event of its own. */
void switch__progress(struct host_vm *hv)
{
    struct switch_state *sw = switch_of(hv);

    if (mode_of(hv)->hold_open) {
        struct vswitch_hold_stats hold;
        struct switch_record *record = switch__record(hv);
        vswitch_get_hold(hv->host->vswitch, hv->port, &hold);
        record->held_frames = hold.frames;
        record->held_bytes_max = hold.bytes_max;
    }
    if (!switch__is_active(hv) || (sw->phase != PHASE_TX_DRAIN && sw->phase != PHASE_RX_DRAIN) || sw->drain_posted ||
        !switch__is_drained(hv, (enum switch_phase)sw->phase))
        return;
    sw->drain_posted = 1;
    host__post(hv, HOST_RANK_MODE, MODE_EV_DRAIN, now(hv), 0);
}

void switch__wait(struct host_vm *hv, enum switch_phase phase)
{
    switch_of(hv)->phase = phase;
    switch__progress(hv);
}

void switch__answer(struct host_vm *hv, bool success)
{
    if (!mode_of(hv)->pending_cmd)
        return;
    switch__say_to_guest(hv, "%s: %s", switch__command_name(mode_of(hv)->pending_cmd), success ? "success" : "failure");
    mode_of(hv)->pending_cmd = 0;
    mode_of(hv)->cmd_status = success ? NPA_STATUS_SUCCESS : NPA_STATUS_FAILURE;
    vmxnet3_raise_event(hv->dev, NPA_ECR_DIC);
}

/* ---- the machine ---- */

static void finish(struct host_vm *hv, enum switch_result result)
{
    static const char *const text[] = {"under way", "done", "undone", "forced", "refused"};
    struct switch_record *record = switch__record(hv);

    switch__answer(hv, result == SWITCH_DONE);
    host__claim(hv, CLAIM_SWITCH, 0);
    switch_of(hv)->phase = PHASE_NONE;
    record->end = now(hv);
    record->result = result;
    switch__say(hv, "%s%s%s", text[result], record->reason[0] ? ": " : "", record->reason);
    trace_switch_ended(&hv->host->c, record->vm, text[result], record->reason[0] ? record->reason : "as asked");
    if (hv->state.ended && hv->state.passthrough) /* it ended in the very last moment of a switch in */
        switch__begin_out(hv, TABLE_OUT_SAFE, "the VM has ended");
    else if (hv->state.ended)
        host__vm_cleared(hv);
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (hv->host->parts[rank]->switch_ended)
            hv->host->parts[rank]->switch_ended(hv, result == SWITCH_DONE);
    if (switch_of(hv)->aborted == SWITCH_VF_LOST && hv->state.passthrough &&
        !switch__is_active(hv)) /* too late to call it off */
        switch__begin_out(hv, TABLE_OUT_RESET, "the PF was reset while it entered");
}

void switch__start_step(struct host_vm *hv)
{
    struct switch_state *sw = switch_of(hv);
    const struct step_def *def = step_now(hv);
    struct switch_record *record = switch__record(hv);

    sw->gen++;
    sw->phase = PHASE_NONE;
    sw->ops = 0;
    sw->status = 0;
    sw->expect = 0;
    if (record->steps < STEP_COUNT)
        record->step[record->steps++] =
            (struct switch_step_record){.step = def->step, .start = now(hv), .end = SIM_NEVER};
    if (sw->fail == def->step) {
        sw->fail = STEP_NONE;
        record->fault_met = true;
        switch__reason(hv, "%s: failure injected", switch_step_name(def->step));
        switch__say(hv, "%s fails: injected", switch_step_name(def->step));
        switch__done(hv, -EIO);
        return;
    }
    def->start(hv);
}

/* Undoes steps from `pos` downwards until one has to wait for the PF; most failed steps have nothing to undo. */
static void undo_more(struct host_vm *hv)
{
    struct switch_state *sw = switch_of(hv);

    while (sw->pos > 0) {
        const struct step_def *def;
        sw->pos--;
        sw->gen++;
        sw->ops = 0;
        sw->phase = PHASE_OPS;
        def = step_now(hv);
        if (!def->undo)
            continue;
        trace_switch_step(&hv->host->c, vm_name(hv->vm), switch_step_name(def->step), "undone");
        switch__say(hv, "undoes %s", switch_step_name(def->step));
        def->undo(hv);
        if (sw->ops)
            return;
    }
    finish(hv, SWITCH_UNDONE);
}

static void fail_step(struct host_vm *hv)
{
    struct switch_state *sw = switch_of(hv);
    unsigned count;

    switch__reason(hv, "%s: %s", switch_step_name(step_now(hv)->step),
                   switch_status_text(step_now(hv)->step, sw->status));
    switch__say(hv, "%s: %s", switch_step_name(step_now(hv)->step), switch_status_text(step_now(hv)->step, sw->status));
    if (sw->to_passthrough) {
        sw->pos += step_now(hv)->undo_when_failed;
        sw->undoing = 1;
        undo_more(hv);
        return;
    }
    sw->forced = 1;
    switch__table((enum switch_table)sw->table, &count);
    if (sw->pos + 1 < count)
        sw->pos++;
    else if (sw->last_retried) { /* the last step twice: nothing is left to force */
        finish(hv, SWITCH_FORCED);
        return;
    } else {
        sw->last_retried = 1;
    }
    switch__start_step(hv);
}

static void advance(struct host_vm *hv)
{
    struct switch_state *sw = switch_of(hv);
    struct switch_record *record = switch__record(hv);
    bool gone_well = false;
    unsigned count;

    if (sw->status == 0 && sw->aborted && sw->to_passthrough && !hv->state.passthrough) {
        sw->status = -ECANCELED;
        switch__reason(hv, hv->state.ended ? "the VM has ended" : "the guest reset its device");
        gone_well = true;
    }
    if (record->steps) {
        record->step[record->steps - 1].end = now(hv);
        record->step[record->steps - 1].status = sw->status;
    }
    trace_switch_step(&hv->host->c, record->vm, switch_step_name(step_now(hv)->step),
                      switch_status_text(step_now(hv)->step, sw->status));
    if (gone_well)
        sw->pos++; /* it has to be undone as well */
    if (sw->status) {
        fail_step(hv);
        return;
    }
    switch__table((enum switch_table)sw->table, &count);
    if (++sw->pos < count) {
        switch__start_step(hv);
        return;
    }
    sw->pos = 0;
    finish(hv, sw->forced ? SWITCH_FORCED : SWITCH_DONE);
}

static void op_done(struct host_vm *hv, uint32_t gen, int status, int vf)
{
    struct switch_state *sw = switch_of(hv);
    struct switch_record *record = switch__record(hv);

    if (!switch__is_active(hv) || gen != sw->gen || sw->ops == 0)
        return;
    if (status && !sw->status)
        sw->status = status;
    if (!sw->undoing && !status && step_now(hv)->step == STEP_ACQUIRE)
        hv->state.vf = record->vf = vf;
    trace_switch_op(&hv->host->c, record->vm, switch_step_name(step_now(hv)->step),
                    switch_status_text(step_now(hv)->step, status), hv->state.vf);
    if (--sw->ops)
        return;
    if (sw->undoing)
        undo_more(hv);
    else if (sw->status || !step_now(hv)->ops_done)
        switch__done(hv, sw->status);
    else
        step_now(hv)->ops_done(hv);
}

/* ---- told ---- */

void switch__pf_done(struct host_vm *hv, unsigned kind, uint32_t number, int status, int vf)
{
    if (kind == MODE_RESET)
        switch__reset_over(hv);
    else
        op_done(hv, number, status, vf);
}

void switch__event(struct host *host, unsigned verb, const struct event *ev)
{
    struct host_vm *hv = host->vm[ev->a];
    struct switch_state *sw = switch_of(hv);

    if (verb == MODE_EV_DRAIN) {
        sw->drain_posted = 0;
        if (switch__is_active(hv) && (sw->phase == PHASE_TX_DRAIN || sw->phase == PHASE_RX_DRAIN) &&
            switch__is_drained(hv, (enum switch_phase)sw->phase))
            step_now(hv)->drained(hv);
        return;
    }
    if (!switch__is_active(hv) || ev->b != sw->gen)
        return;
    switch ((enum mode_verb)verb) {
    case MODE_EV_ADVANCE:
        advance(hv);
        break;
    case MODE_EV_TIMEOUT:
        sw->timer = (struct event_id){0, 0};
        switch__reason(hv, "%s: the guest did not answer within 1 s", switch_step_name(step_now(hv)->step));
        switch__done(hv, -ETIMEDOUT);
        break;
    case MODE_EV_COPIED:
        switch__done(hv, 0);
        break;
    case MODE_EV_QUIET:
        switch__upt_look(hv);
        break;
    case MODE_EV_DRAIN:
        break;
    }
}
