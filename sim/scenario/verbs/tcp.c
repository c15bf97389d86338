/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow F from A to B tcp …: a connection of real segments; and what is expected of one. */
#include "net/traffic/tcp_flow.h"

#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

enum { WINDOW_MAX = 1 << 30, MSS_MAX = 9000, MESSAGE_MAX = 1 << 20, INITIAL_WINDOW_MAX = 1000 };

struct tcp_line {
    struct scn_tcp *tcp;
    sim_time start;
    bool bulk_said, ip4_said, message_said;
    const struct scn_word *bytes_word;
};

static struct scn_tcp *tcp_of(void *into) { return ((struct tcp_line *)into)->tcp; }

static void say_nothing(struct scn_cursor *c, void *into)
{
    (void)c;
    (void)into;
}

static void take_bulk(struct scn_cursor *c, void *into)
{
    (void)c;
    ((struct tcp_line *)into)->bulk_said = true;
}

static void take_rr(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_peek(c);
    tcp_of(into)->params.kind = TCP_FLOW_RR;
    if (scn_count(c, "a number of transactions", &tcp_of(into)->params.transactions) && !tcp_of(into)->params.transactions)
        scn_fail(c, word->at, "no transaction shows nothing");
}

static void take_bytes(struct scn_cursor *c, void *into)
{
    struct tcp_line *line = into;
    line->bytes_word = scn_peek(c);
    scn_size(c, "how many bytes", 1, UINT64_C(1) << 60, &line->tcp->params.bytes);
}

static uint32_t message(struct scn_cursor *c, void *into)
{
    uint64_t n = 0;
    ((struct tcp_line *)into)->message_said = true;
    scn_size(c, "a size of a message", 1, MESSAGE_MAX, &n);
    return (uint32_t)n;
}

static void take_request(struct scn_cursor *c, void *into) { tcp_of(into)->params.request = message(c, into); }

static void take_response(struct scn_cursor *c, void *into) { tcp_of(into)->params.response = message(c, into); }

static void take_mss(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "an MSS in bytes", 88, MSS_MAX, &n))
        tcp_of(into)->params.config.mss = (uint32_t)n;
}

static void take_cc(struct scn_cursor *c, void *into)
{
    static const struct scn_named kinds[] = {{"cubic", TCP_CC_CUBIC}, {"reno", TCP_CC_RENO}, {NULL, 0}};
    int kind = TCP_CC_CUBIC;
    scn_pick(c, "congestion control", kinds, &kind);
    tcp_of(into)->params.config.cc = (uint8_t)kind;
}

static void take_window(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_size(c, "a receive buffer", 1024, WINDOW_MAX, &n))
        tcp_of(into)->params.config.buffer = (uint32_t)n;
}

static bool is_off(struct scn_cursor *c)
{
    static const char *const words[] = {"on", "off", NULL};
    return scn_choice(c, "on or off", words) == 1;
}

static void take_sack(struct scn_cursor *c, void *into) { tcp_of(into)->params.config.no_sack = is_off(c); }

static void take_timestamps(struct scn_cursor *c, void *into) { tcp_of(into)->params.config.no_timestamps = is_off(c); }

static void take_tso(struct scn_cursor *c, void *into) { tcp_of(into)->params.no_tso = is_off(c); }

static void take_delayed_ack(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_peek(c);
    sim_time *at = &tcp_of(into)->params.config.delayed_ack;
    if (scn_time(c, "a time", at) && *at > 500 * SIM_MS)
        scn_fail(c, word->at, "an ACK is delayed by 500 ms at most [RFC 9293 3.8.6.3]");
}

static void take_rto_min(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_peek(c);
    struct tcp_config *config = &tcp_of(into)->params.config;
    if (scn_time(c, "a time", &config->rto_min) && (config->rto_min < SIM_MS || config->rto_min > config->rto_max))
        scn_fail(c, word->at, "a time-out is 1 ms to 120 s");
}

static void take_initial_window(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a number of segments", 1, INITIAL_WINDOW_MAX, &n))
        tcp_of(into)->params.config.initial_window = (uint32_t)n;
}

static void take_ipv4(struct scn_cursor *c, void *into)
{
    (void)c;
    ((struct tcp_line *)into)->ip4_said = true;
}

static void take_ipv6(struct scn_cursor *c, void *into)
{
    (void)c;
    tcp_of(into)->params.ip6 = true;
}

static uint16_t port(struct scn_cursor *c)
{
    uint64_t n = 0;
    return scn_number(c, "a port", 1, 65535, &n) ? (uint16_t)n : 0;
}

static void take_sport(struct scn_cursor *c, void *into) { tcp_of(into)->params.sport = port(c); }

static void take_dport(struct scn_cursor *c, void *into) { tcp_of(into)->params.dport = port(c); }

static void take_until(struct scn_cursor *c, void *into)
{
    struct tcp_line *line = into;
    verb__take_until(c, "flow", line->start, &line->tcp->until);
    line->tcp->until_given = true;
}

const struct scn_option verb__tcp_options[VERB_TCP_OPTIONS] = {
    {"tcp", say_nothing, ""},
    {"bulk", take_bulk, ""},
    {"rr", take_rr, "N"},
    {"bytes", take_bytes, "SIZE"},
    {"request", take_request, "SIZE"},
    {"response", take_response, "SIZE"},
    {"mss", take_mss, "N"},
    {"cc", take_cc, "cubic|reno"},
    {"window", take_window, "SIZE"},
    {"initial-window", take_initial_window, "N"},
    {"sack", take_sack, "on|off"},
    {"timestamps", take_timestamps, "on|off"},
    {"tso", take_tso, "on|off"},
    {"delayed-ack", take_delayed_ack, "T"},
    {"rto-min", take_rto_min, "T"},
    {"ipv4", take_ipv4, ""},
    {"ipv6", take_ipv6, ""},
    {"sport", take_sport, "N"},
    {"dport", take_dport, "N"},
    {"until", take_until, "T"},
};

static void check_kind(struct scn_cursor *c, const struct tcp_line *line)
{
    const struct tcp_flow_params *p = &line->tcp->params;
    bool rr = p->kind == TCP_FLOW_RR;
    if (line->bulk_said && rr)
        scn_fail(c, c->end, "'bulk' and 'rr': a connection does one of them");
    if (line->bytes_word && rr)
        scn_fail(c, line->bytes_word->at, "'bytes' are of 'bulk': a transaction has 'request' and 'response'");
    if (line->message_said && !rr)
        scn_fail(c, c->end, "'request' and 'response' are of 'rr': say 'rr 1000'");
    if (line->ip4_said && p->ip6)
        scn_fail(c, c->end, "'ipv4' and 'ipv6': a connection is of one kind");
}

bool verb__is_connection(const struct scn_cursor *c)
{
    bool tcp = false, frames = false, connection = false;
    static const char *const of_frames[] = {"size", "rate", "load", "count", "flags", "errored"};
    for (unsigned i = c->next; i < c->count; i++) {
        const char *text = c->words[i].text;
        tcp |= !strcmp(text, "tcp");
        connection |= !strcmp(text, "bulk") || !strcmp(text, "rr");
        for (unsigned k = 0; k < sizeof(of_frames) / sizeof(of_frames[0]); k++)
            frames |= !strcmp(text, of_frames[k]);
    }
    return tcp && (connection || !frames);
}

void verb__parse_connection(struct scn_cursor *c, struct scn_item *item, const struct scn_flow *flow)
{
    struct tcp_line line = {.tcp = item->said = item->tcp = scn_alloc(c->file, sizeof(struct scn_tcp)), .start = item->time};
    *line.tcp = (struct scn_tcp){.name = flow->name,
                                 .from = flow->from,
                                 .to = flow->to,
                                 .params = {.config = tcp_config_usual(), .request = 1, .response = 1}};
    line.tcp->params.config.mss = 0;
    item->flow = NULL;
    item->verb = &verb__connection;
    if (flow->to_mac_given)
        scn_fail(c, flow->to.at, "a connection has a station at its other end: a peer or a VM");
    scn_options(c, "option of a connection", verb__tcp_options, VERB_TCP_OPTIONS, &line);
    check_kind(c, &line);
}

/* ---- checking and building ---- */

static void check(struct scenario *sc, struct scn_item *item)
{
    const struct scn_tcp *tcp = item->tcp;
    verb__check_ends(sc, &tcp->from, &tcp->to, false);
    if (!tcp->params.bytes && !tcp->params.transactions && !tcp->until_given)
        verb__check_it_ends(sc, item, &tcp->name, "bytes SIZE");
}

static void build(struct world *w, unsigned index)
{
    struct scn_tcp *tcp = w->sc->items[index].tcp;
    char err[512];
    struct tcp_flow_params params = tcp->params;
    params.name = tcp->name.text;
    params.from = station_find(w->sim, tcp->from.text);
    params.to = station_find(w->sim, tcp->to.text);
    w->connections[index] = tcp_flow_create(w->sim, &params, err, sizeof(err));
    if (!w->connections[index])
        scn_error(&w->sc->file, tcp->name.at, "%s", err);
}

static void start(struct world *w, unsigned item) { tcp_flow_start(w->connections[item], sim_now(w->sim)); }

static sim_time until(const struct scn_item *item) { return item->tcp->until_given ? item->tcp->until : SIM_NEVER; }

static void time_has_passed(struct world *w, unsigned index) { tcp_flow_stop(w->connections[index]); }

static void end_of_connection(const struct world *w, unsigned index, struct world_ending *out)
{
    static const char *const words[] = {[TCP_END_NONE] = "still open",
                                        [TCP_END_CLOSED] = "closed",
                                        [TCP_END_RESET] = "reset by the other end",
                                        [TCP_END_TIMED_OUT] = "timed out",
                                        [TCP_END_ABORTED] = "aborted"};
    const struct scn_tcp *tcp = w->sc->items[index].tcp;
    struct tcp_flow_report report;
    tcp_flow_get_report(w->connections[index], &report);
    if (report.damaged) {
        world__say_ending(out, SCN_ENDING_FAILED, "%" PRIu64 " bytes arrived other than they were sent", report.damaged);
        return;
    }
    if (report.ok || verb__has_ended(w, tcp->from.text) || verb__has_ended(w, tcp->to.text))
        return;
    bool bounded = tcp->params.bytes || tcp->params.transactions || tcp->until_given;
    if (report.ended[0] > TCP_END_CLOSED || report.ended[1] > TCP_END_CLOSED)
        world__say_ending(out, SCN_ENDING_FAILED, "the connection was %s at %s, %s at %s", words[report.ended[0]], tcp->from.text,
                          words[report.ended[1]], tcp->to.text);
    else if (bounded || !w->st.at_limit)
        world__say_ending(out, SCN_ENDING_UNFINISHED, "%" PRIu64 " bytes arrived; the connection is %s at %s, %s at %s",
                          report.bytes, report.state[0], tcp->from.text, report.state[1], tcp->to.text);
}

static bool pace_of_connection(const struct world *w, unsigned index, struct world_pace *out)
{
    const struct scn_tcp *tcp = w->sc->items[index].tcp;
    struct tcp_flow_report report;

    tcp_flow_get_report(w->connections[index], &report);
    *out = (struct world_pace){.flow = tcp->name.text,
                               .from = tcp->from.text,
                               .to = tcp->to.text,
                               .pacing = PACE_TCP,
                               .waits_for_answers = report.kind == TCP_FLOW_RR};
    memcpy(out->limited, report.limited, sizeof(out->limited));
    return true;
}

const struct verb verb__connection = {
    .kind = VERB_ACTS,
    .word = "flow",
    .check = check,
    .phase = BUILD_WORKLOADS,
    .may_be_late = true,
    .prepare = build,
    .act = start,
    .until = until,
    .later = time_has_passed,
    .endings = "failed unfinished",
    .ending = end_of_connection,
    .pace = pace_of_connection,
};

/* ---- the report ---- */

static void report_one(const struct scn_tcp *tcp, const struct tcp_flow_report *c, struct report *r)
{
    unsigned value = c->bytes ? 0 : REPORT_NO_VALUE;
    unsigned measured = c->rtt_min ? 0 : REPORT_NO_VALUE;
    report_object(r, NULL, NULL, REPORT_LINE, c->started && !c->ok ? REPORT_BAD : 0);
    report_text(r, "name", "connection", 0, "%s", tcp->name.text);
    report_text(r, "state", NULL, 0, "%s", !c->started ? "not begun" : c->ok ? "closed" : c->state[0]);
    report_text(r, "congestion_control", "cc", 0, "%s", tcp->params.config.cc == TCP_CC_RENO ? "reno" : "cubic");
    report_number(r, "mss", NULL, 0, c->mss);
    report_number(r, "bytes", NULL, 0, c->bytes);
    report_number(r, "goodput_bps", NULL, REPORT_JSON_ONLY | value, c->goodput_bps);
    report_text(r, NULL, "goodput", REPORT_TEXT_ONLY | value, "%" PRIu64 ".%03" PRIu64 " Mb/s", c->goodput_bps / 1000000,
                c->goodput_bps / 1000 % 1000);
    report_number(r, "segments", NULL, 0, c->segments);
    report_number(r, "retransmits", "retrans", 0, c->retransmits);
    report_number(r, "timeouts", NULL, 0, c->timeouts);
    report_number(r, "recoveries", NULL, REPORT_JSON_ONLY, c->recoveries);
    report_number(r, "tail_probes", NULL, REPORT_JSON_ONLY, c->probes);
    report_number(r, "spurious_timeouts", NULL, REPORT_JSON_ONLY, c->spurious);
    report_number(r, "damaged_bytes", NULL, REPORT_JSON_ONLY, c->damaged);
    report_time(r, "stalled_ns", "stalled", c->started ? 0 : REPORT_NO_VALUE, c->stalled);
    report_time(r, "stalled_at_ns", "since", c->started ? 0 : REPORT_NO_VALUE, c->stalled_at);
    report_time(r, "recovered_ns", "recovered in", c->recovered ? 0 : REPORT_NO_VALUE, c->recovered);
    report_time(r, "rtt_min_ns", "rtt min", measured, c->rtt_min);
    report_time(r, "srtt_ns", "srtt", measured, c->srtt);
    report_time(r, "rtt_max_ns", "max", measured, c->rtt_max);
    report_number(r, "cwnd_bytes", NULL, REPORT_JSON_ONLY, c->cwnd);
    report_number(r, "cwnd_max_bytes", "cwnd max", 0, c->cwnd_max);
    report_end(r);
}

static void report_transactions(const struct world *w, struct report *r)
{
    report_list(r, "transactions", NULL, REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        struct tcp_flow_report c;
        if (!w->connections[i] || w->sc->items[i].tcp->params.kind != TCP_FLOW_RR)
            continue;
        tcp_flow_get_report(w->connections[i], &c);
        unsigned answered = c.transactions ? 0 : REPORT_NO_VALUE;
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "name", "connection", 0, "%s", w->sc->items[i].tcp->name.text);
        report_number(r, "transactions", NULL, 0, c.transactions);
        report_time(r, "p50_ns", "p50", answered, c.transaction_p50);
        report_time(r, "p99_ns", "p99", answered, c.transaction_p99);
        report_time(r, "max_ns", "max", answered, c.transaction_max);
        report_end(r);
    }
    report_end(r);
}

void verb__report_connections(const struct world *w, struct report *r)
{
    report_list(r, "connections", "TCP connections", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        struct tcp_flow_report c;
        if (!w->connections[i])
            continue;
        tcp_flow_get_report(w->connections[i], &c);
        report_one(w->sc->items[i].tcp, &c, r);
    }
    report_end(r);
    report_transactions(w, r);
}
