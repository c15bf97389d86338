#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# gdb_plugin.sh VFSIM SCENARIO: GDB stops in a function of an injected plugin, in a VM's RAM, and prints an argument, a local and the
# way there through the shell.
set -eu
vfsim=$1
scenario=$2
out=$(gdb -batch -nx -ex "set breakpoint pending on" -ex "set debuginfod enabled off" \
    -ex "handle SIGSEGV SIGVTALRM nostop noprint pass" \
    -ex "break intelvf_check_rx_ring" -ex "run" -ex "print maxPkts" -ex "next" -ex "print delivered" -ex "info locals" -ex "backtrace 4" \
    --args "$vfsim" run --gdb "$scenario" 2>&1) || true
echo "$out"
for wanted in "Breakpoint 1[.0-9]*, intelvf_check_rx_ring (" "^\$1 = 64" "^\$2 = 0" "poll_queue" "rx.c:"; do
    if ! echo "$out" | grep -q "$wanted"; then
        echo "GDB did not say: $wanted" >&2
        exit 1
    fi
done
