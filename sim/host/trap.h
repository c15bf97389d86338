/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults of guest code, and the watchdog over loops without exits: the process's signal handlers.
 *
 * A SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGTRAP raised by guest code leaves it as a fault exit; every other one goes to
 * whoever handled it before (sanitizers, the default). The watchdog counts the process's user CPU time (ITIMER_VIRTUAL,
 * SIGVTALRM): it never touches the simulation except to end a guest that made no exit for TRAP_WATCHDOG_MS.
 *
 * This is the one place with process-wide state besides GDB's interface: signals belong to the process. One thread runs
 * guests. A signal handler of anybody else must be installed with SA_ONSTACK: without it the kernel would write into
 * the guest's stack.
 */
#ifndef VFSIM_HOST_TRAP_H
#define VFSIM_HOST_TRAP_H

#include "host/vcpu.h"

enum {
    TRAP_WATCHDOG_TICK_MS = 500,
    TRAP_WATCHDOG_TICKS = 4,
    TRAP_WATCHDOG_MS = TRAP_WATCHDOG_TICK_MS * TRAP_WATCHDOG_TICKS
};

int trap_acquire(void); /* handlers are there until as many trap_release(); 0 or -errno */
void trap_release(void);

/* Run guest code until its next exit. */
enum vcpu_exit trap_run(struct vcpu_context *context);

#endif
