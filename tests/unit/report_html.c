/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's own drawings: shares of a blackout as one bar, and names that are no markup. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

static char *page_of(struct report *r)
{
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    ck_assert_int_eq(report_write_html(&r, 1, mem), 0);
    fclose(mem);
    return text;
}

static void say_blackout(struct report *r, const char *flow, uint64_t whole, uint64_t state, uint64_t resuming, uint64_t other)
{
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, "flow", NULL, REPORT_JSON_ONLY, "%s", flow);
    report_time(r, "blackout_ns", "blackout", 0, whole * 1000);
    report_time(r, "from_ns", "from", 0, 77000);
    report_time(r, "state_ns", "state", REPORT_SKIP_ZERO, state * 1000);
    report_time(r, "resuming_ns", "resuming", REPORT_SKIP_ZERO, resuming * 1000);
    report_time(r, "other_ns", "other", REPORT_SKIP_ZERO, other * 1000);
    report_end(r);
}

static struct report *make(void)
{
    struct report *r = report_create();
    report_text(r, "title", NULL, REPORT_BARE, "a & b");
    report_list(r, "blackouts", "blackouts by their causes", REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    say_blackout(r, "in<1>", 1000000, 250000, 500000, 250000);
    say_blackout(r, "out", 500000, 0, 500000, 0);
    report_end(r);
    report_text(r, "verdict", NULL, REPORT_GOOD, "PASS");
    return r;
}

/* The longest fills the width, and the others are drawn in the same scale. */
START_TEST(shares_are_of_one_scale)
{
    struct report *r = make();
    char *page = page_of(r);
    ck_assert_ptr_nonnull(strstr(page, "<rect class=\"s0\" x=\"230\" y=\"6\" width=\"180\""));
    ck_assert_ptr_nonnull(strstr(page, "<rect class=\"s1\" x=\"410\" y=\"6\" width=\"360\""));
    ck_assert_ptr_nonnull(strstr(page, "<rect class=\"s2\" x=\"770\" y=\"6\" width=\"180\""));
    ck_assert_ptr_nonnull(strstr(page, "<rect class=\"s1\" x=\"230\" y=\"52\" width=\"360\""));
    ck_assert_ptr_nonnull(strstr(page, ">resuming 500.000 us</text>"));
    ck_assert_ptr_nonnull(strstr(page, "blackout 1.000 ms, from 77 ns, state 250.000 us, resuming 500.000 us, other 250.000 us"));
    free(page);
    report_destroy(r);
}
END_TEST

START_TEST(names_are_no_markup)
{
    struct report *r = make();
    char *page = page_of(r);
    ck_assert_ptr_nonnull(strstr(page, "<title>a &amp; b</title>"));
    ck_assert_ptr_nonnull(strstr(page, ">in&lt;1&gt;</text>"));
    ck_assert_ptr_null(strstr(page, "in<1>"));
    free(page);
    report_destroy(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_html");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, shares_are_of_one_scale);
    tcase_add_test(tc, names_are_no_markup);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
