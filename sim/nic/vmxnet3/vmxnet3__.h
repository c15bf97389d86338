/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the vmxnet3 device: its state and what its files offer each other.
 *
 * struct vmxnet3_state is plain data and saved as it is; the rest is configuration and wiring.
 */
#ifndef VFSIM_NIC_VMXNET3_PRIVATE_H
#define VFSIM_NIC_VMXNET3_PRIVATE_H

#include "nic/vmxnet3/vmxnet3.h"

enum {
    QUEUES_MAX = 8,
    TX_BATCH = 32,          /* descriptors a fetch */
    RX_BATCH = 32,
    TX_FRAGMENTS_MAX = 32,
    RX_FRAGMENTS_MAX = 17,
    RX_ORPHANS_MAX = 64,    /* stops within the time of one copy */
    RX_RETRY_US = 5,        /* while waiting for descriptors */
};

enum vmxnet3_verb { VERB_RX_RETRY = 1 };

/* What a DMA was for: kind << 56 | queue << 48 | index << 32 | epoch. */
enum dma_kind { DMA_NONE, DMA_TX_DESC, DMA_TX_DATA, DMA_RX_DESC, DMA_RX_DATA };

enum loop_phase { PHASE_IDLE, PHASE_FETCH, PHASE_DATA, PHASE_WAIT };

struct comp_ring {
    uint64_t pa;
    uint32_t size, next, gen;
};

struct tx_queue {
    uint64_t pa;
    uint32_t size, next, gen;
    uint32_t prod;          /* as TXPROD was written */
    struct comp_ring comp;
    uint32_t intr;
    uint32_t stopped, error;
    uint32_t phase;         /* enum loop_phase */
    uint32_t batch_n, batch_i;
    struct Vmxnet3_TxDesc batch[TX_BATCH];
    /* the frame under way */
    uint32_t frags, frag_next, total, eop_index, completion_wanted;
    uint32_t dword2, dword3; /* of its first descriptor */
    frame_ref ref;
    struct {
        uint64_t addr;
        uint32_t len;
    } frag[TX_FRAGMENTS_MAX];
    struct UPT1_TxStats stats;
};

struct rx_ring {
    uint64_t pa;
    uint32_t size, next, gen;
    uint32_t batch_n, batch_i;
    uint32_t saved_next, saved_gen; /* where the frame under way began */
    struct Vmxnet3_RxDesc batch[RX_BATCH]; /* ready ones only */
};

struct rx_queue {
    struct rx_ring ring[2];
    struct comp_ring comp;
    uint32_t intr;
    uint32_t phase;
    frame_ref first, last;  /* waiting, chained by frame.mark */
    uint32_t waiting;
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
    } frag[RX_FRAGMENTS_MAX];
    struct event_id retry;
    struct UPT1_RxStats stats;
};

/* A frame on its way into memory when its queue was stopped: the driver is not told of it. */
struct rx_orphan {
    frame_ref ref; /* 0: free entry */
    uint32_t queue, epoch, pending, good;
};

struct vmxnet3_state {
    uint64_t shared_pa;
    uint32_t dsal;
    uint32_t cmd_result;
    uint32_t ecr;
    uint32_t did_lo, did_hi;
    uint32_t epoch;                   /* goes up whenever DMA under way loses its meaning */
    uint8_t mac[6], mac_low[4];       /* mac_low: MACL as written, before MACH */
    uint8_t activated, tx_run, rx_run, rx_wait;
    uint8_t paused, was_tx, was_rx, zero; /* was_: gates before the pause */
    uint32_t tx_queues, rx_queues;
    struct Vmxnet3_DSDevRead conf;    /* as of ACTIVATE_DEV and the UPDATE commands */
    struct UPT1_RSSConf rss;
    uint32_t rss_on;
    uint32_t rx_mode;
    uint32_t multicast_count;
    uint8_t multicast[VMXNET3_MULTICAST_MAX][6];
    uint32_t vlan_table[VMXNET3_VFT_SIZE];
    uint32_t irq_masked, irq_pending; /* bit a vector */
    struct tx_queue tx[QUEUES_MAX];
    struct rx_queue rx[QUEUES_MAX];
    struct rx_orphan orphan[RX_ORPHANS_MAX];
    struct vmxnet3_stats stats;
};

struct vmxnet3 {
    struct component c;
    struct pci_link *link;
    struct pci_function *fn;
    struct iommu_domain *domain;
    struct vmxnet3_host *host;
    struct port port;
    uint8_t perm_mac[6];
    uint32_t rx_queue_frames, link_mbps;
    struct vmxnet3_state st;
};

static inline uint64_t dma_tag(const struct vmxnet3 *dev, enum dma_kind kind, unsigned queue, unsigned index)
{
    return (uint64_t)kind << 56 | (uint64_t)queue << 48 | (uint64_t)index << 32 | dev->st.epoch;
}

/* ---- regs.c ---- */
uint64_t vmxnet3__mmio_read(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size);
void vmxnet3__mmio_write(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value);

/* ---- command.c ---- */
uint32_t vmxnet3__command(struct vmxnet3 *dev, uint32_t cmd);

/* ---- activate.c ---- */
bool vmxnet3__activate(struct vmxnet3 *dev); /* false: DriverShared was not valid */
bool vmxnet3__read_filter(struct vmxnet3 *dev, bool mode, bool macs, bool vlans);
bool vmxnet3__read_rss(struct vmxnet3 *dev);

/* ---- tx.c ---- */
void vmxnet3__tx_kick(struct vmxnet3 *dev, unsigned queue);
void vmxnet3__tx_desc_done(struct vmxnet3 *dev, unsigned queue, const void *data, uint32_t len, enum pci_status status);
void vmxnet3__tx_data_done(struct vmxnet3 *dev, unsigned queue, const void *data, uint32_t len, enum pci_status status);
void vmxnet3__tx_discard(struct vmxnet3 *dev, unsigned queue, enum fate fate);

/* ---- rx.c ---- */
void vmxnet3__port_receive(struct port *port, frame_ref ref);
void vmxnet3__rx_pump(struct vmxnet3 *dev, unsigned queue);
void vmxnet3__rx_desc_done(struct vmxnet3 *dev, unsigned queue, const void *data, uint32_t len, enum pci_status status);
void vmxnet3__rx_data_done(struct vmxnet3 *dev, unsigned queue, uint32_t epoch, enum pci_status status);
void vmxnet3__rx_discard(struct vmxnet3 *dev, unsigned queue, enum fate fate);
void vmxnet3__rx_retry(struct vmxnet3 *dev, unsigned queue);

/* ---- irq.c ---- */
void vmxnet3__irq_raise(struct vmxnet3 *dev, unsigned vector);
void vmxnet3__irq_mask(struct vmxnet3 *dev, unsigned vector, bool masked);

/* ---- offload.c ---- */
/* Fill in the checksum at `field` of a frame whose L4 header begins at `start`; false when the frame is no TCP or
 * UDP. */
bool vmxnet3__checksum(struct frame *f, uint32_t start, uint32_t field);
/* Cut the TCP frame `ref` (headers: hlen bytes) into segments of at most mss payload bytes, each sent through the port
 * after a tag was pushed (tci >= 0). Takes ref. Returns how many were sent; 0: malformed, ref has ended. */
uint32_t vmxnet3__segment(struct vmxnet3 *dev, frame_ref ref, uint32_t hlen, uint32_t mss, int32_t tci);
struct rx_classes {
    uint32_t flags;             /* VMXNET3_RCD_V4 … of dword 3 */
    bool checked;               /* TUC and IPC mean something */
    uint32_t rss_type, rss_hash;
};
void vmxnet3__classify(const struct vmxnet3 *dev, const struct frame *f, bool check, bool hash, struct rx_classes *out);

/* ---- vmxnet3.c ---- */
void vmxnet3__progress(struct vmxnet3 *dev);

#endif
