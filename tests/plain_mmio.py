#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stores of a plugin to registers that become jumps leave the same report, trace and saved worlds as those that trap each time.

The plugin that stores plainly is put in place of the 57712's own: so scenarios with switches, migrations and resets run with it. Each
runs with and without --plain-mmio; is cut into pieces; is saved in mid-run either way, to the same bytes, and goes on either way.

usage: plain_mmio.py VFSIM     (the build's plugins lie beside it, in plugins/)
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

VFSIM = os.path.abspath(sys.argv[1])
STORE = os.path.join(os.path.dirname(VFSIM), "plugins")
SCENARIOS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scenarios")
RUN = ["441-bnx2x-migrate", "444-bnx2x-as-published", "445-bnx2x-limits", "446-bnx2x-jumbo", "447-bnx2x-slow-guest"]
CUT = [("445-bnx2x-limits", "997"), ("446-bnx2x-jumbo", "1@121.2ms-121.6ms"), ("447-bnx2x-slow-guest", "31@200ms-207ms")]
SAVED = [("441-bnx2x-migrate", ("300.5ms", "902.7ms", "1.05s")), ("446-bnx2x-jumbo", ("121.23ms", "150ms"))]
wrong = []


def vfsim(store, *args):
    return subprocess.run([VFSIM, args[0], "--plugins", store, *args[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def same(one, other, what):
    if not one or one != other:
        wrong.append(f"{what}: {len(one)} and {len(other)} bytes, not the same")


def path_of(name):
    return os.path.join(SCENARIOS, name + ".scn")


def runs(store):
    for name in RUN:
        jumps, traps = (vfsim(store, "run", path_of(name), "--json", "--trace", "all", *plain) for plain in ([], ["--plain-mmio"]))
        same(jumps.stdout, traps.stdout, f"{name}, report")
        same(hashlib.sha256(jumps.stderr).digest(), hashlib.sha256(traps.stderr).digest(), f"{name}, trace")
        if jumps.returncode != 0:
            wrong.append(f"{name}: exit status {jumps.returncode}")


def cuts(store):
    for name, every in CUT:
        whole, jumps, traps = (vfsim(store, "run", path_of(name), *options).stdout
                               for options in ([], [f"--paranoid={every}"], [f"--paranoid={every}", "--plain-mmio"]))
        same(whole, jumps, f"{name} --paranoid={every}")
        same(whole, traps, f"{name} --paranoid={every} --plain-mmio")


def saved(store, folder):
    for name, times in SAVED:
        whole = vfsim(store, "run", path_of(name)).stdout
        for at in times:
            worlds = [os.path.join(folder, kind) for kind in ("jumps", "traps")]
            for world, plain in zip(worlds, ([], ["--plain-mmio"])):
                done = vfsim(store, "save", path_of(name), "--at", at, "-o", world, *plain)
                if done.returncode != 0:
                    wrong.append(f"{name} saved at {at}: {done.stderr!r}")
            with open(worlds[0], "rb") as one, open(worlds[1], "rb") as other:
                same(one.read(), other.read(), f"{name}, saved at {at}")
            for world, plain in ((worlds[0], ["--plain-mmio"]), (worlds[1], [])):
                same(whole, vfsim(store, "restore", world, *plain).stdout, f"{name}, saved at {at} and restored {plain}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        shutil.copytree(STORE, store)
        shutil.copy(os.path.join(store, "bnx2x-as-published.so"), os.path.join(store, "bnx2x.so"))
        runs(store)
        cuts(store)
        saved(store, folder)
    for text in wrong:
        print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
