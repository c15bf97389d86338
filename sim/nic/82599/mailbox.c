/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mailbox between a VF and the PF: 16 words, ownership, requests and acknowledgements, reset indication
 * [82599 7.10.2.9, 8.2.3.2.6, 8.3.5.2]. The words are in the PF's reach too; who may write them is a matter of ownership
 * bits and good manners, which is all the chip offers.
 */
#include "nic/82599/nic82599__.h"

uint32_t nic82599__vf_mailbox_read(struct function *fn)
{
    uint32_t value = fn->s.vf_mailbox;
    fn->s.vf_mailbox &= ~IXGBE_VFMAILBOX_R2C_BITS;
    return value;
}

static void tell_pf(struct nic82599 *n)
{
    nic82599__intr_misc(chip_pf(n), IXGBE_EICR_MAILBOX);
}

void nic82599__vf_mailbox_write(struct function *fn, uint32_t value)
{
    struct nic82599 *n = fn->chip;
    uint64_t bit = UINT64_C(1) << fn->vf;
    if ((value & IXGBE_VFMAILBOX_VFU) && !(fn->s.vf_mailbox & IXGBE_VFMAILBOX_PFU)) {
        fn->s.vf_mailbox |= IXGBE_VFMAILBOX_VFU;
        fn->s.pf_mailbox |= IXGBE_PFMAILBOX_VFU;
    } else if (!(value & IXGBE_VFMAILBOX_VFU)) {
        fn->s.vf_mailbox &= ~IXGBE_VFMAILBOX_VFU;
        fn->s.pf_mailbox &= ~IXGBE_PFMAILBOX_VFU;
    }
    if (value & IXGBE_VFMAILBOX_REQ)
        n->s.mailbox_request |= bit;
    if (value & IXGBE_VFMAILBOX_ACK)
        n->s.mailbox_ack |= bit;
    if (value & (IXGBE_VFMAILBOX_REQ | IXGBE_VFMAILBOX_ACK)) {
        trace_nic_mailbox(chip_component(n), (unsigned)fn->vf, value & IXGBE_VFMAILBOX_REQ ? "request" : "acknowledgement",
                          n->s.mailbox_memory[fn->pool][0]);
        tell_pf(n);
    }
}

void nic82599__pf_mailbox_write(struct nic82599 *n, unsigned vf, uint32_t value)
{
    struct function *fn = &n->fn[vf];
    if (value & IXGBE_PFMAILBOX_RVFU) {
        fn->s.vf_mailbox &= ~IXGBE_VFMAILBOX_VFU;
        fn->s.pf_mailbox &= ~IXGBE_PFMAILBOX_VFU;
    }
    if ((value & IXGBE_PFMAILBOX_PFU) && !(fn->s.pf_mailbox & IXGBE_PFMAILBOX_VFU)) {
        fn->s.pf_mailbox |= IXGBE_PFMAILBOX_PFU;
        fn->s.vf_mailbox |= IXGBE_VFMAILBOX_PFU;
    } else if (!(value & IXGBE_PFMAILBOX_PFU)) {
        fn->s.pf_mailbox &= ~IXGBE_PFMAILBOX_PFU;
        fn->s.vf_mailbox &= ~IXGBE_VFMAILBOX_PFU;
    }
    if (value & IXGBE_PFMAILBOX_STS)
        fn->s.vf_mailbox |= IXGBE_VFMAILBOX_PFSTS;
    if (value & IXGBE_PFMAILBOX_ACK)
        fn->s.vf_mailbox |= IXGBE_VFMAILBOX_PFACK;
    if (value & (IXGBE_PFMAILBOX_STS | IXGBE_PFMAILBOX_ACK))
        nic82599__intr_misc(fn, 0);
}

/* The PF's driver says that its reset is over: every VF sees RSTI go and RSTD come [82599 4.2.2.2]. */
void nic82599__pf_reset_done(struct nic82599 *n)
{
    for (unsigned v = 0; v < n->nic.vf_count; v++) {
        uint32_t *bits = &n->fn[v].s.vf_mailbox;
        if (*bits & IXGBE_VFMAILBOX_RSTI)
            *bits = (*bits & ~IXGBE_VFMAILBOX_RSTI) | IXGBE_VFMAILBOX_RSTD;
    }
}

/* What a reset of a VF leaves as it was [82599 specification update, clarification 5]: the next owner finds it. Bases, lengths
 * and RSCCTL are cleared, so a queue that is still enabled moves nothing. [assumed: VFCTRL.RST does no more than an FLR] */
static void queues_reset(struct nic82599 *n, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        struct rx_queue rx = n->rxq[i], *r = &n->rxq[i];
        struct tx_queue tx = n->txq[i], *t = &n->txq[i];
        nic82599__rx_queue_reset(n, i);
        nic82599__tx_queue_reset(n, i);
        if (!n->skin->reset_leaves_queues)
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
void nic82599__reset_vf(struct function *fn, bool flr)
{
    struct nic82599 *n = fn->chip;
    if (!flr) /* an FLR's is dropped already */
        pci_function_drop_dma(fn->pci);
    trace_nic_vf_reset(chip_component(n), (unsigned)fn->vf, flr ? "function-level reset" : "software reset");
    uint32_t rsti = n->s.reg.CTRL_EXT & IXGBE_CTRL_EXT_PFRSTD ? 0 : IXGBE_VFMAILBOX_RSTI;
    queues_reset(n, fn->pool * chip_queues_per_pool(n), chip_queues_per_pool(n));
    nic82599__intr_reset(fn);
    nic82599__function_defaults(fn);
    if (!n->skin->reset_leaves_queues)
        n->s.reg.PSRTYPE[fn->pool] = 0;
    fn->s.vf_mailbox = rsti ? rsti : IXGBE_VFMAILBOX_RSTD;
    if (n->skin->vf_reset)
        n->skin->vf_reset(fn);
    if (flr && chip_is_virtual(n)) {
        n->s.flr_pending |= UINT64_C(1) << fn->vf;
        tell_pf(n);
    }
    nic82599__switch_pool(n, fn->pool);
    nic82599__tx_complete(n);
    nic82599__tx_out(n);
    nic82599__rx_drain(n);
    nic82599__tx_arbitrate(n);
}
