/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers: the table, reset values, whose they are, what a read gives and a write starts. */
#include "nic/57712/e2__.h"

#include <string.h>

#define ROW_ONE(n, off, acc, rst, text) \
    ROW_MANY(n, off, 4, 1, acc, rst, text)
#define ROW_MANY(n, off, step, number, acc, rst, text) \
    {.name = #n, .offset = off, .stride = step, .count = number, .reset = rst, .access = #acc, .function = FUNCTION, \
     .sentence = text},

const struct nic_reg e2__regs[E2_REG_COUNT] = {
#define FUNCTION "PF"
    E2_PF_REGISTERS(ROW_ONE, ROW_MANY)
#undef FUNCTION
#define FUNCTION "VF"
    E2_VF_REGISTERS(ROW_ONE, ROW_MANY)
#undef FUNCTION
};

/* Of the registers from `first` on; NULL: none is there. */
static const struct nic_reg *find(unsigned first, unsigned end, uint32_t off, unsigned *index)
{
    for (unsigned i = first; i < end; i++) {
        const struct nic_reg *reg = &e2__regs[i];
        if (off < reg->offset || (off - reg->offset) % reg->stride || (off - reg->offset) / reg->stride >= reg->count)
            continue;
        *index = (off - reg->offset) / reg->stride;
        return reg;
    }
    return NULL;
}

void e2__reset_registers(struct e2 *e)
{
    for (unsigned i = 0; i < E2_R_PF_COUNT; i++)
        for (uint32_t n = 0; n < e2__regs[i].count; n++)
            *e2_reg(e, e2__regs[i].offset + n * e2__regs[i].stride) = e2__regs[i].reset;
}

void e2__zones_changed(struct e2 *e)
{
    memset(e->zone_of, 0, sizeof(e->zone_of));
    for (unsigned z = 0; z < E2_ZONES; z++) {
        unsigned queue = *e2_reg(e, E2_ZONE(z)) & 15;
        if (e2_zone_owner(e, z) && queue < E2_VF_QUEUES_MAX)
            e->zone_of[e2_zone_owner(e, z)->vport][queue] = (uint8_t)(z + 1);
    }
}

static void strange(struct e2 *e, uint32_t off, unsigned size)
{
    e->s.bad_registers++;
    trace_nic_bad_access(e2_component(e), E2_BAR, off, size);
}

/* ---- a function's window ---- */

static void producers(struct e2 *e, unsigned zone, uint32_t word)
{
    struct e2_client_state *q = &e->client[zone];

    e2__cqe_told(e, q, (uint16_t)word);
    e2__chain_told(e, q, E2_RING_RX, (uint16_t)(word >> 16));
    e2__rx_drain(e, q);
}

static void doorbell(struct e2_function *fn, unsigned queue, uint32_t word)
{
    struct e2 *e = fn->chip;
    struct e2_client_state *q = e2_queue(fn, queue);

    e2__chain_told(e, q, E2_RING_TX, (uint16_t)(word >> E2_DOORBELL_PRODUCER_SHIFT));
    e2__tx_kick(e, q);
}

/* Is what stands there the function's own, and set up [the chip's queue protection]? */
static bool is_own(struct e2_function *fn, const struct nic_reg *reg, unsigned i, uint32_t value)
{
    struct e2 *e = fn->chip;

    switch (reg - e2__regs + 1) { /* E2_R_PF_COUNT is no register */
    case E2_R_IGU:
        return e2_owner(e, *e2_reg(e, E2_IGU_MAP(i))) == fn;
    case E2_R_DOORBELL:
        return (value & 0xffff) == E2_DOORBELL_TYPE && e2_queue(fn, i) && (e2_queue(fn, i)->set.flags & E2_SETUP_TX);
    default:
        return e2_zone_owner(e, i) == fn && e->client[i].is_set;
    }
}

static void write_window(struct e2_function *fn, uint32_t off, uint32_t value)
{
    struct e2 *e = fn->chip;
    unsigned i = 0;
    const struct nic_reg *reg = find(E2_R_PF_COUNT, E2_REG_COUNT, off, &i);

    if (!reg || !is_own(fn, reg, i, value)) {
        strange(e, off, 4);
        return;
    }
    if (fn->vf != E2_PF)
        trace_nic_vf_write(e2_component(e), (unsigned)fn->vf, reg->name, i, value);
    switch (reg - e2__regs + 1) {
    case E2_R_IGU:
        e2__igu_write(e, i, value);
        break;
    case E2_R_DOORBELL:
        doorbell(fn, i, value);
        break;
    case E2_R_PRODUCERS:
        producers(e, i, value);
        break;
    default:
        e2__chain_told(e, &e->client[i], E2_RING_SGE, (uint16_t)value);
        e2__rx_drain(e, &e->client[i]);
    }
}

/* ---- the PF's control map ---- */

static uint32_t function_status(struct e2 *e, unsigned f)
{
    uint32_t status = e2__function_is_busy(e, f) ? E2_FUNCTION_BUSY : 0, waiting = 0;

    for (unsigned z = 0; z < E2_ZONES; z++) {
        if (e2_zone_owner(e, z) != &e->fn[f])
            continue;
        waiting += e->client[z].waits.count;
        status |= e->client[z].tx_stopped ? E2_FUNCTION_STOPPED : 0;
    }
    return status | (waiting < 0xffff ? waiting : 0xffff) << 16;
}

static uint32_t read_control(struct e2 *e, uint32_t off)
{
    unsigned i;
    const struct nic_reg *reg = find(0, E2_R_PF_COUNT, off, &i);
    uint32_t value;

    if (!reg) {
        strange(e, off, 4);
        return 0;
    }
    if (off == E2_STATUS)
        return e->s.link_up | e->nic.vf_count << 16;
    if (off == E2_RAMROD_STATUS)
        return e->s.ramrod.busy ? E2_BUSY : e->s.ramrod.error;
    if (reg == &e2__regs[E2_R_FUNCTION])
        return i <= e->nic.vf_count ? function_status(e, i) : 0;
    value = *e2_reg(e, off);
    if (off == E2_ICR)
        *e2_reg(e, off) = 0;
    return value;
}

static void written(struct e2 *e, unsigned id, unsigned i)
{
    struct vports vports = e2_vports(e);
    switch (id) {
    case E2_R_RAMROD:
        e2__ramrod(e, *e2_reg(e, E2_RAMROD));
        break;
    case E2_R_ZONE:
        e2__zones_changed(e);
        break;
    case E2_R_SWITCH:
        vports_switch(&vports);
        break;
    case E2_R_VPORT:
    case E2_R_DEFAULT_VLAN:
        vports_vport(&vports, i);
        break;
    case E2_R_MAC_HI:
        vports_mac(&vports, i);
        break;
    case E2_R_VLAN:
        vports_vlan(&vports, i);
        break;
    case E2_R_GROUPS:
        vports_groups(&vports, i);
        break;
    case E2_R_MIRROR: /* last of its rule */
        vports_mirror(&vports, i);
        break;
    default:
        break;
    }
}

/* Whose a zone or a status block is does not change while its queue is there. */
static bool is_in_use(const struct e2 *e, unsigned id, unsigned i)
{
    if (id == E2_R_ZONE)
        return e->client[i].is_set;
    for (unsigned z = 0; id == E2_R_IGU_MAP && z < E2_ZONES; z++)
        if (e->client[z].is_set && e->client[z].set.sb == i)
            return true;
    return false;
}

static void write_control(struct e2 *e, uint32_t off, uint32_t value)
{
    unsigned i = 0;
    const struct nic_reg *reg = find(0, E2_R_PF_COUNT, off, &i);
    unsigned id = reg ? (unsigned)(reg - e2__regs) : 0;

    if (!reg || reg->access[1] == 'O' || reg->access[1] == 'C' || is_in_use(e, id, i)) {
        strange(e, off, 4);
        return;
    }
    trace_nic_pf_write(e2_component(e), reg->name, i, value);
    *e2_reg(e, off) = value;
    written(e, id, i);
}

/* ---- both ---- */

uint64_t e2__mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size)
{
    struct e2_function *fn = pci_function_data(pci);

    if (bar == E2_BAR && off >= E2_CONTROL && fn->vf == E2_PF && size == 4 && off % 4 == 0)
        return read_control(fn->chip, off);
    strange(fn->chip, off, size); /* the window has nothing to be read */
    return 0;
}

void e2__mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct e2_function *fn = pci_function_data(pci);

    if (bar != E2_BAR || size != 4 || off % 4)
        strange(fn->chip, off, size);
    else if (off >= E2_CONTROL && fn->vf == E2_PF)
        write_control(fn->chip, off, (uint32_t)value);
    else
        write_window(fn, off, (uint32_t)value);
}
