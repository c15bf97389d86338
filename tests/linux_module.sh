#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# linux_module.sh: the NPA shell's module is built by the headers of each ordinary kernel that has them here, without a warning, and
# asks its kernel for nothing that is not exported. Where there are none the test is skipped.
set -u
tree=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

built=0
for headers in /lib/modules/*/build; do
    [ -f "$headers/Module.symvers" ] || continue
    if ! make -f "$tree/guest/linux/Makefile" KDIR="$headers" BUILD="$work/npa" >"$work/log" 2>&1; then
        tail -n 30 "$work/log" >&2
        exit 1
    fi
    if grep -E 'warning|WARNING' "$work/log" >&2; then
        echo "$headers: the module is built, but not in silence" >&2
        exit 1
    fi
    grep -qa 'alias=pci:v000015ADd000007B0' "$work/npa/npa_shell.ko" || { echo "it binds to another device" >&2; exit 1; }
    echo "built by $headers"
    rm -rf "$work/npa"
    built=$((built + 1))
done
if [ "$built" = 0 ]; then
    echo "skipped: no kernel's headers in /lib/modules (Debian: linux-headers-amd64)"
    exit 77
fi
