/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies beside an image is read as it is meant, or refused with its place. */
#include "vm/image/guest_counts.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/vfsim-counts-XXXXXX", image[64], file[64];

static void write_counts(const char *text)
{
    FILE *f = fopen(file, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static struct guest_counts counts_of(const char *owner)
{
    struct guest_counts counts;
    char err[200] = "";
    ck_assert_int_eq(guest_counts_read(image, owner, &counts, err, sizeof(err)), 0);
    ck_assert_str_eq(err, "");
    return counts;
}

START_TEST(sums_what_calls_are_part_of)
{
    write_counts("# a comment\n\nmine enableInterrupt 70 0\nmine disableInterrupt 14 0\nmine addFrameToTxRing 0 149\n"
                 "mine checkTxRing 13 18\nmine checkRxRing 50 148\nmine addBuffersToRxRing 2 48\n"
                 "shell postFrame 0 234\nshell completeSend 1 21\nshell allocBuffer 0 58\nshell indicateRecv 0 177\n");
    struct guest_counts mine = counts_of("mine"), shell = counts_of("shell"), all = counts_of(NULL);
    ck_assert(mine.is_counted && shell.is_counted);
    ck_assert_uint_eq(mine.tx, 149 + 18);
    ck_assert_uint_eq(mine.rx, 148 + 48);
    ck_assert_uint_eq(mine.poll, 13 + 50 + 2);
    ck_assert_uint_eq(mine.interrupt, 70 + 14);
    ck_assert_uint_eq(shell.tx, 234 + 21);
    ck_assert_uint_eq(shell.rx, 58 + 177);
    ck_assert_uint_eq(shell.poll, 1);
    ck_assert_uint_eq(all.tx, mine.tx + shell.tx);
    ck_assert_uint_eq(guest_counts_cycles(mine.tx, 421), 70);
    ck_assert_uint_eq(guest_counts_cycles(1000, 1), 1);
}
END_TEST

START_TEST(not_counted_without_a_file_or_a_line)
{
    unlink(file);
    ck_assert(!counts_of(NULL).is_counted);
    write_counts("mine checkTxRing 13 18\n");
    ck_assert(!counts_of("other").is_counted);
    ck_assert_uint_eq(counts_of("other").tx, 0);
}
END_TEST

START_TEST(refuses_what_is_no_line)
{
    static const char *const wrong[] = {"mine checkTxRing 13\n", "mine checkTxRings 13 18\n", "mine checkTxRing 13 many\n",
                                        "mine checkTxRing 13 1000001\n", "mine checkTxRing -1 0\n"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct guest_counts counts;
        char err[200] = "", text[100];
        snprintf(text, sizeof(text), "# two lines\n%s", wrong[i]);
        write_counts(text);
        ck_assert_int_eq(guest_counts_read(image, NULL, &counts, err, sizeof(err)), -EINVAL);
        ck_assert_msg(strstr(err, ".counts:2: "), "%s", err);
    }
}
END_TEST

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(image, sizeof(image), "%s/my.vf.so", folder);
    snprintf(file, sizeof(file), "%s/my.vf.counts", folder);
    Suite *suite = suite_create("guest_counts");
    TCase *tc = tcase_create("core");
    tcase_add_test(tc, sums_what_calls_are_part_of);
    tcase_add_test(tc, not_counted_without_a_file_or_a_line);
    tcase_add_test(tc, refuses_what_is_no_line);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(file);
    rmdir(folder);
    return failed ? 1 : 0;
}
