# SPDX-License-Identifier: GPL-2.0-or-later
"""vfsim: worlds of SR-IOV NICs, their VFs and the VMs that use them.

    import vfsim
    with vfsim.World.read("scenario.scn", variables={"size": 512}) as world:
        world.run()
        print(world.verdict, world.flow("http").lost)
        frames = pandas.DataFrame(world.series("http"))

docs/library.md is the guide.
"""
from ._library import VERSION as __version__
from ._types import (MS, NEVER, NS, PF, S, US, Connection, Counter, Drop, Error, Expectation, Fate, Flow, Interval, Loss, Problem, Sentence,
                     Sighting, Surprise)
from ._world import Scenario, World, time

__all__ = ["Connection", "Counter", "Drop", "Error", "Expectation", "Fate", "Flow", "Interval", "Loss", "MS", "NEVER", "NS", "PF", "Problem", "S",
           "Scenario", "Sentence", "Sighting", "Surprise", "US", "World", "time"]
