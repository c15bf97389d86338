/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Migrations side by side, a row each: what its method cost the VM's flows, the guest, the hosts and the link.
 *
 * Of the flows that the VM takes part in: blackout (the longest), lost, duplicated, reordered (summed) are of the whole run,
 * packets a second of the time before the migration and of its pre-copy, in which the VM runs. A VM that migrates more than
 * once has a row a migration with the same flows. Host CPU is that of source and destination together, all their VMs included,
 * between the migration's beginning and its end.
 */
#include <string.h>

#include "core/frame/track.h"
#include "scenario/outcome/outcome__.h"

#define BEFORE_PS (5 * SIM_MS) /* packets a second before: of the time as long as the pre-copy, and at least this */

struct row {
    const struct migration_record *m;
    uint64_t lost, duplicated, reordered;
    sim_time blackout, precopy, guest;
    uint64_t before_pps, precopy_pps;
    unsigned flows;
};

static sim_time since(sim_time from, sim_time to) { return from && to > from ? to - from : 0; }

static uint64_t rate(uint64_t count, sim_time span) { return span ? (uint64_t)((unsigned __int128)count * SIM_S / span) : 0; }

static uint64_t delivered(const struct track *track, sim_time from, sim_time to)
{
    struct track_bucket sum;
    uint64_t all = 0;
    track_sum(track, from, to, &sum);
    for (int path = 0; path < FRAME_PATHS; path++)
        all += sum.delivered[path];
    return all;
}

/* Intervals count where they begin: both times are moved to where the flow's begin, so that rates are of what was counted. */
static void add_rates(const struct track *track, struct row *row, sim_time from, sim_time to)
{
    sim_time width = track->st.width_ps ? track->st.width_ps : 1, first = track->st.first * width;
    sim_time begin = (from + width - 1) / width * width, end = to / width * width, span = end > begin ? end - begin : 0;
    sim_time wanted = span > BEFORE_PS ? span : BEFORE_PS / width * width, start = row->m->start / width * width;
    sim_time before = start > wanted ? start - wanted : 0;
    before = before < first + width ? first + width : before; /* the interval in which it began is not a full one */
    row->precopy_pps += rate(delivered(track, begin, end), span);
    if (start > before)
        row->before_pps += rate(delivered(track, before, start), start - before);
}

static void add_flows(const struct world *w, struct row *row)
{
    const struct migration_record *m = row->m;
    sim_time from = m->rounds ? m->round[0].start : 0, to = m->stopped ? m->stopped : m->end;
    for (uint32_t i = 1; i <= flow_count(w->sim); i++) {
        struct flow_report f;
        if (!world__flow_is_of(w, i, m->vm))
            continue;
        flow_get_report(w->sim, i, &f);
        if (!f.parent) { /* a parent's report is the sum of its children's */
            row->flows++;
            row->lost += f.lost;
            row->duplicated += f.duplicated;
            row->reordered += f.reordered;
            row->blackout = f.blackout_ps > row->blackout ? f.blackout_ps : row->blackout;
        }
        if (from && flow_track(w->sim, i)->st.used)
            add_rates(flow_track(w->sim, i), row, from, to);
    }
    row->precopy = since(from, to);
}

/* Steps of a switch in which the hypervisor waits for the guest [docs/switch-protocol.md]. */
static sim_time guest_time_of(const struct switch_record *sw)
{
    sim_time sum = 0;
    for (unsigned i = 0; i < sw->steps; i++) {
        const struct switch_step_record *step = &sw->step[i];
        bool waits = step->step == STEP_OFFER || step->step == STEP_START || step->step == STEP_QUIET;
        sum += waits && step->end != SIM_NEVER ? step->end - step->start : 0;
    }
    return sum;
}

static sim_time guest_time(const struct world *w, const struct migration_record *m)
{
    sim_time sum = m->guest_let_go_ps + m->guest_took_up_ps;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *sw = host_switch_get(w->hosts[h], i);
            if (!strcmp(sw->vm, m->vm) && sw->start >= m->start && sw->end <= m->end)
                sum += guest_time_of(sw);
        }
    return sum;
}

static const char *guest_part(const struct row *row)
{
    const struct migration_record *m = row->m;
    switch (m->method) {
    case MIGRATE_NPA:
        return m->was_passthrough ? "VF swap, new plugin" : "none";
    case MIGRATE_BOND:
        return m->was_passthrough ? "VF unplug and plug" : "none";
    case MIGRATE_EMULATED:
    case MIGRATE_UPT:
    case MIGRATE_VFIO:
    case MIGRATE_METHOD_COUNT:
        break;
    }
    return "none";
}

static struct row row_of(const struct world *w, unsigned i)
{
    struct row row = {.m = migrator_get(w->migrator, i)};
    add_flows(w, &row);
    row.guest = guest_time(w, row.m);
    return row;
}

/* ---- printing ---- */

static void say_who(struct report *r, const struct migration_record *m)
{
    report_text(r, "vm", NULL, 0, "%s", m->vm);
    report_text(r, "by", NULL, 0, "%s", migrate_method_name(m->method));
}

static void say_effect(struct report *r, const struct row *row)
{
    const struct migration_record *m = row->m;
    bool moved = m->stopped && m->resumed;
    say_who(r, m);
    report_text(r, "result", NULL, 0, "%s", world__migrate_result_text(m->result));
    report_time(r, "took_ns", "took", 0, since(m->start, m->end));
    report_time(r, "downtime_ns", "downtime", moved ? 0 : REPORT_NO_VALUE, since(m->stopped, m->resumed));
    report_time(r, "blackout_ns", "blackout", row->flows ? 0 : REPORT_NO_VALUE, row->blackout);
    report_number(r, "lost", NULL, row->lost ? REPORT_BAD : 0, row->lost);
    report_number(r, "duplicated", "dup", row->duplicated ? REPORT_BAD : 0, row->duplicated);
    report_number(r, "reordered", "reord", row->reordered ? REPORT_BAD : 0, row->reordered);
    report_number(r, "bytes", "bytes moved", 0, m->bytes);
}

static void say_cost(struct report *r, const struct row *row)
{
    const struct migration_record *m = row->m;
    sim_time cpu = m->cpu_end_ps - m->cpu_start_ps, precopy_cpu = m->stopped ? m->cpu_stopped_ps - m->cpu_start_ps : 0;
    report_number(r, "before_pps", "pkt/s before", row->flows ? 0 : REPORT_NO_VALUE, row->before_pps);
    report_number(r, "precopy_pps", "in pre-copy", row->flows && row->precopy ? 0 : REPORT_NO_VALUE, row->precopy_pps);
    report_time(r, "precopy_ns", "pre-copy", row->precopy ? 0 : REPORT_NO_VALUE, row->precopy);
    report_time(r, "host_cpu_ns", "host CPU", 0, cpu);
    report_time(r, "host_cpu_precopy_ns", NULL, REPORT_JSON_ONLY, precopy_cpu);
    report_time(r, "guest_ns", "guest", row->guest ? 0 : REPORT_NO_VALUE, row->guest);
    report_text(r, "guest_part", "its part", 0, "%s", guest_part(row));
}

/* In the text where methods are to be compared; elsewhere each migration's own lines say it. */
static unsigned text_flags(const struct world *w)
{
    unsigned methods = 0;
    for (unsigned i = 0; i < migrator_count(w->migrator); i++)
        methods |= 1u << migrator_get(w->migrator, i)->method;
    return methods & (methods - 1) ? REPORT_SKIP_EMPTY : REPORT_SKIP_EMPTY | REPORT_JSON_ONLY;
}

void world__report_comparison(const struct world *w, struct report *r)
{
    unsigned flags = w->migrator ? text_flags(w) : REPORT_SKIP_EMPTY;
    report_list(r, "comparison", "migrations compared: flows of the VM", REPORT_TABLE, flags);
    for (unsigned i = 0; w->migrator && i < migrator_count(w->migrator); i++) {
        struct row row = row_of(w, i);
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        say_effect(r, &row);
        report_object(r, "cost", NULL, REPORT_LINE, REPORT_JSON_ONLY);
        say_cost(r, &row);
        report_end(r);
        report_end(r);
    }
    report_end(r);
    report_list(r, "comparison_cost", "migrations compared: throughput, hosts (all their VMs), guest", REPORT_TABLE,
                flags | REPORT_TEXT_ONLY);
    for (unsigned i = 0; w->migrator && i < migrator_count(w->migrator); i++) {
        struct row row = row_of(w, i);
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        say_who(r, row.m);
        say_cost(r, &row);
        report_end(r);
    }
    report_end(r);
}
