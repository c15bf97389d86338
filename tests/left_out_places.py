#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each place that hands something to a save function, left out as a whole, as if its line were not there, is noticed.

  left_out_places.py PROGRAM GDB [EVERY]   those of places.txt, every EVERYth of them; each must be noticed by what stands there
  left_out_places.py PROGRAM GDB --accept  finds for each what notices it, and writes places.txt

PROGRAM is the command with left_out/forget.c in it, which leaves one place out; a scenario that it runs with --paranoid, or saves to a
file and restores, must then tell another story or report another end. left_out/places.txt has for each save_field() and save_bytes()
in sim/ the scenario and its cuts (or @TIME, seed and variables: through a file), or, behind a reason in brackets, those that nothing
can notice. A place that is not there fails the test, whether it is noticed or not.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
import left_out  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "left_out" / "places.txt"
HEAD = """# What is saved, place by place, and the scenario and its cuts (--paranoid) that notice when it is left out: left_out_places.py.
# Behind a reason in brackets: places that nothing can notice. Reasons are written by hand; --accept keeps them.
"""
NO_REASON = "[nobody has said why]"
STORY = "all"
CUTS_A_RUN, TRIES_MAX, CPU_MAX_S, CPU_OF_SEARCH_S = 25, 15, 120, 0.6


def keys(program, gdb):
    """{place in words: its record's address less the anchor's}; of several places of the same words the later ones are numbered."""
    with tempfile.TemporaryDirectory() as work:
        path = pathlib.Path(work) / "members"
        _, unknown = left_out.describe(program, gdb, path, {})
        anchor, *lines = path.read_text().splitlines()
    if unknown:
        sys.exit("\n".join(unknown))
    sites = {}
    for line in lines:
        file, number, what, site = line.lstrip("-").split("\t")[:4]
        sites[file, int(number), what] = int(site) - int(anchor)
    found, count = {}, collections.Counter()
    for (file, _, what), site in sorted(sites.items()):
        count[file, what] += 1
        found[f"{file} {what}" + (f" ({count[file, what]})" if count[file, what] > 1 else "")] = site
    return found


def run(program, scenario, cuts, limit_s, **variables):
    """(what came of it, seconds of CPU). With cuts of @TIME[,seed=N][,NAME=VALUE]… through a file."""
    if cuts and cuts[0] == "@":
        with tempfile.TemporaryDirectory() as work:
            world, given = os.path.join(work, "world"), given_by(cuts)
            saved, seconds = execute([program, "save", scenario, "--at", cuts[1:].split(",")[0], "-o", world, *given], limit_s, variables)
            restored, more = execute([program, "restore", world, "--json"], limit_s, variables)
            return (saved[0] or restored[0], restored[1], b""), seconds + more
    return execute([program, "run", scenario, "--json", "--trace", STORY] + ([f"--paranoid={cuts}"] if cuts else []), limit_s, variables)


def given_by(cuts):
    """What follows the time in @TIME,seed=7,count=9, as options."""
    return [word for pair in cuts.split(",")[1:]
            for word in (["--seed", pair[5:]] if pair.startswith("seed=") else ["--set", pair])]


def execute(command, limit_s, variables):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0:quarantine_size_mb=8", **variables),
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1)))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        out.seek(0)
        err.seek(0)
        return (status, out.read(), err.read()), usage.ru_utime + usage.ru_stime


class Runs:
    """The run of each scenario as it must be, made once."""

    def __init__(self, program):
        self.program, self.plain = program, {}

    def of(self, scenario, cuts=""):
        through_file = cuts[:1] == "@"
        key = (scenario, cuts) if through_file else scenario
        if key not in self.plain:
            if through_file: # what it tells on the way is told by two processes
                (status, report, _), _ = execute([self.program, "run", scenario, "--json", *given_by(cuts)], CPU_MAX_S, {})
                self.plain[key] = (status, report, b"")
            else:
                self.plain[key] = run(self.program, scenario, None, CPU_MAX_S)[0]
        return self.plain[key]

    def notices(self, scenario, cuts, site):
        return run(self.program, scenario, cuts, CPU_MAX_S, LEFT_OUT_SITE=str(site))[0] != self.of(scenario, cuts)


def read_list():
    """({place: (scenario, cuts)}, {place: reason})."""
    noticed, reasons, reason = {}, {}, None
    for line in left_out.told(LIST.read_text(encoding="utf-8")) if LIST.exists() else []:
        if line.startswith("["):
            reason = line
        elif reason:
            reasons[line] = reason
        else:
            place, by = line.rsplit(": ", 1)
            noticed[place] = tuple(by.split(" "))
    return noticed, reasons


def pool_map(make, items):
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(make, items))


def judge(program, gdb, every):
    sites, (noticed, reasons) = keys(program, gdb), read_list()
    wrong = [f"not in tests/left_out/places.txt: {place}" for place in sites if place not in noticed and place not in reasons]
    wrong += [f"tests/left_out/places.txt: there is no such place: {place}" for place in [*noticed, *reasons] if place not in sites]
    wrong += [f"nothing notices when this is not saved: {place}" for place, reason in reasons.items() if reason == NO_REASON]
    todo = [place for place in noticed if place in sites][::every]
    runs = Runs(program)
    for scenario, cuts in sorted({noticed[place] for place in todo}):
        if runs.notices(scenario, cuts, 0):
            wrong.append(f"{scenario} {cuts}: it ends otherwise with nothing left out")
    for place, is_noticed in zip(todo, pool_map(lambda p: runs.notices(*noticed[p], sites[p]), todo)):
        if not is_noticed:
            wrong.append(f"{' '.join(noticed[place])} does not notice when this is not saved: {place}")
    print("\n".join(wrong))
    print(f"{len(sites)} places, {len(noticed)} of them noticed ({len(todo)} tried); not, and why:")
    for reason in dict.fromkeys(reasons.values()):
        print(f"{sum(r == reason for r in reasons.values()):5} {reason}")
    if wrong:
        print("Meant? Then: tests/left_out_places.py build/vfsim_forgets gdb --accept, and a reason for those that nothing notices")
    return 1 if wrong else 0


def prepare(program, runs, scenario):
    """(seconds, scenario, cuts, {site: whether it has another value there}), or None of one that is of no use."""
    (status, report, _), seconds = run(program, scenario, None, CPU_MAX_S)
    if status or seconds > CPU_OF_SEARCH_S:
        return None
    cuts = str(max(1, json.loads(report)["events"] // CUTS_A_RUN) | 1)
    with tempfile.TemporaryDirectory() as work:
        probe = os.path.join(work, "sites")
        found, seconds = run(program, scenario, cuts, CPU_MAX_S, LEFT_OUT_PROBE=probe)
        if found != runs.of(scenario) or not os.path.exists(probe):
            return None
        with open(probe, encoding="ascii") as file:
            return seconds, scenario, cuts, {int(site): how == "other" for how, site in map(str.split, file)}


def expression(place):
    return place.split(" ", 1)[1]


class Search:
    """Who notices a place: first what is known of it, or of one of the same words that was in another file; then every scenario."""

    def __init__(self, program, known):
        self.program, self.runs, self.known, self.helpful = program, Runs(program), known, collections.Counter(known.values())
        self.by_expression, self.ready, self.lock = {}, None, threading.Lock()
        for place, by in known.items():
            self.by_expression.setdefault(expression(place), []).append(by)

    def scenarios(self):
        with self.lock:
            if self.ready is None:
                names = sorted(str(p.relative_to(ROOT)) for p in [*ROOT.glob("scenarios/*.scn"), *ROOT.glob("tests/left_out/*.scn")])
                self.ready = sorted(filter(None, pool_map(lambda s: prepare(self.program, self.runs, s), names)))
                print(f"{len(self.ready)} scenarios, {sum(r[0] for r in self.ready):.0f} seconds", flush=True)
        return self.ready

    def candidates(self, place, site):
        yield from [self.known[place]] if place in self.known else []
        yield from self.by_expression.get(expression(place), [])
        yield from [by for by, _ in self.helpful.most_common(10)]
        # What is read into a variable may have its value by chance, and what is written has: those come last.
        likely = sorted((r for r in self.scenarios() if site in r[3]), key=lambda r: (not r[3][site], r[0] / (1 + self.helpful[r[1:3]])))
        yield from [r[1:3] for r in likely[:TRIES_MAX]]

    def find(self, place, site):
        tried = set()
        for by in self.candidates(place, site):
            if by not in tried and self.runs.notices(*by, site):
                self.helpful[by] += 1
                print(f"{place}: {' '.join(by)}", flush=True)
                return by
            tried.add(by)
        print(f"{place}: NOT NOTICED", flush=True)
        return None


def accept(program, gdb):
    sites, (known, reasons) = keys(program, gdb), read_list()
    of_expression = {expression(place): reason for place, reason in reasons.items()}
    search = Search(program, known)
    todo = [place for place in sites if place not in reasons] # what nothing can notice is looked for when its reason is taken out
    noticed = {place: by for place, by in zip(todo, pool_map(lambda p: search.find(p, sites[p]), todo)) if by}
    text = HEAD + "".join(f"{place}: {' '.join(noticed[place])}\n" for place in sites if place in noticed)
    left = {place: reasons.get(place, of_expression.get(expression(place), NO_REASON)) for place in sites if place not in noticed}
    for reason in dict.fromkeys([*reasons.values(), *left.values()]):
        here = [place for place in left if left[place] == reason]
        text += "".join([reason + "\n"] * bool(here) + [place + "\n" for place in here])
    LIST.write_text(text, encoding="utf-8")
    return 0


def main():
    program, gdb = os.path.abspath(sys.argv[1]), sys.argv[2]
    if "--accept" in sys.argv:
        return accept(program, gdb)
    return judge(program, gdb, int(sys.argv[3]) if len(sys.argv) > 3 else 1)


if __name__ == "__main__":
    sys.exit(main())
