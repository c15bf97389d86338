# SPDX-License-Identifier: GPL-2.0-or-later
include(${CMAKE_CURRENT_LIST_DIR}/guest_vm/guests.cmake)
foreach(guest counter irq mmio crash bad loop exits forbidden posts patch vcpus)
  if(NOT TARGET guest_vm_${guest}) # the benchmark's is made already
    vfsim_test_guest(${guest})
  endif()
  list(APPEND test_guests guest_vm_${guest})
endforeach()

function(vfsim_vm_test name)
  vfsim_unit_test(${name})
  target_compile_definitions(${name} PRIVATE GUEST_DIR="${CMAKE_BINARY_DIR}/guest_vm")
  add_dependencies(${name} ${test_guests})
endfunction()
vfsim_vm_test(vm_run)
vfsim_vm_test(vm_vcpus)
vfsim_vm_test(vm_mmio)
vfsim_vm_test(vm_patch)
vfsim_vm_test(vm_end)
vfsim_vm_test(vm_guard)
vfsim_vm_test(vm_frames)
vfsim_vm_test(vm_posts)
vfsim_vm_test(vm_save)
vfsim_vm_test(vm_worlds)
vfsim_vm_test(vm_gdb)

add_test(NAME vm/plain-mmio COMMAND ${CMAKE_SOURCE_DIR}/tests/plain_mmio.py $<TARGET_FILE:vfsim>)
add_test(NAME stress/hostile COMMAND ${CMAKE_SOURCE_DIR}/tests/hostile_guests.py $<TARGET_FILE:vfsim>)

find_program(GDB gdb REQUIRED)
add_test(NAME vm/gdb COMMAND ${GDB} -batch -nx -ex "set breakpoint pending on" -ex "set debuginfod enabled off"
  -ex "handle SIGSEGV SIGVTALRM nostop noprint pass" -ex "break mix if round == 3" -ex "run" -ex "info args" -ex "backtrace"
  --args $<TARGET_FILE:vm_gdb> here)
set_tests_properties(vm/gdb PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0" PASS_REGULAR_EXPRESSION
  "Breakpoint 1, mix .*counter.c:[0-9]+\n.*round = 3\n.*#1 +0x0*2000001[0-9a-f]+ in _start \\(w=35184372088832\\) at ")
vfsim_unit_test(vm_guest_counts)
