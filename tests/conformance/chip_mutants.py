# SPDX-License-Identifier: GPL-2.0-or-later
"""Chips of ours, and drivers of their PFs, with one mistake each: (model, file, [(what stands there, what takes its place)], rule, case).

The conformance kit must name the rule. tests/conformance_mutants.py builds and tries them.
"""

MUTANTS = []
