/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a flow's blackout is made of: its longest gap, laid over what a migration of its VM was doing at the time.
 *
 * The parts of a migration follow each other; where two overlap (the fast path is entered while the outside still
 * learns) the earlier one counts. What is left is the flow's own: no frame was due, or it was under way.
 */
#include <string.h>

#include "scenario/outcome/outcome__.h"

struct part {
    const char *key, *name;
    sim_time from, to;
};
enum { PARTS_MAX = 10 };

static unsigned add(struct part *parts, unsigned n, const char *key, const char *name, sim_time from, sim_time to)
{
    if (!from || to <= from)
        return n;
    parts[n] = (struct part){key, name, from, to};
    return n + 1;
}

/* The interruption. One that was undone lacks the times of what it did not come to. */
static unsigned add_interruption(struct part *parts, unsigned n, const struct migration_record *m)
{
    static const char *const keys[] = {"stopping_ns", "last_pages_ns", "state_ns", "resuming_ns"};
    static const char *const names[] = {"stopping", "last pages", "state", "resuming"};
    const sim_time times[] = {m->stopped, m->quiet, m->pages_sent, m->state_sent, m->resumed};

    for (unsigned i = 0; i < 4; i++) {
        sim_time to = 0;
        for (unsigned next = i + 1; next < 5 && !to; next++)
            to = times[next];
        n = add(parts, n, keys[i], names[i], times[i], to > m->resumed ? m->resumed : to);
    }
    return n;
}

/* Entering a VF takes its 100 ms of reset while the emulated path goes on: what counts begins when the shell stops to send. */
static sim_time entering(const struct world *w, const struct migration_record *m)
{
    for (unsigned h = 0; m->in_start && h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *sw = host_switch_get(w->hosts[h], i);
            if (strcmp(sw->vm, m->vm) || sw->start < m->in_start || sw->start > m->end || !sw->to_passthrough)
                continue;
            for (unsigned step = 0; step < sw->steps; step++)
                if (sw->step[step].step == STEP_STOP)
                    return sw->step[step].start;
            return 0; /* it did not come to that */
        }
    return m->in_start;
}

static unsigned parts_of(const struct world *w, const struct migration_record *m, struct part parts[PARTS_MAX])
{
    bool arrived = m->result == MIGRATE_DONE || m->result == MIGRATE_LOST || m->drained;
    sim_time learnt = arrived && m->learnt > m->resumed ? m->learnt : m->resumed;
    unsigned n = add(parts, 0, "leaving_ns", "leaving passthrough", m->out_start, m->out_end);

    n = add_interruption(parts, n, m);
    if (arrived) {
        n = add(parts, n, "learning_ns", "the outside learning", m->resumed, learnt);
        n = add(parts, n, "tunnel_ns", "tunnel", learnt, m->drained);
        n = add(parts, n, "pages_ns", "pages", m->drained, m->pulled);
    }
    return add(parts, n, "entering_ns", arrived ? "entering passthrough" : "going back", entering(w, m), m->end);
}

static sim_time common(sim_time from, sim_time to, const struct part *part)
{
    from = from > part->from ? from : part->from;
    to = to < part->to ? to : part->to;
    return to > from ? to - from : 0;
}

/* What this migration did not come to is no part of the gap; a program finds its key all the same. */
static void report_absent(struct report *r, const struct part *parts, unsigned n)
{
    static const char *const keys[] = {"leaving_ns",  "stopping_ns", "last_pages_ns", "state_ns",   "resuming_ns",
                                       "learning_ns", "tunnel_ns",   "pages_ns",      "entering_ns"};
    for (unsigned k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        unsigned i = 0;
        while (i < n && strcmp(parts[i].key, keys[k]))
            i++;
        if (i == n)
            report_time(r, keys[k], NULL, REPORT_JSON_ONLY, 0);
    }
}

/* False: the gap has nothing to do with this migration. */
static bool report_gap(const struct world *w, const struct flow_report *f, const struct migration_record *m, struct report *r)
{
    struct part parts[PARTS_MAX];
    unsigned n = parts_of(w, m, parts);
    sim_time share[PARTS_MAX], from = f->blackout_at, to = from + f->blackout_ps, sum = 0;

    for (unsigned i = 0; i < n; i++) {
        for (unsigned k = 0; k < i; k++) /* in order of time: what an earlier one has is not counted twice */
            parts[i].from = parts[i].from < parts[k].to && parts[i].from >= parts[k].from ? parts[k].to : parts[i].from;
        share[i] = common(from, to, &parts[i]);
        sum += share[i];
    }
    if (!sum)
        return false;
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, "flow", NULL, REPORT_JSON_ONLY, "%s", f->name);
    report_text(r, "vm", NULL, REPORT_JSON_ONLY, "%s", m->vm);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s, %s to %s:", f->name, m->vm, m->to);
    report_time(r, "blackout_ns", "blackout", 0, f->blackout_ps);
    report_time(r, "from_ns", "from", 0, from);
    for (unsigned i = 0; i < n; i++)
        report_time(r, parts[i].key, parts[i].name, REPORT_SKIP_ZERO, share[i]);
    report_absent(r, parts, n);
    report_time(r, "other_ns", "other", REPORT_SKIP_ZERO, f->blackout_ps - sum);
    report_end(r);
    return true;
}

void world__report_blackouts(const struct world *w, struct report *r)
{
    struct flow_report f;

    unsigned migrations = w->migrator ? migrator_count(w->migrator) : 0;
    report_list(r, "blackouts", "blackouts by their causes", REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (uint32_t flow = 1; flow <= flow_count(w->sim); flow++) {
        flow_get_report(w->sim, flow, &f);
        for (unsigned i = 0; !f.is_parent && f.blackout_ps && i < migrations; i++)
            if (world__flow_is_of(w, flow, migrator_get(w->migrator, i)->vm))
                report_gap(w, &f, migrator_get(w->migrator, i), r);
    }
    report_end(r);
}
