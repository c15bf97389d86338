#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What binds a flow is named, and is what binds it: with more of that the flow is faster, with more of something else it is not.

For each kind a scenario with that bottleneck, the value of a variable that takes it away, and values that give more of something
else. The report names the kind and the place, the language's `bound-by` agrees, and the JSON has the flow's way.

usage: tests/cli_bottlenecks.py VFSIM   (run in the root of the tree)
"""
import json
import os
import re
import subprocess
import sys
import tempfile

MORE = 1.05  # a flow that is faster is so by this, one that is not, by less

wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


# What a line of a scenario below says with `$name`, unless a row or a run says otherwise.
USUAL = {
    "profile": "skylake-3.0", "model": "82599", "gen": "2", "lanes": "8", "tags": "32", "rate": "10G", "near": "10G", "queue": "1024",
    "path": "vf", "size": "64", "ring": "256", "tx": "256", "limit": "0", "walk": "291ns", "walkers": "6", "from": "client", "to": "web",
    "latency": "500ns", "loss": "0%", "window": "4M", "depth": "1", "pps": "100K", "cores": "8",
}

NETWORK = """profile $profile
host h0 iommu iotlb 16 walk $walk walkers $walkers superpages off
nic h0.vmnic0 model $model vfs 4 pcie gen $gen lanes $lanes tags $tags
switch tor
link h0.vmnic0 tor rate $near queue $queue latency $latency loss $loss
peer client on tor rate $rate
"""
VM = "vm web on h0 path $path app station rx-ring $ring tx-ring $tx\n"
SHARED = NETWORK.replace("host h0", "host h0 cores $cores") + "vm web[1-2] on h0 path $path app station\n"
FAST = "+0 flow f from $from to $to size $size rate back-to-back until +2ms\n"
IN, OUT = {}, {"from": "web", "to": "client"}
SWITCHED = "0 switch web to passthrough\n+130ms flow f from $from to $to size $size rate back-to-back until +1ms\n"

# what a flow is bound by, where (a pattern), scenario, its variables, what lifts it, what does not
ROWS = [
    ("offered", "client", NETWORK + VM + "0 flow f from client to web size 64 rate $pps pps until 3ms\n", IN, {"pps": "200K"},
     [{"rate": "20G"}, {"profile": "$fast"}]),
    ("link", "h0.vmnic0-tor from tor.0", NETWORK + VM + "0" + FAST[2:], {"size": "1518", "near": "1G"}, {"near": "2G"},
     [{"rate": "20G"}, {"lanes": "16"}, {"profile": "$fast"}]),
    ("link", "client-tor from client", NETWORK + VM + "0" + FAST[2:], {"size": "1518", "rate": "1G"}, {"rate": "2G"},
     [{"ring": "1024"}, {"lanes": "16"}, {"profile": "$fast"}]),
    ("link", "h0.vmnic0-tor from tor.0", NETWORK + VM + "0 flow f from client to web size 64 rate 8M pps on 10us off 200us until 4ms\n",
     {"near": "1G", "queue": "16", "ring": "1024"}, {"queue": "256"}, [{"ring": "4096"}, {"profile": "$fast"}]),
    ("pcie", "h0.vmnic0.pcie to memory", NETWORK + VM + "0" + FAST[2:], {"size": "1518", "gen": "1", "lanes": "1"}, {"lanes": "2"},
     [{"rate": "20G"}, {"ring": "1024"}, {"profile": "$fast"}]),
    ("pcie", "h0.vmnic0.pcie from memory", NETWORK + VM + "0" + FAST[2:], {**OUT, "size": "1518", "gen": "1", "lanes": "1"},
     {"lanes": "2"}, [{"rate": "20G"}, {"tx": "1024"}, {"profile": "$fast"}]),
    ("pcie", "h0.vmnic0.pcie from memory", NETWORK + VM + "0" + FAST[2:], {**OUT, "size": "1518", "tags": "1"}, {"tags": "2"},
     [{"rate": "20G"}, {"tx": "1024"}, {"profile": "$fast"}]),
    ("iommu", "h0.vmnic0.pcie IOMMU", NETWORK + VM + "0" + FAST[2:], {"walk": "2us", "walkers": "1", "ring": "1024"}, {"walkers": "2"},
     [{"lanes": "16"}, {"rate": "20G"}, {"profile": "$fast"}]),
    ("vcpu", "web", NETWORK + VM + "0" + FAST[2:], IN, {"profile": "$fast"}, [{"rate": "20G"}, {"lanes": "16"}]),
    ("vcpu", "web", NETWORK + VM + "0" + FAST[2:], OUT, {"profile": "$fast"}, [{"rate": "20G"}, {"lanes": "16"}, {"tx": "1024"}]),
    ("core", "web1", SHARED + "0 flow f from client to web1 size 64 rate 3M pps until 4ms\n"
     "0 flow g from client to web2 size 64 rate 3M pps until 4ms\n", {"cores": "1"}, {"cores": "2"}, [{"lanes": "16"}, {"rate": "20G"}]),
    ("thread", "h0.vswitch/1", NETWORK + VM + "0" + FAST[2:], {"path": "emulated"}, {"profile": "$switch"},
     [{"lanes": "16"}, {"ring": "1024"}, {"profile": "$guest"}]),
    ("thread", "h0.vswitch/0", NETWORK + VM + "0" + FAST[2:], {**OUT, "path": "emulated"}, {"profile": "$switch"},
     [{"lanes": "16"}, {"rate": "20G"}, {"profile": "$guest"}]),
    ("ring", "h0.vmnic0 vf 0 receive queue 0", NETWORK + VM + "0 flow f from client to web size 64 rate 10M pps on 10us off 400us until 5ms\n",
     {"ring": "32"}, {"ring": "512"}, [{"rate": "20G"}, {"lanes": "16"}]),
    ("rate-limit", "h0.vmnic0 vf 0 rate of transmit queue 0", NETWORK + VM + "0 ip link set h0.vmnic0 vf 0 max_tx_rate $limit\n+1ms" + FAST[2:],
     {**OUT, "size": "1518", "limit": "1000"}, {"limit": "2000"}, [{"rate": "20G"}, {"tx": "1024"}, {"profile": "$fast"}]),
    ("chip", "h0.vmnic0 vf 0 transmit queue 0", NETWORK + VM.replace("path $path", "path upt") + "1s" + FAST[2:],
     {**OUT, "model": "upt", "profile": "$fast"}, {"size": "128"}, [{"rate": "20G"}, {"lanes": "16"}, {"tx": "1024"}]),
    ("window", "web", NETWORK + VM + "0 flow f from client to web tcp bytes 4M window $window\n", {"window": "64K", "latency": "200us"},
     {"window": "128K"}, [{"rate": "20G"}, {"ring": "1024"}, {"profile": "$fast"}]),
    ("congestion", "client", NETWORK + VM + "0 flow f from client to web tcp bytes 4M rto-min 1ms\n", {"loss": "1%", "latency": "200us"},
     {"loss": "0.1%"}, [{"window": "8M"}, {"ring": "1024"}]),
    ("answers", "client", NETWORK + VM + "0 exchange f from client to web size 128 depth $depth count 500\n", IN, {"depth": "2"},
     [{"ring": "1024"}, {"rate": "20G"}]),
    ("answers", "client", NETWORK + VM + "0 flow f from client to web tcp rr 100\n", {"latency": "50us"}, {"latency": "10us"}, [{"ring": "1024"}, {"rate": "20G"}]),
    ("dropped", "h0.vmnic0-tor side 1: netem_loss", NETWORK + VM + "0 flow f from client to web size 64 rate 100K pps until 10ms\n",
     {"loss": "20%"}, {"loss": "0%"}, [{"ring": "1024"}, {"rate": "20G"}]),
]


class Place:
    def __init__(self, vfsim, folder):
        self.vfsim, self.folder = vfsim, folder
        self.profiles = {"$fast": self.profile("fast", {"cpu_khz": 40000000}), "$switch": self.profile("switch", {"vswitch_frame_cycles": 100, "vnic_frame_cycles": 100}),
                         "$guest": self.profile("guest", {"guest_stack_cycles": 300})}

    def profile(self, name, values):
        """The profile of 2018 but for these values."""
        with open("profiles/skylake-3.0.profile", encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if line.split(" ")[0] not in values]
        path = os.path.join(self.folder, f"{name}.profile")
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join(lines + [f'{key} {value} assumed "a test"' for key, value in values.items()]) + "\n")
        return path

    def run(self, text, values, last=""):
        """The result of a scenario, with these values of its variables."""
        sets = "".join(f"set {name} {self.profiles.get(value, value)}\n" for name, value in values.items())
        path = os.path.join(self.folder, "one.scn")
        with open(path, "w", encoding="utf-8") as out:
            out.write(sets + text + last)
        done = subprocess.run([self.vfsim, "run", path, "--json"], capture_output=True, text=True, check=False)
        result = json.loads(done.stdout)
        check(not result.get("errors"), f"{values}: {result.get('errors')}")
        return result


def rate(result):
    """What came through: of a connection its goodput, of an exchange answers, else frames a second."""
    for row in result["connections"]:
        return row["goodput_bps"] or 0
    flows = [row for row in result["flows"] if row["name"] == "f"]
    return flows[0]["throughput"]["fps"] or 0 if flows else 0


def bound(result):
    return result["bottlenecks"][0]


def judge_row(place, row):
    kind, where, text, own, lift, others = row
    usual = {name: value for name, value in {**USUAL, **own}.items() if f"${name}" in text}
    name = f"{kind} at {where}"
    result = place.run(text, usual, f'end expect f bound-by {kind} at "{where}"\n')
    found = bound(result)
    check(found["bound_by"] == kind and found["where"] == where, f"{name}: it is said to be {found['bound_by']} at {found['where']}")
    check([case["passed"] for case in result["expectations"]] == [True], f"{name}: the expectation does not agree")
    before = rate(result)
    after = rate(place.run(text, {**usual, **lift}))
    if "size" in lift:  # more in each frame: a chip that counts frames carries more bytes
        check(after > before * 0.95, f"{name}: {after} frames a second of a larger size, not {before}")
    else:
        check(after > before * MORE, f"{name}: with {lift} {after}, not more than {before}")
    for other in others:
        again = rate(place.run(text, {**usual, **other}))
        check(again < before * MORE, f"{name}: with {other}, which is not what it is bound by, {again} and not {before}")


def main():
    vfsim = os.path.abspath(sys.argv[1])
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(vfsim, folder)
        for row in ROWS:
            if re.search(only, row[0]):
                judge_row(place, row)
    for text in wrong:
        print(text)
    print(f"{len(ROWS)} bottlenecks: {'wrong' if wrong else 'each is what binds its flow'}")
    sys.exit(1 if wrong else 0)


main()
