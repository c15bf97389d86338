/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The config space on paper: header and capabilities as tables of fields, for physical and virtual functions.
 *
 * Offsets and bit names are those of Linux' uapi pci_regs.h. What a VF hardwires to zero or leaves to its PF follows
 * [SR-IOV 3.4, 3.5, 3.7].
 */
#include <assert.h>
#include <string.h>

#include "pcie/pcie__.h"

enum { PF = 1, VF = 2, BOTH = PF | VF };

struct field {
    uint16_t off; /* from the start of its capability */
    uint8_t size;
    uint8_t who;
    uint32_t value, write, w1c;
    uint32_t sticky; /* bits that survive a function-level reset [PCIe 7.4: RWS, ROS, RW1CS] */
};

#define STATUS_W1C                                                                                                 \
    (PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | PCI_STATUS_REC_TARGET_ABORT | PCI_STATUS_REC_MASTER_ABORT | \
     PCI_STATUS_SIG_SYSTEM_ERROR | PCI_STATUS_DETECTED_PARITY)

static const struct field header_fields[] = {
    {PCI_COMMAND, 2, PF, 0,
     PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE, 0, 0},
    {PCI_COMMAND, 2, VF, 0, PCI_COMMAND_MASTER, 0, 0}, /* MSE, SERR, INTx disable: RsvdP [SR-IOV 3.4.1.3] */
    {PCI_STATUS, 2, BOTH, PCI_STATUS_CAP_LIST, 0, STATUS_W1C, 0},
    {PCI_CACHE_LINE_SIZE, 1, PF, 0, 0xff, 0, 0},
    {PCI_INTERRUPT_LINE, 1, PF, 0, 0xff, 0, 0},
    {PCI_INTERRUPT_PIN, 1, PF, 1, 0, 0, 0},
};

static const struct field pm_fields[] = {
    /* [PCI PM 1.2 3.2] */
    {PCI_PM_PMC, 2, BOTH, 3 /* version */, 0, 0, 0},
    {PCI_PM_CTRL, 2, BOTH, PCI_PM_CTRL_NO_SOFT_RESET, PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE, PCI_PM_CTRL_PME_STATUS,
     PCI_PM_CTRL_PME_ENABLE | PCI_PM_CTRL_PME_STATUS},
};

static const struct field msi_fields[] = {
    /* one vector, 64-bit address, per-vector mask [PCI 3.0 6.8.1] */
    {PCI_MSI_FLAGS, 2, BOTH, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE, 0, 0},
    {PCI_MSI_ADDRESS_LO, 4, BOTH, 0, 0xfffffffc, 0, 0},
    {PCI_MSI_ADDRESS_HI, 4, BOTH, 0, 0xffffffff, 0, 0},
    {PCI_MSI_DATA_64, 2, BOTH, 0, 0xffff, 0, 0},
    {PCI_MSI_MASK_64, 4, BOTH, 0, 1, 0, 0},
    {PCI_MSI_PENDING_64, 4, BOTH, 0, 0, 0, 0},
};

static const struct field plain_msi_fields[] = {
    {PCI_MSI_FLAGS, 2, BOTH, PCI_MSI_FLAGS_64BIT, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE, 0, 0},
    {PCI_MSI_ADDRESS_LO, 4, BOTH, 0, 0xfffffffc, 0, 0},
    {PCI_MSI_ADDRESS_HI, 4, BOTH, 0, 0xffffffff, 0, 0},
    {PCI_MSI_DATA_64, 2, BOTH, 0, 0xffff, 0, 0},
};

static const struct field msix_fields[] = {
    /* [PCI 3.0 6.8.2]; size, table and PBA come from the parameters */
    {PCI_MSIX_FLAGS, 2, BOTH, 0, PCI_MSIX_FLAGS_MASKALL | PCI_MSIX_FLAGS_ENABLE, 0, 0},
};

#define DEVCAP_VALUE (2 /* MPS up to 512 */ | PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR)
#define DEVCTL_ERRORS (PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE)
#define DEVCTL_WRITE                                                                                                         \
    (DEVCTL_ERRORS | PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_EXT_TAG | PCI_EXP_DEVCTL_NOSNOOP_EN | \
     PCI_EXP_DEVCTL_READRQ)
#define DEVSTA_W1C (PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_FED | PCI_EXP_DEVSTA_URD)
#define LNKCTL_WRITE (PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES)

static const struct field pcie_fields[] = {
    /* [PCIe 7.8]; link registers and MPS, MRRS come from the link */
    {PCI_EXP_FLAGS, 2, BOTH, 2 /* version; type 0: endpoint */, 0, 0, 0},
    {PCI_EXP_DEVCAP, 4, BOTH, DEVCAP_VALUE, 0, 0, 0},
    {PCI_EXP_DEVCTL, 2, PF, PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN, DEVCTL_WRITE, 0, PCI_EXP_DEVCTL_PAYLOAD},
    {PCI_EXP_DEVCTL, 2, VF, 0, 0, 0, 0}, /* all but FLR RsvdP: the PF's apply [SR-IOV 3.5.4] */
    {PCI_EXP_DEVSTA, 2, BOTH, 0, 0, DEVSTA_W1C, 0},
    {PCI_EXP_LNKCTL, 2, PF, 0, LNKCTL_WRITE, 0, LNKCTL_WRITE},
    {PCI_EXP_DEVCAP2, 4, BOTH, PCI_EXP_DEVCAP2_COMP_TMOUT_DIS | 0xf /* ranges A to D */, 0, 0, 0},
    {PCI_EXP_DEVCTL2, 2, PF, 0, PCI_EXP_DEVCTL2_COMP_TIMEOUT | PCI_EXP_DEVCTL2_COMP_TMOUT_DIS, 0, 0},
    {PCI_EXP_LNKCTL2, 2, PF, 0, PCI_EXP_LNKCTL2_TLS, 0, PCI_EXP_LNKCTL2_TLS},
};

#define AER_UNCOR                                                                                                  \
    (PCI_ERR_UNC_DLP | PCI_ERR_UNC_POISON_TLP | PCI_ERR_UNC_FCP | PCI_ERR_UNC_COMP_TIME | PCI_ERR_UNC_COMP_ABORT | \
     PCI_ERR_UNC_UNX_COMP | PCI_ERR_UNC_RX_OVER | PCI_ERR_UNC_MALF_TLP | PCI_ERR_UNC_UNSUP)
#define AER_UNCOR_VF                                                                                  \
    (PCI_ERR_UNC_POISON_TLP | PCI_ERR_UNC_COMP_TIME | PCI_ERR_UNC_COMP_ABORT | PCI_ERR_UNC_UNX_COMP | \
     PCI_ERR_UNC_UNSUP) /* those that can be told to be a function's [SR-IOV 4.2] */
#define AER_FATAL (PCI_ERR_UNC_DLP | PCI_ERR_UNC_FCP | PCI_ERR_UNC_RX_OVER | PCI_ERR_UNC_MALF_TLP)
#define AER_COR                                                                                                     \
    (PCI_ERR_COR_RCVR | PCI_ERR_COR_BAD_TLP | PCI_ERR_COR_BAD_DLLP | PCI_ERR_COR_REP_ROLL | PCI_ERR_COR_REP_TIMER | \
     PCI_ERR_COR_ADV_NFAT)

static const struct field aer_fields[] = {
    /* [PCIe 7.10]; masks and severities of a VF are its PF's [SR-IOV 4.2.2] */
    {PCI_ERR_UNCOR_STATUS, 4, PF, 0, 0, AER_UNCOR, AER_UNCOR},
    {PCI_ERR_UNCOR_STATUS, 4, VF, 0, 0, AER_UNCOR_VF, AER_UNCOR_VF},
    {PCI_ERR_UNCOR_MASK, 4, PF, 0, AER_UNCOR, 0, AER_UNCOR},
    {PCI_ERR_UNCOR_SEVER, 4, PF, AER_FATAL, AER_UNCOR, 0, AER_UNCOR},
    {PCI_ERR_COR_STATUS, 4, PF, 0, 0, AER_COR, AER_COR},
    {PCI_ERR_COR_STATUS, 4, VF, 0, 0, PCI_ERR_COR_ADV_NFAT, PCI_ERR_COR_ADV_NFAT},
    {PCI_ERR_COR_MASK, 4, PF, PCI_ERR_COR_ADV_NFAT, AER_COR, 0, AER_COR},
    {PCI_ERR_CAP, 4, BOTH, 0, 0, 0, 0x1f}, /* first error pointer: ROS */
    {PCI_ERR_HEADER_LOG, 4, BOTH, 0, 0, 0, 0xffffffff},
    {PCI_ERR_HEADER_LOG + 4, 4, BOTH, 0, 0, 0, 0xffffffff},
    {PCI_ERR_HEADER_LOG + 8, 4, BOTH, 0, 0, 0, 0xffffffff},
    {PCI_ERR_HEADER_LOG + 12, 4, BOTH, 0, 0, 0, 0xffffffff},
};

static const struct field sriov_fields[] = {
    /* validation.md 7.1; numbers, offsets and BARs come from the parameters */
    {PCI_SRIOV_CTRL, 2, PF, 0, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE | PCI_SRIOV_CTRL_ARI, 0, 0},
    {PCI_SRIOV_NUM_VF, 2, PF, 0, 0xffff, 0, 0},
    {PCI_SRIOV_SUP_PGSIZE, 4, PF, 0x553, 0, 0, 0},
    {PCI_SRIOV_SYS_PGSIZE, 4, PF, 1, 0xffffffff, 0, 0},
};

void pcie__image_field(struct config_image *image, uint16_t off, unsigned size, uint32_t value, uint32_t write, uint32_t w1c,
                       uint32_t sticky)
{
    assert(off + size <= PCI_CONFIG_SIZE);
    for (unsigned i = 0; i < size; i++) {
        image->reset[off + i] = (uint8_t)(value >> 8 * i);
        image->write[off + i] = (uint8_t)(write >> 8 * i);
        image->w1c[off + i] = (uint8_t)(w1c >> 8 * i);
        image->sticky[off + i] = (uint8_t)(sticky >> 8 * i);
    }
}

/* Another value in a field that a table has put there. */
static void image_value(struct config_image *image, uint16_t off, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++)
        image->reset[off + i] = (uint8_t)(value >> 8 * i);
}

static void image_fields(struct pci_function *fn, uint16_t base, const struct field *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (f[i].who & (fn->params.is_vf ? VF : PF))
            pcie__image_field(&fn->image, base + f[i].off, f[i].size, f[i].value, f[i].write, f[i].w1c, f[i].sticky);
}
#define IMAGE_FIELDS(fn, base, table) image_fields(fn, base, table, sizeof(table) / sizeof((table)[0]))

/* A memory BAR; the address bits that can be written tell its size [PCI 3.0 6.2.5.1]. */
void pcie__image_bar(struct config_image *image, uint16_t off, uint64_t size, bool is_64)
{
    uint32_t type = PCI_BASE_ADDRESS_SPACE_MEMORY | (is_64 ? PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
    uint64_t mask = ~(size - 1);

    if (!size)
        return;
    assert((size & (size - 1)) == 0 && size >= 128 && (is_64 || size <= UINT64_C(1) << 31));
    pcie__image_field(image, off, 4, type, (uint32_t)mask & ~UINT32_C(0xf), 0, 0);
    if (is_64)
        pcie__image_field(image, off + 4, 4, 0, (uint32_t)(mask >> 32), 0, 0);
}

static void build_header(struct pci_function *fn)
{
    const struct pci_function_params *p = &fn->params;
    struct config_image *im = &fn->image;

    IMAGE_FIELDS(fn, 0, header_fields);
    pcie__image_field(im, PCI_VENDOR_ID, 2, p->is_vf ? 0xffff : p->vendor, 0, 0, 0); /* [SR-IOV 3.4.1.1] */
    pcie__image_field(im, PCI_DEVICE_ID, 2, p->is_vf ? 0xffff : p->device, 0, 0, 0);
    pcie__image_field(im, PCI_CLASS_REVISION, 4, p->class_code << 8 | p->revision, 0, 0, 0);
    pcie__image_field(im, PCI_SUBSYSTEM_VENDOR_ID, 2, p->subsystem_vendor, 0, 0, 0);
    pcie__image_field(im, PCI_SUBSYSTEM_ID, 2, p->subsystem, 0, 0, 0);
    for (unsigned bar = 0; bar < PCI_BARS && !p->is_vf; bar++) /* a VF's BARs read zero [SR-IOV 3.4.1.11] */
        pcie__image_bar(im, PCI_BASE_ADDRESS_0 + 4 * bar, p->bar_size[bar], p->bar_is_64[bar]);
}

static void build_msix(struct pci_function *fn, uint16_t base)
{
    const struct pci_function_params *p = &fn->params;

    IMAGE_FIELDS(fn, base, msix_fields);
    image_value(&fn->image, base + PCI_MSIX_FLAGS, 2, p->msix_vectors - 1);
    pcie__image_field(&fn->image, base + PCI_MSIX_TABLE, 4, p->msix_table_off | p->msix_bar, 0, 0, 0);
    pcie__image_field(&fn->image, base + PCI_MSIX_PBA, 4, p->msix_pba_off | p->msix_bar, 0, 0, 0);
}

static void build_pcie(struct pci_function *fn, uint16_t base)
{
    const struct pci_link_params *l = &fn->link->params;
    struct config_image *im = &fn->image;
    unsigned gen = l->emulated || !l->gen ? 1 : l->gen, lanes = l->emulated || !l->lanes ? 1 : l->lanes;
    unsigned mps = (unsigned)__builtin_ctz(l->mps) - 7, mrrs = (unsigned)__builtin_ctz(l->mrrs) - 7;

    IMAGE_FIELDS(fn, base, pcie_fields);
    uint32_t ext_tag = l->tags > PCIE_TAGS_5BIT ? PCI_EXP_DEVCAP_EXT_TAG : 0;
    /* the usual device takes payloads of 512, unless the link was asked for larger ones */
    image_value(im, base + PCI_EXP_DEVCAP, 4, (DEVCAP_VALUE & ~PCI_EXP_DEVCAP_PAYLOAD) | (mps > 2 ? mps : 2) | ext_tag);
    pcie__image_field(im, base + PCI_EXP_LNKCAP, 4, gen | lanes << 4, 0, 0, 0);
    pcie__image_field(im, base + PCI_EXP_LNKCAP2, 4, ((1u << gen) - 1) << 1, 0, 0, 0);
    if (fn->params.is_vf)
        return; /* link status of a VF is reserved: lspci says "speed unknown" */
    image_value(im, base + PCI_EXP_DEVCTL, 2,
                PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN | (ext_tag ? PCI_EXP_DEVCTL_EXT_TAG : 0) | mps << 5 |
                    mrrs << 12);
    if (!ext_tag)
        im->write[base + PCI_EXP_DEVCTL + 1] &= (uint8_t)~(PCI_EXP_DEVCTL_EXT_TAG >> 8);
    pcie__image_field(im, base + PCI_EXP_LNKSTA, 2, gen | lanes << 4, 0, 0, 0);
    image_value(im, base + PCI_EXP_LNKCTL2, 2, gen);
}

static void build_sriov(struct pci_function *fn, uint16_t base)
{
    const struct pci_function_params *p = &fn->params;
    struct config_image *im = &fn->image;

    IMAGE_FIELDS(fn, base, sriov_fields);
    pcie__image_field(im, base + PCI_SRIOV_INITIAL_VF, 2, p->total_vfs, 0, 0, 0);
    pcie__image_field(im, base + PCI_SRIOV_TOTAL_VF, 2, p->total_vfs, 0, 0, 0);
    pcie__image_field(im, base + PCI_SRIOV_FUNC_LINK, 2, p->rid & 0xff, 0, 0, 0); /* depends on itself: no dependency */
    pcie__image_field(im, base + PCI_SRIOV_VF_OFFSET, 2, p->vf_offset, 0, 0, 0);
    pcie__image_field(im, base + PCI_SRIOV_VF_STRIDE, 2, p->vf_stride, 0, 0, 0);
    pcie__image_field(im, base + PCI_SRIOV_VF_DID, 2, p->vf_device, 0, 0, 0);
}

/* ---- the two linked lists ---- */

struct cap {
    uint16_t id, off, version; /* version: extended ones */
};

static unsigned list_add(struct cap *list, unsigned n, uint16_t id, uint16_t off, uint16_t version)
{
    unsigned i = n; /* by offset, so that lspci's list reads in order */
    // cppcheck-suppress uninitvar ; those before the n-th have a value
    while (i > 0 && list[i - 1].off > off) {
        list[i] = list[i - 1];
        i--;
    }
    list[i] = (struct cap){id, off, version};
    return n + 1;
}

static uint16_t choose(uint16_t *wanted, uint16_t otherwise, bool present)
{
    *wanted = !present ? 0 : *wanted ? *wanted : otherwise;
    return *wanted;
}

/* [PCI 3.0 6.8, appendix H] */
static void build_vendor(struct pci_function *fn, const struct pci_vendor_cap *cap)
{
    assert(cap->len >= 3 && cap->len - 3u <= sizeof(cap->body) && cap->offset + cap->len <= 0x100);
    pcie__image_field(&fn->image, (uint16_t)(cap->offset + 2), 1, cap->len, 0, 0, 0);
    for (unsigned i = 0; i + 3 < cap->len; i++)
        pcie__image_field(&fn->image, (uint16_t)(cap->offset + 3 + i), 1, cap->body[i], 0, 0, 0);
}

static void build_capabilities(struct pci_function *fn)
{
    struct pci_function_params *p = &fn->params;
    struct cap list[4 + PCI_VENDOR_CAPS_MAX];
    unsigned n = 0;

    if (choose(&p->cap_pm, 0x40, !p->is_vf || p->cap_pm)) {
        IMAGE_FIELDS(fn, p->cap_pm, pm_fields);
        n = list_add(list, n, PCI_CAP_ID_PM, p->cap_pm, 0);
    }
    if (p->cap_msi) {
        if (p->msi_unmaskable)
            IMAGE_FIELDS(fn, p->cap_msi, plain_msi_fields);
        else
            IMAGE_FIELDS(fn, p->cap_msi, msi_fields);
        n = list_add(list, n, PCI_CAP_ID_MSI, p->cap_msi, 0);
    }
    if (choose(&p->cap_msix, 0x70, p->msix_vectors > 0)) {
        build_msix(fn, p->cap_msix);
        n = list_add(list, n, PCI_CAP_ID_MSIX, p->cap_msix, 0);
    }
    build_pcie(fn, choose(&p->cap_pcie, 0xa0, true));
    n = list_add(list, n, PCI_CAP_ID_EXP, p->cap_pcie, 0);
    assert(p->vendor_cap_count <= PCI_VENDOR_CAPS_MAX);
    for (unsigned i = 0; i < p->vendor_cap_count; i++) {
        build_vendor(fn, &p->vendor_caps[i]);
        n = list_add(list, n, PCI_CAP_ID_VNDR, p->vendor_caps[i].offset, 0);
    }
    pcie__image_field(&fn->image, PCI_CAPABILITY_LIST, 1, list[0].off, 0, 0, 0);
    for (unsigned i = 0; i < n; i++) {
        assert(list[i].off >= 0x40 && list[i].off < 0x100 && (list[i].off & 3) == 0);
        pcie__image_field(&fn->image, list[i].off, 2, list[i].id | (i + 1 < n ? list[i + 1].off : 0) << 8, 0, 0, 0);
    }
}

static void build_extended(struct pci_function *fn)
{
    struct pci_function_params *p = &fn->params;
    bool sriov = p->total_vfs > 0;
    struct cap list[4];
    unsigned n = 0;

    if (choose(&p->cap_aer, 0x100, !p->no_aer)) {
        IMAGE_FIELDS(fn, p->cap_aer, aer_fields);
        n = list_add(list, n, PCI_EXT_CAP_ID_ERR, p->cap_aer, 1);
    }
    if (p->serial) { /* [PCIe 7.12] */
        uint16_t at = p->no_aer ? 0x100 : 0x140;
        pcie__image_field(&fn->image, at + 4, 4, (uint32_t)p->serial, 0, 0, 0);
        pcie__image_field(&fn->image, at + 8, 4, (uint32_t)(p->serial >> 32), 0, 0, 0);
        n = list_add(list, n, PCI_EXT_CAP_ID_DSN, at, 1);
    }
    if (choose(&p->cap_ari, 0x150, sriov || p->is_vf))
        n = list_add(list, n, PCI_EXT_CAP_ID_ARI, p->cap_ari, 1); /* no groups, next function 0: all fields zero */
    if (choose(&p->cap_sriov, 0x160, sriov)) {
        build_sriov(fn, p->cap_sriov);
        n = list_add(list, n, PCI_EXT_CAP_ID_SRIOV, p->cap_sriov, 1);
    }
    assert(n && list[0].off == 0x100 && "the first extended capability is at 0x100 [PCIe 7.9.2]");
    for (unsigned i = 0; i < n; i++)
        pcie__image_field(&fn->image, list[i].off, 4,
                          list[i].id | (uint32_t)list[i].version << 16 | (i + 1 < n ? (uint32_t)list[i + 1].off << 20 : 0), 0, 0,
                          0);
}

void pcie__image_build(struct pci_function *fn)
{
    memset(&fn->image, 0, sizeof(fn->image));
    build_header(fn);
    build_capabilities(fn);
    build_extended(fn);
}
