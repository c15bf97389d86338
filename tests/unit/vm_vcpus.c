/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vCPUs of one VM: what they do is in the order of their clocks, however far each may run; one's fault ends all, by its number. */
#include "core/engine/horizon.h"
#include "unit/vm_test.h"

static struct world w;

/* The memory that is left. `step`: until when the engine is let run at a time. */
static uint64_t run(uint32_t vcpus, sim_time step)
{
    world_sim(&w);
    sim_limit_lookahead(w.sim, SIM_US); /* what is far does not bound them */
    world_vm(&w, "vcpus", &(struct vm_params){.vcpus = vcpus});
    struct vm *other = world_vm(&w, "counter", &(struct vm_params){.name = "other", .slot = 1});
    vm_boot(w.vm);
    vm_boot(other);
    for (sim_time at = step; at <= 2 * SIM_MS; at += step)
        sim_run_until(w.sim, at);
    char text[32];
    snprintf(text, sizeof(text), "on vCPU %u", vcpus - 1);
    ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
    ck_has(vm_end_text(w.vm), "page fault at 0x1000 in vcpus wild_store+0x");
    ck_has(vm_end_text(w.vm), text);
    ck_has(w.text, "disorders 0x0\n");
    ck_has(w.text, "to nobody 0xffffffffffffffff\n");
    ck_assert_uint_eq(vm_exits(w.vm, VM_EXIT_ipi), 2);
    ck_assert_int_eq(vm_get_state(other), VM_RUNNING);
    uint64_t hash = vm_ram_hash(w.vm);
    vm_destroy(other);
    world_end(&w);
    return hash;
}

START_TEST(nobody_feels_where_another_stops)
{
    for (uint32_t vcpus = 2; vcpus <= 4; vcpus++) {
        uint64_t hash = run(vcpus, 2 * SIM_MS);
        ck_assert_uint_eq(run(vcpus, SIM_US), hash);
        ck_assert_uint_eq(run(vcpus, 97 * SIM_NS), hash);
    }
}
END_TEST

START_TEST(refuses_too_few_queues)
{
    char err[256];
    world_sim(&w);
    world_vm(&w, "counter", NULL);
    ck_assert(!vm_create(w.sim,
                         &(struct vm_params){.name = "web2", .slot = 1, .image = GUEST_DIR "/vcpus", .vcpus = 4, .queues = 2}, err,
                         sizeof(err)));
    ck_has(err, "2 queue pairs for 4 vCPUs");
    world_end(&w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm_vcpus");
    TCase *t = tcase_create("vcpus");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, nobody_feels_where_another_stops);
    tcase_add_test(t, refuses_too_few_queues);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
