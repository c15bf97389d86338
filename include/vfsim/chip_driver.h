/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver of a chip's PF: what the library asks of it, and what it can ask for.
 *
 * The library has the queue of passthru operations (VF_ACQUIRE … VF_SET_MTU), the life of VFs, the views of operators, and what
 * is to be in the chip's tables. The driver brings it there: its hooks write registers (vfsim_driver_write()), which takes the
 * time of posted writes over PCIe, and say what to wait for. It reads no register itself.
 *
 * Vectors of the PF: 0 says that the PF's own ring has something, 1 that the chip has a cause to tell (`cause`).
 *
 * The PF's own data path, one queue pair, is the virtual switch's uplink. Its rings and buffers are in host memory that the library
 * gives and maps for DMA: vfsim_driver_memory() at vfsim_driver_address(). Like those of a chip, its variables are the state that
 * it asked for.
 */
#ifndef VFSIM_CHIP_DRIVER_H
#define VFSIM_CHIP_DRIVER_H

#include <vfsim/chip_queue.h>

VFSIM_BEGIN_DECLS

struct vfsim_driver;

enum { VFSIM_DEVICE_INFO_WORDS = 32, VFSIM_DRAIN_ALL = -1 };

/* Wait until (register & mask) == value; mask 0: for nothing. The library reads it each microsecond, at most for 10 ms. */
struct vfsim_wait {
    uint32_t reg, mask, value;
};

enum vfsim_drain {
    VFSIM_DRAIN_RECEIVED, /* what the switch has steered to any function before now is in memory */
    VFSIM_DRAIN_SENT,     /* what functions' rings have handed over before now has left the chip */
    VFSIM_DRAIN_RING,     /* all that VF `vf` has posted has been taken out of its transmit rings */
};

/* What is to be true of a VF's port, and of its function. */
struct vfsim_driver_port {
    bool receive, transmit;      /* its function may */
    bool broadcast, untagged, groups, all_groups;
    bool check_address, check_vlan; /* of what it sends */
    uint16_t vlan, priority;     /* the port's own, 0: none; its guest does not see the tag */
};

/* Counters of a VF as the driver reads them: the offset of each register, 0: there is none. They wrap at 32 bits (bytes at 64) and
 * are never cleared. Bytes with the check sequence. */
struct vfsim_driver_counters {
    uint32_t rx_frames, rx_bytes_low, rx_bytes_high, rx_missed, rx_multicast;
    uint32_t tx_frames, tx_bytes_low, tx_bytes_high;
};

/* The PF's own rings, driven by the library: each descriptor has one buffer. */
struct vfsim_driver_rings {
    uint32_t descriptor, buffer; /* bytes: multiples of 8; a buffer has room for the longest frame */
    void (*post)(void *descriptor, uint64_t address, uint32_t length);    /* makes it an empty buffer, not done */
    bool (*received)(const void *descriptor, uint32_t *length);           /* a frame is there, so long; false: not yet */
    void (*send)(void *descriptor, uint64_t address, uint32_t length);    /* makes it a whole frame, not done */
    bool (*sent)(const void *descriptor);
    uint32_t rx_tail, tx_tail;                      /* registers: the index behind the last descriptor that is the chip's */
    void (*mask)(struct vfsim_driver *d, bool on);  /* interrupts of vector 0 */
};

/* All are called by the library. Those that may be NULL or 0 say so. */
struct vfsim_driver_ops {
    size_t state;                         /* bytes of its state: vfsim_driver_state() */
    unsigned bar;                         /* of the PF's registers */
    uint32_t status;                      /* a register whose answer pushes what was written before */
    uint32_t address_low,
        address_high;   /* where the PF's address is: its first four bytes, its last two; both are read at the start */
    bool has_cause;                       /* vector 1 is raised for what register `cause` says; it is read, and so cleared */
    uint32_t cause;

    /* ---- the chip comes up ---- */
    uint64_t (*memory)(uint32_t rx_ring, uint32_t tx_ring); /* bytes of host memory for rings of so many descriptors */
    void (*start)(struct vfsim_driver *d);                  /* registers and rings; memory is zero */
    void (*cause_read)(struct vfsim_driver *d, uint32_t value); /* NULL with has_cause false */

    /* ---- tables of the switch; ports are bits ---- */
    void (*address)(struct vfsim_driver *d, unsigned entry, bool valid, const uint8_t mac[6], uint64_t ports);
    void (*vlan)(struct vfsim_driver *d, unsigned entry, bool valid, uint16_t vid, uint64_t ports);
    void (*groups)(struct vfsim_driver *d, unsigned word, uint32_t bits);
    void (*port)(struct vfsim_driver *d, unsigned vf, const struct vfsim_driver_port *as);
    void (*longest)(struct vfsim_driver *d, uint32_t bytes); /* the longest frame of all, with its check sequence, without a tag */
    void (*loopback)(struct vfsim_driver *d, bool on);
    void (*mirror)(struct vfsim_driver *d, unsigned rule,
                   const struct vfsim_switch_mirror *as); /* of 4, NULL: off. May be NULL itself:
                                                                                              * it has no mirrors */

    /* ---- VFs ---- */
    void (*info)(struct vfsim_driver *d, unsigned vf, uint32_t words[VFSIM_DEVICE_INFO_WORDS]); /* for its plugin: deviceInfo */
    struct vfsim_wait (*drain)(struct vfsim_driver *d, enum vfsim_drain what, int vf); /* vf of VFSIM_DRAIN_RING alone */
    struct vfsim_driver_counters (*counters)(struct vfsim_driver *d, unsigned vf); /* NULL: VF_GET_QUEUE_STATS is refused */

    /* ---- the PF's own rings: those of `rings`, or, NULL, the five hooks below ---- */
    const struct vfsim_driver_rings *rings; /* `memory` begins with vfsim_driver_rings_bytes() */
    /* Puts a frame into the transmit ring; false: it is full, after looking what is done, and the frame is the library's still. */
    bool (*send)(struct vfsim_driver *d, vfsim_frame frame);
    void (*kick)(struct vfsim_driver *d); /* what was put there is the chip's now */
    unsigned (*poll)(struct vfsim_driver *d, unsigned budget); /* hands up what has come; how many, at most `budget` */
    void (*unmask)(struct vfsim_driver *d); /* nothing is left: interrupts may come again */
    unsigned (*pending)(struct vfsim_driver *d); /* frames that were put there and are not known to be done */
};

VFSIM_API void *vfsim_driver_state(struct vfsim_driver *d);
VFSIM_API unsigned vfsim_driver_vfs(const struct vfsim_driver *d); /* whose port is the number of a VF; the PF's is this number */
VFSIM_API uint32_t vfsim_driver_rx_ring(const struct vfsim_driver *d); /* descriptors */
VFSIM_API uint32_t vfsim_driver_tx_ring(const struct vfsim_driver *d);
VFSIM_API void vfsim_driver_write(struct vfsim_driver *d, uint32_t offset, uint32_t value);

VFSIM_API void *vfsim_driver_memory(struct vfsim_driver *d, uint64_t offset, uint64_t length); /* as the driver sees it */
VFSIM_API uint64_t vfsim_driver_address(const struct vfsim_driver *d, uint64_t offset); /* as the chip does */
VFSIM_API uint64_t vfsim_driver_rings_bytes(const struct vfsim_driver_rings *rings, uint32_t rx_ring, uint32_t tx_ring);
VFSIM_API uint64_t vfsim_driver_ring_address(const struct vfsim_driver *d, enum vfsim_ring ring); /* as the chip sees it */
/* A frame that is to be sent: its bytes lie at `offset` from now on, and the chip finds it there. Returns its length. Takes it. */
VFSIM_API uint32_t vfsim_driver_place(struct vfsim_driver *d, uint64_t offset, vfsim_frame frame);
VFSIM_API uint32_t vfsim_driver_length(struct vfsim_driver *d, vfsim_frame frame);
/* What the chip has received there, in pieces in their order, goes up. False: it is no frame that the chip has written (a refused
 * write, a buffer used twice): booked where that happened. */
struct vfsim_piece {
    uint64_t offset;
    uint32_t length;
};
VFSIM_API bool vfsim_driver_hand_up(struct vfsim_driver *d, const struct vfsim_piece *pieces, unsigned count);

VFSIM_END_DECLS

#endif
