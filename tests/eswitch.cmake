# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(eswitch_bridge vfsim_eswitch)
vfsim_unit_test(eswitch_82599 vfsim_pf)
