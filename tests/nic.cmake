# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(nic82599_path vfsim_pf)
vfsim_unit_test(nic82599_reset vfsim_pf)
vfsim_unit_test(nic82599_hostile vfsim_pf)
vfsim_unit_test(pf_moves vfsim_pf)
vfsim_unit_test(pf_life vfsim_pf)
vfsim_unit_test(pf_ops vfsim_pf)
vfsim_unit_test(nic82599_rss vfsim_pf)
vfsim_unit_test(nic82599_timing vfsim_pf)
