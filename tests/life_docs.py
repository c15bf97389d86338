#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/life-of-a-frame.md names files that are there, functions that they define, and fates that they give; and every fate there is.

A row of its tables: files | what | functions | fates, a fate's own file behind it in brackets. `--self-test` shows that each can fail.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = "docs/life-of-a-frame.md"
A_FILE = re.compile(r"`((?:sim|guest|tests|tools|docs|scenarios)/[\w/.-]+)`")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def is_file(path):
    return os.path.isfile(os.path.join(ROOT, path))


def defines(path, name):
    """A definition as clang-format lays it out: from the first column, its body behind it."""
    return re.search(rf"^[A-Za-z_][\w \*]*\b{re.escape(name)}\([^;{{}}]*\)\s*\{{", read(path), re.M) is not None


def fates():
    return set(re.findall(r"^FATE\((\w+),", read("sim/core/frame/fates.def"), re.M))


def rows_of(page):
    for number, line in enumerate(page.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            yield number, cells


def judge_row(files, functions, ends, known):
    """What is wrong with a row, and the fates it names."""
    here = [path for path in A_FILE.findall(files) if is_file(path)]
    named = re.findall(r"`(\w+)`", functions)
    yield from (f"{name}() is defined in none of {' '.join(here)}" for name in named if not any(defines(path, name) for path in here))
    if not here or not named:
        yield "a row without a file or a function"
    for fate, own in re.findall(r"`(\w+)`(?:[^`,;]*\(`([\w/.]+)`\))?", ends):
        if fate not in known:
            yield f"'{fate}' is no fate"
        elif not any(f"FATE_{fate}" in read(path) for path in ([own] if own else here) if is_file(path)):
            yield f"'{fate}' is given by none of {own or ' '.join(here)}"


def judge(page):
    known, rows = fates(), list(rows_of(page))
    wrong = [f"there is no file {path}" for path in A_FILE.findall(page) if not is_file(path)]
    for number, (files, _, functions, ends) in rows:
        wrong += [f"line {number}: {m}" for m in judge_row(files, functions, ends, known)]
    wrong += [f"the fate '{fate}' is not on the page" for fate in sorted(known) if f"`{fate}`" not in page]
    return wrong if len(rows) > 30 else [*wrong, f"only {len(rows)} rows"]


def self_test():
    page = read(PAGE)
    breaks = {
        "another file": ("`sim/net/wire.c` | The wire's", "`sim/net/wire2.c` | The wire's"),
        "another function": ("`direction_event`", "`direction_events`"), "a function of another file": ("`direction_event`", "`port_send`"),
        "another fate": ("`wire_queue_full`", "`wire_full`"), "a fate of another file": ("`wire_queue_full`", "`rx_fifo_full`"),
        "a fate that is left out": ("`vm_reverted`", ""), "a call that is no definition": ("`frame_lands`", "`frame_end`"),
        "a row without a function": ("`source_fill`", ""), "a file in the text": ("(`sim/core/frame/mem.c`)", "(`sim/core/frame/tags.c`)"),
    }
    wrong = []
    for what, (old, new) in breaks.items():
        assert old in page, what
        if not judge(page.replace(old, new)):
            wrong.append(f"{what} is not noticed")
    return wrong


def main():
    wrong = self_test() if sys.argv[1:] == ["--self-test"] else [f"{PAGE}: {m}" for m in judge(read(PAGE))]
    print("\n".join(wrong) or "files, functions and fates are as the page says")
    return 1 if wrong else 0


sys.exit(main())
