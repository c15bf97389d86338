#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP in others' eyes: tshark's expert information of captured connections, and Mathis' formula of what losses leave of a goodput.

Usage: tests/tcp_test.py VFSIM expert|mathis

expert   connections of all kinds are captured at their sender. Where nothing is lost tshark finds nothing to say but openings and ends;
         where something is, it finds as many retransmissions as were counted, and nothing that no loss explains. To be sure that it
         looks, a capture of which frames were taken out is shown to it as well.
mathis   goodput = MSS / RTT * C / sqrt(p) [Mathis, Semke, Mahdavi, Ott 1997], C = sqrt(3/2): for each p within BAND of it, and four
         times the loss half the goodput within RATIO.
"""
import collections
import json
import math
import os
import subprocess
import sys
import tempfile

WORLD = """seed {seed}
host h0
nic h0.vmnic0 model 82599 vfs 1
switch tor
link h0.vmnic0 tor rate 1G
peer client ip 10.0.0.1 ip6 fd00::1
peer server on tor ip 10.0.0.2 ip6 fd00::2
link client tor rate 1G {link}
vm web on h0 ram 16M ip 10.0.0.3 ip6 fd00::3
capture sender at client
0 switch web to passthrough
{flows}
end expect books balanced
"""
CLEAN = {
    "bulk": "200ms flow f from client to web tcp bytes 2M window 256K",
    "both ways": "200ms flow f from client to server tcp bytes 1M window 64K\n200ms flow g from web to client tcp bytes 1M window 64K dport 5002",
    "emulated": "0 flow f from web to client tcp bytes 500K\n10ms flow g from client to web tcp bytes 500K dport 5002",
    "transactions": "200ms flow f from client to web tcp rr 100 request 300 response 9K",
    "IPv6, Reno, no options": "200ms flow f from client to server tcp bytes 500K ipv6 cc reno sack off timestamps off mss 700 window 60K",
    "through switches": "0 flow f from client to web tcp until 300ms window 64K\n200ms switch web to emulation",
}
LOSSY = {
    "losses": ("loss 1% delay 1ms", "0 flow f from client to server tcp bytes 4M window 256K"),
    "losses, a VM": ("loss 0.5% delay 1ms", "200ms flow f from client to web tcp bytes 4M window 256K"),
    "losses, by duplicates": ("loss 1% delay 1ms", "0 flow f from client to server tcp bytes 4M window 256K sack off timestamps off cc reno"),
    "bursts of losses": ("loss gemodel 0.5% 40% delay 2ms", "0 flow f from client to server tcp bytes 2M window 128K"),
    "corruption": ("corrupt 1% delay 1ms", "0 flow f from client to server tcp bytes 2M window 256K"),
    "transactions": ("loss 2% delay 1ms", "0 flow f from client to server tcp rr 300 request 3000 response 3000"),
    "duplicates": ("duplicate 2% delay 1ms", "0 flow f from client to server tcp bytes 1M window 64K"),
    "reordering": ("delay 2ms reorder 2%", "0 flow f from client to server tcp bytes 2M window 256K"),
}
# What tshark says of each connection; of one that sends a byte at a time, too (a keep-alive has one).
ALWAYS = ("Connection establish", "Connection finish", "connection closing", "TCP window update")
WITH_LOSS = ALWAYS + ("Duplicate ACK", "(suspected) fast retransmission", "(suspected) retransmission", "(suspected) spurious retransmission",
                      "(suspected) out-of-order", "D-SACK", "Previous segment(s) not captured", "window specified by the receiver is now completely full",
                      "TCP Zero Window")
CHECKS = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
C = math.sqrt(1.5)
BAND, RATIO = (0.75, 1.25), (0.75, 1.35)


def tshark(path, *arguments):
    done = subprocess.run(["tshark", "-r", path, *CHECKS, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit("tshark: " + done.stderr.decode())
    return done.stdout.decode()


def expert(path):
    """How often each of its sentences is said."""
    said = collections.Counter()
    for line in tshark(path, "-q", "-z", "expert").splitlines():
        words = line.split(None, 3)
        if len(words) == 4 and words[0].isdigit():
            said[words[3]] += int(words[0])
    return said


def sent_again(path):
    """Segments with data of which each byte had been sent, by sequence numbers alone."""
    again, high = 0, {}
    for line in tshark(path, "-T", "fields", "-e", "tcp.stream", "-e", "tcp.seq", "-e", "tcp.len", "-e", "tcp.flags.syn", "-e", "tcp.flags.fin",
                       "-Y", "tcp && (ip.src == 10.0.0.1 || ipv6.src == fd00::1)").splitlines():
        stream, seq, length, syn, fin = line.split("\t")
        end = int(seq) + int(length) + (syn in ("1", "True")) + (fin in ("1", "True"))
        again += end > int(seq) and end <= high.get(stream, 0)
        high[stream] = max(high.get(stream, 0), end)
    return again


def run(vfsim, folder, link, flows, seed=1):
    path = os.path.join(folder, "run.scn")
    with open(path, "w", encoding="ascii") as out:
        out.write(WORLD.format(link=link, flows=flows, seed=seed))
    done = subprocess.run([vfsim, "run", path, "--pcap", folder, "--json"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    report = json.loads(done.stdout.decode())
    if report["verdict"] != "PASS":
        sys.exit(f"{flows}: {report['verdict']} {report['unexpected']} {report['faulty_frames']}")
    return report, os.path.join(folder, "sender.pcap")


def strange(said, allowed):
    return [f"{count} × {text}" for text, count in said.items() if not any(word in text for word in allowed)]


def judge_experts(vfsim, folder):
    for name, flows in CLEAN.items():
        report, path = run(vfsim, folder, "", flows)
        allowed = ALWAYS + ("keep-alive",) * ("rr " in flows)
        for text in strange(expert(path), allowed):
            yield f"nothing was lost ({name}), and tshark says: {text}"
        if any(one["retransmits"] for one in report["connections"]):
            yield f"nothing was lost ({name}), and something was sent again"
    for name, (link, flows) in LOSSY.items():
        report, path = run(vfsim, folder, link, flows)
        said, counted = expert(path), sent_again(path)
        for text in strange(said, WITH_LOSS):
            yield f"{name}: tshark says: {text}"
        told = sum(n for text, n in said.items() if "(suspected)" in text and "fast" not in text)
        mine = report["connections"][0]["retransmits"]
        if name == "transactions":  # the answers' are in it, too
            mine = counted
        if counted != mine:
            yield f"{name}: {mine} segments were counted as sent again, the capture has {counted}"
        if ("loss" in link or "corrupt" in link) != bool(counted) and "reorder" not in link and "duplicate" not in link:
            yield f"{name}: {counted} segments were sent again"
        if told < counted * 8 // 10 or (told and not counted and "reorder" not in link and "duplicate" not in link):
            yield f"{name}: of {counted} segments that were sent again tshark sees {told}"


def judge_tshark(vfsim, folder):
    """Without some of its frames a capture must look wrong, or none of the above says anything."""
    _, path = run(vfsim, folder, "", CLEAN["bulk"])
    less = os.path.join(folder, "less.pcap")
    subprocess.run(["editcap", path, less, "100-110"], check=True, stdout=subprocess.DEVNULL)
    if not strange(expert(less), ALWAYS):
        yield "tshark does not miss eleven frames"


def judge_mathis(vfsim, folder):
    goodput = {}
    for per_mille in (5, 10, 20, 40):
        rtt = 0.02
        report, _ = run(vfsim, folder, "delay 10ms", f"0 tc qdisc add dev client root netem delay 10ms loss {per_mille / 10}%\n"
                        f"0 flow f from client to server tcp until 40s cc reno delayed-ack 1ms", seed=per_mille)
        one = report["connections"][0]
        wanted = one["mss"] * 8 / rtt * C / math.sqrt(per_mille / 1000)
        goodput[per_mille] = one["goodput_bps"]
        share = one["goodput_bps"] / wanted
        print(f"p {per_mille / 10} %: {one['goodput_bps'] / 1e6:.2f} Mb/s, by the formula {wanted / 1e6:.2f}, {share:.2f} of it, "
              f"{one['timeouts']} time-outs")
        if not BAND[0] < share < BAND[1]:
            yield f"with a loss of {per_mille} in a thousand the goodput is {share:.2f} of Mathis'"
    for low, high in ((5, 20), (10, 40)):
        ratio = goodput[low] / goodput[high] / 2
        if not RATIO[0] < ratio < RATIO[1]:
            yield f"four times the loss ({low} to {high}) leaves 1/{2 * ratio:.2f} of the goodput, not half"


def main():
    vfsim, what = sys.argv[1:]
    judges = {"expert": (judge_experts, judge_tshark), "mathis": (judge_mathis,)}[what]
    with tempfile.TemporaryDirectory() as folder:
        wrong = [text for judge in judges for text in judge(vfsim, folder)]
    for text in wrong:
        print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
