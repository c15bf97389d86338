/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues of chips from outside (include/vfsim/chip_queue.h): rings, receive, transmit, what a fence waits for. */
#include <string.h>

#include "core/alloc.h"
#include "lib/chip__.h"

enum { WAITING_MAX = 256, PIECE_MAX = 16384 };
/* A tag of ours: bit 63, this, the queue, the epoch (24 bits), a word. */
enum tag { TAG_RX_DESC, TAG_RX_DATA, TAG_RX_BACK, TAG_TX_DESC, TAG_TX_DATA, TAG_TX_BACK };
enum { KIND_AT = 60, QUEUE_AT = 56, EPOCH_AT = 32, EPOCH_MASK = 0xffffff };

static const struct vfsim_queue_ops *ops_of(const struct vfsim_function *fn) { return fn->nic->chip->queue; }

static uint64_t tag_of(const struct vfsim_function *fn, enum tag kind, unsigned q, uint32_t word)
{
    return CHIP_TAG_OURS | (uint64_t)kind << KIND_AT | (uint64_t)q << QUEUE_AT | (uint64_t)(fn->epoch & EPOCH_MASK) << EPOCH_AT |
           word;
}
static enum tag kind_of(uint64_t tag) { return tag >> KIND_AT & 7; }
static unsigned queue_of(uint64_t tag) { return tag >> QUEUE_AT & 15; }
static bool is_ours(const struct vfsim_function *fn, uint64_t tag)
{
    return (tag >> EPOCH_AT & EPOCH_MASK) == (fn->epoch & EPOCH_MASK);
}

static enum fate fate_of(enum vfsim_dma_status status)
{
    return status == VFSIM_DMA_FAULT ? FATE_iommu_fault : FATE_bus_master_off;
}

/* ---- rings ---- */

static uint32_t posted(const struct chip_ring *r) { return r->size ? (r->tail + r->size - r->head) % r->size : 0; }

/* The next descriptor, NULL: it is on its way, or there is none. */
static void *next(struct vfsim_function *fn, unsigned q, enum vfsim_ring which)
{
    struct chip_ring *r = &fn->queue[q].ring[which];
    uint32_t n = posted(r), to_end = r->size - r->head, bytes = ops_of(fn)->descriptor;
    if (r->used < r->batch)
        return r->desc[r->used];
    n = n < CHIP_BATCH ? n : CHIP_BATCH;
    n = n < to_end ? n : to_end;
    if (!r->fetching && n) {
        r->fetching = n;
        pci_dma_read(fn->pci, r->base + (uint64_t)bytes * r->head, bytes * n,
                     tag_of(fn, which == VFSIM_RX ? TAG_RX_DESC : TAG_TX_DESC, q, r->turn));
    }
    return NULL;
}

static void use(struct chip_ring *r)
{
    r->used++;
    r->head = (r->head + 1) % r->size;
}

static void fetched(struct vfsim_function *fn, struct chip_ring *r, const uint8_t *data, enum vfsim_dma_status status)
{
    uint32_t bytes = ops_of(fn)->descriptor, n = r->fetching;
    r->fetching = r->used = r->batch = 0;
    if (status != VFSIM_DMA_OK) {
        r->tail = r->head; /* out of reach: nothing is done until the driver tells of more */
        return;
    }
    for (; r->batch < n; r->batch++)
        memcpy(r->desc[r->batch], data + (size_t)bytes * r->batch, bytes);
}

static void write_back(struct vfsim_function *fn, unsigned q, enum vfsim_ring which, uint32_t index, const void *descriptor)
{
    uint32_t bytes = ops_of(fn)->descriptor;
    pci_dma_write(fn->pci, fn->queue[q].ring[which].base + (uint64_t)bytes * index, descriptor, bytes,
                  tag_of(fn, which == VFSIM_RX ? TAG_RX_BACK : TAG_TX_BACK, q, 0));
}

/* ---- receive ---- */

static void miss(struct vfsim_function *fn, vfsim_frame frame, enum fate why)
{
    fn->rx_over++;
    fn->count.rx_dropped++;
    vfsim_function_drop(fn, frame, why);
}

/* A frame waits only while descriptors are being fetched: a function that has none holds up nobody. */
static void rx_pump(struct vfsim_function *fn, unsigned q)
{
    struct chip_queue *queue = &fn->queue[q];
    struct chip_ring *r = &queue->ring[VFSIM_RX];
    while (queue->waiting.count) {
        void *descriptor = r->is_on ? next(fn, q, VFSIM_RX) : NULL;
        if (r->is_on && !descriptor && r->fetching)
            return;
        vfsim_frame frame = chip__get(fn->nic, &queue->waiting);
        if (!descriptor) {
            miss(fn, frame, r->is_on ? FATE_rx_no_descriptor : FATE_rx_disabled);
            continue;
        }
        struct vfsim_buffer buffer = ops_of(fn)->buffer(fn, VFSIM_RX, descriptor);
        uint32_t length;
        uint8_t back[VFSIM_DESCRIPTOR_MAX];
        memcpy(back, descriptor, sizeof(back));
        ops_of(fn)->received(fn, back, frame);
        vfsim_frame_bytes(fn->nic, frame, &length);
        if (length > buffer.length) {
            miss(fn, frame, FATE_rx_buffer_small);
            continue;
        }
        pci_dma_write_frame(fn->pci, buffer.address, frame, 0, length, true, tag_of(fn, TAG_RX_DATA, q, frame));
        write_back(fn, q, VFSIM_RX, r->head, back);
        use(r);
    }
}

void vfsim_queue_receive(struct vfsim_function *fn, unsigned q, vfsim_frame frame)
{
    uint32_t length;
    const uint8_t *bytes = vfsim_frame_bytes(fn->nic, frame, &length);
    bool is_broadcast = mac_is_broadcast(bytes);
    assert(q < fn->queues);
    fn->count.rx_frames++;
    fn->count.rx_bytes += length + FRAME_FCS_LEN;
    fn->count.rx_broadcast += is_broadcast;
    fn->count.rx_multicast += (bytes[0] & 1) && !is_broadcast;
    fn->rx_taken++;
    if (fn->queue[q].waiting.count == WAITING_MAX) {
        miss(fn, frame, FATE_rx_fifo_full);
        return;
    }
    chip__put(fn->nic, &fn->queue[q].waiting, frame);
    rx_pump(fn, q);
}

/* ---- transmit ---- */

static struct vfsim_buffer piece(struct vfsim_function *fn, const struct chip_queue *queue, uint32_t i)
{
    return ops_of(fn)->buffer(fn, VFSIM_TX, queue->piece[i]);
}

/* The frame that was being read is over, sent or not. */
static void tx_over(struct vfsim_function *fn, unsigned q)
{
    struct chip_queue *queue = &fn->queue[q];
    void *last = queue->piece[queue->pieces - 1];
    if (ops_of(fn)->sent(fn, last))
        write_back(fn, q, VFSIM_TX, queue->last_index, last);
    queue->pieces = queue->next_piece = queue->sending = 0;
}

static void read_piece(struct vfsim_function *fn, unsigned q)
{
    struct chip_queue *queue = &fn->queue[q];
    struct vfsim_buffer b = piece(fn, queue, queue->next_piece);
    pci_dma_read(fn->pci, b.address, b.length, tag_of(fn, TAG_TX_DATA, q, queue->ring[VFSIM_TX].turn));
}

/* Collects descriptors up to the frame's last; true: a frame is whole, or is none. */
static bool collect(struct vfsim_function *fn, unsigned q)
{
    struct chip_queue *queue = &fn->queue[q];
    struct chip_ring *r = &queue->ring[VFSIM_TX];
    void *descriptor;
    while ((descriptor = next(fn, q, VFSIM_TX))) {
        queue->last_index = r->head; /* in the end, of the last of them */
        memcpy(queue->piece[queue->pieces++], descriptor, VFSIM_DESCRIPTOR_MAX);
        use(r);
        if (piece(fn, queue, queue->pieces - 1).end || queue->pieces == ops_of(fn)->fragments)
            return true;
    }
    return false;
}

/* Bytes of the frame that its pieces are, 0: they are none. */
static uint32_t whole(struct vfsim_function *fn, const struct chip_queue *queue)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < queue->pieces; i++) {
        uint32_t length = piece(fn, queue, i).length;
        if (!length || length > PIECE_MAX)
            return 0;
        total += length;
    }
    return piece(fn, queue, queue->pieces - 1).end && total >= 14 && total <= FRAME_MAX_JUMBO ? total : 0;
}

static void tx_pump(struct vfsim_function *fn, unsigned q)
{
    struct chip_queue *queue = &fn->queue[q];
    while (!queue->is_reading && queue->ring[VFSIM_TX].is_on && !chip__wire_is_long(fn->nic) && collect(fn, q)) {
        if (whole(fn, queue)) {
            queue->next_piece = queue->offset = 0;
            queue->is_reading = 1;
            read_piece(fn, q);
            return;
        }
        vfsim_trace(fn->nic, "port %u > descriptors of no frame -> written back unsent", fn->port);
        tx_over(fn, q);
    }
}

static void piece_read(struct vfsim_function *fn, unsigned q, const void *data, uint32_t length, enum vfsim_dma_status status)
{
    struct chip_queue *queue = &fn->queue[q];
    uint32_t total = whole(fn, queue);
    bool is_good = status == VFSIM_DMA_OK;
    if (is_good && queue->next_piece == 0)
        queue->sending = vfsim_frame_from_memory(fn, piece(fn, queue, 0).address, total, data, length);
    else if (is_good)
        vfsim_frame_fill(fn->nic, queue->sending, queue->offset, data, length);
    else if (queue->sending)
        vfsim_function_drop(fn, queue->sending, fate_of(status));
    queue->offset += length;
    queue->next_piece++;
    if (is_good && queue->sending && queue->next_piece < queue->pieces) {
        read_piece(fn, q);
        return;
    }
    vfsim_frame frame = is_good ? queue->sending : 0;
    if (frame && ops_of(fn)->sending)
        ops_of(fn)->sending(fn, queue->piece[0], frame);
    queue->is_reading = 0;
    tx_over(fn, q);
    if (frame) {
        fn->count.tx_frames++;
        fn->count.tx_bytes += total + FRAME_FCS_LEN;
        vfsim_switch(fn->nic, fn->port, frame);
    }
    tx_pump(fn, q);
}

void chip__queues_go_on(struct vfsim_function *fn)
{
    for (unsigned q = 0; q < fn->queues; q++)
        tx_pump(fn, q);
}

/* ---- DMA is done ---- */

void chip__queue_read(struct vfsim_function *fn, uint64_t tag, const void *data, uint32_t length, enum vfsim_dma_status status)
{
    unsigned q = queue_of(tag);
    struct chip_ring *r = &fn->queue[q].ring[kind_of(tag) == TAG_RX_DESC ? VFSIM_RX : VFSIM_TX];
    if (!is_ours(fn, tag) || (uint32_t)tag != r->turn)
        return;
    if (kind_of(tag) == TAG_TX_DATA) {
        piece_read(fn, q, data, length, status);
        return;
    }
    fetched(fn, r, data, status);
    if (kind_of(tag) == TAG_RX_DESC)
        rx_pump(fn, q);
    else
        tx_pump(fn, q);
}

void chip__queue_written(struct vfsim_function *fn, uint64_t tag, enum vfsim_dma_status status)
{
    if (kind_of(tag) == TAG_RX_DATA && status != VFSIM_DMA_OK)
        vfsim_function_drop(fn, (vfsim_frame)tag, fate_of(status));
    if (!is_ours(fn, tag) || kind_of(tag) == TAG_RX_DATA)
        return;
    fn->rx_over += kind_of(tag) == TAG_RX_BACK;
    ops_of(fn)->written(fn, queue_of(tag));
}

/* ---- what registers say ---- */

static struct chip_ring *ring_of(const struct vfsim_function *fn, unsigned q, enum vfsim_ring which)
{
    assert(q < fn->queues && "a queue of the function");
    return &fn->queue[q].ring[which];
}

void vfsim_ring_start(struct vfsim_function *fn, unsigned q, enum vfsim_ring which, uint64_t address, uint32_t size)
{
    struct chip_ring *r = ring_of(fn, q, which);
    struct chip_queue *queue = &fn->queue[q];
    r->base = address;
    r->size = size;
    r->head = r->tail = r->batch = r->used = r->fetching = 0;
    r->turn++;
    r->is_on = 1;
    if (which == VFSIM_RX) {
        rx_pump(fn, q);
        return;
    }
    if (queue->sending)
        vfsim_function_drop(fn, queue->sending, FATE_tx_disabled);
    queue->sending = queue->pieces = queue->next_piece = queue->is_reading = 0;
}

void vfsim_ring_stop(struct vfsim_function *fn, unsigned q, enum vfsim_ring which)
{
    ring_of(fn, q, which)->is_on = 0;
    if (which == VFSIM_RX)
        rx_pump(fn, q);
}

void vfsim_ring_set_tail(struct vfsim_function *fn, unsigned q, enum vfsim_ring which, uint32_t tail)
{
    struct chip_ring *r = ring_of(fn, q, which);
    r->tail = r->size ? tail % r->size : 0;
    if (which == VFSIM_RX)
        rx_pump(fn, q);
    else
        tx_pump(fn, q);
}

uint32_t vfsim_ring_head(const struct vfsim_function *fn, unsigned q, enum vfsim_ring which) { return ring_of(fn, q, which)->head; }

/* ---- what is waited for, and counted ---- */

void vfsim_fence(struct vfsim_nic *nic)
{
    nic->wire_fence = nic->wire_put;
    for (unsigned f = 0; f <= nic->nic.vf_count; f++)
        nic->fn[f].rx_fence = nic->fn[f].rx_taken;
}

bool vfsim_fence_waits(const struct vfsim_nic *nic, enum vfsim_ring which)
{
    bool waits = which == VFSIM_TX && nic->wire_got < nic->wire_fence;
    for (unsigned f = 0; which == VFSIM_RX && f <= nic->nic.vf_count; f++)
        waits |= nic->fn[f].rx_over < nic->fn[f].rx_fence;
    return waits;
}

bool vfsim_function_is_sending(const struct vfsim_function *fn)
{
    for (unsigned q = 0; q < fn->queues; q++) {
        const struct chip_ring *r = &fn->queue[q].ring[VFSIM_TX];
        if (fn->queue[q].pieces || (r->is_on && posted(r)))
            return true;
    }
    return false;
}

void vfsim_function_count(const struct vfsim_function *fn, struct vfsim_function_counts *out) { *out = fn->count; }

/* ---- life ---- */

void chip__queues_reset(struct vfsim_function *fn)
{
    for (unsigned q = 0; q < fn->queues; q++) {
        struct chip_queue *queue = &fn->queue[q];
        while (queue->waiting.count)
            vfsim_function_drop(fn, chip__get(fn->nic, &queue->waiting), FATE_function_reset);
        if (queue->sending)
            vfsim_function_drop(fn, queue->sending, FATE_function_reset);
        memset(queue, 0, sizeof(*queue));
    }
    fn->epoch++; /* what was under way is not ours any more */
    fn->rx_taken = fn->rx_over = fn->rx_fence = 0;
}

void chip__queues_save(struct vfsim_function *fn, struct save *s)
{
    save_expect_u64(s, "queues of a function", fn->queues);
    for (unsigned q = 0; q < fn->queues; q++)
        save_field(s, fn->queue[q]);
    save_field(s, fn->epoch);
    save_field(s, fn->rx_taken);
    save_field(s, fn->rx_over);
    save_field(s, fn->rx_fence);
    save_field(s, fn->count);
}
