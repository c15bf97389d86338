/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How acts end, and the words that begin them: the docs have every ending, and every verb says that it happens at a time. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/model.h"
#include "unit/docs_page.h"

START_TEST(docs_have_every_ending)
{
    static const char *const sentences[] = {
#define SCN_ENDING(name, word, sentence) (sentence),
#include "scenario/ending.def"
#undef SCN_ENDING
    };
    char *docs = read_docs(), row[200];
    for (unsigned i = 0; i < SCN_ENDINGS; i++) {
        snprintf(row, sizeof(row), "\n| `%s` | %s", scn_ending_words[i], sentences[i]);
        ck_assert_msg(strstr(docs, row), "docs/scenario-language.md does not have the row%s", row);
    }
    free(docs);
}
END_TEST

static char *message_of(const char *line)
{
    struct scenario *sc = scenario_parse("t.scn", line, strlen(line), NULL);
    const char *text = scenario_error_text(sc, 0, NULL, NULL);
    char *copy = strdup(text ? text : "");
    ck_assert(copy);
    scenario_destroy(sc);
    return copy;
}

/* The parser itself lists its verbs. */
START_TEST(every_verb_without_a_time_is_told_so)
{
    char *all = message_of("0 zzzzzzzzzzzzzzz\n"), *list = strstr(all, "it is one of ");
    unsigned verbs = 0;
    ck_assert_ptr_nonnull(list);
    list += strlen("it is one of ");
    for (char *word = strtok(list, ", "); word; word = strtok(NULL, ", "), verbs++) {
        char line[128], wanted[160];
        if (!strcmp(word, "or"))
            continue;
        /* `switch` and `set` declare as well: the rest of the line tells. */
        snprintf(line, sizeof(line), "%s web to passthrough now\n", word);
        snprintf(wanted, sizeof(wanted), "'%s' happens at a time", word);
        char *said = message_of(line);
        ck_assert_msg(strstr(said, wanted), "%s: %s", word, said);
        free(said);
    }
    ck_assert_uint_ge(verbs, 22);
    free(all);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario_endings");
    TCase *t = tcase_create("all");
    tcase_add_test(t, docs_have_every_ending);
    tcase_add_test(t, every_verb_without_a_time_is_told_so);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
