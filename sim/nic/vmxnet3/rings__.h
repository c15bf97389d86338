/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the ring engine: what its files offer each other. */
#ifndef VFSIM_NIC_VMXNET3_RINGS_PRIVATE_H
#define VFSIM_NIC_VMXNET3_RINGS_PRIVATE_H

#include "nic/vmxnet3/rings.h"

enum {
    QUEUES_MAX = VMXNET3_RINGS_QUEUES,
    TX_BATCH = VMXNET3_RINGS_BATCH,
    RX_BATCH = VMXNET3_RINGS_BATCH,
    TX_FRAGMENTS_MAX = VMXNET3_RINGS_TX_FRAGMENTS,
    RX_FRAGMENTS_MAX = VMXNET3_RINGS_RX_FRAGMENTS,
    RX_ORPHANS_MAX = VMXNET3_RINGS_ORPHANS,
    RX_RETRY_US = 5, /* while waiting for descriptors */
};

/* What a DMA was for: kind << 56 | queue << 48 | index << 32 | epoch. */
enum dma_kind { DMA_NONE, DMA_TX_DESC, DMA_TX_DATA, DMA_RX_DESC, DMA_RX_DATA };

static inline uint64_t dma_tag(const struct vmxnet3_rings *rings, enum dma_kind kind, unsigned queue, unsigned index)
{
    return (uint64_t)kind << 56 | (uint64_t)queue << 48 | (uint64_t)index << 32 | rings->st.epoch;
}

/* ---- tx.c ---- */
void rings__tx_kick(struct vmxnet3_rings *rings, unsigned queue);
void rings__tx_desc_done(struct vmxnet3_rings *rings, unsigned queue, const void *data, uint32_t len, enum pci_status status);
void rings__tx_data_done(struct vmxnet3_rings *rings, unsigned queue, const void *data, uint32_t len, enum pci_status status);
void rings__tx_discard(struct vmxnet3_rings *rings, unsigned queue, enum fate fate);

/* ---- rx.c ---- */
void rings__rx_pump(struct vmxnet3_rings *rings, unsigned queue);
void rings__rx_desc_done(struct vmxnet3_rings *rings, unsigned queue, const void *data, uint32_t len, enum pci_status status);
void rings__rx_data_done(struct vmxnet3_rings *rings, unsigned queue, uint32_t epoch, enum pci_status status);
void rings__rx_discard(struct vmxnet3_rings *rings, unsigned queue, enum fate fate);

/* ---- rings.c ---- */
void rings__count_copy(struct vmxnet3_rings *rings, uint32_t bytes, bool received); /* bytes of a frame that a NIC wrote */
void rings__count_map(struct vmxnet3_rings *rings, bool received); /* a buffer that is not always mapped is about to be copied */
void rings__progress(struct vmxnet3_rings *rings);
void rings__pass(struct vmxnet3_rings *rings, unsigned queue, const struct frame *f, enum way_kind kind);

/* ---- offload.c ---- */
/* Fill in the checksum at `field` of a frame whose L4 header begins at `start`; false when the frame is no TCP or
 * UDP. */
bool rings__checksum(struct frame *f, uint32_t start, uint32_t field);
/* Cut the TCP frame `ref` (headers: hlen bytes) into segments of at most mss payload bytes, each sent
 * after a tag was pushed (tci >= 0). Takes ref. Returns how many were sent; 0: malformed, ref has ended. */
uint32_t rings__segment(struct vmxnet3_rings *rings, unsigned queue, frame_ref ref, uint32_t hlen, uint32_t mss, int32_t tci);
struct rx_classes {
    uint32_t flags;             /* VMXNET3_RCD_V4 … of dword 3 */
    bool checked;               /* TUC and IPC mean something */
    uint32_t rss_type, rss_hash;
};
void rings__classify(const struct vmxnet3_rings *rings, const struct frame *f, bool check, bool hash, struct rx_classes *out);

static inline bool rings__is_in(const struct vmxnet3_data_ring *data, uint64_t addr, uint32_t len)
{
    uint64_t off = addr - data->pa;
    return data->desc_size && off < (uint64_t)data->desc_size * data->count && off % data->desc_size + len <= data->desc_size;
}

/* ---- lro.c ---- */
/* What waits behind the frame that queue begins with goes on behind it, as far as it is the same stream's next. */
void rings__lro(struct vmxnet3_rings *rings, unsigned queue);

/* ---- rx.c, for it ---- */
frame_ref rings__rx_pop(struct vmxnet3_rings *rings, struct vmxnet3_rx_queue *rx);

#endif
