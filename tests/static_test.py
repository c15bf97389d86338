#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What well-known tools say of the source; each finding is mended, or silenced where it stands with a reason.

usage: tests/static_test.py format [--write]   clang-format 19; --write formats in place
       tests/static_test.py tidy BUILD-FOLDER  clang-tidy 19, by .clang-tidy and the build's compile commands
       tests/static_test.py cppcheck           as of Debian 12; another version has other opinions: told, and left out (status 77)
       tests/static_test.py shell              shellcheck of every shell script

clang-format and clang-tidy are those of LLVM 19, which Debian 12 and 13 both have: another version formats otherwise.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LLVM = "19"
CPPCHECK = "2.10"
CPPCHECK_OPTIONS = ["--enable=warning,performance,portability", "--inline-suppr", "--quiet", "--std=c11", "--error-exitcode=1",
                    "-D_GNU_SOURCE", "-D__x86_64__", '-DVFSIM_RELEASE="0"', "-Isim", "-I.", "-Iinclude", "--suppress=missingIncludeSystem",
                    "--suppress=arithOperationsOnVoidPointer",  # gcc defines it, and save_bytes() needs it
                    "--suppress=comparePointers"]  # the ends of a section that the linker collects
# Tables that are read by column: a formatter would make a heap of them.
TABLES = re.compile(r"(/regs\.h|/desc\.h|_defs\.h|decode\.c|/spec\.h|/words\.[ch])$")
SKIPPED = 77


def listed():
    for top in (".ci", "include", "lib", "sim", "guest", "tools", "tests", "bench", "packaging"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.is_file():
                yield str(path.relative_to(ROOT))


def sources():
    return [name for name in listed() if name.endswith((".c", ".h")) and not TABLES.search(name)]


def run(command):
    print("+", " ".join(command[:6]), "…" if len(command) > 6 else "", flush=True)
    return subprocess.run(command, cwd=ROOT).returncode


def check_format(arguments):
    how = ["-i"] if arguments == ["--write"] else ["--dry-run", "--Werror"]
    return 1 if run([f"clang-format-{LLVM}", *how, *sources()]) else 0


def check_tidy(arguments):
    wanted = f"^{re.escape(str(ROOT))}/(sim|lib|tools)/.*\\.c$"
    jobs = str(os.cpu_count() or 1)
    return 1 if run([f"run-clang-tidy-{LLVM}", "-p", arguments[0], "-quiet", "-j", jobs, wanted]) else 0


def check_cppcheck(_):
    version = subprocess.run(["cppcheck", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    if not version.startswith(CPPCHECK):
        print(f"cppcheck {version} is there; the tree is held to {CPPCHECK}, Debian 12's")
        return SKIPPED
    return run(["cppcheck", "-j", str(os.cpu_count() or 1), *CPPCHECK_OPTIONS, "sim", "tools", "guest"])


def check_shell(_):
    scripts = [name for name in listed() if name.endswith(".sh") or
               re.match(rb"#!.*\b(ba)?sh\b", (ROOT / name).read_bytes()[:40])]
    return 1 if run(["shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *scripts]) else 0


def main():
    checks = {"format": check_format, "tidy": check_tidy, "cppcheck": check_cppcheck, "shell": check_shell}
    if len(sys.argv) < 2 or sys.argv[1] not in checks:
        print(__doc__)
        return 2
    return checks[sys.argv[1]](sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
