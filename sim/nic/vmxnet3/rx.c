/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receive of the ring engine: a bounded queue, then one frame at a time into the driver's buffers.
 *
 * A frame begins in a head buffer of ring 1 and goes on in body buffers, of ring 1 if the next one there is a body,
 * else of ring 2. All its buffers are found before any is written, so that a frame that does not fit costs none.
 * Completions follow their data, then the vector is raised.
 */
#include <string.h>

#include "nic/vmxnet3/rings__.h"

enum gather { GATHER_DONE, GATHER_FETCHING, GATHER_EMPTY, GATHER_TOO_LONG };

static void gather(struct vmxnet3_rings *rings, unsigned queue);

/* ---- the queue ---- */

static unsigned pick_queue(const struct vmxnet3_rings *rings, const struct frame *f)
{
    struct rx_classes classes;

    if (!rings->st.rss_on || rings->st.rx_queues < 2)
        return 0;
    rings__classify(rings, f, false, true, &classes);
    return rings->st.rss.indTable[classes.rss_hash % rings->st.rss.indTableSize];
}

void vmxnet3_rings_receive(struct vmxnet3_rings *rings, frame_ref ref)
{
    struct frame *f = frame_get(rings->c->sim, ref);
    unsigned queue = pick_queue(rings, f);
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    if (rx->waiting == rings->rx_queue_frames) {
        rx->stats.pktsRxOutOfBuf++;
        frame_end(rings->c, ref, rings->full_fate);
        return;
    }
    rx->taken++;
    f->mark = 0;
    if (rx->waiting++)
        frame_get(rings->c->sim, rx->last)->mark = ref;
    else
        rx->first = ref;
    rx->last = ref;
    rings__rx_pump(rings, queue);
}

frame_ref rings__rx_pop(struct vmxnet3_rings *rings, struct vmxnet3_rx_queue *rx)
{
    frame_ref ref = rx->first;

    rx->first = frame_get(rings->c->sim, ref)->mark;
    if (--rx->waiting == 0)
        rx->first = rx->last = 0;
    return ref;
}

/* ---- descriptors ---- */

static void fetch(struct vmxnet3_rings *rings, unsigned queue, unsigned r)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    struct vmxnet3_rx_ring *ring = &rx->ring[r];
    uint32_t n = ring->size - ring->next < RX_BATCH ? ring->size - ring->next : RX_BATCH;

    rx->phase = RING_FETCH;
    rx->fetching = r;
    ring->batch_n = ring->batch_i = 0;
    rings__count_copy(rings, n * sizeof(struct Vmxnet3_RxDesc), false);
    pci_dma_read(rings->fn, ring->pa + (uint64_t)ring->next * sizeof(struct Vmxnet3_RxDesc), n * sizeof(struct Vmxnet3_RxDesc),
                 dma_tag(rings, DMA_RX_DESC, queue, r));
}

static const struct Vmxnet3_RxDesc *peek(const struct vmxnet3_rx_queue *rx, unsigned r)
{
    const struct vmxnet3_rx_ring *ring = &rx->ring[r];
    return ring->batch_i < ring->batch_n ? &ring->batch[ring->batch_i] : NULL;
}

static void advance(struct vmxnet3_rx_ring *ring)
{
    ring->batch_i++;
    if (++ring->next == ring->size) {
        ring->next = 0;
        ring->gen ^= 1;
    }
}

static void use(struct vmxnet3_rx_queue *rx, unsigned r)
{
    struct vmxnet3_rx_ring *ring = &rx->ring[r];
    const struct Vmxnet3_RxDesc *desc = peek(rx, r);
    uint32_t room = desc->dword2 & VMXNET3_RXD_LEN_MASK, left = rx->len - rx->placed;

    rx->frag[rx->frags].addr = desc->addr;
    rx->frag[rx->frags].len = room < left ? room : left;
    rx->frag[rx->frags].ring = r;
    rx->frag[rx->frags].index = ring->next;
    rx->placed += rx->frag[rx->frags].len;
    rx->frags++;
    advance(ring);
}

/* The ring the next buffer comes from; -1: none is ready; a fetch is begun when it cannot be known yet. */
static int next_ring(struct vmxnet3_rings *rings, unsigned queue, bool *fetching)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    *fetching = false;
    if (rx->frags == 0) { /* a head: bodies in front of it are passed over */
        while (peek(rx, 0) && (peek(rx, 0)->dword2 & VMXNET3_RXD_BTYPE_BODY))
            advance(&rx->ring[0]);
        if (peek(rx, 0))
            return 0;
    } else if (peek(rx, 0) && (peek(rx, 0)->dword2 & VMXNET3_RXD_BTYPE_BODY)) {
        return 0;
    }
    if (!peek(rx, 0) && !rx->exhausted[0]) {
        *fetching = true;
        fetch(rings, queue, 0);
        return -1;
    }
    if (rx->frags == 0 || rx->ring[1].size == 0)
        return -1;
    if (peek(rx, 1))
        return 1;
    if (!rx->exhausted[1]) {
        *fetching = true;
        fetch(rings, queue, 1);
    }
    return -1;
}

static enum gather find_buffers(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    while (rx->placed < rx->len) {
        bool fetching;
        int r;
        if (rx->frags == RX_FRAGMENTS_MAX)
            return GATHER_TOO_LONG;
        if (rx->frags && rx->ring[1].size == 0 && peek(rx, 0) && !(peek(rx, 0)->dword2 & VMXNET3_RXD_BTYPE_BODY))
            return GATHER_TOO_LONG; /* heads only: it will never fit */
        r = next_ring(rings, queue, &fetching);
        if (fetching)
            return GATHER_FETCHING;
        if (r < 0)
            return GATHER_EMPTY;
        use(rx, (unsigned)r);
    }
    return GATHER_DONE;
}

/* ---- one frame ---- */

static void begin(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    struct frame *f;
    struct rx_classes classes;
    uint16_t tci;
    const uint8_t *to;
    bool check = rings->st.features & UPT1_F_RXCSUM;

    rx->ref = rings__rx_pop(rings, rx);
    f = frame_get(rings->c->sim, rx->ref);
    if (frame_is_witness(f))
        rings__pass(rings, queue, f, WAY_RX);
    rings->more.now[queue].segments = 0;
    if (rx->waiting && (rings->st.features & UPT1_F_LRO) && rings->more.lro) {
        rings__lro(rings, queue);
        f = frame_get(rings->c->sim, rx->ref);
    }
    rings__classify(rings, f, check, rings->st.rss_on, &classes);
    rx->flags = classes.flags;
    rx->cnc = !classes.checked;
    rx->rss_type = classes.rss_type;
    rx->rss_hash = classes.rss_hash;
    rx->tag = 0;
    if ((rings->st.features & UPT1_F_RXVLAN) && frame_vlan_pop(f, &tci))
        rx->tag = VMXNET3_RCD_TS | (uint32_t)tci << VMXNET3_RCD_TCI_SHIFT;
    to = frame_data(f);
    rx->kind = mac_is_broadcast(to) ? 2 : mac_is_multicast(to) ? 1 : 0;
    rx->len = f->len;
    for (unsigned r = 0; r < 2; r++) {
        rx->ring[r].saved_next = rx->ring[r].next;
        rx->ring[r].saved_gen = rx->ring[r].gen;
    }
    rx->frags = rx->placed = 0;
    rx->exhausted[0] = rx->exhausted[1] = 0;
    gather(rings, queue);
}

/* The buffers found so far stay the driver's: look at them again for the next frame. */
static void give_back(struct vmxnet3_rx_queue *rx)
{
    for (unsigned r = 0; r < 2; r++) {
        rx->ring[r].next = rx->ring[r].saved_next;
        rx->ring[r].gen = rx->ring[r].saved_gen;
        rx->ring[r].batch_n = rx->ring[r].batch_i = 0;
    }
    rx->frags = rx->placed = 0;
    rx->exhausted[0] = rx->exhausted[1] = 0;
}

static void drop(struct vmxnet3_rings *rings, unsigned queue, enum fate fate)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    give_back(rx);
    rx->stats.pktsRxOutOfBuf++;
    frame_end_sub(rings->c, rx->ref, fate, "queue %d", (int)queue);
    rx->ref = 0;
    rx->phase = RING_IDLE;
}

static void write_data(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    uint32_t off = 0;

    const struct vmxnet3_data_ring *data = &rings->more.rx[queue];
    bool fits = rx->len <= data->desc_size && rx->frags == 1;

    rings->more.now[queue].in_data_ring = fits;
    rings->more.rx_data_frames += fits;
    if (fits) /* the place beside its buffer, which stays as it is */
        rx->frag[0].addr = data->pa + (uint64_t)rx->frag[0].index * data->desc_size;
    rx->phase = RING_DATA;
    rx->pending = rx->frags;
    rx->good = rx->bad = 0;
    rx->data_epoch = rings->st.epoch;
    for (uint32_t i = 0; i < rx->frags; i++) {
        if (!fits)
            rings__count_map(rings, true);
        rings__count_copy(rings, rx->frag[i].len, true);
        pci_dma_write_frame(rings->fn, rx->frag[i].addr, rx->ref, off, rx->frag[i].len, true,
                            dma_tag(rings, DMA_RX_DATA, queue, i));
        off += rx->frag[i].len;
    }
}

static void gather(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    switch (find_buffers(rings, queue)) {
    case GATHER_DONE:
        write_data(rings, queue);
        break;
    case GATHER_FETCHING:
        break;
    case GATHER_TOO_LONG:
        drop(rings, queue, FATE_rx_buffer_small);
        break;
    case GATHER_EMPTY:
        way_gap_begins(&rings->times.empty[queue], sim_now(rings->c->sim));
        if (!rings->st.rx_wait) {
            drop(rings, queue, FATE_rx_no_descriptor);
            break;
        }
        give_back(rx);
        rx->phase = RING_WAIT;
        rx->retry = event_post(rings->c, rings->c, sim_now(rings->c->sim) + RX_RETRY_US * SIM_US, EV_HW, rings->retry_verb, queue,
                               rings->index, 0);
        break;
    }
}

void rings__rx_pump(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    while (rx->phase == RING_IDLE && rx->waiting && rings->st.rx_run)
        begin(rings, queue);
    if (rx->phase == RING_IDLE)
        rings__progress(rings);
}

void vmxnet3_rings_retry(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    if (rx->phase != RING_WAIT)
        return;
    event_cancel(rings->c->sim, &rx->retry);
    gather(rings, queue);
    rings__rx_pump(rings, queue);
}

void rings__rx_desc_done(struct vmxnet3_rings *rings, unsigned queue, const void *data, uint32_t len, enum pci_status status)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    struct vmxnet3_rx_ring *ring = &rx->ring[rx->fetching];
    const struct Vmxnet3_RxDesc *desc = data;
    uint32_t n = 0;

    if (rx->phase != RING_FETCH)
        return;
    if (status == PCI_OK) /* keep those that are ready; a batch does not cross the ring's end, so one generation */
        while (n < len / sizeof(*desc) && !!(desc[n].dword2 & VMXNET3_RXD_GEN) == !!ring->gen &&
               (desc[n].dword2 & VMXNET3_RXD_LEN_MASK))
            n++;
    memcpy(ring->batch, data ? data : ring->batch, n * sizeof(*desc));
    ring->batch_n = n;
    ring->batch_i = 0;
    rx->exhausted[rx->fetching] = n == 0;
    if (n)
        way_gap_ends(&rings->times.empty[queue], sim_now(rings->c->sim));
    gather(rings, queue);
    rings__rx_pump(rings, queue);
}

/* ---- completions ---- */

static void write_completion(struct vmxnet3_rings *rings, unsigned queue, uint32_t i)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    struct vmxnet3_comp_ring *comp = &rx->comp;
    bool in_data_ring = rings->more.now[queue].in_data_ring, is_large = i == 0 && rings->more.now[queue].segments > 1;
    uint32_t id = queue + rings->st.rx_queues * (in_data_ring ? 2 : rx->frag[i].ring);
    uint32_t type = is_large ? VMXNET3_CDTYPE_RXCOMP_LRO : VMXNET3_CDTYPE_RXCOMP;
    struct Vmxnet3_RxCompDesc desc = {
        .dword0 = rx->frag[i].index | (i == 0 ? VMXNET3_RCD_SOP : 0) | (i + 1 == rx->frags ? VMXNET3_RCD_EOP : 0) |
                  id << VMXNET3_RCD_RQID_SHIFT | (is_large ? 0 : rx->rss_type << VMXNET3_RCD_RSSTYPE_SHIFT) |
                  (rx->cnc ? VMXNET3_RCD_CNC : 0),
        .rssHash = is_large ? rings->more.now[queue].segments : rx->rss_hash,
        .dword2 = rx->frag[i].len | rx->tag | (rx->bad ? VMXNET3_RCD_ERR : 0),
        .dword3 = rx->flags | VMXNET3_RCD_FCS | type << VMXNET3_CD_TYPE_SHIFT | (comp->gen ? VMXNET3_CD_GEN : 0) |
                  (is_large ? rings->more.now[queue].mss : 0),
    };

    rings__count_copy(rings, sizeof(desc), false);
    pci_dma_write(rings->fn, comp->pa + (uint64_t)comp->next * sizeof(desc), &desc, sizeof(desc),
                  dma_tag(rings, DMA_NONE, queue, 0));
    if (++comp->next == comp->size) {
        comp->next = 0;
        comp->gen ^= 1;
    }
}

/* As they came from outside, however large they were received. */
static void count_received(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    uint32_t frames = rings->more.now[queue].segments ? rings->more.now[queue].segments : 1;
    uint32_t sum = rx->len + (frames > 1 ? rings->more.now[queue].spared : 0);
    uint64_t *packets[3] = {&rx->stats.ucastPktsRxOK, &rx->stats.mcastPktsRxOK, &rx->stats.bcastPktsRxOK};
    uint64_t *bytes[3] = {&rx->stats.ucastBytesRxOK, &rx->stats.mcastBytesRxOK, &rx->stats.bcastBytesRxOK};

    if (rx->bad) {
        rx->stats.pktsRxError++;
        return;
    }
    *packets[rx->kind] += frames;
    *bytes[rx->kind] += sum;
    rings->st.stats.rx_frames += frames;
    rings->st.stats.rx_bytes += sum;
}

static void orphan_keep(struct vmxnet3_rings *rings, unsigned queue)
{
    const struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    for (unsigned i = 0; i < RX_ORPHANS_MAX; i++)
        if (!rings->st.orphan[i].ref) {
            rings->st.orphan[i] = (struct vmxnet3_rx_orphan){rx->ref, queue, rx->data_epoch, rx->pending, rx->good};
            return;
        }
}

static void orphan_landed(struct vmxnet3_rings *rings, unsigned queue, uint32_t epoch, enum pci_status status)
{
    for (unsigned i = 0; i < RX_ORPHANS_MAX; i++) {
        struct vmxnet3_rx_orphan *orphan = &rings->st.orphan[i];
        if (!orphan->ref || orphan->queue != queue || orphan->epoch != epoch)
            continue;
        orphan->good += status == PCI_OK;
        if (--orphan->pending)
            return;
        if (orphan->good == 0)
            frame_end_sub(rings->c, orphan->ref, FATE_iommu_fault, "queue %d", (int)queue);
        orphan->ref = 0;
        return;
    }
}

void rings__rx_data_done(struct vmxnet3_rings *rings, unsigned queue, uint32_t epoch, enum pci_status status)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    if (rx->phase != RING_DATA || epoch != rx->data_epoch) {
        orphan_landed(rings, queue, epoch, status);
        return;
    }
    if (status == PCI_OK)
        rx->good++;
    else
        rx->bad++;
    if (--rx->pending)
        return;
    if (rx->good == 0) /* no byte of it is in memory, so it is still ours */
        frame_end_sub(rings->c, rx->ref, status == PCI_NO_BUS_MASTER ? FATE_bus_master_off : FATE_iommu_fault, "queue %d",
                      (int)queue);
    rx->ref = 0;
    rx->phase = RING_IDLE;
    for (uint32_t i = 0; i < rx->frags; i++)
        write_completion(rings, queue, i);
    count_received(rings, queue);
    vmxnet3_rings_raise(rings, rx->intr);
    rings__rx_pump(rings, queue);
}

void rings__rx_discard(struct vmxnet3_rings *rings, unsigned queue, enum fate fate)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    event_cancel(rings->c->sim, &rx->retry);
    while (rx->waiting)
        frame_end_sub(rings->c, rings__rx_pop(rings, rx), fate, "queue %d", (int)queue);
    if (rx->phase == RING_DATA) /* on its way into memory, and the memory's when it lands */
        orphan_keep(rings, queue);
    else if (rx->ref)
        frame_end_sub(rings->c, rx->ref, fate, "queue %d", (int)queue);
    rx->ref = 0;
    rx->phase = RING_IDLE;
    for (unsigned r = 0; r < 2; r++)
        rx->ring[r].batch_n = rx->ring[r].batch_i = 0;
}

frame_ref vmxnet3_rings_take_rx(struct vmxnet3_rings *rings)
{
    for (unsigned q = 0; q < QUEUES_MAX; q++) {
        struct vmxnet3_rx_queue *rx = &rings->st.rx[q];
        frame_ref ref = 0;

        if (rx->phase == RING_WAIT) { /* it waits for descriptors; those it had found are given back */
            ref = rx->ref;
            rx->ref = 0;
            rx->phase = RING_IDLE;
            event_cancel(rings->c->sim, &rx->retry);
        } else if (rx->waiting) {
            ref = rings__rx_pop(rings, rx);
        }
        if (ref)
            return ref;
    }
    return 0;
}
