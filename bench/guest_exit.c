/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an exit from guest code costs the simulator: nanoseconds of one core, as a table.
 *
 * Each line runs one guest for a fixed number of exits: a call with the engine's event around it, and a plain store to
 * registers where nothing is mapped: one that faults each time (fault, decode, event, resume), and one that has become a jump.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "vm/vm.h"

enum { ROUNDS = 3 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct vm *start(struct sim *sim, uint32_t kind)
{
    char err[256];
    struct vm_params p = {.name = "exits", .image = GUEST_DIR "/exits", .mtu = kind};
    struct vm *vm = vm_create(sim, &p, err, sizeof(err));
    if (!vm) {
        fprintf(stderr, "guest_exit: %s\n", err);
        exit(2);
    }
    vm_boot(vm);
    return vm;
}

/* The fastest of a few rounds, ns an exit. */
static double measure(uint32_t kind, uint64_t exits)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        struct sim *sim = sim_create(1, NULL);
        struct vm *vm = start(sim, kind);
        struct vm_stats before, after;
        for (int i = 0; i < 1000; i++)
            sim_step(sim);
        vm_get_stats(vm, &before);
        double t = now_ns();
        do {
            for (int i = 0; i < 1000; i++)
                sim_step(sim);
            vm_get_stats(vm, &after);
        } while (after.calls[MACHINE_OP_SYNC] + after.fault_exits < before.calls[MACHINE_OP_SYNC] + before.fault_exits + exits);
        t = now_ns() - t;
        uint64_t n = after.calls[MACHINE_OP_SYNC] + after.fault_exits - before.calls[MACHINE_OP_SYNC] - before.fault_exits;
        if (t / (double)n < best)
            best = t / (double)n;
        vm_destroy(vm);
        sim_destroy(sim);
    }
    return best;
}

int main(void)
{
    printf("%-58s %10s\n", "exit of a guest", "ns each");
    printf("%-58s %10.1f\n", "call, with its event (MACHINE_OP_SYNC)", measure(1, 2000000));
    vm_traps_each_store = 1;
    printf("%-58s %10.1f\n", "plain store to registers: fault, decode, event, resume", measure(2, 200000));
    vm_traps_each_store = 0;
    printf("%-58s %10.1f\n", "the same, a jump since it has faulted", measure(2, 2000000));
    return 0;
}
