#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random worlds whose VMs migrate, switch and fail at it under load that the emulated path can carry. With an odd seed every
migration forwards, and nothing may be lost, duplicated or reordered; with an even one anything may be lost, but books balance
and every VM lives on one host. Prints the command line that reproduces a failure.

usage: stress_migrate.py VFSIM FIRST-SEED COUNT [FOLDER]
"""
import os
import random
import subprocess
import sys
import tempfile

FAILURES = ["prepare", "round 1", "round 2", "stop", "final", "state", "load", "resume"]
FAILURES_IN = ["acquire", "load", "init", "start", "stop", "activate", "drain", "commit_in"]
FAILURES_OUT = ["fence", "quiet", "quiesce", "release"]


def migration(r, vm, host, gentle):
    way = r.choice(["emulated", "npa", "npa"])
    words = [f"migrate {vm} to {host} by {way}"]
    words.append("hold forward 8M" if gentle else r.choice(["hold forward 8M", "hold forward 64K", "hold none"]))
    if r.random() < 0.3:
        words.append("fail " + r.choice(FAILURES + ([] if gentle else ["tunnel"])))
    if not gentle and r.random() < 0.3 and way == "npa": # the other one makes no mode switch
        words.append("fail-in " + r.choice(FAILURES_IN))
    if not gentle and r.random() < 0.3 and way == "npa":
        words.append("fail-out " + r.choice(FAILURES_OUT))
    if r.random() < 0.3:
        words.append(f"downtime {r.choice([1, 100, 1000])}us")
    if r.random() < 0.3:
        words.append("rate " + r.choice(["200M", "1G"]))
    if r.random() < 0.3:
        words.append("over uplink")
    elif r.random() < 0.4:
        if gentle: # who waits long for its pages then sends what it owes in a burst that the virtual switch drops of
            words = [word for word in words if word != "rate 200M"]
        words.append("post-copy" + r.choice(["", " after 1 round", " after 3 rounds"]))
        if not gentle and r.random() < 0.3 and not any(word.startswith("fail ") for word in words):
            words.append("fail pages")
    if r.random() < 0.3:
        words.append(f"rounds {r.randint(1, 8)}")
    return " ".join(words)


def event(r, vm, host, gentle):
    kind = r.random()
    if kind < 0.7 or (gentle and kind > 0.9):
        return migration(r, vm, host, gentle)
    if kind < 0.9:
        return f"switch {vm} to {r.choice(['passthrough', 'emulation'])}"
    return r.choice([f"guest {vm} wild-store 0x1", f"guest {vm} hang", f"guest {vm} reset vf",
                     f"ip link set {host}.vmnic0 down"])


def world(seed):
    """The text of one scenario."""
    r = random.Random(seed)
    gentle = seed % 2 == 1
    hosts = [f"h{i}" for i in range(r.randint(2, 3))]
    vms = [f"v{i}" for i in range(r.randint(1, 3))]
    vlan = r.choice(["", "", " vlan 7"])
    lines = [f"title \"random migrations, seed {seed}\"", f"seed {seed}", "limit time 3s"]
    lines += [f"host {h} cores {r.randint(1, 4)}{r.choice(['', '', '', ' npa off'])}" for h in hosts]
    lines += [f"nic {h}.vmnic0 model {r.choice(['82599 vfs 4', '82599 vfs 2', 'regular'])}" for h in hosts]
    lines += ["switch tor latency 500ns"] + [f"link {h}.vmnic0 tor rate 10G latency 500ns" for h in hosts]
    lines.append(f"peer client on tor rate 10G latency 500ns{vlan}")
    lines += [f"vm {vm} on {r.choice(hosts)} ram {r.choice(['8M', '16M'])} shell linux net npa{vlan} "
              f"queues {r.choice([1, 1, 2])}" for vm in vms]
    flows = []
    for vm in vms:
        for a, b in (("client", vm), (vm, "client"), (vm, r.choice(vms))):
            if a != b:
                flows.append(f"f{len(flows)}")
                lines.append(f"{r.randint(1, 40)}ms flow {flows[-1]} from {a} to {b} size {r.choice([64, 400, 1514])} "
                             f"rate {r.choice([5, 20, 40])}K pps until 600ms")
    lines += [f"{r.randint(1, 600000)}us try {event(r, r.choice(vms), r.choice(hosts), gentle)}" for _ in range(r.randint(2, 7))]
    if gentle:
        lines += [f"end expect {flow} lost 0 duplicated 0 reordered 0" for flow in flows]
    return "\n".join(lines) + "\n"


def main():
    vfsim, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as scratch:
        folder = sys.argv[4] if len(sys.argv) > 4 else scratch
        failed = 0
        for seed in range(first, first + count):
            path = os.path.join(folder, f"migrate-{seed}.scn")
            with open(path, "w", encoding="utf-8") as out:
                out.write(world(seed))
            run = subprocess.run([vfsim, "run", path], capture_output=True, text=True, check=False)
            if run.returncode:
                failed += 1
                print(f"seed {seed}: exit status {run.returncode}; again: {sys.argv[0]} {vfsim} {seed} 1 FOLDER")
                print(run.stderr[-800:], run.stdout[run.stdout.find("expectations that failed"):][:600])
    print(f"{count - failed} of {count} worlds as they should be")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
