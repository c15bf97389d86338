/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An image that no VM boots: it asks the processor for the time. */
#include "guest_vm.h"

void _start(uint64_t w)
{
    __asm__ volatile("rdtsc" : : : "rax", "rdx");
    for (;;)
        wait_irq(w, ~0ull);
}
