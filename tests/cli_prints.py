#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What no scenario's report says and a user reads: register tables, ladders in the text, help, and reports of runs that fail, that end
early, or are given other seeds and variables, as checksums. cli_prints.py VFSIM [--accept]; cli_prints.txt beside this script has what
is accepted. What is other, the command itself tells, of two builds."""
import concurrent.futures
import os
import re
import subprocess
import sys
import zlib

sys.dont_write_bytecode = True
import accepted  # noqa: E402

LADDERS = "01-midflow-switch 31-malicious-driver 60-migrate-idle 67-migrate-fails 74-migrate-post-copy 92-hotplug 153-vfio-native-fails".split()
OTHERS = "01-midflow-switch 08-ring-full 13-control-multicast 42-rss 56-rfc2889-devices 202-all-that-is-kept".split()
BAD = """title "what fails"
seed 3
set n {n}
limit time {limit}
host h0
nic h0.n0 model {model} vfs 2
switch tor
link h0.n0 tor
peer a on tor mac 02:00:00:00:00:01 rate 1G queue 4
vm w on h0 ram 16M shell linux net npa via h0.n0 mac 02:00:00:00:00:0a
* w > {sentence}
1ms flow f from a to w size 128 rate {rate} pps count $n
1ms flow g from w to a size 1518 rate 50K pps count 30
3ms switch w to passthrough
end expect f lost {lost} delivered = $n blackout < 10us
end expect switch w 1 {how}
end expect w {where}
end expect drops total = {drops}
"""
USUAL = {"n": 100, "limit": "1s", "model": "82599", "sentence": "data path*VF", "rate": "100K", "lost": 0, "how": "done",
         "where": "passthrough", "drops": 0}
WAYS = [{}, {"n": 1}, {"limit": "2ms"}, {"limit": "50ms"}, {"model": "82576"}, {"model": "upt"}, {"sentence": "nothing of the kind"},
        {"rate": "9M", "n": 5000}, {"lost": 7}, {"how": "undone"}, {"how": 'failed reason "no such thing"'}, {"where": "emulated"},
        {"drops": 12}, {"n": 3000, "rate": "2M", "where": "ended", "lost": "> 9"}]


def commands():
    """(what is told, arguments, input, exit statuses)."""
    for verb in ("", "init", "run", "check", "save", "restore", "regs", "plugin", "models", "reasons", "help", "completion", "syntax"):
        yield f"{verb} --help", [*verb.split(), "--help"], "", (0,)
    for chip in ("82599", "82576", "upt", "regular", "vmxnet3"):
        for which in ([], ["--pf"], ["--vf"], ["--json"]):
            yield f"regs {chip} {' '.join(which)}", ["regs", chip, *which], "", (0, 2)
    for name in LADDERS:
        for how in ("ascii", "unicode"):
            yield f"{name} --timeline={how}", ["run", f"scenarios/{name}.scn", f"--timeline={how}"], "", (0,)
    for name in OTHERS:
        yield f"{name} --seed 77", ["run", f"scenarios/{name}.scn", "--seed", "77", "--json"], "", (0, 1)
    for way in WAYS:
        text = BAD.format(**{**USUAL, **way})
        for how in ([], ["--json"], ["--trace", "scenario,switch"]):
            yield f"{way} {' '.join(how)}", ["run", "-", *how], text, (0, 1, 2)


def told(vfsim, command):
    name, arguments, text, good = command
    done = subprocess.run([vfsim, *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          cwd=os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    if done.returncode not in good:
        sys.exit(f"vfsim {' '.join(arguments)}: exit status {done.returncode}: {done.stderr[-2000:]}")
    said = re.sub(r"\+0x[0-9a-f]+|0x[0-9a-f]{6,}|\b[0-9a-f]{64}\b", "#", done.stdout + "\n" + done.stderr)
    return f"{name.strip()}: {done.returncode} {len(said.splitlines())} lines {zlib.crc32(said.encode()):08x}"


def all_of(vfsim):
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield from pool.map(lambda command: told(vfsim, command), commands())


sys.exit(accepted.compare(__file__, all_of(os.path.abspath(sys.argv[1])), "build-test/vfsim"))
