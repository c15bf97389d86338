/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bulk: it keeps what is in it when it grows, moves into a file and is relaxed; a file that is mapped is as it is on disk. */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bulk.h"

enum { WORDS = 40 << 18 }; /* 40 MB */

static uint32_t word(uint32_t i) { return i * 2654435761u; }

START_TEST(it_keeps_what_is_in_it)
{
    struct bulk b = {0};
    for (uint32_t i = 0; i < WORDS; i++) {
        bulk_grow("test", &b, (i + 1) * sizeof(uint32_t), false);
        ((uint32_t *)b.at)[i] = word(i);
        if (i % (WORDS / 8) == 0)
            bulk_relax(&b);
    }
    ck_assert(b.is_mapped && !b.is_users);
    bulk_relax(&b);
    uint32_t kept = 0; /* an assertion a word would take minutes: each tells the process that started the test */
    while (kept < WORDS && ((uint32_t *)b.at)[kept] == word(kept))
        kept++;
    ck_assert_uint_eq(kept, WORDS);
    bulk_free(&b);
    ck_assert(!b.at && !b.cap);
}
END_TEST

START_TEST(new_bytes_are_zeros)
{
    for (int large = 0; large < 2; large++) {
        struct bulk b = {0};
        size_t bytes = large ? BULK_SMALL + 5000 : 5000;
        bulk_grow("test", &b, bytes / 2, true);
        bulk_grow("test", &b, bytes, true);
        size_t zeros = 0;
        while (zeros < bytes && !((uint8_t *)b.at)[zeros])
            zeros++;
        ck_assert_uint_eq(zeros, bytes);
        bulk_free(&b);
    }
}
END_TEST

START_TEST(a_users_file_is_not_written_to)
{
    FILE *file = tmpfile();
    struct bulk b;
    ck_assert_uint_eq(fwrite("abcdef", 1, 6, file), 6);
    fflush(file);
    ck_assert_int_eq(bulk_map(&b, fileno(file), 6), 0);
    ((char *)b.at)[0] = 'x';
    ck_assert(!memcmp(b.at, "xbcdef", 6));
    bulk_relax(&b); /* what was written is lost, as the header says */
    ck_assert(!memcmp(b.at, "abcdef", 6));
    bulk_free(&b);
    fclose(file);
    ck_assert_int_lt(bulk_map(&b, -1, 6), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_bulk");
    TCase *tc = tcase_create("bulk");
    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, it_keeps_what_is_in_it);
    tcase_add_test(tc, new_bytes_are_zeros);
    tcase_add_test(tc, a_users_file_is_not_written_to);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
