#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What of each chip Linux's own drivers touch, and what they never do: the table of docs/stock-drivers.md.

usage: tests/linux/registers.py VFSIM [--kept FOLDER] [--accept]   (run in the root of the tree)
--kept: where tests/linux_guest.sh has left traces; one that is younger than VFSIM and its scenario is read in place of a run

Skipped (77) where there is no kernel, or another release than that of the table: it is accepted again with that one.
"""
import json
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path("docs/stock-drivers.md")
HEAD = "| chip | driver | registers (of a vmxnet3 commands, too) it touches | and which it never touches |\n|---|---|---|---|\n"
BEGIN, END = "<!-- made by tests/linux/registers.py --accept -->\n", "<!-- end -->\n"
# What is run, on which model, and whose register table it is; accesses of the functions of this name. PFs are driven by these:
PFS = {"ixgbe", "igb"}
RUNS = [
    ("ixgbe", "487-ixgbe-pf", [], "82599", "h0.vmnic0"),
    ("igb", "488-igb-pf", [], "82576", "h0.vmnic0"),
    ("ixgbevf", "480-ixgbevf", [], "82599", "h0.vmnic0"),
    ("ixgbevf", "480-ixgbevf", ["--set", "chip=x540"], "x540", "h0.vmnic0"),
    ("igbvf", "481-igbvf", [], "82576", "h0.vmnic0"),
    ("vmxnet3", "482-vmxnet3", [], "upt", "a.vmxnet3"),
]
# What more such a driver was run for, as part of the same row.
MORE = {"vmxnet3": [("476-vmxnet3-intr", [], "a.vmxnet3"), ("477-vmxnet3-revisions", [], "b.vmxnet3")]}
COMMAND = re.compile(r"\] (\S+) > function [0-9a-f]+ > write BAR1\+0x20 = (0x[0-9a-f]+)")
ACCESS = re.compile(r"\] (\S+) > function ([0-9a-f]+) > (?:read|write) BAR(\d)\+0x([0-9a-f]+)")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def kernel():
    check = subprocess.run(["tools/uml-kernel", "--check"], capture_output=True, text=True, check=False)
    if check.returncode:
        skip(check.stderr.strip())


def kept_run(vfsim, scenario, options, folder):
    """(trace, JSON) of a test's run, or None: none is there of this program and this scenario."""
    if options or not folder:
        return None
    trace, report = (pathlib.Path(folder) / f"{scenario}.{kind}" for kind in ("trace", "json"))
    if not trace.exists() or not report.exists():
        return None
    files = [pathlib.Path(vfsim).resolve(), pathlib.Path(f"scenarios/linux/{scenario}.scn")]
    files += pathlib.Path(vfsim).resolve().parent.glob("libvfsim.so*")
    if min(trace.stat().st_mtime, report.stat().st_mtime) < max(file.stat().st_mtime for file in files):
        return None
    return trace.read_text(encoding="utf-8"), report.read_text(encoding="utf-8")


def new_run(vfsim, scenario, options):
    command = [vfsim, "run", f"scenarios/linux/{scenario}.scn", "--trace", "pcie", "--json", *options]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{' '.join(command)}: exit status {run.returncode}\n{run.stdout[-400:]}")
    return run.stderr, run.stdout


def run_of(vfsim, scenario, options, folder):
    return kept_run(vfsim, scenario, options, folder) or new_run(vfsim, scenario, options)


def accesses(run, who, is_pf):
    """(offset in BAR 0, or 1 of a vmxnet3) that the function's driver has touched, and the kernel's release."""
    trace, report = run
    touched = set()
    for line in trace.splitlines():
        found = ACCESS.search(line)
        if found and found.group(1) == who and (who != "h0.vmnic0" or bool(int(found.group(2), 16) & 0xff) != is_pf):
            touched.add((int(found.group(3)), int(found.group(4), 16)))
        said = COMMAND.search(line)
        if said and said.group(1) == who:
            touched.add(("command", int(said.group(2), 16)))
    printed = [line for c in json.loads(report)["commands"] for line in c["output"]]
    versions = [line.split(": ")[1] for line in printed if line.startswith("version: ")]
    return touched, versions[0] if versions else None


def registers(vfsim, chip, is_pf):
    run = subprocess.run([vfsim, "regs", chip, "--pf" if is_pf else "--vf", "--json"], capture_output=True, text=True, check=True)
    return [r for r in json.loads(run.stdout)["registers"] if ("VF" in r["function"]) != is_pf]


def is_touched(register, touched):
    places = {register["offset"] + i * register["stride"] for i in range(register["count"])}
    return any(offset in places for bar, offset in touched if bar == 0)


def commands():
    """{name: number} of the vmxnet3's, in order of their numbers."""
    text = pathlib.Path("sim/nic/vmxnet3/vmxnet3_defs.h").read_text(encoding="utf-8")
    found = {n: int(v, 16) for n, v in re.findall(r"VMXNET3_CMD_(\w+) (0x[0-9a-f]+)u", text) if not n.startswith("FIRST_")}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def rows(vfsim, folder):
    release = None
    for driver, scenario, options, chip, who in RUNS:
        is_pf = driver in PFS
        touched, version = accesses(run_of(vfsim, scenario, options, folder), who, is_pf)
        for also, also_options, also_who in MORE.get(driver, []):
            touched |= accesses(run_of(vfsim, also, also_options, folder), also_who, is_pf)[0]
        release = version if driver != "vmxnet3" else release
        table = registers(vfsim, chip, is_pf)
        never = [r["name"] for r in table if not is_touched(r, touched)]
        name = "vmxnet3" if driver == "vmxnet3" else f"{chip}, PF" if is_pf else chip
        if driver == "vmxnet3":
            never += [n for n, number in commands().items() if ("command", number) not in touched]
            table = table + list(commands())
        yield (f"| {name} | `{driver}` {version}, Linux {release} | {len(table) - len(never)} of {len(table)} | "
               f"{', '.join(f'`{n}`' for n in never) or 'none'} |\n")


def main():
    vfsim, accept = sys.argv[1], "--accept" in sys.argv
    folder = sys.argv[sys.argv.index("--kept") + 1] if "--kept" in sys.argv else None
    kernel()
    table = HEAD + "".join(rows(vfsim, folder))
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    old, _, after = rest.partition(END)
    if accept:
        PAGE.write_text(before + BEGIN + table + END + after, encoding="utf-8")
        return
    releases = [set(re.findall(r"Linux (\S+) ", text)) for text in (old, table)]
    if releases[0] != releases[1]:
        skip(f"the table is of Linux {', '.join(releases[0])}, this kernel is {', '.join(releases[1])}")
    if old != table:
        sys.exit(f"docs/stock-drivers.md has\n{old}\nand the drivers do\n{table}\ntests/linux/registers.py --accept, if it is meant")


main()
