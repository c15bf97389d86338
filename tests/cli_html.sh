#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The report as a page: well-formed, of its own, escaped, the same bytes every time, and with everything in it.
. "$(dirname "$0")/lib_cli.sh"

try 0 run --html "$work/a.html" scenarios/65-migrate-npa.scn
says out "verdict: PASS"
cp "$work/out" "$work/text"
try 0 run --html "$work/b.html" --json scenarios/65-migrate-npa.scn
head -c 1 "$work/out" | grep -q '{' || fail "no JSON beside the page"
cmp "$work/a.html" "$work/b.html" || fail "another page the second time"

cat >"$work/look.py" <<'PY'
import re, sys
import xml.etree.ElementTree as tree
page = open(sys.argv[1], encoding="utf-8").read()
root = tree.fromstring(page)
own = re.sub(r"<!--library-->.*?<!--/library-->", "", page, flags=re.S)
assert "default-src 'none'" in own, "a page may load"
assert not re.search(r"<script[^>]*\ssrc|fetch\(|import\(|XMLHttpRequest|https?:", re.sub(r"xmlns=\"[^\"]*\"", "", own)), "it loads"
words = re.sub(r"<script.*?</script>", "", own, flags=re.S)
assert not re.search(r"<link|<img|<iframe|@import|url\(|src=|javascript:|\son\w+=", words, re.I), "not of its own"
assert set(re.findall(r"https?://[^\"' ]*", own)) <= {"http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"}
ids = [e.get("id") for e in root.iter() if e.get("id")]
assert len(ids) == len(set(ids)), "an id twice"
for link in root.iter("{http://www.w3.org/1999/xhtml}a"):
    assert link.get("href")[1:] in ids, link.get("href")
for e in root.iter("{http://www.w3.org/2000/svg}rect"):
    assert int(e.get("width")) >= 0 and int(e.get("height")) >= 0, e.attrib
for want in sys.argv[2:]:
    assert any(want in (e.text or "") for e in root.iter()), want
PY
python3 "$work/look.py" "$work/a.html" PASS VF_ACQUIRE "announcement (RARP)" "by way of the source" "blackout 1.0" "web downtime" \
    vm_exit_cycles "from VF to VF on another host" 2>"$work/err" || fail "the page"
grep -q 'class="tunnel" d="M' "$work/a.html" || fail "no packets by way of the tunnel"

# Names are the user's.
sed 's/^title .*/title "<b>\&amp; 5 > 3"/' "$work/flow.scn" >"$work/odd.scn"
try 0 run --html "$work/odd.html" "$work/odd.scn" "$work/flow.scn"
python3 "$work/look.py" "$work/odd.html" '<b>&amp; 5 > 3' 'two peers' 2>"$work/err" || fail "escaping"

try 1 run --set count=5 --html "$work/failed.html" "$work/flow.scn"
python3 "$work/look.py" "$work/failed.html" FAIL failed 2>"$work/err" || fail "a page of a failure"

try 2 run --html "$work/none/page.html" "$work/flow.scn"
says err "none/page.html: "
try 0 save scenarios/65-migrate-npa.scn --at 400722us -o "$work/world"
try 0 restore --html "$work/restored.html" "$work/world"
cmp "$work/a.html" "$work/restored.html" || fail "another page after a restore in mid-migration"
