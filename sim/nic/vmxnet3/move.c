/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vmxnet3 device whose VM moves: it pauses between two frames, its state goes through a stream into the device of the
 * same VM on another host, and the one left behind is as after power-on.
 *
 * Descriptors that were fetched ahead move with the ring indices; frames it holds do not: whoever moves it takes them out.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

void vmxnet3_pause(struct vmxnet3 *dev)
{
    assert(!dev->st.paused);
    dev->st.was_tx = dev->st.tx_run;
    dev->st.was_rx = dev->st.rx_run;
    dev->st.tx_run = dev->st.rx_run = 0;
    dev->st.paused = 1;
}

void vmxnet3_unpause(struct vmxnet3 *dev)
{
    assert(dev->st.paused);
    dev->st.paused = 0;
    dev->st.rx_run = dev->st.was_rx;
    for (unsigned q = 0; q < dev->st.rx_queues; q++)
        vmxnet3__rx_pump(dev, q);
    if (dev->st.was_tx)
        vmxnet3_start_tx(dev);
}

bool vmxnet3_is_quiet(const struct vmxnet3 *dev)
{
    if (!pci_function_is_idle(dev->fn))
        return false;
    for (unsigned q = 0; q < QUEUES_MAX; q++)
        if (dev->st.tx[q].phase != PHASE_IDLE || (dev->st.rx[q].phase != PHASE_IDLE && dev->st.rx[q].phase != PHASE_WAIT))
            return false;
    return true;
}

frame_ref vmxnet3_take_rx(struct vmxnet3 *dev)
{
    for (unsigned q = 0; q < QUEUES_MAX; q++) {
        struct rx_queue *rx = &dev->st.rx[q];
        frame_ref ref = 0;

        if (rx->phase == PHASE_WAIT) { /* it waits for descriptors; those it had found are given back */
            ref = rx->ref;
            rx->ref = 0;
            rx->phase = PHASE_IDLE;
            event_cancel(dev->c.sim, &rx->retry);
        } else if (rx->waiting) {
            ref = rx->first;
            rx->first = frame_get(dev->c.sim, ref)->mark;
            if (--rx->waiting == 0)
                rx->first = rx->last = 0;
        }
        if (ref)
            return ref;
    }
    return 0;
}

/* ---- state ---- */

static void save_vectors(struct vmxnet3 *dev, struct save *s)
{
    for (unsigned v = 0; v < VMXNET3_MAX_INTRS; v++) {
        uint32_t entry[4] = {0}, at = VMXNET3_MSIX_TABLE + 16 * v, pending = 0;

        if (!save_is_loading(s)) {
            for (unsigned i = 0; i < 4; i++)
                entry[i] = (uint32_t)pci_mmio_peek(dev->fn, VMXNET3_MSIX_BAR, at + 4 * i, 4);
            pending = pci_mmio_peek(dev->fn, VMXNET3_MSIX_BAR, VMXNET3_MSIX_PBA + v / 32 * 4, 4) >> v % 32 & 1;
        }
        save_field(s, entry);
        save_field(s, pending);
        if (!save_is_loading(s) || s->err)
            continue;
        pci_msix_program(dev->fn, v, (uint64_t)entry[1] << 32 | entry[0], entry[2], entry[3] & 1);
        if (pending)
            pci_msix_raise(dev->fn, v);
    }
}

/* Indices that came over a wire must not reach outside. */
static bool is_sound(const struct vmxnet3_state *st)
{
    if (st->tx_queues > QUEUES_MAX || st->rx_queues > QUEUES_MAX || st->multicast_count > VMXNET3_MULTICAST_MAX)
        return false;
    for (unsigned q = 0; q < QUEUES_MAX; q++) {
        const struct tx_queue *tx = &st->tx[q];
        const struct rx_queue *rx = &st->rx[q];
        if (tx->phase != PHASE_IDLE || rx->phase != PHASE_IDLE || rx->waiting || tx->ref || rx->ref ||
            tx->frags > TX_FRAGMENTS_MAX || tx->batch_n > TX_BATCH || tx->batch_i > tx->batch_n ||
            rx->frags > RX_FRAGMENTS_MAX || rx->ring[0].batch_n > RX_BATCH || rx->ring[1].batch_n > RX_BATCH ||
            rx->ring[0].batch_i > rx->ring[0].batch_n || rx->ring[1].batch_i > rx->ring[1].batch_n)
            return false;
    }
    return true;
}

void vmxnet3_move_save(struct vmxnet3 *dev, struct save *s)
{
    struct vmxnet3_state *st = &dev->st, moving = *st;

    assert(save_is_loading(s) ? !st->activated : st->paused && vmxnet3_is_quiet(dev) && vmxnet3_rx_backlog(dev) == 0);
    save_section(s, "vmxnet3 of a VM that moves", 1);
    save_field(s, moving);
    if (save_is_loading(s) && !s->err && !is_sound(&moving))
        save_fail(s, -EPROTO, "the device's state is impossible");
    if (save_is_loading(s) && !s->err) {
        moving.epoch = st->epoch + 1;
        moving.stats = st->stats;
        *st = moving;
    }
    save_vectors(dev, s);
}

void vmxnet3_vacate(struct vmxnet3 *dev)
{
    struct vmxnet3_stats stats = dev->st.stats;
    uint32_t epoch = dev->st.epoch + 1;

    assert(vmxnet3_is_quiet(dev) && vmxnet3_rx_backlog(dev) == 0);
    memset(&dev->st, 0, sizeof(dev->st));
    dev->st.stats = stats;
    dev->st.epoch = epoch;
    dev->st.irq_masked = ~0u;
    memcpy(dev->st.mac, dev->perm_mac, sizeof(dev->st.mac));
}
