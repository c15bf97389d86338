/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/loads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/outcome/outcome.h"

#define MACHINE                         \
    "seed 1\n"                          \
    "host h0 cores 4\n"                 \
    "nic h0.vmnic0 model 82599 vfs 4\n" \
    "peer client on h0.vmnic0 rate 10G latency 500ns\n"
#define VM(name, app)                                                         \
    "vm " name " on h0 ram 16M shell linux net npa app " app " rx-ring 512\n" \
    "0 switch " name " to passthrough\n"
#define FLOW(from, to)                                                        \
    "300ms flow load from " from " to " to " size %u rate %uK pps count %u\n" \
    "end expect load lost 0\n"

#define ONE_WAY MACHINE VM("sink", "sink") FLOW("client", "sink")
#define VF_TO_VF MACHINE VM("source", "station") VM("sink", "sink") FLOW("source", "sink")
#define TRANSIT MACHINE VM("echo", "echo") FLOW("client", "echo") "end expect echo/echo lost 0\n"

const struct load loads[] = {
    {"one-way-64", "64 B, one way: peer, wire, embedded switch, VF, plugin, shell, application", 64, false, ONE_WAY},
    {"one-way-1500", "1,500 B, one way", 1500, false, ONE_WAY},
    {"vf-to-vf-64", "64 B, VF to VF: real plugin code at both ends", 64, false, VF_TO_VF},
    {"transit-64", "64 B, transit: through a VM that sends them back", 64, false, TRANSIT},
    {"inspected-64", "64 B, one way, each held against what was sent, as vfsim runs them", 64, true, ONE_WAY},
};
const size_t load_count = sizeof(loads) / sizeof(loads[0]);

const struct load *load_find(const char *name)
{
    for (size_t i = 0; i < load_count; i++)
        if (!strcmp(loads[i].name, name))
            return &loads[i];
    return NULL;
}

struct world *load_build(const struct load *load, uint32_t kpps, uint32_t frames, const struct scenario_options *options,
                         const struct world_options *how, struct scenario **sc)
{
    char text[2048];
    int len = snprintf(text, sizeof(text), load->scenario, load->frame_bytes, kpps, frames);
    *sc = scenario_parse(load->name, text, (size_t)len, options);
    struct world *world = scenario_error_count(*sc) ? NULL : world_build(*sc, how);
    if (!world) {
        scenario_print_errors(*sc, stderr);
        exit(2);
    }
    world_run(world, LOAD_BEGINS - SIM_MS, NULL);
    return world;
}

uint64_t load_delivered(struct world *world)
{
    struct sim *sim = world_sim(world);
    struct flow_report flow;
    flow_get_report(sim, flow_find(sim, "load"), &flow);
    return flow.delivered;
}
