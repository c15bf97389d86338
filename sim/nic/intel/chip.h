/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of Intel's NICs with SR-IOV: the state of a chip, its functions and interrupts, which chips of the family share.
 *
 * The folders, each of which uses those above it only:
 *   intel          what all parts stand on
 *     words.h rings.h skin.h     control words; rings and packet buffers; what makes it one chip or another
 *     function.c   a function's frames end here
 *     intr.c       causes, masks, moderation, MSI-X
 *     switching.c  control words -> tables of the embedded switch
 *   intel/path     the data path, after the datasheets' block diagram
 *     tx.c         descriptor fetch, data fetch, write-back                     (guest memory -> transmit packet buffer)
 *     tx_arbiter.c whose turn it is, and how fast a queue may send
 *     tso.c        one long frame -> TCP segments
 *     tx_out.c     transmit packet buffer -> switch -> wire and local loopback
 *     rx.c         wire and loopback -> receive packet buffer -> rings          (-> guest memory)
 *     rsc.c        segments of a flow -> one large receive
 *     filters.c    which queue a frame goes to by what it is; what asks for a low latency interrupt
 *     rss.c        which queue of its pool a frame goes to
 *     csum.c       checksum insertion and validation, packet types
 *     mdd.c        queues blocked because their driver breaks the rules
 *   intel/control  who drives it
 *     chip.c       the chip as a component: creation, events, PCIe upcalls, counters
 *     map.c        register access of PF and VFs, by the skin's maps
 *     words.c      access to a control word -> state, and a kick of who must look at it
 *     queue.c      the register block of a queue
 *     mailbox.c    VF <-> PF mailbox and VF reset
 *     reset.c      resets, save and load
 *     vf_state.c   what a VF's driver knows of it, for a migration
 *     counters.c   what an operator reads of a function
 *
 * Queue q belongs to pool q / 2, or q / 4; pools 0 … vfs-1 are those of the VFs that there are, those behind them the PF's.
 * Without virtualization the PF has queue 0 and everything goes there.
 */
#ifndef VFSIM_NIC_INTEL_CHIP_H
#define VFSIM_NIC_INTEL_CHIP_H

#include "eswitch/eswitch.h"
#include "nic/intel/rings.h"
#include "nic/intel/skin.h"
#include "nic/nic.h"

enum {
    VECTORS_MAX = 25,            /* of a function that have a cause of their own, on any chip */
    PF_MAP_BYTES = 0x20000,      /* of a BAR, have registers */
    VF_MAP_BYTES = 0x4000,
    FN_PF = -1,
};

/* The switch has room for the largest chip (sums, for the compiler minds a comparison of two enumerations). */
#define FITS(ours, its) _Static_assert((ours) + 0 <= (its) + 0, #ours)
FITS(INTEL_POOLS, ESWITCH_VPORTS_MAX);
FITS(INTEL_ADDRESSES, ESWITCH_MACS_MAX);
FITS(INTEL_VLANS, ESWITCH_VLANS_MAX);
FITS(INTEL_MIRRORS, ESWITCH_MIRRORS_MAX);
FITS(INTEL_TYPE_FILTERS, ESWITCH_TYPES_MAX);
#undef FITS
_Static_assert(INTEL_POOLS <= 64 && INTEL_QUEUES <= 128, "sets of pools are one word, of queues two");

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
    uint32_t queue_vectors[INTEL_VF_QUEUES / 2], misc_vector; /* IVAR, IVAR_MISC of a VF */
    uint32_t zero;                                            /* no padding in what is saved */
    uint32_t vf_mailbox, pf_mailbox; /* the latched bits of VFMAILBOX and PFMAILBOX of a VF */
    uint32_t tx_in_buffer;           /* frames fetched that have not left the transmit packet buffer */
    uint64_t frames_rx, bytes_rx, frames_tx, bytes_tx, multicast_rx;
};

struct function {
    struct intel_chip *chip;
    struct pci_function *pci;
    int vf; /* FN_PF */
    uint32_t *own; /* the chip's own registers of a VF [skin->vf.own_bytes]; NULL: it has none, or this is the PF */
    unsigned pool; /* of a VF; the PF's follows from virtualization */
    struct function_state s;
};

/* the queues of a pool, in the arbitration */
struct tx_group {
    uint32_t deficit; /* bytes it may still send in this round */
    uint32_t turn;    /* queue of the group whose turn it is */
};

struct chip_state {
    struct intel_words reg;
    uint32_t mailbox_memory[INTEL_POOLS][INTEL_MAILBOX_WORDS];
    uint64_t flr_pending;     /* VFs that were function-level reset, until the PF's driver has seen it */
    uint64_t mailbox_request, mailbox_ack; /* MBICR */
    uint64_t tx_active[2];    /* queues with a whole frame on chip */
    uint32_t tx_turn;         /* first queue of the group whose turn it is */
    struct tx_group tx_group[INTEL_POOLS];
    uint32_t vfs, zero;       /* whose pools they are, as switching.c finds; those behind them are the PF's; zero: no padding */
    uint32_t tx_reads;        /* frames being read */
    uint32_t tx_read_bytes;   /* and their bytes */
    frame_ref wire_stage;     /* frame that waits for the wire */
    bool wire_timer;
    bool link_up;             /* as last reported; a link that is there at power-on is no change */
    bool tx_waits_for_rx;     /* a loopback frame found no room in the receive packet buffer */
    uint32_t rx_writes;       /* frames on their way into memory, RX_WRITES_MAX at most: whole ones, */
    uint64_t rx_write_free;   /* and those that have a record: bitmap of the records that are free */
    struct rx_write rx_write[RX_WRITES_MAX];
    uint64_t rx_good, rx_bytes, rx_broadcast, rx_multicast, rx_crc, rx_long, rx_missed;
    uint64_t tx_good, tx_bytes, tx_broadcast, tx_multicast, tx_loopback, spoofed, tx_bad;
    struct queue_stat queue_stat[INTEL_STAT_COUNTERS];
    uint8_t malice[2], malicious_pool[2]; /* LVMMC, LMVM: of receive, of transmit */
    bool filters_on;          /* some filter of filters.c is in use */
    struct rsc rsc[RSC_MAX];
    uint64_t mdd_events, split_asked; /* split_asked: queues told to split headers, which they do not */
    uint64_t rsc_segments, rsc_receives; /* coalesced, and into how many */
    uint64_t stat_base[WORD_COUNT]; /* what was read so far of a counter that reading clears */
};

struct intel_chip {
    struct nic nic; /* first */
    const struct intel_skin *skin;
    void *own;             /* [skin->own_bytes]: the chip's own registers, and what else its skin keeps; saved as it is */
    uint32_t *vf_own;      /* [vfs][skin->vf.own_bytes / 4]: the VFs' */
    uint8_t mac[6];
    uint32_t errata;       /* enum intel_erratum: those that this chip has */
    struct function *fn;   /* [vfs + 1]: the VFs, then the PF */
    uint16_t pf_map[PF_MAP_BYTES / 4]; /* word -> number of the register + 1 */
    uint16_t vf_map[VF_MAP_BYTES / 4];
    uint32_t rss_table[RSS_NIBBLES][16]; /* made from the key */
    struct intel_rules rules; /* made of the chip's own registers, so not saved */
    struct chip_state s;
    struct eswitch sw;
    struct eswitch_known known; /* its verdicts; not saved */
    struct rx_queue rxq[INTEL_QUEUES];
    struct tx_queue txq[INTEL_QUEUES];
    struct rx_buffer rxb;
    struct tx_buffer txb;
};

/* A bit each, in the order of a model's list. */
enum intel_erratum {
    /* A VF's reset leaves heads, tails and control of its queues, and PSRTYPE [82599 specification update, clarification 5]. */
    INTEL_ERRATUM_VFLR = 1u << 0,
    /* A received UDP datagram without a checksum is reported as one with a wrong checksum [ixgbe_main.c ixgbe_rx_checksum]. */
    INTEL_ERRATUM_UDP_ZERO = 1u << 1,
};

enum malice { MALICE_DESCRIPTOR = 1, MALICE_TAIL, MALICE_BUFFER }; /* LVMMC's numbers [assumed] */

enum chip_verb { VERB_VECTOR = 1, VERB_WIRE, VERB_RATE, VERB_RSC, VERB_FETCH };

/* DMA tags: kind in bits 63:60, then what the kind needs. */
enum dma_tag_kind { TAG_NOTHING, TAG_RX_DESC, TAG_TX_DESC, TAG_RX_DATA, TAG_TX_DATA, TAG_RX_WHOLE };
static inline uint64_t dma_tag(enum dma_tag_kind kind, uint32_t index, uint32_t low)
{
    return (uint64_t)kind << 60 | (uint64_t)index << 32 | low;
}

static inline struct component *chip_component(struct intel_chip *n) { return &n->nic.c; }
static inline struct function *chip_pf(struct intel_chip *n) { return &n->fn[n->nic.vf_count]; }

/* Room of a frame in the transmit packet buffer: a burst longer than all of it passes in parts, and has it for itself
 * [82599 7.2.4.2]. */
static inline uint32_t chip_tx_units(const struct intel_chip *n, uint32_t len)
{
    uint32_t units = (len + FRAME_FCS_LEN + PACKET_UNIT - 1) / PACKET_UNIT, most = n->skin->tx_buffer_bytes / PACKET_UNIT;
    return units < most ? units : most;
}
static inline bool chip_is_virtual(const struct intel_chip *n) { return n->rules.is_virtual; }
static inline unsigned chip_pf_pool(const struct intel_chip *n) { return n->nic.vf_count; }
/* The PF's, from chip_pf_pool() on. */
static inline unsigned chip_own_pools(const struct intel_chip *n) { return n->nic.own_pools ? n->nic.own_pools : 1; }
static inline struct function *chip_pool_owner(struct intel_chip *n, unsigned pool)
{
    return pool < n->s.vfs ? &n->fn[pool] : chip_pf(n);
}
static inline unsigned chip_queues_per_pool(const struct intel_chip *n) { return 2u << n->rules.four_queues; }
static inline unsigned chip_queue_pool(const struct intel_chip *n, unsigned queue)
{
    return chip_is_virtual(n) ? queue >> (1 + n->rules.four_queues) : chip_pf_pool(n);
}
/* By a word of VFRE or VFTE; where those are about VFs alone, the PF's pools are always on. */
static inline bool chip_pool_is_on(const struct intel_chip *n, const uint32_t *words, unsigned pool)
{
    return (words[pool / 32] >> (pool % 32) & 1) || (n->skin->own_pools_on && pool >= n->s.vfs);
}
static inline unsigned chip_pool_queue(const struct intel_chip *n, unsigned pool)
{
    return chip_is_virtual(n) ? pool * chip_queues_per_pool(n) : 0;
}
static inline struct function *chip_queue_owner(struct intel_chip *n, unsigned queue)
{
    return chip_pool_owner(n, chip_queue_pool(n, queue));
}
static inline struct pci_function *chip_queue_pci(struct intel_chip *n, unsigned queue) { return chip_queue_owner(n, queue)->pci; }

static inline struct queue_stat *chip_rx_stat(struct intel_chip *n, unsigned queue)
{
    return &n->s.queue_stat[n->s.reg.RQSMR[queue / 4] >> (8 * (queue % 4)) & 15];
}
static inline struct queue_stat *chip_tx_stat(struct intel_chip *n, unsigned queue)
{
    return &n->s.queue_stat[n->s.reg.TQSM[queue / 4] >> (8 * (queue % 4)) & 15];
}

/* ---- function.c ---- */
void intel_frame_end(struct function *fn, frame_ref ref, enum fate fate); /* a frame of a function ends here */
enum fate intel_dma_fate(enum pci_status status);
/* A witness is at a queue of a function (core/frame/way.h). */
void intel_pass(struct intel_chip *n, unsigned queue, const struct frame *f, enum way_kind kind, struct way_reading reading);

/* ---- intr.c ---- */
void intel_intr_queue(struct intel_chip *n, unsigned queue, bool tx);
void intel_intr_low_latency(struct intel_chip *n, unsigned queue); /* received: at once, as far as there are credits */
void intel_intr_now(struct function *fn, uint32_t causes); /* past the throttle */
int intel_intr_vector(struct intel_chip *n, unsigned queue); /* of what it receives; -1: none */
void intel_intr_misc(struct function *fn, enum intel_cause cause); /* a VF has one for all */
void intel_intr_set(struct function *fn, uint32_t causes);
void intel_intr_enable(struct function *fn, uint32_t causes);
void intel_intr_throttle(struct function *fn, unsigned vector, uint32_t value); /* EITR was written */
void intel_intr_event(struct intel_chip *n, const struct event *ev);
void intel_intr_reset(struct function *fn);
/* A large receive is open: its vector asks for all to be closed when its time is up. */
void intel_intr_rsc_wait(struct intel_chip *n, unsigned queue);
bool intel_intr_rsc_is_due(struct intel_chip *n, const struct event *ev); /* that event: now? else it comes again */

/* ---- switching.c ---- */
void intel_switch_address(struct intel_chip *n, unsigned i);
void intel_switch_vlan_entry(struct intel_chip *n, unsigned i);
void intel_switch_tables(struct intel_chip *n);
void intel_switch_pool(struct intel_chip *n, unsigned pool);
void intel_switch_mirror(struct intel_chip *n, unsigned rule);
void intel_switch_type(struct intel_chip *n, unsigned i);
void intel_switch_all(struct intel_chip *n);

#endif
