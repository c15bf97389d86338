#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest image that is wrong in one way is refused with that way's words; at the very edge it is taken.

usage: tests/cli_images.py VFSIM     (the build's image lies beside it, in guest/)
"""
import os
import re
import struct
import subprocess
import sys
import tempfile

WORLD = """host h0
nic h0.n0 model regular
switch tor
link h0.n0 tor
peer a on tor
vm b on h0 ram 4M
1ms flow f from a to b size 64 rate 1K pps count 1
end expect f lost 0
"""
PT_LOAD, PT_DYNAMIC, WRITE, RUN = 1, 2, 2, 1
RAM = 4 << 20
DT_NULL, DT_NEEDED, DT_RELA, DT_RELASZ, DT_REL, DT_JMPREL, DT_RELR = 0, 1, 7, 8, 17, 23, 36
wrong = []


class Image:
    """An ELF file of 64 bits that is changed in place."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.phoff, = struct.unpack_from("<Q", self.data, 32)
        self.phnum, = struct.unpack_from("<H", self.data, 56)

    def put(self, at, form, value):
        struct.pack_into("<" + form, self.data, at, value & (1 << 8 * struct.calcsize(form)) - 1)
        return self

    def get(self, at, form):
        return struct.unpack_from("<" + form, self.data, at)[0]

    def header(self, kind, flags=0, last=False):
        """Where the first program header of a kind with these flags is."""
        found = [self.phoff + 56 * i for i in range(self.phnum)
                 if self.get(self.phoff + 56 * i, "I") == kind and self.get(self.phoff + 56 * i + 4, "I") & flags == flags]
        return found[-1 if last else 0]

    def field(self, header, name, value=None, add=0):
        at = header + {"flags": 4, "offset": 8, "vaddr": 16, "filesz": 32, "memsz": 40}[name]
        form = "I" if name == "flags" else "Q"
        return self.put(at, form, self.get(at, form) + add if value is None else value)

    def dynamic(self, tag):
        """Where an entry of the dynamic section is, in the file."""
        head = self.header(PT_DYNAMIC)
        at, size = self.get(head + 8, "Q"), self.get(head + 32, "Q")
        return next(a for a in range(at, at + size, 16) if self.get(a, "Q") == tag)

    def in_file(self, vaddr):
        for i in range(self.phnum):
            head = self.phoff + 56 * i
            start, size = self.get(head + 16, "Q"), self.get(head + 32, "Q")
            if self.get(head, "I") == PT_LOAD and start <= vaddr < start + size:
                return vaddr - start + self.get(head + 8, "Q")
        raise ValueError(hex(vaddr))

    def code(self):
        return self.header(PT_LOAD, RUN)

    def relocation(self, number):
        return self.in_file(self.get(self.dynamic(DT_RELA) + 8, "Q")) + 24 * number

    def end(self):
        last = self.header(PT_LOAD, last=True)
        return self.get(last + 16, "Q") + self.get(last + 40, "Q")


HEADERS, DYNAMIC, PROCESSOR = "its program headers lie outside the file", "its dynamic section lies outside the file", "another processor"
SEGMENT, ROOM, KIND = "a segment lies outside the file", "does not fit into the VM's RAM", "has relocations of a kind other than RELA"
TABLE, OUTSIDE = "its relocation table lies outside the image", "a relocation lies outside the image"
ELF, STATIC = "not a 64-bit ELF file", "not a static position-independent executable (link with -static-pie)"
# What is done to the image, and what is said; None: it is taken.
CASES = [
    (lambda m: m, None),
    (lambda m: m.put(0, "B", 0x7e), ELF),
    (lambda m: m.put(3, "B", 0), ELF),
    (lambda m: m.put(4, "B", 1), ELF),
    (lambda m: Image(m.data[:64]), HEADERS),
    (lambda m: m.put(18, "H", m.get(18, "H") ^ 1), PROCESSOR),
    (lambda m: m.put(16, "H", 2), STATIC),
    (lambda m: m.put(16, "H", 4), STATIC),
    (lambda m: m.put(54, "H", 57), HEADERS),
    (lambda m: m.put(32, "Q", m.phoff + 4), HEADERS),
    (lambda m: m.put(32, "Q", len(m.data) + 8), HEADERS),
    (lambda m: m.put(32, "Q", (len(m.data) - 56 * m.phnum + 8) & ~7), HEADERS),
    (lambda m: m.put(56, "H", 0xffff), HEADERS),
    (lambda m: m.field(m.code(), "offset", len(m.data) + 1), SEGMENT),
    (lambda m: m.field(m.code(), "filesz", len(m.data) - m.get(m.code() + 8, "Q") + 1), SEGMENT),
    (lambda m: m.field(m.code(), "flags", 7), "a segment is writable and executable"),
    (lambda m: m.field(m.header(PT_LOAD, WRITE), "offset", len(m.data) + 1), SEGMENT),
    (lambda m: m.field(m.header(PT_LOAD, WRITE), "filesz", m.get(m.header(PT_LOAD, WRITE) + 40, "Q") + 1), ROOM),
    (lambda m: m.field(m.header(PT_LOAD, WRITE, True), "memsz", RAM), ROOM),
    (lambda m: m.field(m.header(PT_LOAD, WRITE, True), "vaddr", RAM), ROOM),
    (lambda m: m.put(24, "Q", m.get(m.code() + 16, "Q") - 1), "its entry lies outside its code"),
    (lambda m: m.put(24, "Q", m.get(m.code() + 16, "Q") + m.get(m.code() + 32, "Q")), "its entry lies outside its code"),
    (lambda m: m.field(m.header(PT_DYNAMIC), "offset", len(m.data) + 1), DYNAMIC),
    (lambda m: m.field(m.header(PT_DYNAMIC), "filesz", len(m.data) - m.get(m.header(PT_DYNAMIC) + 8, "Q") + 1), DYNAMIC),
    (lambda m: m.put(m.dynamic(DT_RELA), "Q", DT_NEEDED), "needs shared libraries"),
    (lambda m: m.put(m.dynamic(DT_RELA), "Q", DT_REL), KIND),
    (lambda m: m.put(m.dynamic(DT_RELA), "Q", DT_JMPREL), KIND),
    (lambda m: m.put(m.dynamic(DT_RELA), "Q", DT_RELR), KIND),
    (lambda m: m.put(m.dynamic(DT_RELA) + 8, "Q", m.end() + 1), TABLE),
    (lambda m: m.put(m.dynamic(DT_RELASZ) + 8, "Q", m.end()), TABLE),
    (lambda m: m.put(m.relocation(0) + 8, "I", 6), "has relocations other than relative ones (an undefined symbol?)"),
    (lambda m: m.put(m.relocation(0) + 8, "I", 0), "?"), # none: it is passed over, and the guest goes astray
    (lambda m: m.put(m.relocation(0), "Q", m.end() - 7), OUTSIDE),
    (lambda m: m.put(m.relocation(0), "Q", 1 << 62), OUTSIDE),
    (lambda m: Image(m.data + bytes((16 << 20) + 1 - len(m.data))), "a guest image has at most 16 MiB"),
    (lambda m: Image(m.data + bytes((16 << 20) - len(m.data))), None),
]


def main():
    vfsim = os.path.abspath(sys.argv[1])
    with open(os.path.join(os.path.dirname(vfsim), "guest", "shell.elf"), "rb") as file:
        good = file.read()
    with tempfile.TemporaryDirectory() as folder:
        world, path = os.path.join(folder, "x.scn"), os.path.join(folder, "bad.elf")
        with open(world, "w", encoding="utf-8") as out:
            out.write(WORLD)
        for number, (change, expected) in enumerate(CASES):
            with open(path, "wb") as out:
                out.write(change(Image(good)).data)
            done = subprocess.run([vfsim, "run", world, "--guest-image", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            said = re.findall(r"bad\.elf: (.*)", done.stderr)
            if expected == "?":
                fine = done.returncode in (0, 1) and not said
            elif expected:
                fine = done.returncode == 2 and len(said) == 1 and expected in said[0]
            else:
                fine = done.returncode == 0 and not said
            if not fine:
                wrong.append(f"case {number}: {expected}: exit status {done.returncode}: {done.stderr[:200]}")
        for bad, words in ((folder, "Is a directory"), (path + "x", "No such file or directory")):
            done = subprocess.run([vfsim, "run", world, "--guest-image", bad], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if done.returncode != 2 or words not in done.stderr:
                wrong.append(f"{bad}: exit status {done.returncode}: {done.stderr[:200]}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
