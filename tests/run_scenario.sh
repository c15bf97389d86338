#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_scenario.sh VFSIM scenarios/NAME.scn COMPILER: the report must be the accepted one beside it, byte for byte, its verdict PASS,
# and the exit status 0. `vfsim run scenarios/NAME.scn --accept` rewrites it.
#
# A few reports tell of the guest image itself (bytes that a migration moves, the address of an instruction), and that is another
# one with another compiler: NAME.COMPILER.out is then the accepted one (NAME.gcc14.out: Debian 13; NAME.out: gcc 12, Debian 12).
# Under a compiler nobody has accepted reports for, such a scenario is held to its expectations alone, and says so.
set -u
vfsim=$1
scenario=$2
compiler=$3
base=${scenario%.scn}
accepted=$base.out
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

if [ ! -f "$accepted" ]; then
    echo "$accepted: there is no accepted report; read it and accept it: vfsim run $scenario --accept" >&2
    exit 1
fi
[ -f "$base.$compiler.out" ] && accepted=$base.$compiler.out
"$vfsim" run "$scenario" >"$work/seen" 2>"$work/errors"
status=$?
cat "$work/errors" >&2
if [ "$status" -ne 0 ] || ! grep -q '^verdict: PASS' "$accepted"; then
    tail -n 20 "$work/seen" >&2
    echo "exit status $status: the run, or what was accepted of it, is not a PASS" >&2
    exit 1
fi
if [ -f "$base.gcc14.out" ] && [ "$compiler" != gcc12 ] && [ "$compiler" != gcc14 ]; then
    echo "no report accepted for guests built by $compiler: only the expectations were held"
    exit 0
fi
if ! diff -u "$accepted" "$work/seen"; then
    echo "the report is not the accepted one (vfsim run $scenario --accept, if it is meant)" >&2
    exit 1
fi
