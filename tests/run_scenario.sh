#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_scenario.sh VFSIM scenarios/NAME.scn: the report must be the accepted one beside it, byte for byte, and the exit status
# what its verdict says. `vfsim run scenarios/NAME.scn --accept` rewrites it.
set -u
vfsim=$1
scenario=$2
accepted=${scenario%.scn}.out
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

if [ ! -f "$accepted" ]; then
    echo "$accepted: there is no accepted report; read it and accept it: vfsim run $scenario --accept" >&2
    exit 1
fi
"$vfsim" run "$scenario" >"$work/seen" 2>"$work/errors"
status=$?
cat "$work/errors" >&2
expected=0
grep -q '^verdict: FAIL' "$accepted" && expected=1
if ! diff -u "$accepted" "$work/seen"; then
    echo "the report is not the accepted one (vfsim run $scenario --accept, if it is meant)" >&2
    exit 1
fi
if [ "$status" -ne "$expected" ]; then
    echo "exit status $status, not $expected" >&2
    exit 1
fi
