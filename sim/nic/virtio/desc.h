/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What driver and device of a virtio network device share in memory: both kinds of rings, the header of a frame, commands.
 *
 * Names and layouts are those of OASIS virtio 1.2 (2.7 split, 2.8 packed virtqueues, 5.1 network device) and Linux' virtio_ring.h,
 * virtio_net.h, virtio_config.h; the administration command is that of 1.3 (2.13). All little endian. Needs only <stdint.h>.
 */
#ifndef VFSIM_NIC_VIRTIO_DESC_H
#define VFSIM_NIC_VIRTIO_DESC_H

#include <stdint.h>

/* ---- device_status ---- */
#define VIRTIO_STATUS_ACKNOWLEDGE 1u
#define VIRTIO_STATUS_DRIVER 2u
#define VIRTIO_STATUS_DRIVER_OK 4u
#define VIRTIO_STATUS_FEATURES_OK 8u
#define VIRTIO_STATUS_NEEDS_RESET 0x40u
#define VIRTIO_STATUS_FAILED 0x80u

/* ---- features: bit numbers ---- */
enum {
    VIRTIO_NET_F_CSUM = 0,
    VIRTIO_NET_F_GUEST_CSUM = 1,
    VIRTIO_NET_F_MTU = 3,
    VIRTIO_NET_F_MAC = 5,
    VIRTIO_NET_F_GUEST_TSO4 = 7,
    VIRTIO_NET_F_GUEST_TSO6 = 8,
    VIRTIO_NET_F_HOST_TSO4 = 11,
    VIRTIO_NET_F_HOST_TSO6 = 12,
    VIRTIO_NET_F_MRG_RXBUF = 15,
    VIRTIO_NET_F_STATUS = 16,
    VIRTIO_NET_F_CTRL_VQ = 17,
    VIRTIO_NET_F_CTRL_RX = 18,
    VIRTIO_NET_F_CTRL_VLAN = 19,
    VIRTIO_NET_F_MQ = 22,
    VIRTIO_NET_F_CTRL_MAC_ADDR = 23,
    VIRTIO_F_INDIRECT_DESC = 28,
    VIRTIO_F_EVENT_IDX = 29,
    VIRTIO_F_VERSION_1 = 32,
    VIRTIO_F_ACCESS_PLATFORM = 33,
    VIRTIO_F_RING_PACKED = 34,
    VIRTIO_F_SR_IOV = 37,
    VIRTIO_F_NOTIFICATION_DATA = 38,
    VIRTIO_F_ADMIN_VQ = 41,
    VIRTIO_NET_F_HASH_REPORT = 57,
    VIRTIO_NET_F_RSS = 60,
    VIRTIO_NET_F_SPEED_DUPLEX = 63,
};
#define VIRTIO_BIT(feature) (UINT64_C(1) << (feature))

/* ---- split virtqueue ---- */
struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};
#define VIRTQ_DESC_F_NEXT 1u
#define VIRTQ_DESC_F_WRITE 2u
#define VIRTQ_DESC_F_INDIRECT 4u
#define VIRTQ_AVAIL_F_NO_INTERRUPT 1u
#define VIRTQ_USED_F_NO_NOTIFY 1u

struct virtq_used_elem {
    uint32_t id, len;
};

/* Driver area: flags, idx, ring[size], used_event. Device area: flags, idx, ring[size], avail_event. */
enum { VIRTQ_FLAGS = 0, VIRTQ_IDX = 2, VIRTQ_RING = 4 };
static inline uint32_t virtq_avail_ring(uint32_t i) { return VIRTQ_RING + 2 * i; }
static inline uint32_t virtq_used_ring(uint32_t i) { return VIRTQ_RING + (uint32_t)sizeof(struct virtq_used_elem) * i; }
static inline uint32_t virtq_used_event(uint32_t size) { return virtq_avail_ring(size); }
static inline uint32_t virtq_avail_event(uint32_t size) { return virtq_used_ring(size); }

/* ---- packed virtqueue ---- */
struct pvirtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t id, flags;
};
#define VIRTQ_DESC_F_AVAIL (1u << 7)
#define VIRTQ_DESC_F_USED (1u << 15)

struct pvirtq_event_suppress {
    uint16_t desc, flags; /* desc: [14:0] offset, bit 15 wrap counter */
};
#define RING_EVENT_FLAGS_ENABLE 0u
#define RING_EVENT_FLAGS_DISABLE 1u
#define RING_EVENT_FLAGS_DESC 2u

_Static_assert(sizeof(struct virtq_desc) == 16 && sizeof(struct pvirtq_desc) == 16 && sizeof(struct pvirtq_event_suppress) == 4,
               "as the specification has them");

/* ---- header of a frame, in front of it in its first buffer ---- */
struct virtio_net_hdr {
    uint8_t flags, gso_type;
    uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
    uint32_t hash_value; /* this and the next two with HASH_REPORT only */
    uint16_t hash_report, padding_reserved;
};
enum { VIRTIO_NET_HDR_BYTES = 12, VIRTIO_NET_HDR_HASH_BYTES = 20 };
_Static_assert(sizeof(struct virtio_net_hdr) == VIRTIO_NET_HDR_HASH_BYTES, "with its hash");

#define VIRTIO_NET_HDR_F_NEEDS_CSUM 1u
#define VIRTIO_NET_HDR_F_DATA_VALID 2u
#define VIRTIO_NET_HDR_GSO_NONE 0u
#define VIRTIO_NET_HDR_GSO_TCPV4 1u
#define VIRTIO_NET_HDR_GSO_TCPV6 4u
#define VIRTIO_NET_HDR_GSO_ECN 0x80u

#define VIRTIO_NET_HASH_TYPE_IPv4 1u
#define VIRTIO_NET_HASH_TYPE_TCPv4 2u
#define VIRTIO_NET_HASH_TYPE_IPv6 8u
#define VIRTIO_NET_HASH_TYPE_TCPv6 16u
#define VIRTIO_NET_HASH_TYPES_ALL 0x1bu
enum { VIRTIO_NET_HASH_REPORT_NONE = 0, VIRTIO_NET_HASH_REPORT_IPv4 = 1, VIRTIO_NET_HASH_REPORT_TCPv4 = 2,
       VIRTIO_NET_HASH_REPORT_IPv6 = 4, VIRTIO_NET_HASH_REPORT_TCPv6 = 5 };

#define VIRTIO_NET_S_LINK_UP 1u

/* ---- commands of the control virtqueue: class, command, data; one byte comes back ---- */
enum { VIRTIO_NET_CTRL_RX = 0, VIRTIO_NET_CTRL_MAC = 1, VIRTIO_NET_CTRL_VLAN = 2, VIRTIO_NET_CTRL_MQ = 4 };
enum { VIRTIO_NET_CTRL_MAC_TABLE_SET = 0, VIRTIO_NET_CTRL_MAC_ADDR_SET = 1 };
enum { VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET = 0, VIRTIO_NET_CTRL_MQ_RSS_CONFIG = 1, VIRTIO_NET_CTRL_MQ_HASH_CONFIG = 2 };
enum { VIRTIO_NET_OK = 0, VIRTIO_NET_ERR = 1 };

/* ---- administration commands ---- */
struct virtio_admin_cmd_hdr {
    uint16_t opcode, group_type;
    uint8_t reserved1[12];
    uint64_t group_member_id; /* of SR-IOV: VFs are numbered from 1 */
};
struct virtio_admin_cmd_status {
    uint16_t status, status_qualifier;
    uint8_t reserved2[4];
};
enum { VIRTIO_ADMIN_GROUP_TYPE_SELF = 0, VIRTIO_ADMIN_GROUP_TYPE_SRIOV = 1 };
enum { VIRTIO_ADMIN_CMD_LIST_QUERY = 0, VIRTIO_ADMIN_CMD_LIST_USE = 1 };
enum { VIRTIO_ADMIN_STATUS_OK = 0, VIRTIO_ADMIN_STATUS_EAGAIN = 11, VIRTIO_ADMIN_STATUS_EINVAL = 22 };
enum {
    VIRTIO_ADMIN_STATUS_Q_OK = 0,
    VIRTIO_ADMIN_STATUS_Q_INVALID_COMMAND = 1,
    VIRTIO_ADMIN_STATUS_Q_INVALID_OPCODE = 2,
    VIRTIO_ADMIN_STATUS_Q_INVALID_FIELD = 3,
    VIRTIO_ADMIN_STATUS_Q_INVALID_GROUP = 4,
    VIRTIO_ADMIN_STATUS_Q_INVALID_MEMBER = 5,
};

/*
 * What the specification leaves to vendors, ours: a VF is provisioned (as `vdpa dev add … mac … max_vqp … mtu …` has it), told to
 * run, asked how it is; what its driver asks of its control virtqueue is handed to the PF's driver, who answers. Of a VF unless it
 * says otherwise.
 */
enum {
    VIO_ADMIN_PROVISION = 0x7f00, /* struct vio_provision; before its driver begins */
    VIO_ADMIN_RSS = 0x7f01,       /* struct vio_rss */
    VIO_ADMIN_RUN = 0x7f02,       /* a word, VIO_RUN_*: what its queues do from now on; what it has taken leaves */
    VIO_ADMIN_STATUS = 0x7f03,    /* answers struct vio_status */
    VIO_ADMIN_STATS = 0x7f04,     /* answers struct vports_counts */
    VIO_ADMIN_RX_FENCE = 0x7f05,  /* of itself: done when all that was steered to any function before is in memory */
    VIO_ADMIN_TX_FENCE = 0x7f06,  /* of itself: done when all that was taken from transmit queues before has left the chip */
    VIO_ADMIN_CONTROL = 0x7f07,   /* of itself: answers struct vio_control, the command that has waited longest */
    VIO_ADMIN_ANSWER = 0x7f08,    /* a word: VIRTIO_NET_OK or VIRTIO_NET_ERR, to the command that CONTROL gave */
};
#define VIO_RUN_RX 1u
#define VIO_RUN_TX 2u
#define VIO_RUN_LRO 4u /* it may make large receives, of a driver that has agreed to them */

struct vio_provision {
    uint64_t features; /* that may be offered, of those that the chip has */
    uint16_t pairs, mtu;
    uint8_t mac[6];
    uint8_t zero[6];
};
struct vio_rss {
    uint32_t types;     /* VIRTIO_NET_HASH_TYPE_* */
    uint32_t pairs;     /* that the table names, unless the driver has asked for fewer */
    uint8_t key[40];
    uint8_t table[128];
};
struct vio_status {
    uint32_t flags;     /* VIO_IS_* */
    uint32_t waiting;   /* frames that wait for buffers */
};
#define VIO_IS_BUSY 1u
#define VIO_IS_BROKEN 2u
#define VIO_IS_RUNNING 4u /* DRIVER_OK */
struct vio_control {
    uint32_t vf;        /* VIO_NOBODY: none waits */
    uint8_t class, command;
    uint16_t len;
    uint8_t data[112];
};
#define VIO_NOBODY 0xffffffffu

/* ---- what a plugin is told of its VF: where its capabilities say that the structures are [struct virtio_pci_cap] ---- */
struct vio_device_info {
    uint32_t common, notify, notify_multiplier, isr, device;
    uint32_t pairs, vectors;
};

#endif
