/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operator types, in the words of the real tools: ip link [ip-link(8)], bridge [bridge(8)], ethtool [ethtool(8)] and
 * testpmd's mirror rules [DPDK testpmd 4.7]. What has nothing behind it in the model is refused as not modelled.
 */
#include <string.h>

#include "scenario/model.h"

static struct scn_word take_word(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_take(c, what);
    return word ? *word : (struct scn_word){0};
}

/* ---- ip link … ---- */

static void vf_mac(struct scn_cursor *c, void *into)
{
    struct scn_vf_set *set = into;
    set->mac_given = scn_mac(c, set->mac);
}
static void vf_vlan(struct scn_cursor *c, void *into)
{
    static const char *const protocols[] = {"802.1Q", "802.1ad", NULL};
    struct scn_vf_set *set = into;
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
    struct scn_vf_set *set = into;
    take_rate(c, &set->max_rate_given, &set->max_rate);
}
static void vf_min_rate(struct scn_cursor *c, void *into)
{
    struct scn_vf_set *set = into;
    take_rate(c, &set->min_rate_given, &set->min_rate);
}
static void vf_spoofchk(struct scn_cursor *c, void *into)
{
    ((struct scn_vf_set *)into)->spoofchk = scn_on_off(c, "value of spoofchk");
}
static void vf_trust(struct scn_cursor *c, void *into)
{
    ((struct scn_vf_set *)into)->trust = scn_on_off(c, "value of trust");
}
static void vf_query_rss(struct scn_cursor *c, void *into)
{
    ((struct scn_vf_set *)into)->query_rss = scn_on_off(c, "value of query_rss");
}
static void vf_state(struct scn_cursor *c, void *into)
{
    static const char *const states[] = {"auto", "enable", "disable", NULL};
    ((struct scn_vf_set *)into)->state = scn_choice(c, "state of a VF's link", states);
}
static void vf_node_guid(struct scn_cursor *c, void *into)
{
    ((struct scn_vf_set *)into)->guid = scn_take(c, "a GUID") ? "node_guid" : NULL;
}
static void vf_port_guid(struct scn_cursor *c, void *into)
{
    ((struct scn_vf_set *)into)->guid = scn_take(c, "a GUID") ? "port_guid" : NULL;
}

static void parse_vf_set(struct scn_cursor *c, struct scn_item *item, struct scn_word nic)
{
    static const struct scn_option options[] = {
        {"mac", vf_mac},         {"vlan", vf_vlan},           {"spoofchk", vf_spoofchk},
        {"trust", vf_trust},     {"query_rss", vf_query_rss}, {"state", vf_state},
        {"rate", vf_max_rate},   {"max_tx_rate", vf_max_rate}, {"min_tx_rate", vf_min_rate},
        {"node_guid", vf_node_guid}, {"port_guid", vf_port_guid}};
    uint64_t n;
    item->verb = SCN_DO_VF_SET;
    item->vf_set = (struct scn_vf_set){.nic = nic, .spoofchk = -1, .trust = -1, .query_rss = -1, .state = -1};
    if (!scn_number(c, "a VF's number", 0, 255, &n))
        return;
    item->vf_set.vf = (unsigned)n;
    if (!scn_peek(c))
        scn_fail(c, c->end, "set what of the VF? mac, vlan, spoofchk, trust, state, max_tx_rate or query_rss");
    scn_options(c, "setting of a VF", options, sizeof(options) / sizeof(options[0]), &item->vf_set);
}

void scn_start_operator(struct scn_cursor *c, struct scn_item *item, enum scn_operator_verb verb)
{
    item->verb = SCN_DO_OPERATOR;
    item->oper = (struct scn_operator){.verb = verb, .command = item->text, .count = 1};
    item->oper.nic = take_word(c, "a NIC");
}

static void parse_link_set(struct scn_cursor *c, struct scn_item *item, struct scn_word name)
{
    enum { VF, UP, DOWN, MTU, ADDRESS };
    static const char *const settings[] = {"vf", "up", "down", "mtu", "address", NULL};
    int setting = scn_choice(c, "setting of a link", settings);
    uint64_t n;
    item->verb = SCN_DO_LINK_SET;
    switch (setting) {
    case VF:
        parse_vf_set(c, item, name);
        break;
    case UP: case DOWN:
        item->act.on = setting == UP;
        break;
    case MTU: case ADDRESS:
        item->verb = SCN_DO_OPERATOR;
        item->oper = (struct scn_operator){.verb = setting == MTU ? SCN_OPER_LINK_MTU : SCN_OPER_LINK_ADDRESS,
                                           .command = item->text, .nic = name, .count = 1};
        if (setting == ADDRESS)
            scn_own_mac(c, item->oper.mac);
        else if (scn_number(c, "an MTU", 0, 65535, &n))
            item->oper.mtu = (unsigned)n;
        break;
    }
}

void scn_parse_ip(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const verbs[] = {"set", "show", NULL};
    bool stats = false, details = false;
    for (bool more = true; more;) {
        more = false;
        if (scn_accept(c, "-s"))
            more = stats = true;
        if (scn_accept(c, "-d"))
            more = details = true;
    }
    if (!scn_need(c, "link"))
        return;
    int verb = scn_choice(c, "verb of ip link", verbs);
    scn_accept(c, "dev");
    if ((stats || details) && verb == 1) {
        scn_start_operator(c, item, SCN_OPER_LINK_STATS);
        item->oper.stats = stats;
        item->oper.details = details;
        return;
    }
    struct scn_word name = take_word(c, verb == 1 ? "a NIC" : "a NIC or link");
    item->act = (struct scn_act){.name = name};
    item->verb = SCN_DO_LINK_SHOW;
    if (verb == 0 && name.text)
        parse_link_set(c, item, name);
}

/* Inside a VM: its one interface. What the guest has jobs for becomes one (parse_act.c). */
void scn_parse_guest_ip(struct scn_cursor *c, struct scn_item *item, struct scn_word vm)
{
    enum { ADDRESS, PROMISC, ALLMULTICAST };
    static const char *const verbs[] = {"set", "show", NULL}, *const settings[] = {"address", "promisc", "allmulticast", NULL};
    bool stats = false, details = false;
    for (bool more = true; more;) {
        more = scn_accept(c, "-s");
        stats |= more;
        if (!more && scn_accept(c, "-d"))
            more = details = true;
    }
    if (!scn_need(c, "link"))
        return;
    int verb = scn_choice(c, "verb of ip link", verbs);
    scn_accept(c, "dev");
    if (verb < 0 || !scn_need(c, "eth0"))
        return;
    int setting = verb == 0 ? scn_choice(c, "setting of a guest's link", settings) : -1;
    if (setting == PROMISC || setting == ALLMULTICAST) {
        item->guest.job.kind = MACHINE_JOB_RX_MODE;
        item->guest.job.arg = setting == PROMISC ? 0x100 : 0x200;
        item->guest.job.arg |= scn_on_off(c, "value of a receive mode") ? item->guest.job.arg >> 8 : 0;
        return;
    }
    item->verb = SCN_DO_OPERATOR;
    item->oper = (struct scn_operator){.verb = verb == 0 ? SCN_OPER_LINK_ADDRESS : SCN_OPER_LINK_STATS,
                                       .command = item->text, .nic = vm, .of_guest = true, .stats = stats, .details = details};
    if (setting == ADDRESS)
        scn_own_mac(c, item->oper.mac);
}

/* ---- bridge link …, bridge fdb … ---- */

void scn_parse_guest_bridge(struct scn_cursor *c, struct scn_item *item, struct scn_word vm)
{
    item->verb = SCN_DO_OPERATOR;
    item->oper = (struct scn_operator){.verb = SCN_OPER_FDB_SHOW, .command = item->text, .nic = vm, .of_guest = true};
    if (scn_need(c, "fdb") && scn_need(c, "show") && scn_need(c, "dev"))
        scn_need(c, "eth0");
}

static void parse_fdb(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const verbs[] = {"add", "del", "show", NULL};
    int verb = scn_choice(c, "verb of bridge fdb", verbs);
    uint8_t mac[6] = {0};
    uint64_t count = 1;
    if (verb < 0)
        return;
    const struct scn_word *word = scn_peek(c);
    if (verb < 2 && scn_mac(c, mac) && mac_is_multicast(mac))
        scn_fail(c, word->at, "'%s' is a multicast address: the table has addresses of stations", word->text);
    if (!scn_need(c, "dev"))
        return;
    scn_start_operator(c, item, verb == 0 ? SCN_OPER_FDB_ADD : verb == 1 ? SCN_OPER_FDB_DEL : SCN_OPER_FDB_SHOW);
    if (verb < 2 && scn_accept(c, "count")) /* not bridge(8)'s: as many addresses, each one higher */
        scn_number(c, "a number of addresses", 1, 65536, &count);
    memcpy(item->oper.mac, mac, 6);
    item->oper.count = (uint32_t)count;
}

void scn_parse_bridge(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const objects[] = {"link", "fdb", NULL}, *const verbs[] = {"set", "show", NULL},
                             *const modes[] = {"veb", "vepa", NULL};
    int object = scn_choice(c, "object of bridge", objects);
    item->verb = SCN_DO_OPERATOR;
    if (object == 1) {
        parse_fdb(c, item);
    } else if (object == 0) {
        int verb = scn_choice(c, "verb of bridge link", verbs);
        if (verb < 0 || !scn_need(c, "dev"))
            return;
        scn_start_operator(c, item, verb == 0 ? SCN_OPER_BRIDGE_MODE : SCN_OPER_BRIDGE_SHOW);
        if (verb == 0 && scn_need(c, "hwmode"))
            item->oper.vepa = scn_choice(c, "mode of the switch", modes) == 1;
    }
}

/* ---- testpmd set port NIC mirror-rule … ---- */

static void parse_pools(struct scn_cursor *c, uint64_t *pools)
{
    const struct scn_word *word = scn_peek(c);
    if (scn_address(c, "a mask of pools such as 0x3", pools) && !*pools)
        scn_fail(c, word->at, "a rule about no pool mirrors nothing");
}

static void parse_vlans(struct scn_cursor *c, struct pf_mirror *m)
{
    const unsigned max = sizeof(m->vlan) / sizeof(m->vlan[0]);
    do {
        uint64_t n;
        const struct scn_word *word = scn_peek(c);
        if (!scn_number(c, "a VLAN", 1, 4094, &n))
            return;
        if (m->vlans == max)
            scn_fail(c, word->at, "more than %u VLANs in one rule", max);
        else
            m->vlan[m->vlans++] = (uint16_t)n;
    } while (scn_peek(c) && strcmp(scn_peek(c)->text, "dst-pool"));
}

void scn_parse_testpmd(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const kinds[] = {"pool-mirror-up", "uplink-mirror", "downlink-mirror", "vlan-mirror", NULL};
    uint64_t n = 0;
    item->verb = SCN_DO_OPERATOR;
    if (!scn_need(c, "set") || !scn_need(c, "port"))
        return;
    scn_start_operator(c, item, SCN_OPER_MIRROR);
    struct pf_mirror *m = &item->oper.mirror;
    if (!item->oper.nic.text || !scn_need(c, "mirror-rule") ||
        !scn_number(c, "a mirror rule", 0, PF_MIRRORS_MAX - 1, &n))
        return;
    item->oper.rule = (unsigned)n;
    if (scn_peek(c) && !strcmp(scn_peek(c)->text, "pool-mirror-down")) {
        scn_fail(c, scn_peek(c)->at, "not modelled: no chip of ours mirrors what a pool sends; what it receives is "
                                     "pool-mirror-up, what leaves is downlink-mirror");
        return;
    }
    int kind = scn_choice(c, "kind of mirror rule", kinds);
    if (kind < 0)
        return;
    m->what = 1u << kind;
    if (m->what == PF_MIRROR_POOL_UP)
        parse_pools(c, &m->pools);
    else if (m->what == PF_MIRROR_VLAN)
        parse_vlans(c, m);
    if (!scn_need(c, "dst-pool") || !scn_number(c, "the pool that gets the copies", 0, 63, &n))
        return;
    m->pool = (uint32_t)n;
    if (!scn_on_off(c, "state of a mirror rule"))
        m->what = 0;
}
