/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mailbox between a VF and the PF: 16 words, ownership, requests and acknowledgements, reset indication
 * [82599 7.10.2.9, 8.2.3.2.6, 8.3.5.2]. The words are in the PF's reach too; who may write them is a matter of ownership
 * bits and good manners, which is all the chip offers.
 */
#include "nic/intel/control/control.h"

uint32_t intel_vf_mailbox_read(struct function *fn)
{
    uint32_t value = fn->s.vf_mailbox;
    fn->s.vf_mailbox &= ~INTEL_VFMAILBOX_R2C_BITS;
    return value;
}

static void tell_pf(struct intel_chip *n) { intel_intr_misc(chip_pf(n), INTEL_CAUSE_MAILBOX); }

void intel_vf_mailbox_write(struct function *fn, uint32_t value)
{
    struct intel_chip *n = fn->chip;
    uint64_t bit = UINT64_C(1) << fn->vf;
    if ((value & INTEL_VFMAILBOX_VFU) && !(fn->s.vf_mailbox & INTEL_VFMAILBOX_PFU)) {
        fn->s.vf_mailbox |= INTEL_VFMAILBOX_VFU;
        fn->s.pf_mailbox |= INTEL_PFMAILBOX_VFU;
    } else if (!(value & INTEL_VFMAILBOX_VFU)) {
        fn->s.vf_mailbox &= ~INTEL_VFMAILBOX_VFU;
        fn->s.pf_mailbox &= ~INTEL_PFMAILBOX_VFU;
    }
    if (value & INTEL_VFMAILBOX_REQ)
        n->s.mailbox_request |= bit;
    if (value & INTEL_VFMAILBOX_ACK)
        n->s.mailbox_ack |= bit;
    if (value & (INTEL_VFMAILBOX_REQ | INTEL_VFMAILBOX_ACK)) {
        trace_nic_mailbox(chip_component(n), (unsigned)fn->vf, value & INTEL_VFMAILBOX_REQ ? "request" : "acknowledgement",
                          n->s.mailbox_memory[fn->pool][0]);
        tell_pf(n);
    }
}

void intel_pf_mailbox_write(struct intel_chip *n, unsigned vf, uint32_t value)
{
    struct function *fn = &n->fn[vf];
    if (value & INTEL_PFMAILBOX_RVFU) {
        fn->s.vf_mailbox &= ~INTEL_VFMAILBOX_VFU;
        fn->s.pf_mailbox &= ~INTEL_PFMAILBOX_VFU;
    }
    if ((value & INTEL_PFMAILBOX_PFU) && !(fn->s.pf_mailbox & INTEL_PFMAILBOX_VFU)) {
        fn->s.pf_mailbox |= INTEL_PFMAILBOX_PFU;
        fn->s.vf_mailbox |= INTEL_VFMAILBOX_PFU;
    } else if (!(value & INTEL_PFMAILBOX_PFU)) {
        fn->s.pf_mailbox &= ~INTEL_PFMAILBOX_PFU;
        fn->s.vf_mailbox &= ~INTEL_VFMAILBOX_PFU;
    }
    if (value & INTEL_PFMAILBOX_STS)
        fn->s.vf_mailbox |= INTEL_VFMAILBOX_PFSTS;
    if (value & INTEL_PFMAILBOX_ACK)
        fn->s.vf_mailbox |= INTEL_VFMAILBOX_PFACK;
    if (value & (INTEL_PFMAILBOX_STS | INTEL_PFMAILBOX_ACK))
        intel_intr_misc(fn, INTEL_CAUSE_MAILBOX);
}

/* The PF's driver says that its reset is over: every VF sees RSTI go and RSTD come [82599 4.2.2.2]. */
void intel_pf_ready(struct intel_chip *n, bool ready)
{
    n->rules.pf_is_ready = ready;
    if (!ready)
        return;
    for (unsigned v = 0; v < n->nic.vf_count; v++) {
        uint32_t *bits = &n->fn[v].s.vf_mailbox;
        if (*bits & INTEL_VFMAILBOX_RSTI)
            *bits = (*bits & ~INTEL_VFMAILBOX_RSTI) | INTEL_VFMAILBOX_RSTD;
    }
}

/* What a reset of a VF leaves as it was [82599 specification update, clarification 5]: the next owner finds it. Bases, lengths
 * and RSCCTL are cleared, so a queue that is still enabled moves nothing. [assumed: VFCTRL.RST does no more than an FLR] */
static void queues_reset(struct intel_chip *n, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        struct rx_queue rx = n->rxq[i], *r = &n->rxq[i];
        struct tx_queue tx = n->txq[i], *t = &n->txq[i];
        intel_rx_queue_reset(n, i);
        intel_tx_queue_reset(n, i);
        if (!(n->errata & INTEL_ERRATUM_VFLR))
            continue;
        r->head = r->fetch_next = rx.head;
        r->tail = rx.tail;
        r->srrctl = rx.srrctl;
        r->rxdctl = rx.rxdctl;
        r->dca = rx.dca;
        t->head = t->fetch_next = tx.head;
        t->tail = tx.tail;
        t->txdctl = tx.txdctl;
        t->wb_lo = tx.wb_lo;
        t->wb_hi = tx.wb_hi;
        t->dca = tx.dca;
    }
}

/* A VF's reset: its queues stop, everything of it in the chip ends; the PF hears of an FLR through PFVFLRE, of a software
 * reset through the message that the VF's driver sends next. */
void intel_reset_vf(struct function *fn, bool flr)
{
    struct intel_chip *n = fn->chip;
    if (!flr) /* an FLR's is dropped already */
        pci_function_drop_dma(fn->pci);
    trace_nic_vf_reset(chip_component(n), (unsigned)fn->vf, flr ? "function-level reset" : "software reset");
    uint32_t rsti = n->rules.pf_is_ready ? 0 : INTEL_VFMAILBOX_RSTI;
    queues_reset(n, fn->pool * chip_queues_per_pool(n), chip_queues_per_pool(n));
    intel_intr_reset(fn);
    intel_function_defaults(fn);
    if (!(n->errata & INTEL_ERRATUM_VFLR))
        n->s.reg.PSRTYPE[fn->pool] = 0;
    fn->s.vf_mailbox = rsti ? rsti : INTEL_VFMAILBOX_RSTD;
    if (n->skin->vf_reset)
        n->skin->vf_reset(fn);
    if (flr && chip_is_virtual(n)) {
        n->s.flr_pending |= UINT64_C(1) << fn->vf;
        tell_pf(n);
    }
    intel_switch_pool(n, fn->pool);
    intel_tx_complete(n);
    intel_tx_out(n);
    intel_rx_drain(n);
    intel_tx_arbitrate(n);
}
