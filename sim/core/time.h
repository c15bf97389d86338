/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simulated time: an unsigned count of picoseconds, and rates that never drift.
 *
 * 100 Gb/s moves a byte in 80 ps, so every serialisation time of interest is a whole number or carries its remainder in
 * the struct sim_rate that belongs to the link, DMA engine or CPU it describes. No floating point.
 */
#ifndef VFSIM_CORE_TIME_H
#define VFSIM_CORE_TIME_H

#include <stdint.h>

typedef uint64_t sim_time; /* picoseconds since the start of the run */

#define SIM_NEVER UINT64_MAX
#define SIM_PS UINT64_C(1)
#define SIM_NS UINT64_C(1000)
#define SIM_US (1000 * SIM_NS)
#define SIM_MS (1000 * SIM_US)
#define SIM_S (1000 * SIM_MS)

/* A rate as a fraction: `ps_num / ps_den` picoseconds a unit, with the remainder of what was converted so far. */
struct sim_rate {
    uint64_t ps_num;
    uint64_t ps_den; /* never 0 */
    uint64_t rem;    /* < ps_den */
};

/* Picoseconds that one byte takes at `bps` bits a second; bps 0 means infinitely fast. */
static inline struct sim_rate sim_rate_bytes(uint64_t bps)
{
    return bps ? (struct sim_rate){8 * SIM_S, bps, 0} : (struct sim_rate){0, 1, 0};
}

/* Picoseconds that one cycle takes at `khz` thousand cycles a second (khz > 0). */
static inline struct sim_rate sim_rate_cycles(uint64_t khz) { return (struct sim_rate){1000 * SIM_US, khz, 0}; }

/* Time for `units` more units; the fraction of a picosecond left over is kept for the next call. */
static inline sim_time sim_rate_take(struct sim_rate *rate, uint64_t units)
{
    uint64_t narrow;
    if (!__builtin_mul_overflow(units, rate->ps_num, &narrow) && !__builtin_add_overflow(narrow, rate->rem, &narrow)) {
        rate->rem = narrow % rate->ps_den;
        return narrow / rate->ps_den;
    }
    unsigned __int128 total = (unsigned __int128)units * rate->ps_num + rate->rem;
    rate->rem = (uint64_t)(total % rate->ps_den);
    return (sim_time)(total / rate->ps_den);
}

/* Whole units that fit into `span` (rounded down), without consuming anything. */
static inline uint64_t sim_rate_units_in(const struct sim_rate *rate, sim_time span)
{
    if (rate->ps_num == 0)
        return UINT64_MAX;
    return (uint64_t)((unsigned __int128)span * rate->ps_den / rate->ps_num);
}

/* a + b, held at SIM_NEVER instead of wrapping. */
static inline sim_time sim_time_add(sim_time a, sim_time b) { return b > SIM_NEVER - a ? SIM_NEVER : a + b; }

#endif
