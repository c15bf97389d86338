# SPDX-License-Identifier: GPL-2.0-or-later
# How code that runs in guests is built: freestanding, position independent, general registers only, never with sanitizers; and
# plugins of it. The tree's own are built by this file, and so are those of find_package(vfsim), which sets:
#
#   VFSIM_PLUGIN_INCLUDES   folders of the plugin API's headers
#   VFSIM_PLUGIN_MEM        source of the four functions a compiler may call
#   VFSIM_PLUGIN_SIGN       the command that writes an image's digest into its note, without the image's name
set(VFSIM_GUEST_COMPILE_OPTIONS -std=gnu11 -O2 -g -ffreestanding -mgeneral-regs-only -mno-red-zone -fcf-protection=none
  -fno-stack-protector -fno-asynchronous-unwind-tables -fno-unwind-tables -fvisibility=hidden -fno-strict-aliasing
  -fno-common -fno-lto -fno-sanitize=all -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes)
set(VFSIM_GUEST_LINK_OPTIONS -nostdlib -fno-sanitize=all -fno-lto -Wl,--emit-relocs -Wl,--build-id=none -Wl,--hash-style=sysv
  -Wl,-z,norelro -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,-z,max-page-size=4096 -Wl,-z,common-page-size=4096
  -Wl,-z,combreloc)
# or the compiler makes memcpy out of memcpy's own loop
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  set(VFSIM_GUEST_MEM_OPTIONS -fno-builtin)
else()
  set(VFSIM_GUEST_MEM_OPTIONS -fno-tree-loop-distribute-patterns)
endif()

function(vfsim_guest_target target)
  target_compile_options(${target} PRIVATE ${VFSIM_GUEST_COMPILE_OPTIONS})
  target_include_directories(${target} PRIVATE ${VFSIM_PLUGIN_INCLUDES})
  target_link_options(${target} PRIVATE ${VFSIM_GUEST_LINK_OPTIONS})
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
endfunction()

# vfsim_plugin(NAME [RAW] SOURCES … [DEFINES …] [INTO FOLDER]): target plugin_NAME, which makes NAME.so, signed unless RAW.
function(vfsim_plugin name)
  cmake_parse_arguments(P "RAW" "INTO" "SOURCES;DEFINES" ${ARGN})
  set(target plugin_${name})
  if(NOT P_INTO)
    set(P_INTO ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  add_library(${target} MODULE ${P_SOURCES} ${VFSIM_PLUGIN_MEM})
  set_source_files_properties(${VFSIM_PLUGIN_MEM} PROPERTIES COMPILE_OPTIONS "${VFSIM_GUEST_MEM_OPTIONS}")
  vfsim_guest_target(${target})
  target_compile_definitions(${target} PRIVATE ${P_DEFINES})
  target_compile_options(${target} PRIVATE -fPIC)
  target_link_options(${target} PRIVATE -Wl,-Bsymbolic)
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX .so OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${P_INTO})
  if(NOT P_RAW)
    add_custom_command(TARGET ${target} POST_BUILD COMMAND ${VFSIM_PLUGIN_SIGN} $<TARGET_FILE:${target}> VERBATIM)
  endif()
endfunction()
