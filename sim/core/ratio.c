/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/ratio.h"

#include <assert.h>

uint64_t ratio_gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* The largest x whose error x × off / (den × 2^bits) is less than 1 / den. */
static uint64_t reach(uint64_t off, uint32_t bits)
{
    if (!off)
        return UINT64_MAX;
    unsigned __int128 x = (((unsigned __int128)1 << bits) - 1) / off;
    return x > UINT64_MAX ? UINT64_MAX : (uint64_t)x;
}

struct ratio ratio_make(uint64_t num, uint64_t den)
{
    assert(den > 0);
    uint64_t g = ratio_gcd(num, den);
    struct ratio r = {.num = num / g, .den = den / g};
    r.whole = r.num / r.den;
    /* rest × 2^(64 + shift) = below × den + off, with as many bits as `below` has room for */
    unsigned __int128 rest = (unsigned __int128)(r.num % r.den) << 64;
    r.below = (uint64_t)(rest / r.den);
    uint64_t off = (uint64_t)(rest % r.den);
    while ((r.below || off) && r.below < (UINT64_MAX >> 1) && r.shift < 63) {
        bool one = off >= r.den - off;
        r.below = 2 * r.below + one;
        off = one ? off - (r.den - off) : 2 * off;
        r.shift++;
    }
    r.above = r.below + (off != 0);
    if (!r.above && off) /* 1 as good as reached: nothing is exact but 0 */
        return r;
    r.most = least(reach(off, 64 + r.shift), reach(off ? r.den - off : 0, 64 + r.shift));
    if (r.whole < UINT64_MAX)
        r.most = least(r.most, (UINT64_MAX - 1) / (r.whole + 1));
    else
        r.most = 0;
#ifdef VFSIM_PLAIN
    r.most = 0;
#endif
    return r;
}

uint64_t ratio__wide(const struct ratio *r, uint64_t x, bool up)
{
    unsigned __int128 product = (unsigned __int128)x * r->num;
    unsigned __int128 units = product / r->den;
    units += up && product % r->den;
    return units > UINT64_MAX ? UINT64_MAX : (uint64_t)units;
}
