/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmxnet3 plugin: entry and interrupts. */
#include "guest/include/npa_plugin_note.h"
#include "guest/plugins/vmxnet3/vmxnet3.h"

static uint32 sw_init(Plugin_State *ps)
{
    struct vmxnet3 *v = vmxnet3_of(ps);
    v->buffers_a_frame = vmxnet3_buffers_a_frame(ps->mtu);
    if (!ps->shared || !ps->numIntrs || v->buffers_a_frame > PLUGIN_MAX_RECV_FRAGMENTS)
        return PLUGIN_FAILURE;
    for (uint32 q = 0; q < ps->numRxQueues; q++) {
        v->rx[q].size = vmxnet3_rx_ring_size(ps->rxQueues[q].ringSize, ps->mtu);
        if (!v->rx[q].size || v->rx[q].size > VMXNET3_RX_RING_MAX_SIZE)
            return PLUGIN_FAILURE;
    }
    for (uint32 q = 0; q < ps->numTxQueues; q++) {
        v->tx[q].size = ps->txQueues[q].ringSize;
        if (!v->tx[q].size || v->tx[q].size > VMXNET3_TX_RING_MAX_SIZE || v->tx[q].size % VMXNET3_RING_SIZE_ALIGN)
            return PLUGIN_FAILURE;
    }
    ps->shellApi.log(1, "vmxnet3: %u receive, %u transmit queues", ps->numRxQueues, ps->numTxQueues);
    return PLUGIN_OK;
}

static uint32 enable_interrupt(Plugin_State *ps, uint32 vector)
{
    if (vector >= ps->numIntrs)
        return PLUGIN_OK;
    plugin_write32(ps, VMXNET3_REG_IMR + vector * VMXNET3_REG_ALIGN, 0);
    NPA_MB();
    for (uint32 q = vector; q < ps->numRxQueues; q += ps->numIntrs)
        if (vmxnet3_rx_pending(ps, q))
            return PLUGIN_WORK_PENDING;
    for (uint32 q = vector; q < ps->numTxQueues; q += ps->numIntrs)
        if (vmxnet3_tx_pending(ps, q))
            return PLUGIN_WORK_PENDING;
    return PLUGIN_OK;
}

static uint32 disable_interrupt(Plugin_State *ps, uint32 vector)
{
    if (vector < ps->numIntrs)
        plugin_write32(ps, VMXNET3_REG_IMR + vector * VMXNET3_REG_ALIGN, 1);
    return PLUGIN_OK;
}

uint32 vmxnet3_plugin_main(struct Plugin_Api *api)
{
    api->swInit = sw_init;
    api->reinitRxRing = vmxnet3_reinit_rx_ring;
    api->reinitTxRing = vmxnet3_reinit_tx_ring;
    api->enableInterrupt = enable_interrupt;
    api->disableInterrupt = disable_interrupt;
    api->addFrameToTxRing = vmxnet3_add_frame_to_tx_ring;
    api->checkTxRing = vmxnet3_check_tx_ring;
    api->checkRxRing = vmxnet3_check_rx_ring;
    api->addBuffersToRxRing = vmxnet3_add_buffers_to_rx_ring;
    api->apiVersion = 1;
    api->flags = PLUGIN_FLAG_BATCH;
    return 0;
}

#ifdef VMXNET3_IMAGE /* by itself: the conformance kit tries it as any other; else it is linked into the shell */
NPA_IMAGE_NOTE("GPL-2.0-or-later", "vfsim vmxnet3 1");

uint32 NPA_PluginMain(struct Plugin_Api *api) { return vmxnet3_plugin_main(api); }
#endif
