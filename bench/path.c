/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path: the whole path of a frame, in simulated frames per second of wall time, beside its ceiling.
 *
 * A peer sends frames of one size through wire, uplink, embedded switch, VF ring, DMA, MSI-X, shell and plugin to the
 * application of a passed-through VM; only the time in which the flow runs is measured, once with the inspection of each
 * frame that arrives (net/inspection.h), as every run has it, and once without, which is the model alone. The ceiling is
 * two memory copies a frame, of the same size, out of and into rings of the same depth, in the same process. Rounds
 * alternate, the best of each counts, since a noisy machine only ever slows things down.
 *
 * usage: path GUEST-IMAGE PLUGIN-STORE [ROUNDS]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/loads.h"
#include "scenario/outcome/outcome.h"

enum { RING = 512, SLOT = 2048 };

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Frames a second that two copies a frame would allow. */
static uint64_t ceiling(uint32_t bytes, uint64_t frames)
{
    static uint8_t from[RING][SLOT], middle[RING][SLOT], to[RING][SLOT];
    memset(from, 1, sizeof(from));
    uint64_t start = now_ns();
    for (uint64_t i = 0; i < frames; i++) {
        memcpy(middle[i % RING], from[i % RING], bytes);
        __asm__ volatile("" ::: "memory");
        memcpy(to[i % RING], middle[i % RING], bytes);
        __asm__ volatile("" ::: "memory");
    }
    uint64_t took = now_ns() - start;
    return frames * 1000000000u / (took ? took : 1);
}

struct result {
    uint64_t per_second, events_per_frame_x100;
};

static struct result path(const struct load *load, bool inspected, const struct scenario_options *options)
{
    const uint32_t count = 500000;
    struct scenario *sc;
    struct world *world = load_build(load, 500, count, options, &(struct world_options){.uninspected = !inspected}, &sc);
    struct sim *sim = world_sim(world);
    uint64_t events = sim_event_count(sim), start = now_ns();
    world_run(world, SIM_NEVER, NULL);
    uint64_t took = now_ns() - start, delivered = load_delivered(world);
    struct result r = {
        .per_second = delivered * 1000000000u / took,
        .events_per_frame_x100 = (sim_event_count(sim) - events) * 100 / (delivered ? delivered : 1),
    };
    if (!world_finish(world))
        fprintf(stderr, "path: %llu of %u frames of %u bytes arrived: the load is above what the modelled guest takes\n",
                (unsigned long long)delivered, count, load->frame_bytes);
    world_destroy(world);
    scenario_destroy(sc);
    return r;
}

static void measure(const char *name, unsigned rounds, const struct scenario_options *options)
{
    const struct load *load = load_find(name);
    uint32_t size = load->frame_bytes;
    struct result best = {0};
    uint64_t best_ceiling = 0, best_inspected = 0;
    for (unsigned i = 0; i < rounds; i++) {
        struct result r = path(load, true, options);
        if (r.per_second > best_inspected)
            best_inspected = r.per_second;
        r = path(load, false, options);
        uint64_t c = ceiling(size - 4, 20000000 / (size / 64));
        if (r.per_second > best.per_second)
            best = r;
        if (c > best_ceiling)
            best_ceiling = c;
    }
    printf("%10u %21llu %15llu %19llu %9llu.%02llu %% %12llu.%02llu\n", size, (unsigned long long)best_inspected,
           (unsigned long long)best.per_second, (unsigned long long)best_ceiling,
           (unsigned long long)(best.per_second * 100 / best_ceiling),
           (unsigned long long)(best.per_second * 10000 / best_ceiling % 100), (unsigned long long)best.events_per_frame_x100 / 100,
           (unsigned long long)best.events_per_frame_x100 % 100);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: path GUEST-IMAGE PLUGIN-STORE [ROUNDS]\n");
        return 2;
    }
    struct scenario_options options = {.guest_image = argv[1], .plugin_store = argv[2]};
    unsigned rounds = argc > 3 ? (unsigned)atoi(argv[3]) : 3;
    printf("frame size  frames/s (inspected)  frames/s (path)  frames/s (2 copies)  of ceiling  events a frame\n");
    measure("one-way-64", rounds, &options);
    measure("one-way-1500", rounds, &options);
    return 0;
}
