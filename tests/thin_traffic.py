#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of traffic that are rare, through every path, inspected (sim/net/inspect.h).

A generated table of scenarios: path x kind of packet x way of tagging x segmentation x queues. A world is a path, a way of tagging and
a number of queues; its flows are the kinds, in both directions. Every frame must arrive as it was sent and be described as it is.
What cannot be is in the table too, with the reason: it must be refused, in the words given, or be dropped where it is said.

usage: tests/thin_traffic.py VFSIM [--keep FOLDER] [PATH ...]   (PATH: only these)
"""
import json
import os
import subprocess
import sys
import tempfile

HOST = "host h0\n"
MAC = "02:00:00:00:00:0a"


def vm(net, options, mac=MAC, name="web"):
    return f"vm {name} on h0 ram 32M shell linux net {net} mac {mac} ip 10.0.0.10 ip6 fd00::10 {options}\n"


def outside(model, more=""):
    """A NIC, a switch, and a peer behind it: the VM's other end is `out`."""
    return HOST + f"nic h0.vmnic0 model {model}{more}\nswitch tor\nlink h0.vmnic0 tor\n", "peer out on tor ip 10.0.0.1 ip6 fd00::1{vlan}\n"


# path: (what exists, the other end, the VM's kind, lines before the traffic, is its data path a VF?)
PATHS = {
    "82599": (*outside("82599", " vfs 4"), "npa", ["0 switch web to passthrough"], True),
    "82576": (*outside("82576", " vfs 4"), "npa", ["0 switch web to passthrough"], True),
    "upt": (*outside("upt", " vfs 4"), "npa", ["0 switch web to passthrough"], True),
    "vmxnet3": (HOST + "nic h0.vmnic0 model regular\nswitch tor\nlink h0.vmnic0 tor\n",
                vm("npa", "{options}", "02:00:00:00:00:0b", "out").replace("10.0.0.10", "10.0.0.1").replace("fd00::10", "fd00::1"),
                "npa", [], False),
    "pf": (*outside("82599", " vfs 4"), "npa", ["0 ethtool -L h0.vmnic0 combined {queues}"], False),
    "pf-82576": (*outside("82576", " vfs 4"), "npa", ["0 ethtool -L h0.vmnic0 combined {queues}"], False),
    "pf-upt": (*outside("upt", " vfs 4"), "npa", [], False),
    "native": (*outside("82599", " vfs 4"), "vf", [], True),
    "native-82576": (*outside("82576", " vfs 4"), "vf", [], True),
    "bond": (*outside("82599", " vfs 4"), "bond", [], True),
}
TAGS = ("untagged", "in-line", "inserted", "port")
QUEUES = (1, 2)

KINDS = { # both ways
    "ipv4": "size 300",
    "ipv6": "size 300 ipv6",
    "ext": "size 300 ipv6 ext hop-by-hop,routing,destination",
    "ext-tcp": "size 300 ipv6 ext destination tcp",
    "fragments": "size {fragment4} fragments 3",
    "fragments6": "size {fragment6} ipv6 fragments 3",
    "udp0": "size 300 checksum none",
    "tcp": "size 400 tcp",
    "tcp6": "size 400 tcp ipv6",
    "full": "size 1518",
    "small": "size 64",
    "wrong": "size 300 checksum wrong",
    "wrong6": "size 300 tcp ipv6 checksum wrong",
}
SENT = { # by a driver alone
    "offload": "size 300 checksum offload",
    "offload6": "size 301 ipv6 checksum offload",
    "offload-tcp": "size 401 tcp checksum offload",
    "offload-tcp6": "size 400 ipv6 tcp checksum offload",
}
BURST = {"plain": "ack", "fin": "ack,fin", "psh": "ack,psh", "cwr": "ack,cwr", "all": "ack,psh,fin,cwr"}
for _name, _flags in BURST.items():
    SENT[f"tso-{_name}"] = f"size 6001 tcp tso 1400 flags {_flags}"
    SENT[f"tso6-{_name}"] = f"size 6000 ipv6 tcp tso 1400 flags {_flags}"
SENT["tso-long"] = "size 65000 tcp tso 1460"

# What no driver offers: the line, and the words of the refusal.
REFUSED = [
    ("size 6000 ipv6 ext routing tcp tso 1400", "not behind extension headers"),
    ("size 300 ipv6 ext hop-by-hop checksum offload", "not behind extension headers"),
    ("size 6000 tso 1400", "only TCP is cut into segments"),
    ("size 608 fragments 3 tcp", "fragments are UDP's"),
    ("size 304 fragments 3 checksum offload", "spans several frames"),
    ("size 300 ipv6 checksum none", "only UDP over IPv4 goes without a checksum"),
    ("size 6000 tcp tso 1400 checksum none", "only UDP over IPv4 goes without a checksum"),
    ("size 300 vlan 100 proto 802.1ad inserted", "tags of 802.1Q"),
    ("size 6000 tcp tso 1400 vlan 100 proto 802.1ad", "behind an 802.1Q tag"),
    ("size 6000 tcp tso 1480", "need an MTU"),
]
WORDS = {"untagged": "", "in-line": " vlan 100 priority 3 in-line", "inserted": " vlan 100 priority 5 inserted", "port": ""}
FRAGMENT = {"fragment4": 14 + 20 + 496 + 4, "fragment6": 14 + 48 + 496 + 4}


def flow_lines(tag, queues, sends):
    """The flows of a world, two of each where they are to hash to two queues."""
    lines, names = [], []
    for way, kinds in (("o", dict(KINDS, **SENT)), ("i", KINDS)):
        for kind, words in kinds.items():
            if way == "o" and kind in SENT and not sends:
                continue
            for n in range(queues):
                name = f"{way}-{kind}-{n}"
                source, sink = ("web", "out") if way == "o" else ("out", "web")
                tagged = WORDS[tag] if way == "o" or tag != "inserted" else WORDS["in-line"]
                count = 2 if "tso" in kind else 6
                other = f" sport {1000 + n}" + (f" src-ip fd00::{n + 40}" if "ipv6" in words else f" src-ip 10.0.0.{n + 40}") if n else ""
                lines.append(f"+20us flow {name} from {source} to {sink} {words.format(**FRAGMENT)}{tagged}{other} rate 20K pps count {count}")
                names.append(name)
    return lines, names


def scenario(path, tag, queues):
    exists, other, net, before, _ = PATHS[path]
    options = f"queues {queues} via h0.vmnic0" + (" vlan 100" if tag == "port" else "")
    other = other.replace("{vlan}", " vlan 100" if tag == "port" else "").replace("{options}", options)
    text = f'title "{path}, {tag}, {queues} queues"\n' + exists + other + vm(net, options)
    text += "".join(line.format(queues=queues) + "\n" for line in before)
    if tag in ("in-line", "inserted"):
        text += "0 guest web add vlan 100\n" + ("0 guest out add vlan 100\n" if path == "vmxnet3" else "")
    lines, names = flow_lines(tag, queues, True)
    text += "300ms flow first from web to out size 64 rate 1K pps count 1\n" + "\n".join(lines) + "\n"
    for name in names:
        text += f"end expect {name} lost 0 duplicated 0 reordered 0 in-flight 0\n"
    return text


def own(model, net, lines, vm_options="", peer="", before="0 switch web to passthrough\n"):
    """A world of its own: what exists as for a path, then these lines."""
    return (HOST + f"nic h0.vmnic0 model {model} vfs 4\nswitch tor\nlink h0.vmnic0 tor\npeer out on tor ip 10.0.0.1 ip6 fd00::1{peer}\n"
            + vm(net, f"via h0.vmnic0 {vm_options}") + before + lines)


def refused_tags(name, to_passthrough):
    """A port VLAN is not its VM's choice: frames with own tags end at the port, and a tag that an Intel chip's descriptor asks for
    does not count [82599 8.2.3.27.13 PFVMVIR]: those arrive with the port's."""
    lines = ""
    for words in ("vlan 100 in-line", "vlan 100 inserted", "vlan 200 in-line"):
        lines += f"+20us flow own-{words.replace(' ', '-')} from web to out size 300 {words} rate 20K pps count 3\n"
    first = "0 switch web to passthrough\n" if to_passthrough else ""
    reason, count = ("tag_validation" if to_passthrough else "port_vlan"), (6 if name.startswith("82") and to_passthrough else 9)
    return own(name, "npa", "300ms flow first from web to out size 64 rate 1K pps count 1\n" + lines +
               f"end expect drops reason {reason} count {count}\nend expect drops total {count}\n", "vlan 100", " vlan 100", first)


TCP_IN = "".join(f"{'300ms' if n == 0 else '+1us'} flow in-{n} from out to web size {size} tcp {words} rate back-to-back count 40\n"
                 for n, (size, words) in enumerate([(1518, ""), (1518, "ipv6 sport 77"), (301, "sport 78 flags ack,psh"), (700, "sport 79")]))
SEVERAL = ("300ms flow a from web to out size 300 rate 20K pps count 5\n+20us flow b from out to web size 300 ipv6 rate 20K pps count 5\n"
           "+20us flow c from web to out size 6000 tcp tso 1400 rate 20K pps count 3\n+20us flow d from out to web size 400 tcp rate 20K pps count 5\n")
ARRIVE = "".join(f"end expect {name} lost 0 in-flight 0\n" for name in "abcd")
EXTRA = {  # beyond the table
    "refused-82599": refused_tags("82599", True),
    "refused-82576": refused_tags("82576", True),
    "refused-upt": refused_tags("upt", True),
    "refused-vmxnet3": refused_tags("82599", False),
    # a priority tag becomes the port's, and keeps its priority
    "priority": own("82599", "npa", "1ms flow a from web to out size 300 vlan 0 priority 5 rate 20K pps count 5\n"
                    "+20us flow b from web to out size 300 vlan 0 priority 6 inserted rate 20K pps count 5\n"
                    "+20us flow c from web to out size 300 rate 20K pps count 5\n"
                    + "".join(f"end expect {n} lost 0\n" for n in "abc"), "vlan 100", before=""),
    "priority-passes": own("82599", "npa", SEVERAL.replace(" rate", " vlan 0 priority 5 rate") + ARRIVE),
    # an operator's VLAN and priority: the wire has them, the guest does not
    "operator": own("82599", "vf", SEVERAL.replace("flow b", "flow b").replace("out to web size 300 ipv6", "out to web size 300 vlan 100 ipv6")
                    .replace("out to web size 400 tcp", "out to web size 400 vlan 100 tcp") + ARRIVE,
                    before="0 ip link set h0.vmnic0 vf 0 vlan 100 qos 5\n"),
    "operator-82576": own("82576", "vf", SEVERAL.replace("out to web size 300 ipv6", "out to web size 300 vlan 100 ipv6")
                          .replace("out to web size 400 tcp", "out to web size 400 vlan 100 tcp") + ARRIVE,
                          before="0 ip link set h0.vmnic0 vf 0 vlan 100 qos 5\n"),
    "service-tag": own("82599", "npa", SEVERAL.replace(" tso 1400", "").replace("6000", "600").replace(" rate", " vlan 30 proto 802.1ad rate")
                       + ARRIVE),
    "service-tag-upt": own("upt", "npa", SEVERAL.replace(" tso 1400", "").replace("6000", "600").replace(" rate", " vlan 30 proto 802.1ad rate")
                           + ARRIVE),
    "lro": own("82599", "npa", TCP_IN + "".join(f"end expect in-{n} lost 0\n" for n in range(4)) + "*  > closed -> 3 segments in\n",
               "queues 2 rx-ring 512", before="0 ethtool -K h0.vmnic0 lro on\n10ms switch web to passthrough\n"),
    # what another host's device has cut becomes large receives: PSH is the last segment's; the first one ends alone, by the throttle
    "lro-of-bursts": HOST + "host h1\nnic h0.vmnic0 model 82599 vfs 4\nnic h1.vmnic0 model regular\nswitch tor\nlink h0.vmnic0 tor\n"
    "link h1.vmnic0 tor\nvm far on h1 ram 32M shell linux net plain mac 02:00:00:00:00:0b\n" + vm("npa", "queues 2 rx-ring 512")
    + "0 ethtool -K h0.vmnic0 lro on\n10ms switch web to passthrough\n300ms flow a from far to web size 7058 tcp tso 1400 flags ack,psh "
    "rate 10K pps count 5\n+50us flow b from far to web size 7078 ipv6 tcp tso 1400 flags ack,psh rate 10K pps count 5\n"
    "end expect a lost 0 duplicated 0\nend expect b lost 0 duplicated 0\n*  > closed -> 4 segments in\n",
    "jumbo": own("82599", "npa", SEVERAL.replace("6000 tcp tso 1400", "60000 tcp tso 8900").replace("size 400 tcp", "size 9018 tcp") + ARRIVE,
                 "mtu 9000", " mtu 9000", "0 ip link set h0.vmnic0 mtu 9000\n0 switch web to passthrough\n"),
    "jumbo-vmxnet3": own("82599", "npa", SEVERAL.replace("6000 tcp tso 1400", "60000 tcp tso 8900").replace("size 400 tcp", "size 9018 tcp")
                         + ARRIVE, "mtu 9000", " mtu 9000", "0 ip link set h0.vmnic0 mtu 9000\n"),
    "features-off": own("82599", "npa", SEVERAL.replace(" rate", " vlan 7 rate") + ARRIVE,
                        before="0 guest web add vlan 7\n0 guest web ethtool -K eth0 rx off\n0 guest web ethtool -K eth0 rxvlan off\n"),
    "echo": own("82599", "npa", "300ms flow in from out to web size 300 rate 20K pps count 5\n+20us flow in6 from out to web size 300 ipv6 tcp "
                "rate 20K pps count 5\n+20us flow inv from out to web size 300 vlan 100 priority 3 rate 20K pps count 5\n"
                "end expect web/echo sent 15 lost 0\n", "app echo", before="0 guest web add vlan 100\n0 switch web to passthrough\n"),
    "echo-emulated": own("82599", "npa", "1ms flow in from out to web size 300 rate 20K pps count 5\n+20us flow in6 from out to web size 300 "
                         "ipv6 tcp rate 20K pps count 5\n+20us flow inv from out to web size 300 vlan 100 priority 3 rate 20K pps count 5\n"
                         "end expect web/echo sent 15 lost 0\n", "app echo", before="0 guest web add vlan 100\n"),
}


def run(vfsim, files):
    done = subprocess.run([vfsim, "run", "--json", *files], capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(f"vfsim gave nothing: {done.returncode} {done.stderr[:2000]}")
    reports = json.loads(done.stdout)
    return reports if isinstance(reports, list) else [reports]


def check_world(path, tag, queues, report):
    """What is wrong with one world, in words."""
    what = f"{path} {tag} {queues}"
    if report["errors"]:
        return [f"{what}: {report['errors'][:3]}"]
    wrong = [f"{what}: {f['flow']} frame {f['frame']} {f['reason']} at {f['place']}: {f['seen']}" for f in report["faulty_frames"]]
    for flow in report["flows"]:
        if flow["delivered"] != flow["sent"] or not flow["sent"]:
            wrong.append(f"{what}: {flow['name']}: {flow['delivered']} of {flow['sent']} arrived")
    if wrong:
        wrong += [f"{what}:   {d['place']} {d['reason']} {d['count']}" for d in report["drops"]]
    if not wrong and report["verdict"] != "PASS":
        wrong = [f"{what}: {report['verdict']}"]
    return wrong


def check_extra(name, report):
    """The same of a world that says itself what must be seen."""
    if report["verdict"] == "PASS" and not report["faulty_frames"]:
        return []
    wrong = [f"{name}: {report['errors'][:3]}"] if report["errors"] else []
    wrong += [f"{name}: {f['flow']} frame {f['frame']} {f['reason']} at {f['place']}: {f['seen']}" for f in report["faulty_frames"]]
    return wrong + [f"{name}: {e['text']}: {e['seen']}" for e in report["expectations"] if e["passed"] is not True] or [f"{name} fails"]


def check_refusals(vfsim, folder):
    """Every line that nobody can carry out, and why not."""
    wrong = []
    for i, (words, why) in enumerate(REFUSED):
        path = os.path.join(folder, f"refused-{i}.scn")
        with open(path, "w", encoding="utf-8") as out:
            out.write(own("82599", "npa", f"0 flow f from web to out {words} rate 1K pps count 1\n"))
        done = subprocess.run([vfsim, "check", path], capture_output=True, text=True, check=False)
        if done.returncode != 2 or why not in done.stderr:
            wrong.append(f"'{words}' is not refused with '{why}': {done.returncode} {done.stderr[:300]}")
    for words in ("tcp tso 1400", "checksum offload", "vlan 5 inserted"): # a peer has no driver
        path = os.path.join(folder, "peer.scn")
        with open(path, "w", encoding="utf-8") as out:
            out.write(own("82599", "npa", f"0 flow f from out to web size 600 {words} rate 1K pps count 1\n"))
        done = subprocess.run([vfsim, "check", path], capture_output=True, text=True, check=False)
        if done.returncode != 2 or "only a VM has a driver" not in done.stderr:
            wrong.append(f"'{words}' of a peer is not refused: {done.returncode} {done.stderr[:300]}")
    return wrong


def main():
    arguments = sys.argv[1:]
    keep = None
    if "--keep" in arguments:
        at = arguments.index("--keep")
        keep = arguments[at + 1]
        del arguments[at:at + 2]
    vfsim, only = arguments[0], arguments[1:] or list(PATHS)
    worlds = [(path, tag, queues) for path in only for tag in TAGS for queues in QUEUES]
    with tempfile.TemporaryDirectory() as folder:
        folder = keep or folder
        os.makedirs(folder, exist_ok=True)
        files = []
        for world in worlds:
            files.append(os.path.join(folder, "-".join(map(str, world)) + ".scn"))
            with open(files[-1], "w", encoding="utf-8") as out:
                out.write(scenario(*world))
        extra = [] if arguments[1:] else list(EXTRA)
        for name in extra:
            files.append(os.path.join(folder, name + ".scn"))
            with open(files[-1], "w", encoding="utf-8") as out:
                out.write(f'title "{name}"\n' + EXTRA[name])
        reports = run(vfsim, files)
        wrong = [line for world, report in zip(worlds, reports) for line in check_world(*world, report)]
        for name, report in zip(extra, reports[len(worlds):], strict=True):
            wrong += check_extra(name, report)
        wrong += check_refusals(vfsim, folder)
    print("\n".join(wrong))
    print(f"{len(files)} worlds, {len(wrong)} lines of what is wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
