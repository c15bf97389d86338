/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy V WORD allow|refuse: what the port of a VM lets its guest do, from now on. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

struct policy {
    struct scn_word vm;
    enum host_policy which;
    bool allow;
};

const struct scn_named verb__policies[] = {{"mac-change", HOST_POLICY_MAC_CHANGE},   {"promisc", HOST_POLICY_PROMISC},
                                           {"forged", HOST_POLICY_FORGED},           {"vlan-trunk", HOST_POLICY_VLAN_TRUNK},
                                           {"passthrough", HOST_POLICY_PASSTHROUGH}, {NULL, 0}};
const struct scn_named verb__verdicts[] = {{"refuse", false}, {"allow", true}, {NULL, 0}};

static void parse_policy(struct scn_cursor *c, struct scn_item *item)
{
    struct policy *said = item->said = scn_alloc(c->file, sizeof(*said));
    int which, allow = false;
    said->vm = scn_take_word(c, "a VM");
    if (!said->vm.text || !scn_pick(c, "policy", verb__policies, &which))
        return;
    said->which = (enum host_policy)which;
    scn_pick(c, "answer of a policy", verb__verdicts, &allow);
    said->allow = allow;
}

static void check(struct scenario *sc, struct scn_item *item)
{
    const struct policy *policy = item->said;
    if (policy->vm.text)
        scn_resolve(sc, &policy->vm, SCN_BIT(SCN_VM), "a VM");
}

static void act(struct world *w, unsigned item)
{
    const struct policy *policy = w->sc->items[item].said;
    unsigned vm = world__vm_index(w, policy->vm.text);
    host_set_policy(world__host_of(w, vm), w->vms[vm], policy->which, policy->allow);
}

static const char *vm_of(const struct scn_item *item) { return ((const struct policy *)item->said)->vm.text; }

static const struct verb_form forms[] = {
    {"policy VM mac-change|promisc|forged|vlan-trunk|passthrough allow|refuse", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_policy = {
    .kind = VERB_ACTS,
    .word = "policy",
    .place = 70,
    .sentence = "change what the port of a VM lets its guest do",
    .forms = forms,
    .example = "2ms policy web promisc refuse",
    .parse = parse_policy,
    .check = check,
    .act = act,
    .vm_of = vm_of,
};
VERB(verb_policy);
