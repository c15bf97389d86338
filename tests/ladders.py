#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who says what to whom, in the order in which it is said: the arrows of the timeline, of scenarios that take every step of switches,
migrations, plugs and rollouts well and badly. ladders.py JSONDIR [--accept]: the runs' JSON lies in JSONDIR; ladders.txt beside this script has
what is accepted, without times and numbers, so that a model's cost may change and an arrow may not go unnoticed."""
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import accepted  # noqa: E402

SCENARIOS = """01-midflow-switch 21-switch-fails 22-switch-out-fails 31-malicious-driver 65-migrate-npa 67-migrate-fails 73-migrate-uplink-fails
    75-migrate-post-copy-fails 77-migrate-npa-chain 80-upt-midflow 81-upt-in-fails 82-upt-out-fails 86-vfio-migrate 87-vfio-fails 92-hotplug 95-migrate-bond
    96-migrate-bond-guest 98-migrate-bond-fails 101-policy-vm 120-compare 153-vfio-native-fails 462-plugin-replaced 463-rollout
    464-rollout-trouble 467-rollouts-meet""".split()


def arrows(timeline):
    before = None
    for message in timeline["messages"]:
        arrow = f"  {message['from']} -> {message['to']}: " + re.sub(r"0x[0-9a-f]+|\d+", "#", message["what"])
        if arrow != before: # what is said of each frame, or each page, is said once here
            yield arrow
        before = arrow


def all_of(folder):
    """An arrow is told where it follows another one for the first time; how many arrows a ladder has is always told."""
    seen = set()
    for name in SCENARIOS:
        yield f"=== {name}"
        for timeline in json.loads((folder / f"{name}.json").read_text())["timeline"]:
            title, found = f"{timeline['kind']} of {timeline['vm'] or 'nobody'}", list(arrows(timeline))
            plain = [re.sub(r"h#\.vmnic#|h#|(shell|plugin|app) \w+", r"\1", re.sub(r"\d+", "#", arrow)) for arrow in found]
            yield f"{title}: {len(found)} arrows"
            for pair, arrow in zip(zip([""] + plain, plain), found):
                if pair not in seen:
                    yield arrow
                seen.add(pair)


sys.exit(accepted.compare(__file__, all_of(pathlib.Path(sys.argv[1])), "build-test/json", context=4))
