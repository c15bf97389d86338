#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# figures.sh VFSIM COMPILER: docs/migration-figures.md is what tools/figures would write. The pages that a migration moves are the guest
# image's, so with another compiler than the one it was written with only the writing is tried.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 tools/migration_figures.py "$1" >"$work/page"
[ "$(grep -c '^| ' "$work/page")" -gt 30 ] || { echo "rows are missing" >&2; exit 1; }
if [ "$2" != gcc12 ]; then
    echo "written with gcc12: not compared with what $2 gives"
    exit 0
fi
diff -u docs/migration-figures.md "$work/page" || { echo "out of date; rewrite it, and look at what changed: python3 tools/migration_figures.py $1 >docs/migration-figures.md" >&2; exit 1; }
