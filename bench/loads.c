/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/loads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/outcome/outcome.h"

#define MACHINE                         \
    "seed 1\n"                          \
    "host h0\n"                         \
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

/* The load that grows and is called so, or NULL. */
static const struct load *find_grown(const char *name)
{
    static const char *const kind[] = {[LOAD_VMS] = "vms-%u%n", [LOAD_HOSTS] = "hosts-%u%n", [LOAD_FLOWS] = "flows-%u%n"};
    static struct load grown;
    for (unsigned growth = 0; growth < sizeof(kind) / sizeof(kind[0]); growth++) {
        unsigned count = 0;
        int end = 0;
        if (sscanf(name, kind[growth], &count, &end) == 1 && !name[end] && count) {
            grown = (struct load){name, name, 64, false, NULL, (enum load_growth)growth, count};
            return &grown;
        }
    }
    return NULL;
}

const struct load *load_find(const char *name)
{
    for (size_t i = 0; i < load_count; i++)
        if (!strcmp(loads[i].name, name))
            return &loads[i];
    return find_grown(name);
}

static void write_vm(FILE *out, unsigned vm, unsigned host, const char *ram)
{
    fprintf(out, "vm v%u on h%u ram %s shell linux app sink mac 02:00:00:01:%02x:%02x rx-ring 512\n", vm, host, ram, vm / 256,
            vm % 256);
}

static void write_host(FILE *out, unsigned host)
{
    fprintf(out,
            "host h%u\nnic h%u.vmnic0 model 82599 vfs 4\npeer client%u on h%u.vmnic0 rate 10G latency 500ns mac "
            "02:00:00:02:%02x:%02x\n",
            host, host, host, host, host / 256, host % 256);
}

/* Each flow begins when it is its turn, so that no burst of them all meets a ring. */
static void write_grown(FILE *out, const struct load *load, uint32_t kpps, uint32_t frames)
{
    unsigned n = load->count, hosts = load->growth == LOAD_HOSTS ? n : 1, vms = load->growth == LOAD_FLOWS ? 1 : n;
    fprintf(out, "seed 1\n");
    for (unsigned i = 0; i < hosts; i++)
        write_host(out, i);
    for (unsigned i = 0; i < vms; i++)
        write_vm(out, i, hosts == 1 ? 0 : i, vms == 1 ? "16M" : load->growth == LOAD_HOSTS ? "6M" : "4M");
    for (unsigned i = 0; i < vms && load->growth != LOAD_VMS; i++)
        fprintf(out, "0 switch v%u to passthrough\n", i);
    for (unsigned i = 0; i < n; i++)
        fprintf(out, "%lluns flow load%u from client%u to v%u size %u rate %u pps count %u\n",
                (unsigned long long)(LOAD_BEGINS / SIM_NS + i * 1000000ull / kpps), i, hosts == 1 ? 0 : i, vms == 1 ? 0 : i,
                load->frame_bytes, kpps * 1000 / n, frames / n);
}

/* The scenario's text, to free(). */
static char *load_text(const struct load *load, uint32_t kpps, uint32_t frames, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (!out)
        abort();
    if (load->scenario)
        fprintf(out, load->scenario, load->frame_bytes, kpps, frames); /* NOLINT: a literal of ours */
    else
        write_grown(out, load, kpps, frames);
    fclose(out);
    return text;
}

struct world *load_build(const struct load *load, uint32_t kpps, uint32_t frames, const struct scenario_options *options,
                         const struct world_options *how, struct scenario **sc)
{
    size_t len;
    char *text = load_text(load, kpps, frames, &len);
    *sc = scenario_parse(load->name, text, len, options);
    free(text);
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
    uint64_t delivered = 0;
    for (uint32_t i = 1; i <= flow_count(sim); i++) {
        struct flow_report flow;
        flow_get_report(sim, i, &flow);
        if (!strncmp(flow.name, "load", 4))
            delivered += flow.delivered;
    }
    return delivered;
}
