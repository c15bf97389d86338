# SPDX-License-Identifier: GPL-2.0-or-later
vfsim_unit_test(core_small vfsim_core)
vfsim_unit_test(core_evq evq_sets)
vfsim_unit_test(core_engine vfsim_core)
vfsim_unit_test(core_books vfsim_core)
vfsim_unit_test(core_mem vfsim_core)
vfsim_unit_test(core_world vfsim_core)
vfsim_unit_test(core_journal vfsim_core)
vfsim_unit_test(core_track vfsim_core)
