/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio: entry, start, interrupts, and the one command that it gives. */
#include "guest/plugins/virtio/virtio.h"

#include "guest/include/npa_plugin_note.h"

void *memcpy(void *to, const void *from, __SIZE_TYPE__ n);

NPA_IMAGE_NOTE("GPL-2.0-or-later", "vfsim virtio 1");

/* Software state only: the function is not touched before the first ring. */
static uint32 sw_init(Plugin_State *ps)
{
    struct virtio *v = virtio_of(ps);
    memcpy(&v->info, ps->deviceInfo, sizeof(v->info));
    if (!ps->bufferVA || !ps->numIntrs || ps->numRxQueues != ps->numTxQueues || ps->numRxQueues > v->info.pairs ||
        v->info.pairs > NPA_QUEUES_MAX || v->info.notify + v->info.notify_multiplier * 2 * v->info.pairs + 4 > ps->memioBytes)
        return PLUGIN_FAILURE;
    for (uint32 q = 0; q < ps->numRxQueues; q++) {
        uint32 rx = ps->rxQueues[q].ringSize, tx = ps->txQueues[q].ringSize;
        if (rx < VIRTIO_RING_MIN || rx > VIO_QUEUE_SIZE_MAX || tx < VIRTIO_RING_MIN || tx > VIO_QUEUE_SIZE_MAX)
            return PLUGIN_FAILURE;
    }
    ps->shellApi.log(1, "virtio: %u queues, %s rings", ps->numRxQueues, VIRTIO_SPLIT_ONLY ? "split" : "packed");
    return PLUGIN_OK;
}

/* ---- interrupts: masked and unmasked in the rings ---- */

static void events(Plugin_State *ps, uint32 vector, Bool on)
{
    struct virtio *v = virtio_of(ps);
    for (uint32 q = vector; q < ps->numRxQueues; q += ps->numIntrs) {
        virtq_events(&v->rx[q], on);
        virtq_events(&v->tx[q], on);
    }
}

static uint32 enable_interrupt(Plugin_State *ps, uint32 vector)
{
    struct virtio *v = virtio_of(ps);
    events(ps, vector, TRUE);
    NPA_MB();
    for (uint32 q = vector; q < ps->numRxQueues; q += ps->numIntrs)
        if (virtq_pending(&v->rx[q]) || virtq_pending(&v->tx[q]))
            return PLUGIN_WORK_PENDING;
    return PLUGIN_OK;
}

static uint32 disable_interrupt(Plugin_State *ps, uint32 vector)
{
    events(ps, vector, FALSE);
    return PLUGIN_OK;
}

static uint32 reset_device(Plugin_State *ps) { return virtio_reset(ps); }

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    api->swInit = sw_init;
    api->reinitRxRing = virtio_reinit_rx_ring;
    api->reinitTxRing = virtio_reinit_tx_ring;
    api->enableInterrupt = enable_interrupt;
    api->disableInterrupt = disable_interrupt;
    api->addFrameToTxRing = virtio_add_frame_to_tx_ring;
    api->checkTxRing = virtio_check_tx_ring;
    api->checkRxRing = virtio_check_rx_ring;
    api->addBuffersToRxRing = virtio_add_buffers_to_rx_ring;
    api->apiVersion = NPA_API_VERSION;
    api->flags = PLUGIN_FLAG_BATCH | PLUGIN_FLAG_KEEPS_TAGS;
    api->resetDevice = reset_device;
    return 0;
}
