# SPDX-License-Identifier: GPL-2.0-or-later
# The contenders, as a library because the unit test of the event order runs them too.
add_library(evq_sets STATIC ${CMAKE_CURRENT_SOURCE_DIR}/evq_sets.c ${CMAKE_CURRENT_SOURCE_DIR}/evq_calendar.c)
target_link_libraries(evq_sets PUBLIC vfsim_flags)
add_executable(evq_hold ${CMAKE_CURRENT_SOURCE_DIR}/evq_hold.c)
target_link_libraries(evq_hold PRIVATE evq_sets vfsim_sim)
