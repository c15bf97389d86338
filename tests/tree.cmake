# SPDX-License-Identifier: GPL-2.0-or-later
find_program(PYTHON3 python3 REQUIRED)
add_test(NAME tree/check COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/tree_test.py)
add_test(NAME tree/self-test COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/tree_test.py --self-test)
