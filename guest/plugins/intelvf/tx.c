/* SPDX-License-Identifier: GPL-2.0-or-later */
/* intelvf: transmit [82599 7.2; 82576 7.2]. */
#include "guest/plugins/intelvf/intelvf.h"

/* Index of the last descriptor of the frame that starts at a descriptor. */
static uint16 *frame_ends(Plugin_State *ps, uint32 queue)
{
    const Plugin_TxQueue *q = &ps->txQueues[queue];
    return (uint16 *)(q->ringBaseVA + q->ringSize * sizeof(union ixgbe_adv_tx_desc));
}

static uint32 next_index(const struct intelvf_tx *tx, uint32 i) { return i + 1 == tx->size ? 0 : i + 1; }

static uint32 free_descriptors(const struct intelvf_tx *tx)
{
    uint32 used = tx->tail >= tx->head ? tx->tail - tx->head : tx->size - tx->head + tx->tail;
    return tx->size - 1 - used;
}

/* [82599 4.6.8] Disable, program base and length, head and tail 0, enable and wait until it reads back. */
uint32 intelvf_reinit_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct intelvf_tx *tx = &intelvf_of(ps)->tx[queue];
    const Plugin_TxQueue *q = &ps->txQueues[queue];
    volatile union ixgbe_adv_tx_desc *ring = intelvf_tx_ring(ps, queue);
    if (intelvf_queue_off(ps, intelvf_tx_reg(queue, INTELVF_RING_CTL)))
        return PLUGIN_FAILURE;
    for (uint32 i = 0; i < tx->size; i++) {
        ring[i].read.buffer_addr = 0;
        ring[i].read.cmd_type_len = 0;
        ring[i].read.olinfo_status = 0;
    }
    tx->head = tx->tail = tx->announced = 0;
    tx->context_valid = 0;
    plugin_write32(ps, intelvf_tx_reg(queue, INTELVF_RING_BAL), (uint32)q->ringBasePA);
    plugin_write32(ps, intelvf_tx_reg(queue, INTELVF_RING_BAH), (uint32)(q->ringBasePA >> 32));
    plugin_write32(ps, intelvf_tx_reg(queue, INTELVF_RING_LEN), tx->size * (uint32)sizeof(union ixgbe_adv_tx_desc));
    if (!INTELVF_TRUSTS_RESET)
        plugin_write32(ps, intelvf_tx_reg(queue, INTELVF_RING_WBAL), 0); /* completions are read from the descriptors */
    plugin_write32(ps, intelvf_tx_reg(queue, INTELVF_RING_TAIL), 0);
    intelvf_route(ps, queue, 1);
    plugin_write32(ps, intelvf_tx_reg(queue, INTELVF_RING_CTL), IXGBE_TXDCTL_ENABLE | intelvf_map.thresholds);
    return intelvf_poll(ps, intelvf_tx_reg(queue, INTELVF_RING_CTL), IXGBE_TXDCTL_ENABLE, IXGBE_TXDCTL_ENABLE);
}

struct context {
    uint32 lens, type, mss;
};

/* [82599 7.2.3.2.3] Lengths are of the frame as it lies in memory; without an offload only MACLEN counts. */
static struct context context_for(const Plugin_SendInfo *info)
{
    struct context c = {.lens = 14u << IXGBE_ADVTXD_MACLEN_SHIFT, .type = IXGBE_ADVTXD_DTYP_CTXT | IXGBE_ADVTXD_DCMD_DEXT};
    if (info->xsumTcpOrUdp || info->tso) {
        c.lens = info->ipHeaderOffset << IXGBE_ADVTXD_MACLEN_SHIFT | (info->l4HeaderOffset - info->ipHeaderOffset);
        c.type |= info->ipv4 ? IXGBE_ADVTXD_TUCMD_IPV4 : IXGBE_ADVTXD_TUCMD_IPV6;
        c.type |= info->udp ? IXGBE_ADVTXD_TUCMD_L4T_UDP : IXGBE_ADVTXD_TUCMD_L4T_TCP;
        c.mss = (info->l4DataOffset - info->l4HeaderOffset) << IXGBE_ADVTXD_L4LEN_SHIFT;
    }
    if (info->tso)
        c.mss |= info->tsoMss << IXGBE_ADVTXD_MSS_SHIFT;
    if (info->vlan)
        c.lens |= (uint32)info->vlanTag << IXGBE_ADVTXD_VLAN_SHIFT;
    return c;
}

/* What context and data descriptors can say; offsets come from the guest's stack, but a plugin believes no one. */
static Bool can_send(const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    if (!sgl->numElements || sgl->numElements > PLUGIN_MAX_SEND_FRAGMENTS || !sgl->totalLength)
        return FALSE;
    if (!info->tso && sgl->totalLength > intelvf_map.frame_max)
        return FALSE;
    if (!info->xsumTcpOrUdp && !info->tso)
        return TRUE;
    return info->ipHeaderOffset <= 127 && info->l4HeaderOffset >= info->ipHeaderOffset &&
           info->l4HeaderOffset - info->ipHeaderOffset <= IXGBE_ADVTXD_IPLEN_MASK && info->l4DataOffset >= info->l4HeaderOffset &&
           info->l4DataOffset - info->l4HeaderOffset <= 255 && info->l4DataOffset <= sgl->totalLength &&
           (!info->tso || info->tsoMss);
}

static void put_context(Plugin_State *ps, uint32 queue, const struct context *c)
{
    struct intelvf_tx *tx = &intelvf_of(ps)->tx[queue];
    volatile struct ixgbe_adv_tx_context_desc *d =
        (volatile struct ixgbe_adv_tx_context_desc *)&intelvf_tx_ring(ps, queue)[tx->tail];
    d->vlan_macip_lens = c->lens;
    d->seqnum_seed = 0;
    d->type_tucmd_mlhl = c->type;
    d->mss_l4len_idx = c->mss;
    tx->context_valid = 1;
    tx->context_lens = c->lens;
    tx->context_type = c->type;
    tx->context_mss = c->mss;
    tx->tail = next_index(tx, tx->tail);
}

/* [82599 7.2.3.2.4] CC is always set: with the internal switch on, the queue's context must be used. RS asks for DD in
 * the last descriptor of the frame. */
static void put_data(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    struct intelvf_tx *tx = &intelvf_of(ps)->tx[queue];
    volatile union ixgbe_adv_tx_desc *ring = intelvf_tx_ring(ps, queue);
    uint32 payload = info->tso ? sgl->totalLength - info->l4DataOffset : sgl->totalLength;
    uint32 type = IXGBE_ADVTXD_DTYP_DATA | IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_DCMD_IFCS;
    uint32 olinfo = IXGBE_ADVTXD_CC | payload << IXGBE_ADVTXD_PAYLEN_SHIFT;
    if (info->vlan)
        type |= IXGBE_ADVTXD_DCMD_VLE;
    if (info->tso)
        type |= IXGBE_ADVTXD_DCMD_TSE;
    if (info->xsumTcpOrUdp || info->tso)
        olinfo |= IXGBE_ADVTXD_POPTS_TXSM | (info->ipv4 ? IXGBE_ADVTXD_POPTS_IXSM : 0);
    for (uint32 k = 0; k < sgl->numElements; k++) {
        Bool last = k + 1 == sgl->numElements;
        ring[tx->tail].read.buffer_addr = sgl->elements[k].pa;
        ring[tx->tail].read.olinfo_status = olinfo;
        ring[tx->tail].read.cmd_type_len =
            type | sgl->elements[k].length | (last ? IXGBE_ADVTXD_DCMD_EOP | IXGBE_ADVTXD_DCMD_RS : 0);
        tx->tail = next_index(tx, tx->tail);
    }
}

/* [82599 7.2.3.3] Everything before the tail is the device's from this write on: so many descriptors at most. */
static void announce(Plugin_State *ps, uint32 queue, uint32 most)
{
    struct intelvf_tx *tx = &intelvf_of(ps)->tx[queue];
    uint32 new = (tx->tail + tx->size - tx->announced) % tx->size;
    if (!new)
        return;
    NPA_WMB();
    tx->announced = new <= most ? tx->tail : (tx->announced + most) % tx->size;
    plugin_write32(ps, intelvf_tx_reg(queue, INTELVF_RING_TAIL), tx->announced);
}

uint32 intelvf_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                    Bool lastPktHint)
{
    struct intelvf_tx *tx = &intelvf_of(ps)->tx[queue];
    if (!can_send(info, sgl)) {
        announce(ps, queue, tx->size); /* what came before may have been told to wait for it */
        return PLUGIN_BAD_FRAME;
    }
    struct context c = context_for(info);
    Bool fresh = !tx->context_valid || c.lens != tx->context_lens || c.type != tx->context_type || c.mss != tx->context_mss;
    if (free_descriptors(tx) < sgl->numElements + (fresh ? 1u : 0u)) {
        announce(ps, queue, tx->size); /* or nothing would ever make room */
        return PLUGIN_NO_ROOM;
    }
    uint32 first = tx->tail;
    if (fresh)
        put_context(ps, queue, &c);
    put_data(ps, queue, info, sgl);
    frame_ends(ps, queue)[first] = (uint16)(tx->tail ? tx->tail - 1 : tx->size - 1);
    if (lastPktHint)
        announce(ps, queue, INTELVF_DOORBELL_OF_ONE ? (tx->tail + tx->size - first) % tx->size : tx->size);
    return PLUGIN_OK;
}

/* Is the frame at the head done? Only what was announced can be. */
Bool intelvf_tx_pending(Plugin_State *ps, uint32 queue)
{
    const struct intelvf_tx *tx = &intelvf_of(ps)->tx[queue];
    if (tx->head == tx->announced)
        return FALSE;
    return (intelvf_tx_ring(ps, queue)[frame_ends(ps, queue)[tx->head]].wb.status & IXGBE_TXD_STAT_DD) != 0;
}

uint32 intelvf_check_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct intelvf_tx *tx = &intelvf_of(ps)->tx[queue];
    uint32 done = 0;
    while (intelvf_tx_pending(ps, queue)) {
        uint32 last = frame_ends(ps, queue)[tx->head];
        tx->head = next_index(tx, last);
        done++;
    }
    NPA_RMB(); /* the frames' memory is used again only after this */
    if (done)
        ps->shellApi.completeSend(ps->txQueues[queue].handle, done);
    return done;
}
