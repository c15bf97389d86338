/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packed virtqueues [virtio 1.2 2.8]: descriptors are read in runs from where the device is; the two bits of each say whether it is
 * available. A chain lies in a row, its buffer's id is in its last descriptor. What was used is written over where the chain began.
 */
#include "nic/virtio/vio__.h"

#include <string.h>

enum { DESC = sizeof(struct pvirtq_desc) };

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

void vio__packed_fetch(struct vio_function *fn, struct vio_queue_state *q)
{
    uint32_t n = least(VIO_PACKED_BATCH, (uint32_t)q->size - q->position);

    if (!q->look)
        return;
    q->look = 0;
    q->reading = VIO_TAG_RING;
    pci_dma_read(fn->pci, q->desc + (uint64_t)DESC * q->position, n * DESC, vio_tag(VIO_TAG_RING, vio_number(fn, q), 0));
}

static bool is_available(const struct vio_queue_state *q, const struct pvirtq_desc *d)
{
    bool avail = d->flags & VIRTQ_DESC_F_AVAIL, used = d->flags & VIRTQ_DESC_F_USED;

    return avail == (q->wrap != 0) && used != (q->wrap != 0);
}

static struct vio_chain *begin(struct vio_queue_state *q)
{
    struct vio_chain *c = &q->chain[q->put % VIO_CHAINS];

    if (q->building)
        return c;
    memset(c, 0, offsetof(struct vio_chain, segment));
    c->phase = VIO_CHAIN_BUILDS;
    q->building = 1;
    return c;
}

static const char *enter_table(struct vio_function *fn, struct vio_queue_state *q, struct vio_chain *c, const struct pvirtq_desc *d)
{
    if (!vio_has(fn, VIRTIO_F_INDIRECT_DESC))
        return "indirect descriptors, which were not agreed on";
    if (c->steps > 1 || (d->flags & VIRTQ_DESC_F_NEXT))
        return "an indirect descriptor in a chain of others";
    if (!d->len || d->len % DESC)
        return "a table of indirect descriptors that is none";
    if (d->len / DESC > VIO_SEGMENTS)
        return "a chain of more pieces than the chip holds";
    c->entries = d->len / DESC;
    c->phase = VIO_CHAIN_READS;
    pci_dma_read(fn->pci, d->addr, d->len, vio_tag(VIO_TAG_CHAIN, vio_number(fn, q), (uint64_t)(c - q->chain) << 16));
    return NULL;
}

/* The descriptor at the device's position, which is available. NULL: all is well, or it has been broken already. */
static const char *take(struct vio_function *fn, struct vio_queue_state *q, const struct pvirtq_desc *d)
{
    struct vio_chain *c = begin(q);

    if (++q->taken - q->returned > q->size)
        return "a chain that goes round";
    c->steps++;
    if (d->flags & VIRTQ_DESC_F_INDIRECT) {
        const char *why = enter_table(fn, q, c, d);
        if (why)
            return why;
    } else if (!vio__add(fn, vio_number(fn, q), c, d->addr, d->len, d->flags & VIRTQ_DESC_F_WRITE)) {
        return NULL;
    }
    if (++q->position == q->size) {
        q->position = 0;
        q->wrap ^= 1;
    }
    if (d->flags & VIRTQ_DESC_F_NEXT)
        return NULL;
    c->id = d->id;
    c->ring = (uint16_t)c->steps;
    c->phase = c->entries ? VIO_CHAIN_READS : VIO_CHAIN_READY;
    q->put++;
    q->building = 0;
    return NULL;
}

/* All that is there has been taken: where a notification is wanted, and one more look, for it may just have come. */
static void arm(struct vio_function *fn, struct vio_queue_state *q)
{
    struct pvirtq_event_suppress event = {(uint16_t)(q->position | (unsigned)q->wrap << 15), RING_EVENT_FLAGS_DESC};

    if (!vio_has(fn, VIRTIO_F_EVENT_IDX) || q->armed)
        return;
    q->armed = 1;
    q->look = 1;
    pci_dma_post(fn->pci, q->device, &event, sizeof(event));
}

void vio__packed_ring_done(struct vio_function *fn, struct vio_queue_state *q, const void *data, uint32_t len)
{
    uint32_t i = 0, n = len / DESC;
    const char *why = NULL;

    q->reading = 0;
    for (; i < n && !why && vio_runs(fn) && q->put - q->get < VIO_CHAINS; i++) {
        struct pvirtq_desc d;
        memcpy(&d, (const uint8_t *)data + (size_t)DESC * i, sizeof(d));
        if (!is_available(q, &d))
            break;
        q->armed = 0;
        why = take(fn, q, &d);
    }
    if (!why && q->building && i < n)
        why = "a chain that is not whole";
    if (why) {
        vio__broken(fn, vio_number(fn, q), why);
        return;
    }
    if (!vio_runs(fn))
        return;
    if (i == n || q->put - q->get == VIO_CHAINS)
        q->look = 1;
    else
        arm(fn, q);
    vio__fetch(fn, q);
    vio__ready(fn, q);
}

/* Of the descriptors in a table only the flag WRITE means something; they are in order [2.8.7]. */
void vio__packed_chain_done(struct vio_function *fn, struct vio_queue_state *q, uint32_t tag, const void *data, uint32_t len)
{
    struct vio_chain *c = &q->chain[tag / 0x10000 % VIO_CHAINS];

    for (uint32_t i = 0; i < len / DESC; i++) {
        struct pvirtq_desc d;
        memcpy(&d, (const uint8_t *)data + (size_t)DESC * i, sizeof(d));
        if (d.flags & VIRTQ_DESC_F_INDIRECT)
            vio__broken(fn, vio_number(fn, q), "an indirect descriptor in a table of them");
        if (!vio_runs(fn) || !vio__add(fn, vio_number(fn, q), c, d.addr, d.len, d.flags & VIRTQ_DESC_F_WRITE))
            return;
    }
    c->phase = VIO_CHAIN_READY;
    vio__ready(fn, q);
}

/* The first of them last: a driver that sees it sees all [2.8.22, the order of what one frame has used]. */
void vio__packed_use(struct vio_function *fn, struct vio_queue_state *q, const struct vio_used *used, uint32_t n)
{
    uint64_t at[VIO_MERGE_MAX] = {0};

    for (uint32_t i = 0; i < n; i++) {
        at[i] = q->used;
        q->used += used[i].ring;
        q->returned += used[i].ring;
    }
    while (n--) {
        bool wrap = !(at[n] / q->size % 2);
        struct pvirtq_desc d = {.len = used[n].len, .id = (uint16_t)used[n].id};
        d.flags = (uint16_t)((used[n].len ? VIRTQ_DESC_F_WRITE : 0) | (wrap ? VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED : 0));
        pci_dma_post(fn->pci, q->desc + (uint64_t)DESC * (at[n] % q->size) + offsetof(struct pvirtq_desc, len), &d.len,
                     DESC - offsetof(struct pvirtq_desc, len));
    }
}
