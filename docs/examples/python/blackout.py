#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long is a flow dark when its VM leaves emulation for a VF, and what is lost, by the order of the switch's steps?

usage: blackout.py [SCENARIO-FOLDER]     (/usr/share/vfsim/scenarios)
"""
import sys

import vfsim

try:
    from pandas import DataFrame
except ImportError:
    DataFrame = None


def table(rows):
    """A list of dataclasses is what pandas takes; without it the same in plain text."""
    if DataFrame is not None:
        return DataFrame(rows).to_string(index=False)
    names = list(rows[0].__dataclass_fields__)
    return "\n".join(["  ".join(names)] + ["  ".join(str(getattr(row, name)) for name in names) for row in rows])


def around(series, middle, intervals=3):
    """The intervals before and behind a moment."""
    at = next((i for i, row in enumerate(series) if row.begin + row.width > middle), 0)
    return series[max(0, at - intervals):at + intervals + 1]


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/vfsim/scenarios"
    for name in ("02-naive-order", "03-safe-order"):
        with vfsim.World.read(f"{folder}/{name}.scn") as world:
            world.run()
            print(f"{name}: {world.verdict}, {world.now / vfsim.MS:.1f} ms simulated")
            for flow in world.flows():
                print(f"  {flow.name}: {flow.sent} sent, {flow.lost} lost, dark for {flow.blackout / vfsim.US:.1f} us "
                      f"from {flow.blackout_at / vfsim.MS:.3f} ms on")
            for loss in world.losses():
                print(f"  {loss.frames} of {loss.flow}: {loss.reason} ({loss.meaning})")
            flow = world.flows()[0]
            print(table(around(world.series(flow.name), flow.blackout_at)))


if __name__ == "__main__":
    main()
