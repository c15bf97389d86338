#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""As many of each thing as there may be in a scenario are taken, and the first that is more is told where it stands.

usage: tests/cli_many.py VFSIM
"""
import os
import subprocess
import sys
import tempfile

WORLD = """host h0
nic h0.n0 model 82599 vfs 4
switch tor
link h0.n0 tor
peer a on tor
peer b on tor
vm w on h0 ram 16M shell linux net npa via h0.n0
0 flow f from a to b size 64 rate 1M pps count 9
"""
# What, how many, and a line of it: {} is a number. Those of one line are words.
LINES = [
    ("hosts", 63, "host x{}"),
    ("NICs", 255, "nic h0.x{} model regular"),
    ("switches", 63, "switch x{}"),
    ("peers", 1022, "peer x{} on tor"),
    ("VMs", 1023, "vm x{} on h0"),
    ("captures", 64, "capture x{} at b"),
    ("variables", 256, "set x{} 1"),
    ("measurements", 256, "measure x{} rfc2889 5.1 of f"),
    ("lines of timeline", 39999, "0 flow x{} from a to b size 64 rate 1M pps count 9"),
    ("expectations", 10000, "end expect f lost 0"),
    ("expected sentences", 1000, "* w > x{}"),
]
WORDS = [
    ("multicast addresses", 16, "peer x on tor join", "01:00:5e:00:00:{:02x}", True),
    ("flows in one list: a '*' stands for many", 64, "measure m rfc2889 5.1 of", "f", True),
    ("VLANs in one rule", 8, "0 testpmd set port h0.n0 mirror-rule 0 vlan-mirror", "{}", True),
    ("weights", 8, "0 ethtool -X h0.n0 weight", "{}", False), # told at the line's end
]
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


def told(vfsim, folder, text):
    path = os.path.join(folder, "many.scn")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    done = subprocess.run([vfsim, "check", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return [line.split("many.scn:", 1)[1] for line in done.stderr.splitlines() if "many.scn:" in line]


def try_lines(vfsim, folder, what, most, line):
    lines = "".join(line.format(i) + "\n" for i in range(1, most + 2))
    seen = told(vfsim, folder, WORLD + lines)
    at = f"{WORLD.count(chr(10)) + most + 1}:"
    check(seen and seen[0].startswith(at) and "more than " in seen[0] and seen[0].endswith(what),
          f"{most + 1} {what}: {seen[:3]}")


def try_words(vfsim, folder, what, most, begin, word, at_word):
    words = [word.format(i) for i in range(1, most + 2)]
    behind = " dst-pool 1 on" if "mirror" in begin else ""
    text = " ".join([begin] + words)
    seen = told(vfsim, folder, f"{WORLD}{text}{behind}\n")
    column = len(text) - len(words[-1]) + 1 if at_word else len(text) + 1
    expected = f"{WORLD.count(chr(10)) + 1}:{column}: more than {most} {what}"
    check(seen == [expected], f"{most + 1} {what}: {seen}, not {expected}")
    seen = told(vfsim, folder, f"{WORLD}{' '.join([begin] + words[:-1])}{behind}\n")
    check(not any("more than" in line for line in seen), f"{most} {what}: {seen}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for case in LINES:
            try_lines(sys.argv[1], folder, *case)
        for case in WORDS:
            try_words(sys.argv[1], folder, *case)
        line = WORLD.count("\n") + 1
        for number, right in ((256, False), (257, True)):
            seen = told(sys.argv[1], folder, WORLD + " ".join(["end"] * number) + "\n")
            check((f"{line}:1025: more than 256 words in a line" in seen) == right, f"{number} words: {seen}")
        for length, right in ((4095, False), (4096, True)):
            seen = told(sys.argv[1], folder, WORLD + f"title {'x' * length}\n")
            check(any("a word longer than 4095 bytes" in s for s in seen) == right, f"{length} letters: {seen}")
        for length, right in ((40, False), (41, True)):
            seen = told(sys.argv[1], folder, WORLD + f"peer {'x' * length} on tor\n")
            check(any(s.startswith(f"{line}:") for s in seen) == right, f"a name of {length} letters: {seen}")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
