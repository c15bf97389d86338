#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# deny.sh VFSIM VFSIM_DENY: whatever vfsim asks the C library and the system for, it ends well when it is denied, wherever it
# asks (tests/deny/deny.c says what well is); and what it says is what the vfsim says that is denied nothing.
set -eu
vfsim=$1
deny=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DENY_SEEN="$work/seen"

# right ARGUMENTS…: what is right to be said.
right() {
    "$vfsim" "$@" >"$work/right" 2>"$work/right.err" || { cat "$work/right.err" >&2; exit 1; }
}

# told_no LEAST ARGUMENTS…: at least so many stacks ask there for the first time.
told_no() {
    least=$1
    shift
    status=0
    "$deny" "$@" >"$work/out" 2>"$work/err" || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$work/err" >&2
        echo "vfsim $*: was told no, and made something wrong of it" >&2
        exit 1
    fi
    diff "$work/right" "$work/out" || { echo "vfsim $*: the parent says something else" >&2; exit 1; }
    tail -n 1 "$work/err"
    count=$(sed -n 's/^deny: \([0-9]*\) denied.*/\1/p' "$work/err")
    [ "$count" -ge "$least" ] || { echo "vfsim $*: only $count stacks asked, not $least" >&2; exit 1; }
}

right run scenarios/01-midflow-switch.scn
told_no 700 run scenarios/01-midflow-switch.scn --html "$work/page.html" --junit "$work/r.xml"
told_no 100 run scenarios/01-midflow-switch.scn --paranoid=1009
right run scenarios/65-migrate-npa.scn --json
told_no 500 run scenarios/65-migrate-npa.scn --json --pcap "$work/pcap"
: >"$work/right"
told_no 100 save scenarios/01-midflow-switch.scn --at 151.05ms -o "$work/world"
right run scenarios/01-midflow-switch.scn
told_no 100 restore "$work/world"

# With standard streams closed: what takes their places is asked for, too.
right regs 82599
exec 3<&0 <&-
told_no 1 regs 82599
exec <&3 3<&-

left=$(find "$work" -name '*.tmp.*' -o -name '*.pcap.*')
[ -z "$left" ] || { echo "left behind: $left" >&2; exit 1; }
