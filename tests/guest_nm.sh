#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# guest_nm.sh SHELL PLUGIN…: guest images import nothing, hold relative relocations only, no vector code, no sanitizer.
set -eu
failed=0
complain() {
    echo "$1: $2" >&2
    failed=1
}
for image; do
    undefined=$(nm -u "$image"; nm -D -u "$image" 2>/dev/null || :)
    [ -z "$undefined" ] || complain "$image" "undefined symbols: $undefined"
    # the dynamic relocations only: --emit-relocs keeps those of the link beside them
    others=$(LC_ALL=C readelf --use-dynamic -rW "$image" | grep -o 'R_[A-Z0-9_]*' | grep -v -E '_RELATIVE$|_NONE$' || :)
    [ -z "$others" ] || complain "$image" "relocations other than relative ones: $others"
    vector=$(objdump -d --no-show-raw-insn "$image" | grep -m 1 -E '%([xyz]?mm[0-9]|st)' || :)
    [ -z "$vector" ] || complain "$image" "vector or floating-point code: $vector"
    sanitizer=$(nm "$image" | grep -m 1 -E '__(asan|ubsan|tsan)' || :)
    [ -z "$sanitizer" ] || complain "$image" "sanitizer code: $sanitizer"
done
exit $failed
