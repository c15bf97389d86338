#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Would the conformance kit notice? Each mutant of our plugins and chips is built and tried; the kit must name the rule that it breaks.

usage: tests/conformance_mutants.py BUILD-FOLDER [WORD…]     only those with a WORD in plugin or model, file, rule or case

A mutant is one file with a text replaced (tests/conformance/plugin_mutants.py, chip_mutants.py, shell_mutants.py), compiled as the build compiles it and
linked with the other objects: of a plugin to its image, of a chip to another libvfsim.so, of the shell to a guest's image, which a plugin that
trusts no shell is put into. Every rule of guest/conformance/rules.def has one, but for those that UNTRIED gives a reason for.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "conformance"))
import chip_mutants  # noqa: E402
import plugin_mutants  # noqa: E402
import shell_mutants  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Rules that the kit checks and that no mutant breaks.
UNTRIED = {}


def output(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def mutated(file, changes):
    text = (ROOT / file).read_text()
    for old, new in changes:
        if text.count(old) != 1:
            sys.exit(f"{file}: {old!r} stands there {text.count(old)} times, and is to be replaced once")
        text = text.replace(old, new)
    return text


class Builder:
    """Of the build's objects, all but one."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.commands = {}
        for entry in json.loads((build / "compile_commands.json").read_text()):
            target = re.search(r"-o ((?:guest/)?CMakeFiles/(?:plugin_)?(\S+?)\.dir/\S+)", entry["command"])
            if target:
                self.commands[target.group(2), str(pathlib.Path(entry["file"]).resolve())] = (entry["command"], target.group(1))
        link = output(["ninja", "-C", build, "-t", "commands", "libvfsim.so"]).strip().split("\n")
        self.link = next(line for line in reversed(link) if "-shared" in line and "libvfsim.so" in line)

    def compile(self, target, file, changes):
        """(the mutant's object, that of the build)."""
        source, made = self.folder / "mutant.c", self.folder / "mutant.o"
        source.write_text(mutated(file, changes))
        command, at = self.commands[target, str((ROOT / file).resolve())]
        words = [word for word in command.split() if word not in ("ccache", "-Werror")]
        words[words.index("-o") + 1] = str(made)
        words[words.index("-c") + 1] = str(source)
        output(["sh", "-c", f"cd {self.build} && {' '.join(words)} -w -I{(ROOT / file).parent}"])
        return made, at

    def plugin(self, plugin, file, changes):
        """The mutant's image, signed."""
        image = self.folder / f"{plugin}-mutant.so"
        made, at = self.compile(plugin, file, changes)
        others = [self.build / o for (name, _), (_, o) in self.commands.items() if name == plugin and o != at]
        output(["cc", "-shared", "-nostdlib", "-Wl,-Bsymbolic", "-Wl,--hash-style=sysv", "-Wl,-z,norelro", "-Wl,-z,noexecstack",
                "-Wl,-z,separate-code", "-Wl,-z,max-page-size=4096", "-Wl,-z,common-page-size=4096", "-Wl,--build-id=none",
                "-Wl,--emit-relocs", "-o", image, made, *others])
        subprocess.run([self.build / "vfsim", "plugin", "sign", "--force", image], capture_output=True, check=False)
        return ["plugin", image], {}

    def chip(self, model, file, changes):
        """A library with it, and beside it what it looks for."""
        made, at = self.compile("vfsim_objects", file, changes)
        library = self.folder / "libvfsim.so.0"
        command = re.sub(r"-o \S+", f"-o {library}", self.link.replace(f" {at} ", f" {made} "), count=1)
        output(["sh", "-c", f"cd {self.build} && {command}"])
        for name in ("plugins", "guest"):
            if not (self.folder / name).exists():
                (self.folder / name).symlink_to(self.build / name)
        return ["chip", model], {"LD_LIBRARY_PATH": str(self.folder)}

    def shell(self, scenario, file, changes):
        """A guest's image with it, where a library looks for images."""
        folder = self.folder / "shell"
        (folder / "guest").mkdir(parents=True, exist_ok=True)
        for name, at in (("libvfsim.so.0", self.build / "libvfsim.so"), ("plugins", self.build / "plugins"),
                         ("guest/shell-windows.elf", self.build / "guest/shell-windows.elf")):
            (folder / name).unlink(missing_ok=True)
            if name.startswith("lib"): # which asks where it lies
                os.link(at.resolve(), folder / name) if at.resolve().stat().st_dev == folder.stat().st_dev else shutil.copy(at, folder / name)
            else:
                (folder / name).symlink_to(at)
        made, at = self.compile("guest_core", file, changes)
        link = output(["ninja", "-C", self.build, "-t", "commands", "guest/shell.elf"]).strip().split("\n")[-1]
        output(["sh", "-c", f"cd {self.build} && " + re.sub(r"-o \S+", f"-o {folder}/guest/shell.elf", link.replace(f" {at} ", f" {made} "), count=1)])
        return ["run", ROOT / "scenarios" / f"{scenario}.scn"], {"LD_LIBRARY_PATH": str(folder)}


def broken_rules(vfsim, what, case, env):
    if what[0] == "run":
        done = subprocess.run([vfsim, *what, "--trace", case], capture_output=True, text=True, check=False, env=os.environ | env)
        return dict.fromkeys(re.findall(r"the shell breaks (\w+)", done.stderr), "a plugin says so") if done.returncode == 1 else {}
    done = subprocess.run([vfsim, "conformance", *what, "--case", case, "--json"], capture_output=True, text=True, check=False,
                          env=os.environ | env)
    if done.returncode not in (0, 1):
        return {"nothing": f"status {done.returncode}: {done.stderr.strip()}"}
    report = json.loads(done.stdout)
    found = {b["rule"]: b["seen"] for c in report["cases"] for b in c["broken"]}
    if done.returncode != (1 if found else 0):
        sys.exit(f"{what} --case {case}: status {done.returncode}, and {len(found)} rules are broken")
    return found


def rules():
    return re.findall(r"^RULE\((\w+),", (ROOT / "guest/conformance/rules.def").read_text(), re.M)


def main():
    build, words = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    survivors, tried = [], 0
    with tempfile.TemporaryDirectory() as folder:
        builder = Builder(build, pathlib.Path(folder))
        every = [(builder.plugin, *m) for m in plugin_mutants.MUTANTS] + [(builder.chip, *m) for m in chip_mutants.MUTANTS]
        every += [(builder.shell, *m) for m in shell_mutants.MUTANTS]
        missing = set(rules()) - {rule for *_, rule, _ in every} - set(UNTRIED)
        if missing:
            survivors.append(f"no mutant breaks {', '.join(sorted(missing))}")
        for make, name, file, changes, rule, case in every:
            if words and not any(word in (name, file, rule, case, make.__name__) for word in words):
                continue
            what, env = make(name, file, changes)
            found = broken_rules(build / "vfsim", what, case, env)
            tried += 1
            if rule not in found:
                survivors.append(f"{name}, {file}: {changes[0][1][:70]!r} breaks {rule}, and {case} says {found or 'that all holds'}")
    print(f"{tried} mutants tried")
    for survivor in survivors:
        print(survivor)
    return 1 if survivors or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
