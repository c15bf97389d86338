/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One tree, two faces: the text as a person reads it, the JSON as a program does; and JUnit's XML. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/junit.h"
#include "report/report.h"

static char *text_of(const struct report *r, bool colour)
{
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    struct report_style style = {colour};
    ck_assert_int_eq(report_write_text(r, mem, &style), 0);
    fclose(mem);
    return text;
}

static json_t *json_of(const struct report *r)
{
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    ck_assert_int_eq(report_write_json(r, mem), 0);
    fclose(mem);
    json_t *json = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(json);
    free(text);
    return json;
}

static void add_flow(struct report *r, const char *name, uint64_t sent, bool halves)
{
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "name", "flow", 0, "%s", name);
    report_number(r, "sent", NULL, 0, sent);
    report_time(r, "blackout_ns", "blackout", 0, sent * 1000000);
    report_object(r, "latency_ns", NULL, REPORT_LINE, 0);
    report_time(r, "p50", NULL, 0, 1234567);
    report_end(r);
    if (halves) {
        report_list(r, "halves", NULL, REPORT_TABLE, 0);
        add_flow(r, "forth", 1, false);
        report_end(r);
    }
    report_end(r);
}

static struct report *make(void)
{
    struct report *r = report_create();
    report_text(r, "title", NULL, REPORT_BARE, "a title");
    report_number(r, "seed", NULL, 0, 42);
    report_list(r, "flows", NULL, REPORT_TABLE, 0);
    add_flow(r, "web", 1500, true);
    add_flow(r, "x", 7, false);
    report_end(r);
    report_list(r, "drops", NULL, REPORT_TABLE, 0);
    report_end(r);
    report_list(r, "notes", NULL, REPORT_LINES, REPORT_SKIP_EMPTY);
    report_end(r);
    report_list(r, "switches", NULL, REPORT_BLOCKS, 0);
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "web:");
    report_text(r, "result", NULL, REPORT_BARE, "done");
    report_number(r, "held", NULL, REPORT_SKIP_ZERO, 0);
    report_number(r, "lost", NULL, 0, 3);
    report_number(r, "hidden", NULL, REPORT_JSON_ONLY, 5);
    report_list(r, "steps", NULL, REPORT_TABLE, 0);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "step", NULL, 0, "load");
    report_end(r);
    report_end(r);
    report_end(r);
    report_end(r);
    report_object(r, "books", NULL, REPORT_LINE, 0);
    report_number(r, "born", NULL, 0, 2);
    report_bool(r, "balanced", NULL, 0, true);
    report_end(r);
    report_text(r, "verdict", NULL, REPORT_GOOD, "PASS");
    return r;
}

START_TEST(text)
{
    struct report *r = make();
    char *seen = text_of(r, false);
    ck_assert_str_eq(seen, "a title\n"
                           "seed: 42\n"
                           "\n"
                           "flows\n"
                           "  flow     sent  blackout       p50\n"
                           "  web      1500  1.500 ms  1.234 us\n"
                           "    forth     1  1.000 us  1.234 us\n"
                           "  x           7  7.000 us  1.234 us\n"
                           "\n"
                           "drops: none\n"
                           "\n"
                           "switches\n"
                           "  web: done, lost 3\n"
                           "    step\n"
                           "    load\n"
                           "\n"
                           "books: born 2, balanced yes\n"
                           "verdict: PASS\n");
    free(seen);
    report_destroy(r);
}
END_TEST

START_TEST(narrow_terminals_break_lines_earlier)
{
    struct report *r = report_create();
    char *narrow = NULL;
    size_t len;
    report_list(r, "flows", NULL, REPORT_TABLE, 0);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_time(r, "p50", NULL, REPORT_NO_VALUE, 0);
    report_text(r, "name", NULL, 0, "thirty-six columns of name, it seems");
    report_number(r, "sent", NULL, 0, 1234567890);
    report_number(r, "lost", NULL, 0, 1234567890);
    report_end(r);
    report_end(r);
    report_text(r, "next", NULL, 0, "a line of some words that is a little longer than sixty columns are wide");
    FILE *mem = open_memstream(&narrow, &len);
    struct report_style style = {false, 10}; /* nothing is narrower than 60 */
    ck_assert_int_eq(report_write_text(r, mem, &style), 0);
    fclose(mem);
    ck_assert_str_eq(narrow, "\nflows\n"
                             "  p50 name                                       sent       lost\n"
                             "    - thirty-six columns of name, it seems 1234567890 1234567890\n\n"
                             "next: a line of some words that is a little longer than\n"
                             "  sixty columns are wide\n");
    char *wide = text_of(r, false);
    ck_assert_ptr_nonnull(strstr(wide, "longer than sixty columns are wide\n"));
    free(narrow);
    free(wide);
    report_destroy(r);
}
END_TEST

START_TEST(colour_only_when_asked)
{
    struct report *r = make();
    char *plain = text_of(r, false), *coloured = text_of(r, true);
    ck_assert_ptr_null(strchr(plain, '\033'));
    ck_assert_ptr_nonnull(strstr(coloured, "\033[32mverdict: PASS\033[0m"));
    free(plain);
    free(coloured);
    report_destroy(r);
}
END_TEST

START_TEST(json)
{
    struct report *r = make();
    json_t *root = json_of(r);
    json_t *flow = json_array_get(json_object_get(root, "flows"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "seed")), 42);
    ck_assert_int_eq(json_integer_value(json_object_get(flow, "blackout_ns")), 1500000);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(flow, "latency_ns"), "p50")), 1234);
    json_t *half = json_array_get(json_object_get(flow, "halves"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(half, "name")), "forth");
    ck_assert_uint_eq(json_array_size(json_object_get(root, "drops")), 0);
    json_t *sw = json_array_get(json_object_get(root, "switches"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(sw, "hidden")), 5);
    ck_assert_uint_eq(json_object_size(sw), 5);
    ck_assert(json_is_true(json_object_get(json_object_get(root, "books"), "balanced")));
    json_decref(root);
    report_destroy(r);
}
END_TEST

START_TEST(wide_text_is_wrapped)
{
    struct report *r = report_create();
    report_list(r, "notes", NULL, REPORT_LINES, 0);
    report_text(
        r, NULL, NULL, 0, "%s",
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
        "nineteen twenty one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen");
    report_end(r);
    report_list(r, "table", NULL, REPORT_TABLE, 0);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "name", NULL, 0, "a_name_of_some_length");
    report_text(
        r, "source", NULL, 0, "%s",
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen");
    report_end(r);
    report_end(r);
    char *seen = text_of(r, false);
    for (const char *line = seen; *line; line = strchr(line, '\n') + 1)
        ck_assert_msg(strchr(line, '\n') - line <= 100, "%.120s", line);
    ck_assert_ptr_nonnull(strstr(seen, "sixteen\n    seventeen eighteen"));
    free(seen);
    report_destroy(r);
}
END_TEST

START_TEST(times)
{
    char buf[REPORT_TIME_LEN];
    ck_assert_str_eq(report_format_time(0, buf), "0 ns");
    ck_assert_str_eq(report_format_time(999, buf), "999 ns");
    ck_assert_str_eq(report_format_time(1000, buf), "1.000 us");
    ck_assert_str_eq(report_format_time(12345678, buf), "12.345 ms");
    ck_assert_str_eq(report_format_time(2500000000, buf), "2.500 s");
    ck_assert_str_eq(report_format_stamp(1234567890123, buf), "1.234567890123 s");
    ck_assert_str_eq(report_format_stamp(234567890123, buf), "234.567890123 ms");
    ck_assert_str_eq(report_format_stamp(67890003, buf), "67.890003 us");
    ck_assert_str_eq(report_format_stamp(123, buf), "0.123 ns");
}
END_TEST

START_TEST(junit)
{
    struct junit_suite suite;
    struct junit_totals totals = {0};
    char *seen;
    size_t len;
    FILE *mem = open_memstream(&seen, &len);
    junit_suite_init(&suite, "a&b.scn");
    junit_suite_add(&suite, "lost = 0", JUNIT_PASSED, "was 0");
    junit_suite_add(&suite, "blackout < 1ms", JUNIT_FAILED, "was \"2 ms\"");
    junit_suite_add(&suite, "it is read", JUNIT_ERROR, "no");
    junit_suite_add(&suite, "later", JUNIT_SKIPPED, "caf\xc3\xa9 \xff\xc3");
    suite.took_ms = 12034;
    junit_count(&totals, &suite);
    junit_count(&totals, &suite);
    junit_put_head(mem, &totals);
    junit_put_suite(mem, &suite);
    junit_put_tail(mem);
    fclose(mem);
    ck_assert_str_eq(seen,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<testsuites name=\"vfsim\" tests=\"8\" failures=\"2\" errors=\"2\" skipped=\"2\" time=\"24.068\">\n"
                     "  <testsuite name=\"a&amp;b.scn\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"12.034\">\n"
                     "    <testcase classname=\"a&amp;b.scn\" name=\"lost = 0\"/>\n"
                     "    <testcase classname=\"a&amp;b.scn\" name=\"blackout &lt; 1ms\">\n"
                     "      <failure message=\"was &quot;2 ms&quot;\"/>\n"
                     "    </testcase>\n"
                     "    <testcase classname=\"a&amp;b.scn\" name=\"it is read\">\n"
                     "      <error message=\"no\"/>\n"
                     "    </testcase>\n"
                     "    <testcase classname=\"a&amp;b.scn\" name=\"later\">\n"
                     "      <skipped message=\"caf\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd\"/>\n"
                     "    </testcase>\n  </testsuite>\n</testsuites>\n");
    free(seen);
    junit_suite_fini(&suite);
}
END_TEST

/* What there is nothing to tell of is no zero, and its key is there. */
START_TEST(nothing_to_tell_is_null)
{
    struct report *r = report_create();
    report_number(r, "zero", NULL, 0, 0);
    report_number(r, "absent", NULL, REPORT_ABSENT, 0);
    report_text(r, "unsaid", NULL, REPORT_NO_VALUE, "%s", "");
    json_t *parsed = json_of(r);
    char *seen = text_of(r, false);
    ck_assert(json_is_integer(json_object_get(parsed, "zero")));
    ck_assert(json_is_null(json_object_get(parsed, "absent")));
    ck_assert(json_is_null(json_object_get(parsed, "unsaid")));
    ck_assert_str_eq(seen, "zero: 0\nunsaid: -\n");
    free(seen);
    json_decref(parsed);
    report_destroy(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_print");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, text);
    tcase_add_test(tc, narrow_terminals_break_lines_earlier);
    tcase_add_test(tc, colour_only_when_asked);
    tcase_add_test(tc, json);
    tcase_add_test(tc, wide_text_is_wrapped);
    tcase_add_test(tc, times);
    tcase_add_test(tc, junit);
    tcase_add_test(tc, nothing_to_tell_is_null);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
