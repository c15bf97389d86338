#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A vmxnet3 device that is served by vfio-user, driven by a client of the test's own: its INTx, its MSI, its MSI-X.

What has to come is waited for; no time is held against anything.

usage: tests/vfio_vmxnet3_test.py VFSIM
"""
import os
import select
import struct
import sys
import tempfile

import vfio_client
from vfio_client import CONFIG, EVENTFD_TRIGGER, MSIX, NONE_TRIGGER, NONE_UNMASK, Client, Memory, Refused
from vfio_user_test import Server

SCENARIO = """seed 8
limit time 3000s
host h0
nic h0.vmnic0 model 82599 vfs 4 errata none
switch tor latency 500ns
link h0.vmnic0 tor rate 10G latency 500ns
peer client on tor mac 02:00:00:00:00:01
vm guest on h0 kernel vfio-user path emulated via h0.vmnic0 mac 02:00:00:00:00:0a
"""
INTX, MSI, MSI_AT = 0, 1, 0x84
IMR, TXPROD, DSAL, DSAH, CMD, ICR, ECR = 0x0, 0x600, 0x10, 0x18, 0x20, 0x38, 0x40
ACTIVATE, RESET_DEV, GET_CONF_INTR = 0xcafe0000, 0xcafe0002, 0xf00d0008
MAGIC, RING = 3133079265, 32
LENT = 1 << 32  # where its memory lies to the device: nowhere that it lies in the VM's
SHARED, QUEUES, TX, TXC, RX, RXC, FRAME = 0x0, 0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x8000
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)
        print("FAILED:", what)


def put(memory, at, fmt, *values):
    memory.bytes[at:at + struct.calcsize(fmt)] = struct.pack(fmt, *values)


def activate(c, memory):
    """One queue of each kind, one vector, which the device masks as it raises it."""
    put(memory, SHARED, "<II", MAGIC, 0)
    put(memory, SHARED + 8 + 32, "<QIIIHBB", LENT + QUEUES, 0, 512, 1500, 0, 1, 1)  # queueDescPA … numRxQueues
    put(memory, SHARED + 8 + 72, "<BBB", 1, 1, 0)  # autoMask, numIntrs, eventIntrIdx
    put(memory, QUEUES + 16, "<QQQQQIIII", LENT + TX, 0, LENT + TXC, 0, 0, RING, 0, RING, 0)
    put(memory, QUEUES + 256 + 16, "<QQQQQIIII", LENT + RX, 0, LENT + RXC, 0, 0, RING, 0, RING, 0)
    c.put(DSAL, SHARED, 1)
    c.put(DSAH, LENT >> 32, 1)
    c.put(CMD, ACTIVATE, 1)
    check(c.get(CMD, 1) == 0, "the device is activated")
    memory.sent = 0


def sends(c, memory):
    """A frame, of which its completion tells."""
    i = memory.sent
    frame = bytes.fromhex("020000000001" "02000000000a" "88b5").ljust(100, b".")
    memory.bytes[FRAME:FRAME + len(frame)] = frame
    put(memory, TX + 16 * i, "<QII", LENT + FRAME, len(frame) | 1 << 14, 3 << 12)
    memory.sent += 1
    c.put(TXPROD, memory.sent)
    while not memory.bytes[TXC + 16 * i + 15] & 0x80:
        c.get(ICR + 8, 1)


class Wires:
    def __init__(self, c, index, start=0, count=1):
        self.c, self.index = c, index
        self.fds = [os.eventfd(0, os.EFD_CLOEXEC) for _ in range(count)]
        c.set_irqs(EVENTFD_TRIGGER, start, count, self.fds, index)

    def told(self, patience=vfio_client.PATIENCE):
        return bool(select.select(self.fds[:1], [], [], patience)[0]) and bool(os.eventfd_read(self.fds[0]))

    def close(self):
        self.c.set_irqs(NONE_TRIGGER, 0, 0, (), self.index)
        for fd in self.fds:
            os.close(fd)


def by_line(c, memory):
    wire = Wires(c, INTX)
    activate(c, memory)
    c.put(IMR, 0)
    sends(c, memory)
    check(wire.told(), "INTA is asserted")
    check(not wire.told(0), "and told once")
    check(struct.unpack("<H", c.read(CONFIG, 6, 2))[0] & 8, "Interrupt Status says so")
    c.set_irqs(NONE_UNMASK, 0, 1, (), INTX)
    check(wire.told(), "unmasked while it is asserted it is told again")
    check(c.get(ICR, 1) == 1 and c.get(ICR, 1) == 0, "ICR acknowledges it")
    c.set_irqs(NONE_UNMASK, 0, 1, (), INTX)
    sends(c, memory)
    check(not wire.told(0), "the device has masked its vector")
    c.put(IMR, 0)
    check(wire.told(), "which is raised when it is unmasked")
    c.put(CMD, RESET_DEV, 1)
    check(c.get(ICR, 1) == 0, "a reset lowers it")
    wire.close()


def by_message(c, memory):
    wire = Wires(c, MSI)
    c.put(MSI_AT + 4, 0xfee00000, CONFIG)
    c.write(CONFIG, MSI_AT + 12, struct.pack("<H", 0x41))
    c.write(CONFIG, MSI_AT + 2, struct.pack("<H", 1))
    activate(c, memory)
    c.put(IMR, 0)
    sends(c, memory)
    check(wire.told(), "its MSI comes")
    check(c.get(ICR, 1) == 0, "and no INTA")
    c.write(CONFIG, MSI_AT + 2, struct.pack("<H", 0))
    c.put(CMD, RESET_DEV, 1)
    wire.close()


def by_vectors(c, memory):
    wires = Wires(c, MSIX, count=25)
    activate(c, memory)
    c.put(IMR, 0)
    sends(c, memory)
    check(wires.told(), "vector 0 of MSI-X comes")
    c.put(CMD, RESET_DEV, 1)
    wires.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        server = Server(sys.argv[1], folder, SCENARIO)
        c, memory = server.client(), Memory(1 << 16)
        c.map(LENT, memory.size, memory.fd)
        check([c.irq(i)[3] for i in range(5)] == [1, 1, 25, 0, 0], f"interrupts: {[c.irq(i) for i in range(3)]}")
        check(c.irq(INTX)[1] == 7, "INTx is one that masks itself")
        check(c.read(CONFIG, 0x3d, 1)[0] == 1, "its pin is A")
        try:
            c.set_irqs(EVENTFD_TRIGGER, 0, 2, (), INTX)
            check(False, "two lines are taken")
        except Refused as e:
            check(e.number == 22, f"two lines: {e}")
        c.put(0x4, 0x6, CONFIG)
        c.put(CMD, GET_CONF_INTR, 1)
        check(c.get(CMD, 1) == 3, "its driver is asked for MSI-X")
        by_line(c, memory)
        by_message(c, memory)
        by_vectors(c, memory)
        by_line(c, memory)
        c.close()
        code, _, err = server.end()
        check(code == 143, f"it is interrupted: {code} {err}")
    print("vfio-user, vmxnet3: ok" if not wrong else f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
