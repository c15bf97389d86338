#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the drivers write into the chips: of each 128 bytes of each function's registers, how often, and of a PF's a checksum over
registers and values in their order (a guest's values have addresses of its own). registers.py VFSIM [--accept]; registers.txt beside
this script has what is accepted. A driver that leaves a write out, or writes another value, is seen here where no frame tells."""
import re
import subprocess
import sys
import zlib

sys.dont_write_bytecode = True
import accepted  # noqa: E402

SCENARIOS = """01-midflow-switch 10-vf-reset 11-control-mac 13-control-multicast 46-second-chip-pools 90-native-control 93-bond 130-ethtool-pf
    131-ethtool-guest 132-two-ports 135-pf-reset 136-symmetric-view 151-upt-vf-reset 450-virtio-midflow""".split()
WRITE = re.compile(r"\] (\S+) > function ([0-9a-f]+) > write (BAR\d)\+0x([0-9a-f]+) = (0x[0-9a-f]+)")


def writes(vfsim, name):
    run = subprocess.run([vfsim, "run", f"scenarios/{name}.scn", "--trace", "pcie"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         text=True, check=True)
    count, total = {}, {}
    for line in run.stderr.splitlines():
        found = WRITE.search(line)
        if not found:
            continue
        nic, function, bar, register, value = found.groups()
        key = (nic, function, bar, int(register, 16) // 128 * 128)
        count[key] = count.get(key, 0) + 1
        total[key] = zlib.crc32(f"{register} {value}".encode(), total.get(key, 0))
    if not count:
        sys.exit(f"{name} writes nothing: no test of anything")
    for key in sorted(count):
        is_pf = int(key[1], 16) & 0x7f == 0
        yield f"  {key[0]} {key[1]} {key[2]}+{key[3]:05x}: {count[key]}" + (f", {total[key]:08x}" if is_pf else "")


def all_of(vfsim):
    for name in SCENARIOS:
        yield f"=== {name}"
        yield from writes(vfsim, name)


sys.exit(accepted.compare(__file__, all_of(sys.argv[1]), "build-test/vfsim"))
