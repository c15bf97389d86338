/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The igbvf plugin: an 82576's VF. */
#include "sim/nic/82576/regs.h"
#define REG(name) E1000_##name
#define REG_IVAR E1000_VTIVAR
#include "unit/npa_intelvf.h"
