#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# linux_guest.sh VFSIM scenarios/linux/NAME.scn [KEPT]: passes, and says the same bytes twice, as JSON and as text. Where there is no
# kernel that tools/uml-kernel has built by its present recipe, the test is skipped. JSON and trace stay in the folder KEPT, for
# tests/linux/registers.py.
set -u
vfsim=$1
scenario=$2
kept=${3:-}
tree=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

also=()
grep -q '^vm .* net npa' "$scenario" && also=(npa)
if ! why=$("$tree/tools/uml-kernel" --check "${also[@]}" 2>&1); then
    echo "skipped: $why"
    exit 77
fi
for n in 1 2; do
    if ! "$vfsim" run "$scenario" --json="$work/$n.json" --trace pcie,host,pf >"$work/$n.text" 2>"$work/$n.trace"; then
        tail -n 40 "$work/$n.text" >&2
        exit 1
    fi
done
for what in text json trace; do
    if ! cmp "$work/1.$what" "$work/2.$what"; then
        diff "$work/1.$what" "$work/2.$what" | head -n 40 >&2
        echo "two runs of $scenario differ in their $what" >&2
        exit 1
    fi
done
python3 - "$tree/docs/report.schema.json" "$work/1.json" <<'PYTHON' || exit 1
import json, sys
from jsonschema import Draft7Validator
schema, report = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
wrong = [e.message[:200] for e in Draft7Validator(schema).iter_errors(report)]
sys.exit("\n".join(wrong) if wrong else 0)
PYTHON
[ -z "$kept" ] && exit 0
name=$(basename "$scenario" .scn)
mkdir -p "$kept" && mv "$work/1.json" "$kept/$name.json" && mv "$work/1.trace" "$kept/$name.trace"
