# SPDX-License-Identifier: GPL-2.0-or-later
"""Random worlds for tools/worlds: a seed gives one scenario, always the same one.

A world is one of nine shapes of hosts, NICs and VMs, traffic that the emulated path can carry, some pairs of acts at the same or at near
instants, what undoes them, and, when all is calm again, a probe to and from every VM. Every second world holds a switch or a
migration under traffic. Lines that only make sense together (an act and what undoes it, a host and its NICs) share a mark, `# mark`,
which the shrinker keeps together.
"""
import pathlib
import random
import re

import world_verbs as verbs
from world_verbs import BUMPY, GENTLE, LEVELS, ROUGH

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "scenario-language.md"
CAPTURE = ROOT / "scenarios" / "dns.pcap"
US, MS = 1000, 1000000                      # in ns
NEAR = [0, 0, 0, 1, 1, 1 * US, 10 * US, 100 * US]
# Moments after a switch to passthrough began at which something new does: a VF is reset for 100 ms, then driven by the guest.
AFTER_IN = [100 * MS, 100 * MS + 20 * US, 100 * MS + 100 * US, 100 * MS + 150 * US, 101 * MS]
FLOWS_MAX = 4                               # of those that go on all the time
HKEY = ":".join(["6d", "5a"] * 20)
GROUP, UNKNOWN = "01:00:5e:00:00:07", "02:00:00:77:00:01"


def rows(page, head):
    """The rows of the table of the page whose first line begins so, a list of cells each."""
    lines = page.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(head))
    for line in lines[at + 2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def step_table():
    """{word of a template: the steps that can be failed there}, from the page."""
    steps = {cells[0]: re.findall(r"`([^`]+)`", cells[1]) for cells in rows(PAGE.read_text(encoding="utf-8"), "| a switch |")}
    own = ", the guest's own VF"
    return {
        "STEP-IN": steps["to passthrough, by a plugin"], "STEP-OUT": steps["to emulation, by a plugin"],
        "STEP-IN-UPT": steps["to passthrough, `upt`"], "STEP-OUT-UPT": steps["to emulation, `upt`"],
        # what a VF received once it has the address ends with it when a later step fails (reclaimed_rx)
        "STEP-IN-EARLY": [step for step in steps["to passthrough, by a plugin"] if step not in ("drain", "commit_in")],
        "STEP-IN-LATE": ["drain", "commit_in"], "STEP-IN-EARLY-UPT": steps["to passthrough, `upt`"],
        "STEP-NAIVE-IN": steps["to passthrough, by a plugin, `order naive`"],
        "STEP-NAIVE-OUT": steps["to emulation, by a plugin, `order naive`"],
        "STEP-VFIO-OUT": steps["`by vfio`, `fail-out`"], "STEP-OWN-OUT": steps["`by vfio`, `fail-out`" + own],
        "STEP-VFIO-IN": steps["`by vfio`, `fail-in`, before the rounds"] + steps["`by vfio`, `fail-in`, when it has moved"],
        "STEP-OWN-IN": steps[f"`by vfio`, `fail-in`{own}, before the rounds"]
        + steps[f"`by vfio`, `fail-in`{own}, when it has moved"],
        "STEP-MOVE": ["prepare", "round 1", "round 2", "stop", "final", "state", "load", "resume"],
    }


STEPS = step_table()
# net: of its VMs, any of these; models of its NICs; hosts it can have.
SHAPES = {
    "npa": (["npa"], ["82599 vfs 4", "virtio vfs 4", "57712 vfs 4", "82599 vfs 40"], (1, 2, 3)),
    "igb": (["npa", "plain"], ["82576 vfs 4"], (1, 2)),
    "queues": (["npa", "npa", "plain"], ["82599 vfs 4 netqueues 2", "x540 vfs 4 netqueues 8", "82576 vfs 4 netqueues 2",
                                         "82599 vfs 4 netqueues 0", "82599 vfs 4 netqueues 1 balance 5K pps every 1ms"], (1, 2)),
    "upt": (["upt"], ["upt vfs 4"], (1, 2)),
    "own": (["vf", "vf", "npa"], ["82599 vfs 4", "82576 vfs 4"], (1, 2)),
    "bond": (["bond", "bond", "plain"], ["82599 vfs 4"], (2,)),
    "mixed": (["npa", "npa", "plain", "vf"], ["82599 vfs 4", "82599 vfs 2", "regular", "82576 vfs 2"], (2,)),
    "two": (["npa", "plain"], ["82599 vfs 4"], (1,)),
    "symmetric": (["npa"], ["82599 vfs 4 view symmetric"], (1,)),
}


class World:
    def __init__(self, seed, vocabulary=None):
        self.r = r = random.Random(seed)
        self.seed, self.lines, self.acts, self.marks, self.new = seed, [], [], 0, 0
        self.said = []
        self.focus = seed % 2 == 0
        self.level = r.choices((GENTLE, BUMPY, ROUGH), (40, 40, 20))[0]
        self.vocabulary = vocabulary or verbs
        self.shape = r.choice([s for s in SHAPES])
        if self.level == GENTLE and self.focus and self.shape in ("own", "bond"):
            self.shape = r.choice(["npa", "upt", "igb"])  # whose way in or out loses nothing
        self.build()
        self.play()

    # ---- what exists ----

    def build(self):
        r = self.r
        nets, models, counts = SHAPES[self.shape]
        self.hosts = [f"h{i}" for i in range(r.choice(counts))]
        self.nics, self.vms, self.net, self.home = [], [], {}, {}
        for host in self.hosts:
            options = r.choice(["", "", "", " iommu free", " iommu iotlb 16 superpages off", " cores 1", " ram 64M", " npa off"])
            self.lines.append(f"host {host}{options or r.choice(['', ' cores 2', ' cores 4', ' cores 4 smt'])}  # {host}")
            self.add_nic(f"{host}.vmnic0", r.choice(models))
            if self.shape == "two":
                self.add_nic(f"{host}.vmnic1", models[0] + r.choice(["", f" device {host}.vmnic0", f" port {host}.vmnic0"]))
        self.lines.append("switch tor latency 500ns" + r.choice(["", "", " reflective-relay"]))
        # In the symmetric view a VLAN reaches emulated VMs only while a VF is in it: the page says so.
        self.vlan = r.choice(["", "", "", " vlan 7"]) if self.shape != "symmetric" else ""
        self.peers = ["client"] + r.choice([[], ["other"]])
        for i, peer in enumerate(self.peers):
            self.lines.append(f"peer {peer} on tor ip 10.0.0.{i + 1} ip6 fd00::{i + 1}{self.vlan}")
        for i in range(r.randint(1, 3)):
            self.add_vm(f"v{i}", r.choice(nets), r.choice(self.hosts), i)

    def add_nic(self, nic, model):
        host = nic.split(".")[0]
        slot = self.r.choice(["", "", " pcie gen 3 lanes 4", " pcie gen 2 lanes 4 tags 8"]) if nic.endswith("vmnic0") else ""
        self.lines.append(f"nic {nic} model {model}{slot}  # {host}")
        if " port " not in model:
            self.lines.append(f"link {nic} tor{self.r.choice(['', ' latency 1us queue 64'])}  # {host}")
        self.nics.append(nic)
        self.model = dict(getattr(self, "model", {}), **{nic: model})

    def add_vm(self, vm, net, host, i):
        r = self.r
        model = self.model[f"{host}.vmnic0"]
        if net in ("vf",) and model == "regular":
            net = "plain"
        words = {"upt": "plain", "vf": "vf", "bond": "bond", "npa": "npa", "plain": "plain"}[net]
        # Without a VF a guest of its own has no carrier: it is reached when one has been put in.
        own = r.choice(["", " vf any", " vf none" if net == "bond" or self.level == ROUGH else ""]) + r.choice(["", " drivers ixgbevf igbvf"]) if net in ("vf", "bond") else ""
        policy = r.choice(["", "", " policy mac-change refuse", " policy promisc refuse forged allow"]) if self.level == ROUGH else ""
        app = r.choice(["", "", "", " app writer set 64K rate 2K pps"])
        rings = r.choice(["", "", " rx-ring 512 tx-ring 64"])
        rev = len(self.lines) % 10  # of its device; 0, 8, 9: nothing is said
        vnic = f" vmxnet3 rev {rev}" if net != "vf" and 1 <= rev <= 7 else ""
        vcpus = r.choice([1, 1, *self.vcpus_of(net, model)])
        queues = r.choice(["", "", " queues 2"]) if vcpus == 1 else r.choice(["", f" queues {min(2 * vcpus, 8)}"])
        # A VF's rings and buffers come beside those of emulation.
        ram = "16M" if rings and queues else "8M" if app or rings or queues else r.choice(["4M", "8M"])
        ram = ram if vcpus == 1 else f"{(8 if rings or queues else 6) * vcpus}M"
        face = r.choice(["linux", "linux", "windows"]) if vcpus == 1 else "linux"
        auto = r.choice(["", "", " passthrough auto after 5ms"]) if net in ("npa", "upt") and self.level != GENTLE else ""
        path = f"shell {face} net {words}"
        if net == "npa" and face == "linux" and not auto:
            path = r.choice([path, "path emulated", "path netqueue" if "netqueues 0" not in model and "netqueues" in model else path])
        several = f" vcpus {vcpus}" if vcpus > 1 else ""
        self.lines.append(f"vm {vm} on {host} ram {ram} {path}{own} mac 02:00:00:00:00:{i + 10:02x} "
                          f"ip 10.0.0.{i + 10} ip6 fd00::{i + 10}{self.vlan}{rings}{vnic}{several}{queues}{app}{auto}{policy}")
        self.vms.append(vm)
        self.net[vm], self.home[vm] = net, host

    @staticmethod
    def vcpus_of(net, model):
        """How many vCPUs beside one such a VM may have: a VF has a queue pair for each, and a guest with a VF of its own has one."""
        if net in ("vf", "bond"):
            return []
        few = net == "npa" and model.split()[0] in ("82599", "82576", "x540")
        return [2] if few else [2, 4, 8]

    # ---- what happens ----

    def play(self):
        r = self.r
        inside = {vm for vm in self.vms if self.net[vm] in ("npa", "upt") and r.random() < 0.5 and self.has_vfs(vm)}
        for vm in sorted(inside):
            self.say(r.randint(1, 3) * MS, f"switch {vm} to passthrough")
        # The hypervisor's own VF of the symmetric view comes up after 100 ms.
        start = 115 * MS if inside or self.shape == "symmetric" else 5 * MS
        self.chained = self.focus and r.random() < 0.15
        self.traffic(start)
        last = start
        for _ in range(r.randint(1, 3)):
            last = max(last, self.pair(start + r.randrange(0, 60 * MS), inside))
        if self.chained:
            last = max(last, self.chain(start))
        calm = last + 1500 * MS  # a guest that does not answer is waited for for 1 s, and a suspension for its switch
        for text, mark in reversed(self.undo):
            calm += 2 * MS
            self.say(calm, text, mark)
        self.flows_until = last + 20 * MS
        self.probe(calm + 2300 * MS)

    def has_vfs(self, vm):
        return "vfs" in self.model[f"{self.home[vm]}.vmnic0"]

    def say(self, at, text, mark=None, tries=True):
        self.acts.append((at, f"{'try ' if tries else ''}{text}", mark))

    def traffic(self, start):
        """Flows that every path can carry, under way while things happen."""
        r, self.flows, self.undo = self.r, [], []
        for vm in self.vms:
            pairs = [(vm, "client"), ("client", vm), (vm, r.choice(self.vms))]
            for a, b in pairs:
                if a == b or (self.flows and (r.random() < 0.3 or len(self.flows) == FLOWS_MAX)):
                    continue
                name = f"f{len(self.flows)}"
                self.flows.append(name)
                self.say(start - r.randrange(1, 4) * MS + r.randrange(0, MS),
                         f"flow {name} from {a} to {b} size {r.choice([64, 128, 700, 1500])} rate {r.choice([5, 10]) if self.chained else r.choice([1, 2, 3])}K pps until LAST",
                         tries=False)

    def candidates(self, acts, vm):
        def fits(this):
            needs = set(this.needs.split())
            nets = needs & {"npa", "plain", "upt", "vf", "bond"}
            return (this.level <= self.level and not ("two" in needs and len(self.hosts) < 2)
                    and not ("vfs" in needs and not self.vf_nics()) and not ("kept" in needs and not self.kept(vm))
                    and (not nets or self.net[vm] in nets))
        return [this for this in acts if fits(this)]

    def kept(self, vm):
        return any(f"snapshot {vm} to" in text for _, text, _ in self.acts)

    def vf_nics(self):
        return [nic for nic in self.nics if "vfs" in self.model[nic]]

    def pair(self, at, inside):
        """Two acts, the second at the same instant or near; the latest moment of what they begin."""
        r = self.r
        vm = r.choice(self.vms)
        starters = self.candidates(verbs.STARTERS, vm)
        if self.focus and not starters:
            vm = next((v for v in self.vms if self.candidates(verbs.STARTERS, v)), vm)
            starters = self.candidates(verbs.STARTERS, vm)
        groups = [verbs.STARTERS, verbs.TRAFFIC, verbs.OPERATORS, verbs.GUESTS, verbs.POLICIES, verbs.LIVES]
        first = r.choice(starters) if self.focus and starters else self.any_of(groups, vm)
        who = vm if r.random() < 0.7 else r.choice(self.vms)
        second = self.any_of(groups, who)
        self.said += [first, second]
        one, two = self.fill(first, vm, inside), self.fill(second, who, inside)
        if self.known_bad((one[0], two[0])):
            return self.pair(at, inside)
        into = "to passthrough" in one[0] or "migrate" in one[0]
        delay = r.choice(NEAR + [r.randrange(0, 3 * MS)] + (AFTER_IN + [r.randrange(0, 110 * MS)] if into else []))
        if r.random() < 0.3:
            one, two = two, one
        for (text, undo), when in ((one, at), (two, at + delay)):
            self.marks += 1
            mark = f"act {self.marks}" if undo else None
            self.say(when, text, mark)
            if undo:
                self.undo.append((undo, mark))
        return at + delay + (120 * MS if into else 10 * MS)

    def chain(self, at):
        """To and fro, each as the one before ends or a little earlier."""
        r, end = self.r, at + 450 * MS
        while at < end:
            vm = r.choice(self.vms)
            starters = self.candidates(verbs.STARTERS, vm)
            if not starters:
                break
            act = r.choice(starters)
            line, _ = self.fill(act, vm, set())
            if not self.known_bad((line,)):
                self.said.append(act)
                self.say(at, line)
            at += r.choice([1 * MS, 20 * MS, 101 * MS, r.randrange(0, 130 * MS)])
        return at + 120 * MS

    def known_bad(self, lines):
        here = {"", self.shape, *self.net.values()}
        return any(which in here and re.search(what, line) for which, what, _ in verbs.NOT_YET for line in lines)

    def any_of(self, groups, vm):
        while True:
            found = self.candidates(self.r.choice(groups), vm)
            needy = [this for this in found if "kept" in this.needs]  # one act among many that can be said in few worlds
            if needy and self.r.random() < 0.3:
                return needy[0]
            if found:
                return self.r.choice(found)

    # ---- templates ----

    def fill(self, this, vm, inside):
        """(line, what undoes it or None)."""
        r = self.r
        text = self.expand(this.text)
        names = self.names(this, vm, text)
        words = [names[w]() if w in names else w.replace("VM", vm) if w == "VM.snap" else w for w in text.split()]
        words = [re.sub(r"^\+?VM$", vm, w) for w in words]
        if words[0] == "switch" and r.random() < 0.7:  # what makes a difference, mostly
            words[3] = "emulation" if vm in inside and "STEP-IN" not in this.text and "passthrough " not in this.text else words[3]
        line = " ".join(words)
        undo = None
        if this.undo:
            chosen = {"NIC": self.last_nic, "N": self.last_n, "VM": vm, "HOST": self.last_host, "MAC": self.last_mac,
                      "RAM": self.ram_of(vm), "SAME": self.last_nic if words[0] == "testpmd" else words[min(4 if words[0] == "tc" else 3, len(words) - 1)],
                      "WHAT": words[min(2, len(words) - 1)], "ARG": words[min(5, len(words) - 1)]}
            undo = " ".join(chosen.get(w, w) for w in this.undo.split())
        return line, undo

    def names(self, this, vm, text):
        r = self.r
        vf_only = "vfs" in this.needs
        self.last_nic = r.choice(self.vf_nics() if vf_only else self.nics)
        self.last_n, self.last_mac, self.last_host = str(r.randrange(0, 2)), f"02:00:00:00:01:{r.randrange(1, 9):02x}", r.choice(self.hosts)
        away = [h for h in self.hosts if h != self.home[vm]]
        to = r.choice(away) if text.startswith("migrate") and away and r.random() < 0.9 else self.last_host
        upt = self.net[vm] == "upt"
        own = [nic for nic in self.nics if nic.startswith((to if text.startswith("migrate") else self.home[vm]) + ".")]
        nic = r.choice(own) if text.startswith(("switch", "migrate")) or " uplink " in text else self.last_nic
        names = {"NIC": lambda: nic, "HOST": lambda: to, "VM": lambda: vm, "PEER": lambda: r.choice(self.peers), "N": lambda: self.last_n,
                 "MAC": lambda: self.last_mac, "LINK": lambda: "client-tor" if r.random() < 0.5 else "h0.vmnic0-tor",
                 "FLOW": lambda: r.choice(self.flows), "NEW": self.new_name, "GROUP": lambda: GROUP, "UNKNOWN": lambda: UNKNOWN,
                 "HKEY": lambda: HKEY, "CAPTURE": lambda: CAPTURE.name, "CAPTURE-A": lambda: "192.0.2.1",
                 "CAPTURE-B": lambda: "192.0.2.2", "PLUGIN": lambda: r.choice(["ixgbevf.so", "ixgbevf-truncated.so", "ixgbevf-vector.so"])}
        for word, steps in STEPS.items():
            key = word + "-UPT" if upt and word + "-UPT" in STEPS else word
            names[word] = lambda key=key: r.choice(STEPS[key])
        return names

    def new_name(self):
        self.new += 1
        return f"x{self.new}"

    def ram_of(self, vm):
        return next(re.search(r" ram (\w+)", line).group(1) for line in self.lines if line.startswith(f"vm {vm} "))

    def with_room(self, line):
        """A VM that has its device segment what it sends has buffers of 64 KiB each, 64 of them for each vCPU."""
        vm = line.split()[1] if line.startswith("vm ") else None
        sends = any(" tcp" in act and vm in act.split() for _, act, _ in self.acts) if vm else False
        if not sends:
            return line
        vcpus = int((re.search(r" vcpus (\d+)", line) or ["", "1"])[1])
        least = max(16, 14 * vcpus)
        return re.sub(r" ram (\d+)M ", lambda m: f" ram {max(int(m[1]), least)}M ", line)

    def expand(self, text):
        """Choices made; the innermost first."""
        while True:
            m = re.search(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]", text)
            if not m:
                return " ".join(text.split())
            if m.group(1) is not None:
                by = self.r.choice(m.group(1).split("|"))
            else:
                by = m.group(2) if self.r.random() < 0.5 else ""
            text = text[:m.start()] + by + text[m.end():]

    # ---- what must be seen ----

    def probe(self, at):
        """Everybody is reached when all is calm again: not of a rough world."""
        self.expects = []
        if self.level == GENTLE:
            self.expects += [f"end expect {flow} lost 0 duplicated 0 reordered 0" for flow in self.flows]
        if self.level < ROUGH:
            for vm in self.vms:
                # It speaks first: what it said when it moved may have been lost, and an external switch forgets in minutes only.
                for way, a, b, later in (("from", vm, "client", 0), ("to", "client", vm, 10 * MS)):
                    name = f"{way}-{vm}"
                    self.say(at + later, f"flow {name} from {a} to {b} size 200 rate 5K pps count 20", f"probe {vm}", tries=False)
                    self.expects.append(f"end expect {name} lost 0 delivered 20  # probe {vm}")
        if any(" bad-" in text for _, text, _ in self.acts):  # what such a guest sends or reads is not what was sent
            self.expects += [f"end expect drops reason {reason} count >= 0" for reason in ("damaged", "misreported")]
        self.end = at + 30 * MS

    def text(self):
        until = f"{self.flows_until // US}us"
        lines = [f"title \"world {self.seed}: {self.shape}, {LEVELS[self.level]}\"", f"seed {self.seed}",
                 f"limit time {self.end // MS + 3000}ms", *map(self.with_room, self.lines)]
        for at, text, mark in sorted(self.acts, key=lambda a: a[0]):
            when = f"{at // MS}ms" if at % MS == 0 else f"{at // US}us" if at % US == 0 else f"{at}ns"
            lines.append(f"{when} {text.replace('LAST', until)}{'  # ' + mark if mark else ''}")
        return "\n".join(lines + self.expects) + "\n"
