/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a report: flows, drops, switches, control requests. */
#include <inttypes.h>
#include <string.h>

#include "scenario/world/world__.h"

static void report_flow_row(const struct world *w, struct report *r, uint32_t flow)
{
    struct flow_report f;
    flow_get_report(w->sim, flow, &f);
    unsigned sent = f.sent ? 0 : REPORT_NO_VALUE, latency = f.delivered ? 0 : REPORT_NO_VALUE;
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "name", "flow", 0, "%s", f.name);
    report_number(r, "sent", NULL, 0, f.sent);
    report_number(r, "delivered", NULL, 0, f.delivered);
    report_number(r, "lost", NULL, f.lost ? REPORT_BAD : 0, f.lost);
    report_number(r, "duplicated", "dup", f.duplicated ? REPORT_BAD : 0, f.duplicated);
    report_number(r, "reordered", "reord", f.reordered ? REPORT_BAD : 0, f.reordered);
    report_number(r, "in_flight", NULL, REPORT_JSON_ONLY, f.in_flight);
    report_time(r, "blackout_ns", "blackout", sent, f.blackout_ps);
    report_object(r, "latency_ns", NULL, REPORT_LINE, 0);
    report_time(r, "p50", NULL, latency, f.latency_p50_ps);
    report_time(r, "p99", NULL, latency, f.latency_p99_ps);
    report_time(r, "max", NULL, latency, f.latency_max_ps);
    report_end(r);
    report_number(r, "bytes_sent", NULL, REPORT_JSON_ONLY, f.bytes_sent);
    report_number(r, "bytes_delivered", NULL, REPORT_JSON_ONLY, f.bytes_delivered);
    report_list(r, "halves", NULL, REPORT_TABLE, 0);
    for (uint32_t i = flow + 1; f.is_parent && i <= flow_count(w->sim); i++) {
        struct flow_report half;
        flow_get_report(w->sim, i, &half);
        if (half.parent == flow)
            report_flow_row(w, r, i);
    }
    report_end(r);
    report_end(r);
}

void world__report_flows(const struct world *w, struct report *r)
{
    report_list(r, "flows", NULL, REPORT_TABLE, 0);
    for (uint32_t i = 1; i <= flow_count(w->sim); i++) {
        struct flow_report f;
        flow_get_report(w->sim, i, &f);
        if (!f.parent)
            report_flow_row(w, r, i);
    }
    report_end(r);
}

void world__report_drops(const struct world *w, struct report *r)
{
    struct drop_report drop;
    unsigned no_flow = REPORT_JSON_ONLY; /* a column that would be all zeros is left out of the text */
    for (uint32_t i = 0; books_get_drop(w->sim, i, &drop); i++)
        no_flow = drop.lost_no_flow ? 0 : no_flow;
    report_list(r, "drops", NULL, REPORT_TABLE, 0);
    for (uint32_t i = 0; books_get_drop(w->sim, i, &drop); i++) {
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "place", NULL, 0, "%s", drop.place);
        report_text(r, "reason", NULL, 0, "%s", fate_name(drop.fate));
        report_number(r, "count", "copies", 0, drop.count);
        report_number(r, "frames_lost", "lost", 0, drop.lost);
        report_number(r, "frames_lost_of_no_flow", "of no flow", no_flow, drop.lost_no_flow);
        report_text(r, "meaning", NULL, 0, "%s", fate_text(drop.fate));
        report_end(r);
    }
    report_end(r);
}

static void report_steps(const struct switch_record *record, struct report *r)
{
    report_list(r, "steps", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < record->steps; i++) {
        const struct switch_step_record *step = &record->step[i];
        bool open = step->end == SIM_NEVER;
        report_object(r, NULL, NULL, REPORT_LINE, step->status ? REPORT_BAD : 0);
        report_text(r, "step", NULL, 0, "%s", switch_step_name(step->step));
        report_time(r, "start_ns", "start", 0, step->start);
        report_time(r, "took_ns", "took", 0, open ? 0 : step->end - step->start);
        report_number(r, "status", NULL, REPORT_JSON_ONLY, (uint64_t)(step->status < 0 ? -step->status : step->status));
        report_text(r, "status_text", "status", 0, "%s", open ? "under way" : switch_status_text(step->step, step->status));
        report_end(r);
    }
    report_end(r);
}

static void report_switch(const struct switch_record *record, struct report *r)
{
    char where[80] = "";
    if (record->vf >= 0)
        snprintf(where, sizeof(where), " (%s vf %d)", record->nic, record->vf);
    bool ended = record->end != SIM_NEVER && record->result != SWITCH_UNDER_WAY;
    bool stopped = record->tx_stopped && record->tx_resumed >= record->tx_stopped;
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s to %s%s%s:", record->vm,
                record->to_passthrough ? "passthrough" : "emulation", where,
                record->order == SWITCH_NAIVE ? ", naive order" : "");
    report_text(r, "vm", NULL, REPORT_JSON_ONLY, "%s", record->vm);
    report_text(r, "to", NULL, REPORT_JSON_ONLY, "%s", record->to_passthrough ? "passthrough" : "emulation");
    report_text(r, "nic", NULL, REPORT_JSON_ONLY, "%s", record->nic);
    report_number(r, "vf", NULL, record->vf >= 0 ? REPORT_JSON_ONLY : REPORT_ABSENT, record->vf >= 0 ? (uint64_t)record->vf : 0);
    report_text(r, "order", NULL, REPORT_JSON_ONLY, "%s", record->order == SWITCH_NAIVE ? "naive" : "safe");
    report_text(r, "result", NULL, REPORT_BARE, "%s", world__switch_result_text(record->result));
    report_text(r, "reason", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", record->reason);
    report_time(r, "start_ns", "from", 0, record->start);
    report_time(r, "end_ns", "to", ended ? 0 : REPORT_ABSENT, ended ? record->end : 0);
    report_time(r, "tx_stopped_ns", "transmit stopped for", REPORT_SKIP_ZERO,
                stopped ? record->tx_resumed - record->tx_stopped : 0);
    report_number(r, "held_frames", "frames held", REPORT_SKIP_ZERO, record->held_frames);
    report_number(r, "held_bytes_max", "bytes held at most", REPORT_SKIP_ZERO, record->held_bytes_max);
    report_steps(record, r);
    report_end(r);
}

void world__report_switches(const struct world *w, struct report *r)
{
    report_list(r, "switches", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++)
            report_switch(host_switch_get(w->hosts[h], i), r);
    report_end(r);
}

void world__report_control(const struct world *w, struct report *r)
{
    report_list(r, "control", "control requests of guests", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_control_count(w->hosts[h]); i++) {
            const struct control_record *record = host_control_get(w->hosts[h], i);
            report_object(r, NULL, NULL, REPORT_LINE, 0);
            report_text(r, "vm", NULL, 0, "%s", record->vm);
            report_time(r, "at_ns", "at", 0, record->at);
            report_text(r, "what", "request", 0, "%s", record->what);
            report_text(r, "answer", NULL, 0, "%s", record->allowed ? "allowed" : "refused");
            report_bool(r, "applied_to_vf", "on the VF", 0, record->applied_to_vf);
            report_text(r, "reason", NULL, 0, "%s", record->reason);
            report_end(r);
        }
    report_end(r);
}
