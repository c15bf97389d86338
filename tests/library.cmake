# SPDX-License-Identifier: GPL-2.0-or-later
# The library as programs see it: by its headers, linked as they would link it.
find_program(PYTHON3 python3 REQUIRED)
vfsim_unit_test(library vfsim_shared)

add_test(NAME tree/library COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/library_test.py $<TARGET_FILE:vfsim_shared> ${VFSIM_STATIC}
  ${CMAKE_C_COMPILER} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
add_test(NAME tree/library-self-test COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/library_test.py --self-test)

# As a program of somebody else's is built against it.
set(flags "${VFSIM_FLAGS}")
if(VFSIM_SANITIZE)
  set(flags "-fsanitize=address,undefined ${flags}")
endif()
add_test(NAME cli/embedding COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/embedding_test.sh ${CMAKE_COMMAND} ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}
  ${CMAKE_C_COMPILER} "${flags}")
