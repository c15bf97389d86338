#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Timelines for other tools are well formed, say what the report says, and change nothing; filters choose of them and of the trace.

usage: tests/cli_waves.py VFSIM
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SCENARIO = "scenarios/01-midflow-switch.scn"
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


def run(vfsim, *words, code=0):
    done = subprocess.run([vfsim, "run", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check(done.returncode == code, f"run {' '.join(words)}: status {done.returncode}, not {code}: {done.stderr[:300]}")
    return done


class Waves:
    """A value change dump, read by the rules of IEEE 1364 and nothing of ours."""

    def __init__(self, path):
        self.names, self.bits, self.first, self.changes, self.notes = {}, {}, {}, collections.defaultdict(list), []
        scopes, at, dumping = [], None, False
        with open(path, encoding="ascii") as text:
            for number, line in enumerate(text, 1):
                words = line.split()
                if words[0] == "$scope":
                    scopes.append(words[2])
                elif words[0] == "$upscope":
                    scopes.pop()
                elif words[0] == "$var":
                    check(words[3] not in self.names, f"{path}:{number}: identifier {words[3]} is there twice")
                    self.names[words[3]] = ".".join([*scopes, words[4]])
                    self.bits[words[3]] = int(words[2])
                elif words[0] == "$comment":
                    self.notes.append(line)
                elif words[0] == "$timescale":
                    check(words[1] == "1ps", f"the scale is {words[1]}")
                elif words[0] == "$dumpvars":
                    dumping = True
                elif words[0] == "$end":
                    dumping = False
                elif words[0][0] == "#":
                    check(at is None or int(words[0][1:]) > at, f"{path}:{number}: time goes back")
                    at = int(words[0][1:])
                elif words[0][0] in "01b":
                    name, value = (words[1], int(words[0][1:], 2)) if words[0][0] == "b" else (words[0][1:], int(words[0][0]))
                    check(name in self.names, f"{path}:{number}: {name} is not declared")
                    check(value < 1 << self.bits.get(name, 0), f"{path}:{number}: {value} has more than {self.bits[name]} bits")
                    if dumping:
                        self.first[name] = value
                    else:
                        self.changes[name].append((at, value))
                else:
                    check(words[0] in ("$version", "$enddefinitions"), f"{path}:{number}: {line}")
        check(not scopes, "a scope stays open")
        check(set(self.first) == set(self.names) == set(self.changes), "a variable has no first value, or never changes")
        self.end = at

    def of(self, name):
        found = [code for code, known in self.names.items() if known == name]
        check(len(found) == 1, f"{len(found)} variables are called {name}")
        return self.changes[found[0]] if found else []


def try_waves(folder, report):
    waves = Waves(os.path.join(folder, "w.vcd"))
    web = report["vms"][0]
    check(waves.of("web.irq") and waves.of("h0.vmnic0.rx0_tail"), "interrupts and rings of the VF are not there")
    check({value for _, value in waves.of("web.runs")} == {0, 1}, "the VM never runs, or never waits")
    sent = waves.of("h0.vmnic0.tx0_head")
    check(len({value for _, value in sent}) > 1 and sent[-1][1] >= web["sent_on_vf"],
          f"{web['sent_on_vf']} frames were sent on the VF, and its ring's head went to {sent[-1:]}")
    check(waves.end == report["sim_time_ns"] * 1000 or waves.end // 1000 == report["sim_time_ns"], f"the waves end at {waves.end} ps")
    if shutil.which("vcd2fst"):
        done = subprocess.run(["vcd2fst", "w.vcd", "w.fst"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        check(done.returncode == 0 and os.path.getsize(os.path.join(folder, "w.fst")), f"GTKWave's reader says {done.stdout}")
    else:
        check(False, "GTKWave's reader is not installed")


def nest(slices):
    """Whether slices of a thread lie in each other or apart, as a viewer of nanoseconds sees them."""
    stack = []
    for start, end in sorted(((int(s), int(e)) for s, e in slices), key=lambda one: (one[0], -one[1])):
        while stack and stack[-1] <= start:
            stack.pop()
        if stack and end > stack[-1]:
            return False
        stack.append(end)
    return True


def try_chrome(folder, report):
    with open(os.path.join(folder, "w.json"), encoding="utf-8") as text:
        events = json.load(text)["traceEvents"]
    names = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    check(len(names) == len(set(names.values())), "two processes have one name")
    check(all(e["pid"] in names for e in events), "an event is of no process")
    slices, open_ones, arrows = collections.defaultdict(list), collections.Counter(), collections.Counter()
    for e in events:
        if e["ph"] == "X":
            slices[e["pid"], e["tid"]].append((e["ts"] * 1000, (e["ts"] + e["dur"]) * 1000))
        elif e["ph"] in "be":
            open_ones[e["cat"], e["id"]] += 1 if e["ph"] == "b" else -1
        elif e["ph"] in "sf":
            arrows[e["cat"], e["id"]] += 1 if e["ph"] == "s" else -1
    check(all(nest(of) for of in slices.values()), "slices of a thread overlap")
    check_ids(events)
    check(not any(open_ones.values()), "an asynchronous slice has no end")
    check(not any(arrows.values()), "an arrow has no end")
    frames = sum(e["ph"] == "e" and e["cat"] == "frame" for e in events)
    check(frames == report["books"]["ended"], f"{frames} frames ended, and {report['books']['ended']} in the report")
    drawn = [e for e in events if e["ph"] == "X" and names[e["pid"]] == "web: switches and migrations"]
    check([round(e["ts"] * 1000) for e in drawn] == [s["start_ns"] for s in report["switches"]], "switches are drawn elsewhere")
    check(any(e["ph"] == "i" and e["cat"] == "switch" for e in events), "no sentence of a switch is there")
    try_threads(report, names, events)


def check_ids(events):
    """A viewer takes what has an id for one slice, and one arrow: each has a beginning and an end, of one name."""
    whose = collections.defaultdict(list)
    for e in events:
        if e["ph"] in "besf":
            whose[e["cat"], e["id"], e["ph"] in "be"].append((e["ph"], e["name"]))
    for one, ends in whose.items():
        (first, begun), (second, ended), *more = ends
        check(not more and first + second in ("be", "sf") and begun == ended, f"{one} is of several: {ends}")


FLOODED = """switch tor
peer a on tor
peer b on tor
peer c on tor
0 flow f from a to b size 64 rate 10K pps count 3
"""


def try_copies(vfsim, folder):
    """Copies of a frame end apart, each drawn from its birth."""
    with open(os.path.join(folder, "flooded.scn"), "w", encoding="utf-8") as out:
        out.write(FLOODED)
    run(vfsim, out.name, "--perfetto", f"{folder}/f.json", f"--json={folder}/f.r")
    with open(os.path.join(folder, "f.json"), encoding="utf-8") as text:
        events = json.load(text)["traceEvents"]
    with open(os.path.join(folder, "f.r"), encoding="utf-8") as text:
        books = json.load(text)["books"]
    check(books["copied"] > 0 and sum(e["ph"] == "b" for e in events) == books["ended"], f"frames drawn, of {books}")
    check_ids(events)


def tracks(events, names):
    """Slices of each thread that has a name, as (start, end, name) in ps: {(process, thread): …}."""
    called = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    found = collections.defaultdict(list)
    for e in events:
        if e["ph"] == "X" and (e["pid"], e["tid"]) in called:
            start = round(e["ts"] * 1000000)
            found[names[e["pid"]], called[e["pid"], e["tid"]]].append((start, start + round(e["dur"] * 1000000), e["name"]))
    return found


def length(slices):
    return sum(end - start for start, end, _ in slices) / 1000


def try_threads(report, names, events):
    """Every thread of a host without a number of cores has a core of its own, drawn while it works, as long as its account says (a
    vCPU's begins and ends within a cycle)."""
    drawn = tracks(events, names)
    for thread in report["threads"]:
        of = drawn[f"{thread['host']}: cores", f"{thread['thread']}.runs"]
        check(abs(length(of) - thread["busy_ns"]) <= 2 + len(of) / 2 * thread["is_vcpu"], f"{thread['thread']} is drawn for {length(of)} ns, and was busy for {thread['busy_ns']} ns")
        check({name for _, _, name in of} <= {thread["thread"]}, f"its slices are called {of[:3]}")
    check(drawn["h0: cores", "h0.vswitch/0.runs"], "no server is drawn")


SHARED = """title "two VMs share a core with those that serve them, one has its own"
host   h0 cores 2 pin 0
nic    h0.vmnic0 model regular
switch tor latency 500ns
link   h0.vmnic0 tor rate 10G latency 500ns
peer   client on tor
vm     a on h0 pin 0
vm     b on h0 pin 0
vm     own on h0 pin 1

1ms    flow fa from client to a rate 150K pps size 256 until 4ms
1ms    flow fb from client to b rate 150K pps size 256 until 4ms
1ms    flow fo from client to own rate 50K pps size 256 until 4ms
"""


def try_cores(vfsim, folder):
    """Who has a core, one after the other, as long as the accounts say; who waits for it, and who was preempted."""
    with open(os.path.join(folder, "shared.scn"), "w", encoding="utf-8") as out:
        out.write(SHARED)
    run(vfsim, out.name, "--perfetto", f"{folder}/c.json", "--vcd", f"{folder}/c.vcd", f"--json={folder}/c.r")
    with open(os.path.join(folder, "c.json"), encoding="utf-8") as text:
        events = json.load(text)["traceEvents"]
    with open(os.path.join(folder, "c.r"), encoding="utf-8") as text:
        report = json.load(text)
    drawn = tracks(events, {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"})
    for (process, track), slices in drawn.items():
        slices.sort()
        check(all(a[1] <= b[0] for a, b in zip(slices, slices[1:])), f"slices of {process}, {track} overlap")
    check_cores(report, drawn)
    cycle = 1e6 / next(a["value"] for a in report["assumptions"] if a["name"] == "cpu_khz")
    for thread in (t for t in report["threads"] if t["thread"] in ("a", "b")):
        does = drawn["h0: threads", f"{thread['thread']}.does"]
        stolen = length([one for one in does if not one[2].startswith("runs")])
        check(abs(stolen - thread["steal_cycles"] * cycle) <= 2 + len(does) * cycle, f"{thread['thread']} waits for {stolen} ns, and {thread['steal_cycles']} cycles were stolen")
        check("preempted, waits for core 0" in {name for _, _, name in does}, f"{thread['thread']} is never preempted")
        at = {start for start, _, name in does if name.startswith("preempted")}
        check(at <= {end for _, end, name in drawn["h0: cores", "core0"] if name == thread["thread"]}, "preempted without having had the core")
    waves = Waves(os.path.join(folder, "c.vcd"))
    check(len(waves.of("h0.core0")) > 1000 and any("h0 core0 is" in note and ": a" in note for note in waves.notes), f"waves of a core, or what they mean: {waves.notes}")


def check_cores(report, drawn):
    for core in report["cores"]:
        slices = drawn["h0: cores", f"core{core['core']}"]
        of = [one for one in slices if one[2] != "context switch"]
        switching = [one for one in slices if one[2] == "context switch"]
        may = 2 + len(of) / 2 * bool(core["alone"])
        check(slices and abs(length(of) - core["busy_ns"]) <= may, f"core {core['core']} is drawn busy for {length(of)} ns, not {core['busy_ns']}")
        check(abs(length(switching) - core["switching_ns"]) <= 2, f"core {core['core']} is drawn switching for {length(switching)} ns, not {core['switching_ns']}")
        check(len(switching) == core["switches"], f"core {core['core']} is drawn to switch {len(switching)} times, not {core['switches']}")
    check({"a", "b", "h0.vmnic0.pf/poll0"} < {name for _, _, name in drawn["h0: cores", "core0"]}, "who shares a core is not drawn on it")
    check({name for _, _, name in drawn["h0: cores", "core1"]} == {"own"}, "who has a core is not drawn on it")


def stamps(text):
    """Lines of a trace as (time as it is written, who, rest)."""
    return [re.match(r"\[ *([^]]*)\] (\S.*?) > (.*)", line).groups() for line in text.splitlines() if line.startswith("[")]


def try_filters(vfsim, folder):
    whole = stamps(run(vfsim, SCENARIO, "--trace", "all").stderr)
    who = stamps(run(vfsim, SCENARIO, "--trace", "all", "--who", "web,h0.vmnic*").stderr)
    check(who == [s for s in whole if s[1] == "web" or s[1].startswith("h0.vmnic")] and who, "--who chooses otherwise")
    what = stamps(run(vfsim, SCENARIO, "--trace", "all", "--what", "register*written,learned").stderr)
    check(what == [s for s in whole if re.search("register.*written|learned", s[2])] and what, "--what chooses otherwise")
    unit = {"us": 10**6, "ms": 10**9, "ns": 10**3, "s": 10**12}

    def ps_of(stamp):
        number, of = re.match(r"([0-9.]+) ?(\w+)", stamp).groups()
        before, _, after = number.partition(".")
        return int(before) * unit[of] + int((after + "0" * 12)[:12]) * unit[of] // 10**12

    for window, first, last in (("51ms-52ms", 51, 52), ("51ms-", 51, 10**9), ("-52ms", 0, 52)):
        some = stamps(run(vfsim, SCENARIO, "--trace", "all", "--when", window).stderr)
        check(some == [s for s in whole if first * 10**9 <= ps_of(s[0]) <= last * 10**9] and some, f"--when {window} chooses otherwise")
    path = os.path.join(folder, "some.vcd")
    run(vfsim, SCENARIO, "--vcd", path, "--who", "web", "--when", "50ms-152ms")
    some = Waves(path)
    check({name.split(".")[0] for name in some.names.values()} == {"web"}, "--who does not choose of waves")
    run(vfsim, SCENARIO, "--perfetto", os.path.join(folder, "some.json"), "--who", "web")
    with open(os.path.join(folder, "some.json"), encoding="utf-8") as text:
        drawn = {e["name"] for e in json.load(text)["traceEvents"] if e["ph"] == "X" and e["cat"] == "slice"}
    check("runs" in drawn and not any("head" in name or "link" in name for name in drawn), f"--who draws {sorted(drawn)[:9]}")
    times = [at for of in some.changes.values() for at, _ in of]
    check(min(times) >= 50 * 10**9 and max(times) <= 152 * 10**9, "--when does not choose of waves")


MISTAKES = [
    (["--when", "1ms-2ms"], "none of them is given"),
    (["--trace", "all", "--when", "5"], "--when takes a window"),
    (["--trace", "all", "--when", "2ms-1ms"], "--when takes a window"),
    (["--trace", "all", "--when", "-"], "--when takes a window"),
    (["--vcd", "x.vcd", "--paranoid"], "do not go together"),
    (["--vcd", "x.vcd", SCENARIO], "is of one run, and these are 2"),
    (["--perfetto", "/nowhere/x.json"], "/nowhere/x.json"),
    (["--vcd", SCENARIO], SCENARIO),
]


def main():
    vfsim = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        before = run(vfsim, SCENARIO).stdout
        after = run(vfsim, SCENARIO, "--vcd", f"{folder}/w.vcd", "--perfetto", f"{folder}/w.json", f"--json={folder}/r.json").stdout
        check(before == after, "a run that is drawn has another report")
        with open(os.path.join(folder, "r.json"), encoding="utf-8") as text:
            report = json.load(text)
        try_waves(folder, report)
        try_chrome(folder, report)
        try_copies(vfsim, folder)
        try_cores(vfsim, folder)
        try_filters(vfsim, folder)
        for words, said in MISTAKES:
            done = run(vfsim, SCENARIO, *words, code=2)
            check(said in done.stderr, f"{words}: {done.stderr!r}")
        check(not os.path.exists("x.vcd"), "a mistake leaves a file")
    for what in wrong:
        print(what, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
