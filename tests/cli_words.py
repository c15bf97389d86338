#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each word of each kind of line in scenarios/ is left out, is another, or has another behind it: what `vfsim check` says is what
cli_words.txt has. cli_words.py VFSIM [--accept]. A kind of line is its words without names and numbers. Of each kind there is a checksum
of all that is told, with its columns, and what is told there for the first time; --all prints all of it. The list of all verbs, which
another verb makes longer, is not part of it, nor are lines of a verb that cli_words.txt does not know yet: --accept takes them up."""
import concurrent.futures
import itertools
import os
import pathlib
import re
import subprocess
import sys
import zlib

sys.dont_write_bytecode = True
import accepted  # noqa: E402

SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "scenarios"
TOLD_MAX = 20       # mistakes that are told of one file
NAME = re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b|\S*\d\S*|\S+\.\S+")
WORDS = re.compile(r'"[^"]*"|\S+')


def kind(words, known):
    """Its words, without what a scenario names itself."""
    return " ".join("#" if NAME.search(word) or word in known or word[0] == '"' else word for word in words)


def wrong(line, is_new):
    """(what was done, the line so) of one line; a declaration is one of something else each time."""
    for i, (done_to, made) in enumerate(wrong_words(line, is_new)):
        yield done_to, re.sub(r"^(host|nic|switch|peer|vm)( +)(\S+)", lambda m: f"{m[1]}{m[2]}{m[3]}x{i}", made)


def wrong_words(line, is_new):
    spans = [m.span() for m in WORDS.finditer(line)]
    for number, (start, end) in enumerate(spans):
        if not is_new(number):
            continue
        if number:
            yield f"without word {number + 1}", line[:start] + line[end:]
        yield f"word {number + 1} another", line[:start] + "zzz" + line[end:]
    yield "one word more", line + " zzz"


def cases():
    """(scenario, number of the line, [(what was done, line)]) of the first line of each kind."""
    seen = set()
    for path in sorted(SCENARIOS.glob("*.scn")):
        lines = path.read_text(encoding="utf-8").split("\n")
        known = set(re.findall(r"^(?:host|nic|switch|peer|vm|link) +(\S+)", "\n".join(lines), re.M))
        known |= {word for pair in re.findall(r"\bflow +(\S+)|\bas +(\S+)", "\n".join(lines)) for word in pair}
        for number, line in enumerate(lines):
            line = re.sub(r"\s+#.*", "", line.rstrip())
            words = WORDS.findall(line)
            if not words or line[0] == "#" or line.endswith("\\") or "#" in line:
                continue
            what = kind(words, known)
            if what in seen:
                continue
            # Words are read from the left: what follows the same ones has been tried, unless it ends the line.
            begins = [" ".join(what.split(" ")[:n + 1]) for n in range(len(words))]
            yield path, number, what, list(wrong(line, lambda n: begins[n] not in seen or n == len(words) - 1))
            seen.update(begins, [what])


def jobs():
    """(scenario, [(number of the line, kind, what was done, line)]), as many as one run of `vfsim check` tells of."""
    for path, found in itertools.groupby(cases(), lambda case: case[0]):
        made = [(number, what, *way) for _, number, what, ways in found for way in ways]
        for at in range(0, len(made), TOLD_MAX - 2):
            yield path, made[at:at + TOLD_MAX - 2]


def check(vfsim, job):
    """[(kind, [what is told of lines that stand behind the one they were made of])]."""
    path, made = job
    text, place = [], {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")):
        text.append(line)
        for i, (of, _, _, wrong_line) in enumerate(made):
            if of == number:
                text.append(wrong_line)
                place[len(text)] = i
    done = subprocess.run([vfsim, "check", "-"], input="\n".join(text), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          cwd=SCENARIOS)
    if done.returncode not in (0, 2):
        sys.exit(f"{path}: exit status {done.returncode}: {done.stderr[-2000:]}")
    said = re.sub(r"replay, flow, .*, expect or try", "(the verbs)", re.sub(r"/\S+/plugins\b", "plugins", done.stderr))
    found = {}
    for line, column, message in re.findall(r"^\S+?:(\d+):(\d+): (.*)$", said, re.M):
        found.setdefault(place.get(int(line)), []).append(f"{column}: {message}")
    told = {}
    for i, (_, what, done_to, _) in enumerate(made):
        told.setdefault(what, []).extend(f"  {done_to}: {message}" for message in found.get(i, ["is taken"]))
    return list(told.items())


def verb_of(what):
    words = what.split()
    return next((word for word in words if word not in ("#", "try", "end", "expect")), words[0])


def all_of(vfsim):
    seen = set()
    listed = pathlib.Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    known = {verb_of(line.rsplit(":", 1)[0]) for line in listed if not line.startswith(" ")}
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for what, told in itertools.chain.from_iterable(pool.map(lambda job: check(vfsim, job), jobs())):
            if "--all" in sys.argv:
                yield from [what] + told
                continue
            if verb_of(what) not in known and "--accept" not in sys.argv:
                continue
            yield f"{what}: {zlib.crc32(repr(told).encode()):08x}"
            for message in (re.sub(r"^.*?: (\d+: )?", "", line) for line in told):
                plain = re.sub(r"'[^']*'|\d+", "#", message)
                if plain not in seen:
                    seen.add(plain)
                    yield "  " + message


sys.exit(accepted.compare(__file__, all_of(os.path.abspath(sys.argv[1])), "build-test/vfsim"))
