#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator and a guest's user see when a scenario has ended: every view of each NIC and of each VM, as `ip`, `bridge` and
`ethtool` print it. views.py VFSIM [--accept]; views.txt beside this script has what is accepted. Every scenario is a scenario of the
counters so, also of those that its own expectations don't ask for. A line is told where it is said for the first time, and not if it
counts nothing; of each NIC and VM there is a checksum of all its views."""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import zlib

sys.dont_write_bytecode = True
import accepted  # noqa: E402

SCENARIOS = """01-midflow-switch 04-vf-to-vf 05-vf-to-emulated 06-vlan-isolation 07-spoofed-mac 08-ring-full 09-iommu-fault 12-control-rx-mode
    13-control-multicast 14-control-vlan 23-guest-without-npa 25-regular-nic 27-guest-crash 31-malicious-driver 32-flow-rules 42-rss
    43-second-chip 45-second-chip-limits 46-second-chip-pools 50-operator-view 51-vepa-mirror 55-rfc2889-errored 60-migrate-idle
    90-native-control 91-native-reset 130-ethtool-pf 131-ethtool-guest 132-two-ports 133-two-pfs-one-port 135-pf-reset 136-symmetric-view
    150-iommu-pages 151-upt-vf-reset 156-native-malicious 157-emulated-filters 180-kinds-of-traffic 201-guests-speak 230-default-pool
    232-link-local 233-reset-leaves 250-trust 251-mtu-told 252-pf-reset-own-vf 253-pf-driver-reset 256-reset-under-switch 260-vf-absent
    262-many-groups 263-nothing-kept 264-guest-views 266-more-addresses 267-bridge 281-reset-without-vms 284-adapter-changes
    285-damage-is-kept 291-every-word-of-the-hash 292-bond-before-its-pf 293-vfio-vf-goes 295-upt-features 297-watchdog-comes""".split()
OF_NIC = ["ip -s -d link show {}", "bridge fdb show dev {}", "bridge link show dev {}", "ethtool {}"] + \
    [f"ethtool -{letter} {{}}" for letter in "Sicglkxan"]
OF_GUEST = ["ip -s -d link show eth0", "bridge fdb show dev eth0", "ethtool eth0"] + [f"ethtool -{letter} eth0" for letter in "Siglkxca"]
NOTHING = re.compile(r"(: 0| 0)$|: n/a$")


def ask(vfsim, name, text):
    run = subprocess.run([vfsim, "run", "-", "--json"], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         cwd=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
    if run.returncode > 1 or not run.stdout: # its expectations have been judged by its own test
        sys.exit(f"{name}: exit status {run.returncode}: {run.stderr[-2000:]}")
    return json.loads(run.stdout)


def views(vfsim, name):
    """[(command, [line])] when the scenario has ended."""
    with open(f"scenarios/{name}.scn", encoding="utf-8") as file:
        text = file.read()
    end = ask(vfsim, name, text)["sim_time_ns"] + 1000000
    nics, vms = (re.findall(rf"^{word}\s+(\S+)", text, re.M) for word in ("nic", "vm"))
    wanted = [view.format(nic) for nic in nics for view in OF_NIC] + [f"guest {vm} {view}" for vm in vms for view in OF_GUEST]
    acts = "".join(f"{end}ns try {command}\n" for command in wanted)
    first_end = re.search(r"^end\b", text, re.M)
    at = first_end.start() if first_end else len(text)
    found = []
    for line in ask(vfsim, name, text[:at] + acts + text[at:])["shown"]:
        said = re.match(r"\[.*?\] # (.*)", line)
        if said:
            found.append((said.group(1), []))
        elif found:
            found[-1][1].append(line)
    return found


def all_of(vfsim):
    seen = set()
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for name, found in zip(SCENARIOS, pool.map(lambda n: views(vfsim, n), SCENARIOS)):
            yield f"=== {name}: {len(found)} views"
            by_device = {}
            for command, lines in found:
                device = re.search(r"guest \S+|\S+\.\w+", command).group()
                by_device.setdefault(device, []).append((command, lines))
            for device, told in by_device.items():
                yield f"{device}: {zlib.crc32(repr(told).encode()):08x}"
                for command, lines in told:
                    yield from ("  " + line for line in lines if line not in seen and not NOTHING.search(line))
                    seen.update(lines)


sys.exit(accepted.compare(__file__, all_of(sys.argv[1]), "build-test/vfsim"))
