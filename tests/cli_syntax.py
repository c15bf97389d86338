#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How editors show scenarios: the example of each verb (`vfsim help WORD`) and some lines more are shown by Vim, and by the rules of
the TextMate grammar, as what their words are. The verbs are asked for, so that a new one is held to this, too.

usage: tests/cli_syntax.py VFSIM     (run in the root of the tree)"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

# What a word is shown as, in Vim and in the grammar.
KINDS = {
    "declaration": ("vfsimDeclaration", "storage.type.declaration.vfsim"),
    "time": ("vfsimTime", "constant.numeric.time.vfsim"),
    "try": ("vfsimTry", "keyword.control.try.vfsim"),
    "act": ("vfsimAct", "keyword.control.act.vfsim"),
    "expect": ("vfsimExpect", "keyword.control.expect.vfsim"),
    "expected": ("vfsimExpected", "entity.name.function.expected.vfsim"),
    "option": ("vfsimOption", "support.constant.option.vfsim"),
    "number": ("vfsimNumber", "constant.numeric.vfsim"),
    "address": ("vfsimAddress", "constant.other.address.vfsim"),
    "variable": ("vfsimVariable", "variable.other.vfsim"),
    "string": ("vfsimString", "string.quoted.double.vfsim"),
    "sentence": ("vfsimSentence", "string.unquoted.sentence.vfsim"),
    "comment": ("vfsimComment", "comment.line.number-sign.vfsim"),
    "": ("", ""),
}
VIM, GRAMMAR = 0, 1

# A line, and what its words are, from the first on.
LINES = [
    ("host h0 cores 4", ["declaration", "", "option", "number"]),
    ("  vm web on h0 ram 16M mac 02:00:00:00:00:0a", ["declaration", "", "option", "", "option", "number", "option", "address"]),
    ("peer a on tor ip 10.0.0.1 latency 2.5us", ["declaration", "", "option", "", "option", "address", "option", "number"]),
    ("title \"host h0 # cores\" # host", ["declaration", "string", "string", "string", "string", "comment", "comment"]),
    ("set size 64", ["declaration", None, "number"]),
    ("+50ms try switch web to passthrough # try", ["time", "try", "act", "", "option", "option", "comment", "comment"]),
    ("0 flow f from a to web size $size rate 1M pps", ["time", "act", "", "option", "", "option", "", "option", "variable", "option",
                                                      "number", "option"]),
    ("10ms set h0.n0 numvfs 2", ["time", "act", "", "option", "number"]),
    ("1ms expect web passthrough", ["time", "expect", "", "option"]),
    ("end expect switch web 1 done", ["time", "expect", "expected", "", "number", "option"]),
    ("* web > data path*VF # seen", ["time", "sentence", "sentence", "sentence", "sentence", "comment", "comment"]),
    ("! host > switch 10ms", ["time", "sentence", "sentence", "sentence", "sentence"]),
    ("# 0 host switch", ["comment", "comment", "comment", "comment"]),
    ("hosts h0", ["", ""]),
    ("10ms hosts h0", ["time", "option", ""]),
    ("nic h0.host-vm model 82599 vfs 4x", ["declaration", "", "option", "number", "option", ""]),
    ("0 iommu web unmap 0x10000 size 4K", ["time", "act", "", "option", "number", "option", "number"]),
]


def ask(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def examples(vfsim):
    """Of each verb that `vfsim help` lists: its line, and what the words are by which it is known."""
    found, kind = [], None
    for line in ask(vfsim, "help").split("Lines of a scenario")[-1].split("\n"):
        for begin, name in (("what exists", "declaration"), ("what happens", "act"), ("what must", "expected")):
            if line.startswith(begin):
                kind = name
        word = re.match(r"  (expect )?([a-z]+)(  |$)", line)
        if not word or not kind:
            continue
        told = ask(vfsim, "help", word[2]).split("\nexample: ")
        heads = {"declaration": "a line of what exists", "act": "an act of the timeline", "expected": "an expectation"}
        example = [after.split("\n")[0] for before, after in zip(told, told[1:]) if heads[kind] in before.rsplit("\n\n", 2)[-2:][0] or
                   f", {heads[kind]}" in before]
        expected = {"declaration": ["declaration"], "act": ["time", "act"], "expected": ["time", "expect", "expected"]}[kind]
        found.append((pick(example, word[2], len(expected) - 1), expected))
    return found


def pick(lines, word, place):
    for line in lines:
        words = [w for w in line.split() if w != "try"]
        if len(words) > place and words[place] == word:
            return line
    sys.exit(f"no example of '{word}' has it at place {place}: {lines}")


def by_vim(vfsim, lines, folder):
    """[(line, [the kind of each column])], as Vim has it: the file's name alone makes it a scenario."""
    for name, text in (("ftdetect", open("packaging/vim/ftdetect.vim").read()), ("ftplugin", open("packaging/vim/ftplugin.vim").read()),
                       ("syntax", ask(vfsim, "syntax", "vim"))):
        os.makedirs(os.path.join(folder, "rtp", name))
        with open(os.path.join(folder, "rtp", name, "vfsim.vim"), "w") as out:
            out.write(text)
    with open(os.path.join(folder, "a.scn"), "w") as out:
        out.write("\n".join(lines) + "\n")
    with open(os.path.join(folder, "bad.scn"), "w") as out:
        out.write("host h0\n\nhots h1\n")
    with open(os.path.join(folder, "show.vim"), "w") as out:
        out.write(f"""set nocompatible
let &runtimepath = '{folder}/rtp,' . $VIMRUNTIME
filetype plugin on
syntax on
edit {folder}/a.scn
let seen = [&filetype, &makeprg, &commentstring]
for l in range(1, line('$'))
  let kinds = []
  for c in range(1, strlen(getline(l)))
    call add(kinds, synIDattr(synID(l, c, 0), 'name'))
  endfor
  call add(seen, join(kinds, ','))
endfor
edit {folder}/bad.scn
silent make!
call add(seen, join(map(getqflist(), 'v:val.lnum . ":" . v:val.col . ":" . v:val.text'), ';'))
call writefile(seen, '{folder}/seen')
qall!
""")
    done = subprocess.run(["vim", "-N", "-u", "NONE", "-i", "NONE", "-es", "-S", os.path.join(folder, "show.vim")], timeout=300,
                          env=dict(os.environ, PATH=os.path.dirname(os.path.abspath(vfsim)) + ":" + os.environ["PATH"]), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if not os.path.exists(os.path.join(folder, "seen")):
        sys.exit(f"vim does not show it: {done.stdout}{done.stderr}")
    seen = open(os.path.join(folder, "seen")).read().split("\n")
    assert seen[:3] == ["vfsim", "vfsim check %:S", "# %s"], seen[:3]
    assert re.match("3:1:.*did you mean 'host'", seen[3 + len(lines)]), seen[3 + len(lines):]
    return [line.split(",") for line in seen[3:]]


def by_grammar(grammar, line):
    """As editors do: at each place the rule that matches first, and of several there the first one."""
    kinds = [""] * len(line)
    at = 0
    while at < len(line):
        best = None
        for rule in grammar["patterns"]:
            match = re.compile(rule["match"]).search(line, at)
            if match and match.end() > match.start() and (not best or match.start() < best[0].start()):
                best = match, rule
        if not best:
            break
        match, rule = best
        names = {0: rule["name"]} if "name" in rule else {int(k): v["name"] for k, v in rule["captures"].items()}
        for group, name in names.items():
            for i in range(*(match.span(group) if match[group] is not None else (0, 0))):
                kinds[i] = name
        at = match.end()
    return kinds


def main():
    vfsim = sys.argv[1]
    if not shutil.which("vim"):
        sys.exit("vim is not installed: tools/test installs it")
    lines = LINES + examples(vfsim)
    assert len(lines) > len(LINES) + 40, len(lines)
    grammar = json.loads(ask(vfsim, "syntax", "textmate"))
    package = json.loads(open("packaging/vscode/package.json.in").read())
    assert package["contributes"]["grammars"][0]["scopeName"] == grammar["scopeName"]
    json.loads(open("packaging/vscode/language-configuration.json").read())
    with tempfile.TemporaryDirectory() as folder:
        vim = by_vim(vfsim, [line for line, _ in lines], folder)
    wrong = 0
    for i, (line, expected) in enumerate(lines):
        for which, kinds in ((VIM, vim[i]), (GRAMMAR, by_grammar(grammar, line))):
            for word, kind in zip(re.finditer(r"\S+", line), expected):
                seen = set(kinds[word.start():word.end()])
                if kind is not None and seen != {KINDS[kind][which]}:
                    print(f"{'Vim' if which == VIM else 'TextMate'}: '{word[0]}' of '{line}' is {sorted(seen)}, not {KINDS[kind][which]}")
                    wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
