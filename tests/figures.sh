#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# figures.sh VFSIM: docs/migration-figures.md is what tools/figures would write.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 tools/migration_figures.py "$1" >"$work/page"
[ "$(grep -c '^| ' "$work/page")" -gt 30 ] || { echo "rows are missing" >&2; exit 1; }
diff -u docs/migration-figures.md "$work/page" || { echo "out of date; rewrite it, and look at what changed: python3 tools/migration_figures.py $1 >docs/migration-figures.md" >&2; exit 1; }
