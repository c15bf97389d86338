#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_scenario.sh VFSIM scenarios/NAME.scn [JSON]: the report must be the accepted one beside it, byte for byte, its verdict PASS, and the
# exit status 0. JSON is left there for schema_test.py. `vfsim run scenarios/NAME.scn --accept` rewrites it. Its JSON, page, trace and
# captures are what digests.txt has; digests.py rewrites that.
#
# Where in a guest's code something happened, and the digest of an image, are the compiler's business, not the model's: they are not
# compared.
set -u
vfsim=$1
scenario=$2
digests=$(dirname "$0")/digests.py
name=$(basename "$scenario" .scn)
accepted=${scenario%.scn}.out
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
json=${3:-$work/json}

if [ ! -f "$accepted" ]; then
    echo "$accepted: there is no accepted report; read it and accept it: vfsim run $scenario --accept" >&2
    exit 1
fi
rm -f "$json"
case $(grep "^$name " "${digests%.py}.txt") in # as options() there
*" captures "*) set -- --trace all --pcap "$work/captures" ;;
*) set -- --trace host,guest,switch,control,pf,scenario ;;
esac
"$vfsim" run "$scenario" --json="$json" --html "$work/page" "$@" >"$work/seen" 2>"$work/trace"
status=$?
if [ "$status" -ne 0 ] || ! grep -q '^verdict: PASS' "$accepted"; then
    tail -n 60 "$work/trace" >&2
    tail -n 20 "$work/seen" >&2
    echo "exit status $status: the run, or what was accepted of it, is not a PASS" >&2
    exit 1
fi
code() {
    sed -E 's/([a-z0-9_]+)\+0x[0-9a-f]+ (in|\()/\1+0x… \2/g; s/(\.text: [a-z0-9]+ at) 0x[0-9a-f]+/\1 0x…/; s/ [0-9a-f]{16}$/ 0x…/' "$1"
}
code "$accepted" >"$work/accepted"
code "$work/seen" >"$work/compared"
if ! diff -u "$work/accepted" "$work/compared"; then
    echo "the report is not the accepted one (vfsim run $scenario --accept, if it is meant)" >&2
    exit 1
fi
python3 "$digests" --compare "$name" "$json" "$work/page" "$work/trace" "$work/captures"
