/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rollout, from look to look [host/upgrade/rollout.h]. */
#include "host/upgrade/rollout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/engine/engine.h"
#include "core/world/journal.h"
#include "host/upgrade/rollout__.h"

#define LOOK_PS SIM_MS /* how often it looks at its VMs */

enum { ROLLOUT_EV_LOOK = 1 };

const char *rollout_result_text(enum rollout_result result)
{
    static const char *const text[] = {"not begun", "under way", "being undone", "done", "undone", "failed", "refused"};

    return text[result];
}

const char *rollout_phase_text(enum rollout_phase phase)
{
    static const char *const text[] = {"waits", "replaced", "watched", "well", "failed", "returns", "returned", "stuck", "gone"};

    return text[phase];
}

static sim_time now(const struct rollout *r) { return sim_now(r->c.sim); }

/* ---- what it says, and hears ---- */

static struct journal_party self(const struct rollout *r) { return journal_party(&r->c, JOURNAL_ROLLOUT, -1); }

static struct journal_party hypervisor(const struct rollout *r, const struct rollout_vm *v)
{
    return journal_party(host_component(r->hosts[v->host]), JOURNAL_HYPERVISOR, -1);
}

static void tell(struct rollout *r, const char *what, const char *then)
{
    trace_rollout(&r->c, r->name, what, then);
    journal_say(r->c.sim, r->s.talk, self(r), self(r), "%s: %s", what, then);
}

static void ask_for(struct rollout *r, unsigned i, const char *image)
{
    journal_say(r->c.sim, r->s.talk, self(r), hypervisor(r, &r->state_of[i]), "%s: %s", vm_name(r->vm[i]), image);
}

static void hear(struct rollout *r, unsigned i, const struct replacement_record *record)
{
    static const char *const text[] = {"under way", "done", "undone", "failed", "lost", "refused"};

    journal_say(r->c.sim, r->s.talk, hypervisor(r, &r->state_of[i]), self(r), "%s: %s%s%s", vm_name(r->vm[i]), text[record->result],
                record->reason[0] ? ", " : "", record->reason);
}

static void fail(struct rollout *r, unsigned i, const char *why)
{
    struct rollout_vm *v = &r->state_of[i];

    snprintf(v->reason, sizeof(v->reason), "%s", why);
    v->phase = ROLLOUT_BAD;
    v->ended = now(r);
    tell(r, vm_name(r->vm[i]), v->reason);
}

/* ---- a VM is replaced, and watched ---- */

static const struct replacement_record *record_of(const struct rollout *r, const struct rollout_vm *v)
{
    return v->record ? host_replacement_get(r->hosts[v->host], v->record - 1) : NULL;
}

static int ask(struct rollout *r, unsigned i, const char *image)
{
    struct rollout_vm *v = &r->state_of[i];
    unsigned host = rollout__host_of(r, i);
    int status;

    v->host = host;
    ask_for(r, i, image);
    status = host_replace_plugin(r->hosts[host], r->vm[i], image, STEP_NONE);
    v->record = host_replacement_count(r->hosts[host]);
    if (status)
        hear(r, i, record_of(r, v));
    return status;
}

static bool is_ended(const struct rollout *r, unsigned i) { return vm_get_state(r->vm[i]) == VM_ENDED; }

static void settle(struct rollout *r, unsigned i, enum rollout_phase phase, const char *why)
{
    struct rollout_vm *v = &r->state_of[i];

    v->phase = phase;
    v->ended = now(r);
    if (!v->reason[0])
        snprintf(v->reason, sizeof(v->reason), "%s", why);
    tell(r, vm_name(r->vm[i]), rollout_phase_text(phase));
}

static const char too_busy[] = "it was busy all the time that it was waited for";

/* It has to be waited for. `late`: for too long. */
static bool is_busy(struct rollout *r, unsigned i, bool *late)
{
    struct rollout_vm *v = &r->state_of[i];

    *late = false;
    if (!rollout__is_busy(r, i)) {
        v->asked = SIM_NEVER;
        return false;
    }
    if (v->asked == SIM_NEVER)
        v->asked = now(r);
    *late = now(r) >= sim_time_add(v->asked, r->patience);
    return true;
}

/* Its turn has come. A refusal may be for a while. */
static void begin_one(struct rollout *r, unsigned i)
{
    struct rollout_vm *v = &r->state_of[i];
    const struct replacement_record *record;
    bool late;

    if (is_ended(r, i)) {
        settle(r, i, ROLLOUT_GONE, "it had ended before its turn");
        return;
    }
    if (is_busy(r, i, &late)) {
        if (late)
            fail(r, i, too_busy);
        return;
    }
    rollout__mark_before(r, i);
    v->begun = r->s.latest = now(r);
    v->phase = ROLLOUT_REPLACED;
    if (ask(r, i, r->image)) {
        record = record_of(r, v);
        fail(r, i, record->reason);
    }
}

static void look_at_replaced(struct rollout *r, unsigned i)
{
    struct rollout_vm *v = &r->state_of[i];
    const struct replacement_record *record = record_of(r, v);

    if (!record || record->result == REPLACEMENT_UNDER_WAY)
        return;
    hear(r, i, record);
    v->replaced = now(r);
    if (record->result != REPLACEMENT_DONE) {
        fail(r, i, record->reason);
    } else if (!record->is_passthrough) {
        v->phase = ROLLOUT_WELL;
        v->ended = now(r);
    } else {
        rollout__mark_after(r, i);
        v->phase = ROLLOUT_WATCHED;
    }
}

static void look_at_watched(struct rollout *r, unsigned i)
{
    struct rollout_vm *v = &r->state_of[i];
    bool late, is_last;
    char why[200];

    if (!is_ended(r, i) && is_busy(r, i, &late)) {
        if (late)
            fail(r, i, too_busy);
        return;
    }
    v->watched += LOOK_PS;
    is_last = v->watched >= r->watch;
    if (rollout__is_unwell(r, i, is_last, why, sizeof(why))) {
        fail(r, i, why);
    } else if (is_last) {
        v->phase = ROLLOUT_WELL;
        v->ended = now(r);
        tell(r, vm_name(r->vm[i]), "fares well");
    }
}

/* ---- a VM gets back what it had ---- */

static bool is_to_return(const struct rollout_vm *v)
{
    bool has_been_replaced = v->replaced != SIM_NEVER;

    return (v->phase == ROLLOUT_WATCHED || v->phase == ROLLOUT_WELL || v->phase == ROLLOUT_BAD) && has_been_replaced;
}

static void return_one(struct rollout *r, unsigned i)
{
    struct rollout_vm *v = &r->state_of[i];
    bool late;

    if (is_ended(r, i)) { /* there is nothing to give back to */
        settle(r, i, ROLLOUT_BAD, "it has ended");
        v->replaced = SIM_NEVER;
        return;
    }
    if (is_busy(r, i, &late)) {
        if (late)
            settle(r, i, ROLLOUT_STUCK, too_busy);
        return;
    }
    if (rollout__has_another(r, i)) {
        settle(r, i, ROLLOUT_BAD, "it has been given another image since");
        v->replaced = SIM_NEVER;
        return;
    }
    v->had_failed = v->phase == ROLLOUT_BAD;
    v->phase = ROLLOUT_RETURNS;
    if (ask(r, i, v->former))
        settle(r, i, ROLLOUT_STUCK, record_of(r, v)->reason);
}

static void look_at_returning(struct rollout *r, unsigned i)
{
    const struct replacement_record *record = record_of(r, &r->state_of[i]);

    if (!record || record->result == REPLACEMENT_UNDER_WAY)
        return;
    hear(r, i, record);
    settle(r, i, record->result == REPLACEMENT_DONE ? ROLLOUT_RETURNED : ROLLOUT_STUCK,
           record->result == REPLACEMENT_DONE ? "" : record->reason);
}

/* ---- the whole ---- */

static unsigned count(const struct rollout *r, enum rollout_phase phase)
{
    unsigned found = 0;

    for (unsigned i = 0; i < r->vms; i++)
        found += r->state_of[i].phase == phase;
    return found;
}

static void look_at_each(struct rollout *r)
{
    for (unsigned i = 0; i < r->vms; i++) {
        switch ((enum rollout_phase)r->state_of[i].phase) {
        case ROLLOUT_REPLACED:
            look_at_replaced(r, i);
            break;
        case ROLLOUT_WATCHED:
            look_at_watched(r, i);
            break;
        case ROLLOUT_RETURNS:
            look_at_returning(r, i);
            break;
        case ROLLOUT_WAITS:
            rollout__mark_pace(r, i);
            break;
        case ROLLOUT_WELL:
        case ROLLOUT_BAD:
        case ROLLOUT_RETURNED:
        case ROLLOUT_STUCK:
        case ROLLOUT_GONE:
            break;
        }
    }
}

/* In their order; one that is busy lets others pass. */
static void begin_more(struct rollout *r)
{
    for (unsigned i = 0; i < r->vms; i++) {
        bool is_too_soon = r->s.latest != SIM_NEVER && now(r) < sim_time_add(r->s.latest, r->interval);

        if (is_too_soon || count(r, ROLLOUT_REPLACED) + count(r, ROLLOUT_WATCHED) >= r->width ||
            count(r, ROLLOUT_BAD) > r->failures)
            return;
        if (r->state_of[i].phase == ROLLOUT_WAITS)
            begin_one(r, i);
    }
}

static void end(struct rollout *r, enum rollout_result result)
{
    r->s.result = result;
    r->s.end = now(r);
    tell(r, rollout_result_text(result), r->s.reason[0] ? r->s.reason : r->image);
}

static void go_forward(struct rollout *r)
{
    unsigned bad;

    begin_more(r);
    bad = count(r, ROLLOUT_BAD);
    if (bad > r->failures) {
        for (unsigned i = 0; i < r->vms && !r->s.reason[0]; i++)
            if (r->state_of[i].phase == ROLLOUT_BAD)
                snprintf(r->s.reason, sizeof(r->s.reason), "%.40s: %.150s", vm_name(r->vm[i]), r->state_of[i].reason);
        r->s.result = ROLLOUT_UNDOING;
        r->s.undoing = now(r);
        for (unsigned i = 0; i < r->vms; i++)
            r->state_of[i].asked = SIM_NEVER;
        tell(r, "is undone", r->s.reason);
    } else if (count(r, ROLLOUT_WELL) + count(r, ROLLOUT_GONE) + bad == r->vms) {
        end(r, ROLLOUT_DONE);
    }
}

/* As many at a time. One that is on its way to the new image is waited for. */
static void go_back(struct rollout *r)
{
    unsigned left = count(r, ROLLOUT_REPLACED);

    for (unsigned i = 0; i < r->vms; i++) {
        if (!is_to_return(&r->state_of[i]))
            continue;
        if (count(r, ROLLOUT_RETURNS) + count(r, ROLLOUT_REPLACED) < r->width)
            return_one(r, i);
        left += is_to_return(&r->state_of[i]);
    }
    if (!left && !count(r, ROLLOUT_RETURNS))
        end(r, count(r, ROLLOUT_STUCK) ? ROLLOUT_FAILED : ROLLOUT_UNDONE);
}

static void event(struct component *c, const struct event *ev)
{
    struct rollout *r = (struct rollout *)c;

    look_at_each(r);
    if (r->s.result == ROLLOUT_UNDER_WAY)
        go_forward(r);
    if (r->s.result == ROLLOUT_UNDOING)
        go_back(r);
    if (rollout_is_under_way(r))
        event_post(c, c, now(r) + LOOK_PS, EV_HOST, ROLLOUT_EV_LOOK, 0, 0, 0);
}

/* A VM of both, NULL: none. */
static const struct vm *shared_with(const struct rollout *r, const struct rollout *other)
{
    for (unsigned i = 0; i < r->vms; i++)
        for (unsigned k = 0; k < other->vms; k++)
            if (r->vm[i] == other->vm[k])
                return r->vm[i];
    return NULL;
}

static bool is_refused(struct rollout *r)
{
    for (unsigned i = 0; i < r->all_count; i++) {
        const struct rollout *other = r->all[i];
        const struct vm *vm = other && other != r && rollout_is_under_way(other) ? shared_with(r, other) : NULL;
        if (!vm)
            continue;
        snprintf(r->s.reason, sizeof(r->s.reason), "%.40s is in the rollout %s", vm_name(vm), other->name);
        return true;
    }
    return false;
}

void rollout_begin(struct rollout *r)
{
    r->s.start = now(r);
    r->s.talk = journal_open(r->c.sim);
    if (is_refused(r)) {
        end(r, ROLLOUT_REFUSED);
        return;
    }
    r->s.result = ROLLOUT_UNDER_WAY;
    for (unsigned i = 0; i < r->vms; i++)
        rollout__mark_pace(r, i);
    tell(r, "begins", r->image);
    event_post(&r->c, &r->c, now(r), EV_HOST, ROLLOUT_EV_LOOK, 0, 0, 0);
}

/* ---- life ---- */

static bool is_sound(const struct rollout *r)
{
    for (unsigned i = 0; i < r->vms; i++) {
        const struct rollout_vm *v = &r->state_of[i];
        if (v->phase > ROLLOUT_GONE || v->host >= r->host_count || !memchr(v->former, 0, sizeof(v->former)) ||
            !memchr(v->former_version, 0, sizeof(v->former_version)) || !memchr(v->reason, 0, sizeof(v->reason)))
            return false;
    }
    return r->s.result <= ROLLOUT_REFUSED && memchr(r->s.reason, 0, sizeof(r->s.reason));
}

static void save(struct component *c, struct save *s)
{
    struct rollout *r = (struct rollout *)c;

    save_section(s, "rollout", 1);
    save_expect_u64(s, "VMs", r->vms);
    save_field(s, r->s);
    save_bytes(s, r->state_of, r->vms * sizeof(*r->state_of));
    if (!s->err && !is_sound(r))
        save_fail(s, -EPROTO, "the rollout %s is impossible", r->name);
}

static const struct component_ops ops = {.kind = "rollout", .event = event, .save = save};

struct rollout *rollout_create(struct sim *sim, const struct rollout_params *params)
{
    struct rollout *r = alloc_zero("a rollout", 1, sizeof(*r));

    component_init(&r->c, sim, &ops, params->name);
    snprintf(r->name, sizeof(r->name), "%s", params->name);
    snprintf(r->image, sizeof(r->image), "%s", params->image);
    r->hosts = params->hosts;
    r->host_count = params->host_count;
    r->vms = params->vm_count;
    r->vm = alloc_zero("a rollout", r->vms, sizeof(*r->vm));
    memcpy(r->vm, params->vms, r->vms * sizeof(*r->vm));
    r->state_of = alloc_zero("a rollout", r->vms, sizeof(*r->state_of));
    r->width = params->width;
    r->failures = params->failures;
    r->drops = params->drops;
    r->interval = params->interval;
    r->watch = params->watch;
    r->patience = params->patience;
    r->all = params->all;
    r->all_count = params->all_count;
    r->s.start = r->s.undoing = r->s.end = r->s.latest = SIM_NEVER;
    for (unsigned i = 0; i < r->vms; i++)
        r->state_of[i].window = r->state_of[i].asked = r->state_of[i].begun = r->state_of[i].replaced = r->state_of[i].ended =
            SIM_NEVER;
    return r;
}

void rollout_destroy(struct rollout *r)
{
    if (!r)
        return;
    free(r->vm);
    free(r->state_of);
    free(r);
}

/* ---- views ---- */

bool rollout_is_under_way(const struct rollout *r) { return r->s.result == ROLLOUT_UNDER_WAY || r->s.result == ROLLOUT_UNDOING; }

void rollout_get(const struct rollout *r, struct rollout_view *out)
{
    *out = (struct rollout_view){.name = r->name,
                                 .image = r->image,
                                 .result = (enum rollout_result)r->s.result,
                                 .reason = r->s.reason,
                                 .start = r->s.start,
                                 .undoing = r->s.undoing,
                                 .end = r->s.end,
                                 .vm_count = r->vms,
                                 .talk = r->s.talk};
}

const struct rollout_vm *rollout_get_vm(const struct rollout *r, unsigned i, const struct vm **vm)
{
    *vm = r->vm[i];
    return &r->state_of[i];
}
