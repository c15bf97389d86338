/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 57712 on paper: registers of a function's window, and of the PF.
 *
 * A function's window (BAR 0, 32 KB; the PF's own is the first 32 KB of its BAR) is what the published plugin drives
 * [bnx2x_plugin_hw.h, bnx2x_plugin_compat.h]:
 *
 *   0x2000 + 8 * status block   IGU: acknowledge, enable, disable (E2_IGU_*)
 *   0x3000 + 32 * queue zone    receive producers, two words: CQE and BD, then SGE
 *   0x7c00 + 0x80 * queue       doorbells; + 0x40 is "set producer": type byte, zero, 16-bit producer
 *
 * Status blocks and zones have the chip's numbers there, queues the function's own. A function reaches what is its own and nothing
 * else: the PF's tables ZONE and IGU_MAP say whose each is.
 *
 * What stands behind it in the real chip (storms' memory, slow path queue, hundreds of blocks) is not public as a datasheet, and
 * its driver's view of it not needed: the PF's control map here is this model's own. It has the same slow path operations
 * (ramrods) with their published numbers [bnx2x_hsi.h], whose parameters come by DMA from host memory.
 *
 * One line a register, as in the regs.h of other chips. Needs only <stdint.h>.
 */
#ifndef VFSIM_NIC_57712_REGS_H
#define VFSIM_NIC_57712_REGS_H

#include <stdint.h>

enum {
    E2_VFS_MAX = 63, /* [64 in hardware: a vport of the switch is the PF's] */
    E2_FUNCTIONS_MAX = 64,
    E2_ZONES = 136,  /* queue zones, status blocks [HC_SB_MAX_SB_E2], the PF's included */
    E2_VENDOR_ID = 0x14e4,
    E2_DEV_ID_PF = 0x1662,
    E2_DEV_ID_VF = 0x166f,
    E2_CHIP_ID = 0x16620000, /* as the plugin is told: number << 16 | revision A0 */
    E2_BAR = 0,
    E2_WINDOW_BYTES = 0x8000,
    E2_CONTROL = 0x8000, /* of the PF's BAR */
    E2_PF_BYTES = 0x10000,
    E2_MSIX_BAR = 4,
    E2_MSIX_BYTES = 8192,
    E2_MSIX_PBA = 0x1000,
    E2_VF_VECTORS = 8,
    E2_PF_VECTORS = 2,
    E2_VECTOR_MISC = 1, /* the PF's: ICR */
};

/* ---- a function's window ---- */
#define E2_VF_REGISTERS(ONE, MANY)                                                                                     \
    MANY(IGU, 0x2000, 8, 136, WO, 0, "status block: index, update, enable or disable its interrupt")                   \
    MANY(PRODUCERS, 0x3000, 32, 136, WO, 0, "queue zone: [15:0] completions the driver has room for, [31:16] BDs")     \
    MANY(SGE_PRODUCER, 0x3004, 32, 136, WO, 0, "queue zone: [15:0] SGEs")                                              \
    MANY(DOORBELL, 0x7c40, 0x80, 8, WO, 0, "queue: [7:0] type 2, [31:16] position behind the last Tx BD")

/* ---- the PF's control map ---- */
#define E2_PF_REGISTERS(ONE, MANY)                                                                                     \
    ONE(ID, 0x8000, RO, 0x16620000, "chip number and revision")                                                        \
    ONE(STATUS, 0x8004, RO, 0, "bit 0: the uplink is up; [23:16] VFs")                                                 \
    ONE(ICR, 0x8008, RC, 0, "causes: bit 0 link change, 1 a VF was reset, 2 a queue's driver is malicious")            \
    ONE(RAMROD, 0x8010, RW, 0, "a write starts the operation")                                                         \
    ONE(RAMROD_ID, 0x8014, RW, 0, "its queue zone, or function")                                                       \
    ONE(RAMROD_DATA, 0x8018, RW, 0, "its parameter, where one word is enough")                                         \
    ONE(RAMROD_ADDR_LO, 0x801c, RW, 0, "host memory of its parameters, low")                                           \
    ONE(RAMROD_ADDR_HI, 0x8020, RW, 0, "host memory of its parameters, high")                                          \
    ONE(RAMROD_STATUS, 0x8024, RO, 0, "bit 31: under way; else 0 or the error of the last one")                        \
    ONE(SWITCH, 0x8028, RW, 0, "bit 0: Tx switching; bit 8: default vport valid, [22:16] its number")                  \
    ONE(MAX_FRAME, 0x802c, RW, 1518, "longest frame with its FCS, without a tag")                                      \
    MANY(VPORT, 0x8100, 4, 64, RW, 0, "vport of the switch: E2_VPORT_*")                                               \
    MANY(DEFAULT_VLAN, 0x8200, 4, 64, RW, 0, "vport: bit 30 insert and remove silently, [15:0] tag")                   \
    MANY(FUNCTION, 0x8300, 4, 64, RO, 0, "bit 0 busy, bit 1 a queue was stopped; [31:16] frames that wait")            \
    MANY(ZONE, 0x8400, 4, 136, RW, 0, "queue zone: bit 31 valid, [13:8] function, [3:0] its queue")                    \
    MANY(IGU_MAP, 0x8700, 4, 136, RW, 0, "status block: bit 31 valid, [13:8] function, [3:0] its vector")              \
    MANY(MAC_LO, 0x9000, 8, 128, RW, 0, "address i, bytes 0-3; latched by the write of MAC_HI")                        \
    MANY(MAC_HI, 0x9004, 8, 128, RW, 0, "address i: [15:0] bytes 4, 5; [22:16] its vport; bit 31 valid")               \
    MANY(VLAN, 0x9800, 16, 64, RW, 0, "VLAN rule i: [11:0] VID, bit 31 valid; latches the vports")                     \
    MANY(VLAN_LO, 0x9804, 16, 64, RW, 0, "its vports 0-31")                                                            \
    MANY(VLAN_HI, 0x9808, 16, 64, RW, 0, "its vports 32-63")                                                           \
    MANY(GROUPS, 0x9c00, 4, 128, RW, 0, "multicast bins, by bits 47:36 of the address")                                \
    MANY(MIRROR, 0x9e00, 4, 4, RW, 0, "mirror rule: bits 3:0 E2_MIRROR_*, [13:8] where the copies go")                 \
    MANY(MIRROR_VPORTS, 0x9e10, 4, 8, RW, 0, "mirrored vports 0-31 of rule i; 32-63 at i + 4")                         \
    MANY(MIRROR_VLANS, 0x9e40, 4, 8, RW, 0, "mirrored VLAN rules, likewise")

#define E2__ONE(name, off, access, reset, sentence) enum { E2_##name = (off) };
#define E2__MANY(name, off, stride, count, access, reset, sentence) \
    enum { E2_##name##_0 = (off) };                                 \
    static inline uint32_t E2_##name(uint32_t i) { return (off) + (stride) * i; }
E2_PF_REGISTERS(E2__ONE, E2__MANY)
E2_VF_REGISTERS(E2__ONE, E2__MANY)
#undef E2__ONE
#undef E2__MANY

#define E2_VALID 0x80000000u
#define E2_BUSY 0x80000000u
#define E2_FUNCTION_SHIFT 8 /* of ZONE, IGU_MAP */

/* IGU [bnx2x_plugin_hsi.h struct igu_regular] */
#define E2_IGU_INDEX_MASK 0xfffffu
#define E2_IGU_SEGMENT_SHIFT 21
#define E2_IGU_SEGMENT_MASK (7u << E2_IGU_SEGMENT_SHIFT) /* 0: normal, all that a function without default block has */
#define E2_IGU_UPDATE (1u << 24)
#define E2_IGU_OP_SHIFT 25
#define E2_IGU_OP_MASK (3u << E2_IGU_OP_SHIFT)
enum { E2_IGU_ENABLE = 0, E2_IGU_DISABLE = 1, E2_IGU_NOP = 2 };
#define E2_IGU_CLEANUP (1u << 31)

/* DOORBELL */
#define E2_DOORBELL_TYPE 2u
#define E2_DOORBELL_PRODUCER_SHIFT 16

/* ICR */
#define E2_ICR_LINK 1u
#define E2_ICR_FLR 2u
#define E2_ICR_MALICIOUS 4u /* [bnx2x_hsi.h EVENT_RING_OPCODE_MALICIOUS_VF] */

/* RAMROD [bnx2x_hsi.h enum eth_spqe_cmd_id]; with RAMROD_ID a zone, unless it says otherwise */
#define E2_RAMROD_CLIENT_SETUP 1u   /* struct e2_client_setup; the queue is there, and inactive */
#define E2_RAMROD_HALT 2u           /* it is no more; what waits for it ends */
#define E2_RAMROD_CLIENT_UPDATE 5u  /* RAMROD_DATA: E2_CLIENT_RX, E2_CLIENT_TX: what it does from now on */
#define E2_RAMROD_EMPTY 6u          /* done when all that was steered to the function (0xff: to any) before is in memory */
#define E2_RAMROD_TPA_UPDATE 8u     /* RAMROD_DATA 0: it aggregates no more */
#define E2_RAMROD_RSS_UPDATE 12u    /* of a function: struct e2_rss */
#define E2_RAMROD_FORWARD_EMPTY 64u /* [ours] done when all that was taken from transmit rings before has left the chip */
#define E2_RAMROD_STATS 65u         /* [ours] of a function: struct vports_counts to host memory */
#define E2_ID_ALL 0xffu

#define E2_CLIENT_TX 1u
#define E2_CLIENT_RX 2u

/* RAMROD_STATUS */
#define E2_ERR_RAMROD 1u /* no such operation, zone or function, or in a state in which it can't be */
#define E2_ERR_DATA 2u   /* parameters that make no sense */
#define E2_ERR_DMA 3u

/* SWITCH */
#define E2_SWITCH_LOOPBACK 1u
#define E2_SWITCH_DEFAULT (1u << 8)
#define E2_SWITCH_DEFAULT_SHIFT 16

/* FUNCTION */
#define E2_FUNCTION_BUSY 1u
#define E2_FUNCTION_STOPPED 2u

/* VPORT */
#define E2_VPORT_RX (1u << 0)
#define E2_VPORT_TX (1u << 1)
#define E2_VPORT_BROADCAST (1u << 2)
#define E2_VPORT_UNTAGGED (1u << 3)
#define E2_VPORT_MULTICAST (1u << 4) /* what the bins match */
#define E2_VPORT_ALL_MULTICAST (1u << 5)
#define E2_VPORT_VLAN_FILTER (1u << 7)
#define E2_VPORT_MAC_SPOOF (1u << 8)
#define E2_VPORT_VLAN_SPOOF (1u << 9)
#define E2_VPORT_VLAN_INSERT 0x40000000u

/* MIRROR */
#define E2_MIRROR_OF_VPORTS 1u
#define E2_MIRROR_UPLINK_IN 2u
#define E2_MIRROR_UPLINK_OUT 4u
#define E2_MIRROR_OF_VLANS 8u
#define E2_MIRROR_TO_SHIFT 8

/* ---- parameters of ramrods, in host memory ---- */

struct e2_client_setup {
    uint64_t tx_bds, rx_bds, cqes, cqes_next, sges; /* first pages; cqes_next: the second one of the completions, or the first */
    uint64_t status_block;
    uint32_t flags;       /* E2_SETUP_* */
    uint32_t buffer;      /* bytes of a BD's buffer that a frame may fill */
    uint32_t rx_rate, tx_rate; /* interrupts a second, at most */
    uint32_t sb;          /* its status block's number */
    uint32_t zero;
};
#define E2_SETUP_TPA 1u   /* it aggregates */
#define E2_SETUP_SGE 2u   /* it has SGEs, for what is longer than a buffer */
#define E2_SETUP_VLAN 4u  /* tags are taken off */
#define E2_SETUP_TX 8u
#define E2_SETUP_RX 16u

struct e2_rss {
    uint32_t queues;    /* zones of the function that the table names; 0 or 1: none is hashed */
    uint8_t key[40];
    uint8_t table[128]; /* the function's queues */
};


#endif
