#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds what the linker sees to the house of ARCHITECTURE.md: who uses a symbol that who defines, ops tables included.

usage: tests/link_test.py BUILD-FOLDER      the built objects of sim/ are read with nm
       tests/link_test.py --self-test       each check finds what it is for

No circle among folders; no call that the include table does not allow; the folders of sim/ with sources, the rows of the include
table, the lines of "A line for each box" and the names in the figure are the same, and an arrow that is drawn there is there. A
circle is told with the calls that make it.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys

from tree_test import ROOT, allows, arrows, boxes


def objects(build):
    """(file of the tree, path of its object) of each object of sim/ that the build holds, its source still there."""
    for path in sorted(pathlib.Path(build).rglob("*.o")):
        found = re.search(r"vfsim_objects\.dir/(sim/.*\.[cS])\.o$", str(path))
        if found and (ROOT / found.group(1)).exists():
            yield found.group(1), path


def symbols(path):
    """(defined, used) of an object."""
    defined, used = set(), set()
    for line in subprocess.run(["nm", str(path)], capture_output=True, text=True, check=True).stdout.splitlines():
        part = line.split()
        if len(part) == 2 and part[0] == "U":
            used.add(part[1])
        elif len(part) == 3 and part[1] in tuple("TDRBVW"):
            defined.add(part[2])
    return defined, used


def graph(files):
    """{folder: {other folder: {"file.c: symbol", …}}} of {file: (defined, used)}."""
    where = {symbol: name for name, (defined, _) in files.items() for symbol in defined}
    uses = collections.defaultdict(lambda: collections.defaultdict(set))
    for name, (_, used) in files.items():
        for symbol in used:
            other = where.get(symbol)
            if other and os.path.dirname(other) != os.path.dirname(name):
                uses[os.path.dirname(name)][os.path.dirname(other)].add(f"{os.path.basename(name)}: {symbol}")
    return uses


def reached(uses, folder):
    seen, todo = set(), [folder]
    while todo:
        for other in uses.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def circles(uses):
    reach = {folder: reached(uses, folder) for folder in list(uses)}
    told = set()
    for folder in sorted(uses):
        if folder not in reach[folder] or folder in told:
            continue
        ring = sorted(other for other in reach[folder] if folder in reach.get(other, ()))
        told.update(ring)
        yield "folders in a circle: " + " ".join(ring)
        for one in ring:
            for other in ring:
                calls = sorted(uses[one].get(other, ())) if one != other else []
                if calls:
                    yield f"  {one} -> {other}: {len(calls)}, {', '.join(calls[:6])}"


def figure(architecture):
    """(words that may be folders, arrows between two of them) of the first drawing: `a ──► b` says that a uses b, `b ◄── a` as well."""
    drawing = architecture.partition("```")[2].partition("```")[0]
    words = set(re.findall(r"[a-z][a-z0-9/]*", drawing))
    arrows_drawn = set(re.findall(r"([a-z][a-z0-9/]*) ──► (?=([a-z][a-z0-9/]*))", drawing))
    arrows_drawn |= {(b, a) for a, b in re.findall(r"([a-z][a-z0-9/]*) ◄── (?=([a-z][a-z0-9/]*))", drawing)}
    return words, arrows_drawn


def includes(one, other):
    inside = re.compile(rf'^#include "{other}/[^/"]+"', re.M)
    return any(inside.search(path.read_text()) for path in (ROOT / "sim" / one).glob("*.[ch]"))


def check_figure(uses, there, architecture):
    words, drawn = figure(architecture)
    for folder in sorted(there):
        if folder.removeprefix("sim/") not in words:
            yield f"{folder} is not in ARCHITECTURE.md's figure"
    tops = {folder.split("/")[1] for folder in there}
    for word in sorted(words):
        if "/" in word and word.split("/")[0] in tops and "sim/" + word not in there:
            yield f"the figure draws {word}, which holds no source"
    for one, other in sorted(drawn):
        if {"sim/" + one, "sim/" + other} <= there and "sim/" + other not in uses.get("sim/" + one, ()) and \
           not includes(one, other):
            yield f"the figure draws {one} -> {other}, but the one neither calls nor includes anything of the other"


def check(files, table, described, architecture=None):
    uses = graph(files)
    found = list(circles(uses))
    for folder in sorted(uses):
        for other in sorted(uses[folder]):
            if not allows(table.get(folder, ()), other):
                found.append(f"{folder} calls {other}, which its row does not allow: {', '.join(sorted(uses[folder][other])[:6])}")
    there = {os.path.dirname(name) for name in files}
    if architecture:
        found += check_figure(uses, there, architecture)
    rows = {folder for folder in table if folder.startswith("sim/")}
    lines = {folder for folder in described if folder.startswith("sim/")}
    for what, names in (("include table", rows), ("lines for each box", lines)):
        found += [f"{folder} is not in ARCHITECTURE.md's {what}" for folder in sorted(there - names)]
        found += [f"{folder} is in ARCHITECTURE.md's {what} and holds no source" for folder in sorted(names - there)]
    return found


def self_test():
    table = {"sim/a": set(), "sim/b": {"sim/a"}}
    good = {"sim/a/a.c": ({"a"}, {"printf"}), "sim/b/b.c": ({"b"}, {"a"})}
    assert check(good, table, table) == [], check(good, table, table)
    up = dict(good, **{"sim/a/up.c": ({"up"}, {"b"})})
    found = check(up, table, table)
    assert any("circle: sim/a sim/b" in f for f in found) and any("sim/a calls sim/b" in f for f in found), found
    more = dict(good, **{"sim/c/c.c": ({"c"}, set())})
    assert len(check(more, table, table)) == 2
    assert len(check(good, dict(table, **{"sim/d": set()}), table)) == 1
    assert len(check(good, table, {"sim/a"})) == 1
    assert check(good, table, table, "```\n a ◄── b\n```") == []
    assert len(check(good, table, table, "```\n a ──► b, a/c\n```")) == 2
    assert len(check(good, table, table, "```\n b\n```")) == 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    text = (ROOT / "ARCHITECTURE.md").read_text()
    files = {name: symbols(path) for name, path in objects(sys.argv[1])}
    if not files:
        print(f"no objects of sim/ in {sys.argv[1]}")
        return 2
    found = check(files, arrows(text), boxes(text), text)
    for line in found:
        print(line)
    print(f"{len(files)} objects, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
