/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's crash, hang or nonsense ends at most its own VM, with a reason that names the place. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest_vm/crash_cases.h"
#include "unit/vm_test.h"
#include "vm/vm__.h" /* only to have made ten million calls */

static struct world w;

static const struct {
    uint32_t how;
    const char *text;
} cases[] = {
    {CRASH_WILD_STORE, "page fault at 0x200001001000 in crash wild_store+0x"},
    {CRASH_NULL_CALL, "page fault at 0x0 at 0x0, outside every image, called in crash _start+0x"},
    {CRASH_ILLEGAL, "illegal instruction in crash _start"},
    {CRASH_DIVIDE, "divide error in crash _start+0x"},
    {CRASH_ODD_ACCESS, "\", which cannot be carried out in crash _start+0x"},
    {CRASH_PANIC, "panic: nothing left to do. in crash _start+0x"},
    {CRASH_STACK, "page fault at 0xfffffffffffffff8 in crash _start+0x"},
    {CRASH_HANG, "loop without exits in crash hang+0x"},
    {CRASH_CLOCK_BACK, "clock set from cycle "},
    {CRASH_CLOCK_FAR, " to 18446744073709551615 before the exit in crash _start+0x"},
    {CRASH_PRIVILEGED, "general protection fault in crash _start+0x"},
    {CRASH_BREAKPOINT, "breakpoint instruction in crash _start+0x"},
    {CRASH_RETURN, "page fault at 0x0 at 0x0, outside every image"},
    {CRASH_STRING_MOVE, "registers at 0xe0000000 accessed by \"rep movsb"},
    {CRASH_DIRECTION, "page fault at 0x200001002000 in crash _start+0x"},
};

START_TEST(crash_ends_the_vm)
{
    world_sim(&w);
    world_vm(&w, "crash", &(struct vm_params){.mtu = cases[_i].how});
    struct vm *other = world_vm(&w, "counter", &(struct vm_params){.name = "other", .slot = 1});
    vm_boot(w.vm);
    vm_boot(other);
    sim_run_until(w.sim, SIM_MS);
    ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
    ck_has(vm_end_text(w.vm), cases[_i].text);
    ck_has(w.text, "ends > ");
    ck_assert_int_eq(vm_get_state(other), VM_RUNNING);
    ck_has(w.text, "count 0x3e8\n");
    vm_irq(w.vm, 0); /* later traffic to it */
    vm_destroy(other);
    world_end(&w);
}
END_TEST

#if defined(__x86_64__)
START_TEST(flags_stay_the_guests)
{
    world_sim(&w);
    world_vm(&w, "crash", &(struct vm_params){.mtu = CRASH_DIRECTION});
    vm_boot(w.vm);
    sim_run_until(w.sim, SIM_MS);
    uint64_t flags = __builtin_ia32_readeflags_u64();
    ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
    ck_assert_uint_eq(flags & 0x400, 0); /* direction */
    world_end(&w);
}
END_TEST
#endif

START_TEST(hang_ends_at_its_last_exit)
{
    world_sim(&w);
    world_vm(&w, "crash", &(struct vm_params){.mtu = CRASH_HANG});
    vm_boot(w.vm);
    while (vm_get_state(w.vm) == VM_RUNNING)
        ck_assert(sim_step(w.sim));
    ck_assert_uint_eq(sim_now(w.sim), 1000416); /* 2400 cycles charged, the call of SYNC one more */
    world_end(&w);
}
END_TEST

/* The call after ten million that came to nothing ends the VM, and the reason says how many they were. */
START_TEST(calls_for_nothing_lock_up)
{
    world_sim(&w);
    world_vm(&w, "exits", &(struct vm_params){.mtu = 1});
    vm_boot(w.vm);
    sim_run_until(w.sim, 10 * SIM_US);
    ck_assert_int_eq(vm_get_state(w.vm), VM_RUNNING);
    ck_assert_uint_gt(w.vm->vcpu[0].spin.calls, 10);
    w.vm->vcpu[0].spin.calls += VM_LOCKUP_CALLS - 2 * w.vm->vcpu[0].spin.calls;
    sim_run_until(w.sim, SIM_MS);
    ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
    ck_assert_uint_eq(w.vm->vcpu[0].spin.calls, VM_LOCKUP_CALLS + 1);
    ck_has(vm_end_text(w.vm), "soft lockup: vCPU stuck for 10000000 calls without a wait, a frame or a job in exits _start+0x");
    world_end(&w);
}
END_TEST

START_TEST(an_image_with_forbidden_code_is_not_booted)
{
    char err[256] = "";
    struct vm_params p = {.name = "web", .image = GUEST_DIR "/forbidden"};
    ck_assert_ptr_null(vm_create(world_sim(&w), &p, err, sizeof(err)));
    ck_has(err, "/forbidden: rdtsc at _start+0x");
    ck_has(err, " gives another result in each run");
    sim_destroy(w.sim);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    world_sim(&w);
    world_vm(&w, "bad", NULL);
    vm_boot(w.vm);
    sim_run_until(w.sim, SIM_MS);
    ck_has(w.text, "console > console 0xffffffffffffffff\n");
    ck_has(w.text, "console > frame_next 0xffffffffffffffff\n");
    ck_has(w.text, "console > frame_deliver 0x1\n");
    ck_has(w.text, "console > job 0x0\n");
    ck_has(w.text, "console > next 0xffffffffffffffff\n");
    ck_has(w.text, "console > fragments 0x1\n");
    ck_has(w.text, "console > outside 0x1\n");
    ck_has(w.text, "hands up 64 bytes at 0x2000 > no device wrote a frame there -> not delivered\n");
    ck_has(w.text, "console > untagged 0x1\n");
    ck_has(w.text, "console > made 0xffffffffffffffff\n");
    ck_has(w.text, "console > made long 0xffffffffffffffff\n");
    ck_has(w.text, "console > made nothing 0xffffffffffffffff\n");
    ck_has(w.text, "console > drop 0x0\n");
    ck_has(w.text, "console > drop why 0x0\n");
    ck_has(w.text, "console > job_done 0xffffffffffffffff\n");
    ck_has(w.text, "console > note 0xffffffffffffffff\n");
    ck_has(w.text, "console > op 0 0xffffffffffffffff\n");
    ck_has(w.text, "console > op 15 0xffffffffffffffff\n");
    ck_has(w.text, "console > op far 0xffffffffffffffff\n");
    ck_has(w.text, "console > a control . byte\n");
    ck_has(w.text, "console > done\n");
    ck_assert_int_eq(vm_get_state(w.vm), VM_RUNNING);
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.bad_handovers, 1);
    ck_assert_uint_eq(stats.bad_requests, 4 * 5 + 13);
    world_end(&w);
}
END_TEST

/* A fault of ours is not taken for a guest's: whoever had it before gets it. */
START_TEST(our_own_faults_stay_ours)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct sigaction now = {.sa_handler = SIG_DFL};
        freopen("/dev/null", "w", stderr);
        sigaction(SIGSEGV, &now, NULL); /* not the sanitizer's, for its exit code */
        world_sim(&w);
        world_vm(&w, "counter", NULL);
        vm_boot(w.vm);
        sim_run_until(w.sim, SIM_US);
        raise(SIGSEGV);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
}
END_TEST

static volatile sig_atomic_t heard;
static void hear_signal(int sig) { heard = sig; }

START_TEST(handlers_come_back)
{
    struct sigaction ours = {.sa_handler = hear_signal}, now;
    sigaction(SIGFPE, &ours, NULL);
    world_sim(&w);
    world_vm(&w, "crash", &(struct vm_params){.mtu = CRASH_DIVIDE});
    raise(SIGFPE); /* sent, not a fault of a guest's: passed on */
    ck_assert_int_eq(heard, SIGFPE);
    vm_boot(w.vm);
    sim_run_until(w.sim, SIM_MS);
    ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
    world_end(&w);
    sigaction(SIGFPE, NULL, &now);
    ck_assert(now.sa_handler == hear_signal);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_end");
    TCase *tc = tcase_create("all");
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, crash_ends_the_vm, 0, sizeof(cases) / sizeof(cases[0]));
#if defined(__x86_64__)
    tcase_add_test(tc, flags_stay_the_guests);
#endif
    tcase_add_test(tc, hang_ends_at_its_last_exit);
    tcase_add_test(tc, calls_for_nothing_lock_up);
    tcase_add_test(tc, nonsense_is_refused);
    tcase_add_test(tc, an_image_with_forbidden_code_is_not_booted);
    tcase_add_test(tc, our_own_faults_stay_ours);
    tcase_add_test(tc, handlers_come_back);
    return run_suite(suite);
}
