# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong with a random world, for tools/worlds: every way of running it, and what is held against what.

A world is run beside others in one process, alone and cut by --paranoid around an act of its, and saved at a random instant and restored
in another process: three times the same report. The report is as docs/report.schema.json says, its books balance, nothing is left
behind, and what its level promises (world_verbs.py) holds. A crash, a sanitizer's report and a CPU limit are failures of any.
"""
import json
import os
import random
import re
import resource
import signal
import subprocess
from collections import namedtuple

from jsonschema import Draft7Validator

# kind and message, without what differs between runs of the same fault, are how the shrinker knows a failure again.
Found = namedtuple("Found", "kind message command")
SANITIZER = re.compile(r"^.*(ERROR: AddressSanitizer: [\w-]+|runtime error: .*|ERROR: LeakSanitizer).*$", re.M)
OURS = re.compile(r"^.*(Assertion .* failed|mistake in vfsim).*$", re.M)


def error_text(error):
    """Without its place."""
    return error["text"].split(": ", 1)[-1].splitlines()[0]


def signature(found):
    return found and (found.kind, re.sub(r"\d+|\bv\d\b|\bh\d\b", "N", re.sub(r"0x[0-9a-f]+", "N", found.message))[:120])


def validator(root):
    schema = json.loads((root / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    return Draft7Validator({"$ref": "#/definitions/report", "definitions": schema["definitions"]})


class Checker:
    def __init__(self, vfsim, root, scratch, cpu_s):
        self.vfsim, self.scratch, self.cpu_s = str(vfsim), scratch, cpu_s
        self.schema = validator(root)
        self.cpu_used = 0

    def run(self, *words):
        """(status, stdout, stderr); a hang is the status -SIGXCPU."""
        def limits():
            resource.setrlimit(resource.RLIMIT_CPU, (self.cpu_s, self.cpu_s + 2))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        done = subprocess.run([self.vfsim, *words], stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=limits, check=False)
        errors = done.stderr.decode(errors="replace")
        status = -signal.SIGXCPU if "CPU time" in errors and done.returncode == 2 else done.returncode
        return status, done.stdout.decode(errors="replace"), errors

    # ---- one run's end ----

    def ended_badly(self, status, errors, command):
        line = SANITIZER.search(errors) or OURS.search(errors)
        if line and (SANITIZER.search(errors) or status not in (0, 1, 2)):
            said = re.search(r"^.*(Assertion|paranoid|runtime error).*$", errors, re.M)
            return Found("mistake of ours", (said or line).group(0).strip()[-200:], command)
        if status in (-signal.SIGXCPU, -signal.SIGKILL):
            return Found("hang", f"more than {self.cpu_s} s of CPU", command)
        if status < 0 or status > 2:
            return Found("crash", f"status {status}: {errors.strip().splitlines()[-1:]}", command)
        return None

    def report(self, status, out, errors, command):
        """(report, what is wrong)."""
        bad = self.ended_badly(status, errors, command)
        if bad:
            return None, bad
        try:
            return json.loads(out), None
        except ValueError:
            return None, Found("no report", f"status {status}: {out[-80:]}", command)

    # ---- a report by itself ----

    def judge(self, report, level, command):
        if report["errors"]:
            return Found("refused", error_text(report["errors"][0]), command)
        for error in self.schema.iter_errors(report):
            return Found("schema", f"{'/'.join(map(str, error.absolute_path))}: {error.message[:100]}", command)
        if not report["books"] or not report["books"]["balanced"]:
            return Found("books", "the books do not balance", command)
        for e in report["expectations"]:
            if not e["passed"]:
                return Found("expectation", f"{e['text']}: {e['seen']}", command)
        # Acts are tried; what is left went wrong by itself. What a policy begins fails with what was done to it.
        for u in report["unexpected"]:
            if level != "rough" and not (u["act"].startswith("switch ") and report["passthrough"]):
                return Found("unexpected", f"{u['place']} {u['act']} {u['ending']}: {u['reason']}", command)
        if report["verdict"] != "PASS" and not report["unexpected"]:
            return Found("verdict", report["verdict"], command)
        return None

    # ---- all of it ----

    def first(self, paths):
        """A list of (report, what is wrong), of each world; those of a run that ended badly are run one by one."""
        status, out, errors = self.run("run", "--json", *paths)
        if len(paths) > 1:
            report, bad = self.report(status, out, errors, "")
            if not bad and isinstance(report, list) and len(report) == len(paths):
                return [(r, None) for r in report]
            return [self.first([path])[0] for path in paths]
        command = f"vfsim run {paths[0]}"
        return [self.report(status, out, errors, command)]

    def check(self, path, seed, level, base=None, once=False):
        """What is wrong with one world, or None; `once`: by a plain run alone."""
        report, bad = base or self.first([path])[0]
        bad = bad or self.judge(report, level, f"vfsim run {path}")
        return bad or (not once and (self.paranoid(path, seed, report) or self.restored(path, seed, report))) or None

    def paranoid(self, path, seed, report):
        r = random.Random(seed)
        events, end_us = max(report["events"], 1), max(report["sim_time_ns"] // 1000, 2)
        if r.random() < 0.5:
            what = f"{max(events // 6, 1) | 1}"
        else:
            at = r.choice(moments(report) or [r.randrange(end_us)])
            what = f"{r.choice([1, 3, 29])}@{max(at - 2, 0)}us-{at + r.choice([3, 20])}us"
        status, out, errors = self.run("run", "--json", f"--paranoid={what}", path)
        command = f"vfsim run --paranoid={what} {path}"
        other, bad = self.report(status, out, errors, command)
        return bad or differ(report, other, "paranoid differs", command)

    def restored(self, path, seed, report):
        r = random.Random(seed + 1)
        at = r.choice(moments(report) + [r.randrange(max(report["sim_time_ns"] // 1000, 1))]) + r.choice([0, 1, 5])
        saved = os.path.join(self.scratch, "world.saved")
        command = f"vfsim save {path} --at {at}us -o {saved} && vfsim restore {saved}"
        status, _, errors = self.run("save", path, "--at", f"{at}us", "-o", saved)
        bad = self.ended_badly(status, errors, command)
        if bad or not os.path.exists(saved):
            return bad
        status, out, errors = self.run("restore", saved, "--json")
        os.unlink(saved)
        if status == 2:
            return Found("restore refused", errors.strip()[-150:], command)
        other, bad = self.report(status, out, errors, command)
        return bad or differ(report, other, "restored differs", command)


def moments(report):
    """Microseconds at which a switch, a migration or a standstill did something."""
    found = [step["start_ns"] // 1000 for switch in report["switches"] for step in switch["steps"]]
    found += [m["start_ns"] // 1000 for m in report["migrations"]] + [s["start_ns"] // 1000 for s in report["standstills"]]
    return [at for at in found if at * 1000 < report["sim_time_ns"]]


def differ(one, other, kind, command):
    if list(one.items()) == list(other.items()):
        return None
    keys = [key for key in one if one[key] != other.get(key)]
    return Found(kind, f"{keys}: {str(one[keys[0]])[:60]} … {str(other.get(keys[0]))[:60]}" if keys else "order of keys", command)
