/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits, and tells what came when. */
#include "guest_vm.h"

void _start(uint64_t w)
{
    volatile struct machine *m = page_of(w);
    uint64_t start = m->cycles;
    tell(w, "deadline", wait_irq(w, start + 24000));
    tell(w, "cycles", m->cycles);
    tell(w, "passed", wait_irq(w, start));
    for (;;) {
        uint64_t lines = wait_irq(w, ~0ull);
        uint64_t at = m->cycles;
        tell(w, "lines", lines);
        tell(w, "at", at);
        if (lines & 2) {
            uint64_t before = m->cycles;
            uint64_t got = ask(w, MACHINE_OP_PAUSE, 0, 0, 0);
            tell(w, "paused", m->cycles - before);
            tell(w, "got", got);
        }
        if (lines & 4) { /* looks at the lines without an exit, while its time passes */
            uint64_t charges = 0;
            while (!m->irq_pending) {
                machine_charge(w, 240);
                charges++;
            }
            tell(w, "seen after", charges);
        }
    }
}
