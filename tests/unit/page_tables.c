/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page of a build without the library that draws: it has the result, its tables and its script, and says what is not there. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/page/page.h"

START_TEST(a_page_without_the_library_says_so)
{
    static const char json[] =
        "{\"title\":\"t\",\"verdict\":\"PASS\",\"latencies\":[{\"flow\":\"f<\",\"frames\":2,\"min_ns\":5,\"mean_ns\":6,"
        "\"max_ns\":7,\"at_most_ns\":[5,7],\"count\":[1,2]}]}";
    char *page = NULL, why[PAGE_WHY_LEN];
    size_t length;
    FILE *out = open_memstream(&page, &length);
    ck_assert_int_eq(page_write(json, sizeof(json) - 1, out, why), 0);
    fclose(out);
    ck_assert_ptr_nonnull(strstr(page, "Tables and no curves"));
    ck_assert_ptr_null(strstr(page, "curves are drawn by"));
    ck_assert_ptr_null(strstr(page, ".u-inline")); /* of its own style sheet */
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"text\">f&lt;</td>"));
    ck_assert_ptr_nonnull(strstr(page, "typeof uPlot === \"undefined\""));
    ck_assert_ptr_nonnull(strstr(page, "\"flow\":\"f\\u003c\""));
    free(page);
}
END_TEST

START_TEST(what_is_no_result_is_refused)
{
    static const char *const texts[] = {"", "{", "[]", "1", "{\"a\":1}", "[{\"verdict\":1}]", "{\"result\":{},\"differences\":{}}"};
    char why[PAGE_WHY_LEN];
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        FILE *out = fopen("/dev/null", "w");
        *why = '\0';
        ck_assert_int_ne(page_write(texts[i], strlen(texts[i]), out, why), 0);
        ck_assert_ptr_nonnull(strstr(why, "no "));
        fclose(out);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page_tables");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, a_page_without_the_library_says_so);
    tcase_add_test(tc, what_is_no_result_is_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
