/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vCPUs that write into one list, each at its own pace; then the first calls the last, which runs wild. */
#include "guest_vm.h"

enum { TURNS = 2000, CPUS = 4 };

static struct {
    uint64_t cycles, vcpu;
} list[TURNS * CPUS];
static uint32_t count, disorders, done;

/* What was written before was written earlier, or at the same time by a lower number. */
static void note(uint64_t w, uint64_t vcpu)
{
    uint64_t now = page_of(w)->cycles;
    if (count && (list[count - 1].cycles > now || (list[count - 1].cycles == now && list[count - 1].vcpu >= vcpu)))
        disorders++;
    list[count].cycles = now;
    list[count++].vcpu = vcpu;
}

__attribute__((noinline)) static void wild_store(void) { *(volatile uint64_t *)0x1000 = 1; }

void _start(uint64_t w)
{
    uint64_t vcpu = page_of(w)->vcpu, last = page_of(w)->vcpus - 1;
    for (uint64_t i = 0; i < TURNS; i++) {
        note(w, vcpu);
        machine_charge(w, 100 + i * (vcpu + 1) % 7 * 50);
    }
    done++;
    if (vcpu == 0) {
        while (done < page_of(w)->vcpus)
            ask(w, MACHINE_OP_PAUSE, 0, 0, 0);
        tell(w, "disorders", disorders);
        tell(w, "turns", count);
        tell(w, "to nobody", ask(w, MACHINE_OP_IPI, last + 1, 0, 0));
        ask(w, MACHINE_OP_IPI, last, 0, 0);
    }
    while (!(wait_irq(w, ~0ull) >> MACHINE_IRQ_IPI & 1))
        ;
    wild_store();
    for (;;)
        ;
}
