# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions a frame, beside the accepted ones. It builds a release of its own, and counts for a minute.
find_program(PYTHON3 python3 REQUIRED)
add_test(NAME bench/instructions COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/bench/instructions --check)
set_tests_properties(bench/instructions PROPERTIES SKIP_RETURN_CODE 77)
