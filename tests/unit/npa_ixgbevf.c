/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ixgbevf plugin: an 82599's VF. */
#define REG(name) IXGBE_##name
#define REG_IVAR IXGBE_VTIVAR_0
#include "unit/npa_intelvf.h"
