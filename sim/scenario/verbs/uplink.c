/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uplink tap NAME …: a port of the scenario's network that is a TAP device of this machine, at the wall clock. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

struct uplink_line {
    struct scn_peer peer;
    struct scn_link link;
};

enum { TAP_NAME_MAX = 15 }; /* IFNAMSIZ - 1 */

static void uplink_on(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_take(c, "a switch or NIC");
    if (word)
        ((struct uplink_line *)into)->link.b = *word;
}

static void uplink_mtu(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_size(c, "the MTU", 68, 9700, &n))
        ((struct uplink_line *)into)->peer.mtu = (unsigned)n;
}

static void uplink_rate(struct scn_cursor *c, void *into) { verb__link_rate(c, &((struct uplink_line *)into)->link); }
static void uplink_latency(struct scn_cursor *c, void *into) { verb__link_latency(c, &((struct uplink_line *)into)->link); }
static void uplink_queue(struct scn_cursor *c, void *into) { verb__link_queue(c, &((struct uplink_line *)into)->link); }

static const struct scn_option options[] = {
    {"on", uplink_on, "SWITCH|NIC"},  {"mtu", uplink_mtu, "N"},     {"rate", uplink_rate, "R"},
    {"latency", uplink_latency, "T"}, {"queue", uplink_queue, "N"},
};

/* It is a station that takes every frame: who they are for, the machine behind it knows. */
static void parse_uplink(struct scn_cursor *c)
{
    static const char *const kinds[] = {"tap", NULL};
    struct scenario *sc = scn_scenario(c);
    struct uplink_line line = {.peer = {.vlan = -1, .mtu = 1500, .promisc = true, .is_tap = true},
                               .link = {.latency = 500 * SIM_NS}};
    if (scn_choice(c, "kind of uplink", kinds) < 0 || !scn_declare(c, SCN_PEER, sc->peer_count, &line.peer.name))
        return;
    if (strlen(line.peer.name.text) > TAP_NAME_MAX)
        scn_fail(c, line.peer.name.at, "the name of a TAP device has at most %d letters", TAP_NAME_MAX);
    if (sc->peer_count == SCN_PEERS_MAX)
        scn_fail(c, line.peer.name.at, "more than %d peers", SCN_PEERS_MAX);
    scn_options(c, "option of an uplink", options, sizeof(options) / sizeof(options[0]), &line);
    *SCN_ADD(sc->peers, sc->peer_count) = line.peer;
    line.link.a = line.peer.name;
    verb__add_link(c, &line.link);
}

static const struct verb_form uplink_forms[] = {{"uplink tap NAME [OPTION …]", NULL, VERB_OPTIONS(options)}, {NULL}};

static const struct verb verb_uplink = {
    .kind = VERB_DECLARES,
    .word = "uplink",
    .place = 95,
    .sentence = "a TAP device of this machine, for a run that is served",
    .forms = uplink_forms,
    .example = "uplink tap vfsim0 on tor",
    .declare = parse_uplink,
};
VERB(verb_uplink);
