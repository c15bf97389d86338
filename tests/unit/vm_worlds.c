/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose VMs are in the windows of a process, and whose thread runs them. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "guest_vm/crash_cases.h"
#include "vm/vm__.h"
#include "vm_test.h"

static struct world first, second;

static void begin(struct world *w, const char *guest)
{
    world_sim(w);
    vm_boot(world_vm(w, guest, NULL));
}

static uint64_t hash_alone(sim_time until)
{
    static struct world alone;
    begin(&alone, "counter");
    sim_run_until(alone.sim, until);
    uint64_t hash = vm_ram_hash(alone.vm);
    ck_assert_uint_eq(alone.vm->window_changes, 0); /* and costs nothing */
    world_end(&alone);
    return hash;
}

START_TEST(the_one_that_runs_has_the_window)
{
    uint64_t hash = hash_alone(300 * SIM_US);
    begin(&first, "counter");
    begin(&second, "counter");
    ck_assert(!vm__window_is_mapped(first.vm) && vm__window_is_mapped(second.vm));
    for (sim_time t = 10 * SIM_US; t <= 300 * SIM_US; t += 10 * SIM_US) {
        sim_run_until(first.sim, t);
        ck_assert(vm__window_is_mapped(first.vm) && !vm__window_is_mapped(second.vm));
        sim_run_until(second.sim, t);
        ck_assert(!vm__window_is_mapped(first.vm) && vm__window_is_mapped(second.vm));
    }
    ck_assert_uint_eq(vm_ram_hash(first.vm), hash); /* also of the one that is not in its window */
    ck_assert_uint_eq(vm_ram_hash(second.vm), hash);
    ck_assert_str_eq(first.text, second.text);
    world_end(&first);
    sim_run_until(second.sim, 310 * SIM_US);
    world_end(&second);
}
END_TEST

/* Two VMs of a world change over together; the other world's, in slots between, cannot be reached. */
START_TEST(all_of_a_world_change_over)
{
    begin(&first, "counter");
    struct vm *last = world_vm(&first, "counter", &(struct vm_params){.name = "last", .slot = 7});
    vm_boot(last);
    begin(&second, "counter");
    struct vm *between = world_vm(&second, "counter", &(struct vm_params){.name = "between", .slot = 3});
    vm_boot(between);
    ck_assert(!vm__window_is_mapped(first.vm) && !vm__window_is_mapped(last));
    sim_run_until(first.sim, 10 * SIM_US);
    ck_assert(vm__window_is_mapped(first.vm) && vm__window_is_mapped(last));
    ck_assert(!vm__window_is_mapped(second.vm) && !vm__window_is_mapped(between));
    vm_destroy(last);
    world_end(&first);
    sim_run_until(second.sim, 10 * SIM_US);
    ck_assert(vm__window_is_mapped(second.vm) && vm__window_is_mapped(between));
    vm_destroy(between);
    world_end(&second);
}
END_TEST

/* What a VM is told while another world is in the windows, it finds when it runs. */
START_TEST(an_interrupt_waits_for_the_window)
{
    begin(&first, "irq");
    sim_run_until(first.sim, 10 * SIM_US);
    begin(&second, "counter");
    vm_irq(first.vm, 3);
    ck_assert_uint_eq(first.vm->page->irq_pending, 1u << 3);
    sim_run_until(second.sim, 10 * SIM_US);
    sim_run_until(first.sim, 20 * SIM_US);
    ck_assert_uint_eq(first.vm->page->irq_pending, 0);
    world_end(&second);
    world_end(&first);
}
END_TEST

static atomic_int stop;
static void *spin(void *arg)
{
    while (!stop)
        ++*(volatile uint64_t *)arg;
    return NULL;
}

/* The watchdog's timer is the process's: its signal comes to whichever thread, and ends the guest, not that thread. */
START_TEST(a_busy_thread_beside_a_guest_that_hangs)
{
    uint64_t rounds = 0;
    pthread_t thread;
    world_sim(&first);
    vm_boot(world_vm(&first, "crash", &(struct vm_params){.mtu = CRASH_HANG}));
    ck_assert_int_eq(pthread_create(&thread, NULL, spin, &rounds), 0);
    sim_run_until(first.sim, SIM_MS);
    stop = 1;
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(vm_get_state(first.vm), VM_ENDED);
    ck_has(vm_end_text(first.vm), "loop without exits in crash hang");
    world_end(&first);
}
END_TEST

static void *create_in_thread(void *arg)
{
    static struct world other;
    struct vm_params p = {.name = "web", .image = GUEST_DIR "/counter", .slot = 5};
    struct vm *vm = vm_create(world_sim(&other), &p, arg, 256);
    ck_assert_ptr_null(vm);
    sim_destroy(other.sim);
    return NULL;
}

START_TEST(another_thread_makes_none)
{
    pthread_t thread;
    char said[256] = "";
    begin(&first, "counter");
    ck_assert_int_eq(pthread_create(&thread, NULL, create_in_thread, said), 0);
    pthread_join(thread, NULL);
    ck_has(said, "vm web: worlds with VMs belong to another thread of this process");
    sim_run_until(first.sim, 10 * SIM_US);
    world_end(&first);
}
END_TEST

START_TEST(addresses_that_somebody_else_uses)
{
    char err[256] = "";
    void *at = (void *)(uintptr_t)(MACHINE_WINDOW_BASE + 2 * MACHINE_WINDOW_SIZE);
    void *page = mmap(at, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    struct vm_params p = {.name = "web", .image = GUEST_DIR "/counter", .slot = 2};
    ck_assert_ptr_eq(page, at);
    ck_assert_ptr_null(vm_create(world_sim(&first), &p, err, sizeof(err)));
    ck_has(err, "the addresses of slot 2's window are in use by something else in this process");
    munmap(page, 4096);
    sim_destroy(first.sim);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm_worlds");
    TCase *t = tcase_create("worlds");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, the_one_that_runs_has_the_window);
    tcase_add_test(t, all_of_a_world_change_over);
    tcase_add_test(t, an_interrupt_waits_for_the_window);
    tcase_add_test(t, a_busy_thread_beside_a_guest_that_hangs);
    tcase_add_test(t, another_thread_makes_none);
    tcase_add_test(t, addresses_that_somebody_else_uses);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
