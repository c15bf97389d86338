/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transmit of the ring engine: a loop a queue, one frame at a time.
 *
 * TXPROD kicks; descriptors are fetched up to it in batches, a frame's fragments are copied one after the other, its
 * offloads done, the frame leaves to the owner, the completion is written, the vector raised.
 */
#include <string.h>

#include "nic/vmxnet3/rings__.h"

static void fetch_fragment(struct vmxnet3_rings *rings, unsigned queue);

static uint32_t desc_len(const struct Vmxnet3_TxDesc *desc)
{
    uint32_t len = desc->dword2 & VMXNET3_TXD_LEN_MASK;
    return len ? len : VMXNET3_MAX_TX_BUF_SIZE;
}

static void stop_queue(struct vmxnet3_rings *rings, unsigned queue, uint32_t error)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];

    tx->phase = RING_IDLE;
    tx->stopped = 1;
    tx->error = error;
    tx->stats.pktsTxError++;
    trace_vmxnet3_tx_stopped(rings->c, queue, error);
    rings->ops->tx_error(rings, queue, error);
    rings__progress(rings);
}

/* It rests: nothing is to be sent, or it must not. */
static void rests(struct vmxnet3_rings *rings, unsigned queue)
{
    way_gap_ends(&rings->times.working[queue], sim_now(rings->c->sim));
    rings__progress(rings);
}

static void complete(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];
    struct vmxnet3_comp_ring *comp = &tx->comp;
    struct Vmxnet3_TxCompDesc desc = {
        .dword0 = tx->eop_index,
        .dword3 = VMXNET3_CDTYPE_TXCOMP << VMXNET3_CD_TYPE_SHIFT | (comp->gen ? VMXNET3_CD_GEN : 0),
    };

    tx->phase = RING_IDLE;
    if (!tx->completion_wanted)
        return;
    rings__count_copy(rings, sizeof(desc), false);
    pci_dma_write(rings->fn, comp->pa + (uint64_t)comp->next * sizeof(desc), &desc, sizeof(desc),
                  dma_tag(rings, DMA_NONE, queue, 0));
    if (++comp->next == comp->size) {
        comp->next = 0;
        comp->gen ^= 1;
    }
    vmxnet3_rings_raise(rings, tx->intr);
}

static void count_sent(struct vmxnet3_rings *rings, struct vmxnet3_tx_queue *tx, const struct frame *f)
{
    const uint8_t *to = frame_data((struct frame *)f);

    rings->st.stats.tx_frames++;
    rings->st.stats.tx_bytes += f->len;
    if (mac_is_broadcast(to)) {
        tx->stats.bcastPktsTxOK++;
        tx->stats.bcastBytesTxOK += f->len;
    } else if (mac_is_multicast(to)) {
        tx->stats.mcastPktsTxOK++;
        tx->stats.mcastBytesTxOK += f->len;
    } else {
        tx->stats.ucastPktsTxOK++;
        tx->stats.ucastBytesTxOK += f->len;
    }
}

/* A descriptor asked for something the frame is not fit for: the frame ends, the ring goes on. */
static void drop_malformed(struct vmxnet3_rings *rings, struct vmxnet3_tx_queue *tx)
{
    tx->stats.pktsTxError++;
    frame_end(rings->c, tx->ref, FATE_tx_bad_descriptor);
    tx->ref = 0;
}

static void send_frame(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];
    struct frame *f = frame_get(rings->c->sim, tx->ref);
    uint32_t om = tx->dword3 >> VMXNET3_TXD_OM_SHIFT & 3;
    uint32_t hlen = tx->dword3 & VMXNET3_TXD_HLEN_MASK, msscof = tx->dword2 >> VMXNET3_TXD_MSSCOF_SHIFT;
    int32_t tci = tx->dword3 & VMXNET3_TXD_TI ? (int32_t)(tx->dword3 >> VMXNET3_TXD_TCI_SHIFT) : -1;
    frame_ref ref = tx->ref;

    if (om == VMXNET3_OM_TSO) {
        uint32_t len = f->len, sent;
        tx->ref = 0;
        sent = rings__segment(rings, queue, ref, hlen, msscof, tci);
        if (sent == 0)
            tx->stats.pktsTxError++;
        tx->stats.TSOPktsTxOK += sent;
        tx->stats.TSOBytesTxOK += sent ? len : 0;
        return;
    }
    if (f->len > FRAME_MAX_JUMBO || (om == VMXNET3_OM_CSUM && !rings__checksum(f, hlen, msscof))) {
        drop_malformed(rings, tx);
        return;
    }
    if (tci >= 0)
        frame_vlan_push(f, (uint16_t)tci);
    count_sent(rings, tx, f);
    tx->ref = 0;
    rings->ops->send(rings, queue, ref);
}

/* ---- gathering the descriptors of one frame ---- */

/* What ends before the device looked at its data is still a frame in guest memory; taking it over makes its end
 * visible. */
static void end_untaken(struct vmxnet3_rings *rings, struct vmxnet3_tx_queue *tx, enum fate fate)
{
    frame_ref ref = tx->ref;

    tx->ref = 0;
    if (!ref && tx->frags)
        ref = pci_frame_made_at(rings->fn, tx->frag[0].addr);
    if (ref)
        frame_end(rings->c, ref, fate);
}

/* Takes one ready descriptor. True when it was the frame's last. */
static bool take_desc(struct vmxnet3_rings *rings, unsigned queue, const struct Vmxnet3_TxDesc *desc)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];

    if (tx->frags == 0) {
        tx->dword2 = desc->dword2;
        tx->dword3 = desc->dword3;
        tx->total = 0;
    }
    tx->frag[tx->frags].addr = desc->addr;
    tx->frag[tx->frags].len = desc_len(desc);
    tx->total += desc_len(desc);
    tx->frags++;
    tx->eop_index = tx->next;
    tx->completion_wanted = !!(desc->dword3 & VMXNET3_TXD_CQ);
    if (++tx->next == tx->size) {
        tx->next = 0;
        tx->gen ^= 1;
    }
    return desc->dword3 & VMXNET3_TXD_EOP;
}

static bool frame_is_legal(const struct vmxnet3_tx_queue *tx, uint32_t *error)
{
    uint32_t om = tx->dword3 >> VMXNET3_TXD_OM_SHIFT & 3;

    if (om == VMXNET3_OM_ENCAP || (tx->dword2 & (VMXNET3_TXD_DTYPE | VMXNET3_TXD_EXT1)))
        *error = VMXNET3_ERR_DESC_NOT_SPT;
    else if (om != VMXNET3_OM_TSO && tx->frags > VMXNET3_MAX_TXD_PER_PKT)
        *error = VMXNET3_ERR_BIG_PKT;
    else if (tx->total < 14 || tx->total > FRAME_MAX_GIANT)
        *error = VMXNET3_ERR_TXD_INVALID;
    else
        return true;
    return false;
}

static void fetch_batch(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];
    uint32_t n = tx->prod > tx->next ? tx->prod - tx->next : tx->size - tx->next;

    if (n > TX_BATCH)
        n = TX_BATCH;
    tx->phase = RING_FETCH;
    tx->batch_n = tx->batch_i = 0;
    rings__count_copy(rings, n * sizeof(struct Vmxnet3_TxDesc), false);
    pci_dma_read(rings->fn, tx->pa + (uint64_t)tx->next * sizeof(struct Vmxnet3_TxDesc), n * sizeof(struct Vmxnet3_TxDesc),
                 dma_tag(rings, DMA_TX_DESC, queue, 0));
}

static bool may_go_on(struct vmxnet3_rings *rings, const struct vmxnet3_tx_queue *tx)
{
    if (tx->phase != RING_IDLE || tx->stopped)
        return false;
    return tx->frags || (rings->st.tx_run && (!rings->ops->may_send || rings->ops->may_send(rings)));
}

/* The loop: goes on until it waits for DMA, the ring is empty, or the gate is closed between two frames. */
static void pump(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];

    way_gap_begins(&rings->times.working[queue], sim_now(rings->c->sim));
    while (may_go_on(rings, tx)) {
        uint32_t error;
        const struct Vmxnet3_TxDesc *desc;

        if (tx->batch_i == tx->batch_n) {
            if (tx->next == tx->prod)
                break;
            fetch_batch(rings, queue);
            return;
        }
        desc = &tx->batch[tx->batch_i];
        if (!!(desc->dword2 & VMXNET3_TXD_GEN) != !!tx->gen) { /* TXPROD ran ahead of the ring: wait for the next kick */
            tx->batch_n = tx->batch_i;
            tx->prod = tx->next;
            break;
        }
        tx->batch_i++;
        if (!take_desc(rings, queue, desc)) {
            if (tx->frags == TX_FRAGMENTS_MAX) {
                end_untaken(rings, tx, FATE_tx_bad_descriptor);
                stop_queue(rings, queue, VMXNET3_ERR_NOEOP);
            }
            continue;
        }
        if (frame_is_legal(tx, &error)) {
            tx->frag_next = 0;
            tx->ref = 0;
            fetch_fragment(rings, queue);
            return;
        }
        end_untaken(rings, tx, FATE_tx_bad_descriptor);
        stop_queue(rings, queue, error);
    }
    rests(rings, queue);
}

void rings__tx_kick(struct vmxnet3_rings *rings, unsigned queue)
{
    if (rings->st.ready && rings->st.tx_run && rings->st.tx[queue].phase == RING_IDLE)
        pump(rings, queue);
}

void rings__tx_desc_done(struct vmxnet3_rings *rings, unsigned queue, const void *data, uint32_t len, enum pci_status status)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];

    if (tx->phase != RING_FETCH)
        return;
    if (status != PCI_OK) {
        stop_queue(rings, queue, VMXNET3_ERR_TXD_INVALID);
        return;
    }
    memcpy(tx->batch, data, len);
    tx->batch_n = len / sizeof(struct Vmxnet3_TxDesc);
    tx->batch_i = 0;
    tx->phase = RING_IDLE;
    pump(rings, queue);
}

/* ---- copying it ---- */

static void fetch_fragment(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];
    unsigned i = tx->frag_next;

    tx->phase = RING_DATA;
    if (!rings__is_in(&rings->more.tx[queue], tx->frag[i].addr, tx->frag[i].len))
        rings__count_map(rings, false);
    else if (i == 0)
        rings->more.tx_data_frames++;
    rings__count_copy(rings, tx->frag[i].len, false);
    pci_dma_read(rings->fn, tx->frag[i].addr, tx->frag[i].len, dma_tag(rings, DMA_TX_DATA, queue, i));
}

/* The frame's identity: as its application made it, or, when nobody told, one of no flow. */
static bool take_frame(struct vmxnet3_rings *rings, struct vmxnet3_tx_queue *tx)
{
    struct frame *f;

    tx->ref = pci_frame_made_at(rings->fn, tx->frag[0].addr);
    if (!tx->ref)
        tx->ref = frame_birth(rings->c, pci_flow_at(rings->fn, tx->frag[0].addr), tx->total);
    if (!tx->ref)
        return false;
    f = frame_get(rings->c->sim, tx->ref);
    if (tx->total > frame_cap(f) - f->head) { /* longer than what was made there */
        drop_malformed(rings, tx);
        return false;
    }
    f->len = tx->total;
    f->flags &= (uint16_t)~FRAME_IN_MEMORY;
    if (frame_is_witness(f))
        rings__pass(rings, (unsigned)(tx - rings->st.tx), f, WAY_TX);
    return true;
}

static void next_frame(struct vmxnet3_rings *rings, unsigned queue)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];

    tx->frags = 0;
    complete(rings, queue);
    pump(rings, queue);
}

void rings__tx_data_done(struct vmxnet3_rings *rings, unsigned queue, const void *data, uint32_t len, enum pci_status status)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];
    uint32_t off = 0;

    if (tx->phase != RING_DATA)
        return;
    if (status != PCI_OK) { /* an address out of reach: that frame is lost, the ring goes on */
        end_untaken(rings, tx, status == PCI_NO_BUS_MASTER ? FATE_bus_master_off : FATE_iommu_fault);
        tx->stats.pktsTxError++;
        next_frame(rings, queue);
        return;
    }
    if (tx->frag_next == 0 && !take_frame(rings, tx)) {
        next_frame(rings, queue);
        return;
    }
    for (unsigned i = 0; i < tx->frag_next; i++)
        off += tx->frag[i].len;
    memcpy(frame_data(frame_get(rings->c->sim, tx->ref)) + off, data, len);
    if (++tx->frag_next < tx->frags) {
        fetch_fragment(rings, queue);
        return;
    }
    send_frame(rings, queue);
    next_frame(rings, queue);
}

void rings__tx_discard(struct vmxnet3_rings *rings, unsigned queue, enum fate fate)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];

    bool copying = tx->phase == RING_DATA;

    end_untaken(rings, tx, fate);
    tx->frags = 0;
    tx->phase = RING_IDLE;
    tx->batch_n = tx->batch_i = 0;
    if (copying && fate == FATE_switch_cut) /* the driver goes on with this ring and counts on its completion */
        complete(rings, queue);
}
