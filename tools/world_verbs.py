# SPDX-License-Identifier: GPL-2.0-or-later
"""What random worlds do: every verb of docs/scenario-language.md with its options, for tools/worlds.

An act is a line in the notation of that page: `(a|b)` is one of them, `[a]` is there or not, and a word in capitals is filled in
(VM, NIC, HOST, PEER, FLOW, NEW, MAC, VLAN, …). Its level says what may come of it, which is what the world is then held to:

  gentle   nothing is lost, duplicated or put out of order by it, whatever else is going on
  bumpy    frames may be lost; once it is undone (`undo`), everybody is reached again
  rough    anything may come of it but a mistake of ours

`needs` says of which VMs (their `net`, or what drives them to passthrough) or of which worlds ("two": a second host) it can be said.
"""
import pathlib
import re
from collections import namedtuple

Act = namedtuple("Act", "level needs text undo")
GENTLE, BUMPY, ROUGH = range(3)
LEVELS = ("gentle", "bumpy", "rough")


def act(level, needs, text, undo=None):
    return Act(level, needs, text, undo)


# The half of the worlds that a switch or a migration is for. Steps are filled in from the page's own table.
SWITCHES = [
    act(GENTLE, "npa upt", "switch VM to (passthrough|emulation)"),
    act(GENTLE, "npa upt", "switch VM to (passthrough|emulation) [gap (0|1us|100us)] [move safe] [hold 4M]"),
    act(GENTLE, "npa upt", "switch VM to passthrough fail STEP-IN-EARLY"),
    act(BUMPY, "npa", "switch VM to passthrough fail STEP-IN-LATE"),
    act(BUMPY, "npa upt", "switch VM to emulation fail STEP-OUT"),
    act(BUMPY, "npa", "switch VM to passthrough order naive [fail STEP-NAIVE-IN]"),
    act(BUMPY, "npa", "switch VM to emulation order naive [fail STEP-NAIVE-OUT]"),
    act(BUMPY, "npa upt", "switch VM to (passthrough|emulation) hold (64|1500|64K) move (set-first|clear-first) [order safe]"),
    act(GENTLE, "npa", "switch VM to passthrough plugin PLUGIN"),
    act(GENTLE, "npa", "plugin VM replace (ixgbevf-2.so|ixgbevf-3.so|PLUGIN) [fail STEP-IN-EARLY]"),
    act(BUMPY, "npa", "plugin VM replace ixgbevf-3.so fail STEP-IN-LATE"),
    act(GENTLE, "npa", "rollout NEW of (ixgbevf-3.so|PLUGIN) to VM [width 2] [interval 1ms] [watch (0|1ms)] [patience 1ms] [drops 1K]"
        " [failures 1]"),
    act(BUMPY, "npa upt", "switch VM to passthrough nic NIC"),  # what is flooded while the outside learns comes by both
]

MIGRATIONS = [
    act(GENTLE, "two npa upt", "migrate VM to HOST by (emulated|npa) hold forward 8M [downtime (1us|100us|1ms)] [rounds (1|3|8)]"),
    act(GENTLE, "two npa upt", "migrate VM to HOST by (emulated|npa) hold forward 8M over (link|uplink) [latency (1us|100us)]"),
    act(GENTLE, "two npa upt", "migrate VM to HOST by (emulated|npa) hold forward 8M post-copy [after (1 round|3 rounds)] [rate 1G]"),
    act(GENTLE, "two npa upt", "migrate VM to HOST by (emulated|npa) hold forward 8M fail STEP-MOVE"),
    act(GENTLE, "two upt", "migrate VM to HOST by upt hold forward 8M [fail STEP-MOVE]"),
    act(GENTLE, "two npa", "migrate VM to HOST by npa hold forward 8M [plugin PLUGIN] [via NIC] fail-in STEP-IN-EARLY"),
    act(BUMPY, "two npa", "migrate VM to HOST by npa hold forward 8M [plugin PLUGIN] [via NIC] fail-in STEP-IN-LATE"),
    act(BUMPY, "two npa upt", "migrate VM to HOST by (emulated|npa) (hold none|hold forward (64|64K)) [rate (200M|10G)]"),
    act(BUMPY, "two npa upt", "migrate VM to HOST by npa hold forward 8M fail-out STEP-OUT [fail-in STEP-IN]"),
    act(BUMPY, "two upt", "migrate VM to HOST by upt [fail-out STEP-OUT] [fail-in STEP-IN]"),
    act(BUMPY, "two upt", "migrate VM to HOST by vfio hold none [fail STEP-MOVE] [fail-out STEP-VFIO-OUT]"),
    act(BUMPY, "two upt", "migrate VM to HOST by vfio [fail-in STEP-VFIO-IN]"),
    act(BUMPY, "two vf", "migrate VM to HOST by vfio [fail STEP-MOVE]"),
    act(ROUGH, "two vf", "migrate VM to HOST by vfio fail-in STEP-OWN-IN"),  # it has moved, and its VF does not go on
    act(BUMPY, "two vf", "migrate VM to HOST by vfio [fail-out STEP-OWN-OUT]"),
    act(BUMPY, "two bond", "migrate VM to HOST by bond timeout (1ms|50ms) [force] [mac-first] [hold forward 8M] [fail STEP-MOVE]"),
    act(BUMPY, "two npa upt plain", "migrate VM to HOST by (emulated|npa|upt|vfio|bond) [downtime 1ms]"),
    act(BUMPY, "two vf bond", "migrate VM to HOST by (vfio|bond) [downtime 1ms]"),
    act(ROUGH, "two npa upt", "migrate VM to HOST by (emulated|npa) post-copy [after 1 round] fail (pages|tunnel)"),
    act(ROUGH, "two bond", "migrate VM to HOST by bond (post-copy [after 1 round] fail (pages|tunnel)|fail tunnel)"),
    act(ROUGH, "two npa upt", "migrate VM to HOST by (emulated|npa) hold forward 8M fail tunnel"),
]

TRAFFIC = [
    act(GENTLE, "", "flow NEW from PEER to (VM|broadcast|GROUP) size (64|700|1518) rate (1K|10K) pps count (5|50)"),
    act(GENTLE, "", "flow NEW from VM to (PEER|broadcast|GROUP|UNKNOWN) size (64|700|1518) rate (1K|10K) pps count (5|50)"),
    act(GENTLE, "", "flow NEW from PEER to VM size (128|512) load (1M|10M) until +(1ms|5ms) [errored crc]"),
    act(BUMPY, "", "flow NEW from (PEER to VM|VM to PEER) size (64|1518) rate back-to-back count (20|400)"),
    act(GENTLE, "", "flow NEW from PEER to VM size 300 rate 5K pps count 20 ipv4 udp sport 1024 dport 4789 src-ip 10.9.0.1 dst-ip 10.9.0.2"),
    act(GENTLE, "", "flow NEW from PEER to VM size 300 rate 5K pps count 20 (ipv4|ipv6) tcp flags (fin,ack|syn|rst|psh,urg|ece,cwr)"),
    act(GENTLE, "", "flow NEW from PEER to VM size 300 rate 5K pps count 20 ipv6 ext (hop-by-hop|routing|destination|hop-by-hop,routing)"),
    act(GENTLE, "", "flow NEW from PEER to VM size 798 rate 5K pps count 20 ipv4 fragments (2|3|8)"),
    act(GENTLE, "", "flow NEW from PEER to VM size 1010 rate 5K pps count 20 ipv6 fragments 3"),
    act(GENTLE, "", "flow NEW from (PEER to VM|VM to PEER) size (imix|imix:aaddg) (rate 5K pps|load 10M) arrivals (even|poisson) [on 1ms off 2ms] count 20"),
    act(GENTLE, "", "exchange NEW from (PEER to VM|VM to PEER) size (64|300) [answer 700] [depth (2|8)] timeout 5ms (count 20|until +2ms)"),
    act(GENTLE, "", "flow NEW from VM to PEER size 300 rate 5K pps count 20 checksum (none|wrong|offload)"),
    act(GENTLE, "", "flow NEW from VM to PEER size 8000 tcp tso 1400 rate 500 pps count 10"),
    act(ROUGH, "", "flow NEW from VM to PEER size 300 vlan (0|30) [proto 802.1Q] [priority 5] (in-line|inserted) rate 5K pps count 10"),
    act(ROUGH, "", "flow NEW from (PEER to VM|VM to PEER) size 300 vlan 30 proto 802.1ad rate 5K pps count 10"),
    act(ROUGH, "", "flow NEW from (VM to PEER|PEER to VM) size 300 src MAC rate 5K pps count 10"),
    act(GENTLE, "replay", "replay CAPTURE as NEW from PEER to VM [timing (original|scaled 1/20|rate 1G|back-to-back)] [segment] [repeat 2] [on-loss (block|retransmit)]"),
    act(GENTLE, "replay", "replay CAPTURE as NEW from PEER to VM hosts CAPTURE-A CAPTURE-B rewrite ip timing scaled 1/50"),
    act(GENTLE, "replay", "replay CAPTURE as NEW from VM to PEER one-way timing (back-to-back|scaled 1/50)"),
    act(BUMPY, "", "flow NEW from (PEER to VM|VM to PEER) tcp ([bulk] bytes (1K|100K)|bulk until +(1ms|20ms)|rr 50 request 100 response 4K)"
        " [mss 500] [cc (cubic|reno)] [window 64K] [initial-window 2] [sack off] [timestamps (on|off)] [tso off] [delayed-ack 0]"
        " [rto-min 1ms] [sport 50001] [dport 80]"),
    act(GENTLE, "", "stop FLOW"),
]

OPERATORS = [
    act(BUMPY, "vfs", "ip link set NIC vf N spoofchk (on|off)", "ip link set NIC vf N spoofchk on"),
    act(BUMPY, "vfs", "ip link set NIC vf N trust (on|off)", "ip link set NIC vf N trust off"),
    act(BUMPY, "vfs", "ip link set NIC vf N state (auto|enable|disable)", "ip link set NIC vf N state auto"),
    act(BUMPY, "vfs", "ip link set NIC vf N (max_tx_rate (10|100)|min_tx_rate 100)", "ip link set NIC vf N max_tx_rate 0"),
    act(BUMPY, "vfs", "ip link set NIC vf N query_rss (on|off)"),
    act(ROUGH, "vfs", "ip link set NIC vf N vlan (0|30|100) [qos (0|5)] [proto (802.1Q|802.1ad)]"),
    act(ROUGH, "vfs", "ip link set NIC vf N mac MAC [vlan 30] [spoofchk off]"),
    act(BUMPY, "", "ip link set (NIC|PEER|LINK) down", "ip link set SAME up"),
    act(BUMPY, "", "ip link set (NIC|PEER|LINK) up"),
    act(BUMPY, "", "ip link set NIC mtu (600|1500|9000)", "ip link set NIC mtu 1500"),
    act(BUMPY, "", "ip link set NIC address MAC"),
    act(BUMPY, "", "tc qdisc (add|change|replace) dev (NIC|PEER|LINK) root netem (loss (10%|random 1%|gemodel 1% 30%)|corrupt 5%"
        "|delay (10us|1ms) [reorder 20% [gap 3]] [duplicate 5%])", "tc qdisc del dev SAME root"),
    act(GENTLE, "", "ip [-s] [-d] link show NIC"),
    act(BUMPY, "", "bridge link set dev NIC hwmode (veb|vepa)", "bridge link set dev NIC hwmode veb"),
    act(GENTLE, "", "bridge (link|fdb) show dev NIC"),
    act(BUMPY, "", "bridge fdb add MAC dev NIC [count (3|200)]", "bridge fdb del MAC dev NIC"),
    act(BUMPY, "", "bridge fdb del MAC dev NIC"),
    act(GENTLE, "", "ethtool [(-S|-i|-c|-g|-l|-k|-x|-n|-a)] NIC"),
    act(BUMPY, "", "ethtool -C NIC rx-usecs (0|10|500)", "ethtool -C NIC rx-usecs 10"),
    act(BUMPY, "", "ethtool -G NIC (rx (64|512|4096) [tx (64|512|4096)]|tx (64|512))", "ethtool -G NIC rx 512 tx 512"),
    act(BUMPY, "", "ethtool -L NIC combined (1|2|4)"),
    act(BUMPY, "", "ethtool -K NIC (rx|rxvlan|txvlan|lro) (on|off)", "ethtool -K NIC rx on"),
    act(ROUGH, "", "ethtool -N NIC flow-type (tcp4|udp4|sctp4|ip4) src-ip 10.0.0.1 [dst-ip 10.0.0.2] action (0|1) [loc 3]"),
    act(ROUGH, "", "ethtool -N NIC flow-type (tcp4|udp4) [src-port 9] dst-port 9 (vf N queue 0|action 1)"),
    act(ROUGH, "", "ethtool -N NIC flow-type ether proto 0x88f7 (vf N queue (0|1)|action 0)"),
    act(GENTLE, "", "ethtool -N NIC delete (0|3|127)"),
    act(BUMPY, "vfs", "ethtool --set-priv-flags NIC mdd (on|off)", "ethtool --set-priv-flags NIC mdd off"),
    act(BUMPY, "", "ethtool -X NIC (equal (1|2)|weight 3 1|default) [hkey HKEY]", "ethtool -X NIC default"),
    act(BUMPY, "vfs", "testpmd set port NIC mirror-rule (0|3) (pool-mirror-up 0x3|uplink-mirror|downlink-mirror|vlan-mirror 30)"
        " dst-pool (0|1) on", "testpmd set port SAME mirror-rule ARG uplink-mirror dst-pool 0 off"),
    act(GENTLE, "vfs", "testpmd set port NIC mirror-rule (0|3) (uplink-mirror|downlink-mirror) dst-pool 0 off"),
]

GUESTS = [
    act(ROUGH, "", "guest VM set mac MAC"),
    act(BUMPY, "", "guest VM (promisc|allmulti) (on|off)"),
    act(BUMPY, "", "guest VM sysctl net.core.busy_poll (0|20|50)", "guest VM sysctl net.core.busy_poll 0"),
    act(BUMPY, "", "guest VM sysctl net.core.netdev_budget (1|16|64)", "guest VM sysctl net.core.netdev_budget 64"),
    act(BUMPY, "", "guest VM ethtool -C eth0 rx-usecs (0|10|125|9000)", "guest VM ethtool -C eth0 rx-usecs 10"),
    act(BUMPY, "", "guest VM add multicast GROUP"),
    act(BUMPY, "", "guest VM del multicast GROUP"),
    act(BUMPY, "", "guest VM (add|del) vlan (30|31)"),
    act(BUMPY, "", "guest VM (add|del) address MAC"),
    act(GENTLE, "", "guest VM bridge fdb show dev eth0"),
    act(BUMPY, "", "guest VM rx stop", "guest VM rx go"),
    act(GENTLE, "", "guest VM rx go"),
    act(ROUGH, "", "guest VM bad-rx-buffer (0x40000000|off)"),
    act(ROUGH, "", "guest VM bad-descriptor"),
    act(ROUGH, "", "guest VM bad-tx (0x40000000|0)"),
    act(ROUGH, "", "guest VM wild-store (0x0|0x1|0x40000000)"),
    act(ROUGH, "", "guest VM hang"),
    act(BUMPY, "", "guest VM reset vf"),
    act(BUMPY, "vf bond", "guest VM hotplug (at-once|slow 1ms|never)", "guest VM hotplug at-once"),
    act(BUMPY, "npa plain upt", "guest VM driver plain", "guest VM driver npa"),
    act(BUMPY, "npa plain upt", "guest VM driver npa"),
    act(GENTLE, "", "guest VM ethtool [(-S|-i|-c|-g|-l|-k|-x|-a)] eth0"),
    act(BUMPY, "", "guest VM ethtool -G eth0 (rx (64|512) [tx (64|512)]|tx (64|512))", "guest VM ethtool -G eth0 rx 256 tx 256"),
    act(BUMPY, "", "guest VM ethtool -K eth0 (rx|rxvlan) (on|off)", "guest VM ethtool -K eth0 rx on"),
    act(BUMPY, "", "guest VM ethtool -X eth0 (equal (1|2)|weight 1 2|default)", "guest VM ethtool -X eth0 default"),
    act(ROUGH, "", "guest VM ip link set eth0 address MAC"),
    act(BUMPY, "", "guest VM ip link set eth0 (promisc|allmulticast) (on|off)"),
    act(GENTLE, "", "guest VM ip [-s] [-d] link show eth0"),
]

POLICIES = [
    act(ROUGH, "", "policy VM (mac-change|promisc|forged|vlan-trunk) (allow|refuse)"),
    act(BUMPY, "", "policy VM passthrough (allow|refuse)", "policy VM passthrough allow"),
    act(GENTLE, "npa upt", "set VM passthrough (auto|manual)"),
    act(BUMPY, "npa upt", "set VM adapter (vmxnet3|basic)", "set VM adapter vmxnet3"),
    act(BUMPY, "npa upt", "set VM link disconnected", "set VM link connected"),
    act(BUMPY, "npa upt", "set VM backing (dvport|standard)", "set VM backing dvport"),
    act(BUMPY, "npa upt", "set VM memory-reservation (0|8M)"),
    act(BUMPY, "npa upt", "set VM (ft|record-replay|vmci) (on|off)"),
    act(BUMPY, "npa upt", "set VM monitor (allows|blocks)"),
    act(BUMPY, "npa upt", "set VM uplink NIC"),
    act(BUMPY, "", "set HOST (npa|passthrough|iommu) (on|off)", "set HOST WHAT on"),
    act(BUMPY, "", "set HOST dvs (4.0|4.1)"),
    act(BUMPY, "", "set HOST vectors (0|4|64)", "set HOST vectors 256"),
    act(BUMPY, "", "set HOST guests (none|linux windows|windows|solaris freebsd)"),
]

LIVES = [
    act(BUMPY, "vfs", "set NIC numvfs (0|2|4|0 surprise)", "set NIC numvfs 4"),
    act(GENTLE, "npa upt plain", "iochain VM (add|del) (dvfilter|other)"),
    act(BUMPY, "", "suspend VM", "resume VM"),
    act(BUMPY, "", "resume VM"),
    act(BUMPY, "", "snapshot VM to VM.snap [and stop]", "resume VM"),
    act(ROUGH, "kept", "restore VM from VM.snap"),
    act(ROUGH, "", "iommu VM (unmap|map) (0|1M|2M) size (4K|64K|2M)", "iommu VM map 0 size RAM"),
    act(BUMPY, "", "reset VM vf"),
    act(BUMPY, "vfs", "reset NIC (pf|driver)"),
    act(BUMPY, "vf bond", "hotplug VM remove vf [surprise] [timeout (1ms|100ms)] [force] [mac-first]", "hotplug VM add vf"),
    act(BUMPY, "vf bond", "hotplug VM add vf [number (0|2)] [nic NIC]"),
]

# What is known and not mended yet: (net of a VM there or shape of the world, what a line matches, reason). Empty, but while somebody
# works on it.
NOT_YET = []

STARTERS = SWITCHES + MIGRATIONS
SAID = STARTERS + TRAFFIC + OPERATORS + GUESTS + POLICIES + LIVES
# Names of the page's examples, in the notation of acts.
NAMES = (("h0.vmnic0 vf 0", "NIC vf N"), ("h0.vmnic0", "NIC"), ("web", "VM"), ("client", "PEER"), ("h1", "HOST"))


def of_examples(page):
    """Verbs of the page that no act above says: by the examples of their paragraphs, whatever may come of them."""
    known = {one.text.split()[0] for one in SAID}
    happens = page[page.index("## What happens"):page.index("## What must be seen")]
    for paragraph in re.finditer(r"^\*\*([a-z]+)\*\* .*?(?=\n\n|\Z)", happens, re.M | re.S):
        examples = re.search(r"Examples?:\s(.*)", paragraph.group(0), re.S)
        for text in re.findall(r"`\S+ ([^`]+)`", examples.group(1)) if examples and paragraph.group(1) not in known else ():
            for name, word in NAMES:
                text = text.replace(name, word)
            yield act(ROUGH, "vfs" if "NIC vf N" in text else "", text)


PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "scenario-language.md"
OPERATORS.extend(of_examples(PAGE.read_text(encoding="utf-8")))
EVERYTHING = STARTERS + TRAFFIC + OPERATORS + GUESTS + POLICIES + LIVES
