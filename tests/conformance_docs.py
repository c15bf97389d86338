#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/conformance.md lists the conformance kit's cases as they are, and the kit's rules are those of the specification.

usage: conformance_docs.py [--self-test]

Both ways: a case has its row and a row its case; a rule's sentence is the page's, and a rule of shell-api.md or pf-vf-requirements.md is held against by a case or
stands under "Rules that no case holds against".
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def cases(definition):
    """{name: (where, rules, sentence)}."""
    pattern = r'^CASE\(\w+, "([^"]+)", (\w+), \d+, \d+, \d+, "([^"]+)", "([^"]+)"\)'
    return {m[1]: (m[2], m[3].split(), m[4]) for m in re.finditer(pattern, definition, re.M)}


def rules(definition):
    """{name: sentence} of a .def whose sentences may be in several literals."""
    return {m[1]: "".join(re.findall(r'"([^"]*)"', m[2])) for m in re.finditer(r"^RULE\((\w+), (.*?)\)$", definition, re.M | re.S)}


def told_rules(page):
    """{name: sentence} of the tables whose first cell is a rule's name; of a requirement the second cell is."""
    return {m[1]: re.sub(r"[`*]", "", m[2]).strip() for m in re.finditer(r"^\| `([A-Z]\d+)` \| (.*?) \|", page, re.M)}


def problems(definition, rule_definition, page, specification):
    found = []
    known, sentences, told = cases(definition), rules(rule_definition), told_rules(specification)
    rows = {m[1]: (m[2], re.findall(r"\w+", m[3]), m[4])
            for m in re.finditer(r"^\| `([a-z-]+)` \| (\w+) \| ((?:`\w+` ?)+) \| (.*) \|$", page, re.M)}
    found += [f"conformance.md has {name} as {rows.get(name)}, and it is {what}" for name, what in known.items() if rows.get(name) != what]
    found += [f"there is no case {name}" for name in rows if name not in known]
    held = {rule for _, of_case, _ in known.values() for rule in of_case}
    found += [f"a case holds against {rule}, which has no sentence" for rule in sorted(held - set(sentences))]
    found += [f"no case holds against {rule}" for rule in sentences if rule not in held]
    found += [f"{rule} is told as {told.get(rule)!r}, and the kit has {sentence!r}" for rule, sentence in sentences.items()
              if told.get(rule) != sentence]
    left = page.partition("## Rules that no case holds against")[2].partition("\n## ")[0]
    untried = set(re.findall(r"`([A-Z]\d+)`", left))
    found += [f"no case holds against {rule}, and no reason is told" for rule in told if rule not in held | untried]
    found += [f"{rule} is said to be held against by no case" for rule in sorted(untried & held)]
    return found


def all_texts():
    return [read("guest/conformance/cases.def") + read("guest/conformance/chip_cases.def"), read("guest/conformance/rules.def"),
            read("docs/conformance.md"), read("docs/shell-api.md") + read("docs/pf-vf-requirements.md")]


def self_test():
    """Each kind of mistake is found."""
    texts = all_texts()
    for i, old, new in ((0, '"ring-full"', '"ring-fuller"'), (0, "C2 C7", "C7"), (1, "imports none", "imports any"), (1, "RULE(N4", "RULE(N9"),
                        (2, "| `entry` |", "| `entries` |"), (2, "| `M3` |", "| `M5` |"), (3, "relative ones.", "relative."),
                        (3, "| `R8` |", "| `R81` |"), (3, "| `H4` | **A default pool**", "| `H4` | **A pool**"), (0, '"H11"', '"H4"')):
        assert texts[i].count(old) >= 1, old
        broken = texts[:i] + [texts[i].replace(old, new, 1)] + texts[i + 1:]
        assert problems(*broken), f"nothing is found when {old!r} is {new!r}"


def main():
    if "--self-test" in sys.argv:
        self_test()
        return 0
    found = problems(*all_texts())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
