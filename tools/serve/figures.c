/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is counted, as JSON: times in nanoseconds, integers only, as reports have them. */
#include <stdlib.h>
#include <string.h>

#include "serve/serve__.h"

enum { RINGS_MAX = 1024 };

static json_t *ns(vfsim_time time) { return time == VFSIM_NEVER ? json_null() : json_integer((json_int_t)(time / VFSIM_NS)); }
static json_t *number(uint64_t value) { return json_integer((json_int_t)(value > INT64_MAX ? INT64_MAX : value)); }

json_t *figures_counters(struct serve *serve, const char *owner)
{
    size_t count;
    struct vfsim_counter *counters = vfsim_counters(serve->world, owner, &count);
    json_t *all = counters ? json_object() : NULL, *of = NULL;
    const char *last = "";
    for (size_t i = 0; all && i < count; i++) {
        if (!of || strcmp(last, counters[i].owner) != 0)
            json_object_set_new(all, last = counters[i].owner, of = json_object());
        json_object_set_new(of, counters[i].name, number(counters[i].value));
    }
    vfsim_free(counters);
    return all;
}

static json_t *paths_of(const struct vfsim_flow *flow)
{
    json_t *paths = json_object();
    for (int p = 0; p < VFSIM_PATHS; p++)
        if (flow->delivered_by[p])
            json_object_set_new(paths, vfsim_path_name((enum vfsim_path)p), number(flow->delivered_by[p]));
    return paths;
}

json_t *figures_flows(struct serve *serve)
{
    json_t *list = json_array();
    struct vfsim_flow f;
    for (unsigned i = 0; vfsim_flow_at(serve->world, i, &f); i++) {
        json_t *flow =
            json_pack("{ss ss* so so so so so so so so so so so so so}", "name", f.name, "parent", f.parent, "sent", number(f.sent),
                      "delivered", number(f.delivered), "lost", number(f.lost), "duplicated", number(f.duplicated), "reordered",
                      number(f.reordered), "in_flight", number(f.in_flight), "bytes_sent", number(f.bytes_sent), "bytes_delivered",
                      number(f.bytes_delivered), "blackout_ns", ns(f.blackout), "p50_ns", ns(f.latency_p50), "p99_ns",
                      ns(f.latency_p99), "max_ns", ns(f.latency_max), "delivered_by", paths_of(&f));
        if (flow)
            json_array_append_new(list, flow);
    }
    return list;
}

json_t *figures_drops(struct serve *serve)
{
    json_t *list = json_array();
    struct vfsim_drop d;
    for (unsigned i = 0; vfsim_drop_at(serve->world, i, &d); i++)
        json_array_append_new(list, json_pack("{ss ss ss so so}", "place", d.place, "reason", d.reason, "meaning", d.meaning,
                                              "copies", number(d.copies), "lost", number(d.lost)));
    return list;
}

/* Heads and tails, by who has them. */
json_t *figures_rings(struct serve *serve)
{
    json_t *all = json_object();
    struct vfsim_probe probe;
    unsigned told = 0;
    for (unsigned i = 0; told < RINGS_MAX && vfsim_probe_at(serve->world, i, &probe); i++) {
        if (!strstr(probe.name, ".head") && !strstr(probe.name, ".tail"))
            continue;
        json_t *of = json_object_get(all, probe.who);
        if (!of)
            json_object_set_new(all, probe.who, of = json_object());
        json_object_set_new(of, probe.name, number(vfsim_probe_value(serve->world, i)));
        told++;
    }
    return all;
}

json_t *figures_status(struct serve *serve)
{
    struct vfsim_scenario *scenario = vfsim_world_scenario(serve->world);
    vfsim_time now = vfsim_world_now(serve->world), wall = clock_now(&serve->clock);
    return json_pack("{ss ss so so so so so so sb}", "scenario", vfsim_scenario_name(scenario), "title",
                     vfsim_scenario_title(scenario), "now_ns", ns(now), "begin_ns", ns(vfsim_world_begin(serve->world)),
                     "behind_ns", ns(wall > now ? wall - now : 0), "worst_ns", ns(serve->clock.worst), "given_up_ns",
                     ns(serve->clock.given_up), "events", number(vfsim_world_events(serve->world)), "stays", serve->args->stay);
}

json_t *figures_topology(struct serve *serve)
{
    if (!serve->topology) {
        struct vfsim_report *report = vfsim_world_topology(serve->world);
        size_t len;
        char *text = vfsim_report_text(report, VFSIM_JSON, 0, 0, &len);
        json_t *whole = json_loadb(text, len, 0, NULL);
        serve->topology = json_incref(json_object_get(whole, "topology"));
        json_decref(whole);
        vfsim_free(text);
        vfsim_report_free(report);
    }
    return serve->topology ? json_incref(serve->topology) : json_object();
}
