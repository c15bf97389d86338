/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lspci [-vv] NIC [vf N]: what a PCI function says of itself, in the spelling of pciutils [ls-caps.c, ls-ecaps.c]. All of it is
 * read from the function's config space, as the tool does. A VF has no IDs of its own: they are its PF's and its capability's, as
 * Linux has it [drivers/pci/iov.c].
 */
#include <linux/pci_regs.h>

#include "scenario/verbs/show.h"

enum { PF = -1 };

struct lspci {
    struct scn_word nic;
    struct scn_pos vf_at;
    int vf; /* PF: the physical function */
    bool verbose;
};

static void parse_lspci(struct scn_cursor *c, struct scn_item *item)
{
    struct lspci *said = item->said = scn_alloc(c->file, sizeof(*said));
    uint64_t n;
    said->vf = PF;
    said->verbose = scn_accept(c, "-vv");
    said->nic = scn_take_word(c, "a NIC");
    if (!scn_accept(c, "vf"))
        return;
    said->vf_at = scn_peek(c) ? scn_peek(c)->at : c->end;
    if (scn_number(c, "a VF's number", 0, 255, &n))
        said->vf = (int)n;
}

static void check(struct scenario *sc, struct scn_item *item)
{
    const struct lspci *said = item->said;
    const struct scn_name *nic = said->nic.text ? scn_resolve(sc, &said->nic, SCN_BIT(SCN_NIC), "a NIC") : NULL;
    unsigned vfs = nic ? sc->nics[nic->index].vfs : 0;
    if (nic && said->vf >= (int)vfs)
        scn_error(&sc->file, said->vf_at, vfs ? "'%s' has VFs 0 to %u" : "'%s' has no VFs", said->nic.text, vfs - 1);
}

/* ---- reading ---- */

struct view {
    struct show s;
    struct pci_function *fn, *pf;
    bool is_vf;
};

static uint32_t get(struct pci_function *fn, unsigned at, unsigned size) { return pci_config_read(fn, (uint16_t)at, size); }

static unsigned find_extended(struct pci_function *fn, unsigned id)
{
    for (unsigned at = PCI_CFG_SPACE_SIZE; at;) {
        uint32_t head = get(fn, at, 4);
        if (PCI_EXT_CAP_ID(head) == id)
            return at;
        at = PCI_EXT_CAP_NEXT(head);
    }
    return 0;
}

static char sign(uint32_t value, uint32_t bit) { return value & bit ? '+' : '-'; }

/* ---- showing ---- */

static void show_function(const struct view *v)
{
    const struct show *s = &v->s;
    unsigned rid = pci_function_rid(v->fn), sriov = find_extended(v->pf, PCI_EXT_CAP_ID_SRIOV);
    uint32_t vendor = get(v->pf, PCI_VENDOR_ID, 2);
    uint32_t device = v->is_vf ? get(v->pf, sriov + PCI_SRIOV_VF_DID, 2) : get(v->pf, PCI_DEVICE_ID, 2);
    SAY(s, "%02x:%02x.%x %04x: %04x:%04x (rev %02x)", rid >> 8, rid >> 3 & 31, rid & 7, get(v->fn, PCI_CLASS_DEVICE, 2), vendor,
        device, get(v->fn, PCI_REVISION_ID, 1));
}

static void show_msix(const struct view *v, unsigned at)
{
    const struct show *s = &v->s;
    uint32_t flags = get(v->fn, at + PCI_MSIX_FLAGS, 2);
    SAY(s, "\tCapabilities: [%02x] MSI-X: Enable%c Count=%u Masked%c", at, sign(flags, PCI_MSIX_FLAGS_ENABLE),
        (flags & PCI_MSIX_FLAGS_QSIZE) + 1, sign(flags, PCI_MSIX_FLAGS_MASKALL));
}

static void show_express(const struct view *v, unsigned at)
{
    static const char *const speeds[16] = {[1] = "2.5GT/s", "5GT/s", "8GT/s", "16GT/s", "32GT/s"};
    const struct show *s = &v->s;
    uint32_t flags = get(v->fn, at + PCI_EXP_FLAGS, 2), ctl = get(v->fn, at + PCI_EXP_DEVCTL, 2);
    uint32_t cap = get(v->fn, at + PCI_EXP_DEVCAP, 4), link = get(v->fn, at + PCI_EXP_LNKSTA, 2);
    const char *speed = speeds[link & PCI_EXP_LNKSTA_CLS];
    SAY(s, "\tCapabilities: [%02x] Express (v%u) Endpoint", at, flags & PCI_EXP_FLAGS_VERS);
    SAY(s, "\t\tDevCap:\tMaxPayload %u bytes, ExtTag%c FLReset%c", 128u << (cap & PCI_EXP_DEVCAP_PAYLOAD),
        sign(cap, PCI_EXP_DEVCAP_EXT_TAG), sign(cap, PCI_EXP_DEVCAP_FLR));
    SAY(s, "\t\tDevCtl:\tExtTag%c MaxPayload %u bytes, MaxReadReq %u bytes", sign(ctl, PCI_EXP_DEVCTL_EXT_TAG),
        128u << ((ctl & PCI_EXP_DEVCTL_PAYLOAD) >> 5), 128u << ((ctl & PCI_EXP_DEVCTL_READRQ) >> 12));
    SAY(s, "\t\tLnkSta:\tSpeed %s, Width x%u", speed ? speed : "unknown", (link & PCI_EXP_LNKSTA_NLW) >> 4);
}

static void show_capabilities(const struct view *v)
{
    if (!(get(v->fn, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
        return;
    for (unsigned at = get(v->fn, PCI_CAPABILITY_LIST, 1); at; at = get(v->fn, at + PCI_CAP_LIST_NEXT, 1))
        switch (get(v->fn, at + PCI_CAP_LIST_ID, 1)) {
        case PCI_CAP_ID_MSIX:
            show_msix(v, at);
            break;
        case PCI_CAP_ID_EXP:
            show_express(v, at);
            break;
        default:
            break;
        }
}

static void show_sriov(const struct view *v)
{
    const struct show *s = &v->s;
    unsigned at = find_extended(v->fn, PCI_EXT_CAP_ID_SRIOV);
    if (!at)
        return;
    uint32_t ctl = get(v->fn, at + PCI_SRIOV_CTRL, 2);
    SAY(s, "\tCapabilities: [%x] Single Root I/O Virtualization (SR-IOV)", at);
    SAY(s, "\t\tIOVCtl:\tEnable%c MSE%c ARIHierarchy%c", sign(ctl, PCI_SRIOV_CTRL_VFE), sign(ctl, PCI_SRIOV_CTRL_MSE),
        sign(ctl, PCI_SRIOV_CTRL_ARI));
    SAY(s, "\t\tInitial VFs: %u, Total VFs: %u, Number of VFs: %u", get(v->fn, at + PCI_SRIOV_INITIAL_VF, 2),
        get(v->fn, at + PCI_SRIOV_TOTAL_VF, 2), get(v->fn, at + PCI_SRIOV_NUM_VF, 2));
    SAY(s, "\t\tVF offset: %u, stride: %u, Device ID: %04x", get(v->fn, at + PCI_SRIOV_VF_OFFSET, 2),
        get(v->fn, at + PCI_SRIOV_VF_STRIDE, 2), get(v->fn, at + PCI_SRIOV_VF_DID, 2));
}

static void act(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct lspci *said = item->said;
    struct view v = {.s = show__open(w, item, said->nic.text, item->text), .is_vf = said->vf != PF};
    v.pf = v.s.nic->pf;
    v.fn = v.is_vf ? v.s.nic->vf[said->vf] : v.pf;
    if (!pci_function_is_present(v.fn)) { /* the tool prints nothing, or nothing but ones */
        world__refused(w, item, "nobody answers: the function is %s", pci_function_in_reset(v.fn) ? "in reset" : "not enabled");
        return;
    }
    const struct show *s = &v.s;
    uint32_t command = get(v.fn, PCI_COMMAND, 2);
    show_function(&v);
    if (!said->verbose)
        return;
    SAY(s, "\tControl: Mem%c BusMaster%c", sign(command, PCI_COMMAND_MEMORY), sign(command, PCI_COMMAND_MASTER));
    show_capabilities(&v);
    show_sriov(&v);
}

static const struct verb_form forms[] = {
    {"lspci [-vv] NIC", "its physical function", NULL, 0},
    {"lspci [-vv] NIC vf N", "one of its virtual functions", NULL, 0},
    {NULL},
};

static const struct verb verb_lspci = {
    .kind = VERB_ACTS,
    .word = "lspci",
    .sentence = "show what a PCI function says of itself, as lspci(8) does",
    .forms = forms,
    .example = "1ms lspci -vv h0.vmnic0",
    .endings = "refused",
    .parse = parse_lspci,
    .check = check,
    .act = act,
};
VERB(verb_lspci);
