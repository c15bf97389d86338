#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What programs read: each given file is there in JUnit and JSON, whatever became of it, with totals.
. "$(dirname "$0")/lib_cli.sh"

echo 'hots h0' >"$work/unparsed.scn"
sed 's/^peer b .*/&\nlink b none/' "$work/flow.scn" >"$work/unknown.scn"
sed 's/^switch tor/&\nprofile none.profile/' "$work/flow.scn" >"$work/unbuilt.scn"
cat >"$work/look.py" <<'PY'
import json, sys
import xml.etree.ElementTree as tree

work, verdicts, junit, printed = sys.argv[1], sys.argv[2].split(), sys.argv[3], sys.argv[4]
reports = json.load(open(printed))
reports = reports if isinstance(reports, list) else [reports]
assert [r["verdict"] for r in reports] == verdicts, [r["verdict"] for r in reports]
assert len({tuple(sorted(r)) for r in reports}) == 1, "not the same keys"
assert all(r["format"] == 2 for r in reports)
for r in reports:
    assert bool(r["errors"]) == (r["verdict"] == "ERROR"), r["errors"]

root = tree.parse(junit).getroot()
suites = list(root)
assert [s.get("name") for s in suites] == [r["file"] for r in reports], [s.get("name") for s in suites]
for suite, report in zip(suites, reports):
    found = {kind: sum(c.find(tag) is not None for c in suite) for kind, tag in
             (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))}
    assert int(suite.get("tests")) == len(suite) > 0
    assert {k: int(suite.get(k)) for k in found} == found, suite.attrib
    assert (found["errors"] > 0) == (report["verdict"] in ("ERROR", "PARTIAL")), suite.attrib
    assert (found["failures"] > 0) == (report["verdict"] == "FAIL"), suite.attrib
    seconds, thousandths = suite.get("time").split(".")
    assert seconds.isdigit() and len(thousandths) == 3
    for message in (c.find("error").get("message") for c in suite if c.find("error") is not None):
        assert report["verdict"] == "PARTIAL" or report["errors"][0]["text"] in message, message
for key in ("tests", "failures", "errors", "skipped"):
    assert int(root.get(key)) == sum(int(s.get(key)) for s in suites), key
assert int(root.get("time").replace(".", "")) == sum(int(s.get("time").replace(".", "")) for s in suites)
PY
look() { python3 "$work/look.py" "$work" "$1" "$work/r.xml" "$work/out" 2>"$work/err" || fail "$tried: the results"; }

try 2 run --json --junit "$work/r.xml" "$work/unparsed.scn" "$work/flow.scn" "$work/none.scn" "$work/unknown.scn" \
    "$work/unbuilt.scn" "$work/flow.scn"
says err "unparsed.scn:1:1: "
says err "none.scn: No such file or directory"
look "ERROR PASS ERROR ERROR ERROR PASS"
try 2 run --json --junit "$work/r.xml" "$work/unparsed.scn"
look "ERROR"
try 1 run --json --junit "$work/r.xml" --set count=5 "$work/flow.scn"
look "FAIL"
try 2 restore --json --junit "$work/r.xml" "$work/flow.scn"
look "ERROR"

# The page has the broken ones too, and why they are.
try 2 run --html "$work/page.html" "$work/unparsed.scn" "$work/flow.scn"
grep -q 'class="verdict bad">ERROR<' "$work/page.html" || fail "no ERROR on the page"
grep -q "unparsed.scn:1:1: a line begins with" "$work/page.html" || fail "no reason on the page"

# JSON and page are the same bytes each time; so is JUnit but for its seconds.
try 2 run --json "$work/unparsed.scn" "$work/flow.scn"
cp "$work/out" "$work/first"
try 2 run --json "$work/unparsed.scn" "$work/flow.scn"
cmp "$work/out" "$work/first" || fail "another JSON the second time"

# A place and a mark below it in a log, too.
try 2 check "$work/unparsed.scn"
says err '    hots h0'
says err '    ^~~~'

# A mistake of ours ends vfsim in the middle: what was done before it is told, and which file it was.
cat >"$work/long.scn" <<'SCN'
switch tor
peer a on tor
peer b on tor
limit time 3600s
0 flow f from a to b size 64 rate 1M pps until 3000s
1ms flow begun from a to b size 64 rate 1M pps count 1
end expect f lost 0
SCN
: >"$work/err"
"$vfsim" run --trace scenario --json --junit "$work/r.xml" "$work/flow.scn" "$work/long.scn" "$work/flow.scn" >"$work/out" 2>"$work/err" &
victim=$!
tried="SIGABRT"
until grep -q "flow begun" "$work/err" || ! kill -0 "$victim" 2>"$work/gone"; do sleep 0.05; done
kill -ABRT "$victim"
status=0
wait "$victim" || status=$?
[ "$status" -eq 3 ] || fail "a mistake of ours: exit status $status"
says err "a mistake in vfsim"
look "PASS ERROR ERROR"
