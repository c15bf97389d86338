#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A PF's reset at every moment of a mode switch: by FLR and by its driver, once, and a second time while the first one's undoing goes on.
The moments are those at which the steps of the undisturbed switch begin, just before and just after each, and in the middle of the
long ones; the switch goes in or out, by a plugin in both orders, or is a migration's; or a VF is put into a guest's slot, or taken out.
Whatever happens, books balance, nothing is left behind that the hosts' own invariants find, a switch that did not happen says why, and the VM is
reached afterwards, in emulation and in passthrough.

usage: sweep_resets.py VFSIM [STRIDE [PART-OF-A-CASE'S-NAME]]    STRIDE: every n-th moment only
"""
import json
import os
import subprocess
import sys
import tempfile

WORLD = """seed 9
limit time 12s
host   h0
host   h1
nic    h0.vmnic0 model {model} vfs 4
nic    h1.vmnic0 model {model} vfs 4
switch tor
link   h0.vmnic0 tor
link   h1.vmnic0 tor
peer   client on tor mac 02:00:00:00:01:01
vm     web on h0 ram 4M shell linux net {net} mac 02:00:00:00:00:0a
begin  150ms
{before}
400ms  flow in from client to web size 128 rate 2K pps until 800ms
400ms  flow out from web to client size 128 rate 2K pps until 800ms
500ms  try {act}
{resets}
5s     flow late-in from client to web size 128 rate 10K pps count 5
5s     flow late-out from web to client size 128 rate 10K pps count 5
{again}
"""
AGAIN = """5100ms try switch web to {other}
5500ms try switch web to passthrough
6s     expect web passthrough
6s     flow last-in from client to web size 128 rate 10K pps count 5
6s     flow last-out from web to client size 128 rate 10K pps count 5"""

CASES = {
    "in": ("npa", "", "switch web to passthrough", "h0", "emulation"),
    "in, naive": ("npa", "", "switch web to passthrough order naive", "h0", "emulation"),
    "out": ("npa", "10ms switch web to passthrough", "switch web to emulation", "h0", "passthrough"),
    "out, naive": ("npa", "10ms switch web to passthrough", "switch web to emulation order naive", "h0", "passthrough"),
    "reset of the VF": ("npa", "10ms switch web to passthrough", "reset web vf", "h0", "passthrough"),
    "migration, from": ("npa", "10ms switch web to passthrough", "migrate web to h1 by npa", "h0", "emulation"),
    "migration, to": ("npa", "10ms switch web to passthrough", "migrate web to h1 by npa", "h1", "emulation"),
    "hotplug in": ("bond vf none", "", "hotplug web add vf", "h0", None),
    "hotplug out": ("bond", "", "hotplug web remove vf", "h0", None),
    "own VF out": ("vf", "", "hotplug web remove vf", "h0", None),
    "at rest": ("vf", "", "ip link show h0.vmnic0", "h0", None),
    "at rest, a bond": ("bond", "", "ip link show h0.vmnic0", "h0", None),
}


def run(vfsim, scratch, case, model, resets):
    net, before, act, _, other = CASES[case]
    path = os.path.join(scratch, "sweep.scn")
    again = AGAIN.format(other=other) if other else ""
    with open(path, "w", encoding="utf-8") as out:
        out.write(WORLD.format(model=model, net=net, before=before, act=act, resets="\n".join(resets), again=again))
    done = subprocess.run([vfsim, "run", path, "--json"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def moments(report, act):
    """Where steps begin, in nanoseconds of the timeline: before, at and behind each, and the middle of the long ones."""
    begun = report["begin_ns"]
    edges = {500_000_000, 500_030_000, 550_000_000, 600_000_000}
    for switch in report["switches"]:
        steps = [step["start_ns"] - begun for step in switch["steps"]]
        edges |= {step for step in steps if 499_000_000 <= step < 4_000_000_000} # not the tries that follow
    if "hotplug" in act:
        edges |= {500_002_000 + 4_900_000 * n for n in range(25)}
    ordered = sorted(edges)
    middles = {(a + b) // 2 for a, b in zip(ordered, ordered[1:]) if b - a > 3000}
    return sorted({at + off for at in edges for off in (-500, 500)} | middles)


def check(case, status, out, err):
    """What is wrong, or nothing."""
    if status > 1:
        return f"exit status {status}: {err[-300:]}"
    report = json.loads(out)
    failed = [e for e in report["expectations"] if not e.get("passed", e.get("ok", True))]
    if failed:
        return f"{failed[0]}"
    if not report["books"]["balanced"]:
        return "books do not balance"
    for switch in report["switches"]:
        if switch["result"] in ("undone", "refused", "forced") and not switch.get("reason"):
            return f"a switch {switch['result']} without a reason"
    vm = [vm for vm in report["vms"] if vm["name"] == "web"][0]
    if vm["state"] == "ended":
        return f"the VM has ended: {vm['ended']}"
    own = CASES[case][0] == "vf" and "remove" in CASES[case][2]
    for flow in report["flows"]:
        if flow["name"].startswith(("late", "last")) and flow["lost"] and not own:
            return f"afterwards {flow['name']} loses {flow['lost']} of {flow['sent']}, it is {vm['state']}"
    return ""


def main():
    vfsim, stride = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    part = sys.argv[3] if len(sys.argv) > 3 else ""
    failed = count = seen = 0
    with tempfile.TemporaryDirectory() as scratch:
        for case, (_, _, act, host, _) in CASES.items():
            for model in ("82599", "82576"):
                status, out, err = run(vfsim, scratch, case, model, [])
                assert status < 2, err
                for kind in ("pf", "driver"):
                    for at in moments(json.loads(out), act):
                        for second in (None, 70_000_000, 150_000_000):
                            name = f"{case}, {model}, {kind} at {at} ns" + (f" and {second} ns later" if second else "")
                            seen += 1
                            if part not in name or seen % stride:
                                continue
                            resets = [f"{at + more}ns try reset {host}.vmnic0 {kind}" for more in ([0, second] if second else [0])]
                            wrong = check(case, *run(vfsim, scratch, case, model, resets))
                            count += 1
                            if wrong:
                                failed += 1
                                print(f"{name}: {wrong}\n  again: {sys.argv[0]} {vfsim} 1 '{name}'")
    print(f"{count - failed} of {count} resets end as they should")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
