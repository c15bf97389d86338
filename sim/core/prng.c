/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xoshiro256** by Blackman and Vigna (prng.di.unimi.it), seeded with splitmix64 as they advise. */
#include "core/prng.h"

#include <assert.h>

#include "core/fnv.h"

static uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void prng_init(struct prng *p, uint64_t seed, const char *stream_name)
{
    uint64_t state = seed ^ fnv1a_text(stream_name);
    for (int i = 0; i < 4; i++)
        p->s[i] = splitmix64(&state);
}

uint64_t prng_next(struct prng *p)
{
    uint64_t *s = p->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t prng_below(struct prng *p, uint64_t bound)
{
    assert(bound > 0);
    /* Draws below 2^64 mod bound would favour small results: draw again. */
    uint64_t unfair = -bound % bound;
    uint64_t x;
    do
        x = prng_next(p);
    while (x < unfair);
    return x % bound;
}
