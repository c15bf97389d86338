/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which operation is which, and what all families have of bring-up. */
#include "pf/pf__.h"

#include <errno.h>

enum {
    CONFIG_COMMAND = 0x04,
    COMMAND_MEMORY_MASTER = 0x06,
    EXT_CAP_SRIOV = 0x10,
    SRIOV_CONTROL = 0x08,
    SRIOV_NUM_VFS = 0x10,
    SRIOV_VF_ENABLE = 1 << 0,
    SRIOV_VF_MSE = 1 << 3,
    SRIOV_ARI = 1 << 4
};
#define MSI_ADDRESS UINT64_C(0xfee00000)

void pf__config_space(struct pf *pf)
{
    struct pci_function *fn = pf->nic->pf;
    pci_config_write(fn, CONFIG_COMMAND, 2, COMMAND_MEMORY_MASTER);
    for (unsigned v = 0; v <= pf->channels_max; v++) /* a vector a channel, and MISC */
        pci_msix_program(fn, v, MSI_ADDRESS, v, false);
    for (unsigned q = 1; q <= pf->netqueues; q++) {
        unsigned v = pf__vector_of(pf__queue_channel(q));
        pci_msix_program(fn, v, MSI_ADDRESS, v, false);
    }
    pci_msix_enable(fn, true);
    uint16_t sriov = pci_find_ext_capability(fn, EXT_CAP_SRIOV);
    if (!sriov || (pci_config_read(fn, sriov + SRIOV_CONTROL, 2) & SRIOV_VF_ENABLE))
        return; /* a reset of the chip by its driver leaves config space as it is */
    pci_config_write(fn, sriov + SRIOV_NUM_VFS, 2, pf->s.num_vfs);
    pci_config_write(fn, sriov + SRIOV_CONTROL, 2, SRIOV_ARI | (pf->s.num_vfs ? SRIOV_VF_ENABLE | SRIOV_VF_MSE : 0));
}

/* ---- filter 0 is the PF's own address, from the two registers where the chip has it ---- */

static int read_low(void *owner) { return pf__read(owner, ((struct pf *)owner)->family->own_address[0]); }
static int read_high(void *owner) { return pf__read(owner, ((struct pf *)owner)->family->own_address[1]); }

static int take_low(void *owner)
{
    struct pf *pf = owner;
    for (unsigned b = 0; b < 4; b++)
        pf->s.filter[0].mac[b] = (uint8_t)(pf->s.value >> (8 * b));
    return PROCEDURE_NEXT;
}

static int take_high(void *owner)
{
    struct pf *pf = owner;
    struct pf_filter *f = &pf->s.filter[0];
    f->mac[4] = (uint8_t)pf->s.value;
    f->mac[5] = (uint8_t)(pf->s.value >> 8);
    f->valid = true;
    f->pools = pf__pool_bit(pf__pool(pf));
    return PROCEDURE_NEXT;
}

static const struct procedure_step own_address_steps[] = {
    {"read its first four bytes", read_low, .done = take_low},
    {"read its last two", read_high, .done = take_high},
};
const struct procedure_table pf__own_address = PROCEDURE_TABLE("read the PF's address", own_address_steps);

/* ---- which operation is which; what is not here is the family's ---- */

static int mirror_all(struct pf *pf, bool on)
{
    for (unsigned q = 1; q <= pf->netqueues; q++)
        if (on && pf->s.queue[q].in_use)
            return -EBUSY; /* its frames would be handed up twice */
    pf->s.hears_all = on;
    if (pf__is_sriov(pf))
        pf->family->mirror_all(pf, on);
    return 0;
}

int pf__run(struct pf *pf, struct pf_op *op)
{
    switch ((int)op->op) {
    case PF_OP_START:
        return pf__follow(pf, pf->family->start);
    case VMK_NETPTOP_IS_SUPPORTED:
        return pf__is_sriov(pf) ? 0 : -ENOTSUP;
    case VMK_NETPTOP_VF_ACQUIRE:
        return pf__is_sriov(pf) ? pf__vf_acquire(pf, &op->args) : -ENOTSUP;
    case VMK_NETPTOP_PF_ADD_MAC_FILTER:
        return pf__is_sriov(pf) ? pf__own_filter_add(pf, op) : 0;
    case VMK_NETPTOP_PF_DEL_MAC_FILTER:
        return pf__is_sriov(pf) ? pf__own_filter_del(pf, &op->args) : 0;
    case PF_OP_SET_QUEUE:
        return pf->netqueues ? pf__follow(pf, pf->family->set_queue) : -ENOTSUP;
    case VMK_NETPTOP_PF_MIRROR_ALL:
        return mirror_all(pf, op->args.enable);
    case PF_OP_MOVE_MAC:
        return pf__is_sriov(pf) ? pf__follow(pf, pf->family->move) : -ENOTSUP;
    case PF_OP_SET_MTU:
        return pf__set_mtu(pf, PF_ANY_VF, op->args.mtu);
    default:
        return pf->family->dispatch(pf, op);
    }
}
