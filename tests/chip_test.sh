#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A chip from outside, with its VF, its PF driver and its plugin, is built against what is installed as docs/adding-a-chip.md says, and
# the installed program runs it: plain, saved and restored again and again, and saved to a file in mid-switch.
# usage: chip_test.sh CMAKE BUILD-FOLDER SOURCE-FOLDER CC
set -eu
cmake=$1 build=$2 source=$3 cc=$4
root=$(mktemp -d)
# shellcheck source=lib_install.sh
. "$(dirname "$0")/lib_install.sh"

quietly "it does not install" "$cmake" --install "$build" --prefix "$root/usr"
cp -r "$source/docs/examples/chip" "$root/chip"
cd "$root/chip"
quietly "cmake does not find what it needs" "$cmake" -S . -B build -DCMAKE_PREFIX_PATH="$root/usr" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS=-Werror
quietly "it does not build" "$cmake" --build build
for object in build/tern.so build/ternvf.so; do
    if strings -a "$object" | grep -F "$source/"; then fail "$object names the tree"; fi
done
vfsim=$root/usr/bin/vfsim

# REPORT ARGUMENTS…: exit status 0
run()
{
    report=$1
    shift
    "$vfsim" "$@" >"$root/$report" 2>"$root/err" || { cat "$root/$report" "$root/err"; fail "vfsim $*: exit status $?"; }
}

run check plugin check build/ternvf.so
run rules conformance plugin build/ternvf.so --chip build/tern.so --model tern
run needs conformance chip tern --chip build/tern.so
grep -q "hold 2[0-9], broken 0" "$root/rules" || fail "its plugin is tried on nothing"
grep -q "hold 2[0-9], broken 0" "$root/needs" || fail "the chip is tried on nothing"
run plain run --chip build/tern.so midflow.scn
grep -q "^verdict: PASS" "$root/plain" || fail "no verdict"
grep -q "web to passthrough (h0.vmnic0 vf [0-9]): done" "$root/plain" || fail "no VF was used"
# 60 frames are in front of the wire when the switch at 500 ms wants all to have left: the chip's fence waits for them.
grep -q "quiesce  *500\.[0-9]* ms  *[0-9]\{2,3\}\.[0-9]* us  done" "$root/plain" || fail "the fence waits for nothing"
for cut in 9973 7@51ms-51.1ms 3@150.9ms-151.2ms 7@500.02ms-500.15ms 1@800ms-800.05ms; do
    run paranoid run --chip build/tern.so midflow.scn "--paranoid=$cut" --verbose
    grep -q "[1-9][0-9]* times saved" "$root/err" || { cat "$root/err"; fail "--paranoid=$cut cuts nothing"; }
    diff -u "$root/plain" "$root/paranoid" || fail "--paranoid=$cut: the report is another"
done
for at in 151.146ms 310.5ms 500.08ms; do
    run saved save --chip build/tern.so midflow.scn --at "$at" -o "$root/world"
    run restored restore --chip build/tern.so "$root/world"
    diff "$root/plain" "$root/restored" >"$root/diff" || { cat "$root/diff"; fail "saved at $at: the report is another"; }
done

# It is a model like the others, and only where it was loaded.
run models models --chip build/tern.so
grep -q "^  tern, 10 GbE NIC of no vendor" "$root/models" || fail "it is not among the models"
run regs regs --chip build/tern.so tern
grep -q "ADDRESS_PORTS" "$root/regs" || fail "it has no registers"
run again models --chip build/tern.so --chip build/../build/tern.so tern

# WORDS ARGUMENTS…: exit status 2, and these words
refused()
{
    words=$1
    shift
    status=0
    "$vfsim" "$@" >"$root/out" 2>"$root/err" || status=$?
    [ "$status" -eq 2 ] || { cat "$root/err"; fail "vfsim $*: exit status $status"; }
    grep -qF -- "$words" "$root/err" || { cat "$root/err"; fail "vfsim $*: not the words \"$words\""; }
}
refused "'tern' is no NIC model" run midflow.scn
refused "'tern' is no NIC model" restore "$root/world"
sed 's/model tern/model tren/' midflow.scn >wrong.scn
refused "did you mean 'tern'?" check --chip build/tern.so wrong.scn
refused "--chip: build/none.so: No such file or directory" models --chip build/none.so
refused "--chip: midflow.scn: no chip can be loaded from it: " models --chip midflow.scn
refused "--chip: build/ternvf.so: it has no chip: vfsim_chip_init() is not there" models --chip build/ternvf.so

# What an object says that it can't register, and one that was built against other headers.
cat >bad.c <<'END'
#include <vfsim/chip.h>
static const struct vfsim_chip bad = {.abi = VFSIM_CHIP_ABI + 1, .size = sizeof(struct vfsim_chip), .name = "bad"};
int vfsim_chip_init(struct vfsim_error **error) { return vfsim_chip_register(&bad, error); }
END
"$cc" -shared -fPIC -I"$root/usr/include" bad.c -o bad.so
refused "--chip: bad.so: a chip of ABI 2, and this vfsim has 1" models --chip bad.so
printf 'struct vfsim_error;\nint vfsim_chip_init(struct vfsim_error **e) { (void)e; return -5; }\n' >mute.c
"$cc" -shared -fPIC mute.c -o mute.so
refused "--chip: mute.so: its vfsim_chip_init() has failed and does not say why" models --chip mute.so
cp build/tern.so twice.so
refused "--chip: twice.so: chip 'tern': there is a model of that name already" models --chip build/tern.so --chip twice.so

# A world is for the chip, and for the plugin, that it was saved with.
run saved save --chip build/tern.so midflow.scn --at 310.5ms -o "$root/world"
for changed in tern ternvf; do
    rm -rf other
    mkdir other
    cp build/tern.so build/ternvf.so other
    run same restore --chip other/tern.so "$root/world"
    printf x >>"other/$changed.so"
    case $changed in tern) what=chip ;; *) what=plugin ;; esac
    refused "other/$changed.so: this $what is not the one the world was saved with" restore --chip other/tern.so "$root/world"
done
if "$vfsim" run --chip other/tern.so midflow.scn --html other/ternvf.so >"$root/out" 2>"$root/err"; then
    fail "a report is written over the plugin"
fi
grep -q "would write over other/ternvf.so, which is a plugin" "$root/err" || { cat "$root/err"; fail "no word of what would be written over"; }

# Without its plugin the VF is not passed through, and the run says why.
mkdir alone
cp build/tern.so alone
status=0
"$vfsim" run --chip alone/tern.so midflow.scn >"$root/alone" 2>&1 || status=$?
[ "$status" -eq 1 ] || fail "without a plugin: exit status $status"
tr -s "\n " " " <"$root/alone" | grep -q "ternvf.so: No such file or directory" || { cat "$root/alone"; fail "without a plugin: no word of it"; }

# A copy under another name, made by the page's own lines, with its registers elsewhere and in another order, works the same.
sed -n '/^sed -i .s.tern.mychip/,/^for file/p' "$source/docs/adding-a-chip.md" >"$root/rename.sh"
[ "$(wc -l <"$root/rename.sh")" -eq 2 ] || fail "the page does not say how the example is copied"
mkdir mychip
cp "$source"/docs/examples/chip/* mychip
cd mychip
sh -eu "$root/rename.sh"
! grep -ri 'tern' . | grep -v extern || fail "the old name is left"
for at in RX_BASE_LO:64 RX_BASE_HI:100 RX_SIZE:88 RX_TAIL:112 TX_BASE_LO:96 TX_BASE_HI:76 TX_SIZE:120 TX_TAIL:80 ENABLE:68 MASK:140 \
    FUNCTION_REGISTERS:144; do
    sed -i "s/^\( *MYCHIP_${at%:*} = \)0x[0-9a-f]*/\1${at#*:}/" mychip.h
done
sed -i 's/= 0x1\([0-9a-f]\{3\}\),/= 0x5\1,/; s/REGISTERS_END = 0x2000/REGISTERS_END = 0x6000/' mychip.h
quietly "a copy of it cannot be configured" "$cmake" -S . -B build -DCMAKE_PREFIX_PATH="$root/usr" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS=-Werror
quietly "a copy of it does not build" "$cmake" --build build
refused "STATUS of the PF, ends at 0x5004: \`pf.bar[0]\` has 0x2000 bytes" models --chip build/mychip.so
sed -i 's/\.bar = {{8192, true}, /.bar = {{32768, true}, /' mychip.c
quietly "a copy of it does not build" "$cmake" --build build
run copy run --chip build/mychip.so midflow.scn
sed 's/mychip/tern/g' "$root/copy" >"$root/renamed"
diff -u "$root/plain" "$root/renamed" || fail "registers at other places: the report is another"
