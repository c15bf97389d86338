#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every link of every page leads somewhere: to a file, and to a heading of it. And README.md leads to every page of docs/.

Headings get the anchors that forges give them. Links to the web are not looked at: a test needs no network. `--self-test` shows
that each check can fail.
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PICTURE_BYTES = 150000
BUILT = ("build", ".")  # folders whose names begin so are not the tree's


def pages():
    found = glob.glob("**/*.md", root_dir=ROOT, recursive=True)
    return {path: open(os.path.join(ROOT, path), encoding="utf-8").read() for path in sorted(found) if not path.startswith(BUILT)}


def without_code(text):
    """Line by line where it was."""
    return re.sub(r"^```.*?^```|`[^`\n]*`", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S | re.M)


def anchors_of(text):
    """As GitHub makes them: letters, digits, hyphens and underscores of the heading; a number behind one that was there."""
    anchors, count = set(), {}
    for heading in re.findall(r"^#+ +(.*?) *#*$", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        seen = count.setdefault(anchor, 0)
        count[anchor] += 1
        anchors.add(f"{anchor}-{seen}" if seen else anchor)
    return anchors | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))


def links_of(text):
    """(line, target) of links, pictures, and of a page cited as [docs/page.md]."""
    text = without_code(text)
    for m in re.finditer(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: +(\S+)|\[(docs/[\w.-]+\.md)\]|(?:src|href|srcset)=\"([^\"]+)\"", text, re.M):
        cited = m[3] is not None
        yield text.count("\n", 0, m.start()) + 1, next(target for target in m.groups() if target), cited


def judge(texts):
    reached = set()
    for path, text in texts.items():
        for line, target, cited in links_of(text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            to = os.path.normpath(name if cited else os.path.join(os.path.dirname(path), name)) if name else path
            if path == "README.md":
                reached.add(to)
            if to not in texts and not os.path.exists(os.path.join(ROOT, to)):
                yield f"{path}:{line}: there is no {target}"
            elif anchor and anchor not in anchors_of(texts.get(to, "")):
                yield f"{path}:{line}: {to} has no heading #{anchor}"
    for picture in glob.glob("docs/pictures/*", root_dir=ROOT):
        if os.path.getsize(os.path.join(ROOT, picture)) > PICTURE_BYTES:
            yield f"{picture}: more than {PICTURE_BYTES} bytes"
    for path in texts:
        top = re.match(r"docs/(?:([^/]+)/)?", path)
        if top and path not in reached and not (top[1] and any(to.startswith(f"docs/{top[1]}") for to in reached)):
            yield f"README.md does not lead to {path}"


def self_test():
    good = {"README.md": "[a](docs/a.md#one-b) [c](docs/c/d.md)\n`[x](y)`\n```\n[x](y)\n```\n",
            "docs/a.md": "# One `b`\n[up](../README.md) [me](#one-b) [docs/a.md]\n# Two\n# Two\n[two](#two-1) [w](https://x.org/y)",
            "docs/c/d.md": "[a](../a.md)"}
    breaks = {"a page": ("README.md", "docs/a.md#", "docs/b.md#"), "an anchor": ("README.md", "#one-b", "#one"),
              "a page of docs/": ("README.md", "[c](docs/c/d.md)", ""), "the way up": ("docs/c/d.md", "../a.md", "a.md"),
              "its own heading": ("docs/a.md", "(#one-b)", "(#one)"), "a number": ("docs/a.md", "#two-1", "#two-2"),
              "a page that is cited": ("docs/a.md", "[docs/a.md]", "[docs/z.md]")}
    wrong = [f"the good pages: {m}" for m in judge(good)]
    for what, (path, old, new) in breaks.items():
        assert old in good[path], what
        if not list(judge({**good, path: good[path].replace(old, new)})):
            wrong.append(f"{what} is not missed")
    return wrong


def main():
    wrong = self_test() if sys.argv[1:] == ["--self-test"] else list(judge(pages()))
    print("\n".join(wrong) or "every link leads somewhere")
    return 1 if wrong else 0


sys.exit(main())
