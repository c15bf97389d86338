/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the 82576's map a driver finds beside the data path: NVM, PHY, semaphores, flow control, filters that do nothing here,
 * time stamps, wake-up, and statistics that nothing here counts (RO: the chip clears them by reading). A part of the list in
 * nic/82576/regs.h, in its form.
 */
#ifndef VFSIM_NIC_82576_BOARD_DEFS_H
#define VFSIM_NIC_82576_BOARD_DEFS_H

#define E1000_BOARD_REGISTERS(ONE, MANY)                                                                               \
    ONE(EERD, 0x00014, RW, 0, "EEPROM read: address from 2 on, start in 0; done in 1, the word in 31:16")              \
    ONE(MDIC, 0x00020, RW, 0x10000000, "PHY access: register, what is asked, ready in 28, data in 15:0")               \
    ONE(SCTL, 0x00024, RW, 0, "SerDes control (stored)")                                                               \
    ONE(FCAL, 0x00028, RW, 0, "address of pause frames, low (stored)")                                                 \
    ONE(FCAH, 0x0002C, RW, 0, "address of pause frames, high (stored)")                                                \
    ONE(FCT, 0x00030, RW, 0, "type of pause frames (stored)")                                                          \
    ONE(CONNSW, 0x00034, RW, 0, "which of copper and fibre is connected (stored)")                                     \
    ONE(FCTTV, 0x00170, RW, 0, "flow control: timer value (stored)")                                                   \
    ONE(TXCW, 0x00178, RW, 0, "1000BASE-X: what is advertised (stored)")                                               \
    ONE(TCTL_EXT, 0x00404, RW, 0, "transmit control, extended (stored)")                                               \
    ONE(TIPG, 0x00410, RW, 0, "gap between frames (stored)")                                                           \
    ONE(MDICNFG, 0x00E04, RW, 0, "PHY access: how (stored)")                                                           \
    ONE(PBA, 0x01000, RW, 0x00000022, "packet buffer allocation (stored)")                                             \
    ONE(EEMNGCTL, 0x01010, RO, 0x000C0000, "management: both ports are configured from the EEPROM")                    \
    ONE(I2CCMD, 0x01028, RW, 0x20000000, "module bus: ready, nothing is there")                                        \
    ONE(TCPTIMER, 0x0104C, RW, 0, "TCP timer (stored)")                                                                \
    ONE(FCRTL, 0x02160, RW, 0, "flow control: low threshold (stored)")                                                 \
    ONE(FCRTH, 0x02168, RW, 0, "flow control: high threshold (stored)")                                                \
    ONE(FCRTC, 0x02170, RW, 0, "flow control: threshold of coalescing (stored)")                                       \
    ONE(FCRTV, 0x02460, RW, 0, "flow control: refresh threshold (stored)")                                             \
    ONE(DMACR, 0x02508, RW, 0, "DMA coalescing (stored)")                                                              \
    ONE(LVMMC, 0x03548, RO, 0, "what the last malicious pool did")                                                     \
    ONE(ALGNERRC, 0x04004, RO, 0, "alignment errors")                                                                  \
    ONE(SYMERRS, 0x04008, RO, 0, "symbol errors")                                                                      \
    ONE(RXERRC, 0x0400C, RO, 0, "receive errors")                                                                      \
    ONE(SCC, 0x04014, RO, 0, "single collisions")                                                                      \
    ONE(ECOL, 0x04018, RO, 0, "excessive collisions")                                                                  \
    ONE(MCC, 0x0401C, RO, 0, "multiple collisions")                                                                    \
    ONE(LATECOL, 0x04020, RO, 0, "late collisions")                                                                    \
    ONE(COLC, 0x04028, RO, 0, "collisions")                                                                            \
    ONE(DC, 0x04030, RO, 0, "deferred")                                                                                \
    ONE(TNCRS, 0x04034, RO, 0, "sent without carrier")                                                                 \
    ONE(SEC, 0x04038, RO, 0, "sequence errors")                                                                        \
    ONE(HTDPMC, 0x0403C, RO, 0, "transmit packets discarded by the host")                                              \
    ONE(XONRXC, 0x04048, RO, 0, "XON frames received")                                                                 \
    ONE(XONTXC, 0x0404C, RO, 0, "XON frames sent")                                                                     \
    ONE(XOFFRXC, 0x04050, RO, 0, "XOFF frames received")                                                               \
    ONE(XOFFTXC, 0x04054, RO, 0, "XOFF frames sent")                                                                   \
    ONE(FCRUC, 0x04058, RO, 0, "flow control frames that are not known")                                               \
    MANY(PRC, 0x0405C, 4, 6, RO, 0, "frames received of 64, up to 127, 255, 511, 1023 and more bytes (not counted)")   \
    ONE(RNBC, 0x040A0, RO, 0, "receive: no buffer")                                                                    \
    ONE(RUC, 0x040A4, RO, 0, "frames too short")                                                                       \
    ONE(RFC, 0x040A8, RO, 0, "fragments")                                                                              \
    ONE(RJC, 0x040B0, RO, 0, "jabber")                                                                                 \
    ONE(MGTPRC, 0x040B4, RO, 0, "management packets received")                                                         \
    ONE(MGTPDC, 0x040B8, RO, 0, "management packets dropped")                                                          \
    ONE(MGTPTC, 0x040BC, RO, 0, "management packets sent")                                                             \
    ONE(TORL, 0x040C0, RO, 0, "all octets received, low (not counted)")                                                \
    ONE(TORH, 0x040C4, RO, 0, "all octets received, high (not counted)")                                               \
    ONE(TOTL, 0x040C8, RO, 0, "all octets sent, low (not counted)")                                                    \
    ONE(TOTH, 0x040CC, RO, 0, "all octets sent, high (not counted)")                                                   \
    MANY(PTC, 0x040D8, 4, 6, RO, 0, "frames sent of 64, up to 127, 255, 511, 1023 and more bytes (not counted)")       \
    ONE(TSCTC, 0x040F8, RO, 0, "segmentation contexts (not counted)")                                                  \
    ONE(CBRMPC, 0x040FC, RO, 0, "circuit breaker: packets received")                                                   \
    ONE(IAC, 0x04100, RO, 0, "interrupts (not counted)")                                                               \
    ONE(RPTHC, 0x04104, RO, 0, "packets to the host (not counted)")                                                    \
    ONE(ICRXATC, 0x04108, RO, 0, "interrupts: absolute receive timer")                                                 \
    ONE(ICTXPTC, 0x0410C, RO, 0, "interrupts: transmit packet timer")                                                  \
    ONE(ICTXATC, 0x04110, RO, 0, "interrupts: absolute transmit timer")                                                \
    ONE(HGPTC, 0x04118, RO, 0, "good packets from the host (not counted)")                                             \
    ONE(ICTXQMTC, 0x0411C, RO, 0, "interrupts: transmit queue low")                                                    \
    ONE(ICRXDMTC, 0x04120, RO, 0, "interrupts: receive descriptors low")                                               \
    ONE(ICRXOC, 0x04124, RO, 0, "interrupts: receive overrun")                                                         \
    ONE(HGORCL, 0x04128, RO, 0, "good octets to the host, low (not counted)")                                          \
    ONE(HGORCH, 0x0412C, RO, 0, "good octets to the host, high (not counted)")                                         \
    ONE(HGOTCL, 0x04130, RO, 0, "good octets from the host, low (not counted)")                                        \
    ONE(HGOTCH, 0x04134, RO, 0, "good octets from the host, high (not counted)")                                       \
    ONE(LENERRS, 0x04138, RO, 0, "length errors")                                                                      \
    ONE(PCS_CFG0, 0x04200, RW, 0, "1000BASE-X PCS: configuration (stored)")                                            \
    ONE(PCS_LCTL, 0x04208, RW, 0, "1000BASE-X PCS: link control (stored)")                                             \
    ONE(PCS_LSTAT, 0x0420C, RO, 0, "1000BASE-X PCS: link status")                                                      \
    ONE(PCS_ANADV, 0x04218, RW, 0, "1000BASE-X PCS: what is advertised (stored)")                                      \
    ONE(PCS_LPAB, 0x0421C, RO, 0, "1000BASE-X PCS: what the partner says")                                             \
    ONE(SCVPC, 0x04228, RO, 0, "code violations")                                                                      \
    ONE(VLAPQF, 0x055B0, RW, 0, "queue by VLAN priority (stored)")                                                     \
    ONE(SYNQF, 0x055FC, RW, 0, "TCP SYN queue filter (stored)")                                                        \
    ONE(WUC, 0x05800, RW, 0, "wake-up control (stored)")                                                               \
    ONE(WUFC, 0x05808, RW, 0, "wake-up filter control (stored)")                                                       \
    ONE(WUS, 0x05810, RW1C, 0, "wake-up status")                                                                       \
    ONE(MANC, 0x05820, RW, 0, "management control (stored)")                                                           \
    ONE(IPAV, 0x05838, RW, 0, "wake-up: addresses that are valid (stored)")                                            \
    MANY(SAQF, 0x05980, 4, 8, RW, 0, "5-tuple filter: source address (stored)")                                        \
    MANY(DAQF, 0x059A0, 4, 8, RW, 0, "5-tuple filter: destination address (stored)")                                   \
    MANY(SPQF, 0x059C0, 4, 8, RW, 0, "5-tuple filter: source port (stored)")                                           \
    MANY(FTQF, 0x059E0, 4, 8, RW, 0, "5-tuple filter (stored)")                                                        \
    MANY(IMIR, 0x05A80, 4, 8, RW, 0, "immediate interrupt, port filter (stored)")                                      \
    MANY(IMIREXT, 0x05AA0, 4, 8, RW, 0, "immediate interrupt, extended (stored)")                                      \
    ONE(IMIRVP, 0x05AC0, RW, 0, "immediate interrupt by VLAN priority (stored)")                                       \
    ONE(TXSWC, 0x05ACC, RW, 0, "transmit switch of later chips (stored)")                                              \
    ONE(FACTPS, 0x05B30, RO, 0, "function active and power state")                                                     \
    ONE(SW_FW_SYNC, 0x05B5C, RW, 0, "what of the chip software and firmware have for themselves")                      \
    ONE(DCA_CTRL, 0x05B74, RW, 0, "direct cache access control (stored)")                                              \
    ONE(PCIEMISC, 0x05BB8, RW, 0, "PCIe miscellaneous (stored)")                                                       \
    MANY(ETQF, 0x05CB0, 4, 8, RW, 0, "EtherType queue filter (stored)")                                                \
    ONE(TSYNCRXCFG, 0x05F50, RW, 0, "time stamps: which frames (stored)")                                              \
    ONE(SYSTIML, 0x0B600, RW, 0, "system time, low (stored: it stands)")                                               \
    ONE(SYSTIMH, 0x0B604, RW, 0, "system time, high (stored: it stands)")                                              \
    ONE(TIMINCA, 0x0B608, RW, 0, "system time: increment (stored)")                                                    \
    ONE(TSYNCTXCTL, 0x0B614, RW, 0, "time stamps of sent frames (stored)")                                             \
    ONE(TXSTMPL, 0x0B618, RO, 0, "time stamp of a sent frame, low")                                                    \
    ONE(TXSTMPH, 0x0B61C, RO, 0, "time stamp of a sent frame, high")                                                   \
    ONE(TSYNCRXCTL, 0x0B620, RW, 0, "time stamps of received frames (stored)")                                         \
    ONE(RXSTMPL, 0x0B624, RO, 0, "time stamp of a received frame, low")                                                \
    ONE(RXSTMPH, 0x0B628, RO, 0, "time stamp of a received frame, high")                                               \
    ONE(TSAUXC, 0x0B640, RW, 0, "time synchronisation: auxiliary control (stored)")

/* ---- what their fields mean ---- */
#define E1000_EECD_REQ 0x00000040u
#define E1000_EECD_GNT 0x00000080u
#define E1000_SWSM_SMBI 0x00000001u /* read as 0, it is the reader's */
#define E1000_MDIC_DATA_MASK 0x0000FFFFu
#define E1000_MDIC_REG_SHIFT 16
#define E1000_MDIC_REG_MASK 0x001F0000u
#define E1000_MDIC_PHY_SHIFT 21
#define E1000_MDIC_PHY_MASK 0x03E00000u
#define E1000_MDIC_OP_WRITE 0x04000000u
#define E1000_MDIC_OP_READ 0x08000000u
#define E1000_MDIC_READY 0x10000000u
#define E1000_MDIC_ERROR 0x40000000u
#define E1000_CTRL_GIO_MASTER_DISABLE 0x00000004u

#endif
