/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ethtool -N and -n: rules that put frames into queues [ethtool(8), rxclass.c]. */
#include <errno.h>
#include <string.h>

#include "scenario/verbs/show.h"

enum word { W_FLOW_TYPE, W_SRC_IP, W_DST_IP, W_SRC_PORT, W_DST_PORT, W_PROTO, W_ACTION, W_VF, W_QUEUE, W_LOC, W_DELETE };

static bool number(struct scn_cursor *c, const char *what, uint64_t max, uint64_t *n) { return scn_number(c, what, 0, max, n); }

static void parse_word(struct scn_cursor *c, enum word word, struct ethtool_said *t)
{
    static const struct scn_named types[] = {{"tcp4", PF_FLOW_TCP4}, {"udp4", PF_FLOW_UDP4},   {"sctp4", PF_FLOW_SCTP4},
                                             {"ip4", PF_FLOW_IP4},   {"ether", PF_FLOW_ETHER}, {NULL, 0}};
    struct pf_flow_rule *r = &t->rule;
    uint64_t n = 0;
    int type = PF_FLOW_TCP4;
    switch (word) {
    case W_FLOW_TYPE:
        scn_pick(c, "type of flow", types, &type);
        r->type = (uint8_t)type;
        break;
    case W_SRC_IP:
        r->given |= scn_ip4(c, r->src_ip) ? PF_FLOW_SRC_IP : 0;
        break;
    case W_DST_IP:
        r->given |= scn_ip4(c, r->dst_ip) ? PF_FLOW_DST_IP : 0;
        break;
    case W_SRC_PORT:
        r->given |= number(c, "a port", 65535, &n) ? PF_FLOW_SRC_PORT : 0;
        r->src_port = (uint16_t)n;
        break;
    case W_DST_PORT:
        r->given |= number(c, "a port", 65535, &n) ? PF_FLOW_DST_PORT : 0;
        r->dst_port = (uint16_t)n;
        break;
    case W_PROTO:
        scn_address(c, "an EtherType, as 0x88f7", &n);
        r->ether_type = (uint16_t)n;
        break;
    case W_ACTION:
    case W_QUEUE:
        number(c, "a queue", 127, &n);
        r->queue = (uint32_t)n;
        t->rule_has_queue = true;
        break;
    case W_VF:
        number(c, "a VF's number", 62, &n);
        r->vf = (int32_t)n;
        break;
    case W_LOC:
    case W_DELETE:
        number(c, "a rule's location", PF_FLOW_RULES_MAX - 1, &n);
        t->rule_slot = (int)n;
        t->rule_delete = word == W_DELETE;
        break;
    }
}

void verb__take_flow_rule(struct scn_cursor *c, struct ethtool_said *t)
{
    static const struct scn_named words[] = {
        {"flow-type", W_FLOW_TYPE}, {"src-ip", W_SRC_IP}, {"dst-ip", W_DST_IP}, {"src-port", W_SRC_PORT},
        {"dst-port", W_DST_PORT},   {"proto", W_PROTO},   {"action", W_ACTION}, {"vf", W_VF},
        {"queue", W_QUEUE},         {"loc", W_LOC},       {"delete", W_DELETE}, {NULL, 0}};
    t->rule = (struct pf_flow_rule){.vf = -1};
    t->rule_slot = -1;
    do {
        int word;
        if (!scn_pick(c, "part of a rule", words, &word))
            return;
        parse_word(c, (enum word)word, t);
    } while (scn_peek(c));
    if (!t->rule_delete && !t->rule_has_queue)
        scn_fail(c, c->end, "a rule needs `action N` (a queue of the PF) or `vf N queue N`");
}

static void refuse(struct world *w, const struct scn_item *item, int status)
{
    const char *what = oper_of(item)->tool.rule_delete ? "delete" : "insert";
    const char *why = status == -ENOTSUP  ? "Operation not supported"
                      : status == -ENOENT ? "No such file or directory"
                                          : "Invalid argument";
    if (status == -ENOSPC)
        world__refused(w, item, "rmgr: Cannot find appropriate slot to insert rule");
    else
        world__refused(w, item, "rmgr: Cannot %s RX class rule: %s", what, why);
}

void verb__set_flow_rule(struct world *w, const struct scn_item *item, struct pf *pf)
{
    const struct ethtool_said *t = &oper_of(item)->tool;
    const struct show s = {.w = w, .line = item->at.line};
    if (t->rule_delete) {
        int status = pf_delete_flow_rule(pf, (unsigned)t->rule_slot);
        if (status)
            refuse(w, item, status);
        return;
    }
    int slot = t->rule_slot < 0 ? pf_find_flow_slot(pf, (enum pf_flow_type)t->rule.type) : t->rule_slot;
    int status = slot < 0 ? slot : pf_set_flow_rule(pf, (unsigned)slot, &t->rule);
    if (status)
        refuse(w, item, status);
    else if (t->rule_slot < 0)
        SAY(&s, "Added rule with ID %d", slot);
}

static void show_rule(const struct show *s, unsigned slot, const struct pf_flow_rule *r)
{
    static const char *const types[] = {[PF_FLOW_TCP4] = "TCP over IPv4",
                                        [PF_FLOW_UDP4] = "UDP over IPv4",
                                        [PF_FLOW_SCTP4] = "SCTP over IPv4",
                                        [PF_FLOW_IP4] = "Raw IPv4",
                                        [PF_FLOW_ETHER] = "Raw Ethernet"};
    SAY(s, "Filter: %u", slot);
    SAY(s, "  Rule Type: %s", types[r->type]);
    if (r->type == PF_FLOW_ETHER) {
        SAY(s, "  Ethertype: 0x%X mask: 0x0", r->ether_type);
    } else {
        SAY(s, "  Src IP addr: %u.%u.%u.%u mask: %s", r->src_ip[0], r->src_ip[1], r->src_ip[2], r->src_ip[3],
            r->given & PF_FLOW_SRC_IP ? "0.0.0.0" : "255.255.255.255");
        SAY(s, "  Dest IP addr: %u.%u.%u.%u mask: %s", r->dst_ip[0], r->dst_ip[1], r->dst_ip[2], r->dst_ip[3],
            r->given & PF_FLOW_DST_IP ? "0.0.0.0" : "255.255.255.255");
        SAY(s, "  Src port: %u mask: %s", r->src_port, r->given & PF_FLOW_SRC_PORT ? "0x0" : "0xffff");
        SAY(s, "  Dest port: %u mask: %s", r->dst_port, r->given & PF_FLOW_DST_PORT ? "0x0" : "0xffff");
    }
    if (r->vf < 0)
        SAY(s, "  Action: Direct to queue %u", r->queue);
    else
        SAY(s, "  Action: Direct to VF %d queue %u", r->vf, r->queue);
}

void show__flow_rules(const struct show *s)
{
    struct pf_netdev n;
    struct pf_flow_rule r;
    unsigned rules = 0;
    pf_netdev_get(s->pf, &n);
    for (unsigned i = 0; pf_get_flow_rule(s->pf, i, &r); i++)
        rules += r.valid;
    SAY(s, "%u RX rings available", n.channels);
    SAY(s, "Total %u rules", rules);
    for (unsigned i = 0; pf_get_flow_rule(s->pf, i, &r); i++)
        if (r.valid)
            show_rule(s, i, &r);
}
