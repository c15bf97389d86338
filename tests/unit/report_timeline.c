/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conversations as text: the ladder, its narrow form, phases as bars with a break in a long wait. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

static char *text_of(const struct report *r, enum report_timeline how, int columns)
{
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    struct report_style style = {.columns = columns, .timeline = how};
    ck_assert_int_eq(report_write_text(r, mem, &style), 0);
    fclose(mem);
    return text;
}

static void say_party(struct report *r, const char *name, const char *label)
{
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "name", NULL, 0, "%s", name);
    report_text(r, "label", NULL, 0, "%s", label);
    report_end(r);
}

static void say(struct report *r, uint64_t at_ns, const char *from, const char *to, const char *what)
{
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_time(r, "at_ns", NULL, 0, at_ns * 1000);
    report_text(r, "from", NULL, 0, "%s", from);
    report_text(r, "to", NULL, 0, "%s", to);
    report_text(r, "what", NULL, 0, "%s", what);
    report_end(r);
}

static void say_phase(struct report *r, const char *name, uint64_t start_ns, uint64_t took_ns)
{
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "name", NULL, 0, "%s", name);
    report_time(r, "start_ns", NULL, 0, start_ns * 1000);
    report_time(r, "took_ns", NULL, 0, took_ns * 1000);
    report_end(r);
}

static struct report *make(void)
{
    struct report *r = report_create();
    report_list(r, "timeline", NULL, REPORT_TIMELINE, 0);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "title", NULL, 0, "switch of web: done");
    report_time(r, "start_ns", NULL, 0, 0);
    report_time(r, "took_ns", NULL, 0, 1000000000);
    report_list(r, "parties", NULL, REPORT_TABLE, 0);
    say_party(r, "shell web", "S");
    say_party(r, "hypervisor h0", "H");
    say_party(r, "PF n0", "PF");
    report_end(r);
    report_list(r, "messages", NULL, REPORT_TABLE, 0);
    say(r, 0, "hypervisor h0", "PF n0", "VF_ACQUIRE");
    say(r, 0, "hypervisor h0", "hypervisor h0", "thinks");
    say(r, 1500, "PF n0", "shell web", "one two three four five six seven eight nine ten eleven twelve");
    report_end(r);
    report_number(r, "left_out", NULL, 0, 3);
    report_list(r, "phases", NULL, REPORT_TABLE, 0);
    say_phase(r, "a", 0, 10000);
    say_phase(r, "wait", 10000, 980000);
    say_phase(r, "b", 990000, 10000);
    report_end(r);
    report_end(r);
    report_end(r);
    return r;
}

START_TEST(only_when_asked)
{
    struct report *r = make();
    char *text = text_of(r, REPORT_TIMELINE_NONE, 0);
    ck_assert_str_eq(text, "");
    free(text);
    report_destroy(r);
}
END_TEST

START_TEST(a_ladder)
{
    struct report *r = make();
    char *text = text_of(r, REPORT_TIMELINE_ASCII, 0);
    ck_assert_str_eq(text, "\n"
                           "switch of web: done\n"
                           "  S shell web, H hypervisor h0, PF n0\n"
                           "                            S       H       PF\n"
                           "         0 ns               |       |------>|   VF_ACQUIRE\n"
                           "                            |       *       |   thinks\n"
                           "     1.500 us    1.500 us   |<--------------|   one two three four five six seven eight nine ten\n"
                           "                            |       |       |   eleven twelve\n"
                           "  and 3 more messages, which are left out\n"
                           "  a           0 ns   10.000 us |####################                            |\n"
                           "  wait   10.000 us  980.000 us |                    ##//###                     |\n"
                           "  b     990.000 us   10.000 us |                           #####################|\n");
    free(text);
    text = text_of(r, REPORT_TIMELINE_UNICODE, 0);
    ck_assert_ptr_nonnull(strstr(text, "│       │──────▶│   VF_ACQUIRE\n"));
    ck_assert_ptr_nonnull(strstr(text, "│◀──────────────│   one two"));
    free(text);
    report_destroy(r);
}
END_TEST

static void say_numbers(struct report *r, const char *key, unsigned count, unsigned from, unsigned to, uint64_t value)
{
    report_list(r, key, NULL, REPORT_LINES, 0);
    for (unsigned i = 0; i < count; i++)
        report_number(r, NULL, NULL, 0, i >= from && i < to ? value : 0);
    report_end(r);
}

START_TEST(packets_by_path)
{
    struct report *r = report_create();
    report_list(r, "timeline", NULL, REPORT_TIMELINE, 0);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "title", NULL, 0, "the whole run");
    report_time(r, "packets_from_ns", NULL, 0, 1000000);
    report_time(r, "interval_ns", NULL, 0, 1000000);
    report_list(r, "packets", NULL, REPORT_TABLE, 0);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "flow", NULL, 0, "in");
    report_time(r, "blackout_at_ns", NULL, 0, 21000000);
    report_time(r, "blackout_ns", NULL, 0, 10000000);
    say_numbers(r, "vf", 60, 0, 20, 8);
    say_numbers(r, "emulated", 60, 30, 60, 1);
    say_numbers(r, "sent", 60, 0, 60, 9);
    report_end(r);
    report_end(r);
    report_end(r);
    report_end(r);
    char *text = text_of(r, REPORT_TIMELINE_ASCII, 0);
    ck_assert_str_eq(text, "\n"
                           "the whole run\n"
                           "  packets an interval of 1.000 us from 1.000 us on\n"
                           "  in   vf       |####################                                        |\n"
                           "  in   emulated |                              ..............................|\n"
                           "       blackout |                    xxxxxxxxxx                              | 10.000 us\n");
    free(text);
    text = text_of(r, REPORT_TIMELINE_ASCII, 60); /* two of them in one column */
    ck_assert_ptr_nonnull(strstr(text, "packets an interval of 2.000 us from 1.000 us on\n"
                                       "  in   vf       |##########                    |\n"));
    free(text);
    report_destroy(r);
}
END_TEST

START_TEST(a_narrow_terminal_gets_lines)
{
    struct report *r = make();
    char *text = text_of(r, REPORT_TIMELINE_ASCII, 60);
    ck_assert_ptr_nonnull(strstr(text, "         0 ns             H -> PF  VF_ACQUIRE\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n                          H: thinks\n"));
    ck_assert_ptr_nonnull(strstr(text, "     1.500 us    1.500 us PF -> S  one two three four five\n"));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        ck_assert_msg(strchr(line, '\n') - line <= 62, "%.120s", line);
    free(text);
    report_destroy(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_timeline");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, only_when_asked);
    tcase_add_test(tc, a_ladder);
    tcase_add_test(tc, packets_by_path);
    tcase_add_test(tc, a_narrow_terminal_gets_lines);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
