#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Follows a page word by word: does its commands in an empty folder and compares what they print with what it shows.

usage: tests/follow_page.py [--accept] VFSIM PAGE        tests/follow_page.py --self-test

A page's blocks of code, in order, in one shell with stderr in stdout's place:

    ```scn NAME         a file that the reader saves as NAME
    ```console          commands, each behind `$ ` (further lines of it behind `> `), and what they print
    ```text             neither
    ```sh               what only the reader's machine can do; NOT_RUN below lists each, so that none is left out unseen

In what is shown a line `…` stands for one or more lines that are left out, `…` inside a line for any text. A command that fails
must be followed by `$ echo $?`. Commands of README.md and docs/answers.md are done in the tree. --accept writes figures anew where the lines are otherwise the same.
"""
import functools
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CUT = "…"
IN_THE_TREE = ("README.md", "docs/answers.md")
NOT_RUN = {  # page: {first line of a block: why}
    "README.md": {"tools/run scenarios/65-migrate-npa.scn --html page.html     # installs what is missing, builds, runs a live migration":
                  "needs root where something is missing, and builds"},
    "docs/tutorial.md": {
        "tools/run scenarios/01-midflow-switch.scn": "needs root where something is missing, and builds",
        "sudo apt install ./vfsim_0.1.0_amd64.deb": "needs root",
        "mkdir ~/learn && cd ~/learn": "the empty folder is the test's own",
        "xdg-open move.html": "needs a screen",
        "sudo -v": "needs root and the network",
        "sudo apt install wireshark-common": "needs root",
    },
}


class Block:
    def __init__(self, info, line, body):
        self.kind, _, self.name = info.partition(" ")
        self.line, self.body = line, body


class Command:
    def __init__(self, line, text):
        self.line, self.text, self.shown = line, text, []


def blocks_of(page):
    blocks, block = [], None
    for number, line in enumerate(page.split("\n"), 1):
        fence = re.match(r"```(.*)", line)
        if fence and block is None:
            block = Block(fence[1].strip(), number, [])
        elif fence:
            blocks.append(block)
            block = None
        elif block is not None:
            block.body.append(line)
    return blocks


def commands_of(block):
    commands = []
    for number, line in enumerate(block.body, block.line + 1):
        if line.startswith("$ "):
            commands.append(Command(number, [line[2:]]))
        elif commands and not commands[-1].shown and line.startswith("> "):
            commands[-1].text.append(line[2:])
        elif commands:
            commands[-1].shown.append((number, line))
        else:
            raise ValueError(f"line {number}: output without a command")
    return commands


def steps_of(page):
    """Blocks of files and commands, in order."""
    for block in blocks_of(page):
        if block.kind == "scn":
            yield block
        elif block.kind == "console":
            yield from commands_of(block)


def carry_out(steps, vfsim, folder=None):
    """(what was printed, exit status) of each command, by its place in `steps`."""
    with tempfile.TemporaryDirectory() as work:
        script, empty = ["exec 2>&1"], os.path.join(work, "empty")
        os.mkdir(empty)
        for i, step in enumerate(steps):
            if isinstance(step, Block):
                path = os.path.join(work, str(i))
                with open(path, "w", encoding="utf-8") as file:
                    file.write("\n".join(step.body) + "\n")
                script.append(f"cp {path} {step.name}")
            else:
                script += [*step.text, f'status_=$?; printf "\\001%s %s\\002" {i} $status_; (exit $status_)']
        env = dict(os.environ, PATH=os.path.dirname(os.path.abspath(vfsim)) + ":" + os.environ["PATH"],
                   SCENARIOS=os.path.join(ROOT, "scenarios"), VFSIM=os.path.abspath(vfsim), ANSWERS=os.path.join(work, "answers"), LC_ALL="C.UTF-8")
        done = subprocess.run(["bash", "--noprofile", "--norc", "-c", "\n".join(script)], cwd=folder or empty, env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
    printed = done.stdout.decode("utf-8", "replace")
    return {int(i): (text.rstrip("\n").split("\n") if text.strip("\n") else [], int(status))
            for text, i, status in re.findall(r"([^\001]*)\001(\d+) (\d+)\002", printed)}


def is_cut(line):
    return line.strip() == CUT


def same(shown, line):
    return re.fullmatch(".*".join(map(re.escape, shown.rstrip().split(CUT))), line.rstrip()) is not None


def same_but_figures(shown, line):
    """Their words and columns; a wider figure moves blanks."""
    def words(text):
        return re.sub(r"\s+", " ", re.sub(r"[\d.]+ (ns|us|ms|s)\b|[\d.]+", "0", text)).strip()
    return same(shown, line) or same(words(shown), words(line))


def align(shown, printed, alike):
    """For each shown line the place of the printed one (None: a cut), or None if they do not fit."""
    @functools.lru_cache(maxsize=None)
    def go(i, j):
        if i == len(shown):
            return () if j == len(printed) else None
        places = range(j + 1, len(printed) + 1) if is_cut(shown[i]) else \
            [j + 1] if j < len(printed) and alike(shown[i], printed[j]) else []
        for k in places:
            rest = go(i + 1, k)
            if rest is not None:
                return ((None if is_cut(shown[i]) else j),) + rest
        return None
    return go(0, 0)


def judge(steps, results):
    commands = [(i, step) for i, step in enumerate(steps) if isinstance(step, Command)]
    for place, (i, command) in enumerate(commands):
        if i not in results:
            yield f"line {command.line}: it was not carried out: {command.text[0]}"
            return
        printed, status = results[i]
        after = commands[place + 1][1].text[0] if place + 1 < len(commands) else ""
        if status and after != "echo $?":
            yield f"line {command.line}: exit status {status}, and no `echo $?` behind it: {command.text[0]}\n  " + "\n  ".join(printed)
        elif align(tuple(line for _, line in command.shown), tuple(printed), same) is None:
            yield "\n  ".join([f"line {command.line}: it prints otherwise: {command.text[0]}", *printed])


def left_out(page, listed):
    """What is not run is listed, and what is listed is there."""
    found = {block.body[0] for block in blocks_of(page) if block.kind == "sh"}
    for block in blocks_of(page):
        if block.kind not in ("sh", "scn", "console", "text"):
            yield f"line {block.line}: a block of the unknown kind '{block.kind}'"
    yield from (f"a block is not run, and no reason is listed: {line}" for line in sorted(found - set(listed)))
    yield from (f"listed, but not in the page: {line}" for line in sorted(set(listed) - found))


def follow(page, vfsim, listed, folder=None):
    steps = list(steps_of(page))
    return [*left_out(page, listed), *judge(steps, carry_out(steps, vfsim, folder))], len(steps)


def accept(page, vfsim, folder=None):
    lines, steps = page.split("\n"), list(steps_of(page))
    results = carry_out(steps, vfsim, folder)
    for i, step in enumerate(steps):
        if isinstance(step, Block) or i not in results:
            continue
        shown, printed = tuple(line for _, line in step.shown), tuple(results[i][0])
        if align(shown, printed, same) is not None:
            continue
        places = align(shown, printed, same_but_figures)
        for (number, line), place in zip(step.shown, places or ()):
            if place is not None and not same(line, printed[place]):
                lines[number - 1] = printed[place]
    return "\n".join(lines)


def self_test():
    good = "Words\n```scn a\none 1\ntwo 2\nthree 3\n```\n```console\n$ cat a\none 1\n…\nthree 3\n$ grep -c t a\n2\n$ false\n$ echo $?\n1\n" \
           "$ cat <<X\n> more\n> X\nmore\n$ echo at 5 us\nat … us\n```\n"
    breaks = {
        "a figure": ("one 1\n…", "one 2\n…"), "a line less": ("$ grep -c t a\n2\n", "$ grep -c t a\n"),
        "a line more": ("2\n$ false", "2\n3\n$ false"), "a cut of nothing": ("three 3\n$", "…\nthree 3\n…\n$"),
        "a file": ("two 2\n", "2 2\n"), "a status": ("1\n$ cat <<X", "0\n$ cat <<X"), "a failure": ("$ echo $?\n1\n", ""),
        "a cut in a line": ("at … us", "at … ms"), "the order": ("```scn a", "```scn b"), "what is not run": ("```console", "```sh"),
        "an unknown block": ("```scn a", "```file a"), "a command that ends the shell": ("$ false", "$ exit"),
    }
    wrong = [f"the good page: {m}" for m in follow(good, "none", {})[0]]
    for what, (old, new) in breaks.items():
        assert good.count(old) == 1, what
        if not follow(good.replace(old, new), "none", {})[0]:
            wrong.append(f"{what} is not noticed")
    if accept(good.replace("one 1\n…", "one 27\n…"), "none") != good:
        wrong.append("--accept does not write a figure anew")
    if accept(good.replace("one 1\n…", "only 1\n…"), "none") == good:
        wrong.append("--accept writes other words")
    if not follow(good, "none", {"sudo": "gone"})[0]:
        wrong.append("a reason too many is not noticed")
    return wrong


def main():
    if sys.argv[1:] == ["--self-test"]:
        wrong, count = self_test(), 0
    else:
        vfsim, path = sys.argv[-2:]
        folder = ROOT if path in IN_THE_TREE else None
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            page = file.read()
        if "--accept" in sys.argv:
            page = accept(page, vfsim, folder)
            with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
                file.write(page)
        wrong, count = follow(page, vfsim, NOT_RUN.get(path, {}), folder)
        wrong = [f"{path}: {m}" for m in wrong] or ([] if count else [f"{path}: no command in it"])
    print("\n".join(wrong) or f"all is as shown: {count} files and commands")
    return 1 if wrong else 0


sys.exit(main())
