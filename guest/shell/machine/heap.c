/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All memory of the shell: taken once, never given back.
 *
 * RAM is zero when a VM starts and only the shell uses the heap, so fresh memory is not written to: what is never used
 * stays unallocated in the host.
 */
#include "guest/shell/shell.h"

uint64_t heap_left(void) { return shell.heap_end - shell.heap; }

uint64_t heap_alloc(uint64_t bytes, uint64_t align)
{
    uint64_t at = (shell.heap + align - 1) & ~(align - 1);
    if (at > shell.heap_end || bytes > shell.heap_end - at)
        return 0;
    shell.heap = at + bytes;
    return at;
}
