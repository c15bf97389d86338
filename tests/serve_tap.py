#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`uplink tap NAME`: frames of a TAP device go into a served scenario, and the scenario's come out of it.

In a network namespace that the test makes itself. Status 77: that is not permitted here.

usage: tests/serve_tap.py VFSIM
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile

import with_us

VFSIM = os.path.abspath(sys.argv[1])
PATIENCE = 120
SCENARIO = """seed 7
limit time 3000s
host h0
nic h0.vmnic0 model 82599 vfs 4
switch tor latency 500ns
link h0.vmnic0 tor rate 10G latency 500ns
uplink tap vfsimtap0 on tor
vm web on h0 ram 16M shell linux net npa via h0.vmnic0 mac 02:00:00:00:00:0a app echo
"""
ETHERTYPE = 0x88b5
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)
        print("FAILED:", what)


def inside():
    """Of a namespace, where there is nothing but the TAP device."""
    with tempfile.TemporaryDirectory(prefix="vfsim-tap-") as folder:
        path, ctl = os.path.join(folder, "tap.scn"), os.path.join(folder, "ctl")
        with open(path, "w", encoding="utf-8") as out:
            out.write(SCENARIO)
        refused = subprocess.run([VFSIM, "run", path], capture_output=True, text=True, check=False)
        check(refused.returncode == 2 and "vfsim serve" in refused.stderr, f"vfsim run has no wall clock: {refused}")
        with subprocess.Popen([VFSIM, "serve", path, "--stay", "--ctl", ctl, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, preexec_fn=with_us.dies) as server:
            while not os.path.exists(ctl) and server.poll() is None:
                pass
            if server.poll() is not None:
                raise SystemExit(server.communicate()[1])
            talk(ctl)
            server.send_signal(signal.SIGINT)
            out, err = server.communicate(timeout=PATIENCE)
        check(server.returncode == 130 and json.loads(out)["verdict"] == "PARTIAL", f"it ends: {server.returncode} {err}")
        check(not os.path.exists("/sys/class/net/vfsimtap0"), "the device goes with the run")
    print("\n".join(wrong) or "tap: ok")
    return 1 if wrong else 0


def ask(ctl, line):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(ctl)
        s.sendall(line.encode() + b"\n")
        return json.loads(s.makefile().readline())


def talk(ctl):
    """The guest's echo comes back, from its VF as from its emulated device."""
    subprocess.run(["ip", "link", "set", "vfsimtap0", "up", "address", "02:00:00:00:00:01"], check=True)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
    wire.bind(("vfsimtap0", 0))
    wire.settimeout(PATIENCE)
    for way in ("emulation", "passthrough"):
        if way == "passthrough":
            check(ask(ctl, "switch web to passthrough")["ok"], "the guest's VM is switched")
        for number in range(20):
            frame = bytes.fromhex("02000000000a" "020000000001") + ETHERTYPE.to_bytes(2, "big") + b"frame %02d over %s" % (number, way.encode())
            wire.send(frame)
            while True:
                back = wire.recv(2000)
                if back[:6] == bytes.fromhex("020000000001"):
                    break
            check(back[6:12] == bytes.fromhex("02000000000a") and frame[14:] in back, f"an echo of {frame}: {back}")
    counters = ask(ctl, "stats web")["counters"]["web"]
    check(counters["received_on_vf"] >= 20 and counters["frames_received"] >= 40, f"by both ways: {counters}")


def main():
    if len(sys.argv) > 2:
        return inside()
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    how = ["unshare", "--net"] if not tried.returncode else ["unshare", "--user", "--map-root-user", "--net"]
    tried = subprocess.run([*how, "sh", "-c", "ip tuntap add vfsimprobe mode tap"], capture_output=True, text=True, check=False)
    if tried.returncode:
        print(f"left out: no network namespace with a TAP device can be made here ({tried.stderr.strip() or tried.returncode})")
        return 77
    return subprocess.run([*how, sys.executable, os.path.abspath(__file__), VFSIM, "inside"], check=False).returncode


sys.exit(main())
