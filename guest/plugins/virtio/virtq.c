/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio: what both kinds of rings have in common. Buffers have ids; those that are free are on a stack. What the device has used
 * may come in any order [virtio 1.2 2.7.8]; who needs it in the order of posting keeps that beside (tx.c).
 */
#include "guest/plugins/virtio/virtio.h"

enum { DESC = 16 };

static uint32 align(uint32 n, uint32 to) { return (n + to - 1) / to * to; }

static uint16 *ids(const struct virtq *q) { return (uint16 *)(q->va + q->ids); }

struct virtio_buffer *virtq_buffer(struct virtq *q, uint32 id) { return (struct virtio_buffer *)(q->va + q->buffers) + id; }

/* Where what lies: the same for both, the larger of the two areas. */
static uint32 device_off(uint32 size) { return align(DESC * size + virtq_used_event(size) + 2, 4); }
static uint32 ids_off(uint32 size) { return align(device_off(size) + virtq_avail_event(size) + 2, 16); }
uint32 virtq_bytes(uint32 size) { return align(ids_off(size) + 8 * size, 16); }

void virtq_init(struct virtq *q, uint8 *va, uint64 pa, uint32 number, uint32 size, uint64 features)
{
    uint32 bytes = virtq_bytes(size);
    *q = (struct virtq){.va = va, .pa = pa, .number = (uint16)number, .size = (uint16)size};
    q->driver = DESC * size;
    q->device = device_off(size);
    q->ids = ids_off(size);
    q->order = q->ids + 2 * size;
    q->buffers = q->order + 2 * size;
    q->extra = bytes;
    q->packed = features >> VIRTIO_F_RING_PACKED & 1;
    q->event_idx = features >> VIRTIO_F_EVENT_IDX & 1;
    q->put_wrap = q->seen_wrap = 1;
    for (uint32 i = 0; i < bytes; i += 4) /* what is zero already stays unallocated */
        if (*(volatile uint32 *)(va + i))
            *(volatile uint32 *)(va + i) = 0;
    for (q->free = 0; q->free < size; q->free++)
        ids(q)[q->free] = (uint16)(size - 1 - q->free);
    q->room = (uint16)size;
}

int virtq_add(struct virtq *q, const struct virtio_piece *pieces, uint32 n, uint32 readable, uint64 table_pa, void *table_va)
{
    uint32 descs = table_pa ? 1 : n, id;
    if (q->room < descs || !q->free)
        return -1;
    id = ids(q)[--q->free];
    if (table_pa && q->packed) {
        volatile struct pvirtq_desc *d = table_va;
        for (uint32 i = 0; i < n; i++) {
            d[i].addr = pieces[i].pa;
            d[i].len = pieces[i].length;
            d[i].id = 0;
            d[i].flags = i < readable ? 0 : VIRTQ_DESC_F_WRITE;
        }
    } else if (table_pa) {
        volatile struct virtq_desc *d = table_va;
        for (uint32 i = 0; i < n; i++) {
            d[i].addr = pieces[i].pa;
            d[i].len = pieces[i].length;
            d[i].flags = (uint16)((i < readable ? 0 : VIRTQ_DESC_F_WRITE) | (i + 1 < n ? VIRTQ_DESC_F_NEXT : 0));
            d[i].next = (uint16)(i + 1);
        }
    }
    q->room = (uint16)(q->room - descs);
    virtq_buffer(q, id)->descs = (uint16)descs;
    virtq_buffer(q, id)->done = 0;
    if (q->packed)
        virtq_packed_put(q, id, pieces, n, readable, table_pa);
    else
        virtq_split_put(q, id, pieces, n, readable, table_pa);
    return (int)id;
}

/* The further descriptors of a split ring's chain were ids, too. */
void virtq_free(struct virtq *q, uint32 id)
{
    uint32 descs = virtq_buffer(q, id)->descs;
    q->room = (uint16)(q->room + descs);
    virtq_buffer(q, id)->descs = 0;
    for (uint32 i = 0; i < (q->packed ? 1 : descs); i++) {
        ids(q)[q->free++] = (uint16)id;
        id = ((volatile struct virtq_desc *)q->va)[id].next & (q->size - 1u);
    }
}

/* [2.7.13.4, 2.8.21.3] The device's wish is read after what was added is visible. */
void virtq_notify(Plugin_State *ps, struct virtq *q)
{
    const struct virtio *v = virtio_of(ps);
    uint32 at = v->info.notify + v->info.notify_multiplier * q->number;
    Bool wants;
    if (!q->added || !v->running)
        return;
    NPA_MB();
    wants = q->packed ? virtq_packed_wants(q) : virtq_split_wants(q);
    q->added = 0;
    if (!wants)
        return;
    if (virtio_has(ps, VIRTIO_F_NOTIFICATION_DATA))
        plugin_write32(ps, at, q->number | (uint32)q->put << 16 | (q->packed ? (uint32)q->put_wrap << 31 : 0));
    else
        *(volatile uint16 *)(ps->memioAddr + at) = q->number;
}

Bool virtq_pending(const struct virtq *q)
{
    if (q->packed) {
        uint16 flags = ((volatile struct pvirtq_desc *)q->va)[q->seen].flags;
        uint32 avail = (flags & VIRTQ_DESC_F_AVAIL) != 0, used = (flags & VIRTQ_DESC_F_USED) != 0;
        return avail == used && used == q->seen_wrap;
    }
    return *(volatile uint16 *)(q->va + q->device + VIRTQ_IDX) != q->seen;
}

/* A device that says something of a buffer that it has not got is not believed. */
Bool virtq_take(struct virtq *q, uint32 *id, uint32 *length)
{
    if (!virtq_pending(q))
        return FALSE;
    NPA_RMB();
    if (q->packed) {
        volatile struct pvirtq_desc *d = (volatile struct pvirtq_desc *)q->va + q->seen;
        *id = d->id;
        *length = d->len;
    } else {
        volatile struct virtq_used_elem *e =
            (volatile struct virtq_used_elem *)(q->va + q->device + virtq_used_ring(q->seen & (q->size - 1u)));
        *id = e->id;
        *length = e->len;
    }
    if (*id >= q->size || !virtq_buffer(q, *id)->descs || virtq_buffer(q, *id)->done)
        return FALSE;
    q->seen = (uint16)(q->seen + (q->packed ? virtq_buffer(q, *id)->descs : 1));
    if (q->packed && q->seen >= q->size) {
        q->seen = (uint16)(q->seen - q->size);
        q->seen_wrap ^= 1;
    }
    return TRUE;
}

void virtq_events(struct virtq *q, Bool on)
{
    if (q->packed)
        virtq_packed_events(q, on);
    else
        virtq_split_events(q, on);
}
