/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin for virtual functions of the 57712. The PF driver sets the queues up from the same layout of the shell's ring memory
 * [sim/nic/57712/desc.h] before the plugin runs; the plugin links the pages, fills the rings and drives the window's three kinds of
 * registers: doorbells, receive producers, interrupt acknowledgement.
 *
 * Receive buffers have numbers: small ones 0 … bds - 1, large ones (SGEs) bds … bds + 127, the latter fixed by their position in
 * the SGE ring. Behind the status block lie two arrays of the plugin's own: the number in each BD, and the numbers that are free.
 *
 * BNX2X_AS_PUBLISHED is a build that does what the one published plugin of this chip does where that differs from the contract
 * (facts: bnx2x_plugin.c, vmkdrivers ba19195), for tests of shell and model. Each place names its letter:
 *   a  the doorbell covers the frame with lastPktHint only         f  an enable with work pending does not acknowledge
 *   b  a frame needs fragments + 3 free BDs, links counted         g  no barriers
 *   c  whatever it is given is posted, more BDs than fit, too      h  reinitTxRing keeps the counts of frames and the doorbell
 *   d  segmented frames are split behind their headers (as here)   i  checksums: what `xsumTcpOrUdp` says (as here)
 *   e  the first 128 bytes are believed to be mapped (as here)     j  the IP checksum of an aggregation is "correct"; 64 until
 *                                                                     buffers are added, and no more
 *   k  buffers have numbers of all queues: queue * (bds + 128) + number
 * And it stores to registers as they are mapped, takes any address for a buffer's, SHELL_NO_BUFFER, too, masks whatever vector it
 * is told to mask, and believes its device.
 */
#ifndef NPA_BNX2X_H
#define NPA_BNX2X_H

#include "guest/include/npa_plugin_api.h"
#include "sim/nic/57712/desc.h"
#include "sim/nic/57712/regs.h"

#ifndef BNX2X_AS_PUBLISHED
#define BNX2X_AS_PUBLISHED 0
#endif
/* Its stores to registers, which a test with registers that are no memory can't have. */
#ifndef BNX2X_STORES_PLAINLY
#define BNX2X_STORES_PLAINLY 0
#endif
/* … and says that it knows batches, which it does not: what comes of (a). */
#ifndef BNX2X_CLAIMS_BATCHES
#define BNX2X_CLAIMS_BATCHES 0
#endif

#if BNX2X_AS_PUBLISHED
#define BNX2X_WMB() ((void)0) /* g */
#define BNX2X_RMB() ((void)0)
#else
#define BNX2X_WMB() NPA_WMB()
#define BNX2X_RMB() NPA_RMB()
#endif

enum { BNX2X_TPA_A_POLL = 64 };

/* The published one knows no function of the shell's for registers. */
static inline void bnx2x_write(Plugin_State *ps, uint32 offset, uint32 value)
{
    if (BNX2X_STORES_PLAINLY)
        *(volatile uint32 *)(ps->memioAddr + offset) = value;
    else
        plugin_write32(ps, offset, value);
}

/* Where something stands in a ring of pages: its position as the chip counts, and the page. */
struct bnx2x_place {
    uint16 pos, page;
};

struct bnx2x_rx {
    uint32 bds, pages, cqe_pages; /* buffers there are for BDs; pages of both rings */
    struct bnx2x_place put, get, cqe; /* next BD to fill, next one the chip completes; next completion */
    uint16 cqe_put, sge_put;      /* producers */
    uint32 free;                  /* numbers in the array of free ones */
    uint32 named;                 /* j: aggregations handed up since buffers were added */
    uint32 sges_used[E2_SGE_COUNT / 32]; /* large buffers that were handed up, a bit each */
    uint16 first[E2_TPA_QUEUES];  /* number of the buffer that each aggregation began in, + 1; 0: none has begun */
};

struct bnx2x_tx {
    uint32 pages, used;           /* used: BDs, without links */
    struct bnx2x_place put, get;
    uint16 told, sent, posted;    /* doorbell's producer; frames known to be sent, ever posted */
    uint32 refused;               /* b: driver_xoff */
};

struct bnx2x {
    struct e2_device_info info;
    struct bnx2x_rx rx[NPA_QUEUES_MAX];
    struct bnx2x_tx tx[NPA_QUEUES_MAX];
};
_Static_assert(sizeof(struct bnx2x) <= PLUGIN_PRIVATE_BYTES, "no other memory");

static inline struct bnx2x *bnx2x_of(Plugin_State *ps) { return PLUGIN_PRIVATE(ps); }
static inline Bool bnx2x_has_sges(Plugin_State *ps) { return !(bnx2x_of(ps)->info.flags & E2_INFO_NO_TPA); }

static inline volatile struct e2_status_block *bnx2x_status(Plugin_State *ps, uint32 queue)
{
    const Plugin_TxQueue *q = &ps->txQueues[queue];
    return (volatile struct e2_status_block *)(q->ringBaseVA + e2_sb_offset(q->ringSize));
}

/* On by one entry of a page of `entries`, `links` of which make the link, in a ring of `pages`. */
static inline void bnx2x_advance(struct bnx2x_place *p, uint32 entries, uint32 links, uint32 pages)
{
    p->pos++;
    if ((p->pos & (entries - 1)) != entries - links)
        return;
    p->pos = (uint16)(p->pos + links);
    p->page = p->page + 1u == pages ? 0 : (uint16)(p->page + 1);
}

static inline uint32 bnx2x_index(const struct bnx2x_place *p, uint32 entries)
{
    return p->page * entries + (p->pos & (entries - 1));
}

/* Each page's link says where the next one is, the last one's where the first is. */
void bnx2x_link_pages(uint8 *base, uint64 pa, uint32 pages, uint32 entries, uint32 links);
/* The consumer as the chip writes it may stand at a link: the position behind it means the same. */
static inline uint16 bnx2x_past_link(uint16 pos, uint32 entries, uint32 links)
{
    return (pos & (entries - 1)) == entries - links ? (uint16)(pos + links) : pos;
}

uint32 bnx2x_reinit_rx_ring(Plugin_State *ps, uint32 queue);
uint32 bnx2x_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts);
uint32 bnx2x_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue);
Bool bnx2x_rx_pending(Plugin_State *ps, uint32 queue);

uint32 bnx2x_reinit_tx_ring(Plugin_State *ps, uint32 queue);
uint32 bnx2x_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                  Bool lastPktHint);
uint32 bnx2x_check_tx_ring(Plugin_State *ps, uint32 queue);
Bool bnx2x_tx_pending(Plugin_State *ps, uint32 queue);

#endif
