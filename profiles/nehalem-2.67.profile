# SPDX-License-Identifier: GPL-2.0-or-later
# A server of 2010, when NPA was proposed: Xeon X5550 (Nehalem-EP), KVM 2.6.34 or ESX 4. It posts no interrupts, virtualizes no
# APIC, and its devices write to memory, not to the last level cache.
name nehalem-2.67
cpu_khz 2666667 published "Intel ARK, Xeon X5550: 20 x 133.33 MHz"
vm_exit_cycles 2000 published "SplitX, WIOV'11: exit direct cost, Xeon X5570, KVM 2.6.34"
