# SPDX-License-Identifier: GPL-2.0-or-later
add_executable(path ${CMAKE_CURRENT_SOURCE_DIR}/path.c)
target_link_libraries(path PRIVATE vfsim_sim)
set_target_properties(path PROPERTIES INTERPROCEDURAL_OPTIMIZATION ${VFSIM_IPO})
