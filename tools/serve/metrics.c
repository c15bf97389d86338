/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is counted in Prometheus' text format, version 0.0.4: each family once, with its help and its type. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "serve/serve__.h"

/* ---- pieces of the format ---- */

static void family(struct evbuffer *out, const char *name, const char *type, const char *help)
{
    evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and line feed are escaped. */
static void label(struct evbuffer *out, char before, const char *name, const char *value)
{
    evbuffer_add_printf(out, "%c%s=\"", before, name);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            evbuffer_add_printf(out, "\\%c", *value);
        else if (*value == '\n')
            evbuffer_add_printf(out, "\\n");
        else
            evbuffer_add(out, value, 1);
    }
    evbuffer_add(out, "\"", 1);
}

static void seconds(struct evbuffer *out, vfsim_time time)
{
    evbuffer_add_printf(out, " %" PRIu64 ".%09" PRIu64 "\n", time / VFSIM_S, time % VFSIM_S / VFSIM_NS);
}

static void value(struct evbuffer *out, uint64_t number) { evbuffer_add_printf(out, "} %" PRIu64 "\n", number); }

/* ---- the run ---- */

static void put_run(struct serve *serve, struct evbuffer *out)
{
    vfsim_time now = vfsim_world_now(serve->world), wall = clock_now(&serve->clock);
    family(out, "vfsim_build_info", "gauge", "1, of the version and the scenario that its labels name");
    evbuffer_add_printf(out, "vfsim_build_info");
    label(out, '{', "version", vfsim_version());
    label(out, ',', "scenario", vfsim_scenario_name(vfsim_world_scenario(serve->world)));
    value(out, 1);
    family(out, "vfsim_simulated_seconds_total", "counter", "Simulated time that has passed");
    evbuffer_add_printf(out, "vfsim_simulated_seconds_total");
    seconds(out, now);
    family(out, "vfsim_behind_seconds", "gauge", "How far simulated time is behind the wall clock");
    evbuffer_add_printf(out, "vfsim_behind_seconds");
    seconds(out, wall > now ? wall - now : 0);
    family(out, "vfsim_given_up_seconds_total", "counter", "Wall-clock time that the simulation could not keep up with");
    evbuffer_add_printf(out, "vfsim_given_up_seconds_total");
    seconds(out, serve->clock.given_up);
    family(out, "vfsim_simulator_events_total", "counter", "Events that the simulator has dispatched");
    evbuffer_add_printf(out, "vfsim_simulator_events_total %" PRIu64 "\n", vfsim_world_events(serve->world));
}

/* ---- flows and drops ---- */

enum flow_figure { SENT, DELIVERED, LOST, DUPLICATED, REORDERED, BYTES_SENT, BYTES_DELIVERED };

static const struct {
    const char *name, *help;
} flow_figures[] = {
    [SENT] = {"vfsim_flow_sent_frames_total", "Frames that the flow's sender has sent"},
    [DELIVERED] = {"vfsim_flow_delivered_frames_total", "Frames of the flow that were delivered"},
    [LOST] = {"vfsim_flow_lost_frames_total", "Frames of the flow of which no copy was delivered"},
    [DUPLICATED] = {"vfsim_flow_duplicated_frames_total", "Deliveries of frames that had been delivered"},
    [REORDERED] = {"vfsim_flow_reordered_frames_total", "Frames that were delivered behind a later one"},
    [BYTES_SENT] = {"vfsim_flow_sent_bytes_total", "Bytes of sent frames"},
    [BYTES_DELIVERED] = {"vfsim_flow_delivered_bytes_total", "Bytes of delivered frames"},
};

static uint64_t figure_of(const struct vfsim_flow *f, enum flow_figure figure)
{
    switch (figure) {
    case SENT:
        return f->sent;
    case DELIVERED:
        return f->delivered;
    case LOST:
        return f->lost;
    case DUPLICATED:
        return f->duplicated;
    case REORDERED:
        return f->reordered;
    case BYTES_SENT:
        return f->bytes_sent;
    case BYTES_DELIVERED:
        return f->bytes_delivered;
    }
    return 0;
}

static void put_flows(struct serve *serve, struct evbuffer *out)
{
    struct vfsim_flow f;
    for (size_t k = 0; k < sizeof(flow_figures) / sizeof(flow_figures[0]); k++) {
        family(out, flow_figures[k].name, "counter", flow_figures[k].help);
        for (unsigned i = 0; vfsim_flow_at(serve->world, i, &f); i++) {
            evbuffer_add_printf(out, "%s", flow_figures[k].name);
            label(out, '{', "flow", f.name);
            value(out, figure_of(&f, (enum flow_figure)k));
        }
    }
    family(out, "vfsim_flow_latency_seconds", "gauge", "Latency that this share of the flow's delivered frames did not exceed");
    for (unsigned i = 0; vfsim_flow_at(serve->world, i, &f); i++)
        for (int k = 0; k < 3; k++) {
            static const char *const shares[] = {"0.5", "0.99", "1"};
            const vfsim_time of[] = {f.latency_p50, f.latency_p99, f.latency_max};
            evbuffer_add_printf(out, "vfsim_flow_latency_seconds");
            label(out, '{', "flow", f.name);
            label(out, ',', "share", shares[k]);
            evbuffer_add(out, "}", 1);
            seconds(out, of[k]);
        }
}

static void put_drops(struct serve *serve, struct evbuffer *out)
{
    struct vfsim_drop d;
    family(out, "vfsim_dropped_copies_total", "counter", "Copies of frames that ended without being delivered");
    for (unsigned i = 0; vfsim_drop_at(serve->world, i, &d); i++) {
        evbuffer_add_printf(out, "vfsim_dropped_copies_total");
        label(out, '{', "place", d.place);
        label(out, ',', "reason", d.reason);
        value(out, d.copies);
    }
}

/* ---- counters: what each owner calls its own is a label ---- */

static void put_counters(struct serve *serve, struct evbuffer *out)
{
    size_t count;
    struct vfsim_counter *counters = vfsim_counters(serve->world, NULL, &count);
    family(out, "vfsim_frames", "gauge", "Frames in the books: of copies in flight, now");
    for (size_t i = 0; counters && i < count; i++)
        if (!strcmp(counters[i].owner, "books") && !strcmp(counters[i].name, "in_flight"))
            evbuffer_add_printf(out, "vfsim_frames{state=\"in_flight\"} %" PRIu64 "\n", counters[i].value);
    family(out, "vfsim_counter_total", "counter", "What a VM, a NIC, a function, a PCIe link or the books count, by their names");
    for (size_t i = 0; counters && i < count; i++) {
        if (!strcmp(counters[i].owner, "books") && !strcmp(counters[i].name, "in_flight"))
            continue;
        evbuffer_add_printf(out, "vfsim_counter_total");
        label(out, '{', "owner", counters[i].owner);
        label(out, ',', "name", counters[i].name);
        value(out, counters[i].value);
    }
    vfsim_free(counters);
}

void metrics_put(struct serve *serve, struct evbuffer *out)
{
    put_run(serve, out);
    put_flows(serve, out);
    put_drops(serve, out);
    put_counters(serve, out);
}
