#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The specifications in docs/ say what the headers say: shell-api.md, pf-vf-requirements.md, control-plane.md.

usage: specs_test.py [--self-test]

Each function, field and constant of npa_plugin_api.h stands in shell-api.md with its type or value; each command, register, operation
and message of the control plane in control-plane.md with its number; what pf-vf-requirements.md names is there. And the other way
round: what a page names in its tables is in a header.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def code(path):
    """A header without comments, each run of blanks one."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S).replace("\\\n", " ")


def page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def squeeze(text):
    return re.sub(r"\s+", "", text)


def rows(text):
    """(names in the first cell, the other cells) of each row of a table, a heading before each table's first row."""
    heading = ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.strip("# ")
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] if line.startswith("|") else []
        names = re.findall(r"`([^`]+)`", cells[0]) if cells else []
        if names:
            yield heading, names, cells[1:]


# ---- shell-api.md ----

def members(header, struct):
    """{name: type} of a struct; of a function its whole signature with (*)."""
    body = re.search(r"typedef struct " + struct + r" \{(.*?)\n\} " + struct + ";", header, re.S)
    found = {}
    for line in (re.sub(r"\s+", " ", s).strip() for s in body.group(1).split(";")):
        function = re.match(r"(.*)\(\*(\w+)\)(\(.*\))$", line)
        if function:
            found[function[2]] = f"{function[1]}(*){function[3]}"
        elif line:
            kind, names = re.match(r"((?:struct )?\w+ )(.*)$", line).groups()
            for name in names.split(","):
                star, word, size = re.match(r"\s*(\**)(\w+)(\[.*\])?$", name).groups()
                found[word] = kind + star + (size or "")
    return found


STRUCTS = ["Plugin_Api", "Shell_Api", "Plugin_State", "Plugin_RxQueue", "Plugin_TxQueue", "Plugin_SgList", "Plugin_SgElement",
           "Plugin_SendInfo", "Shell_RecvFrame", "Shell_RecvFragment"]


def shell_api(text, header):
    problems = []
    told = {}
    for _, names, cells in rows(text):
        for name in names:
            told.setdefault(name, []).append(cells)
    for struct in STRUCTS:
        for name, kind in members(header, struct).items():
            if not any(squeeze(kind) in squeeze(re.sub("`", "", cells[0])) for cells in told.get(name, [])):
                problems.append(f"shell-api.md: {struct}.{name} is not told as `{kind}`")
    known = {name for struct in STRUCTS for name in members(header, struct)} | set(constants(header))
    for name in told:
        if not re.fullmatch(r"[A-Z]\d+", name) and not name.startswith(("NPA_API", "PLUGIN_DESC_")) and name not in known:
            problems.append(f"shell-api.md: there is no {name} in the header")
    values = constants(header)
    for heading, names, cells in rows(text):
        if heading == "Constants":
            for name, value in zip(names, cells[0].split(",")):
                if values.get(name) != int(value):
                    problems.append(f"shell-api.md: {name} is {values.get(name)}, not {value}")
    listed = {name for heading, names, _ in rows(text) if heading == "Constants" for name in names}
    problems += [f"shell-api.md: no constant {name}" for name in values if name not in listed]
    return problems


def constants(header):
    """Numbers by name: #define NAME number, and enumerations from 0 on."""
    found = {}
    for name, value in re.findall(r"^#define ((?:SHELL|PLUGIN|NPA)_\w+) +(\(?[\w+ ]+\)?)\s*$", header, re.M):
        words = [found.get(w, w) for w in re.findall(r"\w+", value)]
        if all(re.fullmatch(r"\d+u?l*", str(w)) for w in words):
            found[name] = sum(int(str(w).rstrip("ul")) for w in words)
    for body in re.findall(r"^enum \{(.*?)\};", header, re.M | re.S):
        found |= {name: i for i, name in enumerate(re.findall(r"\w+", body))}
    return found


# ---- control-plane.md ----

def numbers(path, pattern):
    return {name: int(value.rstrip("u"), 0) for name, value in re.findall(pattern, code(path))}


def control_plane(text):
    problems = []
    commands = numbers("sim/nic/vmxnet3/vmxnet3_defs.h", r"(VMXNET3_CMD_\w+) +(0x\w+)")
    npa = numbers("guest/include/npa_load.h", r"(NPA_CMD_\w+) +(0x\w+)")
    wanted = {name: value for name, value in commands.items()
              if value not in npa.values() and not name.startswith("VMXNET3_CMD_FIRST")}
    wanted |= {name: value for name, value in npa.items() if name != "NPA_CMD_ACTIVATE_DEV"}
    wanted["VMXNET3_CMD_ACTIVATE_DEV"] = commands["VMXNET3_CMD_ACTIVATE_DEV"]
    control = re.search(r"BAR 1: the control path.*?BAR 2", (ROOT / "sim/nic/vmxnet3/vmxnet3_defs.h").read_text(encoding="utf-8"), re.S)
    wanted |= {name: int(value.rstrip("u"), 0) for name, value in re.findall(r"define (VMXNET3_REG_\w+) +(0x\w+)", control.group())}
    wanted |= numbers("sim/pf/pf.h", r"((?:VMK_NETPTOP|PF_OP)_\w+) = (0x\w+)")
    wanted |= numbers("sim/nic/82599/regs.h", r"define (IXGBE_VF_(?:RESET|SET_\w+|API_NEGOTIATE|GET_\w+)) +(0x\w+)")
    told = {names[0]: cells[0] for _, names, cells in rows(text) if len(names) == 1}
    for name, value in wanted.items():
        if name not in told or int(told[name], 0) != value:
            problems.append(f"control-plane.md: {name} is {value:#x}, told is {told.get(name)}")
    problems += [f"control-plane.md: no header has {name}" for name in told if name not in wanted]
    return problems


# ---- pf-vf-requirements.md ----

def requirements(text, header):
    words = set(re.findall(r"\w+", header))
    problems = [f"pf-vf-requirements.md: pf.h has no {name}"
                for name in re.findall(r"\b((?:VMK_NETPTOP|PF_OP|PF_VF|pf)_\w+)", text) if name not in words]
    states = re.search(r"enum pf_vf_state \{(.*?)\}", header).group(1)
    problems += [f"pf-vf-requirements.md: no state {name}" for name in re.findall(r"\w+", states) if name not in text]
    return problems


def faces(text):
    """What a face owes the core is all told of."""
    core = code("guest/shell/shell.h")
    return [f"shell-api.md: {name}() of a face is not told of"
            for name in sorted(set(re.findall(r"^(?:void|uint32_t) (face_\w+)\(", core, re.M))) if f"`{name}()`" not in text]


def all_problems(shell, control, needs):
    header = code("guest/include/npa_plugin_api.h")
    return shell_api(shell, header) + faces(shell) + control_plane(control) + requirements(needs, code("sim/pf/pf.h"))


def self_test(pages):
    """Each kind of mistake is found."""
    for i, old, new in ((0, "`firstSgOffset` | `uint32`", "`firstSgOffset` | `uint16`"), (0, "| `handle` |", "| `handles` |"),
                        (0, "| `PLUGIN_PRIVATE_BYTES` | 8192", "| `PLUGIN_PRIVATE_BYTES` | 4096"),
                        (0, "uint32 queue, uint32 maxPkts", "uint32 queue"), (0, "`face_sent()`", "`face_send_done()`"), (1, "0xcafe000b", "0xcafe000d"), (1, "| 0x14 |", "| 0x15 |"),
                        (1, "`VMXNET3_REG_ECR`", "`VMXNET3_REG_ECT`"), (2, "PF_OP_RX_FENCE", "PF_OP_RX_FENCES"), (2, "PF_VF_RESET", "a reset")):
        assert old in pages[i], old
        changed = list(pages)
        changed[i] = pages[i].replace(old, new)
        assert all_problems(*changed), f"'{new}' was not found"


def main():
    pages = [page("shell-api.md"), page("control-plane.md"), page("pf-vf-requirements.md")]
    problems = all_problems(*pages)
    if not problems and "--self-test" in sys.argv:
        self_test(pages)
    print("\n".join(problems) or "the specifications say what the headers say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
