#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vfsim init: each template, written into an empty folder, is a scenario that passes; and no file is overwritten.
. "$(dirname "$0")/lib_cli.sh"
templates=$PWD/scenarios/templates
case $vfsim in /*) ;; *) vfsim=$PWD/$vfsim ;; esac

try 0 init
listed=$(sed -n 's/^  \([a-z0-9]\{1,\}\) .*/\1/p' "$work/out" | sort)
there=$(cd "$templates" && for file in *.scn; do echo "${file%.scn}"; done | sort)
[ "$listed" = "$there" ] || fail "listed are $listed; there are $there"
[ "$(echo "$listed" | wc -w)" -ge 6 ] || fail "templates: $listed"

for template in $listed; do
    mkdir "$work/in $template"
    cd "$work/in $template"
    try 0 init "$template"
    says err "vfsim: $template.scn is written"
    silent out
    head -n 1 "$template.scn" | grep -q '^# ' || fail "$template begins without a comment"
    try 0 check "$template.scn"
    try 0 run "$template.scn"
    says out "verdict: PASS"
    grep -q '^end .*expect' "$template.scn" || fail "$template expects nothing"

    # What is there stays, and is overwritten when one says so.
    echo "mine" >"$template.scn"
    try 2 init "$template"
    says err "$template.scn is there already, and stays as it is (--force overwrites it"
    [ "$(cat "$template.scn")" = mine ] || fail "$template was overwritten"
    try 0 init "$template" --force
    try 0 check "$template.scn"
    try 0 init "$template" -o -
    if [ "$template" != replay ]; then # that one names the sample where it lies
        cmp "$template.scn" "$work/out" || fail "$template on stdout is another"
    fi
    cp "$work/out" stdout.scn
    try 0 check stdout.scn
done

# A capture of one's own, whatever its name, and from another folder; the sample never replaces one's own file.
cd "$work/in replay"
own="my \"own\" \$capture.pcap"
cp http.pcap "$own"
mkdir sub
for out in own.scn sub/own.scn; do
    try 0 init replay --capture "$own" -o "$out"
    try 0 run "$out"
    says out "143"
done
[ ! -e sub/http.pcap ] || fail "a sample beside one's own capture"
try 0 init replay -o second.scn # the sample is there already
rm second.scn
echo "mine" >http.pcap
try 2 init replay -o second.scn
says err "http.pcap is there already"
[ "$(cat http.pcap)" = mine ] || fail "the sample replaced a file"
[ ! -e second.scn ] || fail "a scenario was written whose capture is not there"

# The commands that are named next can be copied as they are.
mkdir "$work/it's \$here"
cp "$work/flow.scn" "$work/it's \$here/a flow.scn"
try 0 run "$work/it's \$here/a flow.scn" --set count=100
next=$(sed -n '/^next:/,$p' "$work/out" | tr '\n' ' ' | sed 's/^next: vfsim//')
eval "try 0 $next"
says out "verdict: PASS"
try 0 init flow -o "$work/it's \$here/b.scn"
next=$(sed -n 's/.*(run it with: vfsim \(.*\))$/\1/p' "$work/err")
eval "try 0 $next"
says out "verdict: PASS"
try 0 save "$work/flow.scn" --at 10us -o "$work/a world"
next=$(sed -n 's/.*(go on with: vfsim \(.*\))$/\1/p' "$work/err")
eval "try 0 $next"
says out "verdict: PASS"

# The sweep that its own lines say, and the other one that its comment shows.
cd "$work/in sweep"
try 0 sweep sweep.scn
[ "$(grep -c PASS "$work/out")" -eq 6 ] || fail "the sweep: $(cat "$work/out")"
# shellcheck disable=SC2016 # backquotes of the comment, not the shell's
command=$(sed -n 's/^#.*`vfsim \(sweep FILE --set [^`]*\)`.*/\1/p' sweep.scn | sed 's/FILE/sweep.scn/')
[ -n "$command" ] || fail "the comment shows no other sweep"
eval "try 0 $command --list"
[ "$(grep -c . "$work/out")" -eq 36 ] || fail "the comment's sweep: $(cat "$work/out")"
for model in 82576 x540 upt; do
    try 0 run sweep.scn --set model=$model --set rate=10K
done

# A capture that can't be played as it is: the scenario is there, to be changed, and what to change is said.
printf 'no capture\n' >text.pcap
try 2 init replay --capture text.pcap -o text.scn
says err "text.scn is written, and can't be run as it is:"
says err "text.pcap: "
[ -s text.scn ] || fail "text.scn was not written"

# Mistakes write nothing.
mkdir "$work/empty"
cd "$work/empty"
try 2 init rplay
says err "there is no template 'rplay'; did you mean 'replay'?"
try 2 init flow switch
says err "one template: vfsim init TEMPLATE"
try 2 init --force
try 2 init flow --capture x.pcap
says err "--capture is of the template replay"
try 2 init replay --capture none.pcap
says err "none.pcap: No such file or directory"
try 2 init flow -o none/flow.scn
says err "none/flow.scn: No such file or directory"
try 2 init flow -o /dev/full --force
says err "/dev/full: "
[ -z "$(ls)" ] || fail "a mistake wrote $(ls)"
