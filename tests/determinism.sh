#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# determinism.sh VFSIM SCENARIO: two runs give the same bytes, as text and as JSON; and a world that is saved at a third, at half
# and at nearly all of its time and restored in another process goes on to the same report.
set -eu
vfsim=$1
scenario=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$vfsim" run "$scenario" >"$work/one" || [ $? -eq 1 ]
"$vfsim" run "$scenario" >"$work/two" || [ $? -eq 1 ]
cmp "$work/one" "$work/two"
"$vfsim" run "$scenario" --json >"$work/one.json" || [ $? -eq 1 ]
"$vfsim" run "$scenario" --json >"$work/two.json" || [ $? -eq 1 ]
cmp "$work/one.json" "$work/two.json"

ns=$(sed -n 's/^  "sim_time_ns": \([0-9]*\),$/\1/p' "$work/one.json")
for part in 33 50 97; do
    at=$((ns * part / 100))
    "$vfsim" save "$scenario" --at "${at}ns" -o "$work/world" 2>/dev/null
    (cd / && "$vfsim" restore "$work/world") >"$work/restored" || [ $? -eq 1 ]
    if ! diff -u "$work/one" "$work/restored"; then
        echo "restored at ${at}ns ($part %) it ends otherwise" >&2
        exit 1
    fi
done
