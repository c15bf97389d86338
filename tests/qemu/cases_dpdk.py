# SPDX-License-Identifier: GPL-2.0-or-later
"""DPDK's drivers in a guest, by vfio and an IOMMU of the guest's own: what they forward, and what both sides count of it."""
import re

from cases_iommu import IOMMU, faults
from cases_traffic import ADDRESS, HEAD, bring_up
from machine import Guest, Simulation, function, need, until

FRAMES = 500
STRICT = "intel_iommu=on iommu=nopt"
TESTPMD = ("(while [ ! -e /tmp/stop ]; do sleep 0.2; done; echo stop; echo show port stats all; sleep 1; echo quit) | "
           "dpdk-testpmd -l 0-1 --no-huge -m 128 --iova-mode=va -- -i --auto-start --forward-mode=mac "
           "--total-num-mbufs=8192 --rxd=256 --txd=256 --no-lsc-interrupt --disable-link-check --eth-peer=0,{peer} --eth-peer=1,{peer}")
PEER = "02:00:00:00:00:0b"


def scenario(model, path):
    vms = "".join(f"vm {name} on h0 kernel vfio-user path {how} via h0.vmnic0 mac 02:00:00:00:00:0{name}\n"
                  for name, how in (("a", path), ("c", path), ("b", "vf")))
    return HEAD.format(model=model) + vms


def to_dpdk(guest):
    """Both devices are vfio's."""
    guest.do("for d in /sys/bus/pci/devices/*; do [ $(cat $d/class) = 0x020000 ] || continue; echo vfio-pci >$d/driver_override; "
             "[ -e $d/driver ] && echo ${d##*/} >$d/driver/unbind; echo ${d##*/} >/sys/bus/pci/drivers_probe; done; ls /dev/vfio/[0-9]*")


def pmd_counts(text):
    """[(received, sent)] by port."""
    found = re.findall(r"NIC statistics for port \d.*?RX-packets: (\d+).*?TX-packets: (\d+)", text, re.S)
    need(len(found) == 2, f"testpmd has no statistics of two ports: {text.strip()[-400:]}")
    return [(int(rx), int(tx)) for rx, tx in found]


def forwards(place, model, driver, path, own):
    """`own`: what the device counts for a guest, (received, sent) by its name."""
    with Simulation(place, scenario(model, path)) as sim, \
            Guest(place, "b", [function(sim, "b")], modules="ixgbevf igbvf") as b, \
            Guest(place, "a", [IOMMU, function(sim, "a"), function(sim, "c")], memory=768, initramfs="initramfs-dpdk", cpus=2,
                  append=STRICT, modules="vfio-pci vfio_iommu_type1") as a:
        bring_up([b])
        to_dpdk(a)
        before = [own(sim, name) for name in "ac"]
        run = a.start(TESTPMD.format(peer=PEER))
        b.do("ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:0a dev eth0 nud permanent")
        until("testpmd's forwarding", 30, lambda: b.run("ping -c 1 -W 1 10.0.0.9") and own(sim, "c")[1] > before[1][1], 1)
        first = int(b.do("cat /sys/class/net/eth0/statistics/rx_packets"))
        b.run(f"ping -q -c {FRAMES} -i 0.005 -W 1 10.0.0.9", 60)
        came_back = int(b.do("cat /sys/class/net/eth0/statistics/rx_packets")) - first
        a.do("touch /tmp/stop")
        status, text = a.finish(run, 60)
        (place.folder / "testpmd.txt").write_text(text)
        need(status == 0, f"testpmd: exit status {status}: {text.strip()[-400:]}")
        pmd = pmd_counts(text)
        device = [tuple(now - then for now, then in zip(own(sim, name), old)) for name, old in zip("ac", before)]
        need(pmd[0][0] >= FRAMES and came_back >= FRAMES, f"of {FRAMES} frames {pmd[0][0]} reached the PMD and {came_back} came back")
        need(pmd == device, f"the PMD counts {pmd}, the device {device}")
        need(not faults(a), f"DMA faults: {faults(a)[:3]}")
        return f"{driver}: received {pmd[0][0]}, forwarded {pmd[1][1]}, {came_back} came back; the device counts the same"


def of_vf(sim, name):
    number = "acb".index(name)
    counted = sim.counters(f"h0.vmnic0 vf {number}")[f"h0.vmnic0 vf {number}"]
    return counted["rx_packets"], counted["tx_packets"]


def dpdk_82599(place):
    """DPDK's net_ixgbe_vf forwards between two VFs; its counters and the device's are the same"""
    return forwards(place, "82599", "net_ixgbe_vf", "vf", of_vf)


def dpdk_82576(place):
    """the same: net_e1000_igb_vf"""
    return forwards(place, "82576", "net_e1000_igb_vf", "vf", of_vf)


def killed(place):
    """testpmd is killed while frames arrive; another one forwards, and Linux's driver behind it"""
    with Simulation(place, scenario("82599", "vf")) as sim, \
            Guest(place, "b", [function(sim, "b")], modules="ixgbevf") as b, \
            Guest(place, "a", [IOMMU, function(sim, "a"), function(sim, "c")], memory=768, initramfs="initramfs-dpdk", cpus=2,
                  append=STRICT, modules="vfio-pci vfio_iommu_type1") as a:
        bring_up([b])
        to_dpdk(a)
        b.do("ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:0a dev eth0 nud permanent")
        for _ in range(2):
            sent = of_vf(sim, "c")[1]
            a.start(TESTPMD.format(peer=PEER))
            until("testpmd's forwarding", 30, lambda: b.run("ping -c 1 -W 1 10.0.0.9") and of_vf(sim, "c")[1] > sent, 1)
            flood = b.start("ping -q -c 300 -i 0.01 -W 1 10.0.0.9")
            a.do("sleep 1; kill -9 $(pidof dpdk-testpmd)")
            b.finish(flood, 60)
        need(not faults(a), f"DMA faults: {faults(a)[:3]}")
        a.do("modprobe ixgbevf; for d in /sys/bus/pci/drivers/vfio-pci/0*; do n=${d##*/}; echo >$d/driver_override; echo $n >$d/driver/unbind; "
             "echo $n >/sys/bus/pci/drivers_probe; done; sleep 1", 60)
        a.do(ADDRESS.format(n=2))
        until("ping by Linux's driver", 30, lambda: a.run("ping -c 3 -i 0.2 10.0.0.1")[0] == 0)
        return "killed twice under 100 frames a second"


CASES = {"dpdk-82599": dpdk_82599, "dpdk-82576": dpdk_82576, "dpdk-killed": killed}
