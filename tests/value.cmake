# SPDX-License-Identifier: GPL-2.0-or-later
# What a VM keeps although it is passed through: suspension, snapshots, policy.
find_program(PYTHON3 python3 REQUIRED)
add_test(NAME policy/docs COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/policy_docs.py)
