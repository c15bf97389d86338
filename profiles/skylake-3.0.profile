# SPDX-License-Identifier: GPL-2.0-or-later
# A server of 2018: Xeon Gold 6154 (Skylake-SP) at its base clock, Linux 4.15 with KVM and vhost. It posts interrupts, virtualizes
# the APIC, and its devices write to the last level cache. Values it does not give are the built-in ones: cycles of cores of 2012 to
# 2016, which are not far.
name skylake-3.0
cpu_khz 3000000 published "Intel ARK, Xeon Gold 6154: base clock"
irq_posted 1 published "Intel VT-d: posted interrupts, from Broadwell on"
eoi_cycles 0 published "Intel SDM 3C: virtual-interrupt delivery, from Ivy Bridge-EP on"
dma_to_cache 1 published "Intel DDIO: devices write to the last level cache from Xeon E5, 2012, on"
host_irq_cycles 3000 rule "1 us from MSI-X to the host's handler"
copy_byte_millicycles 63 assumed "16 B a cycle: AVX, source in the second level"
copy_cold_base_cycles 370 rule "copy_base_cycles and one line from memory: 90 ns"
copy_cold_byte_millicycles 420 rule "12 lines of 64 B in flight a core, 90 ns each; half are the target's"
guest_stack_cycles 1500 rule "kernel stack 1.5-3 K cycles a packet (2012-2016 kernels): the lower end"
worker_wake_cycles 15427 rule "vcpu_wake_cycles (a thread woken on an idle core) less half an exit, its guest's entry"
guest_switch_cycles 6150 rule "lkml 1708.3/03774 (KVM, 2017): processes of a guest hand over in 2,050 ns, idle=poll"
irq_signal_cycles 1546 rule "irq_inject_cycles less an exit (1,300) of the vCPU that it comes to; both Dall et al."
