#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vfsim rfc2544: a path whose limits are known by arithmetic has them; tables, JSON and CSV agree; mistakes have their status.

The path: a sender of 10 Gb/s, a wire of 1 Gb/s behind a switch with a queue of 16 frames. A load (with preamble and gap) up to a
tenth goes through, whatever the size; more is lost. A burst arrives ten times as fast as it leaves, so 16 frames wait while one is
sent and a tenth of what came has left.
"""
import csv
import io
import json
import subprocess
import sys
import tempfile

PATH = """set size 64
set load 10G
set frames 2000
switch tor
peer a on tor rate 10G
peer b
link b tor rate 1G queue {queue}
0 flow first from b to a size 64 rate 1K pps count 1
1ms flow f from a to b size $size load $load count $frames
"""
VFSIM = sys.argv[1]


def run(*args):
    done = subprocess.run([VFSIM, *args], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def check(good, what):
    if not good:
        raise AssertionError(what)


def scenario(folder, name, text):
    path = f"{folder}/{name}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def limits_are_found(path):
    status, out, err = run("rfc2544", path, "--sizes", "64,512,1518", "--json")
    check((status, err) == (0, ""), f"status {status}: {err}")
    result = json.loads(out)
    check([row["size"] for row in result["sizes"]] == [64, 512, 1518], "sizes")
    for row in result["sizes"]:
        size, bits = row["size"], row["throughput"]["bps"]
        check(row["throughput"]["load_thousandths"] == 100, f"{size}: {row['throughput']}")
        check(abs(bits - 1e9 * size / (size + 20)) < 1e9 / 1000, f"{size}: {bits} b/s are not a wire's")
        losses = {entry["load_percent"]: entry for entry in row["frame_loss"]}
        check(sorted(losses) == list(range(10, 101, 10)), f"{size}: losses at {sorted(losses)}")
        check(losses[10]["sent"] == losses[10]["delivered"] == 2001, f"{size}: {losses[10]}")
        for percent in range(20, 101, 10):  # what the wire carries meanwhile, and the queue holds
            through = 2000 * 10 / percent
            check(through - 2 <= losses[percent]["delivered"] <= through + 20, f"{size}: {losses[percent]}")
        check(17 <= row["back_to_back_frames"] <= 19, f"{size}: burst {row['back_to_back_frames']}")
        for frames, whole in ((row["back_to_back_frames"], True), (row["back_to_back_frames"] + 1, False)):
            _, out, _ = run("run", path, "--json", "--set", f"frames={frames}", "--set", f"size={size}")
            flow = [f for f in json.loads(out)["flows"] if f["name"] == "f"][0]
            check((flow["lost"] == 0) == whole, f"{size}: a burst of {frames} lost {flow['lost']}")
    return result


def faces_agree(path, result):
    _, text, _ = run("rfc2544", path, "--sizes", "64,512,1518")
    _, lines, _ = run("rfc2544", path, "--sizes", "64,512,1518", "--csv")
    rows = list(csv.DictReader(io.StringIO(lines)))
    for row in result["sizes"]:
        mine = [r for r in rows if r["size"] == str(row["size"])]
        check(mine[0]["bps"] == str(row["throughput"]["bps"]) and mine[0]["latency_max_ns"] == str(row["latency_ns"]["max"]), mine[0])
        check(mine[-1]["test"] == "back-to-back" and mine[-1]["burst_frames"] == str(row["back_to_back_frames"]), mine[-1])
        check(len(mine) == 2 + len(row["frame_loss"]), f"{len(mine)} lines")
        check(f"{row['throughput']['fps']}  {row['throughput']['bps']}\n" in text, f"the text has not {row['throughput']}")
    check(run("rfc2544", path, "--sizes", "64,512,1518")[1] == text, "the same twice is not the same")
    status, only, _ = run("rfc2544", path, "--tests", "back-to-back", "--sizes", "64", "--csv")
    check(status == 0 and only.count("\n") == 2 and "throughput" not in only, f"one test is {only!r}")


def mistakes_have_their_status(folder, path):
    other = scenario(folder, "other.scn", "switch tor\npeer a on tor\n")
    slow = scenario(folder, "slow.scn", PATH.format(queue=1).replace("rate 1G", "rate 1M"))
    crash = scenario(folder, "crash.scn", PATH.format(queue=16) + "host h0\nnic h0.n model 82599\nlink h0.n tor\nvm web on h0\n"
                     "2ms guest web wild-store 0xdead0000000\n")
    for args, status, word in ((["rfc2544"], 2, "of one scenario"), (["rfc2544", "-"], 2, "for each trial"),
                               (["rfc2544", other], 2, "set load 10G"), (["rfc2544", path, "--tests", "los"], 2, "--tests"),
                               (["rfc2544", path, "--sizes", "63"], 2, "--sizes"), (["rfc2544", path, "--set", "load=10"], 2, "needs its unit"),
                               (["rfc2544", f"{folder}/none.scn"], 2, "none.scn"),
                               (["rfc2544", slow, "--sizes", "64", "--tests", "throughput"], 1, ""),
                               (["rfc2544", crash, "--sizes", "64"], 1, "page fault")):
        seen, _, err = run(*args)
        check(seen == status and word in err, f"{args}: status {seen}, {err}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = scenario(folder, "path.scn", PATH.format(queue=16))
        faces_agree(path, limits_are_found(path))
        mistakes_have_their_status(folder, path)
    print("rfc2544 finds what a path carries")


main()
