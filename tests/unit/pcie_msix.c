/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MSI-X through the table in the BAR and through its owner: masks, pending bits, messages; and plain MSI. */
#include "pcie_world.h"

static struct world *w;

static void setup(void) { w = world_up(NULL); }

static void teardown(void) { world_destroy(w); }

enum { TABLE = 0, PBA = 0x2000 };

static void table_write(unsigned vector, unsigned reg, uint32_t value)
{
    pci_mmio_write(w->pf, &w->c, sim_now(w->sim), 3, TABLE + vector * 16 + reg, 4, value);
    sim_run_until(w->sim, SIM_NEVER);
}

static uint64_t read_bar(uint32_t off, unsigned size)
{
    pci_mmio_read(w->pf, &w->c, sim_now(w->sim), 3, off, size, EV_CPU, 1, 0);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->what, 'A');
    return world_last(w)->value;
}

static unsigned messages(void)
{
    unsigned n = 0;
    sim_run_until(w->sim, SIM_NEVER);
    for (unsigned i = 0; i < w->st.n; i++)
        n += w->st.log[i].what == 'M';
    return n;
}

START_TEST(table_is_memory)
{
    ck_assert_uint_eq(read_bar(TABLE + 2 * 16 + 12, 4), 1); /* masked from reset */
    table_write(2, PCI_MSIX_ENTRY_LOWER_ADDR, 0xfee01003);
    table_write(2, PCI_MSIX_ENTRY_UPPER_ADDR, 0x11);
    table_write(2, PCI_MSIX_ENTRY_DATA, 0x4041);
    table_write(2, PCI_MSIX_ENTRY_VECTOR_CTRL, 0xfffffffe);
    ck_assert_uint_eq(read_bar(TABLE + 2 * 16, 8), 0x11fee01000); /* a doubleword address */
    ck_assert_uint_eq(read_bar(TABLE + 2 * 16 + 8, 8), 0x4041);
    ck_assert_uint_eq(read_bar(TABLE + 2 * 16 + 8, 2), 0xffff);   /* such accesses are undefined */
    for (unsigned i = 0; i < w->st.n; i++)
        ck_assert_uint_ne(w->st.log[i].what, 'W'); /* the device saw nothing of it */
    pci_mmio_write(w->pf, &w->c, sim_now(w->sim), 3, TABLE + 8 * 16, 4, 1); /* behind the last vector: the device's */
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->what, 'W');
}
END_TEST

START_TEST(vector_mask)
{
    pci_msix_enable(w->pf, true);
    table_write(1, PCI_MSIX_ENTRY_LOWER_ADDR, 0xfee00000);
    table_write(1, PCI_MSIX_ENTRY_DATA, 77);
    pci_msix_raise(w->pf, 1);
    pci_msix_raise(w->pf, 1);
    ck_assert_uint_eq(messages(), 0);
    ck_assert_uint_eq(read_bar(PBA, 8), 2);
    ck_assert_uint_eq(read_bar(PBA + 4, 4), 0);
    pci_mmio_write(w->pf, &w->c, sim_now(w->sim), 3, PBA, 8, 0); /* read-only */
    ck_assert_uint_eq(read_bar(PBA, 8), 2);
    table_write(1, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
    ck_assert_uint_eq(messages(), 1); /* one, however often it was raised */
    ck_assert_uint_eq(world_last(w)->tag, 0xfee00000);
    ck_assert_uint_eq(world_last(w)->value, 77);
    ck_assert_uint_eq(read_bar(PBA, 4), 0);
    pci_msix_raise(w->pf, 1);
    pci_msix_raise(w->pf, 1);
    ck_assert_uint_eq(messages(), 3);
}
END_TEST

START_TEST(function_mask)
{
    uint16_t ctrl = w_reg(w->pf, PCI_CAP_ID_MSIX, PCI_MSIX_FLAGS);

    pci_msix_program(w->pf, 0, 0x1000, 1, false);
    pci_msix_program(w->pf, 7, 0x2000, 2, false);
    pci_msix_program(w->pf, 3, 0x3000, 3, true);
    pci_config_write(w->pf, ctrl, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    pci_msix_raise(w->pf, 7);
    pci_msix_raise(w->pf, 0);
    pci_msix_raise(w->pf, 3);
    ck_assert_uint_eq(messages(), 0);
    ck_assert_uint_eq(read_bar(PBA, 8), 0x89);
    pci_config_write(w->pf, ctrl, 2, PCI_MSIX_FLAGS_ENABLE);
    ck_assert_uint_eq(messages(), 2); /* in order of vectors */
    ck_assert_uint_eq(world_last(w)->value, 2);
    ck_assert_uint_eq(read_bar(PBA, 8), 8);
    pci_msix_program(w->pf, 3, 0x3000, 3, false);
    ck_assert_uint_eq(messages(), 3);
}
END_TEST

/* A vector's own mask goes while all are masked: nothing is sent before the function's goes too. */
START_TEST(function_mask_covers_what_is_pending)
{
    uint16_t ctrl = w_reg(w->pf, PCI_CAP_ID_MSIX, PCI_MSIX_FLAGS);

    pci_msix_program(w->pf, 3, 0x3000, 3, true);
    pci_config_write(w->pf, ctrl, 2, PCI_MSIX_FLAGS_ENABLE);
    pci_msix_raise(w->pf, 3);
    pci_config_write(w->pf, ctrl, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    table_write(3, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
    ck_assert_uint_eq(messages(), 0);
    ck_assert_uint_eq(read_bar(PBA, 8), 8);
    pci_config_write(w->pf, ctrl, 2, PCI_MSIX_FLAGS_ENABLE);
    ck_assert_uint_eq(messages(), 1);
    ck_assert_uint_eq(read_bar(PBA, 8), 0);
}
END_TEST

/* What is pending waits for the bus master, too, and for MSI-X itself. */
START_TEST(pending_waits_for_the_bus_master)
{
    uint16_t ctrl = w_reg(w->pf, PCI_CAP_ID_MSIX, PCI_MSIX_FLAGS);

    pci_msix_program(w->pf, 2, 0x3000, 3, true);
    pci_config_write(w->pf, ctrl, 2, PCI_MSIX_FLAGS_ENABLE);
    pci_msix_raise(w->pf, 2);
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    table_write(2, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
    ck_assert_uint_eq(messages(), 0);
    ck_assert_uint_eq(read_bar(PBA, 8), 4);
    pci_config_write(w->pf, ctrl, 2, 0);
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    table_write(2, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
    ck_assert_uint_eq(messages(), 0);
    pci_config_write(w->pf, ctrl, 2, PCI_MSIX_FLAGS_ENABLE);
    ck_assert_uint_eq(messages(), 1);
}
END_TEST

START_TEST(disabled)
{
    struct pci_function_stats s;

    pci_msix_program(w->pf, 0, 0x1000, 1, false);
    pci_msix_raise(w->pf, 0);
    pci_msix_enable(w->pf, true);
    ck_assert_uint_eq(messages(), 0); /* nothing was pending */
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY); /* a message is a memory write */
    pci_msix_raise(w->pf, 0);
    ck_assert_uint_eq(messages(), 0);
    pci_function_get_stats(w->pf, &s);
    ck_assert_uint_eq(s.vectors_lost, 2);
}
END_TEST

START_TEST(no_sink)
{
    struct pci_function_stats s;

    pci_function_set_sink(w->pf, NULL);
    pci_msix_program(w->pf, 0, 0x1000, 1, false);
    pci_msix_enable(w->pf, true);
    pci_msix_raise(w->pf, 0);
    ck_assert_uint_eq(messages(), 0);
    pci_function_get_stats(w->pf, &s);
    ck_assert_uint_eq(s.messages, 1);
    ck_assert_uint_eq(s.messages_no_sink, 1);
}
END_TEST

START_TEST(reset_masks_and_forgets)
{
    pci_msix_program(w->pf, 0, 0x1000, 1, true);
    pci_msix_enable(w->pf, true);
    pci_msix_raise(w->pf, 0);
    pci_config_write(w->pf, w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL), 2, PCI_EXP_DEVCTL_BCR_FLR);
    sim_run_until(w->sim, 101 * SIM_MS);
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    ck_assert_uint_eq(read_bar(PBA, 8), 0);
    ck_assert_uint_eq(read_bar(TABLE, 8), 0);
    ck_assert_uint_eq(read_bar(TABLE + 12, 4), 1);
}
END_TEST

START_TEST(plain_msi)
{
    uint16_t cap = pci_find_capability(w->pf, PCI_CAP_ID_MSI);

    pci_config_write(w->pf, cap + PCI_MSI_ADDRESS_LO, 4, 0xfee00000);
    pci_config_write(w->pf, cap + PCI_MSI_ADDRESS_HI, 4, 1);
    pci_config_write(w->pf, cap + PCI_MSI_DATA_64, 2, 55);
    pci_config_write(w->pf, cap + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
    pci_msix_raise(w->pf, 4); /* all vectors share the one */
    ck_assert_uint_eq(messages(), 1);
    ck_assert_uint_eq(world_last(w)->tag, 0x1fee00000);
    ck_assert_uint_eq(world_last(w)->value, 55);
    pci_config_write(w->pf, cap + PCI_MSI_MASK_64, 4, 1);
    pci_msix_raise(w->pf, 0);
    ck_assert_uint_eq(messages(), 1);
    ck_assert_uint_eq(pci_config_read(w->pf, cap + PCI_MSI_PENDING_64, 4), 1);
    pci_config_write(w->pf, cap + PCI_MSI_MASK_64, 4, 0);
    ck_assert_uint_eq(messages(), 2);
    ck_assert_uint_eq(pci_config_read(w->pf, cap + PCI_MSI_PENDING_64, 4), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pcie_msix");
    TCase *tc = tcase_create("msix");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, table_is_memory);
    tcase_add_test(tc, vector_mask);
    tcase_add_test(tc, function_mask);
    tcase_add_test(tc, function_mask_covers_what_is_pending);
    tcase_add_test(tc, pending_waits_for_the_bus_master);
    tcase_add_test(tc, disabled);
    tcase_add_test(tc, no_sink);
    tcase_add_test(tc, reset_masks_and_forgets);
    tcase_add_test(tc, plain_msi);
    suite_add_tcase(suite, tc);
    return world_main(suite);
}
