#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that mean harm, one world each: a plugin that does one thing for ever (guest/plugins/bad/hostile.c). The run ends, says how the
guest ended or what became of it, and the VM beside it loses no frame. What the guest does costs it time, so a second of its is no
hour of ours: the events and calls of each world are bounded, by counts and not by clocks.

usage: hostile_guests.py VFSIM [KIND]
"""
import json
import os
import subprocess
import sys
import tempfile

FIRST = 1000  # the MTU that tells the plugin to do the first
# In the order of enum hostile, and what holds it: "link" (its accesses take a place on the link, at least 8 ns each), "exit" (each
# call costs an exit, or some, so the vCPU locks up after 20 s of them), "time" (it costs nothing but its own time, and locks up).
KINDS = [("DOORBELL", "link"), ("TX_TAILS", "link"), ("RX_TAILS", "link"), ("CAUSES", "link"), ("MAILBOX", "link"),
         ("RESETS", "link"), ("READS", "link"), ("PLAIN_STORES", "link"), ("BAD_RING", "link"), ("THROTTLE", "link"),
         ("SYNC", "exit"), ("WAIT_PAST", "exit"), ("WAIT_SOON", "exit"), ("PAUSE", "exit"), ("NOTE", "exit"), ("TEXT", "exit"),
         ("NEXT", "exit"), ("MADE", "exit"), ("DELIVER", "exit"), ("DROP", "exit"), ("JOB", "exit"), ("JOB_DONE", "exit"),
         ("NONSENSE", "exit"), ("NOWHERE", "exit"), ("COMMANDS", "exit"), ("LOADS", "exit"), ("CHARGE", "time")]
BEGIN_NS, LINK_NS, EXIT_NS = 120_000_000, 8, 833  # when the guest turns; what an access and an exit cost it at least
BOOT_CALLS, FREE_CALLS = 500, 65536

WORLD = """title "hostile: {kind}"
seed 3
{header}
host   h0
nic    h0.vmnic0 model 82599 vfs 4
switch tor
link   h0.vmnic0 tor
peer   client on tor
vm     evil on h0 ram 8M shell linux net npa mtu {mtu}
vm     good on h0 ram 8M shell linux net npa
0      flow fine from client to good size 128 rate 5K pps until 130ms
0      flow slow from client to good size 128 rate 2 pps until {until}
1ms    try switch good to passthrough
2ms    try switch evil to passthrough plugin ixgbevf-hostile.so
120ms  flow out from evil to client size 64 rate 1K pps count 1
end    expect fine lost 0 duplicated 0 reordered 0
"""


def play(vfsim, path, text):
    """The report of a run that ends well; a string if it does not."""
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    done = subprocess.run([vfsim, "run", "--json", path], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        return f"exit status {done.returncode}: {done.stderr.strip()[-400:]}"
    return json.loads(done.stdout)


def judge_beside(world):
    fine = next(flow for flow in world["flows"] if flow["flow" if "flow" in flow else "name"] == "fine")
    if fine["lost"] or not fine["delivered"]:
        return f"the VM beside it lost {fine['lost']} frames"
    if not world["books"]["balanced"]:
        return "the books do not balance"
    return None


def judge_short(evil, world, held):
    """A few milliseconds of it: it was busy, and paid for what it did."""
    calls = evil["mmio_direct"] if held == "link" else evil["calls"]
    span = world["sim_time_ns"] - BEGIN_NS
    most = {"link": span // LINK_NS, "exit": 2 * (span // EXIT_NS), "time": world["events"]}[held] + BOOT_CALLS + FREE_CALLS
    if held == "link" and calls < 5000:
        return f"the guest did no harm: {calls} accesses"
    if calls > most:
        return f"{calls} calls in {span} ns, more than {most}"
    return None


def judge_long(evil):
    """Exits that cost a thousand times as much, so that 20 s are soon over."""
    if not evil["ended"].startswith("soft lockup: vCPU stuck for 20 s without a wait, a frame or a job in "):
        return f"the guest was not stopped: {evil['state']} {evil['ended']}"
    return None


def worlds(kind, held, mtu):
    """Each with its judge."""
    yield (WORLD.format(kind=kind, mtu=mtu, until="200ms", header="limit time 124ms" if held == "link" else "limit time 180ms"), lambda evil, world: judge_short(evil, world, held))
    if held != "link":
        yield (WORLD.format(kind=kind, mtu=mtu, until="24s", header="profile slow.profile"), lambda evil, _: judge_long(evil))
    if kind == "DOORBELL":
        yield (WORLD.format(kind=kind, mtu=mtu, until="1s", header=""),
               lambda evil, _: None if evil["ended"].startswith("soft lockup: vCPU stuck for 10000000 calls ") else evil["ended"])


def main():
    vfsim, only = sys.argv[1], sys.argv[2:]
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        with open(os.path.join(work, "slow.profile"), "w", encoding="utf-8") as f:
            f.write('name slow\nvm_exit_cycles 2000000 assumed "a thousand times the built-in value"\n')
        for number, (kind, held) in enumerate(KINDS):
            for text, judge in worlds(kind, held, FIRST + number):
                if only and kind not in only:
                    continue
                world = play(vfsim, os.path.join(work, kind + ".scn"), text)
                if isinstance(world, dict):
                    evil = next(vm for vm in world["vms"] if vm["name"] == "evil")
                    print(f"{kind}: {evil['exits']} calls, {evil['mmio_direct']} direct, {world['events']} events, "
                          f"{world['sim_time_ns']} ns, {evil['state']} {evil['ended']}")
                    why = judge_beside(world) or judge(evil, world)
                else:
                    why = world
                if why:
                    print(f"{kind}: FAILED, {why}")
                    failed += 1
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
