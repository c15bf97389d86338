/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/trap.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/time.h>

#define NO_SANITIZE __attribute__((no_sanitize("address", "undefined")))

enum { ALT_STACK_MIN = 32 << 10, ALT_STACK = 128 << 10 /* a signal frame with AMX state is 11 KiB */ };

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
enum { FAULT_SIGNALS = sizeof(fault_signals) / sizeof(fault_signals[0]) };

static unsigned users;
static struct sigaction old_action[FAULT_SIGNALS], old_alarm;
static struct itimerval old_timer;
static void *alt_stack; /* ours, NULL while somebody else's serves */

static struct vcpu_context *volatile running; /* set while guest code runs */
static volatile uint64_t entries;             /* counts up with each entry of guest code */
static volatile uint64_t entries_seen;        /* by the watchdog */
static volatile unsigned ticks_without_exit;

NO_SANITIZE static void pass_on(int sig, siginfo_t *info, void *ucontext)
{
    int i = 0;
    while (i < FAULT_SIGNALS - 1 && fault_signals[i] != sig)
        i++;
    const struct sigaction *old = &old_action[i];
    if (old->sa_flags & SA_SIGINFO) {
        old->sa_sigaction(sig, info, ucontext);
    } else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
        old->sa_handler(sig);
    } else {
        /* Back to the default: the instruction faults again; a signal that was sent is sent again. */
        signal(sig, SIG_DFL);
        if (info->si_code <= 0)
            raise(sig);
    }
}

NO_SANITIZE static void on_fault(int sig, siginfo_t *info, void *ucontext)
{
    struct vcpu_context *context = running;
    if (!context || info->si_code <= 0 || !vcpu_was_in_guest(ucontext)) {
        pass_on(sig, info, ucontext);
        return;
    }
    context->fault.signal = sig;
    context->fault.code = info->si_code;
    context->fault.address = (uintptr_t)info->si_addr;
    running = NULL;
    vcpu_leave(context, ucontext);
}

NO_SANITIZE static void on_tick(int sig, siginfo_t *info, void *ucontext)
{
    struct vcpu_context *context = running;
    if (!context || entries != entries_seen) {
        entries_seen = entries;
        ticks_without_exit = 0;
        return;
    }
    if (++ticks_without_exit < TRAP_WATCHDOG_TICKS || !vcpu_was_in_guest(ucontext))
        return;
    context->fault.signal = 0;
    context->fault.code = 0;
    context->fault.address = 0;
    running = NULL;
    vcpu_leave(context, ucontext);
}

static int need_alt_stack(void)
{
    stack_t now;
    if (sigaltstack(NULL, &now))
        return -errno;
    if (!(now.ss_flags & SS_DISABLE) && now.ss_size >= ALT_STACK_MIN)
        return 0;
    void *p = mmap(NULL, ALT_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return -errno;
    stack_t ours = {.ss_sp = p, .ss_size = ALT_STACK};
    if (sigaltstack(&ours, NULL)) {
        int err = -errno;
        munmap(p, ALT_STACK);
        return err;
    }
    alt_stack = p;
    return 0;
}

static void drop_alt_stack(void)
{
    if (!alt_stack)
        return;
    stack_t none = {.ss_flags = SS_DISABLE}, now;
    if (sigaltstack(NULL, &now) == 0 && now.ss_sp == alt_stack)
        sigaltstack(&none, NULL);
    munmap(alt_stack, ALT_STACK);
    alt_stack = NULL;
}

/* What was taken over last goes back first. One that cannot go back stays ours, which hands on whatever no guest raised. */
static void hand_back(int faults, bool alarm)
{
    if (alarm)
        (void)sigaction(SIGVTALRM, &old_alarm, NULL);
    while (faults-- > 0)
        (void)sigaction(fault_signals[faults], &old_action[faults], NULL);
    drop_alt_stack();
}

static int install(void)
{
    int err = need_alt_stack();
    if (err)
        return err;
    struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&fault.sa_mask);
    sigaddset(&fault.sa_mask, SIGVTALRM);
    struct sigaction tick = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigemptyset(&tick.sa_mask);
    const struct timeval period = {.tv_usec = TRAP_WATCHDOG_TICK_MS * 1000};
    const struct itimerval timer = {period, period};
    int taken = 0;
    bool alarm = false;
    while (taken < FAULT_SIGNALS && !sigaction(fault_signals[taken], &fault, &old_action[taken]))
        taken++;
    if (taken == FAULT_SIGNALS)
        alarm = !sigaction(SIGVTALRM, &tick, &old_alarm);
    if (alarm && !setitimer(ITIMER_VIRTUAL, &timer, &old_timer))
        return 0;
    err = -errno;
    hand_back(taken, alarm);
    return err;
}

int trap_acquire(void)
{
    if (users == 0) {
        int err = install();
        if (err)
            return err;
    }
    users++;
    return 0;
}

void trap_release(void)
{
    assert(users > 0);
    if (--users)
        return;
    (void)setitimer(ITIMER_VIRTUAL, &old_timer, NULL);
    hand_back(FAULT_SIGNALS, true);
}

enum vcpu_exit trap_run(struct vcpu_context *context)
{
    assert(!running && "guest code runs inside guest code");
    entries++;
    running = context;
    enum vcpu_exit why = vcpu_switch(context);
    running = NULL;
    return why;
}
