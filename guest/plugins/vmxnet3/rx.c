/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmxnet3 plugin: receive, with ring 1 only.
 *
 * A frame of full size fits a group of buffers_a_frame buffers: a head and bodies. The device may leave slots of a
 * group unused; they are behind it then, and are given again with the buffer they had.
 */
#include "guest/plugins/vmxnet3/vmxnet3.h"

static volatile struct Vmxnet3_RxDesc *descriptors(Plugin_State *ps, uint32 queue)
{
    return (volatile struct Vmxnet3_RxDesc *)ps->rxQueues[queue].ringBaseVA;
}

static volatile struct Vmxnet3_RxCompDesc *completions(Plugin_State *ps, uint32 queue)
{
    const Plugin_RxQueue *q = &ps->rxQueues[queue];
    return (volatile struct Vmxnet3_RxCompDesc *)(q->ringBaseVA + vmxnet3_completions(q->ringSize));
}

uint32 vmxnet3_reinit_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct vmxnet3_ring *rx = &vmxnet3_of(ps)->rx[queue];
    for (uint32 i = 0; i < rx->size; i++) {
        descriptors(ps, queue)[i].addr = 0;
        descriptors(ps, queue)[i].dword2 = 0;
        completions(ps, queue)[i].dword0 = completions(ps, queue)[i].dword3 = 0;
    }
    vmxnet3_ring_reset(rx);
    return PLUGIN_OK;
}

uint32 vmxnet3_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct vmxnet3 *v = vmxnet3_of(ps);
    struct vmxnet3_ring *rx = &v->rx[queue];
    volatile struct Vmxnet3_RxDesc *ring = descriptors(ps, queue);
    struct Shell_RxQueueHandle *handle = ps->rxQueues[queue].handle;
    Bool large = v->buffers_a_frame > 1;
    uint32 added = 0;
    while (vmxnet3_ring_next(rx, rx->tail) != rx->head) {
        uint64 pa = large ? ps->shellApi.allocLargeBuffer(handle, rx->tail) : ps->shellApi.allocSmallBuffer(handle, rx->tail);
        if (pa == SHELL_NO_BUFFER)
            break;
        ring[rx->tail].addr = pa;
        NPA_WMB();
        ring[rx->tail].dword2 = (large ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE) |
                                (rx->tail % v->buffers_a_frame ? VMXNET3_RXD_BTYPE_BODY : 0) | (rx->gen ? VMXNET3_RXD_GEN : 0);
        vmxnet3_ring_filled(rx);
        added++;
    }
    NPA_MB(); /* the device's wish is read after our descriptors are visible */
    if (!added || vmxnet3_rx_shared(ps, queue)->ctrl.updateRxProd)
        plugin_write32(ps, VMXNET3_REG_RXPROD + queue * VMXNET3_REG_ALIGN, rx->tail);
    return PLUGIN_OK;
}

static Bool is_done(Plugin_State *ps, uint32 queue, uint32 index, uint32 gen)
{
    return (completions(ps, queue)[index].dword3 & VMXNET3_CD_GEN ? 1u : 0u) == gen;
}

Bool vmxnet3_rx_pending(Plugin_State *ps, uint32 queue)
{
    const struct vmxnet3_ring *rx = &vmxnet3_of(ps)->rx[queue];
    return is_done(ps, queue, rx->done, rx->done_gen);
}

static void fill_frame(Shell_RecvFrame *frame, uint32 dword0, uint32 rss, uint32 dword2, uint32 dword3)
{
    uint32 type = dword0 >> VMXNET3_RCD_RSSTYPE_SHIFT & 0xf;
    uint8 l4 = dword0 & VMXNET3_RCD_CNC ? SHELL_XSUM_UNKNOWN : dword3 & VMXNET3_RCD_TUC ? SHELL_XSUM_CORRECT : SHELL_XSUM_INCORRECT;
    frame->firstSgOffset = 0;
    frame->perfectFiltered = TRUE;
    frame->vlan = (dword2 & VMXNET3_RCD_TS) != 0;
    frame->vlanTag = frame->vlan ? (uint16)(dword2 >> VMXNET3_RCD_TCI_SHIFT) : 0;
    frame->rssHashFunction = type ? SHELL_RECV_HASH_FUNCTION_TOEPLITZ : SHELL_RECV_HASH_FUNCTION_NONE;
    frame->rssHashType = type;
    frame->rssHashValue = type ? rss : 0;
    frame->ipv4 = (dword3 & VMXNET3_RCD_V4) != 0;
    frame->ipv6 = (dword3 & VMXNET3_RCD_V6) != 0;
    frame->nonIp = !frame->ipv4 && !frame->ipv6;
    frame->tcp = (dword3 & VMXNET3_RCD_TCP) != 0;
    frame->udp = (dword3 & VMXNET3_RCD_UDP) != 0;
    frame->ipXsum = dword0 & VMXNET3_RCD_CNC || !frame->ipv4 ? SHELL_XSUM_UNKNOWN
                    : dword3 & VMXNET3_RCD_IPC               ? SHELL_XSUM_CORRECT
                                                             : SHELL_XSUM_INCORRECT;
    frame->tcpXsum = frame->tcp ? l4 : SHELL_XSUM_UNKNOWN;
    frame->udpXsum = frame->udp ? l4 : SHELL_XSUM_UNKNOWN;
}

/* Collect the frame at `done`. 0: not all of it is there; else its completions; `head`: the slot behind its last. A
 * frame in error, or of more fragments than fit, has sgLength 0. */
static uint32 collect(Plugin_State *ps, uint32 queue, Shell_RecvFrame *frame, uint32 *head)
{
    const struct vmxnet3_ring *rx = &vmxnet3_of(ps)->rx[queue];
    uint32 i = rx->done, gen = rx->done_gen, count = 0, fragments = 0;
    Bool bad = FALSE;
    frame->byteLength = 0;
    while (count < rx->size && is_done(ps, queue, i, gen)) {
        NPA_RMB();
        volatile struct Vmxnet3_RxCompDesc *c = &completions(ps, queue)[i];
        uint32 dword0 = c->dword0, dword2 = c->dword2, length = dword2 & VMXNET3_RCD_LEN_MASK;
        uint32 slot = dword0 & VMXNET3_RCD_RXDIDX_MASK;
        bad = bad || slot >= rx->size || (dword2 & VMXNET3_RCD_ERR) || fragments == PLUGIN_MAX_RECV_FRAGMENTS;
        count++;
        if (!bad && length) {
            frame->sg[fragments].ringOffset = slot;
            frame->sg[fragments++].length = length;
            frame->byteLength += length;
        }
        if (dword0 & VMXNET3_RCD_EOP) {
            *head = slot < rx->size ? vmxnet3_ring_next(rx, slot) : rx->head;
            frame->sgLength = bad ? 0 : fragments;
            fill_frame(frame, dword0, c->rssHash, dword2, c->dword3);
            return count;
        }
        i = vmxnet3_ring_next(rx, i);
        gen ^= !i;
    }
    return 0;
}

uint32 vmxnet3_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts)
{
    struct vmxnet3_ring *rx = &vmxnet3_of(ps)->rx[queue];
    uint32 delivered = 0, taken = 0;
    while (delivered < maxPkts) {
        Shell_RecvFrame frame;
        uint32 count = collect(ps, queue, &frame, &rx->head);
        if (!count)
            break;
        taken += count;
        rx->done += count;
        if (rx->done >= rx->size) {
            rx->done -= rx->size;
            rx->done_gen ^= 1;
        }
        if (!frame.sgLength)
            continue;
        delivered++;
        ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);
    }
    return taken ? 1 : 0;
}
