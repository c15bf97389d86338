/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receive of the vmxnet3 device: filter, a bounded queue, then one frame at a time into the driver's buffers.
 *
 * A frame begins in a head buffer of ring 1 and goes on in body buffers, of ring 1 if the next one there is a body,
 * else of ring 2. All its buffers are found before any is written, so that a frame that does not fit costs none.
 * Completions follow their data, then the vector is raised.
 */
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

enum gather { GATHER_DONE, GATHER_FETCHING, GATHER_EMPTY, GATHER_TOO_LONG };

static void gather(struct vmxnet3 *dev, unsigned queue);

/* ---- filter ---- */

static bool multicast_wanted(const struct vmxnet3 *dev, const uint8_t *to)
{
    if (mac_is_broadcast(to))
        return dev->st.rx_mode & VMXNET3_RXM_BCAST;
    if (dev->st.rx_mode & VMXNET3_RXM_ALL_MULTI)
        return true;
    if (!(dev->st.rx_mode & VMXNET3_RXM_MCAST))
        return false;
    for (uint32_t i = 0; i < dev->st.multicast_count; i++)
        if (!memcmp(dev->st.multicast[i], to, 6))
            return true;
    return false;
}

enum fate vmxnet3_check_rx(const struct vmxnet3 *dev, const struct frame *f)
{
    const uint8_t *to = frame_data((struct frame *)f);
    uint16_t tci;

    if (dev->st.rx_mode & VMXNET3_RXM_PROMISC)
        return FATE_COUNT;
    if (mac_is_multicast(to) ? !multicast_wanted(dev, to)
                             : !(dev->st.rx_mode & VMXNET3_RXM_UCAST) || memcmp(to, dev->st.mac, 6))
        return FATE_no_match;
    if (frame_vlan_peek(f, &tci) && (tci & 0xfff) && !(dev->st.vlan_table[(tci & 0xfff) >> 5] >> (tci & 31) & 1))
        return FATE_vlan_filter;
    return FATE_COUNT;
}

void vmxnet3_get_mac(const struct vmxnet3 *dev, uint8_t mac[6]) { memcpy(mac, dev->st.mac, 6); }
void vmxnet3_set_mac(struct vmxnet3 *dev, const uint8_t mac[6]) { memcpy(dev->st.mac, mac, 6); }
uint32_t vmxnet3_rx_mode(const struct vmxnet3 *dev) { return dev->st.rx_mode; }
const uint32_t *vmxnet3_vlan_table(const struct vmxnet3 *dev) { return dev->st.vlan_table; }
void vmxnet3_limit_rx_mode(struct vmxnet3 *dev, uint32_t mode) { dev->st.rx_mode = mode; }

unsigned vmxnet3_multicast(const struct vmxnet3 *dev, const uint8_t (**list)[6])
{
    *list = (const uint8_t(*)[6])dev->st.multicast;
    return dev->st.multicast_count;
}

/* ---- the queue ---- */

static unsigned pick_queue(const struct vmxnet3 *dev, const struct frame *f)
{
    struct rx_classes classes;

    if (!dev->st.rss_on || dev->st.rx_queues < 2)
        return 0;
    vmxnet3__classify(dev, f, false, true, &classes);
    return dev->st.rss.indTable[classes.rss_hash % dev->st.rss.indTableSize];
}

void vmxnet3__port_receive(struct port *port, frame_ref ref)
{
    struct vmxnet3 *dev = (struct vmxnet3 *)port->owner;
    struct frame *f = frame_get(dev->c.sim, ref);
    struct rx_queue *rx;
    enum fate fate;
    unsigned queue;

    if (!dev->st.activated || !dev->st.rx_run) {
        frame_end(&dev->c, ref, FATE_vnic_stopped);
        return;
    }
    fate = vmxnet3_check_rx(dev, f);
    if (fate != FATE_COUNT) {
        frame_end(&dev->c, ref, fate);
        return;
    }
    queue = pick_queue(dev, f);
    rx = &dev->st.rx[queue];
    if (rx->waiting == dev->rx_queue_frames) {
        rx->stats.pktsRxOutOfBuf++;
        frame_end(&dev->c, ref, FATE_vnic_queue_full);
        return;
    }
    f->mark = 0;
    if (rx->waiting++)
        frame_get(dev->c.sim, rx->last)->mark = ref;
    else
        rx->first = ref;
    rx->last = ref;
    vmxnet3__rx_pump(dev, queue);
}

static frame_ref pop(struct vmxnet3 *dev, struct rx_queue *rx)
{
    frame_ref ref = rx->first;

    rx->first = frame_get(dev->c.sim, ref)->mark;
    if (--rx->waiting == 0)
        rx->first = rx->last = 0;
    return ref;
}

/* ---- descriptors ---- */

static void fetch(struct vmxnet3 *dev, unsigned queue, unsigned r)
{
    struct rx_queue *rx = &dev->st.rx[queue];
    struct rx_ring *ring = &rx->ring[r];
    uint32_t n = ring->size - ring->next < RX_BATCH ? ring->size - ring->next : RX_BATCH;

    rx->phase = PHASE_FETCH;
    rx->fetching = r;
    ring->batch_n = ring->batch_i = 0;
    dev->st.stats.copies++;
    dev->st.stats.copy_bytes += n * sizeof(struct Vmxnet3_RxDesc);
    pci_dma_read(dev->fn, ring->pa + (uint64_t)ring->next * sizeof(struct Vmxnet3_RxDesc),
                 n * sizeof(struct Vmxnet3_RxDesc), dma_tag(dev, DMA_RX_DESC, queue, r));
}

bool vmxnet3_rx_is_restocked(struct vmxnet3 *dev)
{
    for (unsigned q = 0; dev->st.rx_run && q < dev->st.rx_queues; q++) {
        const struct rx_ring *ring = &dev->st.rx[q].ring[0];
        uint32_t at = ring->next + ring->size / 2, gen = ring->gen; /* drivers post in order */
        struct Vmxnet3_RxDesc desc;

        if (at >= ring->size) {
            at -= ring->size;
            gen ^= 1;
        }
        if (vmxnet3_read_guest(dev, ring->pa + (uint64_t)at * sizeof(desc), &desc, sizeof(desc)) &&
            !!(desc.dword2 & VMXNET3_RXD_GEN) != !!gen)
            return false;
    }
    return true;
}

static const struct Vmxnet3_RxDesc *peek(const struct rx_queue *rx, unsigned r)
{
    const struct rx_ring *ring = &rx->ring[r];
    return ring->batch_i < ring->batch_n ? &ring->batch[ring->batch_i] : NULL;
}

static void advance(struct rx_ring *ring)
{
    ring->batch_i++;
    if (++ring->next == ring->size) {
        ring->next = 0;
        ring->gen ^= 1;
    }
}

static void use(struct rx_queue *rx, unsigned r)
{
    struct rx_ring *ring = &rx->ring[r];
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
static int next_ring(struct vmxnet3 *dev, unsigned queue, bool *fetching)
{
    struct rx_queue *rx = &dev->st.rx[queue];

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
        fetch(dev, queue, 0);
        return -1;
    }
    if (rx->frags == 0 || rx->ring[1].size == 0)
        return -1;
    if (peek(rx, 1))
        return 1;
    if (!rx->exhausted[1]) {
        *fetching = true;
        fetch(dev, queue, 1);
    }
    return -1;
}

static enum gather find_buffers(struct vmxnet3 *dev, unsigned queue)
{
    struct rx_queue *rx = &dev->st.rx[queue];

    while (rx->placed < rx->len) {
        bool fetching;
        int r;
        if (rx->frags == RX_FRAGMENTS_MAX)
            return GATHER_TOO_LONG;
        if (rx->frags && rx->ring[1].size == 0 && peek(rx, 0) && !(peek(rx, 0)->dword2 & VMXNET3_RXD_BTYPE_BODY))
            return GATHER_TOO_LONG; /* heads only: it will never fit */
        r = next_ring(dev, queue, &fetching);
        if (fetching)
            return GATHER_FETCHING;
        if (r < 0)
            return GATHER_EMPTY;
        use(rx, (unsigned)r);
    }
    return GATHER_DONE;
}

/* ---- one frame ---- */

static void begin(struct vmxnet3 *dev, unsigned queue)
{
    struct rx_queue *rx = &dev->st.rx[queue];
    struct frame *f;
    struct rx_classes classes;
    uint16_t tci;
    const uint8_t *to;
    bool check = dev->st.conf.misc.uptFeatures & UPT1_F_RXCSUM;

    rx->ref = pop(dev, rx);
    f = frame_get(dev->c.sim, rx->ref);
    vmxnet3__classify(dev, f, check, dev->st.rss_on, &classes);
    rx->flags = classes.flags;
    rx->cnc = !classes.checked;
    rx->rss_type = classes.rss_type;
    rx->rss_hash = classes.rss_hash;
    rx->tag = 0;
    if ((dev->st.conf.misc.uptFeatures & UPT1_F_RXVLAN) && frame_vlan_pop(f, &tci))
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
    gather(dev, queue);
}

/* The buffers found so far stay the driver's: look at them again for the next frame. */
static void give_back(struct rx_queue *rx)
{
    for (unsigned r = 0; r < 2; r++) {
        rx->ring[r].next = rx->ring[r].saved_next;
        rx->ring[r].gen = rx->ring[r].saved_gen;
        rx->ring[r].batch_n = rx->ring[r].batch_i = 0;
    }
    rx->frags = rx->placed = 0;
    rx->exhausted[0] = rx->exhausted[1] = 0;
}

static void drop(struct vmxnet3 *dev, unsigned queue, enum fate fate)
{
    struct rx_queue *rx = &dev->st.rx[queue];

    give_back(rx);
    rx->stats.pktsRxOutOfBuf++;
    frame_end_sub(&dev->c, rx->ref, fate, "queue %d", (int)queue);
    rx->ref = 0;
    rx->phase = PHASE_IDLE;
}

static void write_data(struct vmxnet3 *dev, unsigned queue)
{
    struct rx_queue *rx = &dev->st.rx[queue];
    uint32_t off = 0;

    rx->phase = PHASE_DATA;
    rx->pending = rx->frags;
    rx->good = rx->bad = 0;
    rx->data_epoch = dev->st.epoch;
    for (uint32_t i = 0; i < rx->frags; i++) {
        dev->st.stats.copies++;
        dev->st.stats.copy_bytes += rx->frag[i].len;
        pci_dma_write_frame(dev->fn, rx->frag[i].addr, rx->ref, off, rx->frag[i].len, true,
                            dma_tag(dev, DMA_RX_DATA, queue, i));
        off += rx->frag[i].len;
    }
}

static void gather(struct vmxnet3 *dev, unsigned queue)
{
    struct rx_queue *rx = &dev->st.rx[queue];

    switch (find_buffers(dev, queue)) {
    case GATHER_DONE:
        write_data(dev, queue);
        break;
    case GATHER_FETCHING:
        break;
    case GATHER_TOO_LONG:
        drop(dev, queue, FATE_rx_buffer_small);
        break;
    case GATHER_EMPTY:
        if (!dev->st.rx_wait) {
            drop(dev, queue, FATE_rx_no_descriptor);
            break;
        }
        give_back(rx);
        rx->phase = PHASE_WAIT;
        rx->retry =
            event_post(&dev->c, &dev->c, sim_now(dev->c.sim) + RX_RETRY_US * SIM_US, EV_HW, VERB_RX_RETRY, queue, 0, 0);
        break;
    }
}

void vmxnet3__rx_pump(struct vmxnet3 *dev, unsigned queue)
{
    struct rx_queue *rx = &dev->st.rx[queue];

    while (rx->phase == PHASE_IDLE && rx->waiting && dev->st.rx_run)
        begin(dev, queue);
    if (rx->phase == PHASE_IDLE)
        vmxnet3__progress(dev);
}

void vmxnet3__rx_retry(struct vmxnet3 *dev, unsigned queue)
{
    struct rx_queue *rx = &dev->st.rx[queue];

    if (rx->phase != PHASE_WAIT)
        return;
    event_cancel(dev->c.sim, &rx->retry);
    gather(dev, queue);
    vmxnet3__rx_pump(dev, queue);
}

void vmxnet3__rx_desc_done(struct vmxnet3 *dev, unsigned queue, const void *data, uint32_t len, enum pci_status status)
{
    struct rx_queue *rx = &dev->st.rx[queue];
    struct rx_ring *ring = &rx->ring[rx->fetching];
    const struct Vmxnet3_RxDesc *desc = data;
    uint32_t n = 0;

    if (rx->phase != PHASE_FETCH)
        return;
    if (status == PCI_OK) /* keep those that are ready; a batch does not cross the ring's end, so one generation */
        while (n < len / sizeof(*desc) && !!(desc[n].dword2 & VMXNET3_RXD_GEN) == !!ring->gen &&
               (desc[n].dword2 & VMXNET3_RXD_LEN_MASK))
            n++;
    memcpy(ring->batch, data ? data : ring->batch, n * sizeof(*desc));
    ring->batch_n = n;
    ring->batch_i = 0;
    rx->exhausted[rx->fetching] = n == 0;
    gather(dev, queue);
    vmxnet3__rx_pump(dev, queue);
}

/* ---- completions ---- */

static void write_completion(struct vmxnet3 *dev, unsigned queue, uint32_t i)
{
    struct rx_queue *rx = &dev->st.rx[queue];
    struct comp_ring *comp = &rx->comp;
    uint32_t id = rx->frag[i].ring ? dev->st.rx_queues + queue : queue;
    struct Vmxnet3_RxCompDesc desc = {
        .dword0 = rx->frag[i].index | (i == 0 ? VMXNET3_RCD_SOP : 0) | (i + 1 == rx->frags ? VMXNET3_RCD_EOP : 0) |
                  id << VMXNET3_RCD_RQID_SHIFT | rx->rss_type << VMXNET3_RCD_RSSTYPE_SHIFT |
                  (rx->cnc ? VMXNET3_RCD_CNC : 0),
        .rssHash = rx->rss_hash,
        .dword2 = rx->frag[i].len | rx->tag | (rx->bad ? VMXNET3_RCD_ERR : 0),
        .dword3 = rx->flags | VMXNET3_RCD_FCS | VMXNET3_CDTYPE_RXCOMP << VMXNET3_CD_TYPE_SHIFT |
                  (comp->gen ? VMXNET3_CD_GEN : 0),
    };

    dev->st.stats.copies++;
    dev->st.stats.copy_bytes += sizeof(desc);
    pci_dma_write(dev->fn, comp->pa + (uint64_t)comp->next * sizeof(desc), &desc, sizeof(desc),
                  dma_tag(dev, DMA_NONE, queue, 0));
    if (++comp->next == comp->size) {
        comp->next = 0;
        comp->gen ^= 1;
    }
}

static void count_received(struct vmxnet3 *dev, struct rx_queue *rx)
{
    uint64_t *packets[3] = {&rx->stats.ucastPktsRxOK, &rx->stats.mcastPktsRxOK, &rx->stats.bcastPktsRxOK};
    uint64_t *bytes[3] = {&rx->stats.ucastBytesRxOK, &rx->stats.mcastBytesRxOK, &rx->stats.bcastBytesRxOK};

    if (rx->bad) {
        rx->stats.pktsRxError++;
        return;
    }
    ++*packets[rx->kind];
    *bytes[rx->kind] += rx->len;
    dev->st.stats.rx_frames++;
    dev->st.stats.rx_bytes += rx->len;
}

static void orphan_keep(struct vmxnet3 *dev, unsigned queue)
{
    const struct rx_queue *rx = &dev->st.rx[queue];

    for (unsigned i = 0; i < RX_ORPHANS_MAX; i++)
        if (!dev->st.orphan[i].ref) {
            dev->st.orphan[i] = (struct rx_orphan){rx->ref, queue, rx->data_epoch, rx->pending, rx->good};
            return;
        }
}

static void orphan_landed(struct vmxnet3 *dev, unsigned queue, uint32_t epoch, enum pci_status status)
{
    for (unsigned i = 0; i < RX_ORPHANS_MAX; i++) {
        struct rx_orphan *orphan = &dev->st.orphan[i];
        if (!orphan->ref || orphan->queue != queue || orphan->epoch != epoch)
            continue;
        orphan->good += status == PCI_OK;
        if (--orphan->pending)
            return;
        if (orphan->good == 0)
            frame_end_sub(&dev->c, orphan->ref, FATE_iommu_fault, "queue %d", (int)queue);
        orphan->ref = 0;
        return;
    }
}

void vmxnet3__rx_data_done(struct vmxnet3 *dev, unsigned queue, uint32_t epoch, enum pci_status status)
{
    struct rx_queue *rx = &dev->st.rx[queue];

    if (rx->phase != PHASE_DATA || epoch != rx->data_epoch) {
        orphan_landed(dev, queue, epoch, status);
        return;
    }
    if (status == PCI_OK)
        rx->good++;
    else
        rx->bad++;
    if (--rx->pending)
        return;
    if (rx->good == 0) /* no byte of it is in memory, so it is still ours */
        frame_end_sub(&dev->c, rx->ref, status == PCI_NO_BUS_MASTER ? FATE_bus_master_off : FATE_iommu_fault,
                      "queue %d", (int)queue);
    rx->ref = 0;
    rx->phase = PHASE_IDLE;
    for (uint32_t i = 0; i < rx->frags; i++)
        write_completion(dev, queue, i);
    count_received(dev, rx);
    vmxnet3__irq_raise(dev, rx->intr);
    vmxnet3__rx_pump(dev, queue);
}

void vmxnet3__rx_discard(struct vmxnet3 *dev, unsigned queue, enum fate fate)
{
    struct rx_queue *rx = &dev->st.rx[queue];

    event_cancel(dev->c.sim, &rx->retry);
    while (rx->waiting)
        frame_end_sub(&dev->c, pop(dev, rx), fate, "queue %d", (int)queue);
    if (rx->phase == PHASE_DATA) /* on its way into memory, and the memory's when it lands */
        orphan_keep(dev, queue);
    else if (rx->ref)
        frame_end_sub(&dev->c, rx->ref, fate, "queue %d", (int)queue);
    rx->ref = 0;
    rx->phase = PHASE_IDLE;
    for (unsigned r = 0; r < 2; r++)
        rx->ring[r].batch_n = rx->ring[r].batch_i = 0;
}
