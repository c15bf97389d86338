/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bridge link …, bridge fdb … of a NIC [bridge(8)]. */
#include <errno.h>
#include <string.h>

#include "scenario/verbs/show.h"

static const struct verb verb_link_set, verb_link_show, verb_fdb_add, verb_fdb_del, verb_fdb_show;

static void parse_fdb(struct scn_cursor *c, struct scn_item *item)
{
    enum { ADD, DEL, SHOW };
    static const char *const words[] = {[ADD] = "add", [DEL] = "del", [SHOW] = "show", NULL};
    static const struct verb *const lines[] = {[ADD] = &verb_fdb_add, [DEL] = &verb_fdb_del, [SHOW] = &verb_fdb_show};
    int which = scn_choice(c, "verb of bridge fdb", words);
    uint8_t mac[6] = {0};
    uint64_t count = 1;
    if (which < 0)
        return;
    const struct scn_word *word = scn_peek(c);
    if (which != SHOW && scn_mac(c, mac) && mac_is_multicast(mac))
        scn_fail(c, word->at, "'%s' is a multicast address: the table has addresses of stations", word->text);
    if (!scn_need(c, "dev"))
        return;
    verb__start_operator(c, item, lines[which], scn_take_word(c, "a NIC"));
    if (which != SHOW && scn_accept(c, "count")) /* not bridge(8)'s: as many addresses, each one higher */
        scn_number(c, "a number of addresses", 1, 65536, &count);
    memcpy(oper_of(item)->mac, mac, 6);
    oper_of(item)->count = (uint32_t)count;
}

static void parse_link(struct scn_cursor *c, struct scn_item *item)
{
    enum { SET, SHOW };
    static const char *const words[] = {[SET] = "set", [SHOW] = "show", NULL}, *const modes[] = {"veb", "vepa", NULL};
    int which = scn_choice(c, "verb of bridge link", words);
    if (which < 0 || !scn_need(c, "dev"))
        return;
    verb__start_operator(c, item, which == SET ? &verb_link_set : &verb_link_show, scn_take_word(c, "a NIC"));
    if (which == SET && scn_need(c, "hwmode"))
        oper_of(item)->vepa = scn_choice(c, "mode of the switch", modes) == 1;
}

static void parse_bridge(struct scn_cursor *c, struct scn_item *item)
{
    enum { LINK, FDB };
    static const char *const objects[] = {[LINK] = "link", [FDB] = "fdb", NULL};
    int object = scn_choice(c, "object of bridge", objects);
    if (object == FDB)
        parse_fdb(c, item);
    else if (object == LINK)
        parse_link(c, item);
}

/* ---- fdb add, fdb del: one address after the other, as a shell's loop would ---- */

static void next_address(struct world *w, unsigned index, struct pf *pf)
{
    const struct operator* oper = w->sc->items[index].said;
    struct world_tally *tally = &w->tallies[index];
    struct pf_args args = {.vf = PF_ANY_VF};
    uint64_t key = mac_key(oper->mac) + tally->asked++;
    for (unsigned b = 0; b < 6; b++)
        args.mac[b] = (uint8_t)(key >> (40 - 8 * b));
    verb__ask_pf(w, index, pf,
                 w->sc->items[index].verb == &verb_fdb_add ? VMK_NETPTOP_PF_ADD_MAC_FILTER : VMK_NETPTOP_PF_DEL_MAC_FILTER, &args);
}

static void address_is_done(struct world *w, unsigned index, int status)
{
    const struct scn_item *item = &w->sc->items[index];
    struct world_tally *tally = &w->tallies[index];
    if (status) { /* the loop ends at the first refusal */
        world__refused(w, item, "address %u: RTNETLINK answers: %s", (unsigned)tally->asked,
                       status == -ENOSPC   ? "Cannot allocate memory (no receive address register left)"
                       : status == -EEXIST ? "File exists"
                       : status == -EINVAL ? "No such file or directory"
                                           : world__errno_text(status));
        return;
    }
    tally->done++;
    tally->last = sim_now(w->sim);
    if (tally->asked < oper_of(item)->count)
        next_address(w, index, verb__find_pf(w, item, oper_of(item)->nic.text));
}

static void begin_addresses(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    struct pf *pf = verb__find_pf(w, item, oper_of(item)->nic.text);
    if (!pf)
        return;
    w->tallies[index] = (struct world_tally){.first = sim_now(w->sim)};
    next_address(w, index, pf);
}

const struct operator* verb__added_addresses(const struct scn_item *item)
{
    return item->verb == &verb_fdb_add ? item->said : NULL;
}

static void set_mode(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    struct pf *pf = verb__find_pf(w, item, oper_of(item)->nic.text);
    if (pf && pf_vf_count(pf))
        pf_set_bridge_mode(pf, oper_of(item)->vepa ? PF_BRIDGE_VEPA : PF_BRIDGE_VEB);
    else if (pf)
        world__refused(w, item, "RTNETLINK answers: Operation not supported");
}

/* ---- showing, in the tool's spelling [iproute2 bridge/fdb.c] ---- */

static void show_fdb(const struct show *s)
{
    uint8_t mac[6];
    uint64_t pools;
    char text[SHOW_MAC_LEN];
    for (unsigned i = 0; pf_get_filter(s->pf, i, mac, &pools); i++)
        if (pools >> pf_vf_count(s->pf) & 1) /* the kernel's list is that of the PF's netdev */
            SAY(s, "%s dev %s self permanent", show__mac(mac, text), s->said->name.text);
}

static void show_bridge(const struct show *s)
{
    struct pf_netdev n;
    pf_netdev_get(s->pf, &n);
    SAY(s, "%u: %s: <%s> mtu %u hwmode %s", s->number, s->said->name.text, show__flags(s), n.mtu,
        pf_get_bridge_mode(s->pf) == PF_BRIDGE_VEPA ? "VEPA" : "VEB");
}

static void show(struct world *w, unsigned index, void (*print)(const struct show *s))
{
    const struct scn_item *item = &w->sc->items[index];
    if (!verb__find_pf(w, item, oper_of(item)->nic.text))
        return;
    struct show s = show__open(w, item, oper_of(item)->nic.text, item->text);
    print(&s);
}

static void act_show_fdb(struct world *w, unsigned index) { show(w, index, show_fdb); }
static void act_show_link(struct world *w, unsigned index) { show(w, index, show_bridge); }

/* ---- what a line can be ---- */

#define LINE(name, its_act, its_done)     \
    static const struct verb name = {     \
        .kind = VERB_ACTS,                \
        .check = verb__check_operator,    \
        .act = (its_act),                 \
        .done = (its_done),               \
        .ending = world__end_of_requests, \
        .vm_of = verb__vm_of_operator,    \
    }
LINE(verb_link_set, set_mode, NULL);
LINE(verb_link_show, act_show_link, NULL);
LINE(verb_fdb_add, begin_addresses, address_is_done);
LINE(verb_fdb_del, begin_addresses, address_is_done);
LINE(verb_fdb_show, act_show_fdb, NULL);

static const struct verb_form forms[] = {
    {"bridge link set dev NIC hwmode veb|vepa", "what VFs say to each other: inside, or by the adjacent bridge", NULL, 0},
    {"bridge link show dev NIC", NULL, NULL, 0},
    {"bridge fdb add|del MAC dev NIC [count N]", "receive addresses of the PF; `count`: as many, each one higher", NULL, 0},
    {"bridge fdb show dev NIC", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_bridge = {
    .kind = VERB_ACTS,
    .word = "bridge",
    .place = 110,
    .sentence = "set or show the embedded switch of a NIC, as bridge(8) does",
    .forms = forms,
    .example = "0 bridge fdb add 02:00:00:00:00:42 dev h0.vmnic0",
    .endings = "refused unfinished",
    .parse = parse_bridge,
};
VERB(verb_bridge);
