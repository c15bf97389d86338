# SPDX-License-Identifier: GPL-2.0-or-later
"""Make a failing scenario small, for tools/worlds: lines go, by halves and then one by one; then words; then numbers get rounder.

Lines with the same mark (`# act 3`) go together: an act without what undoes it, or a host without its link, would fail for another
reason. For the same reason the options stay that a promise rests on.
"""
import re

KEPT = {"vlan", "ram", "hold", "forward", "try", "expect", "lost", "limit", "timeout"}


def units(lines):
    """Lists of line numbers that go together."""
    marked, found = {}, []
    for number, line in enumerate(lines):
        mark = re.search(r"  # (.+)$", line)
        if mark and mark.group(1) in marked:
            marked[mark.group(1)].append(number)
            continue
        unit = [number]
        if mark:
            marked[mark.group(1)] = unit
        found.append(unit)
    return found


def without(lines, some):
    gone = {number for unit in some for number in unit}
    return [line for number, line in enumerate(lines) if number not in gone]


def fewer_lines(lines, fails):
    """Delta debugging: chunks of half, a quarter, … of the units, until no single one can go."""
    chunk = max(len(units(lines)) // 2, 1)
    while True:
        parts, at, smaller = units(lines), 0, False
        while at < len(parts):
            other = without(lines, parts[at:at + chunk])
            if fails(other):
                lines, parts, smaller = other, units(other), True
            else:
                at += chunk
        if chunk > 1:
            chunk = max(chunk // 2, 1)
        elif not smaller:
            return lines


def fewer_words(lines, fails):
    """Options go, the longest run of words first."""
    for number in range(len(lines)):
        for length in (6, 4, 3, 2, 1):
            words, at = lines[number].split("  # ")[0].split(), 3
            while at + length <= len(words):
                shorter = words[:at] + words[at + length:]
                if not KEPT & set(words[at - 1:at + length]) and fails(lines[:number] + [remark(lines[number], shorter)] + lines[number + 1:]):
                    words = shorter
                    lines[number] = remark(lines[number], words)
                else:
                    at += 1
    return lines


def remark(line, words):
    """These words with the mark that the line has."""
    mark = re.search(r"  # .+$", line)
    return " ".join(words) + (mark.group(0) if mark else "")


def rounder(word):
    """Simpler forms of a time, a count or a number, the simplest first."""
    m = re.fullmatch(r"(\+?)(\d+)(ns|us|ms|s|K|M|)", word)
    if not m:
        return
    value, unit = int(m.group(2)), m.group(3)
    scale = {"ns": 1, "us": 1000, "ms": 1000000, "s": 10 ** 9}
    if unit in scale:
        whole = value * scale[unit]
        for step, name in ((10 ** 8, "ms"), (10 ** 7, "ms"), (10 ** 6, "ms"), (10 ** 5, "us"), (10 ** 3, "us")):
            near = whole // step * step
            if near != whole and near:
                yield f"{m.group(1)}{near // scale[name]}{name}"
    elif value > 2:
        yield f"1{unit}"
        yield f"{value // 2}{unit}"


def simpler_numbers(lines, fails):
    for number, line in enumerate(lines):
        words = line.split("  # ")[0].split()
        if words and (words[0] in ("end", "seed", "title", "limit") or "probe" in line or "vlan" in words):
            continue
        for at, word in enumerate(words):
            for other in rounder(word) if words[at - 1] != "ram" else ():
                trial = words[:at] + [other] + words[at + 1:]
                if fails(lines[:number] + [remark(line, trial)] + lines[number + 1:]):
                    words = trial
                    line = lines[number] = remark(line, trial)
                    break
    return lines


def shrink(text, fails):
    """The smallest text found that still fails."""
    def check(lines):
        return fails("\n".join(lines) + "\n")
    lines = text.splitlines()
    for way in (fewer_lines, fewer_words, fewer_lines, simpler_numbers):
        lines = way(list(lines), check)
    return "\n".join(lines) + "\n"


def self_test():
    """What a failure needs stays, with what goes with it; all else goes."""
    text = "a one\nb two  # x\nc three\nd four  # x\n1234567ns try e five six seven\n"
    small = shrink(text, lambda other: "try e" in other and "b two" in other and "seven" in other)
    wanted = "b two  # x\nd four  # x\n1ms try e seven\n"
    return [] if small == wanted else [f"a text shrinks to {small!r}, not to {wanted!r}"]
