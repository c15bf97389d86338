/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be seen: end expect …, TIME expect …, * WHO > TEXT, !> TEXT. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "scenario/model.h"

static const char *const metric_words[] = {"sent",      "delivered", "lost",    "duplicated", "reordered",
                                           "in-flight", "blackout",  "latency", NULL};
const char *const scn_op_words[] = {"=", "!=", "<", "<=", ">", ">="};

static bool is_metric(const char *word)
{
    for (int i = 0; metric_words[i]; i++)
        if (!strcmp(metric_words[i], word))
            return true;
    return false;
}

static struct scn_expect *add(struct scn_cursor *c, const struct scn_expect *from)
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

static void take_metric(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const percentiles[] = {"p50", "p99", "max", NULL};
    int which = scn_choice(c, "figure of a flow", metric_words);
    if (which < 0)
        return;
    e->metric = (enum scn_metric)which;
    char figure[24];
    snprintf(figure, sizeof(figure), "%s", metric_words[which]);
    if (!strcmp(metric_words[which], "latency")) {
        int p = scn_choice(c, "percentile", percentiles);
        if (p < 0)
            return;
        e->metric = (enum scn_metric)(SCN_P50 + p);
        snprintf(figure, sizeof(figure), "latency %s", percentiles[p]);
    }
    e->op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (e->metric >= SCN_BLACKOUT)
        scn_time(c, "a time", &e->value);
    else
        scn_count(c, "a number of frames", &e->value);
    e->text = scn_printf(c->file, "%s %s %s %s", e->name.text, figure, scn_op_words[e->op], shown);
}

static void parse_flow_figures(struct scn_cursor *c, const struct scn_expect *from)
{
    while (scn_peek(c)) {
        struct scn_expect e = *from;
        e.subject = SCN_EXPECT_FLOW;
        e.at = scn_peek(c)->at;
        take_metric(c, &e);
        if (c->failed || !add(c, &e))
            return;
    }
}

static void take_reason(struct scn_cursor *c, struct scn_expect *e)
{
    const struct scn_word *word = scn_take(c, "a reason such as rx_no_descriptor");
    if (!word)
        return;
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    for (int i = 0; i < FATE_COUNT; i++) {
        if (fate_is_delivery((enum fate)i))
            continue;
        if (!strcmp(word->text, fate_name((enum fate)i))) {
            e->fate = i;
            return;
        }
        scn_suggest_try(&suggest, fate_name((enum fate)i));
    }
    scn_fail(c, word->at, "no frame is ever dropped for the reason '%s'%s", word->text,
             scn_suggest_text(&suggest, near, sizeof(near)));
}

/* drops [at PLACE] [reason WORD] (count | total) [OP] N */
static void parse_drops(struct scn_cursor *c, const struct scn_expect *from)
{
    static const char *const words[] = {"at", "reason", "count", "total", NULL};
    struct scn_expect e = *from;
    e.subject = SCN_EXPECT_DROPS;
    for (int which = -1; which < 2 && !c->failed;) {
        which = scn_choice(c, "figure of drops", words);
        if (which == 0) {
            const struct scn_word *place = scn_take(c, "a place such as h0.vmnic0 or \"h0.vmnic0 vf 2\"");
            if (place)
                e.place = *place;
        } else if (which == 1) {
            take_reason(c, &e);
        }
    }
    e.op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (!scn_count(c, "a number of frames", &e.value))
        return;
    e.text = scn_printf(c->file, "drops%s%s%s%s %s %s", e.place.text ? " at " : "", e.place.text ? e.place.text : "",
                        e.fate >= 0 ? " reason " : "", e.fate >= 0 ? fate_name((enum fate)e.fate) : "", scn_op_words[e.op],
                        shown);
    add(c, &e);
}

static void take_optional_reason(struct scn_cursor *c, struct scn_expect *e)
{
    if (!scn_accept(c, "reason"))
        return;
    const struct scn_word *word = scn_take(c, "part of the reason, in quotes");
    if (word)
        e->reason = word->text;
}

/* switch V N RESULT, control V N RESULT */
static void parse_nth(struct scn_cursor *c, const struct scn_expect *from, bool is_switch)
{
    static const char *const results[] = {"done", "undone", "forced", "refused", NULL};
    static const enum switch_result values[] = {SWITCH_DONE, SWITCH_UNDONE, SWITCH_FORCED, SWITCH_REFUSED};
    static const char *const answers[] = {"refused", "allowed", NULL};
    struct scn_expect e = *from;
    uint64_t n;
    e.subject = is_switch ? SCN_EXPECT_SWITCH : SCN_EXPECT_CONTROL;
    const struct scn_word *vm = scn_take(c, "a VM");
    if (!vm || !scn_number(c, is_switch ? "which switch of the VM" : "which request of the VM", 1, 100000, &n))
        return;
    e.name = *vm;
    e.nth = (unsigned)n;
    int state =
        is_switch ? scn_choice(c, "result of a switch", results) : scn_choice(c, "answer to a request", answers);
    if (state < 0)
        return;
    e.state = is_switch ? (int)values[state] : state;
    const char *shown = is_switch ? results[state] : answers[state];
    take_optional_reason(c, &e);
    scn_finish(c);
    e.text = scn_printf(c->file, "%s %s %u %s%s%s%s", is_switch ? "switch" : "control", vm->text, e.nth, shown,
                        e.reason ? " reason \"" : "", e.reason ? e.reason : "", e.reason ? "\"" : "");
    add(c, &e);
}

static void parse_replay_state(struct scn_cursor *c, const struct scn_expect *from)
{
    static const char *const states[] = {"blocked", "finished", NULL};
    struct scn_expect e = *from;
    e.subject = SCN_EXPECT_REPLAY;
    const struct scn_word *name = scn_take(c, "a replay");
    int state = name ? scn_choice(c, "state of a replay", states) : -1;
    scn_finish(c);
    if (state < 0 || c->failed)
        return;
    e.name = *name;
    e.state = state;
    e.text = scn_printf(c->file, "replay %s %s", name->text, states[state]);
    add(c, &e);
}

static void parse_books(struct scn_cursor *c, const struct scn_expect *from)
{
    struct scn_expect e = *from;
    scn_need(c, "balanced");
    scn_finish(c);
    e.subject = SCN_EXPECT_BOOKS;
    e.text = "books balanced";
    if (!c->failed)
        add(c, &e);
}

static void parse_mode_state(struct scn_cursor *c, const struct scn_expect *from)
{
    static const char *const states[] = {"passthrough", "emulated",   "ended",     "suspended", "sent",    "delivered",
                                         "lost",        "duplicated", "reordered", "in-flight", "blackout", "latency",
                                         NULL};
    struct scn_expect e = *from;
    int state = scn_choice(c, "state or figure", states);
    scn_finish(c);
    if (state < 0 || c->failed)
        return;
    e.subject = SCN_EXPECT_MODE;
    e.state = state;
    e.text = scn_printf(c->file, "%s %s", e.name.text, states[state]);
    add(c, &e);
}

/* V downtime [OP] T: the longest of its migrations */
static void parse_downtime(struct scn_cursor *c, const struct scn_expect *from)
{
    struct scn_expect e = *from;
    scn_need(c, "downtime");
    e.subject = SCN_EXPECT_DOWNTIME;
    e.op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (!scn_time(c, "a time", &e.value))
        return;
    scn_finish(c);
    e.text = scn_printf(c->file, "%s downtime %s %s", e.name.text, scn_op_words[e.op], shown);
    if (!c->failed)
        add(c, &e);
}

/* act "TEXT" [N] ENDING [reason "…"]: how the Nth act whose line has TEXT ended */
static void parse_act_ending(struct scn_cursor *c, const struct scn_expect *from)
{
    struct scn_expect e = *from;
    uint64_t n = 1;
    const struct scn_word *text = scn_take(c, "part of the act's line, in quotes"), *next = scn_peek(c);
    if (text && next && next->text[0] >= '0' && next->text[0] <= '9' && !scn_number(c, "which of such acts", 1, 100000, &n))
        return;
    int ending = text ? scn_choice(c, "ending of an act", scn_ending_words) : -1;
    if (ending < 0)
        return;
    e.subject = SCN_EXPECT_ACT;
    e.name = *text;
    e.nth = (unsigned)n;
    e.state = ending;
    take_optional_reason(c, &e);
    scn_finish(c);
    e.text = scn_printf(c->file, "act \"%s\"%s %s%s%s%s", text->text, n > 1 ? scn_printf(c->file, " %u", e.nth) : "",
                        scn_ending_words[ending], e.reason ? " reason \"" : "", e.reason ? e.reason : "",
                        e.reason ? "\"" : "");
    if (!c->failed)
        add(c, &e);
}

void scn_parse_expect(struct scn_cursor *c, bool at_end, sim_time at)
{
    struct scn_expect e = {.at_end = at_end, .time = at, .fate = -1};
    enum standstill_kind kind;
    const struct scn_word *subject =
        scn_take(c, "what is expected: a flow, a VM, drops, switch, migration, hotplug, control, replay, act, measure or books");
    if (!subject)
        return;
    e.at = subject->at;
    e.name = *subject;
    const struct scn_word *next = scn_peek(c);
    if (!next)
        scn_fail(c, c->end, "the line ends where '%s' should be followed by what is expected of it", subject->text);
    else if (is_metric(next->text)) /* first: a flow may be called "drops" or "books" */
        parse_flow_figures(c, &e);
    else if (!strcmp(subject->text, "drops"))
        parse_drops(c, &e);
    else if (!strcmp(subject->text, "switch") || !strcmp(subject->text, "control"))
        parse_nth(c, &e, subject->text[0] == 's');
    else if (scn_is_standstill(subject->text, &kind)) {
        if (scn_parse_expect_standstill(c, &e, kind))
            add(c, &e);
    } else if (!strcmp(subject->text, "hotplug")) {
        if (scn_parse_expect_hotplug(c, &e))
            add(c, &e);
    } else if (!strcmp(subject->text, "replay"))
        parse_replay_state(c, &e);
    else if (!strcmp(subject->text, "measure")) {
        if (scn_parse_expect_measure(c, &e))
            add(c, &e);
    } else if (!strcmp(subject->text, "books"))
        parse_books(c, &e);
    else if (!strcmp(subject->text, "act"))
        parse_act_ending(c, &e);
    else if (!strcmp(subject->text, "migration") || !strcmp(next->text, "on")) {
        if (scn_parse_expect_migrate(c, &e))
            add(c, &e);
    } else if (!strcmp(next->text, "reason")) {
        if (scn_parse_expect_reason(c, &e))
            add(c, &e);
    } else if (!strcmp(next->text, "downtime"))
        parse_downtime(c, &e);
    else
        parse_mode_state(c, &e);
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
