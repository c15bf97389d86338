/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine knows of a queue and of the frames between wire and memory: rings, packet buffers, large receives.
 *
 * All of it is plain data and is saved as it is.
 */
#ifndef VFSIM_NIC_INTEL_RINGS_H
#define VFSIM_NIC_INTEL_RINGS_H

#include "core/engine/engine.h"
#include "core/frame/way.h"
#include "nic/intel/desc.h"
#include "nic/intel/words.h"

enum {
    PACKET_UNIT = 64,            /* what the packet buffer pointers count in */
    RX_BUFFER_BYTES_MAX = 512 * 1024,
    RX_ENTRIES = RX_BUFFER_BYTES_MAX / PACKET_UNIT, /* a frame takes a unit at least; its copies beyond one do not */
    TX_ENTRIES = 4096,           /* power of two above the transmit packet buffer's units */
    RX_DESC_ON_CHIP = 32,        /* per queue */
    TX_DESC_ON_CHIP = 40,        /* per queue [82599 7.2.3.4] */
    TX_DESC_PLACES = 64,         /* for them: a power of two */
    RX_WRITES_MAX = 64,          /* frames being written to memory at once [assumed] */
    TX_READS_MAX = 32,           /* frames being read from memory at once [assumed] */
    TX_QUANTUM_BYTES = 2048,     /* of the fair arbitration among transmit queues */
    RX_PREFETCH_BELOW = 16,
    TX_WRITEBACK_MAX = 8,        /* descriptors of one write-back [82599 7.2.3.4.2] */
    RX_WRITEBACK_MAX = 4,        /* descriptors of one 64-byte line */
    TX_CONTEXTS = 2,             /* per queue [82599 7.2.3.2.3] */
    FRAME_BYTES_MAX = 9728,      /* on a wire; the chip could do 15.5 KB, 9.5 KB in SR-IOV mode */
    RSS_NIBBLES = 72,            /* of the longest input: two IPv6 addresses and two ports */
    RSC_MAX = 32,                /* large receives open at once [82599 7.11.1] */
    RSC_KEY_MAX = 36,            /* addresses and ports */
    RX_SRRCTL_RESET = 0x402,     /* SRRCTL of a queue after a reset: a buffer of 2 KB */
};

/* ---- queues ---- */

struct rx_queue {
    uint32_t base_lo, base_hi, len_bytes, head, tail, rxdctl, srrctl, rscctl, dca;
    bool drop_enable, hide_vlan; /* PFQDE */
    bool blocked;                /* malicious driver detection: until the PF clears WQBR */
    uint32_t fetch_next;         /* ring index of the next descriptor to fetch */
    uint16_t fetching;           /* descriptors under way */
    uint16_t epoch;              /* tells a stale fetch from a current one */
    uint32_t writes;             /* whole frames on their way into memory */
    uint32_t cache_put, cache_get; /* free running */
    uint64_t cache[RX_DESC_ON_CHIP]; /* buffer addresses */
    uint64_t header[RX_DESC_ON_CHIP]; /* of their headers' buffers, where the queue splits */
    bool ring_fault;             /* the last fetch failed: nothing more until the next doorbell */
    uint64_t frames, bytes, no_descriptor;
    struct way_gap empty;            /* a frame has come and found no descriptor */
};

struct tx_queue {
    uint32_t base_lo, base_hi, len_bytes, head, tail, txdctl, wb_lo, wb_hi, dca;
    uint32_t fetch_next;
    uint16_t fetching, epoch;
    uint32_t cache_put, cache_get; /* free running, index modulo TX_DESC_PLACES */
    union ixgbe_adv_tx_desc cache[TX_DESC_PLACES];
    struct ixgbe_adv_tx_context_desc context[TX_CONTEXTS];
    uint32_t frame_descs;          /* of the next whole frame on chip, leading contexts included; 0: none yet */
    uint32_t frame_len;
    bool frame_tso;
    bool frame_bad;
    bool blocked;                  /* as a receive queue's */
    bool skipping;                 /* drops descriptors up to the next EOP: the frame was too long for the chip */
    bool frame_is_rest;            /* what is next is the rest of such a frame */
    uint32_t deficit;              /* bytes it may still send in this round */
    uint32_t under_way;            /* frames read but not complete */
    uint32_t rate_control;         /* RTTBCNRC of this queue */
    sim_time rate_free;            /* limited in rate: no frame before */
    sim_time rate_busy;            /* time that frames have taken at that rate */
    struct event_id rate_timer;
    sim_time worked_off;           /* all that it was given is */
    struct event_id fetch_timer;   /* descriptors are to be fetched then */
    uint32_t wb_first, wb_count;   /* done descriptors with RS not written back yet */
    uint64_t bad_descriptors;
    struct way_gap working;        /* it has descriptors that are not done */
};

/* what QPRC and its siblings count */
struct queue_stat {
    uint64_t rx_packets, rx_bytes, rx_dropped, tx_packets, tx_bytes;
};

/* ---- packet buffers ---- */

struct rx_entry {
    frame_ref ref; /* 0: its function was reset */
    uint16_t queue;
    uint16_t units;
    uint32_t rss_type, rss_hash; /* type 0: not hashed */
    uint32_t lli; /* it asks for an interrupt at once */
};

struct rx_buffer {
    uint32_t put, get;           /* entries, free running */
    uint32_t wr_units, rd_units; /* free running */
    struct rx_entry entry[RX_ENTRIES];
};

struct tx_entry {
    frame_ref ref;
    uint32_t len;
    uint64_t first_addr;
    uint32_t olinfo, cmd, vlan_macip_lens, tucmd;
    uint32_t mss, header, sent; /* of a frame to be segmented: payload a segment, bytes of headers, payload gone */
    uint16_t queue, fn, units, descs; /* fn: index of its function */
    uint16_t frags, frags_done;
    int32_t rs_index; /* ring index of its descriptor with RS, -1 none */
    uint8_t fate;     /* enum fate when it failed, FATE_COUNT while it is well */
    bool ready;
};

struct tx_buffer {
    uint32_t put, ready, get; /* entries, free running: reserved, whole, gone */
    uint32_t wr_units, rd_units;
    struct tx_entry entry[TX_ENTRIES];
};

/* a frame on its way into memory in parts */
struct rx_write {
    frame_ref ref;
    uint16_t queue;
    uint8_t left;     /* DMA writes under way */
    bool landed;      /* the memory owns the frame */
    uint32_t rsc;     /* part of a large receive: its index + 1 */
};

/* ---- receive side coalescing ---- */

enum rsc_state { RSC_NONE, RSC_OPEN, RSC_CLOSING /* closed; writes of its data are under way */ };
enum rsc_answer {
    RSC_PASS,  /* the frame goes on its own */
    RSC_TAKEN, /* it is part of a large receive now */
    RSC_WAITS, /* for descriptors that are being fetched */
};

/* a large receive; all bytes are zero while there is none */
struct rsc {
    uint64_t id;         /* of the whole: the first segment's */
    uint64_t first_addr, addr; /* buffers: the first, the one being filled */
    frame_ref ref;
    uint32_t key_len, mark, next_seq, segments;
    uint32_t descs, index, buffer, used, count; /* buffers taken; of the last: ring index, size, bytes in it, segments begun */
    uint32_t left;       /* DMA writes under way */
    uint32_t pkt_info, status, rss_hash;
    uint16_t queue, ip, tcp, header;
    uint8_t key[RSC_KEY_MAX];
    uint8_t last[8];     /* acknowledgement, offset, flags, window of the last segment */
    uint8_t last_timestamp[8];
    uint8_t state, tos, fate;
    bool v4, timestamp, landed;
    uint8_t zero[6];
};

#endif
