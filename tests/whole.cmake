# SPDX-License-Identifier: GPL-2.0-or-later
find_program(PYTHON3 python3 REQUIRED)
add_test(NAME tree/check COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/tree_test.py)
add_test(NAME tree/mutations COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tools/mutate --self-test)
add_test(NAME tree/links COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/link_test.py ${CMAKE_BINARY_DIR})
add_test(NAME tree/links-self-test COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/link_test.py --self-test)
add_test(NAME tree/self-test COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/tree_test.py --self-test)

add_test(NAME gdb/plugin COMMAND ${CMAKE_SOURCE_DIR}/tests/gdb_plugin.sh $<TARGET_FILE:vfsim>
         ${CMAKE_SOURCE_DIR}/scenarios/01-midflow-switch.scn)
add_test(NAME gdb/vcpus COMMAND ${CMAKE_SOURCE_DIR}/tests/gdb_vcpus.sh $<TARGET_FILE:vfsim> scenarios/384-vcpus-midflow.scn
         WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(gdb/plugin gdb/vcpus PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0")

# Random worlds from all of the language, with every checker on; 2,000 by hand: tools/worlds --seed 1 --count 2000
add_test(NAME tree/worlds COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tools/worlds --self-test)
add_test(NAME stress/worlds COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tools/worlds --vfsim $<TARGET_FILE:vfsim> --seed 1 --count 40
         --cpu 600 --no-shrink --keep ${CMAKE_BINARY_DIR}/worlds)

# Installed, it runs without the tree.
add_test(NAME cli/install COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install_test.sh ${CMAKE_COMMAND} ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})

# The Debian package of this build, and one release wherever it is named.
add_test(NAME static/package COMMAND ${CMAKE_SOURCE_DIR}/tests/package_test.sh ${CMAKE_CPACK_COMMAND} ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}
         ${PROJECT_VERSION} ${VFSIM_SANITIZE})
