#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario's run says beside its accepted report, as checksums: the JSON and the page, the narrative trace, and, of a short
run, every trace and every captured frame.

  digests.py VFSIM --accept [NAME…]                    run these, or all, and accept what they say: digests.txt beside this script
  digests.py --compare NAME JSON PAGE TRACE CAPTURES   what came of it is what was accepted

A change that no accepted report tells is seen here; what it is, `vfsim run` of the commit before and of this one tell, by --json, --html,
--trace and --pcap. Addresses in a guest's code and memory, and digests of images, are the compiler's and linker's business, and are left
out.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ACCEPTED = HERE / "digests.txt"
SHORT_EVENTS = 60000  # of a longer run, all that a trace and captures say is too much for the quick tests
LONG_TRACE = "host,guest,switch,control,pf,scenario"
KINDS = ("report", "page", "trace", "captures")
CODE = re.compile(rb"\+0x[0-9a-f]+(?= in|\(| \()|(?<= at )0x[0-9a-f]+|0x[0-9a-f]{6,}|(?<=\"ram_hash\": \")[0-9a-f]+|(?<=\"ram_hash\":\")[0-9a-f]+|(?<=ram hash )[0-9a-f]+|\b[0-9a-f]{64}\b")

LIBRARY = re.compile(rb"<!--library-->.*?<!--/library-->", re.S)  # somebody else's, and not there in every build


def digest(data):
    return hashlib.sha256(CODE.sub(b"0x", data)).hexdigest()[:8]


def of_captures(folder):
    value = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        value.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return value.hexdigest()[:8]


def options(is_short_run, page, captures):
    """What `vfsim run` is given beside --json (run_scenario.sh has the same); the trace goes to its stderr."""
    return ["--html", page, "--trace", "all" if is_short_run else LONG_TRACE] + (["--pcap", captures] if is_short_run else [])


def seen(report, page, trace, captures):
    """{kind: digest}; what was not asked for is not there."""
    found = {"report": digest(report), "page": digest(LIBRARY.sub(b"", page)), "trace": digest(trace)}
    if captures.is_dir():
        found["captures"] = of_captures(captures)
    return found


def read():
    lines = [line.split() for line in ACCEPTED.read_text().splitlines() if line and line[0] != "#"] if ACCEPTED.exists() else []
    return {words[0]: dict(zip(words[1::2], words[2::2])) for words in lines}


def run(vfsim, name):
    with tempfile.TemporaryDirectory() as work:
        def once(short):
            page, captures = pathlib.Path(work, "page"), pathlib.Path(work, "captures")
            done = subprocess.run([vfsim, "run", f"scenarios/{name}.scn", "--json", *options(short, page, captures)],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=HERE.parent)
            if done.returncode:
                sys.exit(f"{name}: exit status {done.returncode}")
            return seen(done.stdout, page.read_bytes(), done.stderr, captures), done.stdout
        found, report = once(False)
        return once(True)[0] if json.loads(report)["events"] <= SHORT_EVENTS else found


def accept(vfsim, names):
    known = read()
    every = sorted(path.stem for path in (HERE.parent / "scenarios").glob("*.scn"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        todo = names or every
        for name, found in zip(todo, pool.map(lambda n: run(os.path.abspath(vfsim), n), todo)):
            known[name] = found
    text = "# What each scenario's run says beside its report, as checksums: digests.py.\n"
    for name in every:
        if name in known:
            text += " ".join([name] + [f"{kind} {known[name][kind]}" for kind in KINDS if kind in known[name]]) + "\n"
    ACCEPTED.write_text(text)
    return 0


def compare(name, report, page, trace, captures):
    known = read().get(name)
    if not known:
        print(f"{name}: tests/digests.txt does not know it; tests/digests.py VFSIM --accept {name}")
        return 1
    found = seen(report.read_bytes(), page.read_bytes(), trace.read_bytes(), captures)
    different = [kind for kind in KINDS if found.get(kind) != known.get(kind)]
    if different:
        print(f"{name}: {', '.join(different)}: not as accepted in tests/digests.txt; what is other, two builds' --json, --html, --trace "
              f"and --pcap tell. Meant? Then: tests/digests.py VFSIM --accept {name}")
    return 1 if different else 0


def main():
    if sys.argv[1] == "--compare":
        return compare(sys.argv[2], *map(pathlib.Path, sys.argv[3:]))
    return accept(sys.argv[1], sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
