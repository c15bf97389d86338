/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How queues come into the ring engine: from a driver's configuration, or from the image of another engine. */
#include <string.h>

#include "nic/vmxnet3/rings__.h"

static bool refuse(struct vmxnet3_refusal *no, const char *why, uint64_t value)
{
    *no = (struct vmxnet3_refusal){why, value};
    return false;
}

static bool ring_is_good(struct vmxnet3_refusal *no, const char *what, uint64_t pa, uint32_t size, uint32_t max)
{
    if (pa & (VMXNET3_RING_BA_ALIGN - 1))
        return refuse(no, "a ring that is not aligned to 512 bytes", pa);
    if (size == 0 || size > max || size % VMXNET3_RING_SIZE_ALIGN)
        return refuse(no, what, size);
    return true;
}

bool vmxnet3_rings_set_tx(struct vmxnet3_rings *rings, unsigned queue, const struct Vmxnet3_TxQueueConf *conf,
                          struct vmxnet3_refusal *no)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];

    if (!ring_is_good(no, "a transmit ring of a wrong size", conf->txRingBasePA, conf->txRingSize, VMXNET3_TX_RING_MAX_SIZE) ||
        !ring_is_good(no, "a transmit completion ring of a wrong size", conf->compRingBasePA, conf->compRingSize,
                      VMXNET3_TC_RING_MAX_SIZE))
        return false;
    if (conf->intrIdx >= rings->st.vectors)
        return refuse(no, "a transmit queue with a wrong vector", conf->intrIdx);
    memset(tx, 0, sizeof(*tx));
    tx->pa = conf->txRingBasePA;
    tx->size = conf->txRingSize;
    tx->gen = VMXNET3_INIT_GEN;
    tx->comp = (struct vmxnet3_comp_ring){conf->compRingBasePA, conf->compRingSize, 0, VMXNET3_INIT_GEN};
    tx->intr = conf->intrIdx;
    return true;
}

bool vmxnet3_rings_set_rx(struct vmxnet3_rings *rings, unsigned queue, const struct Vmxnet3_RxQueueConf *conf,
                          struct vmxnet3_refusal *no)
{
    static const uint32_t max[2] = {VMXNET3_RX_RING_MAX_SIZE, VMXNET3_RX_RING2_MAX_SIZE};
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];

    memset(rx, 0, sizeof(*rx));
    for (unsigned i = 0; i < 2; i++) {
        if (i == 1 && conf->rxRingSize[1] == 0)
            break; /* no ring 2: frames that span buffers find their bodies in ring 1 */
        if (!ring_is_good(no, "a receive ring of a wrong size", conf->rxRingBasePA[i], conf->rxRingSize[i], max[i]))
            return false;
        rx->ring[i].pa = conf->rxRingBasePA[i];
        rx->ring[i].size = conf->rxRingSize[i];
        rx->ring[i].gen = VMXNET3_INIT_GEN;
    }
    if (!ring_is_good(no, "a receive completion ring of a wrong size", conf->compRingBasePA, conf->compRingSize,
                      VMXNET3_RC_RING_MAX_SIZE))
        return false;
    if (conf->intrIdx >= rings->st.vectors)
        return refuse(no, "a receive queue with a wrong vector", conf->intrIdx);
    rx->comp = (struct vmxnet3_comp_ring){conf->compRingBasePA, conf->compRingSize, 0, VMXNET3_INIT_GEN};
    rx->intr = conf->intrIdx;
    return true;
}

/* False: such a data ring is none. */
static bool set_data(struct vmxnet3_data_ring *data, uint64_t pa, uint32_t desc_size, uint32_t least, uint32_t count,
                     struct vmxnet3_refusal *no)
{
    if (pa & (VMXNET3_RING_BA_ALIGN - 1))
        return refuse(no, "a data ring that is not aligned to 512 bytes", pa);
    if (desc_size < least || desc_size > VMXNET3_DATA_DESC_MAX_SIZE || desc_size % VMXNET3_DATA_DESC_SIZE_ALIGN)
        return refuse(no, "a data ring with places of a wrong size", desc_size);
    *data = (struct vmxnet3_data_ring){.pa = pa, .desc_size = desc_size, .count = count};
    return true;
}

bool vmxnet3_rings_set_tx_data(struct vmxnet3_rings *rings, unsigned queue, unsigned rev, const struct Vmxnet3_TxQueueConf *conf,
                               struct vmxnet3_refusal *no)
{
    struct vmxnet3_data_ring *data = &rings->more.tx[queue];

    *data = (struct vmxnet3_data_ring){0};
    if (!conf->dataRingBasePA || !conf->dataRingSize)
        return true;
    if (conf->dataRingSize != conf->txRingSize) /* a place a descriptor */
        return refuse(no, "a transmit data ring of a wrong size", conf->dataRingSize);
    return set_data(data, conf->dataRingBasePA, rev < 3 ? VMXNET3_HDR_COPY_SIZE : conf->txDataRingDescSize,
                    VMXNET3_TXDATA_DESC_MIN_SIZE, conf->dataRingSize, no);
}

bool vmxnet3_rings_set_rx_data(struct vmxnet3_rings *rings, unsigned queue, unsigned rev, const struct Vmxnet3_RxQueueConf *conf,
                               struct vmxnet3_refusal *no)
{
    struct vmxnet3_data_ring *data = &rings->more.rx[queue];

    *data = (struct vmxnet3_data_ring){0};
    if (rev < 3 || !conf->rxDataRingBasePA || !conf->rxDataRingDescSize)
        return true;
    return set_data(data, conf->rxDataRingBasePA, conf->rxDataRingDescSize, VMXNET3_DATA_DESC_SIZE_ALIGN, conf->rxRingSize[0], no);
}

bool vmxnet3_rings_set_rss(struct vmxnet3_rings *rings, const struct UPT1_RSSConf *rss, struct vmxnet3_refusal *no)
{
    if (rss->hashKeySize > UPT1_RSS_MAX_KEY_SIZE || rss->indTableSize == 0 || rss->indTableSize > UPT1_RSS_MAX_IND_TABLE_SIZE)
        return refuse(no, "an RSS configuration of a wrong size", rss->indTableSize);
    for (unsigned i = 0; i < rss->indTableSize; i++)
        if (rss->indTable[i] >= rings->st.rx_queues)
            return refuse(no, "an RSS table that names a missing queue", rss->indTable[i]);
    rings->st.rss = *rss;
    rings->st.rss_on = rss->hashFunc == UPT1_RSS_HASH_FUNC_TOEPLITZ;
    return true;
}

/* ---- images ---- */

static struct vmxnet3_ring_image ring_image(uint64_t pa, uint32_t size, uint32_t next, uint32_t gen)
{
    return (struct vmxnet3_ring_image){.pa = pa, .size = size, .next = next, .gen = gen};
}

static struct vmxnet3_ring_image comp_image(const struct vmxnet3_comp_ring *comp)
{
    return ring_image(comp->pa, comp->size, comp->next, comp->gen);
}

void vmxnet3_rings_export(const struct vmxnet3_rings *rings, struct vmxnet3_rings_image *out)
{
    const struct vmxnet3_rings_state *st = &rings->st;

    memset(out, 0, sizeof(*out));
    out->magic = VMXNET3_IMAGE_MAGIC;
    out->version = VMXNET3_IMAGE_VERSION;
    out->tx_queues = st->tx_queues;
    out->rx_queues = st->rx_queues;
    out->vectors = st->vectors;
    out->auto_mask = st->auto_mask;
    out->masked = st->irq_masked;
    out->pending = st->irq_pending;
    out->features = st->features;
    out->rss_on = st->rss_on;
    out->rss = st->rss;
    for (unsigned q = 0; q < st->tx_queues; q++) {
        const struct vmxnet3_tx_queue *tx = &st->tx[q];
        out->tx[q] = (struct vmxnet3_tx_image){
            .ring = ring_image(tx->pa, tx->size, tx->next, tx->gen),
            .comp = comp_image(&tx->comp),
            .prod = tx->prod,
            .intr = tx->intr,
            .stopped = tx->stopped,
            .error = tx->error,
        };
    }
    for (unsigned q = 0; q < st->rx_queues; q++) {
        const struct vmxnet3_rx_queue *rx = &st->rx[q];
        out->rx[q].comp = comp_image(&rx->comp);
        out->rx[q].intr = rx->intr;
        for (unsigned r = 0; r < 2; r++)
            out->rx[q].ring[r] = ring_image(rx->ring[r].pa, rx->ring[r].size, rx->ring[r].next, rx->ring[r].gen);
    }
}

static bool next_is_good(const struct vmxnet3_ring_image *ring, struct vmxnet3_refusal *no)
{
    if (ring->size && ring->next >= ring->size)
        return refuse(no, "an image with an index behind its ring", ring->next);
    if (ring->gen > 1)
        return refuse(no, "an image with a wrong generation", ring->gen);
    return true;
}

static bool import_tx(struct vmxnet3_rings *rings, unsigned queue, const struct vmxnet3_tx_image *in, struct vmxnet3_refusal *no)
{
    struct vmxnet3_tx_queue *tx = &rings->st.tx[queue];
    struct Vmxnet3_TxQueueConf conf = {
        .txRingBasePA = in->ring.pa,
        .compRingBasePA = in->comp.pa,
        .txRingSize = in->ring.size,
        .compRingSize = in->comp.size,
        .intrIdx = (uint8_t)in->intr,
    };

    if (!vmxnet3_rings_set_tx(rings, queue, &conf, no) || !next_is_good(&in->ring, no) || !next_is_good(&in->comp, no))
        return false;
    if (in->prod >= in->ring.size)
        return refuse(no, "an image with a producer behind its ring", in->prod);
    tx->next = in->ring.next;
    tx->gen = in->ring.gen;
    tx->prod = in->prod;
    tx->comp.next = in->comp.next;
    tx->comp.gen = in->comp.gen;
    tx->stopped = in->stopped;
    tx->error = in->error;
    return true;
}

static bool import_rx(struct vmxnet3_rings *rings, unsigned queue, const struct vmxnet3_rx_image *in, struct vmxnet3_refusal *no)
{
    struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    struct Vmxnet3_RxQueueConf conf = {
        .rxRingBasePA = {in->ring[0].pa, in->ring[1].pa},
        .compRingBasePA = in->comp.pa,
        .rxRingSize = {in->ring[0].size, in->ring[1].size},
        .compRingSize = in->comp.size,
        .intrIdx = (uint8_t)in->intr,
    };

    if (!vmxnet3_rings_set_rx(rings, queue, &conf, no) || !next_is_good(&in->ring[0], no) || !next_is_good(&in->ring[1], no) ||
        !next_is_good(&in->comp, no))
        return false;
    for (unsigned r = 0; r < 2; r++) {
        rx->ring[r].next = in->ring[r].next;
        rx->ring[r].gen = in->ring[r].gen;
    }
    rx->comp.next = in->comp.next;
    rx->comp.gen = in->comp.gen;
    return true;
}

static bool import(struct vmxnet3_rings *rings, const struct vmxnet3_rings_image *in, struct vmxnet3_refusal *no)
{
    if (in->magic != VMXNET3_IMAGE_MAGIC || in->version != VMXNET3_IMAGE_VERSION)
        return refuse(no, "an image of another version", in->version);
    if (in->tx_queues == 0 || in->tx_queues > QUEUES_MAX || in->rx_queues == 0 || in->rx_queues > QUEUES_MAX)
        return refuse(no, "an image with a wrong number of queues", in->tx_queues);
    if (in->vectors == 0 || in->vectors > VMXNET3_MAX_INTRS)
        return refuse(no, "an image with a wrong number of vectors", in->vectors);
    rings->st.vectors = in->vectors;
    rings->st.auto_mask = in->auto_mask != 0;
    rings->st.irq_masked = in->masked;
    rings->st.irq_pending = in->pending;
    rings->st.features = in->features;
    for (unsigned q = 0; q < in->tx_queues; q++)
        if (!import_tx(rings, q, &in->tx[q], no))
            return false;
    for (unsigned q = 0; q < in->rx_queues; q++)
        if (!import_rx(rings, q, &in->rx[q], no))
            return false;
    rings->st.tx_queues = in->tx_queues;
    rings->st.rx_queues = in->rx_queues;
    rings->st.rss_on = 0;
    return !in->rss_on || vmxnet3_rings_set_rss(rings, &in->rss, no);
}

bool vmxnet3_rings_import(struct vmxnet3_rings *rings, const struct vmxnet3_rings_image *in, struct vmxnet3_refusal *no)
{
    bool good;

    vmxnet3_rings_clear(rings);
    good = import(rings, in, no);
    if (!good)
        vmxnet3_rings_clear(rings);
    rings->st.ready = good;
    return good;
}

/* Indices that came over a wire must not reach outside. */
bool vmxnet3_rings_state_is_sound(const struct vmxnet3_rings_state *st)
{
    if (st->tx_queues > QUEUES_MAX || st->rx_queues > QUEUES_MAX || st->vectors > VMXNET3_MAX_INTRS ||
        (st->rss_on && (st->rss.indTableSize == 0 || st->rss.indTableSize > UPT1_RSS_MAX_IND_TABLE_SIZE)))
        return false;
    for (unsigned q = 0; q < QUEUES_MAX; q++) {
        const struct vmxnet3_tx_queue *tx = &st->tx[q];
        const struct vmxnet3_rx_queue *rx = &st->rx[q];
        if (tx->phase != RING_IDLE || rx->phase != RING_IDLE || rx->waiting || tx->ref || rx->ref || tx->frags > TX_FRAGMENTS_MAX ||
            tx->batch_n > TX_BATCH || tx->batch_i > tx->batch_n || rx->frags > RX_FRAGMENTS_MAX || rx->ring[0].batch_n > RX_BATCH ||
            rx->ring[1].batch_n > RX_BATCH || rx->ring[0].batch_i > rx->ring[0].batch_n ||
            rx->ring[1].batch_i > rx->ring[1].batch_n)
            return false;
    }
    return true;
}

static bool data_is_sound(const struct vmxnet3_data_ring *data)
{
    return data->desc_size <= VMXNET3_DATA_DESC_MAX_SIZE && data->count <= VMXNET3_RX_RING_MAX_SIZE;
}

bool vmxnet3_rings_more_is_sound(const struct vmxnet3_rings_more *more)
{
    for (unsigned q = 0; q < QUEUES_MAX; q++)
        if (!data_is_sound(&more->tx[q]) || !data_is_sound(&more->rx[q]))
            return false;
    return true;
}
