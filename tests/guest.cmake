# SPDX-License-Identifier: GPL-2.0-or-later
# Guest images, their parser, and the plugins against devices of plain memory.
option(VFSIM_FUZZ "build the libFuzzer targets (needs clang)" OFF)

add_test(NAME guest/nm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest_nm.sh ${VFSIM_GUEST_IMAGE} ${VFSIM_GUEST_IMAGE_WINDOWS}
  ${VFSIM_PLUGIN_STORE}/ixgbevf.so ${VFSIM_PLUGIN_STORE}/igbvf.so ${VFSIM_PLUGIN_STORE}/bnx2x.so
  ${VFSIM_PLUGIN_STORE}/virtio.so ${VFSIM_PLUGIN_STORE}/virtio-split.so ${VFSIM_PLUGIN_STORE}/vmxnet3.so
  ${VFSIM_PLUGIN_STORE}/ixgbevf-strict.so ${VFSIM_PLUGIN_STORE}/selftest.so)

# Every scenario with the other face; some of them while one edits.
add_test(NAME guest/faces COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/faces_test.py $<TARGET_FILE:vfsim> ${CMAKE_SOURCE_DIR}/scenarios
  --every 14 --images ${VFSIM_GUEST_IMAGE} ${VFSIM_GUEST_IMAGE_WINDOWS})
add_test(NAME stress/faces COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/faces_test.py $<TARGET_FILE:vfsim> ${CMAKE_SOURCE_DIR}/scenarios)

foreach(name plugin_image_check plugin_image_mutations guest_code)
  vfsim_unit_test(${name})
  target_compile_definitions(${name} PRIVATE VFSIM_PLUGIN_STORE="${VFSIM_PLUGIN_STORE}")
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)
  add_dependencies(${name} guest_plugins guest_shell)
endforeach()

# vfsim_plugin_test(NAME FOLDER… [AS DEFINITION…]): unit/npa_NAME, with a plugin's sources once more, for this machine and with its
# sanitizers, in the flavour that the definitions make of it.
function(vfsim_plugin_test name)
  cmake_parse_arguments(plugin "" "" "AS" ${ARGN})
  list(TRANSFORM plugin_UNPARSED_ARGUMENTS REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/guest/plugins/\\1/*.c" OUTPUT_VARIABLE folders)
  file(GLOB sources CONFIGURE_DEPENDS ${folders})
  add_library(npa_${name}_here STATIC ${sources})
  target_link_libraries(npa_${name}_here PUBLIC vfsim_flags)
  target_include_directories(npa_${name}_here PUBLIC ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)
  target_compile_definitions(npa_${name}_here PUBLIC ${plugin_AS})
  vfsim_unit_test(npa_${name} npa_${name}_here)
endfunction()
vfsim_plugin_test(ixgbevf ixgbevf intelvf)
vfsim_plugin_test(igbvf igbvf intelvf)
vfsim_plugin_test(vmxnet3 vmxnet3)
# Twice, the second time as the one published plugin of its chip is.
vfsim_plugin_test(bnx2x bnx2x)
vfsim_plugin_test(bnx2x_published bnx2x AS BNX2X_AS_PUBLISHED=1)
# Twice, with packed rings and with split ones alone.
vfsim_plugin_test(virtio virtio)
vfsim_plugin_test(virtio_split virtio AS VIRTIO_SPLIT_ONLY=1)

# So are the drivers that a guest has itself, with a shell of a few lines.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/guest/drivers/*/*.c)
add_library(vf_drivers_here STATIC ${sources})
target_link_libraries(vf_drivers_here PUBLIC vfsim_flags)
target_include_directories(vf_drivers_here PUBLIC ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)
target_compile_options(vf_drivers_here PRIVATE -include ${CMAKE_CURRENT_SOURCE_DIR}/unit/vf_driver_shell.h)
vfsim_unit_test(vf_driver vf_drivers_here)
target_compile_options(vf_driver PRIVATE -include ${CMAKE_CURRENT_SOURCE_DIR}/unit/vf_driver_shell.h)

# A part of the shell, for this machine, too.
vfsim_unit_test(shell_irq vfsim_flags)
target_sources(shell_irq PRIVATE ${CMAKE_SOURCE_DIR}/guest/shell/irq.c ${CMAKE_SOURCE_DIR}/guest/shell/machine/lines.c)
target_include_directories(shell_irq PRIVATE ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)

if(VFSIM_FUZZ)
  add_executable(plugin_image_fuzz ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/plugin_image_fuzz.c
    ${CMAKE_SOURCE_DIR}/sim/vm/image/plugin_image.c ${CMAKE_SOURCE_DIR}/sim/vm/image/guest_code.c
    ${CMAKE_SOURCE_DIR}/sim/vm/image/elf_symbol.c)
  target_compile_options(plugin_image_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(plugin_image_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(plugin_image_fuzz PRIVATE vfsim_flags Zydis::Zydis)
endif()
