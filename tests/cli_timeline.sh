#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is drawn of switches and migrations: who said what to whom, in the text if asked for and in the JSON always.
. "$(dirname "$0")/lib_cli.sh"

try 0 run scenarios/65-migrate-npa.scn
cp "$work/out" "$work/plain"
if grep -q 'switch of web to' "$work/out"; then fail "drawn without being asked for"; fi
try 0 run --timeline scenarios/65-migrate-npa.scn
says out "switch of web to passthrough (h0.vmnic0 vf 0): done"
says out "switch of web to emulation (h0.vmnic0 vf 0): done"
says out "migration of web from h0 to h1: done"
grep -q -- '|--->|.* VF_ACQUIRE$' "$work/out" || fail "no arrow to the PF"
awk 'length > 100 { exit 1 }' "$work/out" || fail "a line is wider than 100 columns"
# What is drawn is all that is new.
grep -vxF -f "$work/out" "$work/plain" >"$work/err" && fail "the rest of the report is another one"

# In this order: the protocol of docs/switch-protocol.md.
sed -n '/^switch of web to passthrough (h0/,/^$/p' "$work/out" >"$work/in"
last=0
for said in VF_ACQUIRE VF_GET_INFO 'function-level reset' 'DID := PASSTHRU' LOAD_PLUGIN 'from the store: good' VF_INIT \
    'LOAD_PLUGIN: success' NPA_PluginMain STOP_EMULATION PF_TX_FENCE 'STOP_EMULATION: success' ACTIVATE_VF 'its address goes to VF 0' \
    RX_FENCE 'ACTIVATE_VF: success' 'sends and receives here'; do
    line=$(grep -nF -e "$said" "$work/in" | head -n 1 | cut -d: -f1)
    [ "${line:-0}" -gt "$last" ] || fail "$said: in line ${line:-none}, after line $last"
    last=$line
done

# A guest that has to help is one of those who speak.
try 0 run --timeline scenarios/95-migrate-bond.scn
says out "VF unplugged of web (h0.vmnic0 vf 0): done"
grep -q -- '|<------|.* attention button: give the VF up$' "$work/out" || fail "nobody asks the guest for its VF"
grep -q -- '|------>|.* driver has let go, slot powered off$' "$work/out" || fail "the guest does not answer"
says out "##//##" # a wait of 100 ms beside steps of microseconds

try 0 run --timeline=unicode scenarios/65-migrate-npa.scn
says out "────▶"
try 2 run --timeline=unicod scenarios/65-migrate-npa.scn
says err "did you mean 'unicode'?"

try 0 run --json scenarios/65-migrate-npa.scn
cat >"$work/look.py" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
kinds = [c["kind"] for c in report["timeline"]]
assert kinds == ["run", "switch", "migration", "switch", "switch"], kinds
run = report["timeline"][0]
for flow in run["packets"]:
    said = [f for f in report["flows"] for f in [f] + f.get("halves", []) if f["name"] == flow["flow"]][0]
    assert sum(flow["sent"]) == said["sent"], flow
    by_path = {path: sum(flow.get(path, [])) for path in ("vf", "emulated", "tunnel", "other")}
    assert sum(by_path.values()) == said["delivered"], (flow["flow"], by_path)
    if flow["flow"] == "in":
        assert by_path["vf"] > 7000 and by_path["emulated"] > 1500 and by_path["tunnel"] == 22 and not by_path["other"], by_path
for talk in report["timeline"][1:]:
    names = [p["name"] for p in talk["parties"]]
    assert len(set(names)) == len(names) and len(names) > 3, names
    times = [m["at_ns"] for m in talk["messages"]]
    assert times == sorted(times) and times[0] >= talk["start_ns"], times
    assert all(m["from"] in names and m["to"] in names for m in talk["messages"])
    for p in talk["phases"]:
        assert talk["start_ns"] <= p["start_ns"], p
PY
python3 "$work/look.py" "$work/out" 2>"$work/err" || fail "the JSON's timeline"
