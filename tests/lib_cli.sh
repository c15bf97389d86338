# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by the tests of the command: `try STATUS ARGUMENTS…` runs vfsim and keeps what it says in $work/out and $work/err;
# `says out|err TEXT` and `silent out|err` look at it. The first difference ends the test.
set -eu
vfsim=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    echo "--- stdout" >&2
    cat "$work/out" >&2
    echo "--- stderr" >&2
    cat "$work/err" >&2
    exit 1
}

try() {
    expected=$1
    shift
    tried="vfsim $*"
    status=0
    "$vfsim" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" -eq "$expected" ] || fail "$tried: exit status $status, not $expected"
}

says() { grep -qF -e "$2" "$work/$1" || fail "$tried: does not say on $1: $2"; }
silent() { [ ! -s "$work/$1" ] || fail "$tried: says something on $1"; }

cat >"$work/flow.scn" <<'SCN'
title "two peers"
seed 7
set count 100
switch tor
peer a on tor
peer b on tor
0 flow f from a to b size 128 rate 100K pps count $count
end expect f lost 0 delivered = 100
SCN
