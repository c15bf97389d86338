/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Intel 82599 datasheet as a header: every register of the PF's and the VF's map that the model knows.
 *
 * One line a register: ONE(name, offset, access, reset, sentence) for a single one, MANY(name, offset, stride, count,
 * access, reset, sentence) for an array. All are 32 bits wide. Names are the public ones of the Linux drivers (ixgbe_type.h,
 * ixgbevf regs.h); where the datasheet (331520) has another, the sentence begins with it.
 *
 * From the two lists come IXGBE_<name> (a constant) for a single register, IXGBE_<name>(i) and IXGBE_<name>_0 for an array,
 * and in the model the decoder, the reset values, the trace names and `vfsim regs`. Guest drivers include this header too:
 * it needs nothing but <stdint.h>.
 *
 * Access: RO read only, RW read and write, RW1C write one to clear, RC cleared by reading, WO write only (reads give 0).
 */
#ifndef VFSIM_NIC_82599_REGS_H
#define VFSIM_NIC_82599_REGS_H

#include <stdint.h>

#include "board_defs.h"

/* ---- the physical function's map, BAR0 [82599 8.2.3] ---- */
#define IXGBE_PF_REGISTERS(ONE, MANY)                                                                                  \
    ONE(CTRL, 0x00000, RW, 0, "device control: reset, master disable")                                                 \
    ONE(STATUS, 0x00008, RO, 0, "device status: LAN id, number of VFs enabled, master enable")                         \
    ONE(CTRL_EXT, 0x00018, RW, 0, "extended control: PF reset done, driver loaded")                                    \
    ONE(ESDP, 0x00020, RW, 0x00000004, "extended software-definable pins: SDP2, a module is there")                    \
    ONE(FRTIMER, 0x00048, RO, 0, "free-running timer in microseconds")                                                 \
    ONE(VFLRE1, 0x001C0, RO, 0, "PFVFLRE high: VFs 32-63 that were function-level reset")                              \
    ONE(LEDCTL, 0x00200, RW, 0, "LED control")                                                                         \
    ONE(VFLRE0, 0x00600, RO, 0, "PFVFLRE low: VFs 0-31 that were function-level reset")                                \
    MANY(VFLREC, 0x00700, 4, 2, RW1C, 0, "PFVFLREC: clears bits of PFVFLRE")                                           \
    MANY(PFMBICR, 0x00710, 4, 4, RW1C, 0, "mailbox causes, 16 VFs each: requests in 15:0, acknowledgements in 31:16")  \
    MANY(PFMBIMR, 0x00720, 4, 2, RW, 0xFFFFFFFF, "mailbox interrupt mask, one bit a VF")                               \
    ONE(EICR, 0x00800, RC, 0, "interrupt causes; writing one clears, reading clears")                                  \
    ONE(EICS, 0x00808, RW, 0, "sets interrupt causes; read, it says EICR and clears nothing [ixgbe_main.c ixgbe_msix_other]")\
    ONE(EIAC, 0x00810, RW, 0, "causes cleared when their MSI-X message is sent")                                       \
    MANY(EITR, 0x00820, 4, 24, RW, 0, "interrupt throttle: interval in bits 11:3, 2.048 us a count at 10 Gb/s")        \
    ONE(EIMS, 0x00880, RW, 0, "interrupt mask: writing one enables")                                                   \
    ONE(EIMC, 0x00888, WO, 0, "interrupt mask: writing one disables")                                                  \
    ONE(EIAM, 0x00890, RW, 0, "causes masked when their MSI-X message is sent")                                        \
    ONE(EITRSEL, 0x00894, RW, 0, "which EITRs belong to VFs 32-63")                                                    \
    ONE(GPIE, 0x00898, RW, 0, "general purpose interrupt enable: MSI-X mode, auto-mask")                               \
    MANY(IVAR, 0x00900, 4, 64, RW, 0, "vector of receive and transmit queues 2n and 2n+1")                             \
    ONE(IVAR_MISC, 0x00A00, RW, 0, "vectors of the TCP timer (7:0) and of the other causes (15:8)")                    \
    MANY(EICS_EX, 0x00A90, 4, 2, WO, 0, "sets causes of vectors 0-63")                                                 \
    MANY(EIMS_EX, 0x00AA0, 4, 2, RW, 0, "enables causes of vectors 0-63")                                              \
    MANY(EIMC_EX, 0x00AB0, 4, 2, WO, 0, "disables causes of vectors 0-63")                                             \
    MANY(EIAM_EX, 0x00AD0, 4, 2, RW, 0, "auto-mask of vectors 0-63")                                                   \
    MANY(RDBAL, 0x01000, 0x40, 64, RW, 0, "receive ring base, low")                                                    \
    MANY(RDBAH, 0x01004, 0x40, 64, RW, 0, "receive ring base, high")                                                   \
    MANY(RDLEN, 0x01008, 0x40, 64, RW, 0, "receive ring length in bytes")                                              \
    MANY(DCA_RXCTRL, 0x0100C, 0x40, 64, RW, 0, "receive direct cache access")                                          \
    MANY(RDH, 0x01010, 0x40, 64, RO, 0, "receive head")                                                                \
    MANY(SRRCTL, 0x01014, 0x40, 64, RW, 0x00000402, "split receive control: buffer sizes, descriptor type, drop")      \
    MANY(RDT, 0x01018, 0x40, 64, RW, 0, "receive tail")                                                                \
    MANY(PVFGPRC, 0x0101C, 0x40, 64, RO, 0, "good packets a pool has received")                                        \
    MANY(PVFGORC_LSB, 0x01020, 0x40, 64, RO, 0, "good octets a pool has received, low")                                \
    MANY(RXDCTL, 0x01028, 0x40, 64, RW, 0, "receive queue control: enable, VLAN strip")                                \
    MANY(RSCCTL, 0x0102C, 0x40, 64, RW, 0, "receive side coalescing control (enable, buffers a large receive may have)")     \
    MANY(QPRC, 0x01030, 0x40, 16, RC, 0, "packets received by the queues that RQSMR maps to this counter")             \
    MANY(QBRC_L, 0x01034, 0x40, 16, RC, 0, "octets received by them, low")                                             \
    MANY(QBRC_H, 0x01038, 0x40, 16, RC, 0, "octets received by them, high")                                            \
    MANY(QPRDC, 0x01430, 0x40, 16, RC, 0, "packets dropped by them for want of a descriptor")                          \
    MANY(SRRCTL_LOW, 0x02100, 4, 16, RW, 0x00000402, "alias of SRRCTL 0-15")                                           \
    MANY(DCA_RXCTRL_LOW, 0x02200, 4, 16, RW, 0, "alias of DCA_RXCTRL 0-15")                                            \
    MANY(RQSMR, 0x02300, 4, 32, RW, 0, "statistics counter of 4 receive queues, a byte each")                          \
    ONE(RDRXCTL, 0x02F00, RW, 0x0000000A, "receive DMA control: CRC strip, DMA init done")                             \
    ONE(QDE, 0x02F04, RW, 0, "PFQDE: drop enable of one queue, and hide its port VLAN")                                \
    ONE(RSCDBU, 0x03028, RW, 0, "receive side coalescing: not of segments without payload")                            \
    ONE(LMVM_RX, 0x02FA4, RO, 0, "last malicious pool, receive (X550)")                                                \
    ONE(LVMMC_RX, 0x02FA8, RC, 0, "what it did (X550; the numbers are the model's)")                                   \
    MANY(WQBR_RX, 0x02FB0, 4, 4, RW1C, 0, "receive queues blocked by malicious driver detection (X550)")               \
    ONE(RXCTRL, 0x03000, RW, 0, "receive enable")                                                                      \
    MANY(RXWRPTR, 0x03100, 4, 8, RO, 0, "receive packet buffer write pointer, 64-byte units")                          \
    MANY(RXUSED, 0x03120, 4, 8, RO, 0, "receive packet buffer fill, 64-byte units")                                    \
    MANY(RXRDPTR, 0x03140, 4, 8, RO, 0, "receive packet buffer read pointer, 64-byte units")                           \
    MANY(RXPBSIZE, 0x03C00, 4, 8, RW, 0, "receive packet buffer size in KB, bits 19:10")                               \
    ONE(RMCS, 0x03D00, RW, 0, "receive and flow control configuration")                                                \
    ONE(DROPEN, 0x03D04, RW, 0, "drop enable by packet buffer")                                                        \
    MANY(MPC, 0x03FA0, 4, 8, RC, 0, "RXMPC: frames missed because the packet buffer was full")                         \
    ONE(CRCERRS, 0x04000, RC, 0, "frames with a bad FCS")                                                              \
    ONE(RLEC, 0x04040, RC, 0, "frames with a bad length")                                                              \
    ONE(GPRC, 0x04074, RC, 0, "good packets received")                                                                 \
    ONE(BPRC, 0x04078, RC, 0, "broadcast packets received")                                                            \
    ONE(MPRC, 0x0407C, RC, 0, "multicast packets received")                                                            \
    ONE(GPTC, 0x04080, RC, 0, "good packets transmitted")                                                              \
    ONE(GORCL, 0x04088, RC, 0, "good octets received, low")                                                            \
    ONE(GORCH, 0x0408C, RC, 0, "good octets received, high")                                                           \
    ONE(GOTCL, 0x04090, RC, 0, "good octets transmitted, low")                                                         \
    ONE(GOTCH, 0x04094, RC, 0, "good octets transmitted, high")                                                        \
    ONE(ROC, 0x040AC, RC, 0, "frames longer than MAXFRS")                                                              \
    ONE(TPR, 0x040D0, RC, 0, "total packets received")                                                                 \
    ONE(TPT, 0x040D4, RC, 0, "total packets transmitted")                                                              \
    ONE(MPTC, 0x040F0, RC, 0, "multicast packets transmitted")                                                         \
    ONE(BPTC, 0x040F4, RC, 0, "broadcast packets transmitted")                                                         \
    ONE(HLREG0, 0x04240, RW, 0x00000003, "MAC highlander control: CRC, jumbo")                                         \
    ONE(MAXFRS, 0x04268, RW, 0x05EE0000, "MHADD: longest frame with FCS, bits 31:16")                                  \
    ONE(AUTOC, 0x042A0, RW, 0x00006000, "auto-negotiation control: link mode in 15:13, 10 Gb/s serial after a reset")  \
    ONE(LINKS, 0x042A4, RO, 0, "link status: up, speed")                                                               \
    ONE(RTTDCS, 0x04900, RW, 0, "transmit descriptor plane control: ARBDIS stops the descriptor arbiters")             \
    ONE(RTTDQSEL, 0x04904, RW, 0, "which transmit queue RTTBCNRC speaks of")                                           \
    ONE(RTTBCNRM, 0x04980, RW, 0, "rate control memory (stored)")                                                      \
    ONE(RTTBCNRC, 0x04984, RW, 0, "rate limit of the selected queue: link rate over its rate, 14.14 bits; bit 31 enables")\
    ONE(DMATXCTL, 0x04A80, RW, 0x81000000, "transmit DMA enable")                                                      \
    MANY(PFMAILBOX, 0x04B00, 4, 64, RW, 0, "mailbox control of one VF")                                                \
    ONE(RXCSUM, 0x05000, RW, 0, "receive checksum control")                                                            \
    ONE(RFCTL, 0x05008, RW, 0, "receive filter control")                                                               \
    ONE(FCTRL, 0x05080, RW, 0, "filter control: broadcast accept, unicast and multicast promiscuous")                  \
    MANY(ETQF, 0x05128, 4, 8, RW, 0, "EtherType queue filter: type in 15:0, enable in 31")                             \
    ONE(VLNCTRL, 0x05088, RW, 0x00008100, "VLAN control: VLAN filter enable")                                          \
    ONE(MCSTCTRL, 0x05090, RW, 0, "multicast control: hash filter enable, which address bits")                         \
    MANY(PFFLP, 0x050B0, 4, 2, RW, 0, "a pool does not hear from the network what its own addresses sent, one bit a pool")   \
    MANY(VMTXSW, 0x05180, 4, 2, RW, 0, "PFVMTXSW: a pool may send to itself, one bit a pool")                          \
    ONE(VT_CTL, 0x051B0, RW, 0, "PFVTCTL: virtualization enable, replication, default pool")                           \
    MANY(VFRE, 0x051E0, 4, 2, RW, 0, "PFVFRE: receive enable, one bit a pool")                                         \
    MANY(MTA, 0x05200, 4, 128, RW, 0, "multicast table: 4096 hash bits")                                               \
    MANY(RAL_LOW, 0x05400, 8, 16, RW, 0, "alias of RAL 0-15")                                                          \
    MANY(RAH_LOW, 0x05404, 8, 16, RW, 0, "alias of RAH 0-15")                                                          \
    ONE(MRQC, 0x05818, RW, 0, "multiple receive queues command: pools and RSS")                                        \
    MANY(RETA, 0x05C00, 4, 32, RW, 0, "redirection table: queues of 4 hashes")                               \
    MANY(RSSRK, 0x05C80, 4, 10, RW, 0, "RSS random key, lowest byte first")                                                      \
    MANY(TDBAL, 0x06000, 0x40, 128, RW, 0, "transmit ring base, low")                                                  \
    MANY(TDBAH, 0x06004, 0x40, 128, RW, 0, "transmit ring base, high")                                                 \
    MANY(TDLEN, 0x06008, 0x40, 128, RW, 0, "transmit ring length in bytes")                                            \
    MANY(DCA_TXCTRL, 0x0600C, 0x40, 128, RW, 0, "transmit direct cache access")                                        \
    MANY(TDH, 0x06010, 0x40, 128, RO, 0, "transmit head")                                                              \
    MANY(TDT, 0x06018, 0x40, 128, RW, 0, "transmit tail")                                                              \
    MANY(TXDCTL, 0x06028, 0x40, 128, RW, 0, "transmit queue control: enable, thresholds")                              \
    MANY(QPTC, 0x06030, 0x40, 16, RC, 0, "packets transmitted by the queues that TQSM maps to this counter")           \
    MANY(TDWBAL, 0x06038, 0x40, 128, RW, 0, "head write-back address, low; bit 0 enables")                             \
    MANY(TDWBAH, 0x0603C, 0x40, 128, RW, 0, "head write-back address, high")                                           \
    MANY(VMVIR, 0x08000, 4, 64, RW, 0, "PFVMVIR: port VLAN of a pool: tag in 15:0, VLANA in 31:30")                    \
    ONE(DTXMXSZRQ, 0x08100, RW, 0x10, "DMA transmit: bytes under way at most, 256-byte units")                         \
    ONE(LVMMC_TX, 0x08108, RC, 0, "what the last malicious pool did, transmit (X550; the numbers are the model's)")    \
    MANY(VFTE, 0x08110, 4, 2, RW, 0, "PFVFTE: transmit enable, one bit a pool")                                        \
    ONE(MTQC, 0x08120, RW, 0, "multiple transmit queues command")                                                      \
    ONE(LMVM_TX, 0x08124, RO, 0, "last malicious pool, transmit (X550)")                                               \
    MANY(WQBR_TX, 0x08130, 4, 4, RW1C, 0, "transmit queues blocked by malicious driver detection (X550)")              \
    MANY(PFVFSPOOF, 0x08200, 4, 8, RW, 0, "anti-spoof of 8 pools: MAC in 7:0, VLAN in 15:8")                           \
    MANY(PVFGPTC, 0x08300, 4, 64, RO, 0, "good packets a pool has transmitted")                                        \
    MANY(PVFGOTC_LSB, 0x08400, 8, 64, RO, 0, "good octets a pool has transmitted, low")                                \
    MANY(PVFGOTC_MSB, 0x08404, 8, 64, RO, 0, "good octets a pool has transmitted, high")                               \
    MANY(TQSM, 0x08600, 4, 32, RW, 0, "statistics counter of 4 transmit queues, a byte each")                          \
    MANY(QBTC_L, 0x08700, 8, 16, RC, 0, "octets transmitted by the queues of a counter, low")                          \
    MANY(QBTC_H, 0x08704, 8, 16, RC, 0, "octets transmitted by them, high")                                            \
    ONE(PFDTXGSWC, 0x08220, RW, 0, "transmit switch: local loopback enable")                                           \
    ONE(SSVPC, 0x08780, RC, 0, "switch security violations: frames stopped by anti-spoof")                             \
    MANY(VMECM, 0x08790, 4, 2, RW, 0, "malicious or spoof events mask")                                                \
    ONE(SECTXCTRL, 0x08800, RW, 1, "security transmit control (stored)")                                               \
    ONE(SECRXCTRL, 0x08D00, RW, 1, "security receive control (stored)")                                                \
    MANY(VFTA, 0x0A000, 4, 128, RW, 0, "VLAN table: 4096 VIDs")                                                        \
    MANY(RAL, 0x0A200, 8, 128, RW, 0, "receive address, bytes 0-3")                                                    \
    MANY(RAH, 0x0A204, 8, 128, RW, 0, "receive address, bytes 4-5 and AV (address valid)")                             \
    MANY(MPSAR_LO, 0x0A600, 8, 128, RW, 0, "MAC pool select: pools 0-31 of a receive address")                         \
    MANY(MPSAR_HI, 0x0A604, 8, 128, RW, 0, "MAC pool select: pools 32-63 of a receive address")                        \
    MANY(TXWRPTR, 0x0C100, 4, 8, RO, 0, "transmit packet buffer write pointer, 64-byte units")                         \
    MANY(TXUSED, 0x0C120, 4, 8, RO, 0, "transmit packet buffer fill, 64-byte units")                                   \
    MANY(TXRDPTR, 0x0C140, 4, 8, RO, 0, "transmit packet buffer read pointer, 64-byte units")                          \
    ONE(LBDRPEN, 0x0CA00, RW, 0, "drop local loopback frames when the receive packet buffer is full")                  \
    MANY(TXPBSIZE, 0x0CC00, 4, 8, RW, 0, "transmit packet buffer size in KB, bits 19:10")                              \
    MANY(RDBAL_HIGH, 0x0D000, 0x40, 64, RW, 0, "receive ring base of queues 64-127, low")                              \
    MANY(RDBAH_HIGH, 0x0D004, 0x40, 64, RW, 0, "receive ring base of queues 64-127, high")                             \
    MANY(RDLEN_HIGH, 0x0D008, 0x40, 64, RW, 0, "receive ring length of queues 64-127")                                 \
    MANY(DCA_RXCTRL_HIGH, 0x0D00C, 0x40, 64, RW, 0, "receive direct cache access of queues 64-127")                    \
    MANY(RDH_HIGH, 0x0D010, 0x40, 64, RO, 0, "receive head of queues 64-127")                                          \
    MANY(SRRCTL_HIGH, 0x0D014, 0x40, 64, RW, 0x00000402, "split receive control of queues 64-127")                     \
    MANY(RDT_HIGH, 0x0D018, 0x40, 64, RW, 0, "receive tail of queues 64-127")                                          \
    MANY(PVFMPRC, 0x0D01C, 0x40, 64, RO, 0, "multicast packets a pool has received")                                   \
    MANY(PVFGORC_MSB, 0x0D020, 0x40, 64, RO, 0, "good octets a pool has received, high")                               \
    MANY(RXDCTL_HIGH, 0x0D028, 0x40, 64, RW, 0, "receive queue control of queues 64-127")                              \
    MANY(RSCCTL_HIGH, 0x0D02C, 0x40, 64, RW, 0, "receive side coalescing control of queues 64-127")                   \
    MANY(SAQF, 0x0E000, 4, 128, RW, 0, "source address queue filter (IPv4, as on the wire)")                           \
    MANY(DAQF, 0x0E200, 4, 128, RW, 0, "destination address queue filter")                                             \
    MANY(SDPQF, 0x0E400, 4, 128, RW, 0, "source port (15:0) and destination port queue filter")                        \
    MANY(FTQF, 0x0E600, 4, 128, RW, 0, "5-tuple queue filter: protocol, priority, pool, what is not compared, enable") \
    MANY(L34TIMIR, 0x0E800, 4, 128, RW, 0, "queue of a 5-tuple filter, low latency interrupt")                         \
    MANY(PSRTYPE, 0x0EA00, 4, 64, RW, 0, "packet split receive type of a pool")                                        \
    MANY(ETQS, 0x0EC00, 4, 8, RW, 0, "EtherType queue select: queue in 22:16, low latency interrupt, enable")          \
    ONE(SYNQF, 0x0EC30, RW, 0, "TCP SYN queue filter: enable, queue in 7:1, before the 5-tuple filters in 31")         \
    ONE(IMIRVP, 0x0EC60, RW, 0, "immediate interrupt by VLAN priority: from which on, enable")                         \
    ONE(LLITHRESH, 0x0EC90, RW, 0, "low latency interrupts only of frames shorter than this")                          \
    MANY(VMOLR, 0x0F000, 4, 64, RW, 0, "PFVML2FLT: what a pool accepts: untagged, hash matches, broadcast, multicast") \
    MANY(VLVF, 0x0F100, 4, 64, RW, 0, "PFVLVF: VLAN id in 11:0, enable in 31")                                         \
    MANY(VLVFB, 0x0F200, 4, 128, RW, 0, "PFVLVFB: pools of a VLVF entry, two words an entry")                          \
    MANY(UTA, 0x0F400, 4, 128, RW, 0, "PFUTA: unicast table: 4096 hash bits")                                          \
    MANY(MRCTL, 0x0F600, 4, 4, RW, 0, "PFMRCTL: mirror rule: what in 3:0, to which pool in 12:8 and 13")               \
    MANY(VMRVLAN, 0x0F610, 4, 8, RW, 0, "PFVMRVLAN: VLVF entries of a mirror rule, 0-31 in words 0-3, 32-63 in 4-7")   \
    MANY(VMRVM, 0x0F630, 4, 8, RW, 0, "PFVMRVM: pools of a mirror rule, 0-31 in words 0-3, 32-63 in words 4-7")        \
    ONE(EEC, 0x10010, RW, 0x00002300, "EEPROM control: present, auto-read done, 2^(6 + bits 14:11) words")             \
    ONE(SWSM, 0x10140, RW, 0, "software semaphore")                                                                    \
    ONE(FWSM, 0x10148, RW, 0x00008000, "firmware semaphore: valid, no manageability")                                  \
    ONE(GCR_EXT, 0x11050, RW, 0, "PCIe control extended: VT mode")                                                     \
    MANY(RSCINT, 0x12000, 4, 128, RW, 0, "receive side coalescing interrupt of a vector (stored)")                     \
    MANY(EITR_HIGH, 0x12300, 4, 105, RW, 0, "interrupt throttle 24-128")                                              \
    MANY(PFMBMEM, 0x13000, 4, 1024, RW, 0, "mailbox memory: 16 words a VF")                                            \
    IXGBE_BOARD_REGISTERS(ONE, MANY)

/* ---- a virtual function's map, BAR0 [82599 8.3] ---- */
#define IXGBE_VF_REGISTERS(ONE, MANY)                                                                                  \
    ONE(VFCTRL, 0x00000, WO, 0, "VF control: reset")                                                                   \
    ONE(VFSTATUS, 0x00008, RO, 0, "VF status; reading it flushes posted writes")                                       \
    ONE(VFLINKS, 0x00010, RO, 0, "link status: up, speed")                                                             \
    ONE(VFFRTIMER, 0x00048, RO, 0, "free-running timer in microseconds")                                               \
    ONE(VTEICR, 0x00100, RC, 0, "interrupt causes, one bit a vector; writing one clears, reading clears")              \
    ONE(VTEICS, 0x00104, WO, 0, "sets interrupt causes")                                                               \
    ONE(VTEIMS, 0x00108, RW, 0, "interrupt mask: writing one enables")                                                 \
    ONE(VTEIMC, 0x0010C, WO, 0, "interrupt mask: writing one disables")                                                \
    ONE(VTEIAC, 0x00110, RW, 0, "causes cleared when their MSI-X message is sent")                                     \
    ONE(VTEIAM, 0x00114, RW, 0, "causes masked when their MSI-X message is sent")                                      \
    MANY(VTIVAR, 0x00120, 4, 4, RW, 0, "vectors of queues 2n (rx, tx) and 2n+1 (rx, tx), a byte each, bit 7 valid")    \
    ONE(VTIVAR_MISC, 0x00140, RW, 0, "vector of the mailbox cause, bit 7 valid")                                       \
    MANY(VTRSCINT, 0x00180, 4, 2, RW, 0, "receive side coalescing interrupt (stored)")                                 \
    MANY(VFMBMEM, 0x00200, 4, 16, RW, 0, "mailbox memory, 16 words")                                                   \
    ONE(VFMAILBOX, 0x002FC, RW, 0x40, "mailbox control: request, acknowledge, ownership, PF status, reset bits")       \
    ONE(VFPSRTYPE, 0x00300, RW, 0, "packet split receive type")                                                        \
    MANY(VTEITR, 0x00820, 4, 3, RW, 0, "interrupt throttle: interval in bits 11:3, 2.048 us a count at 10 Gb/s")       \
    MANY(VFRDBAL, 0x01000, 0x40, 8, RW, 0, "receive ring base, low")                                                   \
    MANY(VFRDBAH, 0x01004, 0x40, 8, RW, 0, "receive ring base, high")                                                  \
    MANY(VFRDLEN, 0x01008, 0x40, 8, RW, 0, "receive ring length in bytes")                                             \
    MANY(VFDCA_RXCTRL, 0x0100C, 0x40, 8, RW, 0, "receive direct cache access")                                         \
    MANY(VFRDH, 0x01010, 0x40, 8, RO, 0, "receive head")                                                               \
    MANY(VFSRRCTL, 0x01014, 0x40, 8, RW, 0x00000402, "split receive control: buffer sizes, descriptor type, drop")     \
    MANY(VFRDT, 0x01018, 0x40, 8, RW, 0, "receive tail")                                                               \
    ONE(VFGPRC, 0x0101C, RO, 0, "good packets received")                                                               \
    ONE(VFGORC_LSB, 0x01020, RO, 0, "good octets received, low")                                                       \
    ONE(VFGORC_MSB, 0x01024, RO, 0, "good octets received, high")                                                      \
    MANY(VFRXDCTL, 0x01028, 0x40, 8, RW, 0, "receive queue control: enable, VLAN strip")                               \
    MANY(VFRSCCTL, 0x0102C, 0x40, 8, RW, 0, "receive side coalescing control (enable, buffers a large receive may have)")    \
    ONE(VFMPRC, 0x01034, RO, 0, "multicast packets received")                                                          \
    MANY(VFTDBAL, 0x02000, 0x40, 8, RW, 0, "transmit ring base, low")                                                  \
    MANY(VFTDBAH, 0x02004, 0x40, 8, RW, 0, "transmit ring base, high")                                                 \
    MANY(VFTDLEN, 0x02008, 0x40, 8, RW, 0, "transmit ring length in bytes")                                            \
    MANY(VFDCA_TXCTRL, 0x0200C, 0x40, 8, RW, 0, "transmit direct cache access")                                        \
    MANY(VFTDH, 0x02010, 0x40, 8, RO, 0, "transmit head")                                                              \
    MANY(VFTDT, 0x02018, 0x40, 8, RW, 0, "transmit tail")                                                              \
    ONE(VFGPTC, 0x0201C, RO, 0, "good packets transmitted")                                                            \
    ONE(VFGOTC_LSB, 0x02020, RO, 0, "good octets transmitted, low")                                                    \
    ONE(VFGOTC_MSB, 0x02024, RO, 0, "good octets transmitted, high")                                                   \
    MANY(VFTXDCTL, 0x02028, 0x40, 8, RW, 0, "transmit queue control: enable, thresholds")                              \
    MANY(VFTDWBAL, 0x02038, 0x40, 8, RW, 0, "head write-back address, low; bit 0 enables")                             \
    MANY(VFTDWBAH, 0x0203C, 0x40, 8, RW, 0, "head write-back address, high")

#define IXGBE_ONE_(name, offset, access, reset, sentence) IXGBE_##name = (offset),
#define IXGBE_NONE_(name, offset, stride, count, access, reset, sentence) IXGBE_##name##_0 = (offset),
enum ixgbe_register_offset { IXGBE_PF_REGISTERS(IXGBE_ONE_, IXGBE_NONE_) IXGBE_VF_REGISTERS(IXGBE_ONE_, IXGBE_NONE_) };
#undef IXGBE_ONE_
#undef IXGBE_NONE_

#define IXGBE_NONE_(name, offset, access, reset, sentence)
#define IXGBE_MANY_(name, offset, stride, count, access, reset, sentence)                                              \
    static inline uint32_t IXGBE_##name(uint32_t i)                                                                    \
    {                                                                                                                  \
        return (uint32_t)(offset) + (uint32_t)(stride) * i;                                                            \
    }
IXGBE_PF_REGISTERS(IXGBE_NONE_, IXGBE_MANY_)
IXGBE_VF_REGISTERS(IXGBE_NONE_, IXGBE_MANY_)
#undef IXGBE_NONE_
#undef IXGBE_MANY_

/* ---- identity [82599 9.3] ---- */
#define IXGBE_VENDOR_ID 0x8086
#define IXGBE_DEV_ID_82599_SFP 0x10FB
#define IXGBE_DEV_ID_82599_VF 0x10ED

/* ---- what the fields mean ---- */
#define IXGBE_CTRL_GIO_DIS 0x00000004u
#define IXGBE_CTRL_LNK_RST 0x00000008u
#define IXGBE_CTRL_RST 0x04000000u
#define IXGBE_CTRL_EXT_PFRSTD 0x00004000u /* PF reset done: tells every VF through VFMAILBOX.RSTD */
#define IXGBE_CTRL_EXT_DRV_LOAD 0x10000000u
#define IXGBE_STATUS_GIO 0x00080000u
#define IXGBE_LINKS_UP 0x40000000u
#define IXGBE_LINKS_SPEED_82599 0x30000000u
#define IXGBE_LINKS_SPEED_10G_82599 0x30000000u
#define IXGBE_LINKS_SPEED_1G_82599 0x20000000u

#define IXGBE_EICR_RTX_QUEUE 0x0000FFFFu
#define IXGBE_EICR_OTHER 0x3FFF0000u
#define IXGBE_EICR_MAILBOX 0x00080000u /* VF mailbox request or function-level reset */
#define IXGBE_EICR_LSC 0x00100000u
#define IXGBE_EITR_ITR_INT_MASK 0x00000FF8u
#define IXGBE_EITR_INTERVAL_SHIFT 3
#define IXGBE_EITR_UNIT_PS 2048000u
#define IXGBE_EITR_LLI_MOD 0x00008000u /* low latency interrupts need a credit */
#define IXGBE_EITR_LLI_CREDIT_SHIFT 16
#define IXGBE_EITR_LLI_CREDIT_MASK 0x001F0000u
#define IXGBE_EITR_CNT_WDIS 0x80000000u
#define IXGBE_IVAR_ALLOC_VAL 0x80u
#define IXGBE_GPIE_MSIX_MODE 0x00000010u
#define IXGBE_GPIE_OCD 0x00000020u   /* reading EICR clears bits 29:16 only */
#define IXGBE_GPIE_EIMEN 0x00000040u /* a cause set by EICS does not wait for the throttle */
#define IXGBE_GPIE_LLI_SHIFT 7       /* low latency credits: one more every (n + 1) times 4 us */
#define IXGBE_GPIE_LLI_MASK 0x00000780u
#define IXGBE_GPIE_RSC_DELAY_SHIFT 11
#define IXGBE_GPIE_RSC_DELAY_MASK 0x00003800u
#define IXGBE_GPIE_EIAME 0x40000000u
#define IXGBE_GPIE_PBA_SUPPORT 0x80000000u

#define IXGBE_RXCTRL_RXEN 0x00000001u
#define IXGBE_RXDCTL_ENABLE 0x02000000u
#define IXGBE_RXDCTL_SWFLSH 0x04000000u
#define IXGBE_RXDCTL_VME 0x40000000u /* strip the VLAN tag */
#define IXGBE_SRRCTL_BSIZEPKT_SHIFT 10
#define IXGBE_SRRCTL_BSIZEPKT_MASK 0x0000001Fu /* packet buffer in KB */
#define IXGBE_SRRCTL_BSIZEHDR_MASK 0x00003F00u
#define IXGBE_SRRCTL_DROP_EN 0x10000000u
#define IXGBE_SRRCTL_DESCTYPE_LEGACY 0x00000000u
#define IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF 0x02000000u
#define IXGBE_SRRCTL_DESCTYPE_MASK 0x0E000000u
#define IXGBE_QDE_ENABLE 0x00000001u
#define IXGBE_QDE_HIDE_VLAN 0x00000002u /* from the X550; lets a port VLAN stay invisible to its VF */
#define IXGBE_QDE_IDX_SHIFT 8
#define IXGBE_QDE_IDX_MASK 0x00007F00u
#define IXGBE_QDE_WRITE 0x00010000u
#define IXGBE_QDE_READ 0x00020000u
#define IXGBE_RSCCTL_RSCEN 0x00000001u
#define IXGBE_RSCCTL_MAXDESC_SHIFT 2
#define IXGBE_RSCCTL_MAXDESC_MASK 0x0000000Cu
#define IXGBE_RSCCTL_MAXDESC_1 0x00000000u
#define IXGBE_RSCCTL_MAXDESC_4 0x00000004u
#define IXGBE_RSCCTL_MAXDESC_8 0x00000008u
#define IXGBE_RSCCTL_MAXDESC_16 0x0000000Cu
#define IXGBE_RSCDBU_RSCACKDIS 0x00000080u
#define IXGBE_RDRXCTL_CRCSTRIP 0x00000002u
#define IXGBE_RDRXCTL_DMAIDONE 0x00000008u
#define IXGBE_RDRXCTL_RSCACKC 0x02000000u /* a changed acknowledgement does not end a large receive */
#define IXGBE_RFCTL_RSC_DIS 0x00000020u
#define IXGBE_STATUS_NUM_VFS_SHIFT 10 /* 0 while VF Enable is off */
#define IXGBE_STATUS_LAN_ID_SHIFT 2 /* which of the device's functions [82599 8.2.3.1.2] */
#define IXGBE_RXCSUM_IPPCSE 0x00001000u
#define IXGBE_RXCSUM_PCSD 0x00002000u

#define IXGBE_DMATXCTL_TE 0x00000001u
#define IXGBE_DMATXCTL_MDP_EN 0x00000020u /* X550: block a queue whose driver breaks the rules */
#define IXGBE_DMATXCTL_MBINTEN 0x00000040u /* and tell the PF by the mailbox cause */
#define IXGBE_RDRXCTL_MDP_EN 0x20000000u
#define IXGBE_RDRXCTL_MBINTEN 0x10000000u
#define IXGBE_TXDCTL_ENABLE 0x02000000u
#define IXGBE_TXDCTL_SWFLSH 0x04000000u
#define IXGBE_TXDCTL_PTHRESH_MASK 0x0000007Fu
#define IXGBE_TXDCTL_HTHRESH_SHIFT 8
#define IXGBE_TXDCTL_HTHRESH_MASK 0x00007F00u
#define IXGBE_TXDCTL_WTHRESH_SHIFT 16
#define IXGBE_TXDCTL_WTHRESH_MASK 0x007F0000u
#define IXGBE_TDWBAL_HEAD_WB_ENABLE 0x00000001u
#define IXGBE_DTXMXSZRQ_MASK 0x00000FFFu
#define IXGBE_DTXMXSZRQ_UNIT 256u
#define IXGBE_RTTBCNRC_RS_ENA 0x80000000u
#define IXGBE_RTTBCNRC_RF_INT_SHIFT 14
#define IXGBE_RTTBCNRC_RF_MASK 0x0FFFFFFFu
#define IXGBE_RTTDCS_ARBDIS 0x00000040u
#define IXGBE_PFDTXGSWC_VT_LBEN 0x00000001u
#define IXGBE_HLREG0_JUMBOEN 0x00000004u
#define IXGBE_MHADD_MFS_SHIFT 16

#define IXGBE_FCTRL_MPE 0x00000100u
#define IXGBE_FCTRL_UPE 0x00000200u
#define IXGBE_FCTRL_BAM 0x00000400u
#define IXGBE_VLNCTRL_VFE 0x40000000u
#define IXGBE_MCSTCTRL_MO_MASK 0x00000003u
#define IXGBE_MCSTCTRL_MFE 0x00000004u
#define IXGBE_RAH_AV 0x80000000u
#define IXGBE_VT_CTL_VT_ENABLE 0x00000001u
#define IXGBE_VT_CTL_POOL_SHIFT 7
#define IXGBE_VT_CTL_POOL_MASK 0x00001F80u
#define IXGBE_VT_CTL_DIS_DEFPL 0x20000000u
#define IXGBE_VT_CTL_REPLEN 0x40000000u
#define IXGBE_VMOLR_UPE 0x00400000u /* unicast promiscuous (X550 and later chips) */
#define IXGBE_VMOLR_AUPE 0x01000000u /* accept untagged */
#define IXGBE_VMOLR_ROMPE 0x02000000u /* accept matches of the multicast table */
#define IXGBE_VMOLR_ROPE 0x04000000u /* accept matches of the unicast table */
#define IXGBE_VMOLR_BAM 0x08000000u /* accept broadcast */
#define IXGBE_VMOLR_MPE 0x10000000u /* multicast promiscuous */
#define IXGBE_MRCTL_VPME 0x00000001u /* what the pools of VMRVM receive */
#define IXGBE_MRCTL_UPME 0x00000002u /* what comes from the network */
#define IXGBE_MRCTL_DPME 0x00000004u /* what goes to the network */
#define IXGBE_MRCTL_VLME 0x00000008u /* what is in the VLANs of VMRVLAN */
#define IXGBE_MRCTL_POOL_SHIFT 8
#define IXGBE_MRCTL_POOL_MASK 0x00003F00u
#define IXGBE_VLVF_VIEN 0x80000000u
#define IXGBE_VLVF_VLANID_MASK 0x00000FFFu
#define IXGBE_VMVIR_VLANA_DEFAULT 0x40000000u /* always use the default VLAN */
#define IXGBE_VMVIR_VLANA_NEVER 0x80000000u
#define IXGBE_VMVIR_VLANA_MASK 0xC0000000u
#define IXGBE_SPOOF_VLANAS_SHIFT 8
#define IXGBE_MRQC_MRQE_MASK 0x0000000Fu
#define IXGBE_MRQC_RSSEN 0x00000001u
#define IXGBE_MRQC_VMDQRSS32EN 0x0000000Au /* 32 pools of 4 queues */
#define IXGBE_MRQC_VMDQRSS64EN 0x0000000Bu /* 64 pools of 2 queues */
#define IXGBE_MRQC_RSS_FIELD_IPV4_TCP 0x00010000u
#define IXGBE_MRQC_RSS_FIELD_IPV4 0x00020000u
#define IXGBE_MRQC_RSS_FIELD_IPV6 0x00100000u
#define IXGBE_MRQC_RSS_FIELD_IPV6_TCP 0x00200000u
#define IXGBE_MRQC_RSS_FIELD_IPV4_UDP 0x00400000u
#define IXGBE_MRQC_RSS_FIELD_IPV6_UDP 0x00800000u
#define IXGBE_PSRTYPE_TCPHDR 0x00000010u
#define IXGBE_PSRTYPE_RQPL_SHIFT 29 /* bits of a redirection entry that choose a queue of the pool */
#define IXGBE_MRQC_VMDQEN 0x00000008u /* 64 pools of 2 queues */
#define IXGBE_MTQC_VT_ENA 0x00000002u
#define IXGBE_MTQC_64VF 0x00000004u
#define IXGBE_MTQC_32VF 0x00000008u
#define IXGBE_GCR_EXT_VT_MODE_64 0x00000003u
#define IXGBE_GCR_EXT_VT_MODE_32 0x00000002u
#define IXGBE_GCR_EXT_MSIX_EN 0x80000000u

/* ---- filters into queues ---- */
#define IXGBE_ETQF_ETHERTYPE 0x0000FFFFu
#define IXGBE_ETQF_UP_SHIFT 16
#define IXGBE_ETQF_UP 0x00070000u
#define IXGBE_ETQF_UP_EN 0x00080000u
#define IXGBE_ETQF_POOL_SHIFT 20
#define IXGBE_ETQF_POOL_MASK 0x03F00000u
#define IXGBE_ETQF_POOL_ENABLE 0x04000000u
#define IXGBE_ETQF_FILTER_EN 0x80000000u
#define IXGBE_ETQS_RX_QUEUE_SHIFT 16
#define IXGBE_ETQS_LLI 0x20000000u
#define IXGBE_ETQS_QUEUE_EN 0x80000000u
#define IXGBE_MAX_ETQF_FILTERS 8u
#define IXGBE_SYN_FILTER_ENABLE 0x00000001u
#define IXGBE_SYN_FILTER_QUEUE_SHIFT 1
#define IXGBE_SYN_FILTER_SYNQFP 0x80000000u
#define IXGBE_MAX_FTQF_FILTERS 128u
#define IXGBE_FTQF_PROTOCOL_MASK 0x00000003u
#define IXGBE_FTQF_PROTOCOL_TCP 0u
#define IXGBE_FTQF_PROTOCOL_UDP 1u
#define IXGBE_FTQF_PROTOCOL_SCTP 2u
#define IXGBE_FTQF_PROTOCOL_OTHER 3u
#define IXGBE_FTQF_PRIORITY_SHIFT 2
#define IXGBE_FTQF_PRIORITY_MASK 0x00000007u
#define IXGBE_FTQF_POOL_SHIFT 8
#define IXGBE_FTQF_POOL_MASK 0x0000003Fu
#define IXGBE_FTQF_5TUPLE_MASK_SHIFT 25 /* bits: what is not compared */
#define IXGBE_FTQF_5TUPLE_MASK_MASK 0x0000001Fu
#define IXGBE_FTQF_NO_SOURCE_ADDR 0x01u
#define IXGBE_FTQF_NO_DEST_ADDR 0x02u
#define IXGBE_FTQF_NO_SOURCE_PORT 0x04u
#define IXGBE_FTQF_NO_DEST_PORT 0x08u
#define IXGBE_FTQF_NO_PROTOCOL 0x10u
#define IXGBE_FTQF_POOL_MASK_EN 0x40000000u /* the pool is not compared */
#define IXGBE_FTQF_QUEUE_ENABLE 0x80000000u
#define IXGBE_L34T_IMIR_SIZE_BP 0x00001000u /* frames of any size */
#define IXGBE_L34T_IMIR_RESERVE 0x00080000u /* must be 1 */
#define IXGBE_L34T_IMIR_LLI 0x00100000u
#define IXGBE_L34T_IMIR_QUEUE_SHIFT 21
#define IXGBE_IMIRVP_PRIORITY_MASK 0x00000007u
#define IXGBE_IMIRVP_PRIORITY_EN 0x00000008u
#define IXGBE_LLITHRESH_MASK 0x00000FFFu

/* ---- mailbox [82599 8.2.3.2.6, 8.3.5.2.1] ---- */
#define IXGBE_VFMAILBOX_REQ 0x00000001u /* VF: message for the PF */
#define IXGBE_VFMAILBOX_ACK 0x00000002u /* VF: PF's message read */
#define IXGBE_VFMAILBOX_VFU 0x00000004u /* VF owns the memory */
#define IXGBE_VFMAILBOX_PFU 0x00000008u /* PF owns the memory */
#define IXGBE_VFMAILBOX_PFSTS 0x00000010u /* message from the PF; cleared by reading */
#define IXGBE_VFMAILBOX_PFACK 0x00000020u /* PF read ours; cleared by reading */
#define IXGBE_VFMAILBOX_RSTI 0x00000040u /* PF reset in progress */
#define IXGBE_VFMAILBOX_RSTD 0x00000080u /* reset done; cleared by reading */
#define IXGBE_VFMAILBOX_R2C_BITS 0x000000B0u
#define IXGBE_PFMAILBOX_STS 0x00000001u
#define IXGBE_PFMAILBOX_ACK 0x00000002u
#define IXGBE_PFMAILBOX_VFU 0x00000004u
#define IXGBE_PFMAILBOX_PFU 0x00000008u
#define IXGBE_PFMAILBOX_RVFU 0x00000010u /* take the memory away from the VF */
#define IXGBE_PFMBICR_VFREQ_VF1 0x00000001u
#define IXGBE_PFMBICR_VFACK_VF1 0x00010000u
#define IXGBE_VFMAILBOX_SIZE 16 /* words */

#define IXGBE_VT_MSGTYPE_ACK 0x80000000u
#define IXGBE_VT_MSGTYPE_NACK 0x40000000u
#define IXGBE_VT_MSGTYPE_CTS 0x20000000u
#define IXGBE_VT_MSGINFO_SHIFT 16
#define IXGBE_VT_MSGINFO_MASK 0x00FF0000u
#define IXGBE_VF_RESET 0x01u
#define IXGBE_VF_SET_MAC_ADDR 0x02u
#define IXGBE_VF_SET_MULTICAST 0x03u
#define IXGBE_VF_SET_VLAN 0x04u
#define IXGBE_VF_SET_LPE 0x05u
#define IXGBE_VF_SET_MACVLAN 0x06u
#define IXGBE_VF_API_NEGOTIATE 0x08u
#define IXGBE_VF_GET_QUEUES 0x09u
#define IXGBE_VF_GET_RETA 0x0Au
#define IXGBE_VF_GET_RSS_KEY 0x0Bu
#define IXGBE_VF_UPDATE_XCAST_MODE 0x0Cu
#define IXGBE_VF_GET_LINK_STATE 0x10u
#define IXGBE_PF_CONTROL_MSG 0x0100u
#define IXGBE_VF_PERMADDR_MSG_LEN 4
#define IXGBE_MBOX_API_10 0u
#define IXGBE_MBOX_API_20 1u
#define IXGBE_MBOX_API_11 2u
#define IXGBE_MBOX_API_12 3u
#define IXGBE_MBOX_API_13 4u
#define IXGBE_MBOX_API_14 5u
#define IXGBE_MBOX_API_15 6u
#define IXGBE_XCAST_NONE 0u
#define IXGBE_XCAST_MULTI 1u
#define IXGBE_XCAST_ALLMULTI 2u
#define IXGBE_XCAST_PROMISC 3u
#define IXGBE_VF_TX_QUEUES 1 /* words of the GET_QUEUES answer */
#define IXGBE_VF_RX_QUEUES 2
#define IXGBE_VF_TRANS_VLAN 3
#define IXGBE_VF_DEF_QUEUE 4

/* ---- sizes ---- */
enum {
    IXGBE_POOLS = 64,
    IXGBE_QUEUES = 128,
    IXGBE_QUEUES_PER_POOL = 2,
    IXGBE_PF_VECTORS = 64,
    IXGBE_VF_VECTORS = 3,
    IXGBE_PF_BAR_BYTES = 0x80000,  /* registers in the first 128 KB, then the flash */
    IXGBE_PF_REGISTER_BYTES = 0x20000,
    IXGBE_VF_BAR_BYTES = 0x4000,
    IXGBE_MSIX_BAR_BYTES = 0x4000,
    IXGBE_RX_PB_BYTES = 512 * 1024,
    IXGBE_TX_PB_BYTES = 160 * 1024,
    /* A queue keeps up with the wire and not more: 14.88 million frames a second with descriptor prefetch [Snabb, PR 628]. */
    IXGBE_TX_FRAME_PS = 67200,
    /* What chip and PHY take each way: calibrated on the least that a forwarder of 64 B between two ports took, 3.587 us wire
     * to wire [ixy-languages, 1 Mpps at 2.4 GHz]; only the sum is measured, each way has half of it (docs/validation.md, 2.4). */
    IXGBE_PIPELINE_PS = 917 * 1000,
    IXGBE_PB_UNIT = 64,            /* what the packet buffer pointers count in */
    IXGBE_RX_PTR_WRAP = 16384,     /* they count modulo this, which is more than the buffer holds [assumed] */
    IXGBE_TX_PTR_WRAP = 4096,
    IXGBE_RING_MAX_DESC = 4096,    /* hardware takes more; drivers do not */
    IXGBE_TX_DESC_ON_CHIP = 40,    /* per queue [82599 7.2.3.4] */
    IXGBE_RX_DESC_ON_CHIP = 32,
    IXGBE_STAT_COUNTERS = 16,      /* of queues: RQSMR and TQSM say whose each is */
    IXGBE_EITRS = 129,
};

/* Which EITR a VF's vector 0 or 1 has: pairs from the top, so that VFs 32-62 share registers with vectors 63-2 of the PF, which
 * EITRSEL decides [ixgbe_main.c: "Populate MSIX to EITR Select"; the very numbers are assumed]. */
static inline uint32_t IXGBE_VF_EITR_INDEX(uint32_t vf, uint32_t vector)
{
    return 126 - 2 * vf + vector;
}

static inline uint32_t IXGBE_EITR_ANY(uint32_t i) /* [ixgbe_type.h IXGBE_EITR] */
{
    return i < 24 ? IXGBE_EITR(i) : IXGBE_EITR_HIGH(i - 24);
}

#endif
