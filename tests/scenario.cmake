# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(report_print)
vfsim_unit_test(report_timeline)
vfsim_unit_test(report_html)
vfsim_unit_test(scenario_parse)
vfsim_unit_test(scenario_world)
vfsim_unit_test(scenario_endings)
vfsim_unit_test(scenario_verbs)
if(VFSIM_GUEST_IMAGE)
  vfsim_unit_test(scenario_worlds)
  target_compile_definitions(scenario_worlds PRIVATE VFSIM_GUEST_IMAGE="${VFSIM_GUEST_IMAGE}"
    VFSIM_PLUGINS="${CMAKE_BINARY_DIR}/plugins")
  add_dependencies(scenario_worlds guest_shell guest_shell-windows)
endif()

# Every scenario is a test: its report must be the accepted one.
file(GLOB scenarios CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/scenarios/*.scn)
foreach(scenario ${scenarios})
  get_filename_component(name ${scenario} NAME_WE)
  add_test(NAME scenario/${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/run_scenario.sh $<TARGET_FILE:vfsim> ${scenario}
    ${CMAKE_BINARY_DIR}/json/${name}.json WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(scenario/${name} PROPERTIES FIXTURES_SETUP reports)
endforeach()

# The JSON that they left is what docs/report.schema.json says: one process for all of them.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/json)
find_program(PYTHON3 python3 REQUIRED)
add_test(NAME docs/report-schema COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/schema_test.py $<TARGET_FILE:vfsim>
  ${CMAKE_BINARY_DIR}/json WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(docs/report-schema PROPERTIES FIXTURES_REQUIRED reports)

# And its arrows are the accepted ones.
add_test(NAME scenario/ladders COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/ladders.py ${CMAKE_BINARY_DIR}/json)
set_tests_properties(scenario/ladders PROPERTIES FIXTURES_REQUIRED reports)

# So are the sentences of the narrative trace, what drivers write into their chips, and what operators see at the end.
foreach(name traces registers views)
  add_test(NAME scenario/${name} COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.py $<TARGET_FILE:vfsim>
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endforeach()

# Rare traffic through every path: worlds that a table makes, in one process.
add_test(NAME scenario/thin_traffic COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/thin_traffic.py $<TARGET_FILE:vfsim>)
add_test(NAME scenario/wakes COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/wakes_test.py $<TARGET_FILE:vfsim>)
add_test(NAME scenario/cores COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/cores_test.py $<TARGET_FILE:vfsim>)
add_test(NAME determinism/locality COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/locality_test.py $<TARGET_FILE:vfsim>)

# For some: twice the same, and the same through a save and restore (in mid-flow, in mid-switch).
foreach(name 01-midflow-switch 02-naive-order 04-vf-to-vf 10-vf-reset 11-control-mac 29-echo)
  if(EXISTS ${CMAKE_SOURCE_DIR}/scenarios/${name}.scn)
    add_test(NAME determinism/${name}
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/determinism.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endif()
endforeach()

# The command as a user meets it.
file(GLOB cli_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cli_*.sh ${CMAKE_CURRENT_SOURCE_DIR}/cli_*.py)
foreach(script ${cli_tests})
  get_filename_component(name ${script} NAME_WE)
  add_test(NAME cli/${name} COMMAND ${script} $<TARGET_FILE:vfsim> WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endforeach()

# Pages of a build that has not what draws curves: the same sources with nothing in its place.
file(GLOB page_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sim/report/page/*.c)
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/no_library)
foreach(name library.js library.css library.txt)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/no_library/${name} "")
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/sim/report/page/assets.S ${CMAKE_CURRENT_BINARY_DIR}/no_library/assets.S COPYONLY)
vfsim_unit_test(page_tables)
target_sources(page_tables PRIVATE ${page_sources} ${CMAKE_CURRENT_BINARY_DIR}/no_library/assets.S)
set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/no_library/assets.S PROPERTIES
  COMPILE_OPTIONS "-I${CMAKE_SOURCE_DIR}/sim/report/page;-I${CMAKE_CURRENT_BINARY_DIR}/no_library"
  OBJECT_DEPENDS "${CMAKE_SOURCE_DIR}/sim/report/page/page.css;${CMAKE_SOURCE_DIR}/sim/report/page/page.js")
add_test(NAME cli/page-library COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/page_library.sh ${CMAKE_COMMAND} ${CMAKE_SOURCE_DIR})
add_test(NAME cli/page-browser COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/page_browser.py $<TARGET_FILE:vfsim>
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(cli/page-browser PROPERTIES SKIP_RETURN_CODE 77)
add_test(NAME cli/serve-tap COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/serve_tap.py $<TARGET_FILE:vfsim>)
set_tests_properties(cli/serve-tap PROPERTIES SKIP_RETURN_CODE 77)
add_test(NAME vm/vfio-user COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/vfio_user_test.py $<TARGET_FILE:vfsim>)
add_test(NAME vm/vfio-user-move COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/vfio_move_test.py $<TARGET_FILE:vfsim>)
add_test(NAME vm/vfio-vmxnet3 COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/vfio_vmxnet3_test.py $<TARGET_FILE:vfsim>)
add_test(NAME cli/live-browser COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/live_browser.py $<TARGET_FILE:vfsim>
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(cli/live-browser PROPERTIES SKIP_RETURN_CODE 77)

add_test(NAME cli/sweep-mpi COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/cli_sweep.py $<TARGET_FILE:vfsim> mpi)
set_tests_properties(cli/sweep-mpi PROPERTIES SKIP_RETURN_CODE 77)

# The page of published and measured figures is up to date.
add_test(NAME docs/migration-figures COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/figures.sh $<TARGET_FILE:vfsim>
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
