#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfsim conformance`: our plugins and chips break no rule, those that are made to break some break those; what is asked wrong is told.

usage: conformance_test.py BUILD-FOLDER
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

BUILD = pathlib.Path(sys.argv[1]).resolve()
PLUGINS = BUILD / "plugins"

# Plugins of ours: what they break, and which cases do not fit them.
VERDICTS = {
    "ixgbevf": ({}, set()),
    "igbvf": ({}, set()),
    "bnx2x": ({}, {"restart"}),
    "virtio": ({}, set()),
    "virtio-split": ({}, {"doorbell"}),
    "vmxnet3": ({}, {"restart"}),
    "ixgbevf-one": ({}, {"refused-batch"}),
    # docs/plugins.md, "What the one published plugin does otherwise"
    "bnx2x-as-published": ({"bad-frames": {"T2"}, "no-vector": {"M1"}, "lying-device": {"T4", "R3"}}, {"refused-batch", "doorbell", "no-buffers", "restart"}),
    "ixgbevf-proprietary": ({"image": {"C6"}}, None),
    "ixgbevf-vector": ({"image": {"C3"}}, None),
    "ixgbevf-imports": ({"image": {"C1"}}, None),
    "ixgbevf-large": ({"image": {"C5"}}, None),
}


# Models: what does not fit them.
PLUGIN_SETS_UP = {"memory"}
CHIPS = {"82599": PLUGIN_SETS_UP, "82576": PLUGIN_SETS_UP, "x540": PLUGIN_SETS_UP, "57712": {"rate"}, "virtio": {"rate"} | PLUGIN_SETS_UP, "upt": {"rate"}}


def run(*words):
    done = subprocess.run([BUILD / "vfsim", "conformance", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def expect(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"{what}: {seen!r}, and not {wanted!r}")


def verdict(plugin, broken, not_tried, *words):
    status, out, err = run(*(words or ("plugin", PLUGINS / f"{plugin}.so")), "--json")
    report = json.loads(out)
    seen = {c["case"]: {b["rule"] for b in c["broken"]} for c in report["cases"] if c["verdict"] == "BROKEN"}
    for case, rules in broken.items():
        if not rules <= seen.get(case, set()):
            sys.exit(f"{plugin}: {case} breaks {seen.get(case)}, and not {rules}\n{out}")
    expect(f"{plugin}: broken cases", set(seen), set(broken))
    expect(f"{plugin}: status", status, 1 if broken else 0)
    expect(f"{plugin}: stderr", err, "")
    if not_tried is not None:
        expect(f"{plugin}: not tried", {c["case"] for c in report["cases"] if c["verdict"] == "not tried"}, not_tried)
    expect(f"{plugin}: totals", sum(report["totals"].values()), len(report["cases"]))


def outputs():
    """Text, JSON and JUnit say the same; the same again gives the same bytes."""
    image = str(PLUGINS / "bnx2x-as-published.so")
    with tempfile.TemporaryDirectory() as folder:
        junit = f"{folder}/junit.xml"
        status, text, _ = run("plugin", image, "--junit", junit)
        expect("status with --junit", status, 1)
        expect("the same again", run("plugin", image), (1, text, ""))
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        report = json.loads(run("plugin", image, "--json")[1])
        expect("testcases", [c.get("name") for c in suite], [c["case"] for c in report["cases"]])
        expect("failures", [c.get("name") for c in suite if c.find("failure") is not None],
               [c["case"] for c in report["cases"] if c["broken"]])
        expect("skipped", suite.get("skipped"), str(report["totals"]["not_tried"]))
        for case in report["cases"]:
            for broken in case["broken"]:
                if f"{broken['rule']} is broken" not in text:
                    sys.exit(f"the text does not tell of {broken}")
        expect("a file that can't be written", run("plugin", image, "--case", "image", "--junit", f"{folder}/no/where")[0], 2)


def mistakes():
    ours = str(PLUGINS / "ixgbevf.so")
    for words, told in (((), "vfsim conformance plugin FILE, or chip MODEL"), (("chip",), "which chip"), (("chip", "82588"), "there is no model"), (("chip", "regular"), "has no VFs"),
                        (("chip", "82599", "--model", "82599"), "a chip is a model"), (("plugins", ours), "did you mean 'plugin'"), (("plugin",), "which plugin"),
                        (("plugin", ours, ours), "one plugin at a time"), (("plugin", "/no/such.so"), "/no/such.so"),
                        (("plugin", ours, "--case", "ringfull"), "did you mean 'ring-full'"),
                        (("plugin", ours, "--model", "82588"), "there is no model '82588'"),
                        (("plugin", ours, "--model", "regular"), "take no plugin")):
        status, out, err = run(*words)
        expect(f"{words}: status", (status, out), (2, ""))
        if told not in err:
            sys.exit(f"{words}: {err!r} does not say {told!r}")
    with tempfile.TemporaryDirectory() as folder: # of no model's name: what needs a chip is not tried
        image = pathlib.Path(folder) / "acme.so"
        image.write_bytes(pathlib.Path(ours).read_bytes())
        status, out, _ = run("plugin", image, "--json")
        report = json.loads(out)
        expect("without a model", (status, report["model"], report["totals"]["broken"]), (0, None, 0))
        if "no model of its chip" not in out or report["totals"]["hold"] < 1:
            sys.exit(f"without a model: {out}")
        expect("with one", run("plugin", image, "--model", "x540", "--case", "send")[0], 0)
        expect("on another's chip", run("plugin", image, "--model", "57712", "--case", "entry")[0], 1)


def main():
    for plugin, (broken, not_tried) in VERDICTS.items():
        verdict(plugin, broken, not_tried)
    for model, not_tried in CHIPS.items():
        verdict(model, {}, not_tried, "chip", model)
    outputs()
    mistakes()


main()
