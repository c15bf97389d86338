/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/cpu/trap.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "guest/include/machine.h"
#include "vm/cpu/vcpu.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH /* Linux 5.11 */
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF 0
#define PR_SYS_DISPATCH_ON 1
#endif

#define NO_SANITIZE __attribute__((no_sanitize("address", "undefined")))

enum { ALT_STACK_MIN = 32 << 10, ALT_STACK = 128 << 10 /* a signal frame with AMX state is 11 KiB */ };

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
enum { FAULT_SIGNALS = sizeof(fault_signals) / sizeof(fault_signals[0]) };

static unsigned users;
static pthread_t owner; /* of the alternate stack and the dispatch, while there are users: it runs guests, no other does */
static struct sigaction old_action[FAULT_SIGNALS], old_alarm;
static struct itimerval old_timer;
static void *alt_stack; /* ours, NULL while somebody else's serves */

static struct vcpu_context *volatile running; /* set while guest code runs */
static volatile uint64_t entries;             /* counts up with each entry of guest code */
static volatile uint64_t entries_seen;        /* by the watchdog */
static volatile unsigned ticks_without_exit;

static trap_look_fn *look; /* instruction by instruction; NULL: nobody does */
static void *look_arg;

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

NO_SANITIZE static bool is_owner(void) { return pthread_equal(pthread_self(), owner); }

NO_SANITIZE bool trap_signal_begin(void)
{
    bool was_guarded = vcpu_guard;
    vcpu_guard = 0;
    return was_guarded;
}

NO_SANITIZE void trap_signal_end(bool was_guarded, void *ucontext)
{
    if (was_guarded && running)
        vcpu_resume(running, ucontext);
}

/* An instruction of the guest's is done: it is left, and entered again for the next one. Behind its last one nothing more is
 * stepped through. */
NO_SANITIZE static void on_step(struct vcpu_context *context, void *ucontext)
{
    if (vcpu_was_in_guest(ucontext))
        vcpu_resume(context, ucontext);
    else
        vcpu_stop_stepping(ucontext);
}

NO_SANITIZE static void on_fault(int sig, siginfo_t *info, void *ucontext)
{
    if (!is_owner()) { /* another thread's own fault: the guest, if one runs, is none the wiser */
        pass_on(sig, info, ucontext);
        return;
    }
    struct vcpu_context *context = running;
    bool was_guarded = trap_signal_begin();
    if (look && context && sig == SIGTRAP && info->si_code == TRAP_TRACE) {
        on_step(context, ucontext);
        return;
    }
    if (!context || info->si_code <= 0 || !vcpu_was_in_guest(ucontext)) {
        pass_on(sig, info, ucontext);
        trap_signal_end(was_guarded, ucontext);
        return;
    }
    context->fault.signal = sig;
    context->fault.code = info->si_code;
    context->fault.address = sig == SIGSYS ? (uint64_t)info->si_syscall : (uintptr_t)info->si_addr;
    running = NULL;
    vcpu_leave(context, ucontext);
}

NO_SANITIZE static void on_tick(int sig, siginfo_t *info, void *ucontext)
{
    if (!is_owner()) { /* the timer is the process's: any thread may be told */
        (void)pthread_kill(owner, sig);
        return;
    }
    struct vcpu_context *context = running;
    bool was_guarded = trap_signal_begin();
    if (!context || entries != entries_seen) {
        entries_seen = entries;
        ticks_without_exit = 0;
        trap_signal_end(was_guarded, ucontext);
        return;
    }
    if (++ticks_without_exit < TRAP_WATCHDOG_TICKS || !vcpu_was_in_guest(ucontext)) {
        trap_signal_end(was_guarded, ucontext);
        return;
    }
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

/* ---- guards ---- */

static unsigned wanted = TRAP_GUARDS_ALL, guards;
static bool has_filter, has_fork_handler, has_tried;

static void dispatch(bool on)
{
    bool is_there =
        wanted & TRAP_GUARD_DISPATCH &&
        !prctl(PR_SET_SYSCALL_USER_DISPATCH, on ? PR_SYS_DISPATCH_ON : PR_SYS_DISPATCH_OFF, 0, 0, on ? &vcpu_guard : NULL);
    if (on)
        guards = (guards & ~(unsigned)TRAP_GUARD_DISPATCH) | (is_there ? TRAP_GUARD_DISPATCH : 0);
}

/* A child does not inherit the dispatch [Linux, syscall-user-dispatch.rst]. */
static void forked(void)
{
    if (users)
        dispatch(true);
}

enum {
    WINDOWS_HIGH = MACHINE_WINDOW_BASE >> 32,
    WINDOWS_HIGH_END = (MACHINE_WINDOW_BASE + (uint64_t)VCPU_WINDOWS_MAX * MACHINE_WINDOW_SIZE) >> 32,
    VSYSCALL_HIGH = 0xffffffff
};

/* By the upper word of the instruction's address. The vsyscall page tells the time. */
static bool put_filter(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VSYSCALL_HIGH, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, WINDOWS_HIGH, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, WINDOWS_HIGH_END, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
           !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

static void put_guards(void)
{
    if (!has_fork_handler)
        has_fork_handler = !pthread_atfork(NULL, NULL, forked);
    if (!has_filter && wanted & TRAP_GUARD_FILTER)
        has_filter = put_filter();
    guards = has_filter ? TRAP_GUARD_FILTER : 0;
    dispatch(true);
    has_tried = true;
}

unsigned trap_guards(void) { return guards; }
unsigned trap_guards_missing(void) { return has_tried ? TRAP_GUARDS_ALL & ~guards : 0; }
void trap_use_guards(unsigned which) { wanted = which; }

bool trap_is_elsewhere(void) { return users && !is_owner(); }

int trap_acquire(void)
{
    if (trap_is_elsewhere())
        return -EPERM;
    if (users == 0) {
        owner = pthread_self();
        int err = install();
        if (err)
            return err;
        put_guards();
    }
    users++;
    return 0;
}

void trap_release(void)
{
    bool elsewhere = trap_is_elsewhere();
    assert(users > 0 && !elsewhere && "a VM is destroyed by the thread that made it");
    if (--users)
        return;
    dispatch(false);
    (void)setitimer(ITIMER_VIRTUAL, &old_timer, NULL);
    hand_back(FAULT_SIGNALS, true);
}

enum vcpu_exit trap_run(struct vcpu_context *context)
{
    assert(!running && "guest code runs inside guest code");
    bool elsewhere = trap_is_elsewhere();
    assert(!elsewhere && "guest code runs on the thread that made its VM");
    entries++;
    enum vcpu_exit why;
    do {
        context->fault.signal = 0;
        if (look) {
            look(look_arg, &context->regs);
            vcpu_regs_step(&context->regs);
        }
        running = context;
        why = vcpu_switch(context);
        running = NULL;
    } while (why == VCPU_EXIT_FAULT && context->fault.signal == VCPU_INTERRUPTED);
    // cppcheck-suppress uninitvar ; the loop runs once at least
    if (why == VCPU_EXIT_CALL)
        vcpu_regs_called(&context->regs);
    return why;
}

void trap_step(trap_look_fn *each, void *arg)
{
    look = each;
    look_arg = arg;
}
