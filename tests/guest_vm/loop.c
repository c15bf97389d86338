/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An app over the smallest NIC there is (tests/unit/vm_frames.c): 0x00 a frame lies at this address, 0x08 its length
 * and go, 0x10 receive here. Line 0: a frame of the length read from 0x18 lies there. Does the operator's jobs as well.
 */
#include "guest_vm.h"

#define REGS MACHINE_MMIO_OFFSET

static uint8_t out[2048], in[2048];

static void set_reg(uint64_t w, uint64_t reg, uint64_t value) { ask(w, MACHINE_OP_MMIO_WRITE, REGS + reg, 8, value); }

static uint64_t send_due(uint64_t w)
{
    struct machine_tx tx = {.gpa = gpa_of(w, out), .cap = sizeof(out)};
    for (;;) {
        ask(w, MACHINE_OP_FRAME_NEXT, (uint64_t)(uintptr_t)&tx, 0, 0);
        if (tx.len == 0)
            return tx.next_due;
        if (out[13] == 0xee) { /* its type says: give it up */
            tell(w, "gave up", ask(w, MACHINE_OP_FRAME_DROP, tx.gpa, tx.len, MACHINE_DROP_TX_QUEUE_FULL));
            continue;
        }
        set_reg(w, 0x00, tx.gpa);
        set_reg(w, 0x08, tx.len);
        ask(w, MACHINE_OP_MMIO_READ, REGS + 0x20, 8, 0); /* the device has taken it */
    }
}

static void receive(uint64_t w)
{
    uint64_t len = ask(w, MACHINE_OP_MMIO_READ, REGS + 0x18, 8, 0);
    if (page_of(w)->app == MACHINE_APP_ECHO) {
        for (uint64_t i = 0; i < len; i++)
            out[i] = in[i];
    }
    struct machine_rx rx = {.fragments = 2};
    rx.fragment[0].gpa = gpa_of(w, in);
    rx.fragment[0].len = 14;
    rx.fragment[1].gpa = gpa_of(w, in) + 14;
    rx.fragment[1].len = len - 14;
    machine_charge(w, page_of(w)->stack_cycles);
    tell(w, "delivered", ask(w, MACHINE_OP_FRAME_DELIVER, (uint64_t)(uintptr_t)&rx, 0, 0));
    if (page_of(w)->app == MACHINE_APP_ECHO) {
        ask(w, MACHINE_OP_FRAME_MADE, gpa_of(w, out), len, 0);
        set_reg(w, 0x00, gpa_of(w, out));
        set_reg(w, 0x08, len);
    }
    set_reg(w, 0x10, gpa_of(w, in));
}

static void jobs(uint64_t w)
{
    struct machine_job job;
    while (ask(w, MACHINE_OP_JOB, (uint64_t)(uintptr_t)&job, 0, 0)) {
        tell(w, "job", job.kind);
        uint64_t none = ask(w, MACHINE_OP_JOB, (uint64_t)(uintptr_t)&job, 0, 0);
        if (none)
            say(w, "two jobs at once\n");
        if (job.kind == MACHINE_JOB_WILD_STORE)
            *(volatile uint8_t *)(uintptr_t)(w + job.arg) = 0;
        ask(w, MACHINE_OP_JOB_DONE, job.number, job.kind == MACHINE_JOB_SET_MAC ? 0 : 95, 0);
        if (page_of(w)->npa) /* one for each WORK line */
            return;
    }
}

void _start(uint64_t w)
{
    set_reg(w, 0x10, gpa_of(w, in));
    ask(w, MACHINE_OP_NOTE, MACHINE_NOTE_BOOTED, 3, 4);
    uint64_t due = ~0ull;
    for (;;) {
        uint64_t lines = wait_irq(w, due);
        if (lines & 1)
            receive(w);
        if (lines >> MACHINE_IRQ_WORK || page_of(w)->cycles >= due) {
            jobs(w);
            due = send_due(w);
        }
    }
}
