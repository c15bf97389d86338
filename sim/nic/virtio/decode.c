/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers: the table, reset values, whose they are, what a read gives and a write starts. */
#include "nic/virtio/vio__.h"

#define ROW_ONE(n, off, acc, rst, text) \
    ROW_MANY(n, off, 4, 1, acc, rst, text)
#define ROW_MANY(n, off, step, number, acc, rst, text) \
    {.name = #n, .offset = off, .stride = step, .count = number, .reset = rst, .access = #acc, .function = FUNCTION, \
     .sentence = text},

const struct nic_reg vio__regs[VIO_REG_COUNT] = {
#define FUNCTION "PF"
    VIO_PF_REGISTERS(ROW_ONE, ROW_MANY)
#undef FUNCTION
#define FUNCTION "VF"
    VIO_VF_REGISTERS(ROW_ONE, ROW_MANY)
#undef FUNCTION
};

/* Of the registers from `first` on; NULL: none is there. */
static const struct nic_reg *find(unsigned first, unsigned end, uint32_t off, unsigned *index)
{
    for (unsigned i = first; i < end; i++) {
        const struct nic_reg *reg = &vio__regs[i];
        if (off < reg->offset || (off - reg->offset) % reg->stride || (off - reg->offset) / reg->stride >= reg->count)
            continue;
        *index = (off - reg->offset) / reg->stride;
        return reg;
    }
    return NULL;
}

void vio__reset_registers(struct vio *v)
{
    for (unsigned i = 0; i < VIO_R_PF_COUNT; i++)
        for (uint32_t n = 0; n < vio__regs[i].count; n++)
            *vio_reg(v, vio__regs[i].offset + n * vio__regs[i].stride) = vio__regs[i].reset;
}

static void strange(struct vio *v, uint32_t off, unsigned size)
{
    v->s.bad_registers++;
    trace_nic_bad_access(vio_component(v), VIO_BAR, off, size);
}

/* ---- a function's own map ---- */

/* [2.9, 4.1.5.2] Of a queue that works: 16 bits with its number, or 32 with how far it is filled, as was agreed. */
static bool notify(struct vio_function *fn, unsigned queue, unsigned size, uint32_t value)
{
    bool has_data = vio_has(fn, VIRTIO_F_NOTIFICATION_DATA);

    if (queue >= vio_queues(fn) || !vio_runs(fn) || !fn->queue[queue].enabled || size != (has_data ? 4 : 2) ||
        (value & 0xffff) != queue)
        return false;
    vio__notified(fn, queue, has_data, (uint16_t)(value >> 16));
    return true;
}

static void write_own(struct vio_function *fn, uint32_t off, unsigned size, uint64_t value)
{
    struct vio *v = fn->chip;
    unsigned i = 0;
    const struct nic_reg *reg = find(VIO_R_PF_COUNT, VIO_REG_COUNT, off, &i);
    bool good;

    if (reg && fn->vf != VIO_PF)
        trace_nic_vf_write(vio_component(v), (unsigned)fn->vf, reg->name, i, (uint32_t)value);
    if (off >= VIO_NOTIFY_AT && off < VIO_WINDOW_BYTES)
        good = off % VIO_NOTIFY_MULTIPLIER == 0 && notify(fn, (off - VIO_NOTIFY_AT) / VIO_NOTIFY_MULTIPLIER, size, (uint32_t)value);
    else
        good = vio__config_write(fn, off, size, value);
    if (!good)
        strange(v, off, size);
}

static uint64_t read_own(struct vio_function *fn, uint32_t off, unsigned size)
{
    uint64_t value;

    if (!vio__config_read(fn, off, size, &value))
        strange(fn->chip, off, size);
    return value;
}

/* ---- the PF's control map ---- */

static uint32_t read_control(struct vio *v, uint32_t off)
{
    unsigned i;
    const struct nic_reg *reg = find(0, VIO_R_PF_COUNT, off, &i);
    uint32_t value;

    if (!reg) {
        strange(v, off, 4);
        return 0;
    }
    if (off == VIO_STATUS)
        return v->s.link_up | v->nic.vf_count << 16;
    value = *vio_reg(v, off);
    if (off == VIO_ICR)
        *vio_reg(v, off) = 0;
    return value;
}

static void written(struct vio *v, unsigned id, unsigned i)
{
    struct vports vports = vio_vports(v);
    switch (id) {
    case VIO_R_SWITCH:
        vports_switch(&vports);
        break;
    case VIO_R_VPORT:
    case VIO_R_PORT_VLAN:
        vports_vport(&vports, i);
        break;
    case VIO_R_MAC_HI:
        vports_mac(&vports, i);
        break;
    case VIO_R_VLAN:
        vports_vlan(&vports, i);
        break;
    case VIO_R_GROUPS:
        vports_groups(&vports, i);
        break;
    case VIO_R_MIRROR: /* last of its rule */
        vports_mirror(&vports, i);
        break;
    default:
        break;
    }
}

static void write_control(struct vio *v, uint32_t off, uint32_t value)
{
    unsigned i = 0;
    const struct nic_reg *reg = find(0, VIO_R_PF_COUNT, off, &i);

    if (!reg || reg->access[1] == 'O' || reg->access[1] == 'C') {
        strange(v, off, 4);
        return;
    }
    trace_nic_pf_write(vio_component(v), reg->name, i, value);
    *vio_reg(v, off) = value;
    written(v, (unsigned)(reg - vio__regs), i);
}

/* ---- both ---- */

uint64_t vio__mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size)
{
    struct vio_function *fn = pci_function_data(pci);

    if (bar == VIO_BAR && off < VIO_WINDOW_BYTES)
        return read_own(fn, off, size);
    if (bar == VIO_BAR && off >= VIO_CONTROL && fn->vf == VIO_PF && size == 4 && off % 4 == 0)
        return read_control(fn->chip, off);
    strange(fn->chip, off, size);
    return 0;
}

void vio__mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct vio_function *fn = pci_function_data(pci);

    if (bar == VIO_BAR && off < VIO_WINDOW_BYTES)
        write_own(fn, off, size, value);
    else if (bar == VIO_BAR && off >= VIO_CONTROL && fn->vf == VIO_PF && size == 4 && off % 4 == 0)
        write_control(fn->chip, off, (uint32_t)value);
    else
        strange(fn->chip, off, size);
}
