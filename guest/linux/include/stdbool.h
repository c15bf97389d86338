/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of the compiler's under their own names: a kernel has their types elsewhere. */
#ifndef NPA_LINUX_STDBOOL_H
#define NPA_LINUX_STDBOOL_H

#include <linux/types.h>

#endif
