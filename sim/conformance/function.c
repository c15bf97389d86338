/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chip without a machine: its config space, VFs that come and go, and what its PF's driver answers in which state of a VF. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "conformance/conformance__.h"

enum { CAPS_MAX = 48, EXT_CAPS_MAX = 96, GONE = 0xffff, AFTER_RESET_MS = 101 };

struct who {
    struct pci_function *fn;
    char name[16];
};

static void run(struct stand *s, sim_time span) { sim_run_until(s->sim, sim_now(s->sim) + span); }

/* ---- capabilities ---- */

static bool capability_list_ends(struct pci_function *fn, unsigned *found)
{
    uint16_t at = pci_config_read(fn, PCI_CAPABILITY_LIST, 1) & ~3u;
    for (*found = 0; at && *found < CAPS_MAX; (*found)++) {
        if (at < 0x40)
            return false;
        at = pci_config_read(fn, at + 1, 1) & ~3u;
    }
    return !at;
}

static bool extended_list_ends(struct pci_function *fn)
{
    uint16_t at = PCI_CFG_SPACE_SIZE;
    unsigned found = 0;
    if (!pci_config_read(fn, at, 4))
        return true;
    for (; at && found < EXT_CAPS_MAX; found++) {
        if (at < PCI_CFG_SPACE_SIZE || at % 4)
            return false;
        at = (uint16_t)(pci_config_read(fn, at, 4) >> 20);
    }
    return !at;
}

static void look_at_capabilities(struct stand *s, const struct who *w)
{
    unsigned found;
    if (!capability_list_ends(w->fn, &found) || !extended_list_ends(w->fn))
        stand__broken(s, STAND_RULE_H13, "the capabilities of the %s do not end, or lead out of their space", w->name);
    if (!pci_find_capability(w->fn, PCI_CAP_ID_EXP))
        stand__broken(s, STAND_RULE_H13, "the %s has no PCI Express capability", w->name);
    if (!pci_find_capability(w->fn, PCI_CAP_ID_MSIX))
        stand__broken(s, STAND_RULE_H13, "the %s has no MSI-X capability", w->name);
}

/* ---- MSI-X ---- */

uint64_t stand__bar_bytes(struct pci_function *fn, unsigned bar)
{
    uint64_t bytes = 0;
    for (uint64_t size = 4096; size <= UINT64_C(1) << 30; size *= 2)
        if (pci_mmio_is_in_bar(fn, bar, (uint32_t)(size - 4), 4))
            bytes = size;
    return bytes;
}

static void look_at_msix(struct stand *s, const struct who *w, bool is_vf)
{
    uint16_t cap = pci_find_capability(w->fn, PCI_CAP_ID_MSIX);
    if (!cap)
        return;
    uint32_t table = pci_config_read(w->fn, cap + PCI_MSIX_TABLE, 4), pba = pci_config_read(w->fn, cap + PCI_MSIX_PBA, 4);
    unsigned vectors = (pci_config_read(w->fn, cap + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1, bar = table & 7;
    uint64_t end = (table & ~7u) + 16u * vectors, bytes = stand__bar_bytes(w->fn, bar);
    if (end > bytes || (pba & ~7u) >= stand__bar_bytes(w->fn, pba & 7))
        stand__broken(s, STAND_RULE_H13, "the MSI-X table of the %s ends at 0x%llx of BAR %u, which has 0x%llx bytes", w->name,
                      (unsigned long long)end, bar, (unsigned long long)bytes);
    if (is_vf && (bar == 0 || (pba & 7) == 0))
        stand__broken(s, STAND_RULE_H2, "the MSI-X table of the %s lies in BAR 0, which its guest gets", w->name);
    if (vectors < (is_vf ? 1u : 2u))
        stand__broken(s, STAND_RULE_H13, "the %s has %u vectors", w->name, vectors);
}

/* ---- identity ---- */

static void look_at_identity(struct stand *s, const struct who *w, bool is_vf)
{
    const struct nic_model *model = s->nic->model;
    uint32_t id = pci_config_read(w->fn, PCI_VENDOR_ID, 4);
    uint32_t wanted = is_vf ? 0xffffffff : model->vendor | (uint32_t)model->pf_device << 16; /* a VF's are its PF's to say */
    if (id != wanted)
        stand__broken(s, STAND_RULE_H13, "the %s has identity %08x, and is to have %08x", w->name, id, wanted);
    pci_config_write(w->fn, PCI_VENDOR_ID, 4, 0x12345678);
    if (pci_config_read(w->fn, PCI_VENDOR_ID, 4) != id)
        stand__broken(s, STAND_RULE_H13, "the identity of the %s can be written to", w->name);
    if (pci_config_read(w->fn, PCI_CLASS_REVISION, 4) >> 16 != 0x0200)
        stand__broken(s, STAND_RULE_H13, "the %s is of class %04x, and no Ethernet controller", w->name,
                      pci_config_read(w->fn, PCI_CLASS_REVISION, 4) >> 16);
}

static void look_at_ids(struct stand *s)
{
    for (unsigned v = 0; v < s->nic->vf_count; v++) {
        uint16_t rid = pci_function_rid(s->nic->vf[v]);
        if (rid == pci_function_rid(s->nic->pf) || (v && rid == pci_function_rid(s->nic->vf[v - 1])))
            stand__broken(s, STAND_RULE_H1, "VF %u has requester id %04x, as another function has", v, rid);
    }
}

static void look_at_function(struct stand *s, struct pci_function *fn, int vf)
{
    struct who w = {.fn = fn};
    snprintf(w.name, sizeof(w.name), vf < 0 ? "PF" : "VF %d", vf);
    look_at_identity(s, &w, vf >= 0);
    look_at_capabilities(s, &w);
    look_at_msix(s, &w, vf >= 0);
    if (vf >= 0 && (!stand__bar_bytes(fn, 0) || stand__bar_bytes(fn, 0) > MACHINE_MEMIO_HOLE_SIZE))
        stand__broken(s, STAND_RULE_H2, "BAR 0 of VF %d has 0x%llx bytes, and a guest can be given 0x%llx", vf,
                      (unsigned long long)stand__bar_bytes(fn, 0), (unsigned long long)MACHINE_MEMIO_HOLE_SIZE);
}

void stand__try_config(struct stand *s)
{
    look_at_function(s, s->nic->pf, -1);
    for (unsigned v = 0; v < s->nic->vf_count; v++)
        look_at_function(s, s->nic->vf[v], (int)v);
    look_at_ids(s);
    if (!pci_find_ext_capability(s->nic->pf, PCI_EXT_CAP_ID_SRIOV))
        stand__broken(s, STAND_RULE_H13, "the PF has no SR-IOV capability");
}

/* ---- VFs that come and go ---- */

static void expect_vfs(struct stand *s, unsigned count, const char *when)
{
    for (unsigned v = 0; v < s->nic->vf_count; v++) {
        bool is = pci_config_read(s->nic->vf[v], PCI_COMMAND, 2) != GONE;
        if (is != (v < count))
            stand__broken(s, STAND_RULE_H13, "%s VF %u is %s", when, v, is ? "there" : "not there");
    }
}

void stand__try_vf_enable(struct stand *s)
{
    struct pci_function *pf = s->nic->pf;
    uint16_t cap = pci_find_ext_capability(pf, PCI_EXT_CAP_ID_SRIOV);
    if (!cap)
        return;
    if (pci_config_read(pf, cap + PCI_SRIOV_TOTAL_VF, 2) != s->nic->vf_count)
        stand__broken(s, STAND_RULE_H13, "TotalVFs is %u, and there are %u VFs", pci_config_read(pf, cap + PCI_SRIOV_TOTAL_VF, 2),
                      s->nic->vf_count);
    expect_vfs(s, s->nic->vf_count, "with VFs enabled by the driver");
    uint32_t control = pci_config_read(pf, cap + PCI_SRIOV_CTRL, 2);
    for (unsigned count = s->nic->vf_count; count-- > 0;) {
        pci_config_write(pf, cap + PCI_SRIOV_CTRL, 2, control & ~(uint32_t)PCI_SRIOV_CTRL_VFE);
        expect_vfs(s, 0, "with VF Enable off");
        run(s, AFTER_RESET_MS * SIM_MS);
        pci_config_write(pf, cap + PCI_SRIOV_NUM_VF, 2, count);
        pci_config_write(pf, cap + PCI_SRIOV_CTRL, 2, control);
        expect_vfs(s, 0, "in the reset behind VF Enable");
        run(s, AFTER_RESET_MS * SIM_MS);
        expect_vfs(s, count, "with fewer VFs");
    }
}

/* ---- what is done in which state ---- */

bool stand__ends(struct stand *s, int op, int *status)
{
    struct pf_args args = {.vf = 0, .num_tx = 1, .num_rx = 1, .num_intrs = 1, .mtu = 1500};
    stand__add(s, op, &args, NULL);
    stand__go(s);
    sim_time end = sim_now(s->sim) + SIM_S;
    while (s->answer == STAND_BUSY && sim_now(s->sim) < end && sim_step(s->sim))
        ;
    *status = -(int)s->answer;
    if (s->answer != STAND_BUSY)
        return true;
    stand__broken(s, STAND_RULE_P8, "%s has no end", pf_op_name((enum vmk_netptop)op));
    return false;
}

static const char *state_name(enum pf_vf_state state)
{
    static const char *const name[] = {"FREE", "ACQUIRED", "ENABLED", "ACTIVE", "RESET"};
    return name[state];
}

/* From the state before: what it must answer (1: an error), and the state behind it. */
static const struct {
    int op, wanted;
    enum pf_vf_state then;
} life[] = {
    {VMK_NETPTOP_VF_RELEASE, 1, PF_VF_FREE},
    {VMK_NETPTOP_VF_GET_INFO, 1, PF_VF_FREE},
    {VMK_NETPTOP_VF_INIT, 1, PF_VF_FREE},
    {VMK_NETPTOP_VF_ACTIVATE, 1, PF_VF_FREE},
    {VMK_NETPTOP_VF_ACQUIRE, 0, PF_VF_ACQUIRED},
    {VMK_NETPTOP_VF_ACQUIRE, 1, PF_VF_ACQUIRED},
    {VMK_NETPTOP_VF_GET_INFO, 0, PF_VF_ACQUIRED},
    {VMK_NETPTOP_VF_ACTIVATE, 1, PF_VF_ACQUIRED},
    {PF_OP_VF_FLR, 0, PF_VF_ACQUIRED},
    {VMK_NETPTOP_VF_INIT, 0, PF_VF_ENABLED},
    {VMK_NETPTOP_VF_INIT, 1, PF_VF_ENABLED},
    {VMK_NETPTOP_VF_ACTIVATE, 0, PF_VF_ACTIVE},
    {VMK_NETPTOP_VF_ACTIVATE, 1, PF_VF_ACTIVE},
    {VMK_NETPTOP_VF_QUIESCE, 0, PF_VF_ENABLED},
    {VMK_NETPTOP_VF_ACTIVATE, 0, PF_VF_ACTIVE},
    {PF_OP_VF_FLR, 0, PF_VF_RESET},
    {VMK_NETPTOP_VF_ACTIVATE, 1, PF_VF_RESET},
    {VMK_NETPTOP_VF_INIT, 1, PF_VF_RESET},
    {VMK_NETPTOP_VF_RELEASE, 0, PF_VF_FREE},
    {VMK_NETPTOP_VF_ACQUIRE, 0, PF_VF_ACQUIRED},
    {VMK_NETPTOP_VF_RELEASE, 0, PF_VF_FREE},
};

void stand__try_life(struct stand *s)
{
    for (unsigned i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
        enum pf_vf_state before = pf_vf_get_state(s->pf, 0), after;
        sim_time from = sim_now(s->sim);
        int status;
        if (!stand__ends(s, life[i].op, &status))
            return;
        after = pf_vf_get_state(s->pf, 0);
        if (life[i].op == VMK_NETPTOP_VF_ACQUIRE && !status)
            stand__offer_memory(s, 0);
        if ((status != 0) != life[i].wanted || after != life[i].then)
            stand__broken(
                s, life[i].op == VMK_NETPTOP_VF_INIT || life[i].op == VMK_NETPTOP_VF_ACTIVATE ? STAND_RULE_P3 : STAND_RULE_P1,
                "%s of a VF that is %s answers %d and leaves it %s", pf_op_name((enum vmk_netptop)life[i].op), state_name(before),
                status, state_name(after));
        if (life[i].op == PF_OP_VF_FLR && sim_now(s->sim) - from < 100 * SIM_MS)
            stand__broken(s, STAND_RULE_P3, "a function-level reset took less than 100 ms");
    }
}
