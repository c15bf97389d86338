#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""migration_figures.py VFSIM: docs/migration-figures.md on stdout, from scenarios/ that it runs. Started by tools/figures."""
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests"))
from clark import rates, writers  # noqa: E402: what a scenario says of its writers, read by the test that holds them to the rule

HEAD = """# Live migration: published, measured, error

Written by `tools/figures`; do not edit. Each row is a relation somebody published, beside the same relation in vfsim. No constant of
the simulator was chosen for any of them. Marks: *formula*, both follow from the same arithmetic and must agree to rounding;
*rule*, a published rule of the same mechanism;
*relation*, the published ratio is of another machine, hypervisor and workload, and the error says what the model lacks;
*from memory*, the published figure could not be read in its source again.

Absolute times of the published systems are not repeated: they are of machines that no profile here describes.
"""

RESTS = """## What this rests on

Values of the profile that the scenarios of this page use and that are assumed or rules of thumb, not published measurements
(`vfsim run … --json`, assumptions). A relation between the emulated path and a VF depends on all of those that cost host or guest
CPU.

| value | | unit | certainty | source |
|---|---:|---|---|---|
"""


class Runs:
    """Reports by scenario and variables, each run once."""

    def __init__(self, vfsim):
        self.vfsim, self.seen, self.assumed = vfsim, {}, {}

    def __call__(self, name, **variables):
        key = (name, tuple(sorted(variables.items())))
        if key not in self.seen:
            command = [self.vfsim, "run", f"scenarios/{name}.scn", "--json"]
            for variable, value in sorted(variables.items()):
                command += ["--set", f"{variable}={value}"]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            if done.returncode not in (0, 1):
                sys.exit(f"{' '.join(command)}: exit status {done.returncode}")
            report = json.loads(done.stdout)
            if report["verdict"] != "PASS":
                sys.exit(f"{' '.join(command)}: {report['verdict']}")
            self.seen[key] = report
            self.assumed.update({a["name"]: a for a in report["assumptions"] if a["certainty"] in ("assumed", "rule")})
        return self.seen[key]


def flow(report, name):
    return next(f for f in report["flows"] if f["name"] == name)


def migration(report, vm):
    return next(m for m in report["migrations"] if m["vm"] == vm)


def error(published, measured):
    return f"{100 * (measured - published) / published:+.1f} %" if published else "–"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "|".join(["---"] + ["---:"] * (len(heads) - 2) + ["---"]) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def clark(runs):
    rows = []
    for scenario, vm, rate in (("63-migrate-load", "web", 1e9), ("121-precopy-load", "pv", 5e8)):
        for r in migration(runs(scenario), vm)["rounds"]:
            if r["vm"] == "running" and r["bytes"]:
                predicted, measured = r["bytes"] * 8 / rate * 1e3, r["took_ns"] / 1e6
                rows.append((f"{scenario} round {r['round']}", f"{predicted:.3f}", f"{measured:.3f}",
                             error(predicted, measured), "formula"))
    again = []
    with open("scenarios/76-migrate-writer.scn", encoding="utf-8") as scenario:
        text = scenario.read()
    for m in runs("76-migrate-writer")["migrations"]:
        pages, dirty = writers(text)[m["vm"]]
        for before, this in zip(m["rounds"], m["rounds"][1:]):
            if this["vm"] == "running":
                predicted = min(dirty * before["took_ns"] / 1e9, pages)
                again.append((f"{m['vm']} round {this['round']}", f"{predicted:.0f}", str(this["pages"]),
                              error(predicted, this["pages"]),
                              f"rule; {dirty} pages/s of {pages}, link {rates(text)[m['vm']] // 10**6} Mb/s"))
    return """## 1. A round takes what it sends over the rate

Clark et al., NSDI 2005: t_k = D_k / B_k. Predicted from the bytes of the round and the rate of the scenario, in ms.

""" + table(("round", "predicted", "measured", "error", "mark"), rows) + """
And the next one sends what was written meanwhile: D_(k+1) = min(dirty rate x t_k, working set). Predicted from the guest's rate and set,
in pages; the guest's shell writes some more, and round 2 finds less, for what was written before it left in round 1 has left.

""" + table(("round", "predicted", "measured", "error", "mark"), again)


SIZES = ((64, 1400000), (512, 1400000), (1514, 800000))


def precopy_pps(report, name):
    """Delivered a second while pv's pre-copy runs, from the whole run's packets an interval."""
    m = migration(report, "pv")
    took = sum(r["took_ns"] for r in m["rounds"] if r["vm"] == "running")
    begin = m["start_ns"]
    run = report["timeline"][0]
    series = next(f for f in run["packets"] if f["flow"] == name)
    interval, at = run["interval_ns"], run["packets_from_ns"]
    inside = [i for i in range(len(series["sent"])) if begin <= at + i * interval and at + (i + 1) * interval <= begin + took]
    count = sum(series[path][i] for path in ("vf", "emulated", "tunnel") if series[path] for i in inside)
    return count * 1e9 / (len(inside) * interval)


def throughput(runs):
    rows, higher = [], []
    for size, rate in SIZES:
        report = runs("121-precopy-load", size=size, rate=rate)
        vf, pv = precopy_pps(report, "vf.load"), precopy_pps(report, "pv.load")
        what = f"{size} B frames, {rate} a second offered"
        rows.append((what, "9.6", f"{vf / pv:.2f}", error(9.6, vf / pv), f"relation; {vf:.0f} and {pv:.0f} frames a second"))
        higher.append((what, "+282.66 %", f"{100 * (vf / pv - 1):+.2f} %", error(3.8266, vf / pv), "relation; error of the ratio"))
    return """## 2. Throughput while a migration is prepared: on the VF, or on the emulated path

SRVM (Xu and Davda, VEE 2016): a VF that stays in use during pre-copy carries 9.6 times what the paravirtual device does. CompSC (Pan et
al., VEE 2012): 282.66 % more than the paravirtual device. Measured: frames delivered a second during the same pre-copy.

""" + table(("VF : emulated (SRVM)", "published", "measured", "error", "mark"), rows) + "\n" + table(
        ("VF above emulated (CompSC)", "published", "measured", "error", "mark"), higher) + """
The model does not show it: here the guest's own stack is the bottleneck on both paths, the virtual switch has cores of its own, and
neither dirty tracking nor copying takes time from the VM or its host. Which of these the published setups lacked, their abstracts
do not say.
"""


def latency(runs):
    rows = []
    for size, rate in SIZES:
        report = runs("121-precopy-load", size=size, rate=rate)
        for kind, what in (("quiet", "alone"), ("probe", f"beside {rate} frames of {size} B a second")):
            if kind == "quiet" and size != SIZES[0][0]:
                continue
            vf, pv = (flow(report, f"{vm}.{kind}")["latency_ns"]["p50"] for vm in ("vf", "pv"))
            lower = 100 * (1 - vf / pv)
            rows.append((what, "98.0 %", f"{lower:.1f} %", error(98, lower), f"relation; {vf / 1e3:.2f} and {pv / 1e3:.2f} us"))
    return """## 3. Latency while a migration is prepared

SRVM: 98 % lower on the VF than on the paravirtual device. Measured: half of the frames of a slow flow of 128 B took at most this long
one way.

""" + table(("lower on the VF", "published", "measured", "error", "mark"), rows)


def downtime(runs):
    report = runs("120-compare")
    rows = [c for c in report["comparison"] if c["result"] == "done"]
    emulated = next(c for c in rows if c["by"] == "emulated")["downtime_ns"]
    lines = []
    for c in rows:
        if c["by"] == "emulated":
            continue
        less = 100 * (1 - c["downtime_ns"] / emulated)
        lines.append((f"by {c['by']}", "42.9 %", f"{less:.1f} %", error(42.9, less),
                      f"relation; {c['downtime_ns'] / 1e6:.3f} and {emulated / 1e6:.3f} ms"))
    lost = [(f"by {c['by']}", "0", str(c["lost"]), "–" if not c["lost"] else f"+{c['lost']} frames", "relation") for c in rows]
    return """## 4. Downtime and loss, against migrating an emulated VM

CompSC: 42.9 % less downtime than the paravirtual VM's. SRVM: nothing is lost, no downtime is added. Measured: 120-compare, the same flows
and the same link for every method.

""" + table(("downtime below emulated", "published", "measured", "error", "mark"), lines) + "\n" + table(
        ("frames lost", "published (SRVM)", "measured", "error", "mark"), lost) + """
Here every method that leaves the VF moves the same device state, vmxnet3's, and differs by the pages its guest dirties. What CompSC
saved, the reinitialisation of a device, is no part of the interruption in either.
"""


def bonding(runs):
    report = runs("120-compare")
    bond = next((c for c in report["comparison"] if c["by"] == "bond"), None)
    if not bond:
        return ""
    return """## 5. Bonding: the gap when the VF is taken away

Dong et al., HPCA 2010 (DNIS): about 0.6 s without service at the switch from VF to paravirtual device. Measured: the longest time
without a delivery. The guest's drivers here are quick, and their times assumed.

""" + table(("service lost", "published", "measured", "error", "mark"), [
        ("by bond", "600 ms", f"{bond['blackout_ns'] / 1e6:.1f} ms", error(600, bond["blackout_ns"] / 1e6), "from memory")])


NOT_YET = """## Not measured

- VFIO PRE_COPY of device state cuts downtime by 70-75 % against stop-copy alone (Linux commit 6cea64b1db88): the device whose state took
  that long is not modelled.
- Downtimes of whole systems (Xen's 60 ms and 210 ms, vMotion's): their time to resume is a value of the profile here
  (`migrate_resume_ps`), and so would the figure be.
"""


def main():
    runs = Runs(sys.argv[1])
    parts = [HEAD, clark(runs), throughput(runs), latency(runs), downtime(runs), bonding(runs), NOT_YET]
    lines = [f"| `{a['name']}` | {a['value']} | {a['unit']} | {a['certainty']} | {a['source']} |"
             for _, a in sorted(runs.assumed.items())]
    print("\n".join(parts), end="\n")
    print(RESTS + "\n".join(lines))


main()
