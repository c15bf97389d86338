#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A VF that is served by vfio-user (vfsim serve --vfio-user), driven by a client of the test's own: what it tells of itself, registers,
MSI-X by eventfds, DMA into memory that was lent, resets, thousands of maps; and clients that mean harm or die.

What has to come is waited for; no time is held against anything.

usage: tests/vfio_user_test.py VFSIM
"""
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile

import vfio_client
import with_us
from vfio_client import (CONFIG, DMA_MAP, DMA_UNMAP, EVENTFD_TRIGGER, GET_INFO, MSIX, NONE_MASK, NONE_TRIGGER, NONE_UNMASK, NO_REPLY, REGION_READ, RESET,
                         SET_IRQS, VERSION, WRITE_MULTI, Client, Far, Memory, Refused)

SCENARIO = """seed 7
limit time 3000s
host h0
nic h0.vmnic0 model 82599 vfs 4 errata none
switch tor latency 500ns
link h0.vmnic0 tor rate 10G latency 500ns
peer client on tor mac 02:00:00:00:00:01
vm guest on h0 kernel vfio-user path vf via h0.vmnic0 mac 02:00:00:00:00:0a
"""
# registers of the VF [82599 8.3.5]
CTRL, STATUS, EICS, EIMS, IVAR, MAILBOX, MBMEM = 0x0, 0x8, 0x104, 0x108, 0x120, 0x2fc, 0x200
RDBAL, RDLEN, RDH, RDT, SRRCTL, RXDCTL = 0x1000, 0x1008, 0x1010, 0x1018, 0x1014, 0x1028
TDBAL, TDLEN, TDH, TDT, TXDCTL = 0x2000, 0x2008, 0x2010, 0x2018, 0x2028
REQ, ACK, VFU, PFSTS, PFACK, RSTD = 1, 2, 4, 0x10, 0x20, 0x80
QUEUE_ON = 1 << 25
LENT = 1 << 33  # where memory is lent: above 4 GB
RX_RING, TX_RING, RX_BUFFERS, TX_BUFFER = 0x0, 0x1000, 0x10000, 0x20000
FUZZED = 150  # connections
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)
        print("FAILED:", what)


def refuses(number, do, what):
    try:
        do()
        check(False, f"{what} is taken")
    except Refused as e:
        check(e.number == number, f"{what}: {e}, not {os.strerror(number)}")


class Server:
    def __init__(self, vfsim, folder, scenario=SCENARIO):
        self.socket, self.ctl = os.path.join(folder, "vf"), os.path.join(folder, "ctl")
        path = os.path.join(folder, "guest.scn")
        with open(path, "w", encoding="utf-8") as out:
            out.write(scenario)
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.socket)  # as of a server that was killed
        self.process = subprocess.Popen([vfsim, "serve", path, "--vfio-user", "guest=" + self.socket, "--ctl", self.ctl, "--json"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=with_us.dies)
        while not self.ask("status")["ok"]:
            pass
        second = subprocess.run([vfsim, "serve", path, "--vfio-user", "guest=" + self.socket], capture_output=True, text=True, check=False)
        check(second.returncode == 2 and "another server" in second.stderr, f"one server at a socket: {second}")

    def ask(self, line, beside=None):
        """`beside`: a client that is asked for its memory meanwhile."""
        with socket.socket(socket.AF_UNIX) as s:
            while s.connect_ex(self.ctl):
                if self.process.poll() is not None:
                    raise SystemExit(f"the server is gone: {self.process.communicate()[1]}")
            s.sendall(line.encode() + b"\n")
            while beside and beside.far and s not in select.select([s, beside.socket], [], [])[0]:
                beside.attend()
            return json.loads(s.makefile().readline())

    def client(self, **how):
        """The one before has to be gone: another one is turned away."""
        while True:
            try:
                return Client(self.socket, **how)
            except (ConnectionError, FileNotFoundError):
                if self.process.poll() is not None:
                    raise SystemExit(f"the server is gone: {self.process.communicate()[1]}") from None

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=vfio_client.PATIENCE)
        return self.process.returncode, out, err


# ---- what it tells ----

def tells(c):
    can = json.loads(c.said)["capabilities"]
    check(c.version[0] == 0 and can["max_data_xfer_size"] == 1 << 20, f"VERSION: {c.version} {c.said}")
    check(can["max_msg_fds"] <= 16 and can["max_dma_maps"] <= 65535, f"QEMU gives up a server that says so much: {c.said}")
    check(c.info() == (16, 3, 9, 5), f"GET_INFO: {c.info()}")
    sizes = [c.region(i)[4] for i in range(9)]
    check(sizes[0] == 16384 and sizes[3] == 16384 and sizes[7] == 4096 and sizes[6] == 0, f"regions: {sizes}")
    check(c.region(0)[1] == 3, "registers are read and written by messages")
    check([c.irq(i)[3] for i in range(5)] == [0, 0, 3, 0, 0], "three vectors of MSI-X, and nothing else")
    check(struct.unpack("<HH", c.read(CONFIG, 0, 4)) == (0x8086, 0x10ed), "an 82599's VF")
    c.put(0x10, 0xffffffff, CONFIG)
    check(c.get(0x10, CONFIG) & ~0xf == 0x100000000 - 16384, f"the size of BAR 0: {c.get(0x10, CONFIG):#x}")
    for what, do in (("a region that is none", lambda: c.region(9)), ("an interrupt that is none", lambda: c.irq(5)),
                     ("more than a BAR has", lambda: c.read(0, 16380, 8)), ("nothing", lambda: c.read(0, 0, 0)),
                     ("a region without a byte", lambda: c.read(6, 0, 4)), ("far beyond", lambda: c.read(0, (1 << 64) - 4, 4)),
                     ("more than a message", lambda: c.read(0, 0, 2 << 20)), ("a write without its data",
                      lambda: c.ask(vfio_client.REGION_WRITE, struct.pack("<QII", 0, 0, 8))), ("a short request", lambda: c.ask(GET_INFO)),
                     ("vectors that are none", lambda: c.set_irqs(EVENTFD_TRIGGER, 2, 2)),
                     ("two actions", lambda: c.set_irqs(0x31, 0, 1)), ("data that is not there", lambda: c.set_irqs(0x22, 0, 3))):
        refuses(22, do, what)
    refuses(95, lambda: c.feature(vfio_client.PROBE | 3), "a feature that is none of a migration's")
    refuses(95, lambda: c.ask(99), "a command that is none")


# ---- a driver ----

def mailbox(c, words):
    """[82599 7.10.2.9.2] One message to the PF, and its answer."""
    c.put(MAILBOX, VFU)
    while not c.get(MAILBOX) & VFU:
        c.put(MAILBOX, VFU)
    for i, word in enumerate(words):
        c.put(MBMEM + 4 * i, word)
    c.put(MAILBOX, REQ)
    seen = 0
    while seen & (PFACK | PFSTS) != PFACK | PFSTS:
        seen |= c.get(MAILBOX)
    answer = [c.get(MBMEM + 4 * i) for i in range(16)]
    c.put(MAILBOX, ACK)
    return answer


def take_up(c):
    """Reset and hello: its address."""
    c.put(0x4, 0x6, CONFIG)
    c.put(CTRL, 1 << 26)
    for _ in range(200):
        if c.get(MAILBOX) & RSTD:
            break
    answer = mailbox(c, [1])
    while not answer[0] & 0x80000000:  # the PF is still at what an FLR leaves to it
        answer = mailbox(c, [1])
    return struct.pack("<II", answer[1], answer[2])[:6]


def queues(c):
    for base, ring, length, ctl in ((RDBAL, RX_RING, RDLEN, RXDCTL), (TDBAL, TX_RING, TDLEN, TXDCTL)):
        c.put(base, (LENT + ring) & 0xffffffff)
        c.put(base + 4, (LENT + ring) >> 32)
        c.put(length, 128 * 16)
        if base == RDBAL:
            c.put(SRRCTL, 2 | 1 << 25)
        c.put(ctl, QUEUE_ON)
        while not c.get(ctl) & QUEUE_ON:
            pass


def interrupts(c):
    fds = [os.eventfd(0, os.EFD_CLOEXEC) for _ in range(3)]
    told = lambda i, patience: bool(select.select([fds[i]], [], [], patience)[0]) and bool(os.eventfd_read(fds[i]))
    c.set_irqs(EVENTFD_TRIGGER, 0, 3, fds)
    c.set_irqs(NONE_TRIGGER, 1, 1)
    check(told(1, vfio_client.PATIENCE) and not told(0, 0), "a client raises a vector itself")
    c.put(IVAR, 0x8080)
    c.put(EIMS, 1)
    c.put(EICS, 1)
    check(told(0, vfio_client.PATIENCE), "the device raises a vector")
    c.set_irqs(NONE_MASK, 0, 1)
    c.put(EIMS, 1)
    c.put(EICS, 1)
    c.set_irqs(NONE_TRIGGER, 2, 1)
    check(told(2, vfio_client.PATIENCE) and not told(0, 0), "but not one that is masked")
    c.set_irqs(NONE_UNMASK, 0, 1)
    check(told(0, vfio_client.PATIENCE), "which comes when it is unmasked")
    c.write(3, 0, struct.pack("<IIII", 0xfee00000, 0, 0x41, 0))
    check(struct.unpack("<IIII", c.read(3, 0, 16)) == (0xfee00000, 0, 0x41, 0), "the table is read as it was written")
    c.put(EIMS, 1)
    c.put(EICS, 1)
    check(told(0, vfio_client.PATIENCE), "and messages still come by eventfd")
    return fds, told


def sends(c, memory, server, at=0):
    before = server.ask("stats h0.vmnic0 vf 0", c)["counters"]["h0.vmnic0 vf 0"]["tx_packets"]
    frame = bytes.fromhex("020000000001" "02000000000a" "88b5") + b"from a guest outside".ljust(100, b".")
    memory.bytes[TX_BUFFER:TX_BUFFER + len(frame)] = frame
    place = TX_RING + 16 * at
    memory.bytes[place:place + 16] = struct.pack("<QII", LENT + TX_BUFFER, 3 << 20 | 1 << 29 | 1 << 24 | 1 << 25 | 1 << 27 | len(frame),
                                                 len(frame) << 14)
    c.put(TDT, at + 1)
    while not memory.bytes[place + 12] & 1:
        c.get(STATUS)
    check(c.get(TDH) == at + 1, "the descriptor is taken")
    after = server.ask("stats h0.vmnic0 vf 0", c)["counters"]["h0.vmnic0 vf 0"]["tx_packets"]
    check(after == before + 1, f"a frame is sent: {before}, {after}")


def receives(c, memory, server, told, flow="in", at=0):
    for i in range(at, 127):
        memory.bytes[RX_RING + 16 * i:RX_RING + 16 * i + 16] = struct.pack("<QQ", LENT + RX_BUFFERS + 2048 * (i % 16), 0)
    c.post(0, RDT, struct.pack("<I", at + 16))
    c.put(EIMS, 1)
    begun = server.ask(f"async flow {flow} from client to 02:00:00:00:00:0a size 128 rate 100K pps count 10", c)
    check(begun["ok"], f"a flow to it: {begun}")
    while not all(memory.bytes[RX_RING + 16 * i + 8] & 1 for i in range(at, at + 10)):
        c.get(STATUS)
    check(memory.bytes[RX_BUFFERS:RX_BUFFERS + 6] == bytes.fromhex("02000000000a"), "frames lie in the client's memory")
    check(struct.unpack("<H", memory.bytes[RX_RING + 12:RX_RING + 14])[0] == 124, "of 124 bytes, with their descriptors")
    check(told(0, vfio_client.PATIENCE), "and an interrupt tells of them")
    seen = {f["name"]: f for f in server.ask("flows", c)["flows"]}[flow]
    check(seen["lost"] == 0 and seen["delivered"] == 10, f"the flow has arrived: {seen}")


def drives(server):
    c, memory = server.client(), Memory(1 << 20)
    tells(c)
    c.map(LENT, memory.size, memory.fd)
    mac = take_up(c)
    check(mac == bytes.fromhex("02000000000a"), f"its address: {mac.hex(':')}")
    fds, told = interrupts(c)
    queues(c)
    sends(c, memory, server)
    receives(c, memory, server, told)
    pair = b"".join(struct.pack("<QII8s", MBMEM + 4 * i, 0, 4, struct.pack("<II", 0x1234 + i, 0)) for i in range(2))
    c.put(MAILBOX, VFU)
    check(struct.unpack("<Q", c.ask(WRITE_MULTI, struct.pack("<Q", 2) + pair))[0] == 2, "two writes in a message")
    check([c.get(MBMEM), c.get(MBMEM + 4)] == [0x1234, 0x1235], "are both done")
    refuses(22, lambda: c.ask(WRITE_MULTI, struct.pack("<Q", 1 << 60) + pair), "more writes than there are")
    resets(c)
    c.unmap(LENT, memory.size)
    for fd in fds:
        os.close(fd)
    c.close()
    memory.close()


def resets(c):
    check(c.get(TXDCTL) & QUEUE_ON, "the queue was on")
    at = c.read(CONFIG, 0x34, 1)[0]
    while c.read(CONFIG, at, 1)[0] != 0x10:
        at = c.read(CONFIG, at + 1, 1)[0]
    control = struct.unpack("<H", c.read(CONFIG, at + 8, 2))[0]
    c.write(CONFIG, at + 8, struct.pack("<H", control | 0x8000))
    check(struct.unpack("<HH", c.read(CONFIG, 0, 4)) == (0x8086, 0x10ed), "it is there again behind an FLR")
    c.put(0x4, 0x6, CONFIG)
    check(not c.get(TXDCTL) & QUEUE_ON, "and the queue is off")
    take_up(c)
    c.ask(RESET)
    check(c.get(0x4, CONFIG) & 0x6 == 0, "a reset takes bus mastering and decode away")
    take_up(c)


# ---- memory ----

def maps(server):
    c, memory, loose = server.client(), Memory(4096 * 4096), Memory(4096, sealed=False)
    for i in range(4000):
        c.map(LENT + 3 * 4096 * i, 4096, memory.fd, 4096 * i)
    refuses(17, lambda: c.map(LENT, 4096, memory.fd), "memory at an address that has some")
    refuses(17, lambda: c.map(LENT - 4096, 3 * 4096, memory.fd), "memory around some")
    refuses(2, lambda: c.unmap(LENT + 4096, 4096), "taking back what was not lent")
    c.map(LENT - (1 << 20), 8192, memory.fd)
    refuses(22, lambda: c.unmap(LENT - (1 << 20), 4096), "taking back half of what was lent")
    c.unmap(LENT - (2 << 20), 2 << 20) # all that is there, as an IOMMU's guest gives up a range
    c.map(LENT - (1 << 20), 8192, memory.fd)
    refuses(22, lambda: c.map(1, 4096, memory.fd), "half a page")
    refuses(22, lambda: c.map(0, 0, memory.fd), "no memory")
    refuses(22, lambda: c.map((1 << 64) - 4096, 8192, memory.fd), "memory beyond the last address")
    refuses(22, lambda: c.map(0, 1 << 24, loose.fd), "more than the file has")
    refuses(28, lambda: c.map(1 << 38, 1 << 36, Memory(1 << 36).fd), "more memory than there is room for")
    with socket.socket() as no_file:
        refuses(22, lambda: c.map(0, 4096, no_file.fileno()), "a descriptor that is no file")
    c.map(0, 4096)
    c.unmap(0, 4096)
    for i in range(0, 4000, 2):
        c.unmap(LENT + 3 * 4096 * i, 4096)
    c.unmap(0, 0, 2)
    c.map(LENT, memory.size, memory.fd)
    check(c.info()[0] == 16, "thousands of maps come and go")
    for i in range(66000): # more than the kernel has mappings for a process
        c.send(DMA_MAP, struct.pack("<IIQQQ", 32, 3, 4096 * (i % 4096), LENT + (1 << 30), 4096), [memory.fd], NO_REPLY)
        c.send(DMA_UNMAP, struct.pack("<IIQQ", 24, 0, LENT + (1 << 30), 4096), flags=NO_REPLY)
    check(c.info()[0] == 16, "more maps come and go than a process has room for")
    c.close()
    memory.close()
    loose.close()


def shrinks(server):
    """A file that may be cut short, and is, with a device at work in it."""
    c, memory = server.client(), Memory(1 << 20, sealed=False)
    c.map(LENT, memory.size // 2, memory.fd)
    c.map(LENT + memory.size // 2, memory.size // 2, memory.fd, memory.size // 2)
    take_up(c)
    fds, told = interrupts(c)
    queues(c)
    sends(c, memory, server)
    receives(c, memory, server, told, "loose")
    os.ftruncate(memory.fd, 4096)
    c.put(TDT, 3)
    server.ask("flow short from client to 02:00:00:00:00:0a size 128 rate 100K pps count 10")
    check(c.info()[0] == 16 and os.fstat(memory.fd).st_size == 4096, "nobody falls into the gap, or fills it")
    for fd in fds:
        os.close(fd)
    c.close()
    os.ftruncate(memory.fd, memory.size)
    memory.close()


# ---- memory that is not lent ----

def far(server):
    """DMA by messages; a client that has something to say before it answers; answers that are none."""
    c = server.client(most=64)  # bytes of a message: a frame is several
    c.far = memory = Far(LENT, 1 << 20)
    c.map(LENT, memory.size)
    take_up(c)
    fds, told = interrupts(c)
    queues(c)
    sends(c, memory, server)
    receives(c, memory, server, told, "far")
    check(memory.reads > 3 and memory.writes > 20, f"by messages: {memory.reads} reads, {memory.writes} writes")
    said = []

    def speaks(command, _, count):
        if not said:
            said.append(command)
            number = struct.unpack("<H", c.last[:2])[0] ^ 1
            c.socket.sendall(struct.pack("<HHIIIQQ", number, command, 32 + count, 1, 0, 0, count) + bytes(count))  # to nothing
            c.post(3, 0, struct.pack("<I", 0x12345678))
            c.post(3, 4, struct.pack("<I", 0x9abcdef0))

    c.before = speaks
    sends(c, memory, server, at=1)
    check(said and struct.unpack("<II", c.read(3, 0, 8)) == (0x12345678, 0x9abcdef0), "what is said before an answer is done behind it")
    c.before, c.far = (lambda *_: None), None
    c.put(TDT, 3)
    for _ in range(50):
        c.get(STATUS)
    check(c.info()[0] == 16, "a client may refuse")
    for fd in fds:
        os.close(fd)
    c.close()
    bad_answers(server)


def bad_answers(server):
    """Each ends the connection, and nothing else."""
    head = lambda c, size: c.last[:4] + struct.pack("<III", size, 1, 0)
    answers = {"nothing": lambda *_: b"", "an end": lambda c, *_: c.socket.shutdown(socket.SHUT_RDWR) or b"",
               "too little": lambda c, addr, count: head(c, 16 + 16 + count - 1) + struct.pack("<QQ", addr, count) + bytes(count - 1),
               "another's": lambda c, addr, count: head(c, 16 + 16 + count) + struct.pack("<QQ", addr + 64, count) + bytes(count),
               "half an answer": lambda c, *_: c.socket.sendall(b"12345") or c.socket.shutdown(socket.SHUT_RDWR) or b"",
               "nonsense": lambda *_: b"\0" * 16,
               "requests without end": lambda *_: struct.pack("<HHIII", 7, GET_INFO, 16, 0, 0) * 100}
    for what, back in answers.items():
        c = server.client()
        c.map(LENT, 1 << 20)
        c.far = Far(LENT, 1 << 20)
        take_up(c)
        queues(c)

        def answers_badly(_, addr, count, c=c, back=back):
            bytes_back = back(c, addr, count)
            if bytes_back:
                c.socket.sendall(bytes_back)
            return True

        c.before = answers_badly
        c.post(0, TDT, struct.pack("<I", 1))
        try:
            while True:
                c.reply()
        except (ConnectionError, Refused):
            pass
        except TimeoutError:
            check(False, f"{what}: the connection is not ended")
        c.close()
    c = server.client()
    check(c.info() == (16, 3, 9, 5), "after all of it the next client is served")
    c.close()


# ---- harm ----

def ends(server, what, send):
    """The connection is closed, and the next client finds all as it should be."""
    c = server.client()
    try:
        send(c)
        while c.socket.recv(4096):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        check(False, f"{what}: the connection is not closed")
    c.close()
    c = server.client()
    check(c.info() == (16, 3, 9, 5), f"{what}: the next client is served")
    c.close()


def harm(server):
    ends(server, "a message shorter than its head", lambda c: c.send(GET_INFO, size=15))
    ends(server, "one of 4 GB", lambda c: c.send(GET_INFO, size=0xffffffff))
    ends(server, "two versions", lambda c: c.send(VERSION, struct.pack("<HH", 0, 0)))
    ends(server, "death in a message", lambda c: (c.send(REGION_READ, b"12345", size=32), c.socket.shutdown(socket.SHUT_WR)))
    for what, body in (("another protocol", struct.pack("<HH", 1, 0)), ("no version", b"")):
        first = server.client()
        first.close()
        c = None
        while c is None:
            try:
                c = Client(server.socket, version=False)
                c.send(VERSION, body)
                c.reply()
                check(False, f"{what} is taken")
            except Refused as e:
                check(e.number == 22, f"{what}: {e}")
            except ConnectionError:
                c = None
        c.close()
    c = server.client()
    other = socket.socket(socket.AF_UNIX)
    other.connect(server.socket)
    check(other.recv(1) == b"", "a second client is turned away")
    other.close()
    c.send(GET_INFO, struct.pack("<IIII", 16, 0, 0, 0), flags=1)
    check(c.info()[0] == 16, "an answer to nothing is no request")
    null = os.open("/dev/null", os.O_RDWR)
    c.set_irqs(EVENTFD_TRIGGER, 0, 3, [null] * 3)
    c.set_irqs(NONE_TRIGGER, 0, 3)
    c.ask(SET_IRQS, struct.pack("<IIIII", 20, EVENTFD_TRIGGER, MSIX, 0, 1), [null] * 60)
    os.close(null)
    for _ in range(100):
        c.send(REGION_READ, struct.pack("<QII", 0, CONFIG, 4096))
    check(sum(c.reply()[1] == REGION_READ for _ in range(100)) == 100, "many requests before an answer is read")
    memory = Memory(1 << 20)
    c.map(LENT, memory.size, memory.fd)
    take_up(c)
    queues(c)
    c.post(0, RDT, struct.pack("<I", 100))
    c.close()  # with a device at work in its memory
    memory.close()


def fuzz(server):
    rng = random.Random(16)
    sizes = [0, 1, 4, 8, 16, 20, 24, 32, 33, 64, 300]
    memory = Memory(1 << 16)
    for _ in range(FUZZED):
        c = server.client()
        c.socket.settimeout(vfio_client.PATIENCE)
        try:
            for _ in range(rng.randrange(1, 30)):
                words = [rng.choice((0, 1, 2, 3, 7, 0x24, 4096, 1 << 16, 0xffffffff, rng.getrandbits(32))) for _ in range(80)]
                body = struct.pack("<80I", *words)[:rng.choice(sizes)]
                size = 16 + len(body) if rng.random() < 0.97 else rng.getrandbits(rng.choice((4, 8, 32)))
                fds = [rng.choice((memory.fd, 1))] * rng.choice((0, 0, 1, 3, 8))
                c.send(rng.choice((rng.randrange(20), DMA_MAP, SET_IRQS, WRITE_MULTI, REGION_READ)), body, fds,
                       rng.choice((NO_REPLY, NO_REPLY, NO_REPLY, 0, rng.getrandbits(8))), size)
        except (ConnectionError, BrokenPipeError):
            pass
        c.close()
    memory.close()
    c = server.client()
    check(c.info() == (16, 3, 9, 5), "whatever came, the next client is served")
    c.close()


def main():
    with tempfile.TemporaryDirectory(prefix="vfsim-vfio-") as folder:
        server = Server(os.path.abspath(sys.argv[1]), folder)
        for part in (drives, maps, shrinks, far, harm, fuzz, kept_away, drives_again):
            part(server)
        code, out, err = server.end()
        report = json.loads(out)
        check(code == 143 and report["verdict"] == "PARTIAL", f"it is interrupted: {code} {err}")
        check(not os.path.exists(server.socket), "its socket is taken away")
    print("vfio-user: ok" if not wrong else f"{len(wrong)} wrong")
    return 1 if wrong else 0


def kept_away(server):
    """What our shell is asked, such a guest is not."""
    for line in ("switch guest to passthrough", "suspend guest", "migrate guest to h0", "guest guest ip link set up"):
        answer = server.ask(line)
        check(not answer["ok"], f"{line}: {answer}")
    check(server.ask("exec guest ls")["reason"] != "", "nor is its shell ours")


def drives_again(server):
    """After all of it a driver finds the VF as the first one did."""
    c, memory = server.client(), Memory(1 << 20)
    c.map(LENT, memory.size, memory.fd)
    take_up(c)
    queues(c)
    sends(c, memory, server)
    c.close()
    memory.close()


if __name__ == "__main__":
    sys.exit(main())
