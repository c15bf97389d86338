# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of vfio-user, for tests: version 0 of the protocol [docs/interop/vfio-user.rst of QEMU], over a unix socket.

It says what it is told to, well or badly formed, and gives what comes back.
"""
import array
import fcntl
import mmap
import os
import socket
import struct

(VERSION, DMA_MAP, DMA_UNMAP, GET_INFO, GET_REGION_INFO, GET_REGION_IO_FDS, GET_IRQ_INFO, SET_IRQS, REGION_READ, REGION_WRITE, DMA_READ,
 DMA_WRITE, RESET) = range(1, 14)
WRITE_MULTI, FEATURE, MIG_READ, MIG_WRITE = 15, 16, 17, 18
GET, SET, PROBE = 1 << 16, 1 << 17, 1 << 18
MIGRATION, DEVICE_STATE, LOG_START, LOG_STOP, LOG_REPORT = 1, 2, 6, 7, 8
STOP, RUNNING, STOP_COPY, RESUMING, PRE_COPY = 1, 2, 3, 4, 6
REPLY, NO_REPLY, ERROR = 1, 0x10, 0x20
CONFIG, MSIX = 7, 2
EVENTFD_TRIGGER, NONE_TRIGGER, NONE_MASK, NONE_UNMASK = 0x24, 0x21, 0x9, 0x11
F_ADD_SEALS, F_SEAL_SHRINK = 1033, 2
PATIENCE = 120


class Refused(Exception):
    def __init__(self, number):
        super().__init__(os.strerror(number))
        self.number = number


class Memory:
    """Memory that is lent: a file without a name, which does not become shorter."""

    def __init__(self, size, sealed=True):
        self.fd = os.memfd_create("guest", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        os.ftruncate(self.fd, size)
        if sealed:
            fcntl.fcntl(self.fd, F_ADD_SEALS, F_SEAL_SHRINK)
        self.size = size
        self.bytes = mmap.mmap(self.fd, size)

    def close(self):
        self.bytes.close()
        os.close(self.fd)


class Far:
    """Memory of a client's that is not lent: what is read and written of it goes by messages."""

    def __init__(self, addr, size):
        self.addr, self.size, self.bytes = addr, size, bytearray(size)
        self.reads = self.writes = 0

    def close(self):
        pass


class Client:
    def __init__(self, path, version=True, most=1 << 20):
        self.far, self.last = None, b""
        self.before = lambda command, addr, count: None  # what is done before a request of the server's is answered; True: it is not answered
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.number, self.most = 0, most
        if version:
            reply = self.ask(VERSION, struct.pack("<HH", 0, 1) + b'{"capabilities":{"max_msg_fds":8, "max_data_xfer_size": %d}}\0' % most)
            self.version, self.said = struct.unpack_from("<HH", reply), reply[4:].rstrip(b"\0").decode()

    def close(self):
        self.socket.close()

    def send(self, command, body=b"", fds=(), flags=0, size=None):
        self.number = (self.number + 1) & 0xffff
        head = struct.pack("<HHIII", self.number, command, 16 + len(body) if size is None else size, flags, 0)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        sent = self.socket.sendmsg([head + body], rights)
        self.socket.sendall((head + body)[sent:])

    def receive(self, count):
        got = b""
        while len(got) < count:
            more = self.socket.recv(count - len(got))
            if not more:
                raise ConnectionResetError
            got += more
        return got

    def answer(self, number, command, body):
        """A request of the server's: DMA, in what is not lent."""
        addr, count = struct.unpack_from("<QQ", body)
        at, flags, error, back = addr - (self.far.addr if self.far else 0), REPLY, 0, body[:16]
        if self.before(command, addr, count):
            return
        if not self.far or at < 0 or at + count > self.far.size or count > self.most:
            flags, error, back = REPLY | ERROR, 22, b""
        elif command == DMA_READ:
            self.far.reads += 1
            back += bytes(self.far.bytes[at:at + count])
        else:
            self.far.writes += 1
            self.far.bytes[at:at + count] = body[16:]
        self.socket.sendall(struct.pack("<HHIII", number, command, 16 + len(back), flags, error) + back)

    def message(self):
        self.last = self.receive(16)
        number, command, size, flags, error = struct.unpack("<HHIII", self.last)
        return number, command, flags, error, self.receive(size - 16)

    def attend(self):
        """A request of the server's, which is there."""
        number, command, _, _, body = self.message()
        self.answer(number, command, body)

    def reply(self):
        while True:
            number, command, flags, error, body = self.message()
            if flags & 0xf == REPLY:
                break
            self.answer(number, command, body)
        if flags & ERROR:
            raise Refused(error)
        assert flags & 0xf == REPLY, flags
        return number, command, body

    def ask(self, command, body=b"", fds=()):
        self.send(command, body, fds)
        asked = self.number
        number, answered, reply = self.reply()
        assert (number, answered) == (asked, command)
        return reply

    # ---- requests by their layouts ----

    def info(self):
        return struct.unpack("<IIII", self.ask(GET_INFO, struct.pack("<IIII", 16, 0, 0, 0)))

    def region(self, index):
        return struct.unpack("<IIIIQQ", self.ask(GET_REGION_INFO, struct.pack("<IIIIQQ", 32, 0, index, 0, 0, 0)))

    def irq(self, index):
        return struct.unpack("<IIII", self.ask(GET_IRQ_INFO, struct.pack("<IIII", 16, 0, index, 0)))

    def set_irqs(self, flags, start, count, fds=(), index=MSIX, data=b""):
        self.ask(SET_IRQS, struct.pack("<IIIII", 20 + len(data), flags, index, start, count) + data, fds)

    def read(self, region, offset, count):
        reply = self.ask(REGION_READ, struct.pack("<QII", offset, region, count))
        assert struct.unpack_from("<QII", reply) == (offset, region, count)
        return reply[16:]

    def write(self, region, offset, data):
        reply = self.ask(REGION_WRITE, struct.pack("<QII", offset, region, len(data)) + data)
        assert struct.unpack("<QII", reply) == (offset, region, len(data))

    def post(self, region, offset, data):
        self.send(REGION_WRITE, struct.pack("<QII", offset, region, len(data)) + data, flags=NO_REPLY)

    def map(self, addr, size, fd=None, offset=0, flags=3):
        self.ask(DMA_MAP, struct.pack("<IIQQQ", 32, flags, offset, addr, size), [] if fd is None else [fd])

    def unmap(self, addr, size, flags=0):
        self.ask(DMA_UNMAP, struct.pack("<IIQQ", 24, flags, addr, size))

    # ---- migration ----

    def feature(self, flags, data=b"", argsz=1 << 16):
        return self.ask(FEATURE, struct.pack("<II", argsz, flags) + data)[8:]

    def state(self, state=None):
        if state is not None:
            self.feature(SET | DEVICE_STATE, struct.pack("<Ii", state, -1))
        return struct.unpack("<II", self.feature(GET | DEVICE_STATE))[0]

    def read_state(self, at_once):
        state = b""
        while True:
            reply = self.ask(MIG_READ, struct.pack("<II", 8 + at_once, at_once))
            size = struct.unpack_from("<II", reply)[1]
            assert len(reply) == 8 + size
            state += reply[8:]
            if size < at_once:
                return state

    def write_state(self, state, at_once):
        for i in range(0, len(state), at_once):
            piece = state[i:i + at_once]
            self.ask(MIG_WRITE, struct.pack("<II", 8 + len(piece), len(piece)) + piece)

    def written(self, iova, length, page=4096):
        """Pages that the device has written there, by their number in it."""
        reply = self.feature(GET | LOG_REPORT, struct.pack("<QQQ", iova, length, page))[24:]
        return {8 * i + bit for i, byte in enumerate(reply) for bit in range(8) if byte >> bit & 1}

    # ---- registers ----

    def get(self, offset, region=0):
        return struct.unpack("<I", self.read(region, offset, 4))[0]

    def put(self, offset, value, region=0):
        self.write(region, offset, struct.pack("<I", value))
