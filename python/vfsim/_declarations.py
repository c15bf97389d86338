# SPDX-License-Identifier: GPL-2.0-or-later
"""What cffi is told of the library: its public headers, without what only a compiler needs.

As a program it writes that as a module, for packages that are installed without the headers beside them:

    python3 _declarations.py INCLUDE-FOLDER > _cdef.py
"""
import pathlib
import re
import sys

HEADERS = ("version", "error", "scenario", "world", "flow", "observe", "probe", "device", "report", "language", "process", "file")


def declarations(include):
    text = "\n".join((pathlib.Path(include) / "vfsim" / f"{name}.h").read_text() for name in HEADERS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"^\s*#.*(?:\\\n.*)*$", "", text, flags=re.M)
    text = re.sub(r"\bVFSIM_(API|NORETURN|BEGIN_DECLS|END_DECLS)\b|\bVFSIM_PRINTF\([^)]*\)", "", text)
    return re.sub(r"\n\s*\n+", "\n", text).strip() + "\n"


def library_version(include):
    return re.search(r'#define VFSIM_VERSION "([^"]+)"', (pathlib.Path(include) / "vfsim" / "version.h").read_text()).group(1)


if __name__ == "__main__":
    print("# Made of the headers of libvfsim.")
    print(f"VERSION = {library_version(sys.argv[1])!r}")
    print(f"CDEF = {declarations(sys.argv[1])!r}")
