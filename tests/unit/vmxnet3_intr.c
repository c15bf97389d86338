/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmxnet3 device's interrupts without MSI-X: INTA and ICR, MSI, and what config space says of them. */
#include "vmxnet3_world.h"

enum { COMMAND = 4, STATUS = 6, STATUS_INTERRUPT = 8, INTX_DISABLE = 0x400, MSI = 0x84, MSI_FLAGS = MSI + 2 };

static unsigned line_ups, line_downs;
static bool line_level;

static void on_line(struct msi_sink *sink, struct pci_function *fn, bool asserted)
{
    ck_assert(asserted != line_level); /* the root hears of changes only */
    line_level = asserted;
    line_ups += asserted;
    line_downs += !asserted;
}

static struct world *active(void)
{
    struct world *w = w_create(1);

    line_ups = line_downs = 0;
    line_level = false;
    w->sink.line = on_line;
    pci_msix_enable(vmxnet3_function(w->dev), false);
    w_shared(w)->devRead.intrConf.numIntrs = 1;
    w_shared(w)->devRead.intrConf.eventIntrIdx = 0;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    w_post_rx(w, 0, 0, 31, 2000);
    return w;
}

static uint32_t config(struct world *w, uint16_t off, unsigned size)
{
    return pci_config_read(vmxnet3_function(w->dev), off, size);
}
static void configure(struct world *w, uint16_t off, unsigned size, uint32_t value)
{
    pci_config_write(vmxnet3_function(w->dev), off, size, value);
    w_run(w);
}

START_TEST(line_until_icr)
{
    struct world *w = active();

    w_inject(w, w_frame(w, w_mac, 100)); /* masked: it waits */
    ck_assert_uint_eq(line_ups, 0);
    w_unmask(w);
    ck_assert_uint_eq(line_ups, 1);
    ck_assert(line_level);
    ck_assert_uint_eq(config(w, STATUS, 2) & STATUS_INTERRUPT, STATUS_INTERRUPT);
    w_inject(w, w_frame(w, w_mac, 100)); /* it is told already */
    ck_assert_uint_eq(line_ups, 1);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_ICR), 1);
    w_run(w);
    ck_assert(!line_level);
    ck_assert_uint_eq(config(w, STATUS, 2) & STATUS_INTERRUPT, 0);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_ICR), 0);
    w_inject(w, w_frame(w, w_mac, 100));
    ck_assert_uint_eq(line_ups, 2);
    w_destroy(w);
}
END_TEST

START_TEST(line_goes_with_the_device)
{
    struct world *w = active();

    w_unmask(w);
    vmxnet3_raise_event(w->dev, VMXNET3_ECR_LINK);
    w_run(w);
    ck_assert(line_level);
    w_write(w, 1, VMXNET3_REG_CMD, VMXNET3_CMD_QUIESCE_DEV);
    w_run(w);
    ck_assert(!line_level);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_ICR), 0);

    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    w_unmask(w);
    vmxnet3_raise_event(w->dev, VMXNET3_ECR_LINK);
    w_run(w);
    ck_assert(line_level);
    configure(w, 0x48 + 8, 2, 0x8000); /* a function-level reset */
    ck_assert(!line_level);
    w_destroy(w);
}
END_TEST

START_TEST(line_is_forbidden)
{
    struct world *w = active();

    configure(w, COMMAND, 2, 6 | INTX_DISABLE);
    w_unmask(w);
    vmxnet3_raise_event(w->dev, VMXNET3_ECR_LINK);
    w_run(w);
    ck_assert(!line_level);
    ck_assert_uint_eq(config(w, STATUS, 2) & STATUS_INTERRUPT, STATUS_INTERRUPT); /* it is pending all the same */
    configure(w, COMMAND, 2, 6);
    ck_assert(line_level);
    pci_msix_enable(vmxnet3_function(w->dev), true); /* messages in its place */
    w_run(w);
    ck_assert(!line_level);
    w_destroy(w);
}
END_TEST

START_TEST(one_message)
{
    struct world *w = active();

    configure(w, MSI + 4, 4, 0xfee00000);
    configure(w, MSI + 12, 2, 5);
    configure(w, MSI_FLAGS, 2, 1);
    ck_assert_uint_eq(config(w, MSI_FLAGS, 2), 0x81); /* of 64 bits, no mask */
    configure(w, MSI + 16, 4, 1);                     /* where a mask would be is nothing */
    w_unmask(w);
    w_inject(w, w_frame(w, w_mac, 100));
    ck_assert_uint_eq(w->messages[5], 1);
    ck_assert_uint_eq(line_ups, 0);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_ICR), 0);
    w_destroy(w);
}
END_TEST

START_TEST(capabilities)
{
    struct world *w = active();
    struct pci_function *fn = vmxnet3_function(w->dev);

    ck_assert_uint_eq(pci_find_capability(fn, 0x01), 0x40); /* power management */
    ck_assert_uint_eq(pci_find_capability(fn, 0x10), 0x48); /* PCI Express */
    ck_assert_uint_eq(pci_find_capability(fn, 0x05), MSI);
    ck_assert_uint_eq(pci_find_capability(fn, 0x11), 0x9c);
    ck_assert_uint_eq(pci_find_ext_capability(fn, 0x03), 0x100); /* serial number */
    ck_assert_uint_eq(pci_find_ext_capability(fn, 0x01), 0);     /* no AER */
    ck_assert_uint_eq(config(w, 0x104, 4), 0xff00000a);
    ck_assert_uint_eq(config(w, 0x108, 4), 0xff020000);
    ck_assert_uint_eq(config(w, 0x3d, 1), 1); /* pin A */
    w_destroy(w);
}
END_TEST

/* Without AER a request that it does not decode is in Device Status alone. */
START_TEST(unsupported)
{
    struct world *w = active();
    struct pci_function_stats stats;

    configure(w, COMMAND, 2, 4);
    w_write(w, 1, VMXNET3_REG_CMD, VMXNET3_CMD_GET_LINK);
    pci_function_get_stats(vmxnet3_function(w->dev), &stats);
    ck_assert_uint_eq(stats.unsupported, 1);
    ck_assert_uint_eq(stats.errors_told, 0);
    ck_assert_uint_eq(config(w, 0x48 + 10, 2) & 0xf, 0xa); /* non-fatal, unsupported */
    w_destroy(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vmxnet3_intr");
    TCase *tc = tcase_create("all");
    SRunner *sr = srunner_create(s);
    int failed;

    suite_add_tcase(s, tc);
    tcase_add_test(tc, line_until_icr);
    tcase_add_test(tc, line_goes_with_the_device);
    tcase_add_test(tc, line_is_forbidden);
    tcase_add_test(tc, one_message);
    tcase_add_test(tc, capabilities);
    tcase_add_test(tc, unsupported);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
