/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the 82599 share: the chip's state and how its parts call each other. Nothing outside this folder
 * includes it but the 82576, which is this engine in another skin.
 *
 * The parts, after the datasheet's block diagram:
 *   nic82599.c  the chip as a component: creation, events, PCIe upcalls, counters
 *   decode.c    register access of PF and VFs -> state, and a kick of who must look at it
 *   switching.c registers -> tables of the embedded switch
 *   tx.c        descriptor fetch, data fetch, write-back                     (guest memory -> transmit packet buffer)
 *   tx_arbiter.c whose turn it is, and how fast a queue may send
 *   tso.c       one long frame -> TCP segments
 *   tx_out.c    transmit packet buffer -> switch -> wire and local loopback
 *   rx.c        wire and loopback -> receive packet buffer -> rings          (-> guest memory)
 *   mdd.c       queues blocked because their driver breaks the rules
 *   filters.c   which queue a frame goes to by what it is; what asks for a low latency interrupt
 *   rsc.c       segments of a flow -> one large receive
 *   rss.c       which queue of its pool a frame goes to
 *   csum.c      checksum insertion and validation, packet types
 *   counters.c  what an operator reads of a function
 *   intr.c      causes, masks, moderation, MSI-X
 *   mailbox.c   VF <-> PF mailbox and VF reset
 *   vf_state.c  what a VF's driver knows of it, for a migration
 *   state.c     reset values, resets, save and load
 *
 * Queue q belongs to pool q / 2 (q / 4 with MRQC's mode of 32 pools); pools 0 … vfs-1 are the VFs', pool `vfs` the PF's.
 * Without virtualization (VT_CTL) the PF has queue 0 and everything goes there.
 */
#ifndef VFSIM_NIC_82599_NIC82599__H
#define VFSIM_NIC_82599_NIC82599__H

#include "eswitch/eswitch.h"
#include "nic/82599/desc.h"
#include "nic/82599/nic82599.h"
#include "nic/82599/regs.h"

enum {
    RX_ENTRIES = IXGBE_RX_PB_BYTES / IXGBE_PB_UNIT, /* a frame takes a unit at least; its copies beyond one do not */
    TX_ENTRIES = 4096,           /* power of two above IXGBE_TX_PB_BYTES / IXGBE_PB_UNIT */
    RX_WRITES_MAX = 64,          /* frames being written to memory at once [assumed] */
    TX_READS_MAX = 32,           /* frames being read from memory at once [assumed] */
    TX_QUANTUM_BYTES = 2048,     /* of the fair arbitration among transmit queues */
    RX_PREFETCH_BELOW = 16,
    TX_WRITEBACK_MAX = 8,        /* descriptors of one write-back [82599 7.2.3.4.2] */
    RX_WRITEBACK_MAX = 4,        /* descriptors of one 64-byte line */
    TX_CONTEXTS = 2,             /* per queue [82599 7.2.3.2.3] */
    FRAME_BYTES_MAX = 9728,      /* on a wire; the chip could do 15.5 KB, 9.5 KB in SR-IOV mode */
    VECTORS_MAX = 25,            /* of a function that have a cause of their own, on any chip */
    RSS_NIBBLES = 72,            /* of the longest input: two IPv6 addresses and two ports */
    RSC_MAX = 32,                /* large receives open at once [82599 7.11.1] */
    RSC_KEY_MAX = 36,            /* addresses and ports */
    FN_PF = -1,
};

/* How a register line of regs.h becomes a member of the stored values: the index into the table follows from offsetof. */
#define REG_ONE(name, offset, access, reset, sentence) uint32_t name;
#define REG_MANY(name, offset, stride, count, access, reset, sentence) uint32_t name[count];
struct pf_registers { IXGBE_PF_REGISTERS(REG_ONE, REG_MANY) };
struct vf_registers { IXGBE_VF_REGISTERS(REG_ONE, REG_MANY) };
#undef REG_ONE
#undef REG_MANY

#define REG_ONE(name, offset, access, reset, sentence) R_##name,
#define REG_MANY(name, offset, stride, count, access, reset, sentence) R_##name,
enum pf_register_id { IXGBE_PF_REGISTERS(REG_ONE, REG_MANY) R_PF_COUNT };
enum vf_register_id { IXGBE_VF_REGISTERS(REG_ONE, REG_MANY) R_VF_COUNT };
#undef REG_ONE
#undef REG_MANY

enum reg_access { ACCESS_RO, ACCESS_RW, ACCESS_RW1C, ACCESS_RC, ACCESS_WO };

struct reg_info {
    const char *name;
    uint32_t offset, stride, count, reset, slot; /* slot: index of its first word in struct pf_registers/vf_registers */
    enum reg_access access;
};
extern const struct reg_info nic82599__pf_reg[R_PF_COUNT], nic82599__vf_reg[R_VF_COUNT];

/* ---- queues ---- */

struct rx_queue {
    uint32_t base_lo, base_hi, len_bytes, head, tail, rxdctl, srrctl, rscctl, dca;
    bool drop_enable, hide_vlan; /* PFQDE */
    bool blocked;                /* malicious driver detection: until the PF clears WQBR */
    uint32_t fetch_next;         /* ring index of the next descriptor to fetch */
    uint16_t fetching;           /* descriptors under way */
    uint16_t epoch;              /* tells a stale fetch from a current one */
    uint32_t cache_put, cache_get; /* free running */
    uint64_t cache[IXGBE_RX_DESC_ON_CHIP]; /* buffer addresses */
    bool ring_fault;             /* the last fetch failed: nothing more until the next doorbell */
    uint64_t frames, bytes, no_descriptor;
};

struct tx_queue {
    uint32_t base_lo, base_hi, len_bytes, head, tail, txdctl, wb_lo, wb_hi, dca;
    uint32_t fetch_next;
    uint16_t fetching, epoch;
    uint32_t cache_put, cache_get; /* free running, index modulo IXGBE_TX_DESC_ON_CHIP */
    union ixgbe_adv_tx_desc cache[IXGBE_TX_DESC_ON_CHIP];
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
    struct event_id rate_timer;
    uint32_t wb_first, wb_count;   /* done descriptors with RS not written back yet */
    uint64_t bad_descriptors;
};

struct queue_stat { /* what QPRC and its siblings count */
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

struct rx_write { /* a frame on its way into memory */
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

struct rsc { /* a large receive; all bytes are zero while there is none */
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

/* ---- interrupts ---- */

struct vector {
    sim_time quiet_until; /* moderation: no message before */
    sim_time rsc_until;   /* large receives stay open: not closed before */
    sim_time credit_at;   /* low latency credits in `eitr` were right then */
    uint32_t eitr;
    struct event_id timer; /* a latched event waits for quiet_until */
    struct event_id rsc_timer;
};

struct interrupts {
    uint32_t cause, mask, auto_clear, auto_mask;
    struct vector vector[VECTORS_MAX];
};

/* ---- functions ---- */

struct function_state {
    struct interrupts intr;
    struct vf_registers reg; /* of a VF */
    uint32_t vf_mailbox, pf_mailbox; /* the latched bits of VFMAILBOX and PFMAILBOX of a VF */
    uint32_t tx_in_buffer;           /* frames fetched that have not left the transmit packet buffer */
    uint64_t frames_rx, bytes_rx, frames_tx, bytes_tx, multicast_rx;
};

struct function {
    struct nic82599 *chip;
    struct pci_function *pci;
    int vf; /* FN_PF */
    unsigned pool; /* of a VF; the PF's follows from virtualization */
    struct function_state s;
};

struct tx_group { /* the queues of a pool, in the arbitration */
    uint32_t deficit; /* bytes it may still send in this round */
    uint32_t turn;    /* queue of the group whose turn it is */
};

struct chip_state {
    struct pf_registers reg;
    uint32_t mailbox_memory[IXGBE_POOLS][IXGBE_VFMAILBOX_SIZE];
    uint64_t flr_pending;     /* PFVFLRE */
    uint64_t mailbox_request, mailbox_ack; /* PFMBICR */
    uint64_t tx_active[2];    /* queues with a whole frame on chip */
    uint32_t tx_turn;         /* first queue of the group whose turn it is */
    struct tx_group tx_group[IXGBE_POOLS];
    uint32_t tx_reads;        /* frames being read */
    uint32_t tx_read_bytes;   /* and their bytes */
    frame_ref wire_stage;     /* frame that waits for the wire */
    bool wire_timer;
    bool link_up;             /* as last reported; a link that is there at power-on is no change */
    bool tx_waits_for_rx;     /* a loopback frame found no room in the receive packet buffer */
    uint64_t rx_write_free;   /* bitmap */
    struct rx_write rx_write[RX_WRITES_MAX];
    uint64_t rx_good, rx_bytes, rx_broadcast, rx_multicast, rx_crc, rx_long, rx_missed;
    uint64_t tx_good, tx_bytes, tx_broadcast, tx_multicast, tx_loopback, spoofed, tx_bad;
    struct queue_stat queue_stat[IXGBE_STAT_COUNTERS];
    uint8_t malice[2], malicious_pool[2]; /* LVMMC, LMVM: of receive, of transmit */
    bool filters_on;          /* some filter of filters.c is in use */
    struct rsc rsc[RSC_MAX];
    uint64_t mdd_events, split_asked; /* split_asked: queues told to split headers, which they do not */
    uint64_t rsc_segments, rsc_receives; /* coalesced, and into how many */
    uint64_t stat_base[R_PF_COUNT]; /* what was read so far of a counter that reading clears */
};

struct nic82599;

struct queue_place {
    bool tx;
    unsigned queue; /* the engine's */
    uint32_t field; /* of the block: the 82599's offset */
};

/*
 * What makes the engine one chip or another of the family: limits, clocks, identity, and the register maps that drivers see. The
 * 82599's own registers (struct pf_registers, vf_registers) are what every chip's decode sets and what the engine obeys;
 * queues are numbered the engine's way, pool by pool.
 */
struct chip_skin {
    /* limits */
    unsigned pools, addresses, vlans;     /* receive addresses, entries of the VLAN pool filter */
    unsigned pf_vectors, vf_vectors;      /* MSI-X */
    unsigned pf_causes;                   /* of the PF's: have a cause bit of their own, from bit 0 */
    uint32_t rx_buffer_bytes, tx_buffer_bytes;
    uint64_t rate_bps;
    uint32_t ps_per_byte;                 /* at that rate, for the rate limiters */
    /* interrupt throttle: an interval of (value & mask) >> shift units */
    uint32_t eitr_mask, eitr_shift;
    sim_time eitr_unit_ps;
    /* config space [82599 9.3.1; 82576 9.4] */
    uint16_t pf_device, vf_device, subsystem;
    uint16_t vf_offset, vf_stride;
    unsigned pf_msix_bar;
    uint64_t pf_bar_bytes[PCI_BARS], vf_bar_bytes[PCI_BARS];
    bool pf_bar_is_64;
    /* the maps: register `id` of these tables, element i */
    const struct reg_info *pf_regs, *vf_regs;
    unsigned pf_reg_count, vf_reg_count;
    uint32_t (*pf_read)(struct nic82599 *n, int id, uint32_t i);
    void (*pf_write)(struct nic82599 *n, int id, uint32_t i, uint32_t value);
    uint32_t (*vf_read)(struct function *fn, int id, uint32_t i);
    void (*vf_write)(struct function *fn, int id, uint32_t i, uint32_t value);
    /* Is `off` of BAR0 in the register block of a queue, and of which? */
    bool (*queue_block)(const struct function *fn, uint32_t off, struct queue_place *at);
    uint32_t (*rx_value)(uint32_t field, uint32_t value, bool write); /* of a receive queue, to or from the 82599's; or NULL */
    /* where a chip does other than the 82599; each may be NULL */
    bool reset_leaves_queues;             /* a VF's reset does not touch heads, tails, and control of its queues */
    size_t own_bytes;                     /* of nic82599.own: registers of its own, saved as they are */
    void (*reset)(struct nic82599 *n);    /* the 82599's registers have their reset values: now its own */
    void (*vf_reset)(struct function *fn);
    void (*pf_cause)(struct nic82599 *n, uint32_t cause); /* IXGBE_EICR_MAILBOX, _LSC */
    void (*spoofed)(struct nic82599 *n, unsigned queue);
    bool (*strips)(const struct nic82599 *n, unsigned pool, const struct frame *f); /* the tag, towards a pool */
    uint32_t (*pool_longest)(const struct nic82599 *n, unsigned pool); /* frame a pool accepts, with FCS, without tag */
};
extern const struct chip_skin nic82599__skin;

struct nic82599 {
    struct nic nic; /* first */
    const struct chip_skin *skin;
    void *own;             /* [skin->own_bytes] */
    uint8_t mac[6];
    struct function *fn;   /* [vfs + 1]: the VFs, then the PF */
    uint16_t pf_map[IXGBE_PF_REGISTER_BYTES / 4]; /* word -> register id + 1 */
    uint16_t vf_map[IXGBE_VF_BAR_BYTES / 4];
    uint32_t rss_table[RSS_NIBBLES][16]; /* made from the key */
    struct chip_state s;
    struct eswitch sw;
    struct rx_queue rxq[IXGBE_QUEUES];
    struct tx_queue txq[IXGBE_QUEUES];
    struct rx_buffer rxb;
    struct tx_buffer txb;
};

enum malice { MALICE_DESCRIPTOR = 1, MALICE_TAIL, MALICE_BUFFER }; /* LVMMC's numbers [assumed] */

enum chip_verb { VERB_VECTOR = 1, VERB_WIRE, VERB_RATE, VERB_RSC };

/* DMA tags: kind in bits 63:60, then what the kind needs. */
enum dma_tag_kind { TAG_NOTHING, TAG_RX_DESC, TAG_TX_DESC, TAG_RX_DATA, TAG_TX_DATA };
static inline uint64_t dma_tag(enum dma_tag_kind kind, uint32_t index, uint32_t low)
{
    return (uint64_t)kind << 60 | (uint64_t)index << 32 | low;
}

static inline struct component *chip_component(struct nic82599 *n) { return &n->nic.c; }
static inline struct function *chip_pf(struct nic82599 *n) { return &n->fn[n->nic.vf_count]; }
/* Room of a frame in the transmit packet buffer. */
/* Of the transmit packet buffer: a burst longer than all of it passes in parts, and has it for itself [82599 7.2.4.2]. */
static inline uint32_t chip_tx_units(const struct nic82599 *n, uint32_t len)
{
    uint32_t units = (len + FRAME_FCS_LEN + IXGBE_PB_UNIT - 1) / IXGBE_PB_UNIT, most = n->skin->tx_buffer_bytes / IXGBE_PB_UNIT;
    return units < most ? units : most;
}
static inline bool chip_is_virtual(const struct nic82599 *n) { return n->s.reg.VT_CTL & IXGBE_VT_CTL_VT_ENABLE; }
static inline unsigned chip_pf_pool(const struct nic82599 *n) { return n->nic.vf_count; }
static inline struct function *chip_pool_owner(struct nic82599 *n, unsigned pool)
{
    return pool < n->nic.vf_count ? &n->fn[pool] : chip_pf(n);
}
static inline unsigned chip_queues_per_pool(const struct nic82599 *n)
{
    return (n->s.reg.MRQC & IXGBE_MRQC_MRQE_MASK) == IXGBE_MRQC_VMDQRSS32EN ? 4 : 2;
}
static inline unsigned chip_queue_pool(const struct nic82599 *n, unsigned queue)
{
    return chip_is_virtual(n) ? queue / chip_queues_per_pool(n) : chip_pf_pool(n);
}
static inline unsigned chip_pool_queue(const struct nic82599 *n, unsigned pool)
{
    return chip_is_virtual(n) ? pool * chip_queues_per_pool(n) : 0;
}
static inline struct function *chip_queue_owner(struct nic82599 *n, unsigned queue)
{
    return chip_pool_owner(n, chip_queue_pool(n, queue));
}
static inline struct pci_function *chip_queue_pci(struct nic82599 *n, unsigned queue)
{
    return chip_queue_owner(n, queue)->pci;
}

static inline struct queue_stat *chip_rx_stat(struct nic82599 *n, unsigned queue)
{
    return &n->s.queue_stat[n->s.reg.RQSMR[queue / 4] >> (8 * (queue % 4)) & 15];
}
static inline struct queue_stat *chip_tx_stat(struct nic82599 *n, unsigned queue)
{
    return &n->s.queue_stat[n->s.reg.TQSM[queue / 4] >> (8 * (queue % 4)) & 15];
}

/* A frame of a function ends here. */
void nic82599__frame_end(struct function *fn, frame_ref ref, enum fate fate);
enum fate nic82599__dma_fate(enum pci_status status);

/* ---- nic82599.c ---- */
struct nic *nic82599__create(struct sim *sim, const struct nic_params *params, const struct nic_model *model,
                             const struct chip_skin *skin, char *err, size_t err_cap);

/* ---- decode.c ---- */
/* Register `id` of the 82599, element i: what a map's words come down to. */
uint32_t nic82599__pf_register_read(struct nic82599 *n, int id, uint32_t i);
void nic82599__pf_register_write(struct nic82599 *n, int id, uint32_t i, uint32_t value);
uint32_t nic82599__vf_register_read(struct function *fn, int id, uint32_t i);
void nic82599__vf_register_write(struct function *fn, int id, uint32_t i, uint32_t value);
uint32_t nic82599__take_octets(uint64_t total, uint64_t *read_at, bool high); /* half of a pair that reading clears */
void nic82599__maps_init(struct nic82599 *n);
uint64_t nic82599__mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size);
void nic82599__mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value);
extern const struct nic_reg nic82599__regs[R_PF_COUNT + R_VF_COUNT]; /* the PF's, then the VFs' */

/* ---- queue_regs.c: the 64-byte register block of a queue, the same in the PF's and the VFs' map ---- */
bool nic82599__rx_queue_read(struct nic82599 *n, unsigned queue, uint32_t field, uint32_t *value);
bool nic82599__rx_queue_write(struct nic82599 *n, unsigned queue, uint32_t field, uint32_t value);
bool nic82599__tx_queue_read(struct nic82599 *n, unsigned queue, uint32_t field, uint32_t *value);
bool nic82599__tx_queue_write(struct nic82599 *n, unsigned queue, uint32_t field, uint32_t value);

/* ---- switching.c ---- */
void nic82599__switch_address(struct nic82599 *n, unsigned i);
void nic82599__switch_vlan_entry(struct nic82599 *n, unsigned i);
void nic82599__switch_tables(struct nic82599 *n);
void nic82599__switch_pool(struct nic82599 *n, unsigned pool);
void nic82599__switch_mirror(struct nic82599 *n, unsigned rule);
void nic82599__switch_type(struct nic82599 *n, unsigned i);
void nic82599__switch_all(struct nic82599 *n);

/* ---- counters.c ---- */
void nic82599__function_stats(const struct nic *nic, int vf, struct nic_function_stats *out);

/* ---- tx.c ---- */
bool nic82599__pool_may_send(const struct nic82599 *n, unsigned pool);
bool nic82599__tx_may_fetch(const struct nic82599 *n, unsigned queue);
void nic82599__tx_kick(struct nic82599 *n, unsigned queue);
void nic82599__tx_issue(struct nic82599 *n, unsigned queue);
void nic82599__tx_tag(struct nic82599 *n, const struct tx_entry *e, struct frame *f); /* as the descriptor says, where it may */
void nic82599__tx_desc_done(struct nic82599 *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void nic82599__tx_data_done(struct nic82599 *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void nic82599__tx_flush(struct nic82599 *n, unsigned queue); /* write back what is done */
void nic82599__tx_queue_stop(struct nic82599 *n, unsigned queue);
/* After the queue's DMA was dropped (pci_function_drop_dma): nothing of it is left but empty places in the packet buffer,
 * which nic82599__tx_complete() then passes. */
void nic82599__tx_queue_reset(struct nic82599 *n, unsigned queue);
void nic82599__tx_complete(struct nic82599 *n);

/* ---- tx_arbiter.c ---- */
void nic82599__tx_set_active(struct nic82599 *n, unsigned queue, bool on); /* it has a whole frame on chip */
void nic82599__tx_arbitrate(struct nic82599 *n);
void nic82599__tx_rate_event(struct nic82599 *n, unsigned queue);

/* ---- tso.c ---- */
uint32_t nic82599__tso_header(const struct ixgbe_adv_tx_context_desc *c);
const char *nic82599__tso_judge(const struct ixgbe_adv_tx_context_desc *c, uint32_t len); /* NULL: it can be done */
frame_ref nic82599__tso_next(struct nic82599 *n, struct tx_entry *e);

/* ---- tx_out.c ---- */
void nic82599__tx_out(struct nic82599 *n);
void nic82599__wire_event(struct nic82599 *n);

/* ---- rx.c ---- */
void nic82599__wire_receive(struct port *port, frame_ref ref);
void nic82599__rx_deliver(struct nic82599 *n, frame_ref ref, const struct eswitch_verdict *v, bool loopback);
bool nic82599__rx_has_room(const struct nic82599 *n, uint32_t len);
void nic82599__rx_kick(struct nic82599 *n, unsigned queue);
void nic82599__rx_drain(struct nic82599 *n);
void nic82599__rx_desc_done(struct nic82599 *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void nic82599__rx_data_done(struct nic82599 *n, uint64_t tag, enum pci_status status);
void nic82599__rx_queue_stop(struct nic82599 *n, unsigned queue);
void nic82599__rx_queue_reset(struct nic82599 *n, unsigned queue); /* likewise after its DMA was dropped */

/* What coalescing needs of the rings: buffers on chip, or on their way; the next one. */
bool nic82599__rx_has(const struct nic82599 *n, unsigned queue, uint32_t need);
bool nic82599__rx_will_have(struct nic82599 *n, unsigned queue, uint32_t need);
uint64_t nic82599__rx_take(struct nic82599 *n, unsigned queue, uint32_t *ring_index);
void nic82599__rx_count(struct nic82599 *n, unsigned queue, const struct frame *f);

/* ---- mdd.c ---- */
/* A driver broke the rules. True: its queue is blocked now, the PF knows. */
bool nic82599__mdd(struct nic82599 *n, unsigned queue, bool tx, enum malice malice);
uint32_t nic82599__mdd_blocked(const struct nic82599 *n, bool tx, uint32_t word);
void nic82599__mdd_release(struct nic82599 *n, bool tx, uint32_t word, uint32_t bits);

/* ---- filters.c ---- */
void nic82599__filters_changed(struct nic82599 *n);
int nic82599__filter(const struct nic82599 *n, unsigned pool, const struct frame *f, bool *lli); /* queue of the chip, or -1 */

/* ---- rsc.c ---- */
/* The frame of `e`, whose descriptor would say pkt_info and status; buffers of `buffer` bytes. TAKEN: e->ref is gone. */
enum rsc_answer nic82599__rsc_place(struct nic82599 *n, const struct rx_entry *e, uint32_t buffer, uint32_t pkt_info,
                                    uint32_t status);
void nic82599__rsc_landed(struct nic82599 *n, unsigned index, enum pci_status status); /* one of its writes is over */
void nic82599__rsc_close(struct nic82599 *n, unsigned first_queue, unsigned queues);
void nic82599__rsc_close_vector(struct nic82599 *n, const struct function *fn, unsigned vector);
void nic82599__rsc_reset(struct nic82599 *n, unsigned queue); /* likewise after its DMA was dropped */

/* ---- rss.c ---- */
void nic82599__rss_key(struct nic82599 *n); /* the key has changed */
/* Queue within the pool (without pools: the queue), and what the descriptor says of the hash. */
unsigned nic82599__rss(struct nic82599 *n, unsigned pool, const struct frame *f, uint32_t *type, uint32_t *hash);

/* ---- csum.c ---- */
void nic82599__csum_insert(struct frame *f, uint32_t olinfo, uint32_t vlan_macip_lens, uint32_t tucmd);
void nic82599__csum_check(const struct frame *f, uint32_t *pkt_info, uint32_t *status_error);

/* ---- intr.c ---- */
void nic82599__intr_queue(struct nic82599 *n, unsigned queue, bool tx);
void nic82599__intr_low_latency(struct nic82599 *n, unsigned queue); /* received: at once, as far as there are credits */
void nic82599__intr_now(struct function *fn, uint32_t causes); /* past the throttle */
int nic82599__intr_vector(struct nic82599 *n, unsigned queue); /* of what it receives; -1: none */
void nic82599__intr_rsc_wait(struct nic82599 *n, unsigned queue); /* a large receive is open: closed when its vector's time is up */
void nic82599__intr_rsc_event(struct nic82599 *n, const struct event *ev);
void nic82599__intr_misc(struct function *fn, uint32_t pf_cause);
void nic82599__intr_set(struct function *fn, uint32_t causes);
void nic82599__intr_enable(struct function *fn, uint32_t causes);
void nic82599__intr_event(struct nic82599 *n, const struct event *ev);
void nic82599__intr_reset(struct function *fn);

/* ---- mailbox.c ---- */
uint32_t nic82599__vf_mailbox_read(struct function *fn);
void nic82599__vf_mailbox_write(struct function *fn, uint32_t value);
void nic82599__pf_mailbox_write(struct nic82599 *n, unsigned vf, uint32_t value);
void nic82599__pf_reset_done(struct nic82599 *n);
void nic82599__reset_vf(struct function *fn, bool flr);

/* ---- vf_state.c ---- */
bool nic82599__vf_is_still(const struct nic *nic, unsigned vf);
void nic82599__vf_state(struct nic *nic, unsigned vf, struct save *s);

/* ---- state.c ---- */
void nic82599__reset_chip(struct nic82599 *n);
void nic82599__function_defaults(struct function *fn);
void nic82599__save(struct component *c, struct save *s);

#endif
