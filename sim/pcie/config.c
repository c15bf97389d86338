/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions and their config space: creation, reads, writes and what writes set off. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "pcie/pcie__.h"

/* ---- bytes ---- */

uint32_t pcie__config_get(const struct pci_function *fn, uint16_t off, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)fn->st.config[off + i] << 8 * i;
    return value;
}

void pcie__config_set(struct pci_function *fn, uint16_t off, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++)
        fn->st.config[off + i] = (uint8_t)(value >> 8 * i);
}

void pcie__config_defaults(struct pci_function *fn)
{
    const struct config_image *im = &fn->image;
    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++)
        fn->st.config[i] = (uint8_t)((im->reset[i] & ~im->sticky[i]) | (fn->st.config[i] & im->sticky[i]));
}

void pcie__config_derive(struct pci_function *fn)
{
    if (fn->params.is_vf)
        return;
    uint32_t ctl = pcie__config_get(fn, fn->params.cap_pcie + PCI_EXP_DEVCTL, 2);
    unsigned mps = (ctl & PCI_EXP_DEVCTL_PAYLOAD) >> 5, mrrs = (ctl & PCI_EXP_DEVCTL_READRQ) >> 12;

    fn->mps_shift = (uint8_t)(7 + (mps > 5 ? 0 : mps)); /* 6 and 7 are reserved */
    fn->mrrs_shift = (uint8_t)(7 + (mrrs > 5 ? 0 : mrrs));
    fn->mps_mask = (1u << fn->mps_shift) - 1;
    fn->mrrs_mask = (1u << fn->mrrs_shift) - 1;
    if (fn->index == 0) {
        const struct pci_link_params *l = &fn->link->params;
        fn->link->tags_live = l->tags > PCIE_TAGS_5BIT && !(ctl & PCI_EXP_DEVCTL_EXT_TAG) ? PCIE_TAGS_5BIT : l->tags;
    }
    pcie__sriov_derive(fn);
}

/* ---- is it there? ---- */

bool pcie__function_exists(const struct pci_function *fn) { return !fn->params.is_vf || fn->vf_number <= fn->params.pf->vfs_live; }

bool pci_function_in_reset(const struct pci_function *fn) { return sim_now(fn->link->c.sim) < fn->st.reset_until; }

bool pcie__function_responds(const struct pci_function *fn) { return pcie__function_exists(fn) && !pci_function_in_reset(fn); }

bool pci_function_is_present(const struct pci_function *fn) { return pcie__function_responds(fn); }

static bool is_powered(const struct pci_function *fn)
{
    return !fn->params.cap_pm || !(fn->st.config[fn->params.cap_pm + PCI_PM_CTRL] & PCI_PM_CTRL_STATE_MASK);
}

bool pcie__function_decodes(const struct pci_function *fn)
{
    if (!pcie__function_responds(fn) || !is_powered(fn))
        return false;
    if (!fn->params.is_vf)
        return fn->st.config[PCI_COMMAND] & PCI_COMMAND_MEMORY;
    const struct pci_function *pf = fn->params.pf;
    return pf->st.config[pf->params.cap_sriov + PCI_SRIOV_CTRL] & PCI_SRIOV_CTRL_MSE;
}

bool pci_bus_master(const struct pci_function *fn)
{
    return pcie__function_responds(fn) && is_powered(fn) && (fn->st.config[PCI_COMMAND] & PCI_COMMAND_MASTER);
}

/* ---- the driver's accesses ---- */

static bool access_is_valid(uint16_t off, unsigned size)
{
    return (size == 1 || size == 2 || size == 4) && (off & (size - 1)) == 0 && off + size <= PCI_CONFIG_SIZE;
}

static uint32_t all_ones(unsigned size) { return size >= 4 ? UINT32_MAX : (1u << 8 * size) - 1; }

/* Bits that hardware keeps current: MSI pending, and transactions pending of Device Status. */
static void refresh(struct pci_function *fn)
{
    const struct pci_function_params *p = &fn->params;
    uint8_t *status = &fn->st.config[p->cap_pcie + PCI_EXP_DEVSTA];

    *status = (uint8_t)((*status & ~PCI_EXP_DEVSTA_TRPND) | (pci_function_is_idle(fn) ? 0 : PCI_EXP_DEVSTA_TRPND));
}

uint32_t pci_config_read(struct pci_function *fn, uint16_t off, unsigned size)
{
    if (!access_is_valid(off, size) || !pcie__function_responds(fn))
        return all_ones(size);
    refresh(fn);
    return pcie__config_get(fn, off, size);
}

static bool covers(uint16_t off, unsigned size, uint16_t reg, unsigned reg_size)
{
    return off < reg + reg_size && reg < off + size;
}

/* What a write sets off besides the bits it stores. `before`: the bytes from off & ~3. */
static void written(struct pci_function *fn, uint16_t off, unsigned size, const uint8_t *before)
{
    const struct pci_function_params *p = &fn->params;

    if (covers(off, size, p->cap_pcie + PCI_EXP_DEVCTL, 2))
        pcie__config_derive(fn);
    if (p->cap_msix && covers(off, size, p->cap_msix + PCI_MSIX_FLAGS, 2))
        pcie__msix_flush(fn);
    if (p->cap_msi && (covers(off, size, p->cap_msi + PCI_MSI_MASK_64, 4) || covers(off, size, p->cap_msi + PCI_MSI_FLAGS, 2)))
        pcie__msix_flush(fn);
    if (p->has_intx)
        pcie__intx_look(fn);
    if (p->cap_sriov && covers(off, size, p->cap_sriov, PCI_EXT_CAP_SRIOV_SIZEOF))
        pcie__sriov_written(fn, before);
}

void pci_config_write(struct pci_function *fn, uint16_t off, unsigned size, uint32_t value)
{
    const struct config_image *im = &fn->image;
    uint8_t before[PCI_CONFIG_SIZE];
    bool changed = false;

    if (!access_is_valid(off, size) || !pcie__function_responds(fn))
        return;
    uint16_t devctl = fn->params.cap_pcie + PCI_EXP_DEVCTL;
    if (covers(off, size, devctl + 1, 1) && (value >> 8 * (devctl + 1 - off)) & (PCI_EXP_DEVCTL_BCR_FLR >> 8)) {
        pcie__function_flr(fn); /* the bit reads zero, the rest of the write is lost in the reset */
        return;
    }
    memcpy(before, fn->st.config, sizeof(before));
    for (unsigned i = 0; i < size; i++) {
        uint8_t *byte = &fn->st.config[off + i], v = (uint8_t)(value >> 8 * i);
        *byte = (uint8_t)((*byte & ~im->write[off + i]) | (v & im->write[off + i]));
        *byte &= (uint8_t)~(v & im->w1c[off + i]);
    }
    written(fn, off, size, before);
    for (unsigned i = 0; i < size; i++)
        changed |= fn->st.config[off + i] != before[off + i];
    if (changed && fn->ops->config_written)
        fn->ops->config_written(fn, off, size);
}

uint16_t pci_find_capability(struct pci_function *fn, uint8_t id)
{
    uint16_t at = fn->st.config[PCI_CAPABILITY_LIST];
    while (at && fn->st.config[at + PCI_CAP_LIST_ID] != id)
        at = fn->st.config[at + PCI_CAP_LIST_NEXT];
    return at;
}

uint16_t pci_find_ext_capability(struct pci_function *fn, uint16_t id)
{
    uint16_t at = 0x100;
    while (at) {
        uint32_t head = pcie__config_get(fn, at, 4);
        if (PCI_EXT_CAP_ID(head) == id)
            return at;
        at = PCI_EXT_CAP_NEXT(head);
    }
    return 0;
}

/* ---- functions ---- */

static bool params_are_valid(const struct pci_function_params *p)
{
    uint32_t table_end = p->msix_table_off + p->msix_vectors * PCI_MSIX_ENTRY_SIZE, pba_end = p->msix_pba_off + 8;

    if (p->msix_vectors > PCI_MSIX_MAX || p->msix_bar >= PCI_BARS || (p->is_vf && (!p->pf || p->total_vfs)))
        return false;
    if (p->msix_vectors &&
        (table_end > p->bar_size[p->msix_bar] || pba_end > p->bar_size[p->msix_bar] || ((p->msix_table_off | p->msix_pba_off) & 7)))
        return false;
    return p->total_vfs < PCIE_FUNCTIONS_MAX && (!p->total_vfs || (p->vf_stride && p->vf_offset));
}

struct pci_function *pci_function_create(struct pci_link *link, struct component *dev, void *dev_data,
                                         const struct pci_function_ops *ops, const struct pci_function_params *params)
{
    assert(dev && params_are_valid(params) && link->fn_count < PCIE_FUNCTIONS_MAX);
    struct pci_function *fn = alloc_zero("a PCIe function", 1, sizeof(*fn));
    fn->link = link;
    fn->dev = dev;
    fn->dev_data = dev_data;
    fn->ops = ops;
    fn->params = *params;
    if (params->total_vfs) {
        fn->vf = alloc_zero("a PCIe function", params->total_vfs + 1, sizeof(*fn->vf));
    }
    fn->index = (uint16_t)link->fn_count;
    link->fn[link->fn_count++] = fn;
    pcie__image_build(fn);
    memcpy(fn->st.config, fn->image.reset, sizeof(fn->st.config));
    if (params->is_vf)
        pcie__sriov_add_vf(fn);
    pcie__config_derive(fn);
    pcie__msix_reset(fn);
    return fn;
}

void *pci_function_data(const struct pci_function *fn) { return fn->dev_data; }

struct component *pci_function_component(const struct pci_function *fn) { return fn->dev; }

void pci_function_set_multi(struct pci_function *fn)
{
    enum { HEADER_TYPE = 0x0e, MULTI_FUNCTION = 0x80 };
    fn->image.reset[HEADER_TYPE] |= MULTI_FUNCTION;
    fn->st.config[HEADER_TYPE] |= MULTI_FUNCTION;
}

uint16_t pci_function_rid(const struct pci_function *fn) { return fn->params.rid; }

void pci_function_set_domain(struct pci_function *fn, struct iommu_domain *domain)
{
    if (pcie__has_late(fn))
        sim_make_events(fn->link->c.sim);
    pcie__iotlb_domain(fn->link, fn, domain != NULL);
    if (fn->domain == domain)
        return;
    if (fn->domain) {
        struct pci_function **at = pcie__domain_users(fn->domain);
        while (*at != fn)
            at = &(*at)->domain_next;
        *at = fn->domain_next;
    }
    fn->domain = domain;
    if (!domain)
        return;
    fn->domain_next = *pcie__domain_users(domain);
    *pcie__domain_users(domain) = fn;
    pcie__dma_concerns(fn);
}

struct iommu_domain *pci_function_domain(const struct pci_function *fn) { return fn->domain; }

uint32_t pci_function_identity(const struct pci_function *fn)
{
    const struct pci_function_params *p = &fn->params;
    return p->is_vf ? (uint32_t)p->pf->params.vf_device << 16 | p->pf->params.vendor : (uint32_t)p->device << 16 | p->vendor;
}

uint64_t pci_function_bar(const struct pci_function *fn, unsigned bar, bool *is_64)
{
    *is_64 = fn->params.bar_is_64[bar];
    return fn->params.bar_size[bar];
}

void pci_function_set_sink(struct pci_function *fn, struct msi_sink *sink) { fn->sink = sink; }

void pci_function_get_stats(const struct pci_function *fn, struct pci_function_stats *out) { *out = fn->st.stats; }

void pci_function_save(struct pci_function *fn, struct save *s)
{
    save_section(s, "pci function", 1);
    save_expect_u64(s, "requester id", fn->params.rid);
    save_field(s, fn->st);
    if (fn->params.has_intx)
        save_field(s, fn->intx);
    if (save_is_loading(s) && !s->err)
        pcie__config_derive(fn);
}
