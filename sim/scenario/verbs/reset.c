/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reset V vf, reset NIC pf|driver: a function, or a driver, begins anew. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

struct reset {
    struct scn_word name; /* a VM, or a NIC */
    bool of_vm, of_driver;
};

static void parse_reset(struct scn_cursor *c, struct scn_item *item)
{
    struct reset *said = item->said = scn_alloc(c->file, sizeof(*said));
    said->name = scn_take_word(c, "a VM, or a NIC");
    said->of_driver = scn_accept(c, "driver");
    said->of_vm = !said->of_driver && !scn_accept(c, "pf");
    if (said->of_vm)
        scn_need(c, "vf");
}

static void check(struct scenario *sc, struct scn_item *item)
{
    const struct reset *reset = item->said;
    if (reset->name.text &&
        scn_resolve(sc, &reset->name, SCN_BIT(reset->of_vm ? SCN_VM : SCN_NIC), reset->of_vm ? "a VM" : "a NIC") && !reset->of_vm)
        verb__check_operated(sc, &reset->name);
}

static void act(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct reset *reset = item->said;
    const char *name = reset->name.text;
    if (reset->of_driver) {
        verb__ask_driver(w, index, name, PF_OP_NETDEV_REINIT);
    } else if (reset->of_vm) {
        unsigned vm = world__vm_index(w, name);
        world__judge_status(w, item, host_vm_reset_vf(world__host_of(w, vm), w->vms[vm]));
    } else {
        const struct scn_name *nic = scn_find(w->sc, name, SCN_BIT(SCN_NIC));
        world__judge_status(w, item, host_reset_pf(w->hosts[w->sc->nics[nic->index].host], name));
    }
}

static const char *vm_of(const struct scn_item *item) { return ((const struct reset *)item->said)->name.text; }

static const struct verb_form forms[] = {
    {"reset VM vf", "by the hypervisor (FLR); the VM falls back to emulation", NULL, 0},
    {"reset NIC pf", "and with it all its VFs", NULL, 0},
    {"reset NIC driver", "the PF driver's own reset, in which a transmit hang ends", NULL, 0},
    {NULL},
};

static const struct verb verb_reset = {
    .kind = VERB_ACTS,
    .word = "reset",
    .place = 90,
    .sentence = "reset the VF of a VM, a physical function, or its driver",
    .forms = forms,
    .example = "2ms reset web vf",
    .endings = "refused",
    .parse = parse_reset,
    .check = check,
    .act = act,
    .ending = world__end_of_requests,
    .vm_of = vm_of,
    .npa_kernel = true,
};
VERB(verb_reset);
