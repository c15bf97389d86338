/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bnx2x: transmit. A frame is a start BD, a parsing BD and data BDs; the status block counts frames that have left. */
#include "guest/plugins/bnx2x/bnx2x.h"

enum { PER_PAGE = E2_TX_PAGE - E2_TX_LINKS, PARSING = 1, BROADCAST_BYTES = 6 };

static volatile union e2_tx_bd *bd_at(Plugin_State *ps, uint32 queue, const struct bnx2x_place *p)
{
    return (volatile union e2_tx_bd *)ps->txQueues[queue].ringBaseVA + bnx2x_index(p, E2_TX_PAGE);
}

static void advance(const struct bnx2x_tx *tx, struct bnx2x_place *p) { bnx2x_advance(p, E2_TX_PAGE, E2_TX_LINKS, tx->pages); }

uint32 bnx2x_reinit_tx_ring(Plugin_State *ps, uint32 queue)
{
    const Plugin_TxQueue *q = &ps->txQueues[queue];
    struct bnx2x_tx *tx = &bnx2x_of(ps)->tx[queue];
    bnx2x_link_pages(q->ringBaseVA, q->ringBasePA, tx->pages, E2_TX_PAGE, E2_TX_LINKS);
    tx->put = tx->get = (struct bnx2x_place){0, 0};
    tx->used = 0;
    if (!BNX2X_AS_PUBLISHED) /* h */
        tx->told = tx->sent = tx->posted = 0;
    return PLUGIN_OK;
}

/* ---- can it be sent, is there room ---- */

/* The chip segments what ten BDs in a row hold a segment of. */
static Bool windows_hold(const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    uint32 sum = 0;
    for (uint32 k = 1; k < sgl->numElements; k++) {
        sum += sgl->elements[k].length;
        if (k > E2_TX_LSO_WINDOW)
            sum -= sgl->elements[k - E2_TX_LSO_WINDOW].length;
        if (k >= E2_TX_LSO_WINDOW && k + 1 < sgl->numElements && sum < info->tsoMss)
            return FALSE;
    }
    return TRUE;
}

static Bool can_send(const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    if (BNX2X_AS_PUBLISHED) /* c: whatever it is given */
        return TRUE;
    if (!sgl->numElements || sgl->numElements > PLUGIN_MAX_SEND_FRAGMENTS || sgl->totalLength < 14)
        return FALSE;
    if (!info->tso && PARSING + sgl->numElements > E2_TX_BDS_MAX)
        return FALSE;
    if (!info->xsumTcpOrUdp && !info->tso)
        return TRUE;
    if (info->l4HeaderOffset % 2 || info->l4HeaderOffset / 2 > E2_PARSE_L4_START_MASK ||
        info->l4DataOffset < info->l4HeaderOffset || info->l4DataOffset > sgl->totalLength)
        return FALSE;
    return !info->tso ||
           (info->tsoMss && info->tsoMss <= E2_PARSE_MSS_MASK >> E2_PARSE_MSS_SHIFT &&
            sgl->elements[0].length >= info->l4DataOffset && info->l4DataOffset < sgl->totalLength && windows_hold(info, sgl));
}

static Bool splits(const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    return info->tso && sgl->elements[0].length > info->l4DataOffset;
}

static Bool has_room(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    struct bnx2x_tx *tx = &bnx2x_of(ps)->tx[queue];
    if (BNX2X_AS_PUBLISHED) { /* b */
        uint16 free = (uint16)(ps->txQueues[queue].ringSize - (uint16)(tx->put.pos - tx->get.pos));
        tx->refused += free < sgl->numElements + 3;
        return free >= sgl->numElements + 3;
    }
    return tx->used + sgl->numElements + PARSING + splits(info, sgl) < tx->pages * PER_PAGE;
}

/* ---- BDs ---- */

static uint16 pair(const uint8 *p) { return (uint16)(p[0] << 8 | p[1]); }

static uint32 kind_of_address(const uint8 *mac)
{
    uint32 ones = 0;
    for (uint32 i = 0; i < BROADCAST_BYTES; i++)
        ones += mac[i] == 0xff;
    return ones == BROADCAST_BYTES ? E2_TX_BROADCAST : mac[0] & 1 ? E2_TX_MULTICAST : E2_TX_UNICAST;
}

static uint8 flags_of(const Plugin_SendInfo *info)
{
    uint32 flags = E2_TX_START | (info->vlan ? E2_TX_VLAN_OUTBAND : 0) | (info->tso ? E2_TX_LSO : 0);
    if (info->xsumTcpOrUdp) /* i */
        flags |= E2_TX_L4_CSUM | (info->ipv4 ? E2_TX_IP_CSUM : E2_TX_IPV6) | (info->udp ? E2_TX_IS_UDP : 0);
    return (uint8)flags;
}

static void put_start(volatile struct e2_tx_start *bd, const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    const uint8 *frame = sgl->firstSgVA; /* e */
    Bool split = splits(info, sgl);
    bd->lo = (uint32)sgl->elements[0].pa;
    bd->hi = (uint32)(sgl->elements[0].pa >> 32);
    bd->nbd = (uint16)(sgl->numElements + PARSING + split);
    bd->bytes = (uint16)(split ? info->l4DataOffset : sgl->elements[0].length); /* d */
    bd->vlan = info->vlan ? info->vlanTag : pair(frame + 12);
    bd->flags = flags_of(info);
    bd->general = (uint8)(1 | kind_of_address(frame) << E2_TX_ADDRESS_SHIFT);
}

static void put_parse(volatile struct e2_tx_parse *bd, const Plugin_SendInfo *info, const Plugin_SgList *sgl)
{
    const uint8 *frame = sgl->firstSgVA;
    uint32 data = 0;
    bd->dst_hi = pair(frame);
    bd->dst_mid = pair(frame + 2);
    bd->dst_lo = pair(frame + 4);
    bd->src_hi = pair(frame + 6);
    bd->src_mid = pair(frame + 8);
    bd->src_lo = pair(frame + 10);
    if (info->xsumTcpOrUdp)
        data |= info->l4HeaderOffset >> 1 | (info->l4DataOffset - info->l4HeaderOffset) >> 2 << E2_PARSE_L4_LEN_SHIFT;
    if (info->tso)
        data |= info->tsoMss << E2_PARSE_MSS_SHIFT;
    bd->data = data;
}

static void put_data(volatile struct e2_tx_data *bd, uint64 pa, uint32 length, uint32 total)
{
    bd->lo = (uint32)pa;
    bd->hi = (uint32)(pa >> 32);
    bd->total = (uint16)total;
    bd->bytes = (uint16)length;
}

/* ---- the functions ---- */

static void count_tso(Plugin_State *ps, uint32 queue, uint32 bytes)
{
    struct e2_shared *shared = ps->shared;
    shared->tx[queue].tso_frames++;
    shared->tx[queue].tso_bytes += bytes;
}

/* What is posted is the chip's from this write on. */
static void ring(Plugin_State *ps, uint32 queue)
{
    struct bnx2x_tx *tx = &bnx2x_of(ps)->tx[queue];
    if (!BNX2X_AS_PUBLISHED && tx->told == tx->put.pos)
        return;
    BNX2X_WMB();
    if (!BNX2X_AS_PUBLISHED)
        tx->told = tx->put.pos;
    bnx2x_write(ps, E2_DOORBELL(queue), E2_DOORBELL_TYPE | (uint32)tx->told << E2_DOORBELL_PRODUCER_SHIFT);
}

uint32 bnx2x_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                  Bool lastPktHint)
{
    struct bnx2x_tx *tx = &bnx2x_of(ps)->tx[queue];
    uint32 split = splits(info, sgl), bds = sgl->numElements + PARSING + split;
    if (!can_send(info, sgl)) {
        if (!BNX2X_AS_PUBLISHED)
            ring(ps, queue); /* what came before may have been told to wait for it */
        return PLUGIN_BAD_FRAME;
    }
    if (!has_room(ps, queue, info, sgl)) {
        if (!BNX2X_AS_PUBLISHED)
            ring(ps, queue); /* or nothing would ever make room */
        return PLUGIN_NO_ROOM;
    }
    uint16 from = tx->put.pos;
    put_start(&bd_at(ps, queue, &tx->put)->start, info, sgl);
    advance(tx, &tx->put);
    put_parse(&bd_at(ps, queue, &tx->put)->parse, info, sgl);
    advance(tx, &tx->put);
    if (split) {
        put_data(&bd_at(ps, queue, &tx->put)->data, sgl->elements[0].pa + info->l4DataOffset,
                 sgl->elements[0].length - info->l4DataOffset, sgl->totalLength);
        advance(tx, &tx->put);
    }
    for (uint32 k = 1; k < sgl->numElements; k++, advance(tx, &tx->put))
        put_data(&bd_at(ps, queue, &tx->put)->data, sgl->elements[k].pa, sgl->elements[k].length, sgl->totalLength);
    tx->used += bds;
    tx->posted++;
    if (info->tso)
        count_tso(ps, queue, sgl->totalLength);
    if (!lastPktHint)
        return PLUGIN_OK;
    if (BNX2X_AS_PUBLISHED) /* a: of this frame alone, with the link that it has passed */
        tx->told = (uint16)(tx->told + (uint16)(tx->put.pos - from));
    ring(ps, queue);
    return PLUGIN_OK;
}

Bool bnx2x_tx_pending(Plugin_State *ps, uint32 queue)
{
    return bnx2x_status(ps, queue)->index[E2_SB_TX] != bnx2x_of(ps)->tx[queue].sent;
}

uint32 bnx2x_check_tx_ring(Plugin_State *ps, uint32 queue)
{
    struct bnx2x_tx *tx = &bnx2x_of(ps)->tx[queue];
    uint16 sent = bnx2x_status(ps, queue)->index[E2_SB_TX];
    uint32 done = 0;
    BNX2X_RMB();
    for (; tx->sent != sent && (tx->used || BNX2X_AS_PUBLISHED); tx->sent++, done++) { /* no more than there are */
        uint16 bds = bd_at(ps, queue, &tx->get)->start.nbd;
        tx->used -= bds;
        while (bds--)
            advance(tx, &tx->get);
    }
    if (done)
        ps->shellApi.completeSend(ps->txQueues[queue].handle, done);
    return done;
}
