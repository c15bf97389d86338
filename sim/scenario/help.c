/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of the language to people: made from what its verbs are read with. */
#include <string.h>

#include "scenario/verb.h"

static const struct {
    const char *title; /* of a list of them */
    const char *one, *before; /* what one is; what stands before its words */
} kinds[VERB_KINDS] = {
    [VERB_DECLARES] = {"what exists", "a line of what exists", ""},
    [VERB_ACTS] = {"what happens, at a time", "an act of the timeline", "TIME [try] "},
    [VERB_EXPECTS] = {"what must be seen, at a time or at the end", "an expectation", "TIME|end "},
};

/* An expectation without a word of its own is called as it is written. */
static void name_of(const struct verb *v, char *name, size_t cap)
{
    const char *text = v->word ? v->word : v->forms[0].grammar;
    if (v->kind == VERB_EXPECTS)
        snprintf(name, cap, "%s%s", v->word ? "expect " : "", text);
    else
        snprintf(name, cap, "%s", text);
}

void scenario_help(FILE *out)
{
    const struct verb *verbs[VERBS_MAX];
    unsigned count = verbs_all(verbs);
    char name[160];
    for (unsigned i = 0; i < count; i++) {
        if (!i || verbs[i]->kind != verbs[i - 1]->kind)
            fprintf(out, "%s%s:\n", i ? "\n" : "", kinds[verbs[i]->kind].title);
        name_of(verbs[i], name, sizeof(name));
        if (strlen(name) > 16)
            fprintf(out, "  %s\n  %-16s  %s\n", name, "", verbs[i]->sentence);
        else
            fprintf(out, "  %-16s  %s\n", name, verbs[i]->sentence);
    }
}

void scenario_help_index(FILE *out)
{
    const struct verb *verbs[VERBS_MAX];
    unsigned count = verbs_all(verbs);
    char name[160];
    fprintf(out, "| line | what it does |\n|---|---|\n");
    for (unsigned i = 0; i < count; i++) {
        size_t len = (size_t)snprintf(name, sizeof(name), "%s", kinds[verbs[i]->kind].before);
        name_of(verbs[i], name + len, sizeof(name) - len);
        fprintf(out, "| `");
        for (const char *p = name; *p; p++)
            fprintf(out, "%s%c", *p == '|' ? "\\" : "", *p);
        fprintf(out, "` | %s |\n", verbs[i]->sentence);
    }
}

/* One of the words of an expectation that has none of its own: those in small letters. */
static bool is_written_with(const struct verb *v, const char *word)
{
    size_t len = strlen(word);
    for (const struct verb_form *f = v->forms; f->grammar; f++)
        for (const char *p = f->grammar; *p;) {
            size_t n = strcspn(p, " |[]");
            if (n == len && !strncmp(p, word, n) && n && p[0] >= 'a' && p[0] <= 'z' && strcmp(word, "expect"))
                return true;
            p += n;
            p += strspn(p, " |[]");
        }
    return false;
}

static void tell(const struct verb *v, FILE *out)
{
    char name[160];
    name_of(v, name, sizeof(name));
    fprintf(out, "%s, %s: %s\n\n", name, kinds[v->kind].one, v->sentence);
    for (const struct verb_form *f = v->forms; f->grammar; f++) {
        fprintf(out, "  %s%s\n", kinds[v->kind].before, f->grammar);
        if (f->sentence)
            fprintf(out, "      %s\n", f->sentence);
        for (unsigned i = 0; i < f->option_count; i++)
            fprintf(out, "          %s%s%s\n", f->options[i].word, *f->options[i].value ? " " : "", f->options[i].value);
    }
    fprintf(out, "\nexample: %s\n", v->example);
    if (v->kind == VERB_ACTS)
        fprintf(out, "It ends as: done %s%snever\n", v->endings ? v->endings : "", v->endings ? " " : "");
}

bool scenario_help_word(const char *word, FILE *out)
{
    const struct verb *verbs[VERBS_MAX];
    unsigned count = verbs_all(verbs), told = 0;
    for (unsigned i = 0; i < count; i++)
        if (verbs[i]->word ? !strcmp(verbs[i]->word, word) : is_written_with(verbs[i], word)) {
            fprintf(out, "%s", told++ ? "\n" : "");
            tell(verbs[i], out);
        }
    return told;
}

void scenario_help_words(const char *words[SCENARIO_WORDS_MAX])
{
    const struct verb *verbs[VERBS_MAX];
    unsigned count = verbs_all(verbs), found = 0;
    for (unsigned i = 0; i < count && found + 1 < SCENARIO_WORDS_MAX; i++)
        if (verbs[i]->word)
            words[found++] = verbs[i]->word;
    words[found] = NULL;
}
