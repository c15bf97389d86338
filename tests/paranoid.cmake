# SPDX-License-Identifier: GPL-2.0-or-later
# The world is saved, destroyed, rebuilt and restored while it runs, and nothing may change by it: paranoid.sh, in memory, at
# every Nth event; paranoid_file.sh, through files and in other processes, at many moments of a switch.
vfsim_unit_test(scenario_paranoid vfsim_scenario)

function(vfsim_paranoid_test name)
  add_test(NAME paranoid/${name}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/paranoid.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn ${ARGN}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

# N, or N@FROM-TO where something worth it happens: a step of a switch, a reset, the end of a guest.
vfsim_paranoid_test(01-midflow-switch 53 1@500ms-500.01ms)
vfsim_paranoid_test(02-naive-order 29989 29@111.05ms-111.16ms)
vfsim_paranoid_test(03-safe-order 49999 97@111.13ms-111.26ms)
vfsim_paranoid_test(04-vf-to-vf 997 7@100.1ms-100.2ms)
vfsim_paranoid_test(05-vf-to-emulated 997)
vfsim_paranoid_test(06-vlan-isolation 211)
vfsim_paranoid_test(07-spoofed-mac 101)
vfsim_paranoid_test(08-ring-full 499)
vfsim_paranoid_test(09-iommu-fault 997)
vfsim_paranoid_test(10-vf-reset 997)
vfsim_paranoid_test(11-control-mac 199)
vfsim_paranoid_test(12-control-rx-mode 101)
vfsim_paranoid_test(13-control-multicast 101)
vfsim_paranoid_test(14-control-vlan 67)
vfsim_paranoid_test(15-plugin-licence 1499)
vfsim_paranoid_test(20-plugin-vector 1499)
vfsim_paranoid_test(22-switch-out-fails 299993)
vfsim_paranoid_test(23-guest-without-npa 53)
vfsim_paranoid_test(26-hold-overflow 2003)
vfsim_paranoid_test(27-guest-crash 1499)
vfsim_paranoid_test(29-echo 2503)
vfsim_paranoid_test(40-jumbo 9973)
vfsim_paranoid_test(150-iommu-pages 9973)
vfsim_paranoid_test(130-ethtool-pf 9973 17@100us-140us)
vfsim_paranoid_test(60-migrate-idle 53)
vfsim_paranoid_test(61-migrate-midflow 4999 211@50ms-51.7ms)
vfsim_paranoid_test(62-migrate-hold-none 19997)
vfsim_paranoid_test(64-migrate-chain 19997)
vfsim_paranoid_test(65-migrate-npa 29989 7@400.019ms-400.03ms)
vfsim_paranoid_test(67-migrate-fails 29989 499@50ms-52ms)
vfsim_paranoid_test(68-migrate-npa-fails 299993 211@400ms-402ms)
vfsim_paranoid_test(72-migrate-uplink 99991 97@212ms-213ms)
vfsim_paranoid_test(74-migrate-post-copy 9973 31@51ms-54ms)
vfsim_paranoid_test(75-migrate-post-copy-fails 9973)
vfsim_paranoid_test(73-migrate-uplink-fails 299993)
vfsim_paranoid_test(100-suspend 9973 61@210ms-210.05ms)
vfsim_paranoid_test(103-snapshot-revert 9973 29@208.41ms-208.45ms 29@468.38ms-468.41ms)
vfsim_paranoid_test(101-policy-vm 59999 997@500ms-500.3ms)
vfsim_paranoid_test(102-policy-host 99991 499@1500ms-1500.2ms)

# SCENARIO FROM TO STEP, in ns.
function(vfsim_paranoid_file_test name)
  add_test(NAME paranoid/file/${name}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/paranoid_file.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn ${ARGN}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()
vfsim_paranoid_file_test(01-midflow-switch 151000000 151160000 15101)
vfsim_paranoid_file_test(04-vf-to-vf 100020000 100200000 17977)
vfsim_paranoid_file_test(61-migrate-midflow 50000000 51700000 150001)
vfsim_paranoid_file_test(65-migrate-npa 400000000 401900000 170003)
vfsim_paranoid_file_test(05-vf-to-emulated 100020000 100180000 15991)

# Every other scenario, a few times from its begin to its end.
file(GLOB scenarios CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/scenarios ${CMAKE_SOURCE_DIR}/scenarios/*.scn)
foreach(scenario ${scenarios})
  get_filename_component(name ${scenario} NAME_WE)
  if(NOT TEST paranoid/${name})
    vfsim_paranoid_test(${name} ~5)
  endif()
endforeach()
