/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A function of a chip: where its frames end. */
#include "nic/intel/chip.h"

void intel_frame_end(struct function *fn, frame_ref ref, enum fate fate)
{
    struct component *c = chip_component(fn->chip);
    if (fn->vf == FN_PF)
        frame_end_sub(c, ref, fate, "pf", -1);
    else
        frame_end_sub(c, ref, fate, "vf %d", fn->vf);
}

void intel_pass(struct intel_chip *n, unsigned queue, const struct frame *f, enum way_kind kind, struct way_reading reading)
{
    unsigned first = chip_pool_queue(n, chip_queue_pool(n, queue));
    nic_pass(chip_component(n), chip_queue_owner(n, queue)->vf, queue - first, kind, f, reading);
}

enum fate intel_dma_fate(enum pci_status status)
{
    switch (status) {
    case PCI_OK:
        return FATE_COUNT;
    case PCI_IOMMU_FAULT:
        return FATE_iommu_fault;
    case PCI_NO_BUS_MASTER:
        return FATE_bus_master_off;
    case PCI_GONE:
        return FATE_function_reset;
    }
    return FATE_function_reset;
}
