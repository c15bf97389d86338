/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs come and go with VF Enable; function-level resets. */
#include <assert.h>
#include <string.h>

#include "core/profile.h"
#include "pcie/pcie__.h"

static uint16_t sriov_reg(const struct pci_function *pf, uint16_t reg) { return pf->params.cap_sriov + reg; }

/* The aperture of one VF is at least a system page [SR-IOV 3.3.14]. */
static void build_vf_bars(struct pci_function *pf, const struct pci_function_params *vf)
{
    uint64_t page = (uint64_t)pcie__config_get(pf, sriov_reg(pf, PCI_SRIOV_SYS_PGSIZE), 4) << 12;

    for (unsigned bar = 0; bar < PCI_BARS; bar++) {
        uint64_t size = vf->bar_size[bar];
        if (size)
            pcie__image_bar(&pf->image, sriov_reg(pf, PCI_SRIOV_BAR + 4 * bar), size < page ? page : size, vf->bar_is_64[bar]);
    }
}

void pcie__sriov_add_vf(struct pci_function *vf)
{
    struct pci_function *pf = vf->params.pf;
    const struct pci_function_params *p = &pf->params;
    unsigned distance = (uint16_t)(vf->params.rid - p->rid - p->vf_offset); /* [SR-IOV 2.1.2], modulo 2^16 */
    unsigned n = distance / p->vf_stride + 1;

    assert(pf->vf && distance % p->vf_stride == 0 && n <= p->total_vfs && !pf->vf[n] && "a VF's RID");
    vf->vf_number = n;
    pf->vf[n] = vf;
    build_vf_bars(pf, &vf->params);
    for (unsigned i = sriov_reg(pf, PCI_SRIOV_BAR); i < sriov_reg(pf, PCI_SRIOV_VFM); i++)
        pf->st.config[i] = pf->image.reset[i];
}

/* What follows from the capability's bytes: how many VFs there are, and what is locked while VF Enable is set. */
void pcie__sriov_derive(struct pci_function *pf)
{
    if (!pf->params.cap_sriov)
        return;
    bool enabled = pcie__config_get(pf, sriov_reg(pf, PCI_SRIOV_CTRL), 2) & PCI_SRIOV_CTRL_VFE;
    uint8_t open = enabled ? 0 : 0xff;

    pf->vfs_live = enabled ? pcie__config_get(pf, sriov_reg(pf, PCI_SRIOV_NUM_VF), 2) : 0;
    memset(&pf->image.write[sriov_reg(pf, PCI_SRIOV_NUM_VF)], open, 2);
    memset(&pf->image.write[sriov_reg(pf, PCI_SRIOV_SYS_PGSIZE)], open, 4);
    for (unsigned n = 1; n <= pf->params.total_vfs; n++)
        if (pf->vf[n]) {
            build_vf_bars(pf, &pf->vf[n]->params);
            break;
        }
}

unsigned pci_function_vfs(const struct pci_function *pf) { return pf->vfs_live; }

/* Config, MSI-X and DMA of a function as after power-on; the device behind it is told last. */
static void function_reset(struct pci_function *fn, const char *how)
{
    sim_make_events(fn->link->c.sim);
    uint32_t under_way = fn->st.op_count;

    pci_function_drop_dma(fn);
    pcie__config_defaults(fn);
    pcie__config_derive(fn);
    pcie__msix_reset(fn);
    fn->st.posted_free_at = 0;
    fn->intx.level = 0;
    pcie__intx_look(fn);
    trace_pci_reset(fn->dev, fn->params.rid, how, under_way);
    fn->ops->reset(fn, PCI_RESET_FLR);
}

static sim_time reset_end(struct pci_function *fn)
{
    struct sim *sim = fn->link->c.sim;
    return sim_now(sim) + profile_get(&sim->profile, PROFILE_vf_reset_wait_ps);
}

void pcie__vfs_destroy(struct pci_function *pf, unsigned count)
{
    trace_pci_vf_disable(pf->dev, pf->params.rid, count);
    for (unsigned n = 1; n <= count; n++)
        if (pf->vf[n]) {
            pf->vf[n]->st.reset_until = 0;
            function_reset(pf->vf[n], "VF destroyed");
        }
}

static void vfs_appear(struct pci_function *pf)
{
    trace_pci_vf_enable(pf->dev, pf->params.rid, pf->vfs_live);
    for (unsigned n = 1; n <= pf->vfs_live; n++)
        if (pf->vf[n])
            pf->vf[n]->st.reset_until = reset_end(pf);
}

/* FLR of a PF clears VF Enable, so its VFs are gone; FLR of a VF leaves its number and BARs alone.
 * [SR-IOV 2.2.2, 2.2.3] */
void pcie__function_flr(struct pci_function *fn)
{
    unsigned vfs = fn->vfs_live;

    fn->st.reset_until = reset_end(fn);
    if (vfs) {
        uint16_t ctrl = sriov_reg(fn, PCI_SRIOV_CTRL);
        pcie__config_set(fn, ctrl, 2, pcie__config_get(fn, ctrl, 2) & ~(uint32_t)PCI_SRIOV_CTRL_VFE);
        pcie__sriov_derive(fn);
        pcie__vfs_destroy(fn, vfs);
    }
    function_reset(fn, "function-level reset");
}

static uint32_t before_reg(const uint8_t *before, uint16_t off, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)before[off + i] << 8 * i;
    return value;
}

/* After a write to the capability; `before`: the whole config space before it. */
void pcie__sriov_written(struct pci_function *pf, const uint8_t *before)
{
    uint16_t num = sriov_reg(pf, PCI_SRIOV_NUM_VF), page = sriov_reg(pf, PCI_SRIOV_SYS_PGSIZE);
    uint32_t vfs = pcie__config_get(pf, num, 2), pages = pcie__config_get(pf, page, 4);

    if (vfs > pf->params.total_vfs) { /* undefined in the standard [SR-IOV 3.3.7] */
        trace_pci_config_refused(pf->dev, pf->params.rid, "NumVFs", vfs);
        pcie__config_set(pf, num, 2, before_reg(before, num, 2));
    }
    if (__builtin_popcount(pages) != 1 || !(pages & pcie__config_get(pf, sriov_reg(pf, PCI_SRIOV_SUP_PGSIZE), 4))) {
        trace_pci_config_refused(pf->dev, pf->params.rid, "system page size", pages);
        pcie__config_set(pf, page, 4, before_reg(before, page, 4));
    }
    bool was = before_reg(before, sriov_reg(pf, PCI_SRIOV_CTRL), 2) & PCI_SRIOV_CTRL_VFE;
    bool is = pcie__config_get(pf, sriov_reg(pf, PCI_SRIOV_CTRL), 2) & PCI_SRIOV_CTRL_VFE;
    unsigned live = pf->vfs_live;
    pcie__sriov_derive(pf);
    if (is && !was)
        vfs_appear(pf);
    if (was && !is)
        pcie__vfs_destroy(pf, live);
}
