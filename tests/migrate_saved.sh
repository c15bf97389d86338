#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# migrate_saved.sh VFSIM SCENARIO TIME…: a world that is saved at each of these times, in the middle of a migration, and restored
# in another process goes on to the accepted report.
set -eu
vfsim=$1
scenario=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$vfsim" run "$scenario" >"$work/one" || [ $? -eq 1 ]
for at in "$@"; do
    "$vfsim" save "$scenario" --at "$at" -o "$work/world" 2>/dev/null
    (cd / && "$vfsim" restore "$work/world") >"$work/restored" || [ $? -eq 1 ]
    if ! diff -u "$work/one" "$work/restored"; then
        echo "restored at $at it ends otherwise" >&2
        exit 1
    fi
done
