/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio: split virtqueues [virtio 1.2 2.7]. A buffer's id is its first descriptor; further ones come from the same stack. */
#include "guest/plugins/virtio/virtio.h"

static volatile uint16 *word_at(const struct virtq *q, uint32 off) { return (volatile uint16 *)(q->va + off); }

void virtq_split_put(struct virtq *q, uint32 id, const struct virtio_piece *pieces, uint32 n, uint32 readable, uint64 table_pa)
{
    volatile struct virtq_desc *ring = (volatile struct virtq_desc *)q->va;
    uint16 *ids = (uint16 *)(q->va + q->ids);
    uint32 at = id;
    if (table_pa) {
        ring[id].addr = table_pa;
        ring[id].len = n * (uint32)sizeof(struct virtq_desc);
        ring[id].flags = VIRTQ_DESC_F_INDIRECT;
    }
    for (uint32 i = 0; i < n && !table_pa; i++) {
        uint32 next = i + 1 < n ? ids[--q->free] : 0;
        ring[at].addr = pieces[i].pa;
        ring[at].len = pieces[i].length;
        ring[at].flags = (uint16)((i < readable ? 0 : VIRTQ_DESC_F_WRITE) | (i + 1 < n ? VIRTQ_DESC_F_NEXT : 0));
        ring[at].next = (uint16)next;
        at = next;
    }
    *word_at(q, q->driver + virtq_avail_ring(q->put & (q->size - 1u))) = (uint16)id;
    NPA_WMB();
    *word_at(q, q->driver + VIRTQ_IDX) = ++q->put;
    q->added++;
}

Bool virtq_split_wants(const struct virtq *q)
{
    uint16 event = *word_at(q, q->device + virtq_avail_event(q->size));
    if (!q->event_idx)
        return !(*word_at(q, q->device + VIRTQ_FLAGS) & VIRTQ_USED_F_NO_NOTIFY);
    return (uint16)(q->put - event - 1) < q->added;
}

/* Half a round ahead is as good as never. */
void virtq_split_events(struct virtq *q, Bool on)
{
    if (q->event_idx)
        *word_at(q, q->driver + virtq_used_event(q->size)) = on ? q->seen : (uint16)(q->seen + 0x8000);
    else
        *word_at(q, q->driver + VIRTQ_FLAGS) = on ? 0 : VIRTQ_AVAIL_F_NO_INTERRUPT;
}
