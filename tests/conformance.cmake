# SPDX-License-Identifier: GPL-2.0-or-later
# The conformance kit: what it says of our plugins, whether it notices mistakes in them, and its page.
find_program(PYTHON3 python3 REQUIRED)
add_test(NAME conformance/plugins COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/conformance_test.py ${CMAKE_BINARY_DIR})
add_test(NAME conformance/mutants COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/conformance_mutants.py ${CMAKE_BINARY_DIR})
add_test(NAME docs/conformance COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/conformance_docs.py)
add_test(NAME docs/conformance-self-test COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/conformance_docs.py --self-test)
