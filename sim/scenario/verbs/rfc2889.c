/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of RFC 2889, from the books of their flows. Loads and rates are frames a second [RFC 2285 3.5, 3.6]:
 *
 *   intended load    what the flow's line asks for
 *   offered load     frames sent, over the time from the first sent to the last
 *   forwarding rate  frames delivered, over the time from the first delivered to the last, or the time of sending if that
 *                    is longer: what a buffer gives out after the trial counts as forwarded, but not as faster
 *
 * A rate over a span between n frames counts n - 1 of them. The rates of a trial are those of all its flows together, over the span
 * of them all: flows that end at different times never add up to more than was there at once. Fairness is Jain's
 * index of the flows' own forwarding rates: 1 when all are equal, 1/n when one has all.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/operator.h"
#include "scenario/verbs/rfc2889.h"

#define WIRE_OVERHEAD 20 /* preamble and gap */

static const char *const title[] = {"",
                                    "fully meshed throughput, frame loss and forwarding rates",
                                    "partially meshed one-to-many/many-to-one",
                                    "partially meshed multiple devices",
                                    "partially meshed unidirectional traffic",
                                    "congestion control",
                                    "forward pressure and maximum forwarding rate",
                                    "address caching capacity",
                                    "address learning rate",
                                    "errored frames filtering",
                                    "broadcast frame forwarding and latency"};

/* one flow, or the sum of many */
struct trial {
    uint64_t sent, delivered, lost;
    uint64_t intended, offered, forwarded; /* frames a second */
    sim_time p50, max;
    sim_time first_sent, last_sent, first_delivered, last_delivered;
};

static uint64_t rate_over(uint64_t frames, sim_time span)
{
    return frames < 2 || !span ? 0 : (uint64_t)((unsigned __int128)(frames - 1) * SIM_S / span);
}

static uint64_t frames_at(uint64_t bps, uint64_t frame_bytes) { return bps / (8 * (frame_bytes + WIRE_OVERHEAD)); }

/* A tester that leaves a shorter gap intends more than the medium's maximum. */
static uint64_t intended(const struct world *w, const struct scn_flow *flow, uint64_t line_bps)
{
    uint32_t bytes = flow->size + (flow->vlan >= 0 ? 4 : 0), shorter = 0;
    for (unsigned i = 0; i < w->sc->peer_count; i++)
        if (w->sc->peers[i].ifg_bits && !strcmp(w->sc->peers[i].name.text, flow->from.text))
            shorter = 12 - w->sc->peers[i].ifg_bits / 8;
    return flow->pps ? flow->pps : flow->back_to_back ? frames_at(line_bps, bytes - shorter) : frames_at(flow->load_bps, bytes);
}

static uint64_t line_rate(const struct world *w, const char *station)
{
    for (unsigned i = 0; i < w->sc->peer_count; i++)
        if (!strcmp(w->sc->peers[i].name.text, station))
            return port_rate_bps(peer_port(w->peers[i]));
    return w->sc->nic_count ? port_rate_bps(&w->nics[0]->uplink) : 0;
}

static struct trial measure_flow(const struct world *w, const struct scn_flow *flow)
{
    struct flow_report f;
    flow_get_report(w->sim, flow_find(w->sim, flow->name.text), &f);
    sim_time sending = f.last_sent - f.first_sent, arriving = f.last_delivered - f.first_delivered;
    return (struct trial){
        .sent = f.sent,
        .delivered = f.delivered,
        .lost = f.lost,
        .intended = intended(w, flow, line_rate(w, flow->from.text)),
        .offered = rate_over(f.sent, sending),
        .forwarded = f.delivered ? rate_over(f.delivered, arriving > sending ? arriving : sending) : 0,
        .p50 = f.latency_p50_ps,
        .max = f.latency_max_ps,
        .first_sent = f.first_sent,
        .last_sent = f.last_sent,
        .first_delivered = f.first_delivered,
        .last_delivered = f.last_delivered,
    };
}

static bool is_of(const struct scn_word *flow, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (scn_matches(flow[i].text, name))
            return true;
    return false;
}

struct sum {
    struct trial all;
    uint64_t flows, rates; /* rates: the flows' own forwarding rates added up */
    unsigned __int128 squares; /* of the forwarding rates */
};

static void add(struct sum *sum, const struct trial *t)
{
    sum->flows++;
    sum->all.sent += t->sent;
    sum->all.delivered += t->delivered;
    sum->all.lost += t->lost;
    sum->all.intended += t->intended;
    sum->rates += t->forwarded;
    if (t->sent) {
        bool first = sum->all.sent == t->sent;
        sum->all.first_sent = first || t->first_sent < sum->all.first_sent ? t->first_sent : sum->all.first_sent;
        sum->all.last_sent = t->last_sent > sum->all.last_sent ? t->last_sent : sum->all.last_sent;
    }
    if (t->delivered) {
        bool first = sum->all.delivered == t->delivered;
        sum->all.first_delivered =
            first || t->first_delivered < sum->all.first_delivered ? t->first_delivered : sum->all.first_delivered;
        sum->all.last_delivered = t->last_delivered > sum->all.last_delivered ? t->last_delivered : sum->all.last_delivered;
    }
    sum->squares += (unsigned __int128)t->forwarded * t->forwarded;
    sum->all.p50 = t->p50 > sum->all.p50 ? t->p50 : sum->all.p50;
    sum->all.max = t->max > sum->all.max ? t->max : sum->all.max;
}

static struct sum sum_of(const struct world *w, const struct scn_word *flow, unsigned count)
{
    struct sum sum = {0};
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        if (!item->flow || !is_of(flow, count, item->flow->name.text))
            continue;
        struct trial t = measure_flow(w, item->flow);
        add(&sum, &t);
    }
    sim_time sending = sum.all.last_sent - sum.all.first_sent, arriving = sum.all.last_delivered - sum.all.first_delivered;
    sum.all.offered = rate_over(sum.all.sent, sending);
    sum.all.forwarded = rate_over(sum.all.delivered, arriving > sending ? arriving : sending);
    return sum;
}

/* "12.345" of 12345 thousandths. */
static void say_thousandths(struct report *r, const char *key, const char *label, uint64_t value)
{
    report_number(r, key, NULL, REPORT_JSON_ONLY, value);
    report_text(r, NULL, label, REPORT_TEXT_ONLY, "%" PRIu64 ".%03" PRIu64, value / 1000, value % 1000);
}

static uint64_t part(uint64_t of, uint64_t whole, uint64_t scale) /* rounded down */
{
    return whole ? (uint64_t)((unsigned __int128)of * scale / whole) : 0;
}

static void say_trial(struct report *r, const struct trial *t)
{
    report_number(r, "intended_load_fps", "intended load", 0, t->intended);
    report_number(r, "offered_load_fps", "offered load", 0, t->offered);
    report_number(r, "forwarding_rate_fps", "forwarding rate", 0, t->forwarded);
    report_number(r, "frames_lost", "lost", 0, t->lost);
    say_thousandths(r, "frame_loss_percent_thousandths", "loss %", part(t->lost, t->sent, 100000));
}

static void say_rows(const struct world *w, struct report *r, const struct scn_measure *m, uint64_t total)
{
    report_list(r, "flows", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        if (!item->flow ||
            !(is_of(m->flow, m->flows, item->flow->name.text) || is_of(m->congested, m->congested_flows, item->flow->name.text)))
            continue;
        struct trial t = measure_flow(w, item->flow);
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "flow", NULL, 0, "%s", item->flow->name.text);
        report_number(r, "frame_size", "size", 0, item->flow->size);
        say_trial(r, &t);
        say_thousandths(r, "share_percent_thousandths", "share %", part(t.forwarded, total, 100000));
        report_end(r);
    }
    report_end(r);
}

static void say_yes_no(struct report *r, const char *key, const char *label, bool yes)
{
    report_bool(r, key, NULL, REPORT_JSON_ONLY, yes);
    report_text(r, NULL, label, REPORT_TEXT_ONLY, "%s", yes ? "yes" : "no");
}

/* [RFC 2889 5.5.3] Loss to the port that is not congested is head-of-line blocking; none to the congested one is back pressure. */
static void say_congestion(const struct world *w, struct report *r, const struct scn_measure *m)
{
    struct sum free = sum_of(w, m->flow, m->flows), choked = sum_of(w, m->congested, m->congested_flows);
    report_number(r, "lost_uncongested", "lost to the uncongested port", 0, free.all.lost);
    report_number(r, "lost_congested", "lost to the congested port", 0, choked.all.lost);
    say_yes_no(r, "head_of_line_blocking", "head-of-line blocking", free.all.lost);
    say_yes_no(r, "back_pressure", "back pressure", !choked.all.lost);
}

/* Bits between two frames that left by the port of the measurement; 0: fewer than two did. */
static uint64_t shortest_gap(const struct world *w, const struct scn_measure *m, uint64_t *max_fps)
{
    const struct scn_name *name = scn_find(w->sc, m->nic.text, SCN_BIT(SCN_NIC) | SCN_BIT(SCN_PEER));
    const struct port *port = name->kind == SCN_NIC ? &w->nics[name->index]->uplink : peer_port(w->peers[name->index]);
    struct wire_stats stats = {0};
    uint64_t smallest = UINT64_MAX;
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_flow *flow = w->sc->items[i].flow;
        if (flow && is_of(m->flow, m->flows, flow->name.text) && flow->size < smallest)
            smallest = flow->size;
    }
    *max_fps = frames_at(port_rate_bps(port), smallest);
    if (port->wire)
        wire_get_stats(port->wire, &stats);
    return stats.gap_min_bits[port->side];
}

enum { LEGAL_GAP_BITS = 96 }; /* [IEEE 802.3 4.4.2] */

/* [RFC 2889 5.6.3] A device that leaves less than the medium's gap, to forward faster, presses. */
static void say_pressure(const struct world *w, struct report *r, const struct scn_measure *m)
{
    uint64_t max, gap = shortest_gap(w, m, &max);
    report_number(r, "theoretical_maximum_fps", "maximum of the medium", 0, max);
    report_number(r, "shortest_gap_bits", "shortest gap (bits)", 0, gap);
    say_yes_no(r, "forward_pressure", "forward pressure", gap && gap < LEGAL_GAP_BITS);
}

struct addresses {
    uint64_t offered, accepted, per_second;
    sim_time spent;
};

static struct addresses count_addresses(const struct world *w, const struct scn_measure *m)
{
    struct addresses n = {0};
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct operator* added = verb__added_addresses(&w->sc->items[i]);
        if (!added || strcmp(added->nic.text, m->nic.text))
            continue;
        const struct world_tally *tally = &w->tallies[i];
        n.offered += added->count;
        n.accepted += tally->done;
        n.spent += tally->done ? tally->last - tally->first : 0;
    }
    n.per_second = n.spent ? (uint64_t)((unsigned __int128)n.accepted * SIM_S / n.spent) : 0;
    return n;
}

static void say_addresses(const struct world *w, struct report *r, const struct scn_measure *m)
{
    struct addresses n = count_addresses(w, m);
    report_number(r, "addresses_offered", "addresses offered", 0, n.offered);
    report_number(r, "addresses_accepted", "accepted", 0, n.accepted);
    report_time(r, "time_ns", "in", m->section == 8 ? 0 : REPORT_ABSENT, n.spent);
    report_number(r, "addresses_per_second", "addresses a second", m->section == 8 ? 0 : REPORT_ABSENT, n.per_second);
}

static uint64_t fairness(const struct sum *sum) /* Jain's index, in thousandths */
{
    unsigned __int128 whole = sum->squares * sum->flows;
    return whole ? (uint64_t)((unsigned __int128)sum->rates * sum->rates * 1000 / whole) : 0;
}

uint64_t rfc2889_figure(const struct world *w, const struct scn_measure *m, enum rfc2889_figure figure)
{
    struct sum sum = sum_of(w, m->flow, m->flows), choked = sum_of(w, m->congested, m->congested_flows);
    uint64_t max, gap;
    switch (figure) {
    case RFC2889_OFFERED:
        return sum.all.offered;
    case RFC2889_FORWARDED:
        return sum.all.forwarded;
    case RFC2889_LOST:
        return sum.all.lost;
    case RFC2889_FAIRNESS:
        return fairness(&sum);
    case RFC2889_ACCEPTED:
        return count_addresses(w, m).accepted;
    case RFC2889_PER_SECOND:
        return count_addresses(w, m).per_second;
    case RFC2889_GAP:
        return shortest_gap(w, m, &max);
    case RFC2889_HOL:
        return sum.all.lost > 0;
    case RFC2889_BACK_PRESSURE:
        return choked.all.lost == 0;
    case RFC2889_FORWARD_PRESSURE:
        gap = shortest_gap(w, m, &max);
        return gap && gap < LEGAL_GAP_BITS;
    case RFC2889_FILTERED:
        return sum.all.delivered == 0;
    case RFC2889_FIGURES:
        break;
    }
    return 0;
}

static const char *const of_addresses[] = {"addresses_offered", "addresses_accepted", "time_ns", "addresses_per_second"};

static const char *const of_trials[] = {
    "intended_load_fps",   "offered_load_fps", "forwarding_rate_fps", "frames_lost", "frame_loss_percent_thousandths",
    "fairness_thousandths"};

static void say_absent(struct report *r, const char *const *keys, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        report_number(r, keys[i], NULL, REPORT_ABSENT, 0);
}

static void say_section_absent(struct report *r, unsigned section)
{
    static const char *const keys[][4] = {
        [5] = {"lost_uncongested", "lost_congested", "head_of_line_blocking", "back_pressure"},
        [6] = {"theoretical_maximum_fps", "shortest_gap_bits", "forward_pressure"},
        [9] = {"filtered"},
        [10] = {"latency_p50_ns", "latency_max_ns"},
    };
    for (unsigned i = 0; i < 4 && keys[section][i]; i++)
        report_number(r, keys[section][i], NULL, REPORT_ABSENT, 0);
}

static void report_measure(const struct world *w, struct report *r, const struct scn_measure *m)
{
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, "name", NULL, REPORT_JSON_ONLY, "%s", m->name.text);
    report_text(r, "test", NULL, REPORT_JSON_ONLY, "5.%u %s", m->section, title[m->section]);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s (5.%u %s):", m->name.text, m->section, title[m->section]);
    if (!m->flows) {
        say_addresses(w, r, m);
        say_absent(r, of_trials, sizeof(of_trials) / sizeof(of_trials[0]));
        for (unsigned section = 5; section <= 10; section++)
            say_section_absent(r, section);
        report_list(r, "flows", NULL, REPORT_TABLE, 0);
        report_end(r);
        report_end(r);
        return;
    }
    struct sum sum = sum_of(w, m->flow, m->flows), choked = sum_of(w, m->congested, m->congested_flows);
    say_trial(r, &sum.all);
    if (sum.flows > 1 && m->section <= 4)
        say_thousandths(r, "fairness_thousandths", "fairness", fairness(&sum));
    else
        report_number(r, "fairness_thousandths", NULL, REPORT_ABSENT, 0);
    if (m->section == 5)
        say_congestion(w, r, m);
    else if (m->section == 6)
        say_pressure(w, r, m);
    else if (m->section == 9)
        say_yes_no(r, "filtered", "errored frames filtered", !sum.all.delivered);
    else if (m->section == 10) {
        report_time(r, "latency_p50_ns", "latency p50", 0, sum.all.p50);
        report_time(r, "latency_max_ns", "max", 0, sum.all.max);
    }
    say_absent(r, of_addresses, sizeof(of_addresses) / sizeof(of_addresses[0]));
    for (unsigned section = 5; section <= 10; section++)
        if (section != m->section)
            say_section_absent(r, section);
    say_rows(w, r, m, sum.rates + choked.rates);
    report_end(r);
}

void rfc2889_report(const struct world *w, struct report *r)
{
    report_list(r, "rfc2889", "RFC 2889 (loads and rates in frames a second)", REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->measure_count; i++)
        report_measure(w, r, &w->sc->measures[i]);
    report_end(r);
}
