#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfsim report` makes of a result the page that was made with it, beside another one a page of what differs, and curves for
HdrHistogram's tools; of anything else it says what is wrong.

usage: tests/cli_report.py VFSIM   (run in the root of the tree)
"""
import base64
import copy
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree
import zlib

wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


class Place:
    def __init__(self, vfsim, folder):
        self.vfsim, self.folder = vfsim, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words, code=0):
        done = subprocess.run([self.vfsim, *words], capture_output=True, check=False)
        check(done.returncode == code, f"{words}: status {done.returncode}, not {code}: {done.stderr.decode()}")
        return done

    def read(self, name):
        with open(self.path(name), "rb") as data:
            return data.read()

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)


def round_trips(place):
    """The same page of the JSON, of the JSON in the page, and laid out otherwise; of one result, of several, of a failure."""
    bad = place.write("bad.scn", 'title "a <b> & ]]> </script>"\nnonsense\n')
    for name, code, files in (("one", 0, ["scenarios/65-migrate-npa.scn"]), ("list", 2, ["scenarios/01-midflow-switch.scn", bad])):
        place.run("run", *files, "--html", place.path(f"{name}.html"), f"--json={place.path(name)}.json", code=code)
        page = place.read(f"{name}.html")
        check(place.run("report", place.path(f"{name}.json")).stdout == page, f"{name}: another page of its JSON")
        check(place.run("report", place.path(f"{name}.html")).stdout == page, f"{name}: another page of its page")
        result = json.loads(place.read(f"{name}.json"))
        inside = re.search(rb'<script type="application/json" id="result">(.*?)</script>', page, re.S)[1]
        check(json.loads(inside) == result, f"{name}: another result is in the page")
        check(place.run("report", place.write("compact.json", json.dumps(result))).stdout == page, f"{name}: its layout is seen")
        tree.fromstring(page)


def is_beside(place):
    result = json.loads(place.read("one.json"))
    other = copy.deepcopy(result)
    latency = other["flows"][1]["latency_ns"]["p99"]
    other["flows"][1]["latency_ns"]["p99"] *= 2
    other["flows"][1]["lost"] = 3
    place.write("other.json", json.dumps(other))
    both = [place.path("one.json"), "--against", place.path("other.json")]
    page = place.run("report", *both).stdout.decode()
    root = tree.fromstring(page)
    rows = [["".join(cell.itertext()) for cell in row] for row in root.iter("{http://www.w3.org/1999/xhtml}tr")]
    seen = ["flows.in.latency_ns.p99", f"{latency / 1000:.3f} us", f"{2 * latency / 1000:.3f} us", "+100.00 %"]
    check(seen in rows, "no row of a latency that differs")
    check(["flows.in.lost", "0", "3", ""] in rows, "no row of losses that differ")
    check(place.run("report", place.write("both.html", page)).stdout.decode() == page, "another page of the page of two")
    page = place.run("report", *both, "--show", "*.lost").stdout.decode()
    check("flows.in.lost" in page and "flows.in.latency_ns.p99</td>" not in page, "--show does not count")
    page = place.run("report", *both, "--threshold", "200%,*.lost=5").stdout.decode()
    check("no difference" in page and "2 more are within" in page, "--threshold does not count")


def is_whole(place):
    """In order, and what a key is called that nobody knows."""
    result = json.loads(place.read("one.json"))
    result["bottlenecks"] = [{"flow": "in", "bound_by": "vcpu", "where": "web", "share_thousandths": 999, "beside": "", "beside_thousandths": None,
                              "way": [{"stop": "web", "kind": "vcpu", "busy_thousandths": 999, "waited_thousandths": 0}]}]
    result["future_things"] = [{"name": "x", "wait_ns": 1500}]
    page = place.run("report", place.write("more.json", json.dumps(result))).stdout.decode()
    order = re.findall(r'<h2 id="r0-(\w+)">', page)
    wanted = ["expectations", "topology", "flows", "latencies", "timeline", "blackouts", "drops", "frame_costs", "threads", "bottlenecks",
              "future_things", "assumptions"]
    check([key for key in order if key in wanted] == wanted, f"sections stand as {order}")
    check(">bound by</th>" in page and ">0.999</td>" in page and ">vcpu</td>" in page, "a bottleneck is not told")
    check(">wait</th>" in page and ">1.500 us</td>" in page, "a key that nobody knows is not shown")
    took = next(e["measured"] for e in result["expectations"] if e["text"] == "web downtime < 5ms")
    check("&lt; 5ms</td>" in page and f">{took / 1e9:.3f} ms</td>" in page, "a bound and what was measured are not told")
    check(">published</td>" in page and "ISCA 2016" in page, "assumptions without certainty and source")


def percentiles(place):
    place.run("report", place.path("one.json"), "--hgrm", place.path("curves"))
    result = json.loads(place.read("one.json"))
    names = {row["flow"].replace("/", "_") + ".hgrm": row for row in result["latencies"]}
    check(set(os.listdir(place.path("curves"))) == set(names), f"curves are {os.listdir(place.path('curves'))}")
    for name, row in names.items():
        lines = place.read(f"curves/{name}").decode().splitlines()
        check(lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"] and not lines[1], f"{name}: begins {lines[:2]}")
        points = [[float(n) for n in line.split()] for line in lines[2:] if line[0] != "#"]
        check(points == sorted(points) and points[0][0] == row["min_ns"] / 1000, f"{name}: does not rise from the least")
        check(points[-1][:3] == [row["max_ns"] / 1000, 1.0, row["frames"]] and len(points[-1]) == 3, f"{name}: ends {points[-1]}")
        for value, share, count, odds in (point for point in points if len(point) == 4):
            check(abs(share - count / row["frames"]) < 1e-9 and abs(odds - 1 / (1 - share)) <= 0.011, f"{name}: {value} {share} {count} {odds}")
        end = re.fullmatch(r"#\[Max     = +([\d.]+), Total count    = +(\d+)\]", lines[-2])
        check(end and float(end[1]) == row["max_ns"] / 1000 and int(end[2]) == row["frames"], f"{name}: says {lines[-2]}")


def decode(text):
    """Counts by value of a histogram in HdrHistogram's V2 encoding: {the largest value of its step: how many}."""
    packed = base64.b64decode(text, validate=True)
    cookie, length = struct.unpack_from(">ii", packed)
    check(cookie == 0x1c849314 and length == len(packed) - 8, f"it begins {cookie:x}, {length} of {len(packed)} bytes")
    plain = zlib.decompress(packed[8:])
    cookie, length, shift, digits, least, most, ratio = struct.unpack_from(">iiiiqqd", plain)
    check((cookie, length, shift, digits, least, ratio) == (0x1c849313, len(plain) - 40, 0, 3, 1, 1.0), f"its head is {plain[:40]!r}")
    counts, place, step = {}, 40, 0
    while place < len(plain):
        number = bits = 0
        while True:
            byte, place = plain[place], place + 1
            number |= (byte if bits == 56 else byte & 0x7f) << bits
            bits += 7
            if bits > 56 or byte < 0x80:
                break
        number = number >> 1 if number % 2 == 0 else -(number >> 1) - 1
        if number > 0:
            octave = max(step // 1024 - 1, 0)
            counts[((step - 1024 * octave + 1) << octave) - 1] = number
        step += -number if number < 0 else 1
    check(most >= (max(counts) >> max(max(counts).bit_length() - 11, 0)), f"{most} may be the largest, and {max(counts)} is")
    return counts


def log(place):
    """Whole histograms: each point of the JSON's curve is in its step, the least is exact to three digits, nothing is lost."""
    place.run("report", place.path("one.json"), "--hlog", place.path("one.hlog"))
    result = json.loads(place.read("one.json"))
    lines = [line for line in place.read("one.hlog").decode("ascii").splitlines() if line[0] not in '#"']
    check("#[Histogram log format version 1.3]" in place.read("one.hlog").decode(), "the log's version is missing")
    check(len(lines) == len(result["latencies"]) > 1, f"{len(lines)} lines for {len(result['latencies'])} flows")
    for line, row in zip(lines, result["latencies"]):
        tag, start, took, largest, histogram = line.split(",")
        check(tag == "Tag=" + row["flow"] and (start, took) == ("0.000", f"{result['sim_time_ns'] / 1e9:.4f}"[:-1]), f"{line[:60]}")
        check(largest == f"{row['max_ns'] / 1e6:.6f}", f"{tag}: the largest is {largest}")
        counts = decode(histogram)
        check(sum(counts.values()) == row["frames"], f"{tag}: {sum(counts.values())} frames, not {row['frames']}")
        check(row["min_ns"] <= min(counts) <= row["min_ns"] * 1.001 and row["max_ns"] <= max(counts) <= row["max_ns"] * 1.001, f"{tag}: it goes from {min(counts)} to {max(counts)}")
        for value, count in zip(row["at_most_ns"], row["count"]):
            below = sum(n for at, n in counts.items() if at <= value * 1.001)
            check(below >= count, f"{tag}: {below} are below {value} ns, not {count}")
            check(sum(n for at, n in counts.items() if at * 1.009 < value) < count, f"{tag}: too many are below {value} ns")
    by_others(place, result)


JAVA = """
import org.HdrHistogram.*;
public class Read {
    public static void main(String[] file) throws Exception {
        HistogramLogReader reader = new HistogramLogReader(file[0]);
        for (Histogram h; (h = (Histogram) reader.nextIntervalHistogram()) != null;)
            System.out.println(h.getTag() + " " + h.getTotalCount() + " " + h.getMinValue() + " " + h.getValueAtPercentile(50) + " "
                               + h.getValueAtPercentile(99) + " " + h.getMaxValue());
    }
}
"""


def by_others(place, result):
    """HdrHistogram itself reads it, where it is (Debian's libhdrhistogram-java, and a Java to compile with)."""
    jar = "/usr/share/java/hdrhistogram.jar"
    if not (os.path.exists(jar) and shutil.which("java") and shutil.which("javac")):
        print("HdrHistogram's own reader is not here: the log was read by this test's decoder alone")
        return
    source = place.write("Read.java", JAVA)
    done = subprocess.run(["java", "-cp", jar, source, place.path("one.hlog")], capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"HdrHistogram: {done.stderr[:500]}")
    seen = [line.split() for line in done.stdout.splitlines()]
    check([(line[0], int(line[1])) for line in seen] == [(row["flow"], row["frames"]) for row in result["latencies"]], f"HdrHistogram reads {seen}")
    told = {f["name"]: f["latency_ns"] for f in result["flows"]}
    for line in seen:
        for got, key in zip(line[2:], ("min", "p50", "p99", "max")):
            right = told.get(line[0], {}).get(key)
            check(right is None or abs(int(got) - right) <= right * 0.001 + 1, f"HdrHistogram has {line[0]} {key} as {got}, the report as {right}")


def mistakes(place):
    one = place.path("one.json")
    for words, says in ((["report"], "report what?"), (["report", place.path("none.json")], "No such file"),
                        (["report", place.write("broken.json", "{")], "broken.json:1:"),
                        (["report", place.write("other_thing.json", '{"a": 1}')], "no result"),
                        (["report", place.write("empty.json", "[]")], "no result"),
                        (["report", one, "--against", place.path("none.json")], "No such file"),
                        (["report", one, "--against", one, "--threshold", "x"], "--threshold takes"),
                        (["report", one, "-o", one], "an input"), (["report", one, "--hlog", one], "an input"),
                        (["report", one, "-o", place.path("no/where.html")], "no/where.html")):
        check(says in place.run(*words, code=2).stderr.decode(), f"{words}: does not say {says!r}")


def survives_nonsense(place):
    """A result that somebody has edited: whatever stands where, a page or a message, and never a crash."""
    place.run("run", "scenarios/11-control-mac.scn", f"--json={place.path('small.json')}")
    result = json.loads(place.read("small.json"))
    for value in (None, -1, 2**63 - 1, 1.5, [[]], [{"a": [1]}], {"a": {"b": 1}}):
        for key in list(result):
            changed = {k: value if k == key else v for k, v in result.items()}
            done = subprocess.run([place.vfsim, "report", place.write("changed.json", json.dumps(changed))], capture_output=True, check=False)
            check(done.returncode in (0, 2), f"{key}: {value!r}: status {done.returncode}: {done.stderr[:300]}")
            if done.returncode == 0:
                tree.fromstring(done.stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(os.path.abspath(sys.argv[1]), folder)
        for part in (round_trips, is_beside, is_whole, percentiles, log, mistakes, survives_nonsense):
            part(place)
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
