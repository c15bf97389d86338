#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vfsim calibrate writes a profile that a scenario takes: each value measured, none of them nothing, and a file is what stdout is.
# How large they are depends on the machine and is nobody's business here, but for what holds on each: a copy from memory costs no
# less than one from the cache.
# shellcheck source=lib_cli.sh
. "$(dirname "$0")/lib_cli.sh"

try 2 calibrate this
says err "calibrate takes no operand: vfsim calibrate [-o FILE]"
try 2 calibrate -o "$work/none/here.profile"
says err "$work/none/here.profile: "
try 0 calibrate
says out "name \""
silent err
try 0 calibrate -o "$work/here.profile"
silent out
says err "here.profile is written"
grep -v '^#' "$work/here.profile" >"$work/out"
wakes=$(($(nproc) > 1)) # of a sleeper on another core: where there is one
[ "$(grep -c ' measured "vfsim calibrate: ' "$work/out")" -eq $((7 + wakes)) ] || fail "it has not $((7 + wakes)) values"
value() { sed -n "s/^$1 \([0-9]*\) .*/\1/p" "$work/here.profile"; }
[ "$(value cpu_khz)" -gt 100000 ] || fail "a core slower than 100 MHz"
[ "$(value copy_cold_base_cycles)" -ge "$(value copy_base_cycles)" ] || fail "the cache is slower than memory"

[ "$(value guest_switch_cycles)" -gt "$(value context_switch_cycles)" ] || fail "a switch with system calls costs less than one without"
[ "$(value context_switch_cycles)" -gt 100 ] || fail "a switch costs nothing"

printf 'profile here.profile\nhost h0\nnic h0.vmnic0 model 82599 vfs 2\npeer out on h0.vmnic0\nvm a on h0 ram 8M\n' >"$work/x.scn"
printf '1ms flow f from out to a size 300 rate 20K pps until 3ms\n' >>"$work/x.scn"
try 0 run "$work/x.scn"
says out "cpu_khz"
says out "measured"
