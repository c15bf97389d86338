/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stores that become jumps: whoever looks at the VM, its device or its memory at any time sees what he sees when each of them
 * traps.
 */
#include "core/fnv.h"
#include "core/save.h"
#include "unit/vm_test.h"
#include "vm/vm__.h"

static struct world w;
enum { STEPS = 400 };

struct trail {
    uint64_t state[STEPS]; /* a hash of all that is saved, step by step */
    uint64_t ram;
    struct vm_stats stats;
    char text[TEST_TEXT_MAX], log[4096];
    unsigned patches; /* at most, … */
    unsigned writes;  /* … and how often somebody wrote to their page */
};

static uint64_t hash_of_all(void)
{
    struct save s;
    save_init_writer(&s);
    sim_save(w.sim, &s);
    ck_assert_msg(s.err == 0, "%s", s.why);
    uint64_t hash = fnv1a(FNV_BASIS, s.buf, s.len);
    save_fini(&s);
    return hash;
}

static void run(const char *guest, bool traps, enum vm_mmio_kind kind, struct trail *t, void (*disturb)(struct trail *t, int step))
{
    memset(t, 0, sizeof(*t));
    vm_traps_each_store = traps;
    world_sim(&w);
    world_vm(&w, guest, NULL);
    world_device(&w, 10 * SIM_NS, kind);
    vm_boot(w.vm);
    for (int i = 0; i < STEPS; i++) {
        sim_run_until(w.sim, (sim_time)(i + 1) * 400 * SIM_NS);
        unsigned now = w.vm->patches ? w.vm->patches->stores : 0;
        t->patches = now > t->patches ? now : t->patches;
        if (disturb)
            disturb(t, i);
        t->state[i] = hash_of_all();
    }
    t->writes = w.vm->patches ? w.vm->patches->writes : 0;
    t->ram = vm_ram_hash(w.vm);
    vm_get_stats(w.vm, &t->stats);
    memcpy(t->text, w.text, sizeof(t->text));
    memcpy(t->log, w.device.log, sizeof(t->log));
    world_end(&w);
    vm_traps_each_store = 0;
}

static struct trail traps, jumps;

/* In a plain build nothing is patched, and nothing differs either. */
static void expect_patches(unsigned patches, unsigned writes)
{
#ifdef VFSIM_PLAIN
    patches = writes = 0;
#endif
    ck_assert_uint_eq(jumps.patches, patches);
    ck_assert_uint_eq(jumps.writes, writes);
}

static void expect_same(const struct trail *a, const struct trail *b)
{
    ck_assert_str_eq(a->text, b->text);
    ck_assert_str_eq(a->log, b->log);
    for (int i = 0; i < STEPS; i++)
        ck_assert_msg(a->state[i] == b->state[i], "what is saved differs after %d steps", i + 1);
    ck_assert_uint_eq(a->ram, b->ram);
    ck_assert_uint_eq(a->stats.fault_exits, b->stats.fault_exits);
    ck_assert_uint_eq(a->stats.cycles_charged, b->stats.cycles_charged);
}

static void both(const char *guest, enum vm_mmio_kind kind, void (*disturb)(struct trail *t, int step))
{
    run(guest, true, kind, &traps, disturb);
    run(guest, false, kind, &jumps, disturb);
    expect_same(&traps, &jumps);
    ck_assert_uint_eq(traps.patches, 0);
}

START_TEST(nobody_sees_a_difference)
{
    both("patch", _i ? VM_MMIO_DIRECT : VM_MMIO_TRAPPED, NULL);
    ck_has(jumps.text, "console > done\n");
    /* Not the one between, where others go to both sides of it; nor the near one, before and behind which something ends; nor the
     * second of two, which the first one's jump covers. */
    expect_patches(11, 3); /* written to: by a store to memory, which is to be no jump; and by the guest, twice */
}
END_TEST

START_TEST(other_guests_too)
{
    both("mmio", VM_MMIO_TRAPPED, NULL);
    both("exits", VM_MMIO_DIRECT, NULL);
    expect_patches(1, 0);
}
END_TEST

/* Somebody else writes to the page that the guest's code is in, as DMA does: the guest runs what was written. */
static void overwrite(struct trail *t, int step)
{
    (void)t;
    if (step != 20)
        return;
    static const uint8_t code[] = {0xc7, 0x07, 0x67, 0x45, 0x23, 0x01, 0xb8, 0x05, 0, 0, 0}, /* store_immediate */
        other[] = {0xc7, 0x07, 0x00, 0x45, 0x23, 0x01};
    uint8_t *found = memmem(w.vm->ram, w.vm->params.ram_bytes, code, sizeof(code));
    ck_assert_ptr_nonnull(found);
    memcpy(found, other, sizeof(other));
}

START_TEST(what_others_write_is_run)
{
    both("patch", VM_MMIO_TRAPPED, overwrite);
    ck_has(jumps.log, "w 100 4 1234567 @");
    ck_has(jumps.log, "w 100 4 1234500 @");
    expect_patches(11, 4);
}
END_TEST

/* An image is loaded there: its digest is asked for through the guest's own addresses. */
static void load_anew(struct trail *t, int step)
{
    uint64_t page = (uint64_t)VM_IMAGE_GPA;
    (void)t;
    if (step != 20)
        return;
#ifndef VFSIM_PLAIN
    ck_assert(vm_traps_each_store || w.vm->patches->stores);
#endif
    vm_add_image(w.vm, "x", w.vm->ram, 64, w.vm->window + (8 << 20));
    for (; page < w.vm->image_end; page += VM_PAGE)
        ck_assert_int_eq(memcmp((void *)(uintptr_t)(w.vm->window + page), w.vm->ram + page, VM_PAGE), 0);
    vm_remove_image(w.vm, w.vm->window + (8 << 20));
    ck_assert(!w.vm->patches || !w.vm->patches->stores);
}

START_TEST(a_loader_sees_the_original) { both("patch", VM_MMIO_TRAPPED, load_anew); }
END_TEST

#ifndef VFSIM_PLAIN
/* The simulator's view never has a jump in it; the guest's page has. */
START_TEST(ram_is_as_it_was)
{
    vm_traps_each_store = 0;
    world_sim(&w);
    world_vm(&w, "exits", &(struct vm_params){.mtu = 2});
    world_device(&w, 10 * SIM_NS, VM_MMIO_DIRECT);
    vm_boot(w.vm);
    sim_run_until(w.sim, 5 * SIM_US);
    ck_assert_uint_eq(w.vm->patches->stores, 1);
    uint64_t page = w.vm->patches->page[0].gpa;
    ck_assert_int_ne(memcmp((void *)(uintptr_t)(w.vm->window + page), w.vm->ram + page, VM_PAGE), 0);
    ck_assert_int_eq(memcmp(w.vm->patches->page[0].original, w.vm->ram + page, VM_PAGE), 0);
    world_end(&w);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("vm_patch");
    TCase *c = tcase_create("patch");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, nobody_sees_a_difference, 0, 2);
    tcase_add_test(c, other_guests_too);
    tcase_add_test(c, what_others_write_is_run);
    tcase_add_test(c, a_loader_sees_the_original);
#ifndef VFSIM_PLAIN
    tcase_add_test(c, ram_is_as_it_was);
#endif
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
