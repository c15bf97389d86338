/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A constant fraction that whole numbers are multiplied with, exactly and without a division: x × num / den, rounded down or up.
 *
 * The fraction is kept as its whole part and a binary fraction of 64 significant bits. That one is a little off, and the error
 * grows with x: up to `most` it can't reach the next whole number, since the distance to that is at least 1 / den. Beyond it, and
 * with VFSIM_PLAIN always, the division is done as it is written. A result that 64 bits don't hold is UINT64_MAX.
 */
#ifndef VFSIM_CORE_RATIO_H
#define VFSIM_CORE_RATIO_H

#include <stdbool.h>
#include <stdint.h>

/* plain data, made of its first two members */
struct ratio {
    uint64_t num, den;    /* in lowest terms */
    uint64_t whole;       /* num / den */
    uint64_t above;       /* the rest of it, in 1 / 2^(64 + shift), rounded up … */
    uint64_t below;       /* … and down */
    uint64_t most;        /* the x up to which these are exact */
    uint32_t shift, zero; /* < 64 */
};

uint64_t ratio_gcd(uint64_t a, uint64_t b); /* what a fraction is reduced by; 0 and 0: 0 */
struct ratio ratio_make(uint64_t num, uint64_t den); /* den > 0 */

uint64_t ratio__wide(const struct ratio *r, uint64_t x, bool up); /* by the division */

static inline uint64_t ratio_down(const struct ratio *r, uint64_t x)
{
    if (__builtin_expect(x > r->most, 0))
        return ratio__wide(r, x, false);
    return x * r->whole + ((uint64_t)((unsigned __int128)x * r->above >> 64) >> r->shift);
}

static inline uint64_t ratio_up(const struct ratio *r, uint64_t x)
{
    if (__builtin_expect(x > r->most, 0))
        return ratio__wide(r, x, true);
    unsigned __int128 rest = (unsigned __int128)x * r->below;
    uint64_t high = (uint64_t)(rest >> 64), units = high >> r->shift;
    return x * r->whole + units + (((high ^ units << r->shift) | (uint64_t)rest) != 0);
}

#endif
