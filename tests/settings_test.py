#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every setting of an operator's that sim/pf/settings.def names, typed on a NIC whose VFs are in use by a guest with its own driver,
by a bond and by a plugin: does the driver do what sim/pf/intel/effects.def says Linux's does? NOTHING: no guest is disturbed; VF: the driver of that VF
begins anew and no other; PF: the driver resets its chip, every guest's begins anew, what the plugin drives falls back; NOT_HERE: the
kernel's answer. Whatever it is, traffic passes afterwards.

usage: settings_test.py VFSIM SETTINGS.DEF EFFECTS.DEF
"""
import json
import os
import re
import subprocess
import sys
import tempfile

SETTING = re.compile(r'SETTING\((\w+), "([^"]+)"\)')
EFFECT = re.compile(r'EFFECT\((\w+), (\w+), "[^"]+", (\w+), "[^"]+"\)')
WORLD = """seed 3
limit time 9s
host   h0
nic    h0.vmnic0 model {model} vfs 4
switch tor
link   h0.vmnic0 tor
peer   client on tor mac 02:00:00:00:01:01
vm     own on h0 ram 8M shell linux net vf vf 0 mac 02:00:00:00:00:0a
vm     bond on h0 ram 8M shell linux net bond vf 1 mac 02:00:00:00:00:0b
vm     npa on h0 ram 8M shell linux net npa mac 02:00:00:00:00:0c
0      switch npa to passthrough
200ms  try {typed}
{after}
600ms  flow own from client to own size 128 rate 10K pps count 5 {tag}
600ms  flow bond from client to bond size 128 rate 10K pps count 5
600ms  flow npa from client to npa size 128 rate 10K pps count 5
600ms  flow back from own to client size 128 rate 10K pps count 5
end    expect switch npa 2 forced
"""


def table(path, row):
    """{setting: the other columns} of a .def file."""
    with open(path, encoding="utf-8") as source:
        text = source.read()
    found = row.findall(text)
    assert len(found) == len(re.findall(r"^[A-Z]+\(", text, re.M)), f"{path} has a row that this does not read"
    return {name: columns for name, *columns in found}


def rows(settings, effects):
    typed, does = table(settings, SETTING), table(effects, EFFECT)
    assert typed.keys() == does.keys(), f"settings of one table only: {typed.keys() ^ does.keys()}"
    return [(name, typed[name][0], *does[name]) for name in typed]


def resets(trace, vf):
    return len(re.findall(rf"> vf {vf} > software reset", trace))


def check(effect, report, trace, vlan):
    """What is wrong, or nothing."""
    disturbed = [resets(trace, vf) - (1 if vf < 2 else 0) for vf in range(3)] # a driver's first reset is at its boot
    disturbed = [max(0, count) for count in disturbed]
    restarts = len(re.findall(r"> driver > stops", trace))
    acts = report.get("unexpected", []) + report.get("notes", [])
    refused = "Operation not supported" in json.dumps(acts)
    npa = [vm for vm in report["vms"] if vm["name"] == "npa"][0]["state"]
    if effect == "NOT_HERE":
        return "" if refused else "is not refused as not supported"
    if refused:
        return "is refused as not supported"
    if effect == "NOTHING" and (any(disturbed) or restarts or npa != "passthrough"):
        return f"resets of VFs {disturbed}, of the driver {restarts}, npa is {npa}"
    if effect == "VF" and (not disturbed[0] or disturbed[1] or restarts or npa != "passthrough"):
        return f"resets of VFs {disturbed}, of the driver {restarts}, npa is {npa}"
    if effect == "PF" and (not disturbed[0] or not disturbed[1] or restarts != 1 or npa != "emulated"):
        return f"resets of VFs {disturbed}, of the driver {restarts}, npa is {npa}"
    for flow in report["flows"]:
        if flow["lost"] and not (vlan and flow["name"] == "back"):
            return f"afterwards {flow['name']} loses {flow['lost']} of {flow['sent']}"
    return ""


def main():
    vfsim, settings, effects = sys.argv[1:4]
    failed = count = 0
    with tempfile.TemporaryDirectory() as scratch:
        scenario = os.path.join(scratch, "setting.scn")
        for name, typed, ixgbe, igb in rows(settings, effects):
            for model, effect in (("82599", ixgbe), ("82576", igb)):
                command = typed.replace("NIC", "h0.vmnic0")
                after = "300ms ip link set h0.vmnic0 up" if name == "DOWN" else ""
                vlan = "vf 0 vlan" in typed
                with open(scenario, "w", encoding="utf-8") as out:
                    out.write(WORLD.format(model=model, typed=command, after=after, tag="vlan 100" if vlan else ""))
                run = subprocess.run([vfsim, "run", scenario, "--json", "--trace", "nic,pf"], capture_output=True, text=True,
                                     check=False)
                count += 1
                wrong = check(effect, json.loads(run.stdout), run.stderr, vlan) if run.returncode < 2 else run.stderr[-300:]
                if wrong:
                    failed += 1
                    print(f"{command} on an {model}, where the driver does {effect}: {wrong}")
    print(f"{count - failed} of {count} settings do what the drivers do")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
