/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small world for the tests of sim/pcie: one link, a PF with VFs, a memory behind an IOMMU, and a device that takes notes. */
#ifndef VFSIM_TESTS_PCIE_WORLD_H
#define VFSIM_TESTS_PCIE_WORLD_H

#include <check.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/world/sim.h"
#include "pcie/pcie.h"

enum { W_VFS = 4, W_MEM = 64 * 4096, W_BAR = 16384, W_LOG = 4096, W_VF_OFFSET = 128, W_VF_STRIDE = 2 };

struct note {
    sim_time at;
    char what; /* r, w: DMA done; R: reset; W: MMIO write; A: MMIO answer; M: message; C: config written */
    uint8_t status;
    uint16_t rid;
    uint32_t len, crc; /* crc: first four bytes of data read */
    uint64_t tag;      /* tag, offset, cookie, address */
    uint64_t value;
};

struct world {
    struct component c; /* the device, and the CPU too */
    struct sim *sim;
    struct pci_link *link;
    struct pci_function *pf, *vf[W_VFS + 1];
    struct iommu_domain *domain;
    struct sim_mem mem;
    struct msi_sink sink;
    uint8_t *ram;
    struct {
        struct note log[W_LOG];
        unsigned n;
        uint64_t reg[W_BAR / 8];
    } st;
};

static struct note *world_note(struct world *w, char what, struct pci_function *fn)
{
    ck_assert_uint_lt(w->st.n, W_LOG);
    struct note *n = &w->st.log[w->st.n++];
    memset(n, 0, sizeof(*n));
    n->at = sim_now(w->sim);
    n->what = what;
    n->rid = fn ? pci_function_rid(fn) : 0;
    return n;
}

static inline struct note *world_last(struct world *w)
{
    ck_assert_uint_gt(w->st.n, 0);
    return &w->st.log[w->st.n - 1];
}

static uint64_t w_mmio_read(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    struct world *w = pci_function_data(fn);
    return w->st.reg[off / 8];
}

static void w_mmio_write(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct world *w = pci_function_data(fn);
    struct note *n = world_note(w, 'W', fn);
    n->tag = off;
    n->value = value;
    w->st.reg[off / 8] = value;
}

static void w_read_done(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct note *n = world_note(pci_function_data(fn), 'r', fn);
    ck_assert_int_eq(data != NULL, status == PCI_OK);
    n->tag = tag;
    n->len = len;
    n->status = status;
    if (data)
        memcpy(&n->crc, data, len < 4 ? len : 4);
    if (data && len > 4)
        n->value = ((const uint8_t *)data)[len - 1];
}

static void w_write_done(struct pci_function *fn, uint64_t tag, enum pci_status status)
{
    struct note *n = world_note(pci_function_data(fn), 'w', fn);
    n->tag = tag;
    n->status = status;
}

static void w_reset(struct pci_function *fn, enum pci_reset kind) { world_note(pci_function_data(fn), 'R', fn); }

static void w_config_written(struct pci_function *fn, uint16_t off, unsigned size)
{
    world_note(pci_function_data(fn), 'C', fn)->tag = off;
}

static void w_message(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct note *n = world_note(pci_function_data(fn), 'M', fn);
    n->tag = address;
    n->value = data;
}

static const struct pci_function_ops w_ops = {w_mmio_read, w_mmio_write, w_read_done, w_write_done, w_reset, w_config_written};

static void w_event(struct component *self, const struct event *ev)
{
    struct note *n = world_note((struct world *)self, 'A', NULL);
    n->tag = ev->a;
    n->value = ev->b;
}

static void w_save(struct component *self, struct save *s)
{
    struct world *w = (struct world *)self;
    save_section(s, "world", 1);
    save_field(s, w->st);
    save_bytes(s, w->ram, W_MEM);
    mem_save(&w->mem, s);
    iommu_save(w->domain, s);
}

static const struct component_ops w_component = {.kind = "device", .event = w_event, .save = w_save};

static inline uint16_t w_reg(struct pci_function *fn, uint8_t cap, uint16_t reg)
{
    return (uint16_t)(pci_find_capability(fn, cap) + reg);
}

static inline uint16_t w_sriov(struct world *w, uint16_t reg)
{
    return (uint16_t)(pci_find_ext_capability(w->pf, PCI_EXT_CAP_ID_SRIOV) + reg);
}

static inline void w_enable_vfs(struct world *w, unsigned n)
{
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_NUM_VF), 2, n);
    pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_CTRL), 2, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
}

static struct pci_function *w_function(struct world *w, unsigned vf)
{
    struct pci_function_params p = {
        .vendor = 0x8086,
        .device = 0x10fb,
        .subsystem_vendor = 0x8086,
        .subsystem = 3,
        .vf_device = 0x10ed,
        .class_code = 0x020000,
        .revision = 1,
        .rid = 0x0100,
        .msix_vectors = 8,
        .msix_bar = 3,
        .msix_pba_off = 0x2000,
        .total_vfs = W_VFS,
        .vf_offset = W_VF_OFFSET,
        .vf_stride = W_VF_STRIDE,
        .cap_msi = 0x50,
    };
    p.bar_size[0] = W_BAR;
    p.bar_size[3] = W_BAR;
    p.bar_is_64[0] = p.bar_is_64[3] = true;
    if (vf) {
        p.is_vf = true;
        p.pf = w->pf;
        p.rid = (uint16_t)(0x0100 + W_VF_OFFSET + (vf - 1) * W_VF_STRIDE);
        p.total_vfs = 0;
        p.msix_vectors = 3;
        p.cap_msi = 0;
    }
    return pci_function_create(w->link, &w->c, w, &w_ops, &p);
}

static struct world *world_create(const struct pci_link_params *params)
{
    struct world *w = calloc(1, sizeof(*w));
    struct pci_link_params def;
    struct sim_limits limits = {.events = 65536, .frames_small = 256, .frames_jumbo = 16, .frames_giant = 2};

    pci_link_params_default(&def);
    def.iommu.iotlb = 0; /* the tests of time name their IOMMU */
    w->sim = sim_create(1, &limits);
    component_init(&w->c, w->sim, &w_component, "dev");
    w->link = pci_link_create(w->sim, "slot", params ? params : &def);
    ck_assert_ptr_nonnull(w->link);
    w->pf = w_function(w, 0);
    for (unsigned n = 1; n <= W_VFS; n++)
        w->vf[n] = w_function(w, n);
    w->ram = calloc(1, W_MEM);
    ck_assert_int_eq(mem_init(&w->mem, &w->c, w->ram, W_MEM, 64), 0);
    w->domain = iommu_domain_create(&w->c, "domain", UINT64_C(1) << 32);
    iommu_add_memory(w->domain, &w->mem);
    w->sink.message = w_message;
    for (unsigned n = 0; n <= W_VFS; n++) {
        struct pci_function *fn = n ? w->vf[n] : w->pf;
        pci_function_set_domain(fn, w->domain);
        pci_function_set_sink(fn, &w->sink);
    }
    return w;
}

/* Memory mapped at 0, PF decoding and mastering: what every data path test begins with. */
static inline struct world *world_up(const struct pci_link_params *params)
{
    struct world *w = world_create(params);
    ck_assert_int_eq(iommu_map(w->domain, 0, &w->mem, 0, W_MEM, IOMMU_READ | IOMMU_WRITE), 0);
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    w->st.n = 0;
    return w;
}

static inline void world_destroy(struct world *w)
{
    pci_link_destroy(w->link);
    iommu_domain_destroy(w->domain);
    mem_fini(&w->mem);
    sim_destroy(w->sim);
    free(w->ram);
    free(w);
}

static inline int world_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
