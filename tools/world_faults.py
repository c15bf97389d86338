# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults put into a copy of the tree on purpose (tools/worlds.faults), for tools/worlds --faults: each is to be found, and shrunk.

The copy lies in build-worlds/faults/ and is built once; then a fault costs its own file and the linking.
"""
import importlib.machinery
import importlib.util
import pathlib
import subprocess

import mutations

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "tools" / "worlds.faults"


def told():
    """[(mutation or None, its record, reason)], in the order of the file."""
    tree = mutations.Tree(ROOT)
    return [(tree.find(*record), record, reason) for record, reason in mutations.read_equivalents(LIST.read_text()).items()], tree


def self_test():
    """Lines that are not there any more."""
    found, _ = told()
    wrong = [f"tools/worlds.faults: no line in {record[1]}() of {record[0]} reads: {record[2]}" for mutation, record, _ in found
             if not mutation]
    return wrong + ([] if len(found) >= 3 else ["tools/worlds.faults: there are to be three faults at least"])


def copy_of(work):
    """tools/mutate's way of copying the tree, into another place."""
    loader = importlib.machinery.SourceFileLoader("mutate", str(ROOT / "tools" / "mutate"))
    mutate = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutate", loader))
    loader.exec_module(mutate)
    mutate.COPY = work / "tree"
    mutate.copy_tree()
    return mutate


def build(work):
    folder = work / "build"
    if not (folder / "build.ninja").exists():
        subprocess.run(["cmake", "-S", str(work / "tree"), "-B", str(folder), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                        "-DVFSIM_TESTS=OFF"], stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["ninja", "-C", str(folder)], stdout=subprocess.DEVNULL, check=True)
    return folder / "vfsim"


def each(work):
    """(reason, vfsim with the fault), one after the other."""
    work.mkdir(parents=True, exist_ok=True)
    found, tree = told()
    mutate = copy_of(work)
    for mutation, record, reason in found:
        path = record[0]
        mutate.put(mutate.COPY / path, tree.changed(mutation).encode())
        yield f"{path}: {reason}", build(work)
        mutate.put(mutate.COPY / path, tree.text[path].encode())


