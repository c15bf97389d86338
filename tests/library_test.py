#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds libvfsim to its headers: both libraries show what include/vfsim/ declares and nothing else; each header stands alone, in C
and in C++, and includes nothing of sim/.

usage: tests/library_test.py LIBVFSIM.SO LIBVFSIM.A CC
       tests/library_test.py --self-test
"""
import pathlib
import re
import subprocess
import sys

from tree_test import ROOT, code_of

HEADERS = ROOT / "include" / "vfsim"
DECLARED = re.compile(r"\bVFSIM_API\b[^;(]*?\b(\w+)\s*\(")
DEBUGGERS = {"__jit_debug_descriptor", "__jit_debug_register_code"}  # GDB asks a stripped library for them (sim/vm/image/gdb_jit.h)
PUBLIC = re.compile(r"^(vfsim_\w+)$")


def declared(texts):
    lines = (re.sub(r"^\s*#.*", "", code_of(text), flags=re.M) for text in texts)
    return {name for text in lines for name in DECLARED.findall(text)}


def shown(arguments):
    """Names of symbols that another object can link."""
    out = subprocess.run(["nm", *arguments], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].partition("@")[0] for line in out.splitlines() if len(line.split()) == 3}


def compare(what, names, wanted):
    for name in sorted(names - wanted):
        yield f"{what} shows {name}, which no header declares"
    for name in sorted(wanted - names):
        yield f"{what} does not show {name}, which a header declares"
    for name in sorted(names & wanted):
        if not PUBLIC.match(name):
            yield f"{what} shows {name}, which does not begin with vfsim_"


def check_header(path, compiler):
    text = path.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+([<"])([^>"]+)', line)
        if found and (found.group(1) == '"' or not re.match(r"vfsim/\w+\.h$|std(bool|def|int)\.h$", found.group(2))):
            yield f"{path.name}:{number}: a public header includes public ones and std*.h alone"
    for language in ("c", "c++"):
        how = [compiler, "-x", language, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", str(HEADERS.parent), "-"]
        made = subprocess.run(how, input=f"#include <vfsim/{path.name}>\n", capture_output=True, text=True, check=False)
        if made.returncode and "cannot execute" not in made.stderr:
            yield f"{path.name} alone in {language}: {made.stderr.strip().splitlines()[0]}"


def self_test():
    wanted = declared(["/* VFSIM_API int vfsim_old(void); */\nVFSIM_API const char *vfsim_a(int x);\nVFSIM_API\nint vfsim_b(\n int);"])
    assert wanted == {"vfsim_a", "vfsim_b"}, wanted
    assert list(compare("it", {"vfsim_a", "vfsim_b"}, wanted)) == []
    assert len(list(compare("it", {"vfsim_a", "vfsim_b", "sim_now"}, wanted))) == 1
    assert len(list(compare("it", {"vfsim_a"}, wanted))) == 1
    assert len(list(compare("it", {"other"}, {"other"}))) == 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    shared, static, compiler = sys.argv[1:]
    headers = sorted(HEADERS.glob("*.h"))
    wanted = declared(path.read_text() for path in headers)
    found = list(compare("the shared library", shown(["-D", "--defined-only", shared]) - DEBUGGERS, wanted))
    found += compare("the static library", shown(["-g", "--defined-only", static]), wanted)
    for path in headers:
        found += check_header(path, compiler)
    for line in found:
        print(line)
    print(f"{len(headers)} headers, {len(wanted)} functions, {len(found)} findings")
    return 1 if found or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
