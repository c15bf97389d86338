# SPDX-License-Identifier: GPL-2.0-or-later
# A server of 2010, when NPA was proposed: Xeon X5550 (Nehalem-EP), a hypervisor such as KVM 2.6.34 or ESX 4. It posts no
# interrupts, virtualizes no APIC, and its devices write to memory, not to the last level cache. What nobody has published of it is
# the built-in value times 1.5, the instructions a cycle that later cores gained on network code [assumed].
name nehalem-2.67
cpu_khz 2666667 published "Intel ARK, Xeon X5550: 20 x 133.33 MHz"
vm_exit_cycles 2000 published "SplitX, WIOV'11: exit direct cost, Xeon X5570, KVM 2.6.34"
exit_mmio_cycles 1650 assumed "built-in x 1.5"
vcpu_wake_cycles 16077 published "Dall et al., ISCA 2016 table 2, on a newer machine; none older was found"
irq_posted 0 published "Intel VT-d: posted interrupts came with Broadwell, 2014"
irq_inject_cycles 2846 published "Dall et al.: virtual IPI 5,230 less its sender's trap 2,384; that machine posts none either"
eoi_cycles 2000 rule "an exit: SplitX, WIOV'11"
host_irq_cycles 2667 rule "1 us from MSI-X to the host's handler"
pf_driver_poll_cycles 750 assumed "built-in x 1.5"
pf_driver_rx_frame_cycles 1125 assumed "built-in x 1.5"
pf_driver_tx_frame_cycles 600 assumed "built-in x 1.5"
vswitch_frame_cycles 2250 assumed "built-in x 1.5"
vnic_frame_cycles 1500 assumed "built-in x 1.5"
copy_byte_millicycles 125 published "thecodecavern.co.uk: at most 16 B a cycle from the first level; half of it"
copy_cold_base_cycles 284 rule "copy_base_cycles and one line from memory: 69 ns [McCalpin, X5680]"
copy_cold_byte_millicycles 575 rule "McCalpin: 10 lines of 64 B in flight a core, 69 ns each (X5680); half are the target's"
dma_to_cache 0 published "Intel DDIO: devices write to the cache from Xeon E5, 2012, on"
guest_irq_cycles 1500 assumed "built-in x 1.5"
guest_poll_cycles 750 assumed "built-in x 1.5"
guest_kernel_cycles 900 assumed "built-in x 1.5"
guest_stack_cycles 3000 rule "kernel stack 1.5-3 K cycles a packet (2012-2016 kernels): the upper end"
guest_gro_cycles 450 assumed "built-in x 1.5"
guest_app_cycles 150 assumed "built-in x 1.5"
migrate_resume_ps 9000000000 published "Clark et al., NSDI 2005: 9 ms, dual Xeon 2 GHz"
