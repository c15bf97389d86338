#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""In real shells: bash, zsh and fish complete command lines of vfsim by the scripts that it prints.

usage: tests/cli_completion.py VFSIM     (run in the root of the tree)

What can be typed is asked of `vfsim --help` and `vfsim VERB --help`, so that a new verb or option is held to this, too. fish says by
itself what it would offer; bash is asked for COMPREPLY of its function; and lines are typed at bash and zsh on a terminal, with a
tabulator, since what a line becomes there is more than what a function offers."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile

PROMPT = b"READY>"


def ask(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def options_of(text):
    """{"--json": "maybe", "--seed": "value", "--gdb": ""}"""
    found = {}
    for letter, name, value in re.findall(r"^  (?:(-\w), )?(--[a-z-]+)(\[=| \S)?", text, re.M):
        kind = {"": "", "[=": "maybe"}.get(value, "value")
        found[name] = kind
        if letter:
            found[letter] = kind
    return found


class Terminal:
    """A shell that is typed at. Between the lines the prompt is waited for, so that no speed matters."""

    def __init__(self, arguments, setup):
        self.seen = b""
        self.child, self.fd = pty.fork()
        if not self.child:
            os.environ.update(TERM="dumb", LC_ALL="C.UTF-8", PS1=PROMPT.decode(), HISTFILE="/dev/null")
            os.execvp(arguments[0], arguments)
        self.wait_for(PROMPT)
        for line in setup:
            self.send(line + "\n")

    def wait_for(self, what):
        while what not in self.seen:
            if not select.select([self.fd], [], [], 300)[0]:
                sys.exit(f"the shell says nothing: {self.seen.decode(errors='replace')}")
            self.seen += os.read(self.fd, 65536)
        before, _, self.seen = self.seen.partition(what)
        return before

    def send(self, text):
        os.write(self.fd, text.encode())
        return self.wait_for(PROMPT)

    def typed(self, text):
        """What the line is when `text` and a tabulator were typed: it is made an argument of printf, unread."""
        os.write(self.fd, (text + "\t\x01show '\x05'\n").encode())
        self.wait_for(b"<<")
        line = self.wait_for(b">>").decode()
        self.wait_for(PROMPT)
        return line

    def end(self):
        os.write(self.fd, b"exit\n")
        os.waitpid(self.child, 0)
        os.close(self.fd)


class Bash:
    name = "bash"

    def __init__(self, script, folder):
        self.script, self.folder = script, folder
        self.setup = ["bind 'set bell-style none'", f"cd '{folder}'", f"source '{script}'", "show() { printf '<''<%s>>' \"$1\"; }"]
        self.arguments = ["bash", "--norc", "--noprofile", "-i"]

    def offers(self, *lines):
        """As bash splits them: `=` is a word of its own."""
        program = f"cd '{self.folder}'; source '{self.script}'; compopt() {{ :; }}\n"
        for line in lines:
            words = [w for word in line.split(" ") for w in (re.split("(=)", word) if "=" in word else [word])]
            words = [w for i, w in enumerate(words) if w or i == len(words) - 1]
            if words[-1] == "" and len(words) > 1 and words[-2] == "=":
                words.pop()
            quoted = " ".join("'%s'" % w for w in words)
            program += f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _vfsim; printf '%s\\n' \"${{COMPREPLY[@]}}\" ===\n"
        said = ask("bash", "--norc", "-c", program)
        return [set(part.split("\n")) - {""} for part in said.split("===\n")][:-1]


class Zsh:
    name = "zsh"

    def __init__(self, script, folder):
        shutil.copy(script, os.path.join(folder, "functions", "_vfsim"))
        self.setup = [f"cd '{folder}'", "fpath=($PWD/functions $fpath)", "autoload -Uz compinit; compinit -D -u",
                      "unsetopt beep promptsp; bindkey -e; setopt noautomenu nolistambiguous",
                      "show() { printf '<''<%s>>' \"$1\"; }"]
        self.arguments = ["zsh", "-f", "-i"]


class Fish:
    name = "fish"

    def __init__(self, script, folder):
        self.script, self.folder = script, folder

    def offers(self, *lines):
        program = f"cd '{self.folder}'; source '{self.script}'\n"
        program += "".join("complete -C '%s'; echo ===\n" % line for line in lines)
        said = subprocess.run(["fish", "--no-config", "-c", program], capture_output=True, text=True, check=True,
                              env=dict(os.environ, HOME=self.folder, LC_ALL="C.UTF-8")).stdout
        return [{line.split("\t")[0] for line in part.split("\n")} - {""} for part in said.split("===\n")][:-1]


def check_lists(shell, verbs, helps, problems):
    """All verbs; all options of each verb, and none else."""
    lines = ["vfsim "] + [f"vfsim {verb} -" for verb in verbs]
    if shell.name == "fish":
        lines += [f"vfsim {verb} --" for verb in verbs]
    offered = shell.offers(*lines)
    if offered[0] - {"--help", "--version", "-h"} != set(verbs):
        problems.append(f"{shell.name}: verbs {sorted(offered[0])}")
    for i, verb in enumerate(verbs):
        seen = offered[1 + i] | (offered[1 + len(verbs) + i] if shell.name == "fish" else set())
        seen = {word.rstrip("=") for word in seen}
        if seen != set(helps[verb]):
            problems.append(f"{shell.name}: {verb} takes {sorted(helps[verb])}, and is offered {sorted(seen)}")


WORDS = [  # a line, and what is offered for its last word, in every shell
    ("vfsim models 825", {"82576", "82599"}),
    ("vfsim regs --pf x5", {"x540"}),
    ("vfsim reasons rx_no_d", {"rx_no_descriptor"}),
    ("vfsim help migr", {"migrate", "migration"}),
    ("vfsim help mod", {"models"}),
    ("vfsim completion ", {"bash", "zsh", "fish"}),
    ("vfsim plugin ", {"check", "sign"}),
    ("vfsim plugin s", {"sign"}),
    ("vfsim plugin sign ", {"d e/", "functions/", "one.so"}),
    ("vfsim plugin check ", {"d e/", "functions/", "one.so"}),
    ("vfsim run --trace swi", {"switch"}),
    ("vfsim run --trace switch,es", {"switch,eswitch"}),
    ("vfsim run t", {"two.scn"}),
    ("vfsim check --strict-captures two.scn d", {"d e/"}),
    ("vfsim run two.scn --set si", {"size="}),
    ("vfsim run --pcap ", {"d e/", "functions/"}),
    ("vfsim restore --html pa", {"page.html"}),
    ("vfsim run --seed ", set()),
]
BEHIND_EQUALS = [
    ("vfsim run --timeline=", {"ascii", "unicode"}),
    ("vfsim run --trace=pc", {"pcie"}),
    ("vfsim models --json=pa", {"page.html"}),
]
TYPED = [  # what is typed, and what the line is then; in bash and in zsh
    ("vfsim reas", "vfsim reasons "),
    ("vfsim run --acc", "vfsim run --accept "),
    ("vfsim run --time", None),  # shells differ: with `=` or without
    ("vfsim run --timeline=u", "vfsim run --timeline=unicode "),
    ("vfsim run tw", "vfsim run two.scn "),
    ("vfsim run --trace pc", None),
    ("vfsim run two.scn --set si", "vfsim run two.scn --set size="),
    ("vfsim save two.scn -o pa", "vfsim save two.scn -o page.html "),
    ("vfsim plugin c", "vfsim plugin check "),
    ("vfsim plugin s", "vfsim plugin sign "),
    ("vfsim models x", "vfsim models x540 "),
    ("vfsim reasons no_mat", "vfsim reasons no_match "),
    ("vfsim check d", "vfsim check d\\ e/"),
]


def check_words(shell, problems):
    lines = WORDS + [(line, {line.split("=")[0].split(" ")[-1] + "=" + word for word in words} if shell.name == "fish" else words)
                     for line, words in BEHIND_EQUALS]
    for (line, words), seen in zip(lines, shell.offers(*[line for line, _ in lines])):
        seen = {word if word.endswith("/") or not os.path.isdir(os.path.join(shell.folder, word)) else word + "/" for word in seen}
        if {word.replace("\\ ", " ") for word in seen} != words:
            problems.append(f"{shell.name}: {line!r} is offered {sorted(seen)}, not {sorted(words)}")


def check_typed(shell, helps, problems):
    terminal = Terminal(shell.arguments, shell.setup)
    for verb, options in helps.items():
        for option in options:
            if sum(other.startswith(option[:-1]) for other in options) == 1:
                seen = terminal.typed(f"vfsim {verb} {option[:-1]}").rstrip(" =")
                if seen != f"vfsim {verb} {option}":
                    problems.append(f"{shell.name}: {verb} {option} without its last letter became {seen!r}")
    for text, line in TYPED:
        seen = terminal.typed(text)
        if shell.name == "zsh" and line:  # what it adds behind a word goes when the cursor does
            line = line.rstrip(" /")
        if line and seen != line or not seen.startswith(text):
            problems.append(f"{shell.name}: {text!r} became {seen!r}, not {line!r}")
    terminal.end()


def main():
    vfsim = os.path.abspath(sys.argv[1])
    for name in ("bash", "zsh", "fish"):
        if not shutil.which(name):
            sys.exit(f"{name} is not installed: tools/test installs it")
    verbs = re.findall(r"^  ([a-z][a-z0-9]*)  ", ask(vfsim, "--help"), re.M)
    helps = {verb: options_of(ask(vfsim, verb, "--help")) for verb in verbs}
    assert len(verbs) >= 10 and len(helps["run"]) >= 15, helps
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("functions", "d e"):
            os.mkdir(os.path.join(folder, name))
        for name in ("two.scn", "one.so", "page.html"):
            with open(os.path.join(folder, name), "w") as out:
                out.write("set size 100\n  set count 5\n10ms set h0.vmnic0 numvfs 2\n")
        for kind in (Bash, Zsh, Fish):
            script = os.path.join(folder, "functions", "vfsim." + kind.name)
            with open(script, "w") as out:
                out.write(ask(vfsim, "completion", kind.name))
            shell = kind(script, folder)
            if hasattr(shell, "offers"):
                check_lists(shell, verbs, helps, problems)
                check_words(shell, problems)
            if hasattr(shell, "setup"):
                check_typed(shell, helps, problems)
        said = subprocess.run(["shellcheck", "-s", "bash", os.path.join(folder, "functions", "vfsim.bash")], capture_output=True,
                              text=True).stdout
        if said:
            problems.append(said)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
