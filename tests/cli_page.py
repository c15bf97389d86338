#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reader of the page sees, computed from the page: colours that differ, bars of one scale, words that are not cut.

usage: tests/cli_page.py VFSIM   (run in the root of the tree)
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"
LONG = "a-" + "very-" * 5 + "long"
PACED = f"""switch tor latency 20us
peer a on tor
peer b on tor
peer {LONG} on tor mtu 600
0 flow paced from a to b size 128 rate 100K pps count 500
0 flow {LONG}-flow from a to {LONG} size 1500 rate 20K pps count 100
end expect paced lost 0
"""
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


def page_of(vfsim, folder, code, *files, more=()):
    path = os.path.join(folder, "page.html")
    done = subprocess.run([vfsim, "run", "--html", path, f"--json={folder}/report.json", *more, *files], capture_output=True,
                          text=True, check=False)
    check(done.returncode == code, f"{files}: exit status {done.returncode}: {done.stderr}")
    with open(path, encoding="utf-8") as page, open(f"{folder}/report.json", encoding="utf-8") as report:
        return page.read(), json.load(report)


# ---- colours, as a browser finds them: the rule that is most specific, of those the last ----

def rules(style, dark):
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.S)
    style = re.sub(r"@media \(prefers-color-scheme:dark\)\{((?:[^{}]*\{[^{}]*\})*)\}", lambda m: m.group(1) if dark else "", style)
    style = re.sub(r"@media [^{]*\{(?:[^{}]*\{[^{}]*\})*\}", "", style)
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
        for selector in selectors.split(","):
            yield selector.strip(), dict(p.split(":", 1) for p in body.split(";") if ":" in p)


def value_of(style, dark, tag, classes, name):
    """Of an element without parents that matter; variables replaced."""
    best, value, variables = (-1, -1), None, {}
    for selector, body in rules(style, dark):
        if selector == ":root":
            variables.update(body)
        m = re.fullmatch(r"([a-z0-9]*)((?:\.[a-z0-9]+)*)", selector)
        if not m or not selector or (m.group(1) and m.group(1) != tag) or not set(m.group(2).split(".")[1:]) <= set(classes):
            continue
        weight = (m.group(2).count("."), bool(m.group(1)))
        if name in body and weight >= best:
            best, value = weight, body[name]
    return re.sub(r"var\((--[a-z0-9]+)\)", lambda m: variables[m.group(1)], value or "")


def badges(page, words):
    style = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
    seen = re.findall(r'<span class="(verdict[^"]*)">([A-Z]+)</span>', page)
    check([word for _, word in seen] == words, f"badges {seen}, not {words}")
    for classes, word in seen:
        for dark in (False, True):
            ink = value_of(style, dark, "span", classes.split(), "color")
            paper = value_of(style, dark, "span", classes.split(), "background")
            check(ink and paper and contrast(ink, paper) >= 4.5, f"{word}, {'dark' if dark else 'light'}: {ink} on {paper}")


def contrast(a, b):
    """[WCAG 2.1 1.4.3]"""
    def light(colour):
        colour = colour.strip("#")
        colour = colour if len(colour) == 6 else "".join(2 * c for c in colour)
        parts = [int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4)]
        r, g, b = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    one, two = sorted((light(a), light(b)))
    return (two + 0.05) / (one + 0.05)


# ---- drawings ----

def inside(svg, name):
    """No bar and no word leaves its drawing, at six pixels a letter, which is less than a letter takes."""
    width, height = int(svg.get("width")), int(svg.get("height"))
    for rect in svg.iter(SVG + "rect"):
        x, y, wide, high = (int(rect.get(side)) for side in ("x", "y", "width", "height"))
        check(x >= 0 and wide >= 0 and x + wide <= width, f"{name}: a bar from {x}, {wide} wide, in {width}")
        check(y >= 0 and high >= 0 and y + high <= height, f"{name}: a bar from {y}, {high} high, in {height}")
    for text in svg.iter(SVG + "text"):
        letter = 5.5 if text.get("font-size") == "11" else 6
        wide, x = letter * len(text.text or ""), int(text.get("x"))
        left = x - {None: 0, "middle": wide / 2, "end": wide}[text.get("text-anchor")]
        check(left >= -1 and left + wide <= width + 1, f"{name}: '{text.text}' is cut at {left}..{left + wide} of {width}")


def boxes(svg, name):
    """A party's name is not wider than its box."""
    for box in svg.iter(SVG + "rect"):
        if "box" not in (box.get("class") or "").split():
            continue
        x, wide = int(box.get("x")), int(box.get("width"))
        for text in svg.iter(SVG + "text"):
            if text.get("text-anchor") == "middle" and x <= int(text.get("x")) <= x + wide:
                check(5.5 * len(text.text) <= wide, f"{name}: '{text.text}' is wider than its box")


def scale(svg, report, name):
    """Widths of bars are to each other as the blackouts are."""
    widths = {}
    for rect in svg.iter(SVG + "rect"):
        widths[int(rect.get("y"))] = widths.get(int(rect.get("y")), 0) + int(rect.get("width"))
    widths = [widths[y] for y in sorted(widths)]
    lengths = [b["blackout_ns"] for b in report["blackouts"]]
    check(len(widths) == len(lengths) > 0, f"{name}: {len(widths)} bars of {len(lengths)} blackouts")
    check(max(widths) >= 700, f"{name}: the longest bar is {max(widths)} wide")
    for width, length in zip(widths, lengths):
        check(abs(width - max(widths) * length / max(lengths)) <= 10, f"{name}: {length} ns are {width} of {max(widths)} wide")


def drawings(page, report, name):
    root = tree.fromstring(page)
    svgs = list(root.iter(SVG + "svg"))
    check(svgs, f"{name}: nothing is drawn")
    for svg in svgs:
        inside(svg, name)
        boxes(svg, name)
        title = svg.find(SVG + "title").text
        if title == "blackouts by their causes" and report["blackouts"]:
            scale(svg, report, name)
    return svgs


def main():
    vfsim = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("120-compare", "65-migrate-npa", "95-migrate-bond"):
            drawings(*page_of(vfsim, folder, 0, f"scenarios/{name}.scn"), name)
        page, report = page_of(vfsim, folder, 0, "scenarios/105-policy-migrate.scn")
        times = [r["from_ns"] for r in report["reasons"]]
        check(times == sorted(times) and len({r["host"] for r in report["reasons"]}) == 2, "reasons against passthrough are not in order")
        check(re.search(r'<th scope="col">vm</th><th scope="col">host</th><th scope="col">reason</th>', page), "reasons against passthrough name no host")
        badges(page, ["PASS"])

        scenario, bad = os.path.join(folder, "paced.scn"), os.path.join(folder, "bad.scn")
        with open(scenario, "w", encoding="utf-8") as out:
            out.write(PACED)
        page, report = page_of(vfsim, folder, 0, scenario)
        packets = [svg for svg in drawings(page, report, "paced") if svg.find(SVG + "title").text.startswith("packets")]
        marked = [t.text for t in packets[0].iter(SVG + "text") if "blackout" in t.text]
        gaps = {f["name"]: f["blackout_ns"] for f in report["flows"]}
        check(gaps["paced"] > 0 and len(marked) == 1, f"blackouts are marked: {marked} of {gaps}")
        with open(bad, "w", encoding="utf-8") as out:
            out.write("nonsense\n")
        with open(scenario, "a", encoding="utf-8") as out:
            out.write("end expect paced lost > 0\n")
        page, _ = page_of(vfsim, folder, 2, scenario, bad)
        badges(page, ["FAIL", "ERROR"])
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
