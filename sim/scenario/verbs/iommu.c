/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iommu V unmap|map ADDR size SIZE: pages of a VM leave the domain of its VF, or come back. */
#include <inttypes.h>

#include "scenario/verbs/verbs__.h"

struct range {
    struct scn_word vm;
    bool map;
    uint64_t addr, size;
};

static void parse_iommu(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const verbs[] = {"unmap", "map", NULL};
    struct range *said = item->said = scn_alloc(c->file, sizeof(*said));
    said->vm = scn_take_word(c, "a VM");
    int which = said->vm.text ? scn_choice(c, "order to the IOMMU", verbs) : -1;
    if (which < 0)
        return;
    said->map = which == 1;
    const struct scn_word *addr = scn_peek(c);
    if (!scn_address(c, "a guest-physical address", &said->addr) || !scn_need(c, "size"))
        return;
    const struct scn_word *size = scn_peek(c);
    if (!scn_size(c, "the range", 4096, VM_RAM_MAX, &said->size))
        return;
    if (said->addr % 4096)
        scn_fail(c, addr->at, "an IOMMU maps whole pages: '%s' is no multiple of 4K", addr->text);
    if (said->size % 4096)
        scn_fail(c, size->at, "an IOMMU maps whole pages: '%s' is no multiple of 4K", size->text);
}

/* A range beyond the VM's RAM has nothing to take away. */
static void check_iommu(struct scenario *sc, struct scn_item *item)
{
    const struct range *said = item->said;
    const struct scn_name *found = !said->vm.text ? NULL : scn_resolve(sc, &said->vm, SCN_BIT(SCN_VM), "a VM");
    const struct scn_vm *vm = found ? &sc->vms[found->index] : NULL;
    if (vm && (said->addr >= vm->ram || said->size > vm->ram - said->addr))
        scn_error(&sc->file, said->vm.at, "'%s' has %" PRIu64 "M of RAM: the range ends beyond it", vm->name.text, vm->ram >> 20);
}

static void act(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct range *range = item->said;
    unsigned vm = world__vm_index(w, range->vm.text);
    world__judge_status(w, item, host_vm_iommu(world__host_of(w, vm), w->vms[vm], range->addr, range->size, range->map));
}

static const char *vm_of(const struct scn_item *item) { return ((const struct range *)item->said)->vm.text; }

static const struct verb_form forms[] = {{"iommu VM unmap|map ADDR size SIZE", NULL, NULL, 0}, {NULL}};

static const struct verb verb_iommu = {
    .kind = VERB_ACTS,
    .word = "iommu",
    .place = 80,
    .sentence = "take pages of a VM out of the domain of its VF, or give them back",
    .forms = forms,
    .example = "2ms iommu web unmap 4M size 64K",
    .endings = "refused",
    .parse = parse_iommu,
    .check = check_iommu,
    .act = act,
    .vm_of = vm_of,
};
VERB(verb_iommu);
