/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the 82599's map a driver finds beside the data path: NVM, module, MDIO and PHY link, semaphores, flow control, Flow
 * Director, traffic classes, wake-up, and statistics that nothing here counts (RO: the chip clears them by reading). A part of
 * the list in nic/82599/regs.h, in its form.
 */
#ifndef VFSIM_NIC_82599_BOARD_DEFS_H
#define VFSIM_NIC_82599_BOARD_DEFS_H

#define IXGBE_BOARD_REGISTERS(ONE, MANY)                                                                               \
    ONE(I2CCTL, 0x00028, RW, 0x0000000F, "module's two-wire bus: clock in and out, data in and out")                   \
    ONE(TCPTIMER, 0x0004C, RW, 0, "TCP timer (stored)")                                                                \
    MANY(RTRPT4C, 0x02140, 4, 8, RW, 0, "receive credits of a traffic class (stored)")                                 \
    ONE(RTRPCS, 0x02430, RW, 0, "receive packet plane control (stored)")                                               \
    ONE(RDDCC, 0x02F20, RW, 0, "receive DMA control (stored)")                                                         \
    ONE(B2OGPRC, 0x02F90, RO, 0, "packets from the management controller to the host")                                 \
    ONE(PFCTOP, 0x03008, RW, 0, "priority flow control operands (stored)")                                             \
    ONE(RTRUP2TC, 0x03020, RW, 0, "traffic class of each user priority, received (stored)")                            \
    ONE(RXMEMWRAP, 0x03190, RO, 0, "receive packet buffer wrap counters")                                              \
    MANY(FCTTV, 0x03200, 4, 4, RW, 0, "flow control: timer value of two traffic classes (stored)")                     \
    MANY(FCRTL, 0x03220, 4, 8, RW, 0, "flow control: low threshold of a packet buffer (stored)")                       \
    MANY(PXON2OFFCNT, 0x03240, 4, 8, RO, 0, "priority XON to XOFF sent")                                               \
    MANY(FCRTH, 0x03260, 4, 8, RW, 0, "flow control: high threshold of a packet buffer (stored)")                      \
    ONE(FCRTV, 0x032A0, RW, 0, "flow control: refresh threshold (stored)")                                             \
    MANY(PXONTXC, 0x03F00, 4, 8, RO, 0, "priority XON frames sent")                                                    \
    MANY(PXOFFTXC, 0x03F20, 4, 8, RO, 0, "priority XOFF frames sent")                                                  \
    ONE(LXONTXC, 0x03F60, RO, 0, "XON frames sent")                                                                    \
    ONE(LXOFFTXC, 0x03F68, RO, 0, "XOFF frames sent")                                                                  \
    MANY(RNBC, 0x03FC0, 4, 8, RO, 0, "receive: no buffer")                                                             \
    ONE(ILLERRC, 0x04004, RO, 0, "illegal bytes")                                                                      \
    ONE(ERRBC, 0x04008, RO, 0, "error bytes")                                                                          \
    ONE(MSPDC, 0x04010, RO, 0, "MAC short packets discarded")                                                          \
    ONE(MLFC, 0x04034, RO, 0, "local faults of the MAC")                                                               \
    ONE(MRFC, 0x04038, RO, 0, "remote faults of the MAC")                                                              \
    MANY(PRC, 0x0405C, 4, 6, RO, 0, "frames received of 64, up to 127, 255, 511, 1023 and more bytes (not counted)")   \
    ONE(RUC, 0x040A4, RO, 0, "frames too short")                                                                       \
    ONE(RFC, 0x040A8, RO, 0, "fragments")                                                                              \
    ONE(RJC, 0x040B0, RO, 0, "jabber")                                                                                 \
    ONE(MNGPRC, 0x040B4, RO, 0, "management packets received")                                                         \
    ONE(MNGPDC, 0x040B8, RO, 0, "management packets dropped")                                                          \
    ONE(TORL, 0x040C0, RO, 0, "all octets received, low (not counted)")                                                \
    ONE(TORH, 0x040C4, RO, 0, "all octets received, high (not counted)")                                               \
    MANY(PTC, 0x040D8, 4, 6, RO, 0, "frames sent of 64, up to 127, 255, 511, 1023 and more bytes (not counted)")       \
    ONE(XEC, 0x04120, RO, 0, "checksum errors")                                                                        \
    MANY(PXONRXCNT, 0x04140, 4, 8, RO, 0, "priority XON frames received")                                              \
    MANY(PXOFFRXCNT, 0x04160, 4, 8, RO, 0, "priority XOFF frames received")                                            \
    ONE(LXONRXCNT, 0x041A4, RO, 0, "XON frames received")                                                              \
    ONE(LXOFFRXCNT, 0x041A8, RO, 0, "XOFF frames received")                                                            \
    ONE(B2OSPC, 0x041C0, RO, 0, "packets from the management controller")                                              \
    ONE(O2BGPTC, 0x041C4, RO, 0, "packets to the management controller")                                               \
    ONE(PCS1GCFIG, 0x04200, RW, 0, "1 Gb/s PCS: configuration (stored)")                                               \
    ONE(PCS1GLCTL, 0x04208, RW, 0, "1 Gb/s PCS: link control (stored)")                                                \
    ONE(PCS1GLSTA, 0x0420C, RO, 0, "1 Gb/s PCS: link status")                                                          \
    ONE(PCS1GANA, 0x04218, RW, 0, "1 Gb/s PCS: what is advertised (stored)")                                           \
    ONE(PCS1GANLP, 0x0421C, RO, 0, "1 Gb/s PCS: what the partner says")                                                \
    ONE(HLREG1, 0x04244, RO, 0, "MAC status")                                                                          \
    ONE(MSCA, 0x0425C, RW, 0, "MDIO command: address, what is asked, busy in 30")                                      \
    ONE(MSRWD, 0x04260, RW, 0, "MDIO data: to write in 15:0, read in 31:16")                                           \
    ONE(MFLCN, 0x04294, RW, 0, "MAC flow control: pass, discard, obey pause frames (stored)")                          \
    ONE(AUTOC2, 0x042A8, RW, 0x00020000, "auto-negotiation control 2: 10 Gb/s serial by SFI")                          \
    ONE(AUTOC3, 0x042AC, RW, 0, "auto-negotiation control 3 (stored)")                                                 \
    ONE(ANLP1, 0x042B0, RO, 0x00080000, "link partner's base page; state of the auto-negotiation in 19:16")            \
    ONE(ANLP2, 0x042B4, RO, 0, "link partner's next page")                                                             \
    ONE(MMNGC, 0x042D0, RO, 0, "MAC management: whether firmware blocks a reset of the PHY")                           \
    ONE(LINKS2, 0x04324, RO, 0, "link status 2")                                                                       \
    ONE(FCAMACL, 0x04328, RW, 0, "address of pause frames, low (stored)")                                              \
    ONE(FCAMACH, 0x0432C, RW, 0, "address of pause frames, high (stored)")                                             \
    ONE(MACC, 0x04330, RW, 0, "MAC control (stored)")                                                                  \
    ONE(ATLASCTL, 0x04800, RW, 0, "analogue configuration (stored)")                                                   \
    ONE(RTTDT1C, 0x04908, RW, 0, "transmit credits of the selected queue (stored)")                                    \
    MANY(RTTDT2C, 0x04910, 4, 8, RW, 0, "transmit credits of a traffic class (stored)")                                \
    MANY(TXPBTHRESH, 0x04950, 4, 8, RW, 0, "transmit packet buffer: threshold for the next request in KB (stored)")    \
    ONE(DTXTCPFLGL, 0x04A88, RW, 0, "TCP flags of the first and middle segments (stored)")                             \
    ONE(DTXTCPFLGH, 0x04A8C, RW, 0, "TCP flags of the last segment (stored)")                                          \
    ONE(EXVET, 0x05078, RW, 0x81000000, "outer VLAN EtherType (stored)")                                               \
    ONE(FCCRC, 0x05118, RO, 0, "FCoE frames with a bad CRC")                                                           \
    ONE(RXFECCERR0, 0x051B8, RW, 0, "receive filter ECC errors (stored)")                                              \
    MANY(PSRTYPE_LOW, 0x05480, 4, 16, RW, 0, "alias of PSRTYPE 0-15")                                                  \
    ONE(WUC, 0x05800, RW, 0, "wake-up control (stored)")                                                               \
    ONE(WUFC, 0x05808, RW, 0, "wake-up filter control (stored)")                                                       \
    ONE(WUS, 0x05810, RW1C, 0, "wake-up status")                                                                       \
    ONE(MANC, 0x05820, RW, 0, "management control (stored)")                                                           \
    ONE(IPAV, 0x05838, RW, 0, "wake-up: addresses that are valid (stored)")                                            \
    ONE(O2BSPC, 0x087B0, RO, 0, "packets to the management controller, dropped")                                       \
    ONE(SECTXSTAT, 0x08804, RO, 0x00000001, "security transmit status: ready")                                         \
    ONE(SECTXBUFFAF, 0x08808, RW, 0x00000250, "security transmit buffer almost full (stored)")                         \
    ONE(SECTXMINIFG, 0x08810, RW, 0x00000001, "security transmit: least gap between frames (stored)")                  \
    ONE(SECRXSTAT, 0x08D04, RO, 0x00000001, "security receive status: ready, no frame is in its buffer")               \
    ONE(RTTUP2TC, 0x0C800, RW, 0, "traffic class of each user priority, sent (stored)")                                \
    ONE(TIPG, 0x0CB00, RW, 0, "gap between frames (stored)")                                                           \
    ONE(RTTPCS, 0x0CD00, RW, 0, "transmit packet plane control (stored)")                                              \
    ONE(MNGTXMAP, 0x0CD10, RW, 0, "management: traffic class (stored)")                                                \
    MANY(RTTPT2C, 0x0CD20, 4, 8, RW, 0, "transmit packet plane credits of a traffic class (stored)")                   \
    ONE(TFCS, 0x0CE00, RO, 0, "transmit is paused")                                                                    \
    MANY(PXONRXC, 0x0CF00, 4, 8, RO, 0, "priority XON frames received (82598)")                                        \
    MANY(PXOFFRXC, 0x0CF20, 4, 8, RO, 0, "priority XOFF frames received (82598)")                                      \
    ONE(LXONRXC, 0x0CF60, RO, 0, "XON frames received (82598)")                                                        \
    ONE(LXOFFRXC, 0x0CF68, RO, 0, "XOFF frames received (82598)")                                                      \
    ONE(MNGPTC, 0x0CF90, RO, 0, "management packets sent")                                                             \
    ONE(RQTC, 0x0EC70, RW, 0, "RSS queues of each traffic class (stored)")                                             \
    ONE(FDIRCTRL, 0x0EE00, RW, 0, "Flow Director control; INIT_DONE in 3 follows each write")                          \
    MANY(FDIRSIPv6, 0x0EE0C, 4, 3, RW, 0, "Flow Director: source address to add, IPv6 (stored)")                       \
    ONE(FDIRIPSA, 0x0EE18, RW, 0, "Flow Director: source address to add (stored)")                                     \
    ONE(FDIRIPDA, 0x0EE1C, RW, 0, "Flow Director: destination address to add (stored)")                                \
    ONE(FDIRPORT, 0x0EE20, RW, 0, "Flow Director: ports to add (stored)")                                              \
    ONE(FDIRVLAN, 0x0EE24, RW, 0, "Flow Director: VLAN and flexible bytes to add (stored)")                            \
    ONE(FDIRHASH, 0x0EE28, RW, 0, "Flow Director: hash to add (stored)")                                               \
    ONE(FDIRCMD, 0x0EE2C, RW, 0, "Flow Director command: carried out at once; no frame matches a filter")              \
    ONE(FDIRFREE, 0x0EE38, RO, 0x00008000, "Flow Director: free filters")                                              \
    ONE(FDIRDIP4M, 0x0EE3C, RW, 0, "Flow Director: mask of destination addresses (stored)")                            \
    ONE(FDIRSIP4M, 0x0EE40, RW, 0, "Flow Director: mask of source addresses (stored)")                                 \
    ONE(FDIRTCPM, 0x0EE44, RW, 0, "Flow Director: mask of TCP ports (stored)")                                         \
    ONE(FDIRUDPM, 0x0EE48, RW, 0, "Flow Director: mask of UDP ports (stored)")                                         \
    ONE(FDIRLEN, 0x0EE4C, RO, 0, "Flow Director: length of the longest chain")                                         \
    ONE(FDIRUSTAT, 0x0EE50, RO, 0, "Flow Director: filters added and removed")                                         \
    ONE(FDIRFSTAT, 0x0EE54, RO, 0, "Flow Director: filters that could not be added or removed")                        \
    ONE(FDIRMATCH, 0x0EE58, RO, 0, "Flow Director: frames that matched")                                               \
    ONE(FDIRMISS, 0x0EE5C, RO, 0, "Flow Director: frames that matched nothing (not counted)")                          \
    ONE(FDIRHKEY, 0x0EE68, RW, 0, "Flow Director: key of the bucket hash (stored)")                                    \
    ONE(FDIRSKEY, 0x0EE6C, RW, 0, "Flow Director: key of the signature (stored)")                                      \
    ONE(FDIRM, 0x0EE70, RW, 0, "Flow Director: what is not compared (stored)")                                         \
    ONE(FDIRIP6M, 0x0EE74, RW, 0, "Flow Director: mask of IPv6 addresses (stored)")                                    \
    ONE(FDIRSCTPM, 0x0EE78, RW, 0, "Flow Director: mask of SCTP ports (stored)")                                       \
    ONE(EERD, 0x10014, RW, 0, "EEPROM read: address from 2 on, start in 0; done in 1, the word in 31:16")              \
    ONE(EEWR, 0x10018, RW, 0x00000002, "EEPROM write: done, and nothing is written")                                   \
    ONE(FLA, 0x1001C, RW, 0, "flash access (stored)")                                                                  \
    ONE(FACTPS, 0x10150, RO, 0, "function active and power state")                                                     \
    ONE(SW_FW_SYNC, 0x10160, RW, 0, "GSSR: what of the chip software and firmware have for themselves")                \
    ONE(GRC, 0x10200, RW, 0, "wake-up by APM (stored)")                                                                \
    ONE(GCR, 0x11000, RW, 0, "PCIe control (stored)")                                                                  \
    ONE(MREVID, 0x11064, RO, 0x00000001, "mirrored revision id")                                                       \
    ONE(CIAA, 0x11088, RW, 0, "PCIe configuration by address: which word (stored)")                                    \
    ONE(CIAD, 0x1108C, RW, 0, "PCIe configuration by address: its value (stored)")                                     \
    ONE(CORECTL, 0x14F00, RW, 0, "analogue core control (stored)")

/* ---- what their fields mean ---- */
#define IXGBE_I2C_CLK_IN 0x00000001u
#define IXGBE_I2C_CLK_OUT 0x00000002u
#define IXGBE_I2C_DATA_IN 0x00000004u
#define IXGBE_I2C_DATA_OUT 0x00000008u
#define IXGBE_SWSM_SMBI 0x00000001u /* read as 0, it is the reader's */
#define IXGBE_FDIRCTRL_INIT_DONE 0x00000008u
#define IXGBE_FDIRCMD_CMD_MASK 0x00000003u
#define IXGBE_MSCA_MDI_COMMAND 0x40000000u /* under way */
#define IXGBE_MSCA_OP_CODE_MASK 0x0C000000u
#define IXGBE_MSCA_READ 0x0C000000u
#define IXGBE_MSRWD_READ_DATA_SHIFT 16
#define IXGBE_AUTOC_AN_RESTART 0x00001000u
#define IXGBE_AUTOC_LMS_10G_SERIAL 0x00006000u
#define IXGBE_ESDP_SDP2 0x00000004u /* a module is there */

#endif
