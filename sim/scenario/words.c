/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the language, for editors: gathered from what its verbs are read with. */
#include <string.h>

#include "scenario/verb.h"

static bool is_letter(char ch) { return ch >= 'a' && ch <= 'z'; }

/* A word of the language is in small letters ("rx-usecs", "rfc2889"), or an option as commands have them ("-vv", "-S",
 * "--set-priv-flags"); what has capitals is a value ("NIC"). */
static bool is_word(const char *text, size_t len)
{
    size_t dashes = 0;
    while (dashes < len && text[dashes] == '-')
        dashes++;
    if (dashes == 1 && len == 2)
        return is_letter(text[1]) || is_letter((char)(text[1] | 0x20));
    if (dashes == len || !is_letter(text[dashes]))
        return false;
    for (size_t i = dashes; i < len; i++)
        if (!is_letter(text[i]) && !(text[i] >= '0' && text[i] <= '9') && text[i] != '-' && text[i] != '_')
            return false;
    return true;
}

/* Of a grammar, or of a list of words. */
static void each_in(const char *text, enum scenario_word_kind kind, scenario_word_fn fn, void *to)
{
    static const char apart[] = " |[](),\"";
    while (*text) {
        text += strspn(text, apart);
        size_t len = strcspn(text, apart);
        if (is_word(text, len))
            fn(to, text, len, kind);
        text += len;
    }
}

static void each_of(const struct verb *v, scenario_word_fn fn, void *to)
{
    static const enum scenario_word_kind kinds[VERB_KINDS] = {
        [VERB_DECLARES] = SCENARIO_DECLARES, [VERB_ACTS] = SCENARIO_ACTS, [VERB_EXPECTS] = SCENARIO_EXPECTS};
    if (v->word)
        fn(to, v->word, strlen(v->word), kinds[v->kind]);
    for (unsigned i = 0; v->behind && v->behind[i]; i++)
        fn(to, v->behind[i], strlen(v->behind[i]), SCENARIO_OPTION);
    for (const struct verb_form *f = v->forms; f->grammar; f++) {
        each_in(f->grammar, SCENARIO_OPTION, fn, to);
        for (unsigned i = 0; i < f->option_count; i++) {
            fn(to, f->options[i].word, strlen(f->options[i].word), SCENARIO_OPTION);
            each_in(f->options[i].value, SCENARIO_OPTION, fn, to);
        }
    }
    each_in(v->endings ? v->endings : "", SCENARIO_OPTION, fn, to);
}

void scenario_each_word(scenario_word_fn fn, void *to)
{
    const struct verb *verbs[VERBS_MAX];
    unsigned count = verbs_all(verbs);
    for (unsigned i = 0; i < count; i++)
        each_of(verbs[i], fn, to);
    for (unsigned i = 0; scn_unit_at(i); i++)
        fn(to, scn_unit_at(i), strlen(scn_unit_at(i)), SCENARIO_UNIT);
}
