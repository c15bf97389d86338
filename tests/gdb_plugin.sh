#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# gdb_plugin.sh VFSIM SCENARIO: GDB stops in a function of an injected plugin, in a VM's RAM, and prints an argument, a local and the
# way there through the shell; of the build, and of the same when it is stripped, as packages are.
set -eu
vfsim=$1
scenario=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
library=$(ldd "$vfsim" | sed -n 's/.* => \(.*libvfsim[.]so[^ ]*\) .*/\1/p')
cp "$vfsim" "$library" "$work"
strip "$work"/*
ln -s "$(dirname "$library")/guest" "$(dirname "$library")/plugins" "$work"

# VFSIM
debug()
{
    out=$(gdb -batch -nx -ex "set breakpoint pending on" -ex "set debuginfod enabled off" \
        -ex "handle SIGSEGV SIGVTALRM nostop noprint pass" \
        -ex "break intelvf_check_rx_ring" -ex "run" -ex "print maxPkts" -ex "next" -ex "print delivered" -ex "info locals" -ex "backtrace 4" \
        --args "$1" run --gdb "$scenario" 2>&1) || true
    echo "$out"
    for wanted in "Breakpoint 1[.0-9]*, intelvf_check_rx_ring (" "^\$1 = 64" "^\$2 = 0" "poll_queue" "rx.c:"; do
        if ! echo "$out" | grep -q "$wanted"; then
            echo "GDB did not say of $1: $wanted" >&2
            exit 1
        fi
    done
}
debug "$vfsim"
debug "$work/vfsim"
