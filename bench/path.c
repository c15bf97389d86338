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

#include "scenario/outcome/outcome.h"
#include "scenario/world/world.h"

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
    uint64_t per_second, delivered, events_per_frame_x100;
};

static const char scenario_text[] = "seed 1\n"
                                    "host h0 cores 4\n"
                                    "nic h0.vmnic0 model 82599 vfs 4\n"
                                    "peer client on h0.vmnic0 rate 10G latency 500ns\n"
                                    "vm sink on h0 ram 16M shell linux net npa app sink mac 02:00:00:00:00:0a rx-ring 512\n"
                                    "0 switch sink to passthrough\n"
                                    "300ms flow load from client to sink size %u rate %uK pps count %u\n"
                                    "end expect load lost 0\n";

static struct result path(uint32_t size, uint32_t kpps, uint32_t count, bool inspected, const struct scenario_options *options)
{
    char text[1024];
    int len = snprintf(text, sizeof(text), scenario_text, size, kpps, count);
    struct scenario *sc = scenario_parse("bench", text, (size_t)len, options);
    struct world *world = scenario_error_count(sc) ? NULL : world_build(sc, &(struct world_options){.uninspected = !inspected});
    if (!world) {
        scenario_print_errors(sc, stderr);
        exit(2);
    }
    world_run(world, 299 * SIM_MS, NULL);
    struct sim *sim = world_sim(world);
    uint64_t events = sim_event_count(sim), start = now_ns();
    world_run(world, SIM_NEVER, NULL);
    uint64_t took = now_ns() - start;
    struct flow_report flow;
    flow_get_report(sim, flow_find(sim, "load"), &flow);
    struct result r = {
        .per_second = flow.delivered * 1000000000u / took,
        .delivered = flow.delivered,
        .events_per_frame_x100 = (sim_event_count(sim) - events) * 100 / (flow.delivered ? flow.delivered : 1),
    };
    if (!world_finish(world))
        fprintf(stderr, "path: %u of %u frames of %u bytes arrived: the load is above what the modelled guest takes\n",
                (unsigned)flow.delivered, count, size);
    world_destroy(world);
    scenario_destroy(sc);
    return r;
}

static void measure(uint32_t size, uint32_t kpps, unsigned rounds, const struct scenario_options *options)
{
    struct result best = {0};
    uint64_t best_ceiling = 0, best_inspected = 0;
    for (unsigned i = 0; i < rounds; i++) {
        struct result r = path(size, kpps, 500000, true, options);
        if (r.per_second > best_inspected)
            best_inspected = r.per_second;
        r = path(size, kpps, 500000, false, options);
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
    measure(64, 500, rounds, &options);
    measure(1500, 500, rounds, &options);
    return 0;
}
