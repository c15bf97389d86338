/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a function writes down and tells of a request that it does not support: role-based error reporting
 * [PCIe 6.2.3.2.4, figure 6-2]. A posted request is an error of its own. One that is answered is the requester's to judge: the
 * function logs an advisory non-fatal error, unless its driver has made Unsupported Request fatal.
 *
 * Status bits and the header log are each function's own; masks, severities and the enables of Device Control are a PF's, for
 * itself and its VFs [SR-IOV 4.2].
 */
#include "pcie/pcie__.h"

enum { FMT_READ = 0x20000000, FMT_WRITE = 0x60000000 }; /* 4-word headers: MRd, MWr [PCIe 2.2.1] */

static void set_bits(struct pci_function *fn, uint16_t off, unsigned size, uint32_t bits)
{
    pcie__config_set(fn, off, size, pcie__config_get(fn, off, size) | bits);
}

static uint64_t base_of(const struct pci_function *fn, unsigned bar)
{
    const struct pci_function *pf = fn->params.is_vf ? fn->params.pf : fn;
    uint16_t at = (uint16_t)(fn->params.is_vf ? pf->params.cap_sriov + PCI_SRIOV_BAR : PCI_BASE_ADDRESS_0) + 4 * bar;
    uint64_t base = pcie__config_get(pf, at, 4) & ~0xfu;

    if (fn->params.bar_is_64[bar] && bar + 1 < PCI_BARS)
        base |= (uint64_t)pcie__config_get(pf, at + 4, 4) << 32;
    return base + (fn->params.is_vf ? (fn->vf_number - 1) * fn->params.bar_size[bar] : 0);
}

/* The first error since its status bit was last cleared keeps the log [PCIe 6.2.4.2]. */
static void log_header(struct pci_function *fn, const struct pci_request *r)
{
    uint16_t aer = fn->params.cap_aer;
    uint32_t first = pcie__config_get(fn, aer + PCI_ERR_CAP, 4) & 0x1f;
    uint32_t status = pcie__config_get(fn, aer + PCI_ERR_UNCOR_STATUS, 4);
    uint64_t address = base_of(fn, r->bar) + r->off;
    unsigned in_word = r->off & 3, words = r->size > 4 ? 2 : 1;
    uint32_t enables = words == 2 ? 0xff : ((1u << r->size) - 1) << in_word;

    if (first && status & 1u << first)
        return;
    uint32_t cap = pcie__config_get(fn, aer + PCI_ERR_CAP, 4) & ~0x1fu;
    pcie__config_set(fn, aer + PCI_ERR_CAP, 4, cap | (uint32_t)__builtin_ctz(PCI_ERR_UNC_UNSUP));
    pcie__config_set(fn, aer + PCI_ERR_HEADER_LOG, 4, (r->write ? FMT_WRITE : FMT_READ) | words);
    pcie__config_set(fn, aer + PCI_ERR_HEADER_LOG + 4, 4, enables); /* requester and tag 0: the processor's */
    pcie__config_set(fn, aer + PCI_ERR_HEADER_LOG + 8, 4, (uint32_t)(address >> 32));
    pcie__config_set(fn, aer + PCI_ERR_HEADER_LOG + 12, 4, (uint32_t)address & ~3u);
}

static void tell(struct pci_function *fn, const char *message, bool enabled)
{
    struct pci_link *link = fn->link;

    trace_pci_error(fn->dev, fn->params.rid, enabled ? message : "only logged");
    if (!enabled)
        return;
    fn->st.stats.errors_told++;
    pcie__message_up(link, link->params.emulated ? 0 : link->header_high); /* a message without data: four words */
}

/* Without AER there is no log, no mask and no severity; of an advisory error nobody is told. */
static void unsupported_plain(struct pci_function *fn, const struct pci_request *r)
{
    uint16_t devsta = fn->params.cap_pcie + PCI_EXP_DEVSTA;
    uint32_t control = pcie__config_get(fn, fn->params.cap_pcie + PCI_EXP_DEVCTL, 2),
             wanted = PCI_EXP_DEVCTL_URRE | PCI_EXP_DEVCTL_NFERE;
    bool serr = pcie__config_get(fn, PCI_COMMAND, 2) & PCI_COMMAND_SERR;

    fn->st.stats.unsupported++;
    set_bits(fn, devsta, 2, (r->write ? PCI_EXP_DEVSTA_NFED : PCI_EXP_DEVSTA_CED) | PCI_EXP_DEVSTA_URD);
    if (!r->write)
        return;
    if (serr)
        set_bits(fn, PCI_STATUS, 2, PCI_STATUS_SIG_SYSTEM_ERROR);
    tell(fn, "ERR_NONFATAL", serr || (control & wanted) == wanted);
}

void pcie__unsupported(struct pci_function *fn, const struct pci_request *r)
{
    if (!fn->params.cap_aer) {
        unsupported_plain(fn, r);
        return;
    }
    struct pci_function *pf = pcie__pf_of(fn);
    uint16_t aer = fn->params.cap_aer, devsta = fn->params.cap_pcie + PCI_EXP_DEVSTA;
    uint32_t control = pcie__config_get(pf, pf->params.cap_pcie + PCI_EXP_DEVCTL, 2);
    bool serr = pcie__config_get(pf, PCI_COMMAND, 2) & PCI_COMMAND_SERR;
    bool fatal = pcie__config_get(pf, pf->params.cap_aer + PCI_ERR_UNCOR_SEVER, 4) & PCI_ERR_UNC_UNSUP;
    bool masked = pcie__config_get(pf, pf->params.cap_aer + PCI_ERR_UNCOR_MASK, 4) & PCI_ERR_UNC_UNSUP;
    bool reported = control & PCI_EXP_DEVCTL_URRE;

    fn->st.stats.unsupported++;
    if (!fatal && !r->write) {
        set_bits(fn, devsta, 2, PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_URD);
        set_bits(fn, aer + PCI_ERR_COR_STATUS, 4, PCI_ERR_COR_ADV_NFAT);
        if (pcie__config_get(pf, pf->params.cap_aer + PCI_ERR_COR_MASK, 4) & PCI_ERR_COR_ADV_NFAT)
            return;
        if (!masked)
            log_header(fn, r);
        set_bits(fn, aer + PCI_ERR_UNCOR_STATUS, 4, PCI_ERR_UNC_UNSUP);
        tell(fn, "ERR_COR", reported && control & PCI_EXP_DEVCTL_CERE);
        return;
    }
    set_bits(fn, devsta, 2, (fatal ? PCI_EXP_DEVSTA_FED : PCI_EXP_DEVSTA_NFED) | PCI_EXP_DEVSTA_URD);
    if (!masked)
        log_header(fn, r);
    set_bits(fn, aer + PCI_ERR_UNCOR_STATUS, 4, PCI_ERR_UNC_UNSUP);
    if (masked)
        return;
    bool sent = serr || (reported && control & (fatal ? PCI_EXP_DEVCTL_FERE : PCI_EXP_DEVCTL_NFERE));
    if (sent && serr)
        set_bits(pf, PCI_STATUS, 2, PCI_STATUS_SIG_SYSTEM_ERROR);
    tell(fn, fatal ? "ERR_FATAL" : "ERR_NONFATAL", sent);
}
