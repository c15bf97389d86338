#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cli_mistakes.sh VFSIM [--accept]: what `vfsim check` says of each tests/mistakes/NAME.scn, a line a mistake, is what was accepted in
# NAME.err, byte for byte, but for the list of all verbs, which grows with each. Each line of theirs is wrong in one way; in edges.scn
# nothing is.
set -eu
vfsim=$1
cd "$(dirname "$0")/mistakes"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $vfsim in /*) ;; *) vfsim=$OLDPWD/$vfsim ;; esac
different=0
for file in *.scn; do
    status=0
    "$vfsim" check "$file" >"$work/out" 2>"$work/said" </dev/null || status=$?
    sed 's/replay, flow, .*, expect or try$/(the verbs)/' "$work/said" >"$work/err"
    expected=2
    [ "$file" != edges.scn ] || expected=0
    if [ "$status" -ne "$expected" ]; then
        echo "tests/mistakes/$file: exit status $status, not $expected" >&2
        different=1
    fi
    [ "${2:-}" != --accept ] || cp "$work/err" "${file%.scn}.err"
    diff -u "${file%.scn}.err" "$work/err" >&2 || different=1
done
exit $different
