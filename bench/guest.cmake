# SPDX-License-Identifier: GPL-2.0-or-later
# The tiny guest of the measurement is a test's, which brings the same rule for building it.
if(NOT COMMAND vfsim_test_guest)
  include(${CMAKE_SOURCE_DIR}/tests/guest_vm/guests.cmake)
endif()
if(NOT TARGET guest_vm_exits)
  vfsim_test_guest(exits)
endif()
add_executable(guest_exit ${CMAKE_CURRENT_LIST_DIR}/guest_exit.c)
target_link_libraries(guest_exit PRIVATE vfsim_sim)
target_compile_definitions(guest_exit PRIVATE GUEST_DIR="${CMAKE_BINARY_DIR}/guest_vm")
add_dependencies(guest_exit guest_vm_exits)
