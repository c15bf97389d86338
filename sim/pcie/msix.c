/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MSI-X: table, pending bits, masks, messages; and the single MSI of functions that have one. [PCI 3.0 6.8] */
#include <assert.h>
#include <string.h>

#include "pcie/pcie__.h"

static uint32_t flags(const struct pci_function *fn)
{
    return fn->params.cap_msix ? pcie__config_get(fn, fn->params.cap_msix + PCI_MSIX_FLAGS, 2) : 0;
}

static bool msi_is_enabled(const struct pci_function *fn)
{
    return fn->params.cap_msi && (fn->st.config[fn->params.cap_msi + PCI_MSI_FLAGS] & PCI_MSI_FLAGS_ENABLE);
}

bool pci_sends_messages(const struct pci_function *fn) { return (flags(fn) & PCI_MSIX_FLAGS_ENABLE) || msi_is_enabled(fn); }

void pcie__msix_reset(struct pci_function *fn)
{
    fn->st.msix_pending = 0;
    for (unsigned v = 0; v < PCI_MSIX_MAX; v++)
        fn->st.msix[v] = (struct msix_entry){0, 0, PCI_MSIX_ENTRY_CTRL_MASKBIT};
}

/* ---- messages ---- */

static void send(struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct pci_link *link = fn->link;
    /* A write of 4 B like any other; the interrupt remapper's own look-up is not modelled. */
    sim_time at = pcie__message_up(link, link->params.emulated ? 0 : pcie__header(link, address) + 4);

    link->st.stats.messages++;
    fn->st.stats.messages++;
    event_post(&link->c, &link->c, at, EV_HW, LINK_MESSAGE, fn->index, address, data);
}

void pcie__message_event(struct pci_link *link, const struct event *ev)
{
    struct pci_function *fn = link->fn[ev->a];

    if (!fn->sink) {
        fn->st.stats.messages_no_sink++;
        trace_pci_message(fn->dev, fn->params.rid, ev->b, (uint32_t)ev->c, "nobody listens");
        return;
    }
    trace_pci_message(fn->dev, fn->params.rid, ev->b, (uint32_t)ev->c, "interrupt");
    fn->sink->message(fn->sink, fn, ev->b, (uint32_t)ev->c);
}

static void raise_msi(struct pci_function *fn)
{
    uint16_t cap = fn->params.cap_msi;

    if (!fn->params.msi_unmaskable && (fn->st.config[cap + PCI_MSI_MASK_64] & 1)) {
        fn->st.config[cap + PCI_MSI_PENDING_64] = 1;
        trace_pci_msix_pending(fn->dev, fn->params.rid, 0, "MSI masked, pending");
        return;
    }
    send(fn, pcie__config_get(fn, cap + PCI_MSI_ADDRESS_LO, 4) | (uint64_t)pcie__config_get(fn, cap + PCI_MSI_ADDRESS_HI, 4) << 32,
         pcie__config_get(fn, cap + PCI_MSI_DATA_64, 2));
}

void pci_msix_raise(struct pci_function *fn, unsigned vector)
{
    uint32_t ctl = flags(fn);

    assert(vector < fn->params.msix_vectors || (vector == 0 && fn->params.cap_msi));
    if (!(ctl & PCI_MSIX_FLAGS_ENABLE) && msi_is_enabled(fn) && pci_bus_master(fn)) {
        raise_msi(fn);
        return;
    }
    if (!(ctl & PCI_MSIX_FLAGS_ENABLE) || !pci_bus_master(fn)) { /* a message is a memory write: it needs bus mastering */
        fn->st.stats.vectors_lost++;
        trace_pci_msix_pending(fn->dev, fn->params.rid, vector, "lost: neither MSI-X nor MSI can send");
        return;
    }
    struct msix_entry *e = &fn->st.msix[vector];
    if ((ctl & PCI_MSIX_FLAGS_MASKALL) || (e->control & PCI_MSIX_ENTRY_CTRL_MASKBIT)) {
        fn->st.msix_pending |= UINT64_C(1) << vector;
        trace_pci_msix_pending(fn->dev, fn->params.rid, vector, "masked, pending");
        return;
    }
    send(fn, e->address, e->data);
}

void pcie__msix_flush(struct pci_function *fn)
{
    uint32_t ctl = flags(fn);
    uint8_t *msi_pending = &fn->st.config[fn->params.cap_msi + PCI_MSI_PENDING_64];

    if (fn->params.cap_msi && !fn->params.msi_unmaskable && *msi_pending && msi_is_enabled(fn) && pci_bus_master(fn) &&
        !(fn->st.config[fn->params.cap_msi + PCI_MSI_MASK_64] & 1)) {
        *msi_pending = 0;
        raise_msi(fn);
    }
    if (!(ctl & PCI_MSIX_FLAGS_ENABLE) || (ctl & PCI_MSIX_FLAGS_MASKALL) || !pci_bus_master(fn))
        return;
    for (uint64_t left = fn->st.msix_pending; left; left &= left - 1) {
        unsigned v = (unsigned)__builtin_ctzll(left);
        if (fn->st.msix[v].control & PCI_MSIX_ENTRY_CTRL_MASKBIT)
            continue;
        fn->st.msix_pending &= ~(UINT64_C(1) << v);
        send(fn, fn->st.msix[v].address, fn->st.msix[v].data);
    }
}

/* ---- who owns the table directly ---- */

void pci_msix_program(struct pci_function *fn, unsigned vector, uint64_t address, uint32_t data, bool masked)
{
    assert(vector < fn->params.msix_vectors);
    fn->st.msix[vector] = (struct msix_entry){address, data, masked ? PCI_MSIX_ENTRY_CTRL_MASKBIT : 0};
    pcie__msix_flush(fn);
}

void pci_msix_enable(struct pci_function *fn, bool on)
{
    uint16_t off = fn->params.cap_msix + PCI_MSIX_FLAGS;

    assert(fn->params.cap_msix);
    pci_config_write(fn, off, 2, on ? PCI_MSIX_FLAGS_ENABLE : 0);
}

/* ---- the table and the PBA in the BAR ---- */

bool pcie__msix_covers(const struct pci_function *fn, unsigned bar, uint32_t off)
{
    const struct pci_function_params *p = &fn->params;

    return p->msix_vectors && bar == p->msix_bar &&
           ((off >= p->msix_table_off && off - p->msix_table_off < p->msix_vectors * PCI_MSIX_ENTRY_SIZE) ||
            (off >= p->msix_pba_off && off - p->msix_pba_off < 8));
}

static bool access_is_valid(uint32_t off, unsigned size)
{
    return (size == 4 || size == 8) && (off & (size - 1)) == 0; /* others are undefined [PCI 3.0 6.8.2] */
}

static uint32_t entry_read(const struct msix_entry *e, uint32_t at)
{
    switch (at) {
    case PCI_MSIX_ENTRY_LOWER_ADDR:
        return (uint32_t)e->address;
    case PCI_MSIX_ENTRY_UPPER_ADDR:
        return (uint32_t)(e->address >> 32);
    case PCI_MSIX_ENTRY_DATA:
        return e->data;
    default:
        return e->control;
    }
}

static void entry_write(struct msix_entry *e, uint32_t at, uint32_t value)
{
    switch (at) {
    case PCI_MSIX_ENTRY_LOWER_ADDR:
        e->address = (e->address & ~UINT64_C(0xffffffff)) | (value & ~UINT32_C(3));
        break;
    case PCI_MSIX_ENTRY_UPPER_ADDR:
        e->address = (uint32_t)e->address | (uint64_t)value << 32;
        break;
    case PCI_MSIX_ENTRY_DATA:
        e->data = value;
        break;
    default:
        e->control = value & PCI_MSIX_ENTRY_CTRL_MASKBIT;
        break;
    }
}

static bool in_table(const struct pci_function *fn, uint32_t off)
{
    return off >= fn->params.msix_table_off && off - fn->params.msix_table_off < fn->params.msix_vectors * PCI_MSIX_ENTRY_SIZE;
}

uint64_t pcie__msix_read(const struct pci_function *fn, uint32_t off, unsigned size)
{
    uint64_t value = 0;

    if (!access_is_valid(off, size))
        return UINT64_MAX;
    if (!in_table(fn, off)) {
        value = fn->st.msix_pending >> 8 * (off - fn->params.msix_pba_off);
        return size == 4 ? (uint32_t)value : value;
    }
    uint32_t at = off - fn->params.msix_table_off;
    for (unsigned i = 0; i < size; i += 4)
        value |= (uint64_t)entry_read(&fn->st.msix[(at + i) / PCI_MSIX_ENTRY_SIZE], (at + i) % PCI_MSIX_ENTRY_SIZE) << 8 * i;
    return value;
}

void pcie__msix_write(struct pci_function *fn, uint32_t off, unsigned size, uint64_t value)
{
    if (!access_is_valid(off, size) || !in_table(fn, off)) /* the PBA is read-only */
        return;
    uint32_t at = off - fn->params.msix_table_off;
    for (unsigned i = 0; i < size; i += 4)
        entry_write(&fn->st.msix[(at + i) / PCI_MSIX_ENTRY_SIZE], (at + i) % PCI_MSIX_ENTRY_SIZE, (uint32_t)(value >> 8 * i));
    pcie__msix_flush(fn);
}
