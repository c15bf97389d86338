#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every way in which a migration can fail, one world each: each step of the way out of passthrough, of the move and of the way in;
a destination that refuses, has no room, no NPA, no SR-IOV, no virtual function left or no fitting plugin; a network that is cut; a
guest that is slow. Each with both kinds of hold, and the move over both kinds of link. Whatever happens, the VM runs on exactly
one host afterwards and is reached there, books balance and nothing is left behind; only post-copy may lose it, and says so.

usage: sweep_migrate.py VFSIM [PART-OF-A-CASE'S-NAME]
"""
import itertools
import json
import os
import subprocess
import sys
import tempfile

MOVE = ["prepare", "round 1", "round 2", "stop", "final", "state", "load", "resume", "tunnel"]
OUT = ["move_back", "fence", "notify", "quiet", "restart", "quiesce", "release", "commit_out"]
IN = ["acquire", "get_info", "reset", "offer", "load", "init", "start", "stop", "activate", "move_mac", "drain", "commit_in"]

WORLD = """title "{name}"
seed 5
limit time 9s
host   h0
host   h1 {host}
nic    h0.vmnic0 model 82599 vfs 4
nic    h1.vmnic0 model {nic}
switch tor latency 500ns
link   h0.vmnic0 tor rate 10G latency 500ns
link   h1.vmnic0 tor rate 10G latency 500ns
peer   client on tor rate 10G latency 500ns
vm     web on h0 ram 8M shell linux net npa mac 02:00:00:00:00:0a
vm     other on h1 ram 8M shell linux net npa mac 02:00:00:00:00:0b
1ms    switch web to passthrough
1ms    {before}
150ms  flow in from client to web size 400 rate 5K pps until 400ms
150ms  flow out from web to client size 400 rate 5K pps until 400ms
{around}
200ms  try migrate web to h1 by {by} hold {hold} over {over} downtime 10us rounds 3 {options}
{late}  flow answer from web to client size 400 rate 5K pps count 50
+5ms   flow late from client to web size 400 rate 5K pps count 50
"""

def case(name, by="npa", options="", host="", nic="82599 vfs 4", before="policy web promisc allow", around="", late="4s",
         results=("done", "undone", "refused"), lossy=False, over=("link", "uplink")):
    return {"name": name, "by": by, "options": options, "host": host, "nic": nic, "before": before, "around": around,
            "late": late, "results": results, "lossy": lossy, "overs": over}


def cases():
    """All of them, with what may come of each."""
    yield case("nothing", results=("done",))
    for step in MOVE:
        lossy = step == "tunnel"
        yield case(f"fail {step}", options=f"fail {step}", lossy=lossy)
        yield case(f"emulated, fail {step}", by="emulated", around="140ms  switch web to emulation", options=f"fail {step}", lossy=lossy)
    for step in OUT:
        yield case(f"fail-out {step}", options=f"fail-out {step}", lossy=True)
    for step in IN:
        yield case(f"fail-in {step}", options=f"fail-in {step}", results=("done",))
        yield case(f"fail resume and then fail-in {step}", options=f"fail resume fail-in {step}", results=("undone",))
    yield case("no room", host="ram 10M", results=("refused",))
    yield case("no NPA there", host="npa off", results=("done",))
    yield case("no SR-IOV there", nic="regular", results=("done",))
    yield case("no VF left", nic="82599 vfs 1", before="switch other to passthrough", results=("done",))
    for plugin in ("nothing", "proprietary", "truncated", "tampered", "imports", "vector"):
        yield case(f"plugin {plugin}", options=f"plugin ixgbevf-{plugin}.so", results=("done",))
    yield case("guest is slow", around="190ms guest web rx stop\n300ms guest web rx go", lossy=True)
    yield case("guest does not answer", around="199ms guest web rx stop\n3s guest web rx go", lossy=True)
    yield case("destination is cut off", around="201ms ip link set h1.vmnic0 down\n3s ip link set h1.vmnic0 up", lossy=True,
               late="6s")
    yield case("source is cut off", around="201ms ip link set h0.vmnic0 down\n3s ip link set h0.vmnic0 up", lossy=True, late="6s")
    for rounds in ("", " after 1 round"):
        for step in MOVE:
            yield case(f"post-copy{rounds}, fail {step}", options=f"post-copy{rounds} fail {step}", over=("link",),
                       lossy=step == "tunnel", results=("lost", "done") if step == "tunnel" else ("done", "undone", "refused"))
        yield case(f"post-copy{rounds}, fail pages", options=f"post-copy{rounds} fail pages rate 100M", over=("link",),
                   results=("lost",), lossy=True)


def check(this, hold, over, report, status):
    """What is wrong, or nothing."""
    record = report["migrations"][0]
    flows = {flow["name"]: flow for flow in report["flows"]}
    vm = [vm for vm in report["vms"] if vm["name"] == "web"][0]
    result = record["result"]
    if status != 0:
        return f"exit status {status}"
    if result not in this["results"]:
        return f"{result} ({record.get('reason', '')}), not one of {this['results']}"
    if result == "lost":
        return "" if vm["state"] == "ended" else "lost, and yet it runs"
    if vm["host"] != ("h1" if result == "done" else "h0") or vm["state"] == "ended":
        return f"{result}, and it is {vm['state']} on {vm['host']}"
    if result in ("undone", "refused") and not record.get("reason"):
        return f"{result} without a reason"
    for name in ("late", "answer"):
        if flows[name]["lost"] or flows[name]["delivered"] != 50:
            return f"afterwards {flows[name]['lost']} of 50 frames are lost ({name})"
    if hold != "none" and not this["lossy"]:
        for name in ("in", "out"):
            if flows[name]["lost"] or flows[name]["duplicated"] or flows[name]["reordered"]:
                return f"flow {name}: {flows[name]['lost']} lost, {flows[name]['duplicated']} twice, " \
                       f"{flows[name]['reordered']} out of order"
    return ""


def main():
    vfsim, part = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    failed = count = 0
    with tempfile.TemporaryDirectory() as scratch:
        for this, hold in itertools.product(cases(), ("none", "forward 4M")):
            for over in this["overs"]:
                name = f"{this['name']}, hold {hold}, over {over}"
                if part not in name:
                    continue
                path = os.path.join(scratch, "sweep.scn")
                with open(path, "w", encoding="utf-8") as out:
                    out.write(WORLD.format(**{**this, "hold": hold, "over": over}))
                run = subprocess.run([vfsim, "run", path, "--json"], capture_output=True, text=True, check=False)
                count += 1
                wrong = check(this, hold, over, json.loads(run.stdout), run.returncode) if run.returncode < 2 else run.stderr[-600:]
                if wrong:
                    failed += 1
                    print(f"{name}: {wrong}\n  again: {sys.argv[0]} {vfsim} '{name}'")
    print(f"{count - failed} of {count} failures end as they should")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
