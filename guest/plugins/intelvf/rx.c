/* SPDX-License-Identifier: GPL-2.0-or-later */
/* intelvf: receive [82599 7.1; 82576 7.1]. */
#include "guest/plugins/intelvf/intelvf.h"

static uint32 next_index(const struct intelvf_rx *rx, uint32 i) { return i + 1 == rx->size ? 0 : i + 1; }

/* [82599 7.1.2.8] How many bits of the redirection table choose among our queues: as many as are served in full. */
static uint32 rss_bits(const Plugin_State *ps)
{
    if (!(ps->deviceInfo[INTELVF_INFO_FLAGS] & INTELVF_FLAG_RSS))
        return 0;
    return ps->numRxQueues >= 4 ? 2 : ps->numRxQueues >= 2 ? 1 : 0;
}

/* [82599 4.6.7] Disable, program base, length and buffer size, enable and wait until it reads back; the tail moves with
 * the first buffers. DROP_EN: a guest that posts none must not hold up the port for the others [82599 7.10.3.1]. */
uint32 intelvf_reinit_rx_ring(Plugin_State *ps, uint32 queue)
{
    struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    const Plugin_RxQueue *q = &ps->rxQueues[queue];
    volatile union ixgbe_adv_rx_desc *ring = intelvf_rx_ring(ps, queue);
    uint32 vector = intelvf_vector_of(ps, queue);
    uint32 buffer = rx->large ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE;
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_CTL), 0);
    if (intelvf_poll(ps, intelvf_rx_reg(queue, INTELVF_RING_CTL), IXGBE_RXDCTL_ENABLE, 0))
        return PLUGIN_FAILURE;
    for (uint32 i = 0; i < rx->size; i++) {
        ring[i].read.pkt_addr = 0;
        ring[i].read.hdr_addr = 0;
    }
    rx->head = rx->tail = 0;
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_BAL), (uint32)q->ringBasePA);
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_BAH), (uint32)(q->ringBasePA >> 32));
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_LEN), rx->size * (uint32)sizeof(union ixgbe_adv_rx_desc));
    plugin_write32(ps, intelvf_rx_reg(queue, intelvf_map.srrctl_field),
                   intelvf_map.drop_enable | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF | buffer >> IXGBE_SRRCTL_BSIZEPKT_SHIFT);
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_TAIL), 0);
    intelvf_route(ps, queue, 0);
    if (ps->numRxQueues > 1 && intelvf_map.psrtype)
        plugin_write32(ps, intelvf_map.psrtype, rss_bits(ps) << IXGBE_PSRTYPE_RQPL_SHIFT);
    plugin_write32(ps, intelvf_map.eiac, (1u << intelvf_of(ps)->vectors) - 1); /* a sent message clears its cause */
    plugin_write32(ps, intelvf_map.eiam, 0);
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
        uint64 pa = rx->large ? ps->shellApi.allocLargeBuffer(handle, rx->tail)
                              : ps->shellApi.allocSmallBuffer(handle, rx->tail);
        if (pa == SHELL_NO_BUFFER)
            break;
        ring[rx->tail].read.pkt_addr = pa;
        ring[rx->tail].read.hdr_addr = 0; /* clears DD of the last write-back */
        rx->tail = next_index(rx, rx->tail);
    }
    NPA_WMB();
    plugin_write32(ps, intelvf_rx_reg(queue, INTELVF_RING_TAIL), rx->tail);
    return PLUGIN_OK;
}

Bool intelvf_rx_pending(Plugin_State *ps, uint32 queue)
{
    const struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    return rx->head != rx->tail && (intelvf_rx_ring(ps, queue)[rx->head].wb.status_error & IXGBE_RXD_STAT_DD);
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

/* Collect the frame at the head into `frame`. 0: not all of it is there yet; else descriptors it takes. A frame of more
 * fragments than a Shell_RecvFrame holds keeps the first ones, and sgLength says 0: it is not indicated. */
static uint32 collect(Plugin_State *ps, uint32 queue, Shell_RecvFrame *frame)
{
    const struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    volatile union ixgbe_adv_rx_desc *ring = intelvf_rx_ring(ps, queue);
    uint32 i = rx->head, count = 0;
    frame->byteLength = 0;
    while (i != rx->tail) {
        uint32 status = ring[i].wb.status_error;
        if (!(status & IXGBE_RXD_STAT_DD))
            return 0;
        NPA_RMB();
        uint32 length = ring[i].wb.length;
        if (count < PLUGIN_MAX_RECV_FRAGMENTS) {
            frame->sg[count].ringOffset = i;
            frame->sg[count].length = length;
        }
        frame->byteLength += length;
        count++;
        if (status & IXGBE_RXD_STAT_EOP) {
            frame->sgLength = count <= PLUGIN_MAX_RECV_FRAGMENTS && !(status & IXGBE_RXDADV_ERR_LE) ? count : 0;
            fill_frame(frame, ring[i].wb.pkt_info, status, ring[i].wb.rss, ring[i].wb.vlan);
            return count;
        }
        i = next_index(rx, i);
    }
    return 0;
}

uint32 intelvf_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts)
{
    struct intelvf_rx *rx = &intelvf_of(ps)->rx[queue];
    uint32 delivered = 0, taken = 0;
    while (delivered < maxPkts) {
        Shell_RecvFrame frame;
        uint32 count = collect(ps, queue, &frame);
        if (!count)
            break;
        taken += count;
        rx->head = (rx->head + count) % rx->size;
        if (!frame.sgLength)
            continue;
        delivered++;
        ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);
    }
    return taken ? 1 : 0;
}
