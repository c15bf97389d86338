#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/glossary.md is sorted, each word stands in the file that its entry names, and abbreviations of other pages have an entry.

`--self-test` shows that each can fail.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = "docs/glossary.md"
ENTRY = re.compile(r"\* \*\*([^*]+)\*\*: (.*\.) `([\w/.-]+)`$")
PAGES = ("README.md", "docs/tutorial.md", "docs/report.md", "docs/life-of-a-frame.md", "docs/policy.md", "docs/suspend.md",
         "docs/switch-protocol.md", "docs/migration.md")
# What readers know who know networks or computers, names of files and products, and words that a register or a command has.
KNOWN = set("ABI API CHANGES CI CONTRIBUTING ARCHITECTURE CPU FIFO FILE GB GPL GPL-2 HTTP IP IPV4 IPV6 JSON KB KVM NAME OS QEMU RAM RFC TCP TLS TSC UDP"
            " VLAN WORD XML CMD DECLINE EMULATED ERROR FAIL FAILURE PARTIAL PASS PASSTHRU PENDING SUCCESS SIZE STEP PRE-COPY RESUMING RUNNING"
            " STOP-COPY PSRTYPE BAR1 NN".split())


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def letters(text):
    return re.sub(r"[^a-z0-9]", "", text.lower())


def abbreviations(text):
    """Words of capitals outside of code and links' targets."""
    text = re.sub(r"```.*?```|`[^`\n]*`|\]\([^)]*\)|\[[^\]\n]*\](?!\()", " ", text, flags=re.S)
    return set(re.findall(r"(?<![\w-])[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*(?=s?\b)(?![\w-]*[a-z]{2})", text))


def judge(page, others):
    words = []
    for number, line in enumerate(page.splitlines(), 1):
        if not line.startswith("* "):
            continue
        entry = ENTRY.match(line)
        if not entry:
            yield f"line {number}: not `* **word**: a sentence. `a/file``: {line}"
            continue
        word, text, path = entry.groups()
        words.append(word)
        if not os.path.isfile(os.path.join(ROOT, path)):
            yield f"{word}: there is no file {path}"
        elif not any(letters(name) in letters(read(path)) for name in [word, *re.findall(r"also (\w+)", text)]):
            yield f"{word}: {path} does not have the word"
    for word, after in zip(words, words[1:]):
        if word.casefold() >= after.casefold():
            yield f"{after}: stands behind {word}"
    if len(words) < 90:
        yield f"only {len(words)} words"
    have = " ".join(words)
    for path, text in others:
        for word in sorted(abbreviations(text) - KNOWN):
            if not re.search(rf"\b{word}\b", have):
                yield f"{path}: {word} has no entry"


def self_test():
    page, others = read(PAGE), [(path, read(path)) for path in PAGES]
    breaks = {
        "a word less": ("* **VEB**", "* **VEX**"), "a file that is not there": ("`sim/net/peer.c`", "`sim/net/peers.c`"),
        "a file without the word": ("`sim/net/peer.c`", "`sim/core/hist.c`"), "another order": ("* **flow**", "* **a flow**"),
        "an entry without a file": (" `sim/net/peer.c`", ""),
    }
    wrong = [f"{what} is not noticed" for what, (old, new) in breaks.items() if old not in page or not list(judge(page.replace(old, new), others))]
    if not list(judge(page, [("a page", "The PFs of an XYZ.")])) or list(judge(page, [("a page", "The PFs of a `XYZ` [ABC 1.2].")])):
        wrong.append("an abbreviation without an entry is not noticed, or one in code is")
    return wrong


def main():
    wrong = self_test() if sys.argv[1:] == ["--self-test"] else [f"{PAGE}: {m}" for m in judge(read(PAGE), [(p, read(p)) for p in PAGES])]
    print("\n".join(wrong) or "each word has its sentence and its file")
    return 1 if wrong else 0


sys.exit(main())
