#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of vfio-user that moves its guest from one server to another: the VF's state is read here and written there, its driver
goes on as if nothing had been, and the pages that its DMA has written are told. States that are none, and a client that dies on the way.

usage: tests/vfio_move_test.py VFSIM
"""
import os
import random
import struct
import sys
import tempfile

import vfio_user_test as one
from vfio_client import (DEVICE_STATE, GET, LOG_REPORT, LOG_START, LOG_STOP, MIG_READ, MIG_WRITE, MIGRATION, PRE_COPY, PROBE, RESUMING, RESET,
                         RUNNING, SET, STOP, STOP_COPY, Memory)
from vfio_user_test import LENT, RX_BUFFERS, RX_RING, TX_RING, Server, check, refuses, wrong

MUTATED = 60


def tells(c):
    check(struct.unpack("<Q", c.feature(GET | MIGRATION))[0] == 1, "migration, without PRE_COPY")
    for what in (GET | MIGRATION, GET | SET | DEVICE_STATE, SET | LOG_START, SET | LOG_STOP, GET | LOG_REPORT):
        check(c.feature(PROBE | what) == b"", f"a probe of {what:#x}")
    for number, what, do in ((95, "a feature that is none", lambda: c.feature(PROBE | GET | 9)), (95, "to set what can be asked for only",
                             lambda: c.feature(SET | MIGRATION)), (22, "both at once", lambda: c.feature(GET | SET | DEVICE_STATE)),
                             (22, "neither", lambda: c.feature(DEVICE_STATE)), (22, "no room for the answer",
                             lambda: c.feature(GET | MIGRATION, argsz=8)), (22, "a state that is none", lambda: c.state(9)),
                             (22, "PRE_COPY", lambda: c.state(PRE_COPY)), (22, "ERROR", lambda: c.state(0)),
                             (22, "half a state", lambda: c.feature(SET | DEVICE_STATE, b"12")),
                             (22, "reading while it runs", lambda: c.ask(MIG_READ, struct.pack("<II", 108, 100))),
                             (22, "writing while it runs", lambda: c.ask(MIG_WRITE, struct.pack("<II", 108, 4) + b"1234")),
                             (22, "pages that nobody looks at", lambda: c.written(LENT, 4096)),
                             (22, "an end of what has no beginning", lambda: c.feature(SET | LOG_STOP))):
        refuses(number, do, what)
    check(c.state() == RUNNING, "all of that leaves it running")


def logs(c, memory, server, told):
    """Only what the device writes, once."""
    c.feature(SET | LOG_START, struct.pack("<QII", 4096, 1, 0) + struct.pack("<QQ", LENT, memory.size))
    refuses(22, lambda: c.feature(SET | LOG_START, struct.pack("<QII", 4096, 0, 0)), "a second beginning")
    for what, args in (("half a page", (LENT, 4096, 2048)), ("pages of no power of two", (LENT, 1 << 20, 12288)), ("nothing", (LENT, 0, 4096)),
                       ("beyond the last address", ((1 << 64) - 4096, 8192, 4096)), ("more than an answer", (0, 1 << 50, 4096))):
        refuses(22, lambda args=args: c.written(*args), what)
    one.receives(c, memory, server, told)
    buffers = {(RX_BUFFERS + 2048 * i) // 4096 for i in range(10)}
    seen = c.written(LENT, memory.size)
    check(seen == buffers | {RX_RING // 4096}, f"pages that a device has written: {sorted(seen)}, not {sorted(buffers | {RX_RING // 4096})}")
    check(c.written(LENT, memory.size) == set(), "are told once")
    one.sends(c, memory, server)
    check(c.written(LENT, memory.size, 1 << 16) == {0}, "in larger pages")
    c.feature(SET | LOG_STOP)


def goes(server, memory):
    c = server.client()
    tells(c)
    c.map(LENT, memory.size, memory.fd)
    one.take_up(c)
    fds, told = one.interrupts(c)
    one.queues(c)
    logs(c, memory, server, told)
    c.put(0x10, 0xfebf0000, one.CONFIG)
    c.state(STOP)
    before = bytes(memory.bytes[RX_RING:RX_RING + 2048])
    server.ask("flow lost from client to 02:00:00:00:00:0a size 128 rate 100K pps count 10")
    check(bytes(memory.bytes[RX_RING:RX_RING + 2048]) == before, "one that stands still writes nothing")
    c.state(RUNNING)
    one.sends(c, memory, server, at=1)
    c.set_irqs(one.NONE_MASK, 0, 3)  # whose eventfds are here, not there
    c.state(STOP_COPY)
    state = c.read_state(100)
    c.state(STOP)
    c.state(STOP_COPY)
    check(c.read_state(1 << 16) == state, "its state can be read again")
    check(c.read_state(1 << 16) == b"", "and has an end")
    for fd in fds:
        os.close(fd)
    c.close()
    return state


def comes(server, memory, state):
    """Its driver notices nothing: it sends and receives, with new eventfds."""
    c = server.client()
    c.map(LENT, memory.size, memory.fd)
    fds = [os.eventfd(0, os.EFD_CLOEXEC) for _ in range(3)]
    told = lambda i, patience: bool(one.select.select([fds[i]], [], [], patience)[0]) and bool(os.eventfd_read(fds[i]))
    c.set_irqs(one.EVENTFD_TRIGGER, 0, 3, fds)
    c.state(RESUMING)
    refuses(22, lambda: c.ask(MIG_READ, struct.pack("<II", 108, 100)), "reading what is to be written")
    c.write_state(state, 1000)
    c.state(RUNNING)
    check(c.state() == RUNNING and c.get(0x10, one.CONFIG) & ~0xf == 0xfebf0000, "config space is as it was")
    check(c.get(one.TXDCTL) & one.QUEUE_ON and c.get(one.TDH) == 2, "its queues are as they were")
    one.sends(c, memory, server, at=2)
    one.receives(c, memory, server, told, at=10)
    answer = one.mailbox(c, [0x02, 0x02000002, 0x0a000000 >> 16])
    check(answer[0] & 0x20000000, f"the PF knows its driver: {answer[0]:#x}")
    for fd in fds:
        os.close(fd)
    c.close()


def bad_states(server, memory, state):
    rng = random.Random(16)
    cut = [b"", state[:-1], state + b"x", state[:100], bytes(len(state))]
    for i in range(MUTATED):
        at, bad = rng.randrange(len(state)), bytearray(state)
        bad[at] ^= 1 << rng.randrange(8)
        cut.append(bytes(bad))
    refused = 0
    c = server.client()
    c.map(LENT, memory.size, memory.fd)
    for i, bad in enumerate(cut):
        c.state(RESUMING)
        c.write_state(bad, 1 << 16)
        try:
            c.state(STOP)
        except one.Refused:
            refused += 1
            check(c.state() == 0, "what is refused leaves it in ERROR")
            refuses(22, lambda: c.state(RUNNING), "to go on from there")
        check(i >= 5 or refused == i + 1, f"state {i} is refused")
        c.ask(RESET)
        check(c.state() == RUNNING, "a reset leads out of it")
    refuses(28, lambda: (c.state(RESUMING), [c.write_state(bytes(1 << 20), 1 << 20) for _ in range(6)]), "a state without end")
    c.close()


def dies(server, memory):
    """In each state, and on the way to it."""
    for states in ((STOP,), (STOP_COPY,), (RESUMING,), (STOP, RUNNING, STOP_COPY, RESUMING)):
        for waits in (True, False):
            c = server.client()
            c.map(LENT, memory.size, memory.fd)
            one.take_up(c)
            one.queues(c)
            for state in states:
                body = struct.pack("<IIIi", 16, SET | DEVICE_STATE, state, -1)
                c.ask(16, body) if waits else c.send(16, body)
            c.close()
    one.drives_again(server)


def main():
    with tempfile.TemporaryDirectory(prefix="vfsim-move-") as here, tempfile.TemporaryDirectory(prefix="vfsim-move-") as there:
        first, second = (Server(os.path.abspath(sys.argv[1]), folder) for folder in (here, there))
        memory = Memory(1 << 20)
        state = goes(first, memory)
        comes(second, memory, state)
        one.drives_again(first)
        bad_states(first, memory, state)
        dies(second, memory)
        for server in (first, second):
            code, _, err = server.end()
            check(code == 143, f"it is interrupted: {code} {err}")
        memory.close()
    print("vfio-user, moved: ok" if not wrong else f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
