/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the ring engine of vmxnet3 remembers: plain data, saved as it is. Only the engine's own files look inside; the layout is
 * public because owners embed and save it.
 */
#ifndef VFSIM_NIC_VMXNET3_RINGS_STATE_H
#define VFSIM_NIC_VMXNET3_RINGS_STATE_H

#include <stdint.h>

#include "core/frame/frame.h"
#include "nic/vmxnet3/vmxnet3_defs.h"

enum {
    VMXNET3_RINGS_QUEUES = 8,       /* a direction */
    VMXNET3_RINGS_BATCH = 32,       /* descriptors a fetch */
    VMXNET3_RINGS_TX_FRAGMENTS = 32,
    VMXNET3_RINGS_RX_FRAGMENTS = 17,
    VMXNET3_RINGS_ORPHANS = 64,     /* stops within the time of one copy */
};

enum vmxnet3_phase { RING_IDLE, RING_FETCH, RING_DATA, RING_WAIT };

struct vmxnet3_comp_ring {
    uint64_t pa;
    uint32_t size, next, gen;
};

struct vmxnet3_tx_queue {
    uint64_t pa;
    uint32_t size, next, gen;
    uint32_t prod;          /* as TXPROD was written */
    struct vmxnet3_comp_ring comp;
    uint32_t intr;
    uint32_t stopped, error;
    uint32_t phase;         /* enum vmxnet3_phase */
    uint32_t batch_n, batch_i;
    struct Vmxnet3_TxDesc batch[VMXNET3_RINGS_BATCH];
    /* the frame under way */
    uint32_t frags, frag_next, total, eop_index, completion_wanted;
    uint32_t dword2, dword3; /* of its first descriptor */
    frame_ref ref;
    struct {
        uint64_t addr;
        uint32_t len;
    } frag[VMXNET3_RINGS_TX_FRAGMENTS];
    struct UPT1_TxStats stats;
};

struct vmxnet3_rx_ring {
    uint64_t pa;
    uint32_t size, next, gen;
    uint32_t batch_n, batch_i;
    uint32_t saved_next, saved_gen; /* where the frame under way began */
    struct Vmxnet3_RxDesc batch[VMXNET3_RINGS_BATCH]; /* ready ones only */
};

struct vmxnet3_rx_queue {
    struct vmxnet3_rx_ring ring[2];
    struct vmxnet3_comp_ring comp;
    uint32_t intr;
    uint32_t phase;
    frame_ref first, last;  /* waiting, chained by frame.mark */
    uint32_t waiting;
    uint64_t taken;         /* frames that came in, ever */
    /* the frame under way */
    frame_ref ref;
    uint32_t len, placed, frags, pending, good, bad, data_epoch, exhausted[2], fetching;
    uint32_t tag;           /* VMXNET3_RCD_TS | TCI << 16 of its completions */
    uint32_t flags;         /* dword 3 of its completions */
    uint32_t rss_type, rss_hash, cnc;
    uint32_t kind;          /* 0 unicast, 1 multicast, 2 broadcast */
    struct {
        uint64_t addr;
        uint32_t len, ring, index;
    } frag[VMXNET3_RINGS_RX_FRAGMENTS];
    struct event_id retry;
    struct UPT1_RxStats stats;
};

/* A frame on its way into memory when its queue was stopped: the driver is not told of it. */
struct vmxnet3_rx_orphan {
    frame_ref ref; /* 0: free entry */
    uint32_t queue, epoch, pending, good;
};

/* What drivers of newer revisions use of it, by queue; plain data, too, which its owner saves if they can have set it up. Data
 * rings are memory of the guest that is always mapped, a place of desc_size bytes for each descriptor: frames and headers that
 * fit lie there instead of in buffers, which the device then need not map. */
struct vmxnet3_data_ring {
    uint64_t pa;
    uint32_t desc_size; /* 0: there is none */
    uint32_t count; /* places */
};
struct vmxnet3_rings_more {
    struct vmxnet3_data_ring tx[VMXNET3_RINGS_QUEUES], rx[VMXNET3_RINGS_QUEUES];
    uint32_t rss_fields; /* VMXNET3_RSS_FIELDS_* beyond TCP */
    uint32_t lro; /* its driver understands VMXNET3_CDTYPE_RXCOMP_LRO */
    struct {
        uint32_t in_data_ring, segments, mss, spared; /* spared: bytes of headers that were joined away */
    } now[VMXNET3_RINGS_QUEUES]; /* the frame that is received */
    uint64_t maps, tx_data_frames, rx_data_frames; /* buffers mapped; frames of which any lay in a data ring */
};

struct vmxnet3_rings_stats {
    uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes;
    uint64_t copies, copy_bytes; /* DMA, descriptors included */
    uint64_t interrupts;
};

struct vmxnet3_rings_state {
    uint32_t epoch; /* goes up whenever DMA under way loses its meaning */
    uint8_t ready; /* its queues are set up */
    uint8_t tx_run, rx_run, rx_wait;
    uint8_t paused, was_tx, was_rx, auto_mask; /* was_: gates before the pause */
    uint32_t tx_queues, rx_queues;
    uint32_t vectors;
    uint32_t irq_masked, irq_pending; /* bit a vector */
    uint32_t rss_on;
    uint64_t features; /* UPT1_F_* */
    struct UPT1_RSSConf rss;
    struct vmxnet3_tx_queue tx[VMXNET3_RINGS_QUEUES];
    struct vmxnet3_rx_queue rx[VMXNET3_RINGS_QUEUES];
    struct vmxnet3_rx_orphan orphan[VMXNET3_RINGS_ORPHANS];
    struct vmxnet3_rings_stats stats;
};

#endif
