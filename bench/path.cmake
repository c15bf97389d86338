# SPDX-License-Identifier: GPL-2.0-or-later
# The whole path of a frame: by time (path), and for who counts instructions (frames).
foreach(program path frames)
  add_executable(${program} ${CMAKE_CURRENT_SOURCE_DIR}/${program}.c ${CMAKE_CURRENT_SOURCE_DIR}/loads.c)
  target_link_libraries(${program} PRIVATE vfsim_sim)
  set_target_properties(${program} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ${VFSIM_IPO})
endforeach()
