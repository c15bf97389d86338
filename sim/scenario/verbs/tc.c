/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tc qdisc add|change|replace|del dev NAME root netem …: a link does other things to frames from now on. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

struct tc {
    struct scn_word dev; /* a link: both directions; a peer or a NIC: what it sends */
    bool deletes;
    struct netem netem;
};

static void parse_tc(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const commands[] = {"add", "change", "del", "replace", NULL};
    struct tc *said = item->said = scn_alloc(c->file, sizeof(*said));
    if (!scn_need(c, "qdisc"))
        return;
    int command = scn_choice(c, "command of tc", commands);
    if (command < 0 || !scn_need(c, "dev"))
        return;
    said->dev = scn_take_word(c, "a link, a peer or a NIC");
    scn_accept(c, "root");
    said->deletes = command == 2;
    if (said->deletes ? !scn_accept(c, "netem") && scn_peek(c) : !scn_need(c, "netem"))
        scn_need(c, "netem");
    if (said->deletes) {
        scn_finish(c);
        return;
    }
    if (!scn_peek(c))
        scn_fail(c, c->end, "netem does what? loss, delay, reorder, duplicate or corrupt");
    scn_options(c, "option of netem", verb__netem_options, VERB_NETEM_OPTIONS, &said->netem);
    verb__check_netem(c, &said->netem);
}

static bool is_of(const struct scn_link *link, const char *name)
{
    return !strcmp(link->name, name) || !strcmp(link->a.text, name) || !strcmp(link->b.text, name);
}

static void check(struct scenario *sc, struct scn_item *item)
{
    const struct tc *said = item->said;
    if (!said->dev.text)
        return;
    for (unsigned i = 0; i < sc->link_count; i++)
        if (!strcmp(sc->links[i].name, said->dev.text))
            return;
    if (scn_resolve(sc, &said->dev, SCN_BIT(SCN_PEER) | SCN_BIT(SCN_NIC), "a link, a peer or a NIC") &&
        !verb__is_linked(sc, said->dev.text))
        scn_error(&sc->file, said->dev.at, "'%s' has no link", said->dev.text);
}

static void act(struct world *w, unsigned index)
{
    const struct tc *said = w->sc->items[index].said;
    for (unsigned i = 0; i < w->sc->link_count; i++) {
        const struct scn_link *link = &w->sc->links[i];
        if (!is_of(link, said->dev.text))
            continue;
        for (unsigned side = 0; side < 2; side++)
            if (!strcmp(link->name, said->dev.text) || !strcmp(side ? link->b.text : link->a.text, said->dev.text))
                wire_set_netem(w->wires[i], side, &said->netem);
        return;
    }
}

static const struct verb_form forms[] = {
    {"tc qdisc add|change|replace dev LINK|PEER|NIC root netem [OPTION …]", NULL, verb__netem_options, VERB_NETEM_OPTIONS},
    {"tc qdisc del dev LINK|PEER|NIC root", "frames pass as before", NULL, 0},
    {NULL},
};

static const struct verb verb_tc = {
    .kind = VERB_ACTS,
    .word = "tc",
    .place = 45,
    .sentence = "have a link lose, delay, reorder, duplicate or corrupt frames, as tc-netem(8) does",
    .forms = forms,
    .example = "5ms tc qdisc change dev client-tor root netem loss 1% delay 10ms 1ms",
    .parse = parse_tc,
    .check = check,
    .act = act,
};
VERB(verb_tc);
