# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that are Linux kernels (docs/linux-guests.md): where none has been built, these tests are skipped and say so.
add_executable(fake_kernel linux/fake_kernel.c)
target_compile_definitions(fake_kernel PRIVATE _GNU_SOURCE)
find_program(PYTHON3 python3 REQUIRED)
file(GLOB linux_scenarios CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/scenarios/linux/*.scn)
foreach(scenario ${linux_scenarios})
  get_filename_component(name ${scenario} NAME_WE)
  add_test(NAME linux/${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/linux_guest.sh $<TARGET_FILE:vfsim> ${scenario}
    ${CMAKE_BINARY_DIR}/linux
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(linux/${name} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()

# The NPA shell as a module, for kernels of this machine's kind.
add_test(NAME linux/module COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/linux_module.sh WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(linux/module PROPERTIES SKIP_RETURN_CODE 77)

# What they touch of the chips is what docs/stock-drivers.md says: by the runs above, where they are of this build.
add_test(NAME linux/registers COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/linux/registers.py $<TARGET_FILE:vfsim>
  --kept ${CMAKE_BINARY_DIR}/linux WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(linux/registers PROPERTIES SKIP_RETURN_CODE 77
  DEPENDS
  "linux/476-vmxnet3-intr;linux/477-vmxnet3-revisions;linux/480-ixgbevf;linux/481-igbvf;linux/482-vmxnet3;linux/487-ixgbe-pf;linux/488-igb-pf")

# How such a guest is run, and how it can misbehave, needs no kernel: a program stands in for one. It is a process of its own, without
# sanitizers, as a kernel is.
add_test(NAME vm/fake-kernel COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/linux/fake_kernel.py $<TARGET_FILE:vfsim>
  $<TARGET_FILE:fake_kernel> WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
