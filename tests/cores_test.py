#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten VMs on one core, on sixteen, and with a core for each thread: what differs is what should.

usage: tests/cores_test.py VFSIM

One core's VMs are given a fraction of the frames that sixteen cores' are, wait thousands of times as long, and have time stolen. Busy
cycles of a frame are the same: waiting is no work. Sixteen cores, and one for each thread, lose nothing. A core's time is its threads'
and its switches', and never more than there was. Two hardware threads of a core do more than one core, and less than two.
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def world(vfsim, text):
    """A scenario's report, without what it expects."""
    kept = "\n".join(line for line in text.splitlines() if not re.match(r"end\s+expect", line))
    run = subprocess.run([vfsim, "run", "--json", "-"], input=kept, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def rate(report):
    """Frames a second that reach applications, of all flows."""
    return sum(flow["delivered"] for flow in report["flows"]) / (report["sim_time_ns"] / 1e9)


def vcpus(report, key):
    return sum(thread[key] for thread in report["threads"] if thread["is_vcpu"])


def check(faults, what, holds):
    if not holds:
        faults.append(what)


def check_cores(faults, report, number):
    check(faults, f"{number} cores are shown as {len(report['cores'])}", len(report["cores"]) == number)
    for core in report["cores"]:
        check(faults, f"core {core['core']} of {number} was busy for longer than there was time",
              core["busy_ns"] + core["switching_ns"] <= report["sim_time_ns"] + 1)
    busy, threads = sum(core["busy_ns"] for core in report["cores"]), sum(thread["busy_ns"] for thread in report["threads"])
    check(faults, f"{number} cores were busy for {busy} ns, their threads for {threads} ns", abs(busy - threads) <= 0.001 * busy)


def main():
    vfsim, faults = sys.argv[1], []
    with open(os.path.join(ROOT, "scenarios", "360-ten-vms.scn"), encoding="utf-8") as f:
        text = f.read()
    one = world(vfsim, text)
    many = world(vfsim, text.replace("set cores 1", "set cores 16"))
    own = world(vfsim, text.replace("cores $cores", "").replace("set cores 1\n", ""))
    smt = world(vfsim, text.replace("cores $cores", "cores $cores smt"))
    two = world(vfsim, text.replace("set cores 1", "set cores 2"))
    check_cores(faults, one, 1)
    check_cores(faults, many, 16)
    check_cores(faults, smt, 2)
    check(faults, "a host without a number of cores shows some", own["cores"] == [])
    for report, name in ((many, "sixteen cores"), (own, "a core for each thread")):
        check(faults, f"{name}: frames are lost", all(flow["lost"] == 0 for flow in report["flows"]))
    check(faults, f"one core: {rate(one):.0f} frames a second, sixteen: {rate(many):.0f}", 2 < rate(many) / rate(one) < 8)
    check(faults, f"SMT: {rate(one):.0f} < {rate(smt):.0f} < {rate(two):.0f} does not hold", rate(one) < rate(smt) < rate(two))
    late = [max(flow["latency_ns"]["p50"] for flow in report["flows"]) for report in (one, many)]
    check(faults, f"median latencies: {late} ns", late[0] > 100 * late[1])
    check(faults, "nothing is stolen on one core", vcpus(one, "steal_cycles") > vcpus(one, "cycles"))
    check(faults, "something is stolen where each has its own core", vcpus(own, "steal_cycles") == 0)
    for ours, theirs in zip(one["frame_costs"], many["frame_costs"]):
        off = abs(ours["cycles_per_frame"] - theirs["cycles_per_frame"])
        check(faults, f"{ours['vm']}: a frame costs {ours['cycles_per_frame']} and {theirs['cycles_per_frame']} cycles",
              off <= 0.1 * theirs["cycles_per_frame"])
    print("\n".join(faults) or f"{rate(one):.0f}, {rate(smt):.0f} (SMT), {rate(two):.0f} (two), {rate(many):.0f} frames a second")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
