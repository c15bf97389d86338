/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeded streams of pseudo-random numbers, one a name, so that adding a user changes nobody else's numbers. */
#ifndef VFSIM_CORE_PRNG_H
#define VFSIM_CORE_PRNG_H

#include <stdint.h>

/* xoshiro256**: plain data, save it as it is */
struct prng {
    uint64_t s[4];
};

void prng_init(struct prng *p, uint64_t seed, const char *stream_name);
uint64_t prng_next(struct prng *p);
uint64_t prng_below(struct prng *p, uint64_t bound); /* unbiased; bound > 0 */

#endif
