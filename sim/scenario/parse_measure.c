/* SPDX-License-Identifier: GPL-2.0-or-later */
/* measure NAME rfc2889 5.N …: which flows are a trial of which test. */
#include <string.h>

#include "scenario/scenario__.h"

enum { FORWARD_PRESSURE = 6, ADDRESS_CAPACITY = 7, ADDRESS_RATE = 8, CONGESTION = 5 };

bool scn_matches(const char *pattern, const char *name)
{
    for (; *pattern && *pattern != '*'; pattern++, name++)
        if (*pattern != *name)
            return false;
    if (!*pattern)
        return !*name;
    for (pattern++;; name++) {
        if (scn_matches(pattern, name))
            return true;
        if (!*name)
            return false;
    }
}

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

void scn_parse_measure(struct scn_cursor *c)
{
    static const char *const sections[] = {"5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "5.8", "5.9", "5.10", NULL};
    struct scenario *sc = c->sc;
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
            scn_error(sc, flow[i].at, "no flow's name is like '%s'", flow[i].text);
    }
}

void scn_check_measures(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->measure_count; i++) {
        const struct scn_measure *m = &sc->measures[i];
        check_flows(sc, m->flow, m->flows);
        check_flows(sc, m->congested, m->congested_flows);
        if (m->nic.text)
            scn_resolve(sc, &m->nic, SCN_BIT(SCN_NIC), "a NIC");
    }
}
