#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The verdict and its exit status: what goes wrong fails a run unless it is named, or its line says `try`; a run that expects nothing
# says so; what a run could not end, or could not inject, is told with its place.
. "$(dirname "$0")/lib_cli.sh"

world='host h0
host h1
nic h0.vmnic0 model 82599 vfs 1
nic h1.vmnic0 model regular
switch tor
link h0.vmnic0 tor
link h1.vmnic0 tor
peer c on tor
vm web on h0'

# STATUS LINES…: a world with these lines
play() {
    expected=$1
    shift
    printf '%s\n' "$world" "$@" >"$work/v.scn"
    try "$expected" run "$work/v.scn"
}

play 0 '0 flow f from c to web size 64 rate 1K pps count 2'
says out "verdict: PASS (nothing was expected)"
play 0 '0 flow f from c to web size 64 rate 1K pps count 2' 'end expect f lost 0'
says out "verdict: PASS"
! grep -q "nothing was expected" "$work/out" || fail "something was expected"

# A figure that nothing was seen for is below no bound.
for figure in p50 p99 max; do
    play 1 '0 flow f from c to web size 128 rate 1K pps count 2 vlan 30' "end expect f latency $figure < 1s"
    says out "f latency $figure < 1s, nothing was seen of it"
done
play 1 'limit time 5ms' '0 flow f from c to web size 64 rate 1K pps count 2' '10ms try flow g from c to web size 64 rate 1K pps count 2' \
    'end expect g blackout < 1s'
says out "g blackout < 1s, nothing was seen of it"
play 1 '0 flow f from c to web size 64 rate 1K pps count 2 vlan 30' 'end expect f blackout > 1s'
says out "f blackout > 1s, was"

# An act for each way to end: ACT | what is said | an expectation that names it
while IFS='|' read -r act said named; do
    play 1 "0 $act"
    says out "what nobody expected"
    says out "v.scn:10, $act, $said"
    says out "verdict: FAIL (nothing was expected)"
    play 0 "0 $act" "end expect $named"
    play 0 "0 try $act"
done <<'END'
switch web to passthrough fail load|undone, load|switch web 1 undone
switch web to passthrough fail close|missed, fail close|act "fail close" missed
switch web to emulation|refused, it is emulated|switch web 1 refused
migrate web to h0 by npa|refused, it is there|migration web 1 refused
migrate web to h1 by npa fail round 1|undone, the migration|migration web 1 undone reason "round 1"
migrate web to h1 by npa fail round 2|missed, fail round 2|act "migrate" missed
migrate web to h1 by npa fail-in init|missed, fail-in init|act "migrate" missed
migrate web to h1 by npa post-copy fail round 3|missed, fail round 3|act "migrate" missed
resume web|refused, it is not suspended|act "resume" refused
iommu web unmap 4M size 4K|refused, there is no VF|act "iommu" refused
reset web vf|refused, there is no VF|act "reset" refused
set h0.vmnic0 numvfs 9|refused, write error|act "numvfs" refused reason "out of range"
set h1.vmnic0 numvfs 1|refused, write error|act "numvfs" refused
iochain web del none|refused, |act "iochain" refused
ip link set h0.vmnic0 vf 0 min_tx_rate 100|refused, RTNETLINK|act "min_tx_rate" refused
ip link set h0.vmnic0 mtu 60|refused, Error: mtu|act "mtu 60" refused
bridge fdb del 02:00:00:00:99:99 dev h0.vmnic0|refused, address 1|act "bridge" refused
ethtool -G h0.vmnic0 rx 9999|refused, netlink error|act "ethtool" refused
ethtool -K h0.vmnic0 tso on|refused, tx-tcp|act "ethtool" refused
ethtool -N h0.vmnic0 delete 5|refused, rmgr|act "ethtool" refused
guest web ethtool -L eth0 combined 1|refused, netlink|act "guest web" refused
guest web reset vf|failed, |act "guest web" failed
END

# What no line has: a request of the guest, the end of a VM, frames that stand still.
play 1 '0 policy web mac-change refuse' '+1ms guest web set mac 02:00:00:00:00:77'
says out "control web 1 (set mac 02:00:00:00:00:77), refused, policy"
play 0 '0 policy web mac-change refuse' '+1ms guest web set mac 02:00:00:00:00:77' 'end expect control web 1 refused'
play 0 '0 policy web mac-change refuse' '+1ms try guest web set mac 02:00:00:00:00:77'
play 1 '0 guest web wild-store 0x70000000'
says out "VM web, ended, page fault"
play 0 '0 guest web wild-store 0x70000000' 'end expect web ended'
play 0 '0 try guest web hang'
play 1 '0 guest web rx stop' '+1ms flow f from c to web size 64 rate 1K pps count 3'
says out "flow f, in flight, 3 at web, since 1.026 ms"
says out "the run ended because nothing has moved since"
play 0 '0 guest web rx stop' '+1ms flow f from c to web size 64 rate 1K pps count 3' 'end expect f in-flight = 3'

# Of no flow: what announces a VM that has moved stays in the ring of one that does not look.
play 0 'vm other on h1' '0 guest other rx stop' '+1ms migrate web to h1 by emulated'
says out "frames that belong to no flow are still under way: 1 at other, since 1.046 ms"

# The run ends first.
play 1 'limit time 5ms' '0 flow f from c to web size 64 rate 1K pps count 100'
says out "v.scn:11, flow f from c to web size 64 rate 1K pps count 100, unfinished, 5 frames were sent"
play 0 'limit time 5ms' '0 flow f from c to web size 64 rate 1K pps'
play 1 'limit time 5ms' '9ms switch web to passthrough'
says out "v.scn:11, switch web to passthrough, never, the run ended before"
play 1 'limit time 5ms' '0 switch web to passthrough'
says out "v.scn:11, switch web to passthrough, unfinished"
play 1 '0 stop f' '1ms flow f from c to web size 64 rate 1K pps count 3'
says out "v.scn:10, stop f, refused, the flow has not begun"

# As JSON and JUnit.
printf '%s\n' "$world" '0 switch web to emulation' >"$work/v.scn"
try 1 run "$work/v.scn" --json
says out '"verdict": "FAIL"'
says out '"something_expected": false'
says out '"ending": "refused"'
try 1 run "$work/v.scn" --junit "$work/v.xml"
grep -q 'line 10: switch web to emulation' "$work/v.xml" || fail "not in JUnit"
grep -q '<failure' "$work/v.xml" || fail "no failure in JUnit"

# The page says of itself what the text says.
try 1 run "$work/v.scn" --html "$work/v.html"
grep -q 'class="verdict bad">FAIL (nothing was expected)<' "$work/v.html" || fail "the page does not say that nothing was expected"
try 0 run "$work/flow.scn" --html "$work/v.html"
grep -q 'class="verdict">PASS<' "$work/v.html" || fail "the page says that nothing was expected"

# A switch has so many ports, and no more.
{
    echo 'switch tor'
    for n in $(seq 257); do echo "peer p$n on tor"; done
} >"$work/ports.scn"
try 2 run "$work/ports.scn"
says err "ports.scn:258:"
says err "the switch 'tor' has no port left"
sed -i '$d' "$work/ports.scn"
try 0 run "$work/ports.scn"

# The language.
play 2 '0 try expect web emulated'
says err "'try' goes before an act"
play 2 'end expect act "switch web to" done'
says err "no act has 'switch web to' in its line"
play 2 'migrate web to h1 by npa'
says err "'migrate' happens at a time"

# A timeline that begins before anything has been started.
cat >"$work/v.scn" <<'SCN'
begin 0
host h0
nic h0.vmnic0 model 82599 vfs 1
switch tor
link h0.vmnic0 tor
vm nat on h0 shell linux net vf
0 suspend nat
SCN
try 1 run "$work/v.scn"
says out "v.scn:7, suspend nat, refused, the VM has not been started yet"
says out "the timeline begins before 'nat' is up"
