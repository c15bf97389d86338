/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect F FIGURE OP N …: what is expected of a TCP connection. */
#include <inttypes.h>
#include <string.h>

#include "net/traffic/tcp_flow.h"
#include "scenario/verbs/verbs__.h"

enum figure { GOODPUT, RETRANSMITS, TIMEOUTS, STALLED, RECOVERED, RTT, TRANSACTIONS, TRANSACTION, WORDS, P50 = WORDS, P99, MAX };

static const char *const words[WORDS + 1] = {
    [GOODPUT] = "goodput",           [RETRANSMITS] = "retransmits", [TIMEOUTS] = "timeouts",
    [STALLED] = "stalled",           [RECOVERED] = "recovered",     [RTT] = "rtt",
    [TRANSACTIONS] = "transactions", [TRANSACTION] = "transaction",
};

static bool is_time(unsigned figure) { return figure == STALLED || figure == RECOVERED || figure == RTT || figure >= P50; }

static void take_figure(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const percentiles[] = {"p50", "p99", "max", NULL};
    int which = scn_choice(c, "figure of a connection", words), percentile = -1;
    if (which < 0)
        return;
    if (which == TRANSACTION && (percentile = scn_choice(c, "percentile", percentiles)) < 0)
        return;
    e->figure = percentile < 0 ? (unsigned)which : P50 + (unsigned)percentile;
    e->op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (is_time(e->figure))
        scn_time(c, "a time", &e->value);
    else if (e->figure == GOODPUT)
        scn_rate(c, "a goodput", &e->value);
    else
        scn_count(c, "a number", &e->value);
    e->text = scn_printf(c->file, "%s %s%s%s %s %s", e->name.text, words[which], percentile < 0 ? "" : " ",
                         percentile < 0 ? "" : percentiles[percentile], scn_op_words[e->op], shown);
}

static bool parse_expect(struct scn_cursor *c, struct scn_expect *first) { return verb__expect_each(c, first, take_figure); }

static void check_expect(struct scenario *sc, struct scn_expect *e)
{
    const struct scn_name *flow = scn_resolve(sc, &e->name, SCN_BIT(SCN_FLOW), "a flow");
    if (flow && !sc->items[flow->index].tcp)
        scn_error(&sc->file, e->name.at, "the flow '%s' is no connection: it needs 'tcp' without size and rate", e->name.text);
    else if (flow && e->figure >= TRANSACTIONS && sc->items[flow->index].tcp->params.kind != TCP_FLOW_RR)
        scn_error(&sc->file, e->name.at, "the connection '%s' has no transactions: it needs 'rr N'", e->name.text);
}

/* false: nothing was seen that has a value. */
static bool value_of(const struct tcp_flow_report *c, enum figure figure, uint64_t *value)
{
    switch (figure) {
    case GOODPUT:
        *value = c->goodput_bps;
        return c->bytes;
    case RETRANSMITS:
        *value = c->retransmits;
        return true;
    case TIMEOUTS:
        *value = c->timeouts;
        return true;
    case STALLED:
        *value = c->stalled;
        return c->started;
    case RECOVERED:
        *value = c->recovered;
        return c->recovered;
    case RTT:
        *value = c->srtt;
        return c->srtt;
    case TRANSACTIONS:
        *value = c->transactions;
        return true;
    case P50:
        *value = c->transaction_p50;
        return c->transactions;
    case P99:
        *value = c->transaction_p99;
        return c->transactions;
    case MAX:
        *value = c->transaction_max;
        return c->transactions;
    case TRANSACTION:
        break;
    }
    return false;
}

static bool judge(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct tcp_flow_report report;
    uint64_t value;
    char time[REPORT_TIME_LEN];
    tcp_flow_get_report(w->connections[scn_find(w->sc, e->name.text, SCN_BIT(SCN_FLOW))->index], &report);
    if (!value_of(&report, (enum figure)e->figure, &value)) {
        snprintf(seen, WORLD_SEEN_LEN, "nothing was seen of it");
        return false;
    }
    if (is_time(e->figure))
        snprintf(seen, WORLD_SEEN_LEN, "was %s", report_format_time(value / SIM_NS, time));
    else if (e->figure == GOODPUT)
        snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64 ".%03" PRIu64 " Mb/s", value / 1000000, value / 1000 % 1000);
    else
        snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, value);
    return world__judge_number(w, e, value);
}

static const struct verb_form forms[] = {
    {"expect FLOW goodput [OP] R", "of a TCP connection: bytes that reached the application, a second", NULL, 0},
    {"expect FLOW retransmits|timeouts|transactions [OP] N …", "several figures go on a line", NULL, 0},
    {"expect FLOW stalled|recovered|rtt|transaction p50|transaction p99|transaction max [OP] T …", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_expect_tcp = {
    .kind = VERB_EXPECTS,
    .behind = words,
    .behind_first = true,
    .place = 152,
    .sentence = "how a TCP connection fared",
    .forms = forms,
    .example = "end expect f goodput > 5G retransmits = 0 stalled < 10ms",
    .expect = parse_expect,
    .check_expect = check_expect,
    .judge = judge,
    .look = "--trace tcp",
    .look_place = 35,
};
VERB(verb_expect_tcp);
