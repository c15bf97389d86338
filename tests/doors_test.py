#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One rule, whatever the way in. An operator sets something of a VF; the guest that has the VF asks for something, by the mailbox of its
own driver (two chips), by the hypervisor and a plugin (two chips), or by a VF that is a vmxnet3 device; and an emulated guest beside
them, whom no VF's setting concerns. What binds (VLAN, priority, address, spoof check, rate, state, MTU) binds by every door. What is
granted (trust: all groups) is the operator's to grant a VF's own driver; a guest that asks the hypervisor has its port's policy.

usage: doors_test.py VFSIM [PART-OF-A-NAME]
"""
import json
import os
import subprocess
import sys
import tempfile

WORLD = """seed 4
limit time 5s
host   h0
nic    h0.vmnic0 model {model} vfs 3
switch tor
link   h0.vmnic0 tor
peer   client on tor mac 02:00:00:00:01:01 mtu 9000
peer   inside on tor mac 02:00:00:00:01:02 vlan 300
vm     web on h0 ram 32M shell linux net {net} mac 02:00:00:00:00:0a {options}
{before}
100ms  {enter}
300ms  {operator}
400ms  try {guest}
500ms  flow in from client to web size 128 rate 10K pps count 5 {in_options}
500ms  flow out from web to client size 128 rate 10K pps count 5 {out_options}
500ms  flow vlan-in from inside to web size 128 rate 10K pps count 5
500ms  flow vlan-out from web to inside size 128 rate 10K pps count 5
{more}
"""
DOORS = { # name: model, kind of the guest's network, how it gets its VF
    "mailbox, 82599": ("82599", "vf vf 0", "ip link show h0.vmnic0"),
    "mailbox, 82576": ("82576", "vf vf 0", "ip link show h0.vmnic0"),
    "plugin, 82599": ("82599", "npa", "switch web to passthrough"),
    "plugin, 82576": ("82576", "npa", "switch web to passthrough"),
    "upt": ("upt", "plain", "switch web to passthrough"),
    "emulated": ("82599", "npa", "ip link show h0.vmnic0"),
}
NOTHING = "ip link show h0.vmnic0"
SET = "ip link set h0.vmnic0 "
ON_VF = [door for door in DOORS if door != "emulated"]
MAILBOX = [door for door in DOORS if door.startswith("mailbox")]


def row(name, operator, guest=NOTHING, refused=(), passes="", lost="", doors=tuple(DOORS), **more):
    """`refused`: by which doors the guest is; `passes`, `lost`: flows of which all, or none, arrive by a VF's door."""
    return {"name": name, "operator": operator, "guest": guest, "refused": refused, "passes": passes.split(), "lost": lost.split(),
            "doors": doors, "in_options": "", "out_options": "", "more": "", "before": "", "options": "", **more}


ROWS = [
    row("nothing is set", NOTHING, "guest web add vlan 108", passes="in out"),
    row("a VLAN, and the guest asks for another", SET + "vf 0 vlan 300", "guest web add vlan 108", refused=ON_VF,
        lost="in out", passes="vlan-in vlan-out", in_options="vlan 108", out_options="vlan 108"),
    row("a VLAN and a priority", SET + "vf 0 vlan 300 qos 5", lost="in out", passes="vlan-in vlan-out"),
    row("a priority alone", SET + "vf 0 vlan 0 qos 5", passes="in out", lost="vlan-in vlan-out"),
    row("a VLAN that is taken back", SET + "vf 0 vlan 0", "guest web add vlan 108", passes="in out", in_options="vlan 108",
        out_options="vlan 108", before="200ms " + SET + "vf 0 vlan 300", doors=tuple(d for d in DOORS if d != "emulated")),
    row("an address, and the guest wants another", SET + "vf 0 mac 02:00:00:00:00:0a", "guest web set mac 02:00:00:00:00:1a",
        refused=ON_VF, passes="in out"),
    row("an address, and trust", SET + "vf 0 mac 02:00:00:00:00:0a trust on", "guest web set mac 02:00:00:00:00:1a",
        refused=(), passes="in out", doors=tuple(d for d in DOORS if "82599" in d)),
    row("the spoof check", NOTHING, out_options="src 02:00:00:00:00:77", lost="out", passes="in"),
    row("no spoof check", SET + "vf 0 spoofchk off", out_options="src 02:00:00:00:00:77", passes="in out",
        doors=tuple(ON_VF)),
    row("a link that is taken away", SET + "vf 0 state disable", lost="in out", doors=("mailbox, 82599", "plugin, 82599", "upt")),
    row("a state that an igb has not", SET + "vf 0 state disable", passes="in out", doors=("mailbox, 82576", "plugin, 82576")),
    row("all groups, without trust", NOTHING, "guest web allmulti on", passes="in out", refused=("mailbox, 82576",),
        more="600ms flow group from client to 33:33:00:00:00:09 size 128 rate 10K pps count 5",
        group={"mailbox, 82599": 0, "mailbox, 82576": 0}),
    row("all groups, with trust", SET + "vf 0 trust on", "guest web allmulti on", passes="in out",
        more="600ms flow group from client to 33:33:00:00:00:09 size 128 rate 10K pps count 5",
        doors=tuple(d for d in DOORS if "82599" in d)),
    row("a rate", SET + "vf 0 max_tx_rate 20", passes="in out", more="600ms flow bulk from web to client size 1518 load 800M count 60",
        slow=True, doors=tuple(d for d in ON_VF if d != "upt")),
    row("an MTU that the PF has not", SET + "mtu 1500", options="mtu 9000", before="50ms " + SET + "mtu 9000", passes="",
        more="4s try switch web to passthrough\n4500ms flow jumbo from client to web size 9018 rate 10K pps count 5", jumbo=True,
        doors=("mailbox, 82599", "plugin, 82599", "emulated")),
]


def check(this, door, report):
    """What is wrong, or nothing."""
    flows = {flow["name"]: flow for flow in report["flows"]}
    refused = [e for e in report["control"] if e["answer"] != "allowed"] if "control" in report else []
    acts = [act for act in report["guest_acts"] if act.get("result") != "done"]
    is_refused = bool(refused or acts)
    if this["guest"] != NOTHING and is_refused != (door in this["refused"]):
        return f"the guest is {'' if is_refused else 'not '}refused"
    if door == "emulated":
        return ""
    for name in this["passes"]:
        if flows[name]["lost"]:
            return f"{name} loses {flows[name]['lost']} of {flows[name]['sent']}"
    for name in this["lost"]:
        if flows[name]["delivered"]:
            return f"{flows[name]['delivered']} of {name} arrive"
    if "group" in flows and flows["group"]["delivered"] != this.get("group", {}).get(door, 5):
        return f"{flows['group']['delivered']} of 5 frames to a group arrive"
    if this.get("slow") and flows["bulk"]["latency_ns"]["max"] < 10_000_000:
        return f"the rate does not hold: {flows['bulk']['latency_ns']}"
    if this.get("jumbo") and flows["jumbo"]["delivered"]:
        return "a jumbo frame arrives"
    return ""


def main():
    vfsim, part = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    failed = count = 0
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "door.scn")
        for this in ROWS:
            for door in this["doors"]:
                model, net, enter = DOORS[door]
                name = f"{this['name']}; {door}"
                if part not in name:
                    continue
                with open(path, "w", encoding="utf-8") as out:
                    out.write(WORLD.format(model=model, net=net, enter=enter, **{k: "try " + v if k == "operator" else v for k, v in
                                                                               this.items() if isinstance(v, str)}))
                run = subprocess.run([vfsim, "run", path, "--json"], capture_output=True, text=True, check=False)
                count += 1
                wrong = check(this, door, json.loads(run.stdout)) if run.returncode < 2 else run.stderr[-300:]
                if wrong:
                    failed += 1
                    print(f"{name}: {wrong}\n  again: {sys.argv[0]} {vfsim} '{name}'")
    print(f"{count - failed} of {count} doors keep the rule")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
