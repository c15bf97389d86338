/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of the parts that a hypervisor of this program consists of, in the order of their ranks (host/part.h): for
 * host_params. */
#ifndef VFSIM_HOST_PARTS_H
#define VFSIM_HOST_PARTS_H

#include "host/part.h"

extern const struct host_part *const host_parts[HOST_RANKS];

#endif
