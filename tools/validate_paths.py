#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""validate_paths.py VFSIM: the tables of docs/validation.md that are of whole machines, on stdout, from scenarios it writes and runs.
Started by tools/validate.

A row is published, modelled, error, what it rests on, verdict. Where a range was published the error is that to its nearer end. No value of a
profile was chosen for a row that is quoted here; rows that are missed stay, and below their table stands why: a run whose row is missed
without a reason fails."""
import json
import pathlib
import subprocess
import sys
import tempfile

from validate_worlds import CHAIN, FOUR, GIGABIT, GIGABIT_PAIR, MODERATED, MOVES, PAGES, PAIR, QUEUES, SENDS, STREAMS, UPERF, WORLD

PROFILES = ("nehalem-2.67", "skylake-3.0")
PROFILES_DIR = pathlib.Path(__file__).resolve().parent.parent / "profiles"
# What a machine without a hypervisor does not have: nobody puts its processors to sleep or wakes them by an exit.
BARE = "vcpu_wake_cycles"
# What a hypervisor that maps a guest's buffer before it copies pays for that: as a page that is allocated and freed (425 cycles, prototype-kernel).
MAP = ("guest_map_cycles", 425)


def write_profiles(folder):
    """Beside the scenarios: each profile as of a bare machine, and as of a hypervisor that maps."""
    for profile in PROFILES:
        text = (PROFILES_DIR / f"{profile}.profile").read_text()
        kept = [line for line in text.splitlines() if not line.startswith(BARE)]
        kept.append(f'{BARE} 0 rule "a machine without a hypervisor"')
        (folder / f"{profile}-bare.profile").write_text("\n".join(kept) + "\n")
        (folder / f"{profile}-maps.profile").write_text(text + f'{MAP[0]} {MAP[1]} assumed "page alloc and free, prototype-kernel"\n')


class Runs:
    """Each scenario is run once, in `folder`."""

    def __init__(self, vfsim, folder):
        self.vfsim, self.assumed, self.seen = str(pathlib.Path(vfsim).resolve()), {}, {}
        self.scenario = pathlib.Path(folder, "x.scn")
        write_profiles(self.scenario.parent)

    def __call__(self, text):
        if text not in self.seen:
            self.scenario.write_text(text)
            done = subprocess.run([self.vfsim, "run", str(self.scenario), "--json"], stdout=subprocess.PIPE, check=False)
            if done.returncode:
                sys.exit(f"exit status {done.returncode} of a run of:\n{text}")
            report = self.seen[text] = json.loads(done.stdout)
            for a in report["assumptions"]:
                if a["certainty"] in ("assumed", "rule") and a["value"]:
                    self.assumed.setdefault(a["name"], set()).add((report["profile"], a["value"], a["unit"], a["certainty"], a["source"]))
        return self.seen[text]

    def world(self, profile, app="sink", size=64, rate="6000K", span=5):
        return self(WORLD.format(profile=profile, app=app, size=size, rate=rate, vf_end=140 + span, em_begin=160 + span,
                                 em_end=160 + 2 * span))


def flow(report, name):
    return next(f for f in report["flows"] if f["name"] == name)


def rate(report, name):
    return flow(report, name)["throughput"]["fps"]


def latency_us(report, name):
    return flow(report, name)["latency_ns"]["p50"] / 1000


def vm(report, name):
    return next(v for v in report["vms"] if v["name"] == name)


def cycles_for(report, name):
    """Of its vCPU and of all who worked for it."""
    total = 0
    for thread in report["threads"]:
        if thread["thread"] == name and thread["is_vcpu"]:
            total += sum(thread["activities"].values()) + sum(thread["done_for_it"].values())
    return total


def copying(report, name):
    return next(t for t in report["threads"] if t["thread"] == name)["activities"]["copy"]


def verdict(low, high, modelled):
    """As bench/validate_print.c judges; inside of what was published is held."""
    nearest = min(max(modelled, low), high)
    off = abs(modelled - nearest) / nearest
    return "held" if off <= 0.1 else "near" if off <= 0.3 else "magnitude" if 1 / 3 <= modelled / nearest <= 3 else "missed"


MISSED = {}  # of the table that is being written: reason to rows


def judged(label, said, why):
    """The verdict; of one that is missed, why, which stands below the table."""
    if said == "missed":
        if not why:
            sys.exit(f"'{label}' is missed, and nothing says why")
        MISSED.setdefault(why, []).append(label)
    return said


def reasons():
    for why, labels in MISSED.items():
        print(f"\nMissed ({'; '.join(labels)}): {why}")
    MISSED.clear()


def row(label, low, high, modelled, rests, digits=2, why=None):
    nearest = min(max(modelled, low), high)
    published = f"{low:.{digits}f}" if low == high else f"{low:.{digits}f} to {high:.{digits}f}"
    print(f"| {label} | {published} | {modelled:.{digits}f} | {(modelled - nearest) / nearest * 100:+.1f} % | {rests} | "
          f"{judged(label, verdict(low, high, modelled), why)} |")


def table(name, about, unit):
    reasons()
    print(f"\n## {name}\n\n{about}\n\n| {unit} | published | modelled | error | rests on | verdict |\n|---|---:|---:|---:|---|---|")


def vf_against_emulated(run):
    table("5.1 A VF against the emulated device, frame rates",
          "Published: a VF carries 3 to 10 times as many frames of 64 B as a device that software emulates (SRVM, VEE 2016: 9.6 times for the "
          "pre-copy; CompSC, VEE 2012: +283 % over a paravirtual device; both Xen or another hypervisor, larger frames). Modelled: one VM "
          "each, 6 million frames a second offered; the receiver is in the guest's kernel (`app sink`), or behind a socket (`app station`), "
          "where the guest's stack bounds both paths.",
          "times")
    for profile in PROFILES:
        kernel, socket = run.world(profile), run.world(profile, app="station")
        row(f"{profile}, 64 B, in the kernel", 3, 10, rate(kernel, "vf") / rate(kernel, "em"), "the profile")
        row(f"{profile}, 64 B, through a socket", 3, 10, rate(socket, "vf") / rate(socket, "em"), "the profile")
        large = run.world(profile, size=1518, rate="812K")
        row(f"{profile}, 1518 B at line rate (CompSC)", 3.83, 3.83, rate(large, "vf") / rate(large, "em"), "the profile",
            why="CompSC's paravirtual device is Xen's, whose frames cross a driver domain, with grants and hypercalls. No such domain is "
                "modelled: a thread of the hypervisor's kernel switches, at 3,750 and 2,500 cycles a frame, which is nearly the wire's rate "
                "on the older machine and the wire's on the newer one.")
    row("nehalem-2.67, 64 B, in the kernel (SRVM)", 9.6, 9.6, rate(run.world(PROFILES[0]), "vf") / rate(run.world(PROFILES[0]), "em"),
        "the profile",
        why="of SRVM no more than an abstract could be read: its two were measured while the VM's memory was copied, over paths that it does "
            "not describe. Here nothing else runs on the host; the VF is bound by its vCPU, emulation by one thread of the virtual switch.")


def rates_of_their_own(run):
    table("5.2 Frame rates of the emulated path",
          "Sources: Linux's commits to drivers/vhost (a guest receives 1.3 to 1.5 Mpps over tap when the queue's lock is gone); AnandTech 2956 (ESX "
          "4.0u1, 82598, NetQueue off: 5 to 6 Gb/s with 4 VMs); VMware's blog, December 2010 (vmxnet3 matches DirectPath, 9+ Gb/s of TCP: here "
          "frames of 1518 B without large receives); cnf-testbed (about 100 ns a crossing of VPP, which polls and batches: no profile here "
          "describes it).",
          "Mpps, Gb/s, us")
    new, old = run.world(PROFILES[1]), run.world(PROFILES[0], size=1518, rate="812K")
    row("skylake-3.0, 64 B into the guest's kernel, Mpps", 1.3, 1.5, rate(new, "em") / 1e6, "vhost's 2-3 K cycles a frame")
    four = run(FOUR.format(profile=PROFILES[0]))
    row("nehalem-2.67, 4 VMs, one queue, Gb/s", 5, 6, sum(flow(four, f)["throughput"]["bps"] for f in ("fa", "fb", "fc", "fd")) / 1e9,
        "the profile")
    row("nehalem-2.67, one VM, emulated, Gb/s", 9, 9.87, flow(old, "em")["throughput"]["bps"] / 1e9, "the profile")
    row("nehalem-2.67, one VM, VF, Gb/s", 9, 9.87, flow(old, "vf")["throughput"]["bps"] / 1e9, "the profile")
    values = next(t for t in new["threads"] if t["activities"]["vswitch"])
    crossing = values["busy_ns"] / max(1, values["activities"]["vswitch"] / 2500) / 1000
    row("skylake-3.0, one crossing of the virtual switch, us", 0.1, 0.1, crossing, "the profile",
        why="VPP polls its ports and works frames off in batches, in a process of its own. The profile is of Linux, whose kernel takes 2,500 cycles "
            "for a frame and its vNIC; a profile of VPP would have to be taken from this very row.")


def latency_and_cpu(run):
    table("5.3 Latency and CPU",
          "Sources: VMware's technical paper 10256 (vSphere 5: a virtual NIC adds 15 to 20 us to a round trip, DirectPath half of it; from "
          "memory) and VROOM, December 2010 (DirectPath saves CPU chiefly above 50,000 packets/s); SRVM (98 % lower latency); uperf on KVM, "
          "10 GbE (0.86 exits a packet with virtio and vhost). Modelled: 64 B each 50 us into an idle VM, one way, doubled for a round trip; "
          "what vCPU, virtual switch and copies use for a VM behind a socket that gets 100,000 frames a second.",
          "us, times, exits")
    for profile in PROFILES:
        idle = run.world(profile, app="station", rate="20K", span=10)
        row(f"{profile}, emulated more than VF, a round trip, us", 7.5, 10, 2 * (latency_us(idle, "em") - latency_us(idle, "vf")),
            "the profile")
        full = run.world(profile)
        row(f"{profile}, p50 under load, emulated by VF (98 % lower)", 50, 50, latency_us(full, "em") / latency_us(full, "vf"),
            "rings and queues that are full",
            why="both paths are offered more than they take, so a frame waits for what a full ring holds, over the path's rate: the ratio is "
                "that of rates and rings. How full SRVM's paths were its abstract does not say.")
        busy = run.world(profile, app="station", rate="100K", span=10)
        vf, em = cycles_for(busy, "a"), cycles_for(busy, "b")
        row(f"{profile}, cycles at 100,000 frames/s, emulated by VF (more than 1)", 1, 10, em / vf, "the profile")
    em = vm(run.world(PROFILES[0], app="station", rate="100K", span=10), "b")
    row("nehalem-2.67, exits a frame received, emulated", 0.86, 0.86, em["exits"] / em["frames_received"], "the profile")


def gained(report, payload):
    """What its VMs get of TCP's or a tester's bytes, Gb/s: what IxChariot shows."""
    return sum(f["throughput"]["fps"] for f in report["flows"]) * payload * 8 / 1e9


def cores_of_eight(report, vcpus):
    """What its threads used while frames came, per cent of eight cores."""
    first = min(f["first_sent_ns"] for f in report["flows"])
    last = max(f["last_delivered_ns"] for f in report["flows"])
    return sum(t["busy_ns"] for t in report["threads"] if vcpus or not t["is_vcpu"]) / (last - first) / 8 * 100


def with_and_without_netqueue(run):
    table("5.4 NetQueue",
          "Sources: AnandTech 2956 (ESX 4.0u1, 82598, eight cores of 2.9 GHz: NetQueue off 5 to 6 Gb/s with 4 VMs, less with 8; on, 9.5 with 8; "
          "25 to 35 % of the cores for one such port); Intel's and VMware's papers on VMDq (ESX 3.5u1, 82598, 4 VMs, receive only: 4.0 to 4.2 "
          "without, 9.2 to 9.3 with, 9.5 with frames of 9,000 bytes); Ram et al., VEE 2009 (Xen: one guest has 2.9 Gb/s, and the wire's with "
          "a NIC of many queues and changes of the guest and of grants). Modelled: eight cores of 2.67 GHz; frames of 1,518 bytes back to back into "
          "as many VMs' kernels, of which 1,448 are a "
          "tester's; NetQueue off is one thread that polls, switches and copies for all. That structure is ESX's, and its cycles are the "
          "profile's: none was chosen for a row of this table. Where a plain NIC of ours is used instead (5.2) softirq, switch and "
          "copies are threads of their own, as Linux with vhost has them.",
          "Gb/s, %, times")
    old = PROFILES[0]

    def queues(vms, count, mtu=1500, size=1518):
        return run(QUEUES.format(profile=old, vms=vms, queues=count, mtu=mtu, size=size))

    off, on = queues(4, 0), queues(4, 8)
    rests = "one thread a queue, the profile"
    row(f"{old}, off, 4 VMs, Gb/s (ESX 4.0)", 5, 6, gained(off, 1448), rests)
    row(f"{old}, off, 4 VMs, Gb/s (ESX 3.5)", 4, 4.2, gained(off, 1448), rests)
    worse = gained(queues(8, 0), 1448) / gained(off, 1448)
    print(f"| {old}, off, 8 VMs by 4 (worse: how much is only drawn) | below 1 | {worse:.2f} | | {rests} | {'held' if worse < 0.99 else 'missed'} |")
    row(f"{old}, on, 4 VMs, Gb/s (ESX 3.5)", 9.2, 9.3, gained(on, 1448), "the wire")
    row(f"{old}, on, 8 VMs, Gb/s (ESX 4.0)", 9.5, 9.5, gained(queues(8, 8), 1448), "the wire")
    row(f"{old}, on by off, 4 VMs (ESX 3.5)", 2.21, 2.3, gained(on, 1448) / gained(off, 1448), rests)
    row(f"{old}, on, 4 VMs, frames of 9,018 bytes, Gb/s (ESX 3.5)", 9.5, 9.5, gained(queues(4, 8, 9000, 9018), 8948), "the wire")
    row(f"{old}, one guest, on by off (Xen, with all its changes)", 3.24, 3.4, gained(queues(1, 8), 1448) / gained(queues(1, 0), 1448), rests)
    row(f"{old}, off, 4 VMs, the hypervisor's threads, % of eight cores", 25, 35, cores_of_eight(off, False), rests)
    row(f"{old}, off, 4 VMs, the guests as well, % of eight cores", 25, 35, cores_of_eight(off, True), rests + ", guests' kernels")


def moderation_and_migration(run):
    table("5.5 Moderated interrupts, and packets lost in a migration",
          "Sources: E. Jones (GbE, at most 8,000 interrupts a second: almost exactly 8,000 round trips a second); Open vSwitch, commit "
          "91b8ec6c1 (live migration of a VM under 3 Mpps: what is lost is 384 to 390 ms of the stream, the downtime 136 to 148 ms). Modelled: "
          "a request at a time into an emulated VM behind an 82576 at 125 us; a VM without anybody who keeps its frames, and frames lost by its "
          "rate, over its downtime. What Open vSwitch's ports, QEMU's device states and the station's own switch add to a downtime is not here.",
          "round trips, times")
    for profile in PROFILES:
        report = run(MODERATED.format(profile=profile))
        row(f"{profile}, round trips a second at 125 us", 8000, 8000, report["exchanges"][0]["per_second"], "the chip's moderation", 0)
    moved = run(MOVES.format(profile=PROFILES[1]))
    lost = flow(moved, "in")["lost"] / 200e3 * 1e9 / moved["migrations"][0]["downtime_ns"]
    row(f"{PROFILES[1]}, what is lost, by the downtime", 2.63, 2.85, lost, "what the switch outside learns, and when")


def round_trip(run, profile, path, poll=False):
    report = run(PAIR.format(profile=profile, switch="0 switch a to passthrough\n0 switch b to passthrough\n" if path == "vf" else "",
                             poll="1ms guest a sysctl net.core.busy_poll 50\n1ms guest b sysctl net.core.busy_poll 50\n" if poll else ""))
    return report["exchanges"][0]


def request_and_answer(run):
    table("5.6 Requests and answers",
          "Sources: microvm-networking, CloudLab, 2025 (one set: two machines of 25 GbE, sockperf of 64 B one way: 32.3 us bare, 48.1 us with KVM, "
          "virtio and vhost at both ends; iperf3 of four connections: 23.5 and 13.2 Gb/s); E. Tamir, 2013 (netperf on ixgbe, UDP transactions a "
          "second: 56,000 without moderation, 78,000 with busy polling); uperf on KVM, 10 GbE (100 connections, 256 B each way, two processors: "
          "206,390 transactions a second bare, 87,070 with virtio and vhost, 1.70 exits a transaction). Modelled: a VM that is on its VF "
          "stands for a bare machine, whose vcpu_wake_cycles is 0: no exit puts it to sleep; VMs at both ends, but for uperf's load, whose other end "
          "costs nothing. TCP's own work and the application's are a frame's (guest_stack_cycles, guest_app_cycles), a process that waits is "
          "woken and switched to (guest_switch_cycles), and the thread of the emulated path is woken as well (worker_wake_cycles).",
          "us, times, exits, a second")
    for profile in PROFILES:
        bare, em = round_trip(run, f"{profile}-bare.profile", "vf")["rtt_ns"]["p50"] / 2000, round_trip(run, profile, "em")["rtt_ns"]["p50"] / 2000
        row(f"{profile}, one way, bare, us", 32.3, 32.3, bare, "the profile",
            why="two machines whose clocks, C-states and interrupt moderation are not told; here processors are awake and nothing moderates.")
        row(f"{profile}, one way, emulated, us", 48.1, 48.1, em, "the profile")
        row(f"{profile}, one way, emulated by bare", 1.49, 1.49, em / bare, "the profile")
        row(f"{profile}, one way, emulated more than bare, us", 15.8, 15.8, em - bare, "the profile")
        both = {"vf": run(STREAMS.format(profile=f"{profile}-bare.profile", switch="0 switch a to passthrough\n0 switch b to passthrough\n")),
                "em": run(STREAMS.format(profile=profile, switch=""))}
        got = {path: sum(c["goodput_bps"] for c in both[path]["connections"]) / 1e9 for path in both}
        row(f"{profile}, four connections, bare, Gb/s", 23.5, 23.5, got["vf"], "the wire, if the profile lets it")
        row(f"{profile}, four connections, emulated, Gb/s", 13.2, 13.2, got["em"], "the profile, one thread of the switch for a VM and direction")
    ladder = [round_trip(run, f"{PROFILES[1]}-bare.profile", "vf", poll)["per_second"] for poll in (False, True)]
    row(f"{PROFILES[1]}, transactions a second, no moderation", 56000, 56000, ladder[0], "the profile", 0)
    row(f"{PROFILES[1]}, transactions a second, busy polling", 78000, 78000, ladder[1], "the profile", 0)
    row(f"{PROFILES[1]}, a transaction less by busy polling, us", 5.04, 5.04, 1e6 / ladder[0] - 1e6 / ladder[1], "the profile")
    for profile in PROFILES:
        on = {"vf": run(UPERF.format(profile=f"{profile}-bare.profile", switch="0 switch a to passthrough\n")),
              "em": run(UPERF.format(profile=profile, switch=""))}
        done = {path: sum(t["transactions"] for t in on[path]["transactions"]) for path in on}
        row(f"{profile}, 100 connections, transactions a second, bare", 206390, 206390, done["vf"] / 0.05, "the profile", 0,
            why="the machine is not told, but the list was at this mail in 2011, so the older profile is nearer to it; and of a transaction's "
                "system calls nothing is charged but what guest_stack_cycles has of them.")
        row(f"{profile}, 100 connections, emulated by bare", 0.42, 0.42, done["em"] / done["vf"], "the profile")
        row(f"{profile}, 100 connections, exits a transaction, emulated", 1.7, 1.7, vm(on["em"], "a")["exits"] / done["em"],
            "how many frames a poll takes",
            why="virtio-net had one queue pair before 2013, so that one of two processors had all interrupts, and woke processes on the other by "
                "interprocessor interrupts, which exit. Here each vCPU has a pair, its interrupt and its processes, and a poll takes up to 64 "
                "frames.")


def masks(run):
    table("5.7 A VF whose driver masks its vectors",
          "Source: QEMU, commit f4d45d478263 (an 82576's VF in a guest whose driver masks a vector of MSI-X at each interrupt: about 20 Mb/s and 50 "
          "transactions a second while QEMU took the vector down each time; afterwards the wire's rate and 3,000 transactions a second to "
          "another host). Modelled: our driver masks by the chip's own register, which is no exit; masks of MSI-X that tear a vector down "
          "are not modelled, so the two rows of before have no figure. Requests go from one such VF to another, whose drivers moderate as igbvf "
          "begins: IGBVF_START_ITR, some 8,000 interrupts a second (an earlier one had 6,000, and with that it would be 3,000 here).",
          "Mb/s, a second")
    for label, published in (("Mb/s", 20), ("transactions a second", 50)):
        label = f"82576's VF, masks that take the vector down, {label}"
        said = judged(label, "missed", "a guest whose driver masks a vector of MSI-X at each interrupt, and a hypervisor that takes the vector down for it, "
                                       "are not modelled; what that costs is published by these two rows alone.")
        print(f"| {label} | {published} | not modelled | | | {said} |")
    for profile in PROFILES:
        report = run(GIGABIT.format(profile=profile))
        row(f"{profile}, 82576's VF, Mb/s", 987, 987, flow(report, "f")["throughput"]["bps"] / 1e6, "the wire", 0)
        pair = run(GIGABIT_PAIR.format(profile=profile, usecs=125))["exchanges"][0]["per_second"]
        row(f"{profile}, 82576's VF, transactions a second", 3000, 3000, pair, "igbvf's moderation, at both ends", 0)


def most_without_loss(run, profile, vms):
    """Thousands of frames a second through a chain."""
    low, high = 20, 1600
    while high - low > max(2, low // 50):
        kpps = (low + high) // 2
        bridges = "".join(f"vm v{i} on h0 ram 16M app bridge {i} {i + 1} policy forged allow\n" for i in range(1, vms + 1))
        report = run(CHAIN.format(profile=profile, last=vms + 1, vms=bridges, kpps=kpps))
        low, high = (low, kpps) if flow(report, "f")["lost"] else (kpps, high)
    return low


def chains(run):
    table("5.8 Chains of VMs on one virtual switch",
          "Source: cnf-testbed (VPP, one core: nanoseconds a frame are a line over the length of the chain, every point of it within 2 % with "
          "containers and within 15 % with VMs; a crossing costs 100 and 120 ns). Modelled: the most that 30 ms of 64 B lose nothing of, to one in fifty; "
          "VMs that bridge, in the guest's kernel, and one thread that switches and copies for all. The line is drawn through one and two "
          "VMs, and four are predicted. VPP polls, batches and copies no headers; no profile here describes it.",
          "ns a frame")
    for profile in PROFILES:
        one, two, four = (1e6 / most_without_loss(run, profile, vms) for vms in (1, 2, 4))
        line = one + 3 * (two - one)
        off = (four - line) / line * 100
        label = f"{profile}, four VMs, {four:.0f} ns, off the line through one and two"
        said = judged(label, "held" if abs(off) <= 15 else "missed",
                      "VPP's VMs poll. Here a frame that comes alone has an interrupt put into each VM of its way, which the one thread pays, and "
                      "the longer the chain the more come alone.")
        print(f"| {label} | within 2 to 15 % | {off:+.1f} % | | that a thread is busy for each crossing | {said} |")
        row(f"{profile}, a crossing", 100, 120, two - one, "the profile", 0,
            why="VPP polls, batches and copies no headers; no profile here describes it (5.2).")


def doorbells_and_pages(run):
    table("5.9 Doorbells, data rings, pages",
          "Sources: netmap, commit f2b5595a (doorbells for many frames instead of each, in a guest: 3.5 to 13.5 Mpps); Fast and Safe IO Memory "
          "Protection, 2025 (a guest that maps anew for each frame, 4 KiB pages, ring of 512: 0.96 misses of the IOTLB a page); Linux's and VMware's "
          "texts on vmxnet3's data rings, which have no figures. Modelled: a plugin that rings for each frame beside one that rings for many, "
          "on a VF, where a doorbell is no exit; exits of an emulated device's sender, which rings when a poll is over; pages that stay mapped, "
          "in an IOTLB of 64. Of data rings: a 64 B frame that lies in one is copied, one that does not is mapped before (425 cycles, assumed: a page "
          "that is allocated and freed). The profiles' own hypervisors have all of a guest's memory mapped, and pay nothing for either.",
          "times, exits, misses")
    for profile in PROFILES:
        many, one, em = (run(SENDS.format(profile=profile, switch=f"0 switch a to passthrough plugin {plugin}\n" if plugin else ""))
                         for plugin in ("ixgbevf.so", "ixgbevf-one.so", ""))
        row(f"{profile}, doorbells for many by for each, VF", 3.86, 3.86, rate(many, "f") / rate(one, "f"), "that no doorbell is an exit",
            why="netmap's guest rings a device that its hypervisor emulates: each doorbell is an exit, which is what it saves. On a VF a doorbell is "
                "a posted write, and no driver here rings the emulated device for each frame.")
        exits = vm(em, "a")["exits"] / flow(em, "f")["sent"]
        print(f"| {profile}, exits a frame sent, emulated (one for each without batches) | below 1 | {exits:.2f} | | the shell's batches | "
              f"{'held' if exits < 0.99 else 'missed'} |")
        inside, outside = (run(SENDS.format(profile=of, switch="")) for of in (profile, f"{profile}-maps.profile"))
        cycles = [copying(report, "a.vmxnet3") / flow(report, "f")["sent"] for report in (inside, outside)]
        for which, value in (("in a data ring", cycles[0]), ("outside of one", cycles[1])):
            print(f"| {profile}, cycles to copy a 64 B frame that is sent, {which} | no figure published | {value:.0f} | | the profile, "
                  "what a map takes | |")
        print(f"| {profile}, frames a second, in data rings by outside | no figure published | {rate(inside, 'f') / rate(outside, 'f'):.2f} | | "
              "that another thread is the one that is busy | |")
    report = run(PAGES.format(profile=PROFILES[1]))
    walkers, walk_ns, buffers_a_page = 6, 291, 2
    way = next(w for w in report["bottlenecks"][0]["way"] if w["kind"] == "iommu")
    f = flow(report, "f")
    misses = way["busy_thousandths"] / 1000 * walkers * (f["last_delivered_ns"] - f["first_sent_ns"]) / walk_ns
    row("skylake-3.0, misses of the IOTLB a page of buffers, 10 Gb/s", 0.96, 0.96, misses / (f["delivered"] / buffers_a_page),
        "how busy the walkers were, to a thousandth")


def what_it_rests_on(run):
    reasons()
    print("\n## 5.10 What these rest on\n\nValues of the two profiles that the runs above used and that nobody has measured or published for such a "
          "machine. Every ratio above\nhangs on some of them.\n\n| value | profile | | unit | certainty | source |\n|---|---|---:|---|---|---|")
    for name in sorted(run.assumed):
        for profile, value, unit, certainty, source in sorted(run.assumed[name]):
            print(f"| `{name}` | {profile} | {value:,} | {unit} | {certainty} | {source} |")


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = Runs(sys.argv[1], folder)
        for tables in (vf_against_emulated, rates_of_their_own, latency_and_cpu, with_and_without_netqueue, moderation_and_migration,
                       request_and_answer, masks, chains, doorbells_and_pages, what_it_rests_on):
            tables(run)


if __name__ == "__main__":
    main()
