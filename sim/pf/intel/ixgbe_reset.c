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

int pf__ixgbe_reset_pf(struct pf *pf, struct pf_op *op)
{
    int status;
    if (!op->k) { /* the first half is behind us? */
        status = reset(pf, op);
        if (status)
            return status;
        pf__forget_chip(pf);
        op->k = 1;
    }
    if (pf->s.is_down) { /* and stays so; the kernel writes config space again */
        memcpy(pf->s.filter[0].mac, op->args.mac, 6);
        pf__config_space(pf);
        return 0;
    }
    status = pf->chip->start(pf, op);
    if (status)
        return status;
    if (pf__is_sriov(pf)) {
        pf__ixgbe_rss_restore(pf);
        pf__restore_filters(pf, op->args.mac, UINT64_C(1) << pf__pool(pf)); /* those that bring frames to the host's own side */
        pf__restore_settings(pf);
    }
    pf__ixgbe_netdev_restore(pf);
    pf->s.tx_stopped = false;
    return 0;
}
