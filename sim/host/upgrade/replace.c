/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which a VM's plugin is replaced [host/upgrade/upgrade.h]. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/mode/mode__.h"
#include "host/upgrade/upgrade__.h"

static struct upgrade_of_vm *upgrade_of(const struct host_vm *hv) { return host__part_of_vm(hv, HOST_RANK_UPGRADE); }
static struct upgrade_of_host *upgrade_of_host(const struct host *host) { return host__part_of_host(host, HOST_RANK_UPGRADE); }
static struct procedure *procedure_of(const struct host_vm *hv) { return &upgrade_of(hv)->procedure; }
static bool is_under_way(const struct host_vm *hv) { return procedure_is_active(procedure_of(hv)); }
static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

static struct replacement_record *record_of(struct host_vm *hv)
{
    return records_get(&upgrade_of_host(hv->host)->records, sizeof(struct replacement_record), upgrade_of(hv)->state.record - 1);
}

static void tell(struct host_vm *hv, const char *what, const char *then)
{
    trace_replacement(&hv->host->c, vm_name(hv->vm), what, then);
}

static void look_at_once(struct host_vm *hv) { host__post(hv, HOST_RANK_UPGRADE, UPGRADE_ON, now(hv), procedure_of(hv)->gen); }

static void set_reason(struct host_vm *hv, const char *reason)
{
    struct replacement_record *record = record_of(hv);

    if (!record->reason[0])
        snprintf(record->reason, sizeof(record->reason), "%s", reason);
}

/* ---- the steps ---- */

static int back_to(struct host_vm *hv, const char *reason)
{
    set_reason(hv, reason);
    procedure_jump(procedure_of(hv), "back");
    return PROCEDURE_JUMP;
}

static int way(struct host_vm *hv, bool in, const char *image, enum switch_step fail)
{
    struct switch_params params = {.to_passthrough = in, .fail = fail, .plugin = image, .by_migration = true};

    return host_switch(hv->host, hv->vm, &params);
}

static const char *latest_reason(const struct host_vm *hv)
{
    return host_switch_get(hv->host, host_switch_count(hv->host) - 1)->reason;
}

static int out(void *owner)
{
    struct host_vm *hv = owner;

    return way(hv, false, NULL, STEP_NONE) ? back_to(hv, latest_reason(hv)) : PROCEDURE_WAIT;
}

static int out_done(void *owner)
{
    struct host_vm *hv = owner;

    if (switch__is_active(hv))
        return PROCEDURE_WAIT;
    if (hv->state.passthrough || hv->state.waits_for_guest)
        return back_to(hv, "the guest did not leave its VF");
    return PROCEDURE_NEXT;
}

static int in(void *owner)
{
    struct host_vm *hv = owner;

    if (hv->state.ended)
        return PROCEDURE_LEAVE;
    if (way(hv, true, record_of(hv)->to.name, (enum switch_step)upgrade_of(hv)->state.fail))
        return back_to(hv, latest_reason(hv));
    return PROCEDURE_WAIT;
}

static int in_done(void *owner)
{
    struct host_vm *hv = owner;

    if (switch__is_active(hv))
        return PROCEDURE_WAIT;
    return hv->state.passthrough ? PROCEDURE_LEAVE : back_to(hv, switch__record(hv)->reason);
}

/* With the former image. Whatever becomes of it, the VM runs. */
static int back(void *owner)
{
    struct host_vm *hv = owner;

    if (hv->state.ended || hv->state.passthrough || hv->state.waits_for_guest)
        return PROCEDURE_NEXT;
    tell(hv, "was not taken", record_of(hv)->reason);
    return way(hv, true, record_of(hv)->from.name, STEP_NONE) ? PROCEDURE_NEXT : PROCEDURE_WAIT;
}

static int back_done(void *owner) { return switch__is_active(owner) ? PROCEDURE_WAIT : PROCEDURE_NEXT; }

static const struct procedure_step steps[] = {
    {.name = "out", .start = out, .done = out_done},
    {.name = "in", .start = in, .done = in_done},
    {.name = "back", .start = back, .done = back_done},
};
static const struct procedure_table table = PROCEDURE_TABLE("replacement", steps, PROCEDURE_ENDS);

static enum replacement_result result_of(struct host_vm *hv)
{
    if (hv->state.ended)
        return REPLACEMENT_LOST;
    if (!hv->state.passthrough)
        return REPLACEMENT_FAILED;
    return record_of(hv)->reason[0] ? REPLACEMENT_UNDONE : REPLACEMENT_DONE;
}

static void conclude(struct host_vm *hv, enum replacement_result result)
{
    static const char *const text[] = {"under way", "done", "undone", "failed", "lost", "refused"};
    struct replacement_record *record = record_of(hv);

    if (result == REPLACEMENT_LOST)
        snprintf(record->reason, sizeof(record->reason), "%.180s", vm_end_text(hv->vm));
    record->result = result;
    record->is_passthrough = hv->state.passthrough;
    record->end = now(hv);
    tell(hv, text[result], record->reason[0] ? record->reason : record->to.name);
    if (result == REPLACEMENT_DONE)
        host_choose_plugin(hv->host, hv->vm, record->to.name);
}

static void ended(void *owner, int status)
{
    struct host_vm *hv = owner;

    host__claim(hv, CLAIM_UPGRADE, 0);
    conclude(hv, result_of(hv));
    host__changed(hv->host);
}

static const struct procedure_kind kind_of_procedure = {
    .table = (const struct procedure_table *const[]){&table, NULL},
    .ended = ended,
    .cls = EV_HOST,
};

/* ---- beginning ---- */

static int refuse(const char **why, int status, const char *text)
{
    *why = text;
    return status;
}

static int check_vm(const struct host_vm *hv, const char **why)
{
    if (hv->state.ended)
        return refuse(why, -ENODEV, "the VM has ended");
    if (!host__has_vnic(hv) || host__is_claimed(hv, CLAIM_OWN_VF))
        return refuse(why, -ENOTSUP, "its guest drives its VF by a driver of its own");
    if (!host__nic(hv)->nic->model->vf_plugin)
        return refuse(why, -ENOTSUP, "the VFs of its NIC take no plugin");
    if (host__is_claimed(hv, CLAIM_UPGRADE))
        return refuse(why, -EBUSY, "its plugin is being replaced already");
    if (host__is_claimed(hv, CLAIM_MIGRATION))
        return refuse(why, -EBUSY, "a migration is under way");
    if (host__is_claimed(hv, CLAIM_STANDSTILL))
        return refuse(why, -EBUSY, "it is suspended, or about to be");
    if (switch__is_active(hv))
        return refuse(why, -EBUSY, "a switch is under way");
    if (hv->state.waits_for_guest)
        return refuse(why, -EBUSY, "its guest does not answer");
    return 0;
}

/* What nobody would take is found before the VM leaves its VF. */
static int check_image(struct host_vm *hv, struct replacement_record *record, const char *image)
{
    char why[160];
    const struct plugin_image *found = host__store_find(hv->host, image, why, sizeof(why));

    snprintf(record->to.name, sizeof(record->to.name), "%s", image);
    if (!found)
        snprintf(record->reason, sizeof(record->reason), "%s", why);
    else if (found->check != NPA_CHECK_OK)
        snprintf(record->reason, sizeof(record->reason), "%s: %.160s", npa_check_text(found->check), found->why);
    if (!found || found->check != NPA_CHECK_OK)
        return found ? -EINVAL : -ENOENT;
    plugin_image_version(found, record->to.version, sizeof(record->to.version));
    memcpy(record->to.digest, plugin_image_digest(found), sizeof(record->to.digest));
    return 0;
}

static int begin_or_be_done(struct host_vm *hv, struct replacement_record *record)
{
    bool has_it = record->from.name[0] && !memcmp(record->from.digest, record->to.digest, sizeof(record->to.digest));

    if (!record->from.name[0] || has_it) {
        snprintf(record->reason, sizeof(record->reason), "%s", has_it ? "it has that image already" : "it is emulated");
        conclude(hv, REPLACEMENT_DONE);
        return 0;
    }
    tell(hv, record->from.name, record->to.name);
    host__claim(hv, CLAIM_UPGRADE, CLAIM_UPGRADE);
    procedure_begin(procedure_of(hv), &table);
    host__changed(hv->host);
    return 0;
}

int host_replace_plugin(struct host *host, struct vm *vm, const char *image, enum switch_step fail)
{
    struct host_vm *hv = host__find(host, vm);
    struct replacement_record *record = records_add(&upgrade_of_host(host)->records, sizeof(*record));
    const char *why = NULL;
    int status = check_vm(hv, &why);

    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(vm));
    snprintf(record->host, sizeof(record->host), "%s", host->name);
    record->start = record->end = now(hv);
    record->is_passthrough = hv->state.passthrough;
    host_vm_plugin(host, vm, &record->from);
    if (status)
        snprintf(record->reason, sizeof(record->reason), "%s", why);
    if (!status)
        status = check_image(hv, record, image);
    if (status) {
        record->result = REPLACEMENT_REFUSED;
        tell(hv, "refused", record->reason);
        return status;
    }
    upgrade_of(hv)->state = (struct upgrade_state){upgrade_of_host(host)->records.count, fail};
    return begin_or_be_done(hv, record);
}

/* ---- views ---- */

bool host_replacement_is_under_way(const struct host *host)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (is_under_way(host->vm[i]))
            return true;
    return false;
}

unsigned host_replacement_count(const struct host *host) { return upgrade_of_host(host)->records.count; }

const struct replacement_record *host_replacement_get(const struct host *host, unsigned i)
{
    return records_get(&upgrade_of_host(host)->records, sizeof(struct replacement_record), i);
}

/* ---- the part ---- */

static void event(struct host *host, unsigned verb, const struct event *ev)
{
    struct host_vm *hv = host->vm[ev->a];

    if (is_under_way(hv) && ev->b == procedure_of(hv)->gen)
        procedure_done(procedure_of(hv), procedure_of(hv)->gen, 0);
}

static void host_freed(struct host *host) { records_free(&upgrade_of_host(host)->records); }

static void vm_made(struct host_vm *hv) { procedure_init(procedure_of(hv), &kind_of_procedure, hv, &hv->host->c, hv->index); }

static void save_host(struct host *host, struct save *s)
{
    records_save(&upgrade_of_host(host)->records, sizeof(struct replacement_record), s);
}

/* A state that no save writes must not index anything here. */
static bool is_sound(const struct host_vm *hv)
{
    return upgrade_of(hv)->state.record <= upgrade_of_host(hv->host)->records.count &&
           (!is_under_way(hv) || upgrade_of(hv)->state.record) && host__is_claimed(hv, CLAIM_UPGRADE) == is_under_way(hv);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    save_field(s, upgrade_of(hv)->state);
    procedure_save(procedure_of(hv), s);
    if (!s->err && !is_sound(hv))
        save_fail(s, -EPROTO, "the replacement of a plugin of %s is impossible", vm_name(hv->vm));
}

static void switch_ended(struct host_vm *hv, bool done)
{
    if (is_under_way(hv))
        look_at_once(hv);
}

const struct host_part upgrade_part = {
    .name = "upgrade",
    .rank = HOST_RANK_UPGRADE,
    .host_bytes = sizeof(struct upgrade_of_host),
    .vm_bytes = sizeof(struct upgrade_of_vm),
    .host_freed = host_freed,
    .vm_made = vm_made,
    .save_host = save_host,
    .save_vm = save_vm,
    .event = event,
    .switch_ended = switch_ended,
};
