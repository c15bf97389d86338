/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bnx2x: entry, start, interrupts. */
#include "guest/plugins/bnx2x/bnx2x.h"

#include "guest/include/npa_plugin_note.h"

void *memcpy(void *to, const void *from, __SIZE_TYPE__ n);

NPA_IMAGE_NOTE("GPL-2.0-or-later", "vfsim bnx2x 1");

void bnx2x_link_pages(uint8 *base, uint64 pa, uint32 pages, uint32 entries, uint32 links)
{
    uint32 bytes = E2_PAGE_BYTES / entries;
    for (uint32 p = 0; p < pages; p++) {
        volatile struct e2_link *link = (volatile struct e2_link *)(base + p * E2_PAGE_BYTES + (entries - links) * bytes);
        uint64 next = pa + (uint64)(p + 1 == pages ? 0 : p + 1) * E2_PAGE_BYTES;
        link->lo = (uint32)next;
        link->hi = (uint32)(next >> 32);
    }
}

static uint32 least(uint32 a, uint32 b) { return a < b ? a : b; }

/* What the plugin lays out in the shell's memory has to fit there, positions in 16 bits. */
static Bool sizes_fit(const Plugin_State *ps, uint32 q)
{
    uint32 rx = ps->rxQueues[q].ringSize, tx = ps->txQueues[q].ringSize;
    if (rx < E2_RING_MIN || rx > 4096 || tx < E2_TX_MIN || tx > 4096)
        return FALSE;
    return e2_sge_offset(rx) + E2_SGE_PAGES * E2_PAGE_BYTES <= PLUGIN_RING_BYTES(rx) &&
           e2_ids_offset(tx) + 2 * 2 * e2_rx_pages(rx) * E2_RX_PAGE <= PLUGIN_RING_BYTES(tx);
}

/* Software state only: the function is not touched before the first buffers. */
static uint32 sw_init(Plugin_State *ps)
{
    struct bnx2x *vf = bnx2x_of(ps);
    memcpy(&vf->info, ps->deviceInfo, sizeof(vf->info));
    if (!(vf->info.flags & E2_INFO_SHARED_SB) || ps->numRxQueues != ps->numTxQueues || ps->numRxQueues > E2_VF_QUEUES_MAX ||
        ps->numIntrs < ps->numRxQueues || ps->sharedBytes < sizeof(struct e2_shared))
        return PLUGIN_FAILURE;
    for (uint32 q = 0; q < ps->numRxQueues; q++) {
        uint32 n = ps->rxQueues[q].ringSize;
        if (!sizes_fit(ps, q))
            return PLUGIN_FAILURE;
        vf->rx[q].pages = e2_rx_pages(n);
        vf->rx[q].cqe_pages = e2_cqe_pages(n);
        vf->rx[q].bds = least(n - E2_SGE_COUNT, vf->rx[q].pages * (E2_RX_PAGE - E2_RX_LINKS));
        vf->tx[q].pages = e2_tx_pages(ps->txQueues[q].ringSize);
        *bnx2x_status(ps, q) = (struct e2_status_block){.reserved = 0};
    }
    ps->shellApi.log(1, "bnx2x: %u queues, %s", ps->numRxQueues, bnx2x_has_sges(ps) ? "buffers and SGEs" : "buffers");
    return PLUGIN_OK;
}

/* ---- interrupts ---- */

static void acknowledge(Plugin_State *ps, uint32 queue, uint16 index, uint32 op, Bool update)
{
    bnx2x_write(ps, E2_IGU(bnx2x_of(ps)->info.sb[queue].igu), index | op << E2_IGU_OP_SHIFT | (update ? E2_IGU_UPDATE : 0));
}

/* The chip interrupts for what it has written since the running index that is acknowledged here. */
static uint32 enable_interrupt(Plugin_State *ps, uint32 vector)
{
    if (vector >= ps->numRxQueues)
        return PLUGIN_OK;
    if (BNX2X_AS_PUBLISHED)
        acknowledge(ps, vector, 0, E2_IGU_DISABLE, FALSE);
    uint16 seen = bnx2x_status(ps, vector)->running[0];
    BNX2X_RMB();
    Bool pending = bnx2x_rx_pending(ps, vector) || bnx2x_tx_pending(ps, vector);
    if (BNX2X_AS_PUBLISHED) { /* f: with work pending it is not acknowledged, so that the chip interrupts at once */
        acknowledge(ps, vector, seen, E2_IGU_ENABLE, !pending);
        return PLUGIN_OK;
    }
    acknowledge(ps, vector, seen, E2_IGU_ENABLE, TRUE);
    return pending ? PLUGIN_WORK_PENDING : PLUGIN_OK;
}

static uint32 disable_interrupt(Plugin_State *ps, uint32 vector)
{
    if (BNX2X_AS_PUBLISHED || vector < ps->numRxQueues) /* which looks, for one that there is not, behind its queues */
        acknowledge(ps, vector, 0, E2_IGU_DISABLE, FALSE);
    return PLUGIN_OK;
}

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    api->swInit = sw_init;
    api->reinitRxRing = bnx2x_reinit_rx_ring;
    api->reinitTxRing = bnx2x_reinit_tx_ring;
    api->enableInterrupt = enable_interrupt;
    api->disableInterrupt = disable_interrupt;
    api->addFrameToTxRing = bnx2x_add_frame_to_tx_ring;
    api->checkTxRing = bnx2x_check_tx_ring;
    api->checkRxRing = bnx2x_check_rx_ring;
    api->addBuffersToRxRing = bnx2x_add_buffers_to_rx_ring;
    if (BNX2X_AS_PUBLISHED && !BNX2X_CLAIMS_BATCHES)
        return 0; /* it knows nothing behind the nine */
    api->apiVersion = NPA_API_VERSION;
    api->flags = PLUGIN_FLAG_BATCH;
    return 0;
}
