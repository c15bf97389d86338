/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intelvf: the plugin for virtual functions of the Intel 82599 and 82576. Entry, start of the function, interrupts.
 *
 * The VF was reset and given to this guest by the PF driver before the plugin runs; there is no mailbox traffic under
 * NPA. The same code is the data path of the guest's own driver (guest/drivers/ixgbevf), which has done its mailbox traffic.
 */
#include "guest/plugins/intelvf/intelvf.h"

#include "guest/include/npa_load.h"

uint32 intelvf_poll(Plugin_State *ps, uint32 reg, uint32 mask, uint32 want)
{
    for (uint32 i = 0; i < INTELVF_POLL_MAX; i++)
        if ((plugin_read32(ps, reg) & mask) == want)
            return PLUGIN_OK;
    return PLUGIN_FAILURE;
}

/* Its last owner may have left it on: a reset does not touch it [82599 specification update, clarification 5]. */
uint32 intelvf_queue_off(Plugin_State *ps, uint32 control)
{
    if (INTELVF_TRUSTS_RESET)
        return PLUGIN_OK;
    plugin_write32(ps, control, 0);
    return intelvf_poll(ps, control, IXGBE_RXDCTL_ENABLE, 0);
}

uint32 intelvf_vector_of(Plugin_State *ps, uint32 queue) { return queue % intelvf_of(ps)->vectors; }

/* [82599 8.3.5.3.7; 82576 8.27] VTIVAR n serves queues 2n and 2n+1, a byte each for receive and transmit. */
void intelvf_route(Plugin_State *ps, uint32 queue, uint32 which)
{
    uint32 reg = intelvf_map.ivar + 4 * (queue / 2), shift = 16 * (queue % 2) + 8 * which;
    uint32 value = plugin_read32(ps, reg) & ~(0xffu << shift);
    plugin_write32(ps, reg, value | (intelvf_vector_of(ps, queue) | IXGBE_IVAR_ALLOC_VAL) << shift);
}

static Bool ring_size_fits(uint32 size) { return size >= INTELVF_RING_MIN && size <= INTELVF_RING_MAX && size % 8 == 0; }

/* Software state only: the function is not touched before the first reinit. */
static uint32 sw_init(Plugin_State *ps)
{
    struct intelvf *vf = intelvf_of(ps);
    vf->queues = ps->deviceInfo[INTELVF_INFO_QUEUES];
    vf->vectors = ps->deviceInfo[INTELVF_INFO_VECTORS];
    if (vf->vectors > ps->numIntrs)
        vf->vectors = ps->numIntrs;
    if (!vf->vectors || ps->numRxQueues > vf->queues || ps->numTxQueues > vf->queues || vf->queues > NPA_QUEUES_MAX)
        return PLUGIN_FAILURE;
    for (uint32 q = 0; q < ps->numRxQueues; q++) {
        vf->rx[q].size = ps->rxQueues[q].ringSize;
        /* A frame with a tag must fit the small buffer, or every full-sized frame would need two. */
        vf->rx[q].large = ps->mtu + 14 + 4 > SHELL_SMALL_RECV_BUFFER_SIZE;
        if (!ring_size_fits(vf->rx[q].size))
            return PLUGIN_FAILURE;
    }
    for (uint32 q = 0; q < ps->numTxQueues; q++) {
        vf->tx[q].size = ps->txQueues[q].ringSize;
        if (!ring_size_fits(vf->tx[q].size))
            return PLUGIN_FAILURE;
    }
    ps->shellApi.log(1, "%s: %u queues, %u vectors, %u byte buffers", intelvf_map.name, ps->numRxQueues, vf->vectors,
                     vf->rx[0].large ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE);
    return PLUGIN_OK;
}

/* Unmask, then look again: what was completed between the last poll and now may have raised its cause while masked. */
static uint32 enable_interrupt(Plugin_State *ps, uint32 vector)
{
    const struct intelvf *vf = intelvf_of(ps);
    if (vector >= vf->vectors)
        return PLUGIN_OK;
    plugin_write32(ps, intelvf_map.eims, 1u << vector);
    NPA_MB();
    for (uint32 q = vector; q < vf->queues; q += vf->vectors)
        if ((q < ps->numRxQueues && intelvf_rx_pending(ps, q)) || (q < ps->numTxQueues && intelvf_tx_pending(ps, q)))
            return PLUGIN_WORK_PENDING;
    return PLUGIN_OK;
}

static uint32 disable_interrupt(Plugin_State *ps, uint32 vector)
{
    if (vector < intelvf_of(ps)->vectors)
        plugin_write32(ps, intelvf_map.eimc, 1u << vector);
    return PLUGIN_OK;
}

/* [82599 4.2.2.3] VFCTRL.RST resets this function's queues and interrupts; VFSTATUS flushes the write. */
static uint32 reset_device(Plugin_State *ps)
{
    plugin_write32(ps, intelvf_map.ctrl, IXGBE_CTRL_RST);
    plugin_read32(ps, intelvf_map.status);
    return PLUGIN_OK;
}

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    api->swInit = sw_init;
    api->reinitRxRing = intelvf_reinit_rx_ring;
    api->reinitTxRing = intelvf_reinit_tx_ring;
    api->enableInterrupt = enable_interrupt;
    api->disableInterrupt = disable_interrupt;
    api->addFrameToTxRing = intelvf_add_frame_to_tx_ring;
    api->checkTxRing = intelvf_check_tx_ring;
    api->checkRxRing = intelvf_check_rx_ring;
    api->addBuffersToRxRing = intelvf_add_buffers_to_rx_ring;
    api->apiVersion = NPA_API_VERSION;
    api->flags = INTELVF_DOORBELL_OF_ONE ? 0 : PLUGIN_FLAG_BATCH;
    api->resetDevice = reset_device;
    return 0;
}
