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
  # And each place of it, as a whole, with the command itself.
  get_target_property(vfsim_command vfsim SOURCES)
  add_executable(vfsim_forgets ${vfsim_command} ${CMAKE_CURRENT_SOURCE_DIR}/left_out/forget.c)
  target_link_libraries(vfsim_forgets PRIVATE vfsim_objects vfsim_api PkgConfig::HTTP)
  target_link_options(vfsim_forgets PRIVATE -Wl,--wrap=save__bytes)
  target_include_directories(vfsim_forgets PRIVATE $<TARGET_PROPERTY:vfsim,INCLUDE_DIRECTORIES>)
  target_compile_definitions(vfsim_forgets PRIVATE $<TARGET_PROPERTY:vfsim,COMPILE_DEFINITIONS>)
  set_target_properties(vfsim_forgets PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}) # the guest's image is beside it
  add_dependencies(vfsim_forgets guest_shell guest_plugins)
  add_test(NAME save/left-out COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/left_out.py $<TARGET_FILE:left_out> ${GDB}
    ${VFSIM_GUEST_IMAGE} ${VFSIM_PLUGIN_STORE})
  set_tests_properties(save/left-out PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8")
  add_test(NAME save/left-out-places COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/left_out_places.py $<TARGET_FILE:vfsim_forgets> ${GDB}
    4 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
