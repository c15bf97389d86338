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

static int buffer_fence(struct pf *pf, struct pf_fence *f, uint32_t write_pointer, uint32_t read_pointer, uint32_t wrap)
{
    uint32_t left;
    OP_BEGIN(f->place)
    f->deadline = sim_now(pf->c.sim) + PF_TIMEOUT_PS;
    WAIT_READ(f->place, 1, read_pointer);
    f->last = pf->s.value;
    WAIT_READ(f->place, 2, write_pointer);
    f->target = pf->s.value;
    f->last = (f->target - f->last) % wrap; /* as far as it can be; the pointers count further than the buffer is long */
    for (;;) {
        WAIT_READ(f->place, 3, read_pointer);
        left = (f->target - pf->s.value) % wrap;
        if (left == 0 || left > f->last)
            break; /* there, or already beyond */
        f->last = left;
        if (sim_now(pf->c.sim) >= f->deadline) {
            f->place = 0;
            return -ETIMEDOUT;
        }
        WAIT_PS(f->place, 4, PF_POLL_PS);
    }
    WAIT_READ(f->place, 5, pf->family->status);
    OP_END
    f->place = 0;
    return 0;
}

int pf__ixgbe_tx_fence(struct pf *pf, struct pf_op *op)
{
    return buffer_fence(pf, &op->fence, pf__hw(pf)->tx_put, pf__hw(pf)->tx_get, pf__hw(pf)->tx_wrap);
}

/* Frames for the PF are in its ring then: they are handed out before the fence is reported done. */
int pf__ixgbe_rx_fence(struct pf *pf, struct pf_op *op)
{
    bool lro = pf->s.features & PF_FEATURE_LRO;
    if (lro && op->fence.place == 0) /* a large receive that is open keeps its last descriptor: off closes it */
        pf__hw(pf)->lro(pf, false);
    int status = buffer_fence(pf, &op->fence, pf__hw(pf)->rx_put, pf__hw(pf)->rx_get, pf__hw(pf)->rx_wrap);
    if (status == PF_WAIT)
        return status;
    if (lro)
        pf__hw(pf)->lro(pf, true);
    pf__ixgbe_receive_all(pf);
    return status;
}

/* All that is posted on a transmit ring now has been read by the chip. A ring that is off has nothing under way. */
int pf__ixgbe_ring_fence(struct pf *pf, struct pf_op *op, unsigned queue)
{
    struct pf_fence *f = &op->fence;
    uint32_t left;
    OP_BEGIN(f->place)
    f->deadline = sim_now(pf->c.sim) + PF_TIMEOUT_PS;
    WAIT_READ(f->place, 1, pf__ixgbe_tx_reg(pf, queue, RING_CTL));
    if (!(pf->s.value & IXGBE_TXDCTL_ENABLE))
        goto done;
    WAIT_READ(f->place, 2, pf__ixgbe_tx_reg(pf, queue, RING_LEN));
    op->k = pf->s.value / 16;
    if (!op->k)
        goto done;
    WAIT_READ(f->place, 3, pf__ixgbe_tx_reg(pf, queue, RING_HEAD));
    f->last = pf->s.value;
    WAIT_READ(f->place, 4, pf__ixgbe_tx_reg(pf, queue, RING_TAIL));
    f->target = pf->s.value;
    f->last = (f->target + op->k - f->last) % op->k;
    for (;;) {
        WAIT_READ(f->place, 5, pf__ixgbe_tx_reg(pf, queue, RING_HEAD));
        left = (f->target + op->k - pf->s.value) % op->k;
        if (left == 0 || left > f->last)
            break;
        f->last = left;
        if (sim_now(pf->c.sim) >= f->deadline) {
            f->place = 0;
            return -ETIMEDOUT;
        }
        WAIT_PS(f->place, 6, PF_POLL_PS);
    }
    OP_END
done:
    f->place = 0;
    return 0;
}

/* Every frame handed to pf_uplink() before now has left the chip: channel by channel (op->j), place kept in op->sub_place. */
int pf__ixgbe_own_tx_fence(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->sub_place)
    op->fence.deadline = sim_now(pf->c.sim) + PF_TIMEOUT_PS;
    for (op->j = 0; op->j < pf->s.channels; op->j++) {
        pf__ixgbe_kick(pf, op->j);
        op->i = pf->s.channel[op->j].tx_put;
        for (;;) {
            pf__ixgbe_reclaim(pf, op->j);
            if ((int32_t)(pf->s.channel[op->j].tx_done - op->i) >= 0)
                break;
            if (sim_now(pf->c.sim) >= op->fence.deadline) {
                op->sub_place = 0;
                return -ETIMEDOUT;
            }
            WAIT_PS(op->sub_place, 1, PF_POLL_PS);
        }
    }
    WAIT_FOR(op->sub_place, 2, status, pf__ixgbe_tx_fence(pf, op));
    OP_END
    op->sub_place = 0;
    return status;
}

/* What was posted on the rings of a VF (vf -1: of none) before now has left. */
int pf__ixgbe_vf_tx_fence(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->place)
    if (op->args.vf >= (int)pf__vfs(pf))
        return -EINVAL;
    if (op->args.vf >= 0)
        for (op->i = 0; op->i < pf->queues; op->i++) {
            WAIT_FOR(op->place, 1, status, pf__ixgbe_ring_fence(pf, op, (unsigned)op->args.vf * pf->queues + op->i));
            if (status)
                return status;
        }
    WAIT_FOR(op->place, 2, status, pf__ixgbe_tx_fence(pf, op));
    OP_END
    return status;
}
