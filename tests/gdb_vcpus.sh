#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# gdb_vcpus.sh VFSIM SCENARIO: GDB stops where a vCPU of several comes to a breakpoint, on that one's stack and with its machine page;
# all of them stand still meanwhile (they are one thread of the process), and the run ends with the report that was accepted.
set -eu
vfsim=$1
scenario=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

page="((struct machine *)0x2000ffffe000)"
stack="($page->stack_gpa + $page->stack_bytes - ((unsigned long)\$sp & 0xffffffff)) / 65536"
# Breakpoints of one vCPU's queue and of another's, then in what only a third sends: which is it, and whose stack?
out=$(gdb -batch -nx -ex "set breakpoint pending on" -ex "set debuginfod enabled off" \
    -ex "handle SIGSEGV SIGVTALRM nostop noprint pass" \
    -ex "tbreak poll_queue_pair if q == 3" -ex "run run --gdb $scenario >$work/report" \
    -ex "print $page->vcpu" -ex "print $stack" -ex "backtrace" \
    -ex "tbreak poll_queue_pair if q == 1" -ex "continue" \
    -ex "print $page->vcpu" -ex "print $stack" \
    -ex "tbreak tx_send if $page->vcpu == 2" -ex "continue" \
    -ex "print buffer / shell.tx_buffers" -ex "continue" \
    "$vfsim" 2>&1) || true
echo "$out"
for wanted in "poll_queue_pair (path=.*, q=3, budget=64)" "^\$1 = 3" "^\$2 = 3" "in _start (window=" "poll_queue_pair (path=.*, q=1, budget=64)" \
    "^\$3 = 1" "^\$4 = 1" "tx_send (buffer=" "^\$5 = 2" "exited normally"; do
    if ! echo "$out" | grep -q "$wanted"; then
        echo "GDB did not say: $wanted" >&2
        exit 1
    fi
done
diff "$work/report" "${scenario%.scn}.out"
