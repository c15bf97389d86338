#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each value that a profile can give, at its edges: nothing, one, and more than any machine has. The world may then be of no use, or be
refused; it is never a mistake of ours, and a value of nothing takes no time away from anybody else: the run says a verdict. What the
scheduler is told is tried where threads share cores.

usage: tests/cli_profile.py VFSIM
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EDGES = (0, 1, 10**9, 10**15, 2**63, 2**64 - 2)
SHARED = ("sched_", "smt_", "context_switch", "* shared")
ALLOWED = {"cpu_khz": 1000000, "smt_share_mille": 1}  # where 0 is refused
SCENARIO = """limit time 400ms
profile {profile}
host h0 {cores}
nic h0.vmnic0 model 82599 vfs 4
peer out on h0.vmnic0
vm a on h0 ram 8M shell linux net npa
vm b on h0 ram 8M shell linux net npa
begin 1ms
0 switch a to passthrough
1ms flow in from out to a size 300 rate 20K pps until 150ms
1ms flow across from a to b size 64 rate 20K pps until 150ms
1ms flow back from b to out size 1518 rate 20K pps until 150ms
"""


def keys():
    text = (ROOT / "sim/core/profile.def").read_text()
    return re.findall(r"^PROFILE\((\w+),", text, re.M)


def main():
    vfsim, wrong, verdicts = str(pathlib.Path(sys.argv[1]).resolve()), [], 0
    with tempfile.TemporaryDirectory() as folder:
        profile, scenario = pathlib.Path(folder, "edge.profile"), pathlib.Path(folder, "edge.scn")
        given = [(key, value) for key in keys() for value in EDGES] + [("*", 0), ("* shared", 0)]
        for key, value in given:
            lines = [f'{k} {ALLOWED.get(k, 0)} assumed "edge"' for k in keys()] if key[0] == "*" else [f'{key} {value} assumed "edge"']
            profile.write_text("\n".join(lines) + "\n")
            cores = "cores 1 smt" if key.startswith(SHARED) else ""
            scenario.write_text(SCENARIO.format(profile=profile, cores=cores))
            try:
                done = subprocess.run([vfsim, "run", str(scenario)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
            except subprocess.TimeoutExpired:
                wrong.append(f"{key} {value}: no end")
                continue
            said = done.stdout + done.stderr
            verdicts += "verdict:" in said
            if done.returncode not in (0, 1, 2) or "mistake in vfsim" in said:
                wrong.append(f"{key} {value}: exit status {done.returncode}: {done.stderr.strip()[-200:]}")
            elif value == 0 and key not in ALLOWED and "verdict:" not in said:
                wrong.append(f"{key} 0: no verdict: {said.strip()[:200]}")
    for line in wrong:
        print(line)
    print(f"{len(given)} profiles, {verdicts} with a verdict")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
