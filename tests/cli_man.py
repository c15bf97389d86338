#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Man pages, as packaging/page.sh makes them of what `vfsim man` prints: each verb has one, it has each option that the verb takes,
`man` shows it without a warning, and the page of the language has all of its document.

usage: tests/cli_man.py VFSIM     (run in the root of the tree)"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

UTF8 = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80", MAN_KEEP_FORMATTING="", MANROFFOPT="")


def ask(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=True, **more).stdout


def show(path):
    """The page as a terminal of 80 columns has it, and what was warned of."""
    seen = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", path], capture_output=True, text=True, env=UTF8)
    return re.sub("\x1b\\[[0-9;]*m|.\b", "", seen.stdout), seen.stderr


def words_of(text):
    """Without what a page breaks lines by."""
    return re.sub(r"\s+", "", re.sub("\u2010\\s*", "", text))


def check_verb(verb, help_text, page, problems):
    options = re.findall(r"^  (-\w, )?(--[a-z-]+)([ =\[]*[A-Za-z]\S*)?", help_text, re.M)
    if not options:
        problems.append(f"{verb}: help has no options")
    for letter, name, value in options:
        value = value if value and not value.startswith("  ") else ""
        if not re.search(rf"^ +{re.escape(letter + name + value)}(\s|$)", page, re.M):
            problems.append(f"{verb}: the page does not have {letter + name + value}")
    for line in help_text.split("example")[-1].split("\n")[1:]:
        if line.strip() and line.strip() not in page:
            problems.append(f"{verb}: the page does not have the example {line.strip()}")


def check_language(page, problems):
    with open("docs/scenario-language.md") as text:
        document = text.read()
    lines = {line.strip() for line in page.split("\n")}
    for block in re.findall(r"^```\n(.*?)^```", document, re.M | re.S):
        for line in block.split("\n"):
            if line.strip() not in lines:
                problems.append(f"scenario: no line of its own for: {line}")
    squeezed = words_of(re.sub(r"[`*\\]", "", page))
    for row in re.findall(r"^\|(.*)\|$", document, re.M):
        for cell in re.split(r"(?<!\\)\|", row):
            cell = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", cell.replace("\\|", "|"))
            cell = words_of(re.sub(r"[`*\\]", "", cell))
            if not re.fullmatch("-*", cell) and cell not in squeezed and cell not in HEADS:
                problems.append(f"scenario: the page does not have the cell: {cell}")


# Heads of the document's tables that a list of terms does not need.
HEADS = {"erratum", "whatthechipdoes", "kind", "means", "line", "meaning", "option", "written", "when", "inthecapture", "whatbecomesofit", "KIND",
         "aswitch", "itssteps", "command", "act", "like", "expectation", "example", "ending", "whatitdoes", "canendas(besidesdoneandnever)"}


def main():
    vfsim = sys.argv[1]
    converter = shutil.which("go-md2man")
    if not converter or not shutil.which("man"):
        sys.exit("go-md2man or man is not installed: tools/test installs them")
    verbs = re.findall(r"^  ([a-z][a-z0-9]*)  ", ask(vfsim, "--help"), re.M)
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for page, section in [("vfsim", "1"), ("scenario", "5")] + [(verb, "1") for verb in verbs]:
            prose = "docs/scenario-language.md" if page == "scenario" else f"docs/man/{page}.md"
            if not os.path.exists(prose):
                problems.append(f"{prose} does not exist, and so the verb has no man page")
                continue
            name = page if page == "vfsim" else f"vfsim-{page}"
            path = os.path.join(folder, f"{name}.{section}")
            with open(path, "w") as out:
                made = subprocess.run(["packaging/page.sh", converter], input=ask(vfsim, "man", page, prose), stdout=out,
                                      stderr=subprocess.PIPE, text=True)
            text, warned = show(path)
            if made.returncode or made.stderr or warned:
                problems.append(f"{name}: {made.stderr}{warned}")
            if f'{name} - ' not in ask("lexgrog", path, env=UTF8):
                problems.append(f"{name}: whatis(1) does not find what it is")
            if "*" in text.split("DESCRIPTION")[0] or "[\n" in text:
                problems.append(f"{name}: Markdown is left in its synopsis")
            if page == "scenario":
                check_language(text, problems)
            elif page != "vfsim":
                check_verb(page, ask(vfsim, page, "--help"), text, problems)
            else:
                check_verb(page, ask(vfsim, "--help"), text, problems)
                problems += [f"vfsim: does not name {verb}" for verb in verbs if f"vfsim-{verb}(1)" not in text]
    known = set(verbs) | {"vfsim"}
    problems += [f"docs/man/{name} is of no verb" for name in os.listdir("docs/man") if name.removesuffix(".md") not in known]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
