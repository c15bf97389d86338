# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the grammar of random worlds say all that docs/scenario-language.md says? For tools/worlds --self-test.

The page's synopses and tables are read word by word: each word in small letters that a verb can have must stand in an act of that
verb in world_verbs.py, or here, with the reason why not. The table of endings names the verbs; tests/unit/scenario_endings.c holds that
table to the program's own.
"""
import re

import world_grammar as grammar
import world_verbs as verbs

LITERAL = re.compile(r"-{0,2}[a-z0-9][\w.:+-]*")
# Words of a verb's paragraph that are no words of the verb, or that a random world has no use for.
NOT_SAID = {
    "migrate": {"net", "vf"},
    "reset": {"upt"}, "suspend": {"resume"}, "resume": {"suspend", "vm_suspended"}, "switch": {"missed"}, "rollout": {"gone"},
    "snapshot": {"restore", "from"}, "restore": {"snapshot", "to", "and", "stop", "vfsim", "run", "--snapshots"},
}
# What only a guest with a kernel of its own does: worlds are for every machine, and few have one.
NEEDS_A_KERNEL = {"exec"}
TITLES = {"suspend, resume": ("suspend", "resume"), "snapshot, restore": ("snapshot", "restore")}


def words_of(text):
    """Words in small letters of a synopsis: options, choices, keywords."""
    return {word for word in re.split(r"[\s\[\]()|…,]+", text.replace("\\|", " ")) if LITERAL.fullmatch(word)}


def add(found, verb, text):
    found.setdefault(verb, set()).update(words_of(text) - {verb})


def paragraphs(page, found):
    """`**verb** `synopsis`: …`, with the code of its paragraph up to its example."""
    happens = page[page.index("## What happens"):page.index("## What must be seen")] + page[page.index("## Live migration"):]
    for m in re.finditer(r"^\*\*([a-z, ]+)\*\* (.*?)(?=\n\n|\n\||\Z)", happens, re.M | re.S):
        said = re.split(r"Examples?:", m.group(2))[0]
        for span in re.findall(r"`([^`]+)`", said):
            for verb in TITLES.get(m.group(1), (m.group(1),)):
                if span.split()[0] in (verb, *said.split("`")[1:2]) or verb in ("set", "policy") or verb not in span:
                    add(found, verb, span)


def tables(page, found):
    for cells in grammar.rows(page, "| command | |"):
        for span in re.findall(r"`([^`]+)`", cells[0]):
            add(found, span.split()[0], span)
    for cells in grammar.rows(page, "| act | like |"):
        for span in re.findall(r"`([^`]+)`", cells[0]):
            add(found, "guest", span)
    for head, verb, where in (("| KIND |", "flow", page), ("| option | meaning |", "replay", page),
                              ("| option | default | |", "migrate", page[page.index("## Live migration"):])):
        for cells in grammar.rows(where, head):
            for span in re.findall(r"`([^`]+)`", cells[0]):
                add(found, verb, span)


def documented(page):
    """{verb: its words}."""
    found = {}
    for cells in grammar.rows(page, "| act | can end as"):
        for span in re.findall(r"`([^`]+)`", cells[0]):
            for word in span.split(",") if "VM" not in span else []:
                found.setdefault(word.split()[0].replace("…", ""), set())
    paragraphs(page, found)
    tables(page, found)
    return {verb: words for verb, words in found.items() if verb}


def spoken():
    """{verb: words of its acts}, steps filled in."""
    found = {}
    for act in verbs.EVERYTHING:
        for text in (act.text, act.undo or ""):
            if text:
                add(found, text.split()[0], text)
                for name in re.findall(r"STEP-[A-Z-]+", text):
                    found[text.split()[0]].update(" ".join(grammar.STEPS[name]).split())
    return found


def gaps(page):
    """Sentences about what the page knows and the grammar does not."""
    known = spoken()
    for verb, words in sorted(documented(page).items()):
        if verb in NEEDS_A_KERNEL:
            continue
        if verb not in known:
            yield f"'{verb}' is a verb of docs/scenario-language.md and of no act in tools/world_verbs.py"
        else:
            for word in sorted(words - known[verb] - NOT_SAID.get(verb, set())):
                yield f"'{verb} … {word} …' stands in docs/scenario-language.md and in no act of tools/world_verbs.py"


def unsaid(page, lines):
    """Sentences about what a guest does that none of these lines of worlds says: two words tell an act, as in `add vlan N`."""
    said = {tuple(words[i + 2:i + 4]) for words in map(str.split, lines) for i in range(len(words)) if words[i] == "guest"}
    for cells in grammar.rows(page, "| act | like |"):
        for span in re.findall(r"`([^`]+)`", cells[0]):
            first, second = (re.sub(r"\[.*?\] ?", "", span.replace("\\|", "|")) + " -").split()[:2]
            for one in first.split("|"):
                for two in second.split("|"):
                    if not any(a == one and (b == two or not LITERAL.fullmatch(two)) for a, b in (pair + ("",) * (2 - len(pair)) for pair in said)):
                        yield f"no world says 'guest VM {one} {two}'"
