/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugins for VFs of the Intel 82599 (ixgbevf) and 82576 (igbvf) share, which is all but the place of the registers:
 * descriptors, rings and interrupts of the two chips are the same. A plugin is these sources and its map.
 *
 * Ring memory of a queue [82599 7.1.9, 7.2.3.3]: the descriptors, 16 bytes each, from its start; behind a transmit ring
 * one uint16 a descriptor: for the first descriptor of a frame the index of its last; behind a receive ring one struct
 * intelvf_slot a descriptor. Indices run 0 … size-1; head equal to tail is an empty ring, so at most size-1 descriptors are
 * the device's.
 *
 * deviceInfo, as the PF driver writes it: word 0 queue pairs of the VF, word 1 vectors, word 2 flags (bit 0: receive
 * frames may be spread over queues; bit 1: TCP segments may be coalesced, 82599 only), word 3 interrupt throttle (VTEITR, 0: none).
 */
#ifndef NPA_INTELVF_H
#define NPA_INTELVF_H

#include "guest/include/npa_plugin_api.h"
#include "sim/nic/intel/desc.h"
#include "sim/nic/82599/regs.h" /* RXDCTL, TXDCTL, VTIVAR and SRRCTL mean the same in both, but for the map's words */

enum { INTELVF_INFO_QUEUES, INTELVF_INFO_VECTORS, INTELVF_INFO_FLAGS, INTELVF_INFO_THROTTLE };

enum { INTELVF_FLAG_RSS = 1, INTELVF_FLAG_LRO = 2 };

enum {
    INTELVF_RING_MIN = 64,     /* rings are multiples of 128 bytes [82599 8.2.3.8.3]; below this nothing useful fits */
    INTELVF_RING_MAX = 4096,   /* ours; RDLEN would allow 8K descriptors */
    INTELVF_POLL_MAX = 1000,   /* reads of a register that should change */
};

/* Offsets inside BAR0, and bits that are elsewhere in the other chip. */
struct intelvf_map {
    char name[8];
    uint32 ctrl, status, eims, eimc, eiac, eitr, ivar;
    uint32 psrtype;           /* 0: spreading over queues is not the VF's to say */
    uint32 rx, tx, stride;    /* register blocks: of queue 0, and on to the next */
    uint32 srrctl_field, drop_enable;
    uint32 rxdctl_strip;      /* takes VLAN tags off; 0: the pool does */
    uint32 thresholds;        /* of TXDCTL, as the Linux driver has them; each frame is reported at once */
    uint32 frame_max;         /* largest frame it sends */
};
extern const struct intelvf_map intelvf_map __attribute__((visibility("hidden"))); /* no way round by the GOT */

/*
 * What versions of the 82599's plugin have learned of its errata.
 *   1  takes a reset VF for one whose registers are zero
 *   2  writes what a reset leaves
 *   3  knows that the chip calls the checksum of a UDP datagram without one wrong, so what it says of UDP is left open
 */
#ifndef IXGBEVF_VERSION
#define IXGBEVF_VERSION 2
#endif
#define INTELVF_TRUSTS_RESET (IXGBEVF_VERSION < 2)
#define INTELVF_DOUBTS_UDP (IXGBEVF_VERSION >= 3)

/* Set for another one: its doorbell covers the frame that is told to be the last, and no more, as the genuine plugin's does. */
#ifndef INTELVF_DOORBELL_OF_ONE
#define INTELVF_DOORBELL_OF_ONE 0
#endif

/* Of a register block. */
enum {
    INTELVF_RING_BAL = 0x00,
    INTELVF_RING_BAH = 0x04,
    INTELVF_RING_LEN = 0x08,
    INTELVF_RING_TAIL = 0x18,
    INTELVF_RING_CTL = 0x28,
    INTELVF_RING_RSC = 0x2c,
    INTELVF_RING_WBAL = 0x38
};

static inline uint32 intelvf_rx_reg(uint32 queue, uint32 field) { return intelvf_map.rx + intelvf_map.stride * queue + field; }
static inline uint32 intelvf_tx_reg(uint32 queue, uint32 field) { return intelvf_map.tx + intelvf_map.stride * queue + field; }

/* The descriptors of one large receive need not lie next to each other, and are done in the order of their ends. */
struct intelvf_slot {
    uint16 before; /* index + 1 of the descriptor before it of the same frame, 0: it is the first */
    uint16 done;   /* its frame was handed up */
};

struct intelvf_rx {
    uint32 size;
    uint32 head;  /* oldest descriptor whose frame was not handed up: buffers are added before it */
    uint32 next;  /* next descriptor the device completes */
    uint32 tail;  /* next descriptor to fill */
    uint32 large; /* 4 KiB buffers */
};

struct intelvf_tx {
    uint32 size;
    uint32 head;      /* oldest descriptor not yet known to be done */
    uint32 tail;      /* next descriptor to fill */
    uint32 announced; /* what VFTDT holds */
    /* The offload context the queue holds [82599 7.2.3.2.3]: another one is sent only when it changes. */
    uint32 context_valid, context_lens, context_type, context_mss;
};

struct intelvf {
    uint32 queues, vectors;
    struct intelvf_rx rx[NPA_QUEUES_MAX];
    struct intelvf_tx tx[NPA_QUEUES_MAX];
};

static inline struct intelvf *intelvf_of(Plugin_State *ps) { return PLUGIN_PRIVATE(ps); }

static inline volatile union ixgbe_adv_rx_desc *intelvf_rx_ring(Plugin_State *ps, uint32 queue)
{
    return (volatile union ixgbe_adv_rx_desc *)ps->rxQueues[queue].ringBaseVA;
}

static inline volatile union ixgbe_adv_tx_desc *intelvf_tx_ring(Plugin_State *ps, uint32 queue)
{
    return (volatile union ixgbe_adv_tx_desc *)ps->txQueues[queue].ringBaseVA;
}

/* Reads `reg` until (value & mask) == want. 0 or PLUGIN_FAILURE. */
uint32 intelvf_poll(Plugin_State *ps, uint32 reg, uint32 mask, uint32 want);
uint32 intelvf_queue_off(Plugin_State *ps, uint32 control); /* a ring's control register; PLUGIN_OK: the queue is off */
uint32 intelvf_vector_of(Plugin_State *ps, uint32 queue);
/* Queue's byte of VTIVAR: which vector a receive (which 0) or transmit (1) completion raises. */
void intelvf_route(Plugin_State *ps, uint32 queue, uint32 which);

uint32 intelvf_reinit_rx_ring(Plugin_State *ps, uint32 queue);
uint32 intelvf_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts);
uint32 intelvf_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue);
Bool intelvf_rx_pending(Plugin_State *ps, uint32 queue);

uint32 intelvf_reinit_tx_ring(Plugin_State *ps, uint32 queue);
uint32 intelvf_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                    Bool lastPktHint);
uint32 intelvf_check_tx_ring(Plugin_State *ps, uint32 queue);
Bool intelvf_tx_pending(Plugin_State *ps, uint32 queue);

#endif
