#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# paranoid_file.sh VFSIM SCENARIO FROM TO STEP: a world saved to a file at FROM, FROM + STEP, … TO (ns) and restored in
# another process goes on to the same report.
set -eu
vfsim=$1
scenario=$2
at=$3
to=$4
step=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$vfsim" run "$scenario" >"$work/whole" || [ $? -eq 1 ]
count=0
while [ "$at" -le "$to" ]; do
    "$vfsim" save "$scenario" --at "${at}ns" -o "$work/world" 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
    "$vfsim" restore "$work/world" >"$work/restored" || [ $? -eq 1 ]
    if ! diff -u "$work/whole" "$work/restored"; then
        echo "saved at ${at}ns and restored, it ends otherwise" >&2
        exit 1
    fi
    at=$((at + step))
    count=$((count + 1))
done
echo "$count files"
[ "$count" -gt 0 ]
