/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM takes the VF that its guest drives itself along to another host, as another VF of the same kind
 * [host/migrate/methods/vfio.c]: config space as far as the guest may write it, the MSI-X table, the slot; and the
 * places' books of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/attach/attach__.h"
#include "host/mode/mode__.h"
#include "vm/move.h"

enum {
    CONFIG_COMMAND = 0x04,
    CAP_ID_MSIX = 0x11,
    MSIX_CONTROL = 2,
    MSIX_TABLE = 4,
    MSIX_PBA = 8,
    MSIX_BIR = 7,
    MSIX_SIZE = 0x7ff,
    VECTORS_MAX = 64
};

struct config_image {
    uint32_t command, msix_control, vectors, zero;
    uint64_t pending;
    uint32_t entry[VECTORS_MAX][4];
};

static uint64_t peek_at(struct pci_function *fn, uint16_t where, uint32_t off, unsigned size)
{
    uint32_t place = pci_config_read(fn, where, 4);

    return pci_mmio_peek(fn, place & MSIX_BIR, (place & ~(uint32_t)MSIX_BIR) + off, size);
}

static void config_look(struct pci_function *fn, struct config_image *c)
{
    uint16_t msix = pci_find_capability(fn, CAP_ID_MSIX);

    memset(c, 0, sizeof(*c));
    c->command = pci_config_read(fn, CONFIG_COMMAND, 2);
    c->msix_control = pci_config_read(fn, (uint16_t)(msix + MSIX_CONTROL), 2);
    c->vectors = (c->msix_control & MSIX_SIZE) + 1;
    c->pending = peek_at(fn, (uint16_t)(msix + MSIX_PBA), 0, 4);
    for (uint32_t v = 0; v < c->vectors && v < VECTORS_MAX; v++)
        for (uint32_t i = 0; i < 4; i++)
            c->entry[v][i] = (uint32_t)peek_at(fn, (uint16_t)(msix + MSIX_TABLE), 16 * v + 4 * i, 4);
}

/* A message that had been held back by its mask is held back here. */
static void config_set(struct pci_function *fn, const struct config_image *c)
{
    uint16_t msix = pci_find_capability(fn, CAP_ID_MSIX);

    pci_config_write(fn, CONFIG_COMMAND, 2, c->command);
    for (uint32_t v = 0; v < c->vectors; v++)
        pci_msix_program(fn, v, (uint64_t)c->entry[v][1] << 32 | c->entry[v][0], c->entry[v][2], c->entry[v][3] & 1);
    pci_config_write(fn, (uint16_t)(msix + MSIX_CONTROL), 2, c->msix_control);
    for (uint32_t v = 0; v < c->vectors; v++)
        if (c->pending >> v & 1)
            pci_msix_raise(fn, v);
}

void attach__config_save(struct pci_function *fn, struct save *s)
{
    struct config_image c, here;

    config_look(fn, &here);
    c = here;
    save_field(s, c);
    if (!save_is_loading(s) || s->err)
        return;
    if (c.vectors != here.vectors || c.vectors > VECTORS_MAX)
        save_fail(s, -EPROTO, "a VF of %u vectors, not of %u", c.vectors, here.vectors);
    else
        config_set(fn, &c);
}

/* Before the device's own state: a cause that it has not reported is reported when that is there. */
void attach__move_save(struct host_vm *hv, struct save *s)
{
    struct slot_state slot;
    uint32_t id = attach_of(hv)->id, in_use = attach_of(hv)->in_use | (uint32_t)attach_of(hv)->carrier << 1;

    slot_get_state(hv->slot, &slot);
    save_section(s, "assigned VF", 1);
    save_field(s, slot);
    save_field(s, id);
    save_field(s, in_use);
    attach__config_save(switch__vf_function(hv), s);
    if (!save_is_loading(s) || s->err)
        return;
    slot_set_state(hv->slot, &slot);
    attach_of(hv)->id = id;
    attach_of(hv)->in_use = in_use & 1;
    attach_of(hv)->carrier = in_use >> 1 & 1;
}

/* Its guest's driver is up, or it could not have moved. */
void attach__arrive(struct host_vm *hv)
{
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record = attach__record_add(hv, true);

    attach__begin(hv, ATTACH_COMES);
    as->inside = as->up = as->netdev = 1;
    attach__count_from_here(hv);
    as->record = attach_of_host(hv->host)->records.count;
    record->told = record->answered = record->up = record->start;
    attach__reason(hv, "it came with the VM");
    attach__finish(hv, HOTPLUG_DONE);
    attach__look(hv);
    slot_restore(hv->slot, switch__vf_function(hv), as->id);
    attach__map(hv);
    hv->state.mac_place = MAC_ON_VF;
    vswitch_set_taking(hv->host->vswitch, hv->port, false, false);
}

void attach__depart(struct host_vm *hv)
{
    static const struct slot_state empty;

    event_cancel(hv->host->c.sim, &attach_of(hv)->timer);
    attach__unmap(hv);
    vm_unmap_function(hv->vm, slot_function(hv->slot));
    slot_restore(hv->slot, NULL, 0);
    slot_set_state(hv->slot, &empty);
    procedure_drop(attach_procedure(hv));
    *attach_of(hv) = (struct attach_state){0};
    host__claim(hv, CLAIM_OWN_VF | CLAIM_OWN_VF_MOVES, 0);
    hv->state.mac_place = MAC_NOWHERE;
}
