/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same tests for the build that does what the published plugin does: each says where it differs. */
#include "unit/npa_bnx2x.c"
