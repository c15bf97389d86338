#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A saved world is for the build that saved it, and holds nothing of the process that did: no address, no rest of another's
# memory.
. "$(dirname "$0")/lib_cli.sh"

# Byte 60 of the file is of the build's digest, byte 48 of the release's number.
try 0 save "$work/flow.scn" --at 300us -o "$work/world"
try 0 restore "$work/world"
for at in 60 48; do
    cp "$work/world" "$work/other"
    printf '\377' | dd of="$work/other" bs=1 seek=$at conv=notrunc 2>"$work/dd"
    try 2 restore "$work/other"
    says err "other: written by another build of vfsim ("
    says err "); this is $("$vfsim" --version | sed 's/vfsim \(.*\), build \(.*\)/\1, \2/'): write it anew"
    silent out
done
printf 'vfsim world 1\n\n\n\0 and 80 more bytes of what an older vfsim wrote, which never said who it was ...' >"$work/other"
try 2 restore "$work/other"
says err "written by another build of vfsim, in version 1 of the format"
head -c 50 "$work/world" >"$work/other"
try 2 restore "$work/other"
says err "the file is damaged"
# Byte 72 and on: how long the rest is, which is believed as far as the file goes.
for length in '\0377\0377\0377\0377\0377\0377\0377\0177' '\0377\0377\0377\0377\0377\0377\0377\0077' '\0377\0377\0377\0377\0377\0000\0000\0000' '\0000'; do
    cp "$work/world" "$work/other"
    printf '%b' "$length" | dd of="$work/other" bs=1 seek=80 conv=notrunc 2>"$work/dd"
    try 2 restore "$work/other"
    says err "the file is damaged"
done

# Who has no digest saves nothing. The digest is the library's, with which the program runs.
library=$(ldd "$vfsim" | sed -n 's/.* => \(.*libvfsim[.]so[^ ]*\) .*/\1/p')
objcopy --remove-section=.note.gnu.build-id "${library:-$vfsim}" "$work/nameless"
named=$vfsim
if [ -n "$library" ]; then
    export LD_PRELOAD="$work/nameless" ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0"
else
    vfsim=$work/nameless
fi
try 2 save "$work/flow.scn" --at 300us -o "$work/world2"
unset LD_PRELOAD
says err "linked without a build id"
[ ! -e "$work/world2" ] || fail "a world of an unknown build was written"
vfsim=$named

# Twice the same bytes, whatever was in the memory before and wherever the process lies.
saved_alike() {
    scenario=$1
    shift
    for at; do
        for fill in 1 190; do
            MALLOC_PERTURB_=$fill ASAN_OPTIONS="malloc_fill_byte=$fill:max_malloc_fill_size=1000000000" \
                try 0 save "scenarios/$scenario.scn" --at "$at" -o "$work/filled-$fill"
        done
        cmp "$work/filled-1" "$work/filled-190" || fail "$scenario at $at: a world is saved otherwise in another process"
    done
}
saved_alike 01-midflow-switch 151.05ms 300ms
saved_alike 05-vf-to-emulated 100.1ms
saved_alike 31-malicious-driver 407ms
saved_alike 65-migrate-npa 400.02ms 401ms
saved_alike 74-migrate-post-copy 52ms
saved_alike 80-upt-midflow 150.01ms
saved_alike 86-vfio-migrate 301ms
saved_alike 93-bond 750.01ms
saved_alike 103-snapshot-revert 208.42ms
saved_alike 104-numvfs 2500.5ms

# What was given on the command line beside the scenario is saved with it: seed and variables.
# shellcheck disable=SC2016 # the scenario expands it
sed -e 's/size 128/size $size/' -e 's/^set count 100/&\nset size 128/' "$work/flow.scn" >"$work/given.scn"
try 0 run --json --seed 99 --set size=200 --set count=100 "$work/given.scn"
cp "$work/out" "$work/straight"
grep -q '"seed": 99,' "$work/straight" || fail "$tried: the seed is not the one given"
try 0 save "$work/given.scn" --seed 99 --set size=200 --set count=100 --at 300us -o "$work/world"
try 0 restore --json "$work/world"
diff "$work/straight" "$work/out" >&2 || fail "$tried: it ends otherwise than without saving"
