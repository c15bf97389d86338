/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts of the ring engine: masks, autoMask, raises that wait for their unmask. */
#include "nic/vmxnet3/rings__.h"

static bool are_off(struct vmxnet3_rings *rings) { return rings->ops->interrupts_are_off && rings->ops->interrupts_are_off(rings); }

void vmxnet3_rings_raise(struct vmxnet3_rings *rings, unsigned vector)
{
    uint32_t bit;

    if (!rings->st.ready || vector >= rings->st.vectors)
        return;
    bit = 1u << vector;
    if ((rings->st.irq_masked & bit) || are_off(rings)) {
        rings->st.irq_pending |= bit;
        return;
    }
    rings->st.irq_pending &= ~bit;
    if (rings->st.auto_mask)
        rings->st.irq_masked |= bit;
    rings->st.stats.interrupts++;
    if (rings->ops->signals)
        rings->ops->signals(rings);
    pci_msix_raise(rings->fn, vector);
}

void rings__irq_mask(struct vmxnet3_rings *rings, unsigned vector, bool masked)
{
    uint32_t bit = 1u << vector;

    if (masked) {
        rings->st.irq_masked |= bit;
        return;
    }
    rings->st.irq_masked &= ~bit;
    if (rings->st.irq_pending & bit)
        vmxnet3_rings_raise(rings, vector);
}
