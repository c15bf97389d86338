# SPDX-License-Identifier: GPL-2.0-or-later
# Every member that a save function hands over, left out in turn, is noticed (left_out/left_out.c). One shared library has nothing to wrap.
if(NOT VFSIM_QUICK_TESTS)
  add_executable(left_out ${CMAKE_CURRENT_SOURCE_DIR}/left_out/left_out.c ${CMAKE_CURRENT_SOURCE_DIR}/left_out/dump.c)
  target_include_directories(left_out PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(left_out PRIVATE vfsim_objects)
  target_link_options(left_out PRIVATE -Wl,--wrap=save__bytes)
  add_dependencies(left_out guest_shell guest_plugins)
  find_program(PYTHON3 python3 REQUIRED)
  find_program(GDB gdb REQUIRED)
  add_test(NAME save/left-out COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/left_out.py $<TARGET_FILE:left_out> ${GDB}
    ${VFSIM_GUEST_IMAGE} ${VFSIM_PLUGIN_STORE})
  set_tests_properties(save/left-out PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8")
endif()
