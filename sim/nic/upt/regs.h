/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UPT NIC on paper: an SR-IOV NIC whose functions, PF and VFs alike, speak vmxnet3 rings in hardware.
 *
 * A VF shows its driver one page and nothing else, equal to BAR 0 of an emulated vmxnet3: interrupt masks, transmit
 * producers, receive producers [enic_upt.c: the pass-through page of Cisco's VIC; vmxnet3_defs.h]. Everything else about a
 * function is programmed by the PF: its rings come and go as an image (vmxnet3/rings_image.h) that the chip reads or writes by
 * DMA on command, as VIC's devcmd does. The layout of the PF's map and the command numbers are this model's own.
 *
 * One line a register, as in the regs.h of other chips. Functions and vports have one numbering: VF v is v, the PF is the number of
 * VFs. Needs only <stdint.h>.
 */
#ifndef VFSIM_NIC_UPT_REGS_H
#define VFSIM_NIC_UPT_REGS_H

#include <stdint.h>

/* ---- the PF's control map, BAR 2 ---- */
#define UPT_PF_REGISTERS(ONE, MANY)                                                                                    \
    ONE(ID, 0x0000, RO, 0x31545055, "reads 'UPT1'")                                                                    \
    ONE(STATUS, 0x0004, RO, 0, "bit 0: the uplink is up; [23:16] VFs")                                                 \
    ONE(ICR, 0x0008, RC, 0, "causes: bit 0 link change, bit 1 a VF was reset, bit 2 a transmit queue stopped")         \
    ONE(CMD, 0x0010, RW, 0, "a write starts the command on function CMD_FN")                                           \
    ONE(CMD_FN, 0x0014, RW, 0, "function of the command; 0xff: all (RX_FENCE)")                                        \
    ONE(CMD_ADDR_LO, 0x0018, RW, 0, "host memory of the command, low")                                                 \
    ONE(CMD_ADDR_HI, 0x001c, RW, 0, "host memory of the command, high")                                                \
    ONE(CMD_STATUS, 0x0020, RO, 0, "bit 31: busy; else 0 or the error of the last command")                            \
    ONE(SWITCH, 0x0028, RW, 0, "bit 0: local loopback; bit 8: default vport valid, [22:16] its number")                \
    ONE(MAX_FRAME, 0x002c, RW, 1518, "longest frame with its FCS, without a tag")                                      \
    MANY(FCTL, 0x0100, 4, 64, RW, 0, "function: UPT_FCTL_*; what it does not receive waits on the chip")              \
    MANY(FSTAT, 0x0200, 4, 64, RO, 0, "function: bit 0 not quiet, bit 1 a queue stopped over an error; [31:16] frames that wait") \
    MANY(VPORT, 0x0300, 4, 64, RW, 0, "vport of the switch: UPT_VPORT_*")                                              \
    MANY(VPORT_VLAN, 0x0400, 4, 64, RW, 0, "port VLAN: bit 30 insert and strip, [15:0] TCI")                           \
    MANY(MAC_LO, 0x0800, 8, 128, RW, 0, "address i, bytes 0-3; latched by the write of MAC_HI")                        \
    MANY(MAC_HI, 0x0804, 8, 128, RW, 0, "address i: [15:0] bytes 4, 5; [22:16] its vport; bit 31 valid")               \
    MANY(VLAN, 0x1000, 16, 64, RW, 0, "VLAN entry i: [11:0] VID, bit 31 valid")                                        \
    MANY(VLAN_LO, 0x1004, 16, 64, RW, 0, "its vports 0-31")                                                            \
    MANY(VLAN_HI, 0x1008, 16, 64, RW, 0, "its vports 32-63")                                                           \
    MANY(MTA, 0x1800, 4, 128, RW, 0, "multicast table, hashed by bits 47:36")                                          \
    MANY(MIRROR, 0x1a00, 4, 4, RW, 0, "mirror rule: bits 3:0 UPT_MIRROR_*, [13:8] where the copies go")                \
    MANY(MIRROR_VPORTS, 0x1a10, 4, 8, RW, 0, "mirrored vports 0-31 of rule i; 32-63 at i + 4")                         \
    MANY(MIRROR_VLANS, 0x1a40, 4, 8, RW, 0, "mirrored VLAN entries, likewise")

/* ---- a function's own map, BAR 0 (of the PF, too) ---- */
#define UPT_VF_REGISTERS(ONE, MANY)                                                                                    \
    MANY(IMR, 0x000, 8, 25, RW, 1, "interrupt mask of a vector: bit 0")                                                \
    MANY(TXPROD, 0x600, 8, 8, WO, 0, "index behind the last transmit descriptor of a queue")                           \
    MANY(RXPROD, 0x800, 8, 8, WO, 0, "the same of receive ring 1")                                                     \
    MANY(RXPROD2, 0xa00, 8, 8, WO, 0, "the same of receive ring 2")

#define UPT__ONE(name, off, access, reset, sentence) enum { UPT_##name = (off) };
#define UPT__MANY(name, off, stride, count, access, reset, sentence)                                                   \
    enum { UPT_##name##_0 = (off) };                                                                                   \
    static inline uint32_t UPT_##name(uint32_t i) { return (off) + (stride) * i; }
UPT_PF_REGISTERS(UPT__ONE, UPT__MANY)
UPT_VF_REGISTERS(UPT__ONE, UPT__MANY)
#undef UPT__ONE
#undef UPT__MANY

#define UPT_BUSY 0x80000000u
#define UPT_VALID 0x80000000u

/* ICR */
#define UPT_ICR_LINK 1u
#define UPT_ICR_FLR 2u
#define UPT_ICR_TX_STOPPED 4u

/* CMD */
#define UPT_CMD_INIT 1u     /* the function's rings from the image at CMD_ADDR: VF_INIT */
#define UPT_CMD_SAVE 2u     /* … to CMD_ADDR, of a function that is quiet: VF_SAVE_STATE */
#define UPT_CMD_CLEAR 3u    /* it has no rings any more; what waits for it ends */
#define UPT_CMD_STATS 4u    /* struct vports_counts to CMD_ADDR */
#define UPT_CMD_RX_FENCE 5u /* done when all that was steered to the function before is in memory */
#define UPT_CMD_TX_FENCE 6u /* done when all that functions have handed to the switch before has left it */
#define UPT_FN_ALL 0xffu

/* CMD_STATUS */
#define UPT_ERR_COMMAND 1u /* no such command or function, or one in the wrong state */
#define UPT_ERR_IMAGE 2u   /* not an image the chip can take */
#define UPT_ERR_DMA 3u

/* SWITCH */
#define UPT_SWITCH_LOOPBACK 1u
#define UPT_SWITCH_DEFAULT (1u << 8)
#define UPT_SWITCH_DEFAULT_SHIFT 16

/* FCTL, FSTAT */
#define UPT_FCTL_TX 1u
#define UPT_FCTL_RX 2u
#define UPT_FCTL_YIELD 4u /* what waits for it and what is steered to it goes to the PF, in order */
#define UPT_FSTAT_BUSY 1u
#define UPT_FSTAT_ERROR 2u

/* VPORT */
#define UPT_VPORT_RX (1u << 0)
#define UPT_VPORT_TX (1u << 1)
#define UPT_VPORT_BROADCAST (1u << 2)
#define UPT_VPORT_UNTAGGED (1u << 3)
#define UPT_VPORT_MULTICAST (1u << 4) /* what the table matches */
#define UPT_VPORT_ALL_MULTICAST (1u << 5)
#define UPT_VPORT_PROMISCUOUS (1u << 6)
#define UPT_VPORT_VLAN_FILTER (1u << 7)
#define UPT_VPORT_MAC_SPOOF (1u << 8)
#define UPT_VPORT_VLAN_SPOOF (1u << 9)
#define UPT_VPORT_VLAN_INSERT 0x40000000u

/* MIRROR */
#define UPT_MIRROR_OF_VPORTS 1u
#define UPT_MIRROR_UPLINK_IN 2u
#define UPT_MIRROR_UPLINK_OUT 4u
#define UPT_MIRROR_OF_VLANS 8u
#define UPT_MIRROR_TO_SHIFT 8

enum {
    UPT_VFS_MAX = 63,
    UPT_FUNCTIONS_MAX = 64,
    UPT_VENDOR_ID = 0x15ad,     /* VMware's; a VF has the number of the vmxnet3 it is */
    UPT_DEV_ID_PF = 0x07b1,     /* [assumed: not in the public list] */
    UPT_DEV_ID_VF = 0x07b0,
    UPT_PAGE_BAR = 0,
    UPT_PAGE_BYTES = 4096,
    UPT_PIPELINE_PS = 917 * 1000, /* each way, as that of the 10 Gb/s NIC that was measured [docs/validation.md, 2.4] */
    UPT_CONTROL_BAR = 2,
    UPT_CONTROL_BYTES = 0x2000,
    UPT_MSIX_BAR = 4,
    UPT_MSIX_BYTES = 8192,
    UPT_MSIX_PBA = 0x1000,
    UPT_VECTORS = 25,           /* of a function, as vmxnet3's */
    UPT_VECTOR_MISC = 1,        /* the PF's: ICR */
    UPT_QUEUES = 8,             /* of a function, a direction */
    UPT_RX_FRAMES = 2048,       /* that wait on the chip for a queue, and for a function that does not receive yet */
    UPT_TX_FRAMES = 512,        /* behind the transmit engines; they pause when there are more */
};


#endif
