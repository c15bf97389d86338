/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors of the 57712 (bnx2x, E2) and the rings they stand in, for chip, PF driver and plugin alike.
 *
 * Rings are chains of 4 KB pages. The last entry of a page says where the next page is (Rx BD and SGE pages keep two entries
 * for it, Tx and completion pages one); the last page names the first. Positions are 16 bits that run freely and count the link
 * entries, too, so that a position's low bits are the place in its page. "Producer" is the position behind the last entry that is
 * filled; a ring whose producer and consumer are equal is empty.
 *
 *   Tx BD    16 B  start BD, parsing BD, then data BDs; the start BD says how many (links not counted)
 *   Rx BD     8 B  the address of a buffer
 *   SGE       8 B  the address of a 4 KB buffer; named in completions by its position, as if the ring were an array
 *   CQE      32 B  written by the chip: one for each frame; two (start, end) for frames that were aggregated
 *
 * [bnx2x_plugin_hsi.h, bnx2x_vfpf_if.h of vmkdrivers ba19195; Linux bnx2x_hsi.h] All little endian. Needs only <stdint.h>.
 */
#ifndef VFSIM_NIC_57712_DESC_H
#define VFSIM_NIC_57712_DESC_H

#include <stdint.h>

enum {
    E2_PAGE_BYTES = 4096,
    E2_TX_PAGE = 256, E2_TX_LINKS = 1,   /* entries of a page, and how many of them make the link */
    E2_RX_PAGE = 512, E2_RX_LINKS = 2,
    E2_CQE_PAGE = 128, E2_CQE_LINKS = 1,
    E2_SGE_PAGE = 512, E2_SGE_LINKS = 2,
};

/* Address of the next page; first bytes of each link. */
struct e2_link {
    uint32_t lo, hi;
};

/* ---- transmit ---- */

struct e2_tx_start {
    uint32_t lo, hi;
    uint16_t nbd;      /* BDs of the frame: this one, the parsing BD, data BDs */
    uint16_t bytes;
    uint16_t vlan;     /* tag to insert, or the frame's EtherType */
    uint8_t flags;
    uint8_t general;
};

#define E2_TX_IP_CSUM (1u << 0)
#define E2_TX_L4_CSUM (1u << 1)
#define E2_TX_VLAN_SHIFT 2
#define E2_TX_VLAN_MASK (3u << E2_TX_VLAN_SHIFT)
#define E2_TX_VLAN_OUTBAND (1u << E2_TX_VLAN_SHIFT) /* insert `vlan` */
#define E2_TX_VLAN_INBAND (2u << E2_TX_VLAN_SHIFT)  /* the frame has its tag already */
#define E2_TX_START (1u << 4)
#define E2_TX_IS_UDP (1u << 5)
#define E2_TX_LSO (1u << 6)
#define E2_TX_IPV6 (1u << 7)

#define E2_TX_HDR_NBDS_MASK 0x3fu /* of `general` */
#define E2_TX_ADDRESS_SHIFT 6     /* destination: 1 unicast, 2 multicast, 3 broadcast */
enum { E2_TX_UNICAST = 1, E2_TX_MULTICAST = 2, E2_TX_BROADCAST = 3 };

/* Each pair of bytes of an address is a number: hi has bytes 0 and 1, the first in its upper half. */
struct e2_tx_parse {
    uint16_t dst_lo, dst_mid, dst_hi;
    uint16_t src_lo, src_mid, src_hi;
    uint32_t data;
};
#define E2_PARSE_L4_START_MASK 0x1fffu /* of layer 4, in 16-bit words from the start of the frame */
#define E2_PARSE_L4_LEN_SHIFT 13       /* of its header, in 32-bit words */
#define E2_PARSE_L4_LEN_MASK (0xfu << E2_PARSE_L4_LEN_SHIFT)
#define E2_PARSE_MSS_SHIFT 17
#define E2_PARSE_MSS_MASK (0x3fffu << E2_PARSE_MSS_SHIFT)
#define E2_PARSE_IPV6_EXT (1u << 31)

struct e2_tx_data {
    uint32_t lo, hi;
    uint16_t total; /* bytes of the frame, in its first data BD */
    uint16_t bytes;
    uint8_t reserved[4];
};

union e2_tx_bd {
    struct e2_tx_start start;
    struct e2_tx_parse parse;
    struct e2_tx_data data;
    struct e2_link link;
};
_Static_assert(sizeof(union e2_tx_bd) * E2_TX_PAGE == E2_PAGE_BYTES, "16 bytes");

enum {
    E2_TX_BDS_MAX = 13,     /* of a frame that is not segmented [MAX_FETCH_BD] */
    E2_TX_LSO_WINDOW = 10,  /* any so many data BDs in a row have a segment's payload [bnx2x_pkt_req_lin: MAX_FETCH_BD less 3] */
    E2_TX_LSO_BDS_MAX = 62, /* what the chip holds of one frame [assumed] */
};

/* ---- receive ---- */

struct e2_rx_bd {
    uint32_t lo, hi;
};

struct e2_cqe {
    uint8_t type;
    uint8_t status;
    uint8_t padding;    /* bytes before the frame in its buffer */
    uint8_t queue;      /* of the aggregation */
    uint32_t rss_hash;
    uint16_t vlan;
    uint16_t bytes;     /* of the frame, or the aggregation */
    uint16_t bd_bytes;  /* of them in the BD's buffer */
    uint16_t parsed;
    uint16_t sge[8];    /* positions of the SGEs that hold the rest */
};
_Static_assert(sizeof(struct e2_cqe) * E2_CQE_PAGE == E2_PAGE_BYTES, "32 bytes");

#define E2_CQE_RAMROD (1u << 0)
#define E2_CQE_PHY_ERROR (1u << 1)
#define E2_CQE_IP_BAD (1u << 2)
#define E2_CQE_L4_BAD (1u << 3)
#define E2_CQE_START (1u << 4) /* both of START and END: a frame that was not aggregated */
#define E2_CQE_END (1u << 5)

#define E2_CQE_HASH_TYPE_MASK 7u /* of `status`; numbered as vmxnet3's */
#define E2_CQE_HASHED (1u << 3)
#define E2_CQE_IS_BROADCAST (1u << 4)
#define E2_CQE_MAC_MATCH (1u << 5)
#define E2_CQE_IP_NOT_CHECKED (1u << 6)
#define E2_CQE_L4_NOT_CHECKED (1u << 7)

#define E2_PARSED_MULTICAST (1u << 0)
#define E2_PARSED_VLAN (1u << 1)
#define E2_PARSED_ETH_SHIFT 3 /* 0 unknown, 1 IPv4, 2 IPv6 */
#define E2_PARSED_ETH_MASK (3u << E2_PARSED_ETH_SHIFT)
#define E2_PARSED_IP_OPTIONS (1u << 5)
#define E2_PARSED_FRAGMENT (1u << 6)
#define E2_PARSED_L4_SHIFT 7 /* 0 unknown, 1 TCP, 2 UDP */
#define E2_PARSED_L4_MASK (3u << E2_PARSED_L4_SHIFT)
#define E2_PARSED_PURE_ACK (1u << 9)
#define E2_PARSED_TCP_OPTIONS (1u << 10)
#define E2_PARSED_TIMESTAMP (1u << 11)
enum { E2_PARSED_IPV4 = 1, E2_PARSED_IPV6 = 2, E2_PARSED_TCP = 1, E2_PARSED_UDP = 2 };

enum {
    E2_RX_PADDING = 2,        /* IP headers lie on 4 bytes [IP_HEADER_ALIGNMENT_PADDING] */
    E2_SGES_MAX = 8,          /* of a frame or an aggregation */
    E2_SGE_BYTES = 4096,
    E2_TPA_QUEUES = 8,        /* aggregations that a queue has open at once [ETH_MAX_AGG_QUEUES] */
    E2_TPA_BYTES = 32768,     /* E2_SGES_MAX of them [bnx2x_esx.c tpa_agg_sz] */
};

/* ---- status block: written by the chip, read by whoever is interrupted ---- */

enum { E2_SB_INDICES = 8, E2_SB_RX = 1, E2_SB_TX = 5, E2_SB_SEGMENTS = 2 };

struct e2_status_block {
    uint16_t index[E2_SB_INDICES];     /* E2_SB_RX: completions written; E2_SB_TX: frames sent */
    uint16_t running[E2_SB_SEGMENTS];  /* which writing of the block this is; the same in both */
    uint32_t reserved;
};
_Static_assert(sizeof(struct e2_status_block) == 24, "host_hc_status_block_e2");

/* ---- what a queue's memory looks like, as PF driver and plugin agree [bnx2x_vfpf_if.h] ---- */

enum {
    E2_SGE_COUNT = 128,    /* of the descriptors of a receive ring so many are SGEs, the rest BDs */
    E2_RING_MIN = 2 * E2_SGE_COUNT, /* descriptors of a receive ring: with fewer there are hardly BDs */
    E2_TX_MIN = 32,
    E2_VF_QUEUES_MAX = 8,
};

/* Pages that `n` entries of rings need, as the plugin counts (links are not added: a page holds that many fewer). */
static inline uint32_t e2_tx_pages(uint32_t n) { return (n + E2_TX_PAGE - 1) / E2_TX_PAGE; }
static inline uint32_t e2_rx_pages(uint32_t n) { return (n - E2_SGE_COUNT + E2_RX_PAGE - 1) / E2_RX_PAGE; }
static inline uint32_t e2_cqe_pages(uint32_t n) { return (n + E2_CQE_PAGE - 1) / E2_CQE_PAGE; }
enum { E2_SGE_PAGES = 1 };
_Static_assert(E2_SGE_COUNT <= E2_SGE_PAGE - E2_SGE_LINKS, "one page");

/* Offsets in the memory of a receive ring: BDs, completions, SGEs; of a transmit ring: BDs, status block, the plugin's own. */
static inline uint32_t e2_cqe_offset(uint32_t n) { return e2_rx_pages(n) * E2_PAGE_BYTES; }
static inline uint32_t e2_sge_offset(uint32_t n) { return e2_cqe_offset(n) + e2_cqe_pages(n) * E2_PAGE_BYTES; }
static inline uint32_t e2_sb_offset(uint32_t n) { return e2_tx_pages(n) * E2_PAGE_BYTES; }
static inline uint32_t e2_ids_offset(uint32_t n) { return e2_sb_offset(n) + (uint32_t)sizeof(struct e2_status_block); }

/* deviceInfo [struct bnx2x_plugin_device_info] */
struct e2_device_info {
    struct {
        uint8_t igu; /* number of the status block, to acknowledge it by */
        uint8_t zone;
    } sb[E2_VF_QUEUES_MAX];
    uint8_t zone[E2_VF_QUEUES_MAX]; /* of a receive queue's producers */
    uint32_t chip_id;
    uint8_t pf;
    uint8_t flags;
    uint16_t zero;
};
#define E2_INFO_NO_TPA 1u    /* no SGEs, no aggregations */
#define E2_INFO_SHARED_SB 2u /* receive and transmit share a status block's running index */
_Static_assert(sizeof(struct e2_device_info) == 32, "of 128 bytes there are");

/* The shared region [struct bnx2x_vf_plugin_stats]: the plugin counts, the PF driver reads. */
struct e2_shared {
    struct {
        uint64_t lro_bytes, lro_frames;
        uint32_t rx_errors, checksum_errors;
    } rx[E2_VF_QUEUES_MAX];
    struct {
        uint64_t tso_bytes, tso_frames;
    } tx[E2_VF_QUEUES_MAX];
};
_Static_assert(sizeof(struct e2_shared) == 320, "8 + 8 queues");

#endif
