# SPDX-License-Identifier: GPL-2.0-or-later
# A server of 2018: Xeon Gold 6154 (Skylake-SP) at its base clock, Linux 4.15. It posts interrupts, virtualizes the APIC, and its
# devices write to the last level cache.
name skylake-3.0
cpu_khz 3000000 published "Intel ARK, Xeon Gold 6154: base clock"
vm_exit_cycles 1300 published "Dall et al., ISCA 2016 table 2: hypercall, KVM x86 (E5-2450); no newer row was found"
