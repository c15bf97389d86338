#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests in processes of their own (sim/external), without a kernel: fake_kernel.c stands in for one, good or misbehaving.

usage: tests/linux/fake_kernel.py VFSIM FAKE
"""
import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

WORLD = """seed {seed}
host h0 cores 4
nic h0.vmnic0 model 82599 vfs 4
switch tor rate 10G
link h0.vmnic0 tor
vm web on h0 kernel uml path vf via vmnic0 mac 02:00:00:00:00:0a {option}
limit time 8s
"""
UNUSED = "end expect hotplug web 1 unused\n"

# What its process does, by its mode or by a command it is given, and how its VM ends.
ENDINGS = [
    ("ends", "", "its process has ended; it said: Kernel panic - not syncing: it ends at once"),
    ("other-calendar", "", "its kernel speaks another protocol (operation 99 of the calendar)"),
    ("other-device", "", "its kernel speaks another protocol (request 77 of vhost-user)"),
    ("two-memories", "", "its kernel's memory is not in one piece"),
    ("large-memory", "", "its kernel's memory of 2147487744 bytes cannot be mapped"),
    ("no-queue", "", "its kernel has a queue of 0 entries"),
    ("wild-ring", "", "a queue of its kernel points outside its memory"),
    ("nonsense", '0 try exec web "true"\n', "its first program says what nobody understands"),
    ("good", '0 try exec web "panic"\n', "its process has ended; it said: Kernel panic - not syncing: as it was told"),
]

# Lines that such a VM can't be meant by, and what they are told.
MISTAKES = [
    ("1ms migrate web to h0", "'web' runs a kernel of its own"),
    ("1ms suspend web", "'web' runs a kernel of its own"),
    ("1ms snapshot web to x.snap", "'web' runs a kernel of its own"),
    ("1ms switch web to passthrough", "'web' runs a kernel of its own"),
    ("1ms guest web hang", "'web' runs a kernel of its own"),
    ("1ms hotplug web remove vf", "'web' runs a kernel of its own"),
    ("1ms reset web vf", "'web' runs a kernel of its own"),
    ("vm x on h0 kernel uml path bond", "a 'path vf', a 'path pf', a 'path emulated' or a 'path npa'"),
    ("vm x on h0 kernel uml shell linux net vf", "or a 'shell linux net npa'"),
    ("vm x on h0 kernel uml shell windows net npa", "or a 'shell linux net npa'"),
    ("vm x on h0 kernel uml app echo", "no app of ours"),
    ("vm x on h0 kernel uml shell linux net plain\n1ms switch x to passthrough", "'x' runs a kernel of its own"),
    ("vm x on h0 kernel uml path npa\n1ms guest x hang", "'x' runs a kernel of its own"),
    ("vm x on h0 kernel uml path npa", "no NPA shell for 'kernel uml' in"),
    ("vm x on h0 kernel windows", "'windows' is no kernel of a VM"),
    ("vm x on h0 path pf", "'path pf' is for a kernel that has a driver of a PF: add 'kernel uml'"),
    ("vm x on h0 kernel uml path pf vf 1", "leave out 'vf'"),
    ("vm x on h0 kernel uml path pf\nvm y on h0 kernel uml path pf", "the PF of 'h0.vmnic0' is driven by 'x' already"),
    ("vm x on h0 kernel uml path pf\nvm y on h0", "the PF of 'h0.vmnic0' is driven by 'x': beside it"),
    ("vm x on h0 kernel uml path pf\n1ms ip link set h0.vmnic0 vf 0 trust on", "driven by 'x' (path pf): say it there"),
    ("vm x on h0 kernel uml path pf\n1ms reset h0.vmnic0 pf", "driven by 'x' (path pf): say it there"),
    ("nic h0.large model 82599 vfs 8\nvm x on h0 kernel uml path pf via large", "sees 7 VFs at most, and 'h0.large' has 8"),
    ('vm x on h0\n1ms exec x "true"', "'x' has no shell for commands"),
    ("1ms exec web true false", "'false' is too much"),
    ("end expect exec web 1 status 0", "no line is command 1 of 'web'"),
]


class Bench:
    def __init__(self, vfsim, fake, folder):
        self.vfsim, self.fake, self.folder, self.wrong = vfsim, fake, pathlib.Path(folder), []

    def kernel(self, mode):
        home = self.folder / mode
        home.mkdir(exist_ok=True)
        shutil.copy(self.fake, home / "linux")
        (home / "initramfs").touch()
        (home / "mode").write_text(mode)
        return home

    def run(self, mode, text, option="", seed=1, verb="run"):
        file = self.folder / "world.scn"
        file.write_text(WORLD.format(seed=seed, option=option) + text)
        env = dict(os.environ, VFSIM_UML=str(self.kernel(mode) if mode else self.folder / "nowhere"))
        args = [self.vfsim, verb, str(file)] + (["--json"] if verb == "run" else [])
        return subprocess.run(args, capture_output=True, text=True, env=env, check=False, timeout=600)

    def hold(self, what, holds, seen):
        if not holds:
            self.wrong.append(f"{what}: {seen}")


def commands(done):
    return {c["command"]: c for c in json.loads(done.stdout)["commands"]}


def check_good(bench):
    text = UNUSED + '0 exec web "lspci"\n1ms exec web "chance"\n2ms exec web "exit 3"\n3ms exec web "env"\n' \
        "end expect exec web 3 status 3\nend expect exec web 1 prints \"id 10ed8086 * bar0 size\"\n"
    first, again, other = bench.run("good", text), bench.run("good", text), bench.run("good", text, seed=2)
    bench.hold("a good kernel", first.returncode == 0, first.stdout[-600:] + first.stderr)
    bench.hold("twice", first.stdout == again.stdout, "two runs differ")
    said, elsewhere = commands(first), commands(other)
    bench.hold("the VF's config space", said["lspci"]["output"] ==
               ["id 10ed8086 command 0006 bar0 size 00003ffc now f0000004 rom 00000000 status 00000000"], said["lspci"])
    bench.hold("an access takes no time", said["lspci"]["took_ns"] == 0, said["lspci"])
    bench.hold("chance comes from the seed", said["chance"]["output"] != elsewhere["chance"]["output"], said["chance"])
    bench.hold("nothing of this machine", said["env"]["output"] == ["HOME", "LD_PRELOAD", "VFSIM_UML_SEED"], said["env"])
    silent = bench.run("good", UNUSED + '0 exec web "silence"\n')
    bench.hold("a command without end", "unfinished" in silent.stdout and silent.returncode == 1, silent.stdout[-600:])


def check_endings(bench):
    for mode, line, reason in ENDINGS:
        done = bench.run(mode, line + "end expect web ended\nend expect hotplug web 1 forced\n")
        ends = [vm["end"] if "end" in vm else str(vm) for vm in json.loads(done.stdout)["vms"]]
        bench.hold(f"{mode} {line.strip()}", reason in done.stdout and done.returncode == 0, f"{ends} {done.stdout[-700:]}")


def check_mistakes(bench):
    for text, message in MISTAKES:
        done = bench.run("good", text + "\n", verb="check")
        bench.hold(text, done.returncode == 2 and message in done.stdout + done.stderr, done.stdout + done.stderr)
    done = bench.run(None, "")
    told = re.search(r"world\.scn:6:4: no kernel for 'kernel uml' in .*: tools/uml-kernel builds one", done.stdout + done.stderr)
    bench.hold("no kernel", told and done.returncode == 2, done.stdout + done.stderr)
    file = bench.folder / "saved"
    env = dict(os.environ, VFSIM_UML=str(bench.kernel("good")))
    (bench.folder / "world.scn").write_text(WORLD.format(seed=1, option=""))
    done = subprocess.run([bench.vfsim, "save", "--at", "1s", "-o", str(file), str(bench.folder / "world.scn")], capture_output=True,
                          text=True, env=env, check=False)
    bench.hold("a saved world", done.returncode == 2 and "it can't be saved" in done.stderr, done.stderr)


def check_leftovers(bench):
    """Folders of simulators that were killed go; those of one that runs, and one that is being made, stay."""
    left, held, fresh = (pathlib.Path(tempfile.mkdtemp(prefix="vfsim-uml-", dir="/tmp")) for _ in range(3))
    for folder in (left, held):
        (folder / "owner").touch()
    (left / "log").write_text("its last words")
    with open(held / "owner", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        bench.run("good", UNUSED)
        bench.hold("what a killed one left", not left.exists(), f"{left} is there")
        bench.hold("what is another's", held.exists() and fresh.exists(), "is gone")
    for folder in (left, held, fresh):
        shutil.rmtree(folder, ignore_errors=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], sys.argv[2], folder)
        check_good(bench)
        check_endings(bench)
        check_mistakes(bench)
        check_leftovers(bench)
    for wrong in bench.wrong:
        print(wrong)
    sys.exit(1 if bench.wrong else 0)


main()
