#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How words of a command line become options, values and operands; and that each verb's help has all options it takes, and no other.
. "$(dirname "$0")/lib_cli.sh"

flow=$work/flow.scn

# refused TEXT ARGUMENTS…: a mistake of the user, in these words, and nothing is done.
refused() {
    text=$1
    shift
    try 2 "$@"
    says err "$text"
    silent out
}

# A value behind a blank or behind `=`, options behind operands, `--` before what only looks like an option.
for seed in "--seed 9" --seed=9; do
    # shellcheck disable=SC2086 # two words of a command line
    try 0 run $seed "$flow"
    says out "seed: 9"
    # shellcheck disable=SC2086
    try 0 run "$flow" $seed
    says out "seed: 9"
done
try 0 run --seed=9 -- "$flow"
says out "seed: 9"
refused "--seed: No such file or directory" run -- --seed
try 2 run -- --
says err "--: No such file or directory"
for out in "-o $work/w" "-o$work/w" "--output $work/w" "--output=$work/w"; do
    # shellcheck disable=SC2086
    try 0 save "$flow" --at=10us $out
    [ -s "$work/w" ] || fail "$out: nothing is saved"
    rm "$work/w"
done
# A value may be left out where help has it in brackets, and then stands behind `=` only.
try 0 run --json "$flow"
says out '"verdict": "PASS"'
try 0 run --json="$work/r.json" "$flow"
grep -q '"verdict": "PASS"' "$work/r.json" || fail "--json=FILE"
says out "verdict: PASS"

# Nothing in the environment changes what a command line means.
POSIXLY_CORRECT=1 "$vfsim" run "$flow" --seed 9 >"$work/out" 2>"$work/err" || fail "POSIXLY_CORRECT"
says out "seed: 9"

# Mistakes: what was meant is said, and nothing is guessed.
refused "run has no option '--tarce'; did you mean '--trace'? (vfsim run --help lists them)" run --tarce all "$flow"
refused "run has no option '--time'; did you mean '--timeline'?" run --time "$flow"
refused "run has no option '--s'; it could be --seed, --set, --snapshots, --strict-captures" run --s 1 "$flow"
refused "run has no option '-json'; did you mean '--json'?" run -json "$flow"
refused "run has no option '---seed'; did you mean '--seed'?" run ---seed 3 "$flow"
refused "run has no option '--seeds'; did you mean '--seed'?" run --seeds=3 "$flow"
refused "run has no option '-x' (vfsim run --help lists them)" run -x "$flow"
refused "run has no option '-o'" run -o out "$flow"
refused "save has no option '-v'" save "$flow" -hv
refused "check has no option '--json'" check --json "$flow"
refused "--accept takes no value" run --accept=yes "$flow"
refused "--junit needs a value (vfsim run --help)" run "$flow" --junit
refused "-o needs a value (vfsim save --help)" save "$flow" -o
refused "--junit needs a value, and '--seed' is the next option" run --junit --seed 3 "$flow"
refused "--html is given nothing" run --html= "$flow"
refused "--html is given nothing" run --html '' "$flow"
refused "the value of -o stands behind a blank: -o $work/w, or --output=$work/w" save "$flow" --at 10us -o="$work/w"
refused "there is no verb '--hlep'; did you mean '--help'?" --hlep
refused "one word at most" help run save
# The value of an option that may have none stands behind `=`: behind a blank it is an operand, and a file that is not there.
for option in --json:"$work/j" --timeline:unicode --paranoid:97; do
    name=${option%%:*} value=${option#*:}
    refused "$value: No such file or directory; a value of $name stands behind =: $name=$value" run "$flow" "$name" "$value"
    refused "stands behind =: $name=$value" run "$name" "$value" "$flow"
    refused "stands behind =: $name=$value" restore "$flow" "$name" "$value"
    refused "$name= is given nothing" run "$name=" "$flow"
done
refused "stands behind =: --json=x.json" reasons --json x.json
refused "stands behind =: --json=x.json" reasons no_match --json x.json
refused "stands behind =: --json=x.json" models --json x.json
refused "stands behind =: --json=x.json" models 82599 --json x.json
refused "stands behind =: --json=x.json" regs 82599 --json x.json
refused "stands behind =: --json=x.json" regs --json x.json
refused "stands behind =: --json=x.json" plugin check --json x.json
# What may be meant as an operand is one, and its mistake is in the result.
try 2 run --json "$work/none.scn"
says out '"verdict": "ERROR"'
try 2 restore --json "$work/none"
says out '"verdict": "ERROR"'
try 0 regs --json 82599
try 0 reasons --json no_match
[ ! -e "$work/w" ] || fail "a mistake saved a world"
[ ! -e out ] || fail "a mistake wrote a file"

# Each verb, each option of any verb: its help has it, or it is refused in the words above. No help is wider than a terminal.
verbs=$("$vfsim" --help | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p')
[ "$(echo "$verbs" | wc -w)" -ge 9 ] || fail "verbs: $verbs"
options=$(for verb in $verbs; do "$vfsim" "$verb" --help; done | sed -n 's/^  \(-[a-z], \)\{0,1\}--\([a-z-]\{1,\}\).*/\2/p' | sort -u)
[ "$(echo "$options" | wc -w)" -ge 20 ] || fail "options: $options"
for verb in $verbs; do
    try 0 "$verb" --help
    cp "$work/out" "$work/help"
    says out "usage: vfsim $verb"
    [ "$(grep -v '^  vfsim ' "$work/help" | LC_ALL=C.UTF-8 wc -L)" -le 80 ] || fail "$verb --help is wider than 80 columns"
    for option in $options; do
        if grep -qE "^  (-[a-z], )?--$option([[ =]|$)" "$work/help"; then
            "$vfsim" "$verb" --help "--$option=1" >"$work/out" 2>"$work/err" </dev/null || true
            ! grep -q 'has no option' "$work/err" || fail "$verb does not take --$option, which its help has"
        else
            refused "$verb has no option '--$option'" "$verb" "--$option"
        fi
    done
done
