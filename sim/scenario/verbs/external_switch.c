/* SPDX-License-Identifier: GPL-2.0-or-later */
/* switch NAME …: an external learning switch. (`TIME switch VM to …` is another verb: switch.c.) */
#include <assert.h>

#include "scenario/verbs/verbs__.h"

static void switch_latency(struct scn_cursor *c, void *into) { scn_time(c, "a latency", &((struct scn_switch *)into)->latency); }

static void switch_rate(struct scn_cursor *c, void *into) { scn_rate(c, "a rate", &((struct scn_switch *)into)->rate_bps); }

static void switch_reflective(struct scn_cursor *c, void *into) { ((struct scn_switch *)into)->reflective = !c->failed; }

static const struct scn_option options[] = {
    {"latency", switch_latency, "T"},
    {"rate", switch_rate, "R"},
    {"reflective-relay", switch_reflective, ""},
};

static void parse_switch(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_switch sw = {.latency = 500 * SIM_NS};
    if (!scn_declare(c, SCN_SWITCH, sc->switch_count, &sw.name))
        return;
    if (sc->switch_count == SCN_SWITCHES_MAX)
        scn_fail(c, sw.name.at, "more than %d switches", SCN_SWITCHES_MAX);
    scn_options(c, "option of a switch", options, sizeof(options) / sizeof(options[0]), &sw);
    *SCN_ADD(sc->switches, sc->switch_count) = sw;
}

static void build_switches(struct world *w)
{
    const struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->switch_count; i++) {
        w->switches[i] = xswitch_create(w->sim, sc->switches[i].name.text, sc->switches[i].latency);
        assert(w->switches[i]);
        xswitch_set_reflective(w->switches[i], sc->switches[i].reflective);
    }
}

static const struct verb_form external_switch_forms[] = {{"switch NAME [OPTION …]", NULL, VERB_OPTIONS(options)}, {NULL}};

static const struct verb verb_external_switch = {
    .kind = VERB_DECLARES,
    .word = "switch",
    .place = 70,
    .sentence = "an external learning switch",
    .forms = external_switch_forms,
    .example = "switch tor rate 40G",
    .declare = parse_switch,
    .phase = BUILD_SWITCHES,
    .build = build_switches,
};
VERB(verb_external_switch);
