/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM that moves into another memory goes on as one that was only stopped; in between it is nowhere, afterwards nothing
 * of it is left where it was.
 */
#include <errno.h>
#include <unistd.h>

#include "host/vm__.h"
#include "host/vm_move.h"
#include "unit/vm_test.h"

static struct world w;
static const sim_time STOP = SIM_MS, GO = 2 * SIM_MS, END = 3 * SIM_MS;

enum way { ONLY_STOPPED, MOVED, RETURNED };

static void send_all(struct vm *vm, struct vm_ram *ram, bool all, unsigned *data, unsigned *zero)
{
    uint64_t size = vm_get_params(vm)->ram_bytes;
    enum vm_page_kind kind;

    *data = *zero = 0;
    for (uint64_t at = 0; (at = vm_ram_next(vm, ram, at, all, &kind)) < size; at += VM_MOVE_PAGE) {
        vm_ram_send(vm, ram, at, kind);
        *(kind == VM_PAGE_DATA ? data : zero) += 1;
    }
}

/* The kernel looks at the window as a guest would. */
static bool window_is_open(const struct vm *vm)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    bool open = write(ends[1], (void *)(uintptr_t)vm->window, 1) == 1;
    ck_assert(open || errno == EFAULT);
    close(ends[0]);
    close(ends[1]);
    return open;
}

static void move(struct vm *vm, enum way way)
{
    char err[128];
    unsigned data, zero;
    struct save out, in;
    struct vm_ram *ram = vm_ram_create(vm, err, sizeof(err));
    uint64_t hash = vm_ram_hash(vm);
    int old = dup(vm->ram_fd);

    ck_assert_ptr_nonnull(ram);
    send_all(vm, ram, true, &data, &zero);
    ck_assert_uint_eq(data + zero, vm_get_params(vm)->ram_bytes / VM_MOVE_PAGE);
    save_init_writer(&out);
    vm_move_save(vm, &out);
    ck_assert_int_eq(out.err, 0);
    ck_assert(window_is_open(vm));
    vm_detach(vm);
    ck_assert(!window_is_open(vm));
    vm_irq(vm, 5); /* comes while it is nowhere */
    save_init_reader(&in, out.buf, out.len / 2);
    vm_move_load(vm, ram, &in);
    ck_assert_int_ne(in.err, 0);
    save_init_reader(&in, out.buf, out.len);
    if (way == MOVED) {
        vm_move_load(vm, ram, &in);
        ck_assert_msg(in.err == 0, "%s", in.why);
        ck_assert(vm_arrive(vm, ram));
        ck_assert_int_eq(lseek(old, 0, SEEK_DATA), -1); /* nothing is left */
    } else {
        vm_return(vm, &in);
        vm_ram_destroy(ram);
        ck_assert_int_ne(lseek(old, 0, SEEK_DATA), -1);
    }
    ck_assert(window_is_open(vm));
    ck_assert_uint_eq(vm_ram_hash(vm), hash);
    ck_assert_uint_ne(vm->run.irq_pending & 1u << 5, 0);
    vm->run.irq_pending &= ~(1u << 5);
    close(old);
    save_fini(&out);
}

static void run(enum way way, uint64_t *hash, uint64_t *cycles)
{
    world_sim(&w);
    struct vm *vm = world_vm(&w, "counter", NULL);
    vm_boot(vm);
    sim_run_until(w.sim, STOP);
    ck_assert_int_eq(vm_pause(vm), 0);
    uint64_t before = vm_ram_hash(vm);
    sim_run_until(w.sim, GO);
    ck_assert_uint_eq(vm_ram_hash(vm), before);
    if (way != ONLY_STOPPED)
        move(vm, way);
    vm_unpause(vm);
    sim_run_until(w.sim, END);
    ck_assert_uint_ne(vm_ram_hash(vm), before);
    *hash = vm_ram_hash(vm);
    *cycles = vm->run.cycles;
    world_end(&w);
}

START_TEST(goes_on)
{
    uint64_t hash[2], cycles[2];
    run(ONLY_STOPPED, &hash[0], &cycles[0]);
    run(_i == 0 ? MOVED : RETURNED, &hash[1], &cycles[1]);
    ck_assert_uint_eq(hash[0], hash[1]);
    ck_assert_uint_eq(cycles[0], cycles[1]);
}
END_TEST

START_TEST(pages)
{
    char err[128];
    unsigned data, zero;
    uint64_t differ, full;
    enum vm_page_kind kind;

    world_sim(&w);
    struct vm *vm = world_vm(&w, "counter", NULL);
    struct vm_ram *ram = vm_ram_create(vm, err, sizeof(err));
    uint8_t *page = vm_mem(vm)->base + (8 << 20);
    vm_ram_count(vm, ram, &differ, &full);
    ck_assert_uint_eq(differ, full); /* the image; pages of zeros differ from nothing */
    send_all(vm, ram, false, &data, &zero);
    ck_assert_uint_eq(data, full);
    ck_assert_uint_eq(zero, 0);
    vm_ram_count(vm, ram, &differ, &full);
    ck_assert_uint_eq(differ, 0);
    page[100] = 1;
    ck_assert_uint_eq(vm_ram_next(vm, ram, 0, false, &kind), 8 << 20);
    ck_assert_int_eq(kind, VM_PAGE_DATA);
    send_all(vm, ram, false, &data, &zero);
    ck_assert_uint_eq(data, 1);
    page[100] = 0; /* a page of zeros is sent when the destination has something else */
    send_all(vm, ram, false, &data, &zero);
    ck_assert_uint_eq(data, 0);
    ck_assert_uint_eq(zero, 1);
    vm_ram_count(vm, ram, &differ, &full);
    ck_assert_uint_eq(differ, 0);
    vm_ram_destroy(ram);
    world_end(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("migrate_pages");
    TCase *tcase = tcase_create("pages");
    tcase_add_test(tcase, pages);
    tcase_add_loop_test(tcase, goes_on, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
