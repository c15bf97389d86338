/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vCPUs of one VM: what they do is in the order of their clocks, however far each may run; one's fault ends all, by its number. */
#include "core/engine/horizon.h"
#include "unit/vm_test.h"
#include "vm/move.h"

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
    snprintf(text, sizeof(text), "turns 0x%x\n", 2000 * vcpus);
    ck_has(w.text, text);
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

/* Every page is to follow, one at a time, and late. */
static struct slow {
    struct mem_pager pager;
    uint64_t wanted[8];
    unsigned count;
} slow;

static void want(struct mem_pager *self, uint64_t page)
{
    for (unsigned i = 0; i < slow.count; i++)
        if (slow.wanted[i] == page)
            return;
    ck_assert_uint_lt(slow.count, 8);
    slow.wanted[slow.count++] = page;
}

static void take(struct mem_pager *self, uint64_t page) { self->missing[page] = 0; }

/* What is done at once is so where a page has to come amid it: nobody's turn is lost, and none is out of order. */
START_TEST(waits_for_a_page_amid_a_turn)
{
    char err[256], text[32];
    uint64_t pages = VM_RAM_DEFAULT / 4096, waits;
    sim_time wait_ps;
    for (uint32_t vcpus = 2; vcpus <= 4; vcpus++) {
        world_sim(&w);
        world_vm(&w, "vcpus", &(struct vm_params){.vcpus = vcpus});
        vm_boot(w.vm);
        sim_run_until(w.sim, 10 * SIM_US);
        struct vm_ram *rest = vm_ram_create(w.vm, err, sizeof(err));
        slow = (struct slow){.pager = {.missing = malloc(pages), .left = pages, .want = want, .take = take}};
        memset(slow.pager.missing, 1, pages);
        vm_set_pager(w.vm, &slow.pager);
        for (sim_time at = 15 * SIM_US; at <= 20 * SIM_MS && vm_get_state(w.vm) == VM_RUNNING; at += 5 * SIM_US) {
            sim_run_until(w.sim, at);
            if (slow.count)
                vm_pages_came(w.vm, rest, slow.wanted[--slow.count], 1);
        }
        ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
        ck_has(w.text, "disorders 0x0\n");
        snprintf(text, sizeof(text), "turns 0x%x\n", 2000 * vcpus);
        ck_has(w.text, text);
        vm_get_page_waits(w.vm, &waits, &wait_ps);
        ck_assert_uint_gt(waits, 20);
        vm_set_pager(w.vm, NULL);
        vm_ram_destroy(rest);
        free(slow.pager.missing);
        world_end(&w);
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
    tcase_add_test(t, waits_for_a_page_amid_a_turn);
    tcase_add_test(t, refuses_too_few_queues);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
