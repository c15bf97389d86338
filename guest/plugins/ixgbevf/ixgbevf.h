/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ixgbevf plugin's own state: one VF of an Intel 82599, its rings and vectors.
 *
 * Ring memory of a queue [82599 7.1.9, 7.2.3.3]: the descriptors, 16 bytes each, from its start; behind a transmit ring
 * one uint16 a descriptor: for the first descriptor of a frame the index of its last. Indices run 0 … size-1; head
 * equal to tail is an empty ring, so at most size-1 descriptors are the device's.
 *
 * deviceInfo, as the PF driver writes it: word 0 queue pairs of the VF, word 1 vectors, word 2 flags (bit 0: receive
 * frames may be spread over queues), word 3 interrupt throttle (VTEITR, 0: none).
 */
#ifndef NPA_IXGBEVF_H
#define NPA_IXGBEVF_H

#include "guest/include/npa_plugin_api.h"
#include "sim/nic/82599/desc.h"
#include "sim/nic/82599/regs.h"

enum { IXGBEVF_INFO_QUEUES, IXGBEVF_INFO_VECTORS, IXGBEVF_INFO_FLAGS, IXGBEVF_INFO_THROTTLE };

enum { IXGBEVF_FLAG_RSS = 1 };

enum {
    IXGBEVF_RING_MIN = 64,     /* rings are multiples of 128 bytes [82599 8.2.3.8.3]; below this nothing useful fits */
    IXGBEVF_RING_MAX = 4096,   /* ours; RDLEN would allow 8K descriptors */
    IXGBEVF_PTHRESH = 32,      /* descriptors on chip below which it fetches more */
    IXGBEVF_POLL_MAX = 1000,   /* reads of a register that should change */
    IXGBEVF_FRAME_MAX = 15360, /* largest frame it sends, 15 KiB [82599 1.3] */
};

struct ixgbevf_rx {
    uint32 size;
    uint32 head;  /* next descriptor the device completes */
    uint32 tail;  /* next descriptor to fill */
    uint32 large; /* 4 KiB buffers */
};

struct ixgbevf_tx {
    uint32 size;
    uint32 head;      /* oldest descriptor not yet known to be done */
    uint32 tail;      /* next descriptor to fill */
    uint32 announced; /* what VFTDT holds */
    /* The offload context the queue holds [82599 7.2.3.2.3]: another one is sent only when it changes. */
    uint32 context_valid, context_lens, context_type, context_mss;
};

struct ixgbevf {
    uint32 queues, vectors;
    struct ixgbevf_rx rx[NPA_QUEUES_MAX];
    struct ixgbevf_tx tx[NPA_QUEUES_MAX];
};

static inline struct ixgbevf *ixgbevf_of(Plugin_State *ps) { return PLUGIN_PRIVATE(ps); }

static inline volatile union ixgbe_adv_rx_desc *ixgbevf_rx_ring(Plugin_State *ps, uint32 queue)
{
    return (volatile union ixgbe_adv_rx_desc *)ps->rxQueues[queue].ringBaseVA;
}

static inline volatile union ixgbe_adv_tx_desc *ixgbevf_tx_ring(Plugin_State *ps, uint32 queue)
{
    return (volatile union ixgbe_adv_tx_desc *)ps->txQueues[queue].ringBaseVA;
}

/* Reads `reg` until (value & mask) == want. 0 or PLUGIN_FAILURE. */
uint32 ixgbevf_poll(Plugin_State *ps, uint32 reg, uint32 mask, uint32 want);
uint32 ixgbevf_vector_of(Plugin_State *ps, uint32 queue);
/* Queue's byte of VTIVAR: which vector a receive (which 0) or transmit (1) completion raises. */
void ixgbevf_route(Plugin_State *ps, uint32 queue, uint32 which);

uint32 ixgbevf_reinit_rx_ring(Plugin_State *ps, uint32 queue);
uint32 ixgbevf_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts);
uint32 ixgbevf_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue);
Bool ixgbevf_rx_pending(Plugin_State *ps, uint32 queue);

uint32 ixgbevf_reinit_tx_ring(Plugin_State *ps, uint32 queue);
uint32 ixgbevf_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info,
                                    const Plugin_SgList *sgl, Bool lastPktHint);
uint32 ixgbevf_check_tx_ring(Plugin_State *ps, uint32 queue);
Bool ixgbevf_tx_pending(Plugin_State *ps, uint32 queue);

#endif
