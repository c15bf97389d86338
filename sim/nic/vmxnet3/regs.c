/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Register decode of the vmxnet3 device: BAR 0 is the data path, BAR 1 the control path. */
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

static uint32_t mac_low(const uint8_t mac[6])
{
    return (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
}

static uint32_t mac_high(const uint8_t mac[6]) { return (uint32_t)mac[4] | (uint32_t)mac[5] << 8; }

static void write_bar0(struct vmxnet3 *dev, uint32_t off, uint32_t value)
{
    if (dev->away.closed ? vmxnet3__late(dev, off, value) : vmxnet3_rings_page_write(&dev->rings, off, value))
        return;
    dev->st.bad_registers++;
    trace_vmxnet3_bad_register(&dev->c, "write", 0, off);
}

static void write_mac(struct vmxnet3 *dev, uint32_t high)
{
    uint8_t mac[6] = {dev->st.mac_low[0], dev->st.mac_low[1], dev->st.mac_low[2],
                      dev->st.mac_low[3], (uint8_t)high,      (uint8_t)(high >> 8)};

    if (!memcmp(mac, dev->st.mac, 6))
        return;
    if (!dev->host || dev->host->ops->set_mac(dev->host, mac))
        memcpy(dev->st.mac, mac, 6);
}

static void write_bar1(struct vmxnet3 *dev, uint32_t off, uint32_t value)
{
    switch (off) {
    case VMXNET3_REG_UVRS:
        break; /* revision 1 is the only one offered, so there is nothing to choose */
    case VMXNET3_REG_DSAL:
        dev->st.dsal = value;
        break;
    case VMXNET3_REG_DSAH:
        dev->st.shared_pa = (uint64_t)value << 32 | dev->st.dsal;
        break;
    case VMXNET3_REG_CMD:
        dev->st.commands++;
        dev->st.cmd_result = vmxnet3__command(dev, value);
        break;
    case VMXNET3_REG_MACL:
        memcpy(dev->st.mac_low, &value, 4);
        break;
    case VMXNET3_REG_MACH:
        write_mac(dev, value);
        break;
    case VMXNET3_REG_ECR:
        dev->st.ecr &= ~value;
        if (dev->rings.st.ready)
            vmxnet3_write_guest(dev, dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, ecr), &dev->st.ecr, 4);
        break;
    default:
        if (vmxnet3__newer_write(dev, off, value))
            break;
        dev->st.bad_registers++;
        trace_vmxnet3_bad_register(&dev->c, "write", 1, off);
    }
}

static uint32_t read_bar1(struct vmxnet3 *dev, uint32_t off)
{
    uint32_t value;

    switch (off) {
    case VMXNET3_REG_UVRS:
        return 1; /* revision 1 */
    case VMXNET3_REG_DSAL:
        return (uint32_t)dev->st.shared_pa;
    case VMXNET3_REG_DSAH:
        return (uint32_t)(dev->st.shared_pa >> 32);
    case VMXNET3_REG_CMD:
        return dev->st.cmd_result;
    case VMXNET3_REG_MACL:
        return mac_low(dev->st.mac);
    case VMXNET3_REG_MACH:
        return mac_high(dev->st.mac);
    case VMXNET3_REG_ICR:
        return vmxnet3__read_icr(dev);
    case VMXNET3_REG_ECR:
        return dev->st.ecr;
    default:
        if (vmxnet3__newer_read(dev, off, &value))
            return value;
        dev->st.bad_registers++;
        trace_vmxnet3_bad_register(&dev->c, "read", 1, off);
        return 0;
    }
}

uint64_t vmxnet3__mmio_read(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    struct vmxnet3 *dev = pci_function_data(fn);
    uint32_t value;

    if (bar == 1)
        return read_bar1(dev, off);
    if (bar == 0 && vmxnet3_rings_page_read(&dev->rings, off, &value))
        return value;
    dev->st.bad_registers++;
    trace_vmxnet3_bad_register(&dev->c, "read", bar, off);
    return 0;
}

void vmxnet3__mmio_write(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct vmxnet3 *dev = pci_function_data(fn);

    if (bar == 0)
        write_bar0(dev, off, (uint32_t)value);
    else if (bar == 1)
        write_bar1(dev, off, (uint32_t)value);
}
