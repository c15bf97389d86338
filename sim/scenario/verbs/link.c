/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link A B …: a full-duplex wire between NICs, peers and switches. */
#include <assert.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

enum { LINK_ENDS = SCN_BIT(SCN_PEER) | SCN_BIT(SCN_NIC) | SCN_BIT(SCN_SWITCH) };

void verb__link_rate(struct scn_cursor *c, void *into)
{
    struct scn_link *link = into;
    link->rate_given = scn_rate(c, "a rate", &link->rate_bps);
}

void verb__link_latency(struct scn_cursor *c, void *into) { scn_time(c, "a latency", &((struct scn_link *)into)->latency); }

void verb__link_queue(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a queue of frames", 1, 1 << 20, &n))
        ((struct scn_link *)into)->queue = (unsigned)n;
}

void verb__add_link(struct scn_cursor *c, struct scn_link *link)
{
    struct scenario *sc = scn_scenario(c);
    if (!link->a.text || !link->b.text)
        return;
    if (sc->link_count == SCN_LINKS_MAX)
        scn_fail(c, link->a.at, "more than %d links", SCN_LINKS_MAX);
    link->name = scn_printf(&sc->file, "%s-%s", link->a.text, link->b.text);
    *SCN_ADD(sc->links, sc->link_count) = *link;
}

static const struct scn_option options[] = {
    {"rate", verb__link_rate, "R"},
    {"latency", verb__link_latency, "T"},
    {"queue", verb__link_queue, "N"},
    {"loss", verb__link_loss, "[random] P%|gemodel P% R%"},
    {"delay", verb__link_delay, "T [JITTER]"},
    {"reorder", verb__link_reorder, "P% [gap N]"},
    {"duplicate", verb__link_duplicate, "P%"},
    {"corrupt", verb__link_corrupt, "P%"},
};

static void parse_link(struct scn_cursor *c)
{
    struct scn_link link = {.latency = 500 * SIM_NS};
    const struct scn_word *a = scn_take(c, "one end of the link"), *b = a ? scn_take(c, "the other end") : NULL;
    if (!b)
        return;
    link.a = *a;
    link.b = *b;
    scn_options(c, "option of a link", options, sizeof(options) / sizeof(options[0]), &link);
    verb__check_netem(c, &link.netem);
    verb__add_link(c, &link);
}

/* ---- checking ---- */

/* A NIC's port sets the pace of a link that says nothing, and of one to a faster switch; no link is faster than its port. */
static void check_port_rate(struct scenario *sc, struct scn_link *link, const struct scn_nic *nic)
{
    const struct nic_model *model = nic->model ? nic_model_find(nic->model) : NULL;
    uint64_t port_bps = nic->rate_bps ? nic->rate_bps : model ? model->rate_bps : 0;
    if (link->rate_given && port_bps && link->rate_bps > port_bps)
        scn_error(&sc->file, link->a.at, "'%s' has a port of %llu Gb/s (model %s): its link can't be faster", nic->name.text,
                  (unsigned long long)(port_bps / 1000000000), nic->model);
    if (!link->rate_given && port_bps && (!link->rate_bps || link->rate_bps > port_bps))
        link->rate_bps = port_bps;
}

static void check_link(struct scenario *sc, struct scn_link *link, unsigned index)
{
    struct scn_word *ends[] = {&link->a, &link->b};
    for (int side = 0; side < 2; side++) {
        link->end[side] = scn_resolve(sc, ends[side], LINK_ENDS, "a NIC, switch or peer");
        if (!link->end[side] || link->end[side]->kind == SCN_SWITCH)
            continue;
        if (link->end[side]->kind == SCN_NIC && sc->nics[link->end[side]->index].port.text)
            scn_error(&sc->file, ends[side]->at, "'%s' has no plug of its own: it shares that of '%s'", ends[side]->text,
                      sc->nics[link->end[side]->index].port.text);
        for (unsigned i = 0; i < index; i++)
            if (sc->links[i].end[0] == link->end[side] || sc->links[i].end[1] == link->end[side])
                scn_error(&sc->file, ends[side]->at, "'%s' is linked in line %u already: it has one plug", ends[side]->text,
                          sc->links[i].a.at.line);
    }
    if (link->end[0] && link->end[0] == link->end[1])
        scn_error(&sc->file, link->b.at, "'%s' can't be linked to itself", link->b.text);
    for (int side = 0; side < 2 && !link->rate_given; side++)
        if (link->end[side] && link->end[side]->kind == SCN_SWITCH && !link->rate_bps)
            link->rate_bps = sc->switches[link->end[side]->index].rate_bps;
    for (int side = 0; side < 2; side++)
        if (link->end[side] && link->end[side]->kind == SCN_NIC)
            check_port_rate(sc, link, &sc->nics[link->end[side]->index]);
    if (!link->rate_bps)
        link->rate_bps = UINT64_C(10000000000);
}

bool verb__is_linked(const struct scenario *sc, const char *name)
{
    for (unsigned i = 0; i < sc->link_count; i++)
        if (!strcmp(sc->links[i].a.text, name) || !strcmp(sc->links[i].b.text, name))
            return true;
    return false;
}

static void check_all(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->link_count; i++)
        check_link(sc, &sc->links[i], i);
}

/* ---- building ---- */

static struct port *link_end(struct world *w, const struct scn_link *link, int side)
{
    const struct scn_name *end = link->end[side];
    if (end->kind == SCN_NIC)
        return w->nics[end->index]->plug;
    if (end->kind == SCN_PEER)
        return peer_port(w->peers[end->index]);
    struct port *port = xswitch_add_port(w->switches[end->index]);
    if (!port)
        scn_error(&w->sc->file, side ? link->b.at : link->a.at, "the switch '%s' has no port left", end->word.text);
    return port;
}

static void build_links(struct world *w)
{
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->link_count; i++) {
        const struct scn_link *link = &sc->links[i];
        struct wire_params params = {link->rate_bps, link->latency, link->queue, {link->ifg_bits, 0}};
        struct port *a = link_end(w, link, 0), *b = a ? link_end(w, link, 1) : NULL;
        if (!b)
            continue;
        w->wires[i] = wire_create(w->sim, link->name, &params, a, b);
        assert(w->wires[i]);
        for (unsigned side = 0; side < 2; side++)
            wire_set_netem(w->wires[i], side, &link->netem);
    }
}

static const struct verb_form link_forms[] = {{"link A B [OPTION …]", NULL, VERB_OPTIONS(options)}, {NULL}};

static const struct verb verb_link = {
    .kind = VERB_DECLARES,
    .word = "link",
    .place = 80,
    .sentence = "a wire between NICs, peers and switches, named A-B",
    .forms = link_forms,
    .example = "link h0.vmnic0 tor rate 10G latency 1us queue 64",
    .declare = parse_link,
    .check_all = check_all,
    .phase = BUILD_LINKS,
    .build = build_links,
};
VERB(verb_link);
