/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which a VM comes to stand still and runs again [host/standstill/standstill.h]. */
#include "host/standstill/standstill.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/mode/mode__.h"
#include "host/policy/policy__.h"
#include "host/standstill/standstill__.h"
#include "vm/move.h"

#define QUIET_LOOK_PS (2 * SIM_US)   /* how often the hypervisor looks whether all is quiet */
#define QUIET_LIMIT_PS (100 * SIM_MS) /* it gives up */

static const char *const kind_names[] = {"suspend", "snapshot", "restore"};

const char *standstill_kind_name(enum standstill_kind kind) { return kind_names[kind]; }

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

static struct standstill_record *record_of(struct host_vm *hv)
{
    return records_get(&standstill_of_host(hv->host)->records, sizeof(struct standstill_record), standstill_of(hv)->record - 1);
}

static void tell(struct host_vm *hv, const char *what, const char *then)
{
    struct standstill_record *record = record_of(hv);

    trace_standstill(&hv->host->c, kind_names[record->kind], record->vm, what, then);
}

static void look_at(struct host_vm *hv, sim_time at)
{
    host__post(hv, HOST_RANK_STANDSTILL, STANDSTILL_ON, at, standstill_procedure(hv)->gen);
}

static bool is_under_way(const struct host_vm *hv) { return procedure_is_active(standstill_procedure(hv)); }

static bool is_at(const struct host_vm *hv, enum standstill_step step)
{
    return is_under_way(hv) && procedure_step_now(standstill_procedure(hv))->own == step;
}

static int jump(struct host_vm *hv, const char *step)
{
    procedure_jump(standstill_procedure(hv), step);
    return PROCEDURE_JUMP;
}

enum { CLAIMS = CLAIM_STANDSTILL | CLAIM_STANDS | CLAIM_RETURNS };

/* ---- the end ---- */

static void end(struct host_vm *hv, enum standstill_result result)
{
    static const char *const text[] = {"under way", "standing", "done", "failed", "refused"};
    struct standstill_record *record = record_of(hv);
    char how[64];

    host__claim(hv, CLAIMS, 0);
    host__changed(hv->host);
    record->result = result;
    record->is_passthrough = hv->state.passthrough;
    record->end = now(hv);
    snprintf(how, sizeof(how), "ended, %s", text[result]);
    tell(hv, how, record->reason[0] ? record->reason : "as asked");
}

static void ended(void *owner, int status)
{
    struct host_vm *hv = owner;

    end(hv, record_of(hv)->reason[0] ? STANDSTILL_FAILED : STANDSTILL_DONE);
}

static int fail(struct host_vm *hv, const char *reason)
{
    struct standstill_record *record = record_of(hv);

    snprintf(record->reason, sizeof(record->reason), "%s", reason);
    tell(hv, "failed", record->reason);
    return jump(hv, "back");
}

/* ---- the steps ---- */

static int out(void *owner)
{
    struct host_vm *hv = owner;

    look_at(hv, now(hv));
    return PROCEDURE_WAIT;
}

static int out_done(void *owner)
{
    struct switch_params params = {.fail = STEP_NONE, .by_migration = true};
    struct host_vm *hv = owner;

    if (switch__is_active(hv))
        return PROCEDURE_WAIT;
    if (hv->state.ended)
        return fail(hv, "the VM has ended");
    if (hv->state.waits_for_guest || (hv->state.passthrough && standstill_of(hv)->has_asked))
        return fail(hv, "the guest did not leave its VF");
    if (!hv->state.passthrough)
        return PROCEDURE_NEXT;
    standstill_of(hv)->has_asked = 1;
    return host_switch(hv->host, hv->vm, &params) ? fail(hv, "it could not leave its VF") : PROCEDURE_WAIT;
}

static int stop(void *owner)
{
    struct host_vm *hv = owner;

    standstill_of(hv)->limit = now(hv) + QUIET_LIMIT_PS;
    look_at(hv, now(hv));
    return PROCEDURE_WAIT;
}

static int stop_done(void *owner)
{
    struct host_vm *hv = owner;

    if (now(hv) >= standstill_of(hv)->limit)
        return fail(hv, "its device could not be stopped");
    if ((!vm_is_paused(hv->vm) && host__stop(hv)) || !host__is_quiet(hv)) {
        look_at(hv, now(hv) + QUIET_LOOK_PS);
        return PROCEDURE_WAIT;
    }
    record_of(hv)->still = now(hv);
    tell(hv, "stands still", "frames for it are lost");
    return PROCEDURE_NEXT;
}

/* All of its memory, as a file of it is as long. */
static int file(void *owner)
{
    struct host_vm *hv = owner;

    if (record_of(hv)->kind == STANDSTILL_SUSPEND)
        return PROCEDURE_NEXT;
    look_at(hv, now(hv) + vm_get_params(hv->vm)->ram_bytes * profile_get(&hv->host->c.sim->profile, PROFILE_storage_byte_ps));
    return PROCEDURE_WAIT;
}

static int write_or_read(struct host_vm *hv)
{
    struct standstill_record *record = record_of(hv);
    char why[160] = "no memory for it";
    int status =
        record->kind == STANDSTILL_SNAPSHOT ? snapshot__take(hv, record->file) : snapshot__put(hv, record->file, why, sizeof(why));

    if (status) {
        snprintf(record->reason, sizeof(record->reason), "%.60s: %.120s", record->file, why);
        tell(hv, "failed", record->reason);
        return status;
    }
    record->kept = now(hv);
    record->ram_hash = vm_ram_hash(hv->vm);
    tell(hv, record->kind == STANDSTILL_SNAPSHOT ? "is written" : "is put back", record->file);
    if (record->kind == STANDSTILL_RESTORE)
        vswitch_announce(hv->host->vswitch, hv->port); /* it may have had another address */
    return 0;
}

/* A suspension during which it happened goes on. */
static int file_done(void *owner)
{
    struct host_vm *hv = owner;
    struct standstill_state *still = standstill_of(hv);
    int status = write_or_read(hv);

    if (still->under) {
        end(hv, status ? STANDSTILL_FAILED : STANDSTILL_DONE);
        still->record = still->under;
        still->under = 0;
        return PROCEDURE_NEXT;
    }
    return still->stay && !status ? PROCEDURE_NEXT : jump(hv, "back");
}

static int stand(void *owner)
{
    record_of(owner)->result = STANDSTILL_STANDING;
    return PROCEDURE_WAIT;
}

/* Or a snapshot of it is to be taken or put back while it stands. */
static int stand_done(void *owner)
{
    struct host_vm *hv = owner;

    if (!standstill_of_vm(hv)->resumes)
        return jump(hv, "file");
    standstill_of_vm(hv)->resumes = false;
    return PROCEDURE_NEXT;
}

static void run_again(struct host_vm *hv)
{
    record_of(hv)->resumed = now(hv);
    tell(hv, "runs again", "between the instructions where it stopped");
    host__go_on(hv);
}

/* Into passthrough again, where it came from. Whatever becomes of it, the VM runs. */
static int back(void *owner)
{
    struct switch_params params = {.to_passthrough = true, .fail = STEP_NONE, .by_migration = true};
    struct host_vm *hv = owner;
    bool by_policy = policy_of(hv)->set[VM_SET_PASSTHROUGH];

    if (vm_is_paused(hv->vm) || record_of(hv)->still)
        run_again(hv);
    if (!record_of(hv)->was_passthrough || by_policy || hv->state.ended || hv->state.passthrough || hv->state.waits_for_guest ||
        host_switch(hv->host, hv->vm, &params))
        return PROCEDURE_NEXT;
    return PROCEDURE_WAIT;
}

static int back_done(void *owner) { return switch__is_active(owner) ? PROCEDURE_WAIT : PROCEDURE_NEXT; }

static const struct procedure_step steps[] = {
    {.name = "out", .start = out, .done = out_done, .own = STANDSTILL_OUT},
    {.name = "stop", .start = stop, .done = stop_done, .own = STANDSTILL_STOP},
    {.name = "file", .start = file, .done = file_done, .own = STANDSTILL_FILE},
    {.name = "still", .start = stand, .done = stand_done, .own = STANDSTILL_STILL},
    {.name = "back", .start = back, .done = back_done, .own = STANDSTILL_BACK},
};
static const struct procedure_table table = PROCEDURE_TABLE("standstill", steps, PROCEDURE_ENDS);

/* What of a step everyone may know. */
static int starts(void *owner, const struct procedure_step *step)
{
    static const unsigned claims[] = {
        [STANDSTILL_OUT] = CLAIM_STANDSTILL,
        [STANDSTILL_STOP] = CLAIM_STANDSTILL | CLAIM_STANDS,
        [STANDSTILL_FILE] = CLAIM_STANDSTILL | CLAIM_STANDS,
        [STANDSTILL_STILL] = CLAIM_STANDSTILL | CLAIM_STANDS,
        [STANDSTILL_BACK] = CLAIM_STANDSTILL | CLAIM_RETURNS,
    };

    host__claim(owner, CLAIMS, claims[step->own]);
    return 0;
}

static const struct procedure_kind kind_of_procedure = {
    .table = (const struct procedure_table *const[]){&table, NULL},
    .starts = starts,
    .ended = ended,
    .cls = EV_HOST,
};

static void go_on(struct host_vm *hv) { procedure_done(standstill_procedure(hv), standstill_procedure(hv)->gen, 0); }

/* One that stands waits for its operator alone. */
static void event(struct host *host, unsigned verb, const struct event *ev)
{
    struct host_vm *hv = host->vm[ev->a];

    if (ev->b == standstill_procedure(hv)->gen && !is_at(hv, STANDSTILL_STILL))
        go_on(hv);
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
    if (host__is_claimed(hv, CLAIM_UPGRADE))
        return "its plugin is being replaced";
    if (is_at(hv, STANDSTILL_STILL))
        return kind == STANDSTILL_SUSPEND ? "it is suspended already" : NULL;
    if (is_under_way(hv))
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
    bool is_suspended = is_at(hv, STANDSTILL_STILL);

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
    tell(hv, "begins", is_suspended ? "it is suspended" : hv->state.passthrough ? "out of passthrough first" : "it is emulated");
    if (is_suspended) {
        record->still = now(hv);
        go_on(hv);
        return 0;
    }
    procedure_begin(standstill_procedure(hv), &table);
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

    if (!is_at(hv, STANDSTILL_STILL))
        return -EINVAL;
    standstill_of_vm(hv)->resumes = true;
    go_on(hv);
    return 0;
}

/* ---- views ---- */

bool host_vm_is_suspended(const struct host *host, const struct vm *vm) { return is_at(host__find(host, vm), STANDSTILL_STILL); }

bool host_standstill_is_under_way(const struct host *host)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (is_under_way(host->vm[i]) && !is_at(host->vm[i], STANDSTILL_STILL))
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

    return still->record <= records && still->under <= records && (!is_under_way(hv) || still->record) &&
           host__is_claimed(hv, CLAIM_STANDSTILL) == is_under_way(hv);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct standstill_state *still = standstill_of(hv);

    save_field(s, *still);
    procedure_save(standstill_procedure(hv), s);
    if (!s->err && !is_sound(hv))
        save_fail(s, -EPROTO, "the standstill of %s is impossible", vm_name(hv->vm));
}

static void vm_made(struct host_vm *hv)
{
    procedure_init(standstill_procedure(hv), &kind_of_procedure, hv, &hv->host->c, hv->index);
}

static void switch_ended(struct host_vm *hv, bool done)
{
    if (is_under_way(hv))
        look_at(hv, now(hv));
}

static void vm_ended(struct host_vm *hv)
{
    if (is_at(hv, STANDSTILL_STOP)) /* in the other phases a switch tells of its end */
        look_at(hv, now(hv));
}

static bool frame(struct host_vm *hv, frame_ref ref)
{
    if (!hv->state.present || !is_under_way(hv))
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
    .vm_bytes = sizeof(struct standstill_of_vm),
    .host_freed = host_freed,
    .vm_made = vm_made,
    .save_host = save_host,
    .save_vm = save_vm,
    .event = event,
    .vm_ended = vm_ended,
    .waiting = waiting_frame,
    .diverted = frame,
    .switch_ended = switch_ended,
};
