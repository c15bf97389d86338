#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario at the wall clock (vfsim serve): it ends as `vfsim run` does, whoever comes to its doors meanwhile; what its control
socket and its live page take and answer; and clients that mean harm.

No time is held against anything: what has to come is waited for.

usage: tests/cli_serve.py VFSIM
"""
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile

import with_us

VFSIM = os.path.abspath(sys.argv[1])
HOST = """seed 7
host h0
nic h0.vmnic0 model 82599 vfs 4
switch tor latency 500ns
link h0.vmnic0 tor rate 10G latency 500ns
peer client on tor
vm web on h0 ram 16M shell linux net npa via h0.vmnic0 mac 02:00:00:00:00:0a
"""
SHORT = HOST + """0 flow in from client to web size 128 rate 10K pps count 300
5ms switch web to passthrough
end expect in lost 0
"""
LONG = HOST + "limit time 1000s\n"
CLIENTS = 1000
PATIENCE = 120  # seconds, of what never comes; nothing is judged by it
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)
        print("FAILED:", what)


def put(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


class Server:
    def __init__(self, path, *options):
        self.process = subprocess.Popen([VFSIM, "serve", path, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        preexec_fn=with_us.dies)
        self.said = []

    def wait_for(self, pattern):
        """A line on stderr."""
        for line in self.process.stderr:
            self.said.append(line)
            found = re.search(pattern, line)
            if found:
                return found
        raise SystemExit(f"never said {pattern}: {self.said}")

    def end(self):
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, "".join(self.said) + err


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        while self.socket.connect_ex(path):
            if not os.path.exists(path + ".server"):
                continue
        self.file = self.socket.makefile("rwb")

    def say(self, *lines):
        self.file.write(b"".join(line if isinstance(line, bytes) else line.encode() + b"\n" for line in lines))
        self.file.flush()

    def hear(self):
        line = self.file.readline()
        return json.loads(line) if line else None

    def ask(self, line):
        self.say(line)
        return self.hear()

    def close(self):
        self.file.close()
        self.socket.close()


def as_run(folder):
    """The wall clock changes nothing of what happens."""
    path = put(folder, "short.scn", SHORT)
    ran = subprocess.run([VFSIM, "run", path], capture_output=True, text=True, check=False)
    served = subprocess.run([VFSIM, "serve", path], capture_output=True, text=True, check=False)
    check(served.returncode == 0, f"a scenario that is served passes, not {served.returncode}: {served.stderr}")
    check(served.stdout.replace("vfsim serve", "vfsim run") == ran.stdout, "its report is that of vfsim run")
    for options, word in (([], "serve what"), (["--http", "x:y"], "--http"), (["--http", "h.example:80"], "--http"),
                          (["--ctl", folder], "something else"), (["--ctl", folder + "/" + 200 * "x"], "at most")):
        refused = subprocess.run([VFSIM, "serve", *([path] if options else []), *options], capture_output=True, text=True, check=False)
        check(refused.returncode == 2 and word in refused.stderr and not refused.stdout, f"refused: {options}: {refused}")


def acts(client):
    answer = client.ask("ip link set h0.vmnic0 vf 1 mac 02:00:00:00:00:77 spoofchk on")
    check(answer["ok"] and answer["ending"] == "done", f"an act is done: {answer}")
    answer = client.ask("ip link show h0.vmnic0")
    check(any("02:00:00:00:00:77" in line for line in answer["said"]), f"and can be seen: {answer}")
    answer = client.ask("ip link set h0.vmnic0 vf 1 min_tx_rate 10")
    check(not answer["ok"] and answer["ending"] == "refused" and "Invalid argument" in answer["reason"], f"a refusal: {answer}")
    answer = client.ask("switch web to passthrough")
    check(answer["ok"] and answer["ending"] == "done", f"a switch is done: {answer}")
    begun = client.ask("async flow slow from client to web size 64 rate 200 pps count 100")
    check(begun["ok"] and not begun["over"], f"an act that is not waited for: {begun}")
    while not (answer := client.ask(f"act {begun['act']}"))["over"]:
        pass
    check(answer["ending"] == "done", f"it ends: {answer}")
    answer = client.ask("flow late from client to web size 64 rate 100K pps count 50")
    check(answer["ok"] and answer["ending"] == "done", f"a flow that comes late: {answer}")
    flows = {flow["name"]: flow for flow in client.ask("flows")["flows"]}
    check(flows["late"]["sent"] == 50, f"is a flow as any: {flows}")
    events = client.ask("events")["events"]
    check(any("passthrough" in event["text"] for event in events), f"the switch is among the events: {events}")
    check(client.ask(f"events {events[-1]['number']}")["events"] == [], "no event is behind the last one")
    stats = client.ask("stats h0.vmnic0 vf 0")
    check(stats["counters"]["h0.vmnic0 vf 0"]["rx_packets"] >= 0, f"counters of one: {stats}")
    check({"web", "books", "h0.vmnic0 pf"} <= set(client.ask("stats")["counters"]), "counters of all")


def mistakes(client):
    for line, word in (("ip link set h0.vmnic9 vf 0 vlan 5", "did you mean"), ("nonsense", "verb"), ("expect late lost 0", "must be seen"),
                       ("+1ms switch web to emulation", "begins with its verb"), ("replay x.pcap as r from client to web", ""),
                       ("stats nobody", "nobody"), ("act 99", "no act"), ("act x", "act N"), ("status now", "behind this word"),
                       ("ip link set h0.vmnic0 vf 0..2 vlan 5", ""), ("async", ""), ('exec web "x', "quotation"), ("\x01\x02", ""),
                       (b"\xff\xfe\n", ""), ("flow late from client to web size 64 rate 1K pps count 1", "taken")):
        answer = client.ask(line)
        check(answer and not answer["ok"] and word in answer.get("error", ""), f"{line!r} is refused: {answer}")
    good = client.ask("status")
    check(good["ok"] and good["status"]["now_ns"] > 0, f"nothing is lost by them: {good}")


WORDS = ("ip link set show switch web to passthrough emulation h0.vmnic0 vf 0 3 99 vlan mac 02:00:00:00:00:77 spoofchk on off flow client from size "
         "rate 1K pps count 5 until 1ms +1ms stop reset pf ethtool -S -s migrate h0 act stats events async try end expect $x \" # 0..3 { }").split()


def fuzz(client):
    """Every line has one answer, whatever is in it."""
    rng = random.Random(16)
    for i in range(600):
        line = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 14))) if i % 3 else None
        line = line.encode() if line else bytes(rng.randrange(256) for _ in range(rng.randrange(120))).replace(b"\n", b"!")
        client.say(b"async " + line + b"\n")
        answer = client.hear()
        check(answer is not None and "ok" in answer, f"{line!r}: {answer}")
        if answer is None:
            return
    check(client.ask("status")["ok"], "whatever came, the run goes on")


def control(folder):
    path, ctl = put(folder, "long.scn", LONG), os.path.join(folder, "ctl")
    server = Server(path, "--stay", "--ctl", ctl, "--json")
    client = Client(ctl)
    acts(client)
    mistakes(client)
    second = subprocess.run([VFSIM, "serve", path, "--ctl", ctl], capture_output=True, text=True, check=False)
    check(second.returncode == 2 and "another server" in second.stderr, f"one server at a socket: {second}")
    for words, code, said in ((["status"], 0, '"ok":true'), (["ip", "-s", "link", "show", "h0.vmnic0"], 0, "RX:"),
                              (["ip", "link", "set", "h0.vmnic0", "vf", "9", "vlan", "1"], 2, "has VFs 0 to 3"),
                              (["ip", "link", "set", "h0.vmnic0", "vf", "0", "min_tx_rate", "3"], 1, "refused"), ([], 2, "")):
        asked = subprocess.run([VFSIM, "ctl", ctl, *words], capture_output=True, text=True, check=False)
        check(asked.returncode == code and said in asked.stdout, f"vfsim ctl {words}: {asked}")
    check(client.ask("quit")["ok"], "it can be ended")
    code, out, err = server.end()
    report = json.loads(out)
    check(code == 0 and report["verdict"] == "PASS", f"a run that was ended by its socket: {code} {err}")
    check([flow["name"] for flow in report["flows"]] == ["slow", "late"], "what came late is in the report")
    check(not os.path.exists(ctl), "the socket is taken away")
    gone = subprocess.run([VFSIM, "ctl", ctl, "status"], capture_output=True, text=True, check=False)
    check(gone.returncode == 2 and "served" in gone.stderr, f"nobody listens: {gone}")


def harm(folder):
    """Nobody who comes changes anything for the others."""
    path, ctl = put(folder, "long.scn", LONG), os.path.join(folder, "ctl2")
    left = socket.socket(socket.AF_UNIX)
    left.bind(ctl)
    left.close()  # as of a server that was killed
    server = Server(path, "--stay", "--ctl", ctl)
    client = Client(ctl)
    silent = [Client(ctl) for _ in range(CLIENTS)]
    for other in silent[:50]:
        other.say(b"switch web to pass")  # and never the rest
    deaf = Client(ctl)
    deaf.socket.setblocking(False)
    sent = 0
    try:
        while sent < 4 << 20:
            sent += deaf.socket.send(b"topology\n" * 1000)
    except BlockingIOError:
        pass  # it is not read as fast as it does not listen
    check(sent < 4 << 20, "who does not listen is not read for ever")
    long = Client(ctl)
    try:
        long.say(b"x" * (64 << 10))
    except OSError:
        pass  # it is closed before all of it has come
    try:
        answer = long.hear()
        check(answer is None or "longer" in answer["error"], f"a line without end: {answer}")
    except OSError:
        pass
    half = Client(ctl)
    half.say("status", "stats books")
    half.socket.shutdown(socket.SHUT_WR)
    check(half.hear()["ok"] and half.hear()["ok"] and half.hear() is None, "who says no more still hears")
    piped = Client(ctl)
    piped.say(*["act 1000000"] * 200)
    check(sum(not piped.hear()["ok"] for _ in range(200)) == 200, "many commands at a time are answered in order")
    for other in silent[:500]:
        other.close()
    waiting = Client(ctl)
    waiting.say("switch web to passthrough")
    waiting.close()  # the act goes on
    check(client.ask("status")["ok"], "the others have their answers")
    while not any("-> done" in e["text"] and "ended" in e["text"] for e in client.ask("events")["events"]):
        pass
    client.ask("flow f from client to web size 64 rate 1M pps count 1000")
    check(client.ask("flows")["flows"][0]["lost"] == 0, "no frame is lost by them")
    fuzz(client)
    server.process.send_signal(signal.SIGINT)
    code, out, _ = server.end()
    check(code == 130 and "SIGINT" in out, f"it is interrupted, with a report: {code}")
    for other in silent[500:] + [client, deaf, long, half, piped]:
        other.close()


def ask(port, method="GET", path="/", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(method, path, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


FAMILY = re.compile(r"# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)")
SAMPLE = re.compile(r'([a-z_:][a-z0-9_:]*)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? (\d+(\.\d+)?)')


def metrics(text):
    types, helped, seen = {}, set(), set()
    check(text.endswith("\n"), "the last line of the metrics ends")
    for line in text.splitlines():
        family, sample = FAMILY.fullmatch(line), SAMPLE.fullmatch(line)
        if family and family.group(1) == "HELP":
            check(family.group(2) not in helped, f"one HELP a family: {line}")
            helped.add(family.group(2))
        elif family:
            types[family.group(2)] = family.group(3)
        else:
            check(sample, f"a sample: {line}")
        if sample:
            name = sample.group(1)
            check(name in types and name in helped, f"{name} has HELP and TYPE before it")
            check((types.get(name) == "counter") == name.endswith("_total"), f"{name} is a {types.get(name)}")
            check(line.rsplit(" ", 1)[0] not in seen, f"one sample of {line}")
            seen.add(line.rsplit(" ", 1)[0])
    check(any(name.startswith("vfsim_flow_sent_frames_total{flow=\"f\"}") for name in seen), "flows are among the metrics")


def page(folder):
    path, ctl = put(folder, "long.scn", LONG), os.path.join(folder, "ctl3")
    server = Server(path, "--stay", "--ctl", ctl, "--http", "0")
    port, token = server.wait_for(r"live page: http://127\.0\.0\.1:(\d+)/#([0-9a-f]{32})").groups()
    port, client = int(port), Client(ctl)
    client.ask("flow f from client to web size 64 rate 1M pps count 1000")
    for what, word in (("/", "<!DOCTYPE html>"), ("/live.js", "state.json"), ("/live.css", ".port"), ("/page.css", ":root"),
                       ("/state.json", '"flows"'), ("/topology.json", '"nodes"'), ("/metrics", "# TYPE")):
        status, text = ask(port, path=what)
        check(status == 200 and word in text, f"{what}: {status} {text[:80]}")
    metrics(ask(port, path="/metrics")[1])
    for status, method, what, headers in ((404, "GET", "/../../etc/passwd", {}), (404, "GET", "/x", {}), (405, "POST", "/", {}),
                                          (405, "POST", "/state.json", {}), (405, "GET", "/act", {}), (403, "POST", "/act", {}),
                                          (403, "POST", "/act", {"Authorization": "Bearer " + 32 * "0"}),
                                          (403, "POST", "/act", {"Authorization": "Bearer " + token[:-1]}),
                                          (421, "GET", "/state.json", {"Host": "evil.example"}),
                                          (421, "POST", "/act", {"Host": "evil.example", "Authorization": "Bearer " + token})):
        seen, text = ask(port, method, what, body="ip link set h0.vmnic0 vf 2 vlan 7" if method == "POST" else None, **headers)
        check(seen == status, f"{method} {what} {headers}: {seen}, not {status}: {text[:80]}")
    check("vlan 7" not in " ".join(client.ask("ip link show h0.vmnic0")["said"]), "nothing was changed without the token")
    status, text = ask(port, "POST", "/act", body="ip link set h0.vmnic0 vf 2 vlan 7", Authorization="Bearer " + token)
    check(status == 200 and json.loads(text)["ok"], f"with it something is: {status} {text}")
    check("vlan 7" in " ".join(client.ask("ip link show h0.vmnic0")["said"]), "and can be seen")
    open_ones = []
    for i in range(CLIENTS):
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        connection.sendall((b"", b"GET /state.json HT", b"GET /state.json HTTP/1.1\r\n\r\n", b"\x16\x03\x01 no HTTP\r\n\r\n",
                            b"POST /act HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n")[i % 5])
        open_ones.append(connection)
    gone = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    body = b"switch web to passthrough"
    gone.sendall(b"POST /act HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (token.encode(), len(body), body))
    gone.close()  # before its answer
    check(ask(port, path="/state.json")[0] == 200, "a thousand others keep nobody from looking")
    check(client.ask("status")["ok"], "nor from acting")
    client.ask("quit")
    code, out, err = server.end()
    check(code == 0 and "verdict: PASS" in out, f"the run passes: {code} {err}")
    for connection in open_ones:
        connection.close()


def main():
    with tempfile.TemporaryDirectory(prefix="vfsim-serve-") as folder:
        for part in (as_run, control, harm, page):
            part(folder)
    print("serve: ok" if not wrong else f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
