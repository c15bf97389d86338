/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmxnet3 plugin: transmit. A frame is given away by the generation bit of its first descriptor, written last. */
#include "guest/plugins/vmxnet3/vmxnet3.h"

/* What is shorter or longer stops the queue. */
enum { FRAME_MIN = 14, TAG_BYTES = 4, BURST_MAX = 65536, IP4_LEAST = 20, IP4_SUM = 10 };

static volatile struct Vmxnet3_TxDesc *descriptors(Plugin_State *ps, uint32 queue)
{
    return (volatile struct Vmxnet3_TxDesc *)ps->txQueues[queue].ringBaseVA;
}

static volatile struct Vmxnet3_TxCompDesc *completions(Plugin_State *ps, uint32 queue)
{
    const Plugin_TxQueue *q = &ps->txQueues[queue];
    return (volatile struct Vmxnet3_TxCompDesc *)(q->ringBaseVA + vmxnet3_completions(q->ringSize));
}

uint32 vmxnet3_reinit_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct vmxnet3_ring *tx = &vmxnet3_of(ps)->tx[queue];
    for (uint32 i = 0; i < tx->size; i++) {
        descriptors(ps, queue)[i].addr = 0;
        descriptors(ps, queue)[i].dword2 = descriptors(ps, queue)[i].dword3 = 0;
        completions(ps, queue)[i].dword0 = completions(ps, queue)[i].dword3 = 0;
    }
    vmxnet3_ring_reset(tx);
    vmxnet3_tx_shared(ps, queue)->ctrl.txNumDeferred = 0;
    return PLUGIN_OK;
}

static void announce(Plugin_State *ps, uint32 queue)
{
    vmxnet3_tx_shared(ps, queue)->ctrl.txNumDeferred = 0;
    NPA_WMB();
    plugin_write32(ps, VMXNET3_REG_TXPROD + queue * VMXNET3_REG_ALIGN, vmxnet3_of(ps)->tx[queue].tail);
}

/* Offload fields of the first descriptor: bits for dword 2 and dword 3. Checksum: hlen is where it starts, msscof where
 * its field lies (16 bytes into a TCP header, 6 into a UDP one). */
static void offload(const Plugin_SendInfo *info, uint32 *dword2, uint32 *dword3)
{
    *dword2 = *dword3 = 0;
    if (info->tso) {
        *dword2 = info->tsoMss << VMXNET3_TXD_MSSCOF_SHIFT;
        *dword3 = info->l4DataOffset | VMXNET3_OM_TSO << VMXNET3_TXD_OM_SHIFT;
    } else if (info->xsumTcpOrUdp) {
        *dword2 = (info->l4HeaderOffset + (info->udp ? 6 : 16)) << VMXNET3_TXD_MSSCOF_SHIFT;
        *dword3 = info->l4HeaderOffset | VMXNET3_OM_CSUM << VMXNET3_TXD_OM_SHIFT;
    }
    if (info->vlan)
        *dword3 |= VMXNET3_TXD_TI | (uint32)info->vlanTag << VMXNET3_TXD_TCI_SHIFT;
}

/* The device computes layer 4's checksum, and of a burst's segments all; that of a single frame's IP header is computed here. */
static Bool has_open_header(const Plugin_SendInfo *info) { return info->ipv4 && info->xsumTcpOrUdp && !info->tso; }

/* [RFC 1071] */
static void sum_header(const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    uint8 *ip = sgl->firstSgVA + info->ipHeaderOffset;
    uint32 bytes = info->l4HeaderOffset - info->ipHeaderOffset, sum = 0;
    for (uint32 i = 0; i + 1 < bytes; i += 2)
        sum += i == IP4_SUM ? 0 : (uint32)ip[i] << 8 | ip[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    if (ip[IP4_SUM] == (uint8)(sum >> 8) && ip[IP4_SUM + 1] == (uint8)sum)
        return; /* a stack has done it: its page stays clean */
    ip[IP4_SUM] = (uint8)(sum >> 8);
    ip[IP4_SUM + 1] = (uint8)sum;
}

static Bool can_send(const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    uint32 most = info->tso ? BURST_MAX : FRAME_MIN + TAG_BYTES + VMXNET3_MAX_MTU;
    if (!sgl->numElements || sgl->numElements > VMXNET3_MAX_TXD_PER_PKT || sgl->totalLength < FRAME_MIN || sgl->totalLength > most)
        return FALSE;
    for (uint32 k = 0; k < sgl->numElements; k++)
        if (!sgl->elements[k].length || sgl->elements[k].length > VMXNET3_MAX_TX_BUF_SIZE)
            return FALSE;
    if (!info->tso && !info->xsumTcpOrUdp)
        return TRUE;
    if (has_open_header(info) && (!sgl->firstSgVA || info->l4HeaderOffset < info->ipHeaderOffset + IP4_LEAST ||
                                  info->l4HeaderOffset > sgl->elements[0].length))
        return FALSE;
    return info->l4HeaderOffset <= info->l4DataOffset && info->l4DataOffset <= sgl->totalLength &&
           info->l4DataOffset <= VMXNET3_TXD_HLEN_MASK && (!info->tso || info->tsoMss);
}

uint32 vmxnet3_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                    Bool lastPktHint)
{
    struct vmxnet3_ring *tx = &vmxnet3_of(ps)->tx[queue];
    volatile struct Vmxnet3_TxDesc *ring = descriptors(ps, queue);
    volatile struct Vmxnet3_TxQueueDesc *shared = vmxnet3_tx_shared(ps, queue);
    uint32 used = tx->tail >= tx->head ? tx->tail - tx->head : tx->size - tx->head + tx->tail;
    uint32 first = tx->tail, first_gen = tx->gen, dword2, dword3;
    Bool sends = can_send(info, sgl);
    if (!sends || tx->size - 1 - used < sgl->numElements) {
        if (shared->ctrl.txNumDeferred)
            announce(ps, queue);
        return sends ? PLUGIN_NO_ROOM : PLUGIN_BAD_FRAME;
    }
    if (has_open_header(info))
        sum_header(info, sgl);
    offload(info, &dword2, &dword3);
    for (uint32 k = 0; k < sgl->numElements; k++) {
        /* The first descriptor keeps the other owner's bit until the frame is complete. */
        uint32 gen = k ? tx->gen : !first_gen;
        ring[tx->tail].addr = sgl->elements[k].pa;
        ring[tx->tail].dword3 = (k ? 0 : dword3) | (k + 1 == sgl->numElements ? VMXNET3_TXD_EOP | VMXNET3_TXD_CQ : 0);
        ring[tx->tail].dword2 = (k ? 0 : dword2) | (sgl->elements[k].length & VMXNET3_TXD_LEN_MASK) | (gen ? VMXNET3_TXD_GEN : 0);
        vmxnet3_ring_filled(tx);
    }
    NPA_WMB();
    ring[first].dword2 = ring[first].dword2 ^ VMXNET3_TXD_GEN;
    shared->ctrl.txNumDeferred++;
    if (lastPktHint && shared->ctrl.txNumDeferred >= shared->ctrl.txThreshold)
        announce(ps, queue);
    return PLUGIN_OK;
}

Bool vmxnet3_tx_pending(Plugin_State *ps, uint32 queue)
{
    const struct vmxnet3_ring *tx = &vmxnet3_of(ps)->tx[queue];
    return (completions(ps, queue)[tx->done].dword3 & VMXNET3_CD_GEN ? 1u : 0u) == tx->done_gen;
}

uint32 vmxnet3_check_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct vmxnet3_ring *tx = &vmxnet3_of(ps)->tx[queue];
    uint32 done = 0;
    while (vmxnet3_tx_pending(ps, queue)) {
        NPA_RMB();
        uint32 last = completions(ps, queue)[tx->done].dword0 & VMXNET3_TCD_TXIDX_MASK;
        tx->done = vmxnet3_ring_next(tx, tx->done);
        if (!tx->done)
            tx->done_gen ^= 1;
        if (last >= tx->size)
            continue; /* nothing of ours */
        tx->head = vmxnet3_ring_next(tx, last);
        done++;
    }
    if (done)
        ps->shellApi.completeSend(ps->txQueues[queue].handle, done);
    return done;
}
