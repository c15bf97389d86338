/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the 57712.
 *
 *   chip.c       the component: creation, PCI functions, reset, events, counters, save
 *   decode.c     registers: whose they are, what a read gives and a write starts
 *   ramrod.c     slow path: queues set up, switched and halted, RSS, statistics, fences
 *   chain.c      rings of linked pages: which entry is next, and reading it
 *   igu.c        status blocks and their interrupts
 *   tx.c         transmit rings up to whole frames on the chip
 *   tx_out.c     from there through the switch to the wire and to other functions
 *   tso.c        segmentation
 *   rx.c         frames into BDs, SGEs and completions
 *   tpa.c        aggregation of TCP segments
 *   packet.c     headers and checksums
 *   rss.c        which queue of a function
 *
 * What the firmware does that no public source shows, and is assumed here:
 *   - A status block is written at once when its queue's interval (1 / rate) has passed since it was last written, else at its end.
 *   - The IGU sends one message for an enable; the next one needs another enable, and finds out at that moment whether the block
 *     has been written since the index that was acknowledged.
 *   - A descriptor that makes no sense stops its queue's transmit side for good (HALT and CLIENT_SETUP bring it back) and raises
 *     "malicious" at the PF. So do headers of a segmented frame that are not alone in their BD, a frame of more BDs than the chip
 *     fetches, and a segmented one of which ten BDs in a row do not hold a segment's payload.
 *   - With MAC anti-spoof the addresses in the parsing BD have to be the frame's; with VLAN anti-spoof the EtherType in the start
 *     BD, too. What the switch then decides rests on the frame itself.
 *   - A frame that finds no BD, SGE or completion is dropped: no queue blocks another.
 *   - TPA takes TCP over IPv4 only, without IP options, with no TCP option but a timestamp, no flag but ACK and PSH, and a payload.
 *     An aggregation ends with PSH, what does not join, E2_TPA_BYTES or E2_SGES_MAX, no SGE, or when its status block is due.
 *   - A queue that is to send no more takes no further frame; what it has taken leaves. EMPTY ends aggregations and writes the
 *     status blocks, so that all that came before it can be seen.
 *   - Tx switching goes on while the link is down.
 *
 * Structs named …_state are plain data without padding, saved as they are.
 */
#ifndef VFSIM_NIC_57712_PRIVATE_H
#define VFSIM_NIC_57712_PRIVATE_H

#include "nic/57712/desc.h"
#include "nic/57712/regs.h"
#include "nic/vports.h"
#include "nic/nic.h"

enum e2_verb { E2_VERB_WIRE = 1, E2_VERB_SB };
enum e2_tag { E2_TAG_NOTHING = 1, E2_TAG_CHAIN, E2_TAG_CQE_LINK, E2_TAG_TX_DATA, E2_TAG_RX_DATA, E2_TAG_RAMROD };
enum { E2_PF = -1, E2_SET = 64 };

enum {
    E2_TX_CACHE = 64,     /* BDs of a queue on the chip */
    E2_RX_CACHE = 32,     /* BDs, and SGEs */
    E2_RX_FRAMES = 512,   /* that wait for a queue's BDs */
    E2_WRITES = 64,       /* frames under way to memory */
    E2_TX_ENTRIES = 128,  /* frames between their BDs and the wire */
    E2_TX_READS = 32,     /* of them, being read */
    E2_TX_BYTES = 131072, /* of all of them: no further frame is taken */
};

/* frames, by frame.mark64 */
struct e2_fifo {
    frame_ref first, last;
    uint32_t count, zero;
};

/* A ring's reading end. The cache runs freely from get to put. */
enum e2_ring { E2_RING_TX, E2_RING_RX, E2_RING_SGE, E2_RINGS };
struct e2_chain {
    uint64_t page;                /* with position `fetch` in it */
    uint16_t fetch, producer;     /* positions */
    uint16_t reading;             /* entries; E2_READS_LINK */
    uint16_t faulty;              /* until the next producer */
    uint32_t put, get;
};
enum { E2_READS_LINK = 0xffff };

struct e2_entry { /* of a page, 16 bytes or 8 */
    uint64_t low, high;
};

struct e2_tpa {
    uint64_t id;
    frame_ref ref;
    uint32_t state;               /* enum e2_tpa_state */
    uint8_t key[12];              /* addresses and ports */
    uint32_t next_seq, mark, first_len, used; /* used: bytes in the last SGE */
    uint64_t first_addr, sge_addr;
    uint8_t last[8], last_timestamp[8]; /* of the last segment: acknowledgement to window */
    uint16_t sge[E2_SGES_MAX];
    uint16_t sges, segments, left, ip, tcp, header;
    uint8_t landed, fate, timestamp, tos;
    struct e2_cqe cqe;
};
enum e2_tpa_state { E2_TPA_NONE, E2_TPA_OPEN, E2_TPA_CLOSING };

enum e2_link_state { E2_LINK_READING, E2_LINK_KNOWN, E2_LINK_FAULTY };

/* a queue pair, by its zone */
struct e2_client_state {
    struct e2_client_setup set;
    uint32_t is_set, runs;        /* runs: E2_CLIENT_* */
    uint32_t epoch;               /* of what is under way: older answers are forgotten */
    uint32_t tx_stopped;
    struct e2_chain chain[E2_RINGS];
    uint64_t cqe_page, cqe_next;
    uint16_t cqe_pos, cqe_producer;
    uint16_t cqe_link, sge_get;   /* enum e2_link_state; position of the oldest SGE in the cache */
    uint16_t tx_done, tx_taken;   /* frames, as the status block has them; that were taken out of the ring */
    uint16_t zero[2];
    struct e2_fifo waits;
    uint64_t rx_frames, rx_bytes, rx_no_buffer, tx_frames, tx_bytes;
    struct way_gap empty, working; /* a frame has come and found no buffer; not all that it was told of is sent */
    struct e2_tpa tpa[E2_TPA_QUEUES];
    struct e2_entry tx[E2_TX_CACHE];
    uint64_t rx[E2_RX_CACHE], sge[E2_RX_CACHE];
};

struct e2_sb_state {
    uint64_t addr;
    uint16_t index[E2_SB_INDICES];
    uint16_t running, acked;
    uint8_t enabled, told, dirty, zero;
    sim_time written, due, timer;
    sim_time gap_ps[2]; /* receive, transmit */
};

struct e2_write {
    frame_ref ref;
    uint16_t zone;
    uint8_t left, landed;
    uint16_t tpa; /* + 1; 0: none */
    uint16_t function;
};

struct e2_tx_entry {
    uint64_t first_addr;
    frame_ref ref;
    uint32_t len, header, mss, sent, parse, epoch;
    uint16_t zone, function, frags, frags_done, vlan;
    uint8_t flags, fate, ready, zero[3];
    uint8_t dst[6], src[6];
};

struct e2_function_state {
    struct e2_rss rss;
    uint32_t zero;
    uint64_t rx_frames, rx_bytes, rx_multicast, rx_dropped, tx_frames, tx_bytes;
};

struct e2_ramrod_state {
    uint32_t busy; /* 0: none */
    uint32_t id, serial, writes, error, zero;
    uint64_t tx_target;
    uint64_t rx_target[E2_ZONES]; /* of rx_passed */
};

struct e2_chip_state {
    uint32_t control[(E2_PF_BYTES - E2_CONTROL) / 4]; /* registers as written */
    struct e2_ramrod_state ramrod;
    struct e2_sb_state sb[E2_ZONES];
    struct e2_write write[E2_WRITES];
    uint64_t write_free;               /* a bit each */
    struct e2_tx_entry tx[E2_TX_ENTRIES];
    uint64_t tx_put, tx_ready, tx_got; /* free running */
    uint32_t tx_reads, tx_turn, tx_bytes_held, tpa_open; /* tpa_open: aggregations, of all queues */
    uint64_t tx_active[3], rx_active[3]; /* zones with something to do, a bit each */
    uint64_t rx_taken[E2_ZONES], rx_passed[E2_ZONES];
    frame_ref wire_stage;
    uint8_t wire_timer, link_up, zero[2];
    uint64_t rx_good, rx_bytes, rx_crc, rx_long, rx_missed, tx_good, tx_bytes, tx_loopback, spoofed, bad_registers, bad_bds,
        tpa_aggregations, tpa_segments;
};

struct e2;
struct e2_function {
    struct e2 *chip;
    int vf; /* E2_PF */
    unsigned vport;
    struct pci_function *pci;
    struct e2_function_state s;
};

struct e2 {
    struct nic nic; /* first */
    struct eswitch sw;
    struct e2_function fn[E2_FUNCTIONS_MAX]; /* VFs, then the PF */
    struct e2_client_state client[E2_ZONES];
    uint8_t mac[6];
    /* from the state: */
    uint8_t zone_of[E2_FUNCTIONS_MAX][E2_VF_QUEUES_MAX]; /* of a function's queue, + 1; 0: it has no such */
    uint8_t hash_key[40];        /* that hash_table was made of */
    uint32_t hash_table[72][16]; /* from it: what each nibble of the input adds */
    struct e2_chip_state s;
};

static inline struct component *e2_component(struct e2 *e) { return &e->nic.c; }
static inline struct e2_function *e2_pf(struct e2 *e) { return &e->fn[e->nic.vf_count]; }
static inline uint32_t *e2_reg(struct e2 *e, uint32_t off) { return &e->s.control[(off - E2_CONTROL) / 4]; }
static inline unsigned e2_zone_of(const struct e2 *e, const struct e2_client_state *q) { return (unsigned)(q - e->client); }

/* Whose a zone or status block is by its word in ZONE or IGU_MAP; NULL: nobody's. */
static inline struct e2_function *e2_owner(struct e2 *e, uint32_t word)
{
    uint32_t f = word >> E2_FUNCTION_SHIFT & 63;
    return (word & E2_VALID) && f <= e->nic.vf_count ? &e->fn[f] : NULL;
}
static inline struct e2_function *e2_zone_owner(struct e2 *e, unsigned zone) { return e2_owner(e, *e2_reg(e, E2_ZONE(zone))); }

/* The function's queue, if it is set up; else NULL. */
static inline struct e2_client_state *e2_queue(struct e2_function *fn, unsigned queue)
{
    struct e2 *e = fn->chip;
    unsigned zone = queue < E2_VF_QUEUES_MAX ? e->zone_of[fn->vport][queue] : 0;
    return zone && e->client[zone - 1].is_set ? &e->client[zone - 1] : NULL;
}

/* Tags of DMA: what it was, of which zone in which epoch. */
static inline uint64_t e2_tag(enum e2_tag kind, unsigned zone, uint32_t epoch, uint32_t low)
{
    return (uint64_t)kind << 60 | (uint64_t)zone << 48 | (uint64_t)(epoch & 0xffff) << 32 | low;
}

static inline void e2_set_bit(uint64_t set[3], unsigned i, bool on)
{
    set[i / 64] = (set[i / 64] & ~(UINT64_C(1) << i % 64)) | (uint64_t)on << i % 64;
}

static inline enum fate e2_dma_fate(enum pci_status status)
{
    return status == PCI_IOMMU_FAULT ? FATE_iommu_fault : status == PCI_NO_BUS_MASTER ? FATE_bus_master_off : FATE_function_reset;
}

/* ---- chip.c ---- */
void e2__frame_end(struct e2_function *fn, frame_ref ref, enum fate fate);
void e2__pass(struct e2 *e, const struct e2_client_state *q, const struct frame *f, enum way_kind kind, const struct way_gap *gap);
void e2__cause(struct e2 *e, uint32_t cause); /* ICR, and the PF's vector */

/* ---- decode.c ---- */
#define E2__REG_ID(name, ...) E2_R_##name,
enum e2_reg_id { E2_PF_REGISTERS(E2__REG_ID, E2__REG_ID) E2_R_PF_COUNT, E2_VF_REGISTERS(E2__REG_ID, E2__REG_ID) E2_R_END };
#undef E2__REG_ID
enum { E2_REG_COUNT = E2_R_END - 1 }; /* E2_R_PF_COUNT is no register */
extern const struct nic_reg e2__regs[E2_REG_COUNT];
uint64_t e2__mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size);
void e2__mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value);
void e2__reset_registers(struct e2 *e);
void e2__zones_changed(struct e2 *e); /* zone_of, from ZONE */

/* ---- ramrod.c ---- */
void e2__ramrod(struct e2 *e, uint32_t command);
void e2__ramrod_read_done(struct e2 *e, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void e2__ramrod_write_done(struct e2 *e, uint64_t tag, enum pci_status status);
void e2__ramrod_look(struct e2 *e); /* something has moved: is a fence done? */
void e2__function_clear(struct e2_function *fn, enum fate fate); /* of its queues nothing is left */
bool e2__function_is_busy(struct e2 *e, unsigned f);

/* ---- the embedded switch (nic/vports.h) ---- */
VPORTS_ARE(E2);
static const struct vports_map e2_vports_map = VPORTS_MAP(E2, DEFAULT_VLAN, GROUPS, E2_CONTROL, ~VPORTS_PROMISCUOUS);
static inline struct vports e2_vports(struct e2 *e)
{
    return (struct vports){e2_component(e), &e->sw, e->s.control, &e2_vports_map};
}

/* ---- chain.c ---- */
/* Where the position of `chain` behind `pos` is: past the link, if that is next. */
uint16_t e2__next_position(enum e2_ring ring, uint16_t pos);
void e2__chain_start(struct e2_chain *chain, uint64_t page);
void e2__chain_fetch(struct e2 *e, struct e2_client_state *q, enum e2_ring ring);
/* The producer was written. */
void e2__chain_told(struct e2 *e, struct e2_client_state *q, enum e2_ring ring, uint16_t producer);
void e2__chain_read_done(struct e2 *e, struct e2_client_state *q, uint64_t tag, const void *data, uint32_t len,
                         enum pci_status status);
static inline uint32_t e2_cached(const struct e2_client_state *q, enum e2_ring ring)
{
    return q->chain[ring].put - q->chain[ring].get;
}
/* Entries are posted that are not on the chip yet. */
static inline bool e2_more_to_come(const struct e2_client_state *q, enum e2_ring ring)
{
    return !q->chain[ring].faulty && q->chain[ring].producer != q->chain[ring].fetch;
}

/* ---- igu.c ---- */
void e2__sb_start(struct e2 *e, const struct e2_client_setup *set);
void e2__sb_changed(struct e2 *e, const struct e2_client_state *q, unsigned index, uint16_t value);
void e2__sb_arm(struct e2 *e, const struct e2_client_state *q); /* something of the queue waits for its interval's end */
void e2__sb_event(struct e2 *e, unsigned sb);
void e2__sb_flush(struct e2 *e, unsigned sb); /* what it owes is written now */
void e2__igu_write(struct e2 *e, unsigned sb, uint32_t word);

/* ---- tx.c, tx_out.c, tso.c ---- */
void e2__tx_kick(struct e2 *e, struct e2_client_state *q);
void e2__tx_issue_all(struct e2 *e); /* as far as there is room */
void e2__tx_data_done(struct e2 *e, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void e2__tx_forget(struct e2 *e, struct e2_function *fn); /* its reads were dropped */
void e2__tx_out(struct e2 *e);
void e2__wire_event(struct e2 *e);
void e2__tag(const struct e2_tx_entry *t, struct frame *f);
const char *e2__tso_judge(const struct e2_tx_entry *t, const struct frame *f);
frame_ref e2__tso_next(struct e2 *e, struct e2_tx_entry *t); /* the whole ends with its last one; 0: no frame (booked) */

/* ---- rx.c ---- */
void e2__wire_receive(struct port *port, frame_ref ref);
void e2__deliver(struct e2 *e, frame_ref ref, const struct eswitch_verdict *v);
void e2__rx_drain(struct e2 *e, struct e2_client_state *q);
void e2__rx_drain_all(struct e2 *e);
void e2__rx_data_done(struct e2 *e, uint64_t tag, enum pci_status status);
void e2__rx_forget(struct e2 *e, struct e2_client_state *q, enum fate fate);
void e2__cqe_link_done(struct e2 *e, struct e2_client_state *q, const void *data, enum pci_status status);
void e2__cqe_told(struct e2 *e, struct e2_client_state *q, uint16_t producer);
bool e2__cqe_has_room(const struct e2_client_state *q, uint32_t need);
void e2__cqe_write(struct e2 *e, struct e2_client_state *q, const struct e2_cqe *cqe);
uint64_t e2__take_bd(struct e2 *e, struct e2_client_state *q);
uint64_t e2__take_sge(struct e2 *e, struct e2_client_state *q, uint16_t *position);
void e2__rx_count(struct e2 *e, struct e2_client_state *q, const struct frame *f);
void e2__rx_passed(struct e2 *e, struct e2_client_state *q); /* one more of what was steered to it is dealt with */

/* ---- tpa.c ---- */
enum e2_answer { E2_TAKEN, E2_WAITS, E2_PASS };
struct e2_packet;
enum e2_answer e2__tpa_place(struct e2 *e, struct e2_client_state *q, frame_ref ref, const struct e2_packet *packet,
                             const struct e2_cqe *cqe);
void e2__tpa_close(struct e2 *e, struct e2_client_state *q);
void e2__tpa_landed(struct e2 *e, struct e2_client_state *q, unsigned index, enum pci_status status);
void e2__tpa_reset(struct e2 *e, struct e2_client_state *q, enum fate fate);
uint32_t e2__tpa_open(const struct e2_client_state *q);

/* ---- packet.c ---- */
struct e2_packet {
    uint32_t ip, l4, end; /* offsets; 0: none; end of the datagram */
    bool v4, v6, tcp, udp, fragment, options; /* options: of IPv4 */
    bool ip_bad, l4_checked, l4_bad;
};
void e2__packet(const struct frame *f, bool verify, struct e2_packet *out); /* verify: its checksums, too */
void e2__packet_cqe(const struct frame *f, const struct e2_packet *packet, struct e2_cqe *cqe); /* what it says of the kind */
/* Checksums of a frame that is sent: layer 4 as its parsing BD says. What makes no sense leaves it as it is. */
void e2__checksums(struct frame *f, uint8_t flags, uint32_t l4);

/* ---- rss.c ---- */
unsigned e2__rss(struct e2 *e, struct e2_function *fn, const struct frame *f, uint32_t *type, uint32_t *hash); /* the queue */

#endif
