# SPDX-License-Identifier: GPL-2.0-or-later
if(VFSIM_TESTS) # its guests are those of the tests
  add_executable(guest_exit ${CMAKE_CURRENT_LIST_DIR}/guest_exit.c)
  target_link_libraries(guest_exit PRIVATE vfsim_host)
  target_compile_definitions(guest_exit PRIVATE GUEST_DIR="${CMAKE_BINARY_DIR}/guest_vm")
  add_dependencies(guest_exit guest_vm_exits)
endif()
