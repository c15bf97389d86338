/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio: receive [virtio 1.2 5.1.6.3, 5.1.6.4]. A buffer's id is its slot. The header stands in front of a frame in its first
 * buffer and says how many there are.
 */
#include "guest/plugins/virtio/virtio.h"

static uint32 ring_size(const Plugin_State *ps, uint32 queue)
{
    uint32 size = ps->rxQueues[queue].ringSize, power = VIRTIO_RING_MIN;
    if (virtio_of((Plugin_State *)ps)->features >> VIRTIO_F_RING_PACKED & 1)
        return size;
    while (2 * power <= size)
        power *= 2;
    return power;
}

/* The first queue's first ring: the device begins anew. */
uint32 virtio_reinit_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct virtio *v = virtio_of(ps);
    const Plugin_RxQueue *q = &ps->rxQueues[queue];
    if (!queue && virtio_reset(ps))
        return PLUGIN_FAILURE;
    virtq_init(&v->rx[queue], q->ringBaseVA, q->ringBasePA, 2 * queue, ring_size(ps, queue), v->features);
    if (v->rx[queue].extra > PLUGIN_RING_BYTES(q->ringSize))
        return PLUGIN_FAILURE;
    return virtio_enable_queue(ps, &v->rx[queue], queue % ps->numIntrs);
}

static void fill(Plugin_State *ps, uint32 queue)
{
    struct virtio *v = virtio_of(ps);
    struct virtq *q = &v->rx[queue];
    struct Shell_RxQueueHandle *handle = ps->rxQueues[queue].handle;
    while (q->free) { /* the id on top of the stack is the next one's */
        uint32 id = ((uint16 *)(q->va + q->ids))[q->free - 1];
        struct virtio_piece piece = {.pa = v->large ? ps->shellApi.allocLargeBuffer(handle, id)
                                                    : ps->shellApi.allocSmallBuffer(handle, id),
                                     .length = v->large ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE};
        if (piece.pa == SHELL_NO_BUFFER || virtq_add(q, &piece, 1, 0, 0, (void *)0) < 0)
            return;
    }
}

/* How many queue pairs there are is said once the device runs; until that is heard it uses the first. */
static void ask_for_pairs(Plugin_State *ps)
{
    struct virtio *v = virtio_of(ps);
    struct virtq *q = &v->control;
    uint8 *command = q->va + q->extra;
    uint64 pa = q->pa + q->extra;
    const struct virtio_piece pieces[] = {{pa, 4}, {pa + 8, 1}};
    command[0] = VIRTIO_NET_CTRL_MQ;
    command[1] = VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET;
    command[2] = (uint8)ps->numRxQueues;
    command[3] = 0;
    command[8] = 0xff;
    v->asked = virtq_add(q, pieces, 2, 1, 0, (void *)0) >= 0;
    virtq_notify(ps, q);
}

/* [3.1.1] No notification before DRIVER_OK, which comes when the last queue has its buffers. */
uint32 virtio_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct virtio *v = virtio_of(ps);
    fill(ps, queue);
    if (v->running) {
        virtq_notify(ps, &v->rx[queue]);
        return PLUGIN_OK;
    }
    if (queue + 1 < ps->numRxQueues)
        return PLUGIN_OK;
    virtio_start(ps);
    for (uint32 q = 0; q < ps->numRxQueues; q++)
        virtq_notify(ps, &v->rx[q]);
    if (ps->numRxQueues > 1)
        ask_for_pairs(ps);
    return PLUGIN_OK;
}

/* ---- frames ---- */

static void describe_hash(const struct virtio_net_hdr *h, Shell_RecvFrame *frame)
{
    frame->rssHashType = h->hash_report == VIRTIO_NET_HASH_REPORT_IPv4    ? SHELL_RECV_HASH_TYPE_IPV4
                         : h->hash_report == VIRTIO_NET_HASH_REPORT_TCPv4 ? SHELL_RECV_HASH_TYPE_TCP_IPV4
                         : h->hash_report == VIRTIO_NET_HASH_REPORT_IPv6  ? SHELL_RECV_HASH_TYPE_IPV6
                         : h->hash_report == VIRTIO_NET_HASH_REPORT_TCPv6 ? SHELL_RECV_HASH_TYPE_TCP_IPV6
                                                                          : SHELL_RECV_HASH_TYPE_NONE;
    frame->rssHashFunction = frame->rssHashType ? SHELL_RECV_HASH_FUNCTION_TOEPLITZ : SHELL_RECV_HASH_FUNCTION_NONE;
    frame->rssHashValue = frame->rssHashType ? h->hash_value : 0;
}

/* Frames that the device says more of than there is, or that have more buffers than a Shell_RecvFrame, have sgLength 0. */
static void collect(Plugin_State *ps, uint32 queue, uint32 id, uint32 length, Shell_RecvFrame *frame)
{
    struct virtio *v = virtio_of(ps);
    struct virtq *q = &v->rx[queue];
    const struct virtio_net_hdr *h = (const struct virtio_net_hdr *)ps->bufferVA(ps->rxQueues[queue].handle, id);
    uint32 buffers = virtio_has(ps, VIRTIO_NET_F_MRG_RXBUF) && h ? h->num_buffers : 1;
    Bool good = h && length > v->hdr_bytes && buffers && buffers <= PLUGIN_MAX_RECV_FRAGMENTS;
    frame->firstSgOffset = v->hdr_bytes;
    frame->byteLength = frame->sgLength = 0;
    for (uint32 k = 0;; k++) {
        virtq_free(q, id);
        if (good) {
            frame->sg[k] = (Shell_RecvFragment){id, k ? length : length - v->hdr_bytes};
            frame->byteLength += frame->sg[k].length;
        }
        if (k + 1 >= buffers)
            break;
        if (!virtq_take(q, &id, &length)) {
            good = FALSE;
            break;
        }
    }
    if (!good)
        return;
    frame->sgLength = buffers;
    frame->perfectFiltered = FALSE; /* it does not say */
    frame->vlan = FALSE;
    frame->vlanTag = 0;
    if (virtio_has(ps, VIRTIO_NET_F_HASH_REPORT))
        describe_hash(h, frame);
    else
        frame->rssHashFunction = frame->rssHashType = frame->rssHashValue = 0;
    virtio_describe(ps, queue, frame, (h->flags & VIRTIO_NET_HDR_F_DATA_VALID) != 0);
}

uint32 virtio_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts)
{
    struct virtq *q = &virtio_of(ps)->rx[queue];
    uint32 delivered = 0, taken = 0, id, length;
    for (; delivered < maxPkts && virtq_take(q, &id, &length); taken++) {
        Shell_RecvFrame frame;
        collect(ps, queue, id, length, &frame);
        if (!frame.sgLength)
            continue;
        delivered++;
        ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);
    }
    return taken != 0;
}
