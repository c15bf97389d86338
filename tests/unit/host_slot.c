/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hot-plug slot: presence, attention, power, the config space behind it, and when it speaks [PCIe 6.7]. */
#include "unit/pcie_world.h"

#include "guest/include/machine.h"
#include "guest/include/pci_slot.h"
#include "vm/slot.h"

enum { ALL = SLOT_CTL_ATTENTION | SLOT_CTL_PRESENCE | SLOT_CTL_INTERRUPT, DEVICE_ID = 0x10ed8086 };

struct slot_world {
    struct world *w;
    struct slot *slot;
    struct slot_owner owner;
    struct msi_sink sink;
    unsigned messages, changes;
    bool on;
};

static struct slot_world sw;

static void powered(struct slot_owner *self, bool on)
{
    sw.changes++;
    sw.on = on;
}

static void message(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data)
{
    ck_assert_uint_eq(address, MACHINE_MSI_ADDRESS);
    ck_assert_uint_eq(data, MACHINE_IRQ_SLOT);
    sw.messages++;
}

static void run(void) { sim_run_until(sw.w->sim, sim_now(sw.w->sim) + SIM_US); }

static uint32_t get(uint32_t reg) { return (uint32_t)pci_mmio_peek(slot_function(sw.slot), 0, reg, 4); }

static void put(uint32_t reg, uint32_t value)
{
    pci_mmio_write(slot_function(sw.slot), &sw.w->c, sim_now(sw.w->sim), 0, reg, 4, value);
    run();
}

static void begin(void)
{
    memset(&sw, 0, sizeof(sw));
    sw.w = world_create(NULL);
    sw.owner.powered = powered;
    sw.sink.message = message;
    sw.slot = slot_create(sw.w->sim, "web.slot", &sw.sink, &sw.owner);
    ck_assert_ptr_nonnull(sw.slot);
}

static void end(void)
{
    slot_destroy(sw.slot);
    world_destroy(sw.w);
}

START_TEST(is_there_from_the_start)
{
    slot_insert(sw.slot, sw.w->pf, DEVICE_ID, true);
    run();
    ck_assert(slot_is_powered(sw.slot));
    ck_assert_uint_eq(sw.messages, 0);
    ck_assert_uint_eq(get(SLOT_STA), SLOT_STA_PRESENT);
    ck_assert_uint_eq(get(SLOT_CONFIG), DEVICE_ID);
    ck_assert_uint_eq(get(SLOT_CONFIG + PCI_CLASS_REVISION), pci_config_read(sw.w->pf, PCI_CLASS_REVISION, 4));
    put(SLOT_CTL, ALL | SLOT_CTL_POWER_OFF);
    ck_assert_uint_eq(sw.changes, 1);
    ck_assert(!sw.on);
    ck_assert_uint_eq(get(SLOT_CONFIG), UINT32_MAX);
    put(SLOT_CTL, ALL | SLOT_CTL_POWER_OFF); /* says nothing new */
    ck_assert_uint_eq(sw.changes, 1);
    put(SLOT_CTL, ALL);
    ck_assert_uint_eq(sw.changes, 2);
    ck_assert(sw.on);
    ck_assert_uint_eq(get(SLOT_CONFIG), DEVICE_ID);
}
END_TEST

START_TEST(comes_and_goes)
{
    ck_assert_uint_eq(get(SLOT_STA), 0);
    ck_assert_uint_eq(get(SLOT_CONFIG), UINT32_MAX);
    slot_insert(sw.slot, sw.w->pf, DEVICE_ID, false);
    run();
    ck_assert_uint_eq(sw.messages, 0); /* nobody has asked for it */
    ck_assert_uint_eq(get(SLOT_CONFIG), UINT32_MAX); /* no power yet */
    put(SLOT_CTL, ALL | SLOT_CTL_POWER_OFF);
    ck_assert_uint_eq(sw.messages, 1); /* an event that was pending */
    put(SLOT_STA, SLOT_STA_PRESENCE);
    ck_assert_uint_eq(get(SLOT_STA), SLOT_STA_PRESENT);
    put(SLOT_CTL, ALL);
    ck_assert_uint_eq(get(SLOT_CONFIG), DEVICE_ID);
    slot_remove(sw.slot);
    run();
    ck_assert_uint_eq(sw.messages, 2);
    ck_assert_uint_eq(get(SLOT_STA), SLOT_STA_PRESENCE);
    ck_assert_uint_eq(get(SLOT_CONFIG), UINT32_MAX);
}
END_TEST

START_TEST(one_message_until_all_is_seen)
{
    slot_insert(sw.slot, sw.w->pf, DEVICE_ID, true);
    put(SLOT_CTL, ALL);
    slot_press(sw.slot);
    slot_press(sw.slot);
    slot_remove(sw.slot);
    run();
    ck_assert_uint_eq(sw.messages, 1);
    put(SLOT_STA, SLOT_STA_ATTENTION); /* presence is still unseen: no second message for it */
    ck_assert_uint_eq(get(SLOT_STA), SLOT_STA_PRESENCE);
    ck_assert_uint_eq(sw.messages, 1);
    put(SLOT_STA, SLOT_STA_PRESENCE);
    slot_press(sw.slot);
    run();
    ck_assert_uint_eq(sw.messages, 2);
}
END_TEST

/* Of config space the guest may turn on memory and bus mastering; address registers are the hypervisor's. */
START_TEST(config_writes_are_filtered)
{
    uint32_t bar = pci_config_read(sw.w->pf, PCI_BASE_ADDRESS_0, 4);

    slot_insert(sw.slot, sw.w->pf, DEVICE_ID, true);
    pci_config_write(sw.w->pf, PCI_COMMAND, 2, 0);
    put(SLOT_CONFIG + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_SERR);
    ck_assert_uint_eq(pci_config_read(sw.w->pf, PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    put(SLOT_CONFIG + PCI_BASE_ADDRESS_0, 0xffffffff);
    ck_assert_uint_eq(pci_config_read(sw.w->pf, PCI_BASE_ADDRESS_0, 4), bar);
    uint16_t msix = pci_find_capability(sw.w->pf, PCI_CAP_ID_MSIX);
    put(SLOT_CONFIG + msix, 0x80000000);
    ck_assert_uint_ne(pci_config_read(sw.w->pf, msix + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_ENABLE, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("slot");
    TCase *t = tcase_create("slot");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, is_there_from_the_start);
    tcase_add_test(t, comes_and_goes);
    tcase_add_test(t, one_message_until_all_is_seen);
    tcase_add_test(t, config_writes_are_filtered);
    suite_add_tcase(s, t);
    return world_main(s);
}
