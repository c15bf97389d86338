# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that come and go: reboots, resets, drivers taken away and put back, QEMU killed under traffic."""
from cases_traffic import ADDRESS, bring_up, scenario
from machine import Guest, Simulation, function, need, until

PINGS = "ping -c 5 -i 0.2 10.0.0.2"
DEVICE = "0000:00:01.0"


def driver(guest, name):
    """Taken away and put back, a function level reset between."""
    guest.do(f"echo {DEVICE} > /sys/bus/pci/drivers/{name}/unbind; [ ! -e /sys/class/net/eth0 ] && "
             f"echo 1 > /sys/bus/pci/devices/{DEVICE}/reset && echo {DEVICE} > /sys/bus/pci/drivers/{name}/bind", 60)
    until(f"{guest.name}'s eth0", 20, lambda: guest.run("test -e /sys/class/net/eth0")[0] == 0)
    bring_up_again(guest)


def bring_up_again(guest, n=1):
    guest.do(ADDRESS.format(n=n))
    guest.do("for i in $(seq 150); do [ $(cat /sys/class/net/eth0/carrier) = 1 ] && exit 0; sleep 0.1; done; exit 1", 30)


def pings(guest, when):
    # A guest whose processor is emulated may be late for one.
    until(f"five pings, all answered, {when}", 20, lambda: " 0% packet loss" in guest.run(PINGS)[1])


def life(place, model, path, name, more=""):
    with Simulation(place, scenario(model, [path, path]) + more) as sim, Guest(place, "b", [function(sim, "b")], modules=name) as b:
        with Guest(place, "a", [function(sim, "a")], modules=name) as a:
            bring_up([a, b])
            pings(a, "at first")
            driver(a, name)
            pings(a, "behind unbind, reset, bind")
            a.do("modprobe -r " + name)
            a.do("modprobe " + name, 60)
            bring_up_again(a)
            pings(a, "behind rmmod")
            a.qmp({"execute": "system_reset"})
            a.wait_up()
            bring_up_again(a)
            pings(a, "behind a reset of the machine")
            a.start("sleep 1; reboot -f")
            a.wait_up()
            bring_up_again(a)
            pings(a, "behind a reboot")
            a.start("ping -f -c 100000 10.0.0.2 >/dev/null")
            until("a flood", 20, lambda: sim.counters("h0.vmnic0")["h0.vmnic0"])
            a.kill()
        need(b.run("ip link show eth0")[0] == 0, "its peer is gone, too")
        with Guest(place, "a", [function(sim, "a")], modules=name) as a:
            bring_up_again(a)
            pings(a, "by another QEMU")
        report, status = sim.report()
        verdict = next((line for line in report.splitlines() if line.startswith("verdict")), "no verdict")
        need(status == 0, f"the run ends with status {status}: {verdict}")
        return f"{name}: {verdict}"


def life_82599(place):
    """reboot, reset, unbind and bind, rmmod, QEMU killed and another one: ixgbevf"""
    return life(place, "82599", "vf", "ixgbevf")


def life_82576(place):
    """the same: igbvf"""
    # igb refuses a VF the address that its operator has set, be it the same, unless the VF is trusted.
    return life(place, "82576", "vf", "igbvf", "".join(f"0 ip link set h0.vmnic0 vf {vf} trust on\n" for vf in range(2)))


def life_vmxnet3(place):
    """the same: vmxnet3"""
    return life(place, "82599", "emulated", "vmxnet3")


CASES = {"life-82599": life_82599, "life-82576": life_82576, "life-vmxnet3": life_vmxnet3}
