#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each JSON report that the scenarios' tests left is as docs/report.schema.json says, and so are those of files that can't be run.

usage: tests/schema_test.py VFSIM FOLDER   (FOLDER/NAME.json for each scenarios/NAME.scn; run in the root of the tree)
"""
import copy
import glob
import json
import os
import subprocess
import sys
import tempfile

from jsonschema import Draft7Validator

SCHEMA = json.load(open("docs/report.schema.json", encoding="utf-8"))
FLOW = "switch tor\npeer a on tor\npeer b on tor\n0 flow f from a to b size 64 rate 1M pps count 10\nend expect f lost 0\n"


def mistakes(validator, report, name):
    return [f"{name}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(report)]


def report_validator():
    """Of one report: an error inside an anyOf would not say where."""
    return Draft7Validator({"$ref": "#/definitions/report", "definitions": SCHEMA["definitions"]})


def examples(vfsim):
    """A good file, one with a mistake and one that is not there: one document, and one of each."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("good.scn", "bad.scn", "none.scn")]
        with open(names[0], "w", encoding="utf-8") as good, open(names[1], "w", encoding="utf-8") as bad:
            good.write(FLOW)
            bad.write("nonsense\n" + FLOW)
        for files in (names, names[:1], names[1:2], names[2:]):
            done = subprocess.run([vfsim, "run", "--json", *files], capture_output=True, text=True, check=False)
            yield json.loads(done.stdout)


def self_test(vfsim):
    """What breaks the format is seen."""
    validator = Draft7Validator(SCHEMA)
    good = next(examples(vfsim))
    breaks = {
        "a key that is missing": lambda r: r.pop("migrations"),
        "a key more": lambda r: r.update(more=1),
        "another format": lambda r: r.update(format=999),
        "another verdict": lambda r: r.update(verdict="MAYBE"),
        "a time that is no integer": lambda r: r.update(sim_time_ns=1.5),
        "a negative count": lambda r: r["flows"][0].update(lost=-1),
        "a key more in a flow": lambda r: r["flows"][0].update(more=1),
        "a list that is null": lambda r: r.update(drops=None),
    }
    wrong = [f"{e.message[:200]}" for e in validator.iter_errors(good)]
    for what, spoil in breaks.items():
        bad = copy.deepcopy(good)
        spoil(bad[0])
        if not list(validator.iter_errors(bad)):
            wrong.append(f"{what} is not noticed")
    return wrong


def main():
    vfsim, folder = sys.argv[1:3]
    validator, wrong = report_validator(), self_test(vfsim)
    Draft7Validator.check_schema(SCHEMA)
    for document in examples(vfsim):
        for report in document if isinstance(document, list) else [document]:
            wrong += mistakes(validator, report, report["file"])
    names = sorted(os.path.splitext(os.path.basename(name))[0] for name in glob.glob("scenarios/*.scn"))
    for name in names:
        try:
            with open(os.path.join(folder, name + ".json"), encoding="utf-8") as report:
                wrong += mistakes(validator, json.load(report), name)
        except OSError as error:
            wrong.append(f"{name}: its test left no JSON: {error.strerror}")
    print("\n".join(wrong[:50]) or f"{len(names)} reports are as the schema says")
    return 1 if wrong or not names else 0


sys.exit(main())
