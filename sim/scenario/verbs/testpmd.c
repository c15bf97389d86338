/* SPDX-License-Identifier: GPL-2.0-or-later */
/* testpmd set port NIC mirror-rule …: the mirror rules of a chip [DPDK testpmd 4.7]. */
#include <errno.h>
#include <string.h>

#include "scenario/verbs/operator.h"

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

static void parse_testpmd(struct scn_cursor *c, struct scn_item *item)
{
    static const struct scn_named kinds[] = {{"pool-mirror-up", PF_MIRROR_POOL_UP},
                                             {"uplink-mirror", PF_MIRROR_UPLINK},
                                             {"downlink-mirror", PF_MIRROR_DOWNLINK},
                                             {"vlan-mirror", PF_MIRROR_VLAN},
                                             {NULL, 0}};
    int kind;
    uint64_t n = 0;
    if (!scn_need(c, "set") || !scn_need(c, "port"))
        return;
    verb__start_operator(c, item, item->verb, scn_take_word(c, "a NIC"));
    struct pf_mirror *m = &oper_of(item)->mirror;
    if (!oper_of(item)->nic.text || !scn_need(c, "mirror-rule") || !scn_number(c, "a mirror rule", 0, PF_MIRRORS_MAX - 1, &n))
        return;
    oper_of(item)->rule = (unsigned)n;
    if (scn_peek(c) && !strcmp(scn_peek(c)->text, "pool-mirror-down")) {
        scn_fail(c, scn_peek(c)->at,
                 "not modelled: no chip of ours mirrors what a pool sends; what it receives is "
                 "pool-mirror-up, what leaves is downlink-mirror");
        return;
    }
    if (!scn_pick(c, "kind of mirror rule", kinds, &kind))
        return;
    m->what = (uint32_t)kind;
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

static void set_mirror(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    struct pf *pf = verb__find_pf(w, item, oper_of(item)->nic.text);
    if (!pf)
        return;
    int status = pf_set_mirror(pf, oper_of(item)->rule, &oper_of(item)->mirror);
    if (status)
        world__refused(w, item, "mirror rule %u: %s", oper_of(item)->rule,
                       status == -ENOENT   ? "no VF is in this VLAN"
                       : status == -EINVAL ? "Invalid argument (no such rule, or a VF that is not there)"
                                           : world__errno_text(status));
}

static const struct verb_form forms[] = {
    {"testpmd set port NIC mirror-rule N pool-mirror-up MASK dst-pool P on|off", "what these pools receive", NULL, 0},
    {"testpmd set port NIC mirror-rule N uplink-mirror|downlink-mirror dst-pool P on|off", "what comes in, what leaves", NULL, 0},
    {"testpmd set port NIC mirror-rule N vlan-mirror V … dst-pool P on|off", "what is in these VLANs", NULL, 0},
    {NULL},
};

static const struct verb verb_testpmd = {
    .kind = VERB_ACTS,
    .word = "testpmd",
    .place = 130,
    .sentence = "set a mirror rule of a chip, as testpmd does",
    .forms = forms,
    .example = "0 testpmd set port h0.vmnic0 mirror-rule 0 uplink-mirror dst-pool 1 on",
    .endings = "refused unfinished",
    .parse = parse_testpmd,
    .check = verb__check_operator,
    .act = set_mirror,
    .vm_of = verb__vm_of_operator,
};
VERB(verb_testpmd);
