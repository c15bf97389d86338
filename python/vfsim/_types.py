# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain objects: dataclasses of numbers and texts, whose lists pandas.DataFrame takes as they are. Times are integers of
picoseconds."""
import dataclasses
import typing

NS = 1000
US = 1000 * NS
MS = 1000 * US
S = 1000 * MS
NEVER = (1 << 64) - 1
PF = -1


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is wrong with a scenario, or why a call failed."""
    code: int
    file: typing.Optional[str]
    line: int
    column: int
    message: str
    text: str
    excerpt: str


class Error(Exception):
    """`problems`: all that is wrong, each with its place."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("\n".join(p.text for p in self.problems) or "it failed")


@dataclasses.dataclass(frozen=True)
class Flow:
    name: str
    parent: typing.Optional[str]
    sent: int
    delivered: int
    lost: int
    duplicated: int
    reordered: int
    in_flight: int
    bytes_sent: int
    bytes_delivered: int
    delivered_by_vf: int
    delivered_by_emulated: int
    delivered_by_tunnel: int
    delivered_by_other: int
    blackout: int
    blackout_at: int
    latency_min: int
    latency_p50: int
    latency_p99: int
    latency_max: int
    first_sent: int
    last_sent: int
    first_delivered: int
    last_delivered: int
    offered_bps: int
    offered_fps: int
    throughput_bps: int
    throughput_fps: int
    jitter: int
    pdv: int


@dataclasses.dataclass(frozen=True)
class Connection:
    """A TCP connection: `flow … tcp` of the language. Figures that nothing was seen for are 0."""
    name: str
    state: str
    has_begun: bool
    is_over: bool
    has_failed: bool
    bytes: int
    goodput_bps: int
    segments: int
    retransmits: int
    timeouts: int
    recoveries: int
    tail_probes: int
    spurious_timeouts: int
    damaged_bytes: int
    stalled: int
    stalled_at: int
    recovered: int
    rtt_min: int
    rtt_smoothed: int
    rtt_max: int
    cwnd_bytes: int
    cwnd_max_bytes: int
    mss: int
    has_transactions: bool
    transactions: int
    transaction_p50: int
    transaction_p99: int
    transaction_max: int


@dataclasses.dataclass(frozen=True)
class Interval:
    begin: int
    width: int
    sent: int
    lost: int
    delivered_by_vf: int
    delivered_by_emulated: int
    delivered_by_tunnel: int
    delivered_by_other: int
    bytes_sent: int
    bytes_delivered: int


@dataclasses.dataclass(frozen=True)
class Loss:
    flow: str
    reason: str
    meaning: str
    frames: int


@dataclasses.dataclass(frozen=True)
class Drop:
    place: str
    reason: str
    meaning: str
    copies: int
    lost: int


@dataclasses.dataclass(frozen=True)
class Counter:
    owner: str
    name: str
    value: int


@dataclasses.dataclass(frozen=True)
class Expectation:
    line: int
    text: str
    outcome: str  # "passed", "failed", "not judged"
    seen: str
    relation: typing.Optional[str]  # None: no number was compared with a bound
    bound: typing.Optional[int]
    measured: typing.Optional[int]


@dataclasses.dataclass(frozen=True)
class Surprise:
    line: int
    at: int
    text: str


@dataclasses.dataclass(frozen=True)
class Fate:
    at: int
    frame: int
    flow: typing.Optional[str]
    number: int
    born: int
    reason: str
    is_delivery: bool
    place: str
    length: int


@dataclasses.dataclass(frozen=True)
class Sentence:
    at: int
    category: str
    who: str
    text: str


@dataclasses.dataclass(frozen=True)
class Sighting:
    at: int
    sent: bool
    frame: int
    flow: typing.Optional[str]
    data: bytes
