#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks of the tree itself: include arrows, header manners, size limits, and what must not be in sim/.

The arrows are read from the table in ARCHITECTURE.md, so that a new arrow means editing that table.
`tests/tree_test.py --self-test` shows that each check can fail.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUNCTION_LINES_MAX = 90      # style.md: up to about 70
FILE_LINES_MAX = 600         # style.md: about 500
FOLDER_FILES_MAX = 15        # .c files; a folder of one kind of thing, a file each, may have more
MANY = ("verbs", "methods")
COLUMNS_MAX = 132            # CONTRIBUTING.md says so, too
TEST_LINES_MAX = 900         # a table of cases is longer than a part of the house
WALL_CLOCK = re.compile(r"\b(clock_gettime|gettimeofday|time\(NULL\)|rand\(|random\(|getrandom|drand48|getenv)\b")
HEAP = re.compile(r"\b(malloc|calloc|realloc|reallocarray|strdup|strndup|v?asprintf|open_memstream|getline|aligned_alloc)\s*\(")
BUILT_BY = re.compile(r"\b(__LINE__|__COUNTER__|__FILE__|__DATE__|__TIME__|__TIMESTAMP__|__VERSION__)\b")
FLOATS = re.compile(r"\b(float|double)\b")


def arrows(architecture):
    """{folder: set of folders it may include} from the lines `| folder | may include |` of the include table. `x/*`
    is x and what is below it."""
    table, inside = {}, False
    for line in architecture.splitlines():
        if line.startswith("| folder | may include"):
            inside = True
        elif inside and line.startswith("|---"):
            continue
        elif inside and line.startswith("| `"):
            cells = [c.strip() for c in line.strip("|").split("|")]
            table[cells[0].strip("`")] = set(re.findall(r"`([^`]+)`", cells[1]))
        elif inside:
            break
    return table


def allows(row, folder):
    return folder in row or any(folder == other[:-2] or folder.startswith(other[:-1]) for other in row if other.endswith("/*"))


def boxes(architecture):
    """The folders that "A line for each box" describes."""
    part = architecture.partition("## A line for each box")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", part, re.M))


def folder_of(path):
    parts = path.split("/")
    if parts[0] == "sim":
        return "/".join(parts[:-1])
    return "/".join(parts[:2]) if parts[0] == "guest" else parts[0]


def check_includes(path, text, table):
    own = folder_of(path)
    allowed = table.get(own)
    if allowed is None:
        yield f"{path}: folder {own} is not in the include table of ARCHITECTURE.md"
        return
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+"([^"]+)"', line) or re.match(r"\s*#\s*include\s+<(vfsim/[^>]+)>", line)
        if not m:
            if "pcap.h>" in line and line.lstrip().startswith("#") and path != "sim/net/capture/pcapfile.c":
                yield f"{path}:{number}: only sim/net/capture/pcapfile.c includes <pcap.h>"
            if "<event2/" in line and not path.startswith(("sim/external/", "tools/serve/")):
                yield f"{path}:{number}: only sim/external and tools/serve include <event2/…>"
            continue
        inc = m.group(1)
        if "/" not in inc:
            continue
        target = inc if inc.split("/")[0] in ("guest", "sim", "lib", "tools", "tests", "bench") else "sim/" + inc
        if inc.startswith("vfsim/"):
            target = "include/" + inc
        if not (ROOT / target).exists():
            continue  # beside the file that includes it
        if re.search(r"nic/[a-z0-9]+/(regs|desc|vmxnet3_defs)\.h$", target) or target == "sim/core/fnv.h":
            continue  # the datasheet as a header, a published digest: needs only the C library's, anyone may read it
        to = folder_of(target)
        if to != own and not allows(allowed, to):
            yield f"{path}:{number}: {own} may not include {to} ({inc})"


def check_header(path, text):
    if "SPDX-License-Identifier" not in text[:200]:
        yield f"{path}:1: no SPDX line"
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > COLUMNS_MAX:
            yield f"{path}:{number}: {len(line)} columns"


def code_of(text):
    """Without comments and strings, line by line where it was."""
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(\\.|[^\"\\])*\"", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)


def check_manners(path, text):
    for number, line in enumerate(code_of(text).splitlines(), 1):
        if FLOATS.search(line):
            yield f"{path}:{number}: floating point in sim/"
        if path == "sim/external/kernel.c":
            line = line.replace("getenv", "") # where a kernel lies is this machine's affair
        if WALL_CLOCK.search(line):
            yield f"{path}:{number}: the simulation knows no wall clock, randomness or environment"


def check_built_by(path, text):
    """assert() says where it stands by itself; whatever else knows its line would take it to disk."""
    for number, line in enumerate(code_of(text).splitlines(), 1):
        found = BUILT_BY.search(line)
        if found:
            yield f"{path}:{number}: {found.group(1)}: nothing that runs or is saved depends on how the source lies in a file"


def check_heap(path, text):
    for number, line in enumerate(code_of(text).splitlines(), 1):
        found = HEAP.search(line)
        if found:
            yield f"{path}:{number}: {found.group(1)}() may return nothing: ask core/alloc.h"


PROTOTYPE = re.compile(r"^[a-z][\w \t*]*?[ *](\w+)\(((?:[^()]|\([^()]*\))*)\)\s*(?:__attribute__[^;{]*)?[;{]", re.M)
ASSIGNS = re.compile(r"\+\+|--|(?<![=!<>+\-*/%|&^])=(?!=)|[+\-*/%|&^]=(?!=)|<<=|>>=")
ONLY_LOOKS = {"strlen", "memcmp", "strcmp", "strncmp", "strchr", "strstr", "memchr", "sizeof", "offsetof"}


def prototypes(files):
    """{function: parameter lists it is declared or defined with anywhere}."""
    found = {}
    for _, text in files:
        for m in PROTOTYPE.finditer(code_of(text)):
            found.setdefault(m.group(1), []).append(m.group(2))
    return found


def bracketed(code, at):
    """What stands in the bracket that opens at `at`."""
    depth = 0
    for i in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0:
            return code[at + 1:i]
    return code[at + 1:]


def may_change(parameters):
    return any("*" in p and not p.strip().startswith("const ") for p in parameters.split(","))


def check_asserts(path, text, known):
    """An assertion looks and changes nothing: the program is the same without it. A function looks if all that it is given a
    pointer to is const."""
    code = code_of(text)
    for m in re.finditer(r"\bassert\s*\(", code):
        what, number = bracketed(code, m.end() - 1), code.count("\n", 0, m.start()) + 1
        if ASSIGNS.search(what):
            yield f"{path}:{number}: an assignment inside assert()"
        for name in re.findall(r"\b([A-Za-z_]\w*)\s*\(", what):
            if name in ONLY_LOOKS or name.isupper():
                continue
            if name not in known or any(may_change(p) for p in known[name]):
                yield f"{path}:{number}: {name}() inside assert() may change something: call it before"


def check_sizes(path, text):
    lines = text.splitlines()
    limit = TEST_LINES_MAX if path.startswith("tests/") else FILE_LINES_MAX
    if len(lines) > limit:
        yield f"{path}: {len(lines)} lines (at most {limit})"
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start - 1 > FUNCTION_LINES_MAX:
                yield f"{path}:{start}: a function of {number - start - 1} lines (at most {FUNCTION_LINES_MAX})"
            start = None


CHIP_NAMES = re.compile(r"82599|82576|ixgbe|(?<!s)igb|x5[45]0", re.I)  # not of signals
CHIP_FOLDERS = ("sim/nic/intel/", "sim/pf/intel/", "sim/pf/upt/")
CHIPS = sorted(p.name for p in (ROOT / "sim/nic").iterdir() if p.is_dir() and p.name not in ("intel", "upt", "vmxnet3"))
CHIP_WORDS = {
    "sim/core/profile.def": {"82599"},  # a measurement that was published, of that chip
    "sim/scenario/verbs/nic.c": {"82599"},  # the verb's example
    "sim/scenario/verbs/vm.c": {"ixgbe", "igb", "IXGBE", "IGB"},  # what a guest's drivers are called, as its image has them
}
ASKS_WHICH_MODEL = re.compile(r"\bstrn?cmp\s*\([^;]*\bmodel\b[^;]*\"")


def check_chip_names(path, text):
    """A chip is known in its own folder and in its PF family's: elsewhere its capabilities and limits are asked for."""
    code = text.splitlines()
    if path.startswith("sim/nic/") and path.count("/") > 2: # sources of facts may name any chip, and who has another's map that one
        own = path.split("/")[2]
        for number, line in enumerate(code, 1):
            for name in re.findall("|".join(CHIPS), re.sub(r"\[[^\]]*\]?", "", line), re.I):
                if name.lower() != own and f'#include "nic/{name.lower()}/' not in text:
                    yield f"{path}:{number}: {name}: a chip's name outside of its folder"
        return
    if path.startswith(CHIP_FOLDERS):
        return
    for number, line in enumerate(code, 1):
        for name in CHIP_NAMES.findall(line):
            if name not in CHIP_WORDS.get(path, ()):
                yield f"{path}:{number}: {name}: a chip's name outside of its folders"
        if ASKS_WHICH_MODEL.search(line) and not path.startswith("sim/nic/"):
            yield f"{path}:{number}: asks which model it is: ask what it can (nic_model_can)"


def check_file(path, text, table, known):
    found = list(check_header(path, text)) + list(check_sizes(path, text))
    found += list(check_includes(path, text, table))
    if path.startswith(("sim/", "guest/")):
        found += list(check_built_by(path, text))
    if path.startswith("sim/"):
        found += list(check_manners(path, text)) + list(check_chip_names(path, text))
    if path not in ("sim/core/alloc.c", "tools/vfsim_memory.c") and path.startswith(("sim/", "tools/vfsim")):
        found += list(check_heap(path, text))
    if not path.startswith("tests/"):
        found += list(check_asserts(path, text, known))
    return found


def check_folders(paths):
    count = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if path.startswith(("sim/", "guest/")) and name.endswith(".c") and not folder.endswith(MANY):
            count[folder] = count.get(folder, 0) + 1
    for folder, n in sorted(count.items()):
        if n > FOLDER_FILES_MAX:
            yield f"{folder}: {n} .c files (at most {FOLDER_FILES_MAX})"


def sources():
    for top in ("include", "lib", "sim", "guest", "tools", "tests", "bench"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".c", ".h", ".S", ".def") and path.is_file():
                yield str(path.relative_to(ROOT)), path.read_text()


def self_test():
    known = prototypes([("sim/core/x.h", "int looks(const struct x *s);\nint touches(struct x *s);\nint sums(int a, int b);\n")])
    for assertion in ("x = 1", "x++", "--x", "x |= 2", "x <<= 1", "touches(s)", "sums(touches(s), 1)", "close(fd) == 0", "a && (b = c)"):
        text = "/* SPDX-License-Identifier: x */\n    assert(" + assertion + ");\n"
        assert list(check_asserts("sim/core/x.c", text, known)), f"nothing found in {assertion!r}"
    table = {"sim/core": set(), "sim/net": {"sim/core"}}
    bad = [
        ("sim/core/x.c", "/* SPDX-License-Identifier: GPL-2.0-or-later */\n#include \"net/wire.h\"\n"),
        ("sim/core/x.c", "no licence\n"),
        ("sim/core/x.c", "/* SPDX-License-Identifier: x */\ndouble x;\n"),
        ("sim/core/x.c", "/* SPDX-License-Identifier: x */\nint f(void) { return rand(); }\n".replace("rand()", "clock_gettime(0, 0)")),
        ("sim/core/x.c", "/* SPDX-License-Identifier: x */\n{\n" + "x;\n" * 100 + "}\n"),
        ("sim/core/x.c", "/* SPDX-License-Identifier: x */\n" + "x;\n" * 700),
        ("sim/net/x.c", "/* SPDX-License-Identifier: x */\n#include <pcap.h>\n"),
        ("sim/net/x.c", "/* SPDX-License-Identifier: x */\nx = calloc(1, 2);\n"),
        ("sim/pf/x.h", "/* SPDX-License-Identifier: x */\n#define WAIT(place) (place) = __LINE__\n"),
    ]
    for path, text in bad:
        assert check_file(path, text, table, known), f"nothing found in {text[:60]!r}"
    for path, line in (("sim/net/x.c", "/* as the 82599 */"), ("sim/pf/x.c", "pf__ixgbe_ping(pf);"), ("sim/host/x.h", "igbvf"),
                       ("sim/nic/intel/x.c", "/* as an 82576 */"),
                       ("sim/host/x.c", "if (!strcmp(nic->model->name, \"upt\"))"), ("sim/core/profile.def", "an X550")):
        assert list(check_chip_names(path, line)), f"nothing found in {line!r}"
    for path, line in (("sim/pf/intel/x.c", "pf__ixgbe_ping(pf);"), ("sim/vm/x.c", "case SIGBUS:"), ("sim/host/x.c", "hv->state.upt"),
                       ("sim/core/profile.def", "on an 82599"), ("sim/nic/82576/x.c", "an 82576"), ("sim/nic/intel/x.c", "[82599 7.1]")):
        assert not list(check_chip_names(path, line)), f"found in {line!r}"
    assert list(check_folders(f"sim/net/{i}.c" for i in range(16)))
    assert not list(check_folders(f"sim/x/verbs/{i}.c" for i in range(16)))
    for text in ("#include \"core/time.h\"\n", "void f(void)\n{\n    assert(x <= 1 && y == looks(s) && z >= 2 && !strlen(t));\n}\n"):
        found = check_file("sim/net/x.c", "/* SPDX-License-Identifier: x */\n" + text, table, known)
        assert not found, found


def main():
    if "--self-test" in sys.argv:
        self_test()
        return 0
    table = arrows((ROOT / "ARCHITECTURE.md").read_text())
    known = prototypes([(path, text) for path, text in sources() if not path.startswith("tests/")])
    found = [f for path, text in sources() for f in check_file(path, text, table, known)]
    found += check_folders(path for path, _ in sources())
    if f"at most {COLUMNS_MAX} columns" not in (ROOT / "CONTRIBUTING.md").read_text():
        found.append(f"CONTRIBUTING.md and {COLUMNS_MAX} columns do not agree")
    for line in found:
        print(line)
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
