/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Malicious driver detection, the PF's side [ixgbe_sriov.c ixgbe_check_mdd_event, ixgbe_x550.c ixgbe_handle_mdd_x550]: which
 * queues the chip has blocked, whose they are, and when they are let go again. A VF whose driver speaks by the mailbox is let go
 * at once and told that it must reset, as Linux does. Under NPA nobody speaks: its queues stay blocked until the VF is
 * initialised again, after a reset.
 */
#include "pf/intel/intel.h"

static uint32_t vf_bits(const struct pf *pf, unsigned vf)
{
    return ((1u << pf->queues) - 1) << (vf * pf->queues % 32);
}

void pf__ixgbe_mdd_release(struct pf *pf, unsigned vf)
{
    unsigned word = vf * pf->queues / 32;
    if (!pf->s.vf[vf].blocked_rx && !pf->s.vf[vf].blocked_tx)
        return;
    pf->s.vf[vf].blocked_rx = pf->s.vf[vf].blocked_tx = 0;
    pf__write(pf, pf__hw(pf)->wqbr_rx + 4 * word, vf_bits(pf, vf));
    pf__write(pf, pf__hw(pf)->wqbr_tx + 4 * word, vf_bits(pf, vf));
}

/* Queues 32 * word … of one direction that are blocked. */
static void note(struct pf *pf, unsigned word, bool tx, uint32_t bits)
{
    for (unsigned vf = 0; vf < pf->nic->vf_count; vf++) {
        struct pf_vf *v = &pf->s.vf[vf];
        uint32_t mine = vf * pf->queues / 32 == word ? bits & vf_bits(pf, vf) : 0;
        uint32_t queues = mine >> (vf * pf->queues % 32);
        uint8_t *known = tx ? &v->blocked_tx : &v->blocked_rx;
        if (!(queues & ~(uint32_t)*known))
            continue;
        *known = (uint8_t)queues;
        v->mdd_events++;
        trace_pf_malicious(&pf->c, vf, tx ? "transmit" : "receive");
        if (v->clear_to_send) {
            pf__ixgbe_mdd_release(pf, vf);
            pf__ixgbe_ping(pf, vf, true);
        }
    }
}

int pf__ixgbe_mdd(struct pf *pf, struct pf_op *op)
{
    const struct intel_hw *hw = pf__hw(pf);
    if (!pf->s.mdd)
        return 0;
    OP_BEGIN(op->sub_place)
    for (op->i = 0; op->i < 2 * hw->wqbr_words; op->i++) {
        WAIT_READ(op->sub_place, 1, (op->i % 2 ? hw->wqbr_tx : hw->wqbr_rx) + 4 * (op->i / 2));
        note(pf, op->i / 2, op->i % 2, pf->s.value);
    }
    OP_END
    op->sub_place = 0;
    return 0;
}
