/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Function-level reset of the PF and what its driver makes of it. The reset clears all of the function, VF Enable and so every VF
 * included [PCIe 6.6.2, SR-IOV 2.2.2, 3.3.3.1]; for 100 ms reads answer all ones, as a root complex does that gives up on
 * configuration requests which are to be retried. Then the driver begins anew and writes again what it had been told: the
 * operators' settings and the addresses of the host's own side. What VFs had is gone; whoever owned one finds it reset (pf.h).
 */
#include "pf/pf__.h"

#include <errno.h>
#include <string.h>

enum { PCIE_DEVICE_CONTROL = 0x08, DEVICE_CONTROL_FLR = 1 << 15, CAP_ID_PCIE = 0x10, CONFIG_ID = 0x00 };
#define RETRY_PS (10 * SIM_MS) /* between two looks for an answer [pci.c pci_dev_wait: doubling; here even] */

static void vfs_are_gone(struct pf *pf)
{
    for (unsigned v = 0; v < pf__vfs(pf); v++) {
        struct pf_vf *vf = &pf->s.vf[v];
        vf->clear_to_send = false;
        if (vf->state == PF_VF_ENABLED || vf->state == PF_VF_ACTIVE)
            pf__vf_set_state(pf, v, PF_VF_RESET);
    }
}

/* Place kept in op->sub_place; op->args.mac: the PF's address, which an operator may have changed. */
static int reset(struct pf *pf, struct pf_op *op)
{
    struct pci_function *fn = pf->nic->pf;
    uint16_t cap;
    OP_BEGIN(op->sub_place)
    cap = pci_find_capability(fn, CAP_ID_PCIE);
    if (!cap)
        return -ENODEV;
    pf->s.tx_stopped = true;
    memcpy(op->args.mac, pf->s.filter[0].mac, 6);
    pci_config_write(fn, cap + PCIE_DEVICE_CONTROL, 2, pci_config_read(fn, cap + PCIE_DEVICE_CONTROL, 2) | DEVICE_CONTROL_FLR);
    vfs_are_gone(pf);
    mem_tag_clear(pf->mem, pf->mem_base, pf->mem_len, FATE_function_reset); /* what lay in its rings */
    for (op->i = 0; pci_config_read(fn, CONFIG_ID, 4) == UINT32_MAX; op->i++) {
        trace_pf_no_answer(&pf->c, op->i);
        WAIT_PS(op->sub_place, 1, RETRY_PS);
    }
    OP_END
    op->sub_place = 0;
    return 0;
}

/* Of the filters those that bring frames to the host's own side. */
static void restore_filters(struct pf *pf, const uint8_t mac[6])
{
    struct pf_filter old[PF_FILTERS_MAX];
    uint64_t own = UINT64_C(1) << pf__pool(pf);
    memcpy(old, pf->s.filter, sizeof(old));
    memset(&pf->s.filter[1], 0, sizeof(old) - sizeof(old[0]));
    memcpy(pf->s.filter[0].mac, mac, 6);
    pf__hw(pf)->address(pf, 0);
    for (unsigned i = 1; i < PF_FILTERS_MAX; i++)
        if (old[i].valid && (old[i].pools & own)) {
            int entry = pf__ixgbe_filter_add(pf, old[i].mac, own);
            if (entry > 0)
                pf->s.filter[entry].users = old[i].users;
        }
}

/* What was set for a VF comes back with its VF_INIT. */
static void restore_settings(struct pf *pf)
{
    for (unsigned rule = 0; rule < PF_MIRRORS_MAX; rule++) {
        const struct pf_mirror mirror = pf->s.mirror[rule];
        if (mirror.what && pf_set_mirror(pf, rule, &mirror))
            pf->s.mirror[rule] = (struct pf_mirror){0}; /* its VLAN went with the VFs */
    }
    if (pf->s.bridge_mode != PF_BRIDGE_VEB)
        pf_set_bridge_mode(pf, (enum pf_bridge_mode)pf->s.bridge_mode);
    pf__ixgbe_max_frame(pf);
}

static void forget_vfs(struct pf *pf)
{
    memset(pf->s.vlan, 0, sizeof(pf->s.vlan));
    memset(pf->s.mta, 0, sizeof(pf->s.mta));
    memset(pf->s.spoof, 0, sizeof(pf->s.spoof));
    memset(pf->s.receive_enable, 0, sizeof(pf->s.receive_enable));
    memset(pf->s.transmit_enable, 0, sizeof(pf->s.transmit_enable));
    pf->s.eitrsel = 0;
    pf->s.rss_on = pf->s.rss_is_mine = false;
}

int pf__ixgbe_reset_pf(struct pf *pf, struct pf_op *op)
{
    int status;
    if (!op->k) { /* the first half is behind us? */
        status = reset(pf, op);
        if (status)
            return status;
        forget_vfs(pf);
        op->k = 1;
    }
    status = pf->chip->start(pf, op);
    if (status)
        return status;
    if (pf__is_sriov(pf)) {
        restore_filters(pf, op->args.mac);
        restore_settings(pf);
    }
    pf__ixgbe_netdev_restore(pf);
    pf->s.tx_stopped = false;
    return 0;
}
