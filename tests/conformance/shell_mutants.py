# SPDX-License-Identifier: GPL-2.0-or-later
"""vfsim's shell with one mistake each: (scenario, file, [(what stands there, what takes its place)], rule, what is traced).

A plugin that trusts no shell (guest/plugins/strict) must name the rule. tests/conformance_mutants.py builds and tries them.
"""

HELD = "468-a-shell-is-held"

MUTANTS = [
    (HELD, "guest/shell/rx.c", [("    if (slot->kind == kind)\n", "    if (slot->kind == kind)\n        slot->gpa ^= SHELL_SMALL_RECV_BUFFER_SIZE;\n    if (slot->kind == kind)\n")], "R2", "guest"),
    (HELD, "guest/shell/rx.c", [("ringOffset % queue->size]; /*", "(ringOffset + ringOffset / queue->size) % queue->size]; /*")], "R1", "guest"),
    (HELD, "guest/shell/poll.c", [("    if (any)\n", "    if (any && path->rx[q].indicated % 2)\n")], "R9", "guest"),
    (HELD, "guest/shell/tx.c", [("    Bool hint = last || !(path->api.flags & PLUGIN_FLAG_BATCH);\n", "    Bool hint = last;\n")], "T5", "guest"),
    (HELD, "guest/shell/tx.c", [("    sh_charge(sh_machine()->calls[MACHINE_CALLS_SHELL].tx + path->calls.tx);\n",
      "    sh_charge(sh_machine()->calls[MACHINE_CALLS_SHELL].tx + path->calls.tx);\n    info.l4DataOffset += info.tso ? 8000 : 0;\n")],
     "T6", "guest"),
]
