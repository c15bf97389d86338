# SPDX-License-Identifier: GPL-2.0-or-later
"""The PF's operator, `vfsim ctl`, beside two running guests."""
import re

from cases_traffic import bring_up, scenario
from machine import Guest, Simulation, function, need, until

NIC = "h0.vmnic0"
OTHER = "02:00:00:00:00:55"


def reaches(guest, to="10.0.0.2"):
    """Whether any of three pings is answered."""
    return guest.run(f"ping -c 3 -i 0.2 -W 1 {to}")[0] == 0


def carrier(guest):
    return guest.do("cat /sys/class/net/eth0/carrier").strip()


def vf_line(sim, number, word):
    """What stands behind a word in the VF's line of `ip link show`."""
    line = next(line for line in sim.said(f"ip link show {NIC}").splitlines() if f" vf {number} " in line)
    need(word in line, f"no '{word}' in: {line.strip()}")
    return line


def vlan(sim, a, b):
    sim.ctl(f"ip link set {NIC} vf 0 vlan 100")
    vf_line(sim, 0, "vlan 100")
    need(not reaches(a), "a VF in VLAN 100 reaches one in none")
    sim.ctl(f"ip link set {NIC} vf 1 vlan 100")
    until("ping within VLAN 100", 20, lambda: reaches(a))
    for number in (0, 1):
        sim.ctl(f"ip link set {NIC} vf {number} vlan 0")
    until("ping without a VLAN", 20, lambda: reaches(a))
    need(reaches(b, "10.0.0.1"), "the way back is not there")


def qinq(sim, a, b):
    """A tag of the guest's own inside the port VLAN of its VF."""
    for n, guest in enumerate((a, b), 1):
        guest.do(f"ip link add link eth0 name eth0.7 type vlan id 7; ip addr add 10.7.0.{n}/24 dev eth0.7; ip link set eth0.7 up")
    until("ping in a guest's VLAN", 20, lambda: reaches(a, "10.7.0.2"))
    a.do("ip link del eth0.7")
    b.do("ip link del eth0.7")


def spoofed(sim, a):
    """Frames with another source address than the VF's."""
    before = sim.counters(f"{NIC} vf 0")[f"{NIC} vf 0"]["tx_dropped"]
    # A VLAN device's or macvlan's own address is what a guest forges most easily; arping says another one, too.
    a.do("ip link add link eth0 name forged type macvlan mode bridge; ip link set forged address 02:00:00:00:00:66; "
         "ip addr add 10.9.0.1/24 dev forged; ip link set forged up; ping -c 3 -i 0.2 -W 1 10.9.0.9; ip link del forged")
    need(sim.counters(f"{NIC} vf 0")[f"{NIC} vf 0"]["tx_dropped"] > before, "no forged frame was dropped")


def trust(sim, a):
    """An address that the guest chooses itself: the operator's is kept unless the VF is trusted."""
    vf_line(sim, 0, "trust off")
    status, _ = a.run(f"ip link set eth0 address {OTHER}")
    need(status != 0, "an untrusted VF has changed the operator's address")
    sim.ctl(f"ip link set {NIC} vf 0 trust on")
    vf_line(sim, 0, "trust on")
    # Its driver begins anew, which a change of trust makes it need before it is heard.
    a.do(f"ip link set eth0 down; ip link set eth0 up; ip link set eth0 address {OTHER}", 20)
    until("ping from that address", 10, lambda: reaches(a))
    sim.ctl(f"ip link set {NIC} vf 0 trust off")


def state(sim, a):
    """The guest's frames stop and go on; whether its carrier follows is its driver's."""
    sim.ctl(f"ip link set {NIC} vf 0 state disable")
    need(not reaches(a), "a disabled VF reaches somebody")
    seen = carrier(a)
    sim.ctl(f"ip link set {NIC} vf 0 state auto")
    until("ping by an enabled VF", 40, lambda: reaches(a))
    return seen


def rate(sim, a, b):
    b.do("iperf3 -s -D")
    sim.ctl(f"ip link set {NIC} vf 0 max_tx_rate 20")
    got = a.do("iperf3 -u -b 200M -l 1000 -c 10.0.0.2 -t 4", 60)
    received = float(re.search(r"([\d.]+) Mbits/sec.*\sreceiver", got).group(1))
    need(received < 22, f"a VF limited to 20 Mb/s got {received} Mb/s through")
    sim.ctl(f"ip link set {NIC} vf 0 max_tx_rate 0")
    return received


def statistics(sim, a):
    def sent():
        return int(a.do("cat /sys/class/net/eth0/statistics/tx_packets"))

    first, at_first = sim.counters(f"{NIC} vf 0")[f"{NIC} vf 0"]["tx_packets"], sent()
    a.do("ping -c 50 -i 0.02 10.0.0.2")
    last, at_last = sim.counters(f"{NIC} vf 0")[f"{NIC} vf 0"]["tx_packets"], sent()
    need(last - first >= 50 and abs((last - first) - (at_last - at_first)) <= 2, f"the VF sent {last - first}, the guest {at_last - at_first}")
    need(re.search(r"vf 0 .*\n +RX: bytes.*\n +\d+ +\d+", sim.said(f"ip -s link show {NIC}")), "no statistics of VF 0")


def reset(sim, a, mac):
    """Another address by the operator: the VF has it when its driver begins anew."""
    sim.ctl(f"ip link set {NIC} vf 0 mac {mac}")
    a.do("ip link set eth0 down; echo 0000:$(basename $(readlink /sys/class/net/eth0/device) | cut -d: -f2-) > /sys/bus/pci/drivers/ixgbevf/unbind; "
         "echo 0000:00:01.0 > /sys/bus/pci/drivers/ixgbevf/bind", 60)
    need(mac in a.do("cat /sys/class/net/eth0/address"), f"the driver has another address than {mac}")


def operator(place):
    """ip link set … vf … beside two guests: vlan, spoofchk, trust, state, rate, mac, statistics"""
    with Simulation(place, scenario("82599", ["vf", "vf"])) as sim, \
            Guest(place, "a", [function(sim, "a")], modules="ixgbevf macvlan 8021q") as a, \
            Guest(place, "b", [function(sim, "b")], modules="ixgbevf 8021q") as b:
        bring_up([a, b])
        statistics(sim, a)
        vlan(sim, a, b)
        qinq(sim, a, b)
        spoofed(sim, a)
        trust(sim, a)
        seen = state(sim, a)
        received = rate(sim, a, b)
        reset(sim, a, "02:00:00:00:00:77")
        answer, status = sim.ask(f"ip link set {NIC} vf 9 vlan 1")
        need(status == 2 and not answer["ok"], f"a VF that is not there: {answer}")
        return f"carrier of a disabled VF {seen}; {received} of 200 Mb/s with a limit of 20"


CASES = {"operator": operator}
