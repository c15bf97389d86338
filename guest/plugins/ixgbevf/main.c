/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ixgbevf: the plugin for virtual functions of the Intel 82599. Entry, start of the function, interrupts.
 *
 * The VF was reset and given to this guest by the PF driver before the plugin runs; there is no mailbox traffic under
 * NPA. The same code is the data path of the guest's own driver (guest/drivers/ixgbevf), which has done its mailbox traffic.
 */
#include "guest/plugins/ixgbevf/ixgbevf.h"
#include "guest/plugins/plugin_note.h"

#ifndef IXGBEVF_LICENCE
#define IXGBEVF_LICENCE "GPL-2.0-or-later"
#endif
#ifndef IXGBEVF_LINKED /* into a guest whose own driver uses this data path: no image, no note */
NPA_IMAGE_NOTE(IXGBEVF_LICENCE, "vfsim ixgbevf 1");
#endif

uint32 ixgbevf_poll(Plugin_State *ps, uint32 reg, uint32 mask, uint32 want)
{
    for (uint32 i = 0; i < IXGBEVF_POLL_MAX; i++)
        if ((plugin_read32(ps, reg) & mask) == want)
            return PLUGIN_OK;
    return PLUGIN_FAILURE;
}

uint32 ixgbevf_vector_of(Plugin_State *ps, uint32 queue) { return queue % ixgbevf_of(ps)->vectors; }

/* [82599 8.3.5.3.7] VTIVAR n serves queues 2n and 2n+1, a byte each for receive and transmit. */
void ixgbevf_route(Plugin_State *ps, uint32 queue, uint32 which)
{
    uint32 reg = IXGBE_VTIVAR(queue / 2), shift = 16 * (queue % 2) + 8 * which;
    uint32 value = plugin_read32(ps, reg) & ~(0xffu << shift);
    plugin_write32(ps, reg, value | (ixgbevf_vector_of(ps, queue) | IXGBE_IVAR_ALLOC_VAL) << shift);
}

static Bool ring_size_fits(uint32 size)
{
    return size >= IXGBEVF_RING_MIN && size <= IXGBEVF_RING_MAX && size % 8 == 0;
}

/* Software state only: the function is not touched before the first reinit. */
static uint32 sw_init(Plugin_State *ps)
{
    struct ixgbevf *vf = ixgbevf_of(ps);
    vf->queues = ps->deviceInfo[IXGBEVF_INFO_QUEUES];
    vf->vectors = ps->deviceInfo[IXGBEVF_INFO_VECTORS];
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
    ps->shellApi.log(1, "ixgbevf: %u queues, %u vectors, %u byte buffers", ps->numRxQueues, vf->vectors,
                     vf->rx[0].large ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE);
    return PLUGIN_OK;
}

/* Unmask, then look again: what was completed between the last poll and now may have raised its cause while masked. */
static uint32 enable_interrupt(Plugin_State *ps, uint32 vector)
{
    const struct ixgbevf *vf = ixgbevf_of(ps);
    if (vector >= vf->vectors)
        return PLUGIN_OK;
    plugin_write32(ps, IXGBE_VTEIMS, 1u << vector);
    NPA_MB();
    for (uint32 q = vector; q < vf->queues; q += vf->vectors)
        if ((q < ps->numRxQueues && ixgbevf_rx_pending(ps, q)) || (q < ps->numTxQueues && ixgbevf_tx_pending(ps, q)))
            return PLUGIN_WORK_PENDING;
    return PLUGIN_OK;
}

static uint32 disable_interrupt(Plugin_State *ps, uint32 vector)
{
    if (vector < ixgbevf_of(ps)->vectors)
        plugin_write32(ps, IXGBE_VTEIMC, 1u << vector);
    return PLUGIN_OK;
}

/* [82599 4.2.2.3] VFCTRL.RST resets this function's queues and interrupts; VFSTATUS flushes the write. */
static uint32 reset_device(Plugin_State *ps)
{
    plugin_write32(ps, IXGBE_VFCTRL, IXGBE_CTRL_RST);
    plugin_read32(ps, IXGBE_VFSTATUS);
    return PLUGIN_OK;
}

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    api->swInit = sw_init;
    api->reinitRxRing = ixgbevf_reinit_rx_ring;
    api->reinitTxRing = ixgbevf_reinit_tx_ring;
    api->enableInterrupt = enable_interrupt;
    api->disableInterrupt = disable_interrupt;
    api->addFrameToTxRing = ixgbevf_add_frame_to_tx_ring;
    api->checkTxRing = ixgbevf_check_tx_ring;
    api->checkRxRing = ixgbevf_check_rx_ring;
    api->addBuffersToRxRing = ixgbevf_add_buffers_to_rx_ring;
    api->apiVersion = NPA_API_VERSION;
    api->flags = PLUGIN_FLAG_BATCH;
    api->resetDevice = reset_device;
    return 0;
}
