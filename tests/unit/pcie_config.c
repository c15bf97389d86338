/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Config space of PF and VF, SR-IOV and function-level resets: every field's access, and what its bits set off. */
#include "pcie_world.h"

static struct world *w;

static void setup(void) { w = world_create(NULL); }

static void teardown(void) { world_destroy(w); }

/* ---- the walk: read, write ones, read, write zeroes, read ---- */

struct row {
    const char *name;
    uint8_t cap;   /* capability id, 0: header */
    uint16_t ext;  /* extended capability id */
    uint16_t reg;
    uint8_t size;
    uint32_t reset, ones, zeroes;
};

static const struct row pf_rows[] = {
    {"vendor", 0, 0, PCI_VENDOR_ID, 2, 0x8086, 0x8086, 0x8086},
    {"device", 0, 0, PCI_DEVICE_ID, 2, 0x10fb, 0x10fb, 0x10fb},
    {"command", 0, 0, PCI_COMMAND, 2, 0, 0x0546, 0},
    {"status", 0, 0, PCI_STATUS, 2, 0x10, 0x10, 0x10},
    {"revision and class", 0, 0, PCI_CLASS_REVISION, 4, 0x02000001, 0x02000001, 0x02000001},
    {"cache line size", 0, 0, PCI_CACHE_LINE_SIZE, 1, 0, 0xff, 0},
    {"header type", 0, 0, PCI_HEADER_TYPE, 1, 0, 0, 0},
    {"BAR0", 0, 0, PCI_BASE_ADDRESS_0, 4, 0xc, 0xffffc00c, 0xc},
    {"BAR0 high", 0, 0, PCI_BASE_ADDRESS_1, 4, 0, 0xffffffff, 0},
    {"BAR2", 0, 0, PCI_BASE_ADDRESS_2, 4, 0, 0, 0},
    {"subsystem", 0, 0, PCI_SUBSYSTEM_VENDOR_ID, 4, 0x00038086, 0x00038086, 0x00038086},
    {"interrupt line", 0, 0, PCI_INTERRUPT_LINE, 1, 0, 0xff, 0},
    {"interrupt pin", 0, 0, PCI_INTERRUPT_PIN, 1, 1, 1, 1},
    {"PM capabilities", PCI_CAP_ID_PM, 0, PCI_PM_PMC, 2, 3, 3, 3},
    {"PM control", PCI_CAP_ID_PM, 0, PCI_PM_CTRL, 2, 0x0008, 0x010b, 0x0008},
    {"MSI control", PCI_CAP_ID_MSI, 0, PCI_MSI_FLAGS, 2, 0x0180, 0x01f1, 0x0180},
    {"MSI address", PCI_CAP_ID_MSI, 0, PCI_MSI_ADDRESS_LO, 4, 0, 0xfffffffc, 0},
    {"MSI address high", PCI_CAP_ID_MSI, 0, PCI_MSI_ADDRESS_HI, 4, 0, 0xffffffff, 0},
    {"MSI data", PCI_CAP_ID_MSI, 0, PCI_MSI_DATA_64, 2, 0, 0xffff, 0},
    {"MSI mask", PCI_CAP_ID_MSI, 0, PCI_MSI_MASK_64, 4, 0, 1, 0},
    {"MSI pending", PCI_CAP_ID_MSI, 0, PCI_MSI_PENDING_64, 4, 0, 0, 0},
    {"MSI-X control", PCI_CAP_ID_MSIX, 0, PCI_MSIX_FLAGS, 2, 7, 0xc007, 7},
    {"MSI-X table", PCI_CAP_ID_MSIX, 0, PCI_MSIX_TABLE, 4, 3, 3, 3},
    {"MSI-X PBA", PCI_CAP_ID_MSIX, 0, PCI_MSIX_PBA, 4, 0x2003, 0x2003, 0x2003},
    {"PCIe capabilities", PCI_CAP_ID_EXP, 0, PCI_EXP_FLAGS, 2, 2, 2, 2},
    {"device capabilities", PCI_CAP_ID_EXP, 0, PCI_EXP_DEVCAP, 4, 0x10008022, 0x10008022, 0x10008022},
    {"device status", PCI_CAP_ID_EXP, 0, PCI_EXP_DEVSTA, 2, 0, 0, 0},
    {"device capabilities 2", PCI_CAP_ID_EXP, 0, PCI_EXP_DEVCAP2, 4, 0x1f, 0x1f, 0x1f},
    {"link control 2", PCI_CAP_ID_EXP, 0, PCI_EXP_LNKCTL2, 2, 2, 0xf, 0},
    {"link capabilities", PCI_CAP_ID_EXP, 0, PCI_EXP_LNKCAP, 4, 0x82, 0x82, 0x82},
    {"link control", PCI_CAP_ID_EXP, 0, PCI_EXP_LNKCTL, 2, 0, 0x00cb, 0},
    {"link status", PCI_CAP_ID_EXP, 0, PCI_EXP_LNKSTA, 2, 0x82, 0x82, 0x82},
    {"device control 2", PCI_CAP_ID_EXP, 0, PCI_EXP_DEVCTL2, 2, 0, 0x1f, 0},
    {"AER uncorrectable status", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_UNCOR_STATUS, 4, 0, 0, 0},
    {"AER uncorrectable mask", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_UNCOR_MASK, 4, 0, 0x0017f010, 0},
    {"AER severity", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_UNCOR_SEVER, 4, 0x00062010, 0x0017f010, 0},
    {"AER correctable status", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_COR_STATUS, 4, 0, 0, 0},
    {"AER control", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_CAP, 4, 0, 0, 0},
    {"AER header log 0", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_HEADER_LOG, 4, 0, 0, 0},
    {"AER header log 1", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_HEADER_LOG + 4, 4, 0, 0, 0},
    {"AER header log 2", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_HEADER_LOG + 8, 4, 0, 0, 0},
    {"AER header log 3", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_HEADER_LOG + 12, 4, 0, 0, 0},
    {"AER correctable mask", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_COR_MASK, 4, 0x2000, 0x31c1, 0},
    {"ARI", 0, PCI_EXT_CAP_ID_ARI, PCI_ARI_CAP, 4, 0, 0, 0},
    {"SR-IOV capabilities", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_CAP, 4, 0, 0, 0},
    {"SR-IOV status", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_STATUS, 2, 0, 0, 0},
    {"InitialVFs", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_INITIAL_VF, 2, W_VFS, W_VFS, W_VFS},
    {"TotalVFs", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_TOTAL_VF, 2, W_VFS, W_VFS, W_VFS},
    {"NumVFs beyond TotalVFs", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_NUM_VF, 2, 0, 0, 0},
    {"first VF offset", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_VF_OFFSET, 2, W_VF_OFFSET, W_VF_OFFSET, W_VF_OFFSET},
    {"VF stride", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_VF_STRIDE, 2, W_VF_STRIDE, W_VF_STRIDE, W_VF_STRIDE},
    {"VF device", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_VF_DID, 2, 0x10ed, 0x10ed, 0x10ed},
    {"supported page sizes", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_SUP_PGSIZE, 4, 0x553, 0x553, 0x553},
    {"system page size", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_SYS_PGSIZE, 4, 1, 1, 1},
    {"VF BAR0", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_BAR, 4, 0xc, 0xffffc00c, 0xc},
    {"VF BAR1", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_BAR + 4, 4, 0, 0xffffffff, 0},
    {"VF migration array", 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_VFM, 4, 0, 0, 0},
};

static const struct row vf_rows[] = {
    {"vendor", 0, 0, PCI_VENDOR_ID, 2, 0xffff, 0xffff, 0xffff},
    {"device", 0, 0, PCI_DEVICE_ID, 2, 0xffff, 0xffff, 0xffff},
    {"command", 0, 0, PCI_COMMAND, 2, 0, PCI_COMMAND_MASTER, 0},
    {"status", 0, 0, PCI_STATUS, 2, 0x10, 0x10, 0x10},
    {"cache line size", 0, 0, PCI_CACHE_LINE_SIZE, 1, 0, 0, 0},
    {"BAR0", 0, 0, PCI_BASE_ADDRESS_0, 4, 0, 0, 0},
    {"interrupt pin", 0, 0, PCI_INTERRUPT_PIN, 1, 0, 0, 0},
    {"interrupt line", 0, 0, PCI_INTERRUPT_LINE, 1, 0, 0, 0},
    {"MSI-X control", PCI_CAP_ID_MSIX, 0, PCI_MSIX_FLAGS, 2, 2, 0xc002, 2},
    {"device capabilities", PCI_CAP_ID_EXP, 0, PCI_EXP_DEVCAP, 4, 0x10008022, 0x10008022, 0x10008022},
    {"device capabilities 2", PCI_CAP_ID_EXP, 0, PCI_EXP_DEVCAP2, 4, 0x1f, 0x1f, 0x1f},
    {"link control", PCI_CAP_ID_EXP, 0, PCI_EXP_LNKCTL, 2, 0, 0, 0},
    {"link status", PCI_CAP_ID_EXP, 0, PCI_EXP_LNKSTA, 2, 0, 0, 0},
    {"AER uncorrectable mask", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_UNCOR_MASK, 4, 0, 0, 0},
    {"AER severity", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_UNCOR_SEVER, 4, 0, 0, 0},
    {"AER correctable mask", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_COR_MASK, 4, 0, 0, 0},
    {"AER control", 0, PCI_EXT_CAP_ID_ERR, PCI_ERR_CAP, 4, 0, 0, 0},
    {"ARI", 0, PCI_EXT_CAP_ID_ARI, PCI_ARI_CAP, 4, 0, 0, 0},
};

static void walk(struct pci_function *fn, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct row *r = &rows[i];
        uint16_t base = r->cap ? pci_find_capability(fn, r->cap) : r->ext ? pci_find_ext_capability(fn, r->ext) : 0;
        uint16_t off = base + r->reg;
        ck_assert_msg(!(r->cap || r->ext) || base, "%s: no such capability", r->name);
        uint32_t reset = pci_config_read(fn, off, r->size);
        pci_config_write(fn, off, r->size, 0xffffffff);
        uint32_t ones = pci_config_read(fn, off, r->size);
        pci_config_write(fn, off, r->size, 0);
        uint32_t zeroes = pci_config_read(fn, off, r->size);
        ck_assert_msg(reset == r->reset && ones == r->ones && zeroes == r->zeroes, "%s: %x %x %x instead of %x %x %x", r->name,
                      reset, ones, zeroes, r->reset, r->ones, r->zeroes);
    }
}

START_TEST(pf_fields) { walk(w->pf, pf_rows, sizeof(pf_rows) / sizeof(pf_rows[0])); }
END_TEST

START_TEST(vf_fields)
{
    w_enable_vfs(w, W_VFS);
    sim_run_until(w->sim, 101 * SIM_MS);
    walk(w->vf[2], vf_rows, sizeof(vf_rows) / sizeof(vf_rows[0]));
    ck_assert_uint_eq(pci_find_capability(w->vf[2], PCI_CAP_ID_PM), 0);
    ck_assert_uint_eq(pci_find_ext_capability(w->vf[2], PCI_EXT_CAP_ID_SRIOV), 0);
}
END_TEST

/* Each defined byte also by single bytes, and accesses that no bus can make. */
START_TEST(odd_accesses)
{
    ck_assert_uint_eq(pci_config_read(w->pf, PCI_VENDOR_ID + 1, 1), 0x80);
    ck_assert_uint_eq(pci_config_read(w->pf, 0, 4), 0x10fb8086);
    ck_assert_uint_eq(pci_config_read(w->pf, 1, 4), 0xffffffff);
    ck_assert_uint_eq(pci_config_read(w->pf, 4095, 2), 0xffff);
    ck_assert_uint_eq(pci_config_read(w->pf, 4094, 2), 0);
    pci_config_write(w->pf, 5, 2, 0xffff);
    ck_assert_uint_eq(pci_config_read(w->pf, PCI_COMMAND, 2), 0);
    ck_assert_uint_eq(w->st.n, 0);
    pci_config_write(w->pf, PCI_COMMAND + 1, 1, PCI_COMMAND_INTX_DISABLE >> 8);
    ck_assert_uint_eq(pci_config_read(w->pf, PCI_COMMAND, 2), PCI_COMMAND_INTX_DISABLE);
    ck_assert_uint_eq(world_last(w)->what, 'C');
}
END_TEST

/* ---- SR-IOV ---- */

START_TEST(vfs_come_and_go)
{
    uint16_t ctrl = w_sriov(w, PCI_SRIOV_CTRL), num = w_sriov(w, PCI_SRIOV_NUM_VF);

    ck_assert_uint_eq(pci_config_read(w->vf[1], 0, 4), 0xffffffff);
    pci_config_write(w->pf, ctrl, 2, PCI_SRIOV_CTRL_VFE); /* NumVFs is 0: nobody appears */
    ck_assert(!pci_function_in_reset(w->vf[1]));
    pci_config_write(w->pf, ctrl, 2, 0);
    pci_config_write(w->pf, num, 2, W_VFS + 1);
    ck_assert_uint_eq(pci_config_read(w->pf, num, 2), 0);
    w_enable_vfs(w, 3);
    ck_assert(pci_function_in_reset(w->vf[3]) && !pci_function_is_present(w->vf[3]));
    ck_assert_uint_eq(pci_config_read(w->vf[3], PCI_STATUS, 2), 0xffff);
    pci_config_write(w->pf, num, 2, 1); /* locked while VF Enable is set */
    ck_assert_uint_eq(pci_config_read(w->pf, num, 2), 3);
    sim_run_until(w->sim, 100 * SIM_MS - 1);
    ck_assert(!pci_function_is_present(w->vf[3]));
    sim_run_until(w->sim, 100 * SIM_MS);
    ck_assert(pci_function_is_present(w->vf[3]) && !pci_function_is_present(w->vf[4]));
    ck_assert_uint_eq(pci_config_read(w->vf[3], PCI_STATUS, 2), 0x10);
    ck_assert_uint_eq(pci_function_rid(w->vf[3]), 0x0100 + 128 + 2 * 2);
    w->st.n = 0;
    pci_config_write(w->pf, ctrl, 2, 0);
    ck_assert(!pci_function_is_present(w->vf[1]));
    ck_assert_uint_eq(w->st.n, 4); /* three resets, one config_written of the PF */
    ck_assert_uint_eq(w->st.log[0].what, 'R');
    ck_assert_uint_eq(w->st.log[3].what, 'C');
}
END_TEST

START_TEST(system_page_size_rules_vf_bars)
{
    uint16_t page = w_sriov(w, PCI_SRIOV_SYS_PGSIZE), bar = w_sriov(w, PCI_SRIOV_BAR);

    pci_config_write(w->pf, page, 4, 4); /* 16 KB is not offered */
    ck_assert_uint_eq(pci_config_read(w->pf, page, 4), 1);
    pci_config_write(w->pf, page, 4, 3); /* one bit only */
    ck_assert_uint_eq(pci_config_read(w->pf, page, 4), 1);
    pci_config_write(w->pf, page, 4, 0x10); /* 64 KB */
    pci_config_write(w->pf, bar, 4, 0xffffffff);
    ck_assert_uint_eq(pci_config_read(w->pf, bar, 4), 0xffff000c);
}
END_TEST

START_TEST(vf_memory_decode_is_vf_mse)
{
    w_enable_vfs(w, 1);
    sim_run_until(w->sim, 101 * SIM_MS);
    w->st.reg[0] = 77;
    pci_mmio_read(w->vf[1], &w->c, sim_now(w->sim), 0, 0, 4, EV_CPU, 1, 5);
    sim_run_until(w->sim, 102 * SIM_MS);
    ck_assert_uint_eq(world_last(w)->value, 77);
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_CTRL), 2, PCI_SRIOV_CTRL_VFE);
    pci_mmio_read(w->vf[1], &w->c, sim_now(w->sim), 0, 0, 4, EV_CPU, 1, 6);
    pci_mmio_write(w->vf[1], &w->c, sim_now(w->sim), 0, 0, 4, 1);
    sim_run_until(w->sim, 103 * SIM_MS);
    ck_assert_uint_eq(world_last(w)->tag, 6);
    ck_assert_uint_eq(world_last(w)->value, 0xffffffff);
    ck_assert_uint_eq(w->st.reg[0], 77);
    struct pci_function_stats stats;
    pci_function_get_stats(w->vf[1], &stats);
    ck_assert_uint_eq(stats.mmio_dropped, 2);
}
END_TEST

/* ---- resets ---- */

START_TEST(flr_of_a_vf)
{
    uint16_t devctl;

    w_enable_vfs(w, 2);
    sim_run_until(w->sim, 101 * SIM_MS);
    pci_config_write(w->vf[1], PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    pci_config_write(w->vf[2], PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    pci_msix_enable(w->vf[1], true);
    devctl = w_reg(w->vf[1], PCI_CAP_ID_EXP, PCI_EXP_DEVCTL);
    w->st.n = 0;
    pci_config_write(w->vf[1], devctl, 2, PCI_EXP_DEVCTL_BCR_FLR);
    ck_assert_uint_eq(w->st.n, 1);
    ck_assert_uint_eq(world_last(w)->what, 'R');
    ck_assert_uint_eq(world_last(w)->rid, pci_function_rid(w->vf[1]));
    ck_assert(pci_function_in_reset(w->vf[1]) && !pci_function_in_reset(w->vf[2]));
    pci_config_write(w->vf[1], PCI_COMMAND, 2, PCI_COMMAND_MASTER); /* lost */
    sim_run_until(w->sim, 201 * SIM_MS);
    ck_assert(pci_function_is_present(w->vf[1]));
    ck_assert(!pci_bus_master(w->vf[1]) && pci_bus_master(w->vf[2]));
    ck_assert_uint_eq(pci_config_read(w->vf[1], devctl, 2), 0);
    ck_assert_uint_eq(pci_config_read(w->vf[1], w_reg(w->vf[1], PCI_CAP_ID_MSIX, PCI_MSIX_FLAGS), 2), 2);
}
END_TEST

START_TEST(flr_of_the_pf)
{
    uint16_t devctl = w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL), mask = 0x100 + PCI_ERR_UNCOR_MASK;

    w_enable_vfs(w, 2);
    sim_run_until(w->sim, 101 * SIM_MS);
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
    pci_config_write(w->pf, devctl, 2, 2 << 5 | 5 << 12);
    pci_config_write(w->pf, mask, 4, PCI_ERR_UNC_UNSUP);
    w->st.n = 0;
    pci_config_write(w->pf, devctl, 2, PCI_EXP_DEVCTL_BCR_FLR);
    ck_assert_uint_eq(w->st.n, 3); /* both VFs, then the PF */
    ck_assert_uint_eq(world_last(w)->rid, 0x0100);
    ck_assert_uint_eq(pci_config_read(w->pf, 0, 4), 0xffffffff);
    sim_run_until(w->sim, 202 * SIM_MS);
    ck_assert(!pci_function_is_present(w->vf[1]));
    ck_assert_uint_eq(pci_config_read(w->pf, PCI_COMMAND, 2), 0);
    ck_assert_uint_eq(pci_config_read(w->pf, w_sriov(w, PCI_SRIOV_CTRL), 2), 0);
    ck_assert_uint_eq(pci_config_read(w->pf, w_sriov(w, PCI_SRIOV_NUM_VF), 2), 0);
    ck_assert_uint_eq(pci_config_read(w->pf, devctl, 2), 0x0910 | 2 << 5 | 2 << 12); /* MPS survives, MRRS does not */
    ck_assert_uint_eq(pci_config_read(w->pf, mask, 4), PCI_ERR_UNC_UNSUP); /* sticky */
}
END_TEST

START_TEST(sleeping_function_decodes_nothing)
{
    uint16_t pm = w_reg(w->pf, PCI_CAP_ID_PM, PCI_PM_CTRL);

    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
    pci_config_write(w->pf, pm, 2, 3);
    ck_assert(!pci_bus_master(w->pf));
    pci_mmio_write(w->pf, &w->c, 0, 0, 8, 4, 1);
    sim_run_until(w->sim, SIM_MS);
    ck_assert_uint_eq(w->st.reg[1], 0);
    pci_config_write(w->pf, pm, 2, 0);
    ck_assert(pci_bus_master(w->pf));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pcie_config");
    TCase *tc = tcase_create("config");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, pf_fields);
    tcase_add_test(tc, vf_fields);
    tcase_add_test(tc, odd_accesses);
    tcase_add_test(tc, vfs_come_and_go);
    tcase_add_test(tc, system_page_size_rules_vf_bars);
    tcase_add_test(tc, vf_memory_decode_is_vf_mse);
    tcase_add_test(tc, flr_of_a_vf);
    tcase_add_test(tc, flr_of_the_pf);
    tcase_add_test(tc, sleeping_function_decodes_nothing);
    suite_add_tcase(suite, tc);
    return world_main(suite);
}
