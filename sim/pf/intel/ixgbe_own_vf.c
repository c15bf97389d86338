/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hardware with a symmetric view: no function is privileged on the data path, and the PF has none; it is the hypervisor's means
 * of control only. What the host's own side sends and receives (virtual machines in emulation) goes by a VF of the hypervisor's
 * own, the last one: its rings and vectors are reached by its BAR, its DMA bears its requester id. Nothing is its by default: what
 * no address, group or broadcast brings to it, it does not get.
 *
 * A VF answers 100 ms after VF Enable, so the host's side comes up as late.
 */
#include "pf/pf__.h"

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04 };
#define LOOK_PS (1 * SIM_MS)
#define MSI_ADDRESS UINT64_C(0xfee00000)

static void own_write(struct pf *pf, uint32_t off, uint32_t value)
{
    pf->op[pf->s.op_get % PF_OPS_MAX].wrote |= pf->s.op_running;
    pci_mmio_write(pf->own_vf, &pf->c, sim_now(pf->c.sim), 0, off, 4, value);
}

void pf__own_ring_write(struct pf *pf, bool tx, unsigned channel, uint32_t field, uint32_t value)
{
    own_write(pf, (tx ? IXGBE_VFTDBAL(0) : IXGBE_VFRDBAL(0)) + 0x40 * channel + field, value);
}

void pf__own_enable_interrupt(struct pf *pf) { own_write(pf, IXGBE_VTEIMS, 1u << PF_VECTOR_DATA); }

void pf__own_throttle(struct pf *pf)
{
    own_write(pf, IXGBE_VTEITR(PF_VECTOR_DATA), pf->s.eitr_count << IXGBE_EITR_INTERVAL_SHIFT);
}

/* Place kept in op->sub_place. */
int pf__own_up(struct pf *pf, struct pf_op *op)
{
    const uint32_t both = IXGBE_IVAR_ALLOC_VAL | PF_VECTOR_DATA;
    OP_BEGIN(op->sub_place)
    while (!pci_function_is_present(pf->own_vf))
        WAIT_PS(op->sub_place, 1, LOOK_PS);
    OP_END
    op->sub_place = 0;
    pci_config_write(pf->own_vf, CONFIG_COMMAND, 2, COMMAND_MASTER);
    pci_msix_program(pf->own_vf, PF_VECTOR_DATA, MSI_ADDRESS, PF_VECTOR_DATA, false);
    pci_msix_enable(pf->own_vf, true);
    own_write(pf, IXGBE_VTIVAR(0), both | both << 8);
    pf__own_throttle(pf);
    own_write(pf, IXGBE_VTEIAC, 1u << PF_VECTOR_DATA);
    own_write(pf, IXGBE_VTEIAM, 1u << PF_VECTOR_DATA);
    pf__own_enable_interrupt(pf);
    return 0;
}

int pf_own_vf(const struct pf *pf) { return pf->own_vf ? (int)pf__pool(pf) : -1; }
