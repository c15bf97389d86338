#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The live page of `vfsim serve --http` as a browser shows it: what there is with its rates, flows, drops, events; an act by its form;
nothing wider than a telephone, no complaint, light and dark told apart.

A server of the test's own stands between: it puts a script behind the page's own, which looks at what became of it.

usage: tests/live_browser.py VFSIM   status 77: there is no Chromium
"""
import http.client
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import with_us

SCENARIO = """seed 7
title "a live page"
limit time 3000s
host h0
nic h0.vmnic0 model 82599 vfs 4
switch tor latency 500ns
link h0.vmnic0 tor rate 10G latency 500ns
peer client on tor
vm web on h0 ram 16M shell linux net npa via h0.vmnic0 mac 02:00:00:00:00:0a
0 flow in from client to web size 128 rate 2K pps until 2000s
0 flow astray from client to 02:00:00:00:00:99 size 128 rate 100 pps until 2000s
1ms try switch web to passthrough
"""
PROBE = """
window.vfsimErrors = []; addEventListener("error", (e) => window.vfsimErrors.push(e.message));
addEventListener("DOMContentLoaded", () => {
  let done = false;
  setInterval(() => {
    const text = (id) => document.getElementById(id).textContent;
    if (Number(document.body.dataset.looks || 0) < 3 || done || !/web↓ [1-9]/.test(text("places"))) return;
    done = true;
    const places = text("places");
    const line = document.getElementById("line"), form = document.getElementById("act");
    line.value = "ip link set h0.vmnic0 vf 3 vlan 9";
    form.requestSubmit();
    setInterval(() => parent.postMessage(JSON.stringify({errors: window.vfsimErrors, width: innerWidth,
      wide: document.documentElement.scrollWidth, paper: getComputedStyle(document.body).backgroundColor,
      title: text("title"), state: text("state"), places: places, flows: text("flow-table"), drops: text("drop-table"),
      rings: text("ring-table"), events: text("event-list"), form: !form.hidden, hash: location.hash, answer: text("answer")}), "*"), 500);
  }, 100);
});
"""
FRAME = """<!DOCTYPE html><html><head><meta name="color-scheme" content="light dark"><title>nothing</title></head><body>
<script>addEventListener("message", (e) => { const found = JSON.parse(e.data); if (found.answer.length > 2) document.title = e.data; });</script>
<iframe src="/#%s" style="width:%dpx;height:900px;border:0"></iframe></body></html>
"""
DAY, NIGHT = 1, 0
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)


def between(port, token):
    class Between(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def give(self, status, kind, body):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def hand_on(self):
            length = int(self.headers.get("Content-Length") or 0)
            there = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            there.request(self.command, self.path, self.rfile.read(length) or None,
                          {k: v for k, v in self.headers.items() if k in ("Authorization",)})
            answer = there.getresponse()
            body = answer.read()
            if self.path == "/":
                body = body.replace(b"</title>", b"</title><script>%s</script>" % PROBE.encode(), 1)
            self.give(answer.status, answer.headers["Content-Type"], body)

        def do_GET(self):
            width = re.fullmatch(r"/frame/(\d+)", self.path)
            if width:
                self.give(200, "text/html", (FRAME % (token, int(width[1]))).encode())
            elif self.path == "/favicon.ico":
                self.give(200, "image/png", b"")
            else:
                self.hand_on()

        do_POST = hand_on

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def look(chromium, folder, port, width, scheme):
    done = subprocess.run([chromium, "--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile",
                           "--enable-logging=stderr", "--virtual-time-budget=20000", f"--blink-settings=preferredColorScheme={scheme}",
                           "--window-size=2000,1000", "--dump-dom", f"http://127.0.0.1:{port}/frame/{width}"]
                          + (["--no-sandbox"] if os.geteuid() == 0 else []), capture_output=True, text=True, timeout=240, check=False)
    title = re.search(r"<title>(\{.*?\})</title>", done.stdout, re.S)
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    if not title:
        return None, said + done.stderr.splitlines()[-3:]
    return json.loads(title[1].replace("&quot;", '"').replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")), said


def judge(found, said, width, scheme):
    what = f"{width} wide, {'light' if scheme else 'dark'}"
    check(found is not None, f"{what}: nothing came of it: {said}")
    if found is None:
        return
    check(not said and not found["errors"], f"{what}: complains: {said} {found['errors']}")
    check(found["width"] == width and found["wide"] <= width, f"{what}: needs {found['wide']}")
    check((sum(int(n) for n in re.findall(r"\d+", found["paper"])[:3]) < 200) == (scheme == NIGHT), f"{what}: on {found['paper']}")
    check(found["title"] == "a live page" and found["state"] in ("live", "can’t keep up"), f"{what}: {found['title']} {found['state']}")
    for part, words in (("places", ("host h0", "web", "h0.vmnic0", "pf", "vf 0", "vf 3", "tor", "client", "b/s")), ("flows", ("in", "b/s")),
                        ("rings", ("rx0",)), ("events", ("passthrough",))):
        check(all(word in found[part] for word in words), f"{what}: {part}: {found[part][:300]}")
    check("vswitch_no_port" in found["drops"], f"{what}: drops: {found['drops']}")
    check(re.search(r"web.*[1-9][\d.]* K?frames/s", found["places"]), f"{what}: no rate: {found['places'][:300]}")
    check(found["form"] and not found["hash"], f"{what}: the token is taken from the address: {found['hash']}")
    check('"done"' in found["answer"], f"{what}: an act: {found['answer']}")


def main():
    chromium = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
    if not chromium:
        print("left out: there is no Chromium here (Debian's package chromium; tools/test installs it)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "live.scn")
        with open(path, "w", encoding="utf-8") as out:
            out.write(SCENARIO)
        with subprocess.Popen([os.path.abspath(sys.argv[1]), "serve", path, "--http", "0"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, preexec_fn=with_us.dies) as server:
            port, token = re.search(r":(\d+)/#([0-9a-f]+)", server.stderr.readline()).groups()
            middle = between(int(port), token)
            for width, scheme in ((390, DAY), (390, NIGHT), (1400, DAY)):
                judge(*look(chromium, folder, middle.server_port, width, scheme), width, scheme)
            middle.shutdown()
            server.terminate()
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
