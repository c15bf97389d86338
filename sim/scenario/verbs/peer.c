/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peer NAME …: a station outside. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

struct peer_line {
    struct scn_peer peer;
    struct scn_link link;
};

static void peer_on(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_take(c, "a switch or NIC");
    if (word)
        ((struct peer_line *)into)->link.b = *word;
}

static void peer_mac(struct scn_cursor *c, void *into)
{
    struct scn_peer *peer = &((struct peer_line *)into)->peer;
    peer->mac_given = scn_own_mac(c, peer->mac);
    peer->mac_duplicate = scn_accept(c, "duplicate");
}

static void peer_ip(struct scn_cursor *c, void *into) { scn_ip4(c, ((struct peer_line *)into)->peer.ip4); }

static void peer_ip6(struct scn_cursor *c, void *into) { scn_ip6(c, ((struct peer_line *)into)->peer.ip6); }

static void peer_vlan(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a VLAN", 1, 4094, &n))
        ((struct peer_line *)into)->peer.vlan = (int)n;
}

static void peer_mtu(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_size(c, "the MTU", 68, 9700, &n))
        ((struct peer_line *)into)->peer.mtu = (unsigned)n;
}

static void peer_rate(struct scn_cursor *c, void *into) { verb__link_rate(c, &((struct peer_line *)into)->link); }

static void peer_latency(struct scn_cursor *c, void *into) { verb__link_latency(c, &((struct peer_line *)into)->link); }

static void peer_queue(struct scn_cursor *c, void *into) { verb__link_queue(c, &((struct peer_line *)into)->link); }

static void peer_ifg(struct scn_cursor *c, void *into)
{
    uint64_t n;
    const struct scn_word *word = scn_peek(c);
    if (scn_number(c, "a gap in bits (96 is the shortest that a station may leave)", 40, 96, &n) && n % 8)
        scn_fail(c, word->at, "a gap is whole bytes here: '%s' bits are not", word->text);
    ((struct peer_line *)into)->link.ifg_bits = (uint32_t)n;
    ((struct peer_line *)into)->peer.ifg_bits = (uint32_t)n;
}

static void peer_promisc(struct scn_cursor *c, void *into) { ((struct peer_line *)into)->peer.promisc = true; }

static void peer_join(struct scn_cursor *c, void *into)
{
    struct scn_peer *peer = &((struct peer_line *)into)->peer;
    do {
        const struct scn_word *word = scn_peek(c);
        if (peer->joins == SCN_JOINS_MAX) {
            scn_fail(c, word->at, "more than %d multicast addresses", SCN_JOINS_MAX);
        } else if (scn_mac(c, peer->join[peer->joins])) {
            if (!mac_is_multicast(peer->join[peer->joins++]))
                scn_fail(c, word->at, "'%s' is no multicast address: its first byte is even", word->text);
        }
    } while (scn_peek(c) && scn_text_is_mac(scn_peek(c)->text, (uint8_t[6]){0}));
}

static const struct scn_option options[] = {
    {"on", peer_on, "SWITCH|NIC"},  {"mac", peer_mac, "MAC [duplicate]"},
    {"ip", peer_ip, "A"},           {"ip6", peer_ip6, "A"},
    {"vlan", peer_vlan, "V"},       {"mtu", peer_mtu, "N"},
    {"rate", peer_rate, "R"},       {"latency", peer_latency, "T"},
    {"queue", peer_queue, "N"},     {"promisc", peer_promisc, ""},
    {"join", peer_join, "MCAST …"}, {"ifg", peer_ifg, "N"},
};

static void parse_peer(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct peer_line line = {.peer = {.vlan = -1, .mtu = 1500}, .link = {.latency = 500 * SIM_NS}};
    if (!scn_declare(c, SCN_PEER, sc->peer_count, &line.peer.name))
        return;
    if (sc->peer_count == SCN_PEERS_MAX)
        scn_fail(c, line.peer.name.at, "more than %d peers", SCN_PEERS_MAX);
    scn_options(c, "option of a peer", options, sizeof(options) / sizeof(options[0]), &line);
    *SCN_ADD(sc->peers, sc->peer_count) = line.peer;
    line.link.a = line.peer.name;
    verb__add_link(c, &line.link);
}

static void check_all(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->peer_count; i++)
        if (!verb__is_linked(sc, sc->peers[i].name.text))
            scn_error(&sc->file, sc->peers[i].name.at, "the peer '%s' is linked to nothing: add 'on SWITCH' or a link",
                      sc->peers[i].name.text);
}

static void build_peers(struct world *w)
{
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->peer_count; i++) {
        const struct scn_peer *p = &sc->peers[i];
        struct peer *peer = w->peers[i] = peer_create(w->sim, p->name.text, p->mac);
        if (!peer) {
            scn_error(&sc->file, p->name.at, "no such peer can be made: its name is taken by a part of another component");
            continue;
        }
        struct station *station = peer_station(peer);
        memcpy(station->ip4, p->ip4, 4);
        memcpy(station->ip6, p->ip6, 16);
        station->mtu = p->mtu;
        peer_set_promiscuous(peer, p->promisc);
        peer_set_vlan(peer, p->vlan);
        for (unsigned j = 0; j < p->joins; j++)
            peer_add_multicast(peer, p->join[j]);
    }
}

static const struct verb_form peer_forms[] = {{"peer NAME [OPTION …]", NULL, VERB_OPTIONS(options)}, {NULL}};

static const struct verb verb_peer = {
    .kind = VERB_DECLARES,
    .word = "peer",
    .place = 90,
    .sentence = "a station outside",
    .forms = peer_forms,
    .example = "peer client on tor ip 10.0.0.1 latency 2us",
    .declare = parse_peer,
    .check_all = check_all,
    .phase = BUILD_PEERS,
    .build = build_peers,
};
VERB(verb_peer);
