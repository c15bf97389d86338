/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the virtio NIC.
 *
 *   chip.c       the component: creation, PCI functions, reset, events, counters, save
 *   decode.c     registers: whose they are, what a read gives and a write starts
 *   config.c     a function's own: negotiation, its queues' set-up, its status
 *   queue.c      what all virtqueues have in common: chains that are ready, used buffers, notifications
 *   split.c      fetching from a split virtqueue, and saying what was used
 *   packed.c     the same of a packed one
 *   command.c    control and administration virtqueues: a command in, an answer back
 *   admin.c      what the PF's driver asks for
 *   tx.c         transmit queues up to whole frames on the chip
 *   tx_out.c     from there through the switch to the wire and to other functions
 *   offload.c    checksums and segments
 *   rx.c         frames into buffers
 *   lro.c        TCP segments that become large receives
 *   packet.c     what a received frame is, and its queue
 *
 * A function whose driver breaks the rules of its queues is broken: it sets DEVICE_NEEDS_RESET, tells its driver and the PF's, and
 * its queues stand still until its driver resets it [virtio 1.2 2.1.2]. No other function notices.
 *
 * What the specification leaves to a device, and is chosen here:
 *   - A device that has taken all that is available says where it wants to be told (EVENT_IDX) and looks once more; without
 *     EVENT_IDX it wants every notification. It reads what its driver wants to be told of after it has written what was used.
 *   - Transmit buffers are used in the order in which they were available; receive buffers, too.
 *   - A frame that finds no buffer is dropped: no queue blocks another.
 *   - Large receives are of TCP without options but a timestamp, with no flag but ACK and PSH; they end with PSH, with what does
 *     not join, with VIO_LRO_BYTES, and after VIO_LRO_PS.
 *   - Notifications are not moderated (VIRTIO_NET_F_NOTF_COAL is not offered), no queue is reset alone (VIRTIO_F_RING_RESET).
 *   - A transmit queue that is to send no more takes no further frame; what it has taken leaves.
 *
 * Structs named …_state are plain data without padding, saved as they are.
 */
#ifndef VFSIM_NIC_VIRTIO_PRIVATE_H
#define VFSIM_NIC_VIRTIO_PRIVATE_H

#include "nic/nic.h"
#include "nic/virtio/desc.h"
#include "nic/virtio/regs.h"
#include "nic/vports.h"

enum vio_verb { VIO_VERB_WIRE = 1, VIO_VERB_LRO };
enum { VIO_PF = -1 };
/* Tags of DMA: what it was (4 bits), of which queue (8), then its own. */
enum vio_tag { VIO_TAG_INDEX = 1, VIO_TAG_RING, VIO_TAG_CHAIN, VIO_TAG_EVENT, VIO_TAG_TX_DATA, VIO_TAG_RX_DATA, VIO_TAG_COMMAND };

enum {
    VIO_CHAINS = 16,        /* of a queue on the chip */
    VIO_SEGMENTS = 24,      /* descriptors of a chain */
    VIO_WINDOW = 4,         /* descriptors that are read at once where a chain begins */
    VIO_PACKED_BATCH = 16,  /* … of a packed ring */
    VIO_MERGE_MAX = VIO_CHAINS, /* buffers of a frame */
    VIO_RX_FRAMES = 512,    /* that wait for a queue's buffers */
    VIO_WRITES = 64,        /* frames under way to memory */
    VIO_TX_ENTRIES = 128,   /* frames between their descriptors and the wire */
    VIO_TX_READS = 32,      /* of them, being read */
    VIO_TX_BYTES = 131072,  /* of all of them: no further frame is taken */
    VIO_COMMAND_BYTES = 512,
};

struct vio_segment {
    uint64_t addr;
    uint32_t len;
    uint32_t writes; /* the device writes it */
};

enum vio_chain_phase { VIO_CHAIN_NONE, VIO_CHAIN_BUILDS, VIO_CHAIN_READS, VIO_CHAIN_READY };
struct vio_chain {
    uint64_t table;      /* indirect descriptors: where */
    uint64_t readable, writable; /* bytes */
    uint32_t entries;    /* … and how many; 0: none */
    uint32_t steps;      /* descriptors seen in the ring, or in the table */
    uint16_t id;         /* head of a split ring, buffer id of a packed one */
    uint16_t ring;       /* descriptors of a packed ring that it takes */
    uint16_t cursor;     /* next descriptor */
    uint8_t phase, segments; /* phase: enum vio_chain_phase */
    struct vio_segment segment[VIO_SEGMENTS];
};

/* frames, by frame.mark64 */
struct vio_fifo {
    frame_ref first, last;
    uint32_t count, zero;
};

struct vio_lro {
    frame_ref ref;
    uint32_t mark, next_seq, segments, payload; /* payload: of the first segment */
    uint16_t ip, tcp, header, zero;
    uint8_t key[36], keys;         /* addresses and ports */
    uint8_t timestamp, tos, psh;
    uint8_t last[8], last_timestamp[8];
    sim_time due;
};
enum { VIO_LROS = 8, VIO_LRO_BYTES = 16384 };
#define VIO_LRO_PS (25 * SIM_US)

struct vio_queue_state {
    /* as its driver has set it */
    uint64_t desc, driver, device;
    uint16_t size, vector;
    uint8_t enabled, lives; /* lives: something was written to its registers */
    /* what is available: at most one read of index or ring is under way */
    uint8_t reading, look;  /* look: something may have come since the index was read */
    uint8_t armed, asking, ask_again, building;
    uint16_t known;         /* index that was read last, of a split ring */
    uint16_t next;          /* next entry of its ring to fetch */
    uint16_t position;      /* next descriptor of a packed ring */
    uint8_t wrap, zero[5];
    uint64_t taken, returned; /* entries of the ring, ever */
    uint32_t put, get;      /* chains, free running */
    /* what was used: elements, or descriptors of a packed ring, free running */
    uint64_t used, asked, signalled;
    /* receive */
    struct vio_fifo waits;
    uint64_t rx_taken, rx_passed, rx_target;
    uint64_t rx_frames, rx_bytes, rx_no_buffer, tx_frames, tx_bytes;
    struct way_gap gap;     /* receive: a frame has come and found no buffer; transmit: not all that it was told of is sent */
    struct vio_lro lro[VIO_LROS];
    struct vio_chain chain[VIO_CHAINS];
};

enum vio_command_phase { VIO_COMMAND_NONE, VIO_COMMAND_READS, VIO_COMMAND_WAITS };
struct vio_command_state {
    uint32_t phase, reads, len, faulty;
    uint64_t since;  /* order among those that wait */
    uint8_t data[VIO_COMMAND_BYTES];
};

struct vio_function_state {
    struct vio_provision set; /* by the PF's driver; features: what is offered */
    struct vio_rss rss;
    uint32_t run;             /* VIO_RUN_* */
    uint32_t pairs;           /* that its driver wants */
    /* common configuration */
    uint64_t features;        /* that its driver has accepted */
    uint32_t device_select, driver_select;
    uint16_t config_vector, queue_select;
    uint8_t status, generation, isr, lro_timer;
    uint32_t hdr_bytes, broken;
    struct vio_command_state command;
    uint64_t rx_frames, rx_bytes, rx_multicast, rx_dropped, tx_frames, tx_bytes;
};

struct vio_write {
    frame_ref ref;
    uint16_t function;
    uint8_t left, landed;
};

struct vio_tx_entry {
    uint64_t first_addr, second_addr; /* of the frame's own bytes */
    frame_ref ref;
    uint32_t len, header, mss, sent;
    uint16_t function, queue, frags, frags_done, id, ring;
    uint8_t fate, ready, over, first_len;
    uint8_t hdr[VIRTIO_NET_HDR_HASH_BYTES], first[16]; /* first: bytes of the first piece, until it is known whose they are */
    uint32_t zero;
};

struct vio_admin_state {
    uint32_t opcode; /* the fence under way, 0 none */
    uint32_t asked;  /* VF + 1 whose control command the driver has */
    uint64_t tx_target, turn;
};

struct vio_chip_state {
    uint32_t control[(VIO_PF_BYTES - VIO_CONTROL) / 4]; /* registers as written */
    struct vio_admin_state admin;
    struct vio_write write[VIO_WRITES];
    uint64_t write_free;               /* a bit each */
    struct vio_tx_entry tx[VIO_TX_ENTRIES];
    uint64_t tx_put, tx_ready, tx_got; /* free running */
    uint32_t tx_reads, tx_bytes_held;
    uint32_t tx_turn;                  /* function * pairs + pair */
    frame_ref wire_stage;
    uint64_t tx_functions, rx_functions; /* those with a pair below, a bit each */
    uint8_t tx_active[VIO_FUNCTIONS_MAX], rx_active[VIO_FUNCTIONS_MAX]; /* pairs with something to do, a bit each */
    uint8_t wire_timer, link_up, zero[6];
    uint64_t rx_good, rx_crc, rx_long, rx_missed, tx_good, rx_octets, tx_octets, tx_loopback, spoofed, bad_registers, broken,
        lro_aggregations, lro_segments;
};

struct vio;
struct vio_function {
    struct vio *chip;
    int vf; /* VIO_PF */
    unsigned vport;
    struct pci_function *pci;
    struct vio_function_state s;
    struct vio_queue_state queue[VIO_QUEUES];
};

struct vio {
    struct nic nic; /* first */
    struct eswitch sw;
    struct vio_function *fn; /* VFs, then the PF */
    uint8_t mac[6];
    struct vio_chip_state s;
};

static inline struct component *vio_component(struct vio *v) { return &v->nic.c; }
static inline struct vio_function *vio_pf(struct vio *v) { return &v->fn[v->nic.vf_count]; }
static inline uint32_t *vio_reg(struct vio *v, uint32_t off) { return &v->s.control[(off - VIO_CONTROL) / 4]; }
static inline unsigned vio_number(const struct vio_function *fn, const struct vio_queue_state *q)
{
    return (unsigned)(q - fn->queue);
}
static inline bool vio_has(const struct vio_function *fn, unsigned feature) { return fn->s.features & VIRTIO_BIT(feature); }
static inline bool vio_is_packed(const struct vio_function *fn) { return vio_has(fn, VIRTIO_F_RING_PACKED); }
static inline void vio_set_active(uint8_t pairs[VIO_FUNCTIONS_MAX], uint64_t *functions, const struct vio_function *fn,
                                  unsigned pair, bool on)
{
    unsigned f = fn->vport;
    pairs[f] = (uint8_t)((pairs[f] & ~(1u << pair)) | (unsigned)on << pair);
    *functions = (*functions & ~(UINT64_C(1) << f)) | (uint64_t)(pairs[f] != 0) << f;
}
/* Its queues work. */
static inline bool vio_runs(const struct vio_function *fn)
{
    return (fn->s.status & VIRTIO_STATUS_DRIVER_OK) && !(fn->s.status & VIRTIO_STATUS_NEEDS_RESET);
}
static inline unsigned vio_queues(const struct vio_function *fn) { return 2u * fn->s.set.pairs + 1; }
static inline bool vio_is_rx(unsigned queue) { return queue % 2 == 0; }
/* The queue of commands: behind all pairs, or behind the first where there are no others [5.1.2]. */
static inline unsigned vio_command_queue(const struct vio_function *fn)
{
    return vio_has(fn, VIRTIO_NET_F_MQ) || vio_has(fn, VIRTIO_NET_F_RSS) ? 2u * fn->s.set.pairs : 2;
}
static inline bool vio_is_command_queue(const struct vio_function *fn, unsigned queue)
{
    return queue == vio_command_queue(fn) && (fn->vf == VIO_PF || vio_has(fn, VIRTIO_NET_F_CTRL_VQ));
}
static inline uint64_t vio_tag(enum vio_tag kind, unsigned queue, uint64_t low)
{
    return (uint64_t)kind << 60 | (uint64_t)queue << 52 | low;
}
static inline enum fate vio_dma_fate(enum pci_status status)
{
    return status == PCI_IOMMU_FAULT ? FATE_iommu_fault : status == PCI_NO_BUS_MASTER ? FATE_bus_master_off : FATE_function_reset;
}

/* ---- chip.c ---- */
void vio__frame_end(struct vio_function *fn, frame_ref ref, enum fate fate);
void vio__pass(struct vio_function *fn, const struct vio_queue_state *q, const struct frame *f, enum way_kind kind);
void vio__cause(struct vio *v, uint32_t cause); /* ICR, and the PF's vector */
/* Of its queues nothing is left; its DMA was dropped. What the PF's driver has set stays. */
void vio__function_clear(struct vio_function *fn, enum fate fate);

/* ---- decode.c ---- */
#define VIO__REG_ID(name, ...) VIO_R_##name,
enum vio_reg_id { VIO_PF_REGISTERS(VIO__REG_ID, VIO__REG_ID) VIO_R_PF_COUNT, VIO_VF_REGISTERS(VIO__REG_ID, VIO__REG_ID) VIO_R_END };
#undef VIO__REG_ID
enum { VIO_REG_COUNT = VIO_R_END - 1 }; /* VIO_R_PF_COUNT is no register */
extern const struct nic_reg vio__regs[VIO_REG_COUNT];
uint64_t vio__mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size);
void vio__mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value);
void vio__reset_registers(struct vio *v);

/* ---- config.c ---- */
uint64_t vio__offered(const struct vio_function *fn);
/* False: there is no such field of that width, or it is not the driver's to write. */
bool vio__config_read(struct vio_function *fn, uint32_t off, unsigned size, uint64_t *value);
bool vio__config_write(struct vio_function *fn, uint32_t off, unsigned size, uint64_t value);
void vio__config_changed(struct vio_function *fn); /* its driver is told, if it listens */
void vio__broken(struct vio_function *fn, unsigned queue, const char *why);
void vio__function_defaults(struct vio_function *fn); /* of its status and configuration, as after a reset */

/* ---- queue.c ---- */
void vio__queue_start(struct vio_queue_state *q);
void vio__notified(struct vio_function *fn, unsigned queue, bool has_data, uint16_t data);
void vio__fetch(struct vio_function *fn, struct vio_queue_state *q); /* as far as there is room on the chip */
/* The chain `i` behind those that were taken; NULL: it is not ready. */
struct vio_chain *vio__chain(struct vio_queue_state *q, uint32_t i);
void vio__take(struct vio_function *fn, struct vio_queue_state *q, uint32_t chains); /* they leave the chip's cache */
/* May one more be ready without another notification? */
bool vio__more_to_come(const struct vio_queue_state *q);
bool vio__add(struct vio_function *fn, unsigned queue, struct vio_chain *c, uint64_t addr, uint32_t len, bool writes);
/* Buffers, by id and ring descriptors of their chains, in order, with the bytes that were written to each. */
struct vio_used {
    uint32_t id, len;
    uint16_t ring;
};
void vio__use(struct vio_function *fn, struct vio_queue_state *q, const struct vio_used *used, uint32_t n);
void vio__signal(struct vio_function *fn, struct vio_queue_state *q);
void vio__event_read_done(struct vio_function *fn, struct vio_queue_state *q, const void *data, enum pci_status status);
void vio__ready(struct vio_function *fn, struct vio_queue_state *q); /* a chain is: on with what waits for it */

/* ---- split.c, packed.c: the parts of queue.c that depend on the ring ---- */
void vio__split_fetch(struct vio_function *fn, struct vio_queue_state *q);
void vio__split_index_done(struct vio_function *fn, struct vio_queue_state *q, const void *data);
void vio__split_ring_done(struct vio_function *fn, struct vio_queue_state *q, const void *data, uint32_t len);
void vio__split_chain_done(struct vio_function *fn, struct vio_queue_state *q, uint32_t tag, const void *data, uint32_t len);
void vio__split_use(struct vio_function *fn, struct vio_queue_state *q, const struct vio_used *used, uint32_t n);
void vio__packed_fetch(struct vio_function *fn, struct vio_queue_state *q);
void vio__packed_ring_done(struct vio_function *fn, struct vio_queue_state *q, const void *data, uint32_t len);
void vio__packed_chain_done(struct vio_function *fn, struct vio_queue_state *q, uint32_t tag, const void *data, uint32_t len);
void vio__packed_use(struct vio_function *fn, struct vio_queue_state *q, const struct vio_used *used, uint32_t n);

/* ---- command.c ---- */
void vio__command_kick(struct vio_function *fn);
void vio__command_read_done(struct vio_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void vio__command_answer(struct vio_function *fn, const void *answer, uint32_t len); /* of one that waits; the next one's turn */

/* ---- admin.c ---- */
void vio__admin(struct vio *v);
void vio__admin_look(struct vio *v); /* something has moved: is a fence done? */
bool vio__function_is_busy(struct vio *v, unsigned f);

/* ---- the embedded switch (nic/vports.h) ---- */
VPORTS_ARE(VIO);
static const struct vports_map vio_vports_map = VPORTS_MAP(VIO, PORT_VLAN, GROUPS, VIO_CONTROL, ~VPORTS_PROMISCUOUS);
static inline struct vports vio_vports(struct vio *v)
{
    return (struct vports){vio_component(v), &v->sw, v->s.control, &vio_vports_map};
}

/* ---- tx.c, tx_out.c, offload.c ---- */
void vio__tx_kick(struct vio_function *fn, unsigned queue);
void vio__tx_issue_all(struct vio *v); /* as far as there is room */
void vio__tx_data_done(struct vio *v, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void vio__tx_forget(struct vio_function *fn); /* its reads were dropped */
void vio__tx_out(struct vio *v);
void vio__wire_event(struct vio *v);
/* What the header asks for: NULL, or why the frame can't be sent. Where it is to be cut, mss and header are set. */
const char *vio__offload(struct vio_tx_entry *t, struct frame *f);
frame_ref vio__tso_next(struct vio *v, struct vio_tx_entry *t); /* the whole ends with its last one; 0: no frame (booked) */

/* ---- rx.c ---- */
void vio__wire_receive(struct port *port, frame_ref ref);
void vio__deliver(struct vio *v, frame_ref ref, const struct eswitch_verdict *verdict);
void vio__rx_drain(struct vio_function *fn, struct vio_queue_state *q);
void vio__rx_drain_all(struct vio *v);
void vio__rx_data_done(struct vio *v, uint64_t tag, enum pci_status status);
void vio__rx_forget(struct vio_function *fn, struct vio_queue_state *q, enum fate fate);
void vio__rx_put(struct vio_function *fn, struct vio_queue_state *q, frame_ref ref); /* behind those that wait */

/* ---- packet.c ---- */
struct vio_packet {
    uint32_t l3, l4, end; /* offsets; 0: none; end of the datagram */
    bool v4, v6, tcp, checked, good; /* checked: it has a checksum of layer 4 that can be judged */
};
void vio__packet(struct frame *f, bool verify, struct vio_packet *out);
/* The pair of the function that the frame belongs to; what it hashes to. */
unsigned vio__rss(const struct vio_function *fn, struct frame *f, uint32_t *hash, uint16_t *report);

/* ---- lro.c ---- */
/* False: it joins nothing and begins nothing, and is the caller's still; else it is taken. */
bool vio__lro_take(struct vio_function *fn, struct vio_queue_state *q, frame_ref ref);
void vio__lro_close(struct vio_function *fn, struct vio_queue_state *q); /* all that are open go to the queue */
void vio__lro_event(struct vio_function *fn);
void vio__lro_forget(struct vio_function *fn, struct vio_queue_state *q, enum fate fate);

#endif
