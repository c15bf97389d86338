/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split virtqueues [virtio 1.2 2.7]: the index of what is available is read, then the heads, then each chain from its head on. A
 * window of descriptors is read where a chain begins, for chains often lie in a row; a table of indirect ones is read whole.
 */
#include "nic/virtio/vio__.h"

#include <string.h>

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* ---- index and heads ---- */

static void read_index(struct vio_function *fn, struct vio_queue_state *q)
{
    q->look = 0;
    q->reading = VIO_TAG_INDEX;
    pci_dma_read(fn->pci, q->driver + VIRTQ_IDX, 2, vio_tag(VIO_TAG_INDEX, vio_number(fn, q), 0));
}

void vio__split_fetch(struct vio_function *fn, struct vio_queue_state *q)
{
    uint32_t there = (uint16_t)(q->known - q->next), at = q->next & (q->size - 1u);
    uint32_t n = least(least(there, VIO_CHAINS - (q->put - q->get)), q->size - at);

    if (!n) { /* all that is known of was fetched */
        if (q->look || (vio_has(fn, VIRTIO_F_EVENT_IDX) && !q->armed))
            read_index(fn, q);
        return;
    }
    q->reading = VIO_TAG_RING;
    pci_dma_read(fn->pci, q->driver + virtq_avail_ring(at), 2 * n, vio_tag(VIO_TAG_RING, vio_number(fn, q), 0));
}

void vio__split_index_done(struct vio_function *fn, struct vio_queue_state *q, const void *data)
{
    uint16_t index;

    memcpy(&index, data, sizeof(index));
    q->reading = 0;
    if ((uint16_t)(index - q->next) + (q->taken - q->returned) > q->size) {
        vio__broken(fn, vio_number(fn, q), "more is available than the ring holds");
        return;
    }
    if (index != q->known) {
        q->known = index;
        q->armed = 0;
    } else if (vio_has(fn, VIRTIO_F_EVENT_IDX) && !q->armed && index == q->next) { /* and look again: it may just have come */
        q->armed = 1;
        q->look = 1;
        pci_dma_post(fn->pci, q->device + virtq_avail_event(q->size), &index, sizeof(index));
    }
    vio__fetch(fn, q);
    vio__ready(fn, q); /* who waited for more may have to give up */
}

/* ---- a chain ---- */

static void read_window(struct vio_function *fn, struct vio_queue_state *q, struct vio_chain *c)
{
    uint64_t from = c->entries ? c->table : q->desc;
    uint32_t n = c->entries ? least(VIO_SEGMENTS, c->entries - c->cursor) : least(VIO_WINDOW, (uint32_t)q->size - c->cursor);

    pci_dma_read(fn->pci, from + (uint64_t)sizeof(struct virtq_desc) * c->cursor, n * (uint32_t)sizeof(struct virtq_desc),
                 vio_tag(VIO_TAG_CHAIN, vio_number(fn, q), (uint64_t)(c - q->chain) << 16 | c->cursor));
}

void vio__split_ring_done(struct vio_function *fn, struct vio_queue_state *q, const void *data, uint32_t len)
{
    const uint8_t *from = data;

    q->reading = 0;
    for (uint32_t i = 0; i < len / 2; i++, q->next++, q->taken++) {
        struct vio_chain *c = &q->chain[q->put % VIO_CHAINS];
        uint16_t head;
        memcpy(&head, from + 2 * i, sizeof(head));
        if (head >= q->size) {
            vio__broken(fn, vio_number(fn, q), "a descriptor behind the ring's end");
            return;
        }
        memset(c, 0, offsetof(struct vio_chain, segment));
        c->id = c->cursor = head;
        c->phase = VIO_CHAIN_READS;
        q->put++;
        read_window(fn, q, c);
    }
    vio__fetch(fn, q);
}

static const char *enter_table(struct vio_function *fn, struct vio_chain *c, const struct virtq_desc *d)
{
    if (!vio_has(fn, VIRTIO_F_INDIRECT_DESC))
        return "indirect descriptors, which were not agreed on";
    if (c->entries)
        return "an indirect descriptor in a table of them";
    if (d->flags & VIRTQ_DESC_F_NEXT)
        return "an indirect descriptor with another one behind it";
    if (!d->len || d->len % sizeof(struct virtq_desc) || d->len / sizeof(struct virtq_desc) > 0x8000)
        return "a table of indirect descriptors that is none";
    c->table = d->addr;
    c->entries = d->len / sizeof(struct virtq_desc);
    c->cursor = 0;
    c->steps = 0;
    return NULL;
}

/* NULL: the chain goes on, is READY, or has been broken already. */
static const char *step(struct vio_function *fn, struct vio_queue_state *q, struct vio_chain *c, const struct virtq_desc *d)
{
    uint32_t limit = c->entries ? c->entries : q->size;

    if (++c->steps > limit)
        return "a chain that goes round";
    if (d->flags & VIRTQ_DESC_F_INDIRECT)
        return enter_table(fn, c, d);
    if (!vio__add(fn, vio_number(fn, q), c, d->addr, d->len, d->flags & VIRTQ_DESC_F_WRITE))
        return NULL;
    if (!(d->flags & VIRTQ_DESC_F_NEXT)) {
        c->phase = VIO_CHAIN_READY;
        return NULL;
    }
    if (d->next >= limit)
        return "a descriptor behind the ring's end";
    c->cursor = d->next;
    return NULL;
}

void vio__split_chain_done(struct vio_function *fn, struct vio_queue_state *q, uint32_t tag, const void *data, uint32_t len)
{
    struct vio_chain *c = &q->chain[tag / 0x10000 % VIO_CHAINS];
    uint32_t from = tag & 0xffff, n = len / (uint32_t)sizeof(struct virtq_desc);
    bool in_table = c->entries != 0;
    const char *why = NULL;

    while (!why && c->phase == VIO_CHAIN_READS && vio_runs(fn) && (c->entries != 0) == in_table && c->cursor >= from &&
           c->cursor < from + n) {
        struct virtq_desc d;
        memcpy(&d, (const uint8_t *)data + sizeof(d) * (c->cursor - from), sizeof(d));
        why = step(fn, q, c, &d);
    }
    if (why)
        vio__broken(fn, vio_number(fn, q), why);
    else if (c->phase == VIO_CHAIN_READS && vio_runs(fn))
        read_window(fn, q, c);
    else if (vio_runs(fn))
        vio__ready(fn, q);
}

/* ---- used ---- */

void vio__split_use(struct vio_function *fn, struct vio_queue_state *q, const struct vio_used *used, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct virtq_used_elem e = {used[i].id, used[i].len};
        pci_dma_post(fn->pci, q->device + virtq_used_ring((uint32_t)q->used & (q->size - 1u)), &e, sizeof(e));
        q->used++;
        q->returned++;
    }
    uint16_t index = (uint16_t)q->used;
    pci_dma_post(fn->pci, q->device + VIRTQ_IDX, &index, sizeof(index));
}
