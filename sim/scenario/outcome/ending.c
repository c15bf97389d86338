/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How each act of the timeline ended: for every verb the one place that knows where its outcome is kept. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "scenario/world/world__.h"

const char *const scn_ending_words[SCN_ENDINGS + 1] = {
#define SCN_ENDING(name, word, sentence) [SCN_ENDING_##name] = (word),
#include "scenario/outcome/ending.def"
#undef SCN_ENDING
};

/* ---- what is noted when it happens ---- */

static void mark(struct world *w, const struct scn_item *item, const char *fmt, va_list args)
{
    struct world_act *act = &w->acts[item - w->sc->items];
    if (!act->refused)
        vsnprintf(act->reason, sizeof(act->reason), fmt, args);
    act->refused = 1;
}

void world__mark_refused(struct world *w, const struct scn_item *item, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    mark(w, item, fmt, args);
    va_end(args);
}

void world__refused(struct world *w, const struct scn_item *item, const char *fmt, ...)
{
    char why[WORLD_NOTE_LEN];
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    vsnprintf(why, sizeof(why), fmt, args);
    mark(w, item, fmt, again);
    va_end(args);
    va_end(again);
    world__note(w, WORLD_NOTE, item->at.line, "%s: %s", item->text, why);
}

void world__recorded(struct world *w, const struct scn_item *item, unsigned host, unsigned record)
{
    struct world_act *act = &w->acts[item - w->sc->items];
    act->host = host;
    act->record = record + 1;
}

/* ---- results of records ---- */

enum scn_ending world__switch_ending(enum switch_result result)
{
    switch (result) {
    case SWITCH_UNDER_WAY: return SCN_ENDING_UNFINISHED;
    case SWITCH_DONE: return SCN_ENDING_DONE;
    case SWITCH_UNDONE: return SCN_ENDING_UNDONE;
    case SWITCH_FORCED: return SCN_ENDING_FORCED;
    case SWITCH_REFUSED: return SCN_ENDING_REFUSED;
    }
    return SCN_ENDING_FAILED;
}

enum scn_ending world__hotplug_ending(enum hotplug_result result)
{
    switch (result) {
    case HOTPLUG_UNDER_WAY: return SCN_ENDING_UNFINISHED;
    case HOTPLUG_DONE: return SCN_ENDING_DONE;
    case HOTPLUG_UNUSED: return SCN_ENDING_UNUSED;
    case HOTPLUG_REFUSED: return SCN_ENDING_REFUSED;
    case HOTPLUG_FAILED: return SCN_ENDING_FAILED;
    case HOTPLUG_FORCED: return SCN_ENDING_FORCED;
    }
    return SCN_ENDING_FAILED;
}

static enum scn_ending migration_ending(enum migrate_result result)
{
    switch (result) {
    case MIGRATE_UNDER_WAY: return SCN_ENDING_UNFINISHED;
    case MIGRATE_DONE: return SCN_ENDING_DONE;
    case MIGRATE_UNDONE: return SCN_ENDING_UNDONE;
    case MIGRATE_REFUSED: return SCN_ENDING_REFUSED;
    case MIGRATE_LOST: return SCN_ENDING_LOST;
    }
    return SCN_ENDING_FAILED;
}

static enum scn_ending standstill_ending(enum standstill_result result)
{
    switch (result) {
    case STANDSTILL_UNDER_WAY: return SCN_ENDING_UNFINISHED;
    case STANDSTILL_STANDING: case STANDSTILL_DONE: return SCN_ENDING_DONE; /* it was to stand */
    case STANDSTILL_FAILED: return SCN_ENDING_FAILED;
    case STANDSTILL_REFUSED: return SCN_ENDING_REFUSED;
    }
    return SCN_ENDING_FAILED;
}

/* ---- verb by verb ---- */

static void say(struct world_ending *out, enum scn_ending ending, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void say(struct world_ending *out, enum scn_ending ending, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(out->reason, sizeof(out->reason), fmt, args);
    va_end(args);
    out->ending = ending;
}

static void end_of_replay(const struct world *w, unsigned index, struct world_ending *out)
{
    struct replay_status status;
    replay_get_status(w->replays[index], &status);
    if (status.finished)
        return;
    if (status.blocked_at)
        say(out, SCN_ENDING_BLOCKED, "%s", status.blocked_text);
    else
        say(out, SCN_ENDING_UNFINISHED, "%" PRIu32 " of %" PRIu32 " packets were sent, %" PRIu32 " arrived", status.sent,
            status.packets, status.arrived);
}

static bool has_ended(const struct world *w, const char *station)
{
    const struct scn_name *vm = scn_find(w->sc, station, SCN_BIT(SCN_VM));
    return vm && vm_get_state(w->vms[vm->index]) == VM_ENDED;
}

/* One that nothing but the run itself bounds ends with it; a VM's ends with the VM, which is told of the VM. */
static void end_of_flow(const struct world *w, unsigned index, struct world_ending *out)
{
    const struct scn_flow *flow = &w->sc->items[index].flow;
    struct flow_report report;
    if (flow_source_done(w->flows[index]) || has_ended(w, flow->from.text) ||
        (!flow->count && !flow->until_given && w->st.at_limit))
        return;
    flow_get_report(w->sim, flow_find(w->sim, flow->name.text), &report);
    say(out, SCN_ENDING_UNFINISHED, "%" PRIu64 " frames were sent", report.sent);
}

static void end_of_switch(const struct world *w, const struct world_act *act, struct world_ending *out)
{
    const struct switch_record *record = host_switch_get(w->hosts[act->host], act->record - 1);
    if (!record)
        return; /* of a saved world that was damaged */
    say(out, world__switch_ending(record->result), "%s", record->reason);
    if (record->fault != STEP_NONE && !record->fault_met && record->result != SWITCH_REFUSED)
        snprintf(out->missed, sizeof(out->missed), "fail %s", switch_step_name(record->fault));
}

/* In a switch of this VM, that way, while it migrated. */
static bool met_in_switch(const struct world *w, const struct migration_record *m, enum switch_step fault)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *record = host_switch_get(w->hosts[h], i);
            if (!strcmp(record->vm, m->vm) && record->fault == fault && record->fault_met && record->start >= m->start &&
                record->start <= m->end)
                return true;
        }
    return false;
}

static void add_missed(struct world_ending *out, const char *what, const char *step, uint32_t round)
{
    size_t len = strlen(out->missed);
    char number[16] = "";
    if (round)
        snprintf(number, sizeof(number), " %" PRIu32, round);
    snprintf(out->missed + len, sizeof(out->missed) - len, "%s%s %s%s", len ? ", " : "", what, step, number);
}

static void end_of_migration(const struct world *w, const struct world_act *act, struct world_ending *out)
{
    const struct migration_record *m = migrator_get(w->migrator, act->record - 1);
    if (!m)
        return; /* of a saved world that was damaged */
    say(out, migration_ending(m->result), "%s", m->reason);
    if (m->result == MIGRATE_REFUSED && !m->fault_met)
        return;
    if (m->fault != MIGRATE_STEP_NONE && !m->fault_met)
        add_missed(out, "fail", migrate_step_name(m->fault), m->fault_round);
    if (m->fault_out != STEP_NONE && !met_in_switch(w, m, m->fault_out))
        add_missed(out, "fail-out", switch_step_name(m->fault_out), 0);
    if (m->fault_in != STEP_NONE && !met_in_switch(w, m, m->fault_in))
        add_missed(out, "fail-in", switch_step_name(m->fault_in), 0);
}

static void end_of_standstill(const struct world *w, const struct world_act *act, struct world_ending *out)
{
    const struct standstill_record *record = host_standstill_get(w->hosts[act->host], act->record - 1);
    if (!record)
        return; /* of a saved world that was damaged */
    say(out, standstill_ending(record->result), "%s", record->reason);
}

static void end_of_hotplug(const struct world *w, const struct world_act *act, struct world_ending *out)
{
    const struct hotplug_record *record = host_hotplug_get(w->hosts[act->host], act->record - 1);
    if (!record)
        return; /* of a saved world that was damaged */
    say(out, world__hotplug_ending(record->result), "%s", record->reason);
}

static void end_of_job(const struct world *w, unsigned index, struct world_ending *out)
{
    const struct world_tally *tally = &w->tallies[index];
    if (!tally->done)
        say(out, SCN_ENDING_UNFINISHED, "the guest has not answered");
    else if (tally->status && tally->status != -EIO) /* of a VM's end the VM itself tells */
        say(out, tally->status == -EPERM ? SCN_ENDING_REFUSED : SCN_ENDING_FAILED, "%s", world__errno_text(tally->status));
}

void world__ending(const struct world *w, unsigned index, struct world_ending *out)
{
    const struct world_act *act = &w->acts[index];
    const struct scn_item *item = &w->sc->items[index];
    *out = (struct world_ending){.ending = SCN_ENDING_DONE};
    if (!act->begun)
        say(out, SCN_ENDING_NEVER, "the run ended before");
    else if (act->refused)
        say(out, SCN_ENDING_REFUSED, "%s", act->reason);
    else
        switch (item->verb) {
        case SCN_DO_REPLAY: end_of_replay(w, index, out); break;
        case SCN_DO_FLOW: end_of_flow(w, index, out); break;
        case SCN_DO_SWITCH: end_of_switch(w, act, out); break;
        case SCN_DO_MIGRATE: end_of_migration(w, act, out); break;
        case SCN_DO_SUSPEND: case SCN_DO_SNAPSHOT: case SCN_DO_RESTORE: end_of_standstill(w, act, out); break;
        case SCN_DO_HOTPLUG: end_of_hotplug(w, act, out); break;
        case SCN_DO_GUEST: end_of_job(w, index, out); break;
        case SCN_DO_VF_SET: case SCN_DO_OPERATOR: case SCN_DO_SET: case SCN_DO_LINK_SET: case SCN_DO_RESET: /* refused, or
                                                                                                             * answered */
            if (act->asked > act->answered)
                say(out, SCN_ENDING_UNFINISHED, "it has not been answered");
            break;
        case SCN_DO_STOP: case SCN_DO_LINK_SHOW: case SCN_DO_POLICY: case SCN_DO_IOMMU:
        case SCN_DO_RESUME: /* refused, or done at once */
            break;
        }
}
