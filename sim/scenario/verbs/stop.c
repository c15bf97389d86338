/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stop F: a flow ends. */
#include "scenario/verbs/verbs__.h"

struct stop {
    struct scn_word flow;
};

static const struct verb verb_stop;

static void parse_stop(struct scn_cursor *c, struct scn_item *item)
{
    struct stop *stop = item->said = scn_alloc(c->file, sizeof(*stop));
    stop->flow = scn_take_word(c, "a flow");
}

static void check_stop(struct scenario *sc, struct scn_item *item)
{
    const struct stop *stop = item->said;
    if (stop->flow.text)
        scn_resolve(sc, &stop->flow, SCN_BIT(SCN_FLOW), "a flow");
}

const char *verb__stopped_flow(const struct scn_item *item)
{
    const struct stop *said = item->said;
    return item->verb == &verb_stop && said ? said->flow.text : NULL;
}

static void stop_flow(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    unsigned of = scn_find(w->sc, verb__stopped_flow(item), SCN_BIT(SCN_FLOW))->index;
    if (!w->acts[of].begun)
        world__refused(w, item, "the flow has not begun");
    if (w->connections[of])
        tcp_flow_stop(w->connections[of]);
    else
        flow_source_stop(w->flows[of]);
}

static const struct verb_form forms[] = {{"stop FLOW", NULL, NULL, 0}, {NULL}};

static const struct verb verb_stop = {
    .kind = VERB_ACTS,
    .word = "stop",
    .place = 30,
    .sentence = "end a flow",
    .forms = forms,
    .example = "5ms stop f",
    .endings = "refused",
    .parse = parse_stop,
    .check = check_stop,
    .act = stop_flow,
    .vm_of = verb__stopped_flow,
};
VERB(verb_stop);
