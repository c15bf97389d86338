/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all virtqueues have in common. Chains of descriptors are fetched into a few slots of the queue, in order; who uses the queue
 * takes them from the front, and says later what was used. When it is to be told is read after that was written.
 */
#include "nic/virtio/vio__.h"

#include <assert.h>
#include <string.h>

void vio__queue_start(struct vio_queue_state *q)
{
    q->enabled = 1;
    q->look = 1;
    q->wrap = 1;
}

/* ---- what is available ---- */

/* A number that is no distance from what was seen last would be a guess: the index is read instead. */
void vio__notified(struct vio_function *fn, unsigned queue, bool has_data, uint16_t data)
{
    struct vio_queue_state *q = &fn->queue[queue];
    uint16_t ahead = (uint16_t)(data - q->next);

    q->look = 1;
    if (has_data && !vio_is_packed(fn) && ahead + (q->taken - q->returned) <= q->size && ahead >= (uint16_t)(q->known - q->next)) {
        q->known = data;
        q->look = 0;
        q->armed = 0;
    }
    vio__fetch(fn, q);
}

void vio__fetch(struct vio_function *fn, struct vio_queue_state *q)
{
    if (!vio_runs(fn) || !q->enabled || q->reading || q->put - q->get == VIO_CHAINS)
        return;
    if (vio_is_packed(fn))
        vio__packed_fetch(fn, q);
    else
        vio__split_fetch(fn, q);
}

struct vio_chain *vio__chain(struct vio_queue_state *q, uint32_t i)
{
    struct vio_chain *c = &q->chain[(q->get + i) % VIO_CHAINS];

    return i < q->put - q->get && c->phase == VIO_CHAIN_READY ? c : NULL;
}

void vio__take(struct vio_function *fn, struct vio_queue_state *q, uint32_t chains)
{
    for (; chains; chains--)
        q->chain[q->get++ % VIO_CHAINS].phase = VIO_CHAIN_NONE;
    vio__fetch(fn, q);
}

bool vio__more_to_come(const struct vio_queue_state *q)
{
    bool reads = q->reading || q->building || q->look;

    for (uint32_t i = q->get; !reads && i != q->put; i++)
        reads = q->chain[i % VIO_CHAINS].phase == VIO_CHAIN_READS;
    return reads && q->enabled;
}

bool vio__add(struct vio_function *fn, unsigned queue, struct vio_chain *c, uint64_t addr, uint32_t len, bool writes)
{
    if (!writes && c->writable) {
        vio__broken(fn, queue, "a piece to be read behind one to be written");
        return false;
    }
    if (!len)
        return true;
    if (c->segments == VIO_SEGMENTS) {
        vio__broken(fn, queue, "a chain of more pieces than the chip holds");
        return false;
    }
    c->segment[c->segments++] = (struct vio_segment){addr, len, writes};
    *(writes ? &c->writable : &c->readable) += len;
    return true;
}

void vio__ready(struct vio_function *fn, struct vio_queue_state *q)
{
    unsigned queue = vio_number(fn, q);

    if (vio_is_command_queue(fn, queue))
        vio__command_kick(fn);
    else if (vio_is_rx(queue))
        vio__rx_drain(fn, q);
    else
        vio__tx_kick(fn, queue);
}

/* ---- what was used ---- */

void vio__use(struct vio_function *fn, struct vio_queue_state *q, const struct vio_used *used, uint32_t n)
{
    if (vio_is_packed(fn))
        vio__packed_use(fn, q, used, n);
    else
        vio__split_use(fn, q, used, n);
    vio__signal(fn, q);
}

/* Where the driver says when it wants to be told. */
static uint64_t event_at(const struct vio_function *fn, const struct vio_queue_state *q)
{
    if (vio_is_packed(fn))
        return q->driver;
    return q->driver + (vio_has(fn, VIRTIO_F_EVENT_IDX) ? virtq_used_event(q->size) : VIRTQ_FLAGS);
}

void vio__signal(struct vio_function *fn, struct vio_queue_state *q)
{
    if (q->vector == VIO_NO_VECTOR || q->asking) {
        q->ask_again = q->asking;
        return;
    }
    q->asking = 1;
    q->asked = q->used;
    pci_dma_read(fn->pci, event_at(fn, q), vio_is_packed(fn) ? sizeof(struct pvirtq_event_suppress) : 2,
                 vio_tag(VIO_TAG_EVENT, vio_number(fn, q), 0));
}

/* Was `event` passed between what was known at the last message and now? */
static bool split_wants(const struct vio_function *fn, const struct vio_queue_state *q, uint16_t event)
{
    if (!vio_has(fn, VIRTIO_F_EVENT_IDX))
        return !(event & VIRTQ_AVAIL_F_NO_INTERRUPT);
    return (uint16_t)((uint16_t)q->asked - event - 1) < (uint16_t)(q->asked - q->signalled);
}

/* An offset with the other wrap counter is of the lap before [Linux virtqueue_kick_prepare_packed]. */
static bool packed_wants(const struct vio_function *fn, const struct vio_queue_state *q, const struct pvirtq_event_suppress *event)
{
    uint64_t lap = q->asked / q->size * q->size, at = lap + (event->desc & 0x7fffu);
    bool wrap = !(q->asked / q->size % 2);

    switch (event->flags & 3u) {
    case RING_EVENT_FLAGS_DISABLE:
        return false;
    case RING_EVENT_FLAGS_DESC:
        if (!vio_has(fn, VIRTIO_F_EVENT_IDX))
            return true;
        at -= (event->desc >> 15 != 0) != wrap ? q->size : 0;
        return at >= q->signalled && at < q->asked;
    default:
        return true;
    }
}

void vio__event_read_done(struct vio_function *fn, struct vio_queue_state *q, const void *data, enum pci_status status)
{
    struct pvirtq_event_suppress packed;
    uint16_t split;
    bool wants = false;

    q->asking = 0;
    if (status == PCI_OK && vio_is_packed(fn)) {
        memcpy(&packed, data, sizeof(packed));
        wants = packed_wants(fn, q, &packed);
    } else if (status == PCI_OK) {
        memcpy(&split, data, sizeof(split));
        wants = split_wants(fn, q, split);
    }
    q->signalled = q->asked;
    if (wants && vio_runs(fn)) {
        fn->s.isr |= 1;
        trace_nic_interrupt(vio_component(fn->chip), fn->vf, q->vector);
        pci_msix_raise(fn->pci, q->vector);
    }
    if (q->ask_again) {
        q->ask_again = 0;
        vio__signal(fn, q);
    }
}
