#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases with guests of QEMU, one after the other. Started by tools/test-qemu, which has made what they need.

usage: tests/qemu/run.py --vfsim FILE --folder DIR [--keep] [CASE…] | --list
"""
import argparse
import importlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import machine

CASE_SECONDS = 300
SKIP = 77
PARTS = ("cases_traffic", "cases_operator", "cases_life", "cases_iommu", "cases_dpdk", "cases_ci", "cases_npa")


def cases():
    """{name: (function, sentence)} in order."""
    found = {}
    for part in PARTS:
        for name, function in importlib.import_module(part).CASES.items():
            found[name] = (function, function.__doc__.strip().splitlines()[0])
    return found


def overdue(_signal, _frame):
    raise machine.Failure("the case did not come to its end")


def accelerator(args):
    """What runs guests: KVM, where it can; there are machines whose KVM ends at an instruction of Debian's kernel."""
    why = "/dev/kvm can't be had"
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        with tempfile.TemporaryDirectory(prefix="vfsim-qemu.") as folder:
            place = machine.Place(folder, args.vfsim, args.folder, "kvm")
            try:
                with machine.Guest(place, "probe"):
                    return "kvm"
            except machine.Failure as failure:
                why = f"the KVM of this machine does not boot Debian's kernel ({failure})"
            finally:
                place.end()
    print(f"test-qemu: {why}: guests are emulated, and all takes longer", flush=True)
    machine.SLOWER = 4
    return "tcg"


def run_one(name, function, args, accel):
    folder = tempfile.mkdtemp(prefix="vfsim-qemu.")
    place = machine.Place(folder, args.vfsim, args.folder, accel)
    begun, result = time.monotonic(), "passed"
    signal.alarm(CASE_SECONDS * machine.SLOWER)
    try:
        said = function(place) or ""
    except machine.Unavailable as why:
        result, said = "skipped", str(why)
    except (machine.Failure, OSError, ValueError, KeyError, IndexError) as why:
        result, said = "FAILED", f"{type(why).__name__ if not isinstance(why, machine.Failure) else ''} {why}".strip()
    finally:
        signal.alarm(0)
        place.end()
    print(f"{result:8}{name} ({time.monotonic() - begun:.0f} s): {said}", flush=True)
    if result == "FAILED" or args.keep:
        print(f"        consoles and reports: {folder}", flush=True)
    else:
        shutil.rmtree(folder)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--vfsim", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("case", nargs="*")
    args = parser.parse_args()
    known = cases()
    if args.list:
        for name, (_, sentence) in known.items():
            print(f"{name:16}{sentence}")
        return 0
    chosen = [name for name in known if not args.case or any(name.startswith(c) for c in args.case)]
    if not chosen:
        print(f"test-qemu: no case begins with {' or '.join(args.case)}: --list", file=sys.stderr)
        return 2
    args.vfsim = args.vfsim.resolve()
    signal.signal(signal.SIGALRM, overdue)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    accel = accelerator(args)
    results = [run_one(name, known[name][0], args, accel) for name in chosen]
    count = {r: results.count(r) for r in ("passed", "FAILED", "skipped")}
    print(f"{count['passed']} passed, {count['FAILED']} failed, {count['skipped']} skipped")
    return 1 if count["FAILED"] else 0 if count["passed"] else SKIP


if __name__ == "__main__":
    sys.exit(main())
