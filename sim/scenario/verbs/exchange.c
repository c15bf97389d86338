/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange NAME from P to V …: requests and their answers; and what is expected of them. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

enum { EXCHANGE_SIZE_MIN = 64, EXCHANGE_SIZE_MAX = 9022 };

/* ---- reading ---- */

static void take_size(struct scn_cursor *c, uint32_t *out)
{
    uint64_t n;
    *out = scn_size(c, "a frame with its checksum", EXCHANGE_SIZE_MIN, EXCHANGE_SIZE_MAX, &n) ? (uint32_t)n : 0;
}

static void exchange_size(struct scn_cursor *c, void *into) { take_size(c, &((struct scn_exchange *)into)->size); }

static void exchange_answer(struct scn_cursor *c, void *into) { take_size(c, &((struct scn_exchange *)into)->answer); }

static void exchange_depth(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a number of requests at a time", 1, EXCHANGE_DEPTH_MAX, &n))
        ((struct scn_exchange *)into)->depth = (uint32_t)n;
}

static void exchange_count(struct scn_cursor *c, void *into)
{
    struct scn_exchange *x = into;
    const struct scn_word *word = scn_peek(c);
    if (scn_count(c, "a number of requests", &x->count) && !x->count)
        scn_fail(c, word->at, "an exchange of 0 requests shows nothing");
}

static void exchange_until(struct scn_cursor *c, void *into)
{
    struct scn_exchange *x = into;
    verb__take_until(c, "exchange", x->start, &x->until);
}

static void exchange_timeout(struct scn_cursor *c, void *into)
{
    struct scn_exchange *x = into;
    const struct scn_word *word = scn_peek(c);
    if (scn_time(c, "how long it waits for an answer", &x->timeout) && !x->timeout)
        scn_fail(c, word->at, "no answer comes in no time");
}

static const struct scn_option options[] = {
    {"size", exchange_size, "N"},   {"answer", exchange_answer, "N"}, {"depth", exchange_depth, "N"},
    {"count", exchange_count, "N"}, {"until", exchange_until, "T"},   {"timeout", exchange_timeout, "T"},
};

static void parse_exchange(struct scn_cursor *c, struct scn_item *item)
{
    struct scn_exchange *x = item->said = item->exchange = scn_alloc(c->file, sizeof(*x));
    unsigned index = (unsigned)(item - scn_scenario(c)->items);
    *x = (struct scn_exchange){.start = item->time, .depth = 1, .until = SIM_NEVER, .timeout = SIM_S};
    if (!scn_declare(c, SCN_EXCHANGE, index, &x->name) || !scn_need(c, "from") || !scn_take_into(c, "a peer or VM", &x->from) ||
        !scn_need(c, "to") || !scn_take_into(c, "a peer or VM", &x->to))
        return;
    scn_options(c, "option of an exchange", options, sizeof(options) / sizeof(options[0]), x);
    if (c->failed)
        return;
    if (!x->size)
        scn_fail(c, c->end, "how large are its requests? add 'size 64' (bytes with checksum)");
    if (!x->count && x->until == SIM_NEVER)
        scn_fail(c, c->end, "the exchange never ends: add 'count N' or 'until T'");
    x->answer = x->answer ? x->answer : x->size;
}

static void check(struct scenario *sc, struct scn_item *item)
{
    verb__check_ends(sc, &item->exchange->from, &item->exchange->to, false);
}

/* ---- building and running ---- */

static void build(struct world *w, unsigned index)
{
    const struct scn_exchange *x = w->sc->items[index].exchange;
    char err[512];
    struct exchange_params params = {
        .name = x->name.text,
        .from = station_find(w->sim, x->from.text),
        .to = station_find(w->sim, x->to.text),
        .size = x->size,
        .answer = x->answer,
        .depth = x->depth,
        .count = x->count,
        .timeout = x->timeout,
    };
    w->exchanges[index] = exchange_create(w->sim, &params, err, sizeof(err));
    if (!w->exchanges[index])
        scn_error(&w->sc->file, x->name.at, "%s", err);
}

static void start(struct world *w, unsigned item) { exchange_start(w->exchanges[item], sim_now(w->sim)); }

static sim_time until(const struct scn_item *item) { return item->exchange->until; }

static void time_has_passed(struct world *w, unsigned index) { exchange_stop(w->exchanges[index]); }

/* Requests without an answer are given up in time; what is still to be sent keeps a run by itself. */
static bool is_under_way(const struct world *w)
{
    struct exchange_status s = {0};
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        if (w->exchanges[i])
            exchange_get_status(w->exchanges[i], &s);
        if (w->exchanges[i] && s.sent > s.done + s.failed)
            return true;
    }
    return false;
}

/* ---- what came of it ---- */

static void ending(const struct world *w, unsigned index, struct world_ending *out)
{
    struct exchange_status s;
    exchange_get_status(w->exchanges[index], &s);
    if (!s.finished)
        world__say_ending(out, SCN_ENDING_UNFINISHED, "%" PRIu64 " requests were sent, %" PRIu64 " answered", s.sent, s.done);
}

static void report(const struct world *w, struct report *r)
{
    report_list(r, "exchanges", NULL, REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        struct exchange_status s;
        if (!w->exchanges[i])
            continue;
        exchange_get_status(w->exchanges[i], &s);
        unsigned known = s.done ? 0 : REPORT_NO_VALUE;
        report_object(r, NULL, NULL, REPORT_LINE, s.failed ? REPORT_BAD : 0);
        report_text(r, "name", "exchange", 0, "%s", w->sc->items[i].exchange->name.text);
        report_number(r, "depth", NULL, 0, w->sc->items[i].exchange->depth);
        report_number(r, "requests", NULL, 0, s.sent);
        report_number(r, "answered", NULL, 0, s.done);
        report_number(r, "failed", NULL, 0, s.failed);
        report_number(r, "per_second", "a second", s.per_second ? 0 : REPORT_NO_VALUE, s.per_second);
        report_object(r, "rtt_ns", NULL, REPORT_LINE, 0);
        report_time(r, "min", NULL, known, s.rtt_min);
        report_time(r, "p50", NULL, known, s.rtt_p50);
        report_time(r, "p99", NULL, known, s.rtt_p99);
        report_time(r, "max", NULL, known, s.rtt_max);
        report_end(r);
        report_end(r);
    }
    report_end(r);
}

static const struct verb_form forms[] = {
    {"exchange NAME from P to V size N count N|until T [OPTION …]", NULL, VERB_OPTIONS(options)},
    {NULL},
};

static bool pace(const struct world *w, unsigned index, struct world_pace *out)
{
    const struct scn_exchange *exchange = w->sc->items[index].exchange;
    *out = (struct world_pace){
        .flow = exchange->name.text, .from = exchange->from.text, .to = exchange->to.text, .pacing = PACE_ANSWERS};
    return true;
}

static const struct verb verb_exchange = {
    .kind = VERB_ACTS,
    .pace = pace,
    .word = "exchange",
    .place = 25,
    .sentence = "send requests, each of which is answered, so many at a time",
    .forms = forms,
    .example = "0 exchange rr from client to web size 128 answer 1024 depth 4 count 1K",
    .endings = "unfinished",
    .parse = parse_exchange,
    .check = check,
    .phase = BUILD_WORKLOADS,
    .prepare = build,
    .act = start,
    .until = until,
    .later = time_has_passed,
    .is_under_way = is_under_way,
    .ending = ending,
    .report = report,
    .report_place = REPORT_EXCHANGES,
};
VERB(verb_exchange);

/* ---- expect exchange NAME FIGURE [OP] N ---- */

enum figure { REQUESTS, ANSWERED, FAILED, RATE, RTT, P50 = RTT, P99, MAX };

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const figures[] = {
        [REQUESTS] = "requests", [ANSWERED] = "answered", [FAILED] = "failed", [RATE] = "rate", [RTT] = "rtt", NULL};
    static const char *const percentiles[] = {"p50", "p99", "max", NULL};
    const struct scn_word *name = scn_take(c, "an exchange");
    int figure = name ? scn_choice(c, "figure of an exchange", figures) : -1;
    int percentile = figure == RTT ? scn_choice(c, "percentile", percentiles) : 0;
    if (figure < 0 || percentile < 0)
        return false;
    e->name = *name;
    e->figure = (unsigned)(figure + percentile);
    e->op = scn_take_op(c);
    const char *shown = scn_peek(c) ? scn_peek(c)->text : "";
    if (e->figure >= RTT)
        scn_time(c, "a time", &e->value);
    else
        scn_count(c, e->figure == RATE ? "a rate, in answers a second" : "a number of requests", &e->value);
    e->text = scn_printf(c->file, "exchange %s %s%s%s %s %s", name->text, figures[figure], figure == RTT ? " " : "",
                         figure == RTT ? percentiles[percentile] : "", scn_op_words[e->op], shown);
    scn_finish(c);
    return !c->failed;
}

static void check_expect(struct scenario *sc, struct scn_expect *e)
{
    scn_resolve(sc, &e->name, SCN_BIT(SCN_EXCHANGE), "an exchange");
}

static bool judge(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct exchange_status s;
    char time[REPORT_TIME_LEN];
    exchange_get_status(w->exchanges[scn_find(w->sc, e->name.text, SCN_BIT(SCN_EXCHANGE))->index], &s);
    const uint64_t values[] = {[REQUESTS] = s.sent, [ANSWERED] = s.done, [FAILED] = s.failed, [RATE] = s.per_second,
                               [P50] = s.rtt_p50,   [P99] = s.rtt_p99,   [MAX] = s.rtt_max};
    uint64_t value = values[e->figure];
    if (e->figure >= RATE && !s.done) {
        snprintf(seen, WORLD_SEEN_LEN, "nothing was answered");
        return false;
    }
    if (e->figure >= RTT)
        snprintf(seen, WORLD_SEEN_LEN, "was %s", report_format_time(value / SIM_NS, time));
    else
        snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, value);
    return world__judge_number(w, e, value);
}

static const struct verb_form expect_forms[] = {
    {"expect exchange NAME requests|answered|failed|rate [OP] N", "rate: answers a second", NULL, 0},
    {"expect exchange NAME rtt p50|p99|max [OP] T", "from a request to its answer", NULL, 0},
    {NULL},
};

static const struct verb verb_expect_exchange = {
    .kind = VERB_EXPECTS,
    .word = "exchange",
    .place = 75,
    .sentence = "how many requests were answered, how fast",
    .forms = expect_forms,
    .example = "end expect exchange rr failed 0",
    .expect = parse_expect,
    .check_expect = check_expect,
    .judge = judge,
    .look = "--trace net",
    .look_place = 35,
};
VERB(verb_expect_exchange);
