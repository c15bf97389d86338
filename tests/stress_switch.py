#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random worlds whose VMs switch back and forth under load that the emulated path can carry: nothing may be lost, duplicated or
reordered, whatever the moment. Prints the command line that reproduces a failure.

usage: stress_switch.py VFSIM FIRST-SEED COUNT [FOLDER]
"""
import os
import random
import subprocess
import sys
import tempfile


def world(seed):
    """The text of one scenario. Loads stay within what the emulated path takes; switches are spaced so that each can end."""
    r = random.Random(seed)
    vms = [f"v{i}" for i in range(r.randint(1, 3))]
    vfs = r.choice([2, 4, 8, 40, 63])
    vlan = r.choice(["", "", " vlan 30"])
    lines = [
        f"title \"random switches, seed {seed}\"", f"seed {seed}", "host h0 cores 4",
        f"nic h0.vmnic0 model 82599 vfs {max(vfs, len(vms))}", "switch tor latency 500ns",
        "link h0.vmnic0 tor rate 10G latency 500ns",
        f"peer client on tor rate 10G latency 500ns mac 02:00:00:00:01:01{vlan}",
    ]
    for i, vm in enumerate(vms):
        queues = r.choice(["", "", " queues 2"])
        ring = r.choice(["", " rx-ring 512 tx-ring 512"])
        lines.append(f"vm {vm} on h0 shell linux net npa mac 02:00:00:00:00:{i + 10:02x}{vlan}{queues}{ring}")
    flows = []
    for vm in vms:
        for a, b in ((vm, "client"), ("client", vm), (vm, r.choice(vms))):
            if a == b or r.random() < 0.2:
                continue
            name = f"f{len(flows)}"
            flows.append(name)
            lines.append(f"{r.randint(0, 900)}us flow {name} from {a} to {b} size {r.choice([64, 128, 700, 1518])} "
                         f"rate {r.choice([5, 20, 40, 60]) // len(vms) + 1}K pps until 700ms")
    ends = []
    for vm in vms:
        at, inside, n = 1000, False, 0
        while at < 600000:
            n += 1
            lines.append(f"{at + r.randint(0, 999)}us switch {vm} to {'emulation' if inside else 'passthrough'}")
            ends.append(f"end expect switch {vm} {n} done")
            inside = not inside
            at += r.randint(1000, 60000) if not inside else r.randint(102000, 160000)
    # The timeline is written in the order of time.
    def key(line):
        head = line.split("us ")[0]
        return int(head) if head.isdigit() else -1
    lines = [l for l in lines if key(l) < 0] + sorted((l for l in lines if key(l) >= 0), key=key)
    lines += ends + [f"end expect {f} lost 0 duplicated 0 reordered 0 delivered > 0" for f in flows]
    return "\n".join(lines) + "\n"


def main():
    vfsim, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    folder = sys.argv[4] if len(sys.argv) > 4 else tempfile.mkdtemp()
    bad = 0
    for seed in range(first, first + count):
        path = os.path.join(folder, f"stress-{seed}.scn")
        with open(path, "w") as f:
            f.write(world(seed))
        run = subprocess.run([vfsim, "run", path], capture_output=True, text=True)
        if run.returncode != 0:
            bad += 1
            print(run.stdout[-3000:], run.stderr[-3000:])
            print(f"reproduce with: tests/stress_switch.py {vfsim} {seed} 1")
        else:
            os.unlink(path)
    print(f"{count - bad} of {count} random worlds passed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
