/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of the language to people: made from what its verbs are read with. */
#include <stdarg.h>
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

void scenario_each_line(scenario_line_fn fn, void *to)
{
    const struct verb *verbs[VERBS_MAX];
    unsigned count = verbs_all(verbs);
    char name[160];
    for (unsigned i = 0; i < count; i++) {
        bool begins = !i || verbs[i]->kind != verbs[i - 1]->kind;
        name_of(verbs[i], name, sizeof(name));
        fn(to, begins ? kinds[verbs[i]->kind].title : NULL, name, verbs[i]->sentence);
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

/* One of the words that a line is written with: those in small letters. */
static bool has_word(const char *grammar, const char *word)
{
    static const char apart[] = " |[](),\"";
    size_t len = strlen(word);
    for (const char *p = grammar + strspn(grammar, apart); *p; p += strspn(p, apart)) {
        size_t n = strcspn(p, apart);
        if (n == len && !strncmp(p, word, n) && (p[0] == '-' || (p[0] >= 'a' && p[0] <= 'z')))
            return true;
        p += n;
    }
    return false;
}

static bool is_written_with(const struct verb *v, const char *word)
{
    for (const struct verb_form *f = v->forms; f->grammar; f++)
        if (has_word(f->grammar, word))
            return true;
    return false;
}

/* Where help goes: a line at a time. */
struct teller {
    scenario_help_fn fn;
    void *to;
};

static void say(const struct teller *t, int indent, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void say(const struct teller *t, int indent, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    t->fn(t->to, text, indent);
}

static void say_option(const struct teller *t, const struct scn_option *option)
{
    say(t, 10, "%s%s%s", option->word, *option->value ? " " : "", option->value);
}

static void tell(const struct verb *v, const struct teller *t)
{
    char name[160];
    name_of(v, name, sizeof(name));
    say(t, 0, "%s, %s: %s", name, kinds[v->kind].one, v->sentence);
    say(t, 0, "%s", "");
    for (const struct verb_form *f = v->forms; f->grammar; f++) {
        say(t, 2, "%s%s", kinds[v->kind].before, f->grammar);
        if (f->sentence)
            say(t, 6, "%s", f->sentence);
        for (unsigned i = 0; i < f->option_count; i++)
            say_option(t, &f->options[i]);
    }
    say(t, 0, "%s", "");
    say(t, 0, "example: %s", v->example);
    if (v->kind == VERB_ACTS)
        say(t, 0, "It ends as: done %s%snever", v->endings ? v->endings : "", v->endings ? " " : "");
}

/* The forms of a verb that have the word somewhere, or an option of it. */
static bool tell_where(const struct verb *v, const char *word, const struct teller *t)
{
    bool told = false;
    for (const struct verb_form *f = v->forms; f->grammar; f++) {
        bool said = has_word(f->grammar, word);
        if (said)
            say(t, 2, "%s%s", kinds[v->kind].before, f->grammar);
        for (unsigned i = 0; i < f->option_count; i++) {
            const struct scn_option *option = &f->options[i];
            if (strcmp(option->word, word) && !has_word(option->value, word))
                continue;
            if (!said)
                say(t, 2, "%s%s", kinds[v->kind].before, f->grammar);
            said = true;
            say_option(t, option);
        }
        told |= said;
    }
    return told;
}

/* Words of a line that are no verb's. */
static const struct {
    const char *word, *text;
} frame_words[] = {
    {"expect", "TIME|end expect …: what must be seen, at that time or when the run is over"},
    {"end", "end expect …: when the run is over; only an expectation can wait for it"},
    {"try", "TIME try ACT: the act may end as it likes, without failing the run"},
};

static bool tell_frame_word(const char *word, const struct teller *t)
{
    const struct verb *verbs[VERBS_MAX];
    unsigned count = verbs_all(verbs);
    for (unsigned i = 0; i < sizeof(frame_words) / sizeof(frame_words[0]); i++) {
        if (strcmp(frame_words[i].word, word))
            continue;
        say(t, 0, "%s", frame_words[i].text);
        for (unsigned k = 0; k < count && strcmp(word, "try"); k++)
            for (const struct verb_form *f = verbs[k]->kind == VERB_EXPECTS ? verbs[k]->forms : NULL; f && f->grammar; f++)
                say(t, 2, "%s", f->grammar);
        return true;
    }
    return false;
}

/* "expect drops", as lists of lines name it: the expectations that begin so, or are written with that word. */
static bool tell_expectation(const char *word, const struct teller *t)
{
    const struct verb *verbs[VERBS_MAX];
    unsigned count = verbs_all(verbs), told = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct verb *v = verbs[i];
        if (v->kind != VERB_EXPECTS || (v->word ? strcmp(v->word, word) != 0 : !is_written_with(v, word)))
            continue;
        if (told++)
            say(t, 0, "%s", "");
        tell(v, t);
    }
    return told;
}

bool scenario_help_word(const char *word, scenario_help_fn fn, void *to)
{
    const struct verb *verbs[VERBS_MAX];
    struct teller t = {fn, to};
    unsigned count = verbs_all(verbs), told = 0;
    if (!strncmp(word, "expect ", 7))
        return tell_expectation(word + 7, &t);
    if (tell_frame_word(word, &t))
        return true;
    for (unsigned i = 0; i < count; i++)
        if (verbs[i]->word ? !strcmp(verbs[i]->word, word) : is_written_with(verbs[i], word)) {
            if (told++)
                say(&t, 0, "%s", "");
            tell(verbs[i], &t);
        }
    bool begins_lines = told;
    for (unsigned i = 0; i < count && !begins_lines; i++)
        told += tell_where(verbs[i], word, &t);
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
