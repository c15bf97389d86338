/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Intel X540 as a header: what it has otherwise than the chip whose register map it has [ixgbe_x540.c drives it by the routines
 * of that chip]. Guest drivers include it: it needs nothing at all.
 */
#ifndef VFSIM_NIC_X540_REGS_H
#define VFSIM_NIC_X540_REGS_H

/* ---- identity [ixgbe_type.h] ---- */
#define IXGBE_DEV_ID_X540T 0x1528
#define IXGBE_DEV_ID_X540_VF 0x1515
#define IXGBE_SUBDEV_ID_X540T2 0x0001 /* Converged Network Adapter X540-T2 [pci.ids] */

/* ---- sizes ---- */
enum {
    IXGBE_X540_RX_PB_BYTES = 384 * 1024, /* [ixgbe_x540.c IXGBE_X540_RX_PB_SIZE] */
    IXGBE_X540_RAR_ENTRIES = 128,
    IXGBE_X540_QUEUES = 128,
};

#endif
