/* SPDX-License-Identifier: GPL-2.0-or-later */
/* igbvf: the plugin for virtual functions of the Intel 82576: its registers. */
#include "guest/plugins/intelvf/intelvf.h"
#include "guest/include/npa_plugin_note.h"
#include "sim/nic/82576/regs.h"

#ifndef VF_DRIVER_LINKED
NPA_IMAGE_NOTE("GPL-2.0-or-later", "vfsim igbvf 1");
#endif

const struct intelvf_map intelvf_map = {
    .name = "igbvf",
    .ctrl = E1000_VTCTRL,
    .status = E1000_VTSTATUS,
    .eims = E1000_VTEIMS,
    .eimc = E1000_VTEIMC,
    .eiac = E1000_VTEIAC,
    .eitr = E1000_VTEITR_0,
    .ivar = E1000_VTIVAR,
    .psrtype = 0, /* VMOLR.RSSE is the PF's [e1000_82575.h E1000_VMOLR_RSSE] */
    .rx = E1000_VFRDBAL_0,
    .tx = E1000_VFTDBAL_0,
    .stride = 0x100,
    .srrctl_field = E1000_VFSRRCTL_0 - E1000_VFRDBAL_0,
    .drop_enable = E1000_SRRCTL_DROP_EN,
    .rxdctl_strip = 0, /* VMOLR.STRVLAN too */
    .thresholds = 1u << IXGBE_TXDCTL_WTHRESH_SHIFT | 8u << IXGBE_TXDCTL_HTHRESH_SHIFT | 16, /* [igbvf.h IGBVF_TX_PTHRESH …] */
    .frame_max = 9728, /* 9.5 KB */
};
