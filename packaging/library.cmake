# SPDX-License-Identifier: GPL-2.0-or-later
# The library for programs of one's own: headers, both libraries, what pkg-config and CMake's find_package() read, the Python package.
# All of it finds the rest from where it lies.
include(CMakePackageConfigHelpers)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vfsim)
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/vfsim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(TARGETS vfsim_shared EXPORT vfsimTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${VFSIM_STATIC} DESTINATION ${CMAKE_INSTALL_LIBDIR})

install(EXPORT vfsimTargets NAMESPACE vfsim:: DESTINATION ${cmake_dir})
file(RELATIVE_PATH to_lib /${cmake_dir} /${CMAKE_INSTALL_LIBDIR})
file(RELATIVE_PATH to_bin /${cmake_dir} /${CMAKE_INSTALL_BINDIR})
file(RELATIVE_PATH to_include /${cmake_dir} /${CMAKE_INSTALL_INCLUDEDIR})
file(RELATIVE_PATH to_kit /${cmake_dir} /${CMAKE_INSTALL_DATADIR}/vfsim/plugin-kit)
configure_file(vfsimConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/vfsimConfig.cmake @ONLY)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/vfsimConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vfsimConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/vfsimConfigVersion.cmake
  DESTINATION ${cmake_dir})

# Plain Python above cffi: where Debian's python3 looks, and beside the library for any other prefix.
set(python_dir lib/python3/dist-packages/vfsim)
set(declarations ${CMAKE_SOURCE_DIR}/python/vfsim/_declarations.py)
find_program(PYTHON3 python3)
if(PYTHON3)
  set(cdef ${CMAKE_CURRENT_BINARY_DIR}/_cdef.py)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/vfsim/*.h)
  add_custom_command(OUTPUT ${cdef} DEPENDS ${declarations} ${headers}
    COMMAND ${PYTHON3} ${declarations} ${CMAKE_SOURCE_DIR}/include > ${cdef})
  add_custom_target(python_package ALL DEPENDS ${cdef})
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/python/vfsim/ DESTINATION ${python_dir} FILES_MATCHING PATTERN *.py
    PATTERN _declarations.py EXCLUDE PATTERN __pycache__ EXCLUDE)
  install(FILES ${cdef} DESTINATION ${python_dir})
else()
  message(STATUS "python3 is not here: no Python package is installed")
endif()

file(RELATIVE_PATH to_prefix /${pc_dir} /)
string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
configure_file(vfsim.pc.in ${CMAKE_CURRENT_BINARY_DIR}/vfsim.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vfsim.pc DESTINATION ${pc_dir})

# The plugin kit: what code for guests is built with outside of this tree (docs/adding-a-chip.md).
set(kit_dir ${CMAKE_INSTALL_DATADIR}/vfsim/plugin-kit)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/guest/include/npa_compat/ DESTINATION ${kit_dir}/include)
install(FILES ${CMAKE_SOURCE_DIR}/guest/include/npa_plugin_api.h ${CMAKE_SOURCE_DIR}/guest/include/npa_load.h
  ${CMAKE_SOURCE_DIR}/guest/include/npa_plugin_note.h DESTINATION ${kit_dir}/include)
install(FILES ${CMAKE_SOURCE_DIR}/guest/lib/mem.c DESTINATION ${kit_dir})
install(FILES ${CMAKE_SOURCE_DIR}/guest/vfsimPlugin.cmake DESTINATION ${cmake_dir})
