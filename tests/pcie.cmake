# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(pcie_config vfsim_pcie)
vfsim_unit_test(pcie_dma vfsim_pcie)
vfsim_unit_test(pcie_msix vfsim_pcie)
vfsim_unit_test(iommu_map vfsim_pcie)
vfsim_unit_test(eswitch_rules vfsim_eswitch)
