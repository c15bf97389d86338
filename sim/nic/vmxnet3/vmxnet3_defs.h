/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmxnet3 device on paper: registers, commands, shared memory and descriptors, as every vmxnet3 driver knows them.
 *
 * Names and layouts are the published ones [vmxnet3_defs.h and upt1_defs.h of Linux and of open-vm-tools].
 * Descriptors are masks over 32-bit words instead of bitfields, so that both sides read the same bits with every
 * compiler. All memory is little-endian. Freestanding: needs only <stdint.h>; a guest driver may include it.
 *
 * Rings: the producer of a ring hands an entry over by writing its generation bit last; the bit starts at
 * VMXNET3_INIT_GEN and flips each time the ring wraps. The device writes completions the same way.
 */
#ifndef VMXNET3_DEFS_H
#define VMXNET3_DEFS_H

#include <stdint.h>

#define VMXNET3_PCI_VENDOR 0x15adu
#define VMXNET3_PCI_DEVICE 0x07b0u

/* ---- registers, 32 bits each, 8-byte aligned ---- */

/* BAR 0: the data path; strides are 8 bytes a vector or queue */
#define VMXNET3_REG_IMR 0x0u      /* interrupt mask of vector i at + 8 i; bit 0: masked */
#define VMXNET3_REG_TXPROD 0x600u /* index behind the last tx descriptor of queue i at + 8 i */
#define VMXNET3_REG_RXPROD 0x800u /* the same of rx ring 1 */
#define VMXNET3_REG_RXPROD2 0xa00u /* of rx ring 2 */
#define VMXNET3_REG_ALIGN 8u
#define VMXNET3_PT_REG_SIZE 4096u /* BAR 0 */
#define VMXNET3_VD_REG_SIZE 4096u /* BAR 1 */

/* BAR 1: the control path */
#define VMXNET3_REG_VRRS 0x0u  /* reads: bit map of revisions; write the chosen one */
#define VMXNET3_REG_UVRS 0x8u  /* the same for UPT */
#define VMXNET3_REG_DSAL 0x10u /* address of Vmxnet3_DriverShared, low half; latched by the write of the high half */
#define VMXNET3_REG_DSAH 0x18u
#define VMXNET3_REG_CMD 0x20u  /* write a command, read its result */
#define VMXNET3_REG_MACL 0x28u /* bytes 0 … 3 of the current address */
#define VMXNET3_REG_MACH 0x30u /* bytes 4, 5; a write makes the address change */
#define VMXNET3_REG_ICR 0x38u  /* interrupt cause, INTx only; read clears */
#define VMXNET3_REG_ECR 0x40u  /* events; write 1 to clear; mirrored in DriverShared.ecr */

#define VMXNET3_REG_DCR 0x48u  /* revision 7: what the device can; written: what of that is wanted */
#define VMXNET3_REG_PTCR 0x88u /* revision 7: what of it passthrough can */

/* BAR 2: MSI-X, as this implementation lays it out */
#define VMXNET3_MSIX_BAR 2u
#define VMXNET3_MSIX_TABLE 0x0u
#define VMXNET3_MSIX_PBA 0x1000u
#define VMXNET3_MSIX_BAR_SIZE 8192u

#define VMXNET3_REV_MAX 7u /* of VRRS: revision N is bit N - 1 */

/* ---- capabilities, as bits of DCR and PTCR ---- */
#define VMXNET3_CAP_UDP_RSS (1u << 0)
#define VMXNET3_CAP_ESP_RSS_IPV4 (1u << 1)
#define VMXNET3_CAP_ESP_RSS_IPV6 (1u << 9)
#define VMXNET3_CAP_LARGE_BAR (1u << 16)
#define VMXNET3_DCR_ERROR (1u << 31) /* the register says nothing */

/* ---- commands ---- */
#define VMXNET3_CMD_FIRST_SET 0xcafe0000u
#define VMXNET3_CMD_ACTIVATE_DEV 0xcafe0000u
#define VMXNET3_CMD_QUIESCE_DEV 0xcafe0001u
#define VMXNET3_CMD_RESET_DEV 0xcafe0002u
#define VMXNET3_CMD_UPDATE_RX_MODE 0xcafe0003u
#define VMXNET3_CMD_UPDATE_MAC_FILTERS 0xcafe0004u
#define VMXNET3_CMD_UPDATE_VLAN_FILTERS 0xcafe0005u
#define VMXNET3_CMD_UPDATE_RSSIDT 0xcafe0006u
#define VMXNET3_CMD_UPDATE_IML 0xcafe0007u
#define VMXNET3_CMD_UPDATE_PMCFG 0xcafe0008u
#define VMXNET3_CMD_UPDATE_FEATURE 0xcafe0009u
#define VMXNET3_CMD_STOP_EMULATION 0xcafe000au /* RESERVED1 in Linux [open-vm-tools fc3879554] */
#define VMXNET3_CMD_LOAD_PLUGIN 0xcafe000bu
#define VMXNET3_CMD_ACTIVATE_VF 0xcafe000cu /* RESERVED2 in Linux */

#define VMXNET3_CMD_SET_COALESCE 0xcafe000eu         /* from revision 3: cmdInfo.varConf is a Vmxnet3_CoalesceScheme */
#define VMXNET3_CMD_REGISTER_MEMREGS 0xcafe000fu
#define VMXNET3_CMD_SET_RSS_FIELDS 0xcafe0010u       /* from revision 4: cmdInfo.setRssFields */
#define VMXNET3_CMD_SET_RING_BUFFER_SIZE 0xcafe0013u /* from revision 7: cmdInfo.ringBufSize */

#define VMXNET3_CMD_FIRST_GET 0xf00d0000u
#define VMXNET3_CMD_GET_QUEUE_STATUS 0xf00d0000u
#define VMXNET3_CMD_GET_STATS 0xf00d0001u
#define VMXNET3_CMD_GET_LINK 0xf00d0002u /* bit 0 up, [31:16] Mb/s */
#define VMXNET3_CMD_GET_PERM_MAC_LO 0xf00d0003u
#define VMXNET3_CMD_GET_PERM_MAC_HI 0xf00d0004u
#define VMXNET3_CMD_GET_DID_LO 0xf00d0005u
#define VMXNET3_CMD_GET_DID_HI 0xf00d0006u
#define VMXNET3_CMD_GET_DEV_EXTRA_INFO 0xf00d0007u
#define VMXNET3_CMD_GET_CONF_INTR 0xf00d0008u /* bits 1:0 vmxnet3_intr_type, 3:2 vmxnet3_intr_mask_mode */

#define VMXNET3_CMD_GET_TXDATA_DESC_SIZE 0xf00d000au /* from revision 3 */
#define VMXNET3_CMD_GET_COALESCE 0xf00d000bu         /* from revision 3: written to where cmdInfo.varConf says */
#define VMXNET3_CMD_GET_RSS_FIELDS 0xf00d000cu       /* from revision 4 */
#define VMXNET3_CMD_GET_MAX_QUEUES_CONF 0xf00d000fu  /* from revision 6: bits 7:0 transmit, 15:8 receive */
#define VMXNET3_CMD_GET_DCR0_REG 0xf00d0012u         /* from revision 7: what is in use */

#define VMXNET3_DID_PASSTHRU 0xffffu

/* ---- events (ECR and DriverShared.ecr) ---- */
#define VMXNET3_ECR_RQERR (1u << 0)
#define VMXNET3_ECR_TQERR (1u << 1)
#define VMXNET3_ECR_LINK (1u << 2)
#define VMXNET3_ECR_DIC (1u << 3) /* device implementation change */
#define VMXNET3_ECR_DEBUG (1u << 4)

/* ---- limits ---- */
#define VMXNET3_INIT_GEN 1u
#define VMXNET3_MAX_TX_QUEUES 8u
#define VMXNET3_MAX_RX_QUEUES 16u
#define VMXNET3_MAX_INTRS 25u
#define VMXNET3_MAX_TX_BUF_SIZE 16384u /* a length field of 0 says this */
#define VMXNET3_MAX_TXD_PER_PKT 16u    /* of a frame that is not segmented */
#define VMXNET3_MAX_RX_BUF_SIZE 16383u
#define VMXNET3_MIN_T0_BUF_SIZE 128u
#define VMXNET3_MAX_CSUM_OFFSET 1024u
#define VMXNET3_RING_BA_ALIGN 512u
#define VMXNET3_RING_SIZE_ALIGN 32u
#define VMXNET3_TX_RING_MAX_SIZE 4096u
#define VMXNET3_TC_RING_MAX_SIZE 4096u
#define VMXNET3_RX_RING_MAX_SIZE 4096u
#define VMXNET3_RX_RING2_MAX_SIZE 4096u
#define VMXNET3_RC_RING_MAX_SIZE 8192u
#define VMXNET3_QUEUE_DESC_ALIGN 128u
#define VMXNET3_MAX_MTU 9000u
#define VMXNET3_V6_MAX_MTU 9190u /* from revision 6 */
#define VMXNET3_MIN_MTU 60u
#define VMXNET3_HDR_COPY_SIZE 128u /* of a transmit data descriptor before revision 3 */
#define VMXNET3_TXDATA_DESC_MIN_SIZE 128u
#define VMXNET3_DATA_DESC_MAX_SIZE 2048u /* of either direction */
#define VMXNET3_DATA_DESC_SIZE_ALIGN 64u
#define VMXNET3_VFT_SIZE 128u /* words of a VLAN filter table */

/* ---- transmit descriptor ---- */
struct Vmxnet3_TxDesc {
    uint64_t addr;
    uint32_t dword2; /* VMXNET3_TXD_LEN_MASK, _GEN, _DTYPE, _MSSCOF */
    uint32_t dword3; /* VMXNET3_TXD_HLEN_MASK, _OM, _EOP, _CQ, _TI, _TCI */
};
/* dword 2 */
#define VMXNET3_TXD_LEN_MASK 0x3fffu
#define VMXNET3_TXD_GEN (1u << 14)
#define VMXNET3_TXD_OCO (1u << 15)
#define VMXNET3_TXD_DTYPE (1u << 16)
#define VMXNET3_TXD_EXT1 (1u << 17)
#define VMXNET3_TXD_MSSCOF_SHIFT 18 /* 14 bits: MSS (TSO) or offset of the checksum field in the frame (CSUM) */
/* dword 3; hlen, om, ti and tci count in a frame's first descriptor, eop and cq in its last */
#define VMXNET3_TXD_HLEN_MASK 0x3ffu /* all headers (TSO) or offset where the checksum starts (CSUM) */
#define VMXNET3_TXD_OM_SHIFT 10      /* 2 bits */
#define VMXNET3_TXD_EOP (1u << 12)
#define VMXNET3_TXD_CQ (1u << 13) /* completion wanted */
#define VMXNET3_TXD_EXT2 (1u << 14)
#define VMXNET3_TXD_TI (1u << 15) /* insert tci */
#define VMXNET3_TXD_TCI_SHIFT 16

#define VMXNET3_OM_NONE 0u
#define VMXNET3_OM_ENCAP 1u
#define VMXNET3_OM_CSUM 2u
#define VMXNET3_OM_TSO 3u

struct Vmxnet3_TxCompDesc {
    uint32_t dword0; /* VMXNET3_TCD_TXIDX_MASK: index of the frame's last descriptor */
    uint32_t ext2;
    uint32_t ext3;
    uint32_t dword3; /* VMXNET3_CD_TYPE, _GEN */
};
#define VMXNET3_TCD_TXIDX_MASK 0xfffu

/* dword 3 of both kinds of completion */
#define VMXNET3_CD_TYPE_SHIFT 24 /* 7 bits */
#define VMXNET3_CD_GEN (1u << 31)
#define VMXNET3_CDTYPE_TXCOMP 0u
#define VMXNET3_CDTYPE_RXCOMP 3u
#define VMXNET3_CDTYPE_RXCOMP_LRO 4u

/* ---- receive descriptor ---- */
struct Vmxnet3_RxDesc {
    uint64_t addr;
    uint32_t dword2;
    uint32_t ext1;
};
#define VMXNET3_RXD_LEN_MASK 0x3fffu
#define VMXNET3_RXD_BTYPE_BODY (1u << 14) /* set: only for bodies; clear: for heads */
#define VMXNET3_RXD_DTYPE (1u << 15)
#define VMXNET3_RXD_GEN (1u << 31)

struct Vmxnet3_RxCompDesc {
    uint32_t dword0;
    uint32_t rssHash;
    uint32_t dword2;
    uint32_t dword3;
};
/* dword 0 */
#define VMXNET3_RCD_RXDIDX_MASK 0xfffu
#define VMXNET3_RCD_EOP (1u << 14)
#define VMXNET3_RCD_SOP (1u << 15)
#define VMXNET3_RCD_RQID_SHIFT 16 /* 10 bits: queue i for its ring 1, numRxQueues + i for its ring 2 */
#define VMXNET3_RCD_RQID_MASK 0x3ffu
#define VMXNET3_RCD_RSSTYPE_SHIFT 26 /* 4 bits */
#define VMXNET3_RCD_CNC (1u << 30)   /* checksum not calculated */
/* dword 2 */
#define VMXNET3_RCD_LEN_MASK 0x3fffu /* bytes in this buffer */
#define VMXNET3_RCD_ERR (1u << 14)
#define VMXNET3_RCD_TS (1u << 15)    /* tag stripped */
#define VMXNET3_RCD_TCI_SHIFT 16
/* dword 3 */
#define VMXNET3_RCD_CSUM_MASK 0xffffu
#define VMXNET3_RCD_TUC (1u << 16) /* TCP/UDP checksum correct */
#define VMXNET3_RCD_UDP (1u << 17)
#define VMXNET3_RCD_TCP (1u << 18)
#define VMXNET3_RCD_IPC (1u << 19) /* IP checksum correct */
#define VMXNET3_RCD_V6 (1u << 20)
#define VMXNET3_RCD_V4 (1u << 21)
#define VMXNET3_RCD_FRG (1u << 22) /* IP fragment */
#define VMXNET3_RCD_FCS (1u << 23)

#define VMXNET3_RCD_RSS_TYPE_NONE 0u
#define VMXNET3_RCD_RSS_TYPE_IPV4 1u
#define VMXNET3_RCD_RSS_TYPE_TCPIPV4 2u
#define VMXNET3_RCD_RSS_TYPE_IPV6 3u
#define VMXNET3_RCD_RSS_TYPE_TCPIPV6 4u
#define VMXNET3_RCD_RSS_TYPE_UDPIPV4 5u
#define VMXNET3_RCD_RSS_TYPE_UDPIPV6 6u
#define VMXNET3_RCD_RSS_TYPE_ESPIPV4 7u
#define VMXNET3_RCD_RSS_TYPE_ESPIPV6 8u

/* Of a VMXNET3_CDTYPE_RXCOMP_LRO, from revision 2, of the frame's first completion: dword 1 is these, and MSS in place of csum. */
#define VMXNET3_RCD_LRO_SEGMENTS_MASK 0xffu
#define VMXNET3_RCD_LRO_DUP_ACKS_SHIFT 8
#define VMXNET3_RCD_LRO_TS_DELTA_SHIFT 16

/* ---- why a queue stopped (Vmxnet3_QueueStatus.error) ---- */
#define VMXNET3_ERR_NOEOP 0x80000000u
#define VMXNET3_ERR_TXD_REUSE 0x80000001u
#define VMXNET3_ERR_BIG_PKT 0x80000002u
#define VMXNET3_ERR_DESC_NOT_SPT 0x80000003u
#define VMXNET3_ERR_SMALL_BUF 0x80000004u
#define VMXNET3_ERR_STRESS 0x80000005u
#define VMXNET3_ERR_SWITCH 0x80000006u
#define VMXNET3_ERR_TXD_INVALID 0x80000007u

/* ---- UPT: features, statistics, RSS ---- */
#define UPT1_F_RXCSUM 0x1ull
#define UPT1_F_RSS 0x2ull
#define UPT1_F_RXVLAN 0x4ull
#define UPT1_F_LRO 0x8ull

#define UPT1_IML_NONE 0u
#define UPT1_IML_HIGHEST 7u
#define UPT1_IML_ADAPTIVE 8u

#define UPT1_RSS_HASH_TYPE_IPV4 0x1u
#define UPT1_RSS_HASH_TYPE_TCP_IPV4 0x2u
#define UPT1_RSS_HASH_TYPE_IPV6 0x4u
#define UPT1_RSS_HASH_TYPE_TCP_IPV6 0x8u
/* SET_RSS_FIELDS: what else than addresses is hashed */
#define VMXNET3_RSS_FIELDS_TCPIP4 0x01u
#define VMXNET3_RSS_FIELDS_TCPIP6 0x02u
#define VMXNET3_RSS_FIELDS_UDPIP4 0x04u
#define VMXNET3_RSS_FIELDS_UDPIP6 0x08u
#define VMXNET3_RSS_FIELDS_ESPIP4 0x10u
#define VMXNET3_RSS_FIELDS_ESPIP6 0x20u
#define UPT1_RSS_HASH_FUNC_NONE 0x0u
#define UPT1_RSS_HASH_FUNC_TOEPLITZ 0x1u
#define UPT1_RSS_MAX_KEY_SIZE 40
#define UPT1_RSS_MAX_IND_TABLE_SIZE 128

struct UPT1_TxStats {
    uint64_t TSOPktsTxOK, TSOBytesTxOK;
    uint64_t ucastPktsTxOK, ucastBytesTxOK;
    uint64_t mcastPktsTxOK, mcastBytesTxOK;
    uint64_t bcastPktsTxOK, bcastBytesTxOK;
    uint64_t pktsTxError, pktsTxDiscard;
};

struct UPT1_RxStats {
    uint64_t LROPktsRxOK, LROBytesRxOK;
    uint64_t ucastPktsRxOK, ucastBytesRxOK;
    uint64_t mcastPktsRxOK, mcastBytesRxOK;
    uint64_t bcastPktsRxOK, bcastBytesRxOK;
    uint64_t pktsRxOutOfBuf, pktsRxError;
};

struct UPT1_RSSConf { /* at rssConfDesc.confPA */
    uint16_t hashType, hashFunc, hashKeySize, indTableSize;
    uint8_t hashKey[UPT1_RSS_MAX_KEY_SIZE];
    uint8_t indTable[UPT1_RSS_MAX_IND_TABLE_SIZE];
};

/* ---- shared memory ---- */
#define VMXNET3_REV1_MAGIC 3133079265u

/* Vmxnet3_DriverInfo.gos: bits 1:0 gosBits, 5:2 gosType, 21:6 gosVer, 31:22 gosMisc */
#define VMXNET3_GOS_BITS_32 1u
#define VMXNET3_GOS_BITS_64 2u
#define VMXNET3_GOS_TYPE_SHIFT 2
#define VMXNET3_GOS_TYPE_LINUX 1u
#define VMXNET3_GOS_TYPE_WIN 2u
#define VMXNET3_GOS_VER_SHIFT 6

struct Vmxnet3_DriverInfo {
    uint32_t version;
    uint32_t gos;
    uint32_t vmxnet3RevSpt;
    uint32_t uptVerSpt;
};

struct Vmxnet3_MiscConf {
    struct Vmxnet3_DriverInfo driverInfo;
    uint64_t uptFeatures;  /* UPT1_F_* */
    uint64_t ddPA;
    uint64_t queueDescPA;  /* numTxQueues Vmxnet3_TxQueueDesc, then numRxQueues Vmxnet3_RxQueueDesc; 128-byte aligned */
    uint32_t ddLen;
    uint32_t queueDescLen; /* bytes of all of them */
    uint32_t mtu;
    uint16_t maxNumRxSG;   /* buffers a received frame may span */
    uint8_t numTxQueues;
    uint8_t numRxQueues;
    uint32_t reserved[4];
};

struct Vmxnet3_TxQueueConf {
    uint64_t txRingBasePA;
    uint64_t dataRingBasePA;
    uint64_t compRingBasePA;
    uint64_t ddPA;
    uint64_t reserved;
    uint32_t txRingSize; /* entries */
    uint32_t dataRingSize;
    uint32_t compRingSize;
    uint32_t ddLen;
    uint8_t intrIdx;
    uint8_t _pad1;
    uint16_t txDataRingDescSize;
    uint8_t _pad2[4];
};

struct Vmxnet3_RxQueueConf {
    uint64_t rxRingBasePA[2];
    uint64_t compRingBasePA;
    uint64_t ddPA;
    uint64_t rxDataRingBasePA;
    uint32_t rxRingSize[2];
    uint32_t compRingSize;
    uint32_t ddLen;
    uint8_t intrIdx;
    uint8_t _pad1;
    uint16_t rxDataRingDescSize;
    uint8_t _pad2[4];
};

struct Vmxnet3_QueueStatus { /* written by the device after a GET command and when it stops a queue */
    uint8_t stopped;
    uint8_t _pad[3];
    uint32_t error;
};

struct Vmxnet3_TxQueueCtrl {
    uint32_t txNumDeferred;
    uint32_t txThreshold;
    uint64_t reserved;
};

struct Vmxnet3_RxQueueCtrl {
    uint8_t updateRxProd; /* set by the device: it wants RXPROD written */
    uint8_t _pad[7];
    uint64_t reserved;
};

struct Vmxnet3_TxQueueDesc {
    struct Vmxnet3_TxQueueCtrl ctrl;
    struct Vmxnet3_TxQueueConf conf;
    struct Vmxnet3_QueueStatus status;
    struct UPT1_TxStats stats;
    uint8_t _pad[88];
};

struct Vmxnet3_RxQueueDesc {
    struct Vmxnet3_RxQueueCtrl ctrl;
    struct Vmxnet3_RxQueueConf conf;
    struct Vmxnet3_QueueStatus status;
    struct UPT1_RxStats stats;
    uint8_t _pad[88];
};

#define VMXNET3_IMM_AUTO 0u
#define VMXNET3_IMM_ACTIVE 1u
#define VMXNET3_IMM_LAZY 2u
#define VMXNET3_IT_AUTO 0u
#define VMXNET3_IT_INTX 1u
#define VMXNET3_IT_MSI 2u
#define VMXNET3_IT_MSIX 3u
#define VMXNET3_IC_DISABLE_ALL 0x1u /* intrCtrl: no interrupts at all */

struct Vmxnet3_IntrConf {
    uint8_t autoMask; /* the device masks a vector when it raises it */
    uint8_t numIntrs;
    uint8_t eventIntrIdx;
    uint8_t modLevels[VMXNET3_MAX_INTRS];
    uint32_t intrCtrl; /* looked at before each interrupt */
    uint32_t reserved[2];
};

#define VMXNET3_RXM_UCAST 0x01u
#define VMXNET3_RXM_MCAST 0x02u
#define VMXNET3_RXM_BCAST 0x04u
#define VMXNET3_RXM_ALL_MULTI 0x08u
#define VMXNET3_RXM_PROMISC 0x10u

struct Vmxnet3_RxFilterConf {
    uint32_t rxMode;
    uint16_t mfTableLen; /* bytes: 6 an address */
    uint16_t _pad1;
    uint64_t mfTablePA;
    uint32_t vfTable[VMXNET3_VFT_SIZE]; /* bit VID & 31 of word VID >> 5; all clear: no tagged frames */
};

struct Vmxnet3_VariableLenConfDesc {
    uint32_t confVer;
    uint32_t confLen;
    uint64_t confPA;
};

/* SET_COALESCE: when a vector is raised */
#define VMXNET3_COALESCE_DISABLED 0u
#define VMXNET3_COALESCE_ADAPT 1u
#define VMXNET3_COALESCE_STATIC 2u /* after so many frames */
#define VMXNET3_COALESCE_RBC 3u    /* so often a second at most */
#define VMXNET3_COAL_STATIC_MAX_DEPTH 128u
#define VMXNET3_COAL_RBC_MIN_RATE 100u
#define VMXNET3_COAL_RBC_MAX_RATE 100000u
struct Vmxnet3_CoalesceScheme {
    uint32_t coalMode;
    union {
        uint32_t rbc_rate;
        struct {
            uint32_t tx_depth, tx_comp_depth, rx_depth;
        } coalStatic;
    } coalPara;
};

struct Vmxnet3_RingBufferSize { /* type 0: heads, type 1: bodies */
    uint16_t ring1BufSizeType0, ring1BufSizeType1, ring2BufSizeType1, pad;
};

union Vmxnet3_CmdInfo { /* what a command is about, as long as it runs */
    struct Vmxnet3_VariableLenConfDesc varConf;
    uint32_t setRssFields;
    struct Vmxnet3_RingBufferSize ringBufSize;
    uint64_t data[2];
};

struct Vmxnet3_DSDevRead { /* read by the device in response to a SET command */
    struct Vmxnet3_MiscConf misc;
    struct Vmxnet3_IntrConf intrConf;
    struct Vmxnet3_RxFilterConf rxFilterConf;
    struct Vmxnet3_VariableLenConfDesc rssConfDesc;
    struct Vmxnet3_VariableLenConfDesc pmConfDesc;
    struct Vmxnet3_VariableLenConfDesc pluginConfDesc; /* NPA_PluginConf; confVer 2: with NPA_PluginConfExt */
};

struct Vmxnet3_DriverShared {
    uint32_t magic; /* VMXNET3_REV1_MAGIC */
    uint32_t pad;
    struct Vmxnet3_DSDevRead devRead;
    uint32_t ecr;   /* written by the device */
    uint32_t reserved;
    union Vmxnet3_CmdInfo cmdInfo;
};

#define VMXNET3__OFFSET(type, member) __builtin_offsetof(struct type, member)
_Static_assert(sizeof(struct Vmxnet3_TxDesc) == 16 && sizeof(struct Vmxnet3_RxDesc) == 16, "descriptors");
_Static_assert(sizeof(struct Vmxnet3_TxCompDesc) == 16 && sizeof(struct Vmxnet3_RxCompDesc) == 16, "completions");
_Static_assert(sizeof(struct UPT1_TxStats) == 80 && sizeof(struct UPT1_RxStats) == 80, "statistics");
_Static_assert(sizeof(struct UPT1_RSSConf) == 176, "RSS");
_Static_assert(sizeof(struct Vmxnet3_MiscConf) == 72 && VMXNET3__OFFSET(Vmxnet3_MiscConf, queueDescPA) == 32 &&
               VMXNET3__OFFSET(Vmxnet3_MiscConf, numTxQueues) == 54, "misc");
_Static_assert(sizeof(struct Vmxnet3_TxQueueConf) == 64 && VMXNET3__OFFSET(Vmxnet3_TxQueueConf, txRingSize) == 40 &&
               VMXNET3__OFFSET(Vmxnet3_TxQueueConf, intrIdx) == 56, "tx queue");
_Static_assert(sizeof(struct Vmxnet3_RxQueueConf) == 64 && VMXNET3__OFFSET(Vmxnet3_RxQueueConf, rxRingSize) == 40 &&
               VMXNET3__OFFSET(Vmxnet3_RxQueueConf, intrIdx) == 56, "rx queue");
_Static_assert(sizeof(struct Vmxnet3_TxQueueDesc) == 256 && VMXNET3__OFFSET(Vmxnet3_TxQueueDesc, status) == 80 &&
               VMXNET3__OFFSET(Vmxnet3_TxQueueDesc, stats) == 88, "tx queue descriptor");
_Static_assert(sizeof(struct Vmxnet3_RxQueueDesc) == 256 && VMXNET3__OFFSET(Vmxnet3_RxQueueDesc, status) == 80 &&
               VMXNET3__OFFSET(Vmxnet3_RxQueueDesc, stats) == 88, "rx queue descriptor");
_Static_assert(sizeof(struct Vmxnet3_IntrConf) == 40 && VMXNET3__OFFSET(Vmxnet3_IntrConf, intrCtrl) == 28, "vectors");
_Static_assert(sizeof(struct Vmxnet3_RxFilterConf) == 528 && VMXNET3__OFFSET(Vmxnet3_RxFilterConf, vfTable) == 16,
               "filter");
_Static_assert(sizeof(struct Vmxnet3_VariableLenConfDesc) == 16, "variable");
_Static_assert(sizeof(struct Vmxnet3_CoalesceScheme) == 16 && sizeof(union Vmxnet3_CmdInfo) == 16, "commands");
_Static_assert(sizeof(struct Vmxnet3_DSDevRead) == 688 && VMXNET3__OFFSET(Vmxnet3_DSDevRead, rxFilterConf) == 112 &&
               VMXNET3__OFFSET(Vmxnet3_DSDevRead, pluginConfDesc) == 672, "devRead");
_Static_assert(sizeof(struct Vmxnet3_DriverShared) == 720 && VMXNET3__OFFSET(Vmxnet3_DriverShared, devRead) == 8 &&
               VMXNET3__OFFSET(Vmxnet3_DriverShared, ecr) == 696 && VMXNET3__OFFSET(Vmxnet3_DriverShared, cmdInfo) == 704,
               "shared");

#endif
