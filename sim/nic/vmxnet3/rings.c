/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring engine: life, gates, its DMA's answers, interrupts, the pass-through page. */
#include <assert.h>
#include <string.h>

#include "nic/nic.h"
#include "nic/vmxnet3/rings__.h"

void vmxnet3_rings_clear(struct vmxnet3_rings *rings)
{
    uint32_t epoch = rings->st.epoch + 1;
    struct vmxnet3_rings_stats stats = rings->st.stats;

    memset(&rings->st, 0, sizeof(rings->st));
    memset(&rings->more, 0, sizeof(rings->more));
    rings->st.epoch = epoch;
    rings->st.stats = stats;
    rings->st.irq_masked = ~0u;
}

void vmxnet3_rings_read_done(struct vmxnet3_rings *rings, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    unsigned queue = tag >> 48 & 0xff;

    if ((uint32_t)tag != rings->st.epoch)
        return;
    switch ((enum dma_kind)(tag >> 56)) {
    case DMA_TX_DESC:
        rings__tx_desc_done(rings, queue, data, len, status);
        break;
    case DMA_TX_DATA:
        rings__tx_data_done(rings, queue, data, len, status);
        break;
    case DMA_RX_DESC:
        rings__rx_desc_done(rings, queue, data, len, status);
        break;
    case DMA_NONE:
    case DMA_RX_DATA:
        break;
    }
}

void vmxnet3_rings_write_done(struct vmxnet3_rings *rings, uint64_t tag, enum pci_status status)
{
    if ((enum dma_kind)(tag >> 56) == DMA_RX_DATA)
        rings__rx_data_done(rings, tag >> 48 & 0xff, (uint32_t)tag, status);
}

void rings__count_copy(struct vmxnet3_rings *rings, uint32_t bytes, bool received)
{
    rings->st.stats.copies++;
    rings->st.stats.copy_bytes += bytes;
    if (rings->ops->copies)
        rings->ops->copies(rings, bytes, received);
}

void rings__count_map(struct vmxnet3_rings *rings, bool received)
{
    rings->more.maps++;
    if (rings->ops->maps)
        rings->ops->maps(rings, received);
}

void rings__pass(struct vmxnet3_rings *rings, unsigned queue, const struct frame *f, enum way_kind kind)
{
    const struct way_gap *gap = kind == WAY_RX ? &rings->times.empty[queue] : &rings->times.working[queue];
    nic_pass(rings->c, rings->vf, queue, kind, f, way_gap_read(gap, sim_now(rings->c->sim)));
}

void rings__progress(struct vmxnet3_rings *rings)
{
    if (rings->ops->progress)
        rings->ops->progress(rings);
}

/* ---- gates ---- */

void vmxnet3_rings_kick(struct vmxnet3_rings *rings)
{
    for (unsigned q = 0; q < rings->st.tx_queues; q++)
        rings__tx_kick(rings, q);
}

void vmxnet3_rings_start_tx(struct vmxnet3_rings *rings)
{
    if (!rings->st.ready)
        return;
    rings->st.tx_run = 1;
    vmxnet3_rings_kick(rings);
}

void vmxnet3_rings_gate(struct vmxnet3_rings *rings, bool tx, bool rx)
{
    rings->st.rx_run = rx && rings->st.ready;
    for (unsigned q = 0; q < rings->st.rx_queues; q++)
        if (rings->st.rx_run && rings->st.rx[q].waiting)
            rings__rx_pump(rings, q);
    if (tx)
        vmxnet3_rings_start_tx(rings);
    else
        rings->st.tx_run = 0;
}

void vmxnet3_rings_run(struct vmxnet3_rings *rings)
{
    if (rings->st.ready)
        vmxnet3_rings_gate(rings, true, true);
}

/* DMA under way for a frame that has ended must not touch the next one: a new epoch makes it meaningless. */
void vmxnet3_rings_stop(struct vmxnet3_rings *rings, enum fate fate)
{
    rings->st.tx_run = rings->st.rx_run = 0;
    for (unsigned q = 0; q < QUEUES_MAX; q++) {
        rings__tx_discard(rings, q, fate);
        rings__rx_discard(rings, q, fate);
    }
    rings->st.epoch++;
    rings__progress(rings);
}

bool vmxnet3_rings_tx_is_idle(const struct vmxnet3_rings *rings)
{
    for (unsigned q = 0; q < rings->st.tx_queues; q++) {
        const struct vmxnet3_tx_queue *tx = &rings->st.tx[q];
        if (tx->phase != RING_IDLE || (rings->st.tx_run && !tx->stopped && (tx->next != tx->prod || tx->batch_i < tx->batch_n)))
            return false;
    }
    return true;
}

void vmxnet3_rings_show(const struct vmxnet3_rings *rings, const char *before, struct probes *to)
{
    const struct vmxnet3_rings_state *st = &rings->st;
    for (unsigned q = 0; q < VMXNET3_RINGS_QUEUES; q++) {
        probe_add(to, 16, probe_u32, &st->tx[q].next, "%stx%u.next", before, q);
        probe_add(to, 16, probe_u32, &st->tx[q].prod, "%stx%u.prod", before, q);
        probe_add(to, 16, probe_u32, &st->tx[q].comp.next, "%stx%u.comp", before, q);
        probe_add(to, 16, probe_u32, &st->rx[q].ring[0].next, "%srx%u.next", before, q);
        probe_add(to, 16, probe_u32, &st->rx[q].comp.next, "%srx%u.comp", before, q);
    }
    probe_add(to, 32, probe_u32, &st->irq_masked, "%smasked", before);
    probe_add(to, 32, probe_u32, &st->irq_pending, "%spending", before);
}

uint32_t vmxnet3_rings_rx_backlog(const struct vmxnet3_rings *rings)
{
    uint32_t sum = 0;
    for (unsigned q = 0; q < rings->st.rx_queues; q++)
        sum += rings->st.rx[q].waiting + (rings->st.rx[q].phase != RING_IDLE);
    return sum;
}

uint64_t vmxnet3_rings_rx_taken(const struct vmxnet3_rings *rings, unsigned queue) { return rings->st.rx[queue].taken; }

uint64_t vmxnet3_rings_rx_left(const struct vmxnet3_rings *rings, unsigned queue)
{
    const struct vmxnet3_rx_queue *rx = &rings->st.rx[queue];
    return rx->taken - rx->waiting - (rx->phase != RING_IDLE);
}

void vmxnet3_rings_pause(struct vmxnet3_rings *rings)
{
    assert(!rings->st.paused);
    rings->st.was_tx = rings->st.tx_run;
    rings->st.was_rx = rings->st.rx_run;
    rings->st.tx_run = rings->st.rx_run = 0;
    rings->st.paused = 1;
}

void vmxnet3_rings_unpause(struct vmxnet3_rings *rings)
{
    assert(rings->st.paused);
    rings->st.paused = 0;
    rings->st.rx_run = rings->st.was_rx;
    for (unsigned q = 0; q < rings->st.rx_queues; q++)
        rings__rx_pump(rings, q);
    if (rings->st.was_tx)
        vmxnet3_rings_start_tx(rings);
}

bool vmxnet3_rings_is_quiet(const struct vmxnet3_rings *rings)
{
    if (!pci_function_is_idle(rings->fn))
        return false;
    for (unsigned q = 0; q < QUEUES_MAX; q++)
        if (rings->st.tx[q].phase != RING_IDLE || (rings->st.rx[q].phase != RING_IDLE && rings->st.rx[q].phase != RING_WAIT))
            return false;
    return true;
}

/* ---- interrupts: masks, autoMask, raises that wait for their unmask ---- */

static bool are_off(struct vmxnet3_rings *rings) { return rings->ops->interrupts_are_off && rings->ops->interrupts_are_off(rings); }

static void raise(struct vmxnet3_rings *rings, unsigned vector, bool at_once)
{
    uint32_t bit;

    if (!rings->st.ready || vector >= rings->st.vectors)
        return;
    bit = 1u << vector;
    if ((rings->st.irq_masked & bit) || are_off(rings)) {
        rings->st.irq_pending |= bit;
        return;
    }
    rings->st.irq_pending &= ~bit;
    if (!at_once && rings->ops->holds && rings->ops->holds(rings, vector))
        return;
    if (rings->st.auto_mask)
        rings->st.irq_masked |= bit;
    rings->st.stats.interrupts++;
    if (rings->ops->signals)
        rings->ops->signals(rings);
    if (rings->ops->interrupt)
        rings->ops->interrupt(rings, vector);
    else
        pci_msix_raise(rings->fn, vector);
}

void vmxnet3_rings_raise(struct vmxnet3_rings *rings, unsigned vector) { raise(rings, vector, false); }
void vmxnet3_rings_raise_at_once(struct vmxnet3_rings *rings, unsigned vector) { raise(rings, vector, true); }

static void irq_mask(struct vmxnet3_rings *rings, unsigned vector, bool masked)
{
    uint32_t bit = 1u << vector;

    if (masked) {
        rings->st.irq_masked |= bit;
        return;
    }
    rings->st.irq_masked &= ~bit;
    if (rings->st.irq_pending & bit)
        vmxnet3_rings_raise(rings, vector);
}

/* ---- the pass-through page ---- */

static bool in_array(uint32_t off, uint32_t base, uint32_t count, unsigned *index)
{
    if (off < base || off >= base + count * VMXNET3_REG_ALIGN)
        return false;
    *index = (off - base) / VMXNET3_REG_ALIGN;
    return true;
}

/* Producers only go forward: a write that was overtaken, on its way through another owner of the page, says nothing new. */
static void advance_prod(struct vmxnet3_tx_queue *tx, uint32_t value)
{
    uint32_t ahead = (value + tx->size - tx->next) % tx->size, was_ahead = (tx->prod + tx->size - tx->next) % tx->size;

    if (ahead > was_ahead)
        tx->prod = value;
}

bool vmxnet3_rings_page_write(struct vmxnet3_rings *rings, uint32_t off, uint32_t value)
{
    unsigned i;

    if (in_array(off, VMXNET3_REG_TXPROD, QUEUES_MAX, &i)) {
        if (i >= rings->st.tx_queues || value >= rings->st.tx[i].size)
            return false;
        advance_prod(&rings->st.tx[i], value);
        rings__tx_kick(rings, i);
        return true;
    }
    if (in_array(off, VMXNET3_REG_RXPROD, QUEUES_MAX, &i) || in_array(off, VMXNET3_REG_RXPROD2, QUEUES_MAX, &i)) {
        if (i >= rings->st.rx_queues)
            return false;
        vmxnet3_rings_retry(rings, i); /* descriptors say themselves whether they are ready: the write only wakes who waits */
        return true;
    }
    if (!in_array(off, VMXNET3_REG_IMR, VMXNET3_MAX_INTRS, &i))
        return false;
    irq_mask(rings, i, value & 1);
    return true;
}

bool vmxnet3_rings_page_read(const struct vmxnet3_rings *rings, uint32_t off, uint32_t *value)
{
    unsigned i;

    if (!in_array(off, VMXNET3_REG_IMR, VMXNET3_MAX_INTRS, &i))
        return false;
    *value = rings->st.irq_masked >> i & 1;
    return true;
}
