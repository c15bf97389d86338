/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hot-plug slot of a VM: the hypervisor's PCI Express port with an attention button, a power controller and indicator, and
 * presence detection, as guest/include/pci_slot.h shows it to the guest; behind it the config space of what is in it.
 *
 * The owner puts a function in and presses the button; the slot tells him what the guest does with the power. Config writes
 * reach the function's command register and its MSI-X control; everything else of it is the owner's (as vfio-pci has it).
 */
#ifndef VFSIM_VM_SLOT_H
#define VFSIM_VM_SLOT_H

#include <stdbool.h>

#include "core/world/sim.h"
#include "pcie/pcie.h"

struct slot;

struct slot_owner {
    void (*powered)(struct slot_owner *self, bool on); /* the guest has written the power control; only changes */
};

/* NULL: no memory. `sink` gets its one message, data MACHINE_IRQ_SLOT. */
struct slot *slot_create(struct sim *sim, const char *name, struct msi_sink *sink, struct slot_owner *owner);
void slot_destroy(struct slot *slot); /* NULL is fine */
struct pci_function *slot_function(struct slot *slot); /* BAR0, SLOT_BYTES */

/* Presence: a device comes, or goes. `id`: device << 16 | vendor, which a VF itself does not tell [SR-IOV 3.4.1.1, 3.4.1.2].
 * `cold`: it was there before the guest was started, with power. */
void slot_insert(struct slot *slot, struct pci_function *fn, uint32_t id, bool cold);
void slot_remove(struct slot *slot);
void slot_press(struct slot *slot); /* the attention button */
bool slot_is_powered(const struct slot *slot);
/* After a load: what is in it is wiring. */
void slot_restore(struct slot *slot, struct pci_function *fn, uint32_t id);

/* The VM's stay ends here or begins: its registers as plain data, as they travel. */
struct slot_state {
    uint32_t control, status;
    uint32_t present, zero;
};
void slot_get_state(const struct slot *slot, struct slot_state *out);
void slot_set_state(struct slot *slot, const struct slot_state *st);

#endif
