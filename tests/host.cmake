# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(vmxnet3_control vfsim_nic_vmxnet3)
vfsim_unit_test(vmxnet3_data vfsim_nic_vmxnet3)
vfsim_unit_test(vswitch_rules vfsim_host)
