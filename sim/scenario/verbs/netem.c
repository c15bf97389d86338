/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a link does to frames besides carrying them: options of a link, and tc qdisc … netem [tc-netem(8)]. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

static void take_loss(struct scn_cursor *c, void *into)
{
    struct netem *n = into;
    n->recovery = 0;
    if (scn_accept(c, "gemodel")) {
        scn_percent(c, "a chance to get into the bad state", &n->loss);
        const struct scn_word *word = scn_peek(c);
        if (scn_percent(c, "a chance to get out of it", &n->recovery) && !n->recovery)
            scn_fail(c, word->at, "a bad state that has no end is 'loss 100%%'");
        return;
    }
    scn_accept(c, "random");
    scn_percent(c, "a loss", &n->loss);
}

static void take_delay(struct scn_cursor *c, void *into)
{
    struct netem *n = into;
    const struct scn_word *next;
    n->jitter = 0;
    if (!scn_time(c, "a delay", &n->delay) || !(next = scn_peek(c)) || next->text[0] < '0' || next->text[0] > '9')
        return;
    if (scn_time(c, "a jitter", &n->jitter) && n->jitter > n->delay)
        scn_fail(c, next->at, "a jitter of more than the delay would have frames arrive before they were sent");
}

static void take_reorder(struct scn_cursor *c, void *into)
{
    struct netem *n = into;
    uint64_t gap;
    scn_percent(c, "a share of frames", &n->reorder);
    n->gap = scn_accept(c, "gap") && scn_number(c, "every how manieth frame", 1, 1000000, &gap) ? (uint32_t)gap : 0;
}

static void take_duplicate(struct scn_cursor *c, void *into)
{
    scn_percent(c, "a share of frames", &((struct netem *)into)->duplicate);
}

static void take_corrupt(struct scn_cursor *c, void *into)
{
    scn_percent(c, "a share of frames", &((struct netem *)into)->corrupt);
}

static const struct scn_option options[VERB_NETEM_OPTIONS] = {
    {"loss", take_loss, "[random] P%|gemodel P% R%"},
    {"delay", take_delay, "T [JITTER]"},
    {"reorder", take_reorder, "P% [gap N]"},
    {"duplicate", take_duplicate, "P%"},
    {"corrupt", take_corrupt, "P%"},
};

/* Of a link's line: the same words; what they say is for both directions. */
void verb__link_loss(struct scn_cursor *c, void *into) { take_loss(c, &((struct scn_link *)into)->netem); }
void verb__link_delay(struct scn_cursor *c, void *into) { take_delay(c, &((struct scn_link *)into)->netem); }
void verb__link_reorder(struct scn_cursor *c, void *into) { take_reorder(c, &((struct scn_link *)into)->netem); }
void verb__link_duplicate(struct scn_cursor *c, void *into) { take_duplicate(c, &((struct scn_link *)into)->netem); }
void verb__link_corrupt(struct scn_cursor *c, void *into) { take_corrupt(c, &((struct scn_link *)into)->netem); }

void verb__check_netem(struct scn_cursor *c, const struct netem *n)
{
    if (n->reorder && !n->delay)
        scn_fail(c, c->end, "reordering is not possible without specifying some delay"); /* [tc-netem(8), in its words] */
}

/* ---- tc qdisc add|change|replace|del dev NAME root netem … ---- */

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
    scn_options(c, "option of netem", options, VERB_NETEM_OPTIONS, &said->netem);
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
    {"tc qdisc add|change|replace dev LINK|PEER|NIC root netem [OPTION …]", NULL, options, VERB_NETEM_OPTIONS},
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
