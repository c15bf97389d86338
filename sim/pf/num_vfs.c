/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many VFs there are, at run time, as the kernel's sriov_numvfs does it: NumVFs is writable only while VF Enable is clear,
 * so it is none or another number after none [SR-IOV 3.3.7; Linux drivers/pci/pci-sysfs.c]. Pools and queues stay laid out
 * for TotalVFs.
 */
#include <errno.h>

#include "pf/pf__.h"

enum { EXT_CAP_SRIOV = 0x10, SRIOV_CONTROL = 0x08, SRIOV_NUM_VFS = 0x10, SRIOV_VF_ENABLE = 1 << 0, SRIOV_VF_MSE = 1 << 3 };
#define GONE_PS SIM_S /* after clearing VF Enable nothing of them may be touched for so long [SR-IOV 3.3.3.1] */

static int in_use(const struct pf *pf)
{
    int n = 0;

    for (unsigned v = 0; v < pf->nic->vf_count; v++)
        n += pf->s.vf[v].state != PF_VF_FREE;
    return n;
}

/* What operators set goes with the VFs. */
static void forget_settings(struct pf *pf)
{
    for (unsigned v = 0; v < pf__vfs(pf); v++) {
        bool limited = pf->s.vf[v].admin.max_tx_rate;
        pf->s.vf[v].admin = (struct pf_vf_admin){.spoofchk = true};
        if (limited)
            pf->family->rate_off(pf, v);
    }
}

static int refusal(const struct pf *pf, const struct pf_op *op)
{
    uint32_t want = op->args.rate;

    if (want > pf->nic->vf_count)
        return -ERANGE;
    if (pf->own_vf) /* the host's own data path goes by one */
        return -EBUSY;
    if (pf->s.num_vfs_on || (want && pf->s.num_vfs && want != pf->s.num_vfs))
        return -EBUSY;
    return !want && in_use(pf) && !op->args.enable ? -EBUSY : 0;
}

/* Runs aside, as a reset does: reported by PF_EV_NUM_VFS. */
int pf__set_num_vfs(struct pf *pf, struct pf_op *op)
{
    struct pci_function *fn = pf->nic->pf;
    uint16_t sriov = pci_find_ext_capability(fn, EXT_CAP_SRIOV);
    uint32_t want = op->args.rate, control;
    sim_time wait = want ? profile_get(&pf->c.sim->profile, PROFILE_vf_reset_wait_ps) : GONE_PS;
    int status = sriov ? refusal(pf, op) : -ENOTSUP;

    if (status || want == pf->s.num_vfs)
        return status;
    control = pci_config_read(fn, sriov + SRIOV_CONTROL, 2);
    if (want) {
        pci_config_write(fn, sriov + SRIOV_NUM_VFS, 2, want);
        pci_config_write(fn, sriov + SRIOV_CONTROL, 2, control | SRIOV_VF_ENABLE | SRIOV_VF_MSE);
    } else {
        pf->s.num_vfs = 0;
        pci_config_write(fn, sriov + SRIOV_CONTROL, 2, control & ~(uint32_t)(SRIOV_VF_ENABLE | SRIOV_VF_MSE));
        for (unsigned v = 0; v < pf->nic->vf_count; v++)
            if (pf__vf_runs(&pf->s.vf[v]))
                pf__vf_set_state(pf, v, PF_VF_RESET);
        forget_settings(pf);
        pf__news(pf, PF_NEWS_NUM_VFS, 0, 0, 0);
    }
    pf->s.num_vfs_on = 1;
    pf__leave_aside(pf, op, PF_EV_NUM_VFS, sim_now(pf->c.sim) + wait, want);
    return 0;
}

void pf__num_vfs_over(struct pf *pf, const struct event *ev)
{
    struct pf_op op = pf__aside(ev, PF_OP_SET_NUM_VFS);

    op.args.rate = (uint32_t)ev->c;
    pf->s.num_vfs_on = 0;
    pf->s.num_vfs = (uint32_t)ev->c;
    if (ev->c)
        pf__news(pf, PF_NEWS_NUM_VFS, 0, 0, 0);
    pf__report(pf, &op, 0);
}
