/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's own drawings: shares of a blackout as one bar, packets where there are some, and names that are no markup. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/page/page.h"

static char *page_of(struct report *r)
{
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    ck_assert_int_eq(page_write_reports(&r, 1, mem), 0);
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

/* A part of a run of 2 ms in two intervals, and a flow that sent, lost or was dark in it. */
static char *timeline_of(uint64_t sent, uint64_t lost, uint64_t dark_at, uint64_t blackout)
{
    struct report *r = report_create();
    const uint64_t number[] = {lost, sent};
    const char *const name[] = {"lost", "sent"};
    report_list(r, "timeline", NULL, REPORT_TIMELINE, REPORT_SKIP_EMPTY);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "title", NULL, 0, "a switch");
    report_text(r, "kind", NULL, 0, "switch");
    report_number(r, "packets_from_ns", NULL, 0, 0);
    report_number(r, "interval_ns", NULL, 0, 1000000);
    report_list(r, "packets", NULL, REPORT_TABLE, 0);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "flow", NULL, 0, "in");
    report_number(r, "blackout_at_ns", NULL, 0, dark_at);
    report_number(r, "blackout_ns", NULL, 0, blackout);
    report_number(r, "usual_gap_ns", NULL, 0, 1000);
    for (unsigned i = 0; i < 2; i++) {
        report_list(r, name[i], NULL, REPORT_LINES, 0);
        report_number(r, NULL, NULL, 0, 0);
        report_number(r, NULL, NULL, 0, number[i]);
        report_end(r);
    }
    for (unsigned i = 0; i < 3; i++)
        report_end(r);
    report_end(r);
    report_text(r, "verdict", NULL, REPORT_GOOD, "PASS");
    char *page = page_of(r);
    report_destroy(r);
    return page;
}

/* Axes without anything on them would only be scrolled past. */
START_TEST(nothing_is_not_drawn)
{
    char *nothing = timeline_of(0, 0, 2000000, 900000), *sent = timeline_of(1, 0, 0, 0), *lost = timeline_of(0, 1, 0, 0),
         *dark = timeline_of(0, 0, 0, 900000);
    const char *said = "no packet of its flows meanwhile", *key = "packets an interval of 1.000 ms";
    ck_assert(strstr(nothing, said) && !strstr(nothing, key));
    ck_assert(!strstr(sent, said) && strstr(sent, key));
    ck_assert(!strstr(lost, said) && strstr(lost, key));
    ck_assert(!strstr(dark, said) && strstr(dark, key));
    free(nothing);
    free(sent);
    free(lost);
    free(dark);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_html");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, shares_are_of_one_scale);
    tcase_add_test(tc, names_are_no_markup);
    tcase_add_test(tc, nothing_is_not_drawn);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
