/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio NIC on paper: what a function shows its driver, and the PF's control map.
 *
 * A function's own map (BAR 0, 16 KB; the PF's own is the first 16 KB of its BAR) has the four structures that its vendor
 * capabilities point to [virtio 1.2 4.1.4; Linux virtio_pci.h], a page each:
 *
 *   0x0000  common configuration (struct virtio_pci_common_cfg, up to admin_queue_num of 1.3)
 *   0x1000  ISR status
 *   0x2000  device configuration (struct virtio_net_config)
 *   0x3000  notifications: 0x3000 + 4 * queue_notify_off, which is the queue's number
 *
 * Each field is accessed with its own width, which its sentence begins with, and with no other [4.1.3.1].
 *
 * Behind it stands what vendors of such NICs have each in their own way: the PF's control map here is this model's own. The
 * switch's tables are registers (nic/vports.h); what is asked of a function goes through an administration virtqueue (desc.h).
 *
 * One line a register, as in the regs.h of other chips. Needs only <stdint.h>.
 */
#ifndef VFSIM_NIC_VIRTIO_REGS_H
#define VFSIM_NIC_VIRTIO_REGS_H

#include <stdint.h>

enum {
    VIO_VFS_MAX = 63,
    VIO_FUNCTIONS_MAX = 64,
    VIO_PAIRS_MAX = 8,               /* queue pairs of a function */
    VIO_QUEUES = 2 * VIO_PAIRS_MAX + 1, /* virtqueues: pairs, then the control queue; of the PF an administration queue */
    VIO_QUEUE_SIZE_MAX = 4096,
    VIO_VENDOR_ID = 0x1af4,          /* [4.1.2] */
    VIO_DEV_ID = 0x1041,             /* 0x1040 + 1, a network device; PF and VF alike */
    VIO_BAR = 0,
    VIO_COMMON = 0x0000,
    VIO_COMMON_BYTES = 0x40,
    VIO_ISR_AT = 0x1000,
    VIO_DEVICE = 0x2000,
    VIO_DEVICE_BYTES = 0x20,
    VIO_NOTIFY_AT = 0x3000,
    VIO_NOTIFY_MULTIPLIER = 4,
    VIO_WINDOW_BYTES = 0x4000,
    VIO_CONTROL = 0x8000,            /* of the PF's BAR */
    VIO_PF_BYTES = 0x10000,
    VIO_MSIX_BAR = 4,
    VIO_MSIX_BYTES = 8192,
    VIO_MSIX_PBA = 0x1000,
    VIO_VF_VECTORS = 9,              /* one a queue pair, and one for changes of configuration */
    VIO_PF_VECTORS = 2,
    VIO_VECTOR_MISC = 1,             /* the PF's: ICR */
    VIO_NO_VECTOR = 0xffff,
};

/* ---- a function's own map ---- */
#define VIO_VF_REGISTERS(ONE, MANY)                                                                                    \
    ONE(DEVICE_FEATURE_SELECT, 0x0000, RW, 0, "32 bits: which half of the features DEVICE_FEATURE shows")              \
    ONE(DEVICE_FEATURE, 0x0004, RO, 0, "32 bits: features that are offered")                                           \
    ONE(DRIVER_FEATURE_SELECT, 0x0008, RW, 0, "32 bits: which half of the features DRIVER_FEATURE takes")              \
    ONE(DRIVER_FEATURE, 0x000c, RW, 0, "32 bits: features that are accepted; latched by FEATURES_OK")                  \
    ONE(CONFIG_MSIX_VECTOR, 0x0010, RW, 0xffff, "16 bits: vector of changes of configuration")                         \
    ONE(NUM_QUEUES, 0x0012, RO, 0, "16 bits: virtqueues")                                                              \
    ONE(DEVICE_STATUS, 0x0014, RW, 0, "8 bits: VIRTIO_STATUS_*; a write of 0 resets the function")                     \
    ONE(CONFIG_GENERATION, 0x0015, RO, 0, "8 bits: another one after each change of the device configuration")         \
    ONE(QUEUE_SELECT, 0x0016, RW, 0, "16 bits: virtqueue of the registers that follow")                                \
    ONE(QUEUE_SIZE, 0x0018, RW, 0x1000, "16 bits: descriptors; a power of two, unless the ring is packed")             \
    ONE(QUEUE_MSIX_VECTOR, 0x001a, RW, 0xffff, "16 bits: vector of its used buffers")                                  \
    ONE(QUEUE_ENABLE, 0x001c, RW, 0, "16 bits: 1 starts it")                                                           \
    ONE(QUEUE_NOTIFY_OFF, 0x001e, RO, 0, "16 bits: its place among the notifications")                                 \
    ONE(QUEUE_DESC_LO, 0x0020, RW, 0, "32 bits: descriptor area, low")                                                 \
    ONE(QUEUE_DESC_HI, 0x0024, RW, 0, "32 bits: descriptor area, high")                                                \
    ONE(QUEUE_DRIVER_LO, 0x0028, RW, 0, "32 bits: driver area, low")                                                   \
    ONE(QUEUE_DRIVER_HI, 0x002c, RW, 0, "32 bits: driver area, high")                                                  \
    ONE(QUEUE_DEVICE_LO, 0x0030, RW, 0, "32 bits: device area, low")                                                   \
    ONE(QUEUE_DEVICE_HI, 0x0034, RW, 0, "32 bits: device area, high")                                                  \
    ONE(QUEUE_NOTIFY_DATA, 0x0038, RO, 0, "16 bits: number of the queue, as a notification names it")                  \
    ONE(QUEUE_RESET, 0x003a, RO, 0, "16 bits: no queue is reset alone")                                                \
    ONE(ADMIN_QUEUE_INDEX, 0x003c, RO, 0, "16 bits: of the PF, its administration virtqueue")                          \
    ONE(ADMIN_QUEUE_NUM, 0x003e, RO, 0, "16 bits: how many of those there are")                                        \
    ONE(ISR, 0x1000, RC, 0, "8 bits: bit 0 a buffer was used, bit 1 the configuration changed")                        \
    ONE(MAC, 0x2000, RO, 0, "6 bytes: address of the function")                                                        \
    ONE(NET_STATUS, 0x2006, RO, 0, "16 bits: bit 0 the link is up")                                                    \
    ONE(MAX_VIRTQUEUE_PAIRS, 0x2008, RO, 0, "16 bits: queue pairs")                                                    \
    ONE(MTU, 0x200a, RO, 0, "16 bits: what the PF's driver has said")                                                  \
    ONE(SPEED, 0x200c, RO, 0, "32 bits: Mb/s")                                                                         \
    ONE(DUPLEX, 0x2010, RO, 1, "8 bits: 1 full")                                                                       \
    ONE(RSS_MAX_KEY_SIZE, 0x2011, RO, 40, "8 bits: bytes of a hash key")                                               \
    ONE(RSS_MAX_TABLE_LENGTH, 0x2012, RO, 128, "16 bits: entries of an indirection table")                             \
    ONE(SUPPORTED_HASH_TYPES, 0x2014, RO, 0x1b, "32 bits: VIRTIO_NET_HASH_TYPE_*")                                     \
    MANY(NOTIFY, 0x3000, 4, 17, WO, 0, "queue: 16 bits its number, or 32 with how far it has filled its ring")

/* ---- the PF's control map ---- */
#define VIO_PF_REGISTERS(ONE, MANY)                                                                                    \
    ONE(ID, 0x8000, RO, 0x314f4956, "reads 'VIO1'")                                                                    \
    ONE(STATUS, 0x8004, RO, 0, "bit 0: the uplink is up; [23:16] VFs")                                                 \
    ONE(ICR, 0x8008, RC, 0, "causes: bit 0 link change, 1 a VF was reset, 2 a function needs a reset, 3 a VF asks")    \
    ONE(SWITCH, 0x8028, RW, 0, "bit 0: local loopback; bit 8: default vport valid, [22:16] its number")                \
    ONE(MAX_FRAME, 0x802c, RW, 1518, "longest frame with its FCS, without a tag")                                      \
    MANY(VPORT, 0x8100, 4, 64, RW, 0, "vport of the switch: VIO_VPORT_*")                                              \
    MANY(PORT_VLAN, 0x8200, 4, 64, RW, 0, "vport: bit 30 insert and remove silently, [15:0] tag")                      \
    MANY(MAC_LO, 0x9000, 8, 128, RW, 0, "address i, bytes 0-3; latched by the write of MAC_HI")                        \
    MANY(MAC_HI, 0x9004, 8, 128, RW, 0, "address i: [15:0] bytes 4, 5; [22:16] its vport; bit 31 valid")               \
    MANY(VLAN, 0x9800, 16, 64, RW, 0, "VLAN rule i: [11:0] VID, bit 31 valid; latches the vports")                     \
    MANY(VLAN_LO, 0x9804, 16, 64, RW, 0, "its vports 0-31")                                                            \
    MANY(VLAN_HI, 0x9808, 16, 64, RW, 0, "its vports 32-63")                                                           \
    MANY(GROUPS, 0x9c00, 4, 128, RW, 0, "multicast table, by bits 47:36 of the address")                               \
    MANY(MIRROR, 0x9e00, 4, 4, RW, 0, "mirror rule: bits 3:0 VIO_MIRROR_*, [13:8] where the copies go")                \
    MANY(MIRROR_VPORTS, 0x9e10, 4, 8, RW, 0, "mirrored vports 0-31 of rule i; 32-63 at i + 4")                         \
    MANY(MIRROR_VLANS, 0x9e40, 4, 8, RW, 0, "mirrored VLAN rules, likewise")

#define VIO__ONE(name, off, access, reset, sentence) enum { VIO_##name = (off) };
#define VIO__MANY(name, off, stride, count, access, reset, sentence) \
    enum { VIO_##name##_0 = (off) };                                 \
    static inline uint32_t VIO_##name(uint32_t i) { return (off) + (stride) * i; }
VIO_PF_REGISTERS(VIO__ONE, VIO__MANY)
VIO_VF_REGISTERS(VIO__ONE, VIO__MANY)
#undef VIO__ONE
#undef VIO__MANY

#define VIO_VALID 0x80000000u

/* ICR */
#define VIO_ICR_LINK 1u
#define VIO_ICR_RESET 2u
#define VIO_ICR_BROKEN 4u
#define VIO_ICR_CONTROL 8u

/* SWITCH */
#define VIO_SWITCH_LOOPBACK 1u
#define VIO_SWITCH_DEFAULT (1u << 8)
#define VIO_SWITCH_DEFAULT_SHIFT 16

/* VPORT */
#define VIO_VPORT_RX (1u << 0)
#define VIO_VPORT_TX (1u << 1)
#define VIO_VPORT_BROADCAST (1u << 2)
#define VIO_VPORT_UNTAGGED (1u << 3)
#define VIO_VPORT_MULTICAST (1u << 4) /* what the table matches */
#define VIO_VPORT_ALL_MULTICAST (1u << 5)
#define VIO_VPORT_VLAN_FILTER (1u << 7)
#define VIO_VPORT_MAC_SPOOF (1u << 8)
#define VIO_VPORT_VLAN_SPOOF (1u << 9)
#define VIO_VPORT_VLAN_INSERT 0x40000000u

/* MIRROR */
#define VIO_MIRROR_OF_VPORTS 1u
#define VIO_MIRROR_UPLINK_IN 2u
#define VIO_MIRROR_UPLINK_OUT 4u
#define VIO_MIRROR_OF_VLANS 8u
#define VIO_MIRROR_TO_SHIFT 8

#endif
