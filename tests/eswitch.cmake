# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(eswitch_bridge vfsim_eswitch)
vfsim_unit_test(eswitch_82599 vfsim_pf)

# What operators set is saved and restored.
foreach(name 50-operator-view)
  add_test(NAME determinism/${name}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/determinism.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endforeach()
