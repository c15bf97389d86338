/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts, mixes and remembers: a guest whose whole state depends on every microsecond it has run. */
#include "guest_vm.h"

static volatile uint64_t count;
static volatile uint64_t *volatile count_at = &count; /* wants a relocation */
static uint64_t mixed[4096];

__attribute__((noinline)) static uint64_t mix(uint64_t value, uint64_t round)
{
    uint64_t turned = value << 13 | value >> 51; /* a local for the debugger's test */
    return turned * 0x9e3779b97f4a7c15 + round;
}

void _start(uint64_t w)
{
    uint64_t value = page_of(w)->seed;
    for (;;) {
        for (int i = 0; i < 10; i++) {
            value = mix(value, *count_at);
            mixed[value % 4096] ^= value;
            machine_charge(w, 100 + value % 64);
            ++*count_at;
        }
        if (*count_at % 1000 == 0)
            tell(w, "count", *count_at);
        uint64_t deadline = page_of(w)->cycles + 2400;
        wait_irq(w, deadline);
    }
}
