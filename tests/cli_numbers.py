#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each number of the language: both ends of its range are taken, and what is outside, of no unit, of another, missing or said twice
is one message at its very word.

usage: tests/cli_numbers.py VFSIM
"""
import os
import re
import subprocess
import sys
import tempfile

WORLD = """host h0
host h1
nic h0.n0 model 82599 vfs 4
nic h1.n0 model 82599 vfs 4
switch tor
link h0.n0 tor
link h1.n0 tor
peer c on tor
vm w on h0 ram 16M shell linux net npa via h0.n0
vm own on h0 ram 16M shell linux net vf via h0.n0
"""
COUNT, SIZE, TIME, RATE = "count", "size", "time", "rate"
# What is before the number, what is behind it, its kind, the least and the most, values that are wrong beside those of the kind.
# (A most of None: as large as numbers are.)
NUMBERS = [
    ("seed", "", COUNT, "0", None, []),
    ("limit frames", "", COUNT, "64", "16777214", []),
    ("limit time", "", TIME, "1us", None, []),
    ("begin", "", TIME, "0", "59s", []),
    ("host x cores", "", COUNT, "1", "1024", []),
    ("host x ram", "", SIZE, "1M", "1024G", []),
    ("host x iommu iotlb", "", COUNT, "1", None, []),
    ("host x iommu walkers", "", COUNT, "1", None, []),
    ("host x iommu walk", "", TIME, "0", None, []),
    ("nic h0.x model 82599 vfs", "", COUNT, "1", "63", ["64", "256"]),
    ("nic h0.x vfs", "model 82599", COUNT, "1", "63", ["64", "256"]),
    ("nic h0.x model 82576 vfs", "", COUNT, "1", "7", ["8"]),
    ("nic h0.x model upt rate", "", RATE, "10G", None, []),
    ("nic h0.x model 82599 pcie gen", "", COUNT, "1", "5", []),
    ("nic h0.x model 82599 pcie lanes", "", COUNT, "1", "16", ["3"]),
    ("nic h0.x model 82599 pcie mps", "", COUNT, "128", "4096", ["129"]),
    ("nic h0.x model 82599 pcie mrrs", "", COUNT, "128", "4096", ["129"]),
    ("nic h0.x model 82599 pcie rcb", "", COUNT, "64", "128", ["96"]),
    ("nic h0.x model 82599 pcie tags", "", COUNT, "1", None, []),
    ("nic h0.x model 82599 pcie latency", "", TIME, "0", None, []),
    ("nic h0.x model 82599 pcie memory", "", TIME, "0", None, []),
    ("switch x latency", "", TIME, "0", None, []),
    ("switch x rate", "", RATE, "1K", None, []),
    ("peer x on tor rate", "", RATE, "1K", None, []),
    ("peer x on tor latency", "", TIME, "0", None, []),
    ("peer x on tor queue", "", COUNT, "1", "1048576", []),
    ("peer x on tor vlan", "", COUNT, "1", "4094", []),
    ("peer x on tor mtu", "", SIZE, "68", "9700", []),
    ("peer x on tor ifg", "", COUNT, "40", "96", ["41"]),
    ("vm x on h0 via h0.n0 ram", "", SIZE, "4M", None, ["5M"]),
    ("vm x on h0 via h0.n0 vlan", "", COUNT, "1", "4094", []),
    ("vm x on h0 via h0.n0 mtu", "", SIZE, "68", "9000", []),
    ("vm x on h0 via h0.n0 queues", "", COUNT, "1", "8", []),
    ("vm x on h0 via h0.n0 rx-ring", "", COUNT, "32", "4096", ["48"]),
    ("vm x on h0 via h0.n0 tx-ring", "", COUNT, "32", "4096", ["48"]),
    ("vm x on h0 via h0.n0 vmxnet3 rev", "", COUNT, "1", "7", []),
    ("vm x on h0 via h0.n0 app writer set", "rate 10 pps", SIZE, "4096", None, ["5000"]),
    ("vm x on h0 via h0.n0 app writer set 4K rate", "pps", COUNT, "1", "100M", []),
    ("0 flow x from c to w count 9 rate 1M pps size", "", SIZE, "64", "1518", ["1519", "9019"]),
    ("0 flow x from c to w count 9 size 64 rate", "pps", COUNT, "1", None, []),
    ("0 flow x from c to w count 9 size 64 load", "", RATE, "1K", None, []),
    ("0 flow x from c to w size 64 rate 1M pps count", "", COUNT, "1", None, []),
    ("0 flow x from c to w count 9 size 64 rate 1M pps vlan", "", COUNT, "0", "4094", []),
    ("0 hotplug own remove vf timeout", "", TIME, "1us", None, []),
    ("0 migrate w to h1 by npa rounds", "", COUNT, "1", "30", []),
    ("0 migrate w to h1 by npa downtime", "", TIME, "0", None, []),
    ("0 migrate w to h1 by npa rate", "", RATE, "1K", None, []),
    ("0 migrate w to h1 by npa latency", "", TIME, "0", None, []),
    ("0 migrate w to h1 by npa hold forward", "", SIZE, "64", "1G", []),
    ("0 set h0.n0 numvfs", "", COUNT, "0", None, []),
]
UNITS = {COUNT: ["5parsec", "1.5.5"], SIZE: ["5T", "4k"], TIME: ["5", "5sec", "5MS"], RATE: ["10", "10g", "10bps"]}
HUGE = "99999999999999999999999"
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


def bad_values(before, kind, least, most):
    yield "-5"
    yield "-0"
    yield "zz"
    yield HUGE if kind != TIME else HUGE + "s"
    if kind == RATE:
        yield "0"
    elif kind != TIME and least != "0":
        yield "0"
    number = re.match(r"\d+", least).group()
    if kind == COUNT and int(number) > 1 and least == number:
        yield str(int(number) - 1)
    yield from UNITS[kind]
    if most and most.isdigit() and not before.endswith("size"):
        yield str(int(most) + 1)


def errors(vfsim, folder, lines):
    """{line: [(column, message)]} of lines behind the world."""
    path = os.path.join(folder, "x.scn")
    found = {}
    with open(path, "w", encoding="utf-8") as out:
        out.write(WORLD + "\n".join(lines) + "\n")
    done = subprocess.run([vfsim, "check", path], capture_output=True, text=True, check=False)
    for line, column, message in re.findall(r"^[^ ]*x\.scn:(\d+):(\d+): (.*)$", done.stderr, re.M):
        found.setdefault(int(line) - WORLD.count("\n"), []).append((int(column), message))
    return done.returncode, found, done.stderr


def bad_lines(before, behind, kind, least, most):
    """Lines that are wrong in one way each: the line, the column of what is wrong, and a message that is known."""
    behind = f" {behind}" if behind else ""
    for value in bad_values(before, kind, least, most):
        yield f"{before} {value}{behind}", len(before) + 2, None
    if not behind:
        yield before, len(before) + 1, None
    option = before.split()[-1]
    if len(before.split()) > 2 and option not in ("vfs", "numvfs", "forward", "set", "time", "frames") and not behind:
        yield f"{before} {least} {option} {least}", len(before) + len(least) + 3, f"'{option}' is given twice"


def renamed(lines):
    """`x` is another name in each line, so that several stand in one file; the column moves with it."""
    for i, (line, column, message) in enumerate(lines):
        name = re.search(r"\bx\b", line)
        longer = len(str(i)) if name and name.start() < column else 0
        yield (line[:name.end()] + str(i) + line[name.end():] if name else line), column + longer, message


def try_bad(vfsim, folder, lines):
    lines = list(renamed(lines))
    code, found, text = errors(vfsim, folder, [line for line, _, _ in lines])
    check(code == 2, f"exit status {code}: {text}")
    for number, (line, column, message) in enumerate(lines, 1):
        seen = found.get(number, [])
        check(len(seen) == 1, f"{line}: not one message: {seen}")
        for at, what in seen:
            check(at == column, f"{line}: at column {at}, not {column}: {what}")
            check(what.count("such as") <= 1 and (message is None or what == message), f"{line}: {what}")


def try_number(vfsim, folder, before, behind, least, most):
    for value in [least] + ([most] if most else []):
        code, found, text = errors(vfsim, folder, [f"{before} {value}{' ' + behind if behind else ''}"])
        check(code == 0 and not found, f"{before} {value}: is refused: {text}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        several = []
        for before, behind, kind, least, most, more in NUMBERS:
            try_number(sys.argv[1], folder, before, behind, least, most)
            lines = list(bad_lines(before, behind, kind, least, most))
            for value in more: # some are seen first when the world is built, which a file with other mistakes never is
                try_bad(sys.argv[1], folder, [(f"{before} {value}{' ' + behind if behind else ''}", len(before) + 2, None)])
            if before.split()[0] in ("seed", "limit", "begin"): # once in a file
                for line in lines:
                    try_bad(sys.argv[1], folder, [line])
            else:
                several += lines
        for i in range(0, len(several), 18): # no more than 20 mistakes are told
            try_bad(sys.argv[1], folder, several[i:i + 18])
        # Options whose properties are all optional need none.
        for line in ("host x iommu", "host x iommu cores 2", "nic h0.x model 82599 pcie", "nic h0.x pcie model 82599"):
            code, _, text = errors(sys.argv[1], folder, [line])
            check(code == 0, f"{line}: {text}")
        for line, word in (("host x iommu speed 3", "speed"), ("nic h0.x model 82599 pcie gen 3 speed 5", "speed")):
            _, found, text = errors(sys.argv[1], folder, [line])
            check(found.get(1) and "property of" in found[1][0][1] and found[1][0][0] == line.index(word) + 1, f"{line}: {text}")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
