# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(eswitch_bridge)
vfsim_unit_test(eswitch_82599)

# What operators set, and what is measured, is saved and restored.
foreach(name 50-operator-view 51-vepa-mirror 53-rfc2889-congestion 54-rfc2889-addresses
        55-rfc2889-errored)
  add_test(NAME determinism/${name}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/determinism.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endforeach()
