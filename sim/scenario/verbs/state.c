/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect V passthrough|emulated|ended|suspended: in which state a VM is; and VMs whose end nobody expected. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

enum state { PASSTHROUGH, EMULATED, ENDED, SUSPENDED };

/* Figures of flows stand in the list for the message: a flow may have been meant. */
static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const states[] = {
        [PASSTHROUGH] = "passthrough", [EMULATED] = "emulated", [ENDED] = "ended", [SUSPENDED] = "suspended"};
    enum { STATES = sizeof(states) / sizeof(states[0]) };
    const char *words[STATES + VERB_FIGURE_WORDS + 1] = {NULL};
    memcpy(words, states, sizeof(states));
    memcpy(words + STATES, verb__figure_words, VERB_FIGURE_WORDS * sizeof(words[0]));
    int state = scn_choice(c, "state or figure", words);
    scn_finish(c);
    if (state < 0 || c->failed)
        return false;
    e->state = state;
    e->text = scn_printf(c->file, "%s %s", e->name.text, words[state]);
    return true;
}

static bool judge_mode(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned index = world__vm_index(w, e->name.text);
    const struct vm *vm = w->vms[index];
    if (vm_get_state(vm) == VM_ENDED) {
        snprintf(seen, WORLD_SEEN_LEN, "has ended: %s", vm_end_text(vm));
        return e->state == ENDED;
    }
    bool passthrough = host_vm_is_passthrough(world__host_of(w, index), vm);
    if (host_vm_is_suspended(world__host_of(w, index), vm)) {
        snprintf(seen, WORLD_SEEN_LEN, "was suspended");
        return e->state == SUSPENDED;
    }
    snprintf(seen, WORLD_SEEN_LEN, "was %s", passthrough ? "passed through" : "emulated");
    return e->state == (passthrough ? PASSTHROUGH : EMULATED);
}

static const struct verb verb_expect_state;

static bool expects_end(const struct world *w, const char *vm)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++)
        if (w->sc->expects[i].verb == &verb_expect_state && w->sc->expects[i].state == ENDED &&
            !strcmp(w->sc->expects[i].name.text, vm))
            return true;
    return false;
}

static void find_ends(struct world_search *s)
{
    const struct world *w = s->w;
    for (unsigned v = 0; v < w->sc->vm_count; v++) {
        const char *vm = w->sc->vms[v].name.text;
        struct world_unexpected u = {.at = sim_now(w->sim), .ending = "ended", .reason = vm_end_text(w->vms[v])};
        if (vm_get_state(w->vms[v]) != VM_ENDED || expects_end(w, vm) || world__is_tried(w, vm, sim_now(w->sim)))
            continue;
        snprintf(u.what, sizeof(u.what), "VM %s", vm);
        world__tell(s, &u);
    }
}

static const struct verb_form forms[] = {{"expect VM passthrough|emulated|ended|suspended", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_state = {
    .kind = VERB_EXPECTS,
    .place = 140,
    .sentence = "in which state a VM is",
    .forms = forms,
    .example = "5ms expect web passthrough",
    .expect = parse_expect,
    .check_expect = verb__check_vm_expected,
    .find_unexpected = find_ends,
    .judge = judge_mode,
    .look = "--trace switch,host,pf",
    .look_place = 10,
};
VERB(verb_expect_state);
