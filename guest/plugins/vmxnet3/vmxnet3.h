/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmxnet3 plugin's own state. */
#ifndef NPA_VMXNET3_H
#define NPA_VMXNET3_H

#include "guest/plugins/vmxnet3/vmxnet3_plugin.h"

/* producer of descriptors, consumer of completions */
struct vmxnet3_ring {
    uint32 size;
    uint32 head, tail; /* oldest descriptor of the device's; next to fill */
    uint32 gen;        /* of the descriptors from tail on */
    uint32 done;       /* next completion to look at */
    uint32 done_gen;
};

struct vmxnet3 {
    struct vmxnet3_ring rx[NPA_QUEUES_MAX], tx[NPA_QUEUES_MAX];
    uint32 buffers_a_frame;
};

static inline struct vmxnet3 *vmxnet3_of(Plugin_State *ps) { return PLUGIN_PRIVATE(ps); }
static inline volatile struct Vmxnet3_TxQueueDesc *vmxnet3_tx_shared(Plugin_State *ps, uint32 queue)
{
    return (volatile struct Vmxnet3_TxQueueDesc *)ps->shared + queue;
}
static inline volatile struct Vmxnet3_RxQueueDesc *vmxnet3_rx_shared(Plugin_State *ps, uint32 queue)
{
    return (volatile struct Vmxnet3_RxQueueDesc *)((volatile struct Vmxnet3_TxQueueDesc *)ps->shared + ps->numTxQueues) + queue;
}
static inline void vmxnet3_ring_reset(struct vmxnet3_ring *ring)
{
    ring->head = ring->tail = ring->done = 0;
    ring->gen = ring->done_gen = VMXNET3_INIT_GEN;
}
static inline uint32 vmxnet3_ring_next(const struct vmxnet3_ring *ring, uint32 i) { return i + 1 == ring->size ? 0 : i + 1; }
static inline void vmxnet3_ring_filled(struct vmxnet3_ring *ring)
{
    ring->tail = vmxnet3_ring_next(ring, ring->tail);
    if (!ring->tail)
        ring->gen ^= 1;
}

uint32 vmxnet3_reinit_rx_ring(Plugin_State *ps, uint32 queue);
uint32 vmxnet3_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts);
uint32 vmxnet3_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue);
Bool vmxnet3_rx_pending(Plugin_State *ps, uint32 queue);

uint32 vmxnet3_reinit_tx_ring(Plugin_State *ps, uint32 queue);
uint32 vmxnet3_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                    Bool lastPktHint);
uint32 vmxnet3_check_tx_ring(Plugin_State *ps, uint32 queue);
Bool vmxnet3_tx_pending(Plugin_State *ps, uint32 queue);

#endif
