/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps in which a failure can be injected: docs/scenario-language.md shows each kind of switch with the steps it has. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/mode/mode.h"
#include "unit/docs_page.h"

static void row_of(const struct switch_kind *kind, char *row, size_t cap)
{
    enum switch_step steps[STEP_COUNT];
    unsigned count = switch_kind_steps(kind, steps);
    size_t len = (size_t)snprintf(row, cap, "\n| %s |", kind->name);
    for (unsigned i = 0; i < count; i++)
        len += (size_t)snprintf(row + len, cap - len, " `%s`", switch_step_name(steps[i]));
    snprintf(row + len, cap - len, " |\n");
}

START_TEST(docs_show_every_kind)
{
    char *docs = read_docs(), row[512];
    for (unsigned i = 0; switch_kind_at(i); i++) {
        row_of(switch_kind_at(i), row, sizeof(row));
        ck_assert_msg(strstr(docs, row), "docs/scenario-language.md does not have the row%s", row);
    }
    free(docs);
}
END_TEST

/* A word is offered where a kind of switch has the step, and nowhere else. */
START_TEST(words_are_those_of_the_kinds)
{
    const char *words[STEP_COUNT + 1];
    enum switch_step steps[STEP_COUNT];
    for (unsigned i = 0; switch_kind_at(i); i++) {
        const struct switch_kind *kind = switch_kind_at(i);
        unsigned count = switch_kind_steps(kind, steps), words_count = switch_step_words(kind->use, kind->order, words);
        ck_assert_uint_ge(words_count, count);
        for (unsigned s = 0; s < count; s++) {
            unsigned found = 0;
            for (unsigned w = 0; w < words_count; w++)
                found += switch_step_find(words[w]) == steps[s];
            ck_assert_uint_eq(found, 1);
        }
    }
    ck_assert_uint_eq(switch_step_words(SWITCH_USE_IN | SWITCH_USE_UPT, SWITCH_SAFE, words), 9);
    ck_assert_str_eq(words[8], "commit_in");
}
END_TEST

/* What is written before 'order naive' is read must be there to be refused. */
START_TEST(naive_has_no_step_of_its_own)
{
    const char *naive[STEP_COUNT + 1], *safe[STEP_COUNT + 1];
    for (unsigned use = SWITCH_USE_IN; use <= SWITCH_USE_OUT; use++) {
        unsigned count = switch_step_words(use, SWITCH_NAIVE, naive), all = switch_step_words(use, SWITCH_SAFE, safe);
        for (unsigned i = 0, found = 0; i < count; i++, found = 0) {
            for (unsigned k = 0; k < all; k++)
                found += !strcmp(naive[i], safe[k]);
            ck_assert_uint_eq(found, 1);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_steps");
    TCase *t = tcase_create("all");
    tcase_add_test(t, docs_show_every_kind);
    tcase_add_test(t, words_are_those_of_the_kinds);
    tcase_add_test(t, naive_has_no_step_of_its_own);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
