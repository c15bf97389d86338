/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fences: waiting until the frames that are in the chip now have left it.
 *
 * The packet buffers are FIFOs with visible pointers (RXWRPTR/RXRDPTR, TXWRPTR/TXRDPTR, diagnostic registers of
 * ixgbe_type.h; RDFT/RDFH, TDFT/TDFH of the 82576). What was in a buffer when its write pointer was read has left when the
 * read pointer has come there. Of the receive buffer that means: its DMA writes are issued; one more register read then
 * pushes them into memory, for a read's answer never passes posted writes [PCIe 2.4.1].
 */
#include "pf/intel/intel.h"

#include <errno.h>

/* ---- what is in a packet buffer now has left it ---- */

static int read_get_pointer(void *owner) { return pf__read(owner, pf__op_now(owner)->fence.get); }
static int read_put_pointer(void *owner) { return pf__read(owner, pf__op_now(owner)->fence.put); }
static int read_status(void *owner) { return pf__read(owner, ((struct pf *)owner)->family->status); }

static int note_get_pointer(void *owner)
{
    pf__op_now(owner)->fence.last = ((struct pf *)owner)->s.value;
    return PROCEDURE_NEXT;
}

static int note_put_pointer(void *owner)
{
    struct pf_fence *f = &pf__op_now(owner)->fence;
    f->target = ((struct pf *)owner)->s.value;
    f->last = (f->target - f->last) % f->wrap; /* as far as it can be; the pointers count further than the buffer is long */
    return PROCEDURE_NEXT;
}

static int has_left(void *owner)
{
    struct pf *pf = owner;
    struct pf_fence *f = &pf__op_now(pf)->fence;
    uint32_t left = (f->target - pf->s.value) % f->wrap;
    if (left == 0 || left > f->last) /* there, or already beyond */
        return pf__jump(pf, "push what it wrote");
    f->last = left;
    return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
}

static int look_again(void *owner) { return pf__jump(owner, "look how far it has come"); }

static const struct procedure_step buffer_steps[] = {
    {"note how far it is read", read_get_pointer, .done = note_get_pointer},
    {"note how far it is written", read_put_pointer, .done = note_put_pointer},
    {"look how far it has come", read_get_pointer, .done = has_left},
    {"wait a moment", pf__doze, .done = look_again},
    {"push what it wrote", read_status},
};
const struct procedure_table pf__ixgbe_buffer = PROCEDURE_TABLE("wait for a packet buffer", buffer_steps);

static int buffer_of(struct pf *pf, uint32_t put, uint32_t get, uint32_t wrap)
{
    struct pf_fence *f = &pf__op_now(pf)->fence;
    f->put = put;
    f->get = get;
    f->wrap = wrap;
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

int pf__ixgbe_transmit_buffer(void *owner)
{
    const struct intel_hw *hw = pf__hw(owner);
    return buffer_of(owner, hw->tx_put, hw->tx_get, hw->tx_wrap);
}

static int receive_buffer(void *owner)
{
    const struct intel_hw *hw = pf__hw(owner);
    return buffer_of(owner, hw->rx_put, hw->rx_get, hw->rx_wrap);
}

/* ---- what was steered anywhere is in memory ---- */

/* A large receive that is open keeps its last descriptor: off closes it. */
static int close_large_receives(void *owner)
{
    struct pf *pf = owner;
    if (pf->s.features & PF_FEATURE_LRO)
        pf__hw(pf)->lro(pf, false);
    return PROCEDURE_NEXT;
}

/* Frames for the PF are in its ring by now: they are handed out before the fence is reported done. */
static int hand_out(void *owner)
{
    struct pf *pf = owner;
    if (pf->s.features & PF_FEATURE_LRO)
        pf__hw(pf)->lro(pf, true);
    pf__ixgbe_receive_all(pf);
    return PROCEDURE_NEXT;
}

static const struct procedure_step rx_fence_steps[] = {
    {"close large receives", close_large_receives},
    {"wait for the receive buffer", receive_buffer, .sub = &pf__ixgbe_buffer},
    {"hand out what has come", hand_out},
};
const struct procedure_table pf__ixgbe_rx_fence = PROCEDURE_TABLE("receive fence", rx_fence_steps, PROCEDURE_FORCES);

/* ---- what is posted on a transmit ring now has been read by the chip; a ring that is off has nothing under way ---- */

static int read_ring(struct pf *pf, uint32_t field)
{
    return pf__read(pf, pf__ixgbe_tx_reg(pf, pf__op_now(pf)->fence.queue, field));
}

static int read_control(void *owner) { return read_ring(owner, RING_CTL); }
static int read_length(void *owner) { return read_ring(owner, RING_LEN); }
static int read_head(void *owner) { return read_ring(owner, RING_HEAD); }
static int read_tail(void *owner) { return read_ring(owner, RING_TAIL); }

static int is_on(void *owner) { return ((struct pf *)owner)->s.value & IXGBE_TXDCTL_ENABLE ? PROCEDURE_NEXT : PROCEDURE_LEAVE; }

static int has_length(void *owner)
{
    struct pf_fence *f = &pf__op_now(owner)->fence;
    f->ring_len_desc = ((struct pf *)owner)->s.value / 16;
    return f->ring_len_desc ? PROCEDURE_NEXT : PROCEDURE_LEAVE;
}

static int note_tail(void *owner)
{
    struct pf_fence *f = &pf__op_now(owner)->fence;
    f->target = ((struct pf *)owner)->s.value;
    f->last = (f->target + f->ring_len_desc - f->last) % f->ring_len_desc;
    return PROCEDURE_NEXT;
}

static int has_read(void *owner)
{
    struct pf *pf = owner;
    struct pf_fence *f = &pf__op_now(pf)->fence;
    uint32_t left = (f->target + f->ring_len_desc - pf->s.value) % f->ring_len_desc;
    if (left == 0 || left > f->last)
        return PROCEDURE_LEAVE;
    f->last = left;
    return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
}

static const struct procedure_step ring_steps[] = {
    {"see whether it is on", read_control, .done = is_on},
    {"see how long it is", read_length, .done = has_length},
    {"note where the chip reads", read_head, .done = note_get_pointer},
    {"note where the driver has written", read_tail, .done = note_tail},
    {"look how far it has come", read_head, .done = has_read},
    {"wait a moment", pf__doze, .done = look_again},
};
const struct procedure_table pf__ixgbe_ring = PROCEDURE_TABLE("wait for a transmit ring", ring_steps);

int pf__ixgbe_ring_of(struct pf *pf, unsigned queue)
{
    pf__op_now(pf)->fence.queue = queue;
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

/* ---- what was posted on the rings of a VF (vf -1: of none) before now has left ---- */

static int first_ring(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    if (op->args.vf >= (int)pf__vfs(pf))
        return -EINVAL;
    op->i = 0;
    return op->args.vf < 0 ? pf__jump(pf, "wait for the transmit buffer") : PROCEDURE_NEXT;
}

static int wait_for_ring(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    return pf__ixgbe_ring_of(pf, (unsigned)op->args.vf * pf->queues + op->i);
}

static int next_ring(void *owner)
{
    return ++pf__op_now(owner)->i < ((struct pf *)owner)->queues ? PROCEDURE_AGAIN : PROCEDURE_NEXT;
}

static const struct procedure_step tx_fence_steps[] = {
    {"begin with its first ring", first_ring},
    {"wait for the ring", wait_for_ring, .sub = &pf__ixgbe_ring, .done = next_ring},
    {"wait for the transmit buffer", pf__ixgbe_transmit_buffer, .sub = &pf__ixgbe_buffer},
};
const struct procedure_table pf__ixgbe_tx_fence = PROCEDURE_TABLE("transmit fence", tx_fence_steps);

/* ---- what was handed to pf_uplink() before now has left the chip: channel by channel (op->j) ---- */

static int first_channel(void *owner)
{
    pf__op_now(owner)->j = 0;
    pf__set_deadline(owner);
    return PROCEDURE_NEXT;
}

static int tell_chip(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    if (op->j == pf__rings(pf))
        return pf__jump(pf, "wait for the transmit buffer");
    unsigned c = pf__ring(pf, op->j);
    pf__ixgbe_kick(pf, c);
    op->i = pf->s.channel[c].tx_put;
    return PROCEDURE_NEXT;
}

static int wait_for_reports(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    unsigned c = pf__ring(pf, op->j);
    pf__ixgbe_reclaim(pf, c);
    if ((int32_t)(pf->s.channel[c].tx_done - op->i) < 0)
        return pf__is_late(pf) ? -ETIMEDOUT : pf__doze(pf);
    op->j++;
    return pf__jump(pf, "tell the chip what was filled");
}

static const struct procedure_step own_tx_fence_steps[] = {
    {"begin with the first channel", first_channel},
    {"tell the chip what was filled", tell_chip},
    {"wait for its reports", wait_for_reports, .done = pf__again},
    {"wait for the transmit buffer", pf__ixgbe_transmit_buffer, .sub = &pf__ixgbe_buffer},
};
const struct procedure_table pf__ixgbe_own_tx_fence = PROCEDURE_TABLE("own transmit fence", own_tx_fence_steps);
