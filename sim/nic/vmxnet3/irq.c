/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts of the vmxnet3 device: masks, autoMask, raises that wait for their unmask. */
#include "nic/vmxnet3/vmxnet3__.h"

/* The driver may switch all interrupts off with a bit in shared memory, without a register access. */
static bool all_disabled(struct vmxnet3 *dev)
{
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.intrConf.intrCtrl);
    uint32_t ctrl;

    return !vmxnet3_read_guest(dev, at, &ctrl, sizeof(ctrl)) || (ctrl & VMXNET3_IC_DISABLE_ALL);
}

void vmxnet3__irq_raise(struct vmxnet3 *dev, unsigned vector)
{
    uint32_t bit;

    if (!dev->st.activated || vector >= dev->st.conf.intrConf.numIntrs)
        return;
    bit = 1u << vector;
    if ((dev->st.irq_masked & bit) || all_disabled(dev)) {
        dev->st.irq_pending |= bit;
        return;
    }
    dev->st.irq_pending &= ~bit;
    if (dev->st.conf.intrConf.autoMask)
        dev->st.irq_masked |= bit;
    dev->st.stats.interrupts++;
    pci_msix_raise(dev->fn, vector);
}

void vmxnet3__irq_mask(struct vmxnet3 *dev, unsigned vector, bool masked)
{
    uint32_t bit = 1u << vector;

    if (masked) {
        dev->st.irq_masked |= bit;
        return;
    }
    dev->st.irq_masked &= ~bit;
    if (dev->st.irq_pending & bit)
        vmxnet3__irq_raise(dev, vector);
}
