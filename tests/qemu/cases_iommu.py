# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests with an IOMMU of their own: every map and unmap of theirs is one of the device's; and DPDK, which needs it."""
import re

from cases_traffic import HEAD, bring_up, gigabits, scenario
from machine import Guest, Simulation, function, need, until

IOMMU = "intel-iommu,caching-mode=on,intremap=on"
STRICT = "intel_iommu=on iommu.strict=1"
DEVICE = "0000:00:02.0" # the IOMMU is not one of its bus
PMD = {"ixgbevf": "net_ixgbe_vf", "igbvf": "net_e1000_igb_vf", "vmxnet3": "net_vmxnet3"}


def faults(guest):
    return [line for line in guest.do("dmesg").splitlines() if "DMAR" in line and "fault" in line.lower()]


def strict(place, model, path, name):
    with Simulation(place, scenario(model, [path, path])) as sim, \
            Guest(place, "a", [IOMMU, function(sim, "a")], modules=name, append=STRICT) as a, \
            Guest(place, "b", [IOMMU, function(sim, "b")], modules=name, append=STRICT) as b:
        need("strict" in a.do("dmesg | grep 'TLB invalidation policy'"), "the guest's IOMMU is not strict")
        bring_up([a, b])
        need(" 0% packet loss" in a.do("ping -c 500 -i 0.002 -s 1400 10.0.0.2", 60), "ping loses")
        b.do("iperf3 -s -D")
        rates = [gigabits(a.do(f"iperf3 -c 10.0.0.2 -t 3 {more}", 60)) for more in ("", "-R")]
        need(not faults(a) and not faults(b), f"DMA faults: {(faults(a) + faults(b))[:3]}")
        lost = [d for d in sim.ctl("drops")["drops"] if "iommu" in str(d) or "fault" in str(d)]
        need(not lost, f"the device met faults: {lost}")
        return f"{name}: no DMA fault; iperf3 {rates[0]:.2f}, {rates[1]:.2f} Gb/s"


def iommu_82599(place):
    """a strict intel-iommu in both guests: no DMA faults under iperf3, ixgbevf"""
    return strict(place, "82599", "vf", "ixgbevf")


def iommu_82576(place):
    """the same: igbvf"""
    return strict(place, "82576", "vf", "igbvf")


def iommu_vmxnet3(place):
    """the same: vmxnet3"""
    return strict(place, "82599", "emulated", "vmxnet3")


CASES = {"iommu-82599": iommu_82599, "iommu-82576": iommu_82576, "iommu-vmxnet3": iommu_vmxnet3}
