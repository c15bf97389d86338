# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(net_wire vfsim_net)
vfsim_unit_test(net_replay vfsim_net)
vfsim_unit_test(net_roles vfsim_net)
vfsim_unit_test(net_capture vfsim_net)
