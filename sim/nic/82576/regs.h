/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Intel 82576 datasheet as a header: every register of the PF's and the VF's map that the model knows.
 *
 * One line a register: ONE(name, offset, access, reset, sentence) for a single one, MANY(name, offset,
 * stride, count, access, reset, sentence) for an array. Names are the public ones of Linux's igb and igbvf (e1000_regs.h,
 * igbvf/regs.h) where those have them; a VF's are the datasheet's (VTEICR …), for igbvf calls them like the PF's. From the
 * lists come E1000_<name>, E1000_<name>(i) and E1000_<name>_0, the decoder, the trace names and `vfsim regs 82576`.
 *
 * What the family shares is not written again: the bits of the mailbox registers (V2PMAILBOX, P2VMAILBOX), messages 1 to 5 of
 * the mailbox, TXDCTL, RXDCTL, GPIE, MRQC's hash fields and the advanced descriptors are the engine's (nic/intel/words.h, desc.h).
 *
 * Access: RO read only, RW read and write, RW1C write one to clear, RC cleared by reading, WO write only (reads give 0).
 */
#ifndef VFSIM_NIC_82576_REGS_H
#define VFSIM_NIC_82576_REGS_H

#include <stdint.h>

#include "board_defs.h"

/* ---- the physical function's map, BAR0 [e1000_regs.h] ---- */
#define E1000_PF_REGISTERS(ONE, MANY)                                                                                  \
    ONE(CTRL, 0x00000, RW, 0x00000041, "device control: reset, link up, VLAN mode")                                    \
    ONE(STATUS, 0x00008, RO, 0, "device status: link, speed, number of VFs, IOV mode")                                 \
    ONE(EECD, 0x00010, RW, 0x00002300, "EEPROM control: present, auto-read done, request and grant, 2^(6 + 14:11) words")\
    ONE(CTRL_EXT, 0x00018, RW, 0, "extended control: PF reset done, driver loaded")                                    \
    ONE(VET, 0x00038, RW, 0x00008100, "VLAN EtherType (stored; 0x8100 is what the chip looks for)")                    \
    ONE(ICR, 0x000C0, RC, 0, "other interrupt causes: link, VF mailbox; reading or writing one clears")                \
    ONE(ICS, 0x000C8, WO, 0, "sets other causes")                                                                      \
    ONE(IMS, 0x000D0, RW, 0, "mask of other causes: writing one enables")                                              \
    ONE(IMC, 0x000D8, WO, 0, "mask of other causes: writing one disables")                                             \
    ONE(IAM, 0x000E0, RW, 0, "other causes masked when ICR is read (stored)")                                          \
    ONE(RCTL, 0x00100, RW, 0, "receive control: enable, promiscuous, long packets, broadcast, VLAN filter, hash")      \
    ONE(TCTL, 0x00400, RW, 0x0003F0F8, "transmit control: enable")                                                     \
    MANY(VMBMEM, 0x00800, 4, 128, RW, 0, "mailbox memory: 16 words a VF")                                              \
    MANY(P2VMAILBOX, 0x00C00, 4, 8, RW, 0, "mailbox control of one VF")                                                \
    ONE(MBVFICR, 0x00C80, RW1C, 0, "mailbox causes: requests in 7:0, acknowledgements in 23:16")                       \
    ONE(MBVFIMR, 0x00C84, RW, 0x000000FF, "mailbox interrupt mask, one bit a VF")                                      \
    ONE(VFLRE, 0x00C88, RW1C, 0, "VFs that were function-level reset")                                                 \
    ONE(VFRE, 0x00C8C, RW, 0, "receive enable, one bit a pool")                                                        \
    ONE(VFTE, 0x00C90, RW, 0, "transmit enable, one bit a pool")                                                       \
    ONE(LEDCTL, 0x00E00, RW, 0, "LED control (stored)")                                                                \
    ONE(FRTIMER, 0x01048, RO, 0, "free-running timer in microseconds")                                                 \
    ONE(GPIE, 0x01514, RW, 0, "general purpose interrupt enable: MSI-X mode, auto-mask")                               \
    ONE(EICS, 0x01520, WO, 0, "sets interrupt causes, one bit a vector")                                               \
    ONE(EIMS, 0x01524, RW, 0, "interrupt mask: writing one enables")                                                   \
    ONE(EIMC, 0x01528, WO, 0, "interrupt mask: writing one disables")                                                  \
    ONE(EIAC, 0x0152C, RW, 0, "causes cleared when their MSI-X message is sent")                                       \
    ONE(EIAM, 0x01530, RW, 0, "causes masked when their MSI-X message is sent")                                        \
    ONE(EICR, 0x01580, RC, 0, "interrupt causes, one bit a vector; writing one clears, reading clears")                \
    MANY(EITR, 0x01680, 4, 25, RW, 0, "interrupt throttle: interval in bits 14:2, in us; 22-3n … 24-3n are VF n's")    \
    MANY(IVAR0, 0x01700, 4, 8, RW, 0, "vectors of queue n (rx, tx) and n+8 (rx, tx), a byte each, bit 7 valid")        \
    ONE(IVAR_MISC, 0x01740, RW, 0, "vectors of the TCP timer (7:0) and of the other causes (15:8)")                    \
    ONE(RXPBS, 0x02404, RW, 0x00000040, "receive packet buffer size in KB (stored)")                                   \
    ONE(QDE, 0x02408, RW, 0, "drop enable, one bit a queue")                                                           \
    ONE(RDFH, 0x02410, RO, 0, "receive data FIFO head: next to leave the packet buffer, 8-byte units")                 \
    ONE(RDFT, 0x02418, RO, 0, "receive data FIFO tail: next to be written, 8-byte units")                              \
    MANY(RDBAL_A, 0x02800, 0x100, 4, RW, 0, "alias of RDBAL 0-3")                                                      \
    MANY(RDBAH_A, 0x02804, 0x100, 4, RW, 0, "alias of RDBAH 0-3")                                                      \
    MANY(RDLEN_A, 0x02808, 0x100, 4, RW, 0, "alias of RDLEN 0-3")                                                      \
    MANY(SRRCTL_A, 0x0280C, 0x100, 4, RW, 0x00000402, "alias of SRRCTL 0-3")                                           \
    MANY(RDH_A, 0x02810, 0x100, 4, RO, 0, "alias of RDH 0-3")                                                          \
    MANY(RXCTL_A, 0x02814, 0x100, 4, RW, 0, "alias of RXCTL 0-3")                                                      \
    MANY(RDT_A, 0x02818, 0x100, 4, RW, 0, "alias of RDT 0-3")                                                          \
    MANY(RXDCTL_A, 0x02828, 0x100, 4, RW, 0, "alias of RXDCTL 0-3")                                                    \
    MANY(RQDPC_A, 0x02830, 0x100, 4, RC, 0, "alias of RQDPC 0-3")                                                      \
    ONE(TXPBS, 0x03404, RW, 0x00000028, "transmit packet buffer size in KB (stored)")                                  \
    ONE(TDFH, 0x03410, RO, 0, "transmit data FIFO head: next to leave the packet buffer, 8-byte units")                \
    ONE(TDFT, 0x03418, RO, 0, "transmit data FIFO tail: next to be written, 8-byte units")                             \
    ONE(DTXSWC, 0x03500, RW, 0, "transmit switch: MAC anti-spoof 7:0, VLAN 15:8, own loopback 23:16, loopback 31")     \
    ONE(WVBR, 0x03554, RC, 0, "wrong VM behaviour: queues whose frames anti-spoof has stopped")                        \
    ONE(DTXCTL, 0x03590, RW, 0, "DMA transmit control (stored)")                                                       \
    ONE(RTTDQSEL, 0x03604, RW, 0, "which transmit queue RTTBCNRC speaks of")                                           \
    ONE(RTTBCNRM, 0x03690, RW, 0, "rate control memory (stored)")                                                      \
    ONE(RTTBCNRC, 0x036B0, RW, 0, "rate limit of the selected queue: link rate over its rate, 14.14 bits; bit 31 enables") \
    MANY(VMVIR, 0x03700, 4, 8, RW, 0, "port VLAN of a pool: tag in 15:0, VLANA in 31:30")                              \
    MANY(TDBAL_A, 0x03800, 0x100, 4, RW, 0, "alias of TDBAL 0-3")                                                      \
    MANY(TDBAH_A, 0x03804, 0x100, 4, RW, 0, "alias of TDBAH 0-3")                                                      \
    MANY(TDLEN_A, 0x03808, 0x100, 4, RW, 0, "alias of TDLEN 0-3")                                                      \
    MANY(TDH_A, 0x03810, 0x100, 4, RO, 0, "alias of TDH 0-3")                                                          \
    MANY(TXCTL_A, 0x03814, 0x100, 4, RW, 0, "alias of TXCTL 0-3")                                                      \
    MANY(TDT_A, 0x03818, 0x100, 4, RW, 0, "alias of TDT 0-3")                                                          \
    MANY(TXDCTL_A, 0x03828, 0x100, 4, RW, 0, "alias of TXDCTL 0-3")                                                    \
    MANY(TDWBAL_A, 0x03838, 0x100, 4, RW, 0, "alias of TDWBAL 0-3")                                                    \
    MANY(TDWBAH_A, 0x0383C, 0x100, 4, RW, 0, "alias of TDWBAH 0-3")                                                    \
    ONE(CRCERRS, 0x04000, RC, 0, "frames with a bad FCS")                                                              \
    ONE(MPC, 0x04010, RC, 0, "frames missed because the packet buffer was full")                                       \
    ONE(RLEC, 0x04040, RC, 0, "frames with a bad length")                                                              \
    ONE(GPRC, 0x04074, RC, 0, "good packets received")                                                                 \
    ONE(BPRC, 0x04078, RC, 0, "broadcast packets received")                                                            \
    ONE(MPRC, 0x0407C, RC, 0, "multicast packets received")                                                            \
    ONE(GPTC, 0x04080, RC, 0, "good packets transmitted")                                                              \
    ONE(GORCL, 0x04088, RC, 0, "good octets received, low")                                                            \
    ONE(GORCH, 0x0408C, RC, 0, "good octets received, high; clears both")                                              \
    ONE(GOTCL, 0x04090, RC, 0, "good octets transmitted, low")                                                         \
    ONE(GOTCH, 0x04094, RC, 0, "good octets transmitted, high; clears both")                                           \
    ONE(ROC, 0x040AC, RC, 0, "frames longer than the chip takes")                                                      \
    ONE(TPR, 0x040D0, RC, 0, "total packets received")                                                                 \
    ONE(TPT, 0x040D4, RC, 0, "total packets transmitted")                                                              \
    ONE(MPTC, 0x040F0, RC, 0, "multicast packets transmitted")                                                         \
    ONE(BPTC, 0x040F4, RC, 0, "broadcast packets transmitted")                                                         \
    ONE(RXCSUM, 0x05000, RW, 0, "receive checksum control")                                                            \
    ONE(RLPML, 0x05004, RW, 0x00002600, "longest frame with FCS while RCTL.LPE is set")                                \
    ONE(RFCTL, 0x05008, RW, 0, "receive filter control (stored)")                                                      \
    MANY(MTA, 0x05200, 4, 128, RW, 0, "multicast table: 4096 hash bits")                                               \
    MANY(RAL, 0x05400, 8, 16, RW, 0, "receive address 0-15, bytes 0-3")                                                \
    MANY(RAH, 0x05404, 8, 16, RW, 0, "receive address 0-15, bytes 4-5; pools in 25:18, AV (address valid) in 31")      \
    MANY(PSRTYPE, 0x05480, 4, 8, RW, 0, "packet split receive type of a pool (stored)")                                \
    MANY(RAL_HIGH, 0x054E0, 8, 8, RW, 0, "receive address 16-23, bytes 0-3")                                           \
    MANY(RAH_HIGH, 0x054E4, 8, 8, RW, 0, "receive address 16-23, bytes 4-5, pools, AV")                                \
    MANY(VFTA, 0x05600, 4, 128, RW, 0, "VLAN table: 4096 VIDs")                                                        \
    ONE(MRQC, 0x05818, RW, 0, "multiple receive queues command: pools and RSS")                                        \
    ONE(VT_CTL, 0x0581C, RW, 0, "virtualization control: default pool in 9:7, no default pool, replication")           \
    MANY(VMOLR, 0x05AD0, 4, 8, RW, 0, "what a pool accepts and how: length, RSS, untagged, hashes, broadcast, stripping") \
    ONE(RPLOLR, 0x05AF0, RW, 0, "stripping of frames that are replicated to several pools")                            \
    ONE(GCR, 0x05B00, RW, 0, "PCIe control (stored)")                                                                  \
    ONE(SWSM, 0x05B50, RW, 0, "software semaphore")                                                                    \
    ONE(FWSM, 0x05B54, RW, 0, "firmware semaphore")                                                                    \
    ONE(IOVCTL, 0x05BBC, RW, 0, "I/O virtualization control (stored)")                                                 \
    MANY(RETA, 0x05C00, 4, 32, RW, 0, "redirection table: 4 hashes a word; with pools bit 3 of an entry chooses the queue") \
    MANY(RSSRK, 0x05C80, 4, 10, RW, 0, "RSS random key, lowest byte first")                                            \
    MANY(VLVF, 0x05D00, 4, 32, RW, 0, "VLAN id in 11:0, pools in 19:12, enable in 31")                                 \
    MANY(VMRCTL, 0x05D80, 4, 4, RW, 0, "mirror rule: what in 3:0, to which pool in 10:8")                              \
    MANY(VMRVLAN, 0x05D90, 4, 4, RW, 0, "VLVF entries of a mirror rule")                                               \
    MANY(VMRVM, 0x05DA0, 4, 4, RW, 0, "pools of a mirror rule")                                                        \
    MANY(UTA, 0x0A000, 4, 128, RW, 0, "unicast table: 4096 hash bits")                                                 \
    MANY(RDBAL, 0x0C000, 0x40, 16, RW, 0, "receive ring base, low")                                                    \
    MANY(RDBAH, 0x0C004, 0x40, 16, RW, 0, "receive ring base, high")                                                   \
    MANY(RDLEN, 0x0C008, 0x40, 16, RW, 0, "receive ring length in bytes")                                              \
    MANY(SRRCTL, 0x0C00C, 0x40, 16, RW, 0x00000402, "split receive control: buffer sizes, descriptor type, drop")      \
    MANY(RDH, 0x0C010, 0x40, 16, RO, 0, "receive head")                                                                \
    MANY(RXCTL, 0x0C014, 0x40, 16, RW, 0, "receive direct cache access")                                               \
    MANY(RDT, 0x0C018, 0x40, 16, RW, 0, "receive tail")                                                                \
    MANY(RXDCTL, 0x0C028, 0x40, 16, RW, 0, "receive queue control: enable")                                            \
    MANY(RQDPC, 0x0C030, 0x40, 16, RC, 0, "frames the queue has dropped for want of a descriptor")                     \
    MANY(DVMOLR, 0x0C038, 0x40, 8, RW, 0, "of the I350 and of QEMU's igb: hides a pool's port VLAN")                   \
    MANY(TDBAL, 0x0E000, 0x40, 16, RW, 0, "transmit ring base, low")                                                   \
    MANY(TDBAH, 0x0E004, 0x40, 16, RW, 0, "transmit ring base, high")                                                  \
    MANY(TDLEN, 0x0E008, 0x40, 16, RW, 0, "transmit ring length in bytes")                                             \
    MANY(TDH, 0x0E010, 0x40, 16, RO, 0, "transmit head")                                                               \
    MANY(TXCTL, 0x0E014, 0x40, 16, RW, 0, "transmit direct cache access")                                              \
    MANY(TDT, 0x0E018, 0x40, 16, RW, 0, "transmit tail")                                                               \
    MANY(TXDCTL, 0x0E028, 0x40, 16, RW, 0, "transmit queue control: enable, thresholds")                               \
    MANY(TDWBAL, 0x0E038, 0x40, 16, RW, 0, "head write-back address, low; bit 0 enables")                              \
    MANY(TDWBAH, 0x0E03C, 0x40, 16, RW, 0, "head write-back address, high")                                            \
    MANY(PVFGPRC, 0x10010, 0x100, 8, RO, 0, "good packets a pool has received")                                        \
    MANY(PVFGPTC, 0x10014, 0x100, 8, RO, 0, "good packets a pool has transmitted")                                     \
    MANY(PVFGORC, 0x10018, 0x100, 8, RO, 0, "good octets a pool has received")                                         \
    MANY(PVFGOTC, 0x10034, 0x100, 8, RO, 0, "good octets a pool has transmitted")                                      \
    MANY(PVFMPRC, 0x1003C, 0x100, 8, RO, 0, "multicast packets a pool has received")                                   \
    E1000_BOARD_REGISTERS(ONE, MANY)

/* ---- a virtual function's map, BAR0 [igbvf regs.h] ---- */
#define E1000_VF_REGISTERS(ONE, MANY)                                                                                  \
    ONE(VTCTRL, 0x00000, WO, 0, "VF control: reset")                                                                   \
    ONE(VTSTATUS, 0x00008, RO, 0, "link up, full duplex, speed; reading it flushes posted writes")                     \
    MANY(VFMBMEM, 0x00800, 4, 16, RW, 0, "VMBMEM: mailbox memory, 16 words")                                           \
    ONE(V2PMAILBOX, 0x00C40, RW, 0x40, "mailbox control: request, acknowledge, ownership, PF status, reset bits")      \
    ONE(VFPSRTYPE, 0x00F0C, RW, 0, "packet split receive type (stored)")                                               \
    ONE(VFGPRC, 0x00F10, RO, 0, "good packets received")                                                               \
    ONE(VFGPTC, 0x00F14, RO, 0, "good packets transmitted")                                                            \
    ONE(VFGORC, 0x00F18, RO, 0, "good octets received")                                                                \
    ONE(VFGOTC, 0x00F34, RO, 0, "good octets transmitted")                                                             \
    ONE(VFMPRC, 0x00F3C, RO, 0, "multicast packets received")                                                          \
    ONE(VTFRTIMER, 0x01048, RO, 0, "free-running timer in microseconds")                                               \
    ONE(VTEICS, 0x01520, WO, 0, "sets interrupt causes")                                                               \
    ONE(VTEIMS, 0x01524, RW, 0, "interrupt mask: writing one enables")                                                 \
    ONE(VTEIMC, 0x01528, WO, 0, "interrupt mask: writing one disables")                                                \
    ONE(VTEIAC, 0x0152C, RW, 0, "causes cleared when their MSI-X message is sent")                                     \
    ONE(VTEIAM, 0x01530, RW, 0, "causes masked when their MSI-X message is sent")                                      \
    ONE(VTEICR, 0x01580, RC, 0, "interrupt causes, one bit a vector; writing one clears, reading clears")              \
    MANY(VTEITR, 0x01680, 4, 3, RW, 0, "interrupt throttle: interval in bits 14:2, 1 us a count")                      \
    ONE(VTIVAR, 0x01700, RW, 0, "vectors of queue 0 (rx, tx) and 1 (rx, tx), a byte each, bit 7 valid")                \
    ONE(VTIVAR_MISC, 0x01740, RW, 0, "vector of the mailbox cause, bit 7 valid")                                       \
    MANY(VFRDBAL, 0x02800, 0x100, 2, RW, 0, "receive ring base, low")                                                  \
    MANY(VFRDBAH, 0x02804, 0x100, 2, RW, 0, "receive ring base, high")                                                 \
    MANY(VFRDLEN, 0x02808, 0x100, 2, RW, 0, "receive ring length in bytes")                                            \
    MANY(VFSRRCTL, 0x0280C, 0x100, 2, RW, 0x00000402, "split receive control: buffer sizes, descriptor type, drop")    \
    MANY(VFRDH, 0x02810, 0x100, 2, RO, 0, "receive head")                                                              \
    MANY(VFRXCTL, 0x02814, 0x100, 2, RW, 0, "receive direct cache access")                                             \
    MANY(VFRDT, 0x02818, 0x100, 2, RW, 0, "receive tail")                                                              \
    MANY(VFRXDCTL, 0x02828, 0x100, 2, RW, 0, "receive queue control: enable")                                          \
    MANY(VFTDBAL, 0x03800, 0x100, 2, RW, 0, "transmit ring base, low")                                                 \
    MANY(VFTDBAH, 0x03804, 0x100, 2, RW, 0, "transmit ring base, high")                                                \
    MANY(VFTDLEN, 0x03808, 0x100, 2, RW, 0, "transmit ring length in bytes")                                           \
    MANY(VFTDH, 0x03810, 0x100, 2, RO, 0, "transmit head")                                                             \
    MANY(VFTXCTL, 0x03814, 0x100, 2, RW, 0, "transmit direct cache access")                                            \
    MANY(VFTDT, 0x03818, 0x100, 2, RW, 0, "transmit tail")                                                             \
    MANY(VFTXDCTL, 0x03828, 0x100, 2, RW, 0, "transmit queue control: enable, thresholds")                             \
    MANY(VFTDWBAL, 0x03838, 0x100, 2, RW, 0, "head write-back address, low; bit 0 enables")                            \
    MANY(VFTDWBAH, 0x0383C, 0x100, 2, RW, 0, "head write-back address, high")

#define E1000_ONE_(name, offset, access, reset, sentence) E1000_##name = (offset),
#define E1000_NONE_(name, offset, stride, count, access, reset, sentence) E1000_##name##_0 = (offset),
enum e1000_register_offset { E1000_PF_REGISTERS(E1000_ONE_, E1000_NONE_) E1000_VF_REGISTERS(E1000_ONE_, E1000_NONE_) };
#undef E1000_ONE_
#undef E1000_NONE_

#define E1000_NONE_(name, offset, access, reset, sentence)
#define E1000_MANY_(name, offset, stride, count, access, reset, sentence)                                              \
    static inline uint32_t E1000_##name(uint32_t i)                                                                    \
    {                                                                                                                  \
        return (uint32_t)(offset) + (uint32_t)(stride) * i;                                                            \
    }
E1000_PF_REGISTERS(E1000_NONE_, E1000_MANY_)
E1000_VF_REGISTERS(E1000_NONE_, E1000_MANY_)
#undef E1000_NONE_
#undef E1000_MANY_

/* ---- identity [e1000_hw.h, igbvf] ---- */
#define E1000_VENDOR_ID 0x8086
#define E1000_DEV_ID_82576 0x10C9
#define E1000_DEV_ID_82576_VF 0x10CA

/* ---- what the fields mean, where it is not as in the engine's words ---- */
#define E1000_CTRL_RST 0x04000000u
#define E1000_CTRL_VME 0x40000000u /* strip the VLAN tag; without pools only [82576 7.10.3.8] */
#define E1000_STATUS_FD 0x00000001u
#define E1000_STATUS_LU 0x00000002u
#define E1000_STATUS_SPEED_1000 0x00000080u
#define E1000_STATUS_NUM_VFS_SHIFT 14
#define E1000_STATUS_IOV_MODE 0x00040000u
#define E1000_STATUS_GIO_MASTER_ENABLE 0x00080000u
#define E1000_CTRL_EXT_PFRSTD 0x00004000u
#define E1000_CTRL_EXT_DRV_LOAD 0x10000000u

#define E1000_ICR_LSC 0x00000004u
#define E1000_ICR_VMMB 0x00000100u /* VF mailbox request or acknowledgement, or function-level reset of a VF */
#define E1000_ICR_KNOWN (E1000_ICR_LSC | E1000_ICR_VMMB)
#define E1000_EICR_MSIX_MASK 0x01FFFFFFu
#define E1000_EITR_INTERVAL_MASK 0x00007FFCu
#define E1000_EITR_INTERVAL_SHIFT 2
#define E1000_EITR_UNIT_PS 1000000u
#define E1000_EITR_CNT_IGNR 0x80000000u
#define E1000_IVAR_VALID 0x80u

#define E1000_RCTL_EN 0x00000002u
#define E1000_RCTL_UPE 0x00000008u
#define E1000_RCTL_MPE 0x00000010u
#define E1000_RCTL_LPE 0x00000020u
#define E1000_RCTL_MO_SHIFT 12
#define E1000_RCTL_BAM 0x00008000u
#define E1000_RCTL_VFE 0x00040000u
#define E1000_RCTL_SECRC 0x04000000u
#define E1000_TCTL_EN 0x00000002u
#define E1000_SRRCTL_BSIZEPKT_MASK 0x0000007Fu /* packet buffer in KB */
#define E1000_SRRCTL_BSIZEHDR_MASK 0x00003F00u
#define E1000_SRRCTL_DROP_EN 0x80000000u

#define E1000_DTXSWC_VLAN_SPOOF_SHIFT 8
#define E1000_DTXSWC_SPOOF_MASK 0x0000FFFFu
#define E1000_DTXSWC_LLE_SHIFT 16
#define E1000_DTXSWC_VMDQ_LOOPBACK_EN 0x80000000u
#define E1000_RAH_POOL_SHIFT 18
#define E1000_RAH_POOL_MASK 0x03FC0000u
#define E1000_RAH_AV 0x80000000u
#define E1000_VLVF_POOLSEL_SHIFT 12
#define E1000_VLVF_VLANID_ENABLE 0x80000000u
#define E1000_VT_CTL_DEFAULT_POOL_SHIFT 7
#define E1000_VT_CTL_DEFAULT_POOL_MASK 0x00000380u
#define E1000_VT_CTL_DISABLE_DEF_POOL 0x20000000u
#define E1000_VT_CTL_VM_REPL_EN 0x40000000u
#define E1000_VMOLR_RLPML_MASK 0x00003FFFu
#define E1000_VMOLR_LPE 0x00010000u
#define E1000_VMOLR_RSSE 0x00020000u
#define E1000_VMOLR_ACCEPT_MASK 0x1F000000u /* AUPE, ROMPE, ROPE, BAM, MPME: where the engine's VMOLR has them */
#define E1000_VMOLR_STRVLAN 0x40000000u
#define E1000_VMOLR_STRCRC 0x80000000u
#define E1000_DVMOLR_HIDEVLAN 0x20000000u
#define E1000_MRQC_ENABLE_MASK 0x00000007u
#define E1000_MRQC_ENABLE_RSS_MQ 0x00000002u
#define E1000_MRQC_ENABLE_VMDQ 0x00000003u
#define E1000_MRQC_ENABLE_VMDQ_RSS_MQ 0x00000005u
#define E1000_RETA_POOL_SHIFT 3 /* with pools, this bit of an entry says: queue n or n + 8 */

#define E1000_VF_SET_PROMISC 0x06u /* mailbox: clear or set ROPE and MPME */
#define E1000_VF_MAC_FILTER_CLR 0x00010000u
#define E1000_VF_MAC_FILTER_ADD 0x00020000u
#define E1000_VF_SET_PROMISC_MULTICAST 0x00020000u

/* ---- sizes ---- */
enum {
    E1000_POOLS = 8,
    E1000_QUEUES = 16, /* pool n has queues n and n + 8 [82576 8.26.1: PQn = VFn + VQn * 8] */
    E1000_RAR_ENTRIES = 24,
    E1000_VLVF_ENTRIES = 32,
    E1000_VECTORS = 25,
    E1000_VF_VECTORS = 3,
    E1000_PF_BAR_BYTES = 0x20000,
    E1000_VF_BAR_BYTES = 0x4000,
    E1000_MSIX_BAR_BYTES = 0x4000,
    E1000_RX_PB_BYTES = 64 * 1024,
    E1000_TX_PB_BYTES = 40 * 1024,
    E1000_TX_BYTES_MAX = 4096,  /* of data requests under way [assumed] */
    E1000_FIFO_UNIT = 8,
    E1000_FIFO_WRAP = 8192, /* the FIFO pointers count modulo this [assumed: 13 bits of 8 bytes, as in the 8254x] */
    E1000_FRAME_DEFAULT = 1518, /* longest without LPE; a tag makes 1522 */
};

static inline uint32_t E1000_RAL_ANY(uint32_t i) { return i < 16 ? E1000_RAL(i) : E1000_RAL_HIGH(i - 16); }
static inline uint32_t E1000_RAH_ANY(uint32_t i) { return i < 16 ? E1000_RAH(i) : E1000_RAH_HIGH(i - 16); }
static inline uint32_t E1000_VF_EITR_INDEX(uint32_t vf, uint32_t vector) { return 22 - 3 * vf + vector; }

#endif
