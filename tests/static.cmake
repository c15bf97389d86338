# SPDX-License-Identifier: GPL-2.0-or-later
# What well-known tools say of the source.
find_program(PYTHON3 python3 REQUIRED)
foreach(name format cppcheck shell)
  add_test(NAME static/${name} COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/static_test.py ${name})
endforeach()
set_tests_properties(static/cppcheck PROPERTIES SKIP_RETURN_CODE 77)
add_test(NAME static/tidy COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/static_test.py tidy ${CMAKE_BINARY_DIR})
