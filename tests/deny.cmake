# SPDX-License-Identifier: GPL-2.0-or-later
# vfsim with a C library that says no: tests/deny/deny.c.
if(VFSIM_QUICK_TESTS)
  return()
endif()
get_target_property(vfsim_sources vfsim SOURCES)
add_executable(vfsim_deny ${vfsim_sources} deny/deny.c deny/calls.c)
target_link_libraries(vfsim_deny PRIVATE vfsim_objects vfsim_api PkgConfig::HTTP)
target_include_directories(vfsim_deny PRIVATE $<TARGET_PROPERTY:vfsim,INCLUDE_DIRECTORIES>)
target_compile_definitions(vfsim_deny PRIVATE $<TARGET_PROPERTY:vfsim,COMPILE_DEFINITIONS>)
# What replaces malloc() runs before AddressSanitizer does.
set_source_files_properties(deny/deny.c deny/calls.c PROPERTIES COMPILE_OPTIONS "-fno-sanitize=all;-fno-builtin")
foreach(call memfd_create ftruncate mprotect madvise fallocate lseek sigaction sigaltstack setitimer getrlimit scandir opendir mkdir
    realpath fdopen fchmod open_memstream fopen mkstemp mmap mremap munmap unlink rename prctl
    open fcntl write dup close)
  target_link_options(vfsim_deny PRIVATE -Wl,--wrap=${call})
endforeach()
add_test(NAME deny/memory COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/deny.sh $<TARGET_FILE:vfsim> $<TARGET_FILE:vfsim_deny>
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
