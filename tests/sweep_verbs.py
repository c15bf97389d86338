#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every verb that acts on a virtual machine, for every kind of guest network and every model of NIC: each either works or is refused
in words, by the checker before the run or by the hypervisor or the guest in it. None ends the simulator (status 3, a signal), none
crashes the guest but those that are to crash it, and nothing is left behind (invariants, books).

usage: sweep_verbs.py VFSIM [PART-OF-A-CASE'S-NAME]
"""
import itertools
import json
import os
import subprocess
import sys
import tempfile

NETS = ["npa", "plain", "vf", "bond"]
MODELS = ["82599 vfs 2", "82576 vfs 2", "upt vfs 2", "regular"]
METHODS = ["emulated", "npa", "upt", "vfio", "bond"]

WORLD = """title "{name}"
seed 5
limit time 3s
host   h0
host   h1
nic    h0.vmnic0 model {source}
nic    h1.vmnic0 model {destination}
switch tor
link   h0.vmnic0 tor
link   h1.vmnic0 tor
peer   client on tor
vm     web on h0 ram 8M shell linux net {net} mac 02:00:00:00:00:0a
120ms  flow in from client to web size 200 rate 500 pps until {until}ms
120ms  flow out from web to client size 200 rate 500 pps until {until}ms
"""

# What an operator, or a bug, does inside the guest; those that end it.
GUEST = ["set mac 02:00:00:00:00:1a", "promisc on", "promisc off", "allmulti on", "allmulti off", "add multicast 01:00:5e:00:00:05",
         "del multicast 01:00:5e:00:00:05", "add vlan 7", "del vlan 7", "rx stop", "rx go", "bad-rx-buffer 0x70000000",
         "bad-rx-buffer off", "bad-descriptor", "bad-tx 0x70000000", "reset vf", "hotplug at-once", "hotplug slow 10ms",
         "hotplug never", "driver npa", "driver plain", "ethtool eth0", "ethtool -S eth0", "ethtool -i eth0", "ethtool -g eth0",
         "ethtool -l eth0", "ethtool -k eth0", "ethtool -x eth0", "ethtool -G eth0 rx 512 tx 512", "ethtool -K eth0 rx off",
         "ethtool -K eth0 rxvlan off", "ethtool -X eth0 equal 1", "ethtool -X eth0 default",
         "ip link set eth0 address 02:00:00:00:00:1a", "ip link set eth0 promisc on", "ip link set eth0 allmulticast on",
         "ip link show eth0", "ip -s link show eth0"]
DEADLY = ["wild-store 0x70000000", "hang"]

# What a hypervisor or an operator does to the VM from outside, besides migrations.
OUTSIDE = [["switch web to passthrough"], ["switch web to emulation"], ["switch web to passthrough", "switch web to emulation"],
           ["suspend web", "resume web"], ["hotplug web add vf"], ["hotplug web remove vf"], ["hotplug web remove vf surprise"],
           ["hotplug web remove vf", "hotplug web add vf"], ["snapshot web to {work}/s", "restore web from {work}/s"],
           ["snapshot web to {work}/t and stop", "restore web from {work}/t"], ["reset h0.vmnic0 vf 0"], ["reset h0.vmnic0 pf"],
           ["set h0.vmnic0 numvfs 0"], ["set h0.vmnic0 numvfs 0 surprise"], ["set h0.vmnic0 numvfs 1"],
           ["set web passthrough auto"], ["set web link disconnected"], ["set web uplink vmnic0"], ["set h0 npa off"],
           ["set h0 passthrough off"], ["set h0 iommu off"], ["set h0 vectors 0"], ["iochain web add f", "iochain web del f"],
           ["policy web promisc allow"], ["policy web passthrough refuse"], ["iommu unmap web 0x100000 64K"],
           ["ip link set h0.vmnic0 vf 0 vlan 5"], ["ip link set h0.vmnic0 vf 0 mac 02:00:00:00:00:2a"],
           ["ip link set h0.vmnic0 vf 0 trust on"], ["ip link set h0.vmnic0 down", "ip link set h0.vmnic0 up"]]


def case(name, net, source, acts, destination="82599 vfs 2", may_end=False, apart=200):
    lines, at = [], 200
    for act in acts:
        lines.append(f"{at}ms  try {act}")
        at += apart
    head = WORLD.format(name=name, net=net, source=source, destination=destination, until=at)
    return {"name": name, "text": head + "\n".join(lines) + "\n", "may_end": may_end}


def guest_cases(net, model, before):
    """All that does not end a guest in one world, there and back, so that one act meets what another has left; the rest singly."""
    acts = [f"guest web {act}" for act in GUEST if not (net == "vf" and act.startswith("driver "))]
    name = f"{net} {model} guest {'passed through ' if before else ''}"
    yield case(name + "all", net, model, before + acts, apart=15)
    yield case(name + "all backwards", net, model, before + acts[::-1], apart=15)
    for act in DEADLY:
        yield case(name + act, net, model, before + [f"guest web {act}"], may_end=True)


def cases(work):
    for net, source, destination, method in itertools.product(NETS, MODELS, MODELS, METHODS):
        yield case(f"{net} by {method} from {source} to {destination}", net, source, [f"migrate web to h1 by {method}"], destination)
    for net, model, method in itertools.product(("npa", "plain"), MODELS, METHODS):
        yield case(f"{net} passed through by {method} from {model}", net, model,
                   ["switch web to passthrough", f"migrate web to h1 by {method}"], model)
    for net, model in itertools.product(NETS, MODELS):
        yield from guest_cases(net, model, [])
    for model in MODELS:
        yield from guest_cases("npa", model, ["switch web to passthrough"])
    for model in MODELS:
        for act in ("driver npa", "driver plain"):
            yield case(f"vf {model} guest {act}", "vf", model, [f"guest web {act}"])
    for net, model, acts in itertools.product(NETS, MODELS, OUTSIDE):
        acts = [act.format(work=work) for act in acts]
        yield case(f"{net} {model} {', '.join(acts).replace(work, '')}", net, model, acts)


def run(vfsim, files):
    done = subprocess.run([vfsim, "run", "--json", *files], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def refused_by_checker(vfsim, batch):
    """Those that the checker refuses, in words with their place."""
    done = subprocess.run([vfsim, "check", *[one["path"] for one in batch]], capture_output=True, text=True)
    if done.returncode not in (0, 2):
        sys.exit(f"vfsim check: exit status {done.returncode}\n{done.stderr[-1000:]}")
    return {line.split(":")[0] for line in done.stderr.splitlines() if ".scn:" in line}


def judge(one, world):
    vm = next(v for v in world["vms"] if v["name"] == "web")
    if vm["state"] == "ended" and not one["may_end"]:
        return "the guest ended: " + vm["ended"]
    return None


def play(vfsim, some):
    """Yields each world with what is wrong in it: together, or, if that ends badly, singly."""
    code, out, _ = run(vfsim, [one["path"] for one in some])
    if code in (0, 1):
        worlds = json.loads(out)
        for one, world in zip(some, worlds if isinstance(worlds, list) else [worlds]):
            yield one, judge(one, world)
        return
    for one in some:
        code, out, err = run(vfsim, [one["path"]])
        yield one, judge(one, json.loads(out)) if code in (0, 1) else f"exit status {code}: {err.strip()[-400:]}"


def main():
    vfsim, only = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    failed = []
    with tempfile.TemporaryDirectory() as work:
        batch = []
        for number, one in enumerate(c for c in cases(work) if only in c["name"]):
            one["path"] = os.path.join(work, f"{number}.scn")
            with open(one["path"], "w", encoding="utf-8") as f:
                f.write(one["text"])
            batch.append(one)
        refused = refused_by_checker(vfsim, batch)
        played = [one for one in batch if one["path"] not in refused]
        for i in range(0, len(played), 25):
            failed += [(one, why) for one, why in play(vfsim, played[i:i + 25]) if why]
    for one, why in failed:
        print(f"{one['name']}: {why}")
    if failed:
        print(f"--- the first of them:\n{failed[0][0]['text']}")
    print(f"{len(batch)} worlds, {len(refused)} refused by the checker, {len(failed)} failed")
    return 1 if failed or not played else 0


if __name__ == "__main__":
    sys.exit(main())
