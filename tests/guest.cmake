# SPDX-License-Identifier: GPL-2.0-or-later
# Guest images, their parser, and the plugins against devices of plain memory.
option(VFSIM_FUZZ "build the libFuzzer targets (needs clang)" OFF)

add_test(NAME guest/nm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest_nm.sh ${VFSIM_GUEST_IMAGE} ${VFSIM_GUEST_IMAGE_WINDOWS}
  ${VFSIM_PLUGIN_STORE}/ixgbevf.so ${VFSIM_PLUGIN_STORE}/igbvf.so ${VFSIM_PLUGIN_STORE}/bnx2x.so
  ${VFSIM_PLUGIN_STORE}/virtio.so ${VFSIM_PLUGIN_STORE}/virtio-split.so ${VFSIM_PLUGIN_STORE}/selftest.so)

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

# The plugins' sources once more, for this machine and with its sanitizers.
foreach(plugin ixgbevf igbvf vmxnet3)
  set(folders ${plugin})
  if(NOT plugin STREQUAL vmxnet3)
    list(APPEND folders intelvf)
  endif()
  list(TRANSFORM folders REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/guest/plugins/\\1/*.c")
  file(GLOB sources CONFIGURE_DEPENDS ${folders})
  add_library(npa_${plugin}_here STATIC ${sources})
  target_link_libraries(npa_${plugin}_here PUBLIC vfsim_flags)
  target_include_directories(npa_${plugin}_here PUBLIC ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)
  vfsim_unit_test(npa_${plugin} npa_${plugin}_here)
endforeach()

# Twice, the second time as the one published plugin of its chip is.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/guest/plugins/bnx2x/*.c)
foreach(as bnx2x bnx2x_published)
  add_library(npa_${as}_here STATIC ${sources})
  target_link_libraries(npa_${as}_here PUBLIC vfsim_flags)
  target_include_directories(npa_${as}_here PUBLIC ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)
  if(as STREQUAL bnx2x_published)
    target_compile_definitions(npa_${as}_here PUBLIC BNX2X_AS_PUBLISHED=1)
  endif()
  vfsim_unit_test(npa_${as} npa_${as}_here)
endforeach()

# Twice, with packed rings and with split ones alone.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/guest/plugins/virtio/*.c)
foreach(as virtio virtio_split)
  add_library(npa_${as}_here STATIC ${sources})
  target_link_libraries(npa_${as}_here PUBLIC vfsim_flags)
  target_include_directories(npa_${as}_here PUBLIC ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)
  if(as STREQUAL virtio_split)
    target_compile_definitions(npa_${as}_here PUBLIC VIRTIO_SPLIT_ONLY=1)
  endif()
  vfsim_unit_test(npa_${as} npa_${as}_here)
endforeach()

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
target_sources(shell_irq PRIVATE ${CMAKE_SOURCE_DIR}/guest/shell/irq.c)
target_include_directories(shell_irq PRIVATE ${CMAKE_SOURCE_DIR}/guest/include/npa_compat)

if(VFSIM_FUZZ)
  add_executable(plugin_image_fuzz ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/plugin_image_fuzz.c
    ${CMAKE_SOURCE_DIR}/sim/vm/image/plugin_image.c ${CMAKE_SOURCE_DIR}/sim/vm/image/guest_code.c
    ${CMAKE_SOURCE_DIR}/sim/vm/image/elf_symbol.c)
  target_compile_options(plugin_image_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(plugin_image_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(plugin_image_fuzz PRIVATE vfsim_flags Zydis::Zydis)
endif()
