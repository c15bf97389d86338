/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writer: besides what a station does it writes pages of a working set, one after the other, so many a second: the load of a live
 * migration (Clark's "diabolical" one if no link can follow).
 *
 * The set is memory of its own. A guest that is late writes what it owes, a batch at a time.
 */
#include "guest/apps/app.h"

enum { WRITER_BATCH = 64 };

static bool begin(void)
{
    volatile struct machine *m = sh_machine();
    uint64_t gpa;

    if (shell.writer_pages)
        return true;
    if (!m->writer_pages || !m->writer_rate_pps)
        return false;
    gpa = heap_alloc(m->writer_pages * 4096, 4096);
    if (!gpa)
        log_panic("app: no memory for what it should write");
    shell.writer_base = shell.window + gpa;
    shell.writer_pages = m->writer_pages;
    shell.writer_start = sh_now();
    return true;
}

/* When page number n of all that it ever writes is due: nothing accumulates, so nothing drifts. */
static uint64_t due(uint64_t n)
{
    uint64_t khz = sh_machine()->cpu_khz, rate = sh_machine()->writer_rate_pps;

    return shell.writer_start + n / rate * khz * 1000 + n % rate * khz * 1000 / rate;
}

void writer_step(void)
{
    if (shell.writer_due > sh_now() || !begin())
        return;
    for (uint32_t i = 0; i < WRITER_BATCH && shell.writer_due <= sh_now(); i++) {
        volatile uint64_t *page =
            (volatile uint64_t *)(uintptr_t)(shell.writer_base + shell.writer_count % shell.writer_pages * 4096);
        *page = ++shell.writer_count;
        sh_charge(sh_machine()->page_cycles);
        shell.writer_due = due(shell.writer_count);
    }
}
