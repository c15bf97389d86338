#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the command writes: JSON, JUnit, captures, accepted reports, saved worlds; and that nothing half-written stays.
. "$(dirname "$0")/lib_cli.sh"

try 0 run --json "$work/flow.scn"
for key in verdict seed sim_time_ns events flows drops books switches control expectations vms assumptions notes; do
    says out "  \"$key\": "
done
for key in name sent delivered lost duplicated reordered blackout_ns latency_ns p50 p99 max; do
    says out "\"$key\": "
done
for key in born copied ended in_flight balanced; do
    says out "    \"$key\": "
done
try 0 run --json "$work/flow.scn" "$work/flow.scn"
head -c 1 "$work/out" | grep -q '\[' || fail "no list of two"

try 1 run --junit "$work/r.xml" --set count=5 "$work/flow.scn"
grep -q '<testsuite name=".*flow.scn" tests="6" failures="1"' "$work/r.xml" || fail "JUnit: $(cat "$work/r.xml")"
try 2 run --junit "$work/none/r.xml" "$work/flow.scn"
says err "none/r.xml"

# What is no regular file is written to, not replaced; a link stays a link.
mkfifo "$work/fifo"
cat "$work/fifo" >"$work/piped" &
reader=$!
try 0 run --junit "$work/fifo" "$work/flow.scn"
wait "$reader"
[ -p "$work/fifo" ] || fail "a FIFO was replaced by a file"
grep -q '</testsuites>' "$work/piped" || fail "JUnit through a FIFO: $(cat "$work/piped")"
ln -s r.xml "$work/link.xml"
try 0 run --junit "$work/link.xml" "$work/flow.scn"
[ -L "$work/link.xml" ] || fail "a link was replaced by a file"
grep -q 'failures="0"' "$work/r.xml" || fail "the link's target is the old one"

try 0 run --pcap "$work/caps" "$work/flow.scn"
captures=$(cd "$work/caps" && echo *)
[ "$captures" = "a.pcap b.pcap" ] || fail "captures: $captures"
# 100 frames of 124 bytes, each with 16 bytes of header, behind 24
[ "$(stat -c %s "$work/caps/b.pcap")" -eq 14024 ] || fail "b.pcap has $(stat -c %s "$work/caps/b.pcap") bytes"
try 0 run --pcap "$work/caps" "$work/flow.scn" # again, over the old ones
echo 'capture only at a filter "nonsense port"' >>"$work/flow.scn"
try 2 run --pcap "$work/other" "$work/flow.scn"
says err "flow.scn:9:26: filter \"nonsense port\": "
[ ! -e "$work/other" ] || fail "half-written: $work/other"
sed -i '$d' "$work/flow.scn"

try 0 run "$work/flow.scn"
cp "$work/out" "$work/seen"
try 0 run --accept "$work/flow.scn"
says err "accepted: $work/flow.out"
cmp "$work/flow.out" "$work/seen" || fail "the accepted report is another one"
try 2 run --accept --set m=1 "$work/flow.scn"
cmp "$work/flow.out" "$work/seen" || fail "a mistake changed the accepted report"

try 0 save "$work/flow.scn" --at 300us -o "$work/world"
silent out
try 0 restore "$work/world"
cmp "$work/out" "$work/seen" || fail "restored, it ends otherwise"
try 2 save "$work/flow.scn" --at 300us
says err "save where? -o OUT is missing"
try 2 save "$work/flow.scn" --at 300us -o /dev/full
says err "/dev/full: No space left on device"
[ -c /dev/full ] || fail "/dev/full was replaced by a file"
try 2 save "$work/flow.scn" --at 300 -o "$work/world2"
says err "--at takes a time with its unit"
try 2 save "$work/flow.scn" --at 3s -o "$work/world2"
says err "the run was over at "
try 2 save "$work/flow.scn" --at 300us -o "$work/none/world"
[ ! -e "$work/world2" ] || fail "half-written world"
try 2 restore "$work/flow.scn"
says err "not a world that \`vfsim save\` wrote"
try 2 restore "$work/none"
says err "none: No such file or directory"
left=$(find "$work" -name '*tmp*' ! -path "$work")
[ -z "$left" ] || fail "temporaries: $left"

try 0 regs 82599 --vf
says out "VFCTRL"
if grep -q "  PF  " "$work/out"; then fail "PF registers among the VF's"; fi
try 2 regs 82598
says err "there is no chip '82598'; did you mean '82599'?"
try 2 plugin chekc x
says err "did you mean 'check'?"
try 2 plugin check "$work/none.so"
try 1 plugin check "$work/flow.scn"
says out "refused"
