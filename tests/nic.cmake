# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(nic82599_path vfsim_pf)
vfsim_unit_test(nic82599_reset vfsim_pf)
vfsim_unit_test(nic82599_hostile vfsim_pf)
vfsim_unit_test(pf_moves vfsim_pf)
vfsim_unit_test(pf_life vfsim_pf)
vfsim_unit_test(pf_ops vfsim_pf)
vfsim_unit_test(nic82599_rss vfsim_pf)
vfsim_unit_test(nic82599_timing vfsim_pf)
vfsim_unit_test(nic82576_chip vfsim_pf)
vfsim_unit_test(nic82599_arbiter vfsim_pf)
vfsim_unit_test(nic82599_rsc vfsim_pf)
vfsim_unit_test(nic82599_filters vfsim_pf)
vfsim_unit_test(upt_rings vfsim_nic)

# The model's side of tools/witness: run by hand, no test.
add_executable(vfsim_probe ${CMAKE_CURRENT_SOURCE_DIR}/witness/vfsim_probe.c)
target_link_libraries(vfsim_probe PRIVATE vfsim_pf PkgConfig::CHECK)
target_include_directories(vfsim_probe PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
