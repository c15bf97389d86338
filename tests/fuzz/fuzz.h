/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A door that takes any bytes, for libFuzzer (`cmake -DVFSIM_FUZZ=ON -DCMAKE_C_COMPILER=clang`) and, with fuzz_main.c, as a test.
 *
 * An input is a script: pieces, each a byte that says what is done, two of its length, and so many bytes.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fuzz_piece {
    uint8_t what;
    const uint8_t *bytes;
    size_t len;
};

static inline int fuzz_next(const uint8_t **at, const uint8_t *end, struct fuzz_piece *piece)
{
    if (end - *at < 3)
        return 0;
    size_t len = (size_t)((*at)[1] | (*at)[2] << 8), left = (size_t)(end - *at) - 3;
    *piece = (struct fuzz_piece){(*at)[0], *at + 3, len < left ? len : left};
    *at = piece->bytes + piece->len;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a test begins with: scripts that are well formed. NULL past the last one. */
const uint8_t *fuzz_seed(unsigned i, size_t *len);

#endif
