#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""large_capture.py VFSIM MEGABYTES: a capture of so many megabytes is played in the memory of a small one, as it is and packed, and gives
the same report; so does a world that is saved in the middle of it and restored in another process.

Memory is held to a share of the capture's size beyond what a small one takes: a count of bytes, no time.
"""
import gzip
import lzma
import os
import pathlib
import resource
import struct
import subprocess
import sys
import tempfile

SCENARIO = """seed 1
switch tor latency 500ns
peer a on tor mac 02:00:00:00:01:01
peer b on tor mac 02:00:00:00:01:02
0 replay big.pcap as big from a to b
end expect big lost 0 duplicated 0 reordered 0
"""
SHARE = 4  # of the capture's size: at most one such part more than for a small one


def frame(to, source, length, number):
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length - 14, 0, 0, 64, 17, 0, bytes([10, 0, 0, source]), bytes([10, 0, 0, to]))
    total = sum(struct.unpack(">10H", ip))
    total = (total & 0xffff) + (total >> 16)
    total = ~((total & 0xffff) + (total >> 16)) & 0xffff
    ip = ip[:10] + struct.pack(">H", total) + ip[12:]
    udp = struct.pack(">HHHH", 5000, 5001, length - 34, 0)
    payload = struct.pack(">I", number) + bytes(length - 46)
    return bytes([2, 0, 0, 0, 0, to]) + bytes([2, 0, 0, 0, 0, source]) + b"\x08\x00" + ip + udp + payload


def records(megabytes):
    """Three large packets one way, a small one back, and so on."""
    written, number = 24, 0
    yield struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1)
    while written < megabytes << 20:
        number += 1
        data = frame(1, 2, 64, number) if number % 4 == 0 else frame(2, 1, 1400, number)
        yield struct.pack("<IIII", number // 500000, number % 500000 * 2000, len(data), len(data)) + data
        written += 16 + len(data)


def write(opener, folder, megabytes):
    folder.mkdir()
    (folder / "big.scn").write_text(SCENARIO)
    with opener(folder / "big.pcap") as out:
        block = []
        for record in records(megabytes):
            block.append(record)
            if len(block) == 1000:
                out.write(b"".join(block))
                block = []
        out.write(b"".join(block))


def run(vfsim, folder, *arguments):
    """(report, peak of resident memory in MB)"""
    child = subprocess.Popen([vfsim, *arguments], cwd=folder, stdout=subprocess.PIPE)
    report = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{vfsim} {' '.join(arguments)}: exit status {child.returncode}\n{report}")
    return report, usage.ru_maxrss // 1024


def main():
    vfsim, megabytes = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    failed = False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as scratch:
        scratch = pathlib.Path(scratch)
        write(lambda path: open(path, "wb"), scratch / "small", 1)
        _, small = run(vfsim, scratch / "small", "run", "big.scn")
        reports = {}
        for name, opener in (("plain", lambda path: open(path, "wb")), ("gzip", lambda path: gzip.open(path, "wb", 1)),
                             ("xz", lambda path: lzma.open(path, "wb", preset=0))):
            write(opener, scratch / name, megabytes)
            reports[name], peak = run(vfsim, scratch / name, "run", "big.scn")
            print(f"{name}: {peak} MB for {megabytes} MB of capture, {small} MB for 1 MB of it", flush=True)
            failed |= peak - small > megabytes // SHARE
            if name != "plain":
                (scratch / name / "big.pcap").unlink()
        run(vfsim, scratch / "plain", "save", "big.scn", "--at", "100ms", "-o", "saved")
        reports["restored"], peak = run(vfsim, scratch / "plain", "restore", "saved")
        print(f"restored: {peak} MB", flush=True)
        for name, report in reports.items():
            if report.splitlines()[-1:] and [l for l in report.splitlines() if not l.startswith("next:")] != \
                    [l for l in reports["plain"].splitlines() if not l.startswith("next:")]:
                print(f"{name}: another report\n{report}\n---\n{reports['plain']}")
                failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
