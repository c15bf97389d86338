/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every verb is whole: it says what help and docs need, its example is a line that it reads, and docs/scenario-language.md has its
 * line in the index, its options and its endings.
 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/verb.h"
#include "unit/docs_page.h"

static const struct verb *verbs[VERBS_MAX];
static unsigned count;

static const char *name_of(const struct verb *v) { return v->word ? v->word : v->forms[0].grammar; }

START_TEST(each_has_what_its_kind_needs)
{
    ck_assert_uint_gt(count, 45);
    for (unsigned i = 0; i < count; i++) {
        const struct verb *v = verbs[i];
        ck_assert_msg(v->forms && v->forms[0].grammar && v->sentence && v->example, "a verb of kind %d says nothing of itself",
                      v->kind);
        const char *name = name_of(v);
        ck_assert_msg((v->declare != NULL) == (v->kind == VERB_DECLARES), "%s: declare", name);
        ck_assert_msg((v->parse != NULL) == (v->kind == VERB_ACTS), "%s: parse", name);
        ck_assert_msg((v->expect != NULL && v->judge != NULL) == (v->kind == VERB_EXPECTS), "%s: expect and judge", name);
        ck_assert_msg(!v->report == !v->report_place, "%s: a part of the report and its place go together", name);
        ck_assert_msg(!(v->build || v->prepare) == !v->phase, "%s: what it builds and when go together", name);
        ck_assert_msg(v->sentence[strlen(v->sentence) - 1] != '.', "%s: a sentence of a list has no full stop", name);
        for (unsigned k = 0; k < i; k++)
            ck_assert_msg(verbs[k]->kind != v->kind || !v->word || !verbs[k]->word || strcmp(verbs[k]->word, v->word),
                          "two verbs of a kind begin with '%s'", v->word);
        for (unsigned k = 0; k < i; k++)
            ck_assert_msg(verbs[k]->kind != v->kind || !v->place || verbs[k]->place != v->place, "%s and %s have one place",
                          name_of(verbs[k]), name);
    }
}
END_TEST

/* Names that nothing declares are no matter of the grammar. */
static bool is_about_names(const char *message)
{
    static const char *const texts[] = {"there is no ",         "no act has ", "nothing exists",
                                        "is linked to nothing", "has no slot", "the run is over"};
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strstr(message, texts[i]))
            return true;
    return false;
}

START_TEST(each_example_is_a_line_of_its_verb)
{
    for (unsigned i = 0; i < count; i++) {
        const struct verb *v = verbs[i];
        struct scenario *sc = scenario_parse("x.scn", v->example, strlen(v->example), NULL);
        for (unsigned e = 0; e < scenario_error_count(sc); e++) {
            const char *text = scenario_error_text(sc, e, NULL, NULL);
            ck_assert_msg(is_about_names(text), "the example '%s': %s", v->example, text);
        }
        if (v->kind == VERB_EXPECTS)
            ck_assert_msg(sc->expect_count && sc->expects[0].verb == v, "'%s' is read by another verb", v->example);
        else if (v->kind == VERB_ACTS)
            ck_assert_msg(!strncmp(sc->items[0].text, v->word, strlen(v->word)), "'%s' is no line of %s", v->example, v->word);
        else
            ck_assert_msg(!strncmp(v->example, v->word, strlen(v->word)), "'%s' is no line of %s", v->example, v->word);
        scenario_destroy(sc);
    }
}
END_TEST

START_TEST(docs_have_the_index)
{
    char *docs = read_docs(), *index = NULL;
    size_t len;
    FILE *out = open_memstream(&index, &len);
    ck_assert(out);
    scenario_help_index(out);
    fclose(out);
    ck_assert_msg(strstr(docs, index), "the index of docs/scenario-language.md is another one; it should be:\n%s", index);
    free(index);
    free(docs);
}
END_TEST

static bool is_letter(char ch) { return isalnum((unsigned char)ch) || ch == '-' || ch == '_'; }

/* A word of the page: not a part of another one. */
static bool has_word(const char *page, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = page; (p = strstr(p, word)); p++)
        if (p > page && !is_letter(p[-1]) && !is_letter(p[len]))
            return true;
    return false;
}

START_TEST(docs_have_every_option)
{
    char *docs = read_docs();
    for (unsigned i = 0; i < count; i++)
        for (const struct verb_form *f = verbs[i]->forms; f->grammar; f++)
            for (unsigned k = 0; k < f->option_count; k++)
                ck_assert_msg(has_word(docs, f->options[k].word), "docs/scenario-language.md has no '%s' of '%s'",
                              f->options[k].word, f->grammar);
    free(docs);
}
END_TEST

/* The rows of the table of endings that name the verb, put together. */
static void find_endings(const char *docs, const char *word, char *all, size_t cap)
{
    char quoted[64];
    size_t len = 0;
    snprintf(quoted, sizeof(quoted), "`%s", word);
    const char *row = strstr(docs, "| act | can end as");
    ck_assert(row);
    all[0] = 0;
    for (row = strchr(row, '\n') + 1; *row == '|'; row = strchr(row, '\n') + 1) {
        const char *end = strchr(row, '\n'), *cell = strchr(row + 1, '|'), *at = row;
        while ((at = strstr(at, quoted)) && at < cell && isalnum((unsigned char)at[strlen(quoted)]))
            at++;
        if (at && at < cell)
            len += (size_t)snprintf(all + len, cap - len, "%.*s", (int)(end - cell), cell);
    }
}

START_TEST(docs_have_its_endings)
{
    char *docs = read_docs(), all[1000], word[32], quoted[40];
    for (unsigned i = 0; i < count; i++) {
        if (verbs[i]->kind != VERB_ACTS)
            continue;
        find_endings(docs, verbs[i]->word, all, sizeof(all));
        for (unsigned k = 0; k < SCN_ENDINGS; k++) {
            bool said = false;
            for (const char *p = verbs[i]->endings; p && sscanf(p, "%31s", word) == 1; p = strstr(p, word) + strlen(word))
                said |= !strcmp(word, scn_ending_words[k]);
            snprintf(quoted, sizeof(quoted), "`%s`", scn_ending_words[k]);
            bool common = k == SCN_ENDING_DONE || k == SCN_ENDING_NEVER;
            ck_assert_msg(common || said == (strstr(all, quoted) != NULL),
                          "%s: docs/scenario-language.md and the verb disagree about %s", verbs[i]->word, quoted);
        }
    }
    free(docs);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario_verbs");
    TCase *t = tcase_create("all");
    count = verbs_all(verbs);
    tcase_add_test(t, each_has_what_its_kind_needs);
    tcase_add_test(t, each_example_is_a_line_of_its_verb);
    tcase_add_test(t, docs_have_the_index);
    tcase_add_test(t, docs_have_every_option);
    tcase_add_test(t, docs_have_its_endings);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
