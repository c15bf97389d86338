/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that a function does not support: what it logs, where, and what it tells the root [PCIe 6.2.3.2.4, SR-IOV 4.2]. */
#include "pcie_world.h"

static struct world *w;

static void setup(void)
{
    w = world_create(NULL);
    w_enable_vfs(w, W_VFS);
    sim_run_until(w->sim, 101 * SIM_MS);
    pci_config_write(w->pf, PCI_BASE_ADDRESS_0, 4, 0xc0000000);
    pci_config_write(w->pf, PCI_BASE_ADDRESS_0 + 4, 4, 0x12);
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_BAR), 4, 0xd0000000);
}

static void teardown(void) { world_destroy(w); }

static uint16_t aer(struct pci_function *fn, uint16_t reg)
{
    return (uint16_t)(pci_find_ext_capability(fn, PCI_EXT_CAP_ID_ERR) + reg);
}

static uint32_t devsta(struct pci_function *fn) { return pci_config_read(fn, w_reg(fn, PCI_CAP_ID_EXP, PCI_EXP_DEVSTA), 2); }

static void control(uint32_t bits) { pci_config_write(w->pf, w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL), 2, bits); }

static uint64_t told(struct pci_function *fn)
{
    struct pci_function_stats stats;
    pci_function_get_stats(fn, &stats);
    return stats.errors_told;
}

static void write_reg(struct pci_function *fn, uint32_t off)
{
    pci_mmio_write(fn, &w->c, sim_now(w->sim), 0, off, 4, 1);
    sim_run_until(w->sim, sim_now(w->sim) + SIM_MS);
}

static void read_reg(struct pci_function *fn, uint32_t off)
{
    pci_mmio_read(fn, &w->c, sim_now(w->sim), 0, off, 4, EV_HW, 1, 7);
    sim_run_until(w->sim, sim_now(w->sim) + SIM_MS);
}

static void check_log(struct pci_function *fn, uint32_t type, uint64_t address)
{
    ck_assert_uint_eq(pci_config_read(fn, aer(fn, PCI_ERR_CAP), 4) & 0x1f, 20);
    ck_assert_uint_eq(pci_config_read(fn, aer(fn, PCI_ERR_HEADER_LOG), 4), type | 1);
    ck_assert_uint_eq(pci_config_read(fn, aer(fn, PCI_ERR_HEADER_LOG + 4), 4), 0xf);
    ck_assert_uint_eq(pci_config_read(fn, aer(fn, PCI_ERR_HEADER_LOG + 8), 4), address >> 32);
    ck_assert_uint_eq(pci_config_read(fn, aer(fn, PCI_ERR_HEADER_LOG + 12), 4), (uint32_t)address);
}

/* Memory decode is off. A posted write is an error of the function's own; the header tells which. */
START_TEST(posted)
{
    write_reg(w->pf, 0x40);
    ck_assert_uint_eq(devsta(w->pf), PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_URD);
    ck_assert_uint_eq(pci_config_read(w->pf, aer(w->pf, PCI_ERR_UNCOR_STATUS), 4), PCI_ERR_UNC_UNSUP);
    ck_assert_uint_eq(pci_config_read(w->pf, aer(w->pf, PCI_ERR_COR_STATUS), 4), 0);
    check_log(w->pf, 0x60000000, UINT64_C(0x12c0000040));
    ck_assert_uint_eq(told(w->pf), 0);

    write_reg(w->pf, 0x80); /* the first one keeps the log until its bit is cleared */
    check_log(w->pf, 0x60000000, UINT64_C(0x12c0000040));
    pci_config_write(w->pf, aer(w->pf, PCI_ERR_UNCOR_STATUS), 4, PCI_ERR_UNC_UNSUP);
    write_reg(w->pf, 0x80);
    check_log(w->pf, 0x60000000, UINT64_C(0x12c0000080));
}
END_TEST

/* A read is answered, and its requester judges: an advisory error, masked unless software asks for it. */
START_TEST(answered)
{
    read_reg(w->pf, 0x40);
    ck_assert_uint_eq(world_last(w)->value, UINT32_MAX);
    ck_assert_uint_eq(devsta(w->pf), PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_URD);
    ck_assert_uint_eq(pci_config_read(w->pf, aer(w->pf, PCI_ERR_COR_STATUS), 4), PCI_ERR_COR_ADV_NFAT);
    ck_assert_uint_eq(pci_config_read(w->pf, aer(w->pf, PCI_ERR_UNCOR_STATUS), 4), 0);

    control(PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_URRE);
    pci_config_write(w->pf, aer(w->pf, PCI_ERR_COR_MASK), 4, 0);
    read_reg(w->pf, 0x44);
    ck_assert_uint_eq(pci_config_read(w->pf, aer(w->pf, PCI_ERR_UNCOR_STATUS), 4), PCI_ERR_UNC_UNSUP);
    check_log(w->pf, 0x20000000, UINT64_C(0x12c0000044));
    ck_assert_uint_eq(told(w->pf), 1);
}
END_TEST

/* Severity, mask and enables are the PF's, also for its VFs; status and log each one's own. */
START_TEST(of_a_vf)
{
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_CTRL), 2, PCI_SRIOV_CTRL_VFE); /* VF MSE clear */
    control(PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE);
    write_reg(w->vf[2], 0x10);
    ck_assert_uint_eq(devsta(w->vf[2]), PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_URD);
    check_log(w->vf[2], 0x60000000, 0xd0000000 + W_BAR + 0x10);
    ck_assert_uint_eq(told(w->vf[2]), 0); /* non-fatal ones are not enabled */
    ck_assert_uint_eq(devsta(w->vf[1]) | devsta(w->pf), 0);

    pci_config_write(w->pf, aer(w->pf, PCI_ERR_UNCOR_SEVER), 4, PCI_ERR_UNC_UNSUP);
    read_reg(w->vf[1], 0x10); /* fatal, though it is answered */
    ck_assert_uint_eq(devsta(w->vf[1]), PCI_EXP_DEVSTA_FED | PCI_EXP_DEVSTA_URD);
    ck_assert_uint_eq(told(w->vf[1]), 1);

    pci_config_write(w->pf, aer(w->pf, PCI_ERR_UNCOR_MASK), 4, PCI_ERR_UNC_UNSUP);
    write_reg(w->vf[3], 0x10);
    ck_assert_uint_eq(pci_config_read(w->vf[3], aer(w->vf[3], PCI_ERR_UNCOR_STATUS), 4), PCI_ERR_UNC_UNSUP);
    ck_assert_uint_eq(pci_config_read(w->vf[3], aer(w->vf[3], PCI_ERR_HEADER_LOG), 4), 0);
    ck_assert_uint_eq(told(w->vf[3]), 0);
}
END_TEST

/* SERR# enable alone lets a non-fatal error be told, and Signalled System Error says so; a log survives an FLR. */
START_TEST(serr_and_flr)
{
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_SERR);
    write_reg(w->pf, 0x48);
    ck_assert_uint_eq(told(w->pf), 1);
    ck_assert_uint_eq(pci_config_read(w->pf, PCI_STATUS, 2) & PCI_STATUS_SIG_SYSTEM_ERROR, PCI_STATUS_SIG_SYSTEM_ERROR);
    control(PCI_EXP_DEVCTL_BCR_FLR);
    write_reg(w->pf, 0x4c); /* in reset: nobody is there to log it */
    sim_run_until(w->sim, sim_now(w->sim) + 101 * SIM_MS);
    check_log(w->pf, 0x60000000, UINT64_C(0x12c0000048));
    ck_assert_uint_eq(devsta(w->pf), 0);
}
END_TEST

/* Beyond the BAR is unsupported, too; a VF that is not there logs nothing. */
START_TEST(nobody_there)
{
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    write_reg(w->pf, 0x40);
    ck_assert_uint_eq(devsta(w->pf), 0);
    write_reg(w->pf, W_BAR);
    ck_assert_uint_eq(devsta(w->pf), PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_URD);
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_CTRL), 2, 0);
    write_reg(w->vf[1], 0x40);
    w_enable_vfs(w, W_VFS);
    sim_run_until(w->sim, sim_now(w->sim) + 101 * SIM_MS);
    ck_assert_uint_eq(devsta(w->vf[1]), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pcie_error");
    TCase *tc = tcase_create("unsupported");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, posted);
    tcase_add_test(tc, answered);
    tcase_add_test(tc, of_a_vf);
    tcase_add_test(tc, serr_and_flr);
    tcase_add_test(tc, nobody_there);
    suite_add_tcase(suite, tc);
    return world_main(suite);
}
