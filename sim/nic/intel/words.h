/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control words of the engine: what all chips of Intel's family have in one format, wherever their maps put it.
 *
 * A skin's map names for each of its registers the word that it is (struct intel_register); reading and writing it is then the
 * engine's (control/words.c). What chips say in registers of their own format is a member of struct intel_rules, which a skin's
 * decode sets before it calls the engine's verb. Names are those that the public drivers give the registers of both kinds.
 *
 * KEPT words keep what was written; all are 0 after a reset. LIVE ones are answered and obeyed where they belong.
 */
#ifndef VFSIM_NIC_INTEL_WORDS_H
#define VFSIM_NIC_INTEL_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* As many as the largest chip of the family has; a skin's limits say how many of them a chip has. */
enum {
    INTEL_POOLS = 64,
    INTEL_QUEUES = 128,
    INTEL_VF_QUEUES = 8,          /* of a VF, in the words that name their vectors */
    INTEL_ADDRESSES = 128,
    INTEL_VLANS = 64,
    INTEL_MIRRORS = 4,
    INTEL_TYPE_FILTERS = 8,
    INTEL_TUPLE_FILTERS = 128,
    INTEL_STAT_COUNTERS = 16,     /* of queues: RQSMR and TQSM say whose each is */
    INTEL_MAILBOX_WORDS = 16,
    INTEL_RING_DESCS = 4096,      /* hardware takes more; drivers do not */
};

#define INTEL_KEPT_WORDS(ONE, MANY)                                                                                   \
    ONE(IVAR_MISC, "vector of the PF's other causes")                                                                 \
    ONE(GPIE, "interrupts in general: auto-mask, low latency credits, delay of large receives")                       \
    ONE(RXCSUM, "receive checksum control")                                                                           \
    ONE(SYNQF, "TCP SYN filter: enable, queue, before the 5-tuple filters")                                           \
    ONE(IMIRVP, "low latency interrupt by VLAN priority")                                                             \
    ONE(LLITHRESH, "low latency interrupts only of frames shorter than this")                                         \
    MANY(IVAR, INTEL_QUEUES / 2, "vectors of queues 2n (rx, tx) and 2n+1 (rx, tx), a byte each, bit 7 valid")         \
    MANY(RQSMR, INTEL_QUEUES / 4, "statistics counter of 4 receive queues, a byte each")                              \
    MANY(TQSM, INTEL_QUEUES / 4, "statistics counter of 4 transmit queues, a byte each")                              \
    MANY(RETA, 32, "redirection table: queues of 4 hashes")                                                           \
    MANY(RSSRK, 10, "RSS random key, lowest byte first")                                                              \
    MANY(PSRTYPE, INTEL_POOLS, "of a pool: bits of a table entry that choose its queue, coalescing of TCP")           \
    MANY(MTA, 128, "multicast table: 4096 hash bits")                                                                 \
    MANY(UTA, 128, "unicast table: 4096 hash bits")                                                                   \
    MANY(VFTA, 128, "VLAN table: 4096 VIDs")                                                                          \
    MANY(RAL, INTEL_ADDRESSES, "receive address, bytes 0-3")                                                          \
    MANY(RAH, INTEL_ADDRESSES, "receive address, bytes 4-5 and AV (address valid)")                                   \
    MANY(MPSAR_LO, INTEL_ADDRESSES, "pools 0-31 of a receive address")                                                \
    MANY(MPSAR_HI, INTEL_ADDRESSES, "pools 32-63")                                                                    \
    MANY(VLVF, INTEL_VLANS, "VLAN entry: id in 11:0, enable in 31")                                                   \
    MANY(VLVFB, 2 * INTEL_VLANS, "pools of a VLAN entry, two words an entry")                                         \
    MANY(VMOLR, INTEL_POOLS, "what a pool accepts")                                                                   \
    MANY(VMVIR, INTEL_POOLS, "port VLAN of a pool")                                                                   \
    MANY(PFVFSPOOF, INTEL_POOLS / 8, "anti-spoof of 8 pools: MAC in 7:0, VLAN in 15:8")                               \
    MANY(VFRE, INTEL_POOLS / 32, "receive enable, one bit a pool")                                                    \
    MANY(VFTE, INTEL_POOLS / 32, "transmit enable, one bit a pool")                                                   \
    MANY(VMTXSW, INTEL_POOLS / 32, "a pool may send to itself, one bit a pool")                                       \
    MANY(PFFLP, INTEL_POOLS / 32, "a pool does not hear from the network what its own addresses sent")                \
    MANY(MRCTL, INTEL_MIRRORS, "mirror rule: what, and to which pool")                                                \
    MANY(VMRVLAN, 2 * INTEL_MIRRORS, "VLAN entries of a mirror rule, 0-31, then 32-63 of all rules")                  \
    MANY(VMRVM, 2 * INTEL_MIRRORS, "pools of a mirror rule, likewise")                                                \
    MANY(ETQF, INTEL_TYPE_FILTERS, "EtherType filter: type in 15:0, enable in 31")                                    \
    MANY(ETQS, INTEL_TYPE_FILTERS, "its queue, low latency interrupt")                                                \
    MANY(SAQF, INTEL_TUPLE_FILTERS, "5-tuple filter: source address (IPv4, as on the wire)")                          \
    MANY(DAQF, INTEL_TUPLE_FILTERS, "destination address")                                                            \
    MANY(SDPQF, INTEL_TUPLE_FILTERS, "source port (15:0) and destination port")                                       \
    MANY(FTQF, INTEL_TUPLE_FILTERS, "protocol, priority, pool, what is not compared, enable")                         \
    MANY(L34TIMIR, INTEL_TUPLE_FILTERS, "its queue, low latency interrupt")

#define INTEL_LIVE_WORDS(WORD)                                                                                        \
    WORD(EICR) WORD(EICS) WORD(EIMS) WORD(EIMC) WORD(EIAC) WORD(EIAM) WORD(FRTIMER) WORD(MBICR)                       \
    WORD(PFMAILBOX) WORD(PFMBMEM) WORD(RTTBCNRC) WORD(WQBR_RX) WORD(WQBR_TX) WORD(LMVM_RX) WORD(LMVM_TX) WORD(LVMMC_RX)\
    WORD(LVMMC_TX) WORD(CRCERRS) WORD(MPC) WORD(RLEC) WORD(GPRC) WORD(BPRC) WORD(MPRC) WORD(GPTC)                     \
    WORD(GORCL) WORD(GORCH) WORD(GOTCL) WORD(GOTCH) WORD(ROC) WORD(TPR) WORD(TPT) WORD(MPTC)                          \
    WORD(BPTC) WORD(SSVPC) WORD(QPRC) WORD(QBRC_L) WORD(QBRC_H) WORD(QPRDC) WORD(QPTC) WORD(QBTC_L)                   \
    WORD(QBTC_H) WORD(PVFGPRC) WORD(PVFGORC_LSB) WORD(PVFGORC_MSB) WORD(PVFMPRC) WORD(PVFGPTC) WORD(PVFGOTC_LSB) WORD(PVFGOTC_MSB)

#define ONE_(name, sentence) uint32_t name;
#define MANY_(name, count, sentence) uint32_t name[count];
struct intel_words { INTEL_KEPT_WORDS(ONE_, MANY_) };
#undef ONE_
#undef MANY_

#define ONE_(name, sentence) WORD_##name,
#define MANY_(name, count, sentence) WORD_##name,
#define LIVE_(name) WORD_##name,
enum intel_word { WORD_NONE, INTEL_KEPT_WORDS(ONE_, MANY_) INTEL_LIVE_WORDS(LIVE_) WORD_COUNT };
#undef ONE_
#undef MANY_
#undef LIVE_

/* Those of a VF: all live. */
enum intel_vf_word {
    VF_WORD_NONE, VF_WORD_RESET /* bit 26 */, VF_WORD_FRTIMER, VF_WORD_EICR, VF_WORD_EICS, VF_WORD_EIMS, VF_WORD_EIMC, VF_WORD_EIAC,
    VF_WORD_EIAM, VF_WORD_EITR, VF_WORD_IVAR, VF_WORD_IVAR_MISC, VF_WORD_MBMEM, VF_WORD_MAILBOX, VF_WORD_PSRTYPE, VF_WORD_GPRC,
    VF_WORD_GORC_LSB, VF_WORD_GORC_MSB, VF_WORD_MPRC, VF_WORD_GPTC, VF_WORD_GOTC_LSB, VF_WORD_GOTC_MSB,
};

/* How frames are spread over queues. */
enum intel_spread { INTEL_SPREAD_NOT, INTEL_SPREAD_ALL /* without pools: over all queues */, INTEL_SPREAD_POOLS };

/* What each chip says in registers of its own, from which its skin makes them: after a reset, when one is written, after a load. */
struct intel_rules {
    bool is_virtual;              /* there are pools; else the PF has queue 0 and everything goes there */
    bool replicates, loops_back;
    bool has_default;             /* pool `default_pool` takes what is nobody's */
    bool accepts_broadcast, takes_all_unicast, takes_all_multicast; /* the PF without pools; of the default pool with them */
    bool filters_vlans, filters_multicast; /* VFTA, MTA are asked */
    bool receives, transmits;
    bool holds_transmit;          /* no descriptor is fetched */
    bool drops_loopback;          /* what loops back ends when the receive packet buffer is full */
    bool coalesces_not;           /* large receives are forbidden */
    bool coalesces_acks;          /* a changed acknowledgement does not end a large receive */
    bool coalesces_data_only;     /* segments without payload are left alone */
    bool detects[2], detection_tells[2]; /* malice of drivers, of receive and of transmit; and the PF hears of it */
    bool pf_is_ready;             /* its driver says that its reset is over */
    bool four_queues;             /* a pool has 4 queues, else 2 */
    uint32_t default_pool, hash_shift /* of MTA and UTA: as eswitch.h's */, frame_max /* with FCS */;
    uint32_t tx_bytes_max;        /* of data requests under way */
    uint32_t rate_queue;          /* which transmit queue RTTBCNRC speaks of */
    uint32_t spread;              /* enum intel_spread */
    uint32_t hash_fields;         /* INTEL_MRQC_RSS_FIELD_* */
};

/* Other causes of the PF's: each chip has its own bits for them. */
enum intel_cause { INTEL_CAUSE_MAILBOX, INTEL_CAUSE_LINK };

/* ---- receive and transmit queues: the control words of a ring's block ---- */
#define INTEL_RXDCTL_ENABLE 0x02000000u
#define INTEL_RXDCTL_SWFLSH 0x04000000u
#define INTEL_RXDCTL_VME 0x40000000u /* strip the VLAN tag */
#define INTEL_SRRCTL_BSIZEPKT_SHIFT 10
#define INTEL_SRRCTL_BSIZEPKT_MASK 0x0000001Fu /* packet buffer in KB */
#define INTEL_SRRCTL_BSIZEHDR_MASK 0x00003F00u /* header buffer: in steps of 64 bytes from bit 8 on */
#define INTEL_SRRCTL_BSIZEHDR_SHIFT 2
#define INTEL_SRRCTL_DROP_EN 0x10000000u
#define INTEL_SRRCTL_DESCTYPE_ADV_ONEBUF 0x02000000u
#define INTEL_SRRCTL_DESCTYPE_SPLIT_ALWAYS 0x0A000000u /* what no header is found in, too */
#define INTEL_SRRCTL_DESCTYPE_MASK 0x0E000000u
#define INTEL_RSCCTL_RSCEN 0x00000001u
#define INTEL_RSCCTL_MAXDESC_SHIFT 2
#define INTEL_RSCCTL_MAXDESC_MASK 0x0000000Cu
#define INTEL_TXDCTL_ENABLE 0x02000000u
#define INTEL_TXDCTL_SWFLSH 0x04000000u
#define INTEL_TXDCTL_PTHRESH_MASK 0x0000007Fu
#define INTEL_TXDCTL_HTHRESH_SHIFT 8
#define INTEL_TXDCTL_HTHRESH_MASK 0x00007F00u
#define INTEL_TXDCTL_WTHRESH_SHIFT 16
#define INTEL_TXDCTL_WTHRESH_MASK 0x007F0000u
#define INTEL_TDWBAL_HEAD_WB_ENABLE 0x00000001u
#define INTEL_RTTBCNRC_RS_ENA 0x80000000u
#define INTEL_RTTBCNRC_RF_INT_SHIFT 14
#define INTEL_RTTBCNRC_RF_MASK 0x0FFFFFFFu
#define INTEL_PSRTYPE_TCPHDR 0x00000010u
#define INTEL_PSRTYPE_RQPL_SHIFT 29 /* bits of a redirection entry that choose a queue of the pool */
#define INTEL_RXCSUM_PCSD 0x00002000u

/* ---- interrupts ---- */
#define INTEL_EICR_OTHER 0x3FFF0000u
#define INTEL_EITR_LLI_MOD 0x00008000u /* low latency interrupts need a credit */
#define INTEL_EITR_LLI_CREDIT_SHIFT 16
#define INTEL_EITR_LLI_CREDIT_MASK 0x001F0000u
#define INTEL_EITR_CNT_WDIS 0x80000000u
#define INTEL_IVAR_ALLOC_VAL 0x80u
#define INTEL_GPIE_OCD 0x00000020u   /* reading EICR clears bits 29:16 only */
#define INTEL_GPIE_EIMEN 0x00000040u /* a cause set by EICS does not wait for the throttle */
#define INTEL_GPIE_LLI_SHIFT 7       /* low latency credits: one more every (n + 1) times 4 us */
#define INTEL_GPIE_LLI_MASK 0x00000780u
#define INTEL_GPIE_RSC_DELAY_SHIFT 11
#define INTEL_GPIE_RSC_DELAY_MASK 0x00003800u
#define INTEL_GPIE_EIAME 0x40000000u

/* ---- the switch ---- */
#define INTEL_RAH_AV 0x80000000u
#define INTEL_VMOLR_UPE 0x00400000u /* unicast promiscuous (X550 and later chips) */
#define INTEL_VMOLR_AUPE 0x01000000u /* accept untagged */
#define INTEL_VMOLR_ROMPE 0x02000000u /* accept matches of the multicast table */
#define INTEL_VMOLR_ROPE 0x04000000u /* accept matches of the unicast table */
#define INTEL_VMOLR_BAM 0x08000000u /* accept broadcast */
#define INTEL_VMOLR_MPE 0x10000000u /* multicast promiscuous */
#define INTEL_MRCTL_VPME 0x00000001u /* what the pools of VMRVM receive */
#define INTEL_MRCTL_UPME 0x00000002u /* what comes from the network */
#define INTEL_MRCTL_DPME 0x00000004u /* what goes to the network */
#define INTEL_MRCTL_VLME 0x00000008u /* what is in the VLANs of VMRVLAN */
#define INTEL_MRCTL_POOL_SHIFT 8
#define INTEL_MRCTL_POOL_MASK 0x00003F00u
#define INTEL_VLVF_VIEN 0x80000000u
#define INTEL_VLVF_VLANID_MASK 0x00000FFFu
#define INTEL_VMVIR_VLANA_DEFAULT 0x40000000u /* always use the default VLAN */
#define INTEL_VMVIR_VLANA_NEVER 0x80000000u
#define INTEL_VMVIR_VLANA_MASK 0xC0000000u
#define INTEL_SPOOF_VLANAS_SHIFT 8

/* ---- which queue: hashes and filters ---- */
#define INTEL_MRQC_RSS_FIELD_IPV4_TCP 0x00010000u
#define INTEL_MRQC_RSS_FIELD_IPV4 0x00020000u
#define INTEL_MRQC_RSS_FIELD_IPV6 0x00100000u
#define INTEL_MRQC_RSS_FIELD_IPV6_TCP 0x00200000u
#define INTEL_MRQC_RSS_FIELD_IPV4_UDP 0x00400000u
#define INTEL_MRQC_RSS_FIELD_IPV6_UDP 0x00800000u
#define INTEL_ETQF_ETHERTYPE 0x0000FFFFu
#define INTEL_ETQF_UP_SHIFT 16
#define INTEL_ETQF_UP 0x00070000u
#define INTEL_ETQF_UP_EN 0x00080000u
#define INTEL_ETQF_POOL_SHIFT 20
#define INTEL_ETQF_POOL_MASK 0x03F00000u
#define INTEL_ETQF_POOL_ENABLE 0x04000000u
#define INTEL_ETQF_FILTER_EN 0x80000000u
#define INTEL_ETQS_RX_QUEUE_SHIFT 16
#define INTEL_ETQS_LLI 0x20000000u
#define INTEL_ETQS_QUEUE_EN 0x80000000u
#define INTEL_SYN_FILTER_ENABLE 0x00000001u
#define INTEL_SYN_FILTER_QUEUE_SHIFT 1
#define INTEL_SYN_FILTER_SYNQFP 0x80000000u
#define INTEL_FTQF_PROTOCOL_MASK 0x00000003u
#define INTEL_FTQF_PROTOCOL_TCP 0u
#define INTEL_FTQF_PROTOCOL_UDP 1u
#define INTEL_FTQF_PROTOCOL_SCTP 2u
#define INTEL_FTQF_PROTOCOL_OTHER 3u
#define INTEL_FTQF_PRIORITY_SHIFT 2
#define INTEL_FTQF_PRIORITY_MASK 0x00000007u
#define INTEL_FTQF_POOL_SHIFT 8
#define INTEL_FTQF_POOL_MASK 0x0000003Fu
#define INTEL_FTQF_5TUPLE_MASK_SHIFT 25 /* bits: what is not compared */
#define INTEL_FTQF_5TUPLE_MASK_MASK 0x0000001Fu
#define INTEL_FTQF_NO_SOURCE_ADDR 0x01u
#define INTEL_FTQF_NO_DEST_ADDR 0x02u
#define INTEL_FTQF_NO_SOURCE_PORT 0x04u
#define INTEL_FTQF_NO_DEST_PORT 0x08u
#define INTEL_FTQF_NO_PROTOCOL 0x10u
#define INTEL_FTQF_POOL_MASK_EN 0x40000000u /* the pool is not compared */
#define INTEL_FTQF_QUEUE_ENABLE 0x80000000u
#define INTEL_L34T_IMIR_SIZE_BP 0x00001000u /* frames of any size */
#define INTEL_L34T_IMIR_LLI 0x00100000u
#define INTEL_L34T_IMIR_QUEUE_SHIFT 21
#define INTEL_IMIRVP_PRIORITY_MASK 0x00000007u
#define INTEL_IMIRVP_PRIORITY_EN 0x00000008u
#define INTEL_LLITHRESH_MASK 0x00000FFFu

/* ---- a VF: mailbox, reset ---- */
#define INTEL_CTRL_RST 0x04000000u /* VF_WORD_RESET */
#define INTEL_VFMAILBOX_REQ 0x00000001u /* VF: message for the PF */
#define INTEL_VFMAILBOX_ACK 0x00000002u /* VF: PF's message read */
#define INTEL_VFMAILBOX_VFU 0x00000004u /* VF owns the memory */
#define INTEL_VFMAILBOX_PFU 0x00000008u /* PF owns the memory */
#define INTEL_VFMAILBOX_PFSTS 0x00000010u /* message from the PF; cleared by reading */
#define INTEL_VFMAILBOX_PFACK 0x00000020u /* PF read ours; cleared by reading */
#define INTEL_VFMAILBOX_RSTI 0x00000040u /* PF reset in progress */
#define INTEL_VFMAILBOX_RSTD 0x00000080u /* reset done; cleared by reading */
#define INTEL_VFMAILBOX_R2C_BITS 0x000000B0u
#define INTEL_PFMAILBOX_STS 0x00000001u
#define INTEL_PFMAILBOX_ACK 0x00000002u
#define INTEL_PFMAILBOX_VFU 0x00000004u
#define INTEL_PFMAILBOX_PFU 0x00000008u
#define INTEL_PFMAILBOX_RVFU 0x00000010u /* take the memory away from the VF */

#endif
