/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PF's own two rings, for drivers that leave them to the library (struct vfsim_driver_rings). Indices run freely. */
#include "lib/chip__.h"

static const struct vfsim_driver_rings *ops_of(const struct vfsim_driver *d) { return d->chip->driver->rings; }
static uint64_t page_up(uint64_t bytes) { return (bytes + 4095) & ~UINT64_C(4095); }

/* Memory: receive ring, transmit ring, receive buffers, transmit buffers. */
static uint64_t tx_ring(const struct vfsim_driver *d) { return page_up((uint64_t)ops_of(d)->descriptor * d->pf->s.ring_rx); }
static uint64_t rx_buffer(const struct vfsim_driver *d, uint32_t i)
{
    uint64_t behind_rings = tx_ring(d) + page_up((uint64_t)ops_of(d)->descriptor * d->pf->s.ring_tx);
    return behind_rings + (uint64_t)ops_of(d)->buffer * (i % d->pf->s.ring_rx);
}
static uint64_t tx_buffer(const struct vfsim_driver *d, uint32_t i)
{
    return rx_buffer(d, 0) + (uint64_t)ops_of(d)->buffer * (d->pf->s.ring_rx + i % d->pf->s.ring_tx);
}

static void *rx_descriptor(struct vfsim_driver *d, uint32_t i)
{
    uint32_t bytes = ops_of(d)->descriptor;
    return vfsim_driver_memory(d, (uint64_t)bytes * (i % d->pf->s.ring_rx), bytes);
}
static void *tx_descriptor(struct vfsim_driver *d, uint32_t i)
{
    uint32_t bytes = ops_of(d)->descriptor;
    return vfsim_driver_memory(d, tx_ring(d) + (uint64_t)bytes * (i % d->pf->s.ring_tx), bytes);
}

uint64_t vfsim_driver_rings_bytes(const struct vfsim_driver_rings *rings, uint32_t rx_ring, uint32_t tx_ring)
{
    return page_up((uint64_t)rings->descriptor * rx_ring) + page_up((uint64_t)rings->descriptor * tx_ring) +
           page_up((uint64_t)rings->buffer * ((uint64_t)rx_ring + tx_ring));
}

uint64_t vfsim_driver_ring_address(const struct vfsim_driver *d, enum vfsim_ring ring)
{
    return vfsim_driver_address(d, ring == VFSIM_RX ? 0 : tx_ring(d));
}

void chip__rings_post(struct vfsim_driver *d)
{
    struct chip_driver_rings *r = &d->rings;
    for (; r->rx_put - r->rx_next < d->pf->s.ring_rx - 1; r->rx_put++)
        ops_of(d)->post(rx_descriptor(d, r->rx_put), vfsim_driver_address(d, rx_buffer(d, r->rx_put)), ops_of(d)->buffer);
    vfsim_driver_write(d, ops_of(d)->rx_tail, r->rx_put % d->pf->s.ring_rx);
}

static unsigned pending(struct vfsim_driver *d)
{
    struct chip_driver_rings *r = &d->rings;
    while (r->tx_done != r->tx_put && ops_of(d)->sent(tx_descriptor(d, r->tx_done)))
        r->tx_done++;
    return r->tx_put - r->tx_done;
}

static bool send(struct vfsim_driver *d, vfsim_frame frame)
{
    struct chip_driver_rings *r = &d->rings;
    if (pending(d) == d->pf->s.ring_tx - 1)
        return false;
    uint64_t at = tx_buffer(d, r->tx_put);
    uint32_t length = vfsim_driver_place(d, at, frame);
    ops_of(d)->send(tx_descriptor(d, r->tx_put++), vfsim_driver_address(d, at), length);
    return true;
}

static void kick(struct vfsim_driver *d) { vfsim_driver_write(d, ops_of(d)->tx_tail, d->rings.tx_put % d->pf->s.ring_tx); }

static unsigned poll(struct vfsim_driver *d, unsigned budget)
{
    struct chip_driver_rings *r = &d->rings;
    unsigned frames = 0;
    uint32_t length = 0;
    for (; frames < budget && r->rx_next != r->rx_put && ops_of(d)->received(rx_descriptor(d, r->rx_next), &length); frames++) {
        const struct vfsim_piece piece = {rx_buffer(d, r->rx_next++), length};
        vfsim_driver_hand_up(d, &piece, 1);
    }
    if (frames)
        chip__rings_post(d);
    if (frames == budget)
        ops_of(d)->mask(d, true); /* who is asked again needs no interrupt */
    return frames;
}

static void unmask(struct vfsim_driver *d) { ops_of(d)->mask(d, false); }

static const struct vfsim_driver_ops ours = {.send = send, .kick = kick, .poll = poll, .unmask = unmask, .pending = pending};

const struct vfsim_driver_ops *chip__path(const struct pf *pf) { return chip_ops(pf)->rings ? &ours : chip_ops(pf); }
