#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The profiles that came along: each is found by its name from any folder, gives a value for whatever a model asks for, or says in its
head that the built-in one is meant, and each value has a source. A file beside the scenario comes first, a wrong name is told with the
right ones.

usage: tests/cli_profiles.py VFSIM
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORLD = """profile {profile}
host h0
nic h0.vmnic0 model 82599 vfs 2
peer out on h0.vmnic0
vm a on h0 ram 8M
begin 1ms
1ms flow in from out to a size 300 rate 20K pps until 3ms
"""
VF = """profile {profile}
host h0
nic h0.vmnic0 model 82599 vfs 2
peer out on h0.vmnic0
vm a on h0 ram 8M shell linux net npa
begin 1ms
0 switch a to passthrough
140ms flow in from out to a size 300 rate 100K pps until 150ms
"""
LINE = re.compile(r'^(\w+) (\d+) (measured|published|rule|assumed) "(.+)"$')


def run(vfsim, folder, profile, world=WORLD):
    scenario = pathlib.Path(folder, "x.scn")
    scenario.write_text(world.format(profile=profile))
    return subprocess.run([vfsim, "run", "--json", str(scenario)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)


def lines_of(path):
    return [line for line in path.read_text().splitlines() if line and line[0] != "#" and not line.startswith("name ")]


def check_file(path, wrong):
    for line in lines_of(path):
        m = LINE.match(line)
        if not m:
            wrong.append(f"{path.name}: no value with a certainty and a source: {line}")
        elif len(m[4]) > 95:
            wrong.append(f"{path.name}: the source of {m[1]} is longer than a report has room for")


def check_interrupts(vfsim, folder, path, given, wrong):
    """A VF's interrupts make exits where nothing posts them, and only there; a vCPU that is woken pays for it on any machine."""
    report = json.loads(run(vfsim, folder, path.stem, VF).stdout)
    exits = report["vms"][0]["exit_kinds"]
    spent = sum(t["activities"]["interrupt"] for t in report["threads"] if t["is_vcpu"])
    if bool(given["irq_posted"]) == bool(exits["eoi"]):
        wrong.append(f"{path.stem}: {exits['eoi']} exits at the end of interrupts, posted {given['irq_posted']}")
    if report["vms"][0]["interrupts"] < 3 or spent < 3 * 16077:
        wrong.append(f"{path.stem}: {spent} cycles for {report['vms'][0]['interrupts']} interrupts")


def main():
    vfsim, wrong = str(pathlib.Path(sys.argv[1]).resolve()), []
    files = sorted((ROOT / "profiles").glob("*.profile"))
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            check_file(path, wrong)
            done = run(vfsim, folder, path.stem)
            report = json.loads(done.stdout) if done.stdout else {}
            if report.get("profile") != path.stem:
                wrong.append(f"{path.stem}: the report names profile {report.get('profile')}: {done.stderr.strip()[:200]}")
            given = {m[1]: int(m[2]) for m in map(LINE.match, lines_of(path)) if m}
            for used in report.get("assumptions", []):
                if given.get(used["name"], used["value"]) != used["value"]:
                    wrong.append(f"{path.stem}: {used['name']} is {used['value']}, the file says {given[used['name']]}")
            check_interrupts(vfsim, folder, path, given, wrong)
        done = run(vfsim, folder, "nehalem")
        if done.returncode != 2 or "no profile came along as 'nehalem'" not in done.stderr or files[0].stem not in done.stderr:
            wrong.append(f"a wrong name: status {done.returncode}: {done.stderr.strip()}")
        own = pathlib.Path(folder, files[0].stem)
        own.write_text("name beside\n")
        done = run(vfsim, folder, files[0].stem)
        if not done.stdout or json.loads(done.stdout)["profile"] != "beside":
            wrong.append("a file beside the scenario does not come first")
    for line in wrong:
        print(line)
    print(f"{len(files)} profiles")
    return 1 if wrong or len(files) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
