/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect F FIGURE OP N …: what the books say of a flow or a replay; and frames that stand still, which nobody expected. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

/* In the order of their words; of those whose word has another one behind it, what the two mean comes last. */
enum figure {
    SENT,
    DELIVERED,
    LOST,
    DUPLICATED,
    REORDERED,
    IN_FLIGHT,
    BLACKOUT,
    JITTER,
    PDV,
    OFFERED,
    THROUGHPUT,
    P50, /* "latency", from here */
    P99,
    MAX,
    OFFERED_FRAMES,
    THROUGHPUT_FRAMES,
};
enum kind { OF_FRAMES, OF_TIME, OF_BITS_A_SECOND, OF_FRAMES_A_SECOND };

const char *const verb__figure_words[VERB_FIGURE_WORDS + 1] = {[SENT] = "sent",
                                                               [DELIVERED] = "delivered",
                                                               [LOST] = "lost",
                                                               [DUPLICATED] = "duplicated",
                                                               [REORDERED] = "reordered",
                                                               [IN_FLIGHT] = "in-flight",
                                                               [BLACKOUT] = "blackout",
                                                               [JITTER] = "jitter",
                                                               [PDV] = "pdv",
                                                               [OFFERED] = "offered",
                                                               [P50] = "latency",
                                                               [THROUGHPUT] = "throughput"};
_Static_assert(P50 == VERB_FIGURE_WORDS - 1, "what has no word of its own comes last");

static enum kind kind_of(enum figure figure)
{
    switch (figure) {
    case SENT:
    case DELIVERED:
    case LOST:
    case DUPLICATED:
    case REORDERED:
    case IN_FLIGHT:
        return OF_FRAMES;
    case BLACKOUT:
    case JITTER:
    case PDV:
    case P50:
    case P99:
    case MAX:
        break;
    case OFFERED:
    case THROUGHPUT:
        return OF_BITS_A_SECOND;
    case OFFERED_FRAMES:
    case THROUGHPUT_FRAMES:
        return OF_FRAMES_A_SECOND;
    }
    return OF_TIME;
}

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

/* "between T and T": it has counted since the one, up to the other. */
static bool take_moments(struct scn_cursor *c, struct scn_expect *e, const char **shown)
{
    struct scn_pos at = scn_peek(c) ? scn_peek(c)->at : c->end;
    if (!scn_accept(c, "between"))
        return true;
    if (e->figure > DELIVERED && kind_of((enum figure)e->figure) != OF_BITS_A_SECOND) {
        scn_fail(c, at, "'%s' is of the whole run: between two moments there are sent, delivered, offered and throughput", *shown);
        return false;
    }
    const char *from = scn_peek(c) ? scn_peek(c)->text : "";
    if (!scn_time(c, "a time", &e->moment[0]) || !scn_need(c, "and"))
        return false;
    const struct scn_word *last = scn_peek(c);
    if (!scn_time(c, "a time", &e->moment[1]))
        return false;
    if (e->moment[1] <= e->moment[0])
        scn_fail(c, last->at, "there is no time between %s and %s", from, last->text);
    else if (!e->at_end && e->moment[1] > e->time)
        scn_fail(c, last->at, "at %s, this has not come yet: expect it then, or at the 'end'", c->words[0].text);
    e->between = true;
    *shown = scn_printf(c->file, "%s between %s and %s", *shown, from, last->text);
    return !c->failed;
}

/* A rate in bits a second, or of frames: "1M pps". */
static void take_rate(struct scn_cursor *c, struct scn_expect *e, const char **unit)
{
    const struct scn_word *next = c->next + 1 < c->count ? &c->words[c->next + 1] : NULL;
    if (!next || strcmp(next->text, "pps")) {
        scn_rate(c, "a rate", &e->value);
        return;
    }
    scn_count(c, "a rate of frames", &e->value);
    scn_need(c, "pps");
    e->figure = e->figure == OFFERED ? OFFERED_FRAMES : THROUGHPUT_FRAMES;
    *unit = " pps";
}

static void take_figure(struct scn_cursor *c, struct scn_expect *e)
{
    int which = scn_choice(c, "figure of a flow", verb__figure_words);
    if (which < 0)
        return;
    const char *figure = verb__figure_words[which], *unit = "";
    e->figure = (unsigned)which;
    if (e->figure == P50 && !take_latency(c, e, &figure))
        return;
    if (!take_moments(c, e, &figure))
        return;
    e->op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (kind_of((enum figure)e->figure) == OF_TIME)
        scn_time(c, "a time", &e->value);
    else if (kind_of((enum figure)e->figure) == OF_FRAMES)
        scn_count(c, "a number of frames", &e->value);
    else
        take_rate(c, e, &unit);
    e->text = scn_printf(c->file, "%s %s %s %s%s", e->name.text, figure, scn_op_words[e->op], shown, unit);
}

bool verb__expect_each(struct scn_cursor *c, const struct scn_expect *first,
                       void (*take)(struct scn_cursor *c, struct scn_expect *e))
{
    while (scn_peek(c)) {
        struct scn_expect e = *first;
        e.at = scn_peek(c)->at;
        take(c, &e);
        if (c->failed || !scn_add_expect(c, &e))
            break;
    }
    return false;
}

static bool parse_expect(struct scn_cursor *c, struct scn_expect *first) { return verb__expect_each(c, first, take_figure); }

/* ---- checking ---- */

static bool is_half(const char *half) { return !strcmp(half, "/forth") || !strcmp(half, "/back"); }

/* Of flows only connections have two. */
static unsigned has_halves(const struct scenario *sc, const char *name)
{
    const struct scn_name *flow = scn_find(sc, name, SCN_BIT(SCN_FLOW));
    return flow && sc->items[flow->index].tcp ? SCN_BIT(SCN_FLOW) : SCN_BIT(SCN_REPLAY) | SCN_BIT(SCN_EXCHANGE);
}

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
    enum { FLOW_KINDS = SCN_BIT(SCN_FLOW) | SCN_BIT(SCN_REPLAY) | SCN_BIT(SCN_EXCHANGE) };
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
    } else if (scn_resolve(sc, &whole, has_halves(sc, whole.text), "a replay or an exchange") && !is_half(slash)) {
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
    case JITTER:
        return f->jitter_ps;
    case PDV:
        return f->pdv_ps;
    case P50:
        return f->latency_p50_ps;
    case P99:
        return f->latency_p99_ps;
    case MAX:
        return f->latency_max_ps;
    case OFFERED:
        return f->offered.bps;
    case THROUGHPUT:
        return f->throughput.bps;
    case OFFERED_FRAMES:
        return f->offered.fps;
    case THROUGHPUT_FRAMES:
        return f->throughput.fps;
    }
    return 0;
}

/* A report prints "-" for a figure that nothing was seen for, and such a figure meets no expectation: 0 would be below any. */
static bool is_known(const struct flow_report *f, enum figure figure)
{
    switch (kind_of(figure)) {
    case OF_FRAMES:
        return true;
    case OF_TIME:
        return figure == BLACKOUT ? f->sent : f->delivered;
    case OF_BITS_A_SECOND:
    case OF_FRAMES_A_SECOND:
        break;
    }
    return figure == OFFERED || figure == OFFERED_FRAMES ? f->offered.bps : f->throughput.bps;
}

/* What was kept is a struct flow_so_far. */
_Static_assert(sizeof(struct flow_so_far) == SCN_KEPT * sizeof(uint64_t), "the books' counts at a moment");

static void keep_counts(const struct world *w, const struct scn_expect *e, uint64_t kept[SCN_KEPT])
{
    struct flow_so_far so_far = {0};
    uint32_t flow = flow_find(w->sim, e->name.text);
    if (flow)
        so_far = flow_get_so_far(w->sim, flow);
    memcpy(kept, &so_far, sizeof(so_far));
}

/* Counts and rates of the time between the two moments, which have come; of the other figures none is asked for. */
static void replace_by_moments(const struct scn_expect *e, const struct world_result *result, struct flow_report *f)
{
    struct flow_so_far from, to;
    memcpy(&from, result->kept[0], sizeof(from));
    memcpy(&to, result->kept[1], sizeof(to));
    f->sent = to.sent - from.sent;
    f->delivered = to.delivered - from.delivered;
    f->offered = flow_rate_over(f->sent, to.bytes_sent - from.bytes_sent, e->moment[1] - e->moment[0]);
    f->throughput = flow_rate_over(f->delivered, to.bytes_delivered - from.bytes_delivered, e->moment[1] - e->moment[0]);
}

static void say_seen(char *seen, enum figure figure, uint64_t value)
{
    char text[REPORT_TIME_LEN], rate[REPORT_RATE_LEN];
    switch (kind_of(figure)) {
    case OF_TIME:
        snprintf(seen, WORLD_SEEN_LEN, "was %s", report_format_time(value / SIM_NS, text));
        break;
    case OF_FRAMES:
        snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, value);
        break;
    case OF_BITS_A_SECOND:
        snprintf(seen, WORLD_SEEN_LEN, "was %s", report_format_rate(value, rate));
        break;
    case OF_FRAMES_A_SECOND:
        snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64 " pps", value);
        break;
    }
}

static bool judge_flow(const struct world *w, const struct scn_expect *e, char *seen)
{
    const struct world_result *result = &w->results[e - w->sc->expects];
    uint32_t flow = flow_find(w->sim, e->name.text);
    if (!flow) {
        snprintf(seen, WORLD_SEEN_LEN, "there is no such flow: the capture has no packets that way");
        return false;
    }
    if (e->between && result->moments < SCN_MOMENTS) {
        snprintf(seen, WORLD_SEEN_LEN, "the run ended before");
        return false;
    }
    struct flow_report report;
    flow_get_report(w->sim, flow, &report);
    if (e->between)
        replace_by_moments(e, result, &report);
    else if (!is_known(&report, (enum figure)e->figure)) {
        snprintf(seen, WORLD_SEEN_LEN, "nothing was seen of it");
        return false;
    }
    uint64_t value = figure_of(&report, (enum figure)e->figure);
    say_seen(seen, (enum figure)e->figure, value);
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
    {"expect FLOW blackout|jitter|pdv|latency p50|latency p99|latency max [OP] T …", "several figures go on a line", NULL, 0},
    {"expect FLOW offered|throughput [between T and T] [OP] R|N pps …", "a second, of bits or frames", NULL, 0},
    {"expect FLOW sent|delivered between T and T [OP] N …", NULL, NULL, 0},
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
    .at_moment = keep_counts,
    .look = "--trace core",
    .look_switched = "--trace core,switch",
    .look_place = 40,
};
VERB(verb_expect_figures);
