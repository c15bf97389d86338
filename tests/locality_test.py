#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot reach a VM changes nothing for it: scenarios alone, and beside hosts that nothing connects with theirs.

Each scenario is run as it is and with one, two and eight more hosts, named before its own, behind them, or on both sides, each with a NIC, two
VMs that switch, migrate or are suspended, traffic between them and with a peer, and a replayed conversation. Whatever the report says of who is in
the scenario must be the same, byte for byte: VMs, flows, latencies, switches, migrations, drops, control operations, blackouts.

usage: tests/locality_test.py VFSIM [--all | SCENARIO ... | --worlds SEED COUNT]
--all: every scenario; --worlds: random ones of tools/worlds; without any: a choice of kinds, and a few random ones
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "scenarios"
CHOICE = ("01-midflow-switch", "04-vf-to-vf", "10-vf-reset", "31-malicious-driver", "52-rfc2889-mesh", "77-migrate-npa-chain", "78-migrate-npa-load",
          "80-upt-midflow", "93-bond", "100-suspend", "102-policy-host", "283-key-follows", "330-x540")
RANDOM = range(17, 23)
STRANGER = "zz"
# Of the whole run and not of anybody in it, or with the numbers of its lines.
WHOLE = {"file", "scenario", "sim_time_ns", "events", "assumptions", "timeline", "books", "notes", "expectations", "expectation_counts", "next", "shown",
         "roles", "unexpected", "iochain", "verdict"}

MACHINE = """host {h}
nic {h}.nic0 model {model} vfs 4 mac 02:77:00:00:{n:02x}:01
peer {h}-out on {h}.nic0 mac 02:77:00:00:{n:02x}:02 ip 10.77.{n}.1
vm {h}-a on {h} ram 16M shell linux net npa mac 02:77:00:00:{n:02x}:03 ip 10.77.{n}.3
vm {h}-b on {h} ram 16M shell linux net {net} mac 02:77:00:00:{n:02x}:04 ip 10.77.{n}.4
"""
ACTS = """{at} switch {h}-a to passthrough
{at} flow {h}-in from {h}-out to {h}-a size 300 rate 17K pps count {count}
{at} flow {h}-across from {h}-a to {h}-b size 64 rate 23K pps count {count}
{at} flow {h}-over from {h}-b to {h}-out size 1518 rate 5K pps count {few}
{later} switch {h}-a to emulation
"""


def run(vfsim, text, folder, name):
    path = folder / (name + ".scn")
    path.write_text(text)
    done = subprocess.run([vfsim, "run", str(path), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return {"errors": [done.stderr.strip()[:400]]}


# A flow's intervals are as fine as memory for all flows of a world lets them be (core/frame/track.h), and these are sums over intervals.
COARSE = {"before_pps", "precopy_pps"}


# Where a VM's window lies follows from its number in the scenario.
WINDOW = re.compile(r"0x20[0-9a-f]{2}(?=[0-9a-f]{8}\b)")


def without_lines(thing):
    if isinstance(thing, dict):
        return {k: without_lines(v) for k, v in thing.items() if k != "line" and k not in COARSE}
    if isinstance(thing, str):
        return WINDOW.sub("window + 0x", thing)
    return [without_lines(v) for v in thing] if isinstance(thing, list) else thing


def of_residents(result):
    """What is said of who is in the scenario, as a list of sentences a key."""
    said = {}
    for key, value in result.items():
        if key in WHOLE:
            continue
        if key == "topology":
            value = value["nodes"] + value["links"]
        entries = value if isinstance(value, list) else [value]
        said[key] = [text for text in (json.dumps(without_lines(e), sort_keys=True) for e in entries) if f'"{STRANGER}' not in text]
    return said


def beside(text, before, behind, span_ms):
    """The scenario with strangers: their machines before and behind its own, their acts behind."""
    first = re.search(r"^host ", text, re.M)
    machines = [[], []]
    acts = []
    for n in range(before + behind):
        h = f"{STRANGER}{n}"
        rate_count = max(1, span_ms * 17)
        words = {"h": h, "n": n, "model": ("82599", "82576")[n % 2], "net": ("npa", "plain", "vf")[n % 3], "at": f"{n * 37}us", "later":
                 f"{max(1, span_ms * 2 // 3)}ms", "count": rate_count, "few": max(1, span_ms * 5)}
        machines[n >= before].append(MACHINE.format(**words))
        acts.append(ACTS.format(**words))
    text = text[:first.start()] + "".join(machines[0]) + text[first.start():]
    return text.rstrip("\n") + "\n" + "".join(machines[1]) + "".join(acts)


def absolute(text, folder):
    """Paths of the scenario's own files, from where it is run now."""
    def path(match):
        there = folder / match.group(0)
        return str(there) if there.exists() else match.group(0)
    return re.sub(r"[\w./-]+\.(?:pcap(?:ng)?(?:\.\w+)?|profile|so)\b", path, text)


def addressed(text):
    """The same, with the MACs that it leaves open: who is given none is numbered in the order of the scenario, strangers among them."""
    for kind, prefix in (("vm", "02:00:00:00:00"), ("peer", "02:00:00:10:00"), ("nic", "02:00:00:20:00")):
        numbers = itertools.count(1)

        def given(match, prefix=prefix, numbers=numbers):
            number = next(numbers)
            line, comment = match.group(1), match.group(2) or ""
            return f"{line}{'' if ' mac ' in line else f' mac {prefix}:{number:02x}'}{comment}"
        text = re.sub(rf"^({kind} [^#\n]*?)(\s*#.*)?$", given, text, flags=re.M)
    return text


def judge(vfsim, text, folder):
    """None, or what differs."""
    text = addressed(absolute(text, SCENARIOS))
    if not re.search(r"^begin ", text, re.M):
        first = re.search(r"^host ", text, re.M)
        text = text[:first.start()] + "begin 100ms\n" + text[first.start():]
    alone = run(vfsim, text, folder, "alone")
    if "sim_time_ns" not in alone or not alone.get("begun"):
        return "it does not run alone: " + str(alone.get("errors"))
    span_ms = max(1, (alone["sim_time_ns"] - alone["begin_ns"]) // 1000000 * 3 // 4)
    span_ms = min(span_ms, 300)
    expected = of_residents(alone)
    for name, before, behind in (("before", 1, 0), ("behind", 0, 1), ("both", 1, 1), ("many", 4, 4)):
        found = run(vfsim, beside(text, before, behind, span_ms), folder, name)
        if "sim_time_ns" not in found:
            return f"it does not run with strangers {name}: {found.get('errors')}"
        if not any(flow["name"].startswith(STRANGER) and flow["delivered"] for flow in found["flows"]):
            return f"the strangers {name} did nothing"
        residents = of_residents(found)
        for key in expected:
            if key == "guest_acts" and not expected[key]: # listed for everybody or for nobody
                continue
            if residents.get(key) != expected[key]:
                was = [e for e in expected[key] if e not in residents.get(key, [])][:1]
                now = [e for e in residents.get(key, []) if e not in expected[key]][:1]
                return f"{key}, strangers {name}:\n    alone  {(was or ['nothing'])[0][:1500]}\n    beside {(now or ['nothing'])[0][:1500]}"
    return None


def random_world(seed):
    return subprocess.run([sys.executable, str(SCENARIOS.parent / "tools/worlds"), "--seed", str(seed), "--show"], stdout=subprocess.PIPE,
                          text=True, check=True).stdout


def main():
    vfsim = str(pathlib.Path(sys.argv[1]).resolve())
    names, seeds = sys.argv[2:], []
    if names and names[0] == "--worlds":
        seeds, names = range(int(names[1]), int(names[1]) + int(names[2])), []
    elif names == ["--all"]:
        names = sorted(path.stem for path in SCENARIOS.glob("*.scn"))
    elif not names:
        names, seeds = CHOICE, RANDOM
    texts = [(name, (SCENARIOS / (name + ".scn")).read_text()) for name in names] + [(f"world {seed}", random_world(seed)) for seed in seeds]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts:
            if not re.search(r"^host ", text, re.M) or re.search(r"^limit frames", text, re.M):
                print(f"{name}: has no host, or limits what strangers need too")
                continue
            verdict = judge(vfsim, text, pathlib.Path(folder))
            failed += verdict is not None
            print(f"{name}: {verdict or 'the same'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
