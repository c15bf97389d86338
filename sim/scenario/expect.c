/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be seen: end expect …, TIME expect …, * WHO > TEXT, !> TEXT. */
#include <string.h>

#include "scenario/verb.h"

const char *const scn_op_words[] = {"=", "!=", "<", "<=", ">", ">="};

const char *const scn_ending_words[SCN_ENDINGS + 1] = {
#define SCN_ENDING(name, word, sentence) [SCN_ENDING_##name] = (word),
#include "scenario/ending.def"
#undef SCN_ENDING
};

struct scn_expect *scn_add_expect(struct scn_cursor *c, const struct scn_expect *from)
{
    struct scenario *sc = scn_scenario(c);
    if (sc->expect_count == SCN_EXPECTS_MAX) {
        scn_fail(c, from->at, "more than %d expectations", SCN_EXPECTS_MAX);
        return NULL;
    }
    struct scn_expect *expect = SCN_ADD(sc->expects, sc->expect_count);
    *expect = *from;
    return expect;
}

/* An operator, alone or glued to its number: "< 1ms", ">=100". Cuts it off the word. None means equal. */
enum scn_op scn_take_op(struct scn_cursor *c)
{
    if (c->next >= c->count)
        return SCN_EQ;
    struct scn_word *word = &c->words[c->next];
    const char *text = word->text;
    enum scn_op op = SCN_EQ;
    size_t len = 0;
    for (int i = 0; i < 6; i++)
        if (!strncmp(text, scn_op_words[i], strlen(scn_op_words[i])) && strlen(scn_op_words[i]) > len) {
            op = (enum scn_op)i;
            len = strlen(scn_op_words[i]);
        }
    if (!strncmp(text, "==", 2))
        len = 2;
    if (!text[len]) {
        if (len)
            c->next++;
    } else {
        word->text += len;
        word->at.col += (uint32_t)len;
        word->at.len -= (uint32_t)len;
    }
    return op;
}

bool scn_compare(uint64_t seen, enum scn_op op, uint64_t value)
{
    switch (op) {
    case SCN_EQ:
        return seen == value;
    case SCN_NE:
        return seen != value;
    case SCN_LT:
        return seen < value;
    case SCN_LE:
        return seen <= value;
    case SCN_GT:
        return seen > value;
    case SCN_GE:
        return seen >= value;
    }
    return false;
}

int scn_find_act(const struct scenario *sc, const char *text, unsigned nth)
{
    unsigned found = 0;
    for (unsigned i = 0; i < sc->item_count; i++)
        if (scn_contains(sc->items[i].text, text) && ++found == nth)
            return (int)i;
    return -1;
}

void scn_parse_expect(struct scn_cursor *c, bool at_end, sim_time at)
{
    struct scn_expect e = {.at_end = at_end, .time = at, .fate = -1};
    const struct scn_word *subject = scn_take(
        c, "what is expected: a flow, a VM, drops, switch, migration, hotplug, control, replay, exchange, act, measure or books");
    if (!subject)
        return;
    e.at = subject->at;
    e.name = *subject;
    const struct scn_word *next = scn_peek(c);
    if (!next) {
        scn_fail(c, c->end, "the line ends where '%s' should be followed by what is expected of it", subject->text);
        return;
    }
    e.verb = verb_of_expectation(subject->text, next->text);
    if (e.verb->expect(c, &e))
        scn_add_expect(c, &e);
}

/* ---- the trace ---- */

void scn_parse_trace(struct scn_cursor *c, bool never)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_trace trace = {.at = c->words[0].at, .never = never};
    const struct scn_word *first = scn_take(c, "'>' and the sentence");
    if (!first)
        return;
    if (first->quoted || strcmp(first->text, ">")) {
        trace.who = first->text;
        if (!scn_need(c, ">"))
            return;
    }
    size_t len = 0;
    for (unsigned i = c->next; i < c->count; i++)
        len += strlen(c->words[i].text) + 1;
    if (!len) {
        scn_fail(c, c->end, "the line ends where the sentence should follow");
        return;
    }
    if (sc->trace_count == SCN_TRACES_MAX) {
        scn_fail(c, trace.at, "more than %d expected sentences", SCN_TRACES_MAX);
        return;
    }
    char *text = scn_alloc(&sc->file, len + 1), *p = text;
    for (; c->next < c->count; c->next++)
        p += sprintf(p, "%s%s", p == text ? "" : " ", c->words[c->next].text);
    trace.text = text;
    *SCN_ADD(sc->traces, sc->trace_count) = trace;
}
