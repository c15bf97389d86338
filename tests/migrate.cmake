# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(migrate_pages)
target_compile_definitions(migrate_pages PRIVATE GUEST_DIR="${CMAKE_BINARY_DIR}/guest_vm")
add_dependencies(migrate_pages guest_vm_counter) # of vm.cmake

foreach(name 61-migrate-midflow 65-migrate-npa)
  add_test(NAME determinism/${name}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/determinism.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endforeach()

# In a round, stopped, with the state under way, with frames in the tunnel.
add_test(NAME migrate/saved-load
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/migrate_saved.sh $<TARGET_FILE:vfsim> scenarios/63-migrate-load.scn
    52ms 80ms 84100us 87ms 88ms 89ms
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
add_test(NAME migrate/saved-npa
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/migrate_saved.sh $<TARGET_FILE:vfsim> scenarios/65-migrate-npa.scn
    400030us 400300us 400700us 401500us 401730us 450ms
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

add_test(NAME migrate/saved-post-copy
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/migrate_saved.sh $<TARGET_FILE:vfsim> scenarios/74-migrate-post-copy.scn
    51300us 52ms 54ms
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

find_program(PYTHON3 python3 REQUIRED)
add_test(NAME migrate/clark COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/clark.py $<TARGET_FILE:vfsim>
  ${CMAKE_SOURCE_DIR}/scenarios/76-migrate-writer.scn)
add_test(NAME migrate/blackouts COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/blackouts.py $<TARGET_FILE:vfsim>
  ${CMAKE_SOURCE_DIR}/scenarios/61-migrate-midflow.scn ${CMAKE_SOURCE_DIR}/scenarios/65-migrate-npa.scn
  ${CMAKE_SOURCE_DIR}/scenarios/155-migrate-learns-late.scn)
# Every failure there is, one world each; a part of a case's name picks some.
add_test(NAME stress/migrate-failures COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/sweep_migrate.py $<TARGET_FILE:vfsim>)
add_test(NAME stress/verbs COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/sweep_verbs.py $<TARGET_FILE:vfsim>)
