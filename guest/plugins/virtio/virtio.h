/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin for a virtio network device, as a VF of a vDPA or DPU NIC is one [OASIS virtio 1.2; Linux virtio_net, virtio_ring]. It
 * drives the device as any virtio driver does: features, virtqueues, notifications. Packed rings are taken where they are offered.
 *
 * Ring memory of a virtqueue of n descriptors: 16 n of them, the driver's area, the device's, then the plugin's own: ids that are
 * free, ids in the order in which they were posted, what is known of each; of transmit queues a header and a table of indirect
 * descriptors for each. Transmit queues have half as many descriptors as the shell's ring, for the sake of those. The control
 * queue, which says how many queue pairs are used, lies at the end of the first transmit ring's memory.
 *
 * The device says little of what it received: the headers are looked at, and checksums that it has not judged are computed here.
 * Tags stay in place [PLUGIN_FLAG_KEEPS_TAGS]; one that is to be inserted goes into a copy of the addresses behind the header.
 *
 * VIRTIO_SPLIT_ONLY is a build that leaves packed rings, what stands beside them (NOTIFICATION_DATA) and EVENT_IDX aside.
 */
#ifndef NPA_VIRTIO_H
#define NPA_VIRTIO_H

#include "guest/include/npa_plugin_api.h"
#include "sim/nic/virtio/desc.h"
#include "sim/nic/virtio/regs.h"

#ifndef VIRTIO_SPLIT_ONLY
#define VIRTIO_SPLIT_ONLY 0
#endif

enum {
    VIRTIO_RING_MIN = 64,       /* descriptors; below this nothing useful fits */
    VIRTIO_POLL_MAX = 1000,     /* reads of a status that should change */
    VIRTIO_PIECES_MAX = PLUGIN_MAX_SEND_FRAGMENTS + 2,
    VIRTIO_DIRECT_MAX = 3,      /* pieces that are not worth a table */
    VIRTIO_HDR_ROOM = 48,       /* header, addresses, tag */
    VIRTIO_TABLE_BYTES = 16 * VIRTIO_PIECES_MAX,
    VIRTIO_CONTROL_SIZE = 4,    /* descriptors of the control queue */
    VIRTIO_CONTROL_BYTES = 512, /* its rings, and a command */
};

/* One piece of a chain. */
struct virtio_piece {
    uint64 pa;
    uint32 length;
};

/* What is known of a buffer, by its id. */
struct virtio_buffer {
    uint16 descs; /* of the ring that it takes; 0: it is not the device's */
    uint16 done;
};

struct virtq {
    uint8 *va;
    uint64 pa;
    uint32 driver, device, ids, order, buffers, extra; /* offsets */
    uint16 number, size;
    uint16 put, added;          /* index or position of what is made available; how many since the last notification */
    uint16 seen;                /* the same of what was used */
    uint16 free, room;          /* ids on the stack; descriptors */
    uint16 order_get, order_count; /* ids in the order in which they were posted: the oldest, and how many */
    uint8 packed, put_wrap, seen_wrap, event_idx;
};

struct virtio {
    struct vio_device_info info;
    uint64 features;
    uint32 hdr_bytes;
    uint8 running, large, indirect, asked;
    struct virtq rx[NPA_QUEUES_MAX], tx[NPA_QUEUES_MAX], control;
};
_Static_assert(sizeof(struct virtio) <= PLUGIN_PRIVATE_BYTES, "no other memory");

static inline struct virtio *virtio_of(Plugin_State *ps) { return PLUGIN_PRIVATE(ps); }
static inline Bool virtio_has(Plugin_State *ps, uint32 feature) { return (virtio_of(ps)->features >> feature & 1) != 0; }

/* ---- virtq.c: what both kinds of rings have in common ---- */
void virtq_init(struct virtq *q, uint8 *va, uint64 pa, uint32 number, uint32 size, uint64 features);
uint32 virtq_bytes(uint32 size); /* up to `extra` */
struct virtio_buffer *virtq_buffer(struct virtq *q, uint32 id);
/* A chain of the first `readable` pieces to be read and the others to be written; by a table at `table` (0: none), where there is
 * one. Its id, or -1: there is no room. The device may have it at once. */
int virtq_add(struct virtq *q, const struct virtio_piece *pieces, uint32 n, uint32 readable, uint64 table_pa, void *table_va);
void virtq_notify(Plugin_State *ps, struct virtq *q); /* of what was added, if the device wants to know */
Bool virtq_pending(const struct virtq *q);
/* The next buffer that was used. FALSE: there is none. */
Bool virtq_take(struct virtq *q, uint32 *id, uint32 *length);
void virtq_free(struct virtq *q, uint32 id);
void virtq_events(struct virtq *q, Bool on); /* messages for what is used from now on */

/* ---- split.c, packed.c ---- */
void virtq_split_put(struct virtq *q, uint32 id, const struct virtio_piece *pieces, uint32 n, uint32 readable, uint64 table_pa);
Bool virtq_split_wants(const struct virtq *q);
void virtq_split_events(struct virtq *q, Bool on);
void virtq_packed_put(struct virtq *q, uint32 id, const struct virtio_piece *pieces, uint32 n, uint32 readable, uint64 table_pa);
Bool virtq_packed_wants(const struct virtq *q);
void virtq_packed_events(struct virtq *q, Bool on);

/* ---- device.c ---- */
uint32 virtio_reset(Plugin_State *ps);  /* and agree on features */
uint32 virtio_enable_queue(Plugin_State *ps, struct virtq *q, uint32 vector);
void virtio_start(Plugin_State *ps);    /* DRIVER_OK */

/* ---- rx.c, tx.c, check.c ---- */
uint32 virtio_reinit_rx_ring(Plugin_State *ps, uint32 queue);
uint32 virtio_check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts);
uint32 virtio_add_buffers_to_rx_ring(Plugin_State *ps, uint32 queue);

uint32 virtio_reinit_tx_ring(Plugin_State *ps, uint32 queue);
uint32 virtio_add_frame_to_tx_ring(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                                   Bool lastPktHint);
uint32 virtio_check_tx_ring(Plugin_State *ps, uint32 queue);

/* Sum of big-endian words, folded [RFC 1071]; `sum` is that of an even number of bytes before. */
uint32 virtio_sum(const uint8 *p, uint32 length, uint32 sum);
/* The pseudo header's sum of the packet at `ip`, with `l4_length` bytes of `protocol`. */
uint32 virtio_pseudo_sum(const uint8 *ip, Bool v4, uint32 protocol, uint32 l4_length);
/* What kind of packet it is, and whether its checksums are right: `valid`, the device has judged that of layer 4. */
void virtio_describe(Plugin_State *ps, uint32 queue, Shell_RecvFrame *frame, Bool valid);

#endif
