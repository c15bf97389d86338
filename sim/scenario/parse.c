/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line: a declaration, or a time and what happens then, or what must be seen. */
#include <string.h>

#include "scenario/verb.h"

static void happens_at_a_time(struct scn_cursor *c)
{
    const struct scn_word *word = &c->words[0];
    scn_fail(c, word->at, "'%s' happens at a time: begin the line with one, as in '0 %s …' or '+10us %s …'%s", word->text,
             word->text, word->text, strcmp(word->text, "expect") ? "" : ", or with 'end'");
}

/* Some words declare as well: what follows tells which was meant. */
static bool is_act_without_time(const struct scn_cursor *c)
{
    const struct verb *act = c->words[0].quoted ? NULL : verb_find(VERB_ACTS, c->words[0].text);
    return act && act->is_meant && act->is_meant(c);
}

static bool begins_an_act(const char *word)
{
    return verb_find(VERB_ACTS, word) || !strcmp(word, "expect") || !strcmp(word, "try");
}

/* What is neither a declaration nor a time: say which it was meant to be. */
static void refuse_first_word(struct scn_cursor *c)
{
    const struct scn_word *word = &c->words[0];
    if (begins_an_act(word->text)) {
        happens_at_a_time(c);
        return;
    }
    const char *words[VERBS_MAX];
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    verb_words(scn_scenario(c), VERB_DECLARES, words);
    for (unsigned i = 0; words[i]; i++)
        scn_suggest_try(&suggest, words[i]);
    scn_suggest_try(&suggest, "end");
    scn_fail(c, word->at, "a line begins with a declaration (host, nic, vm, …), a time (0, +10us, 5ms), '*' or 'end', not '%s'%s",
             word->text, scn_suggest_text(&suggest, near, sizeof(near)));
}

/* The words from `first` on, joined by single spaces. */
static const char *text_from(struct scn_cursor *c, unsigned first)
{
    size_t len = 1;
    for (unsigned i = first; i < c->count; i++)
        len += strlen(c->words[i].text) + 3;
    char *text = scn_alloc(c->file, len), *p = text;
    for (unsigned i = first; i < c->count; i++)
        p += sprintf(p, c->words[i].quoted ? "%s\"%s\"" : "%s%s", i == first ? "" : " ", c->words[i].text);
    return text;
}

static void parse_one(struct scn_cursor *c, struct scn_item *item)
{
    const char *words[VERBS_MAX + 2];
    unsigned verbs = verb_words(scn_scenario(c), VERB_ACTS, words);
    words[verbs] = "expect"; /* taken before: for the message */
    words[verbs + 1] = "try";
    words[verbs + 2] = NULL;
    const struct scn_word *word = scn_peek(c);
    int i = scn_choice(c, "verb of the timeline", words);
    if (i >= 0 && i < (int)verbs) {
        item->verb = verb_find(VERB_ACTS, words[i]);
        item->verb->parse(c, item);
    } else if (i >= 0) {
        scn_fail(c, word->at, "'try' goes before an act, once");
    }
    scn_finish(c);
}

/* A line of the timeline behind its time. */
static void parse_act(struct scn_cursor *c, sim_time at)
{
    struct scenario *sc = scn_scenario(c);
    if (sc->item_count == SCN_ITEMS_MAX) {
        scn_fail(c, c->words[0].at, "more than %d lines of timeline", SCN_ITEMS_MAX);
        return;
    }
    bool tries = scn_accept(c, "try");
    const char *text = text_from(c, c->next);
    if (!tries && scn_accept(c, "expect")) {
        scn_parse_expect(c, false, at);
        return;
    }
    struct scn_pos pos = scn_peek(c) ? scn_peek(c)->at : c->end;
    struct scn_item *item = SCN_ADD(sc->items, sc->item_count);
    *item = (struct scn_item){.at = pos, .time = at, .text = text, .tries = tries};
    parse_one(c, item);
}

static void parse_timed(struct scn_cursor *c)
{
    const struct scn_word *word = &c->words[0];
    const char *text = word->text;
    bool relative = *text == '+';
    if (*text == '+' || *text == '@')
        text++;
    sim_time time;
    switch (scn_parse_time(text, &time)) {
    case 0:
        break;
    case -2:
        scn_fail(c, word->at, "a time needs its unit: '%s' could be %sns, %sus, %sms or %ss", word->text, word->text, word->text,
                 word->text, word->text);
        return;
    case -3:
        scn_fail(c, word->at, "'%s' has an unknown unit; times are written like 10ns, 10us, 10ms or 10s", word->text);
        return;
    default:
        scn_fail(c, word->at, "'%s' is no time such as 0, +10us or 5ms", word->text);
        return;
    }
    if (relative)
        time = sim_time_add(scn_scenario(c)->last_time, time);
    if (time > SCN_TIME_MAX) {
        scn_fail(c, word->at, "later than the 1,000,000 s a run can last");
        return;
    }
    scn_scenario(c)->last_time = time;
    parse_act(c, time);
}

static void parse_once(struct scn_cursor *c)
{
    const struct scn_word *first = &c->words[c->next++];
    if (is_act_without_time(c)) {
        happens_at_a_time(c);
        return;
    }
    const struct verb *declaration = first->quoted ? NULL : verb_find(VERB_DECLARES, first->text);
    if (declaration) {
        declaration->declare(c);
    } else if (first->quoted) {
        refuse_first_word(c);
    } else if (!strcmp(first->text, "end")) {
        if (scn_need(c, "expect"))
            scn_parse_expect(c, true, 0);
    } else if (strchr("0123456789+@", first->text[0])) {
        parse_timed(c);
    } else if (!strcmp(first->text, "*>") || !strcmp(first->text, "!>")) {
        bool never = first->text[0] == '!';
        c->next--;
        c->words[0].text = ">";
        scn_parse_trace(c, never);
    } else if (!strcmp(first->text, "*") || !strcmp(first->text, "!")) {
        scn_parse_trace(c, first->text[0] == '!');
    } else {
        refuse_first_word(c);
    }
}

/* A sentence of the trace is taken as it is written. */
static bool is_sentence(const struct scn_word *first) { return !first->quoted && (first->text[0] == '*' || first->text[0] == '!'); }

void scn_parse_line(struct scn_cursor *c)
{
    struct scn_word words[SCN_WORDS_MAX];
    if (is_sentence(&c->words[0])) {
        parse_once(c);
        return;
    }
    unsigned count = scn_repetitions(c);
    for (unsigned i = 0; i < count && !c->failed; i++) {
        struct scn_cursor one;
        scn_repetition(c, i, words, &one);
        parse_once(&one);
        c->failed = one.failed;
    }
}

/* ---- an act that comes while the world runs ---- */

static void parse_now(struct scn_cursor *c)
{
    const struct scn_word *first = &c->words[0];
    if (!first->quoted && !strcmp(first->text, "expect"))
        scn_fail(c, first->at, "what must be seen stands in the scenario: only acts come while it runs");
    else if (!first->quoted && strchr("0123456789+@*!", first->text[0]))
        scn_fail(c, first->at, "an act that comes while it runs happens now: it begins with its verb, not with '%s'", first->text);
    else
        parse_act(c, scn_scenario(c)->last_time);
}

bool scn_parse_now(struct scenario *sc, const char *line, size_t len, sim_time now)
{
    unsigned before = sc->item_count;
    sc->last_time = now;
    if (!scn_file_add(&sc->file, line, len))
        return false;
    scn_parse_text(&sc->file, parse_now);
    if (!sc->file.error_count && sc->item_count == before)
        scn_error(&sc->file, (struct scn_pos){sc->file.lines, 1, 1}, "no act: the line is empty");
    if (sc->file.error_count)
        return false;
    for (unsigned i = before; i < sc->item_count; i++)
        sc->items[i].tries = true; /* who asked is told what came of it */
    for (unsigned i = before; i < sc->item_count; i++) {
        for (unsigned k = 0; k < sc->verb_count; k++)
            if (sc->verbs[k]->check_late)
                sc->verbs[k]->check_late(sc, &sc->items[i]);
        if (sc->items[i].said && sc->items[i].verb->check)
            sc->items[i].verb->check(sc, &sc->items[i]);
    }
    return !sc->file.error_count;
}
