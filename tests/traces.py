#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The narrative trace of hosts, guests, switches, requests and the PF driver: how often each sentence is said in scenarios that take
every step of switches, migrations, plugs, policies and resets. traces.py VFSIM [--accept]; traces.txt beside this script has what is
accepted, without times, numbers and names, so that a cost may change and a sentence may not go unnoticed. Exits are left out: how
often a guest exits is a matter of its code."""
import collections
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import accepted  # noqa: E402

SCENARIOS = """01-midflow-switch 21-switch-fails 22-switch-out-fails 31-malicious-driver 67-migrate-fails 75-migrate-post-copy-fails
    81-upt-in-fails 87-vfio-fails 90-native-control 92-hotplug 94-bond-fails 101-policy-vm 135-pf-reset""".split()
NUMBER = re.compile(r"0x[0-9a-f]+|[0-9a-f]{2}(?::[0-9a-f]{2})+|\d[\d.,]*")


def sentences(vfsim, name):
    # the sentences come by the error stream; the report is not wanted
    run = subprocess.run([vfsim, "run", f"scenarios/{name}.scn", "--trace", "host,guest,switch,control,pf"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True, check=True)
    for line in run.stderr.splitlines():
        if not line.startswith("[") or " exit > " in line:
            continue
        _, sentence = line.split("] ", 1)
        yield NUMBER.sub("#", sentence.split(" > ", 1)[1])


def main():
    count = collections.Counter()
    for name in SCENARIOS:
        before = sum(count.values())
        count.update(sentences(sys.argv[1], name))
        if sum(count.values()) == before:
            sys.exit(f"{name} says nothing: no test of anything")
    return accepted.compare(__file__, (f"{n} {sentence}" for sentence, n in sorted(count.items())), "build-test/vfsim")


sys.exit(main())
