#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/policy.md shows the table of sim/host/policy/policy.def, row for row, and every reason is seen in a scenario.

policy_docs.py --print prints the rows."""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def reasons():
    text = re.sub(r"/\*.*?\*/", "", read("sim", "host", "policy", "policy.def"), flags=re.S)
    found = re.findall(r'PT_REASON\((\w+), (\w+), "(\w+)", "([^"]*)",\s*"([^"]*)"\)', text)
    assert len(found) == text.count("PT_REASON("), "a line of policy.def that this test can't read"
    return found


def main():
    rows = [f"| `{word}` | {side} | {sentence} |" for _, side, word, sentence, _ in reasons()]
    if "--print" in sys.argv:
        print("\n".join(rows))
        return 0
    shown = [line for line in read("docs", "policy.md").splitlines() if re.match(r"\| `\w+Npt\w+` \|", line)]
    cut = ["|".join(line.split("|")[:4]) + "|" for line in shown]
    wrong = [f"docs/policy.md: missing or in another place: {row}" for row, line in zip(rows, cut) if row != line]
    if len(rows) != len(shown):
        wrong.append(f"docs/policy.md: {len(shown)} rows for {len(rows)} reasons")
    scenarios = "".join(read("scenarios", os.path.basename(p)) for p in glob.glob(os.path.join(ROOT, "scenarios", "*.scn")))
    wrong += [f"no scenario expects {word}" for _, _, word, _, _ in reasons() if f"reason {word}" not in scenarios]
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
