/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of the mode switch: a procedure of steps (core/engine/procedure.h), its record, and what a step can wait for:
 * operations of the PF, a command of the guest, a queue that drains, a copy, the end of a reset.
 *
 * On the way in a step that fails makes the steps before it be undone in reverse; on the way out it is noted, and the
 * rest is forced. Nothing here knows what a step does.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/mode/mode__.h"

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

struct switch_record *switch__record(struct host_vm *hv)
{
    return mode_of(hv)->state.record
               ? records_get(&mode_of_host(hv->host)->records, sizeof(struct switch_record), mode_of(hv)->state.record - 1)
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

static struct procedure *procedure_of(const struct host_vm *hv) { return &mode_of(hv)->procedure; }

static enum switch_step step_now(const struct host_vm *hv) { return (enum switch_step)procedure_step_now(procedure_of(hv))->own; }

/* ---- what steps call ---- */

int switch__pf(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args)
{
    struct switch_record *record = switch__record(hv);
    struct pf_args told = *args;

    switch_of(hv)->ops++;
    switch_of(hv)->phase = PHASE_OPS;
    told.talk = record ? record->talk : 0;
    told.talker = host__who(hv)->id;
    host__ask_pf(hv, op, &told, switch__cookie(hv));
    return PROCEDURE_WAIT;
}

int switch__vf_op(struct host_vm *hv, enum vmk_netptop op)
{
    struct pf_args args = {.vf = hv->state.vf};

    return switch__pf(hv, op, &args);
}

int switch__ops_wait(struct host_vm *hv) { return switch_of(hv)->ops ? PROCEDURE_WAIT : PROCEDURE_NEXT; }

int switch__expect(struct host_vm *hv, uint32_t cmd)
{
    struct switch_state *sw = switch_of(hv);

    sw->phase = PHASE_NONE;
    sw->expect = cmd;
    if (mode_of(hv)->state.pending_cmd == cmd) /* it came before it was waited for */
        return PROCEDURE_NEXT;
    if (hv->state.ended)
        return -ENODEV;
    sw->phase = PHASE_GUEST;
    procedure_limit(procedure_of(hv), GUEST_TIMEOUT_PS);
    return PROCEDURE_WAIT;
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

    if (mode_of(hv)->state.hold_open) {
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

int switch__wait(struct host_vm *hv, enum switch_phase phase)
{
    switch_of(hv)->phase = phase;
    switch__progress(hv);
    return PROCEDURE_WAIT;
}

void switch__answer(struct host_vm *hv, bool success)
{
    struct mode_state *mode = &mode_of(hv)->state;

    if (!mode->pending_cmd)
        return;
    switch__say_to_guest(hv, "%s: %s", switch__command_name(mode->pending_cmd), success ? "success" : "failure");
    mode->pending_cmd = 0;
    mode->cmd_status = success ? NPA_STATUS_SUCCESS : NPA_STATUS_FAILURE;
    vmxnet3_raise_event(hv->dev, NPA_ECR_DIC);
}

/* ---- the procedure ---- */

static enum switch_result result_of(const struct host_vm *hv, int status)
{
    if (status && switch_of(hv)->to_passthrough)
        return SWITCH_UNDONE;
    return status || switch_of(hv)->forced ? SWITCH_FORCED : SWITCH_DONE;
}

static void ended(void *owner, int status)
{
    static const char *const text[] = {"under way", "done", "undone", "forced", "refused"};
    struct host_vm *hv = owner;
    struct switch_record *record = switch__record(hv);
    enum switch_result result = result_of(hv, status);

    switch__answer(hv, result == SWITCH_DONE);
    host__claim(hv, CLAIM_SWITCH, 0);
    switch_of(hv)->phase = PHASE_NONE;
    record->end = now(hv);
    record->result = result;
    switch__say(hv, "%s%s%s", text[result], record->reason[0] ? ": " : "", record->reason);
    trace_switch_ended(&hv->host->c, record->vm, text[result], record->reason[0] ? record->reason : "as asked");
    if (hv->state.ended && hv->state.passthrough) /* it ended in the very last moment of a switch in */
        switch__begin_out(hv, &switch__out_safe, "the VM has ended");
    else if (hv->state.ended)
        host__vm_cleared(hv);
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (hv->host->parts[rank]->switch_ended)
            hv->host->parts[rank]->switch_ended(hv, result == SWITCH_DONE);
    if (switch_of(hv)->aborted == SWITCH_VF_LOST && hv->state.passthrough && !switch__is_active(hv)) /* too late to call it off */
        switch__begin_out(hv, &switch__out_reset, "the PF was reset while it entered");
}

static int starts(void *owner, const struct procedure_step *step)
{
    struct host_vm *hv = owner;
    struct switch_state *sw = switch_of(hv);
    struct switch_record *record = switch__record(hv);

    sw->phase = PHASE_NONE;
    sw->ops = 0;
    sw->status = 0;
    sw->expect = 0;
    if (record->steps < STEP_COUNT)
        record->step[record->steps++] =
            (struct switch_step_record){.step = (enum switch_step)step->own, .start = now(hv), .end = SIM_NEVER};
    if (sw->fail != step->own)
        return 0;
    sw->fail = STEP_NONE;
    record->fault_met = true;
    switch__reason(hv, "%s: failure injected", step->name);
    switch__say(hv, "%s fails: injected", step->name);
    return -EIO;
}

/* On the way out a failure is noted; the last step is tried twice, then nothing is left to force. */
static int note_failure(struct host_vm *hv, const struct procedure_step *step, int status)
{
    const struct procedure_table *table = procedure_table_now(procedure_of(hv));
    struct switch_state *sw = switch_of(hv);
    const char *text = switch_status_text((enum switch_step)step->own, status);

    switch__reason(hv, "%s: %s", step->name, text);
    switch__say(hv, "%s: %s", step->name, text);
    if (sw->to_passthrough)
        return status;
    sw->forced = 1;
    if (step != &table->step[table->count - 1] || sw->last_retried)
        return status;
    sw->last_retried = 1;
    return PROCEDURE_AGAIN;
}

static int ends(void *owner, const struct procedure_step *step, int answer)
{
    struct host_vm *hv = owner;
    struct switch_state *sw = switch_of(hv);
    struct switch_record *record = switch__record(hv);
    const struct procedure_table *table = procedure_table_now(procedure_of(hv));
    bool is_called_off = answer >= 0 && sw->aborted && sw->to_passthrough && !hv->state.passthrough;
    int status = is_called_off ? -ECANCELED : answer < 0 ? answer : 0;

    if (is_called_off) /* what it has done is undone, too */
        switch__reason(hv, hv->state.ended ? "the VM has ended" : "the guest reset its device");
    record->step[record->steps - 1].end = now(hv);
    record->step[record->steps - 1].status = status;
    trace_switch_step(&hv->host->c, record->vm, step->name, switch_status_text((enum switch_step)step->own, status));
    if (is_called_off && step + 1 < table->step + table->count)
        step++; /* it is the next one that does not come */
    return status ? note_failure(hv, step, status) : answer;
}

static void undoes(void *owner, const struct procedure_step *step)
{
    struct host_vm *hv = owner;

    switch_of(hv)->ops = 0;
    switch_of(hv)->phase = PHASE_OPS;
    trace_switch_step(&hv->host->c, vm_name(hv->vm), step->name, "undone");
    switch__say(hv, "undoes %s", step->name);
}

const struct procedure_kind switch__kind = {
    .table = switch__tables,
    .starts = starts,
    .ends = ends,
    .undoes = undoes,
    .ended = ended,
    .go_on_verb = HOST_VERB(HOST_RANK_MODE, MODE_EV_ADVANCE),
    .late_verb = HOST_VERB(HOST_RANK_MODE, MODE_EV_TIMEOUT),
    .cls = EV_HOST,
};

/* ---- told ---- */

void switch__came(struct host_vm *hv, int status)
{
    struct procedure *procedure = procedure_of(hv);

    procedure_done(procedure, procedure->gen, status);
    if (procedure->phase == PROCEDURE_STEP_OVER)
        switch_of(hv)->phase = PHASE_NONE;
}

static void op_done(struct host_vm *hv, uint32_t gen, int status, int vf)
{
    struct switch_state *sw = switch_of(hv);
    struct switch_record *record = switch__record(hv);
    bool undoing = procedure_is_undoing(procedure_of(hv));

    if (!switch__is_active(hv) || gen != switch__gen(hv) || sw->ops == 0)
        return;
    if (status && !sw->status)
        sw->status = status;
    if (!undoing && !status && step_now(hv) == STEP_ACQUIRE)
        hv->state.vf = record->vf = vf;
    trace_switch_op(&hv->host->c, record->vm, switch_step_name(step_now(hv)), switch_status_text(step_now(hv), status),
                    hv->state.vf);
    if (--sw->ops == 0)
        switch__came(hv, undoing ? 0 : sw->status);
}

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
            switch__came(hv, 0);
        return;
    }
    if (!switch__is_active(hv) || ev->b != switch__gen(hv))
        return;
    switch ((enum mode_verb)verb) {
    case MODE_EV_TIMEOUT:
        switch__reason(hv, "%s: the guest did not answer within 1 s", switch_step_name(step_now(hv)));
        sw->phase = PHASE_NONE;
        procedure_event(procedure_of(hv), ev);
        break;
    case MODE_EV_ADVANCE:
        procedure_event(procedure_of(hv), ev);
        break;
    case MODE_EV_COPIED:
        switch__came(hv, 0);
        break;
    case MODE_EV_QUIET:
        switch__upt_look(hv);
        break;
    case MODE_EV_DRAIN:
        break;
    }
}
