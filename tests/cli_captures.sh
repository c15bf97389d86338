#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures as people have them: what is left out is said, --strict-captures refuses, roles are in the JSON, packed ones play.
. "$(dirname "$0")/lib_cli.sh"
scenarios=$(realpath scenarios)

world() { # FILE [OPTIONS]: a world of two peers that replays it
    cat >"$work/world.scn" <<SCN
switch tor
peer client on tor
peer server on tor
0 replay $1 as talk from client to server ${2:-}
end expect replay talk finished
SCN
}

world "$scenarios/damaged.pcap"
try 0 run --json "$work/world.scn"
says out "1 packet cut short by the end of the file left out: 12 (byte 1491)"
says out "1 packet with more bytes captured than it had left out: 4 (byte 498)"
says out "1 packet of which nothing was captured left out: 6 (byte 814)"
says out "1 packet shorter than an Ethernet header left out: 8 (byte 988)"
says out "6 bytes that are no packet records skipped, in 1 place, the first at byte 1169"
try 0 check "$work/world.scn"
for verb in run check; do
    try 2 $verb --strict-captures "$work/world.scn"
    says err "world.scn:4:10: "
    says err "damaged.pcap: packet 4 (byte 498) is one with more bytes captured than it had"
done
try 2 save --strict-captures "$work/world.scn" --at 1ms -o "$work/half"
says err "packet 4 (byte 498)"
try 0 save "$work/world.scn" --at 1ms -o "$work/half" # what is left out is the same when it is read again
try 0 restore "$work/half"
try 0 run --strict-captures scenarios/01-midflow-switch.scn

# The same capture packed says the same, but for its name.
world talk.pcap
python3 - "$scenarios/http.pcap" "$work" <<'PY'
import gzip, lzma, sys
data, out = open(sys.argv[1], 'rb').read(), sys.argv[2]
open(out + '/talk.pcap', 'wb').write(data)
open(out + '/gz', 'wb').write(gzip.compress(data[:50000]) + gzip.compress(data[50000:]))
open(out + '/xz', 'wb').write(lzma.compress(data))
packed = gzip.compress(data)
open(out + '/early', 'wb').write(packed[:len(packed) * 6 // 10])
PY
try 0 run "$work/world.scn"
cp "$work/out" "$work/plain"
for packed in gz xz; do
    cp "$work/$packed" "$work/talk.pcap"
    try 0 run "$work/world.scn"
    cmp "$work/out" "$work/plain" || fail "packed by $packed it is another one"
done
cp "$work/early" "$work/talk.pcap"
try 0 run --json "$work/world.scn"
says out "talk.pcap: its gzip data end early: what they gave is played"
says out "packet cut short by the end of the file left out: "
try 2 run --strict-captures "$work/world.scn"
says err "talk.pcap: its gzip data end early"

world "$scenarios/server-first.pcap"
try 0 run --json "$work/world.scn"
tr -d ' \n' <"$work/out" >"$work/flat"
grep -qF '"roles":[{"replay":"talk","station":"client","mac":"0a:00:00:00:00:01","ip4":"192.0.2.1","more_ip4":false,"ip6":"","more_ip6":false,"why":"speaksfirst:TCPSYN,packet4"},{"replay":"talk","station":"server","mac":"0a:00:00:00:00:02"' \
    "$work/flat" || fail "roles: $(cat "$work/out")"

# Lengths that are told are those of the packets, not of what was captured of them.
python3 - "$work" <<'PY'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, 'tests')
import capture_maker as cm
out, ns = sys.argv[1], 1700000000 * 10**9
burst = cm.tcp_frame(1, 2, length=9000)
open(out + '/snapped.pcap', 'wb').write(cm.pcap([(ns, cm.udp_frame(1, 2)), (ns, burst[:96], len(burst))]))
burst = cm.udp_frame(1, 2, length=9000)
open(out + '/udp.pcap', 'wb').write(cm.pcap([(ns, burst[:96], len(burst))]))
full = cm.udp_frame(1, 2, length=1472)
open(out + '/fcs.pcap', 'wb').write(cm.pcap([(ns, full + b'\\x01\\x02\\x03\\x04')]))
PY
world fcs.pcap
try 0 run --json "$work/world.scn"
says out "1 packet with more behind the datagram than the MTU takes (a check sequence?): cut off"
says out '"bytes_sent": 1514'
world snapped.pcap
try 2 run "$work/world.scn"
says err "packet 2: 9054 bytes are above the MTU of 1500"
world udp.pcap segment
try 2 run "$work/world.scn"
says err "packet 1: 9042 bytes are above the MTU of 1500, and only TCP can be cut into segments"
