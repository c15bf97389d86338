/* SPDX-License-Identifier: GPL-2.0-or-later */
/* intelvf: receive [82599 7.1; 82576 7.1]. */
#include "guest/plugins/intelvf/intelvf.h"

static uint32 next_index(const struct intelvf_rx *rx, uint32 i) { return i + 1 == rx->size ? 0 : i + 1; }

static struct intelvf_slot *slots(Plugin_State *ps, uint32 queue)
{
    const Plugin_RxQueue *q = &ps->rxQueues[queue];
    return (struct intelvf_slot *)(q->ringBaseVA + q->ringSize * sizeof(union ixgbe_adv_rx_desc));
}

/* Memory that is zero already is not written to: what is never used stays unallocated. */
static void slot_clear(struct intelvf_slot *slot)
{
    if (slot->before || slot->done)
        *slot = (struct intelvf_slot){0, 0};
}

/* [82599 7.1.2.8] How many bits of the redirection table choose among our queues: as many as are served in full. */
static uint32 rss_bits(const Plugin_State *ps)
{
    if (!(ps->deviceInfo[INTELVF_INFO_FLAGS] & INTELVF_FLAG_RSS))
        return 0;
    return ps->numRxQueues >= 4 ? 2 : ps->numRxQueues >= 2 ? 1 : 0;
}

/* [82599 4.6.7] Disable, program base, length and buffer size, enable and wait until it reads back; the tail moves with
 * the first buffers. A reset clears none of that but base and length [82599 specification update, clarification 5]: what the
 * last owner left is overwritten. DROP_EN: a guest that posts none must not hold up the port for the others [82599 7.10.3.1]. */
uint32 intelvf_reinit_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    const Plugin_RxQueue *q = &ps->rxQueues[queue];
    volatile union ixgbe_adv_rx_desc *ring = intelvf_rx_ring(ps, queue);
    uint32 vector = intelvf_vector_of(ps, queue);
    uint32 buffer = rx->large ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE;
    if (intelvf_queue_off(ps, intelvf_rx_reg(queue, INTELVF_RING_CTL)))
        return PLUGIN_FAILURE;
    for (uint32 i = 0; i < rx->size; i++) {
        ring[i].read.pkt_addr = 0;
        ring[i].read.hdr_addr = 0;
        slot_clear(&slots(ps, queue)[i]);
    }
    rx->head = rx->next = rx->tail = 0;
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_BAL), (uint32)q->ringBasePA);
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_BAH), (uint32)(q->ringBasePA >> 32));
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_LEN), rx->size * (uint32)sizeof(union ixgbe_adv_rx_desc));
    plugin_write32(ps, intelvf_rx_reg(queue, intelvf_map.srrctl_field),
                   intelvf_map.drop_enable | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF | buffer >> IXGBE_SRRCTL_BSIZEPKT_SHIFT);
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_TAIL), 0);
    intelvf_route(ps, queue, 0);
    Bool lro = (ps->deviceInfo[INTELVF_INFO_FLAGS] & INTELVF_FLAG_LRO) != 0;
    if (intelvf_map.psrtype && (ps->numRxQueues > 1 || lro || !INTELVF_TRUSTS_RESET))
        plugin_write32(ps, intelvf_map.psrtype, rss_bits(ps) << IXGBE_PSRTYPE_RQPL_SHIFT | (lro ? IXGBE_PSRTYPE_TCPHDR : 0));
    if (lro) /* [82599 4.6.7.2] as many buffers as a Shell_RecvFrame has fragments, less one */
        plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_RSC), IXGBE_RSCCTL_RSCEN | IXGBE_RSCCTL_MAXDESC_8);
    plugin_write32(ps, intelvf_map.eiac, (1u << intelvf_of(ps)->vectors) - 1); /* a sent message clears its cause */
    plugin_write32(ps, intelvf_map.eitr + 4 * vector, ps->deviceInfo[INTELVF_INFO_THROTTLE]);
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_CTL), IXGBE_RXDCTL_ENABLE | intelvf_map.rxdctl_strip);
    return intelvf_poll(ps, intelvf_rx_reg(queue, INTELVF_RING_CTL), IXGBE_RXDCTL_ENABLE, IXGBE_RXDCTL_ENABLE);
}

/* One slot stays empty: tail equal to head would say that the device has nothing. */
uint32 intelvf_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    struct Shell_RxQueueHandle *handle = ps->rxQueues[queue].handle;
    volatile union ixgbe_adv_rx_desc *ring = intelvf_rx_ring(ps, queue);
    while (next_index(rx, rx->tail) != rx->head) {
        uint64 pa = rx->large ? ps->shellApi.allocLargeBuffer(handle, rx->tail) : ps->shellApi.allocSmallBuffer(handle, rx->tail);
        if (pa == SHELL_NO_BUFFER)
            break;
        ring[rx->tail].read.pkt_addr = pa;
        ring[rx->tail].read.hdr_addr = 0; /* clears DD of the last write-back */
        slot_clear(&slots(ps, queue)[rx->tail]);
        rx->tail = next_index(rx, rx->tail);
    }
    NPA_WMB();
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_TAIL), rx->tail);
    return PLUGIN_OK;
}

Bool intelvf_rx_pending(Plugin_State *ps, uint32 queue)
{
    const struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    return rx->next != rx->tail && (intelvf_rx_ring(ps, queue)[rx->next].wb.status_error & IXGBE_RXD_STAT_DD);
}

/* [82599 7.1.11] What the device found out about checksums, from the last descriptor of the frame. */
static void fill_checksums(Shell_RecvFrame *frame, uint32 info, uint32 status)
{
    uint8 l4 = SHELL_XSUM_UNKNOWN;
    frame->ipv4 = (info & (IXGBE_RXDADV_PKTTYPE_IPV4 | IXGBE_RXDADV_PKTTYPE_IPV4_EX)) != 0;
    frame->ipv6 = (info & (IXGBE_RXDADV_PKTTYPE_IPV6 | IXGBE_RXDADV_PKTTYPE_IPV6_EX)) != 0;
    frame->nonIp = !frame->ipv4 && !frame->ipv6;
    frame->tcp = (info & IXGBE_RXDADV_PKTTYPE_TCP) != 0;
    frame->udp = (info & IXGBE_RXDADV_PKTTYPE_UDP) != 0;
    if (status & IXGBE_RXD_STAT_IPCS)
        frame->ipXsum = status & IXGBE_RXDADV_ERR_IPE ? SHELL_XSUM_INCORRECT : SHELL_XSUM_CORRECT;
    if (status & IXGBE_RXD_STAT_L4CS)
        l4 = status & IXGBE_RXDADV_ERR_TCPE ? SHELL_XSUM_INCORRECT : SHELL_XSUM_CORRECT;
    frame->tcpXsum = frame->tcp ? l4 : SHELL_XSUM_UNKNOWN;
    if (INTELVF_DOUBTS_UDP && l4 == SHELL_XSUM_INCORRECT)
        l4 = SHELL_XSUM_UNKNOWN;
    frame->udpXsum = frame->udp ? l4 : SHELL_XSUM_UNKNOWN;
}

static void fill_frame(Shell_RecvFrame *frame, uint32 info, uint32 status, uint32 rss, uint16 vlan)
{
    uint32 type = info & IXGBE_RXDADV_RSSTYPE_MASK;
    frame->firstSgOffset = 0;
    frame->perfectFiltered = !(status & IXGBE_RXD_STAT_PIF);
    frame->vlan = (status & IXGBE_RXD_STAT_VP) != 0;
    frame->vlanTag = frame->vlan ? vlan : 0;
    frame->rssHashFunction = type ? SHELL_RECV_HASH_FUNCTION_TOEPLITZ : SHELL_RECV_HASH_FUNCTION_NONE;
    /* [82599 table 7-18] 1 TCP/IPv4, 2 IPv4, 3 TCP/IPv6, 5 IPv6; others have no number in NPA. */
    frame->rssHashType = type == 1   ? SHELL_RECV_HASH_TYPE_TCP_IPV4
                         : type == 2 ? SHELL_RECV_HASH_TYPE_IPV4
                         : type == 3 ? SHELL_RECV_HASH_TYPE_TCP_IPV6
                         : type == 5 ? SHELL_RECV_HASH_TYPE_IPV6
                                     : SHELL_RECV_HASH_TYPE_NONE;
    frame->rssHashValue = type ? rss : 0;
    frame->ipXsum = SHELL_XSUM_UNKNOWN;
    fill_checksums(frame, info, status);
}

/* The frame that ends at descriptor `last`: its fragments in order, and its slots done. A frame of more fragments than a
 * Shell_RecvFrame holds is not indicated: sgLength is 0. */
static void collect(Plugin_State *ps, uint32 queue, uint32 last, Shell_RecvFrame *frame)
{
    struct intelvf_slot *slot = slots(ps, queue);
    volatile union ixgbe_adv_rx_desc *ring = intelvf_rx_ring(ps, queue);
    uint32 count = 1, k;
    Bool alone = !slot[last].before && last == intelvf_of(ps)->rx[queue].head;
    for (uint32 i = last; slot[i].before; i = slot[i].before - 1u)
        count++;
    frame->byteLength = 0;
    frame->sgLength = count <= PLUGIN_MAX_RECV_FRAGMENTS ? count : 0;
    for (k = count; k-- > 0; last = slot[last].before - 1u) {
        uint32 length = ring[last].wb.length;
        if (k < PLUGIN_MAX_RECV_FRAGMENTS) {
            frame->sg[k].ringOffset = last;
            frame->sg[k].length = length;
        }
        frame->byteLength += length;
        if (!alone) /* the common case needs no record */
            slot[last].done = 1;
    }
}

/* The next descriptor, which is done: true when a frame ends with it. Otherwise the frame goes on in another one, which a
 * large receive names and others have right behind it [82599 7.1.6.2, 7.11.5]. */
static Bool take_descriptor(Plugin_State *ps, uint32 queue, Shell_RecvFrame *frame)
{
    struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    volatile union ixgbe_adv_rx_desc *d = &intelvf_rx_ring(ps, queue)[rx->next];
    uint32 at = rx->next, status = d->wb.status_error, info = d->wb.pkt_info;
    NPA_RMB();
    rx->next = next_index(rx, at);
    if (!(status & IXGBE_RXD_STAT_EOP)) {
        uint32 to = info & IXGBE_RXDADV_RSCCNT_MASK ? (status & IXGBE_RXDADV_NEXTP_MASK) >> IXGBE_RXDADV_NEXTP_SHIFT : rx->next;
        if (to < rx->size)
            slots(ps, queue)[to].before = (uint16)(at + 1);
        return FALSE;
    }
    collect(ps, queue, at, frame);
    if (frame->sgLength == 1 && at == rx->head)
        rx->head = rx->next;
    if (status & IXGBE_RXDADV_ERR_LE)
        frame->sgLength = 0;
    fill_frame(frame, info, status, d->wb.rss, d->wb.vlan);
    return TRUE;
}

uint32 intelvf_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts)
{
    struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    uint32 delivered = 0, taken = 0;
    while (delivered < maxPkts && intelvf_rx_pending(ps, queue)) {
        Shell_RecvFrame frame;
        if (!take_descriptor(ps, queue, &frame))
            continue;
        taken++;
        if (!frame.sgLength)
            continue;
        delivered++;
        ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);
    }
    while (rx->head != rx->next && slots(ps, queue)[rx->head].done)
        rx->head = next_index(rx, rx->head);
    return taken ? 1 : 0;
}
