/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bnx2x: receive. BDs and SGEs are filled with buffers, completions say which of them hold a frame. */
#include "guest/plugins/bnx2x/bnx2x.h"

static uint8 *base(Plugin_State *ps, uint32 queue) { return ps->rxQueues[queue].ringBaseVA; }

static volatile struct e2_rx_bd *bd_at(Plugin_State *ps, uint32 queue, const struct bnx2x_place *p)
{
    return (volatile struct e2_rx_bd *)base(ps, queue) + bnx2x_index(p, E2_RX_PAGE);
}

static volatile struct e2_rx_bd *sge_at(Plugin_State *ps, uint32 queue, uint16 pos)
{
    return (volatile struct e2_rx_bd *)(base(ps, queue) + e2_sge_offset(ps->rxQueues[queue].ringSize)) + (pos & (E2_SGE_PAGE - 1));
}

static volatile struct e2_cqe *cqe_at(Plugin_State *ps, uint32 queue, const struct bnx2x_place *p)
{
    return (volatile struct e2_cqe *)(base(ps, queue) + e2_cqe_offset(ps->rxQueues[queue].ringSize)) + bnx2x_index(p, E2_CQE_PAGE);
}

/* The number in each BD, and behind them the free ones, in the transmit ring's memory. */
static uint16 *numbers(Plugin_State *ps, uint32 queue)
{
    const Plugin_TxQueue *q = &ps->txQueues[queue];
    return (uint16 *)(q->ringBaseVA + e2_ids_offset(q->ringSize));
}

static uint16 *free_numbers(Plugin_State *ps, uint32 queue)
{
    return numbers(ps, queue) + bnx2x_of(ps)->rx[queue].pages * E2_RX_PAGE;
}

/* As the shell is to know buffer `number` of the queue. */
static uint32 slot_of(Plugin_State *ps, uint32 queue, uint32 number)
{
    return BNX2X_AS_PUBLISHED ? queue * (bnx2x_of(ps)->rx[queue].bds + E2_SGE_COUNT) + number : number; /* k */
}

static uint32 number_of_sge(const struct bnx2x_rx *rx, uint16 pos) { return rx->bds + pos % E2_SGE_COUNT; }

static uint16 next_sge(uint16 pos) { return bnx2x_past_link((uint16)(pos + 1), E2_SGE_PAGE, E2_SGE_LINKS); }

/* ---- filling ---- */

static void fill_bds(Plugin_State *ps, uint32 queue)
{
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    while (rx->free) {
        uint16 number = free_numbers(ps, queue)[rx->free - 1];
        uint64 pa = ps->shellApi.allocSmallBuffer(ps->rxQueues[queue].handle, slot_of(ps, queue, number));
        if (pa == SHELL_NO_BUFFER && !BNX2X_AS_PUBLISHED) /* which knows no such word, and posts it */
            return;
        rx->free--;
        numbers(ps, queue)[bnx2x_index(&rx->put, E2_RX_PAGE)] = number;
        bd_at(ps, queue, &rx->put)->lo = (uint32)pa;
        bd_at(ps, queue, &rx->put)->hi = (uint32)(pa >> 32);
        bnx2x_advance(&rx->put, E2_RX_PAGE, E2_RX_LINKS, rx->pages);
    }
}

/* In the ring's order: an SGE is filled when the one 128 positions before it has been handed up. */
static void fill_sges(Plugin_State *ps, uint32 queue)
{
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    for (;;) {
        uint32 i = rx->sge_put % E2_SGE_COUNT;
        if (!(rx->sges_used[i / 32] >> i % 32 & 1))
            return;
        uint64 pa = ps->shellApi.allocLargeBuffer(ps->rxQueues[queue].handle, slot_of(ps, queue, number_of_sge(rx, rx->sge_put)));
        if (pa == SHELL_NO_BUFFER && !BNX2X_AS_PUBLISHED)
            return;
        rx->sges_used[i / 32] &= ~(1u << i % 32);
        sge_at(ps, queue, rx->sge_put)->lo = (uint32)pa;
        sge_at(ps, queue, rx->sge_put)->hi = (uint32)(pa >> 32);
        rx->sge_put = next_sge(rx->sge_put);
    }
}

uint32 bnx2x_reinit_rx_ring(Plugin_State *ps, uint32 queue)
{
    const Plugin_RxQueue *q = &ps->rxQueues[queue];
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    uint32 cqes = e2_cqe_offset(q->ringSize), sges = e2_sge_offset(q->ringSize);
    bnx2x_link_pages(q->ringBaseVA, q->ringBasePA, rx->pages, E2_RX_PAGE, E2_RX_LINKS);
    bnx2x_link_pages(q->ringBaseVA + cqes, q->ringBasePA + cqes, rx->cqe_pages, E2_CQE_PAGE, E2_CQE_LINKS);
    bnx2x_link_pages(q->ringBaseVA + sges, q->ringBasePA + sges, E2_SGE_PAGES, E2_SGE_PAGE, E2_SGE_LINKS);
    rx->put = rx->get = rx->cqe = (struct bnx2x_place){0, 0};
    rx->cqe_put = (uint16)(rx->cqe_pages * E2_CQE_PAGE);
    rx->sge_put = 0;
    rx->named = 0;
    for (uint32 i = 0; i < E2_TPA_QUEUES; i++)
        rx->first[i] = 0;
    for (uint32 i = 0; i < E2_SGE_COUNT / 32; i++)
        rx->sges_used[i] = bnx2x_has_sges(ps) ? ~0u : 0;
    for (rx->free = 0; rx->free < rx->bds; rx->free++)
        free_numbers(ps, queue)[rx->free] = (uint16)(rx->bds - 1 - rx->free);
    if (BNX2X_AS_PUBLISHED) { /* it posts here, and tells the chip later */
        fill_bds(ps, queue);
        fill_sges(ps, queue);
    }
    return PLUGIN_OK;
}

uint32 bnx2x_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    uint32 zone = bnx2x_of(ps)->info.zone[queue];
    if (BNX2X_AS_PUBLISHED &&
        rx->named > BNX2X_TPA_A_POLL) /* j: by then it has written over its own books; here it forgets buffers */
        rx->free = 0;
    rx->named = 0;
    fill_bds(ps, queue);
    fill_sges(ps, queue);
    BNX2X_WMB();
    bnx2x_write(ps, E2_SGE_PRODUCER(zone), rx->sge_put);
    bnx2x_write(ps, E2_PRODUCERS(zone), rx->cqe_put | (uint32)rx->put.pos << 16);
    return PLUGIN_OK;
}

/* ---- what a completion says ---- */

static uint8 verdict(Bool checked, Bool bad)
{
    return !checked ? SHELL_XSUM_UNKNOWN : bad ? SHELL_XSUM_INCORRECT : SHELL_XSUM_CORRECT;
}

static void describe(const struct e2_cqe *cqe, Shell_RecvFrame *frame)
{
    uint32 kind = (cqe->parsed & E2_PARSED_ETH_MASK) >> E2_PARSED_ETH_SHIFT,
           l4 = (cqe->parsed & E2_PARSED_L4_MASK) >> E2_PARSED_L4_SHIFT;
    uint8 sum = verdict(!(cqe->status & E2_CQE_L4_NOT_CHECKED), (cqe->type & E2_CQE_L4_BAD) != 0);
    frame->byteLength = cqe->bytes;
    frame->firstSgOffset = cqe->padding;
    frame->perfectFiltered = (cqe->status & E2_CQE_MAC_MATCH) != 0;
    frame->vlan = (cqe->parsed & E2_PARSED_VLAN) != 0;
    frame->vlanTag = cqe->vlan;
    frame->rssHashFunction = cqe->status & E2_CQE_HASHED ? SHELL_RECV_HASH_FUNCTION_TOEPLITZ : SHELL_RECV_HASH_FUNCTION_NONE;
    frame->rssHashType = cqe->status & E2_CQE_HASHED ? cqe->status & E2_CQE_HASH_TYPE_MASK : 0;
    frame->rssHashValue = cqe->status & E2_CQE_HASHED ? cqe->rss_hash : 0;
    frame->ipv4 = kind == E2_PARSED_IPV4;
    frame->ipv6 = kind == E2_PARSED_IPV6;
    frame->nonIp = !frame->ipv4 && !frame->ipv6;
    frame->tcp = !frame->nonIp && l4 == E2_PARSED_TCP;
    frame->udp = !frame->nonIp && l4 == E2_PARSED_UDP;
    frame->ipXsum = verdict(!(cqe->status & E2_CQE_IP_NOT_CHECKED), (cqe->type & E2_CQE_IP_BAD) != 0);
    frame->tcpXsum = frame->tcp || BNX2X_AS_PUBLISHED ? sum : SHELL_XSUM_UNKNOWN; /* the published one says both of all frames */
    frame->udpXsum = frame->udp || BNX2X_AS_PUBLISHED ? sum : SHELL_XSUM_UNKNOWN;
}

/* The frame that began in small buffer `number`: its fragments, in order. */
static void collect(Plugin_State *ps, uint32 queue, const struct e2_cqe *cqe, uint32 number, Shell_RecvFrame *frame)
{
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    uint32 left = cqe->bytes - cqe->bd_bytes;
    frame->sg[0] = (Shell_RecvFragment){slot_of(ps, queue, number), cqe->bd_bytes};
    for (frame->sgLength = 1; left && frame->sgLength <= E2_SGES_MAX; frame->sgLength++) {
        uint16 pos = cqe->sge[frame->sgLength - 1];
        uint32 i = pos % E2_SGE_COUNT, part = left < E2_SGE_BYTES ? left : E2_SGE_BYTES;
        frame->sg[frame->sgLength] = (Shell_RecvFragment){slot_of(ps, queue, number_of_sge(rx, pos)), part};
        rx->sges_used[i / 32] |= 1u << i % 32;
        left -= part;
    }
}

static void hand_up(Plugin_State *ps, uint32 queue, const struct e2_cqe *cqe, uint16 number)
{
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    Shell_RecvFrame frame;
    describe(cqe, &frame);
    collect(ps, queue, cqe, number, &frame);
    if (!(cqe->type & E2_CQE_START)) {
        struct e2_shared *shared = ps->shared;
        shared->rx[queue].lro_frames++;
        shared->rx[queue].lro_bytes += cqe->bytes;
        frame.ipXsum = SHELL_XSUM_CORRECT; /* j: the chip aggregates no others */
        rx->named++;
    }
    free_numbers(ps, queue)[rx->free++] = number;
    ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);
}

/* A device that says something of a buffer that it has not got is not believed, nor of more bytes than a buffer has. */
static Bool sges_are_its(const struct bnx2x_rx *rx, const struct e2_cqe *cqe)
{
    uint32 left = cqe->bytes - cqe->bd_bytes, seen[E2_SGE_COUNT / 32];
    for (uint32 i = 0; i < E2_SGE_COUNT / 32; i++)
        seen[i] = rx->sges_used[i];
    for (uint32 k = 0; left; k++) {
        uint32 i = k < E2_SGES_MAX ? cqe->sge[k] % E2_SGE_COUNT : 0;
        if (k == E2_SGES_MAX || seen[i / 32] >> i % 32 & 1)
            return FALSE;
        seen[i / 32] |= 1u << i % 32;
        left -= left < E2_SGE_BYTES ? left : E2_SGE_BYTES;
    }
    return TRUE;
}

static Bool is_believed(Plugin_State *ps, const struct bnx2x_rx *rx, const struct e2_cqe *cqe, uint32 kind, uint16 first)
{
    if (BNX2X_AS_PUBLISHED) /* which believes all of it */
        return TRUE;
    if (kind == E2_CQE_END ? !first : rx->get.pos == rx->put.pos)
        return FALSE;
    if (kind == E2_CQE_START)
        return !first;
    return cqe->bytes >= cqe->bd_bytes && cqe->padding + cqe->bd_bytes <= SHELL_SMALL_RECV_BUFFER_SIZE &&
           (cqe->bytes == cqe->bd_bytes || (bnx2x_has_sges(ps) && sges_are_its(rx, cqe)));
}

static uint16 take_bd(Plugin_State *ps, uint32 queue)
{
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    uint16 number = numbers(ps, queue)[bnx2x_index(&rx->get, E2_RX_PAGE)];
    bnx2x_advance(&rx->get, E2_RX_PAGE, E2_RX_LINKS, rx->pages);
    return number;
}

/* One completion: TRUE when a frame was handed up. */
static Bool take_completion(Plugin_State *ps, uint32 queue)
{
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    struct e2_cqe cqe = *cqe_at(ps, queue, &rx->cqe);
    uint16 *first = &rx->first[cqe.queue % E2_TPA_QUEUES];
    uint32 kind = cqe.type & (E2_CQE_START | E2_CQE_END);
    bnx2x_advance(&rx->cqe, E2_CQE_PAGE, E2_CQE_LINKS, rx->cqe_pages);
    rx->cqe_put = bnx2x_past_link((uint16)(rx->cqe_put + 1), E2_CQE_PAGE, E2_CQE_LINKS);
    if (cqe.type & E2_CQE_RAMROD || !is_believed(ps, rx, &cqe, kind, *first))
        return FALSE;
    if (kind == E2_CQE_START) {
        *first = (uint16)(take_bd(ps, queue) + 1);
        return FALSE;
    }
    if (kind == E2_CQE_END) {
        hand_up(ps, queue, &cqe, (uint16)(*first ? *first - 1 : 0));
        *first = 0;
    } else {
        hand_up(ps, queue, &cqe, take_bd(ps, queue));
    }
    return TRUE;
}

static uint16 written(Plugin_State *ps, uint32 queue)
{
    return bnx2x_past_link(bnx2x_status(ps, queue)->index[E2_SB_RX], E2_CQE_PAGE, E2_CQE_LINKS);
}

Bool bnx2x_rx_pending(Plugin_State *ps, uint32 queue) { return written(ps, queue) != bnx2x_of(ps)->rx[queue].cqe.pos; }

uint32 bnx2x_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts)
{
    struct bnx2x_rx *rx = &bnx2x_of(ps)->rx[queue];
    uint16 end = written(ps, queue);
    uint32 delivered = 0, taken = 0;
    BNX2X_RMB();
    while (rx->cqe.pos != end && delivered < maxPkts) {
        taken++;
        delivered += take_completion(ps, queue);
        if (BNX2X_AS_PUBLISHED && rx->named == BNX2X_TPA_A_POLL) /* j: looked at behind each, and only for being equal */
            break;
    }
    return BNX2X_AS_PUBLISHED ? delivered : taken != 0;
}
