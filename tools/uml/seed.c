/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers getrandom() of the process it is loaded into from a seed: a User-Mode Linux kernel asks its host for chance, and so two
 * runs of one scenario would differ. sim/external puts it in front of that process, which has nothing else of ours.
 *
 * The stream is that of splitmix64, from the number in VFSIM_UML_SEED.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static uint64_t state;
static int is_seeded;

static uint64_t next(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

ssize_t getrandom(void *to, size_t len, unsigned flags);

ssize_t getrandom(void *to, size_t len, unsigned flags)
{
    (void)flags;
    if (!is_seeded) {
        const char *seed = getenv("VFSIM_UML_SEED");
        state = seed ? strtoull(seed, NULL, 16) : 0;
        is_seeded = 1;
    }
    for (size_t done = 0; done < len;) {
        uint64_t word = next();
        size_t take = len - done < sizeof(word) ? len - done : sizeof(word);
        memcpy((char *)to + done, &word, take);
        done += take;
    }
    return (ssize_t)len;
}
