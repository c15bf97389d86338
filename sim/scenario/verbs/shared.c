/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several verbs say or ask in the same way. */
#include <string.h>

#include "scenario/verbs/operator.h"

void verb__take_reason(struct scn_cursor *c, struct scn_expect *e)
{
    if (!scn_accept(c, "reason"))
        return;
    const struct scn_word *word = scn_take(c, "part of the reason, in quotes");
    if (word)
        e->reason = word->text;
}

bool verb__take_nth(struct scn_cursor *c, struct scn_expect *e, const struct verb_nth *nth)
{
    uint64_t n;
    const struct scn_word *vm = scn_take(c, "a VM");
    if (!vm || !scn_number(c, nth->which, 1, 100000, &n))
        return false;
    e->name = *vm;
    e->nth = (unsigned)n;
    const struct scn_word *result = scn_peek(c);
    if (!scn_pick(c, nth->what, nth->results, &e->state))
        return false;
    verb__take_reason(c, e);
    scn_finish(c);
    e->text = scn_printf(c->file, "%s %s %u %s%s%s%s", nth->word, vm->text, e->nth, result->text, e->reason ? " reason \"" : "",
                         e->reason ? e->reason : "", e->reason ? "\"" : "");
    return !c->failed;
}

void verb__check_vm_expected(struct scenario *sc, struct scn_expect *e) { scn_resolve(sc, &e->name, SCN_BIT(SCN_VM), "a VM"); }

/* Which NIC it will be is known when it happens: the steps of all kinds of this order. */
enum switch_step verb__switch_step(struct scn_cursor *c, unsigned use, enum switch_order order, const char *what)
{
    const char *words[STEP_COUNT + 1];
    switch_step_words(use, order, words);
    int i = scn_choice(c, what, words);
    return i < 0 ? STEP_NONE : switch_step_find(words[i]);
}

void verb__ask_driver(struct world *w, unsigned index, const char *name, unsigned op)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_name *nic = scn_find(w->sc, name, SCN_BIT(SCN_NIC));
    struct pf *pf = nic ? host_find_pf(w->hosts[w->sc->nics[nic->index].host], name) : NULL;
    if (pf && nic_model_can(pf_nic(pf)->model, NIC_RESTARTS))
        verb__ask_pf(w, index, pf, op, &(struct pf_args){.vf = PF_ANY_VF});
    else if (pf && op == PF_OP_NETDEV_REINIT)
        world__refused(w, item, "the NIC's driver knows no reset of its chip");
}
