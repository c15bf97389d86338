#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Verbs, options, exit statuses and what goes where.
. "$(dirname "$0")/lib_cli.sh"

try 2
says err "usage: vfsim VERB"
try 0 --help
says out "usage: vfsim VERB"
silent err
try 0 --version
says out "vfsim 0.1.0"
try 0 -h
says out "usage: vfsim VERB"
try 0 help save
says out "usage: vfsim save"
try 0 help
says out "usage: vfsim VERB"
says out "  iommu             take pages of a VM out of the domain of its VF, or give them"
[ "$(LC_ALL=C.UTF-8 wc -L <"$work/out")" -le 80 ] || fail "help is wider than 80 columns"
silent err
try 0 help switch
says out "switch, a line of what exists: an external learning switch"
says out "TIME [try] switch VM to passthrough|emulation [OPTION …]"
says out "move safe|set-first|clear-first"
says out "example: 1ms switch web to passthrough fail load"
says out "It ends as: done refused undone forced unfinished missed never"
says out "expect switch VM N done|undone|forced|refused"
try 0 help restore
says out "usage: vfsim restore"
says out "restore VM from FILE"
try 0 help downtime
says out "expect VM downtime [OP] T"
try 2 help migrat
says err "there is no verb or word 'migrat'; did you mean 'migrate'?"
for word in spoofchk:'ip link set NIC vf N' upt:'migrate VM to HOST by' expect:'expect books balanced' end:'when the run is over' \
    try:'TIME try ACT' no_match:'to do: ' x540:'limits: 63 VFs' numvfs:'set NIC numvfs N' hold:'hold none|forward SIZE'; do
    try 0 help "${word%%:*}"
    says out "${word#*:}"
done
try 0 help expect drops
says out "expect drops, an expectation: how many copies"
says out "What each word means: man vfsim-scenario"
mv "$work/out" "$work/two"
try 0 help "expect drops"
cmp "$work/out" "$work/two" || fail "help of two words and of one differ"
try 0 help expect lost
says out "expect FLOW sent|delivered|lost"
try 2 help expect nothing
silent out
for word in "" " " '*' '[' %s web ö "VM on" -x --run; do
    try 2 help "$word"
    silent out
done
try 2 help spoofcheck
says err "did you mean 'spoofchk'?"
try 2 help no_mtach
says err "did you mean 'no_match'?"
try 0 run -h
says out "usage: vfsim run"
try 2 --hlep
says err "did you mean '--help'?"
for verb in run check save restore regs plugin models reasons; do
    try 0 $verb --help
    says out "usage: vfsim $verb"
    says out "example"
    silent err
done

try 2 rnu
says err "there is no verb 'rnu'; did you mean 'run'?"
try 2 run --tarce all x
says err "run has no option '--tarce'; did you mean '--trace'?"
try 2 run
says err "run what?"
try 2 run --seed minus x
says err "--seed takes a number"
try 2 run --set novalue x
says err "--set takes name=value"
try 2 run --junit
says err "--junit needs a value"
try 2 run --trace swich "$work/flow.scn"
says err "there is nothing called 'swich' to trace; did you mean 'switch'?"
try 2 run "$work/none.scn"
says err "none.scn: No such file or directory"
silent out

try 0 run "$work/flow.scn"
says out "verdict: PASS"
says out "seed: 7"
silent err
tail -n 1 "$work/out" | grep -q '^next: vfsim run ' || fail "the next command is not last"
try 0 run --seed 8 "$work/flow.scn"
says out "seed: 8"
says out " --seed 8"
try 1 run --set count=50 "$work/flow.scn"
says out "verdict: FAIL"
says out "line 8, f delivered = 100, was 50"
try 2 run --set cuont=50 "$work/flow.scn"
says err "--set cuont: the scenario has no variable of this name; did you mean 'count'?"
try 0 run --trace net "$work/flow.scn"
says err "] f > flow > started -> a sends"
try 0 check "$work/flow.scn"
says out "flow.scn: ok: "
try 0 reasons rx_no_descriptor
says out "to do: a larger ring"
try 2 reasons rx_no_descriptr
says err "did you mean 'rx_no_descriptor'?"
try 2 reasons rx_no_descriptor no_match
says err "one reason at most"
try 0 models 82599
says out "ixgbevf.so"
try 2 models 82598
says err "did you mean '82599'?"
try 2 models 82599 82576
says err "one model at most"
for arguments in "run $work/flow.scn" "run --json $work/flow.scn" "check $work/flow.scn" "regs 82599" --help --version; do
    status=0
    # shellcheck disable=SC2086 # words of a command line
    "$vfsim" $arguments >/dev/full 2>"$work/err" || status=$?
    [ "$status" -eq 2 ] || fail "$arguments on a full disk: exit status $status"
    status=0
    # shellcheck disable=SC2086
    "$vfsim" $arguments >&- 2>"$work/err" || status=$?
    [ "$status" -eq 2 ] || fail "$arguments with stdout closed: exit status $status"
done
NO_COLOR=1 try 0 run "$work/flow.scn"

# Several files: the worst status, all are run.
echo 'hots h0' >"$work/bad.scn"
try 2 run "$work/bad.scn" "$work/flow.scn"
says err "bad.scn:1:1: "
says out "verdict: PASS"
"$vfsim" run - <"$work/flow.scn" >"$work/out" 2>"$work/err" || fail "stdin"
says out "scenario: stdin"
try 2 run -
says err "stdin: nothing exists in this scenario"
