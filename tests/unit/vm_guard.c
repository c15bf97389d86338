/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest has no operating system below it: each way to one ends its VM, with what it asked for and the place, and the process
 * lives. Tried with each guard alone, where that one can see it; a guest is interrupted by signals without noticing.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest_vm/crash_cases.h"
#include "vm/cpu/trap.h"
#include "unit/vm_test.h"

static struct world w;

static void run(uint32_t how, void (*function)(void))
{
    struct vm_params p = {.mtu = how};
    world_sim(&w);
    world_vm(&w, "crash", &p);
    uint64_t address = (uintptr_t)function;
    memcpy(mem_at(vm_mem(w.vm), CRASH_ADDRESS, sizeof(address)), &address, sizeof(address));
    vm_boot(w.vm);
    sim_run_until(w.sim, SIM_MS);
}

/* What is not offered here cannot be tried here, which the test says. */
static bool offered(unsigned guards)
{
    trap_use_guards(guards);
    ck_assert_int_eq(trap_acquire(), 0);
    bool is_there = trap_guards() == guards;
    trap_release();
    if (!is_there)
        fprintf(stderr, "vm_guard: this kernel offers guards %u of %u\n", trap_guards(), guards);
    return is_there;
}

static const unsigned sets[] = {TRAP_GUARD_DISPATCH, TRAP_GUARD_FILTER, TRAP_GUARDS_ALL};

static const struct {
    uint32_t how;
    const char *text;
} in_the_window[] = {
    {CRASH_SYSCALL, "system call 231 refused in crash _start+0x"},
    {CRASH_INT80, "system call 1 refused in crash _start+0x"},
};

START_TEST(a_guests_system_call_ends_it)
{
    if (!offered(sets[_i]))
        return;
    for (size_t i = 0; i < sizeof(in_the_window) / sizeof(in_the_window[0]); i++) {
        run(in_the_window[i].how, NULL);
        ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
        ck_has(vm_end_text(w.vm), in_the_window[i].text);
        world_end(&w);
    }
}
END_TEST

/* The kernel carries it out in a page fault's handler, where only the filter is asked; some kernels have no such page. */
START_TEST(the_vsyscall_page_is_no_clock)
{
    if (!offered(TRAP_GUARD_FILTER))
        return;
    run(CRASH_VSYSCALL, NULL);
    ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
    ck_assert_msg(strstr(vm_end_text(w.vm), "system call 201 refused") || strstr(vm_end_text(w.vm), "page fault"), "%s",
                  vm_end_text(w.vm));
    world_end(&w);
}
END_TEST

static void call_exit(void) { exit(0); }
static void call_at_once(void) { _exit(0); }
static void call_quick_exit(void) { quick_exit(0); }
static void call_abort(void) { abort(); }
static void call_fork(void) { fork(); }
static void call_raise(void) { raise(SIGKILL); }
static void call_alarm(void) { alarm(1); }
static void call_write(void)
{
    ssize_t n = write(STDOUT_FILENO, "no report\n", 10);
    (void)n;
}
static void call_exec(void) { execl("/bin/true", "true", (char *)NULL); }

static void (*const host_calls[])(void) = {call_at_once, call_quick_exit, call_abort, call_fork, call_raise,
                                           call_alarm,   call_write,      call_exec,  call_exit};

/* Code of the C library and of this process, which the guest must not find, but has found. */
START_TEST(our_own_code_calls_nothing_for_a_guest)
{
    if (!offered(TRAP_GUARD_DISPATCH))
        return;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        run(CRASH_CALL_HOST, host_calls[_i]);
        bool good = vm_get_state(w.vm) == VM_ENDED && strstr(vm_end_text(w.vm), "system call ") == vm_end_text(w.vm) &&
                    strstr(vm_end_text(w.vm), " refused in the simulator's own code");
        if (!good)
            fprintf(stderr, "%s\n", vm_end_text(w.vm));
        _exit(good ? 77 : 78);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 77, "status 0x%x", (unsigned)status);
}
END_TEST

static volatile sig_atomic_t heard;

static void hear_user(int sig, siginfo_t *info, void *ucontext)
{
    bool was_guarded = trap_signal_begin();
    (void)sig, (void)info;
    heard += was_guarded;
    (void)getppid(); /* a system call of ours is none of the guest's */
    trap_signal_end(was_guarded, ucontext);
}

/* Signals in the middle of guest code: the handler may call the system, the guest goes on with its guard and all its registers. */
START_TEST(a_guest_does_not_notice_signals)
{
    struct sigaction ours = {.sa_sigaction = hear_user, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigaction(SIGUSR1, &ours, NULL);
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        for (;;) {
            usleep(1000);
            if (getppid() != parent || kill(parent, SIGUSR1))
                _exit(0);
        }
    run(CRASH_SPIN, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ck_assert_int_ge(heard, 2);
    ck_assert_int_eq(vm_get_state(w.vm), VM_RUNNING);
    ck_has(w.text, "console > spun\n");
    world_end(&w);
}
END_TEST

/* A child of the process has guests that are guarded like its own. */
START_TEST(a_child_is_guarded_too)
{
    if (!offered(TRAP_GUARD_DISPATCH))
        return;
    struct vm_params p = {.mtu = CRASH_CALL_HOST};
    uint64_t address = (uintptr_t)call_at_once;
    world_sim(&w);
    world_vm(&w, "crash", &p);
    memcpy(mem_at(vm_mem(w.vm), CRASH_ADDRESS, sizeof(address)), &address, sizeof(address));
    vm_boot(w.vm);
    pid_t child = fork();
    if (child == 0) {
        sim_run_until(w.sim, SIM_MS);
        _exit(vm_get_state(w.vm) == VM_ENDED ? 77 : 78);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 77, "status 0x%x", (unsigned)status);
    world_end(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_guard");
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 120);
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, a_guests_system_call_ends_it, 0, sizeof(sets) / sizeof(sets[0]));
    tcase_add_test(tc, the_vsyscall_page_is_no_clock);
    int calls = sizeof(host_calls) / sizeof(host_calls[0]);
#if defined(__SANITIZE_ADDRESS__)
    calls--; /* exit() begins with a leak check, of a guest's registers and stack */
#endif
    tcase_add_loop_test(tc, our_own_code_calls_nothing_for_a_guest, 0, calls);
    tcase_add_test(tc, a_guest_does_not_notice_signals);
    tcase_add_test(tc, a_child_is_guarded_too);
    return run_suite(suite);
}
