/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults of guest code, its system calls, and the watchdog over loops without exits: the process's signal handlers.
 *
 * A SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGTRAP raised by guest code leaves it as a fault exit; every other one goes to
 * whoever handled it before (sanitizers, the default). The watchdog counts the process's user CPU time (ITIMER_VIRTUAL,
 * SIGVTALRM): it never touches the simulation except to end a guest that made no exit for TRAP_WATCHDOG_MS.
 *
 * A guest has no operating system below it. Two guards make the kernel refuse its system calls, which then leave it as a fault
 * exit (SIGSYS); the guest's VM ends, the run goes on:
 *   dispatch  syscall user dispatch (Linux 5.11): while vcpu_guard is 1, every system call of this thread, wherever its
 *             instruction lies: also in a library of ours that the guest has jumped into;
 *   filter    a seccomp filter: every system call whose instruction lies in a guest's window, whatever vcpu_guard says, and
 *             those of the vsyscall page. Put on once in a process, for good; with it comes no_new_privs.
 * A kernel or container that has one of them not, goes without; trap_guards() says so.
 *
 * This is the one place with process-wide state besides GDB's interface and the windows (vm/window.c): signals belong to the
 * process. One thread runs guests, that which acquired first, until all is released: the alternate stack and the dispatch are its
 * own, and signals of other threads are passed on. A signal handler of anybody else must be installed with SA_ONSTACK: without it
 * the kernel would write into the guest's stack; it calls trap_signal_begin() first and, if it returns, trap_signal_end() last.
 */
#ifndef VFSIM_VM_TRAP_H
#define VFSIM_VM_TRAP_H

#include <stdbool.h>

#include "vm/cpu/vcpu.h"

enum { TRAP_WATCHDOG_TICK_MS = 500, TRAP_WATCHDOG_TICKS = 4, TRAP_WATCHDOG_MS = TRAP_WATCHDOG_TICK_MS * TRAP_WATCHDOG_TICKS };

int trap_acquire(void); /* handlers are there until as many trap_release(); 0 or -errno */
bool trap_is_elsewhere(void); /* another thread has acquired: -EPERM for this one */
void trap_release(void);

enum { TRAP_GUARD_DISPATCH = 1, TRAP_GUARD_FILTER = 2, TRAP_GUARDS_ALL = 3 };
unsigned trap_guards(void);           /* which of them hold; after the last trap_release(): held */
unsigned trap_guards_missing(void);   /* which of them were tried in vain; 0 before any guest was there */
void trap_use_guards(unsigned which); /* before trap_acquire(): try no others; for tests */

/* Around what a signal handler does: takes the guard down; puts it up again if it was. Safe in handlers. */
bool trap_signal_begin(void);
void trap_signal_end(bool was_guarded, void *ucontext);

/* Run guest code until its next exit. */
enum vcpu_exit trap_run(struct vcpu_context *context);

/* For who counts what guests execute: from now on `look` is told of each instruction of guest code, before it is executed, with all
 * registers; microseconds for each. NULL: nobody is, and nothing is slower. `look` runs outside of signal handlers. */
typedef void trap_look_fn(void *arg, const struct vcpu_regs *regs);
void trap_step(trap_look_fn *look, void *arg);

#endif
