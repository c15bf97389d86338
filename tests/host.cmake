# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(vmxnet3_control)
vfsim_unit_test(vmxnet3_intr)
vfsim_unit_test(vmxnet3_revision)
vfsim_unit_test(vmxnet3_hostile)
vfsim_unit_test(vmxnet3_data)
vfsim_unit_test(vmxnet3_offload)
vfsim_unit_test(vswitch_rules)
vfsim_unit_test(vswitch_queues)
vfsim_unit_test(host_slot)
vfsim_unit_test(host_steps)
vfsim_unit_test(refusals)
if(VFSIM_GUEST_IMAGE)
  foreach(name host_switch host_invariants)
    vfsim_unit_test(${name})
    target_compile_definitions(${name} PRIVATE VFSIM_GUEST_IMAGE="${VFSIM_GUEST_IMAGE}"
      VFSIM_PLUGINS="${CMAKE_BINARY_DIR}/plugins")
    add_dependencies(${name} guest_shell guest_shell-windows)
  endforeach()
endif()

find_program(PYTHON3 python3 REQUIRED)
# Every n-th moment of all; the others by hand: tests/sweep_resets.py build/vfsim 1
add_test(NAME stress/resets COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/sweep_resets.py $<TARGET_FILE:vfsim> 40)
add_test(NAME scenario/settings COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/settings_test.py $<TARGET_FILE:vfsim>
         ${CMAKE_SOURCE_DIR}/sim/pf/settings.def ${CMAKE_SOURCE_DIR}/sim/pf/intel/effects.def)
add_test(NAME scenario/doors COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/doors_test.py $<TARGET_FILE:vfsim>)
