# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(net_inet)
vfsim_unit_test(net_arrivals)
vfsim_unit_test(net_wire)
vfsim_unit_test(net_station)
vfsim_unit_test(net_tcp)
vfsim_unit_test(net_replay)
vfsim_unit_test(net_roles)
vfsim_unit_test(net_capture)
vfsim_unit_test(net_capture_bad)
vfsim_unit_test(net_inspect)

find_program(PYTHON3 python3 REQUIRED)

# A capture is played in a share of the memory that it would fill.
add_test(NAME stress/large-capture
  COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/large_capture.py $<TARGET_FILE:vfsim> 300
  WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})

# What rewriting and segmenting write, in another program's eyes.
add_test(NAME cli/checksums COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/checksums_test.py $<TARGET_FILE:vfsim>)

# TCP connections in another program's eyes, and by a formula.
foreach(what expert mathis)
  add_test(NAME cli/tcp-${what} COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/tcp_test.py $<TARGET_FILE:vfsim> ${what})
endforeach()
