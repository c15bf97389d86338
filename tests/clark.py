#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Pre-copy against Clark's recurrence [NSDI 2005]: t_k = D_k / B, D_(k+1) = min(dirty rate * t_k, working set), for guests whose
dirty rate and working set the scenario gives. Prints predicted beside measured for every round, and fails when one is off by
more than a tenth and twenty pages (those of the guest's shell and of the frames it receives).

Not held to it: the second round of a writer that the link outruns. Round 1 sends every page, and a page that is written before it
leaves is not dirty when it has left; so less than the rule says is left to do.

usage: clark.py VFSIM SCENARIO
"""
import json
import re
import subprocess
import sys

PAGE, HEADER = 4096, 16
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def writers(text):
    """VM -> (working set in pages, pages a second)."""
    found = re.findall(r"^vm\s+(\S+) .* app writer set (\d+)([KMG]?) rate (\d+) pps", text, re.M)
    return {vm: (int(size) * UNITS[unit] // PAGE, int(rate)) for vm, size, unit, rate in found}


def rates(text):
    """VM -> bits a second of its migration."""
    found = re.findall(r"^\S+\s+migrate (\S+) .* rate (\d+)([MG])", text, re.M)
    return {vm: int(n) * {"M": 10**6, "G": 10**9}[unit] for vm, n, unit in found}


def check(vm, rounds, pages, dirty, bps):
    """Prints the rounds of a migration; how many are off."""
    per_second = bps / 8 / (PAGE + HEADER)
    off = 0
    print(f"{vm}: writes {dirty} pages/s of {pages}, the link takes {per_second:.0f} pages/s")
    print("  round     pages  predicted  error        took   predicted  error")
    for k, this in enumerate(rounds):
        took = this["took_ns"] / 1e9
        time = this["bytes"] * 8 / bps
        expected = min(dirty * rounds[k - 1]["took_ns"] / 1e9, pages) if k else None
        free = k == 0 or (k == 1 and dirty < per_second)
        wrong = not free and abs(this["pages"] - expected) > 0.1 * expected + 20
        wrong = wrong or abs(took - time) > 0.01 * time + 1e-5
        off += wrong
        error = f"{100 * (this['pages'] / expected - 1):+6.1f}%" if expected else "      -"
        print(f"  {this['round']:5} {this['pages']:9} {expected if expected else 0:10.0f} {error} {1e3 * took:8.3f} ms "
              f"{1e3 * time:8.3f} ms {100 * (took / time - 1):+5.1f}%{'  OFF' if wrong else ''}{'  (free)' if free else ''}")
    return off


def main():
    vfsim, path = sys.argv[1], sys.argv[2]
    with open(path, encoding="utf-8") as scenario:
        text = scenario.read()
    run = subprocess.run([vfsim, "run", path, "--json"], capture_output=True, text=True, check=True)
    writer, rate = writers(text), rates(text)
    migrations = json.loads(run.stdout)["migrations"]
    off = sum(check(m["vm"], m["rounds"], *writer[m["vm"]], rate[m["vm"]]) for m in migrations)
    if not migrations or set(writer) != {m["vm"] for m in migrations}:
        print("not every writer has migrated")
        off += 1
    return off != 0


if __name__ == "__main__":
    sys.exit(main())
