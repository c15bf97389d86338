#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages as a browser shows them: nothing is wider than a telephone, curves are drawn where there is a script, none of it complains,
and light, dark and paper are told apart.

usage: tests/page_browser.py VFSIM   (run in the root of the tree)   status 77: there is no Chromium

A script at the end of a copy of the page looks at what became of it, and leaves its findings in the title.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROBE = """
const found = {errors: window.vfsimErrors, width: innerWidth, wide: document.documentElement.scrollWidth};
found.plots = document.querySelectorAll("figure.plot").length;
function inked(canvas) {
  const copy = document.createElement("canvas");
  Object.assign(copy, {width: canvas.width, height: canvas.height});
  const ctx = copy.getContext("2d", {willReadFrequently: true});
  ctx.drawImage(canvas, 0, 0);
  const data = ctx.getImageData(0, 0, copy.width, copy.height).data;
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
  return count;
}
const drawn = () => [...document.querySelectorAll("figure.drawn canvas")];
found.library = typeof uPlot !== "undefined";
found.ink = drawn().map(inked);
found.room = drawn().map((c) => c.getBoundingClientRect().right <= innerWidth);
found.instead = [...document.querySelectorAll(".instead")].map((e) => getComputedStyle(e).display);
found.tables = document.querySelectorAll("table:not(.u-legend)").length;
found.paper = getComputedStyle(document.body).backgroundColor;
dispatchEvent(new Event("beforeprint"));
Promise.resolve().then(() => Promise.resolve()).then(() => {
  found.printed = drawn().map((c) => [c.getBoundingClientRect().width, inked(c)]);
  dispatchEvent(new Event("afterprint"));
  parent.postMessage(JSON.stringify(found), "*");
});
"""
# A window is never narrower than some 500; a frame in it is what it is asked to be.
FRAME = """<!DOCTYPE html><html><head><meta name="color-scheme" content="light dark"><title>nothing</title></head><body>
<script>addEventListener("message", (e) => { document.title = e.data; });</script>
<iframe src="probed.html" style="width:%dpx;height:900px;border:0"></iframe></body></html>
"""
LISTEN = 'window.vfsimErrors = []; addEventListener("error", (e) => window.vfsimErrors.push(e.message));'
SWEPT = """set size 64
switch tor
peer a on tor
peer b on tor
0 flow f from a to b size $size rate 100K pps count 100
end expect f lost 0
"""
DAY, NIGHT = 1, 0
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


def browser():
    return next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)


class Looker:
    def __init__(self, chromium, folder):
        self.command = [chromium, "--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile",
                        "--enable-logging=stderr", "--virtual-time-budget=5000"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
        self.folder = folder

    def look(self, page, width, scheme):
        """What the probe found in that page, and what the console was told."""
        with open(page, encoding="utf-8") as text:
            whole = text.read()
        probed = os.path.join(self.folder, "probed.html")
        with open(probed, "w", encoding="utf-8") as out:
            out.write(whole.replace("</title>", f"</title><script>{LISTEN}</script>", 1).replace("</body>", f"<script>{PROBE}</script></body>"))
        frame = os.path.join(self.folder, "frame.html")
        with open(frame, "w", encoding="utf-8") as out:
            out.write(FRAME % width)
        done = subprocess.run([*self.command, f"--blink-settings=preferredColorScheme={scheme}", "--window-size=2000,1000", "--dump-dom",
                               "file://" + frame], capture_output=True, text=True, timeout=120, check=False)
        title = re.search(r"<title>(\{.*?\})</title>", done.stdout, re.S)
        said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        if not title:
            return None, said + done.stderr.splitlines()[-3:]
        return json.loads(title[1].replace("&quot;", '"').replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")), said


def light_of(colour):
    return sum(int(n) for n in re.findall(r"\d+", colour)[:3])


def judge(looker, page, name, plots, widths=(390, 1400, 1900), schemes=(DAY, NIGHT)):
    for scheme in schemes:
        for width in widths:
            found, said = looker.look(page, width, scheme)
            what = f"{name}, {width} wide, {'light' if scheme else 'dark'}"
            check(found is not None, f"{what}: nothing came of it: {said}")
            if found is None:
                continue
            check(not said and not found["errors"], f"{what}: complains: {said} {found['errors']}")
            check(found["width"] == width, f"{what}: is {found['width']} wide")
            check(found["wide"] <= found["width"], f"{what}: needs {found['wide']}")
            check(found["tables"] > 0, f"{what}: no table")
            check((light_of(found["paper"]) < 200) == (scheme == NIGHT), f"{what}: on {found['paper']}")
            check(found["plots"] >= plots, f"{what}: {found['plots']} places for curves")
            if not found["library"]:
                continue
            check(len(found["ink"]) == plots and all(n > 500 for n in found["ink"]), f"{what}: curves of {found['ink']} dots")
            check(all(found["room"]), f"{what}: a curve beyond the edge")
            check(all(style == "none" for style in found["instead"]), f"{what}: both curves and what stands in their place")
            check(all(p[0] < 700 and p[1] > 500 for p in found["printed"]), f"{what}: printed {found['printed']}")


def without_script(page, name):
    """What a reader without a script has: every number in tables, drawings, and nothing hidden."""
    with open(page, encoding="utf-8") as text:
        whole = re.sub(r"<script.*?</script>", "", text.read(), flags=re.S)
    check(whole.count("<table>") >= 5, f"{name}: {whole.count('<table>')} tables without a script")
    check('<div class="instead">' in whole and "<svg" in whole, f"{name}: nothing is drawn without a script")
    check("p99.9" in whole, f"{name}: no percentiles without a script")
    check("hidden" not in re.sub(r"<style>.*?</style>", "", whole, flags=re.S), f"{name}: something is hidden without a script")


def make(vfsim, folder):
    def run(*words):
        done = subprocess.run([vfsim, *words], capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"vfsim {' '.join(words)}: {done.returncode}: {done.stderr}")
    place = lambda name: os.path.join(folder, name)
    run("run", "scenarios/65-migrate-npa.scn", "--html", place("one.html"), f"--json={place('one.json')}")
    run("run", "scenarios/65-migrate-npa.scn", "--seed", "66", f"--json={place('two.json')}")
    run("run", "scenarios/79-migrate-npa-sixty-four.scn", "--html", place("many.html"))
    run("report", place("one.json"), "--against", place("two.json"), "-o", place("both.html"))
    with open(place("swept.scn"), "w", encoding="utf-8") as out:
        out.write(SWEPT)
    run("sweep", place("swept.scn"), "--set", "size=64,512,1500", "-o", place("swept"), "--html", place("swept.html"))
    return {name: place(name + ".html") for name in ("one", "many", "both", "swept")}


def main():
    chromium = browser()
    if not chromium:
        print("left out: there is no Chromium here (Debian's package chromium; tools/test installs it)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        pages = make(os.path.abspath(sys.argv[1]), folder)
        looker = Looker(chromium, folder)
        if not wrong:
            judge(looker, pages["one"], "a migration", 2)
            judge(looker, pages["both"], "two results", 2, widths=(390,), schemes=(DAY,))
            judge(looker, pages["swept"], "a sweep", 1, widths=(390, 1400), schemes=(DAY,))
            judge(looker, pages["many"], "64 VMs", 2, widths=(390,), schemes=(DAY,))
            judge(looker, pages["many"], "64 VMs", 2, widths=(1900,), schemes=(NIGHT,))
            without_script(pages["one"], "a migration")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
