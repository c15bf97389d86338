/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio: transmit [virtio 1.2 5.1.6.2]. A chain is a header, the frame's pieces behind it; of many pieces there is a table. The
 * checksum's field gets the sum of its pseudo header, which the device adds to, and that of IPv4 is computed here: no device does.
 * Frames are completed in their order, whatever the device's.
 */
#include "guest/plugins/virtio/virtio.h"

void *memcpy(void *to, const void *from, __SIZE_TYPE__ n);

enum { ADDRESSES = 12, TCP = 6, UDP = 17, TCP_SUM = 16, UDP_SUM = 6 };

static uint16 *order_at(const struct virtq *q, uint32 i) { return (uint16 *)(q->va + q->order) + (q->order_get + i) % q->size; }
static uint32 hdr_off(const struct virtq *q, uint32 id) { return q->extra + VIRTIO_HDR_ROOM * id; }
static uint32 table_off(const struct virtq *q, uint32 id) { return q->extra + VIRTIO_HDR_ROOM * q->size + VIRTIO_TABLE_BYTES * id; }

static uint32 ring_size(Plugin_State *ps, uint32 queue)
{
    uint32 half = ps->txQueues[queue].ringSize / 2, power = VIRTIO_RING_MIN / 2;
    if (virtio_has(ps, VIRTIO_F_RING_PACKED))
        return half;
    while (2 * power <= half)
        power *= 2;
    return power;
}

/* At the end of the first transmit ring's memory, which is not the ring's. */
static uint32 set_up_control(Plugin_State *ps)
{
    struct virtio *v = virtio_of(ps);
    const Plugin_TxQueue *q = &ps->txQueues[0];
    uint32 at = PLUGIN_RING_BYTES(q->ringSize) - VIRTIO_CONTROL_BYTES;
    virtq_init(&v->control, q->ringBaseVA + at, q->ringBasePA + at, 2 * v->info.pairs, VIRTIO_CONTROL_SIZE, v->features);
    return virtio_enable_queue(ps, &v->control, VIO_NO_VECTOR);
}

uint32 virtio_reinit_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct virtio *v = virtio_of(ps);
    const Plugin_TxQueue *t = &ps->txQueues[queue];
    struct virtq *q = &v->tx[queue];
    virtq_init(q, t->ringBaseVA, t->ringBasePA, 2 * queue + 1, ring_size(ps, queue), v->features);
    if (table_off(q, q->size) + VIRTIO_CONTROL_BYTES > PLUGIN_RING_BYTES(t->ringSize))
        return PLUGIN_FAILURE;
    if (virtio_enable_queue(ps, q, queue % ps->numIntrs))
        return PLUGIN_FAILURE;
    return ps->numTxQueues > 1 && queue + 1 == ps->numTxQueues ? set_up_control(ps) : PLUGIN_OK;
}

/* ---- a frame ---- */

/* Offsets come from the guest's stack, but a plugin believes no one. */
static Bool can_send(Plugin_State *ps, const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    uint32 first = sgl->numElements ? sgl->elements[0].length : 0;
    if (!sgl->numElements || sgl->numElements > PLUGIN_MAX_SEND_FRAGMENTS || first < 14)
        return FALSE;
    if (!info->tso && sgl->totalLength > 9600 + 14 + 4)
        return FALSE;
    if (!info->xsumTcpOrUdp && !info->tso)
        return TRUE;
    if (!virtio_has(ps, VIRTIO_NET_F_CSUM) || !sgl->firstSgVA || info->ipHeaderOffset < 14 || (!info->ipv4 && !info->ipv6) ||
        info->l4HeaderOffset < info->ipHeaderOffset + 20 || info->l4DataOffset < info->l4HeaderOffset + 8 ||
        info->l4DataOffset > first || info->l4DataOffset > sgl->totalLength || sgl->totalLength > 65535)
        return FALSE;
    return !info->tso ||
           (info->tsoMss && !info->udp && virtio_has(ps, info->ipv4 ? VIRTIO_NET_F_HOST_TSO4 : VIRTIO_NET_F_HOST_TSO6));
}

static void put16(uint8 *p, uint32 value)
{
    p[0] = (uint8)(value >> 8);
    p[1] = (uint8)value;
}

/* What is behind the datagram's end is padding, and not summed. */
static void prepare_sums(const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    uint8 *ip = sgl->firstSgVA + info->ipHeaderOffset, *l4 = sgl->firstSgVA + info->l4HeaderOffset;
    uint32 bytes = sgl->totalLength - info->l4HeaderOffset;
    if (info->ipv4) {
        put16(ip + 10, 0);
        put16(ip + 10, ~virtio_sum(ip, info->l4HeaderOffset - info->ipHeaderOffset, 0));
    }
    put16(l4 + (info->udp ? UDP_SUM : TCP_SUM), virtio_pseudo_sum(ip, info->ipv4, info->udp ? UDP : TCP, bytes));
}

static void fill_header(struct virtio_net_hdr *h, const Plugin_SendInfo *info)
{
    uint32 tag = info->vlan ? 4 : 0;
    *h = (struct virtio_net_hdr){.flags = 0};
    if (!info->xsumTcpOrUdp && !info->tso)
        return;
    h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    h->csum_start = (uint16)(info->l4HeaderOffset + tag);
    h->csum_offset = info->udp ? UDP_SUM : TCP_SUM;
    if (!info->tso)
        return;
    h->gso_type = info->ipv4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
    h->gso_size = (uint16)info->tsoMss;
    h->hdr_len = (uint16)(info->l4DataOffset + tag);
}

/* Header and, for a tag that is to be inserted, a copy of the addresses with the tag; then the frame's pieces. */
static uint32 lay_out(Plugin_State *ps, struct virtq *q, uint32 id, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                      struct virtio_piece *pieces)
{
    uint8 *at = q->va + hdr_off(q, id);
    uint32 hdr = virtio_of(ps)->hdr_bytes, n = 0, skip = info->vlan ? ADDRESSES : 0;
    struct virtio_net_hdr h;
    fill_header(&h, info);
    memcpy(at, &h, hdr);
    if (info->vlan) {
        memcpy(at + hdr, sgl->firstSgVA, ADDRESSES);
        put16(at + hdr + ADDRESSES, 0x8100);
        put16(at + hdr + ADDRESSES + 2, info->vlanTag);
    }
    pieces[n++] = (struct virtio_piece){q->pa + hdr_off(q, id), hdr + (info->vlan ? ADDRESSES + 4 : 0)};
    for (uint32 k = 0; k < sgl->numElements; k++) {
        uint32 cut = k ? 0 : skip;
        if (sgl->elements[k].length > cut)
            pieces[n++] = (struct virtio_piece){sgl->elements[k].pa + cut, sgl->elements[k].length - cut};
    }
    return n;
}

/* The id that the next chain will have. */
static uint32 next_id(const struct virtq *q) { return ((uint16 *)(q->va + q->ids))[q->free - 1]; }

uint32 virtio_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                   Bool lastPktHint)
{
    struct virtq *q = &virtio_of(ps)->tx[queue];
    struct virtio_piece pieces[VIRTIO_PIECES_MAX];
    uint32 id, n;
    Bool table;
    if (!can_send(ps, info, sgl)) {
        virtq_notify(ps, q); /* what came before may have been told to wait for it */
        return PLUGIN_BAD_FRAME;
    }
    if (!q->free) {
        virtq_notify(ps, q); /* or nothing would ever make room */
        return PLUGIN_NO_ROOM;
    }
    id = next_id(q);
    n = lay_out(ps, q, id, info, sgl, pieces);
    table = virtio_of(ps)->indirect && n > VIRTIO_DIRECT_MAX;
    if (q->room < (table ? 1 : n)) {
        virtq_notify(ps, q);
        return PLUGIN_NO_ROOM;
    }
    if (info->xsumTcpOrUdp || info->tso)
        prepare_sums(info, sgl);
    virtq_add(q, pieces, n, n, table ? q->pa + table_off(q, id) : 0, q->va + table_off(q, id));
    *order_at(q, q->order_count++) = (uint16)id;
    if (lastPktHint)
        virtq_notify(ps, q);
    return PLUGIN_OK;
}

/* What the device said to the one command there was. */
static void hear_control(Plugin_State *ps)
{
    struct virtio *v = virtio_of(ps);
    uint32 id, length;
    if (!v->asked || !virtq_take(&v->control, &id, &length))
        return;
    virtq_free(&v->control, id);
    v->asked = 0;
    if (v->control.va[v->control.extra + 8] != VIRTIO_NET_OK)
        ps->shellApi.log(0, "virtio: %u queue pairs were refused", ps->numRxQueues);
}

uint32 virtio_check_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct virtq *q = &virtio_of(ps)->tx[queue];
    uint32 done = 0, id, length;
    hear_control(ps);
    while (virtq_take(q, &id, &length))
        virtq_buffer(q, id)->done = 1;
    for (; q->order_count && virtq_buffer(q, *order_at(q, 0))->done; q->order_count--, done++) {
        virtq_free(q, *order_at(q, 0));
        q->order_get = (uint16)((q->order_get + 1) % q->size);
    }
    if (done)
        ps->shellApi.completeSend(ps->txQueues[queue].handle, done);
    return done;
}
