/* SPDX-License-Identifier: GPL-2.0-or-later */
/* measure NAME rfc2889 5.N …: which flows are a trial of which test; and what is expected of it. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/rfc2889.h"

enum { FORWARD_PRESSURE = 6, ADDRESS_CAPACITY = 7, ADDRESS_RATE = 8, CONGESTION = 5 }; /* sections 5.N */

/* Names of flows up to the next keyword or the end. */
static void take_flows(struct scn_cursor *c, struct scn_word *flow, unsigned *count)
{
    while (scn_peek(c) && strcmp(scn_peek(c)->text, "congested") && strcmp(scn_peek(c)->text, "on")) {
        if (*count == SCN_MEASURE_FLOWS_MAX) {
            scn_fail(c, scn_peek(c)->at, "more than %d flows in one list: a '*' stands for many", SCN_MEASURE_FLOWS_MAX);
            return;
        }
        flow[(*count)++] = *scn_take(c, "a flow");
    }
    if (!*count)
        scn_take(c, "a flow, or a pattern such as mesh-*");
}

static void parse_measure(struct scn_cursor *c)
{
    static const char *const sections[] = {"5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "5.8", "5.9", "5.10", NULL};
    struct scenario *sc = scn_scenario(c);
    struct scn_measure m = {0};
    const struct scn_word *name = scn_take(c, "a name for the measurement");
    if (!name || !scn_need(c, "rfc2889"))
        return;
    m.name = *name;
    int section = scn_choice(c, "test of RFC 2889", sections);
    if (section < 0)
        return;
    m.section = (unsigned)section + 1;
    bool of_addresses = m.section == ADDRESS_CAPACITY || m.section == ADDRESS_RATE;
    if (!of_addresses && scn_need(c, "of"))
        take_flows(c, m.flow, &m.flows);
    if (m.section == CONGESTION && scn_need(c, "congested"))
        take_flows(c, m.congested, &m.congested_flows);
    if ((of_addresses || m.section == FORWARD_PRESSURE) && !c->failed && scn_need(c, "on")) {
        const struct scn_word *nic = scn_take(c, "a NIC");
        if (nic)
            m.nic = *nic;
    }
    scn_finish(c);
    if (sc->measure_count == SCN_MEASURES_MAX)
        scn_fail(c, name->at, "more than %d measurements", SCN_MEASURES_MAX);
    else if (!c->failed)
        *SCN_ADD(sc->measures, sc->measure_count) = m;
}

static void check_flows(struct scenario *sc, const struct scn_word *flow, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        bool any = false;
        if (!strchr(flow[i].text, '*')) {
            scn_resolve(sc, &flow[i], SCN_BIT(SCN_FLOW), "a flow");
            continue;
        }
        for (unsigned n = 0; n < sc->name_count; n++)
            any |= sc->names[n].kind == SCN_FLOW && scn_matches(flow[i].text, sc->names[n].word.text);
        if (!any)
            scn_error(&sc->file, flow[i].at, "no flow's name is like '%s'", flow[i].text);
    }
}

static void check_measures(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->measure_count; i++) {
        const struct scn_measure *m = &sc->measures[i];
        check_flows(sc, m->flow, m->flows);
        check_flows(sc, m->congested, m->congested_flows);
        if (m->nic.text)
            scn_resolve(sc, &m->nic, SCN_BIT(SCN_NIC) | (m->section == FORWARD_PRESSURE ? SCN_BIT(SCN_PEER) : 0),
                        m->section == FORWARD_PRESSURE ? "a NIC or peer" : "a NIC");
    }
}

static const struct verb_form measure_forms[] = {
    {"measure NAME rfc2889 SECTION of FLOW … [congested FLOW …] [on NIC|PEER]", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_measure = {
    .kind = VERB_DECLARES,
    .word = "measure",
    .place = 120,
    .sentence = "a trial of a test of RFC 2889, whose quantities the report prints",
    .forms = measure_forms,
    .example = "measure congestion rfc2889 5.5 of to-good congested to-slow",
    .declare = parse_measure,
    .check_all = check_measures,
    .report = rfc2889_report,
    .report_place = REPORT_MEASURES,
};
VERB(verb_measure);

/* ---- expect measure NAME FIGURE [OP] N, or yes|no ---- */

static const char *const figures[] = {
    [RFC2889_OFFERED] = "offered-load",
    [RFC2889_FORWARDED] = "forwarding-rate",
    [RFC2889_LOST] = "lost",
    [RFC2889_FAIRNESS] = "fairness-thousandths",
    [RFC2889_ACCEPTED] = "accepted",
    [RFC2889_PER_SECOND] = "addresses-per-second",
    [RFC2889_GAP] = "shortest-gap",
    [RFC2889_HOL] = "head-of-line-blocking",
    [RFC2889_BACK_PRESSURE] = "back-pressure",
    [RFC2889_FORWARD_PRESSURE] = "forward-pressure",
    [RFC2889_FILTERED] = "filtered",
    [RFC2889_FIGURES] = NULL,
};

/* Yes or no, where others are numbers. */
static bool is_answer(enum rfc2889_figure figure)
{
    return figure == RFC2889_HOL || figure == RFC2889_BACK_PRESSURE || figure == RFC2889_FORWARD_PRESSURE ||
           figure == RFC2889_FILTERED;
}

/* Which sections have the figure, a bit each. */
static uint32_t sections_of(enum rfc2889_figure figure)
{
    enum { ALL = 0x7fe };
    switch (figure) {
    case RFC2889_FAIRNESS:
        return 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4;
    case RFC2889_ACCEPTED:
        return 1u << ADDRESS_CAPACITY | 1u << ADDRESS_RATE;
    case RFC2889_PER_SECOND:
        return 1u << ADDRESS_RATE;
    case RFC2889_HOL:
    case RFC2889_BACK_PRESSURE:
        return 1u << CONGESTION;
    case RFC2889_GAP:
    case RFC2889_FORWARD_PRESSURE:
        return 1u << FORWARD_PRESSURE;
    case RFC2889_FILTERED:
        return 1u << 9;
    case RFC2889_OFFERED:
    case RFC2889_FORWARDED:
    case RFC2889_LOST:
    case RFC2889_FIGURES:
        break;
    }
    return ALL & ~(1u << ADDRESS_CAPACITY | 1u << ADDRESS_RATE);
}

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const answers[] = {"no", "yes", NULL};
    const struct scn_word *name = scn_take(c, "a measurement");
    int figure = name ? scn_choice(c, "figure of a measurement", figures) : -1;
    if (figure < 0)
        return false;
    e->name = *name;
    e->figure = (unsigned)figure;
    e->op = is_answer((enum rfc2889_figure)figure) ? SCN_EQ : scn_take_op(c);
    const char *shown = scn_peek(c) ? scn_peek(c)->text : "";
    if (!is_answer((enum rfc2889_figure)figure))
        scn_count(c, "a number", &e->value);
    else
        e->value = scn_choice(c, "answer", answers) == 1;
    e->text = scn_printf(c->file, "measure %s %s %s %s", e->name.text, figures[figure], scn_op_words[e->op], shown);
    scn_finish(c);
    return !c->failed;
}

static void check_expect(struct scenario *sc, struct scn_expect *e)
{
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, e->name.text);
    for (unsigned i = 0; i < sc->measure_count; i++) {
        scn_suggest_try(&suggest, sc->measures[i].name.text);
        if (strcmp(sc->measures[i].name.text, e->name.text))
            continue;
        e->nth = i;
        if (!(sections_of((enum rfc2889_figure)e->figure) >> sc->measures[i].section & 1))
            scn_error(&sc->file, e->name.at, "5.%u of RFC 2889, which '%s' measures, has no %s", sc->measures[i].section,
                      e->name.text, figures[e->figure]);
        return;
    }
    scn_error(&sc->file, e->name.at, "there is no measurement '%s'%s", e->name.text,
              scn_suggest_text(&suggest, near, sizeof(near)));
}

static bool judge_measure(const struct world *w, const struct scn_expect *e, char *seen)
{
    uint64_t value = rfc2889_figure(w, &w->sc->measures[e->nth], (enum rfc2889_figure)e->figure);
    if (is_answer((enum rfc2889_figure)e->figure))
        snprintf(seen, WORLD_SEEN_LEN, "was %s", value ? "yes" : "no");
    else
        snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, value);
    return world__judge_number(w, e, value);
}

static const struct verb_form expect_forms[] = {
    {"expect measure NAME offered-load|forwarding-rate|lost|fairness-thousandths [OP] N", "of throughput", NULL, 0},
    {"expect measure NAME accepted|addresses-per-second|shortest-gap [OP] N", "of addresses; in bits", NULL, 0},
    {"expect measure NAME head-of-line-blocking|back-pressure|forward-pressure|filtered yes|no", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_expect_measure = {
    .kind = VERB_EXPECTS,
    .word = "measure",
    .place = 90,
    .sentence = "a quantity of a test of RFC 2889",
    .forms = expect_forms,
    .example = "end expect measure congestion head-of-line-blocking no",
    .expect = parse_expect,
    .check_expect = check_expect,
    .judge = judge_measure,
};
VERB(verb_expect_measure);
