/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internet checksums by wide words are those by words of sixteen bits, whatever the length and wherever the data begin. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/prng.h"
#include "net/inet.h"

enum { LONGEST = 300, STARTS = 9 };

static uint64_t by_words(const uint8_t *p, size_t len)
{
    uint64_t sum = 0;
    for (; len >= 2; p += 2, len -= 2)
        sum += inet_get16(p);
    return len ? sum + ((uint64_t)p[0] << 8) : sum;
}

static uint16_t folded(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

START_TEST(a_sum_is_that_of_its_words)
{
    uint8_t data[STARTS + LONGEST];
    struct prng prng;
    prng_init(&prng, 1, "sums");
    for (int round = 0; round < 40; round++) {
        for (size_t i = 0; i < sizeof(data); i++) /* noise, all ones (a carry out of every word), nothing, and few ones */
            data[i] = round == 0   ? 0xff
                      : round == 1 ? 0
                      : round < 8  ? (prng_next(&prng) & 15 ? 0xff : 0xfe)
                                   : (uint8_t)prng_next(&prng);
        for (size_t start = 0; start < STARTS; start++)
            for (size_t len = 0; len <= LONGEST; len++)
                if (inet_fold(inet_sum(data + start, len)) != folded(by_words(data + start, len)))
                    ck_abort_msg("round %d, %zu bytes from %zu", round, len, start);
    }
    memset(data, 0, sizeof(data)); /* one byte alone, at each place */
    for (size_t i = 0; i < LONGEST; i++) {
        data[i] = 0x81;
        ck_assert_uint_eq(inet_fold(inet_sum(data, LONGEST)), folded(by_words(data, LONGEST)));
        data[i] = 0;
    }
}
END_TEST

START_TEST(a_fold_keeps_every_carry)
{
    static const uint64_t sums[] = {0,
                                    1,
                                    0xffff,
                                    0x10000,
                                    0x1fffe,
                                    0xffffffff,
                                    0x100000000,
                                    0xffff0001,
                                    0x1ffffffff,
                                    UINT64_MAX,
                                    UINT64_MAX - 0xffff,
                                    UINT64_C(1) << 63};
    struct prng prng;
    prng_init(&prng, 2, "sums");
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
        ck_assert_uint_eq(inet_fold(sums[i]), folded(sums[i]));
    for (int i = 0; i < 10000; i++) {
        uint64_t sum = prng_next(&prng) >> prng_below(&prng, 64);
        if (inet_fold(sum) != folded(sum))
            ck_abort_msg("%llx", (unsigned long long)sum);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inet");
    TCase *tc = tcase_create("sums");
    tcase_add_test(tc, a_sum_is_that_of_its_words);
    tcase_add_test(tc, a_fold_keeps_every_carry);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
