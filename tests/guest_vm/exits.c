/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For bench/guest_exit.c: exits of one kind for ever. The MTU says which: 1 a call, 2 a plain store. */
#include "guest_vm.h"

void _start(uint64_t w)
{
    if (page_of(w)->mtu == 1)
        for (;;)
            ask(w, MACHINE_OP_SYNC, 0, 0, 0);
    for (;;)
        *(volatile uint32_t *)(uintptr_t)(w + MACHINE_MMIO_OFFSET) = 1;
}
