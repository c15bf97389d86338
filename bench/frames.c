/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames: one load (bench/loads.h) of a given number of frames, and nothing else: what bench/instructions counts, twice, to have
 * the difference. It measures no time. Frames that do not all arrive are exit status 1: the figure would be of drops.
 *
 * usage: frames GUEST-IMAGE PLUGIN-STORE LOAD FRAMES
 *        frames                                        the loads: name, a tab, title
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/loads.h"
#include "scenario/outcome/outcome.h"
#include "vm/cpu/trap.h"

/* What a guest that is modelled takes of each of them without loss. */
#define KPPS 500

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
    trap_use_guards(0); /* the system calls of whoever counts would be a guest's, to them */
    struct scenario_options options = {.guest_image = argv[1], .plugin_store = argv[2]};
    struct scenario *sc;
    struct world *world =
        load_build(load, KPPS, (uint32_t)atoi(argv[4]), &options, &(struct world_options){.uninspected = !load->inspected}, &sc);
    uint64_t events = sim_event_count(world_sim(world));
    world_run(world, SIM_NEVER, NULL);
    uint64_t delivered = load_delivered(world);
    printf("%llu frames %llu events\n", (unsigned long long)delivered,
           (unsigned long long)(sim_event_count(world_sim(world)) - events));
    bool whole = world_finish(world);
    if (!whole)
        fprintf(stderr, "frames: %llu of %s frames of %s arrived\n", (unsigned long long)delivered, argv[4], load->name);
    world_destroy(world);
    scenario_destroy(sc);
    return whole ? 0 : 1;
}
