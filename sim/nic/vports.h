/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers by which a PF tells an embedded switch its tables, of chips whose control map is this model's own because none is
 * public: what they hold is said here, where they lie is the chip's (struct vports_map, from its regs.h by VPORTS_MAP()).
 *
 * An address is one vport's, in one register with its valid bit: a move is one write whatever the number of VFs, and no frame ever
 * sees two owners or none. The chip's side is vports.c, its PF driver's pf/vports.c.
 */
#ifndef VFSIM_NIC_VPORTS_H
#define VFSIM_NIC_VPORTS_H

#include <stdint.h>

#include "core/engine/engine.h"
#include "eswitch/eswitch.h"

/* MAC_HI: [15:0] bytes 4 and 5, [22:16] its vport. VLAN: [11:0] VID. */
#define VPORTS_VALID 0x80000000u
#define VPORTS_OWNER_SHIFT 16

/* SWITCH */
#define VPORTS_LOOPBACK 1u
#define VPORTS_DEFAULT (1u << 8)
#define VPORTS_DEFAULT_SHIFT 16

/* VPORT */
#define VPORTS_RX (1u << 0)
#define VPORTS_TX (1u << 1)
#define VPORTS_BROADCAST (1u << 2)
#define VPORTS_UNTAGGED (1u << 3)
#define VPORTS_MULTICAST (1u << 4) /* what the table matches */
#define VPORTS_ALL_MULTICAST (1u << 5)
#define VPORTS_PROMISCUOUS (1u << 6)
#define VPORTS_VLAN_FILTER (1u << 7)
#define VPORTS_MAC_SPOOF (1u << 8)
#define VPORTS_VLAN_SPOOF (1u << 9)
/* the register of a port VLAN: [15:0] its TCI */
#define VPORTS_VLAN_INSERT 0x40000000u

/* MIRROR */
#define VPORTS_MIRROR_OF_VPORTS 1u
#define VPORTS_MIRROR_UPLINK_IN 2u
#define VPORTS_MIRROR_UPLINK_OUT 4u
#define VPORTS_MIRROR_OF_VLANS 8u
#define VPORTS_MIRROR_TO_SHIFT 8

/* Offsets of the first of each; addresses are pairs of words, VLANs three words of four, all others a word. */
struct vports_map {
    uint32_t base; /* of the control map */
    uint32_t has;  /* bits of VPORT that the chip knows */
    uint32_t word, max_frame, vport, port_vlan, mac, vlan, groups, mirror, mirror_vports, mirror_vlans;
};
enum { VPORTS_MAC_STRIDE = 8, VPORTS_VLAN_STRIDE = 16, VPORTS_MIRRORS = 4 };

/* A regs.h, which names registers and bits in its own way, says what is said here. */
#define VPORTS_ARE(CHIP)                                                                                                           \
    _Static_assert(CHIP##_VALID == VPORTS_VALID && CHIP##_SWITCH_LOOPBACK == VPORTS_LOOPBACK &&                                    \
                       CHIP##_SWITCH_DEFAULT == VPORTS_DEFAULT && CHIP##_SWITCH_DEFAULT_SHIFT == VPORTS_DEFAULT_SHIFT &&           \
                       CHIP##_VPORT_RX == VPORTS_RX && CHIP##_VPORT_TX == VPORTS_TX &&                                             \
                       CHIP##_VPORT_BROADCAST == VPORTS_BROADCAST && CHIP##_VPORT_UNTAGGED == VPORTS_UNTAGGED &&                   \
                       CHIP##_VPORT_MULTICAST == VPORTS_MULTICAST && CHIP##_VPORT_ALL_MULTICAST == VPORTS_ALL_MULTICAST &&         \
                       CHIP##_VPORT_VLAN_FILTER == VPORTS_VLAN_FILTER && CHIP##_VPORT_MAC_SPOOF == VPORTS_MAC_SPOOF &&             \
                       CHIP##_VPORT_VLAN_SPOOF == VPORTS_VLAN_SPOOF && CHIP##_VPORT_VLAN_INSERT == VPORTS_VLAN_INSERT &&           \
                       CHIP##_MIRROR_OF_VPORTS == VPORTS_MIRROR_OF_VPORTS && CHIP##_MIRROR_UPLINK_IN == VPORTS_MIRROR_UPLINK_IN && \
                       CHIP##_MIRROR_UPLINK_OUT == VPORTS_MIRROR_UPLINK_OUT && CHIP##_MIRROR_OF_VLANS == VPORTS_MIRROR_OF_VLANS && \
                       CHIP##_MIRROR_TO_SHIFT == VPORTS_MIRROR_TO_SHIFT,                                                           \
                   "a chip's bits of its switch are these")
/* Its map: registers have these names behind CHIP_, but for two that are given. */
#define VPORTS_MAP(CHIP, PORT_VLAN, GROUPS, from, bits) \
    {.base = (from),                                    \
     .has = (bits),                                     \
     .word = CHIP##_SWITCH,                             \
     .max_frame = CHIP##_MAX_FRAME,                     \
     .vport = CHIP##_VPORT_0,                           \
     .port_vlan = CHIP##_##PORT_VLAN##_0,               \
     .mac = CHIP##_MAC_LO_0,                            \
     .vlan = CHIP##_VLAN_0,                             \
     .groups = CHIP##_##GROUPS##_0,                     \
     .mirror = CHIP##_MIRROR_0,                         \
     .mirror_vports = CHIP##_MIRROR_VPORTS_0,           \
     .mirror_vlans = CHIP##_MIRROR_VLANS_0}

/* What a function has carried since its queues were set up, as the chip writes it to host memory on demand; bytes without FCS. */
struct vports_counts {
    struct {
        uint64_t rx_frames, rx_bytes, rx_no_buffer, tx_frames, tx_bytes;
    } queue[8];
    uint64_t rx_multicast;
};

/* ---- the chip's side (vports.c) ---- */

struct vports {
    struct component *chip;
    struct eswitch *sw;
    const uint32_t *control; /* registers as written, from the base of the map on */
    const struct vports_map *map;
};

/* The tables anew, as all registers say, of so many vports. */
void vports_all(const struct vports *v, unsigned count);
/* A register was written: SWITCH, or that of a vport (either of its two), of address i (its second word), VLAN rule i, mirror rule
 * i (its first register), groups 32 * i and on. */
void vports_switch(const struct vports *v);
void vports_vport(const struct vports *v, unsigned vport);
void vports_mac(const struct vports *v, unsigned i);
void vports_vlan(const struct vports *v, unsigned i);
void vports_mirror(const struct vports *v, unsigned rule);
void vports_groups(const struct vports *v, unsigned i);

#endif
