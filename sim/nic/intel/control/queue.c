/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 64-byte register block of a receive or transmit queue: the same in the PF's map and in a VF's [82599 8.2.3.8, 8.3.5].
 * A field that is no queue register (statistics share the block in a VF's map) is left to the caller: false.
 */
#include "nic/intel/control/control.h"

enum {
    BAL = 0x00,
    BAH = 0x04,
    LEN = 0x08,
    DCA = 0x0c,
    HEAD = 0x10,
    SRRCTL = 0x14,
    TAIL = 0x18,
    CTL = 0x28,
    RSCCTL = 0x2c,
    WBAL = 0x38,
    WBAH = 0x3c
};

/* A ring is 128-byte granular and its indices lie inside it: what a driver writes beyond is cut, as the chip's wires do. */
static uint32_t ring_bytes(uint32_t value)
{
    value &= 0x000fff80;
    return value <= INTEL_RING_DESCS * 16 ? value : INTEL_RING_DESCS * 16;
}

static uint32_t ring_index(struct intel_chip *n, unsigned queue, bool tx, uint32_t value, uint32_t len_bytes)
{
    uint32_t len = len_bytes / 16;
    if (value < len || len == 0)
        return len ? value : 0;
    trace_nic_bad_tail(chip_component(n), queue, value, len);
    intel_mdd(n, queue, tx, MALICE_TAIL);
    return value % len;
}

/* What both kinds of queue have, in registers at the same places. */
struct ring_words {
    uint32_t *base_lo, *base_hi, *len_bytes, *dca, *head, *tail, *fetch_next;
    bool is_on;
};

static struct ring_words rx_words(struct rx_queue *q)
{
    return (struct ring_words){&q->base_lo, &q->base_hi, &q->len_bytes,  &q->dca,
                               &q->head,    &q->tail,    &q->fetch_next, q->rxdctl & INTEL_RXDCTL_ENABLE};
}

static struct ring_words tx_words(struct tx_queue *q)
{
    return (struct ring_words){&q->base_lo, &q->base_hi, &q->len_bytes,  &q->dca,
                               &q->head,    &q->tail,    &q->fetch_next, q->txdctl & INTEL_TXDCTL_ENABLE};
}

static bool ring_read(struct ring_words ring, uint32_t field, uint32_t *value)
{
    switch (field) {
    case BAL:
        *value = *ring.base_lo;
        return true;
    case BAH:
        *value = *ring.base_hi;
        return true;
    case LEN:
        *value = *ring.len_bytes;
        return true;
    case DCA:
        *value = *ring.dca;
        return true;
    case HEAD:
        *value = *ring.head;
        return true;
    case TAIL:
        *value = *ring.tail;
        return true;
    default:
        return false;
    }
}

/* All but the tail, which is for what the queue does then. */
static bool ring_write(struct ring_words ring, uint32_t field, uint32_t value)
{
    switch (field) {
    case BAL:
        *ring.base_lo = value & ~127u;
        return true;
    case BAH:
        *ring.base_hi = value;
        return true;
    case LEN:
        if (!ring.is_on) /* the geometry of a running ring stays */
            *ring.len_bytes = ring_bytes(value);
        return true;
    case DCA:
        *ring.dca = value;
        return true;
    case HEAD:
        if (!ring.is_on) /* software may only zero it before it enables the queue */
            *ring.head = *ring.fetch_next = 0;
        return true;
    default:
        return false;
    }
}

bool intel_rx_queue_read(struct intel_chip *n, unsigned queue, uint32_t field, uint32_t *value)
{
    struct rx_queue *q = &n->rxq[queue];
    switch (field) {
    case SRRCTL:
        *value = q->srrctl;
        return true;
    case CTL:
        *value = q->rxdctl;
        return true;
    case RSCCTL:
        *value = q->rscctl;
        return true;
    default:
        return ring_read(rx_words(q), field, value);
    }
}

static void rx_control(struct intel_chip *n, unsigned queue, uint32_t value)
{
    struct rx_queue *q = &n->rxq[queue];
    bool was = q->rxdctl & INTEL_RXDCTL_ENABLE, is = value & INTEL_RXDCTL_ENABLE;
    q->rxdctl = value & ~INTEL_RXDCTL_SWFLSH;
    if (is && !was) {
        q->head = q->fetch_next = 0;
        if (q->tail >= q->len_bytes / 16)
            q->tail = 0;
    }
    if (was && !is) {
        intel_rsc_close(n, queue, 1);
        intel_rx_queue_stop(n, queue);
    }
    intel_switch_pool(n, chip_queue_pool(n, queue));
    intel_rx_kick(n, queue);
}

bool intel_rx_queue_write(struct intel_chip *n, unsigned queue, uint32_t field, uint32_t value)
{
    struct rx_queue *q = &n->rxq[queue];
    switch (field) {
    case SRRCTL:
        q->srrctl = value;
        if ((value & INTEL_SRRCTL_DESCTYPE_MASK) > INTEL_SRRCTL_DESCTYPE_ADV_ONEBUF &&
            (value & INTEL_SRRCTL_DESCTYPE_MASK) != INTEL_SRRCTL_DESCTYPE_SPLIT_ALWAYS) {
            n->s.split_asked++; /* no header is looked for here: such a queue has one buffer a descriptor like the others */
            trace_nic_header_split(chip_component(n), queue);
        }
        return true;
    case TAIL:
        q->tail = ring_index(n, queue, false, value & 0xffff, q->len_bytes);
        intel_rx_kick(n, queue);
        return true;
    case CTL:
        rx_control(n, queue, value);
        return true;
    case RSCCTL:
        q->rscctl = value;
        if (!(value & INTEL_RSCCTL_RSCEN))
            intel_rsc_close(n, queue, 1);
        return true;
    default:
        return ring_write(rx_words(q), field, value);
    }
}

bool intel_tx_queue_read(struct intel_chip *n, unsigned queue, uint32_t field, uint32_t *value)
{
    struct tx_queue *q = &n->txq[queue];
    switch (field) {
    case CTL: /* stays set until what was fetched is complete [82599 4.6.8.2] */
        *value = q->txdctl | (q->under_way ? INTEL_TXDCTL_ENABLE : 0);
        return true;
    case WBAL:
        *value = q->wb_lo;
        return true;
    case WBAH:
        *value = q->wb_hi;
        return true;
    default:
        return ring_read(tx_words(q), field, value);
    }
}

static void tx_control(struct intel_chip *n, unsigned queue, uint32_t value)
{
    struct tx_queue *q = &n->txq[queue];
    bool was = q->txdctl & INTEL_TXDCTL_ENABLE, is = value & INTEL_TXDCTL_ENABLE;
    q->txdctl = value & ~INTEL_TXDCTL_SWFLSH;
    if (value & INTEL_TXDCTL_SWFLSH)
        intel_tx_flush(n, queue);
    if (is && !was) {
        q->head = q->fetch_next = 0;
        if (q->tail >= q->len_bytes / 16)
            q->tail = 0;
    }
    if (was && !is)
        intel_tx_queue_stop(n, queue);
    intel_tx_kick(n, queue);
}

bool intel_tx_queue_write(struct intel_chip *n, unsigned queue, uint32_t field, uint32_t value)
{
    struct tx_queue *q = &n->txq[queue];
    switch (field) {
    case TAIL:
        q->tail = ring_index(n, queue, true, value & 0xffff, q->len_bytes);
        intel_tx_kick(n, queue);
        return true;
    case CTL:
        tx_control(n, queue, value);
        return true;
    case WBAL:
        q->wb_lo = value;
        return true;
    case WBAH:
        q->wb_hi = value;
        return true;
    default:
        return ring_write(tx_words(q), field, value);
    }
}
