# SPDX-License-Identifier: GPL-2.0-or-later
# vfsim_test_guest(NAME): tests/guest_vm/NAME.c as a freestanding image, guest_NAME in the folder guest_vm of the build.
function(vfsim_test_guest name)
  add_executable(guest_vm_${name} ${CMAKE_SOURCE_DIR}/tests/guest_vm/${name}.c)
  set_target_properties(guest_vm_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/guest_vm)
  target_include_directories(guest_vm_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(guest_vm_${name} PRIVATE -Wall -Wextra -O2 -g -fPIE -ffreestanding -mgeneral-regs-only -mno-red-zone
    -fcf-protection=none -fno-stack-protector -fno-strict-aliasing -fno-asynchronous-unwind-tables)
  target_link_options(guest_vm_${name} PRIVATE -static-pie -nostdlib -Wl,-z,norelro -Wl,--build-id=none -Wl,--emit-relocs
    -Wl,-e,_start -Wl,--no-dynamic-linker)
endfunction()
