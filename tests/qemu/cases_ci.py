# SPDX-License-Identifier: GPL-2.0-or-later
"""The walk through of docs/ci.md, as it is written there."""
import pathlib
import re
import shlex
import subprocess

from machine import SLOWER, Guest, Simulation, need

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/ci.md"


def blocks():
    """Its scenario, the commands that begin it, those of the node, and those of the operator."""
    text = PAGE.read_text(encoding="utf-8").split("## A walk through", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"^```\w*\n(.*?)^```$", text, re.S | re.M)
    need(len(found) == 5, f"docs/ci.md has {len(found)} blocks in its walk through, not 5")
    return found


def walk(place):
    """docs/ci.md's walk through, as written, in one guest with two VFs"""
    scenario, begin, node, operator, _ = blocks()
    serve, qemu = begin.replace("\\\n", " ").strip().splitlines()
    sockets = shlex.split(serve.rstrip("& "))[4]
    devices = [word for before, word in zip(shlex.split(qemu), shlex.split(qemu)[1:]) if before == "-device"]
    append = re.search(r"-append (\S+)", qemu).group(1)
    asked = 0
    with Simulation(place, scenario) as sim:
        need(sockets == ",".join(f"{name}={sim.socket(name).name}" for name in sim.guests), f"the page serves {sockets}")
        with Guest(place, "node", devices, modules="ixgbevf macvlan", append=append) as guest:
            for line in node.splitlines():
                guest.do(line, 60)
            for line in operator.splitlines():
                if line.startswith("node# "):
                    guest.do(line.removeprefix("node# "), 60)
                    continue
                words = shlex.split(line)
                done = subprocess.run([place.vfsim, "ctl", sim.control, *words[3:]], capture_output=True, text=True, timeout=60 * SLOWER)
                need(words[:3] == ["vfsim", "ctl", "vfsim.sock"] and done.returncode == 0, f"{line}: {done.stdout}")
                (place.folder / "answers").open("a", encoding="utf-8").write(f"{line}\n{done.stdout}")
                asked += 1
    return f"{asked} acts of the operator, in one guest of two VFs"


CASES = {"ci": walk}
