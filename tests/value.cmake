# SPDX-License-Identifier: GPL-2.0-or-later
# What a VM keeps although it is passed through: suspension, snapshots, policy.
find_program(PYTHON3 python3 REQUIRED)
add_test(NAME policy/docs COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/policy_docs.py)
add_test(NAME snapshot/files COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/snapshot_test.py $<TARGET_FILE:vfsim>
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
