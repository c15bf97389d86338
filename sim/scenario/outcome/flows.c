/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a report about frames: flows, drops, and frames that arrived other than they should. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "net/inspection.h"
#include "scenario/outcome/outcome__.h"

static void say_rate(struct report *r, const char *key, const struct flow_rate *rate)
{
    unsigned absent = REPORT_JSON_ONLY | (rate->bps ? 0 : REPORT_NO_VALUE);
    report_object(r, key, NULL, REPORT_LINE, REPORT_JSON_ONLY);
    report_number(r, "bps", NULL, absent, rate->bps);
    report_number(r, "fps", NULL, absent, rate->fps);
    report_end(r);
}

/* For programs beside the flow's counts; for people a table of its own. */
static void say_rates(struct report *r, const struct flow_report *f)
{
    unsigned sent = REPORT_JSON_ONLY | (f->sent ? 0 : REPORT_NO_VALUE);
    unsigned delivered = REPORT_JSON_ONLY | (f->delivered ? 0 : REPORT_NO_VALUE);
    report_time(r, "first_sent_ns", NULL, sent, f->first_sent);
    report_time(r, "last_sent_ns", NULL, sent, f->last_sent);
    report_time(r, "first_delivered_ns", NULL, delivered, f->first_whole);
    report_time(r, "last_delivered_ns", NULL, delivered, f->last_whole);
    say_rate(r, "offered", &f->offered);
    say_rate(r, "throughput", &f->throughput);
    report_time(r, "jitter_ns", NULL, delivered, f->jitter_ps);
    report_time(r, "pdv_ns", NULL, delivered, f->pdv_ps);
}

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
    report_time(r, "min", NULL, latency | REPORT_JSON_ONLY, f.latency_min_ps);
    report_time(r, "p50", NULL, latency, f.latency_p50_ps);
    report_time(r, "p99", NULL, latency, f.latency_p99_ps);
    report_time(r, "max", NULL, latency, f.latency_max_ps);
    report_end(r);
    report_number(r, "bytes_sent", NULL, REPORT_JSON_ONLY, f.bytes_sent);
    report_number(r, "bytes_delivered", NULL, REPORT_JSON_ONLY, f.bytes_delivered);
    say_rates(r, &f);
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

/* ---- latencies, as curves for those who draw them ---- */

static void report_curve(const struct world *w, struct report *r, uint32_t flow)
{
    struct flow_report f;
    sim_time mean;
    unsigned points;
    struct hist_point *curve = flow_get_curve(w->sim, flow, &points, &mean);
    if (!curve)
        return;
    flow_get_report(w->sim, flow, &f);
    report_object(r, NULL, NULL, REPORT_LINE, REPORT_JSON_ONLY);
    report_text(r, "flow", NULL, REPORT_JSON_ONLY, "%s", f.name);
    report_number(r, "frames", NULL, REPORT_JSON_ONLY, curve[points - 1].count);
    report_time(r, "min_ns", NULL, REPORT_JSON_ONLY, f.latency_min_ps);
    report_time(r, "mean_ns", NULL, REPORT_JSON_ONLY, mean);
    report_time(r, "max_ns", NULL, REPORT_JSON_ONLY, f.latency_max_ps);
    report_list(r, "at_most_ns", NULL, REPORT_LINES, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < points; i++)
        report_time(r, NULL, NULL, REPORT_JSON_ONLY, curve[i].value);
    report_end(r);
    report_list(r, "count", NULL, REPORT_LINES, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < points; i++)
        report_number(r, NULL, NULL, REPORT_JSON_ONLY, curve[i].count);
    report_end(r);
    report_end(r);
    free(curve);
}

void world__report_latencies(const struct world *w, struct report *r)
{
    report_list(r, "latencies", NULL, REPORT_TABLE, REPORT_JSON_ONLY);
    for (uint32_t i = 1; i <= flow_count(w->sim); i++)
        report_curve(w, r, i);
    report_end(r);
}

/* ---- rates ---- */

static void show_rate(struct report *r, const char *label, const struct flow_rate *rate)
{
    char text[REPORT_RATE_LEN];
    unsigned absent = REPORT_TEXT_ONLY | (rate->bps ? 0 : REPORT_NO_VALUE);
    report_text(r, NULL, label, absent, "%s", report_format_rate(rate->bps, text));
    report_number(r, NULL, "frames/s", absent, rate->fps);
}

static void show_rates_of(const struct world *w, struct report *r, uint32_t flow)
{
    struct flow_report f;
    flow_get_report(w->sim, flow, &f);
    unsigned delivered = f.delivered ? 0 : REPORT_NO_VALUE;
    report_object(r, NULL, NULL, REPORT_LINE, REPORT_TEXT_ONLY);
    report_text(r, NULL, "flow", REPORT_TEXT_ONLY, "%s%s", f.parent ? "  " : "", f.name);
    report_time(r, NULL, "first", REPORT_TEXT_ONLY, f.first_sent);
    report_time(r, NULL, "last", REPORT_TEXT_ONLY, f.last_whole > f.last_sent ? f.last_whole : f.last_sent);
    show_rate(r, "offered", &f.offered);
    show_rate(r, "throughput", &f.throughput);
    report_time(r, NULL, "jitter", REPORT_TEXT_ONLY | delivered, f.jitter_ps);
    report_time(r, NULL, "PDV", REPORT_TEXT_ONLY | delivered, f.pdv_ps);
    report_end(r);
}

void world__report_rates(const struct world *w, struct report *r)
{
    report_list(r, "rates", "throughput", REPORT_TABLE, REPORT_TEXT_ONLY | REPORT_SKIP_EMPTY);
    for (uint32_t i = 1; i <= flow_count(w->sim); i++) {
        struct flow_report f;
        flow_get_report(w->sim, i, &f);
        if (f.sent)
            show_rates_of(w, r, i);
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

static uint64_t faulty_frames(const struct world *w)
{
    return books_fate_count(w->sim, FATE_damaged) + books_fate_count(w->sim, FATE_misreported);
}

void world__report_inspection(const struct world *w, struct report *r)
{
    report_list(r, "faulty_frames", "frames that arrived other than they should (the first few)", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; faulty_frames(w) && i < inspection_findings(w->sim); i++) {
        const struct inspection_finding *finding = inspection_finding(w->sim, i);
        struct flow_report flow;
        flow_get_report(w->sim, finding->flow, &flow);
        report_object(r, NULL, NULL, REPORT_LINE, REPORT_BAD);
        report_time(r, "at_ns", "at", 0, finding->at);
        report_text(r, "place", NULL, 0, "%s", component_by_id(w->sim, finding->place)->name);
        report_text(r, "flow", NULL, 0, "%s", flow.name);
        report_number(r, "frame", NULL, 0, finding->number);
        report_text(r, "reason", NULL, 0, "%s", fate_name((enum fate)finding->fate));
        report_text(r, "seen", "what was seen", 0, "%s", finding->text);
        report_end(r);
    }
    report_end(r);
}
