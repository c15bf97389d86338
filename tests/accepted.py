# SPDX-License-Identifier: GPL-2.0-or-later
"""A list that a test makes, and the accepted one, which lies beside the test: NAME.txt of NAME.py."""
import difflib
import pathlib
import sys


def compare(script, lines, argument, context=0):
    """Exit status of `script`: 0 when its lines are the accepted ones; with --accept they become so. `argument`: what it is called with."""
    path = pathlib.Path(script).with_suffix(".txt")
    lines = [line + "\n" for line in lines]
    if "--accept" in sys.argv[2:]:
        path.write_text("".join(lines))
        return 0
    accepted = path.read_text().splitlines(keepends=True)
    if accepted == lines:
        return 0
    sys.stdout.writelines(difflib.unified_diff(accepted, lines, "accepted", "now", n=context))
    print(f"Meant? Then: tests/{pathlib.Path(script).name} {argument} --accept")
    return 1
