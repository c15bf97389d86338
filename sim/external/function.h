/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI function as a hypervisor shows it to a guest that runs elsewhere: config space and registers, without time.
 *
 * Config space is answered as a hypervisor does, which says for a VF what its own does not: who it is, its BARs, that its memory
 * decodes. What the device does of an access, DMA and messages, goes over the function's link, in its own time.
 */
#ifndef VFSIM_EXTERNAL_FUNCTION_H
#define VFSIM_EXTERNAL_FUNCTION_H

#include "vm/outside/outside.h"

struct guest_function {
    struct vm *vm;
    struct pci_function *fn;
    uint16_t msix; /* its capability, 0: none */
    uint16_t sriov; /* that of a PF whose VFs the guest is shown as devices of their own, 0: they are not */
    bool is_of_own_pf; /* a VF of such a PF: the guest knows of it, whoever has it */
    bool has_hole; /* a BAR of the hypervisor's, in which a VF's registers may appear */
    uint32_t bar[PCI_BARS];
    bool decodes, uses_msix; /* as its driver has said */
};

void guest_function_init(struct guest_function *g, struct vm *vm, struct pci_function *fn);
bool guest_function_is_vf(const struct guest_function *g);
uint64_t guest_function_hole(const struct guest_function *g); /* guest-physical, 0: none */

void guest_config_read(const struct guest_function *g, uint64_t addr, uint8_t *to, uint32_t len); /* all ones where nothing is */
void guest_config_write(struct guest_function *g, uint64_t addr, uint32_t size, uint32_t value); /* 1, 2 or 4 bytes */

/* In accesses of the bus, each as large as its place allows. `bar` is below PCI_BARS. */
void guest_mmio_read(const struct guest_function *g, unsigned bar, uint32_t off, uint8_t *to, uint32_t len);
void guest_mmio_write(struct guest_function *g, unsigned bar, uint32_t off, const uint8_t *from, uint32_t len);
void guest_mmio_fill(struct guest_function *g, unsigned bar, uint32_t off, uint8_t byte, uint32_t len);

#endif
