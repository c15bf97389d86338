/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which a VM comes to stand still and runs again [host/standstill/standstill.h]. */
#include "host/standstill/standstill.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/mode/mode__.h"
#include "host/policy/policy__.h"
#include "host/standstill/standstill__.h"
#include "vm/move.h"

#define QUIET_LOOK_PS  (2 * SIM_US)   /* how often the hypervisor looks whether all is quiet */
#define QUIET_LIMIT_PS (100 * SIM_MS) /* it gives up */

static const char *const kind_names[] = {"suspend", "snapshot", "restore"};

const char *standstill_kind_name(enum standstill_kind kind) { return kind_names[kind]; }

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

static struct standstill_record *record_of(struct host_vm *hv)
{
    return records_get(&standstill_of_host(hv->host)->records, sizeof(struct standstill_record),
                       standstill_of(hv)->record - 1);
}

static void tell(struct host_vm *hv, const char *what, const char *then)
{
    struct standstill_record *record = record_of(hv);

    trace_standstill(&hv->host->c, kind_names[record->kind], record->vm, what, then);
}

static void look_at(struct host_vm *hv, sim_time at)
{
    host__post(hv, HOST_RANK_STANDSTILL, STANDSTILL_ON, at, standstill_of(hv)->gen);
}

/* What of a phase everyone may know. */
static unsigned claims_in(enum standstill_phase phase)
{
    switch (phase) {
    case STANDSTILL_PHASE_NONE:
        break;
    case STANDSTILL_PHASE_OUT:
        return CLAIM_STANDSTILL;
    case STANDSTILL_PHASE_STOP:
    case STANDSTILL_PHASE_FILE:
    case STANDSTILL_PHASE_STILL:
        return CLAIM_STANDSTILL | CLAIM_STANDS;
    case STANDSTILL_PHASE_BACK:
        return CLAIM_STANDSTILL | CLAIM_RETURNS;
    }
    return 0;
}

static void enter(struct host_vm *hv, enum standstill_phase phase)
{
    host__claim(hv, CLAIM_STANDSTILL | CLAIM_STANDS | CLAIM_RETURNS, claims_in(phase));
    standstill_of(hv)->phase = phase;
    standstill_of(hv)->gen++;
}

/* ---- the end ---- */

static void end(struct host_vm *hv, enum standstill_result result)
{
    static const char *const text[] = {"under way", "standing", "done", "failed", "refused"};
    struct standstill_record *record = record_of(hv);
    char how[64];

    enter(hv, STANDSTILL_PHASE_NONE);
    host__changed(hv->host);
    record->result = result;
    record->is_passthrough = hv->state.passthrough;
    record->end = now(hv);
    snprintf(how, sizeof(how), "ended, %s", text[result]);
    tell(hv, how, record->reason[0] ? record->reason : "as asked");
}

/* Into passthrough again, where it came from. Whatever becomes of it, the VM runs. */
static void go_back(struct host_vm *hv)
{
    struct switch_params params = {.to_passthrough = true, .fail = STEP_NONE, .by_migration = true};
    struct standstill_record *record = record_of(hv);

    bool by_policy = policy_of(hv)->set[VM_SET_PASSTHROUGH];

    enter(hv, STANDSTILL_PHASE_BACK);
    if (!record->was_passthrough || by_policy || hv->state.ended || hv->state.passthrough ||
        hv->state.waits_for_guest || host_switch(hv->host, hv->vm, &params))
        end(hv, record->reason[0] ? STANDSTILL_FAILED : STANDSTILL_DONE);
}

static void run_again(struct host_vm *hv)
{
    record_of(hv)->resumed = now(hv);
    tell(hv, "runs again", "between the instructions where it stopped");
    host__go_on(hv);
    go_back(hv);
}

static void fail(struct host_vm *hv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct host_vm *hv, const char *fmt, ...)
{
    struct standstill_record *record = record_of(hv);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(record->reason, sizeof(record->reason), fmt, ap);
    va_end(ap);
    tell(hv, "failed", record->reason);
    if (vm_is_paused(hv->vm))
        run_again(hv);
    else
        go_back(hv);
}

/* ---- phases ---- */

static void stay_still(struct host_vm *hv)
{
    enter(hv, STANDSTILL_PHASE_STILL);
    record_of(hv)->result = STANDSTILL_STANDING;
}

/* All of its memory, as a file of it is as long. */
static void begin_file(struct host_vm *hv)
{
    uint64_t byte_ps = profile_get(&hv->host->c.sim->profile, PROFILE_storage_byte_ps);

    enter(hv, STANDSTILL_PHASE_FILE);
    look_at(hv, now(hv) + vm_get_params(hv->vm)->ram_bytes * byte_ps);
}

static void stand(struct host_vm *hv)
{
    record_of(hv)->still = now(hv);
    tell(hv, "stands still", "frames for it are lost");
    if (record_of(hv)->kind == STANDSTILL_SUSPEND)
        stay_still(hv);
    else
        begin_file(hv);
}

/* The suspension during which it happened goes on. */
static void back_to_suspension(struct host_vm *hv, enum standstill_result result)
{
    uint32_t under = standstill_of(hv)->under;

    end(hv, result);
    standstill_of(hv)->record = under;
    standstill_of(hv)->under = 0;
    stay_still(hv);
}

static void file_done(struct host_vm *hv)
{
    struct standstill_record *record = record_of(hv);
    char why[160] = "no memory for it";
    int status = record->kind == STANDSTILL_SNAPSHOT ? snapshot__take(hv, record->file)
                                                     : snapshot__put(hv, record->file, why, sizeof(why));

    if (status) {
        snprintf(record->reason, sizeof(record->reason), "%.60s: %.120s", record->file, why);
        tell(hv, "failed", record->reason);
    } else {
        record->kept = now(hv);
        record->ram_hash = vm_ram_hash(hv->vm);
        tell(hv, record->kind == STANDSTILL_SNAPSHOT ? "is written" : "is put back", record->file);
        if (record->kind == STANDSTILL_RESTORE)
            vswitch_announce(hv->host->vswitch, hv->port); /* it may have had another address */
    }
    if (standstill_of(hv)->under)
        back_to_suspension(hv, status ? STANDSTILL_FAILED : STANDSTILL_DONE);
    else if (standstill_of(hv)->stay && !status)
        stay_still(hv);
    else
        run_again(hv);
}

static void stop_step(struct host_vm *hv)
{
    if (now(hv) >= standstill_of(hv)->limit) {
        fail(hv, "its device could not be stopped");
    } else if ((!vm_is_paused(hv->vm) && host__stop(hv)) || !host__is_quiet(hv)) {
        look_at(hv, now(hv) + QUIET_LOOK_PS);
    } else {
        stand(hv);
    }
}

static void begin_stop(struct host_vm *hv)
{
    enter(hv, STANDSTILL_PHASE_STOP);
    standstill_of(hv)->limit = now(hv) + QUIET_LIMIT_PS;
    look_at(hv, now(hv));
}

/* No switch is under way now. */
static void leave(struct host_vm *hv)
{
    struct switch_params params = {.fail = STEP_NONE, .by_migration = true};

    if (hv->state.ended)
        fail(hv, "the VM has ended");
    else if (hv->state.waits_for_guest || (hv->state.passthrough && standstill_of(hv)->has_asked))
        fail(hv, "the guest did not leave its VF");
    else if (!hv->state.passthrough)
        begin_stop(hv);
    else {
        standstill_of(hv)->has_asked = 1;
        if (host_switch(hv->host, hv->vm, &params))
            fail(hv, "it could not leave its VF");
    }
}

static void event(struct host *host, unsigned verb, const struct event *ev)
{
    struct host_vm *hv = host->vm[ev->a];

    if (ev->b != standstill_of(hv)->gen)
        return;
    switch ((enum standstill_phase)standstill_of(hv)->phase) {
    case STANDSTILL_PHASE_OUT:
        if (!switch__is_active(hv))
            leave(hv);
        break;
    case STANDSTILL_PHASE_STOP:
        stop_step(hv);
        break;
    case STANDSTILL_PHASE_FILE:
        file_done(hv);
        break;
    case STANDSTILL_PHASE_BACK:
        if (!switch__is_active(hv))
            end(hv, record_of(hv)->reason[0] ? STANDSTILL_FAILED : STANDSTILL_DONE);
        break;
    case STANDSTILL_PHASE_NONE:
    case STANDSTILL_PHASE_STILL:
        break;
    }
}

/* ---- beginning ---- */

static const char *refusal(const struct host_vm *hv, enum standstill_kind kind)
{
    if (hv->state.ended)
        return "the VM has ended";
    if (vm_get_state(hv->vm) == VM_CREATED)
        return "the VM has not been started yet";
    if (host__is_claimed(hv, CLAIM_MIGRATION))
        return "a migration is under way";
    if (standstill_of(hv)->phase == STANDSTILL_PHASE_STILL)
        return kind == STANDSTILL_SUSPEND ? "it is suspended already" : NULL;
    if (standstill_of(hv)->phase != STANDSTILL_PHASE_NONE)
        return "a suspension, snapshot or restore is under way";
    if (hv->state.waits_for_guest)
        return "its guest does not answer";
    if (host__is_claimed(hv, CLAIM_OWN_VF))
        return "a VF of its own is attached, whose state is its driver's";
    return NULL;
}

static int begin(struct host_vm *hv, enum standstill_kind kind, const char *file, bool stay)
{
    struct standstill_of_host *of_host = standstill_of_host(hv->host);
    struct standstill_record *record = records_add(&of_host->records, sizeof(*record));
    const char *why = refusal(hv, kind);
    bool is_suspended = standstill_of(hv)->phase == STANDSTILL_PHASE_STILL;

    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(hv->vm));
    snprintf(record->host, sizeof(record->host), "%s", hv->host->name);
    snprintf(record->file, sizeof(record->file), "%s", file);
    record->kind = kind;
    record->start = record->end = now(hv);
    record->was_passthrough = record->is_passthrough = hv->state.passthrough;
    if (why) {
        record->result = STANDSTILL_REFUSED;
        snprintf(record->reason, sizeof(record->reason), "%s", why);
        trace_standstill(&hv->host->c, kind_names[kind], record->vm, "ended, refused", why);
        return -EBUSY;
    }
    standstill_of(hv)->under = is_suspended ? standstill_of(hv)->record : 0;
    standstill_of(hv)->record = of_host->records.count;
    standstill_of(hv)->has_asked = 0;
    standstill_of(hv)->stay = stay;
    tell(hv, "begins",
         is_suspended            ? "it is suspended"
         : hv->state.passthrough ? "out of passthrough first"
                                 : "it is emulated");
    if (is_suspended) {
        record->still = now(hv);
        begin_file(hv);
        return 0;
    }
    enter(hv, STANDSTILL_PHASE_OUT);
    look_at(hv, now(hv));
    host__changed(hv->host);
    return 0;
}

int host_suspend(struct host *host, struct vm *vm) { return begin(host__find(host, vm), STANDSTILL_SUSPEND, "", true); }

int host_snapshot(struct host *host, struct vm *vm, const char *name, bool stay)
{
    if (strlen(name) >= STANDSTILL_FILE_MAX)
        return -EINVAL;
    return begin(host__find(host, vm), STANDSTILL_SNAPSHOT, name, stay);
}

int host_restore(struct host *host, struct vm *vm, const char *name, const void *bytes, size_t len)
{
    int status = 0;

    if (strlen(name) >= STANDSTILL_FILE_MAX)
        return -EINVAL;
    if (bytes)
        status = snapshot__keep(host, name, bytes, len, false);
    else if (!snapshot__find(host, name))
        status = -ENOENT;
    return status ? status : begin(host__find(host, vm), STANDSTILL_RESTORE, name, false);
}

int host_resume(struct host *host, struct vm *vm)
{
    struct host_vm *hv = host__find(host, vm);

    if (standstill_of(hv)->phase != STANDSTILL_PHASE_STILL)
        return -EINVAL;
    run_again(hv);
    return 0;
}

/* ---- views ---- */

bool host_vm_is_suspended(const struct host *host, const struct vm *vm)
{
    return standstill_of(host__find(host, vm))->phase == STANDSTILL_PHASE_STILL;
}

bool host_standstill_is_under_way(const struct host *host)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (standstill_of(host->vm[i])->phase != STANDSTILL_PHASE_NONE &&
            standstill_of(host->vm[i])->phase != STANDSTILL_PHASE_STILL)
            return true;
    return false;
}

unsigned host_standstill_count(const struct host *host) { return standstill_of_host(host)->records.count; }

const struct standstill_record *host_standstill_get(const struct host *host, unsigned i)
{
    return records_get(&standstill_of_host(host)->records, sizeof(struct standstill_record), i);
}

/* ---- the part ---- */

static void host_freed(struct host *host)
{
    records_free(&standstill_of_host(host)->records);
    snapshot__free_all(host);
}

static void save_host(struct host *host, struct save *s)
{
    records_save(&standstill_of_host(host)->records, sizeof(struct standstill_record), s);
    snapshot__save_all(host, s);
}

/* A state that no save writes must not index anything here. */
static bool is_sound(const struct host_vm *hv)
{
    const struct standstill_state *still = standstill_of(hv);
    unsigned records = standstill_of_host(hv->host)->records.count;

    return still->record <= records && still->under <= records && still->phase <= STANDSTILL_PHASE_BACK &&
           (still->phase == STANDSTILL_PHASE_NONE || still->record) &&
           host__is_claimed(hv, CLAIM_STANDSTILL) == (still->phase != STANDSTILL_PHASE_NONE);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct standstill_state *still = standstill_of(hv);

    save_field(s, *still);
    if (!s->err && !is_sound(hv))
        save_fail(s, -EPROTO, "the standstill of %s is impossible", vm_name(hv->vm));
}

static void switch_ended(struct host_vm *hv, bool done)
{
    if (standstill_of(hv)->phase != STANDSTILL_PHASE_NONE)
        look_at(hv, now(hv));
}

static void vm_ended(struct host_vm *hv)
{
    if (standstill_of(hv)->phase == STANDSTILL_PHASE_STOP) /* in the other phases a switch tells of its end */
        look_at(hv, now(hv));
}

static bool frame(struct host_vm *hv, frame_ref ref)
{
    if (!hv->state.present || standstill_of(hv)->phase == STANDSTILL_PHASE_NONE)
        return false;
    record_of(hv)->lost++;
    frame_end_sub(&hv->host->c, ref, FATE_vm_suspended, "port %d", (int)hv->port);
    return true;
}

static bool waiting_frame(struct host_vm *hv, frame_ref ref, bool in_front) { return frame(hv, ref); }

const struct host_part standstill_part = {
    .name = "standstill",
    .rank = HOST_RANK_STANDSTILL,
    .host_bytes = sizeof(struct standstill_of_host),
    .vm_bytes = sizeof(struct standstill_state),
    .host_freed = host_freed,
    .save_host = save_host,
    .save_vm = save_vm,
    .event = event,
    .vm_ended = vm_ended,
    .waiting = waiting_frame,
    .diverted = frame,
    .switch_ended = switch_ended,
};
