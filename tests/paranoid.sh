#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# paranoid.sh VFSIM SCENARIO WHAT…: with each --paranoid=WHAT the JSON report and the story told on stderr are the same bytes as
# without (the text comes from the same calls as the JSON), and the world was cut at least once. WHAT is what --paranoid takes, or
# ~K: every so many events that it is cut about K times.
set -eu
vfsim=$1
scenario=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
story=switch,control,scenario,host,guest,pf,nic,eswitch

# run OUT ERRORS OPTIONS…: a scenario may fail its expectations, but by nothing else.
run() {
    out=$1
    errors=$2
    shift 2
    status=0
    "$vfsim" run "$scenario" "$@" >"$work/$out" 2>"$work/$errors" || status=$?
    if [ "$status" -gt 1 ]; then
        tail -n 5 "$work/$errors" >&2
        echo "vfsim run $scenario $*: exit status $status" >&2
        exit 1
    fi
}

differ() {
    diff "$work/$1" "$work/$2" | head -n 20 >&2
    echo "vfsim run $scenario --paranoid=$3: it ends otherwise than without" >&2
    exit 1
}

# Whether it loses memory is asked of the runs that are cut, and of the scenario's own test.
sanitizer=${ASAN_OPTIONS-}
export ASAN_OPTIONS="$sanitizer:detect_leaks=0"
run json story --json --trace "$story"
export ASAN_OPTIONS="$sanitizer"
events=$(sed -n 's/^  "events": \([0-9]*\),$/\1/p' "$work/json")
for what; do
    case $what in
    '~'*) what=$((events / ${what#'~'} | 1)) ;;
    esac
    run other.json other --json --trace "$story" --verbose --paranoid="$what"
    cuts=$(sed -n 's/^\([0-9]*\) times saved, destroyed.*/\1/p' "$work/other")
    if [ "${cuts:-0}" -eq 0 ]; then
        echo "vfsim run $scenario --paranoid=$what: the world was never cut" >&2
        exit 1
    fi
    echo "$what: cut $cuts times"
    sed -i '/ events a second$/d; / times saved, destroyed/d' "$work/other"
    cmp -s "$work/story" "$work/other" || differ story other "$what"
    cmp -s "$work/json" "$work/other.json" || differ json other.json "$what"
done
