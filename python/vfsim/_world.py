# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios and worlds, above the calls of the library."""
import contextlib
import json
import signal
import threading

from ._library import ffi, lib, take, text
from ._types import (MS, NEVER, PF, Connection, Counter, Drop, Error, Expectation, Fate, Flow, Interval, Loss, Problem, Sentence,
                     Sighting, Surprise)

_OUTCOMES = ("passed", "failed", "not judged")
_VERDICTS = ("PASS", "FAIL", "PARTIAL")
_PATHS = [text(lib.vfsim_path_name(path)) for path in range(lib.VFSIM_PATHS)]
_SLICE = MS  # of simulated time, between two looks for a signal


def _problems(error):
    while error:
        yield Problem(error.code, text(error.file), error.line, error.column, text(error.message), text(error.text), text(error.excerpt))
        error = error.next


def _call(function, *arguments):
    """Calls with a place for errors at the end; raises them."""
    error = ffi.new("struct vfsim_error **")
    result = function(*arguments, error)
    failed = result < 0 if isinstance(result, int) else not result
    if not failed:
        return result
    try:
        raise Error(_problems(error[0]))
    finally:
        lib.vfsim_error_free(error[0])


def _options(keep, variables=None, seed=None, guest_image=None, plugin_store=None, snapshots=None, pcap_dir=None,
             strict_captures=False):
    """`keep`: a list that holds what the structure points to."""
    def c_text(value):
        if value is None:
            return ffi.NULL
        keep.append(ffi.new("char[]", str(value).encode()))
        return keep[-1]

    pairs = ffi.new("struct vfsim_variable[]", [(c_text(name), c_text(value)) for name, value in (variables or {}).items()])
    number = ffi.NULL if seed is None else ffi.new("uint64_t *", seed)
    keep += [pairs, number]
    return ffi.new("struct vfsim_options *", {
        "size": ffi.sizeof("struct vfsim_options"), "variables": pairs, "variable_count": len(pairs), "seed": number,
        "guest_image": c_text(guest_image), "plugin_store": c_text(plugin_store), "snapshots": c_text(snapshots),
        "pcap_dir": c_text(pcap_dir), "strict_captures": strict_captures})


def time(value):
    """Picoseconds, of a number of them or of a text with its unit: "1.5ms"."""
    if isinstance(value, int):
        return value
    out = ffi.new("vfsim_time *")
    if lib.vfsim_parse_time(value.encode(), out):
        raise ValueError(f"a time with its unit, such as 10us or 1.5ms, not {value!r}")
    return out[0]


class Scenario:
    """Lines, one after the other: `add()` raises Error for what is wrong with them. `build()` makes a world of it."""

    def __init__(self, name="scenario", folder=".", **options):
        keep = []
        self._c = ffi.gc(lib.vfsim_scenario_new(name.encode(), str(folder).encode(), _options(keep, **options)), lib.vfsim_scenario_free)

    @classmethod
    def read(cls, path, **options):
        self, keep = cls.__new__(cls), []
        self._c = ffi.gc(lib.vfsim_scenario_read(str(path).encode(), _options(keep, **options)), lib.vfsim_scenario_free)
        return self

    @classmethod
    def parse(cls, lines, name="scenario", folder=".", **options):
        self = cls(name, folder, **options)
        lib.vfsim_scenario_add(self._c, lines.encode())  # what is wrong stays, and build() tells all of it
        return self

    def add(self, lines):
        error = lib.vfsim_scenario_add(self._c, lines.encode())
        if error:
            raise Error(_problems(error))

    def check(self):
        error = lib.vfsim_scenario_check(self._c)
        if error:
            raise Error(_problems(error))

    def build(self):
        return World(_call(lib.vfsim_world_new, self._c))

    @property
    def summary(self):
        return take(lib.vfsim_scenario_summary(self._c))


class World:
    """A scenario that runs. To be closed (`with` does), by the thread that built it."""

    def __init__(self, c):
        self._world, self._thread, self._handles, self._raised = c, threading.get_ident(), {}, None

    @property
    def _c(self):
        if self._world is None:
            raise ValueError("this world is closed")
        return self._world

    @classmethod
    def read(cls, path, **options):
        return Scenario.read(path, **options).build()

    @classmethod
    def parse(cls, lines, **options):
        return Scenario.parse(lines, **options).build()

    @classmethod
    def load(cls, path_or_bytes, **options):
        keep = []
        if isinstance(path_or_bytes, (bytes, bytearray, memoryview)):
            data = ffi.from_buffer(path_or_bytes)
            return cls(_call(lib.vfsim_world_load_memory, data, len(data), _options(keep, **options)))
        return cls(_call(lib.vfsim_world_load, str(path_or_bytes).encode(), _options(keep, **options)))

    def close(self):
        if self._world:
            c, self._world = self._world, None
            lib.vfsim_world_free(c)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_world", None) and self._thread == threading.get_ident():
            self.close()

    # ---- running ----

    @contextlib.contextmanager
    def _signals_wait(self):
        """A handler of Python's knows nothing of guests, whose stack it would run on: signals come when no guest runs."""
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM,
                                                         signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raised, self._raised = self._raised, None
        if raised:
            raise raised

    def run(self, until=None):
        """Up to and including a time, or to the end. True: the run is over."""
        end = NEVER if until is None else time(until)
        while True:
            with self._signals_wait():
                over = _call(lib.vfsim_world_run_until, self._c, min(self.now + _SLICE, end))
            if over or self.now >= end:
                return bool(over)

    def step(self):
        """One event. True: the run is over."""
        with self._signals_wait():
            return bool(_call(lib.vfsim_world_step, self._c))

    def finish(self, why=None):
        """Judges what is expected of the end, and writes captures and snapshots; nothing runs any more."""
        _call(lib.vfsim_world_finish, self._c, ffi.NULL if why is None else why.encode())

    @property
    def now(self):
        return lib.vfsim_world_now(self._c)

    @property
    def begin(self):
        """Of the timeline; None: not yet."""
        begin = lib.vfsim_world_begin(self._c)
        return None if begin == NEVER else begin

    @property
    def events(self):
        return lib.vfsim_world_events(self._c)

    @property
    def is_over(self):
        return bool(lib.vfsim_world_is_over(self._c))

    # ---- what came of it ----

    @property
    def verdict(self):
        self.finish()
        return _VERDICTS[lib.vfsim_world_verdict(self._c)]

    def _each(self, function, kind):
        out, index = ffi.new(f"struct {kind} *"), 0
        while function(self._c, index, out):
            yield out[0]
            index += 1

    def expectations(self):
        """Of the end they are judged when the run is over, which finishes the world."""
        if self.is_over:
            self.finish()
        return [Expectation(e.line, text(e.text), _OUTCOMES[e.outcome], text(e.seen),
                            *((text(e.relation), e.bound, e.measured) if e.has_bound else (None, None, None)))
                for e in self._each(lib.vfsim_world_expectation, "vfsim_expectation")]

    def surprises(self):
        """What went wrong and no line names."""
        return [Surprise(s.line, s.at, text(s.text)) for s in self._each(lib.vfsim_world_surprise, "vfsim_surprise")]

    def _report(self, form, style=0, columns=0):
        self.finish()
        report = lib.vfsim_world_report(self._c)
        try:
            return take(lib.vfsim_report_text(report, form, style, columns, ffi.NULL))
        finally:
            lib.vfsim_report_free(report)

    def report(self):
        """As JSON has it (docs/report.schema.json): dictionaries and lists."""
        return json.loads(self._report(lib.VFSIM_JSON))

    def report_text(self, ladders=False):
        return self._report(lib.VFSIM_TEXT, lib.VFSIM_LADDERS if ladders else 0)

    def report_html(self):
        return self._report(lib.VFSIM_HTML)

    # ---- figures ----

    @staticmethod
    def _by_path(c):
        return {f"delivered_by_{name}": c.delivered_by[path] for path, name in enumerate(_PATHS)}

    def flows(self):
        plain = [f for f in Flow.__dataclass_fields__ if f not in ("name", "parent") and not f.startswith("delivered_by")]
        return [Flow(name=text(f.name), parent=text(f.parent), **self._by_path(f), **{name: getattr(f, name) for name in plain})
                for f in self._each(lib.vfsim_flow_at, "vfsim_flow")]

    def flow(self, name):
        for flow in self.flows():
            if flow.name == name:
                return flow
        raise KeyError(name)

    def connections(self):
        """TCP connections: goodput, segments sent again, how long they stood still."""
        plain = [f for f in Connection.__dataclass_fields__ if f not in ("name", "state")]
        return [Connection(name=text(c.name), state=text(c.state), **{name: getattr(c, name) for name in plain})
                for c in self._each(lib.vfsim_connection_at, "vfsim_connection")]

    def connection(self, name):
        for connection in self.connections():
            if connection.name == name:
                return connection
        raise KeyError(name)

    def latency(self, flow, per_mille):
        """What so many of a thousand delivered frames did not exceed."""
        self.flow(flow)  # or there is none of this name
        return lib.vfsim_flow_latency(self._c, flow.encode(), per_mille)

    def series(self, flow):
        """Frames an interval, one after the other in time."""
        count = ffi.new("size_t *")
        found = lib.vfsim_flow_series(self._c, flow.encode(), count)
        if not found:
            raise KeyError(flow)
        try:
            return [Interval(found[i].begin, found[i].width, found[i].sent, found[i].lost, **self._by_path(found[i]),
                             bytes_sent=found[i].bytes_sent, bytes_delivered=found[i].bytes_delivered)
                    for i in range(count[0])]
        finally:
            lib.vfsim_free(found)

    def losses(self, flow=None):
        """Lost frames by reason, of one flow or of each."""
        names = [self.flow(flow).name] if flow else [f.name for f in self.flows() if not f.parent]
        found = []
        for name in names:
            of = lambda c, index, out, name=name: lib.vfsim_flow_loss(c, name.encode(), index, out)
            found += [Loss(name, text(loss.reason), text(loss.meaning), loss.frames) for loss in self._each(of, "vfsim_loss")]
        return found

    def drops(self):
        return [Drop(text(d.place), text(d.reason), text(d.meaning), d.copies, d.lost)
                for d in self._each(lib.vfsim_drop_at, "vfsim_drop")]

    def counters(self, owner=None):
        count = ffi.new("size_t *")
        found = lib.vfsim_counters(self._c, ffi.NULL if owner is None else owner.encode(), count)
        try:
            return [Counter(text(found[i].owner), text(found[i].name), found[i].value) for i in range(count[0])]
        finally:
            lib.vfsim_free(found)

    # ---- looking on ----

    def _observe(self, signature, told, register):
        def guarded(*arguments):
            if self._raised is None:
                try:
                    told(*arguments)
                except BaseException as error:  # told by run(), when the library has returned
                    self._raised = error

        callback = ffi.callback(signature, guarded)
        number = register(callback)
        self._handles[number] = callback
        return number

    def on_sentence(self, categories, told):
        """`told` is given each Sentence of the trace; `categories` as of --trace: "switch,pf", "all"."""
        return self._observe("void(void *, uint64_t, const char *, const char *, const char *)",
                             lambda _, at, category, who, what: told(Sentence(at, text(category), text(who), text(what))),
                             lambda callback: _call(lib.vfsim_on_sentence, self._c, categories.encode(), callback, ffi.NULL))

    def on_fate(self, told):
        """`told` is given the Fate of each copy of a frame when it ends."""
        return self._observe("void(void *, const struct vfsim_fate *)",
                             lambda _, f: told(Fate(f.at, f.frame, text(f.flow), f.number, f.born, text(f.reason), bool(f.is_delivery),
                                                    text(f.place), f.length)),
                             lambda callback: lib.vfsim_on_fate(self._c, callback, ffi.NULL))

    def on_frame(self, port, told):
        """`told` is given each Sighting at the port of a peer, a NIC or a VM."""
        return self._observe("void(void *, const struct vfsim_sighting *)",
                             lambda _, s: told(Sighting(s.at, bool(s.sent), s.frame, text(s.flow), bytes(ffi.buffer(s.bytes, s.length)))),
                             lambda callback: _call(lib.vfsim_on_frame, self._c, port.encode(), callback, ffi.NULL))

    def unobserve(self, observer):
        lib.vfsim_unobserve(self._c, observer)

    def probes(self):
        """What changes and can be drawn: (who, name, bits) each; read_probe() takes its place in this list."""
        probe = ffi.new("struct vfsim_probe *")
        found = []
        while lib.vfsim_probe_at(self._c, len(found), probe):
            found.append((text(probe.who), text(probe.name), probe.bits))
        return found

    def read_probe(self, index):
        return lib.vfsim_probe_value(self._c, index)

    def probe_word(self, index, value, before=0):
        """What a value of it means that comes after another one: "web", "preempted, waits for core 1"; "" of mere numbers."""
        room = ffi.new("char[96]")
        lib.vfsim_probe_word(self._c, index, value, before, room, len(room))
        return text(room)

    # ---- hands on ----

    def register(self, nic, name, function=PF, index=0):
        """The offset of a register, by its name in `vfsim regs MODEL`."""
        offset = ffi.new("uint32_t *")
        _call(lib.vfsim_register_find, self._c, nic.encode(), function, name.encode(), index, offset)
        return offset[0]

    def read_register(self, nic, register, function=PF, bar=0, size=4):
        """`register`: an offset, or a name."""
        value = ffi.new("uint64_t *")
        at = register if isinstance(register, int) else self.register(nic, register, function)
        _call(lib.vfsim_register_read, self._c, nic.encode(), function, bar, at, size, value)
        return value[0]

    def write_register(self, nic, register, value, function=PF, bar=0, size=4):
        at = register if isinstance(register, int) else self.register(nic, register, function)
        _call(lib.vfsim_register_write, self._c, nic.encode(), function, bar, at, size, value)

    def read_config(self, nic, offset, function=PF, size=4):
        value = ffi.new("uint32_t *")
        _call(lib.vfsim_config_read, self._c, nic.encode(), function, offset, size, value)
        return value[0]

    def write_config(self, nic, offset, value, function=PF, size=4):
        _call(lib.vfsim_config_write, self._c, nic.encode(), function, offset, size, value)

    def send(self, place, frame):
        """`place` sends these bytes; what names the frame for observers, 0: it is a VM's, which makes it when it runs."""
        number = ffi.new("uint64_t *")
        _call(lib.vfsim_send, self._c, place.encode(), bytes(frame), len(frame), number)
        return number[0]

    def receive(self, place, frame):
        """They arrive at the port of a peer or a NIC."""
        number = ffi.new("uint64_t *")
        _call(lib.vfsim_receive, self._c, place.encode(), bytes(frame), len(frame), number)
        return number[0]

    # ---- saving ----

    def save(self, path):
        _call(lib.vfsim_world_save, self._c, str(path).encode())

    def save_bytes(self):
        data, length = ffi.new("void **"), ffi.new("size_t *")
        _call(lib.vfsim_world_save_memory, self._c, data, length)
        try:
            return bytes(ffi.buffer(data[0], length[0]))
        finally:
            lib.vfsim_free(data[0])
