/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The advanced descriptors of Intel's NICs: 16 bytes, little endian, as masks and shifts [82599 7.1.6, 7.2.3.2].
 *
 * Field names are the public ones of ixgbe_type.h. Guest drivers include this header: it needs nothing but <stdint.h>.
 */
#ifndef VFSIM_NIC_INTEL_DESC_H
#define VFSIM_NIC_INTEL_DESC_H

#include <stdint.h>

union ixgbe_adv_tx_desc {
    struct {
        uint64_t buffer_addr;
        uint32_t cmd_type_len; /* DTALEN 15:0, DTYP 23:20, DCMD 31:24 */
        uint32_t olinfo_status; /* STA 3:0, IDX 6:4, CC 7, POPTS 13:8, PAYLEN 31:14 */
    } read;
    struct {
        uint64_t rsvd;
        uint32_t nxtseq_seed;
        uint32_t status; /* bit 0: DD */
    } wb;
};

struct ixgbe_adv_tx_context_desc {
    uint32_t vlan_macip_lens; /* IPLEN 8:0, MACLEN 15:9, VLAN 31:16 */
    uint32_t seqnum_seed;
    uint32_t type_tucmd_mlhl; /* TUCMD 19:9, DTYP 23:20, DEXT 29 */
    uint32_t mss_l4len_idx;   /* IDX 6:4, L4LEN 15:8, MSS 31:16 */
};

union ixgbe_adv_rx_desc {
    struct {
        uint64_t pkt_addr;
        uint64_t hdr_addr; /* bit 0 (DD of the write-back) must be 0 when posted */
    } read;
    struct {
        uint32_t pkt_info; /* RSS type 3:0, packet type 16:4, header length 30:21, SPH 31 */
        uint32_t rss;
        uint32_t status_error; /* extended status 19:0, extended error 31:20 */
        uint16_t length;       /* bytes in this buffer */
        uint16_t vlan;         /* TCI of the stripped tag, valid with VP */
    } wb;
};

_Static_assert(sizeof(union ixgbe_adv_tx_desc) == 16, "[82599 7.2.3.2.4]");
_Static_assert(sizeof(struct ixgbe_adv_tx_context_desc) == 16, "[82599 7.2.3.2.3]");
_Static_assert(sizeof(union ixgbe_adv_rx_desc) == 16, "[82599 7.1.6.1]");

/* ---- transmit: cmd_type_len and type_tucmd_mlhl ---- */
#define IXGBE_ADVTXD_DTALEN_MASK 0x0000FFFFu
#define IXGBE_ADVTXD_DTYP_MASK 0x00F00000u
#define IXGBE_ADVTXD_DTYP_CTXT 0x00200000u
#define IXGBE_ADVTXD_DTYP_DATA 0x00300000u
#define IXGBE_ADVTXD_DCMD_EOP 0x01000000u
#define IXGBE_ADVTXD_DCMD_IFCS 0x02000000u
#define IXGBE_ADVTXD_DCMD_RS 0x08000000u
#define IXGBE_ADVTXD_DCMD_DEXT 0x20000000u
#define IXGBE_ADVTXD_DCMD_VLE 0x40000000u
#define IXGBE_ADVTXD_DCMD_TSE 0x80000000u
#define IXGBE_ADVTXD_TUCMD_IPV4 0x00000400u
#define IXGBE_ADVTXD_TUCMD_IPV6 0x00000000u
#define IXGBE_ADVTXD_TUCMD_L4T_UDP 0x00000000u
#define IXGBE_ADVTXD_TUCMD_L4T_TCP 0x00000800u
#define IXGBE_ADVTXD_TUCMD_L4T_SCTP 0x00001000u
#define IXGBE_ADVTXD_TUCMD_L4T_MASK 0x00001800u

/* olinfo_status */
#define IXGBE_TXD_STAT_DD 0x00000001u
#define IXGBE_ADVTXD_STAT_DD IXGBE_TXD_STAT_DD
#define IXGBE_ADVTXD_IDX_SHIFT 4
#define IXGBE_ADVTXD_IDX_MASK 0x00000070u
#define IXGBE_ADVTXD_CC 0x00000080u
#define IXGBE_TXD_POPTS_IXSM 0x01u
#define IXGBE_TXD_POPTS_TXSM 0x02u
#define IXGBE_ADVTXD_POPTS_SHIFT 8
#define IXGBE_ADVTXD_POPTS_IXSM (IXGBE_TXD_POPTS_IXSM << IXGBE_ADVTXD_POPTS_SHIFT)
#define IXGBE_ADVTXD_POPTS_TXSM (IXGBE_TXD_POPTS_TXSM << IXGBE_ADVTXD_POPTS_SHIFT)
#define IXGBE_ADVTXD_PAYLEN_SHIFT 14

/* context: vlan_macip_lens and mss_l4len_idx */
#define IXGBE_ADVTXD_IPLEN_MASK 0x000001FFu
#define IXGBE_ADVTXD_MACLEN_SHIFT 9
#define IXGBE_ADVTXD_MACLEN_MASK 0x0000FE00u
#define IXGBE_ADVTXD_VLAN_SHIFT 16
#define IXGBE_ADVTXD_L4LEN_SHIFT 8
#define IXGBE_ADVTXD_L4LEN_MASK 0x0000FF00u
#define IXGBE_ADVTXD_MSS_SHIFT 16

/* ---- receive: status_error ---- */
#define IXGBE_RXD_STAT_DD 0x00000001u
#define IXGBE_RXD_STAT_EOP 0x00000002u
#define IXGBE_RXD_STAT_FLM 0x00000004u
#define IXGBE_RXD_STAT_VP 0x00000008u
#define IXGBE_RXD_STAT_UDPCS 0x00000010u
#define IXGBE_RXD_STAT_L4CS 0x00000020u
#define IXGBE_RXD_STAT_IPCS 0x00000040u
#define IXGBE_RXD_STAT_PIF 0x00000080u /* passed an inexact filter only */
#define IXGBE_RXD_STAT_UDPV 0x00000400u
#define IXGBE_RXD_STAT_DYNINT 0x00000800u /* it asked for a low latency interrupt */
#define IXGBE_RXD_STAT_LB 0x00040000u /* came by local loopback */
#define IXGBE_RXDADV_ERR_TCPE 0x40000000u /* TCP or UDP checksum wrong */
#define IXGBE_RXDADV_ERR_IPE 0x80000000u  /* IP checksum wrong */
#define IXGBE_RXDADV_ERR_LE 0x02000000u

/* receive: pkt_info */
#define IXGBE_RXDADV_RSSTYPE_MASK 0x0000000Fu
#define IXGBE_RXDADV_RSSTYPE_IPV4_TCP 1u
#define IXGBE_RXDADV_RSSTYPE_IPV4 2u
#define IXGBE_RXDADV_RSSTYPE_IPV6_TCP 3u
#define IXGBE_RXDADV_RSSTYPE_IPV6 5u
#define IXGBE_RXDADV_RSSTYPE_IPV4_UDP 7u
#define IXGBE_RXDADV_RSSTYPE_IPV6_UDP 8u
#define IXGBE_RXDADV_RSCCNT_SHIFT 17 /* segments of a large receive that begin in this buffer, 0: no such */
#define IXGBE_RXDADV_RSCCNT_MASK 0x001E0000u
#define IXGBE_RXDADV_NEXTP_SHIFT 4   /* in status_error without EOP: index of its next descriptor */
#define IXGBE_RXDADV_NEXTP_MASK 0x000FFFF0u
#define IXGBE_RXDADV_HDRBUFLEN_SHIFT 21 /* bytes in the header's buffer, or of the header where one was found */
#define IXGBE_RXDADV_HDRBUFLEN_MASK 0x7FE00000u
#define IXGBE_RXDADV_PKTTYPE_MASK 0x0000FFF0u
#define IXGBE_RXDADV_PKTTYPE_IPV4 0x00000010u
#define IXGBE_RXDADV_PKTTYPE_IPV4_EX 0x00000020u
#define IXGBE_RXDADV_PKTTYPE_IPV6 0x00000040u
#define IXGBE_RXDADV_PKTTYPE_IPV6_EX 0x00000080u
#define IXGBE_RXDADV_PKTTYPE_TCP 0x00000100u
#define IXGBE_RXDADV_PKTTYPE_UDP 0x00000200u
#define IXGBE_RXDADV_PKTTYPE_SCTP 0x00000400u

#endif
