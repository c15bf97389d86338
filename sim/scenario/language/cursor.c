/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking the words of a line; every way of taking one says what it wanted when it is not there. */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/language/language.h"

const struct scn_word *scn_peek(const struct scn_cursor *c) { return c->next < c->count && !c->failed ? &c->words[c->next] : NULL; }

void scn_fail(struct scn_cursor *c, struct scn_pos at, const char *fmt, ...)
{
    if (c->failed) /* one message a line: what follows is often its echo */
        return;
    c->failed = true;
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (c->repeated && !strstr(text, c->repeated))
        scn_error(c->file, at, "%s (%s of %s)", text, c->repeated, c->range);
    else
        scn_error(c->file, at, "%s", text);
}

const struct scn_word *scn_take(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_peek(c);
    if (!word) {
        scn_fail(c, c->end, "the line ends where %s should follow", what);
        return NULL;
    }
    c->next++;
    return word;
}

struct scn_word scn_take_word(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_take(c, what);
    return word ? *word : (struct scn_word){0};
}

bool scn_take_into(struct scn_cursor *c, const char *what, struct scn_word *out)
{
    const struct scn_word *word = scn_take(c, what);
    if (word)
        *out = *word;
    return word;
}

bool scn_accept(struct scn_cursor *c, const char *word)
{
    const struct scn_word *next = scn_peek(c);
    if (!next || next->quoted || strcmp(next->text, word))
        return false;
    c->next++;
    return true;
}

int scn_accept_one(struct scn_cursor *c, const char *const words[], uint32_t *seen)
{
    const struct scn_word *word = scn_peek(c);
    for (int i = 0; words[i]; i++) {
        if (!scn_accept(c, words[i]))
            continue;
        if (!(*seen & UINT32_C(1) << i)) {
            *seen |= UINT32_C(1) << i;
            return i;
        }
        scn_fail(c, word->at, "'%s' is given twice", words[i]);
        return -1;
    }
    return -1;
}

bool scn_need(struct scn_cursor *c, const char *word)
{
    const struct scn_word *next = scn_peek(c);
    if (!next) {
        scn_fail(c, c->end, "the line ends where '%s' should follow", word);
        return false;
    }
    if (!scn_accept(c, word)) {
        scn_fail(c, next->at, "expected '%s', found '%s'", word, next->text);
        return false;
    }
    return true;
}

static void list_words(char *buf, size_t cap, const char *const words[])
{
    size_t len = 0;
    buf[0] = 0;
    for (unsigned i = 0; words[i] && len < cap; i++)
        len += (size_t)snprintf(buf + len, cap - len, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

int scn_choice(struct scn_cursor *c, const char *what, const char *const words[])
{
    char all[300], near[80];
    list_words(all, sizeof(all), words);
    const struct scn_word *word = scn_peek(c);
    if (!word) {
        scn_fail(c, c->end, "the line ends where %s should follow: %s", what, all);
        return -1;
    }
    struct scn_suggest suggest;
    scn_suggest_init(&suggest, word->text);
    for (int i = 0; words[i]; i++) {
        if (!strcmp(word->text, words[i])) {
            c->next++;
            return i;
        }
        scn_suggest_try(&suggest, words[i]);
    }
    if (suggest.best)
        scn_fail(c, word->at, "'%s' is no %s%s", word->text, what, scn_suggest_text(&suggest, near, sizeof(near)));
    else
        scn_fail(c, word->at, "'%s' is no %s; it is one of %s", word->text, what, all);
    return -1;
}

enum { OPTIONS_MAX = 32 };

bool scn_pick(struct scn_cursor *c, const char *what, const struct scn_named named[], int *value)
{
    const char *words[OPTIONS_MAX];
    unsigned count = 0;
    for (; named[count].word; count++) {
        assert(count < OPTIONS_MAX - 1);
        words[count] = named[count].word;
    }
    words[count] = NULL;
    int i = scn_choice(c, what, words);
    if (i >= 0)
        *value = named[i].value;
    return i >= 0;
}

bool scn_on_off(struct scn_cursor *c, const char *what)
{
    static const char *const words[] = {"off", "on", NULL};
    return scn_choice(c, what, words) == 1;
}

void scn_finish(struct scn_cursor *c)
{
    const struct scn_word *word = scn_peek(c);
    if (word)
        scn_fail(c, word->at, "'%s' is too much: the line is complete before it", word->text);
}

void scn_end_properties(struct scn_cursor *c, const char *what, const char *const words[])
{
    const struct scn_word *word = scn_peek(c);
    for (unsigned i = 0; word && i < c->option_count; i++)
        if (!strcmp(word->text, c->options[i].word))
            return;
    if (word)
        scn_choice(c, what, words);
}

static int choose(struct scn_cursor *c, const char *what, const struct scn_option *options, unsigned count)
{
    const char *words[OPTIONS_MAX];
    assert(count < OPTIONS_MAX);
    for (unsigned i = 0; i < count; i++)
        words[i] = options[i].word;
    words[count] = NULL;
    return scn_choice(c, what, words);
}

bool scn_take_option(struct scn_cursor *c, const char *what, const struct scn_option *options, unsigned count, void *into)
{
    int i = choose(c, what, options, count);
    if (i >= 0)
        options[i].parse(c, into);
    return !c->failed;
}

void scn_options(struct scn_cursor *c, const char *what, const struct scn_option *options, unsigned count, void *into)
{
    uint32_t seen = 0;
    c->options = options;
    c->option_count = count;
    for (const struct scn_word *word; (word = scn_peek(c));) {
        int i = choose(c, what, options, count);
        if (i < 0)
            return;
        if (seen & 1u << i) {
            scn_fail(c, word->at, "'%s' is given twice", word->text);
            return;
        }
        seen |= 1u << i;
        options[i].parse(c, into);
    }
}
