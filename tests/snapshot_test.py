#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A snapshot taken in one process goes on in another: the same memory, the same bytes on the wire from there on. And what
can be wrong with a file is said.

usage: snapshot_test.py VFSIM"""
import json
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TAKE, PUT = (os.path.join(HERE, "snapshot", name) for name in ("take.scn", "put.scn"))
VFSIM = os.path.abspath(sys.argv[1])


def run(scenario, folder, *more, code=0):
    args = [VFSIM, "run", scenario, "--json", "--snapshots", folder, *more]
    done = subprocess.run(args, capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{' '.join(args)}: status {done.returncode}, not {code}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout) if code == 0 else done.stderr


def frames(path):
    """(time in ns, bytes) of each packet of a pcap with nanoseconds."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:4] == b"\x4d\x3c\xb2\xa1", "a pcap with nanoseconds, little-endian"
    at, found = 24, []
    while at < len(data):
        sec, ns, length, _ = struct.unpack_from("<IIII", data, at)
        found.append((sec * 1000000000 + ns, data[at + 16:at + 16 + length]))
        at += 16 + length
    return found


def check(condition, what):
    if not condition:
        sys.exit(f"snapshot_test.py: {what}")


def goes_on(folder, taken, name, record):
    """Without a snapshot's file there is nothing to go on from; with it, the tail of the first run's frames comes out."""
    pcap = os.path.join(folder, "put-" + name)
    report = run(PUT, folder, "--set", f"file={name}", "--pcap", pcap)
    put = report["standstills"][0]
    check(put["ram_hash"] == record["ram_hash"], f"{name}: memory {put['ram_hash']} was put back, {record['ram_hash']} kept")
    went = [b for t, b in frames(os.path.join(pcap, "client.pcap"))]
    before = [b for t, b in taken if t < record["start_ns"]]
    after = [b for t, b in taken][len(taken) - len(went):]
    check(went == after, f"{name}: other bytes came out than in the run in which the VM stayed")
    check(0 <= len(taken) - len(went) - len(before) <= 3, f"{name}: {len(went)} frames of {len(taken)} came out, "
          f"{len(before)} had before")
    return len(went)


def refused(folder, name, words, *more):
    said = run(PUT, folder, "--set", f"file={name}", *more, code=2)
    check(words in said and "put.scn:13:" in said, f"{name}: '{words}' was to be said, in its place, but it was: {said}")


def spoil(folder, name, change):
    with open(os.path.join(folder, "vf.snap"), "rb") as f:
        data = bytearray(f.read())
    data = change(data)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def with_byte(data, at, value):
    data[at] = value
    return data


def main():
    with tempfile.TemporaryDirectory() as folder:
        report = run(TAKE, folder, "--pcap", os.path.join(folder, "take"))
        taken = frames(os.path.join(folder, "take", "client.pcap"))
        check(len(taken) == 8000, f"{len(taken)} frames came out of the first run")
        counts = [goes_on(folder, taken, r["file"], r) for r in report["standstills"]]
        again = run(TAKE, os.path.join(folder))
        check(again["standstills"] == report["standstills"], "the same run twice keeps the same memory")
        whole = run(PUT, folder)
        check(run(PUT, folder, "--paranoid=9973") == whole, "a world that is rebuilt all the time goes on otherwise")
        for at in ("3ms", "9ms", "15ms", "50ms"): # its file is being read, and later
            half = os.path.join(folder, "half.world")
            subprocess.run([VFSIM, "save", PUT, "--at", at, "-o", half, "--snapshots", folder], check=True, capture_output=True)
            done = subprocess.run([VFSIM, "restore", half, "--json"], check=True, capture_output=True, text=True)
            check(json.loads(done.stdout) == whole, f"a world that was saved at {at} goes on otherwise")
        spoil(folder, "changed.snap", lambda d: with_byte(d, len(d) // 2, d[len(d) // 2] ^ 1))
        refused(folder, "changed.snap", "damaged")
        spoil(folder, "short.snap", lambda d: d[:-100])
        refused(folder, "short.snap", "damaged")
        spoil(folder, "head.snap", lambda d: d[:40])
        refused(folder, "head.snap", "damaged")
        spoil(folder, "long.snap", lambda d: d + b"x")
        refused(folder, "long.snap", "damaged")
        spoil(folder, "new.snap", lambda d: with_byte(d, 24, 9))
        refused(folder, "new.snap", "version 9 of the format; this vfsim reads version 2")
        spoil(folder, "arm.snap", lambda d: d[:32] + b"aarch64".ljust(16, b"\0") + d[48:])
        refused(folder, "arm.snap", "taken on a aarch64 processor")
        spoil(folder, "build.snap", lambda d: with_byte(d, 60, d[60] ^ 1))
        refused(folder, "build.snap", "written by another build of vfsim (")
        spoil(folder, "empty.snap", lambda d: b"")
        refused(folder, "empty.snap", "not a snapshot that vfsim took")
        refused(folder, "take/client.pcap".replace("/", "-"), "there is no snapshot")
        world = os.path.join(folder, "world.snap")
        subprocess.run([VFSIM, "save", TAKE, "--at", "5ms", "-o", world], check=True, capture_output=True)
        refused(folder, "world.snap", "a whole world")
        refused(folder, "vf.snap", "bytes of RAM is 8388608", "--set", "ram=16M")
        print(f"went on with {counts} of {len(taken)} frames")


main()
