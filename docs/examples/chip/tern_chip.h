/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the Tern's chip and the driver of its PF give each other. */
#ifndef TERN_CHIP_H
#define TERN_CHIP_H

#include <vfsim/chip.h>

#include "tern.h"

extern const struct vfsim_chip tern_chip;         /* tern.c */
extern const struct vfsim_driver_ops tern_driver; /* tern_driver.c */

#endif
