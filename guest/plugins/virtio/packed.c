/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio: packed virtqueues [virtio 1.2 2.8]. A chain is given away by the flags of its first descriptor, written last. */
#include "guest/plugins/virtio/virtio.h"

static volatile struct pvirtq_event_suppress *events_at(const struct virtq *q, uint32 off)
{
    return (volatile struct pvirtq_event_suppress *)(q->va + off);
}

static uint16 flags_of(const struct virtq *q, uint32 flags)
{
    return (uint16)(flags | (q->put_wrap ? VIRTQ_DESC_F_AVAIL : VIRTQ_DESC_F_USED));
}

static void advance(struct virtq *q)
{
    q->added++;
    if (++q->put == q->size) {
        q->put = 0;
        q->put_wrap ^= 1;
    }
}

void virtq_packed_put(struct virtq *q, uint32 id, const struct virtio_piece *pieces, uint32 n, uint32 readable, uint64 table_pa)
{
    volatile struct pvirtq_desc *ring = (volatile struct pvirtq_desc *)q->va;
    uint32 first = q->put, descs = table_pa ? 1 : n;
    uint16 first_flags = 0;
    for (uint32 i = 0; i < descs; i++) {
        uint32 flags =
            table_pa ? VIRTQ_DESC_F_INDIRECT : (i < readable ? 0 : VIRTQ_DESC_F_WRITE) | (i + 1 < n ? VIRTQ_DESC_F_NEXT : 0);
        ring[q->put].addr = table_pa ? table_pa : pieces[i].pa;
        ring[q->put].len = table_pa ? n * (uint32)sizeof(struct pvirtq_desc) : pieces[i].length;
        ring[q->put].id = (uint16)id;
        if (i)
            ring[q->put].flags = flags_of(q, flags);
        else
            first_flags = flags_of(q, flags);
        advance(q);
    }
    NPA_WMB();
    ring[first].flags = first_flags;
}

/* An offset with the other wrap counter is of the lap before. */
Bool virtq_packed_wants(const struct virtq *q)
{
    uint16 desc = events_at(q, q->device)->desc, flags = events_at(q, q->device)->flags & 3;
    uint16 event = desc & 0x7fff;
    if (flags != RING_EVENT_FLAGS_DESC)
        return flags == RING_EVENT_FLAGS_ENABLE;
    if (desc >> 15 != q->put_wrap)
        event = (uint16)(event - q->size);
    return (uint16)(q->put - event - 1) < q->added;
}

void virtq_packed_events(struct virtq *q, Bool on)
{
    volatile struct pvirtq_event_suppress *mine = events_at(q, q->driver);
    if (on && q->event_idx) {
        mine->desc = (uint16)(q->seen | (uint32)q->seen_wrap << 15);
        NPA_WMB();
    }
    mine->flags = !on ? RING_EVENT_FLAGS_DISABLE : q->event_idx ? RING_EVENT_FLAGS_DESC : RING_EVENT_FLAGS_ENABLE;
}
