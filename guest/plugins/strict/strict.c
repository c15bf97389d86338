/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a plugin image that trusts no shell: around each function of a plugin it holds the caller to what docs/shell-api.md says of
 * shells (C2, L1 to L3, M1, R2, R9, T5, T6), and ends its machine when a rule is broken, with the rule's name in the log.
 *
 * Its own state lies at the end of the private area, behind that of the plugin it is around.
 */
#include "guest/include/npa_plugin_api.h"

#undef NPA_PluginMain /* elsewhere it names the plugin's own entry, … */
NPA_EXPORT uint32 NPA_PluginMain(struct Plugin_Api *api);
uint32 npa_strict_main(struct Plugin_Api *api); /* … which is this one */

#ifndef STRICT_TAKES_BATCHES
#define STRICT_TAKES_BATCHES 1
#endif

enum { FRAMES_MAX = 64, HEADER = 14, TAG = 4, PAGE = 4096 };
enum { RX_STARTED = 1, TX_STARTED = 2, FILLED = 4, RUNS = 7 };

struct strict_queue {
    uint8 started, is_called, follows; /* another frame is to follow */
    uint8 zero;
    uint32 asked; /* frames, since addBuffersToRxRing, in calls that took some */
    uint32 slot;  /* looked at next */
};

struct strict {
    struct strict_queue queue[NPA_QUEUES_MAX];
};

static struct strict *strict_of(Plugin_State *ps)
{
    return (struct strict *)((uint8 *)PLUGIN_PRIVATE(ps) + PLUGIN_PRIVATE_BYTES) - 1;
}

static void must(Plugin_State *ps, Bool holds, const char *rule)
{
    if (holds)
        return;
    ps->shellApi.log(0, "the shell breaks %s", rule);
    __builtin_trap();
}

static struct Plugin_Api inside(void)
{
    struct Plugin_Api api;
    uint8 *bytes = (uint8 *)&api;
    for (uint32 i = 0; i < sizeof(api); i++)
        bytes[i] = 0;
    npa_strict_main(&api);
    return api;
}

/* ---- one function of a queue at a time ---- */

static struct strict_queue *enters(Plugin_State *ps, uint32 queue, uint8 needs)
{
    struct strict_queue *q = &strict_of(ps)->queue[queue % NPA_QUEUES_MAX];
    must(ps, queue < ps->numRxQueues && !q->is_called, "L1");
    must(ps, (q->started & needs) == needs, "L3");
    q->is_called = 1;
    return q;
}

static uint32 leaves(struct strict_queue *q, uint32 value)
{
    q->is_called = 0;
    return value;
}

/* ---- life ---- */

static Bool is_all_zero(const Plugin_State *ps)
{
    for (uint32 i = 0; i < PLUGIN_PRIVATE_BYTES / 8; i++)
        if (ps->privateArea[i])
            return FALSE;
    for (uint32 i = 0; i < 8; i++)
        if (ps->reserved[i])
            return FALSE;
    return !ps->zero;
}

static uint32 sw_init(Plugin_State *ps)
{
    must(ps, is_all_zero(ps), "C2");
    must(ps, ps->numRxQueues && ps->numRxQueues == ps->numTxQueues && ps->numRxQueues <= NPA_QUEUES_MAX && ps->numIntrs, "L2");
    for (uint32 q = 0; q < ps->numRxQueues; q++)
        must(ps,
             ps->rxQueues[q].ringSize && ps->txQueues[q].ringSize && ps->rxQueues[q].ringBasePA % PAGE == 0 &&
                 ps->txQueues[q].ringBasePA % PAGE == 0,
             "M1");
    return inside().swInit(ps);
}

static uint32 reinit_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct strict_queue *q = enters(ps, queue, 0);
    q->started = RX_STARTED;
    q->asked = q->follows = 0;
    return leaves(q, inside().reinitRxRing(ps, queue));
}

static uint32 reinit_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct strict_queue *q = enters(ps, queue, RX_STARTED);
    q->started |= TX_STARTED;
    return leaves(q, inside().reinitTxRing(ps, queue));
}

/* ---- what comes ---- */

/* A slot that is asked for twice has one buffer, whether the plugin has asked for it before or not. */
static void ask_twice(Plugin_State *ps, struct strict_queue *q, uint32 queue)
{
    Bool large = ps->mtu + HEADER + TAG > SHELL_SMALL_RECV_BUFFER_SIZE; /* as the plugin inside has them */
    uint64 (*ask)(struct Shell_RxQueueHandle *, uint32) = large ? ps->shellApi.allocLargeBuffer : ps->shellApi.allocSmallBuffer;
    struct Shell_RxQueueHandle *handle = ps->rxQueues[queue].handle;
    uint32 slot = q->slot++ % ps->rxQueues[queue].ringSize;
    uint64 first = ask(handle, slot);
    must(ps, ask(handle, slot) == first, "R2");
    must(ps, ask(handle, slot + queue * ps->rxQueues[queue].ringSize) == first, "R1");
}

static uint32 add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct strict_queue *q = enters(ps, queue, RX_STARTED | TX_STARTED);
    ask_twice(ps, q, queue);
    q->started |= FILLED;
    q->asked = 0;
    return leaves(q, inside().addBuffersToRxRing(ps, queue));
}

static uint32 check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts)
{
    struct strict_queue *q = enters(ps, queue, RUNS);
    must(ps, q->asked + maxPkts <= FRAMES_MAX, "R9");
    uint32 value = inside().checkRxRing(ps, queue, maxPkts);
    q->asked += value ? maxPkts : 0;
    return leaves(q, value);
}

/* ---- what is sent ---- */

static Bool is_whole(const Plugin_SgList *sgl)
{
    uint32 total = 0;
    if (!sgl->numElements || sgl->numElements > PLUGIN_MAX_SEND_FRAGMENTS || !sgl->firstSgVA)
        return FALSE;
    for (uint32 k = 0; k < sgl->numElements; k++) {
        if (!sgl->elements[k].length)
            return FALSE;
        total += sgl->elements[k].length;
    }
    return total == sgl->totalLength && total >= HEADER;
}

static uint32 add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                   Bool lastPktHint)
{
    struct strict_queue *q = enters(ps, queue, RUNS);
    must(ps, is_whole(sgl), "M1");
    must(ps, !info->tso || (info->l4DataOffset <= sgl->elements[0].length && info->tsoMss), "T6");
    must(ps, STRICT_TAKES_BATCHES || lastPktHint, "T5");
    uint32 value = inside().addFrameToTxRing(ps, queue, info, sgl, lastPktHint);
    q->follows = !lastPktHint && value == PLUGIN_OK;
    return leaves(q, value);
}

static uint32 check_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct strict_queue *q = enters(ps, queue, RUNS);
    must(ps, !q->follows, "T5");
    return leaves(q, inside().checkTxRing(ps, queue));
}

/* ---- the entry ---- */

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    uint32 status = npa_strict_main(api);
    if (!STRICT_TAKES_BATCHES)
        api->flags &= ~PLUGIN_FLAG_BATCH;
    api->swInit = sw_init;
    api->reinitRxRing = reinit_rx_ring;
    api->reinitTxRing = reinit_tx_ring;
    api->addBuffersToRxRing = add_buffers_to_rx_ring;
    api->checkRxRing = check_rx_ring;
    api->addFrameToTxRing = add_frame_to_tx_ring;
    api->checkTxRing = check_tx_ring;
    return status;
}
