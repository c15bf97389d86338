/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hot-plug slot's registers and events [PCIe 6.7.1, 7.5.3.9 … 7.5.3.11]. */
#include "vm/slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "guest/include/machine.h"
#include "guest/include/pci_slot.h"

enum {
    CONFIG_COMMAND = 0x04,
    COMMAND_MASK = 0x0006,
    CAP_ID_MSIX = 0x11,
    MSIX_CONTROL_MASK = 0xc000,
    BRIDGE_CLASS = 0x060400,
    MSIX_BAR_OFFSET = 0x3000,
    MSIX_PBA_OFFSET = 0x3800,
    BAR_BYTES = 0x4000,
    RID = 0x00e0
};

struct slot {
    struct component c;
    struct pci_link *link;
    struct pci_function *fn;
    struct slot_owner *owner;
    struct pci_function *inside; /* wiring: NULL unless st.present */
    uint32_t id;
    struct slot_state st;
};

static uint32_t pending(const struct slot *slot)
{
    uint32_t enabled = 0;
    if (slot->st.control & SLOT_CTL_INTERRUPT) {
        enabled |= slot->st.control & SLOT_CTL_ATTENTION ? SLOT_STA_ATTENTION : 0;
        enabled |= slot->st.control & SLOT_CTL_PRESENCE ? SLOT_STA_PRESENCE : 0;
    }
    return slot->st.status & enabled;
}

/* One message when a first event is there [PCIe 6.7.3.4]: `before` was pending already. */
static void raise(struct slot *slot, uint32_t before)
{
    if (!before && pending(slot))
        pci_msix_raise(slot->fn, 0);
}

static bool has_power(const struct slot *slot) { return slot->st.present && !(slot->st.control & SLOT_CTL_POWER_OFF); }

/* ---- registers ---- */

static uint32_t config_read(const struct slot *slot, uint16_t off)
{
    if (!has_power(slot) || !slot->inside)
        return UINT32_MAX;
    return off ? pci_config_read(slot->inside, off, 4) : slot->id;
}

static uint64_t mmio_read(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    struct slot *slot = pci_function_data(fn);
    if (size != 4)
        return UINT64_MAX;
    if (off >= SLOT_CONFIG)
        return config_read(slot, (uint16_t)(off - SLOT_CONFIG));
    switch (off) {
    case SLOT_CAP:
        return SLOT_CAP_ATTENTION_BUTTON | SLOT_CAP_POWER_CONTROLLER | SLOT_CAP_POWER_INDICATOR | SLOT_CAP_SURPRISE |
               SLOT_CAP_HOTPLUG;
    case SLOT_CTL:
        return slot->st.control;
    case SLOT_STA:
        return slot->st.status | (slot->st.present ? SLOT_STA_PRESENT : 0);
    default:
        return 0;
    }
}

static void config_write(struct slot *slot, uint16_t off, uint32_t value)
{
    if (!has_power(slot) || !slot->inside)
        return;
    if (off == CONFIG_COMMAND)
        pci_config_write(slot->inside, CONFIG_COMMAND, 2, value & COMMAND_MASK);
    else if (off && off == pci_find_capability(slot->inside, CAP_ID_MSIX))
        pci_config_write(slot->inside, (uint16_t)(off + 2), 2, value >> 16 & MSIX_CONTROL_MASK);
    else
        trace_slot(&slot->c, "a config write", "dropped: the hypervisor's");
}

static void control_write(struct slot *slot, uint32_t value)
{
    uint32_t before = pending(slot);
    bool was_on = !(slot->st.control & SLOT_CTL_POWER_OFF), is_on = !(value & SLOT_CTL_POWER_OFF);

    slot->st.control =
        value & (SLOT_CTL_ATTENTION | SLOT_CTL_PRESENCE | SLOT_CTL_INTERRUPT | SLOT_CTL_INDICATOR | SLOT_CTL_POWER_OFF);
    raise(slot, before);
    if (was_on == is_on)
        return;
    trace_slot(&slot->c, "power", is_on ? "on" : "off");
    slot->owner->powered(slot->owner, is_on);
}

static void mmio_write(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct slot *slot = pci_function_data(fn);
    uint32_t before = pending(slot);
    if (size != 4)
        return;
    if (off >= SLOT_CONFIG) {
        config_write(slot, (uint16_t)(off - SLOT_CONFIG), (uint32_t)value);
    } else if (off == SLOT_CTL) {
        control_write(slot, (uint32_t)value);
    } else if (off == SLOT_STA) {
        slot->st.status &= ~((uint32_t)value & (SLOT_STA_ATTENTION | SLOT_STA_PRESENCE));
        raise(slot, before & slot->st.status);
    }
}

static void dma_read_done(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status) {}
static void dma_write_done(struct pci_function *fn, uint64_t tag, enum pci_status status) {}
static void reset(struct pci_function *fn, enum pci_reset kind) {}

static const struct pci_function_ops function_ops = {.mmio_read = mmio_read,
                                                     .mmio_write = mmio_write,
                                                     .dma_read_done = dma_read_done,
                                                     .dma_write_done = dma_write_done,
                                                     .reset = reset};

/* ---- what the owner does ---- */

static void happen(struct slot *slot, uint32_t event)
{
    uint32_t before = pending(slot);
    slot->st.status |= event;
    raise(slot, before);
}

void slot_insert(struct slot *slot, struct pci_function *fn, uint32_t id, bool cold)
{
    slot->inside = fn;
    slot->id = id;
    slot->st.present = 1;
    trace_slot(&slot->c, "a device", cold ? "is there from the start" : "has come");
    if (cold)
        slot->st.control &= ~SLOT_CTL_POWER_OFF;
    else
        happen(slot, SLOT_STA_PRESENCE);
}

void slot_remove(struct slot *slot)
{
    slot->inside = NULL;
    slot->st.present = 0;
    trace_slot(&slot->c, "the device", "has gone");
    happen(slot, SLOT_STA_PRESENCE);
}

void slot_press(struct slot *slot)
{
    trace_slot(&slot->c, "attention button", "pressed");
    happen(slot, SLOT_STA_ATTENTION);
}

bool slot_is_powered(const struct slot *slot) { return has_power(slot); }
void slot_restore(struct slot *slot, struct pci_function *fn, uint32_t id)
{
    slot->inside = fn;
    slot->id = id;
}

void slot_get_state(const struct slot *slot, struct slot_state *out) { *out = slot->st; }
void slot_set_state(struct slot *slot, const struct slot_state *st) { slot->st = *st; }

/* ---- life ---- */

static void save(struct component *self, struct save *s)
{
    struct slot *slot = (struct slot *)self;
    save_section(s, "slot", 1);
    save_field(s, slot->st);
}

static const struct component_ops ops = {.kind = "slot", .save = save};

struct slot *slot_create(struct sim *sim, const char *name, struct msi_sink *sink, struct slot_owner *owner)
{
    struct slot *slot = alloc_zero("a hot-plug slot", 1, sizeof(*slot));
    struct pci_link_params link;
    struct pci_function_params fn = {.vendor = 0x8086,
                                     .device = 0x3420, /* a root port's */
                                     .class_code = BRIDGE_CLASS,
                                     .rid = RID,
                                     .bar_size = {[0] = BAR_BYTES},
                                     .msix_vectors = 1,
                                     .msix_bar = 0,
                                     .msix_table_off = MSIX_BAR_OFFSET,
                                     .msix_pba_off = MSIX_PBA_OFFSET};

    if (!slot)
        return NULL;
    component_init(&slot->c, sim, &ops, name);
    pci_link_params_default(&link);
    link.emulated = true;
    link.latency_ps = link.memory_ps = 0;
    slot->owner = owner;
    slot->st.control = SLOT_CTL_POWER_OFF;
    slot->link = pci_link_create(sim, name, &link);
    if (!slot->link) {
        free(slot);
        return NULL;
    }
    slot->fn = pci_function_create(slot->link, &slot->c, slot, &function_ops, &fn);
    pci_function_set_sink(slot->fn, sink);
    pci_config_write(slot->fn, CONFIG_COMMAND, 2, COMMAND_MASK); /* as firmware leaves it */
    pci_msix_enable(slot->fn, true);
    pci_msix_program(slot->fn, 0, MACHINE_MSI_ADDRESS, MACHINE_IRQ_SLOT, false);
    return slot;
}

void slot_destroy(struct slot *slot)
{
    if (!slot)
        return;
    pci_link_destroy(slot->link);
    free(slot);
}

struct pci_function *slot_function(struct slot *slot) { return slot->fn; }
