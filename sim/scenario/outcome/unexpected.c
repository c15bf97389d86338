/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nobody expected: each act that ended otherwise than as asked, each refused request of a guest, each VM that ended, each
 * switch or hot-plug that nobody wrote and that failed, each flow with frames that stand still. One that is named by an
 * expectation, or whose line says `try`, is not told; any other fails the run.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "scenario/world/world__.h"

enum { NOT_NAMED = -1 };

struct search {
    const struct world *w;
    world_unexpected_fn tell;
    void *to;
    unsigned found;
};

static void tell(struct search *s, const struct world_unexpected *u)
{
    s->found++;
    if (s->tell)
        s->tell(s->to, u);
}

/* ---- named by an expectation ---- */

static bool is_named(const struct world *w, enum scn_subject subject, const char *name, unsigned nth, int kind)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        if (e->subject == subject && !strcmp(e->name.text, name) && e->nth == nth && (kind == NOT_NAMED || e->kind == kind))
            return true; /* if it meant another ending, it has failed itself */
    }
    return false;
}

static bool is_named_act(const struct world *w, unsigned item, enum scn_ending ending)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        if (e->subject == SCN_EXPECT_ACT && scn_find_act(w->sc, e) == (int)item &&
            (e->state == (int)ending || !w->results[i].passed))
            return true;
    }
    return false;
}

static bool expects_end(const struct world *w, const char *vm)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++)
        if (w->sc->expects[i].subject == SCN_EXPECT_MODE && w->sc->expects[i].state == SCN_ENDED &&
            !strcmp(w->sc->expects[i].name.text, vm))
            return true;
    return false;
}

/* The flow, or the replay that it is a half of. */
bool world__expects_in_flight(const struct world *w, const char *flow)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        if (e->subject != SCN_EXPECT_FLOW || e->metric != SCN_IN_FLIGHT)
            continue;
        size_t len = strlen(e->name.text);
        if (!strncmp(flow, e->name.text, len) && (!flow[len] || flow[len] == '/'))
            return true;
    }
    return false;
}

static unsigned nth_switch(const struct world *w, const struct switch_record *wanted)
{
    unsigned nth = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *record = host_switch_get(w->hosts[h], i);
            nth += !strcmp(record->vm, wanted->vm);
            if (record == wanted)
                return nth;
        }
    return 0;
}

static unsigned nth_migration(const struct world *w, unsigned index)
{
    unsigned nth = 0;
    for (unsigned i = 0; i <= index; i++)
        nth += !strcmp(migrator_get(w->migrator, i)->vm, migrator_get(w->migrator, index)->vm);
    return nth;
}

static bool record_is_named(const struct world *w, unsigned item)
{
    const struct world_act *act = &w->acts[item];
    const struct host *host = w->hosts[act->host];
    const struct hotplug_record *plug;
    if (!act->record)
        return false;
    switch (w->sc->items[item].verb) {
    case SCN_DO_SWITCH: {
        const struct switch_record *record = host_switch_get(host, act->record - 1);
        return record && is_named(w, SCN_EXPECT_SWITCH, record->vm, nth_switch(w, record), NOT_NAMED);
    }
    case SCN_DO_MIGRATE:
        return migrator_get(w->migrator, act->record - 1) &&
               is_named(w, SCN_EXPECT_MIGRATION, migrator_get(w->migrator, act->record - 1)->vm,
                        nth_migration(w, act->record - 1), NOT_NAMED);
    case SCN_DO_SUSPEND: case SCN_DO_SNAPSHOT: case SCN_DO_RESTORE: {
        const struct standstill_record *record = host_standstill_get(host, act->record - 1);
        return record && is_named(w, SCN_EXPECT_STANDSTILL, record->vm, world__nth_standstill(w, record), (int)record->kind);
    }
    case SCN_DO_HOTPLUG:
        plug = host_hotplug_get(host, act->record - 1);
        return plug && is_named(w, SCN_EXPECT_HOTPLUG, plug->vm, world__nth_hotplug(w, plug), NOT_NAMED);
    case SCN_DO_REPLAY: case SCN_DO_FLOW: case SCN_DO_STOP: case SCN_DO_VF_SET: case SCN_DO_LINK_SET: case SCN_DO_LINK_SHOW:
    case SCN_DO_OPERATOR: case SCN_DO_GUEST: case SCN_DO_POLICY: case SCN_DO_IOMMU: case SCN_DO_RESET: case SCN_DO_RESUME:
    case SCN_DO_SET:
        break;
    }
    return false;
}

/* ---- a line that says `try` names what it begins, too ---- */

static const char *vm_of(const struct scn_item *item)
{
    switch (item->verb) {
    case SCN_DO_SWITCH: return item->mode.vm.text;
    case SCN_DO_MIGRATE: return item->migrate.vm.text;
    case SCN_DO_HOTPLUG: return item->hotplug.vm.text;
    case SCN_DO_GUEST: return item->guest.vm.text;
    case SCN_DO_SNAPSHOT: case SCN_DO_RESTORE: return item->snapshot.vm.text;
    case SCN_DO_OPERATOR: return item->oper.nic.text;
    case SCN_DO_SET: return item->setting.name.text;
    case SCN_DO_STOP: case SCN_DO_LINK_SET: case SCN_DO_LINK_SHOW: case SCN_DO_POLICY: case SCN_DO_IOMMU: case SCN_DO_RESET:
    case SCN_DO_SUSPEND: case SCN_DO_RESUME: return item->act.name.text;
    case SCN_DO_REPLAY: case SCN_DO_FLOW: case SCN_DO_VF_SET: break;
    }
    return "";
}

/* While a migration lasts, and what it took away with it. */
static bool is_of_tried_migration(const struct world *w, const char *vm, sim_time at)
{
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        if (item->verb != SCN_DO_MIGRATE || !item->tries || !w->acts[i].record || strcmp(item->migrate.vm.text, vm))
            continue;
        const struct migration_record *m = migrator_get(w->migrator, w->acts[i].record - 1);
        if (m && at >= m->start && (at <= m->end || m->result == MIGRATE_UNDER_WAY || m->result == MIGRATE_LOST))
            return true;
    }
    return false;
}

/* Until the next line that does something with this VM. */
static bool is_tried(const struct world *w, const char *vm, sim_time at)
{
    const struct scn_item *last = NULL;
    sim_time begun = 0;
    if (is_of_tried_migration(w, vm, at))
        return true;
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        if (!w->acts[i].begun || w->acts[i].at > at || w->acts[i].at < begun || strcmp(vm_of(item), vm))
            continue;
        last = item;
        begun = w->acts[i].at;
    }
    return last && last->tries;
}

/* ---- what there is ---- */

static bool was_begun_by_line(const struct world *w, enum scn_verb verb, unsigned host, unsigned record)
{
    for (unsigned i = 0; i < w->sc->item_count; i++)
        if (w->sc->items[i].verb == verb && w->acts[i].host == host && w->acts[i].record == record + 1)
            return true;
    return false;
}

static void tell_record(struct search *s, const char *what, const char *vm, sim_time at, enum scn_ending ending, const char *why)
{
    if (is_tried(s->w, vm, at))
        return;
    struct world_unexpected u = {.at = at, .ending = scn_ending_words[ending], .reason = why};
    snprintf(u.what, sizeof(u.what), "%s", what);
    tell(s, &u);
}

static void find_switches(struct search *s)
{
    char what[160];
    const struct world *w = s->w;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *record = host_switch_get(w->hosts[h], i);
            unsigned nth = nth_switch(w, record);
            if (record->result == SWITCH_DONE || (w->interrupted && record->result == SWITCH_UNDER_WAY) ||
                was_begun_by_line(w, SCN_DO_SWITCH, h, i) ||
                is_named(w, SCN_EXPECT_SWITCH, record->vm, nth, NOT_NAMED))
                continue;
            snprintf(what, sizeof(what), "switch %s %u (to %s)", record->vm, nth,
                     record->to_passthrough ? "passthrough" : "emulation");
            tell_record(s, what, record->vm, record->start, world__switch_ending(record->result), record->reason);
        }
}

static void find_hotplugs(struct search *s)
{
    char what[160];
    const struct world *w = s->w;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_hotplug_count(w->hosts[h]); i++) {
            const struct hotplug_record *record = host_hotplug_get(w->hosts[h], i);
            unsigned nth = world__nth_hotplug(w, record);
            if (record->result == HOTPLUG_DONE || (w->interrupted && record->result == HOTPLUG_UNDER_WAY) ||
                was_begun_by_line(w, SCN_DO_HOTPLUG, h, i) ||
                is_named(w, SCN_EXPECT_HOTPLUG, record->vm, nth, NOT_NAMED))
                continue;
            snprintf(what, sizeof(what), "hotplug %s %u (%s)", record->vm, nth,
                     record->at_boot ? "its boot" : record->add ? "add" : "remove");
            tell_record(s, what, record->vm, record->start, world__hotplug_ending(record->result), record->reason);
        }
}

static void find_requests(struct search *s)
{
    char what[200];
    const struct world *w = s->w;
    for (unsigned v = 0; v < w->sc->vm_count; v++) {
        const char *vm = w->sc->vms[v].name.text;
        unsigned nth = 0;
        for (unsigned h = 0; h < w->sc->host_count; h++)
            for (unsigned i = 0; i < host_control_count(w->hosts[h]); i++) {
                const struct control_record *record = host_control_get(w->hosts[h], i);
                if (strcmp(record->vm, vm))
                    continue;
                nth++;
                if (record->allowed || is_named(w, SCN_EXPECT_CONTROL, vm, nth, NOT_NAMED))
                    continue;
                snprintf(what, sizeof(what), "control %s %u (%s)", vm, nth, record->what);
                tell_record(s, what, vm, record->at, SCN_ENDING_REFUSED, record->reason);
            }
    }
}

static void find_ends(struct search *s)
{
    const struct world *w = s->w;
    for (unsigned v = 0; v < w->sc->vm_count; v++) {
        const char *vm = w->sc->vms[v].name.text;
        struct world_unexpected u = {.at = sim_now(w->sim), .ending = "ended", .reason = vm_end_text(w->vms[v])};
        if (vm_get_state(w->vms[v]) != VM_ENDED || expects_end(w, vm) || is_tried(w, vm, sim_now(w->sim)))
            continue;
        snprintf(u.what, sizeof(u.what), "VM %s", vm);
        tell(s, &u);
    }
}

/* What a guest was refused, its request tells. */
static bool is_told_by_request(const struct world *w, unsigned item)
{
    const struct world_tally *tally = &w->tallies[item];
    for (unsigned h = 0; w->sc->items[item].verb == SCN_DO_GUEST && h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_control_count(w->hosts[h]); i++) {
            const struct control_record *record = host_control_get(w->hosts[h], i);
            if (!record->allowed && record->at >= tally->first && record->at <= tally->last &&
                !strcmp(record->vm, w->sc->items[item].guest.vm.text))
                return true;
        }
    return false;
}

static void find_acts(struct search *s)
{
    const struct world *w = s->w;
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        struct world_ending end;
        world__ending(w, i, &end);
        struct world_unexpected u = {.line = item->at.line, .at = w->acts[i].at, .reason = end.reason};
        snprintf(u.what, sizeof(u.what), "%s", item->text);
        u.ending = scn_ending_words[end.ending];
        bool named = item->tries || is_named_act(w, i, end.ending) || record_is_named(w, i) ||
                     (item->verb == SCN_DO_REPLAY && is_named(w, SCN_EXPECT_REPLAY, item->replay.name.text, 0, NOT_NAMED));
        bool early = w->interrupted && (end.ending == SCN_ENDING_NEVER || end.ending == SCN_ENDING_UNFINISHED);
        if (end.ending != SCN_ENDING_DONE && !early && !named && !is_told_by_request(w, i))
            tell(s, &u);
        if (!*end.missed || early || item->tries || is_named_act(w, i, SCN_ENDING_MISSED))
            continue;
        char why[160];
        snprintf(why, sizeof(why), "%s: its moment never came", end.missed);
        u.ending = scn_ending_words[SCN_ENDING_MISSED];
        u.reason = why;
        tell(s, &u);
    }
}

unsigned world__unexpected(const struct world *w, world_unexpected_fn fn, void *to)
{
    struct search s = {.w = w, .tell = fn, .to = to};
    find_acts(&s);
    find_switches(&s);
    find_hotplugs(&s);
    find_requests(&s);
    find_ends(&s);
    if (!w->interrupted)
        world__find_stuck(w, &s.found, fn, to);
    return s.found;
}
