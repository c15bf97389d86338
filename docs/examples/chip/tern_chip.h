/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the Tern's model give each other. */
#ifndef TERN_CHIP_H
#define TERN_CHIP_H

#include <vfsim/chip.h>

#include "tern.h"

extern const struct vfsim_chip tern_chip; /* tern.c */

/* tern_switch.c: `reg` is TERN_STATUS … TERN_REGISTERS_END */
void tern_reset_registers(struct vfsim_nic *nic, uint32_t *reg);
void tern_written(struct vfsim_nic *nic, const uint32_t *reg, uint32_t offset);
enum { TERN_REGISTER_COUNT = 38 };
extern const struct vfsim_register tern_registers[TERN_REGISTER_COUNT];

/* tern_driver.c */
extern const struct vfsim_driver_ops tern_driver;

#endif
