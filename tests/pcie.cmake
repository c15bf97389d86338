# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(pcie_config)
vfsim_unit_test(pcie_dma)
vfsim_unit_test(pcie_late)
vfsim_unit_test(pcie_msix)
vfsim_unit_test(pcie_walk)
vfsim_unit_test(pcie_error)
vfsim_unit_test(pcie_wire)
vfsim_unit_test(iommu_map)
vfsim_unit_test(iommu_iotlb)
vfsim_unit_test(eswitch_rules)
find_program(PYTHON3 python3 REQUIRED)
# The published figures, by the bounds that docs/validation.md prints, and that page as the model stands now.
add_test(NAME pcie/validate-bounds COMMAND validate --check)
add_test(NAME pcie/validate-page COMMAND sh -c
  "{ $<TARGET_FILE:validate> && ${PYTHON3} tools/validate_paths.py $<TARGET_FILE:vfsim>; } | diff -u docs/validation.md -"
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
