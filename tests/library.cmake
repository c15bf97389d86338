# SPDX-License-Identifier: GPL-2.0-or-later
# The library as programs see it: by its headers, linked as they would link it.
find_program(PYTHON3 python3 REQUIRED)
vfsim_unit_test(library vfsim_shared vfsim_flags)
vfsim_unit_test(library_misuse vfsim_shared vfsim_flags)
vfsim_unit_test(chip vfsim_shared)
file(GLOB tern_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/examples/chip/tern.c ${CMAKE_SOURCE_DIR}/docs/examples/chip/tern_d*.c)
target_sources(chip PRIVATE ${tern_sources})
target_include_directories(chip PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(chip PRIVATE -Wno-unused-parameter)
target_compile_definitions(chip PRIVATE NO_CHIP="${CMAKE_BINARY_DIR}/plugins/ixgbevf.so")

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

# The Python package of the tree above this build's library. A sanitizer must be there before the first library is.
set(preload)
if(VFSIM_SANITIZE)
  execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libasan.so OUTPUT_VARIABLE asan OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(preload LD_PRELOAD=${asan} ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8)
endif()
add_test(NAME cli/python COMMAND ${CMAKE_COMMAND} -E env ${preload} VFSIM_LIBRARY=$<TARGET_FILE:vfsim_shared>
  PYTHONPATH=${CMAKE_SOURCE_DIR}/python PYTHONDONTWRITEBYTECODE=1 ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/python_test.py
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
# A chip as somebody else makes one: built by what is installed, and run by the program that is.
add_test(NAME cli/chip COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/chip_test.sh ${CMAKE_COMMAND} ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}
  ${CMAKE_C_COMPILER})
