/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fraction without divisions says what the division says: of chosen and random fractions, at chosen and random numbers. */
#include <check.h>
#include <stdlib.h>

#include "core/prng.h"
#include "core/ratio.h"
#include "core/time.h"

static uint64_t divided(uint64_t num, uint64_t den, uint64_t x, bool up)
{
    /* no remainder is lost: x × num has up to 128 bits */
    unsigned __int128 product = (unsigned __int128)x * num, units = product / den;
    units += up && product % den;
    return units > UINT64_MAX ? UINT64_MAX : (uint64_t)units;
}

static void same(uint64_t num, uint64_t den, const struct ratio *r, uint64_t x)
{
    uint64_t down = ratio_down(r, x), up = ratio_up(r, x);
    if (down != divided(num, den, x, false) || up != divided(num, den, x, true)) /* ck_assert() takes its time each time */
        ck_abort_msg("%llu * %llu / %llu: %llu and %llu", (unsigned long long)x, (unsigned long long)num, (unsigned long long)den,
                     (unsigned long long)down, (unsigned long long)up);
}

/* Around the ends, the limit of the way without a division, the multiples of the fraction below it, and anywhere. */
static void sweep(struct prng *prng, uint64_t num, uint64_t den)
{
    struct ratio r = ratio_make(num, den);
    for (uint64_t d = 0; d < 40; d++) {
        same(num, den, &r, d);
        same(num, den, &r, UINT64_MAX - d);
        same(num, den, &r, r.most - d);
        same(num, den, &r, r.most + d);
        same(num, den, &r, prng_next(prng) >> prng_below(prng, 64));
    }
    for (int i = 0; i < 60 && r.num; i++) {
        uint64_t units = prng_next(prng) >> prng_below(prng, 64);
        uint64_t x = divided(r.den, r.num, units, false); /* where the result is just below or just above a whole number */
        for (uint64_t d = 0; d < 3; d++) {
            same(num, den, &r, x - d);
            same(num, den, &r, x + d);
        }
        uint64_t multiple = r.most / r.den - units % (r.most / r.den + 1);
        for (uint64_t d = 0; d < 3; d++) {
            same(num, den, &r, multiple * r.den - d);
            same(num, den, &r, multiple * r.den + d);
        }
    }
}

START_TEST(as_the_division_says)
{
    static const uint64_t khz[] = {
        1,       2,       3,       999,     1000,       1024,       1000000,        2000000,         2100000,   2400000,
        2593907, 3000000, 3000001, 5200000, 1000000000, 1000000007, UINT64_MAX / 3, UINT64_MAX - 58, UINT64_MAX};
    struct prng prng;
    prng_init(&prng, 1, "ratios");
    for (size_t i = 0; i < sizeof(khz) / sizeof(khz[0]); i++) {
        sweep(&prng, 1000 * SIM_US, khz[i]);
        sweep(&prng, khz[i], 1000 * SIM_US);
        sweep(&prng, khz[i], UINT64_MAX);
        sweep(&prng, UINT64_MAX - 1, khz[i]);
        sweep(&prng, 0, khz[i]);
    }
    for (int i = 0; i < 4000; i++) {
        uint64_t num = prng_next(&prng) >> prng_below(&prng, 64), den = prng_next(&prng) >> prng_below(&prng, 64);
        sweep(&prng, num, den ? den : 1);
    }
}
END_TEST

/* The way without a division is the one that is taken: hours of a usual clock, and seconds of the least usual one. */
START_TEST(it_reaches_far)
{
    struct ratio usual = ratio_make(1000 * SIM_US, 2400000), back = ratio_make(2400000, 1000 * SIM_US);
    struct ratio odd = ratio_make(1000 * SIM_US, 2593907), odd_back = ratio_make(2593907, 1000 * SIM_US);
#ifdef VFSIM_PLAIN
    ck_assert_uint_eq(usual.most | back.most | odd.most | odd_back.most, 0);
#else
    ck_assert_uint_gt(usual.most, UINT64_C(2400000000) * 86400 * 10);
    ck_assert_uint_gt(back.most, SIM_S * 86400 * 10);
    ck_assert_uint_gt(odd.most, UINT64_C(2593907000) * 3600);
    ck_assert_uint_gt(odd_back.most, SIM_S * 4);
#endif
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ratio");
    TCase *tc = tcase_create("ratio");
    tcase_add_test(tc, as_the_division_says);
    tcase_add_test(tc, it_reaches_far);
    suite_add_tcase(suite, tc);
    SRunner *sr = srunner_create(suite);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
