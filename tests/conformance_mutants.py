#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Would the conformance kit notice? Each mutant of our plugins is built and tried; the kit must name the rule that it breaks.

usage: tests/conformance_mutants.py BUILD-FOLDER [WORD…]     only those with a WORD in plugin, file, rule or case

A mutant is one file of a plugin with a text replaced (tests/conformance/plugin_mutants.py), compiled as the build compiles it and linked
with the plugin's other objects. Every rule of guest/conformance/rules.def has one, but for those that UNTRIED gives a reason for.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "conformance"))
from plugin_mutants import MUTANTS  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Rules that the kit checks and that no mutant of a plugin breaks.
UNTRIED = {
    "T7": "what a device refuses looks to a plugin like what it sends: the chips are to complete it",
}


def output(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Builder:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.commands = {}
        for entry in json.loads((build / "compile_commands.json").read_text()):
            target = re.search(r"-o (guest/CMakeFiles/plugin_(\S+)\.dir/\S+)", entry["command"])
            if target:
                self.commands[target.group(2), str(pathlib.Path(entry["file"]).resolve())] = (entry["command"], target.group(1))

    def objects(self, plugin):
        return [self.build / at for (name, _), (_, at) in self.commands.items() if name == plugin]

    def make(self, number, plugin, file, changes):
        """The mutant's image, signed."""
        text = (ROOT / file).read_text()
        for old, new in changes:
            if text.count(old) != 1:
                sys.exit(f"{file}: {old!r} stands there {text.count(old)} times, and is to be replaced once")
            text = text.replace(old, new)
        source, made = self.folder / f"mutant{number}.c", self.folder / f"mutant{number}.o"
        image = self.folder / f"{plugin}-mutant{number}.so"
        source.write_text(text)
        command, at = self.commands[plugin, str((ROOT / file).resolve())]
        words = [word for word in command.split() if word not in ("ccache", "-Werror")]
        words[words.index("-o") + 1] = str(made)
        words[words.index("-c") + 1] = str(source)
        output(["sh", "-c", " ".join(words) + " -w"])
        others = [str(o) for o in self.objects(plugin) if o != self.build / at]
        output([words[0] if words[0] != "ccache" else words[1], "-shared", "-nostdlib", "-Wl,-Bsymbolic", "-Wl,--hash-style=sysv", "-Wl,-z,norelro",
                "-Wl,-z,noexecstack", "-Wl,-z,separate-code", "-Wl,-z,max-page-size=4096", "-Wl,-z,common-page-size=4096",
                "-Wl,--build-id=none", "-Wl,--emit-relocs", "-o", str(image), str(made), *others])
        subprocess.run([self.build / "vfsim", "plugin", "sign", "--force", image], capture_output=True, check=False)
        return image


def broken_rules(vfsim, image, case):
    done = subprocess.run([vfsim, "conformance", "plugin", image, "--case", case, "--json"], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{image} --case {case}: status {done.returncode}\n{done.stderr}")
    report = json.loads(done.stdout)
    found = {b["rule"]: b["seen"] for c in report["cases"] for b in c["broken"]}
    if done.returncode != (1 if found else 0):
        sys.exit(f"{image} --case {case}: status {done.returncode}, and {len(found)} rules are broken")
    return found


def rules():
    return re.findall(r"^RULE\((\w+),", (ROOT / "guest/conformance/rules.def").read_text(), re.M)


def main():
    build, words = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    survivors, tried = [], 0
    missing = set(rules()) - {rule for *_, rule, _ in MUTANTS} - set(UNTRIED)
    if missing:
        survivors.append(f"no mutant breaks {', '.join(sorted(missing))}")
    with tempfile.TemporaryDirectory() as folder:
        builder = Builder(build, pathlib.Path(folder))
        for number, (plugin, file, changes, rule, case) in enumerate(MUTANTS):
            if words and not any(word in (plugin, file, rule, case) for word in words):
                continue
            found = broken_rules(build / "vfsim", builder.make(number, plugin, file, changes), case)
            tried += 1
            if rule not in found:
                survivors.append(f"{plugin}, {file}: {changes[0][1][:70]!r} breaks {rule}, and {case} says {found or 'that all holds'}")
    print(f"{tried} mutants tried")
    for survivor in survivors:
        print(survivor)
    return 1 if survivors or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
