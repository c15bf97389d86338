/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which operation is which routine, and what all families have of bring-up. */
#include "pf/pf__.h"

#include <errno.h>

enum { CONFIG_COMMAND = 0x04, COMMAND_MEMORY_MASTER = 0x06, EXT_CAP_SRIOV = 0x10, SRIOV_CONTROL = 0x08, SRIOV_NUM_VFS = 0x10,
       SRIOV_VF_ENABLE = 1 << 0, SRIOV_VF_MSE = 1 << 3, SRIOV_ARI = 1 << 4 };
#define MSI_ADDRESS UINT64_C(0xfee00000)

void pf__config_space(struct pf *pf)
{
    struct pci_function *fn = pf->nic->pf;
    pci_config_write(fn, CONFIG_COMMAND, 2, COMMAND_MEMORY_MASTER);
    for (unsigned v = 0; v <= pf->channels_max; v++) /* a vector a channel, and MISC */
        pci_msix_program(fn, v, MSI_ADDRESS, v, false);
    pci_msix_enable(fn, true);
    uint16_t sriov = pci_find_ext_capability(fn, EXT_CAP_SRIOV);
    if (!sriov || (pci_config_read(fn, sriov + SRIOV_CONTROL, 2) & SRIOV_VF_ENABLE))
        return; /* a reset of the chip by its driver leaves config space as it is */
    pci_config_write(fn, sriov + SRIOV_NUM_VFS, 2, pf->s.num_vfs);
    pci_config_write(fn, sriov + SRIOV_CONTROL, 2, SRIOV_ARI | (pf->s.num_vfs ? SRIOV_VF_ENABLE | SRIOV_VF_MSE : 0));
}

int pf__own_address(struct pf *pf, struct pf_op *op, uint32_t low, uint32_t high)
{
    struct pf_filter *f = &pf->s.filter[0];
    OP_BEGIN(op->sub_place)
    WAIT_READ(op->sub_place, 1, low);
    for (unsigned b = 0; b < 4; b++)
        f->mac[b] = (uint8_t)(pf->s.value >> (8 * b));
    WAIT_READ(op->sub_place, 2, high);
    f->mac[4] = (uint8_t)pf->s.value;
    f->mac[5] = (uint8_t)(pf->s.value >> 8);
    f->valid = true;
    f->pools = pf__pool_bit(pf__pool(pf));
    OP_END
    op->sub_place = 0;
    return 0;
}

/* What a family does otherwise it does not see here. */
static int dispatch(struct pf *pf, struct pf_op *op)
{
    switch ((int)op->op) {
    case PF_OP_START: return pf->family->start(pf, op);
    case VMK_NETPTOP_IS_SUPPORTED: return pf__is_sriov(pf) ? 0 : -ENOTSUP;
    case VMK_NETPTOP_VF_ACQUIRE: return pf__is_sriov(pf) ? pf__vf_acquire(pf, &op->args) : -ENOTSUP;
    case VMK_NETPTOP_PF_ADD_MAC_FILTER: return pf__is_sriov(pf) ? pf__own_filter_add(pf, op) : 0;
    case VMK_NETPTOP_PF_DEL_MAC_FILTER: return pf__is_sriov(pf) ? pf__own_filter_del(pf, &op->args) : 0;
    case VMK_NETPTOP_PF_MIRROR_ALL:
        if (pf__is_sriov(pf))
            pf->family->mirror_all(pf, op->args.enable);
        return 0;
    case PF_OP_MOVE_MAC: return pf__is_sriov(pf) ? pf->family->move(pf, op) : -ENOTSUP;
    case PF_OP_SET_MTU: return pf__set_mtu(pf, PF_ANY_VF, op->args.mtu);
    default: return pf->family->dispatch(pf, op);
    }
}

/* What an operation wrote has reached the chip before it is reported done: a read pushes posted writes [PCIe 2.4]. */
int pf__run(struct pf *pf, struct pf_op *op)
{
    OP_BEGIN(op->call_place)
    trace_pf_op_start(&pf->c, pf_op_name((enum vmk_netptop)op->op), op->args.vf);
    WAIT_FOR(op->call_place, 1, op->status, dispatch(pf, op));
    if (op->wrote)
        WAIT_READ(op->call_place, 2, pf->family->status);
    OP_END
    return op->status;
}
