/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames: one load (bench/loads.h) of a given number of frames, and nothing else: what bench/instructions counts, twice,
 * to have the difference. What it says of time and memory is for bench/growth. Frames that do not all arrive, or a VM that is not
 * on its VF, are exit status 1: the figure would be of something else.
 *
 * usage: frames GUEST-IMAGE PLUGIN-STORE LOAD FRAMES
 *        frames                                        the loads: name, a tab, title
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/loads.h"
#include "scenario/outcome/outcome.h"
#include "vm/cpu/trap.h"

/* What a guest that is modelled takes of each of them without loss. */
#define KPPS 500

struct cost {
    uint64_t us;      /* of this process on a processor */
    uint64_t heap_kb; /* touched, beside what is shared: a VM's RAM is a file in memory */
};

static struct cost cost_now(void)
{
    struct timespec t;
    struct cost cost = {0};
    char line[256];
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    cost.us = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof(line), status))
        if (!strncmp(line, "RssAnon:", 8))
            cost.heap_kb = strtoull(line + 8, NULL, 10);
    if (status)
        fclose(status);
    return cost;
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        for (size_t i = 0; i < load_count; i++)
            printf("%s\t%s\n", loads[i].name, loads[i].title);
        return 0;
    }
    const struct load *load = argc == 5 ? load_find(argv[3]) : NULL;
    if (!load) {
        fprintf(stderr, "usage: frames GUEST-IMAGE PLUGIN-STORE LOAD FRAMES; no LOAD at all lists them\n");
        return 2;
    }
    (void)signal(SIGVTALRM, SIG_IGN); /* whoever counts hands the last tick over when nobody waits for it any more */
    trap_use_guards(0); /* the system calls of whoever counts would be a guest's, to them */
    struct scenario_options options = {.guest_image = argv[1], .plugin_store = argv[2]};
    uint32_t frames = (uint32_t)atoi(argv[4]);
    struct scenario *sc;
    struct cost cost[3] = {cost_now()};
    struct world *world = load_build(load, KPPS, frames, &options, &(struct world_options){.uninspected = !load->inspected}, &sc);
    cost[1] = cost_now();
    uint64_t events = sim_event_count(world_sim(world));
    world_run(world, SIM_NEVER, NULL);
    cost[2] = cost_now();
    uint64_t delivered = load_delivered(world);
    printf("%llu frames %llu events %llu us to build %llu us to run %llu KB of heap\n", (unsigned long long)delivered,
           (unsigned long long)(sim_event_count(world_sim(world)) - events), (unsigned long long)(cost[1].us - cost[0].us),
           (unsigned long long)(cost[2].us - cost[1].us), (unsigned long long)(cost[2].heap_kb - cost[0].heap_kb));
    uint64_t wanted = load->scenario ? frames : (uint64_t)frames / load->count * load->count;
    bool passed = world_finish(world), whole = passed && delivered == wanted;
    if (!whole)
        fprintf(stderr, "frames: %llu of %s frames of %s arrived%s\n", (unsigned long long)delivered, argv[4], load->name,
                passed ? "" : ", and not as it was meant: its scenario fails");
    world_destroy(world);
    scenario_destroy(sc);
    return whole ? 0 : 1;
}
