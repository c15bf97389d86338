#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The report's blackouts by their causes: the parts of each are all of it, none is longer than the migration's own record of that
phase, and what a migration with traffic to it cannot do without (its stop, and the outside learning) has a part.

usage: blackouts.py VFSIM SCENARIO..."""
import json
import subprocess
import sys

ASIDE = {"flow", "vm", "blackout_ns", "from_ns"}
PHASES = {"last_pages_ns": "last_pages_ns", "state_ns": "state_ns", "resuming_ns": "resume_ns"}
ROUNDING_NS = 10  # each part is rounded by itself


def judge(report, name):
    wrong = []
    blackouts = report["blackouts"]
    if not blackouts:
        return [f"{name}: no blackout is told"]
    for b in blackouts:
        who = f"{name}: {b['flow']}, {b['vm']}"
        parts = {key: value for key, value in b.items() if key not in ASIDE}
        if abs(sum(parts.values()) - b["blackout_ns"]) > ROUNDING_NS:
            wrong.append(f"{who}: the parts are {sum(parts.values())} ns of {b['blackout_ns']}")
        moves = [m for m in report["migrations"] if m["vm"] == b["vm"]]
        for part, phase in PHASES.items():
            if parts.get(part, 0) > max(m[phase] or 0 for m in moves) + ROUNDING_NS:
                wrong.append(f"{who}: {part} is longer than any migration's")
    for part in ("resuming_ns", "learning_ns"):
        if not any(b.get(part) for b in blackouts):
            wrong.append(f"{name}: nothing of any blackout is {part}")
    return wrong


def main():
    wrong = []
    for name in sys.argv[2:]:
        run = subprocess.run([sys.argv[1], "run", name, "--json"], capture_output=True, text=True, check=True)
        wrong += judge(json.loads(run.stdout), name)
    if wrong:
        print("\n".join(wrong))
    return 1 if wrong or len(sys.argv) < 3 else 0


sys.exit(main())
