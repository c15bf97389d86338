/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evq_hold: what one hold (pop the first event, push it again later) costs in every pending-event set.
 *
 * The delays are the mix a simulated NIC makes: pipeline stages and TLPs, PCIe round trips and frames, interrupt
 * moderation and polls, driver timers, applications. Every set must pop the same events in the same order, or it fails.
 * Prints nanoseconds a hold (the best of several runs, taken in turns) and the percentage of the best set's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/evq_sets.h"
#include "core/prng.h"

enum { DELAYS = 4096, HOLDS = 1000000, RUNS = 5, SIZES = 4 };
static const uint32_t sizes[SIZES] = {64, 1000, 10000, 100000};

static uint64_t draw(struct prng *p, uint64_t from, uint64_t to) { return from + prng_below(p, to - from); }

static void draw_delays(sim_time *delay)
{
    struct prng p;
    prng_init(&p, 1, "delays");
    for (int i = 0; i < DELAYS; i++) {
        uint64_t kind = prng_below(&p, 100);
        if (kind < 40)
            delay[i] = draw(&p, 1 * SIM_NS, 64 * SIM_NS);
        else if (kind < 75)
            delay[i] = draw(&p, 64 * SIM_NS, 1 * SIM_US);
        else if (kind < 95)
            delay[i] = draw(&p, 1 * SIM_US, 20 * SIM_US);
        else if (kind < 99)
            delay[i] = draw(&p, 50 * SIM_US, 500 * SIM_US);
        else
            delay[i] = draw(&p, 1 * SIM_MS, 10 * SIM_MS);
    }
}

struct result {
    uint64_t ns; /* of HOLDS holds */
    uint64_t order;
};

static uint64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t hold(const struct evq_ops *ops, void *set, struct evq_pool *pool, const sim_time *delay, uint64_t n)
{
    uint64_t order = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t slot = ops->pop(set);
        struct event *ev = &pool->node[slot].ev;
        order = (order ^ (ev->time + ev->target)) * UINT64_C(0x9e3779b97f4a7c15);
        ev->time += delay[(i + slot) % DELAYS];
        ev->seq++;
        ops->push(set, slot);
    }
    return order;
}

static struct result run(const struct evq_ops *ops, uint32_t size, const sim_time *delay)
{
    struct evq_pool pool;
    void *set = evq_pool_init(&pool, size, NULL) == 0 ? ops->create(&pool) : NULL;
    if (!set) {
        fprintf(stderr, "evq_hold: no memory\n");
        exit(3);
    }
    for (uint32_t i = 0; i < size; i++) {
        uint32_t slot = evq_pool_take(&pool);
        pool.node[slot].ev =
            (struct event){.time = delay[i % DELAYS], .seq = i, .target = (uint16_t)(slot % 61 + 1), .source = 1, .cls = EV_HW};
        ops->push(set, slot);
    }
    hold(ops, set, &pool, delay, size * UINT64_C(8)); /* until the mix of what is pending is steady */
    struct result result;
    uint64_t start = clock_ns();
    result.order = hold(ops, set, &pool, delay, HOLDS);
    result.ns = clock_ns() - start;
    ops->destroy(set);
    evq_pool_fini(&pool);
    return result;
}

static int compare_at(uint32_t size, const sim_time *delay)
{
    struct result best[EVQ_SETS];
    for (int r = 0; r < RUNS; r++)
        for (int i = 0; i < EVQ_SETS; i++) {
            struct result result = run(evq_sets[i], size, delay);
            if (r == 0 || result.ns < best[i].ns)
                best[i] = result;
        }
    uint64_t least = best[0].ns;
    for (int i = 1; i < EVQ_SETS; i++) {
        if (best[i].order != best[0].order) {
            fprintf(stderr, "evq_hold: %s and %s differ in order\n", evq_sets[0]->name, evq_sets[i]->name);
            return 1;
        }
        if (best[i].ns < least)
            least = best[i].ns;
    }
    for (int i = 0; i < EVQ_SETS; i++)
        printf("%8" PRIu32 "  %-10s %7" PRIu64 "  %7" PRIu64 "\n", size, evq_sets[i]->name, (best[i].ns + HOLDS / 2) / HOLDS,
               best[i].ns * 100 / least);
    return 0;
}

int main(void)
{
    static sim_time delay[DELAYS];
    draw_delays(delay);
    printf(" pending  structure  ns/hold  %% of best\n");
    for (int i = 0; i < SIZES; i++)
        if (compare_at(sizes[i], delay))
            return 1;
    return 0;
}
