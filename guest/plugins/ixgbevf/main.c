/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ixgbevf: the plugin for virtual functions of the Intel 82599: its registers. */
#include "guest/plugins/intelvf/intelvf.h"
#include "guest/include/npa_plugin_note.h"

#ifndef IXGBEVF_LICENCE
#define IXGBEVF_LICENCE "GPL-2.0-or-later"
#endif
#define INTELVF_WORD(number) #number
#define INTELVF_NUMBER(macro) INTELVF_WORD(macro)
#ifndef VF_DRIVER_LINKED /* into a guest whose own driver uses this data path: no image, no note */
NPA_IMAGE_NOTE(IXGBEVF_LICENCE, "vfsim ixgbevf " INTELVF_NUMBER(IXGBEVF_VERSION));
#endif

const struct intelvf_map intelvf_map = {
    .name = "ixgbevf",
    .ctrl = IXGBE_VFCTRL,
    .status = IXGBE_VFSTATUS,
    .eims = IXGBE_VTEIMS,
    .eimc = IXGBE_VTEIMC,
    .eiac = IXGBE_VTEIAC,
    .eitr = IXGBE_VTEITR_0,
    .ivar = IXGBE_VTIVAR_0,
    .psrtype = IXGBE_VFPSRTYPE,
    .rx = IXGBE_VFRDBAL_0,
    .tx = IXGBE_VFTDBAL_0,
    .stride = 0x40,
    .srrctl_field = IXGBE_VFSRRCTL_0 - IXGBE_VFRDBAL_0,
    .drop_enable = IXGBE_SRRCTL_DROP_EN,
    .rxdctl_strip = IXGBE_RXDCTL_VME,
    .thresholds = 1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 32, /* [82599 7.2.3.4] fetch ahead while fewer than 32 are on chip */
    .frame_max = 15360, /* [82599 1.3] 15 KB */
};
