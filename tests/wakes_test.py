#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to wake somebody: a thread of the virtual switch, a process behind a socket.

usage: tests/wakes_test.py VFSIM

Frames are far apart, so each wakes the switch's thread once, by `worker_wake_cycles`, and the guest's process once, by `guest_switch_cycles`:
latencies grow by exactly that, on a host that counts its cores as well. A frame on a VF wakes no thread of the switch, an application in the
kernel is no process, a guest that polls by itself is awake, and what comes together wakes once.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

WORLD = """profile p.profile
host h0 {cores}
nic h0.vmnic0 model 82599 vfs 2
peer out on h0.vmnic0
vm a on h0 ram 8M shell linux net npa app {app}
begin 1ms
{first}150ms flow f from out to a size 300 {rate} until 160ms
"""
MHZ = 2400
SINGLE = "rate 2K pps"


def run(vfsim, folder, wake, switch, app="station", first="", cores="", rate=SINGLE):
    pathlib.Path(folder, "p.profile").write_text(f'name p\nworker_wake_cycles {wake} assumed "a test"\nguest_switch_cycles {switch} assumed "a test"\n')
    scenario = pathlib.Path(folder, "x.scn")
    scenario.write_text(WORLD.format(app=app, first=first, cores=cores, rate=rate))
    done = subprocess.run([vfsim, "run", "--json", str(scenario)], capture_output=True, text=True, timeout=600)
    if done.returncode:
        sys.exit(f"exit status {done.returncode} of a run of:\n{scenario.read_text()}{done.stderr}")
    return json.loads(done.stdout)


def latency(report):
    """Of most frames: who polls for a while after a frame has slept before the first one."""
    return report["flows"][0]["latency_ns"]["p50"]


def guest_cycles(report):
    return sum(t["activities"]["guest"] for t in report["threads"] if t["is_vcpu"])


def main():
    vfsim, faults = sys.argv[1], []
    passthrough, polls = "0 switch a to passthrough\n", "1ms guest a sysctl net.core.busy_poll 20000\n"

    def grows(what, by_cycles, wake, switch, **world):
        with tempfile.TemporaryDirectory() as folder:
            before, after = (latency(run(vfsim, folder, *costs, **world)) for costs in ((0, 0), (wake, switch)))
        if abs(after - before - by_cycles * 1000 // MHZ) > 0.01 * after:
            faults.append(f"{what}: {before} ns without, {after} ns with {wake} and {switch} cycles, not {by_cycles} more")

    grows("a thread of the switch", 24000, 24000, 0)
    grows("the same on cores that are counted", 24000, 24000, 0, cores="cores 8")
    grows("on a VF", 0, 24000, 0, first=passthrough)
    grows("a process", 12000, 0, 12000)
    grows("a process, on a VF", 12000, 0, 12000, first=passthrough)
    grows("in the kernel", 0, 0, 12000, app="sink")
    grows("both", 36000, 24000, 12000)
    grows("busy polling", 0, 0, 12000, first=polls)
    with tempfile.TemporaryDirectory() as folder:
        crowd = "rate back-to-back"
        spent = guest_cycles(run(vfsim, folder, 0, 12000, rate=crowd)) - guest_cycles(run(vfsim, folder, 0, 0, rate=crowd))
        delivered = run(vfsim, folder, 0, 12000, rate=crowd)["flows"][0]["delivered"]
    if not 0 < spent < delivered * 12000 / 4:
        faults.append(f"{delivered} frames back to back cost {spent} cycles more: each wakes somebody")
    print("\n".join(faults) or "all wake as they should")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
