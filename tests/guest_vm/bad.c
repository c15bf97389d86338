/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks for nonsense in every operation and tells what it was answered. */
#include "guest_vm.h"

static const uint64_t nowhere[] = {0, 0x1000, ~0ull, 0x7fffffffffffull};

static void everywhere(uint64_t w, const char *name, uint64_t op, uint64_t b, uint64_t c)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
        all |= ask(w, op, nowhere[i], b, c);
    all |= ask(w, op, w + page_of(w)->ram_bytes - 4, b, c); /* reaches over the end */
    tell(w, name, all);
}

void _start(uint64_t w)
{
    uint64_t ram = page_of(w)->ram_bytes;
    everywhere(w, "console", MACHINE_OP_CONSOLE, 100, 0);
    everywhere(w, "frame_next", MACHINE_OP_FRAME_NEXT, 0, 0);
    everywhere(w, "frame_deliver", MACHINE_OP_FRAME_DELIVER, 0, 0);
    everywhere(w, "job", MACHINE_OP_JOB, 0, 0);
    struct machine_tx tx = {.gpa = ram - 10, .cap = 11};
    tell(w, "next", ask(w, MACHINE_OP_FRAME_NEXT, (uint64_t)(uintptr_t)&tx, 0, 0));
    struct machine_rx rx = {.fragments = MACHINE_FRAGMENTS_MAX + 1};
    tell(w, "fragments", ask(w, MACHINE_OP_FRAME_DELIVER, (uint64_t)(uintptr_t)&rx, 0, 0));
    rx.fragments = 1;
    rx.fragment[0].gpa = ram - 1;
    rx.fragment[0].len = 2;
    tell(w, "outside", ask(w, MACHINE_OP_FRAME_DELIVER, (uint64_t)(uintptr_t)&rx, 0, 0));
    rx.fragment[0].gpa = 0x2000;
    rx.fragment[0].len = 64;
    tell(w, "untagged", ask(w, MACHINE_OP_FRAME_DELIVER, (uint64_t)(uintptr_t)&rx, 0, 0));
    tell(w, "made", ask(w, MACHINE_OP_FRAME_MADE, ram, 64, 0));
    tell(w, "made long", ask(w, MACHINE_OP_FRAME_MADE, 0, 70000, 0));
    tell(w, "made nothing", ask(w, MACHINE_OP_FRAME_MADE, 0, 0, 0));
    tell(w, "drop", ask(w, MACHINE_OP_FRAME_DROP, ~0ull, ~0ull, 0));
    tell(w, "drop why", ask(w, MACHINE_OP_FRAME_DROP, 0, 64, 99));
    tell(w, "job_done", ask(w, MACHINE_OP_JOB_DONE, 7, 0, 0));
    tell(w, "note", ask(w, MACHINE_OP_NOTE, 12345, 0, 0));
    tell(w, "op 0", ask(w, 0, 0, 0, 0));
    tell(w, "op 15", ask(w, 15, 0, 0, 0));
    tell(w, "op far", ask(w, ~0ull, 0, 0, 0));
    say(w, "a control \x01 byte\n");
    say(w, "done\n");
    for (;;)
        wait_irq(w, ~0ull);
}
