#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfsim diff` tells what differs between two results, and nothing else; thresholds decide what counts.

usage: tests/cli_diff.py VFSIM
"""
import json
import os
import subprocess
import sys
import tempfile

A = {"scenario": "x.scn", "verdict": "PASS", "seed": 1, "title": "one", "notes": ["a"],
     "assumptions": [{"name": "cpu_khz", "value": 1}],
     "flows": [{"name": "f", "sent": 1000, "lost": 0, "big": 9007199254740993},
               {"name": "g.h", "sent": 5, "lost": 1, "big": 1}],
     "switches": [{"vm": "web", "to": "passthrough", "ns": 100}, {"vm": "web", "to": "emulation", "ns": 200}],
     "drops": [], "books": {"balanced": True}}
# What is changed of it, the options, the lines that must be printed, the exit status.
CASES = [
    ({}, [], ["no difference"], 0),
    ({"title": "two", "notes": ["b"], "assumptions.0.value": 2}, [], ["no difference"], 0),
    ({"verdict": "FAIL"}, [], ["verdict: PASS -> FAIL"], 1),
    ({"flows.0.sent": 1010}, [], ["flows.f.sent: 1000 -> 1010 (+1.00 %)"], 1),
    ({"flows.0.sent": 990}, ["--threshold", "1%"], ["no difference beyond the thresholds", "1 within the thresholds"], 0),
    ({"flows.0.sent": 989}, ["--threshold", "1%"], ["flows.f.sent: 1000 -> 989 (-1.10 %)"], 1),
    ({"flows.0.sent": 989}, ["--threshold", "11"], ["no difference beyond the thresholds", "1 within the thresholds"], 0),
    ({"flows.0.sent": 1100, "flows.1.sent": 6}, ["--threshold", "50%,flows.f.*=5%"], ["flows.f.sent: 1000 -> 1100 (+10.00 %)",
                                                                                     "1 within the thresholds"], 1),
    ({"flows.0.lost": 3}, ["--threshold", "50%"], ["flows.f.lost: 0 -> 3"], 1),
    ({"flows.0.big": 9007199254740992}, [], ["flows.f.big: 9007199254740993 -> 9007199254740992 (+0.00 %)"], 1),
    ({"flows.1.lost": 2, "flows.0.sent": 1}, ["--show", "*.lost"], ["flows.g.h.lost: 1 -> 2 (+100.00 %)"], 1),
    ({"switches.1.ns": 201}, [], ["switches.web#2.ns: 200 -> 201 (+0.50 %)"], 1),
    ({"flows": [A["flows"][1], {**A["flows"][0], "sent": 7}, A["flows"][1]]}, [],
     ["flows.f.sent: 1000 -> 7 (-99.30 %)", "flows.g.h#2.name: (none) -> g.h", "flows.g.h#2.sent: (none) -> 5", "flows.g.h#2.lost: (none) -> 1",
      "flows.g.h#2.big: (none) -> 1"], 1),
    ({"books": 5}, [], ["books.balanced: true -> (none)", "books: (none) -> 5"], 1),
    ({"books.balanced": False}, [], ["books.balanced: true -> false"], 1),
    ({"drops": [{"fate": "no_route", "frames": 3}]}, [], ["drops.no_route.fate: (none) -> no_route",
                                                         "drops.no_route.frames: (none) -> 3"], 1),
]
MISTAKES = [
    (["a.json"], "diff what?"),
    (["a.json", "no.json"], "no.json: No such file or directory"),
    (["a.json", "broken.json"], "broken.json:1:"),
    (["a.json", "a.json", "--show", "nothing.*"], "--show: nothing of either result is called 'nothing.*'"),
    (["a.json", "a.json", "--show", "*.sent,flow.*"], "--show: nothing of either result is called 'flow.*'"),
    (["a.json", "a.json", "--threshold", "x"], "--threshold takes 5%"),
    (["a.json", "a.json", "--threshold", "5%%"], "--threshold takes 5%"),
    (["a.json", "a.json", "--threshold", "=5%"], "--threshold takes 5%"),
]
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


def changed(changes):
    result = json.loads(json.dumps(A))
    for path, value in changes.items():
        *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        at = result
        for key in way:
            at = at[key]
        at[last] = value
    return result


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
        out.write(text)


def diff(vfsim, folder, *words):
    return subprocess.run([vfsim, "diff", *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def main():
    vfsim = os.path.abspath(sys.argv[1])
    scenario = os.path.abspath("scenarios/01-midflow-switch.scn")
    with tempfile.TemporaryDirectory() as folder:
        write(folder, "a.json", json.dumps(A))
        write(folder, "broken.json", "{1}")
        for changes, options, lines, status in CASES:
            write(folder, "b.json", json.dumps(changed(changes)))
            done = diff(vfsim, folder, "a.json", "b.json", *options)
            check(done.stdout.splitlines() == lines and done.returncode == status,
                  f"{changes} {options}: {done.returncode}, {done.stdout!r} {done.stderr!r}")
            as_json = json.loads(diff(vfsim, folder, "a.json", "b.json", *options, "--json").stdout)
            check(bool(as_json["differences"]) == bool(status), f"{changes}: the JSON says {as_json}")
        for name, changes in (("a", {}), ("b", {"title": "two", "assumptions.0.value": 2, "flows.0.lost": 1})):
            write(folder, f"{name}s.json", json.dumps([changed(changes), {**A, "scenario": "y.scn"}]))
        done = diff(vfsim, folder, "as.json", "bs.json")
        check(done.stdout.splitlines() == ["x.scn.flows.f.lost: 0 -> 1"], f"of lists of results: {done.stdout!r}")
        for words, said in MISTAKES:
            done = diff(vfsim, folder, *words)
            check(done.returncode == 2 and said in done.stderr, f"diff {words}: {done.returncode}, {done.stderr!r}")
        for seed in "12":
            subprocess.run([vfsim, "run", scenario, "--seed", seed, f"--json=r{seed}.json"], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
        check(diff(vfsim, folder, "r1.json", "r1.json").returncode == 0, "a result differs from itself")
        check("seed: 1 -> 2" in diff(vfsim, folder, "r1.json", "r2.json").stdout, "two seeds are the same")
        for name, content in (("none", "{}"), ("list", "[]"), ("other", '{"format": 1}'), ("swept", '{"axes": [], "rows": []}')):
            write(folder, f"{name}.json", content)
            check(diff(vfsim, folder, "r1.json", f"{name}.json").returncode == 2, f"a result is held against {content}")
            done = subprocess.run([vfsim, "report", "r1.json", "--against", f"{name}.json"], cwd=folder, capture_output=True, check=False)
            check(done.returncode == 2 and not done.stdout, f"a page of a result and {content} is made")
        rows = [{"file": f"row {i % 7}", "x": i, "y": {"z": [i, i + 1]}} for i in range(200000)]
        write(folder, "many.json", json.dumps({**A, "rows": rows}))
        rows[199999]["y"]["z"][1] = 5
        write(folder, "more.json", json.dumps({**A, "rows": rows}))
        done = subprocess.run(["sh", "-c", f"ulimit -t 30; exec {vfsim} diff many.json more.json"], cwd=folder, capture_output=True, text=True,
                              check=False)
        check(done.stdout == "rows.row 2#28572.y.z.2: 200000 -> 5 (-100.00 %)\n", f"of 200,000 rows: {done.stdout} {done.stderr}")
        done = diff(vfsim, folder, "r1.json", "r2.json", "--json=/dev/full")
        check(done.returncode == 2 and "No space left on device" in done.stderr, f"a full disk is told as {done.stderr}")
    for what in wrong:
        print(what, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
