# SPDX-License-Identifier: GPL-2.0-or-later
"""The NPA shell as a driver of a hypervisor's vmxnet3 that knows no NPA: QEMU's own."""
from cases_traffic import bring_up, gigabits
from machine import Guest, Unavailable, need, until


def wire(place, is_server):
    """QEMU's vmxnet3 on a wire to the other QEMU."""
    end = f"stream,id=n0,server={'on' if is_server else 'off'},addr.type=unix,addr.path={place.folder}/wire"
    return ["-netdev", end]


def device(n):
    return f"vmxnet3,netdev=n0,mac=02:00:00:00:00:0{n}"


def npa(place):
    """the NPA shell module (guest/linux) on QEMU's own vmxnet3, which knows no NPA, against Linux's vmxnet3"""
    if not (place.kept / "initramfs-npa").exists():
        raise Unavailable("there is no module: tools/test-qemu builds it as root")
    with Guest(place, "b", [device(2)], options=wire(place, True), modules="vmxnet3") as b, \
            Guest(place, "a", [device(1)], options=wire(place, False), initramfs="initramfs-npa") as a:
        a.do("insmod /lib/npa_shell.ko queues=1", 60)
        bring_up([a, b])
        need("npa_shell" in a.do("ethtool -i eth0"), "another driver has the device")
        need(a.do("ethtool -S eth0 | grep npa_on_vf").split()[-1] == "0", "it is on a VF that is not there")
        until("pings, all answered", 20, lambda: " 0% packet loss" in a.run("ping -c 20 -i 0.05 10.0.0.2")[1])
        b.do("iperf3 -s -D")
        rates = [gigabits(a.do(f"iperf3 -c 10.0.0.2 -t 3 {more}", 60)) for more in ("", "-R")]
        a.do("ip link set eth0 down; ip link set eth0 mtu 1400; ip link set eth0 up", 60)
        until("pings with another MTU", 20, lambda: " 0% packet loss" in a.run("ping -c 5 -s 1300 -i 0.1 10.0.0.2")[1])
        a.do("rmmod npa_shell; insmod /lib/npa_shell.ko queues=2; ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up", 60)
        until("pings behind rmmod and insmod", 20, lambda: " 0% packet loss" in a.run("ping -c 5 -i 0.1 10.0.0.2")[1])
        need(not a.says("BUG:") and not a.says("Oops"), "the kernel complains")
        return f"Linux {a.kernel}; iperf3 {rates[0]:.2f}, {rates[1]:.2f} Gb/s"


CASES = {"npa": npa}
