/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin for VFs of the Tern: what a hypervisor injects into a guest for one. It is built by the plugin kit
 * (docs/adding-a-chip.md), imports nothing, and knows the plugin API and the datasheet.
 *
 * The chip computes no checksums of what is sent and cuts no segments: frames that ask for it are refused.
 */
#include <npa_load.h>
#include <npa_plugin_api.h>
#include <npa_plugin_note.h>

#include "tern.h"

NPA_IMAGE_NOTE("GPL-2.0-or-later", "vfsim ternvf 1");

struct ring {
    uint32 size, head, tail; /* head: the oldest that is the chip's; tail: the next to fill */
};
struct vf {
    struct ring rx, tx;
    uint32 told, large; /* told: what TX_TAIL holds; large: 4 KiB buffers */
};

static struct vf *vf_of(Plugin_State *ps) { return PLUGIN_PRIVATE(ps); }
static uint32 after(const struct ring *r, uint32 i) { return i + 1 == r->size ? 0 : i + 1; }
static uint32 room(const struct ring *r) { return (r->head + r->size - r->tail - 1) % r->size; }
static volatile struct tern_desc *rx_desc(Plugin_State *ps, uint32 i)
{
    return (volatile struct tern_desc *)ps->rxQueues[0].ringBaseVA + i;
}
static volatile struct tern_desc *tx_desc(Plugin_State *ps, uint32 i)
{
    return (volatile struct tern_desc *)ps->txQueues[0].ringBaseVA + i;
}
/* Behind the descriptors, a word each: for the first descriptor of a frame the index of its last. */
static uint32 *last_of(Plugin_State *ps, uint32 i)
{
    return (uint32 *)(ps->txQueues[0].ringBaseVA + 16 * ps->txQueues[0].ringSize) + i;
}

static uint32 sw_init(Plugin_State *ps)
{
    struct vf *vf = vf_of(ps);
    if (ps->numRxQueues != 1 || ps->numTxQueues != 1 || ps->numIntrs < 1 || ps->mtu + 18 > SHELL_LARGE_RECV_BUFFER_SIZE)
        return PLUGIN_FAILURE;
    vf->rx.size = ps->rxQueues[0].ringSize;
    vf->tx.size = ps->txQueues[0].ringSize;
    vf->large = ps->mtu + 18 > SHELL_SMALL_RECV_BUFFER_SIZE;
    return vf->rx.size < 8 || vf->rx.size > TERN_RING_MAX || vf->tx.size < 8 || vf->tx.size > TERN_RING_MAX ? PLUGIN_FAILURE
                                                                                                            : PLUGIN_OK;
}

static void ring_on(Plugin_State *ps, int is_tx, uint64 address, uint32 size)
{
    uint32 bit = is_tx ? TERN_RINGS_TX : TERN_RINGS_RX, others = plugin_read32(ps, TERN_ENABLE) & ~bit;
    plugin_write32(ps, TERN_ENABLE, others);
    plugin_write32(ps, is_tx ? TERN_TX_BASE_LO : TERN_RX_BASE_LO, (uint32)address);
    plugin_write32(ps, is_tx ? TERN_TX_BASE_HI : TERN_RX_BASE_HI, (uint32)(address >> 32));
    plugin_write32(ps, is_tx ? TERN_TX_SIZE : TERN_RX_SIZE, size);
    plugin_write32(ps, TERN_ENABLE, others | bit);
}

static uint32 reinit_rx(Plugin_State *ps, uint32 queue)
{
    struct ring *r = &vf_of(ps)->rx;
    for (uint32 i = 0; i < r->size; i++)
        rx_desc(ps, i)->flags = 0;
    r->head = r->tail = 0;
    ring_on(ps, 0, ps->rxQueues[queue].ringBasePA, r->size);
    return PLUGIN_OK;
}

static uint32 reinit_tx(Plugin_State *ps, uint32 queue)
{
    struct ring *r = &vf_of(ps)->tx;
    for (uint32 i = 0; i < r->size; i++)
        tx_desc(ps, i)->flags = 0;
    r->head = r->tail = vf_of(ps)->told = 0;
    ring_on(ps, 1, ps->txQueues[queue].ringBasePA, r->size);
    return PLUGIN_OK;
}

static uint32 add_buffers(Plugin_State *ps, uint32 queue)
{
    struct vf *vf = vf_of(ps);
    struct ring *r = &vf->rx;
    while (room(r)) {
        uint64 pa = vf->large ? ps->shellApi.allocLargeBuffer(ps->rxQueues[queue].handle, r->tail)
                              : ps->shellApi.allocSmallBuffer(ps->rxQueues[queue].handle, r->tail);
        if (pa == SHELL_NO_BUFFER)
            break;
        rx_desc(ps, r->tail)->address = pa;
        rx_desc(ps, r->tail)->length = vf->large ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE;
        rx_desc(ps, r->tail)->flags = 0;
        r->tail = after(r, r->tail);
    }
    NPA_WMB();
    plugin_write32(ps, TERN_RX_TAIL, r->tail);
    return PLUGIN_OK;
}

static Bool rx_pending(Plugin_State *ps)
{
    return vf_of(ps)->rx.head != vf_of(ps)->rx.tail && (rx_desc(ps, vf_of(ps)->rx.head)->flags & TERN_DONE);
}

static void describe(Shell_RecvFrame *frame, uint32 kind)
{
    uint8 l4 = kind & TERN_L4_RIGHT ? SHELL_XSUM_CORRECT : kind & TERN_L4_WRONG ? SHELL_XSUM_INCORRECT : SHELL_XSUM_UNKNOWN;
    frame->vlan = (kind & TERN_TAG) != 0;
    frame->vlanTag = frame->vlan ? (uint16)(kind >> TERN_TCI) : 0;
    frame->ipv4 = (kind & TERN_IPV4) != 0;
    frame->ipv6 = (kind & TERN_IPV6) != 0;
    frame->nonIp = !frame->ipv4 && !frame->ipv6;
    frame->tcp = (kind & TERN_TCP) != 0;
    frame->udp = (kind & TERN_UDP) != 0;
    frame->ipXsum = kind & TERN_IP_RIGHT ? SHELL_XSUM_CORRECT : kind & TERN_IP_WRONG ? SHELL_XSUM_INCORRECT : SHELL_XSUM_UNKNOWN;
    frame->tcpXsum = frame->tcp ? l4 : SHELL_XSUM_UNKNOWN;
    frame->udpXsum = frame->udp ? l4 : SHELL_XSUM_UNKNOWN;
}

static uint32 check_rx(Plugin_State *ps, uint32 queue, uint32 most)
{
    struct ring *r = &vf_of(ps)->rx;
    uint32 frames = 0;
    for (; frames < most && rx_pending(ps); frames++) {
        Shell_RecvFrame frame = {.sgLength = 1, .perfectFiltered = TRUE};
        NPA_RMB();
        describe(&frame, rx_desc(ps, r->head)->flags);
        frame.byteLength = rx_desc(ps, r->head)->length;
        frame.sg[0] = (Shell_RecvFragment){.ringOffset = r->head, .length = frame.byteLength};
        r->head = after(r, r->head);
        ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);
    }
    return frames;
}

static void announce(Plugin_State *ps)
{
    NPA_WMB();
    if (vf_of(ps)->told != vf_of(ps)->tx.tail)
        plugin_write32(ps, TERN_TX_TAIL, vf_of(ps)->tx.tail);
    vf_of(ps)->told = vf_of(ps)->tx.tail;
}

static uint32 add_frame(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl, Bool last)
{
    struct ring *r = &vf_of(ps)->tx;
    uint32 first = r->tail;
    if (info->tso || info->xsumTcpOrUdp || !sgl->numElements || sgl->numElements > TERN_FRAGMENTS ||
        sgl->totalLength > ps->mtu + 14 + 4) {
        announce(ps); /* what came before may have been told to wait for it */
        return PLUGIN_BAD_FRAME;
    }
    if (room(r) < sgl->numElements) {
        announce(ps); /* or nothing would ever make room */
        return PLUGIN_NO_ROOM;
    }
    for (uint32 i = 0; i < sgl->numElements; i++) {
        volatile struct tern_desc *d = tx_desc(ps, r->tail);
        d->address = sgl->elements[i].pa;
        d->length = sgl->elements[i].length;
        d->flags =
            (i + 1 == sgl->numElements ? TERN_END : 0) | (i == 0 && info->vlan ? TERN_TAG | (uint32)info->vlanTag << TERN_TCI : 0);
        *last_of(ps, first) = r->tail;
        r->tail = after(r, r->tail);
    }
    if (last)
        announce(ps);
    return PLUGIN_OK;
}

static Bool tx_pending(Plugin_State *ps)
{
    struct ring *r = &vf_of(ps)->tx;
    return r->head != vf_of(ps)->told && (tx_desc(ps, *last_of(ps, r->head))->flags & TERN_DONE);
}

static uint32 check_tx(Plugin_State *ps, uint32 queue)
{
    struct ring *r = &vf_of(ps)->tx;
    uint32 frames = 0;
    for (; tx_pending(ps); frames++)
        r->head = after(r, *last_of(ps, r->head));
    NPA_RMB(); /* the frames' memory is used again only after this */
    if (frames)
        ps->shellApi.completeSend(ps->txQueues[queue].handle, frames);
    return frames;
}

/* Unmask, then look again: what was done between the last poll and now may have come while it was masked. */
static uint32 enable_interrupt(Plugin_State *ps, uint32 vector)
{
    if (vector)
        return PLUGIN_OK;
    plugin_write32(ps, TERN_MASK, 0);
    NPA_MB();
    return rx_pending(ps) || tx_pending(ps) ? PLUGIN_WORK_PENDING : PLUGIN_OK;
}

static uint32 disable_interrupt(Plugin_State *ps, uint32 vector)
{
    if (!vector)
        plugin_write32(ps, TERN_MASK, 1);
    return PLUGIN_OK;
}

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    api->swInit = sw_init;
    api->reinitRxRing = reinit_rx;
    api->reinitTxRing = reinit_tx;
    api->enableInterrupt = enable_interrupt;
    api->disableInterrupt = disable_interrupt;
    api->addFrameToTxRing = add_frame;
    api->checkTxRing = check_tx;
    api->checkRxRing = check_rx;
    api->addBuffersToRxRing = add_buffers;
    api->apiVersion = NPA_API_VERSION;
    api->flags = PLUGIN_FLAG_BATCH;
    return 0;
}
