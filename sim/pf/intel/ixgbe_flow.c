/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames into queues by what they are (ethtool -N): the chip's 5-tuple and EtherType filters. Linux's ixgbe uses the Flow Director
 * for this; the filters here are what DPDK's n-tuple and EtherType rules become [ixgbe_ethdev.c ixgbe_inject_5tuple_filter,
 * ixgbe_add_del_ethertype_filter]. A rule belongs to the pool of its queue: another's frames do not match it.
 */
#include "pf/intel/intel.h"

#include <string.h>

enum { TUPLES = IXGBE_MAX_FTQF_FILTERS };

static uint32_t bytes32(const uint8_t b[4])
{
    uint32_t value;
    memcpy(&value, b, 4); /* the registers hold what is on the wire, lowest byte first */
    return value;
}
static uint32_t wire16(uint16_t v) { return (uint32_t)(v >> 8) | (uint32_t)(v & 255) << 8; }

static void tuple(struct pf *pf, unsigned i, const struct pf_flow_rule *r, unsigned pool, unsigned queue)
{
    static const uint32_t protocol[] = {[PF_FLOW_TCP4] = IXGBE_FTQF_PROTOCOL_TCP,
                                        [PF_FLOW_UDP4] = IXGBE_FTQF_PROTOCOL_UDP,
                                        [PF_FLOW_SCTP4] = IXGBE_FTQF_PROTOCOL_SCTP,
                                        [PF_FLOW_IP4] = IXGBE_FTQF_PROTOCOL_OTHER};
    uint32_t ignore =
        (r->given & PF_FLOW_SRC_IP ? 0 : IXGBE_FTQF_NO_SOURCE_ADDR) | (r->given & PF_FLOW_DST_IP ? 0 : IXGBE_FTQF_NO_DEST_ADDR) |
        (r->given & PF_FLOW_SRC_PORT ? 0 : IXGBE_FTQF_NO_SOURCE_PORT) |
        (r->given & PF_FLOW_DST_PORT ? 0 : IXGBE_FTQF_NO_DEST_PORT) | (r->type == PF_FLOW_IP4 ? IXGBE_FTQF_NO_PROTOCOL : 0);
    pf__write(pf, IXGBE_SAQF(i), bytes32(r->src_ip));
    pf__write(pf, IXGBE_DAQF(i), bytes32(r->dst_ip));
    pf__write(pf, IXGBE_SDPQF(i), wire16(r->src_port) | wire16(r->dst_port) << 16);
    pf__write(pf, IXGBE_L34TIMIR(i), IXGBE_L34T_IMIR_RESERVE | queue << IXGBE_L34T_IMIR_QUEUE_SHIFT);
    pf__write(pf, IXGBE_FTQF(i),
              IXGBE_FTQF_QUEUE_ENABLE | ignore << IXGBE_FTQF_5TUPLE_MASK_SHIFT | pool << IXGBE_FTQF_POOL_SHIFT | protocol[r->type]);
}

void pf__ixgbe_flow_rule(struct pf *pf, unsigned i)
{
    const struct pf_flow_rule *r = &pf->s.flow_rule[i];
    unsigned pool = r->vf < 0 ? pf__pool(pf) : (unsigned)r->vf;
    unsigned queue = (r->vf < 0 ? pf__queue(pf) : pool * pf->queues) + r->queue;
    if (!r->valid) {
        pf__write(pf, i < TUPLES ? IXGBE_FTQF(i) : IXGBE_ETQF(i - TUPLES), 0);
    } else if (i < TUPLES) {
        tuple(pf, i, r, pool, queue);
    } else {
        pf__write(pf, IXGBE_ETQS(i - TUPLES), IXGBE_ETQS_QUEUE_EN | queue << IXGBE_ETQS_RX_QUEUE_SHIFT);
        pf__write(pf, IXGBE_ETQF(i - TUPLES), IXGBE_ETQF_FILTER_EN | r->ether_type);
    }
}
