#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A sweep makes the same rows however its runs are spread and whatever is killed; what is asked wrongly is said before a run.

usage: tests/cli_sweep.py VFSIM
"""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WORLD = """seed 7
set size 64
set rate 10K
set most 0
host h0
nic h0.n0 model 82599 vfs 4
switch tor
link h0.n0 tor
peer a on tor
peer b on tor
0 flow f from a to b size $size rate $rate pps count 50
end expect f lost <= $most
"""
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


class Place:
    """A folder with the scenario in it, where sweeps are made."""

    def __init__(self, vfsim, folder, world=WORLD):
        self.vfsim, self.folder = vfsim, folder
        os.makedirs(folder, exist_ok=True)
        self.write(world)

    def write(self, world):
        with open(os.path.join(self.folder, "w.scn"), "w", encoding="utf-8") as out:
            out.write(world)

    def sweep(self, *words, code=0, launcher=()):
        done = subprocess.run([*launcher, self.vfsim, "sweep", "w.scn", *words], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=300)
        check(done.returncode == code, f"sweep {' '.join(words)}: status {done.returncode}, not {code}: {done.stderr}")
        return done

    def tables(self, folder="w.sweep"):
        with open(os.path.join(self.folder, folder, "sweep.csv"), encoding="utf-8", newline="") as text:
            table = text.read()
        with open(os.path.join(self.folder, folder, "sweep.json"), encoding="utf-8") as text:
            return table, text.read()

    def results(self, ending, folder="w.sweep"):
        return sorted(os.path.join(at, name) for at, _, names in os.walk(os.path.join(self.folder, folder)) for name in names
                      if name.endswith(ending) and at != os.path.join(self.folder, folder))


GRID = ["--set", "size=64,512,1500", "--set", "rate=10K,20K", "--repeat", "2"]


def rows_of(table):
    return list(csv.DictReader(io.StringIO(table)))


def try_order(place):
    """The last axis turns fastest, and every number of a run's own result is in its row."""
    place.sweep(*GRID)
    table, text = place.tables()
    rows = rows_of(table)
    seen = [(r["size"], r["rate"], r["seed"]) for r in rows]
    want = [(s, r, d) for s in ("64", "512", "1500") for r in ("10K", "20K") for d in ("7", "8")]
    check(seen == want, f"the rows are in the order {seen}")
    check([r["run"] for r in rows] == [str(i + 1) for i in range(12)], "runs are not counted from 1")
    check(all(r["flows.f.delivered"] == "50" and r["verdict"] == "PASS" for r in rows), "a row has not what its run gave")
    whole = json.loads(text)
    check(whole["complete"] and whole["runs"] == 12 and len(whole["rows"]) == 12, "the JSON does not tell that it is complete")
    for row in whole["rows"]:
        with open(os.path.join(place.folder, "w.sweep", row["file"]), encoding="utf-8") as result:
            own = json.load(result)
        check(own["flows"][0]["latency_ns"]["p99"] == row["values"]["flows.f.latency_ns.p99"], f"{row['name']} differs from its file")
        check(own["seed"] == int(row["settings"]["seed"]), f"{row['name']} was run with seed {own['seed']}")
    return table, text


def try_spreads(place, whole):
    """One process, several, one run a command in any order, the lines of --list: the same bytes."""
    place.sweep(*GRID, "-j", "1", "-o", "one")
    check(place.tables("one") == whole, "one process at a time makes other rows")
    place.sweep(*GRID, "-j", "7", "-o", "seven")
    check(place.tables("seven") == whole, "seven at a time make other rows")
    for run in (12, 3, 1, 7):
        place.sweep(*GRID, "-o", "single", "--only", str(run))
    check(len(place.results(".json", "single")) == 4, "--only runs more or less than one")
    check(not os.path.exists(os.path.join(place.folder, "single", "sweep.csv")), "--only makes tables")
    lines = place.sweep(*GRID, "-o", "listed", "--list").stdout.splitlines()
    check(len(lines) == 12, f"--list has {len(lines)} lines")
    for line in reversed(lines):
        done = subprocess.run(["sh", "-c", line.replace("vfsim ", place.vfsim + " ", 1)], cwd=place.folder, stderr=subprocess.PIPE)
        check(done.returncode == 0, f"{line}: {done.stderr}")
    for folder in ("single", "listed"):
        place.sweep(*GRID, "-o", folder)
        check(place.tables(folder) == whole, f"{folder}: runs made by themselves make other rows")


def children(process):
    """How many children of it are under way."""
    count = 0
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as text:
            for child in text.read().split():
                with open(f"/proc/{child}/stat", encoding="ascii") as stat:
                    count += stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return None  # one has ended meanwhile
    return count


def try_cores(place):
    """As many runs are under way as there are cores, from the first to the last."""
    cores = len(os.sched_getaffinity(0))
    sweep = subprocess.Popen([place.vfsim, "sweep", "w.scn", "--set", "size=64,512,1500", "--repeat", "40", "-o", "busy"], cwd=place.folder,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = []
    while sweep.poll() is None:
        seen.append(children(sweep.pid))
        time.sleep(0.002)
    seen = [count for count in seen if count]
    check(sweep.returncode == 0, f"a sweep on all cores ends with {sweep.returncode}")
    check(seen and max(seen) == cores, f"{max(seen, default=0)} runs at a time on {cores} cores")
    check(2 * sum(count == cores for count in seen) > len(seen), f"of {len(seen)} looks, {sum(count == cores for count in seen)} saw all {cores} cores busy")


def try_kill(place, whole):
    """SIGKILL in the middle: no process goes on, what is there is whole, and the same command makes the rest."""
    words = ["--set", "size=64,512,1500", "--set", "rate=10K,20K", "--repeat", "4", "-o", "killed"]
    sweep = subprocess.Popen([place.vfsim, "sweep", "w.scn", *words], cwd=place.folder, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    while sweep.poll() is None and len(place.results(".json", "killed")) < 5:
        time.sleep(0.01)
    sweep.send_signal(signal.SIGKILL)
    check(sweep.wait() == -signal.SIGKILL, "the sweep was over before it could be killed")
    time.sleep(0.3)
    before = {path: os.stat(path).st_mtime_ns for path in place.results(".json", "killed")}
    time.sleep(0.3)
    check(len(place.results(".json", "killed")) == len(before), "runs go on when their sweep was killed")
    for path in before:
        with open(path, encoding="utf-8") as result:
            check(json.load(result)["verdict"] == "PASS", f"{path} is not whole")
    place.sweep(*words)
    check(all(os.stat(path).st_mtime_ns == then for path, then in before.items()), "a run with a result was made again")
    place.sweep(*words[:-1], "unbroken")
    check(place.tables("killed")[0] == place.tables("unbroken")[0], "a sweep that was killed has other rows")


def try_interrupt(place):
    """SIGTERM: said, without tables, and nothing half is kept."""
    words = ["--set", "size=64,512", "--repeat", "50", "-o", "stopped"]
    sweep = subprocess.Popen([place.vfsim, "sweep", "w.scn", *words], cwd=place.folder, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    while sweep.poll() is None and len(place.results(".json", "stopped")) < 3:
        time.sleep(0.01)
    sweep.terminate()
    said = sweep.communicate()[1]
    check(sweep.returncode == 128 + signal.SIGTERM, f"a terminated sweep ends with {sweep.returncode}")
    check("the same command goes on" in said, f"a terminated sweep says {said!r}")
    check(not place.results(".part", "stopped"), "parts of results stay behind")
    check(not os.path.exists(os.path.join(place.folder, "stopped", "sweep.csv")), "a terminated sweep makes tables")


def try_change(place):
    """Another text of the scenario: nothing old is taken for it, nothing old is lost."""
    place.sweep("--set", "size=64,512", "-o", "changed")
    first = place.results(".json", "changed")
    place.write(WORLD.replace("count 50", "count 60"))
    place.sweep("--set", "size=64,512", "-o", "changed")
    rows = rows_of(place.tables("changed")[0])
    check(all(r["flows.f.delivered"] == "60" for r in rows), "results of another scenario are taken")
    check(set(first) < set(place.results(".json", "changed")), "results of before are lost")
    place.write(WORLD)


def try_defaults(place):
    """`sweep` lines say what --set does not."""
    place.write(WORLD + "sweep size 64..256..64\nsweep rate 10K,20K\nsweep seeds 3\n")
    place.sweep("-o", "own")
    rows = rows_of(place.tables("own")[0])
    check(len(rows) == 4 * 2 * 3, f"the scenario's own sweep has {len(rows)} rows")
    check({r["size"] for r in rows} == {"64", "128", "192", "256"}, "a range with steps has other values")
    place.sweep("-o", "other", "--set", "rate=50K", "--repeat", "1")
    rows = rows_of(place.tables("other")[0])
    check(len(rows) == 4 and {r["rate"] for r in rows} == {"50K"}, "--set does not take a sweep line's place")
    check("--set" not in subprocess.run([place.vfsim, "run", "w.scn"], cwd=place.folder, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, check=True).stdout, "a run minds its sweep lines")
    place.write(WORLD)


def try_failures(place):
    """An expectation that fails makes a row and status 1; a world that can't be built an ERROR, which is tried again."""
    place.write(WORLD.replace("lost <= $most", "delivered <= $most"))
    place.sweep("--set", "most=0,50", "-o", "failed", code=1)
    verdicts = [r["verdict"] for r in rows_of(place.tables("failed")[0])]
    check(verdicts == ["FAIL", "PASS"], f"verdicts are {verdicts}")
    place.write(WORLD + "profile p$most.profile\n")
    for most in "01":
        shutil.copy(os.path.join(place.folder, "w.scn"), os.path.join(place.folder, f"p{most}.profile"))
    with open(os.path.join(place.folder, "p0.profile"), "w", encoding="utf-8") as out:
        out.write("")
    done = place.sweep("--set", "most=0,1", "-o", "error", code=2)
    check("most=1: " in done.stderr and "p1.profile" in done.stderr, f"a bad profile is told as {done.stderr!r}")
    verdicts = [r["verdict"] for r in rows_of(place.tables("error")[0])]
    check(verdicts == ["PASS", "ERROR"], f"a run without a world gives {verdicts}")
    with open(os.path.join(place.folder, "p1.profile"), "w", encoding="utf-8") as out:
        out.write("# mended\n")
    place.sweep("--set", "most=0,1", "-o", "error")
    place.write(WORLD)


MISTAKES = [
    (["--set", "size=64,abc"], "w.scn:11:"),
    (["--set", "size=64,,512"], "'' in the list '64,,512' is empty"),
    (["--set", "size=64,512,64"], "the value 64 is there twice"),
    (["--set", "size=9..1"], "'9..1' in the list '9..1' ends before it begins"),
    (["--set", "size=1..9..0"], "has steps of nothing"),
    (["--set", "sice=64,512"], "did you mean 'size'?"),
    ([], "nothing to sweep"),
    (["--repeat", "0"], "--repeat takes a number of seeds from 1"),
    (["--repeat", "x"], "--repeat takes a number of seeds from 1"),
    (["--set", "size=1..90000", "--set", "rate=1..90000"], "more than 1000000 runs"),
    (["--set", "size=64", "--only", "2"], "--only takes a number from 1 to 1"),
    (["--set", "size=64", "--jobs", "0"], "--jobs takes a number from 1"),
    (["--set", "size=64", "-o", "w.scn"], "w.scn"),
]
LINES = [
    ("sweep size", "its values, such as 1,2,4"),
    ("sweep size 1,,2", "is empty"),
    ("sweep sise 1,2", "did you mean 'size'?"),
    ("sweep size 1,2\nsweep size 3,4", "'size' is swept twice"),
    ("sweep seeds 0", "a number of seeds"),
    ("sweep size 64 65", "65"),
]


def try_mistakes(place):
    for words, said in MISTAKES:
        done = place.sweep(*words, code=2)
        check(said in done.stderr, f"sweep {' '.join(words)} says {done.stderr!r}")
        check(not place.results(".json"), f"sweep {' '.join(words)} ran something")
    for line, said in LINES:
        place.write(WORLD + line + "\n")
        done = place.sweep(code=2)
        check(said in done.stderr and "w.scn:1" in done.stderr, f"{line!r} says {done.stderr!r}")
    place.write(WORLD)


def try_paths(place):
    """Values that are no names of files."""
    place.write(WORLD + 'set path x\nprofile $path\n')
    os.makedirs(os.path.join(place.folder, "a b"), exist_ok=True)
    for name in ("../p.profile", "a b/p.profile"):
        with open(os.path.join(place.folder, name), "w", encoding="utf-8") as out:
            out.write("")
    place.sweep("--set", "path=../p.profile,a b/p.profile", "-o", "paths")
    rows = rows_of(place.tables("paths")[0])
    check([r["path"] for r in rows] == ["../p.profile", "a b/p.profile"], f"paths are {[r['path'] for r in rows]}")
    place.write(WORLD)


def try_show(place):
    text = place.sweep("--set", "size=64,512", "-o", "shown", "--show", "flows.*.bytes_sent,events").stdout
    check("bytes_sent" in text and "events" in text and "p99" not in text, f"--show shows {text!r}")
    text = place.sweep("--set", "size=64,512", "-o", "shown").stdout
    check("p99" in text and "same in every row" in text, f"the table is {text!r}")


def try_mpi(place, whole):
    """Two ranks with a folder in common, and two without."""
    launcher = ["mpirun", "--oversubscribe", "-n", "2"]
    place.sweep(*GRID, "-o", "ranks", launcher=launcher)
    check(place.tables("ranks") == whole, "two ranks make other rows")
    folders = [os.path.join(place.folder, f"rank{i}") for i in range(2)]
    words = []
    for folder in folders:
        os.makedirs(folder)
        shutil.copy(os.path.join(place.folder, "w.scn"), folder)
        words += [":"] if words else []
        words += ["-n", "1", "-wdir", folder, place.vfsim, "sweep", "w.scn", *GRID]
    done = subprocess.run(["mpirun", "--oversubscribe", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=300)
    check(done.returncode == 0, f"two ranks in folders of their own: {done.stderr}")
    if not done.returncode:
        apart = Place(place.vfsim, folders[0])
        check(apart.tables() == whole, "two ranks in folders of their own make other rows")
        check(not os.path.exists(os.path.join(folders[1], "w.sweep", "sweep.csv")), "each rank makes tables")


def main():
    vfsim = os.path.abspath(sys.argv[1])
    mpi = os.path.exists(os.path.join(os.path.dirname(vfsim), "vfsim-mpi.so")) and shutil.which("mpirun")
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(vfsim, os.path.join(folder, "w"))
        if sys.argv[2:] == ["mpi"]:
            if not mpi:
                print("skipped: vfsim was built without MPI (libopenmpi-dev), or mpirun is not there")
                return 77
            # What libmpi never frees is not ours.
            os.environ["LSAN_OPTIONS"] = os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
            place.sweep(*GRID)
            try_mpi(place, place.tables())
        else:
            try_mistakes(place)
            whole = try_order(place)
            try_spreads(place, whole)
            try_cores(place)
            try_kill(place, whole)
            try_interrupt(place)
            try_change(place)
            try_defaults(place)
            try_failures(place)
            try_paths(place)
            try_show(place)
    for what in wrong:
        print(what, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
