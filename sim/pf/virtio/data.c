/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's own virtqueues, all split: one pair, and the administration queue. A frame lies behind its header in one buffer.
 *
 * Memory, from mem_base: the three rings, a page for commands, receive buffers, transmit buffers. A ring is its descriptors, then
 * what is available, then what was used, with the driver's and the device's event behind them.
 */
#include "pf/virtio/virtio.h"

#include <string.h>

enum { BUFFER = PF_TX_BUFFER, PAGE = 4096, HDR = VIRTIO_NET_HDR_BYTES };

static uint32_t power_of_two(uint32_t n)
{
    uint32_t size = 2;
    while (size < n)
        size *= 2;
    return size;
}

static uint32_t avail_off(uint32_t size) { return size * (uint32_t)sizeof(struct virtq_desc); }
static uint32_t used_off(uint32_t size) { return (avail_off(size) + virtq_used_event(size) + 2 + 3) / 4 * 4; }
static uint32_t ring_bytes(uint32_t size) { return (used_off(size) + virtq_avail_event(size) + 2 + PAGE - 1) / PAGE * PAGE; }

static uint32_t size_of(const struct pf *pf, unsigned ring)
{
    return ring == PF_VIRTIO_ADMIN ? PF_VIRTIO_ADMIN_SIZE : power_of_two(pf->ring_len);
}
static uint64_t ring_at(const struct pf *pf, unsigned ring) { return pf->mem_base + (uint64_t)ring * ring_bytes(size_of(pf, 0)); }
uint64_t pf__virtio_scratch(const struct pf *pf) { return ring_at(pf, PF_VIRTIO_ADMIN) + ring_bytes(PF_VIRTIO_ADMIN_SIZE); }
static uint64_t rx_buffer(const struct pf *pf, uint32_t i)
{
    return pf__virtio_scratch(pf) + PAGE + (uint64_t)BUFFER * (i % size_of(pf, PF_VIRTIO_RX));
}
static uint64_t tx_buffer(const struct pf *pf, uint32_t i)
{
    return rx_buffer(pf, 0) + (uint64_t)BUFFER * size_of(pf, PF_VIRTIO_RX) + (uint64_t)BUFFER * (i % size_of(pf, PF_VIRTIO_TX));
}

uint64_t pf__virtio_memory(uint32_t ring_rx, uint32_t ring_tx)
{
    uint32_t size = power_of_two(ring_rx > ring_tx ? ring_rx : ring_tx);
    uint64_t buffers = 2 * (uint64_t)BUFFER * size;
    return 2 * (uint64_t)ring_bytes(size) + ring_bytes(PF_VIRTIO_ADMIN_SIZE) + PAGE + (buffers + PAGE - 1) / PAGE * PAGE;
}

/* ---- a ring ---- */

struct virtq_desc *pf__virtio_desc(const struct pf *pf, unsigned ring, uint32_t i)
{
    uint64_t at = ring_at(pf, ring) + (uint64_t)(i % size_of(pf, ring)) * sizeof(struct virtq_desc);
    return mem_at(pf->mem, at, sizeof(struct virtq_desc));
}

static uint16_t *word_at(const struct pf *pf, unsigned ring, uint32_t off) { return mem_at(pf->mem, ring_at(pf, ring) + off, 2); }

uint16_t pf__virtio_used_index(const struct pf *pf, unsigned ring)
{
    return *word_at(pf, ring, used_off(size_of(pf, ring)) + VIRTQ_IDX);
}

static const struct virtq_used_elem *used_elem(const struct pf *pf, unsigned ring, uint32_t i)
{
    uint32_t size = size_of(pf, ring);
    return mem_at(pf->mem, ring_at(pf, ring) + used_off(size) + virtq_used_ring(i % size), sizeof(struct virtq_used_elem));
}

void pf__virtio_offer(struct pf *pf, unsigned ring, uint32_t head)
{
    uint32_t *put = &pf_virtio(pf)->avail[ring], size = size_of(pf, ring), at = avail_off(size);
    *word_at(pf, ring, at + virtq_avail_ring(*put % size)) = (uint16_t)(head % size);
    *word_at(pf, ring, at + VIRTQ_IDX) = (uint16_t)++*put;
}

static void window_write(struct pf *pf, uint32_t off, unsigned size, uint32_t value)
{
    pci_mmio_write(pf->nic->pf, &pf->c, sim_now(pf->c.sim), VIO_BAR, off, size, value);
}

/* The chip has said behind which chain it wants to be told. */
void pf__virtio_ring_bell(struct pf *pf, unsigned ring)
{
    struct pf_virtio_state *s = pf_virtio(pf);
    uint32_t size = size_of(pf, ring);
    uint16_t event = *word_at(pf, ring, used_off(size) + virtq_avail_event(size));
    bool wants = (uint16_t)((uint16_t)s->avail[ring] - event - 1) < (uint16_t)(s->avail[ring] - s->told[ring]);
    s->told[ring] = s->avail[ring];
    if (wants)
        window_write(pf, VIO_NOTIFY(ring), 2, ring);
}

/* A message for what is used behind that which was seen. */
static void want_message(struct pf *pf, unsigned ring)
{
    uint32_t size = size_of(pf, ring);
    *word_at(pf, ring, avail_off(size) + virtq_used_event(size)) = (uint16_t)pf_virtio(pf)->used[ring];
}

/* ---- bring-up [virtio 1.2 3.1.1] ---- */

static void set_up_ring(struct pf *pf, unsigned ring)
{
    uint32_t size = size_of(pf, ring);
    uint64_t at = ring_at(pf, ring);
    memset(mem_at(pf->mem, at, ring_bytes(size)), 0, ring_bytes(size));
    const uint64_t areas[] = {at, at + avail_off(size), at + used_off(size)};
    window_write(pf, VIO_QUEUE_SELECT, 2, ring);
    window_write(pf, VIO_QUEUE_SIZE, 2, size);
    window_write(pf, VIO_QUEUE_MSIX_VECTOR, 2, ring == PF_VIRTIO_ADMIN ? VIO_NO_VECTOR : PF_VECTOR_DATA);
    for (unsigned i = 0; i < 3; i++) {
        window_write(pf, VIO_QUEUE_DESC_LO + 8 * i, 4, (uint32_t)areas[i]);
        window_write(pf, VIO_QUEUE_DESC_HI + 8 * i, 4, (uint32_t)(areas[i] >> 32));
    }
    window_write(pf, VIO_QUEUE_ENABLE, 2, 1);
}

static void rx_post(struct pf *pf)
{
    uint32_t i = pf->s.channel[0].rx_posted++;
    *pf__virtio_desc(pf, PF_VIRTIO_RX, i) =
        (struct virtq_desc){.addr = rx_buffer(pf, i), .len = BUFFER, .flags = VIRTQ_DESC_F_WRITE};
    pf__virtio_offer(pf, PF_VIRTIO_RX, i);
}

static const uint64_t wanted = VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM) |
                               VIRTIO_BIT(VIRTIO_F_EVENT_IDX) | VIRTIO_BIT(VIRTIO_F_SR_IOV) | VIRTIO_BIT(VIRTIO_F_ADMIN_VQ) |
                               VIRTIO_BIT(VIRTIO_NET_F_MAC) | VIRTIO_BIT(VIRTIO_NET_F_STATUS);

void pf__virtio_bring_up(struct pf *pf)
{
    uint8_t status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
    window_write(pf, VIO_DEVICE_STATUS, 1, 0);
    window_write(pf, VIO_DEVICE_STATUS, 1, status);
    for (unsigned half = 0; half < 2; half++) {
        window_write(pf, VIO_DRIVER_FEATURE_SELECT, 4, half);
        window_write(pf, VIO_DRIVER_FEATURE, 4, (uint32_t)(wanted >> 32 * half));
    }
    window_write(pf, VIO_DEVICE_STATUS, 1, status |= VIRTIO_STATUS_FEATURES_OK);
    for (unsigned ring = 0; ring < PF_VIRTIO_RINGS; ring++)
        set_up_ring(pf, ring);
    while (pf->s.channel[0].rx_posted < size_of(pf, PF_VIRTIO_RX))
        rx_post(pf);
    want_message(pf, PF_VIRTIO_RX);
    want_message(pf, PF_VIRTIO_TX);
    window_write(pf, VIO_DEVICE_STATUS, 1, status | VIRTIO_STATUS_DRIVER_OK);
    pf__virtio_ring_bell(pf, PF_VIRTIO_RX);
}

/* ---- receive ---- */

static void take_frame(struct pf *pf, const struct virtq_used_elem *e)
{
    struct mem_fragment at = {rx_buffer(pf, e->id) + HDR, e->len > HDR ? e->len - HDR : 0};
    frame_ref ref = at.len ? mem_tag_hand_over(pf->mem, &at, 1) : 0;
    pf->s.channel[0].rx_next++;
    rx_post(pf);
    pf__hand_up(pf, ref);
}

uint32_t pf__virtio_receive(struct pf *pf, uint32_t budget)
{
    uint32_t *seen = &pf_virtio(pf)->used[PF_VIRTIO_RX], frames = 0;
    for (; frames < budget && (uint16_t)*seen != pf__virtio_used_index(pf, PF_VIRTIO_RX); frames++) {
        struct virtq_used_elem e;
        memcpy(&e, used_elem(pf, PF_VIRTIO_RX, (*seen)++), sizeof(e));
        take_frame(pf, &e);
    }
    if (frames)
        pf__virtio_ring_bell(pf, PF_VIRTIO_RX);
    return frames;
}

/* Nothing can come between the last look and the wish for a message: the chip reads the wish behind what it has used. */
void pf__virtio_poll(struct pf *pf, unsigned channel)
{
    pf__virtio_reclaim(pf);
    if (pf__polled(pf, channel, pf__virtio_receive(pf, PF_POLL_BUDGET)))
        return;
    want_message(pf, PF_VIRTIO_RX);
    want_message(pf, PF_VIRTIO_TX);
}

/* ---- transmit: buffers are used in their order ---- */

void pf__virtio_reclaim(struct pf *pf)
{
    uint32_t *seen = &pf_virtio(pf)->used[PF_VIRTIO_TX];
    uint32_t done = (uint16_t)(pf__virtio_used_index(pf, PF_VIRTIO_TX) - (uint16_t)*seen);
    *seen += done;
    pf->s.channel[0].tx_done += done;
}

void pf__virtio_kick(struct pf *pf, unsigned channel)
{
    struct pf_channel *ch = &pf->s.channel[channel];
    ch->tx_told = ch->tx_put;
    if (pf_virtio(pf)->told[PF_VIRTIO_TX] != pf_virtio(pf)->avail[PF_VIRTIO_TX])
        pf__virtio_ring_bell(pf, PF_VIRTIO_TX);
}

static void post(struct pf *pf, uint32_t i, frame_ref ref)
{
    struct frame *f = frame_get(pf->c.sim, ref);
    uint64_t at = tx_buffer(pf, i);
    memset(mem_at(pf->mem, at, HDR), 0, HDR);
    memcpy(mem_at(pf->mem, at + HDR, f->len), frame_data(f), f->len);
    *pf__virtio_desc(pf, PF_VIRTIO_TX, i) = (struct virtq_desc){.addr = at, .len = HDR + f->len};
    pf__virtio_offer(pf, PF_VIRTIO_TX, i);
    mem_tag_made(pf->mem, at + HDR, f->len, ref);
}

void pf__virtio_send(struct pf *pf, frame_ref ref) { pf__post_one(pf, ref, post); }
