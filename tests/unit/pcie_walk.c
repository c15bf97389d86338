/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every register of every function: its reset value, what software can write, what writing ones clears; and that nothing else
 * in 4 KB of config space holds a bit. PF, first and last VF.
 *
 * The tables are the specification's, written down a second time: no value comes from the code under test.
 */
#include "pcie_world.h"

#include "pcie/pcie__.h" /* only to set status bits as hardware would */

enum { PF = 1, VF = 2, BOTH = 3 };

/* RO: rw = w1c = 0. RsvdP bits are those in no mask whose reset is 0. NumVFs and the system page size stand as RO: neither
 * takes all ones or zeroes (NumVFs is 0 already); num_vfs and pcie_config.c write what they do take. */
struct reg {
    const char *name;
    uint8_t who, cap;
    uint16_t ext, off;
    uint8_t size;
    uint32_t reset, rw, w1c;
};

#define HDR 0, 0
#define CAP(id) PCI_CAP_ID_##id, 0
#define EXT(id) 0, PCI_EXT_CAP_ID_##id

static const struct reg regs[] = {
    /* [PCI 3.0 6.1]; of a VF [SR-IOV 3.4.1] */
    {"vendor", PF, HDR, 0x00, 2, 0x8086, 0, 0},
    {"vendor", VF, HDR, 0x00, 2, 0xffff, 0, 0},
    {"device", PF, HDR, 0x02, 2, 0x10fb, 0, 0},
    {"device", VF, HDR, 0x02, 2, 0xffff, 0, 0},
    {"command: memory, master, parity, SERR, INTx disable", PF, HDR, 0x04, 2, 0, 0x0546, 0},
    {"command: master", VF, HDR, 0x04, 2, 0, 0x0004, 0},
    {"status: capabilities list; error bits", BOTH, HDR, 0x06, 2, 0x0010, 0, 0xf900},
    {"revision", BOTH, HDR, 0x08, 1, 0x01, 0, 0},
    {"class code", BOTH, HDR, 0x09, 1, 0x00, 0, 0},
    {"class code: Ethernet", BOTH, HDR, 0x0a, 2, 0x0200, 0, 0},
    {"cache line size", PF, HDR, 0x0c, 1, 0, 0xff, 0},
    {"BAR0, 16 KB, 64 bits, prefetchable", PF, HDR, 0x10, 4, 0x0000000c, 0xffffc000, 0},
    {"BAR0 high", PF, HDR, 0x14, 4, 0, 0xffffffff, 0},
    {"BAR3, 16 KB, 64 bits, prefetchable", PF, HDR, 0x1c, 4, 0x0000000c, 0xffffc000, 0},
    {"BAR3 high", PF, HDR, 0x20, 4, 0, 0xffffffff, 0},
    {"subsystem vendor", BOTH, HDR, 0x2c, 2, 0x8086, 0, 0},
    {"subsystem", BOTH, HDR, 0x2e, 2, 0x0003, 0, 0},
    {"capabilities pointer", PF, HDR, 0x34, 1, 0x40, 0, 0},
    {"capabilities pointer", VF, HDR, 0x34, 1, 0x70, 0, 0},
    {"interrupt line", PF, HDR, 0x3c, 1, 0, 0xff, 0},
    {"interrupt pin: A", PF, HDR, 0x3d, 1, 1, 0, 0},
    /* [PCI PM 1.2 3.2] */
    {"PM id, next", PF, CAP(PM), 0x00, 2, 0x5001, 0, 0},
    {"PM capabilities: version 3", PF, CAP(PM), 0x02, 2, 0x0003, 0, 0},
    {"PM control: state, PME enable; no soft reset; PME status", PF, CAP(PM), 0x04, 2, 0x0008, 0x0103, 0x8000},
    /* [PCI 3.0 6.8.1] */
    {"MSI id, next", PF, CAP(MSI), 0x00, 2, 0x7005, 0, 0},
    {"MSI control: enable, multiple message; 64 bits, mask", PF, CAP(MSI), 0x02, 2, 0x0180, 0x0071, 0},
    {"MSI address", PF, CAP(MSI), 0x04, 4, 0, 0xfffffffc, 0},
    {"MSI address high", PF, CAP(MSI), 0x08, 4, 0, 0xffffffff, 0},
    {"MSI data", PF, CAP(MSI), 0x0c, 2, 0, 0xffff, 0},
    {"MSI mask", PF, CAP(MSI), 0x10, 4, 0, 1, 0},
    {"MSI pending", PF, CAP(MSI), 0x14, 4, 0, 0, 0},
    /* [PCI 3.0 6.8.2] */
    {"MSI-X id, next", BOTH, CAP(MSIX), 0x00, 2, 0xa011, 0, 0},
    {"MSI-X control: enable, function mask; 8 vectors", PF, CAP(MSIX), 0x02, 2, 0x0007, 0xc000, 0},
    {"MSI-X control: enable, function mask; 3 vectors", VF, CAP(MSIX), 0x02, 2, 0x0002, 0xc000, 0},
    {"MSI-X table: BAR3", BOTH, CAP(MSIX), 0x04, 4, 0x00000003, 0, 0},
    {"MSI-X PBA: BAR3 + 0x2000", BOTH, CAP(MSIX), 0x08, 4, 0x00002003, 0, 0},
    /* [PCIe 7.8]; of a VF [SR-IOV 3.5] */
    {"PCIe id, next", BOTH, CAP(EXP), 0x00, 2, 0x0010, 0, 0},
    {"PCIe capabilities: version 2, endpoint", BOTH, CAP(EXP), 0x02, 2, 0x0002, 0, 0},
    {"device capabilities: MPS 512, extended tag, RBER, FLR", BOTH, CAP(EXP), 0x04, 4, 0x10008022, 0, 0},
    {"device control", PF, CAP(EXP), 0x08, 2, 0x2910, 0x79ff, 0}, /* FLR reads 0; aux power: RsvdP */
    {"device status: errors", BOTH, CAP(EXP), 0x0a, 2, 0, 0, 0x000f},
    {"link capabilities: gen2 x8", BOTH, CAP(EXP), 0x0c, 4, 0x00000082, 0, 0},
    {"link control: ASPM, RCB, common clock, extended synch", PF, CAP(EXP), 0x10, 2, 0, 0x00cb, 0},
    {"link status: gen2 x8", PF, CAP(EXP), 0x12, 2, 0x0082, 0, 0},
    {"device capabilities 2: completion timeouts A to D", BOTH, CAP(EXP), 0x24, 4, 0x0000001f, 0, 0},
    {"device control 2: completion timeout", PF, CAP(EXP), 0x28, 2, 0, 0x001f, 0},
    {"link capabilities 2: gen1, gen2", BOTH, CAP(EXP), 0x2c, 4, 0x00000006, 0, 0},
    {"link control 2: target speed", PF, CAP(EXP), 0x30, 2, 0x0002, 0x000f, 0},
    /* [PCIe 7.10]; of a VF [SR-IOV 4.2] */
    {"AER id, version 1, next", BOTH, EXT(ERR), 0x00, 4, 0x15010001, 0, 0},
    {"AER uncorrectable status", PF, EXT(ERR), 0x04, 4, 0, 0, 0x0017f010},
    {"AER uncorrectable status", VF, EXT(ERR), 0x04, 4, 0, 0, 0x0011d000},
    {"AER uncorrectable mask", PF, EXT(ERR), 0x08, 4, 0, 0x0017f010, 0},
    {"AER uncorrectable severity", PF, EXT(ERR), 0x0c, 4, 0x00062010, 0x0017f010, 0},
    {"AER correctable status", PF, EXT(ERR), 0x10, 4, 0, 0, 0x000031c1},
    {"AER correctable status: advisory", VF, EXT(ERR), 0x10, 4, 0, 0, 0x00002000},
    {"AER correctable mask: advisory", PF, EXT(ERR), 0x14, 4, 0x00002000, 0x000031c1, 0},
    /* [PCIe 6.13] */
    {"ARI id, version 1, next", PF, EXT(ARI), 0x00, 4, 0x1601000e, 0, 0},
    {"ARI id, version 1", VF, EXT(ARI), 0x00, 4, 0x0001000e, 0, 0},
    {"ARI capability, control: no groups, last function", BOTH, EXT(ARI), 0x04, 4, 0, 0, 0},
    /* [SR-IOV 3.3] */
    {"SR-IOV id, version 1", PF, EXT(SRIOV), 0x00, 4, 0x00010010, 0, 0},
    {"SR-IOV capabilities: no migration", PF, EXT(SRIOV), 0x04, 4, 0, 0, 0},
    {"SR-IOV control: VF Enable, VF MSE, ARI hierarchy", PF, EXT(SRIOV), 0x08, 2, 0, 0x0019, 0},
    {"SR-IOV status", PF, EXT(SRIOV), 0x0a, 2, 0, 0, 0},
    {"InitialVFs", PF, EXT(SRIOV), 0x0c, 2, W_VFS, 0, 0},
    {"TotalVFs", PF, EXT(SRIOV), 0x0e, 2, W_VFS, 0, 0},
    {"NumVFs: 65535 is beyond TotalVFs", PF, EXT(SRIOV), 0x10, 2, 0, 0, 0},
    {"function dependency link: itself", PF, EXT(SRIOV), 0x12, 2, 0, 0, 0},
    {"first VF offset", PF, EXT(SRIOV), 0x14, 2, W_VF_OFFSET, 0, 0},
    {"VF stride", PF, EXT(SRIOV), 0x16, 2, W_VF_STRIDE, 0, 0},
    {"VF device", PF, EXT(SRIOV), 0x1a, 2, 0x10ed, 0, 0},
    {"supported page sizes", PF, EXT(SRIOV), 0x1c, 4, 0x00000553, 0, 0},
    {"system page size: one bit", PF, EXT(SRIOV), 0x20, 4, 1, 0, 0},
    {"VF BAR0", PF, EXT(SRIOV), 0x24, 4, 0x0000000c, 0xffffc000, 0},
    {"VF BAR0 high", PF, EXT(SRIOV), 0x28, 4, 0, 0xffffffff, 0},
    {"VF BAR3", PF, EXT(SRIOV), 0x30, 4, 0x0000000c, 0xffffc000, 0},
    {"VF BAR3 high", PF, EXT(SRIOV), 0x34, 4, 0, 0xffffffff, 0},
    {"VF migration state array", PF, EXT(SRIOV), 0x3c, 4, 0, 0, 0},
};
enum { REGS = sizeof(regs) / sizeof(regs[0]) };

static struct world *w;

static void setup(void)
{
    w = world_create(NULL);
    w_enable_vfs(w, W_VFS);
    sim_run_until(w->sim, 101 * SIM_MS);
}

static void teardown(void) { world_destroy(w); }

static uint16_t where(struct pci_function *fn, const struct reg *r)
{
    uint16_t base = r->cap ? pci_find_capability(fn, r->cap) : r->ext ? pci_find_ext_capability(fn, r->ext) : 0;
    ck_assert_msg(!(r->cap || r->ext) || base, "%s: no such capability", r->name);
    return base + r->off;
}

/* The expected bytes of a function, from the table. */
struct image {
    uint8_t reset[PCI_CONFIG_SIZE], rw[PCI_CONFIG_SIZE], w1c[PCI_CONFIG_SIZE];
    const char *name[PCI_CONFIG_SIZE];
};

static void expect(struct pci_function *fn, unsigned who, struct image *im)
{
    memset(im, 0, sizeof(*im));
    for (unsigned i = 0; i < REGS; i++) {
        const struct reg *r = &regs[i];
        if (!(r->who & who))
            continue;
        uint16_t off = where(fn, r);
        for (unsigned b = 0; b < r->size; b++) {
            ck_assert_msg(!im->name[off + b], "%s and %s at 0x%x", r->name, im->name[off + b], off + b);
            im->name[off + b] = r->name;
            im->reset[off + b] = (uint8_t)(r->reset >> 8 * b);
            im->rw[off + b] = (uint8_t)(r->rw >> 8 * b);
            im->w1c[off + b] = (uint8_t)(r->w1c >> 8 * b);
        }
    }
}

static void check(struct pci_function *fn, const struct image *im, uint16_t off, unsigned step, uint32_t want)
{
    static const char *const steps[] = {"reset",      "after ones",          "after zeroes",
                                        "status set", "status after zeroes", "status after ones"};
    uint32_t got = pci_config_read(fn, off, 4);
    ck_assert_msg(got == want, "0x%03x (%s), %s: %08x instead of %08x", off,
                  im->name[off]       ? im->name[off]
                  : im->name[off + 2] ? im->name[off + 2]
                                      : "nothing",
                  steps[step], got, want);
}

static uint32_t word(const uint8_t *bytes, uint16_t off)
{
    return bytes[off] | bytes[off + 1] << 8 | bytes[off + 2] << 16 | (uint32_t)bytes[off + 3] << 24;
}

static void walk(struct pci_function *fn, unsigned who)
{
    static struct image im;
    uint16_t devctl = w_reg(fn, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL);

    expect(fn, who, &im);
    for (uint16_t off = 0; off < PCI_CONFIG_SIZE; off += 4) {
        uint32_t reset = word(im.reset, off), rw = word(im.rw, off), w1c = word(im.w1c, off);
        uint32_t ones = off == devctl ? ~(uint32_t)PCI_EXP_DEVCTL_BCR_FLR : UINT32_MAX;

        check(fn, &im, off, 0, reset);
        pci_config_write(fn, off, 4, ones);
        check(fn, &im, off, 1, reset | rw);
        pci_config_write(fn, off, 4, 0);
        check(fn, &im, off, 2, reset & ~rw);
        if (w1c) {
            uint32_t base = reset & ~rw;
            pcie__config_set(fn, off, 4, base | w1c);
            check(fn, &im, off, 3, base | w1c);
            pci_config_write(fn, off, 4, 0);
            check(fn, &im, off, 4, base | w1c);
            pci_config_write(fn, off, 4, w1c);
            check(fn, &im, off, 5, base);
        }
        pci_config_write(fn, off, 4, reset & rw);
        check(fn, &im, off, 0, reset);
    }
}

START_TEST(walk_pf)
{
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_CTRL), 2, 0);
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_NUM_VF), 2, 0);
    walk(w->pf, PF);
}
END_TEST

START_TEST(walk_first_vf) { walk(w->vf[1], VF); }
END_TEST

START_TEST(walk_last_vf) { walk(w->vf[W_VFS], VF); }
END_TEST

/* The same by bytes and words: an access touches its own bytes only. */
START_TEST(walk_by_bytes)
{
    static struct image im;

    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_CTRL), 2, 0);
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_NUM_VF), 2, 0);
    expect(w->pf, PF, &im);
    uint16_t devctl = w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL);
    for (uint16_t off = 0; off < PCI_CONFIG_SIZE; off++) {
        if (off == w_sriov(w, PCI_SRIOV_NUM_VF) || (off & ~3) == w_sriov(w, PCI_SRIOV_SYS_PGSIZE))
            continue; /* a byte of these can be a value that they take */
        uint32_t before = pci_config_read(w->pf, off & ~3, 4);
        pci_config_write(w->pf, off, 1, off == devctl + 1 ? 0x7f : 0xff);
        uint32_t want = before | (uint32_t)im.rw[off] << 8 * (off & 3);
        ck_assert_msg(pci_config_read(w->pf, off & ~3, 4) == want, "byte 0x%x", off);
        pci_config_write(w->pf, off, 1, im.reset[off]);
        ck_assert_msg(pci_config_read(w->pf, off & ~3, 4) == before, "byte 0x%x back", off);
    }
}
END_TEST

/* NumVFs takes every number up to TotalVFs, while VF Enable is clear; then the lock holds for it and the page size. */
START_TEST(num_vfs)
{
    uint16_t num = w_sriov(w, PCI_SRIOV_NUM_VF), ctrl = w_sriov(w, PCI_SRIOV_CTRL), page = w_sriov(w, PCI_SRIOV_SYS_PGSIZE);

    pci_config_write(w->pf, num, 2, 1);
    pci_config_write(w->pf, page, 4, 1 << 4);
    ck_assert_uint_eq(pci_config_read(w->pf, num, 2), W_VFS);
    ck_assert_uint_eq(pci_config_read(w->pf, page, 4), 1);
    pci_config_write(w->pf, ctrl, 2, 0);
    for (unsigned n = 0; n <= W_VFS; n++) {
        pci_config_write(w->pf, num, 2, n);
        ck_assert_uint_eq(pci_config_read(w->pf, num, 2), n);
    }
    pci_config_write(w->pf, num, 2, W_VFS + 1);
    ck_assert_uint_eq(pci_config_read(w->pf, num, 2), W_VFS);
}
END_TEST

/* MSI-X table: reset, writable bits and reserved ones of each word, by 4 and 8 bytes; the PBA is read-only. */
START_TEST(msix_table)
{
    static const uint32_t rw[4] = {0xfffffffc, 0xffffffff, 0xffffffff, 1}, reset[4] = {0, 0, 0, 1};
    struct pci_function *all[] = {w->pf, w->vf[1], w->vf[W_VFS]};
    const unsigned vectors[] = {8, 3, 3};

    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    for (unsigned f = 0; f < 3; f++) {
        for (unsigned at = 0; at < vectors[f] * 16; at += 4)
            ck_assert_uint_eq(pci_mmio_peek(all[f], 3, at, 4), reset[at / 4 % 4]);
        for (unsigned at = 0; at < vectors[f] * 16; at += 4)
            pci_mmio_write(all[f], &w->c, sim_now(w->sim), 3, at, 4, UINT32_MAX);
        pci_mmio_write(all[f], &w->c, sim_now(w->sim), 3, 0x2000, 8, UINT64_MAX);
        sim_run_until(w->sim, sim_now(w->sim) + SIM_MS);
        for (unsigned at = 0; at < vectors[f] * 16; at += 4)
            ck_assert_uint_eq(pci_mmio_peek(all[f], 3, at, 4), rw[at / 4 % 4]);
        ck_assert_uint_eq(pci_mmio_peek(all[f], 3, 0x2000, 8), 0);
        for (unsigned at = 0; at < vectors[f] * 16; at += 8)
            pci_mmio_write(all[f], &w->c, sim_now(w->sim), 3, at, 8, 0);
        sim_run_until(w->sim, sim_now(w->sim) + SIM_MS);
        for (unsigned at = 0; at < vectors[f] * 16; at += 4)
            ck_assert_uint_eq(pci_mmio_peek(all[f], 3, at, 4), 0);
    }
}
END_TEST

/* What an FLR of the PF takes and what survives it [PCIe 6.6.2]: sticky bits and MPS stay, all else and every VF goes. */
START_TEST(flr_register_by_register)
{
    static struct image im;
    uint16_t devctl = w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL), lnkctl = w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_LNKCTL);
    uint16_t pm = w_reg(w->pf, PCI_CAP_ID_PM, PCI_PM_CTRL);

    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_CTRL), 2, 0);
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_NUM_VF), 2, 0);
    expect(w->pf, PF, &im);
    for (uint16_t off = 0; off < PCI_CONFIG_SIZE; off += 4)
        if (word(im.rw, off) && off != (pm & ~3))
            pci_config_write(w->pf, off, 4, off == devctl ? 0x00ff : UINT32_MAX);
    w_enable_vfs(w, W_VFS);
    pci_config_write(w->pf, devctl, 2, PCI_EXP_DEVCTL_BCR_FLR);
    sim_run_until(w->sim, sim_now(w->sim) + 101 * SIM_MS);
    for (unsigned n = 1; n <= W_VFS; n++)
        ck_assert(!pci_function_is_present(w->vf[n]));
    for (uint16_t off = 0; off < PCI_CONFIG_SIZE; off += 4) {
        uint32_t got = pci_config_read(w->pf, off, 4), keeps = 0;
        if (off >= 0x104 && off <= 0x114)
            keeps = word(im.rw, off); /* AER: RWS */
        if (off == devctl)
            keeps = PCI_EXP_DEVCTL_PAYLOAD;
        if (off == (lnkctl & ~3) || off == devctl + 0x28)
            keeps = word(im.rw, off); /* the link is not the function's */
        ck_assert_msg(got == (word(im.reset, off) | keeps), "0x%x after FLR: %x", off, got);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pcie_walk");
    TCase *tc = tcase_create("walk");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, walk_pf);
    tcase_add_test(tc, walk_first_vf);
    tcase_add_test(tc, walk_last_vf);
    tcase_add_test(tc, walk_by_bytes);
    tcase_add_test(tc, num_vfs);
    tcase_add_test(tc, msix_table);
    tcase_add_test(tc, flr_register_by_register);
    suite_add_tcase(suite, tc);
    return world_main(suite);
}
