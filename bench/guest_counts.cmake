# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions of guests' calls (bench/guest-counts). It reads the shell's variables, so it sees its headers.
add_executable(guest_counts ${CMAKE_CURRENT_SOURCE_DIR}/guest_counts.c)
target_link_libraries(guest_counts PRIVATE vfsim_sim)
target_include_directories(guest_counts PRIVATE ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)
