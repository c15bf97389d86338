/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest code runs, waits, is interrupted, and its clock keeps step with the engine's. */
#include "unit/vm_test.h"

static struct world w;

START_TEST(runs_and_waits)
{
    world_sim(&w);
    world_vm(&w, "counter", NULL);
    ck_assert_int_eq(vm_get_state(w.vm), VM_CREATED);
    vm_boot(w.vm);
    sim_run_until(w.sim, SIM_MS);
    ck_assert_int_eq(vm_get_state(w.vm), VM_RUNNING);
    ck_has(w.text, "boots counter with 16 MiB of RAM\n");
    ck_has(w.text, "console > count 0x3e8\nconsole > count 0x7d0\n");
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_gt(stats.calls[MACHINE_OP_WAIT], 500);
    ck_assert_uint_gt(stats.cycles_charged, 1000 * stats.calls[MACHINE_OP_WAIT]);
    ck_assert_uint_eq(stats.bad_requests, 0);
    ck_assert_uint_eq(stats.fault_exits, 0);
    world_end(&w);
}
END_TEST

enum { IMAGE_GPA = 1 << 20 };

START_TEST(lines_wake)
{
    world_sim(&w);
    world_vm(&w, "irq", NULL);
    vm_boot(w.vm);
    sim_run_until(w.sim, 100 * SIM_US);
    /* 10 us at 2.4 GHz after cycle 0, and a cycle for each of 3 calls that print; nothing is pending at a deadline gone
     * by. */
    ck_has(w.text, "deadline 0x0\nconsole > cycles 0x5dc3\nconsole > passed 0x0\n");
    vm_irq(w.vm, 0);
    vm_irq(w.vm, 3);
    sim_run_until(w.sim, 200 * SIM_US);
    ck_has(w.text, "lines 0x9\nconsole > at 0x3a980\n"); /* 100 us are 240,000 cycles */
    world_end(&w);
}
END_TEST

/* What lies between an image's segments traps, so that how much of it is code shows nowhere (a migration moves it all). */
START_TEST(gaps_trap)
{
    world_sim(&w);
    world_vm(&w, "irq", NULL);
    vm_boot(w.vm);
    sim_run_until(w.sim, 100 * SIM_US);
    ck_assert_uint_eq(vm_mem(w.vm)->base[IMAGE_GPA - 1], 0);
    ck_assert_uint_eq(vm_mem(w.vm)->base[IMAGE_GPA + 4095], 0xcc); /* behind the ELF headers */
    world_end(&w);
}
END_TEST

START_TEST(pause_takes_its_cycles)
{
    world_sim(&w);
    world_vm(&w, "irq", NULL);
    vm_boot(w.vm);
    sim_run_until(w.sim, 100 * SIM_US);
    vm_irq(w.vm, 1);
    sim_run_until(w.sim, 200 * SIM_US);
    ck_has(w.text, "paused 0x8d\nconsole > got 0x0\n");
    w.text[0] = '\0';
    struct msi_sink *sink = vm_msi_sink(w.vm, true);
    sink->message(sink, NULL, MACHINE_MSI_ADDRESS, 5); /* arrives in 1 us: within the 59 ns of the pause */
    sim_run_until(w.sim, 201 * SIM_US - 50 * SIM_NS);
    vm_irq(w.vm, 1);
    sim_run_until(w.sim, 300 * SIM_US);
    ck_has(w.text, "paused 0x8d\nconsole > got 0x20\n");
    world_end(&w);
}
END_TEST

/* On a machine that posts nothing a device's interrupt goes by the host, and its end is an exit. */
START_TEST(messages_that_nothing_posts)
{
    world_sim(&w);
    w.sim->profile.value[PROFILE_irq_posted] = 0;
    w.sim->profile.value[PROFILE_eoi_cycles] = 2000;
    world_vm(&w, "irq", NULL);
    vm_boot(w.vm);
    sim_run_until(w.sim, 100 * SIM_US);
    struct msi_sink *device = vm_msi_sink(w.vm, true);
    device->message(device, NULL, MACHINE_MSI_ADDRESS, 0);
    sim_run_until(w.sim, 120 * SIM_US);
    ck_has(w.text, "lines 0x1\nconsole > at 0x4049b\n"); /* 240,000 + 2,400 + 2,846, then 16,077 and 2,000 of its own */
    ck_assert_uint_eq(vm_exits(w.vm, VM_EXIT_eoi), 1);
    ck_assert_uint_eq(vm_exits(w.vm, VM_EXIT_kick), 0); /* it was idle */
    world_end(&w);
}
END_TEST

START_TEST(messages_cost_their_time)
{
    world_sim(&w);
    world_vm(&w, "irq", NULL);
    vm_boot(w.vm);
    sim_run_until(w.sim, 100 * SIM_US);
    struct msi_sink *emulated = vm_msi_sink(w.vm, false), *posted = vm_msi_sink(w.vm, true);
    emulated->message(emulated, NULL, MACHINE_MSI_ADDRESS, 0);
    emulated->message(emulated, NULL, MACHINE_MSI_ADDRESS, 0); /* before the first arrived: one interrupt */
    sim_run_until(w.sim, 110 * SIM_US);
    posted->message(posted, NULL, MACHINE_MSI_ADDRESS, 4);
    sim_run_until(w.sim, 120 * SIM_US);
    ck_has(w.text, "lines 0x1\nconsole > at 0x3f36b\n");  /* 240,000 + 2,846, and 16,077 to wake it */
    ck_has(w.text, "lines 0x10\nconsole > at 0x44f6d\n"); /* 111 us: 266,400, and 16,077 */
    emulated->message(emulated, NULL, MACHINE_MSI_ADDRESS + 4, 0);
    emulated->message(emulated, NULL, MACHINE_MSI_ADDRESS, 31);
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.irqs, 2);
    ck_assert_uint_eq(stats.bad_requests, 2);
    world_end(&w);
}
END_TEST

START_TEST(charging_sees_no_stale_past)
{
    world_sim(&w);
    world_vm(&w, "irq", NULL);
    vm_boot(w.vm);
    sim_run_until(w.sim, 100 * SIM_US);
    vm_irq(w.vm, 2); /* from now on it charges 240 cycles a turn and looks at the machine page */
    struct msi_sink *posted = vm_msi_sink(w.vm, true);
    posted->message(posted, NULL, MACHINE_MSI_ADDRESS, 6); /* at 101 us */
    sim_run_until(w.sim, 300 * SIM_US);
    /* It told two lines first (4 calls of 1 cycle and more); 1 us is 10 turns. */
    ck_has(w.text, "seen after 0xa\n");
    ck_has(w.text, "lines 0x40\n");
    world_end(&w);
}
END_TEST

START_TEST(two_vms_share_nothing)
{
    world_sim(&w);
    struct vm *a = world_vm(&w, "counter", &(struct vm_params){.name = "a", .slot = 0});
    struct vm *b = world_vm(&w, "counter", &(struct vm_params){.name = "b", .slot = 1023, .ram_bytes = 64 << 20});
    vm_boot(a);
    vm_boot(b);
    sim_run_until(w.sim, 300 * SIM_US);
    ck_assert_uint_ne(vm_ram_hash(a), vm_ram_hash(b));
    uint64_t hash = vm_ram_hash(a);
    ck_assert_uint_eq(hash, vm_ram_hash(a));
    vm_destroy(b);
    world_end(&w);
}
END_TEST

START_TEST(says_why_it_cannot_be)
{
    char err[256];
    world_sim(&w);
    world_vm(&w, "counter", NULL);
    struct vm_params p = {.name = "other", .image = GUEST_DIR "/counter"};
    ck_assert_ptr_null(vm_create(w.sim, &p, err, sizeof(err)));
    ck_has(err, "slot 0 is taken by another VM of its world");
    p.slot = 1;
    p.ram_bytes = 5 << 20;
    ck_assert_ptr_null(vm_create(w.sim, &p, err, sizeof(err)));
    ck_has(err, "multiple of 2 MiB");
    p.ram_bytes = 0;
    p.slot = VM_SLOTS_MAX;
    ck_assert_ptr_null(vm_create(w.sim, &p, err, sizeof(err)));
    ck_has(err, "at most 1024 VMs");
    p.slot = 1;
    p.image = "/nowhere/at.all";
    ck_assert_ptr_null(vm_create(w.sim, &p, err, sizeof(err)));
    ck_has(err, "/nowhere/at.all: No such file");
    p.image = GUEST_DIR "/../CMakeCache.txt";
    ck_assert_ptr_null(vm_create(w.sim, &p, err, sizeof(err)));
    ck_has(err, "not a 64-bit ELF file");
    p.image = "/bin/sh";
    ck_assert_ptr_null(vm_create(w.sim, &p, err, sizeof(err)));
    ck_has(err, "/bin/sh: ");
    p.image = GUEST_DIR "/counter";
    p.name = "web"; /* the name of the first one's station */
    ck_assert_ptr_null(vm_create(w.sim, &p, err, sizeof(err)));
    ck_has(err, "vm web: File exists");
    world_end(&w);
}
END_TEST

START_TEST(slot_is_free_again)
{
    for (int i = 0; i < 3; i++) {
        world_sim(&w);
        world_vm(&w, "counter", NULL);
        vm_boot(w.vm);
        sim_run_until(w.sim, 10 * SIM_US);
        world_end(&w);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_run");
    TCase *tc = tcase_create("all");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, runs_and_waits);
    tcase_add_test(tc, gaps_trap);
    tcase_add_test(tc, lines_wake);
    tcase_add_test(tc, pause_takes_its_cycles);
    tcase_add_test(tc, messages_cost_their_time);
    tcase_add_test(tc, messages_that_nothing_posts);
    tcase_add_test(tc, charging_sees_no_stale_past);
    tcase_add_test(tc, two_vms_share_nothing);
    tcase_add_test(tc, says_why_it_cannot_be);
    tcase_add_test(tc, slot_is_free_again);
    return run_suite(suite);
}
