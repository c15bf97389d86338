#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a save function hands over, left out in turn, member by member, is noticed.

  left_out.py PROGRAM GDB GUEST-IMAGE PLUGIN-STORE [CUT…]

GDB says of each save_field() and save_bytes() in sim/ what lies there; PROGRAM (left_out/left_out.c) leaves one member after the other
out, at each CUT (left_out/cuts.txt). Each must be noticed, or left_out/unnoticed.txt says why it is not; who is listed there and
gone fails, too.
`--all` tries those that are listed as well, and fails when one is noticed. `--members` prints what GDB says.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CUTS = ROOT / "tests" / "left_out" / "cuts.txt"
UNNOTICED = ROOT / "tests" / "left_out" / "unnoticed.txt"
PADDING = re.compile(r"(^|\.)zero\d*$")  # members that are there so that no byte is undefined
VERDICTS = ["never", "alike", "unnoticed", "noticed"]
WORDS = {"never": "it is never loaded", "alike": "it never has another value than in a new world", "unnoticed": "it was left out"}

# Runs inside GDB: the members of what each place's record points to, one a line.
IN_GDB = r'''
import gdb, os

def parts(t, at, name, found):
    t = t.strip_typedefs()
    if t.code in (gdb.TYPE_CODE_STRUCT,):
        for f in t.fields():
            if hasattr(f, "bitpos"):
                parts(f.type, at + f.bitpos // 8, (name + "." if name else "") + (f.name or ""), found)
    elif t.code == gdb.TYPE_CODE_ARRAY:
        low, high = t.range()
        inner = t.target()
        if inner.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_ARRAY):
            for i in range(high - low + 1):
                parts(inner, at + i * inner.sizeof, name + "[]", found)
        else:
            found.setdefault(name, []).append((at, t.sizeof))
    else:
        found.setdefault(name, []).append((at, t.sizeof))

def pointee(t):
    for f in t.strip_typedefs().fields():
        if f.name == "type":
            t = f.type.strip_typedefs()
            return t.target().strip_typedefs() if t.code == gdb.TYPE_CODE_PTR else t
    return None

def at_line(file, line):
    """The record's symbol in the innermost block of any address of that line, or of one near it where the compiler has moved it."""
    try:
        sals = gdb.decode_line("%s:%d" % (file, line))[1] or ()
    except gdb.error:
        return None
    for sal in sals:
        if not sal.symtab:
            continue
        entries = sorted((abs(e.line - line), e.pc) for e in sal.symtab.linetable() if abs(e.line - line) < 60)
        for _, pc in entries:
            block = gdb.block_for_pc(pc)
            while block and not block.is_global and not block.is_static:
                for symbol in block:
                    if symbol.name == "save_site" and symbol.line == line:
                        return symbol  # there is one: a line that saves two things is refused
                if block.function:
                    break
                block = block.superblock
    return None

out = open(OUT, "w")
out.write("%d\n" % int(gdb.parse_and_eval("&left_out_anchor").cast(gdb.lookup_type("long"))))
for file, line, what in PLACES:
    symbol = at_line(file, line)
    t = pointee(symbol.type) if symbol else None
    if t is None:
        out.write("\t".join(("?", file, str(line), what)) + "\n")
        continue
    size = t.sizeof if t.code != gdb.TYPE_CODE_VOID else 1
    found = {}
    if t.code == gdb.TYPE_CODE_VOID:
        found[""] = [(0, 1)]
    else:
        parts(t, 0, "", found)
    for name, pieces in found.items():
        words = [file, str(line), what, str(int(symbol.value().address)), str(size), name or "-"]
        out.write("\t".join(words + ["%d:%d" % p for p in pieces]) + "\n")
out.close()
'''


def places():
    """(file, line, expression) of every save_field() and save_bytes() in sim/, without those of the stream itself."""
    for path in sorted((ROOT / "sim").rglob("*.c")):
        name = str(path.relative_to(ROOT))
        if name == "sim/core/save.c":
            continue
        lines = path.read_text().split("\n")
        for number, line in enumerate(lines, 1):
            for m in re.finditer(r"\bsave_(field|bytes)\(", line):
                text, depth, words, word = line[m.end():] + " " + " ".join(lines[number:number + 3]), 0, [], ""
                for ch in text:
                    if ch == "," and not depth:
                        words.append(word.strip())
                        word = ""
                        continue
                    depth += (ch in "([") - (ch in ")]")
                    if depth < 0:
                        break
                    word += ch
                words.append(word.strip())
                yield name, number, re.sub(r"\s+", " ", words[1])


def describe(program, gdb, out, listed):
    """Writes what left_out.c reads; gives the number of places and what GDB does not know of."""
    found = sorted(set(places()))
    lines = [place[:2] for place in found]
    script = out.with_suffix(".py")
    script.write_text(f"OUT = {str(out)!r}\nPLACES = {found!r}\n" + IN_GDB)
    done = subprocess.run([gdb, "-batch", "-nx", "-ex", "set debuginfod enabled off", "-x", str(script), program],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not out.exists():
        sys.exit(done.stdout + "gdb described nothing")
    anchor, *described = out.read_text().splitlines()
    unknown = ["not described by the debugger: " + line.replace("\t", " ") for line in described if line.startswith("?")]
    unknown += [f"{file}:{line}: two things are saved in one line: give each its own" for file, line in sorted(set(lines))
                if lines.count((file, line)) > 1]
    with open(out, "w", encoding="utf-8") as file:
        file.write(anchor + "\n")
        for words in (line.split("\t") for line in described if not line.startswith("?")):
            if not PADDING.search(words[5]):
                file.write(("-" if (words[0], words[2], words[5]) in listed else "") + "\t".join(words) + "\n")
    return len(found), unknown


def told(text):
    """Lines of a file without comments and blanks."""
    return [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def show(stream):
    """Its lines; those that are no verdict are shown as they come."""
    for line in stream:
        if "\t" not in line:
            print(line, end="", flush=True)
        yield line


def read_list():
    """{(file, expression, member): reason} of unnoticed.txt: a reason in brackets, then FILE EXPRESSION: MEMBER…"""
    listed, reason = {}, None
    for line in told(UNNOTICED.read_text(encoding="utf-8")):
        if line.startswith("["):
            reason = line.strip("[]")
            continue
        place, members = line.split(": ", 1)
        file, what = place.split(" ", 1)
        for member in members.split():
            if (file, what, member) in listed:
                sys.exit(f"{UNNOTICED}: twice: {place} {member}")
            listed[file, what, member] = reason
    return listed


def main():
    arguments = [a for a in sys.argv[1:] if a not in ("--members", "--all")]
    program, gdb, image, store = arguments[:4]
    cuts = arguments[4:] or told(CUTS.read_text(encoding="utf-8"))
    listed = read_list()
    with tempfile.TemporaryDirectory() as work:
        members = pathlib.Path(work) / "members"
        count, unknown = describe(program, gdb, members, listed)
        if "--members" in sys.argv:
            print(members.read_text(), end="")
            return 0
        environment = dict(os.environ, LEFT_OUT_ALL="1") if "--all" in sys.argv else os.environ
        ran = subprocess.Popen([program, image, store, str(members), *cuts], cwd=ROOT, env=environment, stdout=subprocess.PIPE,
                               text=True)
        lines = [line.rstrip("\n") for line in show(ran.stdout)]
    if ran.wait():
        sys.exit(f"{program}: status {ran.returncode}")
    verdicts = {}
    for words in (line.split("\t") for line in lines):
        if len(words) == 6 and words[0] != "written":  # of the same words in one file the worst verdict counts
            key = (words[1], words[2], words[3])
            verdicts[key] = min(verdicts.get(key, "noticed"), words[0], key=VERDICTS.index)
    return judge(count, verdicts, listed, unknown)


def judge(count, verdicts, listed, wrong):
    """Every member must be noticed, or stand in unnoticed.txt, and not both."""
    for key, verdict in verdicts.items():
        if verdict != "noticed" and key not in listed:
            wrong.append(f"nothing notices when this is not saved ({WORDS[verdict]}): {' '.join(key)}")
    for key in listed:
        if verdicts.get(key, "noticed") == "noticed":
            why = "it is noticed" if key in verdicts else "there is no such member"
            wrong.append(f"tests/left_out/unnoticed.txt: {' '.join(key)}: {why}")
    print("\n".join(wrong))
    noticed = sum(verdict == "noticed" for verdict in verdicts.values())
    print(f"{count} places, {noticed} of {len(verdicts)} members noticed; not, and why:")
    for reason in dict.fromkeys(listed.values()):
        print(f"{sum(r == reason for r in listed.values()):5} {reason}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
