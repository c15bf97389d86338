# SPDX-License-Identifier: GPL-2.0-or-later
# The world is saved, destroyed, rebuilt and restored while it runs, and nothing may change by it: paranoid.sh, in memory, at
# every Nth event; paranoid_file.sh, through files and in other processes, at many moments of a switch.
vfsim_unit_test(scenario_paranoid)

function(vfsim_paranoid_test name)
  add_test(NAME paranoid/${name}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/paranoid.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn ${ARGN}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

# Quick ones, so that who edits a save function need not wait for the others: some twelve cuts of worlds of every kind.
foreach(name 01-midflow-switch 11-control-mac 13-control-multicast 42-rss 46-second-chip-pools 50-operator-view 52-rfc2889-mesh
    60-migrate-idle 72-migrate-uplink 74-migrate-post-copy 86-vfio-migrate 103-snapshot-revert 130-ethtool-pf 136-symmetric-view
    150-iommu-pages 151-upt-vf-reset 156-native-malicious 202-all-that-is-kept 220-who-plays-whom 253-pf-driver-reset
    255-as-the-driver-answers 264-guest-views 285-damage-is-kept 292-bond-before-its-pf 293-vfio-vf-goes 370-netqueue
    373-netqueue-hostile 377-netqueue-few-cores 384-vcpus-midflow 387-vcpus-suspend)
  add_test(NAME scenario/${name}-cut
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/paranoid.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn ~12
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endforeach()

# N, or N@FROM-TO where something worth it happens: a step of a switch, a reset, the end of a guest.
vfsim_paranoid_test(370-netqueue 211)
vfsim_paranoid_test(371-netqueue-npa 9973 1@105.555ms-105.575ms)
vfsim_paranoid_test(372-netqueue-migrate 9973)
vfsim_paranoid_test(01-midflow-switch 53 1@500.022ms-500.032ms)
vfsim_paranoid_test(02-naive-order 29989 29@111.072ms-111.182ms)
vfsim_paranoid_test(03-safe-order 49999 97@111.152ms-111.282ms)
vfsim_paranoid_test(04-vf-to-vf 997 7@100.122ms-100.222ms)
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
vfsim_paranoid_test(456-virtio-reset 49999 97@249.98ms-250.1ms)
vfsim_paranoid_test(458-virtio-suspend 49999 97@249.98ms-250.1ms)
vfsim_paranoid_test(467-rollouts-meet 9973 97@300.9ms-301.1ms 97@461.9ms-462.2ms)
vfsim_paranoid_test(180-kinds-of-traffic 9973)
vfsim_paranoid_test(150-iommu-pages 9973)
vfsim_paranoid_test(151-upt-vf-reset 997 7@255.012ms-255.122ms)
vfsim_paranoid_test(130-ethtool-pf 9973 17@60.022ms-60.062ms)
vfsim_paranoid_test(131-ethtool-guest 9973 17@3.127ms-3.227ms)
vfsim_paranoid_test(136-symmetric-view 1499 1@100ms-100.4ms 3@256ms-256.2ms)
vfsim_paranoid_test(132-two-ports 9973)
vfsim_paranoid_test(135-pf-reset 1499 7@255.022ms-255.122ms)
vfsim_paranoid_test(133-two-pfs-one-port 9973)
vfsim_paranoid_test(252-pf-reset-own-vf 997)
vfsim_paranoid_test(253-pf-driver-reset 997 3@313.6ms-313.7ms 3@363.6ms-363.8ms)
vfsim_paranoid_test(256-reset-under-switch 101)
vfsim_paranoid_test(57-rfc2889-forward-pressure 29989)
vfsim_paranoid_test(60-migrate-idle 53)
vfsim_paranoid_test(61-migrate-midflow 4999 211@50.022ms-51.722ms)
vfsim_paranoid_test(62-migrate-hold-none 19997)
vfsim_paranoid_test(155-migrate-learns-late 19997 211@51.022ms-54.522ms)
vfsim_paranoid_test(156-native-malicious 1499 1@269.6ms-269.65ms)
vfsim_paranoid_test(157-emulated-filters 499)
vfsim_paranoid_test(64-migrate-chain 19997)
vfsim_paranoid_test(65-migrate-npa 29989 7@400.041ms-400.052ms)
vfsim_paranoid_test(67-migrate-fails 29989 499@50.022ms-52.022ms)
vfsim_paranoid_test(68-migrate-npa-fails 299993 211@400.022ms-402.022ms)
vfsim_paranoid_test(72-migrate-uplink 99991 97@212.022ms-213.022ms)
vfsim_paranoid_test(74-migrate-post-copy 9973 31@51.022ms-54.022ms)
vfsim_paranoid_test(75-migrate-post-copy-fails 9973)
vfsim_paranoid_test(76-migrate-writer 29989)
vfsim_paranoid_test(73-migrate-uplink-fails 299993)
vfsim_paranoid_test(80-upt-midflow 9973 1@150.022ms-150.052ms 1@200.022ms-200.052ms)
vfsim_paranoid_test(81-upt-in-fails 99991 7@1080.012ms-1080.062ms)
vfsim_paranoid_test(82-upt-out-fails 99991 7@590.022ms-590.052ms)
vfsim_paranoid_test(83-upt-migrate 9973 97@200.022ms-202.022ms)
vfsim_paranoid_test(84-upt-migrate-fails 49999)
vfsim_paranoid_test(85-upt-beside-npa 99991 53@280.022ms-280.062ms)
vfsim_paranoid_test(86-vfio-migrate 9973 97@300.722ms-301.922ms)
vfsim_paranoid_test(87-vfio-fails 49999 499@1101.022ms-1102.022ms)
vfsim_paranoid_test(88-vfio-vf-fails 49999 499@731.022ms-732.022ms)
vfsim_paranoid_test(152-vfio-native 19997 197@514.321ms-515.521ms)
vfsim_paranoid_test(153-vfio-native-fails 99991 97@1514.336ms-1515.636ms)
vfsim_paranoid_test(100-suspend 9973 61@210.022ms-210.072ms)
vfsim_paranoid_test(105-policy-migrate 19997 97@502.422ms-502.522ms)
vfsim_paranoid_test(104-numvfs 19997 97@2500.022ms-2501.122ms)
vfsim_paranoid_test(103-snapshot-revert 9973 29@208.432ms-208.472ms 29@468.402ms-468.432ms)
vfsim_paranoid_test(101-policy-vm 59999 997@500.022ms-500.322ms)
vfsim_paranoid_test(102-policy-host 99991 97@1500ms-1501ms)
vfsim_paranoid_test(30-lro 9973 7@163.022ms-163.172ms)
vfsim_paranoid_test(31-malicious-driver 9973 97@406.022ms-409.022ms)
vfsim_paranoid_test(32-flow-rules 997)

vfsim_paranoid_test(90-native-control 53)
vfsim_paranoid_test(91-native-reset 997)
vfsim_paranoid_test(92-hotplug 199999 11@500.003ms-500.023ms)
vfsim_paranoid_test(93-bond 29989 13@863.628ms-863.658ms)
vfsim_paranoid_test(95-migrate-bond 49999 211@435.625ms-436.925ms)

add_test(NAME paranoid/cost
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/paranoid_cost.sh $<TARGET_FILE:vfsim> 150 scenarios/01-midflow-switch.scn 29
    scenarios/90-native-control.scn 29
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

# SCENARIO FROM TO STEP, in ns.
function(vfsim_paranoid_file_test name)
  add_test(NAME paranoid/file/${name}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/paranoid_file.sh $<TARGET_FILE:vfsim> scenarios/${name}.scn ${ARGN}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()
vfsim_paranoid_file_test(01-midflow-switch 151022000 151182000 15101)
vfsim_paranoid_file_test(04-vf-to-vf 100042000 100222000 17977)
vfsim_paranoid_file_test(61-migrate-midflow 50022000 51722000 150001)
vfsim_paranoid_file_test(65-migrate-npa 400022000 401922000 170003)
vfsim_paranoid_file_test(05-vf-to-emulated 100042000 100202000 15991)

# Worlds of many VMs: a cut costs by the VM.
vfsim_paranoid_test(69-migrate-eight ~11)
vfsim_paranoid_test(70-migrate-sixty-four ~5)
vfsim_paranoid_test(79-migrate-npa-sixty-four ~5)

# Every other scenario, some times from its begin to its end.
file(GLOB scenarios CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/scenarios ${CMAKE_SOURCE_DIR}/scenarios/*.scn)
foreach(scenario ${scenarios})
  get_filename_component(name ${scenario} NAME_WE)
  if(NOT TEST paranoid/${name})
    vfsim_paranoid_test(${name} ~21)
  endif()
endforeach()
