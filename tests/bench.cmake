# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions a frame: beside the accepted ones, and in worlds that grow beside the smallest. They share a build, and count for a minute
# each.
find_program(PYTHON3 python3 REQUIRED)
foreach(name instructions growth)
  add_test(NAME bench/${name} COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/bench/${name} --check)
  set_tests_properties(bench/${name} PROPERTIES SKIP_RETURN_CODE 77 RESOURCE_LOCK build-instructions)
endforeach()
# What guests' calls cost beside what is kept of them: of the guests of this build.
add_test(NAME bench/guest-counts
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/bench/guest-counts --check --build ${CMAKE_BINARY_DIR})
