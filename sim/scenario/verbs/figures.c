/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect F FIGURE OP N …: what the books say of a flow or a replay; and frames that stand still, which nobody expected. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

enum figure { SENT, DELIVERED, LOST, DUPLICATED, REORDERED, IN_FLIGHT, BLACKOUT, P50, P99, MAX, FIGURES };

/* As the table of expectations calls them; a latency has its percentile behind it. */
const char *const verb__figure_words[VERB_FIGURE_WORDS + 1] = {
    [SENT] = "sent",           [DELIVERED] = "delivered", [LOST] = "lost",         [DUPLICATED] = "duplicated",
    [REORDERED] = "reordered", [IN_FLIGHT] = "in-flight", [BLACKOUT] = "blackout", [VERB_FIGURE_WORDS - 1] = "latency"};

static bool take_latency(struct scn_cursor *c, struct scn_expect *e, const char **shown)
{
    static const char *const percentiles[] = {"p50", "p99", "max", NULL};
    static const enum figure figures[] = {P50, P99, MAX};
    int which = scn_choice(c, "percentile", percentiles);
    if (which < 0)
        return false;
    e->figure = figures[which];
    *shown = scn_printf(c->file, "latency %s", percentiles[which]);
    return true;
}

static void take_figure(struct scn_cursor *c, struct scn_expect *e)
{
    int which = scn_choice(c, "figure of a flow", verb__figure_words);
    if (which < 0)
        return;
    const char *figure = verb__figure_words[which];
    e->figure = (unsigned)which;
    if (!strcmp(figure, "latency") && !take_latency(c, e, &figure))
        return;
    e->op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (e->figure >= BLACKOUT)
        scn_time(c, "a time", &e->value);
    else
        scn_count(c, "a number of frames", &e->value);
    e->text = scn_printf(c->file, "%s %s %s %s", e->name.text, figure, scn_op_words[e->op], shown);
}

/* Several on a line are an expectation each. */
static bool parse_expect(struct scn_cursor *c, struct scn_expect *first)
{
    while (scn_peek(c)) {
        struct scn_expect e = *first;
        e.at = scn_peek(c)->at;
        take_figure(c, &e);
        if (c->failed || !scn_add_expect(c, &e))
            break;
    }
    return false;
}

/* ---- checking ---- */

static bool is_half(const char *half) { return !strcmp(half, "/forth") || !strcmp(half, "/back"); }

/* Frames that an act makes by itself. */
static bool is_made(const struct scenario *sc, const char *flow)
{
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_item *item = &sc->items[i];
        if (item->said && item->verb->makes_flow && item->verb->makes_flow(item, flow))
            return true;
    }
    return false;
}

/* A flow, a replay, a half of one ("web/forth"), or what a VM's echo sends ("web/echo"). */
static void check_flow_name(struct scenario *sc, struct scn_expect *e)
{
    enum { FLOW_KINDS = SCN_BIT(SCN_FLOW) | SCN_BIT(SCN_REPLAY) };
    const struct scn_word *word = &e->name;
    const char *slash = strchr(word->text, '/');
    if (!slash) {
        scn_resolve(sc, word, FLOW_KINDS, "a flow or replay");
        return;
    }
    struct scn_word whole = *word;
    whole.text = scn_printf(&sc->file, "%.*s", (int)(slash - word->text), word->text);
    if (!strcmp(slash, "/migration")) {
        if (scn_resolve(sc, &whole, SCN_BIT(SCN_VM), "a VM") && !is_made(sc, word->text))
            scn_error(&sc->file, word->at, "the VM '%s' makes no frames of its migration: it needs 'migrate %s … over uplink'",
                      whole.text, whole.text);
    } else if (!strcmp(slash, "/bridge")) {
        const struct scn_name *vm = scn_resolve(sc, &whole, SCN_BIT(SCN_VM), "a VM");
        if (vm && sc->vms[vm->index].app != MACHINE_APP_BRIDGE)
            scn_error(&sc->file, word->at, "the VM '%s' does not bridge: it needs 'app bridge'", whole.text);
    } else if (!strcmp(slash, "/echo")) {
        const struct scn_name *vm = scn_resolve(sc, &whole, SCN_BIT(SCN_VM), "a VM");
        if (vm && sc->vms[vm->index].app != MACHINE_APP_ECHO)
            scn_error(&sc->file, word->at, "the VM '%s' does not echo: it needs 'app echo'", whole.text);
    } else if (scn_resolve(sc, &whole, SCN_BIT(SCN_REPLAY), "a replay") && !is_half(slash)) {
        scn_error(&sc->file, word->at, "the halves of '%s' are '%s/forth' and '%s/back'", whole.text, whole.text, whole.text);
    }
}

/* ---- judging ---- */

static uint64_t figure_of(const struct flow_report *f, enum figure figure)
{
    switch (figure) {
    case SENT:
        return f->sent;
    case DELIVERED:
        return f->delivered;
    case LOST:
        return f->lost;
    case DUPLICATED:
        return f->duplicated;
    case REORDERED:
        return f->reordered;
    case IN_FLIGHT:
        return f->in_flight;
    case BLACKOUT:
        return f->blackout_ps;
    case P50:
        return f->latency_p50_ps;
    case P99:
        return f->latency_p99_ps;
    case MAX:
        return f->latency_max_ps;
    case FIGURES:
        break;
    }
    return 0;
}

/* A report prints "-" for a figure that nothing was seen for, and such a figure meets no expectation: 0 would be below any. */
static bool is_known(const struct flow_report *f, enum figure figure)
{
    return figure < BLACKOUT || (figure == BLACKOUT ? f->sent : f->delivered);
}

static bool judge_flow(const struct world *w, const struct scn_expect *e, char *seen)
{
    uint32_t flow = flow_find(w->sim, e->name.text);
    if (!flow) {
        snprintf(seen, WORLD_SEEN_LEN, "there is no such flow: the capture has no packets that way");
        return false;
    }
    struct flow_report report;
    flow_get_report(w->sim, flow, &report);
    if (!is_known(&report, (enum figure)e->figure)) {
        snprintf(seen, WORLD_SEEN_LEN, "nothing was seen of it");
        return false;
    }
    uint64_t value = figure_of(&report, (enum figure)e->figure);
    char time[REPORT_TIME_LEN];
    if (e->figure >= BLACKOUT)
        snprintf(seen, WORLD_SEEN_LEN, "was %s", report_format_time(value / SIM_NS, time));
    else
        snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, value);
    return world__judge_number(w, e, value);
}

/* ---- frames that stand still ---- */

static const struct verb verb_expect_figures;

/* The flow, or the replay that it is a half of. */
static bool expects_in_flight(const struct world *w, const char *flow)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        if (e->verb != &verb_expect_figures || e->figure != IN_FLIGHT)
            continue;
        size_t len = strlen(e->name.text);
        if (!strncmp(flow, e->name.text, len) && (!flow[len] || flow[len] == '/'))
            return true;
    }
    return false;
}

static void find_stuck(struct world_search *s)
{
    if (!s->w->interrupted)
        world__find_stuck(s, expects_in_flight);
}

static const struct verb_form forms[] = {
    {"expect FLOW sent|delivered|lost|duplicated|reordered|in-flight [OP] N …", "of a flow, a replay, or a half of one", NULL, 0},
    {"expect FLOW blackout|latency p50|latency p99|latency max [OP] T …", "several figures go on a line", NULL, 0},
    {NULL},
};

static const struct verb verb_expect_figures = {
    .kind = VERB_EXPECTS,
    .behind = verb__figure_words,
    .behind_first = true, /* a flow may be called "drops" or "books" */
    .place = 150,
    .sentence = "what the books say of a flow",
    .forms = forms,
    .example = "end expect web lost 0 blackout < 1ms latency p99 < 50us",
    .expect = parse_expect,
    .check_expect = check_flow_name,
    .find_unexpected = find_stuck,
    .judge = judge_flow,
    .look = "--trace core",
    .look_switched = "--trace core,switch",
    .look_place = 40,
};
VERB(verb_expect_figures);
