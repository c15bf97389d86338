/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ip link set …, ip link show … of a NIC, its VFs, a peer or a link [ip-link(8)]. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/show.h"

static const struct verb verb_link_vf, verb_link_up, verb_link_show, verb_link_stats, verb_link_mtu, verb_link_address;

/* ---- ip link set NIC vf N … ---- */

struct vf_set {
    struct scn_word nic;
    unsigned vf;
    bool mac_given, vlan_given;
    uint8_t mac[6];
    unsigned vlan, qos;
    int spoofchk, trust, query_rss, state; /* -1 not said; state: enum pf_link_state */
    bool proto_ad, max_rate_given, min_rate_given;
    const char *guid;            /* "node_guid": what only InfiniBand has */
    unsigned max_rate, min_rate; /* Mb/s */
};

static void vf_mac(struct scn_cursor *c, void *into)
{
    struct vf_set *set = into;
    set->mac_given = scn_mac(c, set->mac);
}

static void vf_vlan(struct scn_cursor *c, void *into)
{
    static const char *const protocols[] = {"802.1Q", "802.1ad", NULL};
    struct vf_set *set = into;
    uint64_t n;
    set->vlan_given = scn_number(c, "a VLAN (0: none)", 0, 4094, &n);
    set->vlan = (unsigned)n;
    if (scn_accept(c, "qos") && scn_number(c, "a priority", 0, 7, &n))
        set->qos = (unsigned)n;
    if (scn_accept(c, "proto"))
        set->proto_ad = scn_choice(c, "protocol of a VLAN", protocols) == 1;
}

static void take_rate(struct scn_cursor *c, bool *given, unsigned *rate)
{
    uint64_t n;
    *given = scn_number(c, "a rate in Mb/s (0: no limit)", 0, 1000000, &n);
    *rate = (unsigned)n;
}

static void vf_max_rate(struct scn_cursor *c, void *into)
{
    struct vf_set *set = into;
    take_rate(c, &set->max_rate_given, &set->max_rate);
}

static void vf_min_rate(struct scn_cursor *c, void *into)
{
    struct vf_set *set = into;
    take_rate(c, &set->min_rate_given, &set->min_rate);
}

static void vf_spoofchk(struct scn_cursor *c, void *into)
{
    ((struct vf_set *)into)->spoofchk = scn_on_off(c, "value of spoofchk");
}

static void vf_trust(struct scn_cursor *c, void *into) { ((struct vf_set *)into)->trust = scn_on_off(c, "value of trust"); }

static void vf_query_rss(struct scn_cursor *c, void *into)
{
    ((struct vf_set *)into)->query_rss = scn_on_off(c, "value of query_rss");
}

static void vf_state(struct scn_cursor *c, void *into)
{
    static const struct scn_named states[] = {
        {"auto", PF_LINK_AUTO}, {"enable", PF_LINK_ENABLE}, {"disable", PF_LINK_DISABLE}, {NULL, 0}};
    scn_pick(c, "state of a VF's link", states, &((struct vf_set *)into)->state);
}

static void vf_node_guid(struct scn_cursor *c, void *into)
{
    ((struct vf_set *)into)->guid = scn_take(c, "a GUID") ? "node_guid" : NULL;
}

static void vf_port_guid(struct scn_cursor *c, void *into)
{
    ((struct vf_set *)into)->guid = scn_take(c, "a GUID") ? "port_guid" : NULL;
}

static const struct scn_option vf_options[] = {
    {"mac", vf_mac, "MAC"},
    {"vlan", vf_vlan, "V [qos Q] [proto 802.1Q|802.1ad]"},
    {"spoofchk", vf_spoofchk, "on|off"},
    {"trust", vf_trust, "on|off"},
    {"query_rss", vf_query_rss, "on|off"},
    {"state", vf_state, "auto|enable|disable"},
    {"rate", vf_max_rate, "M"},
    {"max_tx_rate", vf_max_rate, "M"},
    {"min_tx_rate", vf_min_rate, "M"},
    {"node_guid", vf_node_guid, "GUID"},
    {"port_guid", vf_port_guid, "GUID"},
};

static void parse_vf_set(struct scn_cursor *c, struct scn_item *item, struct scn_word nic)
{
    uint64_t n;
    struct vf_set *said = item->said = scn_alloc(c->file, sizeof(*said));
    item->verb = &verb_link_vf;
    *said = (struct vf_set){.nic = nic, .spoofchk = -1, .trust = -1, .query_rss = -1, .state = -1};
    if (!scn_number(c, "a VF's number", 0, 255, &n))
        return;
    said->vf = (unsigned)n;
    if (!scn_peek(c))
        scn_fail(c, c->end, "set what of the VF? mac, vlan, spoofchk, trust, state, max_tx_rate or query_rss");
    scn_options(c, "setting of a VF", vf_options, sizeof(vf_options) / sizeof(vf_options[0]), said);
}

/* ---- ip link set NAME up|down|mtu|address ---- */

struct link_said {
    struct scn_word name; /* a NIC, a peer or a link */
    bool up;
};

static void set_vf(struct scn_cursor *c, void *into)
{
    struct scn_item *item = into;
    parse_vf_set(c, item, ((const struct link_said *)item->said)->name);
}
static void set_up(struct scn_cursor *c, void *into)
{
    (void)c;
    ((struct link_said *)((struct scn_item *)into)->said)->up = true;
}
static void set_down(struct scn_cursor *c, void *into)
{
    (void)c;
    ((struct link_said *)((struct scn_item *)into)->said)->up = false;
}
static void set_mtu(struct scn_cursor *c, void *into)
{
    struct scn_item *item = into;
    uint64_t n;
    verb__start_operator(c, item, &verb_link_mtu, ((const struct link_said *)item->said)->name);
    if (scn_number(c, "an MTU", 0, 65535, &n))
        oper_of(item)->mtu = (unsigned)n;
}
static void set_address(struct scn_cursor *c, void *into)
{
    struct scn_item *item = into;
    verb__start_operator(c, item, &verb_link_address, ((const struct link_said *)item->said)->name);
    scn_own_mac(c, oper_of(item)->mac);
}

static const struct scn_option settings[] = {
    {"vf", set_vf, "N …"}, {"up", set_up, ""}, {"down", set_down, ""}, {"mtu", set_mtu, "N"}, {"address", set_address, "MAC"},
};

static void parse_ip(struct scn_cursor *c, struct scn_item *item)
{
    enum { SET, SHOW };
    static const char *const words[] = {[SET] = "set", [SHOW] = "show", NULL};
    bool stats = false, details = false;
    if (!verb__take_ip_flags(c, &stats, &details))
        return;
    int which = scn_choice(c, "verb of ip link", words);
    scn_accept(c, "dev");
    if ((stats || details) && which == SHOW) {
        verb__start_operator(c, item, &verb_link_stats, scn_take_word(c, "a NIC"));
        oper_of(item)->stats = stats;
        oper_of(item)->details = details;
        return;
    }
    struct link_said *said = item->said = scn_alloc(c->file, sizeof(*said));
    said->name = scn_take_word(c, which == SHOW ? "a NIC" : "a NIC or link");
    item->verb = &verb_link_show;
    if (which != SET || !said->name.text)
        return;
    item->verb = &verb_link_up;
    scn_take_option(c, "setting of a link", settings, sizeof(settings) / sizeof(settings[0]), item);
}

/* ---- checking ---- */

static void check_link_name(struct scenario *sc, const struct scn_word *word)
{
    for (unsigned i = 0; i < sc->link_count; i++)
        if (!strcmp(sc->links[i].name, word->text))
            return;
    if (scn_find(sc, word->text, SCN_BIT(SCN_NIC) | SCN_BIT(SCN_PEER))) {
        if (!verb__is_linked(sc, word->text))
            scn_error(&sc->file, word->at, "'%s' has no link", word->text);
        return;
    }
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    for (unsigned i = 0; i < sc->link_count; i++)
        scn_suggest_try(&suggest, sc->links[i].name);
    for (unsigned i = 0; i < sc->name_count; i++)
        if (SCN_BIT(sc->names[i].kind) & (SCN_BIT(SCN_NIC) | SCN_BIT(SCN_PEER)))
            scn_suggest_try(&suggest, sc->names[i].word.text);
    scn_error(&sc->file, word->at, "there is no NIC, peer or link named '%s'%s", word->text,
              scn_suggest_text(&suggest, near, sizeof(near)));
}

static void check_link(struct scenario *sc, struct scn_item *item)
{
    const struct link_said *said = item->said;
    if (said->name.text)
        check_link_name(sc, &said->name);
}

static void check_show(struct scenario *sc, struct scn_item *item)
{
    const struct link_said *said = item->said;
    if (said->name.text)
        scn_resolve(sc, &said->name, SCN_BIT(SCN_NIC), "a NIC");
}

static void check_vf(struct scenario *sc, struct scn_item *item)
{
    const struct vf_set *set = item->said;
    const struct scn_name *found = !set->nic.text ? NULL : scn_resolve(sc, &set->nic, SCN_BIT(SCN_NIC), "a NIC");
    if (!found)
        return;
    verb__check_operated(sc, &set->nic);
    const struct scn_nic *nic = &sc->nics[found->index];
    unsigned vfs = nic->vfs - (nic->symmetric && nic->vfs ? 1 : 0);
    if (set->vf >= vfs)
        scn_error(&sc->file, set->nic.at,
                  !vfs             ? "'%s' has no VFs"
                  : nic->symmetric ? "'%s' has VFs 0 to %u, no VF %u (the last one is the hypervisor's own)"
                                   : "'%s' has VFs 0 to %u, no VF %u",
                  set->nic.text, vfs ? vfs - 1 : 0, set->vf);
}

/* ---- acting ---- */

/* What the kernel's drivers refuse, and the words in which ip(8) says so. */
static bool is_refused(struct world *w, const struct scn_item *item, const struct pf *pf)
{
    const struct vf_set *set = item->said;
    const char *answer = NULL, *why = "";
    if (set->vf >= pf_num_vfs(pf)) {
        answer = "Invalid argument";
        why = "the VF is not there: sriov_numvfs says how many are";
    } else if (set->guid) {
        answer = "Operation not supported";
        why = "GUIDs are InfiniBand's; an Ethernet VF has a MAC address";
    } else if (set->proto_ad) {
        answer = "Protocol not supported";
        why = "the chip inserts 802.1Q tags only";
    } else if (set->min_rate_given && set->min_rate) {
        answer = "Invalid argument";
        why = "the chip can limit a VF, not guarantee it a rate";
    } else if (set->max_rate_given && pf_vf_rate_refusal(pf, set->max_rate)) {
        answer = "Invalid argument";
        why = pf_vf_rate_refusal(pf, set->max_rate);
    } else if ((set->state >= 0 && pf_setting_effect(pf, PF_SETTING_VF_STATE) == PF_EFFECT_NOT_HERE) ||
               (set->query_rss >= 0 && pf_setting_effect(pf, PF_SETTING_VF_QUERY_RSS) == PF_EFFECT_NOT_HERE)) {
        answer = "Operation not supported";
        why = "the NIC's driver has no such setting of a VF";
    }
    if (answer)
        world__refused(w, item, "RTNETLINK answers: %s (%s)", answer, why);
    return answer;
}

static void act_vf(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct vf_set *set = item->said;
    struct pf *pf = verb__find_pf(w, item, set->nic.text);
    struct pf_args args = {.vf = (int32_t)set->vf};
    if (!pf || is_refused(w, item, pf))
        return;
    if (set->mac_given) {
        memcpy(args.mac, set->mac, 6);
        verb__ask_pf(w, index, pf, VMK_NETPTOP_VF_SET_MAC, &args);
    }
    if (set->vlan_given) {
        args = (struct pf_args){
            .vf = (int32_t)set->vf, .enable = set->vlan || set->qos, .first_vlan = (uint16_t)set->vlan, .qos = (uint8_t)set->qos};
        verb__ask_pf(w, index, pf, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &args);
    }
    if (set->spoofchk >= 0) {
        args = (struct pf_args){.vf = (int32_t)set->vf, .enable = (uint8_t)set->spoofchk};
        verb__ask_pf(w, index, pf, VMK_NETPTOP_VF_SET_ANTISPOOF, &args);
    }
    if (set->max_rate_given) {
        args = (struct pf_args){.vf = (int32_t)set->vf, .rate = set->max_rate};
        verb__ask_pf(w, index, pf, PF_OP_VF_SET_TX_RATE, &args);
    }
    if (set->trust >= 0)
        pf_vf_set_trust(pf, set->vf, set->trust);
    if (set->query_rss >= 0)
        pf_vf_set_query_rss(pf, set->vf, set->query_rss);
    if (set->state >= 0 && !pf_vf_set_link_state(pf, set->vf, (enum pf_link_state)set->state)) /* the kernel's log says */
        world__note(w, WORLD_NOTE, item->at.line, "%s: NDO set VF %u link state %d - not supported", item->text, set->vf,
                    set->state);
}

static void set_link(struct world *w, unsigned index)
{
    const struct link_said *said = w->sc->items[index].said;
    const struct scenario *sc = w->sc;
    const char *name = said->name.text;
    verb__ask_driver(w, index, name, said->up ? PF_OP_NETDEV_UP : PF_OP_NETDEV_DOWN);
    for (unsigned i = 0; i < sc->link_count; i++)
        if (!strcmp(sc->links[i].name, name) || !strcmp(sc->links[i].a.text, name) || !strcmp(sc->links[i].b.text, name)) {
            const struct scn_name *nic = scn_find(sc, name, SCN_BIT(SCN_NIC));
            if (nic)
                w->nic_downs[nic->index] = !said->up;
            wire_set_up(w->wires[i], said->up);
            return;
        }
}

/* [net/core/dev.c dev_validate_mtu] */
static void act_mtu(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    struct pf *pf = verb__find_pf(w, item, oper_of(item)->nic.text);
    unsigned mtu = oper_of(item)->mtu;
    if (pf && (mtu < PF_MTU_MIN || mtu > PF_MTU_MAX))
        world__refused(w, item, "Error: mtu %s", mtu < PF_MTU_MIN ? "less than device minimum." : "greater than device maximum.");
    else if (pf)
        verb__ask_pf(w, index, pf, PF_OP_NETDEV_MTU, &(struct pf_args){.mtu = (uint16_t)mtu});
}

static void act_address(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    struct pf *pf = verb__find_pf(w, item, oper_of(item)->nic.text);
    struct pf_args args = {.vf = PF_ANY_VF};
    memcpy(args.mac, oper_of(item)->mac, 6);
    if (pf)
        verb__ask_pf(w, index, pf, PF_OP_NETDEV_ADDRESS, &args);
}

/* ---- ip link show, as iproute2 prints it [ip/ipaddress.c]; a figure that the model does not keep is left out ---- */

static void act_show(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct link_said *said = item->said;
    struct show s = show__open(w, item, said->name.text, item->text);
    show__link(&s);
    /* As many as there are now [net/core/rtnetlink.c rtnl_fill_vf, dev_num_vf]. */
    for (unsigned vf = 0; s.pf && vf < pf_num_vfs(s.pf); vf++)
        show__vf(&s, vf);
}

static void show_stats(const struct show *s)
{
    struct pf_netdev_stats n;
    struct nic_function_stats f;
    pf_get_netdev_stats(s->pf, &n);
    s->nic->ops->function_stats(s->nic, pf_own_vf(s->pf), &f);
    SAY(s, "    RX: %10s %8s %6s %7s %7s %7s", "bytes", "packets", "errors", "dropped", "missed", "mcast");
    SAY(s, "    %14" PRIu64 " %8" PRIu64 " %6" PRIu64 " %7u %7" PRIu64 " %7" PRIu64, n.rx_bytes, n.rx_packets, n.rx_errors, 0u,
        f.rx_dropped, f.rx_multicast);
    SAY(s, "    TX: %10s %8s %6s %7s", "bytes", "packets", "errors", "dropped");
    SAY(s, "    %14" PRIu64 " %8" PRIu64 " %6u %7" PRIu64, n.tx_bytes, n.tx_packets, 0u, n.tx_dropped);
}

static void show_vf_stats(const struct show *s, unsigned vf)
{
    struct nic_function_stats f;
    s->nic->ops->function_stats(s->nic, (int)vf, &f);
    SAY(s, "    RX: bytes  packets  mcast   bcast   dropped ");
    SAY(s, "    %-10" PRIu64 " %-8" PRIu64 " %-7" PRIu64 " %-7" PRIu64 " %-8" PRIu64, f.rx_bytes, f.rx_packets, f.rx_multicast,
        f.rx_broadcast, f.rx_dropped);
    SAY(s, "    TX: bytes  packets   dropped ");
    SAY(s, "    %-10" PRIu64 " %-8" PRIu64 " %-8" PRIu64, f.tx_bytes, f.tx_packets, f.tx_dropped);
}

/* What only `ip -d` says; an uplink of a virtual switch hears all, so it is promiscuous once. */
static void show_details(const struct show *s)
{
    struct pf_netdev n;
    unsigned rid = pci_function_rid(s->nic->pf);
    pf_netdev_get(s->pf, &n);
    SAY(s, "    promiscuity 1 minmtu %u maxmtu %u numtxqueues %u numrxqueues %u parentbus pci parentdev 0000:%02x:%02x.%u",
        PF_MTU_MIN, PF_MTU_MAX, n.channels_max, n.channels_max, rid >> 8, rid >> 3 & 31, rid & 7);
}

static void show_link_stats(const struct show *s, const struct operator* oper)
{
    show__link(s);
    if (oper->details)
        show_details(s);
    if (oper->stats)
        show_stats(s);
    for (unsigned vf = 0; vf < pf_num_vfs(s->pf); vf++) {
        show__vf(s, vf);
        if (oper->stats)
            show_vf_stats(s, vf);
    }
}

static void act_stats(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    if (!verb__find_pf(w, item, oper_of(item)->nic.text))
        return;
    struct show s = show__open(w, item, oper_of(item)->nic.text, item->text);
    show_link_stats(&s, item->said);
}

static const char *name_of(const struct scn_item *item) { return ((const struct link_said *)item->said)->name.text; }

/* ---- what a line can be ---- */

static const struct verb verb_link_vf = {
    .kind = VERB_ACTS,
    .check = check_vf,
    .act = act_vf,
    .ending = world__end_of_requests,
};
static const struct verb verb_link_up = {
    .kind = VERB_ACTS,
    .check = check_link,
    .act = set_link,
    .ending = world__end_of_requests,
    .vm_of = name_of,
};
static const struct verb verb_link_show = {.kind = VERB_ACTS, .check = check_show, .act = act_show, .vm_of = name_of};
static const struct verb verb_link_stats = {
    .kind = VERB_ACTS,
    .check = verb__check_operator,
    .act = act_stats,
    .vm_of = verb__vm_of_operator,
};
static const struct verb verb_link_mtu = {
    .kind = VERB_ACTS,
    .check = verb__check_operator,
    .act = act_mtu,
    .done = verb__link_done,
    .ending = world__end_of_requests,
    .vm_of = verb__vm_of_operator,
};
static const struct verb verb_link_address = {
    .kind = VERB_ACTS,
    .check = verb__check_operator,
    .act = act_address,
    .done = verb__link_done,
    .ending = world__end_of_requests,
    .vm_of = verb__vm_of_operator,
};

static const struct verb_form forms[] = {
    {"ip link set NIC vf N [SETTING …]", "of a VF, kept beyond its life", VERB_OPTIONS(vf_options)},
    {"ip link set NIC|PEER|LINK up|down", "the wire; of a NIC also its PF's driver", NULL, 0},
    {"ip link set NIC mtu N|address MAC", "of the PF", NULL, 0},
    {"ip [-s] [-d] link show NIC", "what is set, and the address each VF has in force", NULL, 0},
    {NULL},
};

static const struct verb verb_ip = {
    .kind = VERB_ACTS,
    .word = "ip",
    .place = 50,
    .sentence = "set or show a NIC, its VFs, a wire, as ip(8) does",
    .forms = forms,
    .example = "0 ip link set h0.vmnic0 vf 0 vlan 100 spoofchk on",
    .endings = "refused unfinished",
    .parse = parse_ip,
};
VERB(verb_ip);
