#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a command writes: never over an input or another output, never half, and never without a word when it can't.

usage: tests/cli_outputs.py VFSIM
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

VFSIM = os.path.abspath(sys.argv[1])
HERE = os.getcwd()
FLOW = """seed 7
switch tor
peer a on tor
peer b on tor
0 flow f from a to b size 128 rate 100K pps count 100
end expect f lost 0
"""
REPLAY = """profile {profile}
switch tor
peer a on tor
peer b on tor
0 replay {capture} as r from a to b
end expect r lost 0
"""
VM = """host h0
nic h0.vmnic0 model 82599 vfs 2
switch tor
link h0.vmnic0 tor
peer c on tor
vm web on h0 ram 16M shell linux net npa via h0.vmnic0 mac 02:00:00:00:00:0a
0 flow f from c to web size 128 rate 100K pps count 10
1ms {act}
end expect f lost 0
"""
LONG = """limit time 3600s
switch tor
peer a on tor
peer b on tor
0 flow f from a to b size 64 rate 1M pps until 3000s
1ms flow begun from a to b size 64 rate 1M pps count 1
end expect f lost 0
"""
BEGUN = "flow begun"  # what the trace says of LONG when a thousand frames are under way or there
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


def make(folder):
    """A folder with one of each kind of input, and links to them."""
    def put(name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)
    put("f.scn", FLOW)
    put("g.scn", FLOW)
    put("long.scn", LONG)
    put("own.profile", 'name "own"\n')
    put("vm.scn", VM.format(act="snapshot web to one.snap"))
    put("back.scn", VM.format(act="restore web from one.snap"))
    shutil.copy(os.path.join(HERE, "scenarios/http.pcap"), os.path.join(folder, "http.pcap"))
    put("replay.scn", REPLAY.format(profile="own.profile", capture="http.pcap"))
    os.mkdir(os.path.join(folder, "store"))
    build = os.path.dirname(VFSIM)
    shutil.copy(os.path.join(build, "plugins/ixgbevf.so"), os.path.join(folder, "store/ixgbevf.so"))
    shutil.copy(os.path.join(build, "guest/shell.elf"), os.path.join(folder, "shell.elf"))
    os.mkdir(os.path.join(folder, "snaps"))
    os.mkdir(os.path.join(folder, "caps"))
    shutil.copy(os.path.join(folder, "http.pcap"), os.path.join(folder, "caps/a.pcap"))
    put("caps.scn", REPLAY.format(profile="own.profile", capture="caps/a.pcap"))
    os.symlink("f.scn", os.path.join(folder, "soft.scn"))
    os.link(os.path.join(folder, "f.scn"), os.path.join(folder, "hard.scn"))
    os.symlink("nowhere.html", os.path.join(folder, "dangling.html"))
    os.symlink(".", os.path.join(folder, "same"))


def contents(folder):
    seen = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") if os.path.exists(path) else open(os.devnull, "rb") as data:
                seen[os.path.relpath(path, folder)] = data.read()
    return seen


def vfsim(folder, args, **more):
    return subprocess.run([VFSIM, *args], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **more)


# Arguments that are refused, and a word of the reason. @ is an absolute path of the folder.
CLASHES = [
    ("run --html f.scn g.scn f.scn", "--html would write over f.scn"),
    ("run --html ./f.scn f.scn", "--html would write over ./f.scn"),
    ("run --html @/f.scn f.scn", "which is an input: f.scn"),
    ("run --html same/f.scn f.scn", "which is an input"),
    ("run --html soft.scn f.scn", "which is an input: f.scn"),
    ("run --html f.scn soft.scn", "which is an input: soft.scn"),
    ("run --junit hard.scn f.scn", "which is an input: f.scn"),
    ("run --junit http.pcap replay.scn", "a capture to be replayed"),
    ("run --junit own.profile replay.scn", "the profile"),
    ("run --junit http.pcap f.scn replay.scn", "a capture to be replayed"),
    ("run --pcap caps f.scn caps.scn", "--pcap would write over caps/a.pcap"),
    ("run --html store/ixgbevf.so --plugins store vm.scn", "a plugin"),
    ("run --html shell.elf --guest-image shell.elf vm.scn", "the guest image"),
    ("run --html x.html --junit x.html f.scn", "--html and --junit would both write x.html"),
    ("run --html x.html --junit ./same/x.html f.scn", "--html and --junit would both write"),
    ("run --html dangling.html --junit nowhere.html f.scn", "--html and --junit would both write"),
    ("run --html new/a.pcap --pcap new f.scn", "--html and --pcap would both write"),
    ("run --pcap new f.scn g.scn", "--pcap would write new/a.pcap for more than one scenario"),
    ("run --snapshots snaps --html snaps/one.snap vm.scn", "--html and --snapshots would both write"),
    ("run --snapshots snaps --junit snaps/old.snap back.scn", "a snapshot to be put back"),
    ("run --accept --html f.out f.scn", "--html and --accept would both write f.out"),
    ("run --accept f.scn soft.scn same/f.scn", "--accept would write same/f.out for more than one scenario"),
    ("save f.scn --at 300us -o f.scn", "--output would write over f.scn"),
    ("save replay.scn --at 300us -o http.pcap", "a capture to be replayed"),
    ("save vm.scn --at 300us -o shell.elf --guest-image shell.elf", "the guest image"),
    ("restore world --html world", "--html would write over world"),
    ("restore replayed --junit http.pcap", "a capture to be replayed"),
    ("restore replayed --junit own.profile", "the profile"),
]


def clashes(folder):
    check(vfsim(folder, ["save", "f.scn", "--at", "300us", "-o", "world"]).returncode == 0, "no world to restore")
    check(vfsim(folder, ["save", "replay.scn", "--at", "300us", "-o", "replayed"]).returncode == 0, "no world to restore")
    check(vfsim(folder, ["run", "--snapshots", "snaps", "vm.scn"]).returncode == 0, "no snapshot to put back")
    os.rename(os.path.join(folder, "snaps/one.snap"), os.path.join(folder, "snaps/old.snap"))
    with open(os.path.join(folder, "back.scn"), "w", encoding="utf-8") as out:
        out.write(VM.format(act="restore web from old.snap"))
    before = contents(folder)
    for line, reason in CLASHES:
        done = vfsim(folder, line.replace("@", folder).split())
        check(done.returncode == 2, f"{line}: exit status {done.returncode}")
        check(reason in done.stderr, f"{line}: says {done.stderr!r}, not {reason!r}")
        check(not done.stdout, f"{line}: runs all the same")
        now = contents(folder)
        check(now == before, f"{line}: changed {sorted(k for k in now.keys() | before.keys() if now.get(k) != before.get(k))}")
    # Streams: the input is where the output goes.
    for line in ("run f.scn", "run --json f.scn", "check f.scn"):
        with open(os.path.join(folder, "f.scn"), "a", encoding="utf-8") as out:
            done = subprocess.run([VFSIM, *line.split()], cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
        if line.startswith("run"):
            check(done.returncode == 2 and "stdout goes to f.scn" in done.stderr, f"{line} >>f.scn: {done.returncode} {done.stderr!r}")
            check(contents(folder) == before, f"{line} >>f.scn: the scenario is another one")
    with open(os.path.join(folder, "f.scn"), "w", encoding="utf-8") as out:
        out.write(FLOW)
    with open(os.path.join(folder, "both"), "w", encoding="utf-8") as out:
        done = subprocess.run([VFSIM, "run", "--junit", "both", "f.scn"], cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True,
                              check=False)
        check(done.returncode == 2 and "stdout and --junit would both write both" in done.stderr, f">both --junit both: {done.stderr!r}")
    # And what loses nothing is allowed.
    for line in ("run --html /dev/null --junit /dev/null f.scn", "run --accept f.scn g.scn", "run --pcap new f.scn",
                 "run --html dangling.html f.scn", "run --accept --plugins . vm.scn"):
        done = vfsim(folder, line.split())
        check(done.returncode == 0, f"{line}: exit status {done.returncode}, {done.stderr!r}")
    check(os.path.islink(os.path.join(folder, "dangling.html")) and os.path.exists(os.path.join(folder, "nowhere.html")),
          "a link to nothing was replaced, not followed")


# What can't be written ends with 2 and says why; what was there before is untouched.
FULL = [
    "run f.scn", "run --json f.scn", "run --timeline f.scn", "check f.scn", "check f.scn g.scn", "regs 82599", "regs 82599 --json",
    "regs 82576 --vf", "plugin check store/ixgbevf.so", "plugin check store/ixgbevf.so --json", "restore world", "restore --json world",
    "--help", "--version", "help run", "run --help", "regs --help",
]


def full(folder):
    for line in FULL:
        with open("/dev/full", "wb") as out:
            done = subprocess.run([VFSIM, *line.split()], cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
        check(done.returncode == 2, f"{line} >/dev/full: exit status {done.returncode}")
        check(done.stderr.count("stdout can't be written to: No space left on device") == 1, f"{line} >/dev/full: {done.stderr!r}")
        done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", VFSIM, *line.split()], cwd=folder, stderr=subprocess.PIPE, text=True,
                              check=False)
        check(done.returncode == 2, f"{line} >&-: exit status {done.returncode}")
        check(done.stderr.count("stdout can't be written to: Bad file descriptor") == 1, f"{line} >&-: {done.stderr!r}")
    for line in ("run --html /dev/full f.scn", "run --junit /dev/full f.scn", "save f.scn --at 300us -o /dev/full",
                 "restore --html /dev/full world"):
        done = vfsim(folder, line.split())
        check(done.returncode == 2 and "/dev/full: No space left on device" in done.stderr, f"{line}: {done.returncode} {done.stderr!r}")
    # stderr itself is full: the reason can only go to stdout, or into the JSON.
    for args in (["run", "--trace", "all", "f.scn"], ["restore", "--trace", "all", "world"]):
        with open("/dev/full", "wb") as err:
            text = subprocess.run([VFSIM, *args], cwd=folder, stdout=subprocess.PIPE, stderr=err, text=True, check=False)
            data = subprocess.run([VFSIM, *args, "--json"], cwd=folder, stdout=subprocess.PIPE, stderr=err, text=True, check=False)
        reason = "the trace can't be written to stderr: No space left on device"
        check(text.returncode == 2 and text.stdout.endswith(f"error: {reason}\n"), f"{args}: {text.returncode} {text.stdout[-200:]!r}")
        check(data.returncode == 2 and reason in [e["text"] for e in json.loads(data.stdout)["errors"]], f"{args} --json")
    # A limit of file sizes is no death by signal.
    before = contents(folder)
    for line in ("run --html page.html f.scn", "run --junit small.xml f.scn", "save f.scn --at 300us -o small.world",
                 "run --pcap caps f.scn", "run --snapshots snaps vm.scn", "run --accept vm.scn"):
        done = vfsim(folder, line.split(), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
        check(done.returncode == 2 and "File too large" in done.stderr, f"{line}, ulimit -f: {done.returncode} {done.stderr!r}")
        check(contents(folder) == before, f"{line}, ulimit -f: left something behind")
    done = subprocess.run(["sh", "-c", '{ "$@"; echo $? >status; } | head -n 1', "sh", VFSIM, "regs", "82599"], cwd=folder,
                          capture_output=True, text=True, check=False)
    check(not done.stderr, f"regs | head: {done.stderr!r}")
    os.unlink(os.path.join(folder, "status"))


# What can't be opened is known before anything is run.
CLOSED = [
    ("run f.scn --html none/x", "--html can't be written: none/x: No such file or directory"),
    ("run f.scn --json=none/x", "--json can't be written: none/x"),
    ("run f.scn g.scn --junit none/x", "--junit can't be written: none/x"),
    ("run f.scn --html store", "--html can't be written: store: Is a directory"),
    ("run f.scn --html f.scn/x", "--html can't be written: f.scn/x: Not a directory"),
    ("run f.scn --html " + 300 * "x", "File name too long"),
    ("run f.scn --html x.html --junit none/x", "--junit can't be written: none/x"),
    ("run vm.scn --snapshots none", "--snapshots can't be written: none/one.snap"),
    ("run aside.scn --accept", "--accept can't be written: aside.out: Is a directory"),
    ("save f.scn --at 300us -o none/x", "--output can't be written: none/x"),
    ("restore world --html none/x", "--html can't be written: none/x"),
    ("restore world --json=none/x", "--json can't be written: none/x"),
    ("restore world --junit store", "--junit can't be written: store"),
]


def closed(folder):
    os.symlink("f.scn", os.path.join(folder, "aside.scn"))
    os.mkdir(os.path.join(folder, "aside.out"))
    before = contents(folder)
    for line, reason in CLOSED:
        done = vfsim(folder, line.split())
        check(done.returncode == 2 and reason in done.stderr, f"{line}: {done.returncode} {done.stderr!r}, not {reason!r}")
        check(not done.stdout, f"{line}: is run all the same")
        check(contents(folder) == before, f"{line}: left something behind")
    done = vfsim(folder, ["run", "--accept", "none/x.scn", "f.scn"])
    check(done.returncode == 2 and "verdict: PASS" in done.stdout, f"a scenario that is not there has no report: {done.stderr!r}")
    os.unlink(os.path.join(folder, "f.out"))


def read(folder, name):
    """A file's text; it is gone then."""
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        check(False, f"{name} was not written")
        return ""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    os.unlink(path)
    return text


def as_started():
    """In a child: no signal is ignored or blocked, as nohup or a background job would hand it on."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGPIPE,
                   signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def start(folder, args, prepare=as_started, **more):
    return subprocess.Popen([VFSIM, *args], cwd=folder, stdout=subprocess.PIPE, text=True, preexec_fn=prepare, **more)


def interrupt(folder, args, numbers, prepare=as_started):
    """Starts vfsim and sends it signals once LONG is under way; how it ends, and what it says."""
    with start(folder, [*args, "--trace", "scenario"], prepare, stderr=subprocess.PIPE) as process:
        heard = ""
        while BEGUN not in heard:
            line = process.stderr.readline()
            if not line:
                break  # it has ended
            heard += line
        for number in numbers:
            process.send_signal(number)
        out, err = process.communicate()
    return process.returncode, out, heard + err


def signals(folder):
    before = contents(folder)
    outputs = ["--pcap", "caps", "--html", "int.html", "--junit", "int.xml"]
    for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")):
        code, out, err = interrupt(folder, ["run", *outputs[2:], "long.scn", "f.scn"], [number])
        check(code == 128 + number, f"{name}: exit status {code}, {err!r}")
        check(f"\nverdict: PARTIAL, interrupted ({name}) at " in out and "not judged 1" in out, f"{name}: the text is not marked: {out!r}")
        check("next: " in out and "\n  f " in out, f"{name}: there is no report: {out!r}")
        text = read(folder, "int.xml")
        check(f'<error message="interrupted ({name}) at ' in text and "<skipped" in text and text.count("<testsuite ") == 2,
              f"{name}: the JUnit is not marked: {text}")
        check('class="verdict bad">PARTIAL<' in read(folder, "int.html"), f"{name}: the page is not marked")
        code, _, _ = interrupt(folder, ["run", *outputs, "long.scn"], [number])
        read(folder, "int.xml"), read(folder, "int.html")
        check(code == 128 + number, f"{name}, with captures: exit status {code}")
        check(contents(folder) == before, f"{name}: left {sorted(contents(folder).keys() - before.keys())}")
        code, out, err = interrupt(folder, ["run", "--json", "long.scn", "f.scn"], [number])
        partial, rest = json.loads(out)
        check(partial["verdict"] == "PARTIAL" and 0 < partial["sim_time_ns"] < 3000 * 10**9 and partial["flows"][0]["sent"] > 0 and
              partial["expectations"][0]["passed"] is None, f"{name}: the JSON is not marked")
        check(rest["verdict"] == "ERROR" and "not run" in rest["errors"][0]["text"], f"{name}: the second file is not there")
    # Others end vfsim as they always did, but nothing half-written stays.
    for number in (signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGPIPE):
        code, _, err = interrupt(folder, ["run", *outputs, "long.scn"], [number])
        check(code == -number, f"signal {number}: ended with {code}, {err!r}")
        check(contents(folder) == before, f"signal {number}: left {sorted(contents(folder).keys() - before.keys())}")
    # The CPU time that the shell allows is over: as a lack of anything else.
    code, _, err = interrupt(folder, ["run", *outputs, "long.scn"], [signal.SIGXCPU])
    check(code == 2 and "the CPU time that the shell allows is over (ulimit -t)" in err, f"SIGXCPU: ended with {code}, {err!r}")
    read(folder, "int.xml")
    check(contents(folder) == before, f"SIGXCPU: left {sorted(contents(folder).keys() - before.keys())}")
    # Ignored by who started us, as nohup does: not heard.
    def as_nohup():
        as_started()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    code, _, _ = interrupt(folder, ["run", *outputs, "long.scn"], [signal.SIGHUP, signal.SIGTERM], as_nohup)
    check(code == 128 + signal.SIGTERM, f"nohup: ended with {code}")
    read(folder, "int.html"), read(folder, "int.xml")
    check(contents(folder) == before, "nohup: something stays")


def pipes(folder):
    """A pipe can be read once; who waits for one that nobody fills can be ended."""
    os.mkfifo(os.path.join(folder, "pipe.pcap"))
    with open(os.path.join(folder, "pipe.scn"), "w", encoding="utf-8") as out:
        out.write(REPLAY.format(profile="own.profile", capture="pipe.pcap"))
    for line in ("run --paranoid pipe.scn", "save pipe.scn --at 1ms -o piped"):
        done = vfsim(folder, line.split())
        check(done.returncode == 2 and "pipe.pcap, a capture to be replayed, is no regular file" in done.stderr,
              f"{line}: {done.returncode} {done.stderr!r}")
    with start(folder, ["run", "pipe.scn"]) as process:
        shutil.copyfileobj(open(os.path.join(folder, "http.pcap"), "rb"), open(os.path.join(folder, "pipe.pcap"), "wb"))
        out = process.communicate()[0]
    whole = vfsim(folder, ["run", "replay.scn"])
    check(process.returncode == 0 and out.replace("pipe.", "replay.", 1).split("\n")[3:5] == whole.stdout.split("\n")[3:5],
          f"a capture from a pipe: {process.returncode} {out}")
    with start(folder, ["run", "--json", "pipe.scn", "f.scn"]) as process:
        end = writer_of(os.path.join(folder, "pipe.pcap"))
        process.send_signal(signal.SIGTERM)
        out = process.communicate()[0]
        os.close(end)
    check(process.returncode == -signal.SIGTERM, f"while it waits for a pipe: ended with {process.returncode}")
    check([r["verdict"] for r in json.loads(out)] == ["ERROR", "ERROR"], f"while it waits for a pipe: {out[-300:]}")


def writer_of(path):
    """The other end of a pipe that somebody is reading, or wants to."""
    while True:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        make(folder)
        clashes(folder)
        full(folder)
        closed(folder)
        signals(folder)
        pipes(folder)
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
