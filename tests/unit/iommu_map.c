/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU domains: map, unmap, translate across pages and memories, faults, save. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/world/sim.h"
#include "pcie/iommu.h"

enum { PAGE = 4096, MEMS = IOMMU_DOMAIN_MEMS + 1 };

static const struct component_ops plain = {.kind = "test"};
static struct sim *sim;
static struct component owner[MEMS];
static struct sim_mem mem[MEMS];
static uint8_t ram[MEMS][8 * PAGE];
static struct iommu_domain *d;

static void setup(void)
{
    sim = sim_create(1, NULL);
    for (unsigned i = 0; i < MEMS; i++) {
        component_init(&owner[i], sim, &plain, "memory");
        mem_init(&mem[i], &owner[i], ram[i], sizeof(ram[i]), 8);
    }
    d = iommu_domain_create(&owner[0], "d", 1 << 20);
}

static void teardown(void)
{
    iommu_domain_destroy(d);
    for (unsigned i = 0; i < MEMS; i++)
        mem_fini(&mem[i]);
    sim_destroy(sim);
}

/* "<memory>:<offset>+<run>" or "fault". */
static const char *translate(uint64_t addr, uint32_t len, unsigned prot)
{
    static char text[64];
    uint64_t offset;
    uint32_t run;
    struct sim_mem *m = iommu_translate(d, 0x123, addr, len, prot, true, &offset, &run);
    if (!m)
        return "fault";
    snprintf(text, sizeof(text), "%td:%lx+%x", m - mem, (unsigned long)offset, run);
    return text;
}

START_TEST(map_errors)
{
    ck_assert_ptr_null(iommu_domain_create(&owner[0], "x", 0));
    ck_assert_ptr_null(iommu_domain_create(&owner[0], "x", IOMMU_ADDR_LIMIT + 1));
    ck_assert_int_eq(iommu_map(d, 1, &mem[0], 0, PAGE, IOMMU_READ), -EINVAL);
    ck_assert_int_eq(iommu_map(d, 0, &mem[0], 1, PAGE, IOMMU_READ), -EINVAL);
    ck_assert_int_eq(iommu_map(d, 0, &mem[0], 0, PAGE + 1, IOMMU_READ), -EINVAL);
    ck_assert_int_eq(iommu_map(d, 0, &mem[0], 0, 0, IOMMU_READ), -EINVAL);
    ck_assert_int_eq(iommu_map(d, 0, &mem[0], 0, PAGE, 0), -EINVAL);
    ck_assert_int_eq(iommu_map(d, 0, &mem[0], 7 * PAGE, 2 * PAGE, IOMMU_READ), -EINVAL); /* past the memory */
    ck_assert_int_eq(iommu_map(d, (1 << 20) - PAGE, &mem[0], 0, 2 * PAGE, IOMMU_READ), -EINVAL); /* past the domain */
    ck_assert_int_eq(iommu_map(d, 2 * PAGE, &mem[0], 0, PAGE, IOMMU_READ), 0);
    ck_assert_int_eq(iommu_map(d, PAGE, &mem[0], 0, 2 * PAGE, IOMMU_READ), -EEXIST);
    ck_assert_str_eq(translate(PAGE, 1, IOMMU_READ), "fault"); /* nothing of it was mapped */
    for (unsigned i = 1; i < IOMMU_DOMAIN_MEMS; i++)
        ck_assert_int_eq(iommu_map(d, (4 + i) * PAGE, &mem[i], 0, PAGE, IOMMU_READ), 0);
    ck_assert_int_eq(iommu_map(d, 0, &mem[IOMMU_DOMAIN_MEMS], 0, PAGE, IOMMU_READ), -ENOSPC);
    ck_assert_int_eq(iommu_unmap(d, 5 * PAGE, PAGE), 0); /* a memory without pages makes room */
    ck_assert_int_eq(iommu_map(d, 0, &mem[IOMMU_DOMAIN_MEMS], 0, PAGE, IOMMU_READ), 0);
}
END_TEST

START_TEST(runs)
{
    iommu_map(d, 0x10000, &mem[0], 0x1000, 2 * PAGE, IOMMU_READ | IOMMU_WRITE);
    iommu_map(d, 0x12000, &mem[0], 0x3000, PAGE, IOMMU_READ);
    iommu_map(d, 0x13000, &mem[0], 0x7000, PAGE, IOMMU_READ | IOMMU_WRITE);
    iommu_map(d, 0x14000, &mem[1], 0x0000, PAGE, IOMMU_READ | IOMMU_WRITE);
    ck_assert_str_eq(translate(0x10ff0, 0x10, IOMMU_READ), "0:1ff0+10");
    ck_assert_str_eq(translate(0x10ff0, 0x20, IOMMU_WRITE), "0:1ff0+20");      /* neighbours in memory */
    ck_assert_str_eq(translate(0x10001, 0x2fff, IOMMU_READ), "0:1001+2fff");   /* with other rights, but all readable */
    ck_assert_str_eq(translate(0x10001, 0x2fff, IOMMU_WRITE), "0:1001+1fff");  /* the third page is not writable */
    ck_assert_str_eq(translate(0x12fff, 0x1002, IOMMU_READ), "0:3fff+1");      /* elsewhere in memory */
    ck_assert_str_eq(translate(0x13fff, 2, IOMMU_READ), "0:7fff+1");           /* another memory */
    ck_assert_str_eq(translate(0x14fff, 2, IOMMU_READ), "1:fff+1");            /* nothing behind */
    ck_assert_uint_eq(iommu_fault_count(d), 0);
}
END_TEST

START_TEST(faults)
{
    struct iommu_fault log[IOMMU_FAULT_LOG];
    uint64_t offset;
    uint32_t run;

    iommu_map(d, 0x1000, &mem[0], 0, PAGE, IOMMU_READ);
    ck_assert_str_eq(translate(0x1000, 4, IOMMU_READ | IOMMU_WRITE), "fault");
    ck_assert_str_eq(translate(0x0fff, 4, IOMMU_READ), "fault");
    ck_assert_str_eq(translate(UINT64_MAX, 4, IOMMU_READ), "fault");
    ck_assert_ptr_null(iommu_translate(d, 1, 0, 4, IOMMU_READ, false, &offset, &run)); /* a look leaves no trace */
    ck_assert_uint_eq(iommu_faults(d, log), 3);
    ck_assert(log[0].write && log[0].addr == 0x1000 && log[0].len == 4 && log[0].rid == 0x123);
    ck_assert(!log[2].write && log[2].addr == UINT64_MAX);
    for (unsigned i = 0; i < 20; i++)
        translate(0x8000 + i, 1, IOMMU_WRITE);
    ck_assert_uint_eq(iommu_fault_count(d), 23);
    ck_assert_uint_eq(iommu_faults(d, log), IOMMU_FAULT_LOG);
    ck_assert_uint_eq(log[0].addr, 0x8004);
    ck_assert_uint_eq(log[15].addr, 0x8013);
}
END_TEST

START_TEST(unmap)
{
    iommu_map(d, 0x1000, &mem[0], 0, 3 * PAGE, IOMMU_READ);
    ck_assert_int_eq(iommu_unmap(d, 0x2000, PAGE), 0);
    ck_assert_int_eq(iommu_unmap(d, 0x2000, 8 * PAGE), 0); /* holes are fine */
    ck_assert_int_eq(iommu_unmap(d, 0x2001, PAGE), -EINVAL);
    ck_assert_str_eq(translate(0x1fff, 2, IOMMU_READ), "0:fff+1");
    ck_assert_str_eq(translate(0x2000, 1, IOMMU_READ), "fault");
    ck_assert_str_eq(translate(0x3000, 1, IOMMU_READ), "fault");
}
END_TEST

START_TEST(dirty)
{
    ck_assert_int_eq(iommu_map(d, 0, &mem[0], 0, 8 * PAGE, IOMMU_READ | IOMMU_WRITE), 0);
    iommu_mark_dirty(d, 0, PAGE); /* nobody tracks */
    ck_assert_uint_eq(iommu_next_dirty(d, 0), UINT64_MAX);
    iommu_track(d, true);
    ck_assert_uint_eq(iommu_next_dirty(d, 0), UINT64_MAX);
    iommu_mark_dirty(d, 3 * PAGE - 1, 2); /* two pages */
    iommu_mark_dirty(d, 200 * PAGE, 1);   /* in another word */
    ck_assert_uint_eq(iommu_next_dirty(d, 0), 2 * PAGE);
    ck_assert_uint_eq(iommu_next_dirty(d, 2 * PAGE + 1), 3 * PAGE);
    ck_assert_uint_eq(iommu_next_dirty(d, 4 * PAGE), 200 * PAGE);
    iommu_clear_dirty(d, 2 * PAGE);
    ck_assert_uint_eq(iommu_next_dirty(d, 0), 3 * PAGE);
    iommu_track(d, true); /* all clean again */
    ck_assert_uint_eq(iommu_next_dirty(d, 0), UINT64_MAX);
    iommu_track(d, false);
}
END_TEST

START_TEST(save)
{
    struct save s, r;

    iommu_map(d, 0x1000, &mem[1], 0x2000, 3 * PAGE, IOMMU_READ);
    iommu_map(d, 0x4000, &mem[0], 0x5000, PAGE, IOMMU_WRITE);
    iommu_map(d, 0x9000, &mem[0], 0x6000, PAGE, IOMMU_READ | IOMMU_WRITE);
    translate(0, 1, IOMMU_READ);
    iommu_track(d, true);
    iommu_mark_dirty(d, 0x9000, 1);
    save_init_writer(&s);
    iommu_save(d, &s);
    ck_assert_int_eq(s.err, 0);

    iommu_domain_destroy(d);
    d = iommu_domain_create(&owner[0], "d", 1 << 20);
    save_init_reader(&r, s.buf, s.len);
    iommu_save(d, &r);
    ck_assert_int_eq(r.err, -EINVAL); /* the memories are not known here */

    iommu_add_memory(d, &mem[0]); /* in another order */
    iommu_add_memory(d, &mem[1]);
    iommu_map(d, 0, &mem[0], 0, PAGE, IOMMU_READ); /* to be forgotten */
    save_init_reader(&r, s.buf, s.len);
    iommu_save(d, &r);
    ck_assert_msg(r.err == 0, "%s", r.why);
    ck_assert_uint_eq(r.pos, s.len);
    ck_assert_uint_eq(iommu_next_dirty(d, 0), 0x9000);
    ck_assert_uint_eq(iommu_next_dirty(d, 0xa000), UINT64_MAX);
    ck_assert_str_eq(translate(0x1000, 0x4000, IOMMU_READ), "1:2000+3000");
    ck_assert_str_eq(translate(0x4000, 1, IOMMU_WRITE), "0:5000+1");
    ck_assert_str_eq(translate(0x9000, 1, IOMMU_READ | IOMMU_WRITE), "0:6000+1");
    ck_assert_uint_eq(iommu_fault_count(d), 1);
    ck_assert_str_eq(translate(0, 1, IOMMU_READ), "fault");
    save_fini(&s);
    save_fini(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iommu_map");
    TCase *tc = tcase_create("iommu");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, map_errors);
    tcase_add_test(tc, runs);
    tcase_add_test(tc, faults);
    tcase_add_test(tc, unmap);
    tcase_add_test(tc, dirty);
    tcase_add_test(tc, save);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
