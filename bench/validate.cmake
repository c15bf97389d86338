# SPDX-License-Identifier: GPL-2.0-or-later
# The validation page (tools/validate), and its bounds as a test (tests/pcie.cmake).
add_executable(validate
  ${CMAKE_CURRENT_SOURCE_DIR}/validate.c
  ${CMAKE_CURRENT_SOURCE_DIR}/validate_link.c
  ${CMAKE_CURRENT_SOURCE_DIR}/validate_measured.c
  ${CMAKE_CURRENT_SOURCE_DIR}/validate_nfp.c
  ${CMAKE_CURRENT_SOURCE_DIR}/validate_nic.c
  ${CMAKE_CURRENT_SOURCE_DIR}/validate_poll.c
  ${CMAKE_CURRENT_SOURCE_DIR}/validate_print.c
  ${CMAKE_CURRENT_SOURCE_DIR}/validate_world.c)
target_link_libraries(validate PRIVATE vfsim_sim)
