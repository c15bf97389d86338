# SPDX-License-Identifier: GPL-2.0-or-later
"""The worlds whose figures tools/validate_paths.py holds against published ones: scenarios with places for what is varied."""
# Both paths side by side in one world: `a` is on its VF, `b` is emulated. What each gets begins when the other's is over.
WORLD = """profile {profile}
limit time 600ms
host h0
nic h0.vmnic0 model 82599 vfs 4
peer out on h0.vmnic0
vm a on h0 ram 16M shell linux net npa app {app}
vm b on h0 ram 16M shell linux net npa app {app}
begin 1ms
0 switch a to passthrough
140ms flow vf from out to a size {size} rate {rate} pps until {vf_end}ms
{em_begin}ms flow em from out to b size {size} rate {rate} pps until {em_end}ms
end expect books balanced
"""
FOUR = """profile {profile}
limit time 600ms
host h0
nic h0.vmnic0 model 82599 vfs 4
peer out on h0.vmnic0
vm a on h0 ram 16M app sink
vm b on h0 ram 16M app sink
vm c on h0 ram 16M app sink
vm d on h0 ram 16M app sink
begin 1ms
1ms flow fa from out to a size 1518 rate 203K pps until 11ms
1ms flow fb from out to b size 1518 rate 203K pps until 11ms
1ms flow fc from out to c size 1518 rate 203K pps until 11ms
1ms flow fd from out to d size 1518 rate 203K pps until 11ms
end expect books balanced
"""

# Receive only, as many VMs as there are, by a NIC with so many queues that have filters (0: NetQueue is off).
QUEUES = """profile {profile}
limit time 600ms
limit frames 262144
host h0 cores 8
nic h0.vmnic0 model 82599 vfs 8 netqueues {queues}
peer out on h0.vmnic0 mtu {mtu}
vm web[1-{vms}] on h0 ram 16M mtu {mtu} app sink
begin 1ms
1ms ip link set h0.vmnic0 mtu {mtu}
100ms flow f[1-{vms}] from out to web[1-{vms}] size {size} rate back-to-back until 106ms
end expect books balanced
"""
# A request and its answer at a time, by a NIC that interrupts at most once in so long.
MODERATED = """profile {profile}
limit time 2s
host h0
nic h0.vmnic0 model 82576 vfs 4
peer out on h0.vmnic0
vm web on h0 ram 16M
begin 1ms
1ms ethtool -C h0.vmnic0 rx-usecs 125
100ms exchange rr from out to web size 64 until 300ms
end expect books balanced
"""
# A VM moves, and nobody keeps what comes for it meanwhile.
MOVES = """profile {profile}
host h0
host h1
nic h0.vmnic0 model 82599 vfs 4
nic h1.vmnic0 model 82599 vfs 4
switch tor
link h0.vmnic0 tor
link h1.vmnic0 tor
peer client on tor
vm web on h0 ram 16M app sink
1ms flow in from client to web size 64 rate 200K pps until 150ms
50ms migrate web to h1 by emulated hold none
end expect migration web 1 done
"""

# Two hosts and a wire, as of two machines back to back; by their VFs, or by emulated devices on both.
PAIR = """profile {profile}
limit time 2s
host h0
host h1
nic h0.vmnic0 model 82599 vfs 4
nic h1.vmnic0 model 82599 vfs 4
link h0.vmnic0 h1.vmnic0
vm a on h0 ram 32M shell linux net npa
vm b on h1 ram 32M shell linux net npa
begin 1ms
{switch}{poll}300ms exchange rr from a to b size 64 until 350ms
end expect books balanced
"""
# A hundred connections ask and are answered, 256 bytes each way, of a VM of two vCPUs.
UPERF = """profile {profile}
limit time 2s
host h0
nic h0.vmnic0 model 82599 vfs 4
peer out on h0.vmnic0
vm a on h0 ram 32M vcpus 2 shell linux net npa
begin 1ms
{switch}300ms flow c[1-100] from out to a tcp rr 20000 request 256 response 256 until 350ms
end expect books balanced
"""
# Two VFs of a GbE chip that ask each other, moderated as igbvf begins: IGBVF_START_ITR.
GIGABIT_PAIR = """profile {profile}
limit time 2s
host h0
host h1
nic h0.vmnic0 model 82576 vfs 4
nic h1.vmnic0 model 82576 vfs 4
link h0.vmnic0 h1.vmnic0
vm a on h0 ram 32M path vf
vm b on h1 ram 32M path vf
0 guest a ethtool -C eth0 rx-usecs {usecs}
0 guest b ethtool -C eth0 rx-usecs {usecs}
10ms exchange rr from a to b size 64 until 110ms
end expect books balanced
"""
# One, sent to at the wire's rate.
GIGABIT = """profile {profile}
limit time 2s
host h0
nic h0.vmnic0 model 82576 vfs 4
peer out on h0.vmnic0
vm a on h0 ram 32M shell linux net npa
begin 1ms
0 switch a to passthrough
400ms flow f from out to a size 1518 rate back-to-back until 410ms
end expect books balanced
"""
# Two machines of 25 GbE, four connections (iperf3 -P 4): by VFs of virtio NICs, or by emulated devices on both.
STREAMS = """profile {profile}
limit time 2s
limit frames 262144
host h0
host h1
nic h0.vmnic0 model virtio vfs 4 rate 25G
nic h1.vmnic0 model virtio vfs 4 rate 25G
link h0.vmnic0 h1.vmnic0
vm a on h0 ram 64M vcpus 4 shell linux net npa
vm b on h1 ram 64M vcpus 4 shell linux net npa
begin 1ms
{switch}300ms flow f[1-4] from a to b tcp sport [5001-5004] until 340ms
end expect books balanced
"""
# So many VMs one behind the other, each a bridge between two VLANs, on one thread that switches for all.
CHAIN = """profile {profile}
limit time 2s
limit frames 262144
host h0
nic h0.vmnic0 model 82599 vfs 4 netqueues 0
switch tor
link h0.vmnic0 tor
peer out on tor vlan 1
peer end on tor vlan {last} mac 02:00:00:00:09:09
{vms}begin 1ms
100ms flow learn from end to broadcast size 64 rate 10K pps count 2
200ms flow f from out to 02:00:00:00:09:09 size 64 rate {kpps}K pps until 230ms
end expect books balanced
"""
# A VF behind an IOMMU whose pages are of 4 KiB, at the wire's rate.
PAGES = """profile {profile}
limit time 2s
limit frames 262144
host h0 iommu superpages off
nic h0.vmnic0 model 82599 vfs 4
peer out on h0.vmnic0
vm a on h0 ram 32M shell linux net npa app sink rx-ring 512
begin 1ms
0 switch a to passthrough
200ms flow f from out to a size 1518 rate back-to-back until 206ms
end expect books balanced
"""
# Who sends back to back, 64 B a frame.
SENDS = """profile {profile}
limit time 2s
limit frames 262144
host h0
nic h0.vmnic0 model 82599 vfs 4
peer out on h0.vmnic0
vm a on h0 ram 32M shell linux net npa app source
begin 1ms
{switch}200ms flow f from a to out size 64 rate back-to-back until 204ms
end expect books balanced
"""
