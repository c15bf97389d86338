# SPDX-License-Identifier: GPL-2.0-or-later
"""Two guests through the embedded switch, by each kind of device."""
import re

from machine import Guest, Simulation, function, need

HEAD = "host h0\nnic h0.vmnic0 model {model} vfs 4\nswitch tor\nlink h0.vmnic0 tor\n"
ADDRESS = "ip addr add 10.0.0.{n}/24 dev eth0; ip addr add fd00::{n}/64 dev eth0 nodad; ip link set eth0 up"


def scenario(model, paths):
    """Two VMs, a and b, that go by those paths."""
    vms = [f"vm {name} on h0 kernel vfio-user path {path} via h0.vmnic0 mac 02:00:00:00:00:0{name}\n" for name, path in zip("ab", paths)]
    return HEAD.format(model=model) + "".join(vms)


def bring_up(guests):
    for n, guest in enumerate(guests, 1):
        guest.do(ADDRESS.format(n=n))
    for guest in guests:
        guest.do("for i in $(seq 100); do [ $(cat /sys/class/net/eth0/carrier) = 1 ] && exit 0; sleep 0.1; done; exit 1", 20)


def gigabits(text):
    """What iperf3 says that the receiver got."""
    found = re.search(r"([\d.]+) ([GMK])bits/sec.*\sreceiver", text)
    need(found, f"iperf3 gives no rate: {text.strip()[-200:]}")
    return float(found.group(1)) * {"G": 1, "M": 1e-3, "K": 1e-6}[found.group(2)]


def two_guests(place, model, paths, modules):
    with Simulation(place, scenario(model, paths)) as sim, \
            Guest(place, "a", [function(sim, "a")], modules=modules[0]) as a, \
            Guest(place, "b", [function(sim, "b")], modules=modules[1]) as b:
        bring_up([a, b])
        drivers = [re.search(r"driver: (\S+)\nversion: (\S+)", g.do("ethtool -i eth0")).groups() for g in (a, b)]
        need([d for d, _ in drivers] == modules, f"drivers are {drivers}")
        need(" 0% packet loss" in a.do("ping -c 100 -i 0.01 10.0.0.2"), "ping loses")
        need(" 0% packet loss" in a.do("ping -6 -c 20 -i 0.01 fd00::2"), "ping by IPv6 loses")
        b.do("iperf3 -s -D")
        rates = [gigabits(a.do(f"iperf3 -c {to} -t 3 {more}", 30)) for to, more in
                 (("10.0.0.2", ""), ("10.0.0.2", "-R"), ("fd00::2", ""), ("10.0.0.2", "-u -b 200M"))]
        return f"{drivers[0][0]} and {drivers[1][0]}, Linux {a.kernel}; iperf3 " + ", ".join(f"{r:.2f}" for r in rates) + " Gb/s"


def vf_82599(place):
    """two guests with VFs of an 82599, ixgbevf: ping, IPv6, iperf3"""
    return two_guests(place, "82599", ["vf", "vf"], ["ixgbevf", "ixgbevf"])


def vf_82576(place):
    """two guests with VFs of an 82576, igbvf"""
    return two_guests(place, "82576", ["vf", "vf"], ["igbvf", "igbvf"])


def emulated(place):
    """two guests with the emulated vmxnet3"""
    return two_guests(place, "82599", ["emulated", "emulated"], ["vmxnet3", "vmxnet3"])


def mixed(place):
    """a guest with a VF and one with the emulated vmxnet3"""
    return two_guests(place, "82599", ["vf", "emulated"], ["ixgbevf", "vmxnet3"])


CASES = {"vf-82599": vf_82599, "vf-82576": vf_82576, "vmxnet3": emulated, "vmxnet3-to-vf": mixed}
