/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of the UPT NIC: the table, reset values, what a read gives and a write starts. */
#include "nic/upt/upt__.h"

#define ROW_ONE(n, off, acc, rst, text) \
    ROW_MANY(n, off, 4, 1, acc, rst, text)
#define ROW_MANY(n, off, step, number, acc, rst, text) \
    {.name = #n, .offset = off, .stride = step, .count = number, .reset = rst, .access = #acc, .function = FUNCTION, \
     .sentence = text},

const struct nic_reg upt__regs[UPT_REG_COUNT] = {
#define FUNCTION "PF"
    UPT_PF_REGISTERS(ROW_ONE, ROW_MANY)
#undef FUNCTION
#define FUNCTION "VF"
    UPT_VF_REGISTERS(ROW_ONE, ROW_MANY)
#undef FUNCTION
};
static const struct nic_reg *find(uint32_t off, unsigned *index)
{
    for (unsigned i = 0; i < R_PF_COUNT; i++) {
        const struct nic_reg *reg = &upt__regs[i];
        if (off < reg->offset || (off - reg->offset) % reg->stride || (off - reg->offset) / reg->stride >= reg->count)
            continue;
        *index = (off - reg->offset) / reg->stride;
        return reg;
    }
    return NULL;
}

void upt__reset_registers(struct upt *u)
{
    for (unsigned i = 0; i < R_PF_COUNT; i++)
        for (uint32_t n = 0; n < upt__regs[i].count; n++)
            *upt_reg(u, upt__regs[i].offset + n * upt__regs[i].stride) = upt__regs[i].reset;
}

/* ---- the control map ---- */

static uint32_t function_status(const struct upt_function *fn)
{
    uint32_t status = 0, waiting = fn->s.held.count;

    if (fn->rings.st.ready) {
        status |= vmxnet3_rings_is_quiet(&fn->rings) ? 0 : UPT_FSTAT_BUSY;
        waiting += vmxnet3_rings_rx_backlog(&fn->rings);
    }
    for (unsigned q = 0; q < UPT_QUEUES; q++)
        status |= fn->rings.st.tx[q].stopped ? UPT_FSTAT_ERROR : 0;
    return status | (waiting < 0xffff ? waiting : 0xffff) << 16;
}

static uint32_t read_control(struct upt *u, uint32_t off)
{
    unsigned i;
    const struct nic_reg *reg = find(off, &i);
    uint32_t value;

    if (!reg) {
        u->s.bad_registers++;
        trace_nic_bad_access(upt_component(u), UPT_CONTROL_BAR, off, 4);
        return 0;
    }
    if (off == UPT_STATUS)
        return u->s.link_up | u->nic.vf_count << 16;
    if (off == UPT_CMD_STATUS)
        return u->s.cmd.busy ? UPT_BUSY : u->s.cmd.error;
    if (reg == &upt__regs[R_FSTAT])
        return i <= u->nic.vf_count ? function_status(&u->fn[i]) : 0;
    value = *upt_reg(u, off);
    if (off == UPT_ICR)
        *upt_reg(u, off) = 0;
    return value;
}

static void written(struct upt *u, unsigned id, unsigned i)
{
    struct vports vports = upt_vports(u);
    switch (id) {
    case R_CMD:
        upt__command(u, *upt_reg(u, UPT_CMD));
        break;
    case R_SWITCH:
        vports_switch(&vports);
        break;
    case R_FCTL:
        if (i <= u->nic.vf_count)
            upt__gate(&u->fn[i]);
        break;
    case R_VPORT:
    case R_VPORT_VLAN:
        vports_vport(&vports, i);
        break;
    case R_MAC_HI:
        vports_mac(&vports, i);
        break;
    case R_VLAN:
    case R_VLAN_LO:
    case R_VLAN_HI:
        vports_vlan(&vports, i);
        break;
    case R_MTA:
        vports_groups(&vports, i);
        break;
    case R_MIRROR: /* last of its rule */
        vports_mirror(&vports, i);
        break;
    default:
        break;
    }
}

static void write_control(struct upt *u, uint32_t off, uint32_t value)
{
    unsigned i;
    const struct nic_reg *reg = find(off, &i);

    if (!reg || reg->access[1] == 'O' || reg->access[1] == 'C') {
        u->s.bad_registers++;
        trace_nic_bad_access(upt_component(u), UPT_CONTROL_BAR, off, 4);
        return;
    }
    *upt_reg(u, off) = value;
    written(u, (unsigned)(reg - upt__regs), i);
}

/* ---- both maps ---- */

uint64_t upt__mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size)
{
    struct upt_function *fn = pci_function_data(pci);
    struct upt *u = fn->chip;
    uint32_t value;

    if (bar == UPT_CONTROL_BAR && fn->vf == UPT_PF && size == 4 && off % 4 == 0)
        return read_control(u, off);
    if (bar == UPT_PAGE_BAR && size == 4 && vmxnet3_rings_page_read(&fn->rings, off, &value))
        return value;
    u->s.bad_registers++;
    trace_nic_bad_access(upt_component(u), bar, off, size);
    return 0;
}

void upt__mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct upt_function *fn = pci_function_data(pci);
    struct upt *u = fn->chip;

    if (bar == UPT_CONTROL_BAR && fn->vf == UPT_PF && size == 4 && off % 4 == 0) {
        write_control(u, off, (uint32_t)value);
        return;
    }
    if (bar == UPT_PAGE_BAR && size == 4 && fn->rings.st.ready && vmxnet3_rings_page_write(&fn->rings, off, (uint32_t)value))
        return;
    u->s.bad_registers++;
    trace_nic_bad_access(upt_component(u), bar, off, size);
}
