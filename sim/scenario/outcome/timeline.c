/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Switches, migrations, hot-plugs and rollouts as conversations: who said what to whom, and phases, from journal and records. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/world/journal.h"
#include "host/attach/attach.h"
#include "host/upgrade/rollout.h"
#include "scenario/outcome/outcome__.h"

enum { PARTIES_MAX = 16, NAME_LEN = 96 };

/* of one of these */
struct conversation {
    sim_time start;
    unsigned order;
    const struct switch_record *sw;
    const struct migration_record *migration;
    const struct hotplug_record *plug;
    const struct rollout *rollout;
};

/* who takes part, in the order of the drawing */
struct cast {
    uint16_t first_host; /* component of the hypervisor that stands before others */
    struct journal_party party[PARTIES_MAX];
    unsigned count;
};

/* ---- parties ---- */

/* From the guest on the left to the wire on the right. */
static unsigned place_of(enum journal_role role)
{
    static const uint8_t place[JOURNAL_ROLE_COUNT] = {
        [JOURNAL_VNIC] = 0,    [JOURNAL_PLUGIN] = 1, [JOURNAL_SHELL] = 2, [JOURNAL_HYPERVISOR] = 3, [JOURNAL_PF] = 4,
        [JOURNAL_ESWITCH] = 5, [JOURNAL_VF] = 6,     [JOURNAL_VM] = 2,    [JOURNAL_OUTSIDE] = 7,    [JOURNAL_ROLLOUT] = 2,
    };
    return place[role];
}

static bool is_before(struct journal_party x, struct journal_party y, uint16_t first_host)
{
    if (x.role != y.role)
        return place_of(x.role) < place_of(y.role);
    if (x.component != y.component)
        return x.component == first_host || (y.component != first_host && x.component < y.component);
    return x.sub < y.sub;
}

static void cast_add(struct cast *cast, struct journal_party party)
{
    unsigned i = 0;
    while (i < cast->count && is_before(cast->party[i], party, cast->first_host))
        i++;
    if ((i < cast->count && journal_party_is(cast->party[i], party)) || cast->count == PARTIES_MAX)
        return;
    memmove(&cast->party[i + 1], &cast->party[i], (cast->count - i) * sizeof(cast->party[0]));
    cast->party[i] = party;
    cast->count++;
}

static const char *name_of(const struct world *w, const struct migration_record *m, struct journal_party party, char name[NAME_LEN])
{
    const struct component *c = party.component ? component_by_id(w->sim, party.component) : NULL;
    const char *role = journal_role_name((enum journal_role)party.role), *who = c ? c->name : "";
    if (m && party.role == JOURNAL_HYPERVISOR && !strcmp(who, m->from))
        role = "source";
    else if (m && party.role == JOURNAL_HYPERVISOR && !strcmp(who, m->to))
        role = "destination";
    if (party.role == JOURNAL_VF)
        snprintf(name, NAME_LEN, "%s vf %d", who, (int)party.sub);
    else
        snprintf(name, NAME_LEN, "%s%s%s", role, c ? " " : "", who);
    return name;
}

static const char *label_of(const struct world *w, const struct migration_record *m, struct journal_party party)
{
    static const char *const labels[JOURNAL_ROLE_COUNT] = {"H", "S", "P", "D", "PF", "VF", "E", "VM", "O", "R"};
    const struct component *c = party.component ? component_by_id(w->sim, party.component) : NULL;
    if (m && party.role == JOURNAL_HYPERVISOR && c && !strcmp(c->name, m->from))
        return "SRC";
    return m && party.role == JOURNAL_HYPERVISOR ? "DST" : labels[party.role];
}

static void say_messages(const struct world *w, struct report *r, uint32_t talk, const struct migration_record *m)
{
    char name[NAME_LEN];
    const struct journal_message *opening = journal_next(w->sim, talk, NULL);
    struct cast cast = {.first_host = m && opening ? opening->from.component : 0}; /* the source asks */
    for (const struct journal_message *said = NULL; (said = journal_next(w->sim, talk, said)) != NULL;) {
        cast_add(&cast, said->from);
        cast_add(&cast, said->to);
    }
    report_list(r, "parties", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < cast.count; i++) {
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "name", NULL, 0, "%s", name_of(w, m, cast.party[i], name));
        report_text(r, "role", NULL, 0, "%s", journal_role_name((enum journal_role)cast.party[i].role));
        report_text(r, "label", NULL, 0, "%s", label_of(w, m, cast.party[i]));
        report_end(r);
    }
    report_end(r);
    report_list(r, "messages", NULL, REPORT_TABLE, 0);
    for (const struct journal_message *said = NULL; (said = journal_next(w->sim, talk, said)) != NULL;) {
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_time(r, "at_ns", NULL, 0, said->at);
        report_text(r, "from", NULL, 0, "%s", name_of(w, m, said->from, name));
        report_text(r, "to", NULL, 0, "%s", name_of(w, m, said->to, name));
        report_text(r, "what", NULL, 0, "%s", said->what);
        report_end(r);
    }
    report_end(r);
    report_number(r, "left_out", NULL, 0, journal_left_out(w->sim, talk));
}

/* ---- phases ---- */

static void say_phase(struct report *r, const char *name, sim_time start, sim_time end)
{
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "name", NULL, 0, "%s", name);
    report_time(r, "start_ns", NULL, 0, start);
    report_time(r, "took_ns", NULL, 0, end / 1000 * 1000 - start / 1000 * 1000);
    report_end(r);
}

static void say_steps(const struct world *w, struct report *r, const struct switch_record *record)
{
    report_list(r, "phases", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < record->steps; i++) {
        const struct switch_step_record *step = &record->step[i];
        say_phase(r, switch_step_name(step->step), step->start, step->end == SIM_NEVER ? sim_now(w->sim) : step->end);
    }
    if (record->tx_stopped && record->tx_resumed >= record->tx_stopped)
        say_phase(r, "transmit stopped", record->tx_stopped, record->tx_resumed);
    report_end(r);
}

/* Between two marks, of which the later one may not have been reached. */
static void say_between(struct report *r, const char *name, sim_time from, sim_time to, sim_time last)
{
    if (from)
        say_phase(r, name, from, to >= from ? to : last);
}

static void say_rounds(struct report *r, const struct migration_record *m, sim_time last)
{
    char name[48];
    report_list(r, "phases", NULL, REPORT_TABLE, 0);
    if (m->rounds && m->round[0].start > m->start)
        say_phase(r, m->was_passthrough ? "prepare, leave the VF" : "prepare", m->start, m->round[0].start);
    for (unsigned i = 0; i < m->rounds; i++) {
        if (m->stopped && m->round[i].start >= m->stopped)
            break; /* what the stopped VM waits for is told below */
        snprintf(name, sizeof(name), "round %u", i + 1);
        say_between(r, name, m->round[i].start, m->round[i].end, last);
    }
    say_between(r, "stopping", m->stopped, m->quiet, last);
    say_between(r, "last pages", m->quiet, m->pages_sent, last);
    say_between(r, "state", m->pages_sent, m->state_sent, last);
    say_between(r, "resuming", m->state_sent, m->resumed, last);
    say_between(r, "by way of the source", m->resumed, m->drained, last);
    if (m->post_copy)
        say_between(r, "pages follow", m->resumed, m->pulled, last);
    if (m->drained && last > m->drained && m->was_passthrough)
        say_phase(r, "enter a VF", m->drained, last);
    report_end(r);
}

/* ---- one conversation ---- */

static void say_switch(const struct world *w, struct report *r, const struct switch_record *record)
{
    char where[96] = "";
    sim_time end = record->result == SWITCH_UNDER_WAY ? sim_now(w->sim) : record->end;
    if (record->vf >= 0)
        snprintf(where, sizeof(where), " (%s vf %d)", record->nic, record->vf);
    report_text(r, "title", NULL, 0, "switch of %s to %s%s: %s%s%s", record->vm,
                record->to_passthrough ? "passthrough" : "emulation", where, world__switch_result_text(record->result),
                *record->reason ? ", " : "", record->reason);
    report_text(r, "kind", NULL, 0, "switch");
    report_text(r, "vm", NULL, 0, "%s", record->vm);
    report_time(r, "start_ns", NULL, 0, record->start);
    report_time(r, "took_ns", NULL, 0, end / 1000 * 1000 - record->start / 1000 * 1000);
    say_messages(w, r, record->talk, NULL);
    say_steps(w, r, record);
    if (record->tx_stopped)
        world__report_packets_across(w, r, record->vm, record->tx_stopped,
                                     record->tx_resumed >= record->tx_stopped ? record->tx_resumed : end);
    else
        world__report_no_packets(r);
}

static void say_migration(const struct world *w, struct report *r, const struct migration_record *m)
{
    sim_time end = m->result == MIGRATE_UNDER_WAY ? sim_now(w->sim) : m->end;
    report_text(r, "title", NULL, 0, "migration of %s from %s to %s: %s%s%s", m->vm, m->from, m->to,
                world__migrate_result_text(m->result), *m->reason ? ", " : "", m->reason);
    report_text(r, "kind", NULL, 0, "migration");
    report_text(r, "vm", NULL, 0, "%s", m->vm);
    report_time(r, "start_ns", NULL, 0, m->start);
    report_time(r, "took_ns", NULL, 0, end / 1000 * 1000 - m->start / 1000 * 1000);
    say_messages(w, r, m->talk, m);
    say_rounds(r, m, end);
    if (m->stopped)
        world__report_packets_across(w, r, m->vm, m->stopped, m->drained ? m->drained : end);
    else
        world__report_no_packets(r);
}

static void say_between_marks(struct report *r, const char *name, sim_time from, sim_time to)
{
    if (from && to >= from)
        say_phase(r, name, from, to);
}

static void say_hotplug(const struct world *w, struct report *r, const struct hotplug_record *plug, sim_time end)
{
    report_text(r, "title", NULL, 0, "%s of %s (%s vf %d): %s%s%s",
                plug->add        ? "VF plugged in"
                : plug->surprise ? "VF removed by surprise"
                                 : "VF unplugged",
                plug->vm, plug->nic, plug->vf, hotplug_result_text(plug->result), *plug->reason ? ", " : "", plug->reason);
    report_text(r, "kind", NULL, 0, "hotplug");
    report_text(r, "vm", NULL, 0, "%s", plug->vm);
    report_time(r, "start_ns", NULL, 0, plug->start);
    report_time(r, "took_ns", NULL, 0, end / 1000 * 1000 - plug->start / 1000 * 1000);
    say_messages(w, r, plug->talk, NULL);
    report_list(r, "phases", NULL, REPORT_TABLE, 0);
    say_between_marks(r, plug->add ? "made ready" : "address to the standby", plug->start, plug->told);
    say_between_marks(r, plug->add ? "guest powers it on" : "guest lets go", plug->told, plug->answered);
    say_between_marks(r, "guest's driver comes up", plug->answered, plug->add ? plug->up : 0);
    if (!plug->add)
        say_between_marks(r, "taken back", plug->answered, end);
    report_end(r);
    if (plug->told)
        world__report_packets_across(w, r, plug->vm, plug->told, end);
    else
        world__report_no_packets(r);
}

/* Its bars are its VMs'. */
static void say_rollout(const struct world *w, struct report *r, const struct rollout *rollout, sim_time end)
{
    struct rollout_view view;
    const struct vm *vm;
    rollout_get(rollout, &view);
    report_text(r, "title", NULL, 0, "rollout %s of %s to %u VMs: %s%s%s", view.name, view.image, view.vm_count,
                rollout_result_text(view.result), *view.reason ? ", " : "", view.reason);
    report_text(r, "kind", NULL, 0, "rollout");
    report_text(r, "vm", NULL, REPORT_NO_VALUE, "%s", "");
    report_time(r, "start_ns", NULL, 0, view.start);
    report_time(r, "took_ns", NULL, 0, end / 1000 * 1000 - view.start / 1000 * 1000);
    say_messages(w, r, view.talk, NULL);
    report_list(r, "phases", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < view.vm_count; i++) {
        const struct rollout_vm *v = rollout_get_vm(rollout, i, &vm);
        if (v->begun != SIM_NEVER)
            say_phase(r, vm_name(vm), v->begun, v->ended == SIM_NEVER ? end : v->ended);
    }
    report_end(r);
    world__report_no_packets(r);
}

/* ---- all of them, in order of their beginning ---- */

static int compare(const void *x, const void *y)
{
    const struct conversation *a = x, *b = y;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static sim_time start_of(const struct conversation *c)
{
    struct rollout_view view = {.start = SIM_NEVER};
    if (c->rollout)
        rollout_get(c->rollout, &view);
    return c->sw ? c->sw->start : c->migration ? c->migration->start : c->plug ? c->plug->start : view.start;
}

static bool has_begun(const struct rollout *rollout)
{
    struct rollout_view view = {.result = ROLLOUT_NOT_BEGUN};
    if (rollout)
        rollout_get(rollout, &view);
    return view.result != ROLLOUT_NOT_BEGUN;
}

static struct conversation *collect(const struct world *w, unsigned *count)
{
    unsigned cap = w->sc->item_count + (w->migrator ? migrator_count(w->migrator) : 0), n = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        cap += host_switch_count(w->hosts[h]) + host_hotplug_count(w->hosts[h]);
    struct conversation *all = alloc_zero("the timeline", cap + 1, sizeof(*all));
    for (unsigned i = 0; i < w->sc->item_count; i++)
        if (has_begun(w->rollouts[i]))
            all[n++] = (struct conversation){.rollout = w->rollouts[i]};
    for (unsigned i = 0; w->migrator && i < migrator_count(w->migrator); i++, n++)
        all[n] = (struct conversation){.migration = migrator_get(w->migrator, i)};
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++, n++)
            all[n] = (struct conversation){.sw = host_switch_get(w->hosts[h], i)};
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_hotplug_count(w->hosts[h]); i++, n++)
            all[n] = (struct conversation){.plug = host_hotplug_get(w->hosts[h], i)};
    for (unsigned i = 0; i < n; i++) {
        all[i].start = start_of(&all[i]);
        all[i].order = i;
    }
    qsort(all, n, sizeof(*all), compare);
    *count = n;
    return all;
}

static sim_time end_of(const struct world *w, const struct conversation *c)
{
    struct rollout_view view = {.end = SIM_NEVER};
    if (c->rollout)
        rollout_get(c->rollout, &view);
    sim_time end = c->sw ? c->sw->end : c->migration ? c->migration->end : c->plug ? c->plug->end : view.end;
    bool over = end >= c->start && end != SIM_NEVER && end;
    return over ? end : sim_now(w->sim);
}

static void say_nobody(struct report *r)
{
    report_list(r, "parties", NULL, REPORT_TABLE, 0);
    report_end(r);
    report_list(r, "messages", NULL, REPORT_TABLE, 0);
    report_end(r);
    report_number(r, "left_out", NULL, 0, 0);
}

static void name_rollout(const struct rollout *rollout, char *name, size_t cap)
{
    struct rollout_view view;
    rollout_get(rollout, &view);
    snprintf(name, cap, "rollout %s", view.name);
}

/* The whole run: its phases are the conversations. */
static void say_run(const struct world *w, struct report *r, const struct conversation *all, unsigned count)
{
    char name[160];
    report_text(r, "title", NULL, 0, "the whole run");
    report_text(r, "kind", NULL, 0, "run");
    report_text(r, "vm", NULL, REPORT_NO_VALUE, "%s", "");
    say_nobody(r);
    sim_time first = SIM_NEVER, last = 0;
    for (unsigned i = 0; i < count; i++) {
        first = all[i].start < first ? all[i].start : first;
        last = end_of(w, &all[i]) > last ? end_of(w, &all[i]) : last;
    }
    world__report_packets(w, r, first, last);
    report_list(r, "phases", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < count; i++) {
        const struct switch_record *sw = all[i].sw;
        const struct migration_record *m = all[i].migration;
        if (sw)
            snprintf(name, sizeof(name), "%s to %s", sw->vm, sw->to_passthrough ? "passthrough" : "emulation");
        else if (m)
            snprintf(name, sizeof(name), "%s to %s", m->vm, m->to);
        else if (all[i].rollout)
            name_rollout(all[i].rollout, name, sizeof(name));
        else
            snprintf(name, sizeof(name), "%s VF %s", all[i].plug->vm, all[i].plug->add ? "plugged" : "unplugged");
        say_phase(r, name, all[i].start, end_of(w, &all[i]));
    }
    report_end(r);
}

void world__report_timeline(const struct world *w, struct report *r)
{
    unsigned count;
    struct conversation *all = collect(w, &count);
    report_list(r, "timeline", NULL, REPORT_TIMELINE, REPORT_SKIP_EMPTY);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    say_run(w, r, all, count);
    report_end(r);
    for (unsigned i = 0; i < count; i++) {
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        if (all[i].sw)
            say_switch(w, r, all[i].sw);
        else if (all[i].migration)
            say_migration(w, r, all[i].migration);
        else if (all[i].rollout)
            say_rollout(w, r, all[i].rollout, end_of(w, &all[i]));
        else
            say_hotplug(w, r, all[i].plug, end_of(w, &all[i]));
        report_end(r);
    }
    report_end(r);
    free(all);
}
