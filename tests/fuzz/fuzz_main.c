/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test of a door without libFuzzer: its well-formed scripts, and as many that were made of them, by a seed.
 *
 *   FUZZ SEED COUNT        these
 *   FUZZ FILE              one that libFuzzer has found
 *   FUZZ --write FOLDER    the well-formed ones, as a corpus for libFuzzer
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"

enum { INPUT_MAX = 16 << 10 };

static uint64_t state;

/* splitmix64 */
static uint64_t rnd(uint64_t below)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % below;
}

static size_t append(uint8_t *to, size_t len, const uint8_t *from, size_t count)
{
    count = count < INPUT_MAX - len ? count : INPUT_MAX - len;
    memcpy(to + len, from, count);
    return len + count;
}

/* Pieces of some of the seeds in a row, and then bytes that are others, gone, or twice there. */
static size_t make(uint8_t *to, unsigned seeds)
{
    size_t len = 0;
    for (uint64_t parts = 1 + rnd(4); parts; parts--) {
        size_t have;
        const uint8_t *seed = fuzz_seed((unsigned)rnd(seeds), &have), *at = seed, *end = seed + have;
        struct fuzz_piece piece;
        for (const uint8_t *from = at; fuzz_next(&at, end, &piece); from = at)
            if (rnd(8))
                len = append(to, len, from, (size_t)(at - from));
    }
    for (uint64_t changes = rnd(6); len && changes; changes--) {
        size_t at = rnd(len), span = 1 + rnd(len - at < 8 ? len - at : 8);
        switch (rnd(4)) {
        case 0:
            to[at] ^= (uint8_t)(1 << rnd(8));
            break;
        case 1:
            memset(to + at, rnd(2) ? 0xff : 0, span);
            break;
        case 2:
            memmove(to + at, to + at + span, len - at - span);
            len -= span;
            break;
        default:
            to[at] = (uint8_t)rnd(256);
        }
    }
    return len;
}

static int write_seeds(const char *folder, unsigned seeds)
{
    for (unsigned i = 0; i < seeds; i++) {
        char path[4096];
        size_t len;
        const uint8_t *seed = fuzz_seed(i, &len);
        snprintf(path, sizeof(path), "%s/seed%u", folder, i);
        FILE *out = fopen(path, "wb");
        if (!out || fwrite(seed, 1, len, out) != len || fclose(out))
            return 1;
    }
    return 0;
}

static int one_file(const char *path)
{
    static uint8_t input[1 << 20];
    FILE *in = fopen(path, "rb");
    size_t len = in ? fread(input, 1, sizeof(input), in) : 0;
    if (!in)
        return 1;
    fclose(in);
    return LLVMFuzzerTestOneInput(input, len);
}

int main(int argc, char **argv)
{
    static uint8_t input[INPUT_MAX];
    unsigned seeds = 0;
    size_t len;
    while (fuzz_seed(seeds, &len))
        seeds++;
    if (argc == 3 && !strcmp(argv[1], "--write"))
        return write_seeds(argv[2], seeds);
    if (argc == 2)
        return one_file(argv[1]);
    if (argc != 3)
        return 2;
    for (unsigned i = 0; i < seeds; i++) {
        const uint8_t *seed = fuzz_seed(i, &len);
        LLVMFuzzerTestOneInput(seed, len);
    }
    unsigned long first = strtoul(argv[1], NULL, 10), count = strtoul(argv[2], NULL, 10);
    for (unsigned long i = first; i < first + count; i++) {
        state = i;
        fprintf(stderr, "\rscript %lu", i); /* the last one is the one that failed: FUZZ that 1 */
        LLVMFuzzerTestOneInput(input, make(input, seeds));
    }
    printf("\n%u scripts, and %lu made of them\n", seeds, count);
    return 0;
}
