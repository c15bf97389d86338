/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Tern on paper: a NIC of no vendor, as small as one with VFs can be. Chip, driver and plugin read this page; it needs
 * <stdint.h>.
 *
 * A function, PF or VF, has one receive and one transmit ring, one interrupt, and these registers at the beginning of its BAR 0.
 * The PF has the chip's behind them.
 *
 * A ring lies in memory: SIZE descriptors of 16 bytes from BASE on. Those from HEAD up to TAIL are the chip's; HEAD equal to TAIL
 * is none, so at most SIZE - 1 are. The chip writes a descriptor back when it is done: DONE, and of a received frame its length
 * and what kind of packet it is. A VF gets tags by its descriptors, the PF in its frames. A received frame lies in one buffer;
 * one that is sent may lie in up to 16, the last with END, which alone is written back.
 */
#ifndef TERN_H
#define TERN_H

#include <stdint.h>

enum {
    /* ---- every function ---- */
    TERN_RX_BASE_LO = 0x00,
    TERN_RX_BASE_HI = 0x04,
    TERN_RX_SIZE = 0x08,
    TERN_RX_TAIL = 0x0c,
    TERN_TX_BASE_LO = 0x10,
    TERN_TX_BASE_HI = 0x14,
    TERN_TX_SIZE = 0x18,
    TERN_TX_TAIL = 0x1c,
    TERN_ENABLE = 0x20, /* TERN_RINGS_*: a ring that comes on takes its BASE and SIZE, and begins empty at 0 */
    TERN_MASK = 0x24,   /* not 0: no interrupt; what came meanwhile raises it when it is 0 again */
    TERN_FUNCTION_REGISTERS = 0x28,

    /* ---- the PF ---- */
    TERN_STATUS = 0x1000,   /* bit 0: the link is up */
    TERN_CAUSE = 0x1004,    /* why vector 1 was raised; reading clears it. Bit 0: the link has changed */
    TERN_LONGEST = 0x1008,  /* the longest frame, with its check sequence, without a tag */
    TERN_LOOPBACK = 0x100c, /* 1: functions hear each other */
    TERN_MAC_LO = 0x1010,   /* the PF's, of the board's memory */
    TERN_MAC_HI = 0x1014,
    TERN_FENCE = 0x1018,    /* a write begins one; reads TERN_FENCE_* of what the last one waits for */
    TERN_BUSY = 0x1040,     /* of VF f: 1: it has not sent all that was posted (4 apart) */
    TERN_PORT = 0x1100,     /* of function f, the PF's behind those of the VFs: TERN_PORT_* (4 apart) */
    TERN_PORT_VLAN = 0x1180, /* so: bit 31: the port has a tag of its own, in bits 15:0 (4 apart) */
    TERN_ADDRESS = 0x1200, /* entry i, 16 bytes: four bytes; two bytes and bit 31 valid; its ports: writing those takes all over */
    TERN_VLAN = 0x1400, /* entry i, 8 bytes: VID and bit 31 valid; its ports, which take both over */
    TERN_GROUPS = 0x1600, /* 128 words */
    TERN_COUNTERS = 0x1800, /* of VF f: TERN_COUNT_* (64 bytes apart) */
    TERN_REGISTERS_END = 0x2000,
};

enum { TERN_RINGS_RX = 1, TERN_RINGS_TX = 2 }; /* ENABLE */
enum { TERN_FENCE_RX = 1, TERN_FENCE_TX = 2 };
enum {
    TERN_PORT_RX = 1 << 0, /* the switch gives it frames */
    TERN_PORT_TX = 1 << 1, /* it may send */
    TERN_PORT_BROADCAST = 1 << 2,
    TERN_PORT_UNTAGGED = 1 << 3,
    TERN_PORT_GROUPS = 1 << 4,
    TERN_PORT_ALL_GROUPS = 1 << 5,
    TERN_PORT_VLANS = 1 << 6, /* tagged frames of its VLANs only */
    TERN_PORT_CHECK_ADDRESS = 1 << 7,
    TERN_PORT_CHECK_VLAN = 1 << 8,
};
#define TERN_VALID 0x80000000u
enum { /* 64 bits each, low word first */
    TERN_COUNT_RX_FRAMES = 0,
    TERN_COUNT_RX_BYTES = 8,
    TERN_COUNT_RX_MISSED = 16,
    TERN_COUNT_RX_GROUPS = 24,
    TERN_COUNT_TX_FRAMES = 32,
    TERN_COUNT_TX_BYTES = 40,
};

enum {
    TERN_VFS_MAX = 15,
    TERN_ADDRESSES = 32,
    TERN_VLANS = 16,
    TERN_RING_MIN = 8, /* descriptors */
    TERN_RING_MAX = 4096,
    TERN_FRAGMENTS = 16,
    TERN_VENDOR = 0x1d1d, /* of nobody here */
    TERN_DEVICE_PF = 0x7e10,
    TERN_DEVICE_VF = 0x7e11,
};

struct tern_desc {
    uint64_t address;
    uint32_t length; /* of the buffer, then of the frame */
    uint32_t flags;
};
enum {
    TERN_DONE = 1,
    TERN_END = 2,
    TERN_KIND = 4, /* shift of what was received: */
    TERN_IPV4 = 1 << 4,
    TERN_IPV6 = 1 << 5,
    TERN_TCP = 1 << 6,
    TERN_UDP = 1 << 7,
    TERN_IP_RIGHT = 1 << 8, /* its checksum */
    TERN_IP_WRONG = 1 << 9,
    TERN_L4_RIGHT = 1 << 10,
    TERN_L4_WRONG = 1 << 11,
    TERN_TAG = 1 << 12, /* of a VF: a tag was taken off, or is to be put on (of the first of its descriptors) */
    TERN_TCI = 16, /* shift of that tag */
};

#endif
